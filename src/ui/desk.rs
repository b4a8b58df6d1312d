//! What a command has in its hands: the ui, the engine, the moment, and the list of things to be done outside. It knows
//! what the operator saw, so that every act carries the version on the screen.

use std::sync::Arc;

use crate::domain::alert::Alert;
use crate::domain::ids::AlertId;
use crate::domain::run::RunId;
use crate::domain::time::{Now, Stamp};
use crate::engine::model::Tone;
use crate::engine::{Effect, Engine, Intent, Model, Verb};
use crate::ui::outward::Outward;

use super::Ui;
use super::clock::Clock;
use super::command::{Command, Fit, Needs};
use super::draft::Draft;
use super::list::{Pane, Row, RowId};
use super::popup::Popup;
use super::tabs::{TABS, Tab};

pub struct Desk<'a> {
    pub ui: &'a mut Ui,
    pub engine: &'a mut Engine,
    pub now: Now,
    pub out: Vec<Outward>,
}

/// An alert as the operator saw it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Target {
    pub id: AlertId,
    pub seen: u32,
}

impl Desk<'_> {
    /// The facts as the list shows them.
    pub fn model(&self) -> &Model {
        self.ui.frozen.as_deref().unwrap_or(&self.engine.model)
    }
    pub fn clock(&self) -> Clock {
        self.ui.clock(self.now)
    }
    pub fn tab(&self) -> &'static Tab {
        self.ui.tab()
    }
    pub fn view(&self) -> usize {
        self.ui.pane().map_or(0, |p| p.view)
    }
    /// Names of the views of the tab shown.
    pub fn views(&self) -> Vec<String> {
        let clock = self.clock();
        (self.tab().views)(&self.ui.scene(&self.engine.model, &clock))
    }
    pub fn pane(&self) -> Option<&Pane> {
        self.ui.pane()
    }
    pub fn row(&self) -> Option<&Row> {
        self.pane().and_then(Pane::row)
    }
    /// Changes the pane shown; nothing when there is none.
    pub fn with_pane(&mut self, change: impl FnOnce(&mut Pane)) {
        let at = self.ui.tab;
        if let Some(pane) = self.ui.panes.get_mut(at) {
            change(pane);
        }
    }
    pub fn popup(&mut self, popup: Popup) {
        self.ui.popup = Some(popup);
    }
    pub fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.ui.say(self.now.wall, tone, text.into());
    }
    /// Words typed, until they are saved; no words forget them.
    pub fn keep_draft(&mut self, of: Option<Draft>, text: &str) {
        if let Some(of) = of {
            self.ui.drafts.keep(of, text, self.now.wall);
        }
    }
    /// What was typed about it before.
    pub fn begun(&self, of: Option<Draft>) -> String {
        of.and_then(|of| self.ui.drafts.get(of)).unwrap_or_default().to_owned()
    }
    pub fn refresh(&mut self) {
        let clock = self.clock();
        self.ui.refresh(&self.engine.model, &clock);
    }

    /// The alert under the cursor, also when the row is what hides behind it, or a run on it.
    pub fn alert(&self) -> Option<Arc<Alert>> {
        let id = self.row()?.id.alert(&self.model().board)?;
        self.model().book.get(id).cloned()
    }
    /// The version of a run that was on the screen.
    pub fn seen_run(&self, id: RunId) -> Option<u32> {
        self.ui.drawn.seen.runs.get(&id).copied().or_else(|| self.model().board.runs.get(&id).map(|r| r.version))
    }
    pub fn target(&self, id: AlertId) -> Option<Target> {
        let drawn = self.ui.drawn.seen.version(id);
        let seen = drawn.or_else(|| self.model().book.get(id).map(|a| a.version))?;
        Some(Target { id, seen })
    }
    /// What an act would touch: the marked, else the row under the cursor.
    pub fn chosen(&self) -> Vec<Target> {
        let Some(pane) = self.pane() else { return Vec::new() };
        let marked = pane.marks.iter().filter_map(|id| self.target(id.alert(&self.model().board)?));
        let marked: Vec<Target> = marked.collect();
        if !marked.is_empty() {
            return marked;
        }
        self.alert().and_then(|a| self.target(a.id)).into_iter().collect()
    }
    /// The alert an act on one is about: the marked one, wherever the cursor has gone since, else the cursor's.
    pub fn concerned(&self) -> Option<Arc<Alert>> {
        let first = self.chosen().first()?.id;
        self.model().book.get(first).cloned()
    }
    /// Rows folded behind the one under the cursor.
    pub fn behind(&self) -> Vec<Target> {
        let none_marked = self.pane().is_some_and(|p| p.marks.is_empty());
        let row = self.row().filter(|_| none_marked);
        row.map(|r| r.behind().filter_map(|id| self.target(id)).collect()).unwrap_or_default()
    }

    pub fn intend(&mut self, target: Option<Target>, verb: Verb) {
        self.ask(Intent { alert: target.map(|t| t.id), seen: target.map(|t| t.seen), verb });
    }
    /// On a box, a list, a run: the verb names it, and carries the version that was on the screen.
    pub fn intend_on(&mut self, seen: u32, verb: Verb) {
        self.ask(Intent { alert: None, seen: Some(seen), verb });
    }
    fn ask(&mut self, intent: Intent) {
        let effects = self.engine.intend(intent, self.now);
        self.out.extend(effects.into_iter().map(Outward::Do));
    }
    /// The same act on each; marks have done their work then.
    pub fn intend_all(&mut self, targets: &[Target], verb: &Verb) {
        for target in targets {
            self.intend(Some(*target), verb.clone());
        }
        self.with_pane(|p| p.marks.clear());
    }
    pub fn effect(&mut self, effect: Effect) {
        self.out.push(Outward::Do(effect));
    }

    pub fn show_tab(&mut self, index: usize) {
        if index != self.ui.tab && index < TABS.len() {
            self.ui.last = Some((self.ui.tab, self.view()));
            self.ui.tab = index;
        }
        self.refresh();
    }
    /// Another tab, and a view in it; the way back leads to where this began.
    pub fn show(&mut self, tab: usize, view: usize) {
        let place = (self.ui.tab, self.view());
        if place != (tab, view) && tab < TABS.len() {
            self.ui.last = Some(place);
            self.ui.tab = tab;
        }
        if self.view() != view {
            self.with_pane(|p| p.show(view));
        }
        self.refresh();
    }
    pub fn show_view(&mut self, view: usize) {
        let place = (self.ui.tab, self.view());
        if view != place.1 {
            self.ui.last = Some(place);
            self.with_pane(|p| p.show(view));
        }
        self.refresh();
    }

    /// Why the command does nothing here, if so.
    pub fn refusal(&self, command: &Command) -> Option<String> {
        let alert = self.alert();
        let store = &self.engine.model;
        if command.needs.acts() && !store.ready() {
            return Some("the store has not answered yet; nothing can be saved".to_owned());
        }
        if command.needs.acts() && !store.me.role.may_act() {
            return Some(format!("role {} may not {}; ask a responder", store.me.role.word(), command.id));
        }
        let over = alert.as_ref().is_some_and(|a| a.phase.is_resolved());
        if let Needs::On(_, fit) | Needs::ActOn(_, fit) = command.needs {
            return self.unfit(fit, command.id);
        }
        let fine = match command.needs {
            Needs::Nothing | Needs::Act | Needs::On(..) | Needs::ActOn(..) => true,
            Needs::Row => self.row().is_some(),
            Needs::View(view) => self.view() == view,
            Needs::OnAlert | Needs::ActOnAlert => alert.is_some(),
            Needs::ActOnOpen => alert.is_some() && !over,
            Needs::ActOnOver => over,
        };
        (!fine).then(|| match (command.needs, &alert) {
            (Needs::ActOnOpen, Some(a)) => format!("{} is resolved: {} does nothing here", a.id, command.id),
            (Needs::ActOnOver, Some(a)) => format!("{} is not resolved yet: {} comes after that", a.id, command.id),
            _ if alert.is_none() && matches!(self.row().map(|r| &r.id), Some(RowId::Run(_) | RowId::Step(..))) => {
                format!("this run is on no alert: {} does nothing here", command.id)
            }
            _ => format!("nothing is selected to {}", command.id),
        })
    }
    /// Why none of the rows it would touch is one for it.
    fn unfit(&self, fit: Fit, id: &str) -> Option<String> {
        let clock = self.clock();
        let scene = self.ui.scene(&self.engine.model, &clock);
        let mut wrong = None;
        for row in self.pane().into_iter().flat_map(Pane::targets) {
            match fit(&scene, row) {
                Ok(()) => return None,
                Err(why) => wrong = wrong.or(Some(why)),
            }
        }
        Some(wrong.unwrap_or_else(|| format!("nothing is selected to {id}")))
    }
    pub fn run(&mut self, command: &Command) {
        match self.refusal(command) {
            Some(why) => self.say(Tone::Bad, why),
            None => (command.run)(self),
        }
    }

    /// Jumps to an alert wherever it is listed.
    pub fn jump(&mut self, id: AlertId) {
        let Some(alert) = self.model().book.get(id).cloned() else {
            let text = format!("no alert {id} here; `watchdeck alerts --state resolved` lists older ones");
            return self.say(Tone::Bad, text);
        };
        self.show_tab(super::tabs::index("alerts"));
        self.with_pane(|p| p.filter = super::filter::Filter::default());
        self.show_view(super::tabs::alerts::home_view(&alert));
        self.with_pane(|p| {
            p.unpin();
            p.unfolded
                .extend(p.list.rows.iter().filter(|r| r.behind().any(|behind| behind == id)).map(|r| r.id.clone()));
        });
        self.refresh();
        self.with_pane(|p| {
            p.go_to(&RowId::Alert(id));
        });
    }
    pub fn wall(&self) -> Stamp {
        self.now.wall
    }
}
