//! What the stream brings, decoded and cleaned, batched for one commit. The wire's forms are the source's business.

use serde::{Deserialize, Serialize};

use super::ids::{Fingerprint, Labels};
use super::journal::Report;
use super::live::FeedCounts;
use super::sample::Sample;
use super::time::Stamp;

/// One batch of a stream: the latest state per fingerprint, sums and last values, and the position they lead to.
/// It is committed whole, with its position, or not at all.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct FeedBatch {
    pub stream: String,
    /// Given back when the batch is committed; the source keeps at most a few batches outstanding.
    pub ticket: u64,
    pub position: Position,
    pub reports: Vec<(Fingerprint, Report)>,
    /// Name and what to add.
    pub counters: Vec<(String, f64)>,
    /// Name and last value.
    pub gauges: Vec<(String, f64)>,
    pub samples: Vec<Sample>,
    /// What was counted since the last batch (increments, not totals).
    pub counts: FeedCounts,
    /// A snapshot that ended within this batch: every alert it named.
    pub snapshot: Option<Vec<Fingerprint>>,
    pub last_event_at: Option<Stamp>,
}

/// Numbers of a feed that are missing, both ends included.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Gap {
    pub from: u64,
    pub to: u64,
    /// Nobody asks for it: what has these numbers may be what broke the link. It is taken should it come by itself.
    #[serde(default)]
    pub passed: bool,
}

/// Where to resume: the feed's own id and the last sequence consumed; without a sequence the hashes of consumed ids.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Position {
    pub feed_id: Option<String>,
    pub sequence: Option<u64>,
    /// What is missing below that, ascending; a few dozen at most.
    pub gaps: Vec<Gap>,
    /// 64-bit hashes of (source, id) consumed in this batch, for feeds without a sequence.
    pub new_ids: Vec<u64>,
}

/// The labels that identify an alert of a stream: its name and the event's key.
pub fn stream_fingerprint(stream: &str, key: &str) -> Fingerprint {
    Fingerprint::of_pairs([("key", key), ("source", "stream"), ("stream", stream)].into_iter())
}

/// Labels that say which alert it is and nothing more: an update that brings no others leaves those that are known.
pub fn only_identity(labels: &Labels) -> bool {
    labels.keys().all(|name| matches!(name.as_str(), "key" | "source" | "stream"))
}

/// The labels that identify an alert of a rule: the service and the metric's family, never the rule or its severity.
pub fn rule_fingerprint(service: &str, family: &str) -> Fingerprint {
    Fingerprint::of_pairs([("metric", family), ("service", service), ("source", "rule")].into_iter())
}

/// What rides along with the alert changes of a feed's batch, in the same transaction.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct FeedCommit {
    pub stream: String,
    pub ticket: u64,
    pub position: Position,
    pub counters: Vec<(String, f64)>,
    pub gauges: Vec<(String, f64)>,
    pub counts: FeedCounts,
    pub at: Stamp,
    pub last_event_at: Option<Stamp>,
}

/// Where a stream left off, and what it has counted since the store began.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StreamPosition {
    pub feed_id: Option<String>,
    pub sequence: Option<u64>,
    /// Open gaps below that: after a restart they are asked for again.
    pub gaps: Vec<Gap>,
    /// Hashes of the latest consumed ids, oldest first, at most 100,000.
    pub recent_ids: Vec<u64>,
    pub counts: FeedCounts,
    pub last_event_at: Option<Stamp>,
}
