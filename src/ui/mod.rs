//! One operator's view of the shared facts: cursors, filters, popups, and how all of it is drawn into a buffer. Pure:
//! size, colours, clock and keys are handed in; no task, no terminal and no store is known here.

pub mod chart;
pub mod chord;
pub mod clock;
pub mod command;
pub mod desk;
pub mod doc;
pub mod draft;
pub mod field;
pub mod filter;
pub mod foot;
pub mod frame;
pub mod global;
pub mod hand;
pub mod leaving;
pub mod list;
pub mod look;
pub mod outward;
pub mod plain;
pub mod popup;
pub mod scene;
pub mod scrub;
pub mod seen;
pub mod tabs;
pub mod text;
pub mod theme;
pub mod truth;
pub mod views;
pub mod words;

use ratatui::layout::Rect;

use crate::domain::text::Clean;
use crate::domain::time::{Now, Stamp};
use crate::engine::Model;
use crate::engine::model::{Message, Tone};

use clock::Clock;
use command::{KeyError, Keymap};
use draft::{Draft, Drafts};
use list::Pane;
use look::Look;
use popup::Popup;
use scene::Scene;
use seen::Seen;
use tabs::lists::Memo;
use tabs::{TABS, Tab};
use theme::Theme;

pub use look::{ClockShown, Depth, Form, Glyphs, Pace, ThemeName};

pub struct Ui {
    pub look: Look,
    theme: Theme,
    keymap: Keymap,
    panes: Vec<Pane>,
    tab: usize,
    /// Where `-` goes back to: tab and view.
    last: Option<(usize, usize)>,
    popup: Option<Popup>,
    /// Words begun and not saved.
    drafts: Drafts,
    frozen: Option<Box<Model>>,
    said: Said,
    drawn: Drawn,
    begun: Begun,
    /// What lists cost to look up, kept from frame to frame.
    memo: Memo,
    /// Clicks select and the wheel scrolls.
    pub mouse: bool,
}

/// How far the operator has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Begun {
    /// Where it opens is decided once, when the store has first answered.
    Waiting,
    /// No key yet: the cursor stays on the worst row, whatever arrives.
    Untouched,
    /// The cursor is the operator's.
    Touched,
}

/// The message line: the engine's word on the last act, or the ui's own, until the next key.
#[derive(Default)]
struct Said {
    own: Option<Message>,
    /// The engine's message that a key has already put aside.
    seen: Option<Message>,
}

/// What the last frame showed: keys and clicks mean that, not what has arrived since.
#[derive(Default)]
struct Drawn {
    seen: Seen,
    list: Rect,
    top: usize,
    page: usize,
    next: Option<Stamp>,
    size: Size,
}

/// Whether there was room to draw what keys act on.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Size {
    #[default]
    Fits,
    Small,
}

impl Ui {
    pub fn new(look: Look) -> Result<Self, KeyError> {
        Ok(Self {
            theme: Theme::new(&look),
            keymap: Keymap::new(&look.keys)?,
            look,
            panes: TABS.iter().map(|_| Pane::default()).collect(),
            tab: tabs::index("alerts"),
            last: None,
            popup: None,
            drafts: Drafts::default(),
            frozen: None,
            said: Said::default(),
            drawn: Drawn::default(),
            begun: Begun::Waiting,
            memo: Memo::default(),
            mouse: false,
        })
    }

    /// What this operator edited before and has not offered, said until the first key.
    pub fn restore(&mut self, text: &str, at: Stamp, now: Now) {
        self.drafts.keep(Draft::Handoff, text, at);
        let when = self.clock(now).time(at);
        self.say(
            now.wall,
            Tone::Info,
            format!("your handoff text of {when} is still here, not offered: w goes on with it"),
        );
    }
    /// The handoff as it was edited and not offered.
    pub fn edited(&self) -> &str {
        self.drafts.handoff().unwrap_or_default()
    }
    /// The last chance to keep what stands in a prompt.
    pub fn closing(&mut self, live: &Model, now: Now) {
        if let Some((of, text)) = self.popup.as_ref().and_then(Popup::draft) {
            self.drafts.keep(of, &text, now.wall);
        }
        self.drafts.offered(live);
    }

    pub fn clock(&self, now: Now) -> Clock {
        Clock::new(now.wall, self.look.zone_secs)
    }
    pub fn next_redraw(&self) -> Option<Stamp> {
        self.drawn.next
    }
    fn tab(&self) -> &'static Tab {
        TABS.get(self.tab).copied().unwrap_or(&tabs::alerts::TAB)
    }
    fn pane(&self) -> Option<&Pane> {
        self.panes.get(self.tab)
    }
    fn scene<'a>(&'a self, live: &'a Model, clock: &'a Clock) -> Scene<'a> {
        let model = self.frozen.as_deref().unwrap_or(live);
        Scene { model, live, look: &self.look, theme: &self.theme, clock, memo: &self.memo, drafts: &self.drafts }
    }
    /// Brings the rows of the tab shown up to date.
    fn refresh(&mut self, live: &Model, clock: &Clock) {
        self.drafts.offered(live);
        let model = self.frozen.as_deref().unwrap_or(live);
        let scene =
            Scene { model, live, look: &self.look, theme: &self.theme, clock, memo: &self.memo, drafts: &self.drafts };
        let tab = self.tab();
        if let Some(pane) = self.panes.get_mut(self.tab) {
            // Only a list that was made anew has another worst row.
            if pane.refresh(tab, &scene) && self.begun == Begun::Untouched {
                let needing = |row: &list::Row| (tab.look.needing)(&scene, row);
                pane.rest_on(pane.list.rows.iter().position(needing).unwrap_or(0));
            }
        }
    }
    /// The message line now.
    fn message<'a>(&'a self, live: &'a Model) -> Option<&'a Message> {
        let engine = live.notices.last.as_ref().filter(|m| Some(*m) != self.said.seen.as_ref());
        match (engine, &self.said.own) {
            (Some(theirs), Some(own)) if own.at > theirs.at => Some(own),
            (Some(theirs), _) => Some(theirs),
            (None, own) => own.as_ref(),
        }
    }
    fn say(&mut self, at: Stamp, tone: Tone, text: impl Into<Clean>) {
        self.said.own = Some(Message { at, tone, text: text.into(), gesture: None });
    }
    /// From here on the cursor stays on what it is on.
    fn take_over(&mut self) {
        self.begun = Begun::Touched;
        for pane in &mut self.panes {
            pane.go(pane.at());
        }
    }
    /// A key puts the last outcome aside.
    fn hush(&mut self, live: &Model) {
        if self.begun == Begun::Untouched {
            self.take_over();
        }
        self.said.own = None;
        self.said.seen.clone_from(&live.notices.last);
    }
}
