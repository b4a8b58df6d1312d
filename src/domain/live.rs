//! Live rows: what the worker knows now and writes unjournaled, so that followers and `status` read the very figures
//! the worker judged by. Ages are for the reader to compute from the moments in here.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::evidence::Proof;
use super::rule::{Form, Reading};
use super::sample::{CertDays, FailKind, Figure, Outcome, Phases};
use super::service::ServiceState;
use super::severity::Severity;
use super::text::Clean;
use super::time::Stamp;

/// Everything shown of one service. `state` is as of `sampled_at`; [`ServiceLive::state_at`] ages it.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct ServiceLive {
    pub name: String,
    pub state: ServiceState,
    pub interval_ms: u64,
    pub last: Option<LastProbe>,
    pub latency: LatencyLive,
    pub success: SuccessLive,
    /// Oldest first, one per [`SPARK_STEP`], at most [`SPARK_LEN`].
    pub history: Vec<Bucket>,
    /// Failures by kind over the history's span.
    pub failures: BTreeMap<FailKind, u32>,
    /// The last certificate seen, kept with its own moment when later handshakes fail.
    pub cert: Option<(CertDays, Stamp)>,
    pub figures: Vec<Figure>,
    /// Why it is red: one line per rule that breaches or holds.
    pub why: Vec<Why>,
    pub uptime: Uptime,
    pub notes: ProbeNotes,
}

pub const SPARK_STEP: Duration = Duration::from_secs(30);
pub const SPARK_LEN: usize = 60;

/// The last probe as it went.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct LastProbe {
    pub at: Stamp,
    pub outcome: Outcome,
    pub fail: Option<FailKind>,
    pub total_us: u32,
    pub phases: Phases,
    pub detail: Clean,
}

/// Milliseconds over the rule window (10 min by default), with the count they rest on.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct LatencyLive {
    pub p50: f64,
    pub p95: f64,
    pub p99: f64,
    pub max: f64,
    pub n: usize,
}

/// Success in the form that decides: requests where the service counts them, else k of the last n probes.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct SuccessLive {
    pub form: Form,
    pub good: u64,
    pub total: u64,
}

impl Default for SuccessLive {
    fn default() -> Self {
        Self { form: Form::KofN, good: 0, total: 0 }
    }
}

/// One step of the sparkline: the slowest answer and the failures in it.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Bucket {
    pub start: Stamp,
    /// Slowest answer, microseconds; 0 = no answer in this step.
    pub max_us: u32,
    pub failed: u16,
    pub seen: u16,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Why {
    pub rule: String,
    pub severity: Severity,
    pub firing: bool,
    pub since: Option<Stamp>,
    pub reading: Option<Reading>,
    /// `p95 231 > 200 ms`.
    pub says: Clean,
    /// `clears below 200 ms for 120 s`.
    pub clears: Clean,
}

/// Time-weighted over 30 days, milliseconds of each state; what no sample covers is not observed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Uptime {
    pub up_ms: u64,
    pub down_ms: u64,
    pub span_ms: u64,
}

impl Uptime {
    /// Up over observed; None when nothing was observed.
    pub fn ratio(&self) -> Option<f64> {
        let seen = self.up_ms + self.down_ms;
        (seen > 0).then(|| self.up_ms as f64 / seen as f64)
    }
    /// The share of the span that no sample covers.
    pub fn unseen_ratio(&self) -> f64 {
        let seen = self.up_ms + self.down_ms;
        if self.span_ms == 0 { 0.0 } else { self.span_ms.saturating_sub(seen) as f64 / self.span_ms as f64 }
    }
}

/// The probe's own health: skipped and late rounds, and a value that never varies.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ProbeNotes {
    pub skipped: u64,
    pub late: u64,
    pub never_varies: bool,
}

impl ServiceLive {
    pub fn state_at(&self, now: Stamp) -> ServiceState {
        let interval = Duration::from_millis(self.interval_ms);
        self.last.as_ref().map_or(ServiceState::Unknown, |last| self.state.aged(last.at, interval, now))
    }
    pub fn firing(&self) -> impl Iterator<Item = &Why> {
        self.why.iter().filter(|w| w.firing)
    }
}

/// A stream as the truth line and Sys show it.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct StreamLive {
    pub name: String,
    pub link: Link,
    /// Why it is not live, and what is tried next.
    pub detail: Clean,
    pub last_event_at: Option<Stamp>,
    pub sequence: Option<u64>,
    pub counts: FeedCounts,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Link {
    #[default]
    Off,
    Connecting,
    Live,
    /// Waiting until then to try again.
    Reconnecting {
        at: Stamp,
    },
    /// Refused in a way that a retry alone does not mend (401, 403, HTML …); still retried, slowly.
    Refused {
        at: Stamp,
    },
}

impl Link {
    pub fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Connecting => "connecting",
            Self::Live => "live",
            Self::Reconnecting { .. } => "reconnecting",
            Self::Refused { .. } => "refused",
        }
    }
}

/// Loss is never silent: every way an event can fail to take effect has its count. Totals since the store began.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FeedCounts {
    pub received: u64,
    pub undecodable: u64,
    pub duplicates: u64,
    pub gaps: u64,
    /// Events missing in those gaps, where the sequence tells.
    pub missing: u64,
    /// Of the missing, those that came after all: by a replay, or late.
    pub recovered: u64,
    pub coalesced: u64,
    pub dropped: u64,
    pub unknown_severity: u64,
    pub quarantined: u64,
}

impl FeedCounts {
    /// Missing for good, as far as is known now.
    pub fn lost(&self) -> u64 {
        self.missing.saturating_sub(self.recovered)
    }
    pub fn add(&mut self, other: &Self) {
        self.received += other.received;
        self.undecodable += other.undecodable;
        self.duplicates += other.duplicates;
        self.gaps += other.gaps;
        self.missing += other.missing;
        self.recovered += other.recovered;
        self.coalesced += other.coalesced;
        self.dropped += other.dropped;
        self.unknown_severity += other.unknown_severity;
        self.quarantined += other.quarantined;
    }
}

/// The lease row: who polls, evaluates, times and delivers.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Lease {
    pub owner: Clean,
    pub epoch: i64,
    /// Milliseconds until it lapses, by the clock that cannot be stepped; negative = lapsed that long ago.
    pub left_ms: i64,
    /// When it was last renewed, wall time, for people.
    pub renewed_at: Stamp,
    pub config_hash: String,
    /// A headless worker: consoles yield to it.
    pub headless: bool,
}

impl Lease {
    pub fn alive(&self) -> bool {
        self.epoch > 0 && self.left_ms > 0
    }
}

/// The worker's own health, as a live row.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkerLive {
    pub probes_in_flight: u32,
    pub probe_lag_p99_ms: u32,
    pub probes_skipped: u64,
    pub probes_late: u64,
    pub rules: u32,
    /// The reference probe of the local link fails: nothing is judged.
    pub link_down: bool,
    pub dropped: u64,
    pub coalesced: u64,
    pub task_restarts: u64,
}

/// Live rows as the worker writes and followers read them; a written set holds only what changed.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct LiveSet {
    pub services: Vec<Arc<ServiceLive>>,
    pub streams: Vec<StreamLive>,
    /// Name, last value, when.
    pub gauges: Vec<(String, f64, Stamp)>,
    pub worker: Option<WorkerLive>,
    pub evidence: Vec<EvidenceLive>,
}

/// What evidence said when it was last looked at: of a list's item that is judged or fetched by the worker.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct EvidenceLive {
    /// Of [`crate::domain::evidence::Gathered`], or the list and the item that live evidence is for.
    pub key: String,
    pub proof: Proof,
    /// Since when it has been good without a break.
    pub good_since: Option<Stamp>,
}
