//! The versions of what the last frame showed. An act carries the one that was on the screen, whatever has arrived since.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::list::Folded;
use crate::domain::checklist::OccurrenceId;
use crate::domain::ids::AlertId;
use crate::domain::markdown::ItemId;
use crate::domain::run::RunId;

#[derive(Default)]
pub struct Seen {
    pub own: HashMap<AlertId, u32>,
    pub runs: HashMap<RunId, u32>,
    pub boxes: HashMap<(OccurrenceId, ItemId), u32>,
    /// Of the rows that stood there, as they were: ten thousand can be behind one, so nobody looks until a key acts.
    pub folds: Vec<Arc<Folded>>,
    behind: OnceCell<HashMap<AlertId, u32>>,
}

impl Seen {
    pub fn version(&self, id: AlertId) -> Option<u32> {
        let behind = || self.behind.get_or_init(|| self.folds.iter().flat_map(|f| f.alerts.iter().copied()).collect());
        self.own.get(&id).or_else(|| behind().get(&id)).copied()
    }
}
