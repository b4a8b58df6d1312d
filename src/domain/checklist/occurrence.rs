//! One list for one period, and the state of its boxes. The boxes that nobody touched have no row anywhere: they are open.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::act::{Closing, Opening};
use crate::domain::alert::Actor;
use crate::domain::evidence::Proof;
use crate::domain::ids::{Seq, spread};
use crate::domain::markdown::ItemId;
use crate::domain::text::Clean;
use crate::domain::time::Stamp;

/// What (list, period, zone) is called in the store: a hash of the three, shown as 16 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OccurrenceId(pub u64);

impl OccurrenceId {
    pub fn of(list: &str, period: &str, zone: &str) -> Self {
        Self(spread(&format!("{list}\u{ff}{period}\u{ff}{zone}")))
    }
}
/// As text: a reader of JSON may keep only 53 bits of a number.
impl Serialize for OccurrenceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for OccurrenceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let number = (text.len() == 16).then(|| u64::from_str_radix(&text, 16).ok()).flatten();
        number.map(Self).ok_or_else(|| serde::de::Error::custom("not an occurrence of 16 hexadecimal digits"))
    }
}
impl fmt::Display for OccurrenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
impl fmt::Debug for OccurrenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// What became of a box.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    #[default]
    Open,
    /// The first of two people has confirmed it.
    Half,
    Done,
    /// Done by a person while the evidence said otherwise, with their reason.
    Against,
    /// Done by evidence alone.
    Proven,
    Failed,
    Skipped,
    /// Not applicable.
    Na,
    /// Its day passed.
    Missed,
    /// Its week or month passed: it stands again in the next one.
    Carried,
}

impl Mark {
    /// Nobody has to do anything about it any more.
    pub fn settled(self) -> bool {
        !matches!(self, Self::Open | Self::Half)
    }
    /// Counts as done; a skipped one does not.
    pub fn done(self) -> bool {
        matches!(self, Self::Done | Self::Against | Self::Proven)
    }
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Half => "waiting for a second person",
            Self::Done => "done",
            Self::Against => "done against evidence",
            Self::Proven => "done by evidence",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Na => "n/a",
            Self::Missed => "missed",
            Self::Carried => "carried over",
        }
    }
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Noted {
    pub seq: Seq,
    pub at: Stamp,
    pub by: Clean,
    pub text: Clean,
}

/// The state of one box; `version` rises with every change of the mark, so that a key press carries what was seen.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct ItemState {
    #[serde(flatten)]
    pub held: Held,
    pub version: u32,
    /// Number of the last entry applied.
    pub seq: Seq,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Noted>,
    /// What evidence last said when it was written down: a command's result stays here until it is run again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Box<Proof>>,
    /// Of a carried item: since which period it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Stamp>,
}

/// What an undo gives back.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Held {
    #[serde(default)]
    pub mark: Mark,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Actor>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Stamp>,
    /// Why it was skipped, not applicable, failed, or ticked against evidence; what evidence said when it un-ticked.
    #[serde(default)]
    pub reason: Clean,
    /// The first of two people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<Clean>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Occurrence {
    pub id: OccurrenceId,
    pub opening: Opening,
    pub opened_at: Stamp,
    pub seq: Seq,
    /// Its due time when somebody moved it, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redated: Option<(Stamp, Clean)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closing: Option<Closing>,
    /// Rises when due time, version or end change.
    pub version: u32,
    /// Only the boxes somebody or something touched. Rows of their own in the store.
    #[serde(skip)]
    pub items: BTreeMap<ItemId, Arc<ItemState>>,
}

/// How far a list has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Tally {
    pub total: usize,
    pub done: usize,
    pub skipped: usize,
    pub na: usize,
    pub failed: usize,
    /// Neither done nor set aside.
    pub left: usize,
}

impl Occurrence {
    pub fn due(&self) -> Option<Stamp> {
        self.redated.as_ref().map(|(at, _)| *at).or(self.opening.due)
    }
    pub fn mark(&self, id: &ItemId) -> Mark {
        self.items.get(id).map_or(Mark::Open, |s| s.held.mark)
    }
    pub fn tally(&self) -> Tally {
        let mut t = Tally { total: self.opening.pinned.items.len(), ..Tally::default() };
        for item in &self.opening.pinned.items {
            let mark = self.mark(&item.id);
            *match mark {
                _ if mark.done() => &mut t.done,
                Mark::Skipped => &mut t.skipped,
                Mark::Na => &mut t.na,
                Mark::Failed => &mut t.failed,
                _ => &mut t.left,
            } += 1;
        }
        t
    }
    /// Every box is settled.
    pub fn complete(&self) -> bool {
        self.opening.pinned.items.iter().all(|i| self.mark(&i.id).settled())
    }
    /// From the first settled box to the last, of those a person settled.
    pub fn worked(&self) -> Option<(Stamp, Stamp)> {
        let by_person = |s: &&Arc<ItemState>| s.held.by.as_ref().is_some_and(Actor::is_person);
        let times = self.settled().filter(by_person).filter_map(|s| s.held.at);
        times.fold(None, |span, at| {
            let (first, last) = span.unwrap_or((at, at));
            Some((first.min(at), last.max(at)))
        })
    }
    /// When the last box was settled, once all are.
    pub fn finished_at(&self) -> Option<Stamp> {
        if !self.complete() {
            return None;
        }
        self.settled().filter_map(|s| s.held.at).max()
    }
    /// Boxes that stand on the list as it is now and need nobody any more.
    fn settled(&self) -> impl Iterator<Item = &Arc<ItemState>> {
        let pinned = self.opening.pinned.items.iter().filter_map(|i| self.items.get(&i.id));
        pinned.filter(|s| s.held.mark.settled())
    }
    /// Past its due time with something left, by so long.
    pub fn late(&self, now: Stamp) -> Option<Duration> {
        let due = self.due().filter(|due| *due <= now && self.closing.is_none())?;
        (!self.complete()).then(|| now.since(due))
    }
}
