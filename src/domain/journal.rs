//! The journal's vocabulary: a `Change` is asked for, an `Entry` has happened and has a number. Every shared fact
//! changes only by an entry, whoever made it. What an entry does to an alert is in `lifecycle`.

use serde::{Deserialize, Serialize};

use super::alert::{About, Actor, Alert, Before, Mute, Origin, Review};
use super::checklist::{ListAct, ListFact, Occurrence, OccurrenceId};
use super::feed::FeedCommit;
use super::handoff::{Handoff, HandoffAct, HandoffFact};
use super::ids::{AlertId, Fingerprint, OpId, Seq};
use super::live::{Lease, LiveSet};
use super::outbox::OutboxRow;
pub use super::refusal::Refusal;
use super::run::{Run, RunAct, RunFact, RunId};
use super::severity::Severity;
use super::text::Clean;
use super::time::Stamp;

/// Something to be done, by whom, to what, as they saw it.
#[derive(Clone, PartialEq, Debug)]
pub struct Change {
    pub op: OpId,
    pub actor: Actor,
    pub at: Stamp,
    pub target: Target,
    /// The version the operator saw; a change based on another one is refused, with who was first.
    pub seen: Option<u32>,
    pub act: Act,
}

/// Changes for one transaction. Each change has its own savepoint: a conflict fails alone.
#[derive(Clone, PartialEq, Debug)]
pub struct Commit {
    pub lane: Lane,
    pub changes: Vec<Change>,
    pub feed: Option<FeedCommit>,
}

/// A person waits for the first, which is committed at once; the second is gathered into groups.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lane {
    Operator,
    Machine,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Target {
    Alert(AlertId),
    /// The latest episode of this identity, or a new one.
    Fingerprint(Fingerprint),
    /// A list for one period.
    Occurrence(OccurrenceId),
    Run(RunId),
    /// An offer, by the number of the entry that made it.
    Handoff(Seq),
    /// None of these: a mute, a run by hand, an offer of the watch.
    Watch,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Act {
    Report(Report),
    Ack {
        deadline: Stamp,
    },
    Unack,
    Own {
        owner: Clean,
        deadline: Stamp,
    },
    Escalate(Rung),
    /// Undo of an escalation, while its page is still held back.
    Withdraw {
        level: u8,
    },
    Snooze {
        until: Stamp,
        reason: Clean,
    },
    Unsnooze,
    Resolve {
        note: Clean,
        review: Option<Review>,
    },
    /// Undo of an act on what somebody had: as it was before.
    Restore(Box<Before>),
    /// Undo of a resolve by hand.
    Reopen,
    Close {
        summary: Option<Clean>,
        review: Option<Review>,
    },
    Review(Review),
    Note(Clean),
    /// A person has opened it; kept once, until somebody does more.
    Look,
    /// Undo of a note: it stays in the journal, struck out.
    RetractNote(Seq),
    /// Timers: each is refused when the thing it timed has changed meanwhile.
    Remind {
        deadline: Stamp,
    },
    AckExpire {
        deadline: Stamp,
    },
    SnoozeEnd {
        until: Stamp,
    },
    Mute(Mute),
    Unmute {
        pattern: String,
    },
    Delivered(Delivery),
    /// Put a dead page back into the queue.
    Requeue {
        outbox: i64,
    },
    List(ListAct),
    Run(RunAct),
    Handoff(HandoffAct),
}

/// What a source says of one condition now.
#[derive(Clone, PartialEq, Debug)]
pub struct Report {
    pub origin: Origin,
    pub said: Said,
    /// None keeps what is known; a new alert without one is a warning.
    pub severity: Option<Severity>,
    pub about: About,
    /// A source that resolves says why, when it can.
    pub note: Clean,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Said {
    /// It fires; `about` replaces what was known.
    Raised,
    /// It still fires; empty fields of `about` keep what was known.
    Updated,
    /// It is over.
    Resolved,
}

/// The rung of the ladder to be paged, resolved against the config by whoever asks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rung {
    /// The level the operator saw as reached: two operators escalating at once escalate once.
    pub seen_level: u8,
    pub level: u8,
    pub role: Clean,
    pub channels: Vec<String>,
    /// Pages wait this long so that `u` can take them back.
    pub hold_until: Stamp,
}

/// How one delivery attempt ended; the alert's timeline keeps it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Delivery {
    pub outbox: i64,
    pub channel: String,
    pub attempt: u32,
    pub outcome: DeliveryOutcome,
    pub detail: Clean,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryOutcome {
    /// Handed over to the channel; never a claim that a person read it.
    Sent,
    Retry {
        at: Stamp,
    },
    Dead,
}

/// What happened, as the journal keeps it. `before` is what an operator's act found, where that was more than an open
/// alert of nobody.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    Raised {
        fingerprint: Fingerprint,
        origin: Origin,
        severity: Severity,
        about: About,
    },
    Updated {
        about: About,
    },
    SeverityChanged {
        from: Severity,
        to: Severity,
        about: About,
    },
    Reopened {
        severity: Severity,
        about: Option<About>,
        why: Clean,
    },
    Acked {
        deadline: Stamp,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Box<Before>>,
    },
    Unacked,
    Reminded,
    Owned {
        owner: Clean,
        deadline: Stamp,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Box<Before>>,
    },
    Escalated {
        level: u8,
        role: Clean,
        channels: Vec<String>,
    },
    Withdrawn {
        level: u8,
        back_to: u8,
    },
    Snoozed {
        until: Stamp,
        reason: Clean,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Box<Before>>,
    },
    Unsnoozed {
        why: Clean,
    },
    Resolved {
        note: Clean,
        review: Option<Review>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Box<Before>>,
    },
    Restored {
        to: Box<Before>,
    },
    Closed {
        summary: Option<Clean>,
        review: Option<Review>,
    },
    Reviewed {
        review: Review,
    },
    Noted {
        text: Clean,
    },
    /// A person opened it, before anybody had done anything about it.
    Looked,
    NoteRetracted {
        seq: Seq,
    },
    Delivered(Delivery),
    Requeued {
        outbox: i64,
    },
    Muted(Mute),
    Unmuted {
        pattern: String,
    },
    List {
        occurrence: OccurrenceId,
        what: ListFact,
    },
    Run {
        /// None in the entry that starts it: its own number is the run's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        run: Option<RunId>,
        what: RunFact,
    },
    Handoff(HandoffFact),
}

/// One numbered entry of the journal.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Entry {
    pub seq: Seq,
    pub op: OpId,
    pub at: Stamp,
    pub actor: Actor,
    pub alert: Option<AlertId>,
    pub fact: Fact,
}

/// How one change of a batch ended.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    Applied(Entry),
    /// The same act had landed before: success, with its entry.
    Before(Entry),
    /// Nothing to change; not an error.
    Nothing,
    Refused(Refusal),
}

impl Entry {
    /// The run it concerns; the entry that starts one gives it its number.
    pub fn run(&self) -> Option<RunId> {
        match &self.fact {
            Fact::Run { run, what: RunFact::Started(_) } => Some(run.unwrap_or(RunId(self.seq))),
            Fact::Run { run, .. } => *run,
            _ => None,
        }
    }
}

/// The store's content as a console starts from it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Everything {
    /// `sqlite /path`.
    pub place: String,
    pub last_seq: Seq,
    /// Unresolved ones, those to close, and the latest resolved.
    pub alerts: Vec<Alert>,
    pub resolved_total: usize,
    pub mutes: Vec<Mute>,
    /// Who acted lately.
    pub people: Vec<Clean>,
    pub outbox: Vec<OutboxRow>,
    pub live: LiveSet,
    pub lease: Option<Lease>,
    /// Lists that are open, and the latest that are not.
    pub lists: Vec<Occurrence>,
    pub runs: Vec<Run>,
    pub handoffs: Vec<Handoff>,
}

/// The past of one alert's identity.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Past {
    /// Of this episode, oldest first.
    pub timeline: Vec<Entry>,
    /// Earlier episodes of the last 30 days, newest first.
    pub episodes: Vec<Alert>,
    /// Milliseconds from raise to first ack, of the episodes that were acked.
    pub ack_ms: Vec<u64>,
    /// Notes and resolutions of those episodes, newest first: when, who, what.
    pub notes: Vec<(Stamp, Clean, Clean)>,
}
