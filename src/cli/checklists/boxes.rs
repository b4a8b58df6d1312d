//! Lists and boxes as the command line knows them: which one is meant, what its evidence says now, and both as documents
//! for scripts.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::cli::exit;
use crate::cli::names::{Name, Unclear, pick};
use crate::cli::output::time;
use crate::cli::seat::Seat;
use crate::domain::checklist::{ItemState, Mark, PinnedItem};
use crate::domain::evidence::Proof;
use crate::domain::time::{Stamp, ms};
use crate::engine::evidence::proof_of;
use crate::engine::lists::Shown;
use crate::report::checklist::{by, state, state_word};

/// The list that is meant.
pub fn list(seat: &Seat, asked: &str) -> Result<Shown, Unclear> {
    let mut all = seat.lists();
    let name = |s: &Shown| {
        let o = &s.occurrence;
        Name { ids: vec![o.opening.list.clone(), o.id.to_string()], text: o.opening.pinned.title.clone() }
    };
    let names: Vec<Name> = all.iter().map(name).collect();
    pick(asked, "list", &names).map(|at| all.swap_remove(at))
}

/// As [`list`]; by its whole id also one that is worked no more.
pub fn list_or_past(seat: &Seat, asked: &str) -> Result<Shown, Unclear> {
    let past = |unclear| {
        let latest = seat.model().board.latest(asked.trim());
        latest.map(|o| Shown { occurrence: Arc::clone(o), template: None, fresh: false }).ok_or(unclear)
    };
    list(seat, asked).or_else(past)
}

/// The place of the box that is meant, from 0. A number is its number in `show` and nothing else.
pub fn item(shown: &Shown, asked: &str) -> Result<usize, Unclear> {
    let items = &shown.occurrence.opening.pinned.items;
    if let Some(exact) = items.iter().position(|i| i.id.as_str() == asked) {
        return Ok(exact);
    }
    if let Ok(number) = asked.parse::<usize>() {
        let why = || format!("there is no item {number}; this list has {}", items.len());
        let at = number.checked_sub(1).filter(|at| *at < items.len());
        return at.ok_or_else(|| Unclear { code: exit::FAILED, why: why() });
    }
    let name = |i: &PinnedItem| Name { ids: vec![i.id.to_string()], text: i.text.clone() };
    let names: Vec<Name> = items.iter().map(name).collect();
    pick(asked, "item", &names)
}

/// A box with everything that is known of it.
pub struct Boxed<'a> {
    pub number: usize,
    pub item: &'a PinnedItem,
    pub state: ItemState,
    /// What stands behind it now.
    pub proof: Option<Proof>,
    /// A tick wants a word of the person.
    pub asks: bool,
    /// Nothing here says what stands behind it.
    pub orphan: bool,
}

impl Boxed<'_> {
    pub fn mark(&self) -> Mark {
        self.state.held.mark
    }
    /// To be shown: where its file is not at hand, what was written down with it.
    pub fn backing(&self) -> Option<&Proof> {
        self.proof.as_ref().or(self.state.proof.as_deref().filter(|_| self.orphan))
    }
}

pub fn boxes<'a>(seat: &Seat, shown: &'a Shown) -> Vec<Boxed<'a>> {
    let items = shown.occurrence.opening.pinned.items.iter();
    items.enumerate().map(|(at, item)| boxed(seat, shown, at, item)).collect()
}

pub fn boxed<'a>(seat: &Seat, shown: &'a Shown, at: usize, item: &'a PinnedItem) -> Boxed<'a> {
    let known = shown.template.as_ref().and_then(|t| t.item(&item.id));
    let proof = known.and_then(|t| proof_of(seat.model(), t, &shown.occurrence, seat.now));
    let state = shown.occurrence.items.get(&item.id).map_or_else(ItemState::default, |s| (**s).clone());
    let asks = known.is_some_and(|t| t.evidence.word().is_some() || (t.critical && !t.evidence.is_gathered_or_live()));
    Boxed { number: at + 1, item, state, proof, asks, orphan: known.is_none() }
}

/// One list as scripts see it.
pub fn document(seat: &Seat, shown: &Shown) -> Value {
    let o = &shown.occurrence;
    let (tally, now) = (o.tally(), seat.now);
    let items: Vec<Value> = boxes(seat, shown).iter().map(|b| item_document(b, now)).collect();
    let mut body = json!({
        "id": o.opening.list, "title": o.opening.pinned.title, "cadence": o.opening.cadence,
        "state": state(o, now), "due_at": time(o.due()),
        "items_total": tally.total, "items_done": tally.done, "items_left": tally.left, "items": items,
        "occurrence": o.id.to_string(), "period": o.opening.period, "zone": o.opening.zone, "version": o.version,
        "opens_at": o.opening.opens, "closes_at": time(o.opening.closes),
        "late_ms": o.late(now).map(ms), "budget_ms": o.opening.pinned.budget_ms,
        "opened": !shown.fresh, "changed_since": shown.changed_since(),
        "redated": o.redated.as_ref().map(|(at, reason)| json!({ "to": at, "reason": reason })),
    });
    if let (Some(map), Some(t)) = (body.as_object_mut(), &shown.template) {
        map.insert("short".into(), json!(t.short));
        map.insert("file".into(), json!(format!("{}:{}", t.file, t.line)));
    }
    body
}

fn item_document(b: &Boxed<'_>, now: Stamp) -> Value {
    let held = &b.state.held;
    json!({
        "id": b.item.id, "text": b.item.text, "state": state_word(held.mark), "by": by(&b.state),
        "at": time(held.at), "evidence": b.backing().map(|p| proof_document(p, now)),
        "number": b.number, "depth": b.item.depth, "version": b.state.version, "reason": held.reason,
        "two_person": b.item.two_person, "first": held.first, "waits_since": time(b.state.since),
        "notes": b.state.notes, "proof": b.state.proof,
    })
}

fn proof_document(p: &Proof, now: Stamp) -> Value {
    json!({
        "verdict": p.verdict, "says": p.says, "wanted": p.wanted, "source": p.source, "at": time(p.at),
        "age_ms": p.at.map(|at| ms(now.since(at))),
    })
}
