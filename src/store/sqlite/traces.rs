//! Whose write it was: a console looks at the store when somebody else has written, not after every write of its own.
//! The watcher of the folder sees both alike. What our writer left is told from the rest by where the log then ended.
//!
//! Every doubt counts as somebody else's write: a question too many costs little, one too few a page not seen.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rusqlite::Connection;
use tokio::sync::Notify;

use super::open::beside;

/// The log's own header and that of each frame, bytes (sqlite.org/fileformat2.html, section 4.1 and 4.2).
const LOG_HEADER: u64 = 32;
const FRAME_HEADER: u64 = 24;
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
    version: Option<i64>,
}

impl Own {
    pub fn new(traces: Arc<Traces>) -> Self {
        Self { traces, page: 0, version: None }
    }

    /// Another file is at the path now.
    pub fn forget(&mut self) {
        self.version = None;
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
        let number = |sql: &str, column| {
            c.prepare_cached(sql).and_then(|mut s| s.query_row([], |r| r.get::<_, i64>(column))).ok()
        };
        if self.page == 0 {
            self.page = number("PRAGMA page_size", 0)?.unsigned_abs();
        }
        let end = self.traces.length();
        // SQLite is asked, never the index file beside the log: to close that would drop this process's locks on it.
        let frames = number("PRAGMA wal_checkpoint(NOOP)", 1)?.unsigned_abs();
        // An end past the last committed frame is a transaction under way.
        let settled = end == LOG_HEADER + frames * (self.page + FRAME_HEADER);
        self.traces.left.store(if settled { end } else { UNKNOWN }, Ordering::Release);
        number("PRAGMA data_version", 0)
    }
}
