//! An alert: one deduplicated condition with a lifecycle and a version. The version rises only when state, owner,
//! severity, level or snooze changes; values, titles and notes leave it, so a chatty source never makes an ack conflict.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::ids::{AlertId, Fingerprint, Labels, Seq};
use super::severity::Severity;
use super::text::Clean;
use super::time::Stamp;

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Alert {
    pub id: AlertId,
    pub fingerprint: Fingerprint,
    pub version: u32,
    /// Number of the last entry applied to it: an entry that comes twice changes nothing.
    #[serde(default)]
    pub seq: Seq,
    pub origin: Origin,
    pub severity: Severity,
    pub phase: Phase,
    pub owner: Option<Clean>,
    pub about: About,
    pub opened_at: Stamp,
    /// The last change that raised the version: what a conflict tells the second operator.
    pub changed: Changed,
    pub escalation: Escalation,
    pub closing: Closing,
    /// The first person who opened it or did anything about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_by: Option<Clean>,
    /// How often it fired again after it was over: each time is an episode of its own to its procedure.
    #[serde(default, skip_serializing_if = "first")]
    pub episode: u32,
    /// When somebody took it for the first time in this episode, whatever became of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<Stamp>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's form")]
fn first(episode: &u32) -> bool {
    *episode == 0
}

/// Who raised it. Part of the identity: alerts of a rule and of a stream never merge.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    Rule { family: String },
    Stream { name: String },
}

/// What it says; replaced by every report of its source without touching the version.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct About {
    pub title: Clean,
    pub service: Option<Clean>,
    pub metric: Clean,
    pub value: Option<f64>,
    pub limit: Option<f64>,
    pub unit: Clean,
    pub n: u64,
    pub procedure: Option<Clean>,
    pub labels: Arc<Labels>,
    /// Shown beside it: `flapping`, `rule removed`.
    #[serde(default)]
    pub marks: Vec<Mark>,
    /// The episode before this one, when the same fingerprint fired earlier.
    pub previous: Option<AlertId>,
}

impl About {
    /// An alert is never nameless: its source's key stands in for a title nobody gave.
    #[must_use]
    pub fn named(mut self) -> Self {
        if self.title.is_empty()
            && let Some(key) = self.labels.get("key")
        {
            self.title = Clean::from(key.as_str());
        }
        self
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    Flapping,
    RuleRemoved,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    Open,
    Acked {
        at: Stamp,
        deadline: Stamp,
        reminded: bool,
        /// Who handed it over; its owner has not said a word yet.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        given_by: Option<Clean>,
    },
    Snoozed {
        by: Clean,
        until: Stamp,
        reason: Clean,
    },
    Resolved {
        at: Stamp,
        by: Actor,
        note: Clean,
    },
}

impl Phase {
    pub fn word(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acked { .. } => "acked",
            Self::Snoozed { .. } => "snoozed",
            Self::Resolved { .. } => "resolved",
        }
    }
    pub fn is_resolved(&self) -> bool {
        matches!(self, Self::Resolved { .. })
    }
}

/// Whose it was and in which state, before an act: what an undo gives back.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Before {
    pub owner: Option<Clean>,
    pub phase: Phase,
}

/// Level reached and when; 0 is nobody paged yet.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Escalation {
    pub level: u8,
    /// The level reached before: where an undo leads back to.
    #[serde(default)]
    pub from: u8,
    pub role: Clean,
    pub at: Option<Stamp>,
    pub channels: Vec<String>,
}

/// After resolved: a summary (or an explicit none) for critical alerts, a review for any.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Closing {
    pub closed: bool,
    pub summary: Option<Clean>,
    pub review: Option<Review>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Review {
    True,
    False,
    Noise,
}

impl Review {
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "true" => Some(Self::True),
            "false" => Some(Self::False),
            "noise" => Some(Self::Noise),
            _ => None,
        }
    }
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Changed {
    pub at: Stamp,
    pub by: Actor,
    /// Past tense, as a conflict says it: `acked`, `escalated to L2`.
    pub what: Clean,
}

/// Who acts. Operators are people; the rest are roles of this program or its sources.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Actor {
    Operator(Clean),
    Worker(Clean),
    Stream(Clean),
}

impl Actor {
    pub fn name(&self) -> &Clean {
        let (Self::Operator(name) | Self::Worker(name) | Self::Stream(name)) = self;
        name
    }
    pub fn is_person(&self) -> bool {
        matches!(self, Self::Operator(_))
    }
    /// As a sentence names it: `bob`, `the worker`, `stream events`.
    pub fn say(&self) -> String {
        match self {
            Self::Operator(name) => name.to_string(),
            Self::Worker(_) => "the worker".to_owned(),
            Self::Stream(name) => format!("stream {name}"),
        }
    }
}

impl Alert {
    /// Waits in `to close`: a critical alert that is over but has neither summary nor an explicit none.
    pub fn to_close(&self) -> bool {
        self.phase.is_resolved() && !self.closing.closed && self.severity == Severity::Critical
    }
    pub fn unresolved(&self) -> bool {
        !self.phase.is_resolved()
    }
    /// Keeps who was first at it, and when it was first taken.
    pub fn touched(&mut self, by: &Actor, taken: Option<Stamp>) {
        if self.seen_by.is_none() && by.is_person() {
            self.seen_by = Some(by.name().clone());
        }
        self.taken_at = self.taken_at.or(taken);
    }
    /// Nobody has it: what `.` looks for.
    pub fn unacked(&self) -> bool {
        matches!(self.phase, Phase::Open)
    }
    pub fn service(&self) -> &str {
        self.about.service.as_ref().map_or("", Clean::as_str)
    }
    pub fn has(&self, mark: Mark) -> bool {
        self.about.marks.contains(&mark)
    }
    /// The next moment at which time alone changes it: an ack's end, its reminder at 80 %, a snooze's end.
    pub fn next_due(&self) -> Option<Stamp> {
        match &self.phase {
            Phase::Acked { at, deadline, reminded: false, .. } => Some(*at + deadline.since(*at).mul_f64(0.8)),
            Phase::Acked { deadline, .. } => Some(*deadline),
            Phase::Snoozed { until, .. } => Some(*until),
            Phase::Open | Phase::Resolved { .. } => None,
        }
    }
    /// Worst first, then oldest, then by number: a total order, so rows never swap without a reason.
    pub fn rank(&self) -> impl Ord + use<> {
        (std::cmp::Reverse(self.severity), self.opened_at, self.id)
    }
    /// Equal for alerts whose title differs only in digits and whose services share the word before the first dash or
    /// digit: a flood of those is one thing to look at.
    pub fn likeness(&self) -> u64 {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut step = |b: u8| hash = (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3);
        let service = self.service().bytes().take_while(|b| !b.is_ascii_digit() && !matches!(b, b'-' | b'_' | b'.'));
        service.for_each(&mut step);
        step(0xff);
        let mut digits = false;
        for b in self.about.title.as_str().bytes() {
            let digit = b.is_ascii_digit() || (digits && b == b'.');
            if !(digit && digits) {
                step(if digit { b'#' } else { b });
            }
            digits = digit;
        }
        hash
    }
}

/// A mute of ours: no bell for these until then. They stay listed, and who is paged by hand is paged.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Mute {
    /// A service pattern: name, alias, glob or `tag:x`.
    pub pattern: String,
    pub by: Clean,
    pub at: Stamp,
    pub until: Stamp,
    pub reason: Clean,
}
