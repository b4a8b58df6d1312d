//! Whose write it was: a console looks at the store when somebody else has written, not after every write of its own.
//! The watcher of the folder sees both alike. What our writer left is told from the rest by where the log then ended.
//!
//! Every doubt counts as somebody else's write: a question too many costs little, one too few a page not seen.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rusqlite::Connection;
use tokio::sync::Notify;

use super::open::beside;

/// The log's own header and that of each frame, bytes (sqlite.org/fileformat2.html, section 4.1 and 4.2).
const LOG_HEADER: u64 = 32;
const FRAME_HEADER: u64 = 24;
/// Where the index of the log has its number of valid frames (sqlite.org/walformat.html, section 2.1), native order.
const MX_FRAME: u64 = 16;
/// No end that a log can have.
const UNKNOWN: u64 = u64::MAX;

#[derive(Debug)]
pub struct Traces {
    path: PathBuf,
    log: PathBuf,
    /// Our writer is at it: what the watcher sees now, the writer itself judges at the end.
    writing: AtomicBool,
    /// Where the log ended after our last write.
    left: AtomicU64,
    /// Somebody else has committed, or may have.
    pub others: Notify,
}

impl Traces {
    pub fn new(path: &Path) -> Arc<Self> {
        Arc::new(Self {
            path: path.to_owned(),
            log: beside(path, "-wal"),
            writing: AtomicBool::new(false),
            left: AtomicU64::new(UNKNOWN),
            others: Notify::new(),
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether what the watcher saw in the folder can be somebody else's write.
    pub fn foreign(&self) -> bool {
        !self.writing.load(Ordering::Acquire) && self.length() != self.left.load(Ordering::Acquire)
    }

    /// Something was written, or looks like it.
    pub fn seen(&self) {
        if self.foreign() {
            self.others.notify_one();
        }
    }

    fn length(&self) -> u64 {
        fs::metadata(&self.log).map_or(0, |m| m.len())
    }
}

/// The writer's side: brackets each of its transactions.
pub struct Own {
    traces: Arc<Traces>,
    page: u64,
    /// The log's index, kept open: opening it would wake the watcher again.
    index: Option<File>,
    version: Option<i64>,
}

impl Own {
    pub fn new(traces: Arc<Traces>) -> Self {
        Self { traces, page: 0, index: None, version: None }
    }

    /// Another file is at the path now.
    pub fn forget(&mut self) {
        (self.version, self.index) = (None, None);
        self.traces.left.store(UNKNOWN, Ordering::Release);
    }

    pub fn begin(&self) {
        self.traces.writing.store(true, Ordering::Release);
    }

    /// The end of the log first, then the question whether others have committed: whoever comes between is seen by one
    /// of the two.
    pub fn end(&mut self, connection: Option<&Connection>) {
        let version = connection.and_then(|c| self.ask(c));
        let calm = version.is_some() && version == self.version;
        self.version = version;
        self.traces.writing.store(false, Ordering::Release);
        if !calm {
            self.traces.others.notify_one();
        }
    }

    /// `data_version` moves by the commits of other connections alone.
    fn ask(&mut self, c: &Connection) -> Option<i64> {
        let number = |sql: &str| c.prepare_cached(sql).and_then(|mut s| s.query_row([], |r| r.get::<_, i64>(0))).ok();
        if self.page == 0 {
            self.page = number("PRAGMA page_size")?.unsigned_abs();
        }
        let end = self.settled_end().unwrap_or(UNKNOWN);
        self.traces.left.store(end, Ordering::Release);
        number("PRAGMA data_version")
    }

    /// Where the log ends if nobody is writing to it: an end past the last committed frame is a transaction under way.
    fn settled_end(&mut self) -> Option<u64> {
        let end = self.traces.length();
        if self.index.is_none() {
            self.index = File::open(beside(&self.traces.path, "-shm")).ok();
        }
        let mut frames = [0_u8; 4];
        self.index.as_ref()?.read_exact_at(&mut frames, MX_FRAME).ok()?;
        let frames = u64::from(u32::from_ne_bytes(frames));
        (end == LOG_HEADER + frames * (self.page + FRAME_HEADER)).then_some(end)
    }
}
