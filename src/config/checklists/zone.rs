//! The zone in which a list's days are counted. `local` is the host's, from the link that is its clock's setting, and not
//! `$TZ`: two operators on one host must mean the same day.

use std::path::{Path, PathBuf};

use chrono_tz::{TZ_VARIANTS, Tz};

use crate::config::pieces::Name;
use crate::config::raw::{Problem, nearest};

const LINK: &str = "/etc/localtime";
/// Links to links.
const STEPS: usize = 8;

/// A wrong name is said, and stands as UTC for the rest of the check.
pub fn zone(name: &Name, problems: &mut Vec<Problem>) -> Tz {
    let text = name.get_ref().as_str();
    if text == "local" {
        return local();
    }
    text.parse().unwrap_or_else(|_| {
        let near = nearest(text, TZ_VARIANTS.iter().map(|z| z.name()));
        let near = near.map(|n| format!("did you mean `{n}`? ")).unwrap_or_default();
        let hint = format!("{near}\"local\" or a name like \"Europe/Berlin\"");
        problems.push(Problem::at(name.span(), "`zone` is no known time zone", hint));
        Tz::UTC
    })
}

/// The host's own; UTC where that cannot be told.
pub fn local() -> Tz {
    linked(Path::new(LINK)).unwrap_or(Tz::UTC)
}

fn linked(link: &Path) -> Option<Tz> {
    let mut at = PathBuf::from(link);
    for _ in 0..STEPS {
        let to = std::fs::read_link(&at).ok()?;
        let name = to.to_str().and_then(|t| t.rsplit_once("zoneinfo/")).map(|(_, name)| name.to_owned());
        if let Some(name) = name {
            let name = ["posix/", "right/"].iter().fold(name.as_str(), |n, sort| n.strip_prefix(sort).unwrap_or(n));
            return name.parse().ok();
        }
        at = at.parent().unwrap_or(Path::new("/")).join(to);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_zone_is_what_its_link_names() {
        let dir = tempfile::tempdir().unwrap();
        let link = |name: &str, to: &str| {
            let path = dir.path().join(name);
            std::os::unix::fs::symlink(to, &path).unwrap();
            linked(&path)
        };
        assert_eq!(link("a", "/usr/share/zoneinfo/Europe/Berlin"), Some(Tz::Europe__Berlin));
        assert_eq!(link("b", "../usr/share/zoneinfo/posix/Asia/Tokyo"), Some(Tz::Asia__Tokyo));
        assert_eq!(link("c", "/usr/share/zoneinfo/Etc/UTC"), Some(Tz::Etc__UTC));
        assert_eq!(link("d", "b"), Some(Tz::Asia__Tokyo));
        assert_eq!(link("e", "/usr/share/zoneinfo/Mars/Base"), None);
        assert_eq!(link("f", "f"), None);
        assert_eq!(linked(&dir.path().join("none")), None);
    }
}
