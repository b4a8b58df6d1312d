//! The store on one SQLite file. One thread owns the writing connection, one the reading: a caller may stop waiting, a
//! transaction is never cancelled, and no read waits for a commit. Several processes share the file through WAL.

mod audit;
mod bulk;
mod commit;
mod falls;
mod lease;
mod open;
mod pages;
mod read;
mod reader;
mod rebuilt;
mod rows;
mod schema;
mod traces;
mod worklists;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use futures_util::FutureExt;
use rusqlite::{Connection, ErrorCode};
use tokio::sync::oneshot;

use super::{
    AlertFilter, Asked, AuditReport, CheckReport, ClaimedPage, LeaseAnswer, LeaseWish, ListFilter, Store, StoreError,
};
use crate::domain::alert::Alert;
use crate::domain::checklist::{Occurrence, OccurrenceId};
use crate::domain::feed::StreamPosition;
use crate::domain::ids::{AlertId, Seq};
use crate::domain::journal::{Commit, Entry, Everything, Outcome, Past};
use crate::domain::live::{Lease, LiveSet};
use crate::domain::outbox::{OutboxRow, OutboxState};
use crate::domain::run::{Run, RunId};
use crate::domain::sample::Sample;
use crate::domain::time::{Now, Stamp};

pub use open::Create;
use reader::{Ask, Lead, Read, Reader};
pub use traces::Traces;
use writer::{Pending, Task, Work};

/// Requests that may wait; past that a caller waits to hand over.
const QUEUE: usize = 1024;

/// How the file is to be opened. `steps` is the schema; tests hand in other ones.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub group_shared: bool,
    pub allow_network_fs: bool,
    /// How long raw samples are kept; they are rolled up long before.
    pub keep_samples: Duration,
    pub steps: &'static [&'static str],
}

impl Default for Options {
    fn default() -> Self {
        Self {
            group_shared: false,
            allow_network_fs: false,
            keep_samples: Duration::from_secs(2 * 86_400),
            steps: schema::STEPS,
        }
    }
}

impl Options {
    pub(super) fn file_mode(&self) -> u32 {
        if self.group_shared { 0o660 } else { 0o600 }
    }
}

pub struct SqliteStore {
    path: PathBuf,
    traces: Arc<Traces>,
    boot: Arc<str>,
    keep_samples: Duration,
    /// How often the reader has taken up another file.
    swaps: Arc<AtomicI64>,
    writes: SyncSender<Work>,
    reads: SyncSender<Ask>,
}

impl SqliteStore {
    /// Opens the file, or makes it where that is allowed. Blocking: ask from a thread that may wait.
    pub fn open(path: &Path, create: Create, options: Options) -> Result<Self, StoreError> {
        let opened = match open::open(path, create, &options) {
            // Even opening lays files out beside it; the ballast is for whoever comes to ack on a full disk.
            Err(StoreError::DiskFull) if std::fs::remove_file(open::beside(path, ".ballast")).is_ok() => {
                open::open(path, Create::Never, &options)
            }
            other => other,
        }?;
        let path = opened.path.clone();
        let connection = open::connect(&path, true)?;
        let swaps: Arc<AtomicI64> = Arc::default();
        let settled = Arc::new(AtomicBool::new(true));
        let reader = Reader {
            connection: Some(connection),
            path: path.clone(),
            hold: opened.hold.clone(),
            instance: opened.instance.clone(),
            options,
            swaps: Arc::clone(&swaps),
            settled: Arc::clone(&settled),
        };
        let boot: Arc<str> = boot_id().into();
        let (writes, work) = sync_channel(QUEUE);
        let (reads, asked) = sync_channel(QUEUE);
        let traces = Traces::new(&path);
        let lead = Lead { asks: reads.clone(), settled };
        let writer = writer::Writer::new(opened, options, Arc::clone(&traces), lead);
        let failed = |e: std::io::Error| StoreError::Failed(format!("no thread for it ({e})"));
        std::thread::Builder::new().name("store-write".into()).spawn(move || writer.run(&work)).map_err(failed)?;
        std::thread::Builder::new().name("store-read".into()).spawn(move || reader.run(&asked)).map_err(failed)?;
        Ok(Self { path, traces, boot, keep_samples: options.keep_samples, swaps, writes, reads })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    fn read<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Asked<'_, T> {
        let (reply, answer) = oneshot::channel();
        let read: Read = Box::new(move |c| {
            let _ = reply.send(c.and_then(|c| ask(c).map_err(|e| sql_error(&e))));
        });
        let sent = self.reads.try_send(Ask::Read(read));
        answered(sent, answer)
    }

    fn write<T: Send + 'static>(
        &self,
        ask: impl FnMut(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Asked<'_, T> {
        self.hand_over(Work::Task, ask)
    }

    /// As [`Self::write`], for what need not survive a power cut.
    fn write_soft<T: Send + 'static>(
        &self,
        ask: impl FnMut(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Asked<'_, T> {
        self.hand_over(Work::Soft, ask)
    }

    fn hand_over<T: Send + 'static>(
        &self,
        work: impl FnOnce(Task) -> Work,
        mut ask: impl FnMut(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Asked<'_, T> {
        let (reply, answer) = oneshot::channel();
        let mut reply = Some(reply);
        let task: Task = Box::new(move |got| {
            let result = match got {
                Ok(c) => match ask(c) {
                    Err(e) if writer::is_busy(&e) => return Err(e),
                    other => other.map_err(|e| sql_error(&e)),
                },
                Err(refused) => Err(refused),
            };
            if let Some(reply) = reply.take() {
                let _ = reply.send(result);
            }
            Ok(())
        });
        answered(self.writes.try_send(work(task)), answer)
    }
}

/// A full queue is an answer too: the caller decides what to do, nobody blocks a runtime's thread. A reply that never
/// comes is a request that fell over; its thread goes on.
fn answered<'a, T: Send + 'static, W>(
    sent: Result<(), TrySendError<W>>,
    answer: oneshot::Receiver<Result<T, StoreError>>,
) -> Asked<'a, T> {
    let refused = sent.err().map(|e| match e {
        TrySendError::Full(_) => StoreError::Failed("too many requests wait for it".into()),
        TrySendError::Disconnected(_) => StoreError::Closed,
    });
    async move {
        match refused {
            Some(refused) => Err(refused),
            None => answer.await.unwrap_or_else(|_| Err(StoreError::Failed("it fell over this request".into()))),
        }
    }
    .boxed()
}

/// Of this boot: a lease taken in another one has expired.
fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map_or_else(|_| "one-boot".into(), |s| s.trim().to_owned())
}

/// What SQLite said, as something to act on.
fn sql_error(error: &rusqlite::Error) -> StoreError {
    let text = crate::domain::text::Untrusted::new(error.to_string()).clean().to_string();
    let rusqlite::Error::SqliteFailure(e, _) = error else { return StoreError::Failed(text) };
    // The shared index is made longer by single bytes; what fails there is for want of room, whatever it is called.
    if e.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE {
        return StoreError::DiskFull;
    }
    match e.code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Busy(writer::PATIENCE),
        ErrorCode::DiskFull => StoreError::DiskFull,
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => StoreError::Damaged(text),
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => StoreError::ReadOnly(text),
        ErrorCode::SchemaChanged => StoreError::ReadOnly(format!("a newer watchdeck has migrated it: {text}")),
        _ => StoreError::Failed(text),
    }
}

impl Store for SqliteStore {
    fn place(&self) -> String {
        format!("sqlite {}", self.path.display())
    }
    fn commit(&self, commit: Commit, epoch: Option<i64>) -> Asked<'_, Vec<Outcome>> {
        let (reply, answer) = oneshot::channel();
        let pending = Pending { job: commit::Job { commit, epoch }, reply };
        answered(self.writes.try_send(Work::Commit(Box::new(pending))), answer)
    }
    fn everything(&self, now: Now) -> Asked<'_, Everything> {
        let (boot, place) = (Arc::clone(&self.boot), self.place());
        self.read(move |c| Ok(Everything { place, ..read::everything(c, &boot, now)? }))
    }
    fn entries_after(&self, seq: Seq, limit: usize) -> Asked<'_, Vec<Entry>> {
        self.read(move |c| read::entries_after(c, seq, limit))
    }
    fn alerts(&self, filter: AlertFilter) -> Asked<'_, Vec<Alert>> {
        self.read(move |c| read::alerts(c, &filter))
    }
    fn past(&self, id: AlertId) -> Asked<'_, Past> {
        self.read(move |c| read::past(c, id))
    }
    fn lists(&self, filter: ListFilter) -> Asked<'_, Vec<Occurrence>> {
        self.read(move |c| worklists::lists(c, &filter))
    }
    fn occurrence(&self, id: OccurrenceId) -> Asked<'_, Option<Occurrence>> {
        self.read(move |c| worklists::occurrence(c, id, None))
    }
    fn run(&self, id: RunId) -> Asked<'_, Option<Run>> {
        self.read(move |c| worklists::run(c, id))
    }
    fn outbox(&self) -> Asked<'_, Vec<OutboxRow>> {
        self.read(|c| pages::recent(c))
    }
    fn live(&self) -> Asked<'_, LiveSet> {
        self.read(|c| bulk::live(c))
    }
    fn put_watched(&self, samples: Vec<Sample>, live: LiveSet, epoch: i64) -> Asked<'_, ()> {
        self.write_soft(move |c| bulk::put_watched(c, &samples, &live, epoch))
    }
    fn samples_since(&self, since: Stamp) -> Asked<'_, Vec<Sample>> {
        self.read(move |c| bulk::samples_since(c, since))
    }
    fn uptime_since(&self, since: Stamp) -> Asked<'_, Vec<(String, u64, u64)>> {
        self.read(move |c| bulk::uptime_since(c, since))
    }
    fn lease(&self, wish: LeaseWish) -> Asked<'_, LeaseAnswer> {
        let boot = Arc::clone(&self.boot);
        self.write_soft(move |c| lease::wish(c, &boot, &wish))
    }
    fn read_lease(&self, now: Now) -> Asked<'_, Option<Lease>> {
        let boot = Arc::clone(&self.boot);
        self.read(move |c| lease::read(c, &boot, now))
    }
    fn stream_position(&self, stream: String) -> Asked<'_, StreamPosition> {
        self.read(move |c| read::stream_position(c, &stream))
    }
    fn claim_pages(&self, epoch: i64, now: Stamp, limit: usize) -> Asked<'_, Vec<ClaimedPage>> {
        self.write(move |c| pages::claim(c, epoch, now, limit))
    }
    fn outbox_in(&self, state: Option<OutboxState>) -> Asked<'_, Vec<OutboxRow>> {
        self.read(move |c| pages::in_state(c, state))
    }
    fn tidy(&self, now: Stamp) -> Asked<'_, ()> {
        let keep = self.keep_samples;
        self.write(move |c| bulk::tidy(c, now, keep))
    }
    fn check_schema(&self) -> Asked<'_, i64> {
        self.read(|c| c.query_row("PRAGMA user_version", [], |r| r.get(0)))
    }
    fn check(&self) -> Asked<'_, CheckReport> {
        let path = self.path.clone();
        self.read(move |c| audit::check(c, &path))
    }
    fn backup(&self, to: PathBuf) -> Asked<'_, u64> {
        let path = self.path.clone();
        // A connection of its own: the reader's may not write, not even into another file.
        self.read(move |_| {
            let c = Connection::open(&path)?;
            c.execute("VACUUM INTO ?1", [to.to_string_lossy()])?;
            open::set_mode(&to, 0o600);
            Ok(std::fs::metadata(&to).map_or(0, |m| m.len()))
        })
    }
    fn audit(&self, since: Option<Stamp>) -> Asked<'_, AuditReport> {
        self.read(move |c| audit::verify(c, since))
    }
    fn moved(&self) -> Asked<'_, i64> {
        // The file's own number starts anew with another file.
        let swaps = Arc::clone(&self.swaps);
        self.read(move |c| {
            let version: i64 = c.prepare_cached("PRAGMA data_version")?.query_row([], |r| r.get(0))?;
            Ok(version + (swaps.load(Ordering::Acquire) << 40))
        })
    }
    fn traces(&self) -> Option<Arc<Traces>> {
        Some(Arc::clone(&self.traces))
    }
}
