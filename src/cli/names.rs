//! Which one is meant: by its whole name, by a beginning that only one has, or by a part of the text that only one has.
//! What could be two things is a usage error that names both; nothing is ever guessed.

use super::exit;
use crate::domain::checklist::plain;
use crate::domain::text::{Clean, Untrusted};

/// Candidates named in an error.
const NAMED_MAX: usize = 8;
/// Of a text in an error.
const ASKED_MAX: usize = 60;

/// A thing that can be asked for.
pub struct Name {
    /// It is known by these exactly, and by their beginnings.
    pub ids: Vec<String>,
    pub text: Clean,
}

/// Nothing is meant, or more than one thing.
#[derive(PartialEq, Eq, Debug)]
pub struct Unclear {
    pub code: u8,
    pub why: String,
}

/// The place of the one that is meant.
pub fn pick(asked: &str, what: &str, names: &[Name]) -> Result<usize, Unclear> {
    let asked = asked.trim();
    let exact = |n: &Name| n.ids.iter().any(|id| id == asked);
    let begins = |n: &Name| n.ids.iter().any(|id| id.starts_with(asked));
    let wanted = plain(asked);
    let part = |n: &Name| plain(n.text.as_str()).contains(&wanted);
    let of = |fits: &dyn Fn(&Name) -> bool| -> Vec<usize> {
        names.iter().enumerate().filter(|(_, n)| fits(n)).map(|(at, _)| at).collect()
    };
    let shown = Untrusted::new(asked).clean_to(ASKED_MAX);
    if asked.is_empty() {
        return Err(Unclear { code: exit::USAGE, why: format!("an empty name is no {what}") });
    }
    for found in [of(&exact), of(&begins), of(&part)] {
        match found.as_slice() {
            [] => {}
            [one] => return Ok(*one),
            many => {
                let why = format!("`{shown}` could be {}; say more of it", listed(many, names));
                return Err(Unclear { code: exit::USAGE, why });
            }
        }
    }
    let all: Vec<usize> = (0..names.len()).collect();
    let known = if names.is_empty() { String::new() } else { format!("; there are {}", listed(&all, names)) };
    Err(Unclear { code: exit::FAILED, why: format!("there is no {what} `{shown}`{known}") })
}

fn listed(at: &[usize], names: &[Name]) -> String {
    let one = |n: &Name| match (n.ids.first(), n.text.is_empty()) {
        (Some(id), true) => id.clone(),
        (Some(id), false) => format!("{id} ({})", n.text),
        (None, _) => n.text.to_string(),
    };
    let some: Vec<String> = at.iter().take(NAMED_MAX).filter_map(|i| names.get(*i)).map(one).collect();
    let more = at.len().saturating_sub(NAMED_MAX);
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{tail}", some.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<Name> {
        [("daily-morning", "Morning checks"), ("daily-evening", "Evening checks"), ("weekly", "Performance review")]
            .map(|(id, text)| Name { ids: vec![id.into()], text: text.into() })
            .into()
    }

    #[test]
    fn one_is_found_and_two_are_named() {
        let all = names();
        for (asked, at) in [("weekly", 2), ("daily-m", 0), ("EVENING  checks", 1), ("review", 2)] {
            assert_eq!(pick(asked, "list", &all), Ok(at), "{asked}");
        }
        let two = pick("daily", "list", &all).unwrap_err();
        let why = "`daily` could be daily-morning (Morning checks), daily-evening (Evening checks); say more of it";
        assert_eq!((two.code, two.why.as_str()), (exit::USAGE, why));
        let none = pick("\u{1b}[2J", "list", &all).unwrap_err();
        assert!(none.code == exit::FAILED && none.why.starts_with("there is no list `␛[2J`; there are daily-morning"));
        assert_eq!(pick(" ", "list", &all).unwrap_err().code, exit::USAGE);
    }

    #[test]
    fn a_whole_name_wins_over_a_beginning() {
        let all: Vec<Name> = ["week", "week-2"].map(|id| Name { ids: vec![id.into()], text: Clean::default() }).into();
        assert_eq!(pick("week", "list", &all), Ok(0));
    }
}
