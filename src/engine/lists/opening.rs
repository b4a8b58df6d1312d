//! Periods opened and closed by the worker. Every change carries the occurrence's own key, so that a second worker, a
//! second console at midnight, or a month of catching up makes nothing twice.

use std::time::Duration;

use super::board::Board;
use crate::domain::checklist::{ListAct, Occurrence, OccurrenceId, Template, untouched};
use crate::domain::journal::{Act, Change, Commit, Lane, Target};
use crate::domain::time::Now;
use crate::engine::Engine;
use crate::engine::event::Effect;

/// A step of the clock that periods do not follow at once, milliseconds, and for how long.
const STEP_MS: u64 = 3_600_000;
const SETTLED: Duration = Duration::from_secs(600);
/// Changes of one commit: what is past it waits for the next tick.
const CHANGES_MAX: usize = 500;

impl Engine {
    pub(super) fn open_periods(&mut self, now: Now) -> Option<Effect> {
        if self.lists_in_flight() || self.clock_in_doubt(now) {
            return None;
        }
        let mut acts: Vec<(OccurrenceId, ListAct)> = Vec::new();
        let board = &self.model.board;
        for template in &board.templates {
            opened(board, template, now, &mut acts);
            if acts.len() > CHANGES_MAX {
                break;
            }
        }
        let due = |o: &&std::sync::Arc<Occurrence>| {
            o.closing.is_none() && o.opening.closes.is_some_and(|closes| closes <= now.wall)
        };
        let closing = board.occurrences.values().filter(due).map(|o| (o.id, ListAct::Close));
        let closing: Vec<_> = closing.filter(|(id, _)| !acts.iter().any(|(known, _)| known == id)).collect();
        acts.extend(closing);
        acts.extend(adopted(board, now));
        // In their order: what is cut off here is the next tick's.
        acts.truncate(CHANGES_MAX);
        if acts.is_empty() {
            return None;
        }
        let actor = self.worker_actor();
        let mut changes = Vec::with_capacity(acts.len());
        for (id, act) in acts {
            let op = self.ops.next(now);
            let act = Act::List(act);
            let target = Target::Occurrence(id);
            changes.push(Change { op, actor: actor.clone(), at: now.wall, target, seen: None, act });
        }
        // The last of them tells when all are in.
        self.list_op = changes.last().map(|c| c.op);
        Some(Effect::Commit(Commit { lane: Lane::Machine, changes, feed: None }))
    }

    /// A clock that has just been moved by more than an hour may be moved back: a day that it skipped would be missed for
    /// good.
    fn clock_in_doubt(&self, now: Now) -> bool {
        let stepped = self.model.notices.clock_step;
        stepped.is_some_and(|(ms, at)| ms.unsigned_abs() > STEP_MS && now.wall.since(at) < SETTLED && now.wall >= at)
    }

    fn lists_in_flight(&self) -> bool {
        self.list_op.is_some()
    }
}

/// What is missing between the latest occurrence of a list and its current period: the periods nobody was there for are
/// opened and closed one by one, so that the history says so.
fn opened(board: &Board, template: &Template, now: Now, acts: &mut Vec<(OccurrenceId, ListAct)>) {
    let current = board.period(template, now.wall);
    let id = template.id_of(&current);
    // A person may have opened today's before any worker came: what lies before it is still to be told.
    let before = board.of(&template.list).filter(|o| o.opening.opens < current.opens);
    let latest = before.max_by_key(|o| (o.opening.opens, o.seq));
    let mut after = latest.map(|o| o.id);
    if let Some(known) = latest.filter(|o| o.closing.is_none() && o.opening.closes.is_some_and(|c| c <= now.wall)) {
        acts.push((known.id, ListAct::Close));
    }
    if let Some(known) = latest {
        for period in template.rhythm.since(known.opening.opens, now.wall) {
            let missed = template.id_of(&period);
            if period.key == current.key || board.occurrences.contains_key(&missed) {
                continue;
            }
            acts.push((missed, ListAct::Open { opening: Box::new(template.opening(&period)), after }));
            acts.push((missed, ListAct::Close));
            after = Some(missed);
        }
    }
    if !board.occurrences.contains_key(&id) {
        acts.push((id, ListAct::Open { opening: Box::new(template.opening(&current)), after }));
    }
}

/// A list that nobody has touched yet follows its file; one that somebody works on keeps its version and says so.
fn adopted(board: &Board, now: Now) -> Vec<(OccurrenceId, ListAct)> {
    let shown = board.shown(now.wall);
    let due = shown.iter().filter(|s| !s.fresh && s.changed_since() && untouched(&s.occurrence));
    let pinned =
        |s: &super::Shown| s.template.as_ref().map(|t| (s.occurrence.id, ListAct::Adopt(Box::new(t.pinned()))));
    due.filter_map(pinned).collect()
}
