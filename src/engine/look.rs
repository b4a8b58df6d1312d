//! That a person has opened an alert which nobody had touched: a fact for the evidence of lists and for those who come
//! later. It is no act to be told of, waited for or taken back, and one that fails is made again by the next look.

use super::Engine;
use super::event::Effect;
use crate::domain::ids::AlertId;
use crate::domain::journal::{Act, Change, Commit, Lane, Target};
use crate::domain::time::Now;

impl Engine {
    pub(super) fn look(&mut self, alert: Option<AlertId>, now: Now) -> Vec<Effect> {
        let known = alert.and_then(|id| self.model.book.get(id)).filter(|a| a.seen_by.is_none()).map(|a| a.id);
        let Some(id) = known.filter(|_| self.model.ready() && self.model.me.role.may_act()) else { return Vec::new() };
        let (op, actor) = (self.ops.next(now), self.me());
        let look = Change { op, actor, at: now.wall, target: Target::Alert(id), seen: None, act: Act::Look };
        vec![Effect::Commit(Commit { lane: Lane::Operator, changes: vec![look], feed: None })]
    }
}
