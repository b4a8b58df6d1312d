//! One Markdown file of checklists, read without believing it: a regular file and no link to one, of bounded size, the
//! same before and after it was read. A refusal says what to do. When to read, and what the text means, is not its job.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{Mode, OFlags};
use sha2::{Digest as _, Sha256};
use tokio::task::JoinHandle;

use crate::config::file::shown;
use crate::domain::checklist::DocumentRead;
use crate::domain::markdown::{self, BYTES_MAX, Document};
use crate::domain::text::Clean;
use crate::domain::time::Stamp;

/// A file that changes while it is read is read again so often.
const TRIES: u32 = 3;

/// A file to read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wish {
    pub file: String,
    /// Its commands may be run: then nobody else may be able to write it.
    pub may_command: bool,
}

/// Which file it is and whether it changed: device, inode, both times in nanoseconds, length.
pub type Fingerprint = (u64, u64, i128, i128, u64);

/// What came of a look.
#[derive(Clone, PartialEq, Debug)]
pub struct Reading {
    /// None when another look may find something else without the file being another one.
    pub fingerprint: Option<Fingerprint>,
    pub read: DocumentRead,
}

/// Why it was not read.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Refused {
    why: String,
    /// As long as the file is as it is.
    lasting: bool,
}

type Answer<T> = Result<T, Refused>;

/// Reads the file in a thread that may wait for its disk; None when it is still as `known` says.
pub fn start(wish: Wish, known: Option<Fingerprint>, now: Stamp) -> JoinHandle<Option<Reading>> {
    tokio::task::spawn_blocking(move || {
        let path = Path::new(&wish.file);
        let is = std::fs::symlink_metadata(path).ok().map(|meta| fingerprint(&meta));
        if known.is_some() && known == is {
            return None;
        }
        Some(look(&wish, is, now))
    })
}

fn look(wish: &Wish, is: Option<Fingerprint>, now: Stamp) -> Reading {
    let path = Path::new(&wish.file);
    let name = Clean::new(&shown(path));
    let read =
        stable(|| once(path, wish.may_command)).and_then(|(bytes, meta)| Ok((parse(&bytes)?, fingerprint(&meta))));
    let (content, fingerprint) = match read {
        Ok((content, fingerprint)) => (Ok(content), Some(fingerprint)),
        Err(Refused { why, lasting }) => (Err(Clean::new(&format!("{name}: {why}"))), is.filter(|_| lasting)),
    };
    Reading { fingerprint, read: DocumentRead { file: wish.file.clone(), name, at: now, content } }
}

fn fingerprint(meta: &Metadata) -> Fingerprint {
    let ns = |secs: i64, nanos: i64| i128::from(secs) * 1_000_000_000 + i128::from(nanos);
    let written = ns(meta.mtime(), meta.mtime_nsec());
    (meta.dev(), meta.ino(), written, ns(meta.ctime(), meta.ctime_nsec()), meta.len())
}

/// The bytes, and the file as it was before and after they were read.
struct Once {
    bytes: Vec<u8>,
    before: Metadata,
    after: Metadata,
}

fn stable(mut once: impl FnMut() -> Answer<Once>) -> Answer<(Vec<u8>, Metadata)> {
    for _ in 0..TRIES {
        let Once { bytes, before, after } = once()?;
        if fingerprint(&before) == fingerprint(&after) && bytes.len() as u64 == after.len() {
            return Ok((bytes, after));
        }
    }
    Err(passing("changes while it is read; it is read again when it rests".into()))
}

fn once(path: &Path, may_command: bool) -> Answer<Once> {
    // Before it is opened: to open a pipe or a device already does something to it.
    let meta = std::fs::symlink_metadata(path).map_err(|e| missing(&e, "looked at"))?;
    check(&meta, may_command)?;
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let opened = rustix::fs::open(path, flags, Mode::empty());
    let file = opened.map(File::from).map_err(|e| missing(&io::Error::from(e), "opened"))?;
    let examine = || file.metadata().map_err(|e| missing(&e, "looked at"));
    let before = examine()?;
    // And after: the name may lead to another file by now.
    check(&before, may_command)?;
    let mut bytes = Vec::new();
    (&file).take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|e| missing(&e, "read"))?;
    let after = examine()?;
    Ok(Once { bytes, before, after })
}

fn check(meta: &Metadata, may_command: bool) -> Answer<()> {
    let kind = meta.file_type();
    let is = match () {
        () if kind.is_file() => None,
        () if kind.is_symlink() => Some("a symlink: name the file it points to"),
        () if kind.is_dir() => Some("a folder: name a Markdown file in it"),
        () if kind.is_fifo() => Some("a pipe: name a regular file"),
        () if kind.is_socket() => Some("a socket: name a regular file"),
        () => Some("a device: name a regular file"),
    };
    if let Some(is) = is {
        return Err(lasting(format!("is {is}")));
    }
    // Without its size: a file that grows is told once.
    let huge = || lasting(format!("is longer than {} MiB, too long for a checklist: split it", BYTES_MAX >> 20));
    markdown::check_size(meta.len()).map_err(|_| huge())?;
    let me = rustix::process::geteuid().as_raw();
    let strange = meta.uid() != 0 && meta.uid() != me;
    if may_command && (strange || meta.mode() & 0o002 != 0) {
        let who =
            if strange { format!("belongs to user {}", meta.uid()) } else { "can be written by others".to_owned() };
        let mend = if strange { format!("chown {me}") } else { "chmod o-w".to_owned() };
        return Err(lasting(format!("{who}, and its commands may be run: {mend} it, or set file_commands = false")));
    }
    Ok(())
}

fn parse(bytes: &[u8]) -> Answer<(Clean, Arc<Document>)> {
    let hash = Sha256::digest(bytes).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    let parsed = catch_unwind(AssertUnwindSafe(|| markdown::parse(bytes)));
    let parsed = parsed.map_err(|_| lasting("the parser failed on it; the log says where, please report it".into()))?;
    let document = parsed.map_err(|refused| lasting(refused.to_string()))?;
    Ok((Clean::new(&hash), Arc::new(document)))
}

fn lasting(why: String) -> Refused {
    Refused { why, lasting: true }
}
fn passing(why: String) -> Refused {
    Refused { why, lasting: false }
}

fn missing(error: &io::Error, what: &str) -> Refused {
    let symlink = rustix::io::Errno::LOOP.raw_os_error();
    passing(match error.kind() {
        io::ErrorKind::NotFound => "is not there: put it back, or take it out of the config".into(),
        io::ErrorKind::PermissionDenied => format!("cannot be {what}: {error}; let this user read it"),
        _ if error.raw_os_error() == Some(symlink) => "is a symlink: name the file it points to".into(),
        _ => format!("cannot be {what}: {error}; it is tried again"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta_of(path: &Path, text: &str) -> Metadata {
        std::fs::write(path, text).unwrap();
        std::fs::metadata(path).unwrap()
    }

    #[test]
    fn l2_what_changes_while_it_is_read_is_read_again_and_not_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.md");
        let (short, long) = (meta_of(&path, "- [ ] a"), meta_of(&path, "- [ ] a, and more"));
        let mut times = 0;
        let mut changing = |rests_at: u32| {
            times = 0;
            stable(|| {
                times += 1;
                let before = if times < rests_at { short.clone() } else { long.clone() };
                Ok(Once { bytes: b"- [ ] a, and more".to_vec(), before, after: long.clone() })
            })
        };
        assert!(changing(3).is_ok_and(|(bytes, _)| bytes.len() == 17));
        let why = changing(9).expect_err("it never rests");
        assert!(why.why.contains("changes while it is read") && !why.lasting, "{why:?}");
        assert_eq!(times, TRIES);
    }

    #[test]
    fn l2_a_read_that_does_not_fill_its_length_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let meta = meta_of(&folder.path().join("list.md"), "- [ ] a");
        let cut = stable(|| Ok(Once { bytes: b"- [".to_vec(), before: meta.clone(), after: meta.clone() }));
        assert!(cut.is_err());
    }
}
