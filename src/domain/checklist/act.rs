//! What can be asked of a list or a box, and what then stands in the journal.

use serde::{Deserialize, Serialize};

use super::occurrence::{Held, Mark, OccurrenceId, Tally};
use crate::domain::evidence::Proof;
use crate::domain::ids::Seq;
use crate::domain::markdown::{Cadence, ItemId};
use crate::domain::text::Clean;
use crate::domain::time::Stamp;

/// An item as an occurrence keeps it, whatever becomes of the file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PinnedItem {
    pub id: ItemId,
    pub text: Clean,
    #[serde(default)]
    pub depth: u16,
    #[serde(default)]
    pub two_person: bool,
}

/// The version of a list that an occurrence keeps.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Pinned {
    pub title: Clean,
    pub version: Clean,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_ms: Option<u64>,
    pub items: Vec<PinnedItem>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Opening {
    pub list: String,
    pub cadence: Cadence,
    pub period: String,
    pub zone: String,
    pub opens: Stamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Stamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes: Option<Stamp>,
    pub pinned: Pinned,
}

/// How a period ended, kept for the history of the list.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Closing {
    pub at: Stamp,
    pub tally: Tally,
    /// When the last box was settled; None when some were not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<Stamp>,
    /// From the first box a person settled to the last, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worked_ms: Option<u64>,
}

/// An act on a list for one period; the target names the occurrence.
#[derive(Clone, PartialEq, Debug)]
pub enum ListAct {
    /// Nothing when it is open already: whoever comes second has nothing to do. `after` is the occurrence before it,
    /// whose undone items stand again in this one.
    Open {
        opening: Box<Opening>,
        after: Option<OccurrenceId>,
    },
    /// A once-list's date, moved with a reason.
    Redate {
        due: Stamp,
        reason: Clean,
    },
    /// The list as it is written now takes the place of the one the occurrence was opened with.
    Adopt(Box<Pinned>),
    /// The period is over. Refused before it is, and nothing when it was closed already.
    Close,
    Item {
        item: ItemId,
        act: ItemAct,
    },
}

#[derive(Clone, PartialEq, Debug)]
pub enum ItemAct {
    /// Done, by a person. `proof` is what the evidence said on their screen; `reason` is asked for when that was bad.
    Tick {
        reason: Clean,
        proof: Option<Box<Proof>>,
    },
    /// Failed, skipped or not applicable, with a reason.
    SetAside {
        mark: Mark,
        reason: Clean,
    },
    Untick {
        reason: Clean,
    },
    Note(Clean),
    StrikeNote(Seq),
    /// A command has run, or a file was looked at: its result is kept with the box, which it does not tick.
    Record(Box<Proof>),
    /// Evidence alone ticks it.
    Prove(Box<Proof>),
    /// … and takes that back.
    Disprove(Box<Proof>),
    /// Undo: as it was before.
    Restore(Box<Held>),
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListFact {
    Opened {
        opening: Box<Opening>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        carried: Vec<(ItemId, Stamp)>,
    },
    Redated {
        due: Stamp,
        reason: Clean,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Stamp>,
    },
    Adopted(Box<Pinned>),
    Closed(Box<Closing>),
    Item {
        item: ItemId,
        what: ItemFact,
    },
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemFact {
    /// A person's or the evidence's mark; what stood there before comes along for an undo.
    Marked {
        mark: Mark,
        reason: Clean,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        proof: Option<Box<Proof>>,
        before: Box<Held>,
    },
    Noted {
        text: Clean,
    },
    NoteStruck {
        seq: Seq,
    },
    Recorded(Box<Proof>),
    Restored(Box<Held>),
}
