//! One look at a folder: which files match, which of them is the newest, and what that says. Blocking; a link is told by
//! its name and never followed, and what is no file is named as what it is.

use std::ffi::CString;
use std::time::Duration;

use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat, openat, statat};
use rustix::io::Errno;

use super::glob;
use super::{Limits, Spot};
use crate::domain::evidence::{Proof, Verdict};
use crate::domain::text::{Clean, Untrusted};
use crate::domain::time::{Stamp, short};

/// Names looked at in a folder.
const ENTRIES_MAX: usize = 10_000;
/// A file may be dated so much later than now: its clock is another one.
const AHEAD_MS: i64 = 60_000;
const NAME_MAX: usize = 60;

/// What was found.
#[derive(Default)]
struct Found {
    newest: Option<(i64, u64, CString)>,
    files: u32,
    /// Something that matches and is no file, and what it is.
    odd: Option<(CString, &'static str)>,
    more: bool,
}

pub fn look(spot: &Spot, limits: &Limits, now: Stamp) -> Proof {
    let place = spot.shown();
    match find(spot) {
        Ok(found) => judge(&found, &place, limits, now),
        Err(why) => Proof::new(Verdict::Unknown, why),
    }
}

fn find(spot: &Spot) -> Result<Found, String> {
    let unread = |error: Errno| {
        let name = Untrusted::from_bytes(spot.folder.as_os_str().as_encoded_bytes()).clean_to(200);
        format!("the folder {name} cannot be read: {}", std::io::Error::from(error))
    };
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let folder = openat(rustix::fs::CWD, &spot.folder, flags, Mode::empty()).map_err(unread)?;
    let mut found = Found::default();
    if glob::is_pattern(&spot.name) {
        list(&folder, &spot.name, &mut found).map_err(unread)?;
    } else if let Ok(name) = CString::new(spot.name.clone()) {
        found.note(&folder, name).map_err(unread)?;
    }
    Ok(found)
}

fn list(folder: &OwnedFd, pattern: &[u8], found: &mut Found) -> Result<(), Errno> {
    let mut seen = 0;
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        seen += 1;
        if seen > ENTRIES_MAX {
            found.more = true;
            break;
        }
        if glob::matches(pattern, name.to_bytes()) {
            found.note(folder, name.to_owned())?;
        }
    }
    Ok(())
}

impl Found {
    /// A name that is gone by now is nobody's fault.
    fn note(&mut self, folder: &OwnedFd, name: CString) -> Result<(), Errno> {
        let stat = match statat(folder.as_fd(), &name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(Errno::NOENT) => return Ok(()),
            Err(error) => return Err(error),
        };
        let is = match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => {
                self.file(&stat, name);
                return Ok(());
            }
            FileType::Symlink => "a symlink, which is not followed",
            FileType::Directory => "a folder",
            FileType::Fifo => "a pipe",
            FileType::Socket => "a socket",
            FileType::CharacterDevice | FileType::BlockDevice => "a device",
            FileType::Unknown => "no regular file",
        };
        self.odd = Some((name, is));
        Ok(())
    }

    fn file(&mut self, stat: &Stat, name: CString) {
        self.files += 1;
        let written = stat.st_mtime.saturating_mul(1000).saturating_add(stat.st_mtime_nsec as i64 / 1_000_000);
        let newer = self.newest.as_ref().is_none_or(|(before, ..)| written > *before);
        if newer {
            self.newest = Some((written, u64::try_from(stat.st_size).unwrap_or(0), name));
        }
    }
}

fn name_of(name: &CString) -> Clean {
    Untrusted::from_bytes(name.to_bytes()).clean_to(NAME_MAX)
}

fn judge(found: &Found, place: &Clean, limits: &Limits, now: Stamp) -> Proof {
    if found.more {
        let why =
            format!("more than {ENTRIES_MAX} names in its folder: not all were looked at, give it one of its own");
        return Proof::new(Verdict::Unknown, why);
    }
    let Some((written, size, name)) = &found.newest else {
        let why = match &found.odd {
            Some((name, is)) => format!("no file at {place}: {} is {is}", name_of(name)),
            None => format!("no file at {place}"),
        };
        return Proof::new(Verdict::Bad, why);
    };
    let (ahead, age) = (written - now.0, now.since(Stamp(*written)));
    if ahead > AHEAD_MS {
        let ahead = short(Duration::from_millis(ahead.unsigned_abs()));
        return Proof::new(Verdict::Bad, format!("{} is dated {ahead} from now", name_of(name)));
    }
    let files = if found.files == 1 { "1 file".to_owned() } else { format!("{} files", found.files) };
    let says = format!("newest {} ago, {}, {} ({files})", short(age), bytes(*size), name_of(name));
    let good = age <= limits.newer_than
        && limits.larger_than.is_none_or(|limit| *size > limit)
        && limits.smaller_than.is_none_or(|limit| *size < limit)
        && found.files >= limits.at_least;
    Proof::new(if good { Verdict::Good } else { Verdict::Bad }, says)
}

impl Limits {
    pub fn wanted(&self) -> String {
        let mut wanted = format!("newer than {}", short(self.newer_than));
        if let Some(limit) = self.larger_than {
            wanted.push_str(&format!(", larger than {}", bytes(limit)));
        }
        if let Some(limit) = self.smaller_than {
            wanted.push_str(&format!(", smaller than {}", bytes(limit)));
        }
        if self.at_least > 1 {
            wanted.push_str(&format!(", at least {} files", self.at_least));
        }
        wanted
    }
}

/// Rounded down: what is just too small must not read as large enough.
fn bytes(size: u64) -> String {
    let (unit, name) = match size {
        0..1024 => return format!("{size} B"),
        1024..1_048_576 => (1024, "KiB"),
        1_048_576..1_073_741_824 => (1 << 20, "MiB"),
        _ => (1 << 30, "GiB"),
    };
    match (size / unit, size % unit * 10 / unit) {
        (whole, tenths @ 1..) if whole < 10 => format!("{whole}.{tenths} {name}"),
        (whole, _) => format!("{whole} {name}"),
    }
}
