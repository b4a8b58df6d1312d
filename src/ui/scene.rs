//! What drawing may look at: the facts shown (perhaps frozen), the facts of now, the clock and the looks. Small
//! questions that several tabs ask of the facts are answered here, the same way everywhere.

use std::time::Duration;

use ratatui::style::Style;

use super::clock::Clock;
use super::draft::Drafts;
use super::look::{Look, Pace};
use super::tabs::lists::Memo;
use super::theme::{Theme, Tint};
use crate::domain::live::ServiceLive;
use crate::domain::service::ServiceState;
use crate::domain::severity::Severity;
use crate::domain::time::Stamp;
use crate::engine::Model;
use crate::engine::model::StoreState;

#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// As the lists show it: frozen when the list is.
    pub model: &'a Model,
    /// As it is: what the truth line and the message line say.
    pub live: &'a Model,
    pub look: &'a Look,
    pub theme: &'a Theme,
    pub clock: &'a Clock,
    pub memo: &'a Memo,
    /// What this operator has typed and not saved.
    pub drafts: &'a Drafts,
}

/// Who does the work now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Worker {
    Mine,
    Other(String),
    /// Nobody, since then if it is known.
    Nobody(Option<Stamp>),
}

pub fn worker(model: &Model, now: Stamp) -> Worker {
    let view = &model.worker;
    let Some(lease) = &view.lease else { return Worker::Nobody(view.seen_at) };
    match view.lives(now) {
        true if view.mine => Worker::Mine,
        true => Worker::Other(lease.owner.to_string()),
        // Since it last worked, not since that was found out.
        false => Worker::Nobody(Some(lease.renewed_at).filter(|at| at.0 > 0).or(view.seen_at)),
    }
}

/// Since when another's lease, though it has not ended yet, should have been renewed: a worker that died says nothing.
fn silent(model: &Model, now: Stamp) -> Option<Stamp> {
    let renewed = silence(model)?;
    (now >= renewed.1).then_some(renewed.0)
}

/// When another's lease was last renewed, and when that is too long ago. Its length is what was left of it and what was
/// gone when it was read; a third of that lies between renewals.
fn silence(model: &Model) -> Option<(Stamp, Stamp)> {
    let view = &model.worker;
    let lease = view.lease.as_ref().filter(|l| l.alive() && !view.mine && l.renewed_at.0 > 0)?;
    let length = view.seen_at?.since(lease.renewed_at) + Duration::from_millis(lease.left_ms.unsigned_abs());
    Some((lease.renewed_at, lease.renewed_at + length / 2))
}

impl<'a> Scene<'a> {
    pub fn style(&self, tint: Tint) -> Style {
        self.theme.style(tint)
    }
    pub fn label(&self) -> Style {
        self.style(Tint::Label)
    }
    pub fn now(&self) -> Stamp {
        self.clock.now
    }
    pub fn slow(&self) -> bool {
        self.look.pace == Pace::Slow
    }
    /// Since when another worker has not been heard of, while its lease still stands.
    pub fn silent_worker(&self) -> Option<Stamp> {
        if let Some((_, at)) = silence(self.live).filter(|(_, at)| *at > self.now()) {
            self.clock.note(at);
        }
        silent(self.live, self.now())
    }
    pub fn worker(&self) -> Worker {
        if let Some(at) = self.live.worker.lapses().filter(|at| *at > self.now()) {
            self.clock.note(at);
        }
        worker(self.live, self.now())
    }
    /// No timer runs: countdowns become due times.
    pub fn untimed(&self) -> bool {
        matches!(self.worker(), Worker::Nobody(_))
    }
    /// `8m`, or `03:12 NO TIMER` when nobody counts.
    pub fn countdown(&self, until: Stamp) -> String {
        if self.untimed() { format!("{} NO TIMER", self.clock.time(until)) } else { self.clock.left(until) }
    }
    pub fn store_fails(&self) -> Option<(&'a str, Stamp)> {
        match &self.live.store.state {
            StoreState::Failing { why, since } => Some((why.as_str(), *since)),
            _ => None,
        }
    }
    pub fn worst_of(&self, service: &str) -> Option<Severity> {
        self.model.book.shelves().worst_of(service)
    }
    pub fn me(&self) -> &'a str {
        self.live.me.name.as_str()
    }

    /// How a service stands now, noting when it will turn stale by time alone.
    pub fn state_of(&self, service: &ServiceLive) -> ServiceState {
        let state = service.state_at(self.now());
        if let Some(last) = &service.last
            && state != ServiceState::Stale
        {
            self.clock.note(Stamp(last.at.0.saturating_add_unsigned(service.interval_ms * 2).saturating_add(1)));
        }
        state
    }
    pub fn state_glyph(&self, state: ServiceState, worst: Option<Severity>) -> (&'static str, Style) {
        match (worst, state) {
            (_, ServiceState::Stale) => ("~", self.style(Tint::Warning)),
            (Some(severity), _) => (super::theme::glyph(severity), self.theme.severity(severity)),
            (None, ServiceState::Failed) => ("●", self.style(Tint::Critical)),
            (None, ServiceState::Degraded) => ("▲", self.style(Tint::Warning)),
            (None, ServiceState::Unknown) => ("?", self.style(Tint::Notice)),
            (None, ServiceState::Healthy) => ("✓", self.style(Tint::Fine)),
        }
    }
}
