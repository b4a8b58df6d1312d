//! What the app asks of the ui between two frames: which command a key means, where it opens, what is in the detail, and
//! whether a tick has changed anything that can be seen.

use ratatui::layout::Position;

use super::chord::Chord;
use super::command::{Command, Ground};
use super::list::{Listing, Pane, RowId, Wanted};
use super::popup::Popup;
use super::scene::{Worker, worker};
use super::tabs;
use super::{Begun, Size, Ui};
use crate::domain::ids::AlertId;
use crate::domain::journal::Entry;
use crate::domain::time::{Now, Stamp};
use crate::engine::Model;
use crate::engine::model::Message;

/// What a tick can change on the screen.
#[derive(PartialEq)]
pub struct Pulse {
    revision: u64,
    board: u64,
    unsaved: usize,
    failed: usize,
    message: Option<Message>,
    worker: Worker,
    ready: bool,
    failing: bool,
    outbox: usize,
    stale: usize,
}

/// What has changed behind a frozen list, of alerts and of lists.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Waiting {
    book: u64,
    board: u64,
}

impl Waiting {
    pub fn total(self) -> u64 {
        self.book + self.board
    }
}

impl Ui {
    pub fn pulse(&self, model: &Model, now: Stamp) -> Pulse {
        Pulse {
            revision: model.book.revision,
            board: model.board.revision,
            unsaved: model.unsaved(),
            failed: model.saving.values().filter(|s| s.failed.is_some()).count(),
            message: model.notices.last.clone(),
            worker: worker(model, now),
            ready: model.ready(),
            failing: matches!(model.store.state, crate::engine::model::StoreState::Failing { .. }),
            outbox: model.outbox.len(),
            stale: model.counts(now).stale,
        }
    }

    /// What the row under the cursor is.
    pub fn ground(&self) -> Ground {
        self.pane().and_then(Pane::row).map_or(Ground::Any, |r| Ground::of(&r.id))
    }
    pub fn command(&self, chord: Chord) -> Option<&'static Command> {
        // On a screen too small to show what a key would touch only the ways out work.
        let works = |c: &&Command| self.drawn.size == Size::Fits || matches!(c.id, "quit" | "leave");
        self.keymap.find(self.tab, chord, self.ground()).filter(works)
    }
    /// `a ack works in 2 Alerts`: a key must not be silent because it was learnt in another tab.
    pub fn works_elsewhere(&self, chord: Chord) -> Option<String> {
        let known = self.drawn.size == Size::Fits && self.keymap.find(self.tab, chord, Ground::Any).is_none();
        let (at, command) = self.keymap.elsewhere(self.tab, chord).filter(|_| known)?;
        let tab = tabs::TABS.get(at)?;
        let key = self.keymap.first_key(tab.go.id).map_or_else(String::new, |key| format!("{key} "));
        Some(format!("{chord} {} works in {key}{}", command.id, tab.long))
    }
    /// The key that leaves works from inside every popup.
    pub fn leaves(&self, chord: Chord) -> bool {
        chord.ctrl && self.command(chord).is_some_and(|c| c.id == "leave")
    }
    /// The key that leaves, pressed again at the question whether to.
    pub fn force(&self, chord: Chord) -> bool {
        self.leaves(chord) && matches!(&self.popup, Some(Popup::Ask(ask)) if ask.leaving)
    }
    /// A frozen list shows what its own operator did: `waiting` is what had changed without them before.
    pub fn carry_own(&mut self, live: &Model, own: &[Entry], waiting: Waiting) {
        let Some(frozen) = &mut self.frozen else { return };
        for entry in own {
            if let Some(alert) = entry.alert.and_then(|id| live.book.get(id)) {
                frozen.book.put(alert.clone());
            }
            frozen.board.apply(entry);
        }
        frozen.mutes.clone_from(&live.mutes);
        frozen.outbox.clone_from(&live.outbox);
        frozen.book.revision = live.book.revision.saturating_sub(waiting.book);
        frozen.board.revision = live.board.revision.saturating_sub(waiting.board);
    }
    /// Changes that a frozen list holds back.
    pub fn held_back(&self, live: &Model) -> Option<Waiting> {
        self.frozen.as_ref().map(|f| Waiting {
            book: live.book.revision.saturating_sub(f.book.revision),
            board: live.board.revision.saturating_sub(f.board.revision),
        })
    }
    /// A key has been pressed: the last outcome has been read.
    pub fn put_aside(&mut self, live: &Model) {
        self.hush(live);
    }
    pub fn takes_mouse(&self) -> bool {
        self.mouse && self.popup.is_none() && self.drawn.size == Size::Fits
    }
    /// The list shown, and what it was asked for.
    pub fn listing(&self) -> Option<(&Listing, Wanted<'_>)> {
        self.pane().map(|p| (&p.list, p.wanted()))
    }
    /// How many rows the view has.
    pub fn rows(&self) -> usize {
        self.pane().map_or(0, |p| p.list.rows.len())
    }
    /// The row under a click.
    pub fn row_at(&self, column: u16, row: u16) -> Option<usize> {
        let list = self.drawn.list;
        let inside = list.contains(Position::new(column, row));
        let at = self.drawn.top + usize::from(row.saturating_sub(list.y));
        (inside && at < self.pane()?.list.rows.len()).then_some(at)
    }

    /// The alert whose past is wanted: the one under the cursor, or the one a page is about.
    pub fn alert_in_detail(&self) -> Option<AlertId> {
        if let Some(Popup::Page(page)) = &self.popup {
            return page.what.alert();
        }
        match self.pane().and_then(Pane::row)?.id {
            RowId::Alert(id) | RowId::Behind(id) => Some(id),
            _ => None,
        }
    }

    /// Decides, once the store has answered, where to open: on the worst unacked alert, else on the services.
    pub fn open_once(&mut self, live: &Model, now: Now) {
        if self.begun != Begun::Waiting || !live.ready() {
            return;
        }
        self.begun = Begun::Untouched;
        let clock = self.clock(now);
        self.tab = tabs::index(if live.book.counts.open > 0 { "alerts" } else { "services" });
        self.refresh(live, &clock);
    }
}
