//! Lists and procedures as the engine works them: files bound, periods opened and closed, runs begun and ended, evidence
//! that ticks by itself, and the acts of operators. Only the lease's holder does what time and evidence do.

mod acts;
pub mod board;
mod evidence;
mod facts;
mod figures;
mod opening;
mod runs;
mod told;

use super::Engine;
use super::event::Effect;
use crate::domain::checklist::DocumentRead;
use crate::domain::time::Now;

pub use board::{Board, Shown, Thing};
pub use evidence::Watched;
pub use facts::handoff_facts;
pub(super) use told::{done_text, restored, undo_of};

impl Engine {
    pub(super) fn documents_read(&mut self, reads: Vec<DocumentRead>) {
        let setup = std::sync::Arc::clone(&self.model.setup);
        self.model.board.read(reads, &setup);
    }

    /// What time, alerts and evidence do to lists and runs; only while this process holds the lease.
    pub(super) fn work_lists(&mut self, now: Now) -> Vec<Effect> {
        if !self.work.as_ref().is_some_and(super::watch::Work::ready) {
            return Vec::new();
        }
        let mut effects: Vec<Effect> = self.open_periods(now).into_iter().collect();
        effects.extend(self.begin_and_end_runs(now));
        effects.extend(self.weigh_evidence(now));
        effects.extend(self.fetch_evidence(now));
        effects
    }
}
