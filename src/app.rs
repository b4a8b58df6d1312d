//! The console without a terminal: input and events in, effects out, a buffer to draw into. Pure, so that tests drive
//! the whole of it. It owns no time: whoever calls says what time it is, and asks when to draw again.

use crossterm::event::{KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::buffer::Buffer;

use crate::domain::ids::AlertId;
use crate::domain::journal::{Entry, Outcome};
use crate::domain::time::{Now, Stamp};
use crate::engine::model::Tone;
use crate::engine::{Effect, Engine, Event};
use crate::ui::Ui;
use crate::ui::chord::Chord;
use crate::ui::command::KeyError;
use crate::ui::desk::Desk;
use crate::ui::look::{Look, Pace};
pub use crate::ui::outward::Outward;
use crate::ui::{frame, plain, popup};

/// Everything the loop can hand to the app.
#[derive(Clone, Debug)]
pub enum Input {
    Key(KeyEvent),
    Mouse(MouseEvent),
    Paste(String),
    Resized(u16, u16),
    Engine(Event),
}

pub struct App {
    pub engine: Engine,
    pub ui: Ui,
    dirty: bool,
    /// The alert whose past was last asked for.
    asked: Option<AlertId>,
    /// The edited handoff as it was last handed out to be kept.
    kept: String,
}

impl App {
    /// Fails when `look.keys` names no command, no key, or one key twice.
    pub fn new(engine: Engine, look: Look) -> Result<Self, KeyError> {
        Ok(Self { engine, ui: Ui::new(look)?, dirty: true, asked: None, kept: String::new() })
    }

    /// Takes in one input; what is to be done outside comes back, in order.
    pub fn handle(&mut self, input: Input, now: Now) -> Vec<Outward> {
        let mut out = match input {
            Input::Engine(event) => self.event(event, now),
            Input::Resized(..) => {
                self.dirty = true;
                Vec::new()
            }
            // Alt is what a slow link makes of Esc and a letter: it must not become the letter's act.
            Input::Key(key) if key.kind == KeyEventKind::Release || key.modifiers.contains(KeyModifiers::ALT) => {
                return Vec::new();
            }
            Input::Key(key) => self.at_desk(now, |desk| pressed(desk, key)),
            Input::Paste(text) => self.at_desk(now, |desk| popup::paste(desk, &text)),
            Input::Mouse(mouse) => self.at_desk(now, |desk| clicked(desk, mouse)),
        };
        out.extend(self.read_detail());
        out.extend(self.keep());
        out
    }

    fn at_desk(&mut self, now: Now, act: impl FnOnce(&mut Desk<'_>) -> bool) -> Vec<Outward> {
        let held = self.ui.held_back(&self.engine.model);
        let mut desk = Desk { ui: &mut self.ui, engine: &mut self.engine, now, out: Vec::new() };
        let changed = act(&mut desk);
        let out = desk.out;
        // That an act is being saved is no change that waits.
        if let Some(held) = held {
            self.ui.carry_own(&self.engine.model, &[], held);
        }
        self.dirty |= changed;
        out
    }

    fn event(&mut self, event: Event, now: Now) -> Vec<Outward> {
        let tick = matches!(event, Event::Ticked | Event::LeaseChanged { .. });
        if tells_of(&event, self.asked) {
            self.asked = None;
        }
        let before = tick.then(|| self.ui.pulse(&self.engine.model, now.wall));
        let (own, held) = (own_act(&event), self.ui.held_back(&self.engine.model));
        let effects = self.engine.handle(event, now);
        if let (Some(own), Some(held)) = (own, held) {
            self.ui.carry_own(&self.engine.model, &own, held);
        }
        // A tick that changed nothing to be seen must not cost a frame.
        self.dirty |= before.is_none_or(|before| before != self.ui.pulse(&self.engine.model, now.wall));
        self.ui.open_once(&self.engine.model, now);
        effects.into_iter().map(Outward::Do).collect()
    }

    /// The past of the alert in the detail, asked for once, and again after something happened to it.
    fn read_detail(&mut self) -> Option<Outward> {
        let shown = self.ui.alert_in_detail().filter(|_| self.engine.model.ready())?;
        if self.asked == Some(shown) {
            return None;
        }
        self.asked = Some(shown);
        Some(Outward::Do(Effect::ReadDetail(shown)))
    }

    /// The edited handoff, as soon as it is another, or none.
    fn keep(&mut self) -> Option<Outward> {
        let text = self.ui.edited();
        if text == self.kept {
            return None;
        }
        text.clone_into(&mut self.kept);
        Some(Outward::KeepHandoff(self.kept.clone()))
    }
    /// What was kept when this operator last left, before the first frame.
    pub fn restore(&mut self, text: &str, at: Stamp, now: Now) {
        self.ui.restore(text, at, now);
        text.clone_into(&mut self.kept);
    }
    /// It ends, perhaps under somebody's hands: what is to be kept of what they were writing.
    pub fn closing(&mut self, now: Now) -> Option<Outward> {
        self.ui.closing(&self.engine.model, now);
        self.keep()
    }

    /// Draws the whole area.
    pub fn render(&mut self, buf: &mut Buffer, now: Now) {
        frame::draw(&mut self.ui, &self.engine.model, buf, now);
    }
    /// The terminal reads slowly: from here on as with `--low-bandwidth`, said once.
    pub fn slow_line(&mut self, now: Now) {
        self.ui.look.pace = Pace::Slow;
        self.at_desk(now, |desk| {
            desk.say(Tone::Info, "this line is slow: drawing less from here on, as with --low-bandwidth");
            true
        });
    }
    /// Whether anything has changed since this was last asked.
    pub fn take_dirty(&mut self) -> bool {
        std::mem::take(&mut self.dirty)
    }
    /// When what was last drawn will read differently by time alone; None: not before something happens.
    pub fn next_redraw(&self, now: Now) -> Option<Stamp> {
        self.ui.next_redraw().map(|at| at.max(now.wall))
    }
    /// Every view as lines of text.
    pub fn plain(&self, now: Now) -> Vec<String> {
        plain::lines(&self.ui, &self.engine.model, now)
    }
}

/// Acts of mine that were answered (what the worker in this process commits is none), or none where pages moved.
fn own_act(event: &Event) -> Option<Vec<Entry>> {
    let mine = |o: &Outcome| match o {
        Outcome::Applied(entry) | Outcome::Before(entry) if entry.actor.is_person() => Some(entry.clone()),
        _ => None,
    };
    match event {
        Event::Committed(outcomes) => {
            Some(outcomes.iter().filter_map(|(_, o)| mine(o)).collect::<Vec<_>>()).filter(|own| !own.is_empty())
        }
        Event::OutboxArrived(_) => Some(Vec::new()),
        _ => None,
    }
}

/// The event changes what the store would answer about that alert.
fn tells_of(event: &Event, alert: Option<AlertId>) -> bool {
    alert.is_some()
        && match event {
            Event::EntriesArrived(entries) => entries.iter().any(|e| e.alert == alert),
            Event::Committed(outcomes) => outcomes.iter().any(|(_, outcome)| match outcome {
                Outcome::Applied(entry) | Outcome::Before(entry) => entry.alert == alert,
                Outcome::Nothing | Outcome::Refused(_) => false,
            }),
            Event::Loaded(_) => true,
            _ => false,
        }
}

/// Popup, then tab, then everywhere; a key that means nothing changes nothing but the message line.
fn pressed(desk: &mut Desk<'_>, key: KeyEvent) -> bool {
    let chord = Chord::of(&key);
    if desk.ui.force(chord) {
        desk.out.push(Outward::Quit { forced: true });
        return true;
    }
    desk.ui.put_aside(&desk.engine.model);
    let leaving = desk.ui.leaves(chord);
    if !leaving && popup::key(desk, key) {
        desk.refresh();
        return true;
    }
    // A key that is held down may scroll, but acts once.
    let held = key.kind == KeyEventKind::Repeat;
    if let Some(command) = desk.ui.command(chord).filter(|c| !(held && c.needs.acts())) {
        desk.run(command);
        desk.refresh();
    } else if let Some(text) = desk.ui.works_elsewhere(chord) {
        desk.say(Tone::Info, text);
    }
    true
}

fn clicked(desk: &mut Desk<'_>, mouse: MouseEvent) -> bool {
    if !desk.ui.takes_mouse() {
        return false;
    }
    match mouse.kind {
        MouseEventKind::Down(MouseButton::Left) => {
            let Some(at) = desk.ui.row_at(mouse.column, mouse.row) else { return false };
            desk.with_pane(|p| p.go(at));
        }
        MouseEventKind::ScrollDown => desk.with_pane(|p| p.go(p.at() + 3)),
        MouseEventKind::ScrollUp => desk.with_pane(|p| p.go(p.at().saturating_sub(3))),
        _ => return false,
    }
    desk.refresh();
    true
}
