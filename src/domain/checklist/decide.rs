//! What may happen to a list and its boxes, as two pure functions: `decide` inside the store's transaction, on the rows
//! as they are then; `apply` for everybody's entries alike.

use std::sync::Arc;

use super::act::{Closing, ItemAct, ItemFact, ListAct, ListFact, Opening};
use super::occurrence::{Held, ItemState, Mark, Noted, Occurrence, OccurrenceId};
use crate::domain::alert::Actor;
use crate::domain::evidence::Verdict;
use crate::domain::journal::{Change, Entry, Fact, Refusal};
use crate::domain::markdown::{Cadence, ItemId};
use crate::domain::text::Clean;
use crate::domain::time::Stamp;

/// Notes kept on one box.
const NOTES_MAX: usize = 50;

/// What the store knows at the moment of the decision; the occurrence comes with all its boxes' states.
#[derive(Clone, Copy, Debug, Default)]
pub struct Around<'a> {
    pub occurrence: Option<&'a Occurrence>,
    /// Of an opening: the occurrence before it.
    pub previous: Option<&'a Occurrence>,
}

/// The fact an act makes, None when there is nothing to change.
pub fn decide(around: Around<'_>, change: &Change, act: &ListAct) -> Result<Option<ListFact>, Refusal> {
    if let ListAct::Open { opening, .. } = act {
        let carried = || around.previous.map(|before| carried(before, opening)).unwrap_or_default();
        let known = around.occurrence.is_some();
        return Ok((!known).then(|| ListFact::Opened { opening: opening.clone(), carried: carried() }));
    }
    let Some(list) = around.occurrence else {
        return because("there is no such list open; `watchdeck checklists` lists them");
    };
    match act {
        ListAct::Open { .. } => Ok(None),
        ListAct::Close => Ok(close(list, change)),
        _ if list.closing.is_some() => over(list),
        ListAct::Redate { due, reason } => redate(list, change, *due, reason),
        ListAct::Adopt(pinned) if pinned.version == list.opening.pinned.version => Ok(None),
        // By itself a list follows its file only while nobody has touched it, whatever the worker knew of that.
        ListAct::Adopt(_) if !change.actor.is_person() && !untouched(list) => Ok(None),
        ListAct::Adopt(pinned) => {
            in_step(list, change)?;
            Ok(Some(ListFact::Adopted(pinned.clone())))
        }
        // Nobody may have closed it yet: no worker was there.
        ListAct::Item { .. } if list.opening.closes.is_some_and(|closes| closes <= change.at) => over(list),
        ListAct::Item { item, act } => item_act(list, item, change, act),
    }
}

/// What a rarer list left undone stands again, with the moment since which it waits. A day's list never piles up.
fn carried(before: &Occurrence, opening: &Opening) -> Vec<(ItemId, Stamp)> {
    if opening.cadence == Cadence::Daily {
        return Vec::new();
    }
    let left = |id: &ItemId| {
        let known = before.opening.pinned.items.iter().any(|i| i.id == *id);
        let mark = before.mark(id);
        (known && (!mark.settled() || mark == Mark::Carried))
            .then(|| before.items.get(id).and_then(|s| s.since).unwrap_or(before.opening.opens))
    };
    opening.pinned.items.iter().filter_map(|i| Some((i.id.clone(), left(&i.id)?))).collect()
}

/// Nobody has marked or noted anything on it.
pub fn untouched(list: &Occurrence) -> bool {
    list.items.values().all(|s| !s.held.mark.settled() && s.notes.is_empty() && s.version == 0)
}

fn over<T>(list: &Occurrence) -> Result<T, Refusal> {
    let (title, period) = (&list.opening.pinned.title, &list.opening.period);
    because(format!("{title} of {period} is over: what was not done by then stays so"))
}

fn in_step(list: &Occurrence, change: &Change) -> Result<(), Refusal> {
    if change.seen.is_none_or(|seen| seen == list.version) {
        return Ok(());
    }
    because("somebody has moved this list's date or taken its new version meanwhile; look again and repeat")
}

fn because<T>(why: impl Into<Clean>) -> Result<T, Refusal> {
    Err(Refusal::Because(why.into()))
}

/// Not before its time, and once.
fn close(list: &Occurrence, change: &Change) -> Option<ListFact> {
    let due = list.opening.closes.is_some_and(|closes| closes <= change.at);
    if list.closing.is_some() || !(due || list.complete()) {
        return None;
    }
    let worked_ms = list.worked().map(|(first, last)| last.since(first).as_millis() as u64);
    let closing = Closing { at: change.at, tally: list.tally(), finished: list.finished_at(), worked_ms };
    // A finished list stays open to its end: an un-tick must still find it.
    due.then(|| ListFact::Closed(Box::new(closing)))
}

fn redate(list: &Occurrence, change: &Change, due: Stamp, reason: &Clean) -> Result<Option<ListFact>, Refusal> {
    if list.opening.closes.is_some() {
        return because("only a once-list has a date of its own; a recurring one comes back by itself");
    }
    if reason.is_empty() {
        return because("moving a date needs a reason: others planned by it");
    }
    if due <= change.at {
        return because("the new date lies in the past");
    }
    in_step(list, change)?;
    Ok(Some(ListFact::Redated { due, reason: reason.clone(), before: list.due() }))
}

fn item_act(list: &Occurrence, id: &ItemId, change: &Change, act: &ItemAct) -> Result<Option<ListFact>, Refusal> {
    let Some(pinned) = list.opening.pinned.items.iter().find(|i| i.id == *id) else {
        return because(format!("{id} is no item of {}", list.opening.pinned.title));
    };
    let nothing = ItemState::default();
    let state = list.items.get(id).map_or(&nothing, |s| s);
    let what = match act {
        ItemAct::Note(text) if text.is_empty() => return because("an empty note says nothing"),
        ItemAct::Note(text) => ItemFact::Noted { text: text.clone() },
        ItemAct::StrikeNote(seq) => ItemFact::NoteStruck { seq: *seq },
        ItemAct::Record(proof) => ItemFact::Recorded(proof.clone()),
        ItemAct::Prove(_) | ItemAct::Disprove(_) => match by_evidence(state, pinned.two_person, act) {
            Some(what) => what,
            None => return Ok(None),
        },
        _ => {
            guard(state, &pinned.text, change)?;
            match by_person(state, pinned.two_person, change, act)? {
                Some(what) => what,
                None => return Ok(None),
            }
        }
    };
    Ok(Some(ListFact::Item { item: id.clone(), what }))
}

/// Who was first wins; the second is told who, what and when.
fn guard(state: &ItemState, text: &Clean, change: &Change) -> Result<(), Refusal> {
    if change.seen.is_none_or(|seen| seen == state.version) {
        return Ok(());
    }
    let (by, at) = match (&state.held.by, state.held.at) {
        (Some(by), Some(at)) => (by.say(), at),
        _ => ("somebody".to_owned(), change.at),
    };
    let by = if matches!(state.held.by, Some(Actor::Worker(_))) { "evidence".to_owned() } else { by };
    let did = match state.held.mark {
        Mark::Open => "un-ticked",
        Mark::Half => "was the first of two to tick",
        Mark::Done | Mark::Against | Mark::Proven => "ticked",
        other => return Err(taken(by, format!("set to {}", other.word()), text, at)),
    };
    Err(taken(by, did.to_owned(), text, at))
}

fn taken(by: String, did: String, text: &Clean, at: Stamp) -> Refusal {
    Refusal::Taken { what: Clean::new(&format!("\"{text}\"")), by, did: did.into(), at }
}

/// Whether such evidence takes back what stands there: its own tick with anything but good, a person's only where they
/// ticked on good evidence and it speaks against them now, or has gone.
pub fn disproves(state: &ItemState, verdict: Verdict) -> bool {
    let trusted = state.proof.as_ref().is_some_and(|p| p.good());
    match state.held.mark {
        Mark::Proven => verdict != Verdict::Good,
        Mark::Done => trusted && matches!(verdict, Verdict::Bad | Verdict::Unknown),
        _ => false,
    }
}

/// Evidence ticks what is open, never for one of two people; it takes back what it or a person's trust in it ticked, but
/// not what a person ticked against it.
fn by_evidence(state: &ItemState, two_person: bool, act: &ItemAct) -> Option<ItemFact> {
    let before = Box::new(state.held.clone());
    match act {
        ItemAct::Prove(proof) if state.held.mark == Mark::Open && !two_person && proof.good() => {
            let reason = Clean::default();
            Some(ItemFact::Marked { mark: Mark::Proven, reason, proof: Some(proof.clone()), before })
        }
        ItemAct::Disprove(proof) if disproves(state, proof.verdict) => {
            let reason = proof.says.clone();
            Some(ItemFact::Marked { mark: Mark::Open, reason, proof: Some(proof.clone()), before })
        }
        _ => None,
    }
}

fn by_person(state: &ItemState, two_person: bool, change: &Change, act: &ItemAct) -> Result<Option<ItemFact>, Refusal> {
    let before = Box::new(state.held.clone());
    let marked = |mark, reason: &Clean, proof| ItemFact::Marked { mark, reason: reason.clone(), proof, before };
    Ok(Some(match act {
        ItemAct::Tick { reason, proof } => {
            let bad = proof.as_ref().is_some_and(|p| matches!(p.verdict, Verdict::Bad | Verdict::Unknown));
            if bad && reason.is_empty() {
                return because("the evidence does not say so: ticking all the same needs a reason");
            }
            let full = if bad { Mark::Against } else { Mark::Done };
            match (state.held.mark, two_person) {
                (Mark::Done | Mark::Against | Mark::Proven, _) => return Ok(None),
                (Mark::Half, true) if state.held.first.as_ref() == Some(change.actor.name()) => {
                    return because("this box needs a second person: you were the first");
                }
                (Mark::Half, true) | (_, false) => marked(full, reason, proof.clone()),
                (_, true) => marked(Mark::Half, reason, proof.clone()),
            }
        }
        ItemAct::SetAside { reason, .. } if reason.is_empty() => {
            return because("setting an item aside needs a reason: others will ask");
        }
        ItemAct::SetAside { mark: mark @ (Mark::Failed | Mark::Skipped | Mark::Na), reason } => {
            if state.held.mark == *mark && state.held.reason == *reason {
                return Ok(None);
            }
            marked(*mark, reason, None)
        }
        ItemAct::SetAside { .. } => return because("an item is failed, skipped or not applicable"),
        ItemAct::Untick { .. } if state.held.mark == Mark::Open => return Ok(None),
        ItemAct::Untick { reason } => marked(Mark::Open, reason, None),
        ItemAct::Restore(held) => ItemFact::Restored(held.clone()),
        ItemAct::Note(_) | ItemAct::StrikeNote(_) | ItemAct::Record(_) | ItemAct::Prove(_) | ItemAct::Disprove(_) => {
            return Ok(None);
        }
    }))
}

/// The occurrence as it is after an entry that concerns it; its boxes included. Twice is once.
pub fn apply(known: Option<&Occurrence>, entry: &Entry) -> Option<Occurrence> {
    let Fact::List { occurrence, what } = &entry.fact else { return None };
    if let ListFact::Opened { opening, carried } = what {
        return Some(match known {
            Some(known) if known.id == *occurrence => known.clone(),
            _ => opened(*occurrence, opening, carried, entry),
        });
    }
    let known = known.filter(|o| o.id == *occurrence)?;
    if known.seq >= entry.seq {
        return Some(known.clone());
    }
    let mut next = known.clone();
    next.seq = entry.seq;
    match what {
        ListFact::Opened { .. } => {}
        ListFact::Redated { due, reason, .. } => {
            next.redated = Some((*due, reason.clone()));
            next.version += 1;
        }
        ListFact::Adopted(pinned) => {
            next.opening.pinned = (**pinned).clone();
            next.version += 1;
        }
        ListFact::Closed(closing) => {
            next.closing = Some((**closing).clone());
            next.version += 1;
            end_items(&mut next, entry);
        }
        ListFact::Item { item, what } => {
            let state = apply_item(next.items.get(item).map(|s| &**s), what, entry);
            next.items.insert(item.clone(), Arc::new(state));
        }
    }
    Some(next)
}

fn opened(id: OccurrenceId, opening: &Opening, carried: &[(ItemId, Stamp)], entry: &Entry) -> Occurrence {
    let waits = |(item, since): &(ItemId, _)| {
        let state = ItemState { since: Some(*since), seq: entry.seq, ..ItemState::default() };
        (item.clone(), Arc::new(state))
    };
    Occurrence {
        id,
        opening: opening.clone(),
        opened_at: entry.at,
        seq: entry.seq,
        redated: None,
        closing: None,
        version: 1,
        items: carried.iter().map(waits).collect(),
    }
}

/// What was left undone is missed for good where the list is daily; a rarer one carries it into its next period.
fn end_items(list: &mut Occurrence, entry: &Entry) {
    let end = if list.opening.cadence == Cadence::Daily { Mark::Missed } else { Mark::Carried };
    for pinned in list.opening.pinned.items.clone() {
        let mut state = list.items.get(&pinned.id).map_or_else(ItemState::default, |s| (**s).clone());
        if state.held.mark.settled() {
            continue;
        }
        state.held = Held { mark: end, by: Some(entry.actor.clone()), at: Some(entry.at), ..state.held };
        state.version += 1;
        state.seq = entry.seq;
        list.items.insert(pinned.id, Arc::new(state));
    }
}

/// One box after one entry.
pub fn apply_item(known: Option<&ItemState>, what: &ItemFact, entry: &Entry) -> ItemState {
    let mut state = known.cloned().unwrap_or_default();
    if state.seq >= entry.seq {
        return state;
    }
    state.seq = entry.seq;
    match what {
        ItemFact::Marked { mark, reason, proof, .. } => {
            let by = Some(entry.actor.clone());
            let first = match mark {
                Mark::Half => Some(entry.actor.name().clone()),
                Mark::Done | Mark::Against => state.held.first.take(),
                _ => None,
            };
            state.held = Held { mark: *mark, by, at: Some(entry.at), reason: reason.clone(), first };
            state.proof = proof.clone().or(state.proof);
            state.version += 1;
        }
        ItemFact::Restored(held) => {
            state.held = (**held).clone();
            state.version += 1;
        }
        ItemFact::Recorded(proof) => state.proof = Some(proof.clone()),
        ItemFact::Noted { text } => {
            if state.notes.len() == NOTES_MAX {
                state.notes.remove(0);
            }
            let by = entry.actor.name().clone();
            state.notes.push(Noted { seq: entry.seq, at: entry.at, by, text: text.clone() });
        }
        ItemFact::NoteStruck { seq } => state.notes.retain(|n| n.seq != *seq),
    }
    state
}
