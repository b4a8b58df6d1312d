//! A list whose cursor is bound to a thing, not to a row: however the data moves, the key hits what the eye chose. The
//! row under the cursor keeps its place, even when it no longer belongs in the view, until the cursor leaves it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::filter::Filter;
use super::scene::Scene;
use super::tabs::Tab;
use crate::domain::checklist::OccurrenceId;
use crate::domain::ids::{AlertId, Seq};
use crate::domain::markdown::ItemId;
use crate::domain::run::RunId;
use crate::domain::setup::Setup;
use crate::domain::time::Stamp;
use crate::engine::lists::Board;
pub use crate::engine::shelf::Rank;

/// What a row stands for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum RowId {
    Alert(AlertId),
    /// The folded rows behind that alert.
    Behind(AlertId),
    Service(Arc<str>),
    Mute(Arc<str>),
    Page(i64),
    Source(Arc<str>),
    /// The heading of a list among several in one view.
    List(OccurrenceId),
    Item(OccurrenceId, ItemId),
    Run(RunId),
    Step(RunId, usize),
    /// A line that belongs to a run and is not one of its steps, by its place; no cursor rests on it.
    Beside(RunId, usize),
    /// A procedure that could be opened by hand.
    Procedure(Arc<str>),
    /// The handoff as it would be offered now.
    Draft,
    Handoff(Seq),
    /// What became of a list, over all its ended periods.
    Past(Arc<str>),
    /// An ended period of a list.
    Period(OccurrenceId),
}

impl RowId {
    /// The alert it stands for, or that its run is on.
    pub fn alert(&self, board: &Board) -> Option<AlertId> {
        match self {
            Self::Alert(id) | Self::Behind(id) => Some(*id),
            Self::Run(id) | Self::Step(id, _) => board.runs.get(id)?.alert,
            _ => None,
        }
    }
}

#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    pub id: RowId,
    pub rank: Rank,
    /// Unfolded, and standing behind another.
    pub inset: bool,
    /// Only to be read: the cursor passes over it.
    pub inert: bool,
    /// What is folded behind this one.
    pub folded: Option<Arc<Folded>>,
}

/// What is behind a row, counted once when it is folded.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Folded {
    /// In the order of the list, each with the version that was seen.
    pub alerts: Vec<(AlertId, u32)>,
    /// Critical, warning, notice.
    pub severities: [usize; 3],
    pub unacked: usize,
    pub since: Stamp,
    /// Behind a declared cause, not merely alike.
    pub caused: bool,
}

impl Row {
    pub fn new(id: RowId, rank: Rank) -> Self {
        Self { id, rank, inset: false, inert: false, folded: None }
    }
    /// A line to be read between rows.
    pub fn beside(id: RowId, rank: Rank) -> Self {
        Self { inert: true, ..Self::new(id, rank) }
    }
    pub fn behind(&self) -> impl Iterator<Item = AlertId> {
        self.folded.iter().flat_map(|f| f.alerts.iter().map(|(id, _)| *id))
    }
}

/// What a tab is asked to list.
pub struct Wanted<'a> {
    pub view: usize,
    pub filter: &'a Filter,
    pub unfolded: &'a BTreeSet<RowId>,
    /// Keeps this rank, and stays listed.
    pub pin: Option<&'a (RowId, Rank)>,
    /// The one thing that is looked at, with nothing else in the list.
    pub only: Option<&'a Only>,
}

#[derive(Clone, Debug, Default)]
pub struct Listing {
    pub rows: Vec<Row>,
    /// Per view, under the filter.
    pub counts: Vec<usize>,
    /// … out of so many, where a view is worked through.
    pub totals: Vec<usize>,
    /// Rows of this view that the filter hides, and how many of those need a person.
    pub hidden: usize,
    pub hidden_needing: usize,
    /// The row under the cursor would stand elsewhere, or nowhere, were the cursor not on it.
    pub held: bool,
    /// Where a cursor begins that was on nothing yet.
    pub home: usize,
}

impl Listing {
    /// Rows that are more than lines to be read.
    pub fn things(&self) -> usize {
        self.rows.iter().filter(|r| !r.inert).count()
    }
}

/// The one thing that is looked at, and the tab and view that the way back leads to.
#[derive(Clone, Debug)]
pub struct Only {
    pub row: RowId,
    /// What is younger than this entry: of what has just been asked for, nothing older is meant.
    pub after: Seq,
    pub from: Option<(usize, usize)>,
}

/// What the rows of a tab depend on besides view, filter and folds, as its own numbers.
pub type Version = [u64; 4];

#[derive(Clone, PartialEq, Debug)]
struct Key {
    version: Version,
    /// A filter looks at words that a list is not sorted by.
    revision: Option<u64>,
    view: usize,
    filter: String,
    unfolded: BTreeSet<RowId>,
    held: Option<RowId>,
    setup: Same<Setup>,
}

/// Equal when it is the very same one; it is kept, so that no other can come to lie at its address.
#[derive(Clone, Debug)]
struct Same<T>(Arc<T>);

impl<T> PartialEq for Same<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// One operator's place in one tab.
#[derive(Default)]
pub struct Pane {
    pub view: usize,
    pub cursor: Option<RowId>,
    pub top: usize,
    pub filter: Filter,
    pub marks: BTreeSet<RowId>,
    pub unfolded: BTreeSet<RowId>,
    /// The detail fills the body, scrolled by so many lines.
    pub full: Option<usize>,
    pub only: Option<Only>,
    pub list: Listing,
    at: usize,
    pin: Option<(RowId, Rank)>,
    key: Option<Key>,
}

impl Pane {
    /// Brings the rows up to date; true when they had to be listed anew because something they depend on has changed.
    pub fn refresh(&mut self, tab: &Tab, scene: &Scene<'_>) -> bool {
        let mut key = (tab.version)(scene).map(|version| Key {
            version,
            revision: (!self.filter.is_empty()).then_some(scene.model.book.revision),
            view: self.view,
            filter: self.filter.text.clone(),
            unfolded: self.unfolded.clone(),
            held: self.held(),
            setup: Same(Arc::clone(&scene.model.setup)),
        });
        if key.is_some() && key == self.key {
            return false;
        }
        self.list = (tab.rows)(scene, &self.wanted());
        if let Some(key) = &mut key {
            key.held = self.held();
        }
        self.key = key;
        self.settle();
        true
    }
    pub fn wanted(&self) -> Wanted<'_> {
        Wanted {
            view: self.view,
            filter: &self.filter,
            unfolded: &self.unfolded,
            pin: self.pin.as_ref(),
            only: self.only.as_ref(),
        }
    }

    /// The row that stands where it does only for the cursor's sake: once left, the list is built anew.
    fn held(&self) -> Option<RowId> {
        self.pin.as_ref().filter(|_| self.list.held).map(|(id, _)| id.clone())
    }

    /// Finds the cursor's row again; one that has gone leaves the cursor at its place.
    fn settle(&mut self) {
        let last = self.list.rows.len().saturating_sub(1);
        let found = |id: &RowId| {
            // It rarely moved: look where it was before looking everywhere.
            let here = self.list.rows.get(self.at).is_some_and(|r| r.id == *id);
            if here { Some(self.at) } else { self.list.rows.iter().position(|r| r.id == *id) }
        };
        if let Some(at) = self.cursor.as_ref().and_then(found) {
            self.at = at;
        } else {
            let fresh = self.cursor.is_none() && self.at == 0;
            self.at = self.rest(if fresh { self.list.home } else { self.at.min(last) }, true);
            self.cursor = self.list.rows.get(self.at).map(|r| r.id.clone());
            self.pin = None;
        }
    }

    /// The next row from there that a cursor may rest on, further in that direction, else back.
    fn rest(&self, at: usize, down: bool) -> usize {
        let rests = |i: &usize| self.list.rows.get(*i).is_some_and(|r| !r.inert);
        let mut below = at..self.list.rows.len();
        let mut above = (0..=at).rev();
        let found = if down {
            below.find(rests).or_else(|| above.find(rests))
        } else {
            above.find(rests).or_else(|| below.find(rests))
        };
        found.unwrap_or(at)
    }

    pub fn at(&self) -> usize {
        self.at
    }
    pub fn row(&self) -> Option<&Row> {
        self.list.rows.get(self.at).filter(|r| Some(&r.id) == self.cursor.as_ref())
    }
    /// What an act would touch: the marked, else the row under the cursor.
    pub fn targets(&self) -> impl Iterator<Item = &RowId> {
        let cursor = self.row().map(|r| &r.id).filter(|_| self.marks.is_empty());
        self.marks.iter().chain(cursor)
    }
    pub fn go(&mut self, at: usize) {
        let at = self.rest(at.min(self.list.rows.len().saturating_sub(1)), at >= self.at);
        let row = self.list.rows.get(at);
        if row.map(|r| &r.id) != self.cursor.as_ref() {
            self.full = self.full.map(|_| 0);
        }
        self.pin = row.map(|r| (r.id.clone(), r.rank));
        self.cursor = row.map(|r| r.id.clone());
        self.at = at;
    }
    /// Puts the cursor on a row without binding it: what comes to stand there next is shown next.
    pub fn rest_on(&mut self, at: usize) {
        self.pin = None;
        self.at = at;
        self.cursor = self.list.rows.get(at).map(|r| r.id.clone());
    }
    pub fn go_to(&mut self, id: &RowId) -> bool {
        let found = self.list.rows.iter().position(|r| r.id == *id);
        if let Some(at) = found {
            self.go(at);
        }
        found.is_some()
    }
    /// Another view or filter: nothing stays only because the cursor was on it.
    pub fn unpin(&mut self) {
        self.pin = None;
        self.key = None;
    }
    pub fn show(&mut self, view: usize) {
        self.view = view;
        self.at = 0;
        self.top = 0;
        self.cursor = None;
        self.only = None;
        self.marks.clear();
        self.unpin();
    }
    /// Nothing but that, the cursor where it begins; None is everything again, the cursor on what was looked at.
    pub fn look_at(&mut self, only: Option<Only>) {
        match (&only, &self.cursor) {
            (Some(_), _) => (self.at, self.top, self.cursor, self.full) = (0, 0, None, None),
            (None, Some(RowId::Step(run, _))) => self.cursor = Some(RowId::Run(*run)),
            _ => {}
        }
        self.only = only;
        self.unpin();
    }
    /// Moves the window so that the cursor is in it.
    pub fn scroll_into(&mut self, height: usize) {
        self.top = self.top.min(self.at).max((self.at + 1).saturating_sub(height));
        self.top = self.top.min(self.list.rows.len().saturating_sub(height));
    }
}
