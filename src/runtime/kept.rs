//! The handoff as somebody edited it, kept on disk while it is not offered: in the user's state folder beside the log, of
//! this user alone, one per store and operator. A thread of its own writes, so that a slow disk never holds up the loop.
//! When a text is kept or forgotten is decided by the app.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use rustix::fs::{Mode, OFlags};

use super::logfile;
use crate::domain::handoff::LINES_MAX;
use crate::domain::ids::spread;
use crate::domain::text::Untrusted;
use crate::domain::time::Stamp;

/// Bytes read back: more than the editor lets anybody write.
const SIZE_MAX: u64 = 64 << 10;
/// Texts that may wait for the disk.
const WAITING: usize = 64;

/// Where the text of this operator on that store is; None without a home folder.
pub fn place(store: &Path, operator: &str) -> Option<PathBuf> {
    let store = std::path::absolute(store).unwrap_or_else(|_| store.to_owned());
    let name = format!("handoff-{:016x}.md", spread(&format!("{}\n{operator}", store.display())));
    Some(logfile::place()?.with_file_name(name))
}

enum Item {
    /// Nothing in it takes the file away.
    Text(String),
    /// Answered when all before it is written: why the last one was not, if so.
    Mark(SyncSender<Option<String>>),
}

/// The loop's end: hands texts over, and never waits.
#[derive(Clone)]
pub struct Kept(SyncSender<Item>);

impl Kept {
    pub fn start(path: PathBuf) -> io::Result<Self> {
        let (send, waiting) = sync_channel(WAITING);
        std::thread::Builder::new().name("kept".into()).spawn(move || run(&path, &waiting))?;
        Ok(Self(send))
    }
    pub fn keep(&self, text: String) {
        if self.0.try_send(Item::Text(text)).is_err() {
            tracing::warn!(target: "handoff", "the edited handoff could not be kept on disk: the disk does not answer");
        }
    }
    /// Waits, not for ever, until the last text is written; else why it is not.
    pub fn finish(&self, patience: Duration) -> Result<(), String> {
        let (mark, written) = sync_channel(1);
        if self.0.try_send(Item::Mark(mark)).is_err() {
            return Err("the disk does not answer".to_owned());
        }
        match written.recv_timeout(patience) {
            Ok(None) => Ok(()),
            Ok(Some(why)) => Err(why),
            Err(_) => Err("the disk did not answer in time".to_owned()),
        }
    }
}

fn run(path: &Path, waiting: &Receiver<Item>) {
    let mut failed = None;
    while let Ok(item) = waiting.recv() {
        match item {
            Item::Mark(mark) => drop(mark.send(failed.clone())),
            Item::Text(text) => {
                failed = write(path, &text).err().map(|why| why.to_string());
                if let Some(why) = &failed {
                    tracing::warn!(target: "handoff", "the edited handoff could not be kept on disk: {why}");
                }
            }
        }
    }
}

/// Whole or not at all: a new file takes the place of the old one.
fn write(path: &Path, text: &str) -> io::Result<()> {
    if text.is_empty() {
        return match std::fs::remove_file(path) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => Err(why),
            _ => Ok(()),
        };
    }
    let new = path.with_extension(format!("{}.new", std::process::id()));
    let _ = std::fs::remove_file(&new);
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut file = File::from(rustix::fs::open(&new, flags, Mode::RUSR | Mode::WUSR)?);
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.and_then(|()| std::fs::rename(&new, path)).inspect_err(|_| drop(std::fs::remove_file(&new)))
}

/// What was kept, made safe, and when. Refused: a link, what is no file, and what belongs to somebody else.
pub fn read(path: &Path) -> io::Result<Option<(String, Stamp)>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(file) => File::from(file),
        Err(rustix::io::Errno::NOENT) => return Ok(None),
        Err(why) => return Err(why.into()),
    };
    let meta = file.metadata()?;
    if !meta.is_file() || meta.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is no file of this user"));
    }
    let mut bytes = Vec::new();
    file.take(SIZE_MAX).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<String> = text.lines().take(LINES_MAX).map(|l| Untrusted::new(l).clean().to_string()).collect();
    let at = Stamp(meta.mtime() * 1000 + meta.mtime_nsec() / 1_000_000);
    Ok(Some((lines.join("\n"), at)).filter(|(text, _)| !text.trim().is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const SOON: Duration = Duration::from_secs(20);

    #[test]
    fn it_is_this_users_alone_read_back_safe_and_gone_when_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("handoff-0.md");
        let kept = Kept::start(path.clone()).unwrap();
        assert_eq!(read(&path).unwrap(), None);
        kept.keep("one\n\u{1b}[2Jtwo".into());
        kept.keep("MIND\n\u{1b}[2Jtwo".into());
        kept.finish(SOON).unwrap();
        let meta = std::fs::metadata(&path).unwrap();
        assert_eq!(meta.permissions().mode() & 0o777, 0o600);
        let (text, at) = read(&path).unwrap().unwrap();
        assert_eq!(text, "MIND\n␛[2Jtwo");
        assert!(at.0 > 1_600_000_000_000, "{at:?}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        kept.keep(String::new());
        kept.keep(String::new());
        kept.finish(SOON).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_link_is_not_followed_and_a_disk_that_refuses_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("handoff-0.md"), folder.path().join("other"));
        std::fs::write(&other, "theirs").unwrap();
        std::os::unix::fs::symlink(&other, &path).unwrap();
        assert!(read(&path).is_err());
        let kept = Kept::start(path.clone()).unwrap();
        kept.keep("mine".into());
        kept.finish(SOON).unwrap();
        assert_eq!(std::fs::read_to_string(&other).unwrap(), "theirs");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
        let kept = Kept::start(folder.path().join("gone").join("handoff-0.md")).unwrap();
        kept.keep("mine".into());
        assert!(kept.finish(SOON).is_err());
    }

    #[test]
    fn each_store_and_operator_has_its_own() {
        let of = |store: &str, who: &str| place(Path::new(store), who);
        assert_eq!(of("/a/w.db", "alice"), of("/a/w.db", "alice"));
        assert_ne!(of("/a/w.db", "alice"), of("/a/w.db", "bob"));
        assert_ne!(of("/a/w.db", "alice"), of("/b/w.db", "alice"));
    }
}
