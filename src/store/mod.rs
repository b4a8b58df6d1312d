//! The store: an append-only journal, the tables that are its projections, and bulk that is not journaled. This page is
//! what every kind of store promises; `sqlite` keeps it on one file. The same contract tests run on each kind.

pub mod sqlite;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::domain::alert::Alert;
use crate::domain::checklist::{Occurrence, OccurrenceId};
use crate::domain::feed::StreamPosition;
use crate::domain::ids::{AlertId, Fingerprint, Seq};
use crate::domain::journal::{Commit, Entry, Everything, Outcome, Past};
use crate::domain::live::{Lease, LiveSet};
use crate::domain::outbox::{Notice, OutboxRow, OutboxState};
use crate::domain::run::{Run, RunId};
use crate::domain::sample::Sample;
use crate::domain::severity::Severity;
use crate::domain::text::Clean;
use crate::domain::time::{Now, Stamp};

pub type Asked<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// Why the store could not do it. Each says what to do next.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    #[error("{path}: {why}; {hint}")]
    Refused { path: String, why: String, hint: String },
    #[error("{0} does not exist; `watchdeck store init` creates it")]
    Missing(String),
    #[error("{path} has schema {found}, this program knows {known}; use the newer watchdeck, nothing was touched")]
    Newer { path: String, found: i64, known: i64 },
    #[error("the store is busy: another process has held it for {} s", .0.as_secs())]
    Busy(Duration),
    #[error("the disk is full: free some space")]
    DiskFull,
    #[error("the store file was moved or replaced while open; writing to the old one stopped")]
    Replaced,
    #[error(
        "the store is damaged ({0}); `watchdeck store check` says where, `watchdeck store backup` saves what can be read"
    )]
    Damaged(String),
    #[error("the store is read-only ({0}); ask its owner for write access")]
    ReadOnly(String),
    #[error("the store failed: {0}")]
    Failed(String),
    #[error("the store has been closed in this process; start it again")]
    Closed,
}

impl StoreError {
    /// A retry can help: nothing is wrong with the request itself.
    pub fn passing(&self) -> bool {
        matches!(self, Self::Busy(_) | Self::DiskFull | Self::Replaced | Self::Failed(_))
    }
    /// What is left to do for a command that runs once: nothing of it goes on trying.
    pub fn next_step(&self) -> Option<&'static str> {
        Some(match self {
            Self::Busy(_) | Self::Replaced => "nothing was changed, run the command again",
            Self::DiskFull => "nothing was changed, run the command again after that",
            Self::Failed(_) => "`watchdeck store check` looks it over; run the command again after that",
            _ => return None,
        })
    }
}

/// Which alerts to list; everything None lists the unresolved.
#[derive(Clone, Debug, Default)]
pub struct AlertFilter {
    pub state: Option<String>,
    pub severity: Option<Severity>,
    pub id: Option<AlertId>,
    pub fingerprint: Option<Fingerprint>,
    /// Of this service alone, newest first.
    pub service: Option<String>,
    pub limit: Option<usize>,
}

/// Which periods of which lists: what is open and the latest that ended.
#[derive(Clone, Debug, Default)]
pub struct ListFilter {
    /// Of this list alone.
    pub list: Option<String>,
    /// So many ended periods per list, instead of a month's.
    pub periods: Option<usize>,
}

/// A take, renewal or release of the lease.
#[derive(Clone, Debug)]
pub struct LeaseWish {
    pub owner: Clean,
    /// The epoch I hold; None wants to take it when it is free.
    pub epoch: Option<i64>,
    pub release: bool,
    pub headless: bool,
    pub config_hash: String,
    pub ttl: Duration,
    pub now: Now,
}

/// The row as it is after the wish, and whether it is mine.
#[derive(Clone, Debug)]
pub struct LeaseAnswer {
    pub lease: Lease,
    pub mine: bool,
    /// A headless worker waits for a console to yield.
    pub wanted: bool,
}

/// A page claimed for one delivery attempt.
#[derive(Clone, Debug)]
pub struct ClaimedPage {
    pub row: OutboxRow,
    pub notice: Notice,
}

#[derive(Clone, Debug, Default)]
pub struct CheckReport {
    pub problems: Vec<String>,
    pub entries: i64,
    pub alerts: i64,
    pub samples: i64,
    pub schema: i64,
    pub sqlite: String,
    pub bytes: u64,
}

#[derive(Clone, Debug, Default)]
pub struct AuditReport {
    pub entries: i64,
    pub from: Seq,
    /// The first entry that does not fit, and why.
    pub broken: Option<(Seq, String)>,
    pub head: String,
}

/// What every kind of store can do. Futures may be dropped: a caller may stop waiting, a transaction is never cancelled.
pub trait Store: Send + Sync {
    /// `sqlite /path`.
    fn place(&self) -> String;
    /// One outcome per change, in order. An unknown outcome is settled by its op id, never by guessing.
    /// With an epoch, the whole commit is refused (`Refusal::Fenced`) once the lease has another.
    fn commit(&self, commit: Commit, epoch: Option<i64>) -> Asked<'_, Vec<Outcome>>;
    fn everything(&self, now: Now) -> Asked<'_, Everything>;
    fn entries_after(&self, seq: Seq, limit: usize) -> Asked<'_, Vec<Entry>>;
    fn alerts(&self, filter: AlertFilter) -> Asked<'_, Vec<Alert>>;
    fn lists(&self, filter: ListFilter) -> Asked<'_, Vec<Occurrence>>;
    fn occurrence(&self, id: OccurrenceId) -> Asked<'_, Option<Occurrence>>;
    fn run(&self, id: RunId) -> Asked<'_, Option<Run>>;
    fn past(&self, id: AlertId) -> Asked<'_, Past>;
    fn outbox(&self) -> Asked<'_, Vec<OutboxRow>>;
    fn live(&self) -> Asked<'_, LiveSet>;
    /// What the watch saw since the last time, unjournaled: samples, and the live rows that changed.
    fn put_watched(&self, samples: Vec<Sample>, live: LiveSet, epoch: i64) -> Asked<'_, ()>;
    /// Stored samples since then, oldest first.
    fn samples_since(&self, since: Stamp) -> Asked<'_, Vec<Sample>>;
    /// Up and down milliseconds per service since then.
    fn uptime_since(&self, since: Stamp) -> Asked<'_, Vec<(String, u64, u64)>>;
    fn lease(&self, wish: LeaseWish) -> Asked<'_, LeaseAnswer>;
    fn read_lease(&self, now: Now) -> Asked<'_, Option<Lease>>;
    fn stream_position(&self, stream: String) -> Asked<'_, StreamPosition>;
    fn claim_pages(&self, epoch: i64, now: Stamp, limit: usize) -> Asked<'_, Vec<ClaimedPage>>;
    /// Rows in a state, all of them, for the command line.
    fn outbox_in(&self, state: Option<OutboxState>) -> Asked<'_, Vec<OutboxRow>>;
    /// Thins samples into sketches and removes what is past its keep; bounded work per call.
    fn tidy(&self, now: Stamp) -> Asked<'_, ()>;
    /// The schema's version.
    fn check_schema(&self) -> Asked<'_, i64>;
    fn check(&self) -> Asked<'_, CheckReport>;
    fn backup(&self, to: std::path::PathBuf) -> Asked<'_, u64>;
    fn audit(&self, since: Option<Stamp>) -> Asked<'_, AuditReport>;
    /// A number that changes when anybody commits: a cheap look before asking for entries.
    fn moved(&self) -> Asked<'_, i64>;
    /// What to watch, and how to tell others' writes from ours; None where there is no file.
    fn traces(&self) -> Option<Arc<sqlite::Traces>>;
}
