//! The engine: shared facts in, effects out. One handler file per concern; none awaits, locks, or reads a clock.

pub mod book;
pub mod event;
pub mod model;

use std::sync::Arc;

use crate::domain::operator::Operator;
use crate::domain::setup::Setup;
use crate::domain::time::Now;

pub use event::{Effect, Event, Intent, Verb};
pub use model::Model;

pub struct Engine {
    pub model: Model,
}

impl Engine {
    /// `seed` makes op ids: any number that no other process uses at the same time.
    pub fn new(setup: Arc<Setup>, me: Operator, _seed: u128) -> Self {
        Self { model: Model::new(setup, me) }
    }
    /// Takes in what happened; what the world is to do about it comes back.
    pub fn handle(&mut self, _event: Event, _now: Now) -> Vec<Effect> {
        Vec::new()
    }
    /// An operator's wish: checked, marked as saving, and handed to the store. The message line tells how it went.
    pub fn intend(&mut self, _intent: Intent, _now: Now) -> Vec<Effect> {
        Vec::new()
    }
    /// When time alone will change something here, so that an idle console can sleep until then.
    pub fn next_due(&self) -> Option<crate::domain::time::Stamp> {
        self.model.book.next_due()
    }
    /// What `u` would take back now, as a phrase for the message line: `ack of 4821`.
    pub fn undoable(&self) -> Option<String> {
        None
    }
}
