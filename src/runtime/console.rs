//! The loop of the console, generic over screen and input, so that a test drives the whole of it. Input first; a batch
//! of events; draw once if something changed: at once after a key, at most 15 frames a second for data. Nothing in here
//! waits for network or disk.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::kept::Kept;
use super::plant::{Plant, Source};
use super::screen::Screen;
use super::signals::{self, Heard, Signals};
use super::{clock, logging, osc, panics};
use crate::app::{App, Input, Outward};
use crate::config::sections::Notice;
use crate::domain::text::Clean;
use crate::domain::time::Stamp;
use crate::engine::event::{Effect, Event};
use crate::ui::look::Pace;

pub use super::osc::Envelope;

const FRAME_SECOND: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_secs(1);
/// Where nothing has happened since the last tick and nothing is due, the next one may be as far off. A renewed lease
/// comes before that and brings its tick along: one waking up instead of two.
const QUIET: Duration = Duration::from_secs(12);
const ALONG: Duration = Duration::from_millis(3500);
const BATCH: usize = 1024;
/// How long leaving waits for acts that are on their way to the store.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// A config file is looked at so often.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Between two frames for data on a slow line.
const SLOWLY: Duration = Duration::from_secs(1);

/// What the outside lends to the loop.
pub struct Surroundings {
    pub inputs: mpsc::Receiver<Input>,
    /// The machinery, once the store is open; the first frame does not wait for it.
    pub plant: JoinHandle<anyhow::Result<Plant>>,
    pub source: Option<Source>,
    pub bell: bool,
    /// Most frames a second for data.
    pub redraws: u8,
    /// Set in a process that owns a terminal; a test has none to hear.
    pub signals: Option<Signals>,
    /// Inside tmux or screen a clipboard text needs an envelope.
    pub envelope: Envelope,
    /// Where an edited handoff is kept; without it, only in memory.
    pub kept: Option<Kept>,
}

/// How it ended.
#[derive(Debug)]
pub enum Ending {
    Quit,
    Signal,
    Gone,
    Store(anyhow::Error),
    Fatal(String),
}

pub struct Console<'a, S: Screen> {
    app: App,
    screen: &'a mut S,
    around: Surroundings,
    notice: Notice,
    plant: Option<Plant>,
    steps: clock::StepWatch,
    drawn_at: Option<Instant>,
    size: (u16, u16),
    dirty: bool,
    /// When time is looked at next, when it was last, and when the config file was.
    tick_at: Instant,
    ticked_at: Instant,
    looked_at: Instant,
    ending: Option<Ending>,
}

impl<'a, S: Screen> Console<'a, S> {
    pub fn new(app: App, screen: &'a mut S, around: Surroundings) -> Self {
        let size = screen.size();
        Self {
            app,
            screen,
            around,
            notice: Notice::Off,
            plant: None,
            steps: clock::StepWatch::default(),
            drawn_at: None,
            size,
            dirty: true,
            tick_at: Instant::now(),
            ticked_at: Instant::now(),
            looked_at: Instant::now(),
            ending: None,
        }
    }

    /// Besides the bell, a notice on an unacked critical alert.
    #[must_use]
    pub fn with_notice(self, notice: Notice) -> Self {
        Self { notice, ..self }
    }

    /// Runs to the end; the app comes back for a test to look at.
    pub async fn run(mut self) -> (Ending, App) {
        let (w, h) = self.screen.size();
        self.input(Input::Resized(w, h));
        self.draw();
        let mut batch: Vec<Event> = Vec::new();
        while self.ending.is_none() {
            let redraw = self.redraw_at();
            let (ticking, tick_at) = (self.needs_ticks(), self.tick_at);
            let fatal = self.plant.as_ref().map(|p| p.fatal.clone());
            tokio::select! {
                biased;
                heard = signals::of(&mut self.around.signals) => self.heard(heard),
                input = self.around.inputs.recv() => match input {
                    Some(input) => self.inputs(input),
                    None => self.ending = Some(Ending::Gone),
                },
                why = panics::dead(fatal) => self.ending = Some(Ending::Fatal(why)),
                opened = &mut self.around.plant, if self.plant.is_none() => self.opened(opened),
                _ = events(&mut self.plant, &mut batch), if self.plant.is_some() => self.events(&mut batch),
                () = tokio::time::sleep_until(tick_at), if ticking => self.ticked(),
                () = sleep_until(redraw) => self.draw(),
            }
            if self.screen.gone() {
                self.ending = Some(Ending::Gone);
            }
        }
        let ending = self.ending.take().unwrap_or(Ending::Quit);
        self.leave(&ending).await;
        (ending, self.app)
    }

    /// A tick is for whoever works or waits; an idle follower sleeps until something is due.
    fn needs_ticks(&self) -> bool {
        let model = &self.app.engine.model;
        model.worker.mine || model.unsaved() > 0 || self.around.source.is_some() || self.plant.is_none()
    }

    /// All input that is already there is handled before one frame is drawn.
    fn inputs(&mut self, first: Input) {
        // The signal of a new size may come after the key that was pressed on it.
        let (w, h) = self.screen.size();
        if (w, h) != self.size {
            self.input(Input::Resized(w, h));
        }
        self.input(first);
        while let Ok(next) = self.around.inputs.try_recv() {
            self.input(next);
        }
        if self.dirty {
            self.draw();
        }
    }

    fn input(&mut self, input: Input) {
        if matches!(input, Input::Key(_)) {
            panics::point("ui");
        }
        let input = match input {
            // A size that waited in a queue may be an old one by now: the terminal itself is asked.
            Input::Resized(..) => {
                self.size = self.screen.size();
                Input::Resized(self.size.0, self.size.1)
            }
            other => other,
        };
        let outward = self.app.handle(input, clock::now());
        self.outward(outward);
        self.dirty |= self.app.take_dirty();
    }

    fn events(&mut self, batch: &mut Vec<Event>) {
        if batch.is_empty() {
            self.ending = Some(Ending::Fatal("the machinery stopped".into()));
            return;
        }
        let now = clock::now();
        let reading = !self.app.engine.model.ready();
        if batch.iter().any(stirs) {
            self.stir();
        }
        let renewed = batch.iter().any(|e| matches!(e, Event::LeaseChanged { .. }));
        for event in batch.drain(..) {
            let outward = self.app.handle(Input::Engine(event), now);
            self.outward(outward);
        }
        self.dirty |= self.app.take_dirty();
        if let Some(plant) = &self.plant {
            plant.hands.last_seq.fetch_max(self.app.engine.model.store.last_seq, Ordering::AcqRel);
        }
        // What was waited for is shown like the answer to a key; the pace is for what comes after.
        if reading && self.app.engine.model.ready() {
            self.draw();
        }
        if renewed && self.needs_ticks() && self.ticked_at.elapsed() >= ALONG {
            self.ticked();
        }
    }

    fn opened(&mut self, opened: Result<anyhow::Result<Plant>, tokio::task::JoinError>) {
        match opened {
            Ok(Ok(plant)) => self.plant = Some(plant),
            Ok(Err(error)) => self.ending = Some(Ending::Store(error)),
            Err(died) => self.ending = Some(Ending::Fatal(died.to_string())),
        }
    }

    fn ticked(&mut self) {
        let now = clock::now();
        self.ticked_at = Instant::now();
        logging::move_lines();
        let mut effects = Vec::new();
        let engine = &mut self.app.engine;
        if let Some(ms) = self.steps.look(now) {
            effects.extend(engine.handle(Event::ClockStepped { ms }, now));
        }
        if let Some(plant) = &self.plant {
            engine.handle(plant.measured(), now);
            if self.looked_at.elapsed() >= LOOK_EVERY {
                self.looked_at = Instant::now();
                super::watch::reload(engine, plant, self.around.source.as_mut(), false, &mut effects);
            }
        }
        let outward = self.app.handle(Input::Engine(Event::Ticked), now);
        let acted = !effects.is_empty() || !outward.is_empty();
        self.outward(effects.into_iter().map(Outward::Do).chain(outward).collect());
        self.dirty |= self.app.take_dirty();
        self.rest(acted, now.wall);
    }

    /// After a tick: how long until the next.
    fn rest(&mut self, acted: bool, now: Stamp) {
        let model = &self.app.engine.model;
        // A figure summed over a span moves by time alone.
        let moving = acted || model.unsaved() > 0 || !model.setup.kpis.is_empty() || self.plant.is_none();
        let due = self.app.engine.next_due().map_or(QUIET, |at| at.since(now));
        self.tick_at = Instant::now() + if moving { TICK } else { due.clamp(TICK, QUIET) };
    }

    /// Something happened: a tick within a second.
    fn stir(&mut self) {
        self.tick_at = self.tick_at.min(Instant::now() + TICK);
    }

    fn outward(&mut self, outward: Vec<Outward>) {
        let mut alarms = Vec::new();
        for one in outward {
            match one {
                Outward::Do(Effect::Alarm { text }) => {
                    tracing::warn!(target: "alert", "{text}");
                    alarms.push(text);
                }
                Outward::Do(effect) => {
                    if let Some(plant) = &self.plant {
                        plant.hands.perform(effect);
                    }
                }
                Outward::Copy(text) => self.screen.send(osc::clipboard(&text, self.around.envelope)),
                Outward::Mouse(on) => {
                    let modes: &[u8] = if on { b"\x1b[?1000h\x1b[?1006h" } else { b"\x1b[?1006l\x1b[?1000l" };
                    self.screen.send(modes.to_vec());
                }
                Outward::KeepHandoff(text) => self.around.kept.iter().for_each(|kept| kept.keep(text.clone())),
                Outward::Suspend => self.suspend(),
                Outward::Repaint => self.screen.forget(),
                Outward::Quit { .. } => self.ending = Some(Ending::Quit),
            }
        }
        self.alarm(&alarms);
    }

    /// Once for all that came together: a storm rings one bell.
    fn alarm(&mut self, alarms: &[Clean]) {
        if alarms.is_empty() {
            return;
        }
        if self.around.bell {
            self.screen.send(b"\x07".to_vec());
        }
        let notice = osc::notice(self.notice, alarms, self.around.envelope);
        if !notice.is_empty() {
            self.screen.send(notice);
        }
    }

    fn heard(&mut self, heard: Heard) {
        match heard {
            Heard::End { hangup } => self.ending = Some(if hangup { Ending::Gone } else { Ending::Signal }),
            Heard::Resize | Heard::Continue => {
                let (w, h) = self.screen.size();
                self.input(Input::Resized(w, h));
                self.draw();
            }
            Heard::Suspend => self.suspend(),
            Heard::Reload => {}
        }
    }

    fn suspend(&mut self) {
        self.screen.leave();
        super::tty::stop_self();
        self.screen.enter();
        let (w, h) = self.screen.size();
        self.input(Input::Resized(w, h));
        self.draw();
    }

    /// When the next frame is due: soon if something changed, else when a time on the screen changes.
    fn redraw_at(&self) -> Option<Instant> {
        let here = Instant::now();
        if self.dirty {
            let apart = FRAME_SECOND / u32::from(self.around.redraws.max(1));
            let apart = if self.app.ui.look.pace == Pace::Slow { apart.max(SLOWLY) } else { apart };
            return Some(self.drawn_at.map_or(here, |at| at + apart));
        }
        let now = clock::now();
        let until = |at: Stamp| here + at.since(now.wall) + Duration::from_millis(5);
        let due = self.app.engine.next_due().filter(|_| self.plant.is_some() && !self.needs_ticks());
        [self.app.next_redraw(now), due].into_iter().flatten().min().map(until)
    }

    fn draw(&mut self) {
        let (w, h) = self.size;
        if self.screen.lags() && self.app.ui.look.pace == Pace::Full {
            self.app.slow_line(clock::now());
        }
        self.dirty = false;
        self.app.take_dirty();
        let mut frame = Buffer::empty(Rect::new(0, 0, w, h));
        self.app.render(&mut frame, clock::now());
        self.screen.show(frame);
        self.drawn_at = Some(Instant::now());
    }

    /// What was being written when it ended is kept.
    fn close(&mut self) {
        let outward = self.app.closing(clock::now()).into_iter().collect();
        self.outward(outward);
    }

    /// Acts on their way are waited for, a little; then the lease goes back and the terminal with it.
    async fn leave(&mut self, ending: &Ending) {
        self.close();
        let Some(mut plant) = self.plant.take() else { return };
        let deadline = Instant::now() + LAST_WORDS;
        while self.app.engine.model.unsaved() > 0 && !matches!(ending, Ending::Fatal(_)) {
            let Ok(Some(event)) = tokio::time::timeout_at(deadline, plant.events.recv()).await else { break };
            for effect in self.app.engine.handle(event, clock::now()) {
                plant.hands.perform(effect);
            }
        }
        // It may have been offered meanwhile.
        self.close();
        let store = Arc::clone(&plant.hands.store);
        plant.stop().await;
        // What is said on the way out about pages is what the store holds then: one may have gone out, or been made, last.
        if !matches!(ending, Ending::Fatal(_))
            && let Ok(Ok(rows)) = tokio::time::timeout_at(deadline, store.outbox()).await
        {
            self.app.engine.handle(Event::OutboxArrived(rows), clock::now());
        }
    }
}

/// Not every event is one after which time has something to do: a lease renewed is not.
fn stirs(event: &Event) -> bool {
    !matches!(
        event,
        Event::LeaseChanged { .. } | Event::LiveArrived(_) | Event::OutboxArrived(_) | Event::DetailRead { .. }
    )
}

async fn events(plant: &mut Option<Plant>, batch: &mut Vec<Event>) -> usize {
    match plant {
        Some(plant) => plant.events.recv_many(batch, BATCH).await,
        None => std::future::pending().await,
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
