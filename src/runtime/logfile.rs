//! The console's log on disk, beside the Sys tab: in the user's state folder, of this user alone, and never more than
//! two files of a bounded size. A thread of its own writes; a disk that is slow or full costs lines, which are counted,
//! and never holds up the loop.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use rustix::fs::{Mode, OFlags};
use tracing_subscriber::fmt::MakeWriter;

/// One file's size; the one before it is kept, so there are two at most.
const SIZE_MAX: u64 = 1 << 20;
/// Lines that may wait for the disk.
const WAITING: usize = 1024;
/// Longest line; a longer one is cut.
const LINE_MAX: usize = 4096;

/// Where the console's log of this user is; None without a home folder.
pub fn place() -> Option<PathBuf> {
    let dirs = directories::ProjectDirs::from("", "", "watchdeck")?;
    Some(dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir()).join("console.log"))
}

enum Item {
    Line(Vec<u8>),
    /// Answered when all before it is written.
    Mark(SyncSender<()>),
}

/// The loop's end: hands lines over, and never waits.
#[derive(Clone)]
pub struct LogFile {
    lines: SyncSender<Item>,
    dropped: Arc<AtomicU64>,
}

impl LogFile {
    /// Opens it and starts its thread. Refused: a link, what is no file, and what belongs to somebody else.
    pub fn start(path: &Path) -> io::Result<Self> {
        Self::bounded(path, SIZE_MAX)
    }

    fn bounded(path: &Path, max: u64) -> io::Result<Self> {
        let (lines, waiting) = sync_channel(WAITING);
        let dropped = Arc::new(AtomicU64::new(0));
        let writer = Writer { file: Some(open(path)?), path: path.to_owned(), max, dropped: Arc::clone(&dropped) };
        std::thread::Builder::new().name("log".into()).spawn(move || writer.run(&waiting))?;
        Ok(Self { lines, dropped })
    }

    /// Waits, not for ever, until what was logged so far is written.
    pub fn flush(&self, patience: Duration) {
        let (mark, written) = sync_channel(1);
        if self.lines.try_send(Item::Mark(mark)).is_ok() {
            let _ = written.recv_timeout(patience);
        }
    }
}

/// One line while it is being formatted; handed over whole.
pub struct Line<'a> {
    to: &'a LogFile,
    bytes: Vec<u8>,
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.bytes);
        if bytes.len() > LINE_MAX {
            bytes.truncate(LINE_MAX - 1);
            bytes.push(b'\n');
        }
        if self.to.lines.try_send(Item::Line(bytes)).is_err() {
            self.to.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl<'a> MakeWriter<'a> for LogFile {
    type Writer = Line<'a>;
    fn make_writer(&'a self) -> Line<'a> {
        Line { to: self, bytes: Vec::with_capacity(200) }
    }
}

fn open(path: &Path) -> io::Result<File> {
    let flags =
        OFlags::WRONLY | OFlags::CREATE | OFlags::APPEND | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR)?);
    let meta = file.metadata()?;
    if !meta.is_file() || meta.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is no file of this user"));
    }
    if meta.mode() & 0o077 != 0 {
        rustix::fs::fchmod(&file, Mode::RUSR | Mode::WUSR)?;
    }
    Ok(file)
}

struct Writer {
    file: Option<File>,
    path: PathBuf,
    max: u64,
    dropped: Arc<AtomicU64>,
}

impl Writer {
    fn run(mut self, waiting: &Receiver<Item>) {
        while let Ok(item) = waiting.recv() {
            match item {
                Item::Mark(mark) => drop(mark.try_send(())),
                Item::Line(line) => {
                    let lost = self.dropped.swap(0, Ordering::Relaxed);
                    let told = if lost > 0 { format!("{lost} lines were lost here\n") } else { String::new() };
                    if self.write(told.as_bytes()).and_then(|()| self.write(&line)).is_err() {
                        self.dropped.fetch_add(lost + 1, Ordering::Relaxed);
                    }
                }
            }
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.turn_over(bytes.len() as u64)?;
        self.file.as_mut().map_or(Err(io::ErrorKind::NotFound.into()), |file| file.write_all(bytes))
    }

    /// Another console may write the same file and have turned it over: then the new one is followed.
    fn turn_over(&mut self, more: u64) -> io::Result<()> {
        let ours = self.file.as_ref().map(File::metadata).transpose()?;
        let there = std::fs::symlink_metadata(&self.path).ok();
        let same = ours.as_ref().zip(there).is_some_and(|(a, b)| (a.dev(), a.ino()) == (b.dev(), b.ino()));
        let full = ours.is_some_and(|m| m.len() + more > self.max);
        if same && !full {
            return Ok(());
        }
        if same {
            let mut before = self.path.clone().into_os_string();
            before.push(".1");
            std::fs::rename(&self.path, before)?;
        }
        self.file = Some(open(&self.path)?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const SOON: Duration = Duration::from_secs(20);

    fn say(log: &LogFile, text: &str) {
        log.make_writer().write_all(text.as_bytes()).unwrap();
    }

    #[test]
    fn it_is_this_users_alone_and_never_more_than_two_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("console.log");
        let log = LogFile::bounded(&path, 1000).unwrap();
        for n in 0..200 {
            say(&log, &format!("line {n} of a long night\n"));
        }
        log.flush(SOON);
        let mut names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["console.log", "console.log.1"]);
        for name in ["console.log", "console.log.1"] {
            let meta = std::fs::metadata(folder.path().join(name)).unwrap();
            assert!(meta.len() <= 1000 && meta.permissions().mode() & 0o777 == 0o600, "{name} {meta:?}");
        }
        assert!(std::fs::read_to_string(&path).unwrap().ends_with("line 199 of a long night\n"));
    }

    #[test]
    fn a_link_in_its_place_is_refused_and_a_file_turned_over_by_another_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("console.log"), folder.path().join("other"));
        std::os::unix::fs::symlink(&other, &path).unwrap();
        assert!(LogFile::start(&path).is_err() && !other.exists());
        std::fs::remove_file(&path).unwrap();
        let log = LogFile::start(&path).unwrap();
        say(&log, "one\n");
        log.flush(SOON);
        std::fs::rename(&path, &other).unwrap();
        say(&log, &"two".repeat(LINE_MAX));
        log.flush(SOON);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("two") && text.ends_with('\n') && text.len() == LINE_MAX, "{}", text.len());
    }

    #[test]
    fn lines_that_could_not_be_written_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gone").join("console.log");
        std::fs::create_dir(folder.path().join("gone")).unwrap();
        let log = LogFile::start(&path).unwrap();
        std::fs::remove_dir_all(folder.path().join("gone")).unwrap();
        say(&log, "lost\n");
        say(&log, "lost too\n");
        log.flush(SOON);
        std::fs::create_dir(folder.path().join("gone")).unwrap();
        say(&log, "back\n");
        log.flush(SOON);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "2 lines were lost here\nback\n");
    }
}
