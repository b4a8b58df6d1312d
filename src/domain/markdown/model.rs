//! What a Markdown file says, as plain values: checklists with their items, procedures with their steps and triggers,
//! contacts, and what the author probably meant and Markdown lost. All text in here went through `Clean`; nothing in a
//! file acts by itself: a box written `[x]` ticks nothing, a command in it is only a proposal.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::directives::Directives;
use super::repair::Repairs;
use super::triggers::Trigger;
use crate::domain::severity::Severity;
use crate::domain::text::Clean;

/// Why a file is not read at all.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refused {
    #[error(
        "{bytes} bytes are too many for a checklist, at most {} are read; split the file",
        super::source::BYTES_MAX
    )]
    TooLarge { bytes: u64 },
    #[error("the file is UTF-16; save it as UTF-8")]
    Utf16,
    #[error("more than {} list entries; split the file", super::outline::ENTRIES_MAX)]
    TooManyEntries,
}

/// Where something stands in the file; both from 1, columns in characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Place {
    pub line: u32,
    pub column: u32,
}

#[derive(Clone, PartialEq, Debug, Default)]
pub struct Document {
    /// Text of the first heading, or of `title` in the front matter where no heading is of the first level.
    pub title: Clean,
    /// What the file says of its own creation; "Next 30 days" counts from here.
    pub created: Option<NaiveDate>,
    pub lists: Vec<Checklist>,
    pub procedures: Vec<Procedure>,
    pub contacts: Vec<Contact>,
    /// In the order of the file.
    pub findings: Vec<Finding>,
    /// Findings past the bound, counted and not kept.
    pub findings_more: usize,
    pub repairs: Repairs,
}

impl Document {
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.lists.iter().flat_map(|l| &l.items)
    }
    /// The procedure a rule or an operator means: by its id, else by the one id that begins so.
    pub fn procedure(&self, name: &str) -> Option<&Procedure> {
        let begins = |p: &&Procedure| p.id.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'));
        self.procedures.iter().find(|p| p.id == name).or_else(|| {
            let mut found = self.procedures.iter().filter(begins);
            found.next().filter(|_| found.next().is_none())
        })
    }
}

/// How often a list comes back.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Cadence {
    Daily,
    Weekly,
    Monthly,
    Once,
}

impl Cadence {
    pub const ALL: [Self; 4] = [Self::Daily, Self::Weekly, Self::Monthly, Self::Once];

    pub fn word(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::Once => "once",
        }
    }
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.word().eq_ignore_ascii_case(word))
    }
}

/// The boxes under one heading that share cadence and date.
#[derive(Clone, PartialEq, Debug)]
pub struct Checklist {
    /// Words of the heading joined by `-`, unique in the file; those of the heading above come first where it alone would
    /// not say which list this is.
    pub id: String,
    /// The heading without its clock and its emoji, repaired.
    pub title: Clean,
    /// The headings above it, outermost first, as `title` is.
    pub above: Vec<Clean>,
    pub place: Place,
    pub cadence: Cadence,
    /// Effort, from "(5 minutes)".
    pub budget: Option<Duration>,
    /// Of a once-list: the last day it is on time.
    pub due: Option<NaiveDate>,
    pub items: Vec<Item>,
}

/// What a tick is tied to: the directive's `id`, else 16 hexadecimal digits of heading path, text and ordinal. Changed
/// text is another item; writing the old digits as its `id` says that it is the same one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ItemId(Arc<str>);

impl ItemId {
    pub(super) fn new(text: &str) -> Self {
        Self(Arc::from(text))
    }
    /// As a row of the store or a command line names it; whether there is such an item is the reader's to ask.
    pub fn from_stored(text: &str) -> Self {
        Self(Arc::from(Clean::new(text).as_str()))
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
impl fmt::Debug for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Clone, PartialEq, Debug)]
pub struct Item {
    pub id: ItemId,
    /// Without markup, repaired: what is shown.
    pub text: Clean,
    /// Without markup, not repaired: what the file holds, for a search in it.
    pub plain: Clean,
    /// A bold beginning that ends with a colon or a dash, without that.
    pub lead: Option<Clean>,
    /// Inline code and the lines of code blocks, in order; a proposal, never run because a file says so.
    pub code: Vec<Clean>,
    /// Boxes above this one, by nesting.
    pub depth: u16,
    /// `[x]` in the file; never a tick.
    pub checked: bool,
    /// The three bytes of the box in the file, byte order mark counted.
    pub box_at: Range<usize>,
    pub place: Place,
    pub directives: Directives,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Response {
    /// "Immediate": the file gives no number.
    Immediate,
    Within(Duration),
}

/// An ordered list to follow, from under an alert, scaling or incident heading.
#[derive(Clone, PartialEq, Debug)]
pub struct Procedure {
    /// As of a checklist; what a rule's `procedure` names.
    pub id: String,
    /// The heading; one that only says "Steps" behind the one above it.
    pub title: Clean,
    pub place: Place,
    /// From the words critical, warning, notice in the heading.
    pub severity: Option<Severity>,
    /// From "(Response: Within 1 hour)".
    pub response: Option<Response>,
    pub triggers: Vec<Trigger>,
    pub steps: Vec<Step>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Step {
    /// As written; lists numbered `1.` throughout count on.
    pub number: u64,
    /// The bold lead-in.
    pub name: Option<Clean>,
    /// The rest, or all of it.
    pub text: Clean,
    /// "unresolved in 15 minutes": counted from the alert's start, which the parser does not know.
    pub timer: Option<Duration>,
    pub code: Vec<Clean>,
    /// Entries nested below it, in order.
    pub details: Vec<Clean>,
    pub place: Place,
}

/// A line below a heading of contacts.
#[derive(Clone, PartialEq, Debug)]
pub struct Contact {
    /// The heading it stands under.
    pub group: Clean,
    /// The bold lead-in or the first column: "Level 1", "Revenue Impact", a person.
    pub name: Clean,
    /// From "Level 2", "L2", "Tier 2".
    pub level: Option<u8>,
    pub role: Clean,
    pub response: Option<Response>,
    /// Addresses, numbers, links and handles as written.
    pub how: Vec<Clean>,
    pub place: Place,
}

/// What reading the file as it is costs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// Readable, but not as sure as it could be.
    Hint,
    /// Something the author wrote has no effect.
    Ignored,
    /// A box or a step that will not be in any list.
    Lost,
}

impl Weight {
    pub fn word(self) -> &'static str {
        match self {
            Self::Hint => "hint",
            Self::Ignored => "ignored",
            Self::Lost => "lost",
        }
    }
}

#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Finding {
    pub place: Place,
    pub weight: Weight,
    /// A stable word for scripts: `box`, `fence`, `directive`…
    pub kind: &'static str,
    pub what: Clean,
    pub fix: Clean,
}
