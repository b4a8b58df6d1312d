//! Taking an act back: what it found is kept in its fact, decided inside the store's transaction, so that whoever undoes
//! it gives back exactly that. Whether it may still be taken back is the lifecycle's guard: the version must be unmoved.

use super::alert::{Actor, Alert, Before, Closing, Phase};
use super::checklist::{ItemAct, ItemFact, ListAct, ListFact};
use super::handoff::{HandoffAct, HandoffFact};
use super::journal::{Act, Change, Entry, Fact};
use super::run::{RunAct, RunFact, StepAct, StepFact};
use super::text::Clean;

/// What an act of a person found; None where there was nothing but an open alert that nobody had.
pub fn found(alert: &Alert, change: &Change) -> Option<Box<Before>> {
    let plain = alert.phase == Phase::Open && alert.owner.is_none();
    let keep = matches!(change.actor, Actor::Operator(_)) && !plain;
    keep.then(|| Box::new(Before { owner: alert.owner.clone(), phase: alert.phase.clone() }))
}

/// The act that takes an entry back.
pub fn inverse(entry: &Entry) -> Option<Act> {
    Some(match &entry.fact {
        Fact::Acked { before: Some(b), .. }
        | Fact::Owned { before: Some(b), .. }
        | Fact::Snoozed { before: Some(b), .. }
        | Fact::Resolved { before: Some(b), .. } => Act::Restore(b.clone()),
        Fact::Acked { .. } | Fact::Owned { .. } => Act::Unack,
        Fact::Escalated { level, .. } => Act::Withdraw { level: *level },
        Fact::Snoozed { .. } => Act::Unsnooze,
        Fact::Resolved { .. } => Act::Reopen,
        Fact::Noted { .. } => Act::RetractNote(entry.seq),
        Fact::Muted(m) => Act::Unmute { pattern: m.pattern.clone() },
        Fact::List { what: ListFact::Item { item, what }, .. } => {
            Act::List(ListAct::Item { item: item.clone(), act: item_inverse(what, entry)? })
        }
        Fact::Run { what: RunFact::Step { index, what, .. }, .. } => {
            Act::Run(RunAct::Step { index: *index, act: step_inverse(what, entry)? })
        }
        Fact::Handoff(HandoffFact::Offered { .. }) => Act::Handoff(HandoffAct::Withdraw),
        _ => return None,
    })
}

fn item_inverse(what: &ItemFact, entry: &Entry) -> Option<ItemAct> {
    match what {
        ItemFact::Marked { before, .. } => Some(ItemAct::Restore(before.clone())),
        ItemFact::Noted { .. } => Some(ItemAct::StrikeNote(entry.seq)),
        _ => None,
    }
}

fn step_inverse(what: &StepFact, entry: &Entry) -> Option<StepAct> {
    match what {
        StepFact::Marked { before, .. } => Some(StepAct::Restore(before.clone())),
        StepFact::Noted { .. } => Some(StepAct::StrikeNote(entry.seq)),
        _ => None,
    }
}

/// What an undo is called before it is done: `ack of 4821`.
pub fn name(entry: &Entry) -> String {
    let id = entry.alert.map(|id| id.to_string()).unwrap_or_default();
    let mine = |owner: &Clean| owner == entry.actor.name();
    match &entry.fact {
        Fact::Acked { before: Some(b), .. } if matches!(b.phase, Phase::Acked { .. }) => format!("renewed ack of {id}"),
        Fact::Acked { .. } => format!("ack of {id}"),
        Fact::Owned { owner, .. } if mine(owner) => format!("take-over of {id}"),
        Fact::Owned { .. } => format!("hand-over of {id}"),
        Fact::Escalated { level, .. } => format!("page of {id} to L{level}"),
        Fact::Snoozed { .. } => format!("snooze of {id}"),
        Fact::Resolved { .. } => format!("resolve of {id}"),
        Fact::Noted { .. } => format!("note on {id}"),
        Fact::Muted(m) => format!("mute of {}", m.pattern),
        _ => id,
    }
}

pub fn restore(next: &mut Alert, before: &Before) {
    if next.phase.is_resolved() {
        next.closing = Closing::default();
    }
    next.owner.clone_from(&before.owner);
    next.phase = before.phase.clone();
}
