//! The thread that owns the writing connection: operators' commits before machines', machines' in groups, a busy
//! file waited for, a full disk answered from the ballast, a replaced file noticed before anything is written to it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};
use tokio::sync::oneshot;

use super::falls::{Falls, Went};
use super::open::{self, Create, FileId, Hold, Opened};
use super::reader::Lead;
use super::traces::{Own, Traces};
use super::{Options, commit, sql_error};
use crate::domain::journal::{Lane, Outcome};
use crate::store::StoreError;

/// How long a file held by another process is waited for before the caller is told.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// Changes in one transaction, at most (one commit is never split).
const GROUP_MAX: usize = 1000;
/// Set aside so that a full disk can still take acks; released at the first "disk full".
const BALLAST: u64 = 16 << 20;
/// How often an idle writer looks whether its file is still the one it opened. Whoever keeps or wants the lease asks
/// more often than that, and every request looks too.
const LOOK: Duration = Duration::from_secs(6);

pub struct Pending {
    pub job: commit::Job,
    pub reply: oneshot::Sender<Result<Vec<Outcome>, StoreError>>,
}

/// Anything else that writes. It answers its own caller; an error comes back only when the file was busy.
pub type Task = Box<dyn FnMut(Result<&mut Connection, StoreError>) -> rusqlite::Result<()> + Send>;

pub enum Work {
    Commit(Box<Pending>),
    Task(Task),
    /// One that the next power cut may undo: figures, and a lease that no other boot believes anyway. It costs no sync,
    /// and so lets a disk sleep.
    Soft(Task),
}

pub struct Writer {
    connection: Option<Connection>,
    path: PathBuf,
    file: FileId,
    hold: Hold,
    wal: Option<FileId>,
    instance: String,
    options: Options,
    own: Own,
    lead: Lead,
    /// The index of a log that was taken away under us: while it is there, somebody else still uses that log.
    forsaken: Option<FileId>,
}

impl Writer {
    pub fn new(opened: Opened, options: Options, traces: Arc<Traces>, lead: Lead) -> Self {
        let Opened { connection, path, file, hold, instance } = opened;
        let own = Own::new(traces);
        let connection = Some(connection);
        let mut writer = Self { connection, path, file, hold, wal: None, instance, options, own, lead, forsaken: None };
        writer.set_ballast();
        writer
    }

    pub fn run(mut self, work: &Receiver<Work>) {
        let mut falls = Falls::default();
        loop {
            let first = match work.recv_timeout(LOOK) {
                Ok(first) => first,
                Err(RecvTimeoutError::Timeout) => {
                    let _ = self.still_ours();
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let mut waiting: Vec<Work> = std::iter::once(first).chain(work.try_iter()).collect();
            // A person waits for the operator's lane; stable, so each lane keeps its order.
            waiting.sort_by_key(|w| match w {
                Work::Commit(p) => u8::from(p.job.commit.lane == Lane::Machine),
                Work::Task(_) | Work::Soft(_) => 2,
            });
            match falls.over(|| self.serve(waiting)) {
                Went::Well => {}
                Went::Fell => {
                    self.connection = None;
                    self.own.end(None);
                }
                Went::TooOften => return,
            }
        }
    }

    fn serve(&mut self, waiting: Vec<Work>) {
        let mut group: Vec<Pending> = Vec::new();
        let mut size = 0;
        for work in waiting {
            match work {
                Work::Commit(pending) => {
                    let lane = pending.job.commit.lane;
                    let other = group.last().is_some_and(|p| p.job.commit.lane != lane);
                    if other || size >= GROUP_MAX {
                        self.commit(std::mem::take(&mut group));
                        size = 0;
                    }
                    size += pending.job.commit.changes.len();
                    group.push(*pending);
                }
                Work::Task(task) => {
                    self.commit(std::mem::take(&mut group));
                    size = 0;
                    self.task(task);
                }
                Work::Soft(task) => {
                    self.commit(std::mem::take(&mut group));
                    size = 0;
                    self.soft_task(task);
                }
            }
        }
        self.commit(group);
    }

    fn commit(&mut self, group: Vec<Pending>) {
        if group.is_empty() {
            return;
        }
        let (jobs, replies): (Vec<_>, Vec<_>) = group.into_iter().map(|p| (p.job, p.reply)).unzip();
        let known = self.options.steps.len() as i64;
        let result = self.patiently(|c, instance| commit::run(c, &jobs, known, instance));
        match result {
            Ok(outcomes) => {
                for (reply, outcome) in replies.into_iter().zip(outcomes) {
                    let _ = reply.send(Ok(outcome));
                }
            }
            Err(error) => {
                for reply in replies {
                    let _ = reply.send(Err(error.clone()));
                }
            }
        }
    }

    fn task(&mut self, mut task: Task) {
        let outcome = self.patiently(|c, _| task(Ok(c)));
        if let Err(refused) = outcome {
            let _ = task(Err(refused));
        }
    }

    fn soft_task(&mut self, task: Task) {
        self.sync("NORMAL");
        self.task(task);
        self.sync("FULL");
    }

    /// NORMAL leaves the log unsynced after a commit; the next FULL one syncs the whole of it.
    fn sync(&self, how: &str) {
        if let Some(c) = &self.connection {
            let _ = c.execute_batch(&format!("PRAGMA synchronous = {how}"));
        }
    }

    /// Runs a transaction, and leaves word of whose write it was.
    fn patiently<T>(
        &mut self,
        transaction: impl FnMut(&mut Connection, &str) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.own.begin();
        let result = self.tried(transaction);
        self.own.end(self.connection.as_ref());
        result
    }

    /// Runs a transaction; a busy file is tried again with jitter until patience ends, a full disk once more from the
    /// ballast. After an error the connection may or may not still be in a transaction: SQLite itself is asked.
    fn tried<T>(
        &mut self,
        mut transaction: impl FnMut(&mut Connection, &str) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.still_ours()?;
        let started = now();
        let mut ballast = true;
        loop {
            let Some(c) = self.connection.as_mut() else { return Err(StoreError::Replaced) };
            let error = match transaction(c, &self.instance) {
                Ok(done) => {
                    self.wal = self.wal.or_else(|| FileId::of(&self.beside("-wal")));
                    return Ok(done);
                }
                Err(error) => error,
            };
            if !c.is_autocommit() {
                let _ = c.execute_batch("ROLLBACK");
            }
            match code(&error) {
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) if now() - started < PATIENCE => {
                    std::thread::sleep(jitter());
                }
                Some(ErrorCode::DiskFull) if ballast && std::fs::remove_file(self.beside(".ballast")).is_ok() => {
                    ballast = false;
                }
                Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => {
                    // The connection's view of the file cannot be trusted after a failed read or sync.
                    self.connection = None;
                    let void = never_whole(&error) || open::void_tail(&self.path).is_ok();
                    let _ = self.reopen();
                    return Err(if void { sql_error(&error) } else { unknown(&error) });
                }
                _ => return Err(sql_error(&error)),
            }
        }
    }

    /// The path must still lead to the file that was opened, and its WAL must still be the one it writes.
    fn still_ours(&mut self) -> Result<(), StoreError> {
        // Away is not replaced: it may come back.
        let file = FileId::of(&self.path).ok_or(StoreError::Replaced)?;
        let log = self.wal.is_none_or(|wal| FileId::of(&self.beside("-wal")) == Some(wal));
        if file != self.file {
            self.leave_replaced(log)?;
        } else if !log || self.forsaken.is_some() {
            self.leave_bereft()?;
        } else if self.connection.is_some() {
            return Ok(());
        }
        self.reopen()?;
        self.lead.go_on();
        Ok(())
    }

    /// Another file is at the path. A log that belongs to the old one must never be read into it: whoever opens the new
    /// file would find it and believe it.
    fn leave_replaced(&mut self, log_is_old: bool) -> Result<(), StoreError> {
        if let Some(connection) = self.connection.take() {
            open::leave(connection, true);
        }
        self.lead.let_go(true)?;
        if log_is_old && self.wal.is_some() {
            for tail in ["-wal", "-shm"] {
                let _ = std::fs::rename(self.beside(tail), self.beside(&format!("{tail}.replaced")));
            }
        }
        (self.wal, self.forsaken) = (None, None);
        Ok(())
    }

    /// The log was removed. What it held is in the connection's hands alone and goes into the file now; nobody may start a
    /// new log while anybody still believes in the old one, and the last to leave clears the index away.
    fn leave_bereft(&mut self) -> Result<(), StoreError> {
        if let Some(connection) = self.connection.take() {
            self.forsaken = FileId::of(&self.beside("-shm"));
            let _ = connection.execute_batch("PRAGMA wal_checkpoint(PASSIVE)");
            self.own.forget();
            open::leave(connection, false);
        }
        self.lead.let_go(false)?;
        let index = FileId::of(&self.beside("-shm"));
        if index.is_some() && index == self.forsaken {
            return Err(StoreError::Replaced);
        }
        (self.wal, self.forsaken) = (None, None);
        Ok(())
    }

    fn reopen(&mut self) -> Result<(), StoreError> {
        let opened = open::open(&self.path, Create::Never, &self.options).map_err(|_| StoreError::Replaced)?;
        if opened.instance != self.instance {
            return Err(StoreError::Refused {
                path: self.path.display().to_string(),
                why: "another store has been put in its place".into(),
                hint: "start watchdeck again if that was meant".into(),
            });
        }
        self.file = opened.file;
        self.wal = FileId::of(&self.beside("-wal"));
        self.own.forget();
        self.connection = Some(opened.connection);
        self.hold = opened.hold;
        Ok(())
    }

    fn beside(&self, tail: &str) -> PathBuf {
        open::beside(&self.path, tail)
    }

    /// Only where there is plenty: the ballast is for a disk that fills up later, not for one that is full now.
    fn set_ballast(&mut self) {
        let path = self.beside(".ballast");
        let free = rustix::fs::statvfs(&self.path).map_or(0, |s| s.f_bavail.saturating_mul(s.f_frsize));
        if path.exists() || free < BALLAST * 64 {
            return;
        }
        let file = std::fs::OpenOptions::new().write(true).create_new(true).open(&path);
        if let Ok(file) = file {
            open::set_mode(&path, self.options.file_mode());
            // A file with holes would free nothing.
            let flags = rustix::fs::FallocateFlags::empty();
            let _ = rustix::fs::fallocate(&file, flags, 0, BALLAST);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "how long a lock is waited for is this thread's own measurement")]
pub fn now() -> Instant {
    Instant::now()
}

/// The write itself failed, so that the transaction's last frame is not in the log: nobody can take it for committed.
fn never_whole(error: &rusqlite::Error) -> bool {
    matches!(error, rusqlite::Error::SqliteFailure(e, _) if matches!(
        e.extended_code,
        rusqlite::ffi::SQLITE_IOERR_WRITE | rusqlite::ffi::SQLITE_IOERR_READ | rusqlite::ffi::SQLITE_IOERR_SHORT_READ
    ))
}

/// A disk that takes neither a sync nor another write may or may not have the transaction. Its op id will tell.
fn unknown(error: &rusqlite::Error) -> StoreError {
    let text = crate::domain::text::Untrusted::new(error.to_string()).clean();
    StoreError::Failed(format!("{text}; whether this was saved shows once it works again"))
}

fn code(error: &rusqlite::Error) -> Option<ErrorCode> {
    error.sqlite_error_code()
}

pub fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        code(error),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::DiskFull | ErrorCode::SystemIoFailure)
    )
}

/// Full jitter up to 100 ms, from the clock's low digits: two waiters must not keep step.
fn jitter() -> Duration {
    let nanos = uuid::Uuid::now_v7().as_u128() & 0x3ff;
    Duration::from_micros(1000 + (nanos as u64) * 97)
}
