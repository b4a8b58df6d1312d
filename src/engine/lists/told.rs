//! What an operator is told of their own acts on lists, runs and the watch, and what `u` would take back.

use crate::domain::checklist::{ItemFact, ListAct, ListFact, Mark, OccurrenceId, TemplateItem};
use crate::domain::handoff::HandoffFact;
use crate::domain::ids::Seq;
use crate::domain::journal::{Act, Entry, Fact, Target};
use crate::domain::markdown::ItemId;
use crate::domain::run::{RunFact, StepFact};
use crate::domain::undo;
use crate::engine::model::Model;

fn item_text(model: &Model, list: OccurrenceId, item: &ItemId) -> String {
    let known = model.board.occurrences.get(&list);
    let text = known.and_then(|o| o.opening.pinned.items.iter().find(|i| i.id == *item)).map(|i| i.text.to_string());
    let text = text.unwrap_or_else(|| item.to_string());
    let cut: String = text.chars().take(40).collect();
    if cut.len() < text.len() { format!("{cut}…") } else { cut }
}

/// Its evidence would tick it, as its file has it now.
fn ticks_itself(model: &Model, list: OccurrenceId, item: &ItemId) -> bool {
    let Some(o) = model.board.occurrences.get(&list) else { return false };
    let template = model.board.template(&o.opening.list);
    template.and_then(|t| t.item(item)).is_some_and(TemplateItem::ticks_itself)
}

/// `ticked "check the dashboard", saved. 2 left.`
pub fn done_text(entry: &Entry, model: &Model) -> String {
    match &entry.fact {
        Fact::List { occurrence, what } => list_text(*occurrence, what, model),
        Fact::Run { what, .. } => run_text(entry, what, model),
        Fact::Handoff(HandoffFact::Offered { to, .. }) => {
            format!("offered the watch to {to}, saved: theirs once they accept it")
        }
        Fact::Handoff(HandoffFact::Accepted { .. }) => "you have the watch, saved".to_owned(),
        Fact::Handoff(HandoffFact::Declined { id }) => {
            let from = model.board.handoffs.get(id).map_or_else(String::new, |h| format!(": it stays with {}", h.from));
            format!("declined the watch, saved{from}")
        }
        Fact::Handoff(HandoffFact::Withdrawn { .. }) => "took back the offer of the watch, saved".to_owned(),
        _ => "saved".to_owned(),
    }
}

fn list_text(id: OccurrenceId, what: &ListFact, model: &Model) -> String {
    let left = model.board.occurrences.get(&id).map_or_else(String::new, |o| {
        let tally = o.tally();
        match tally.left {
            0 if tally.failed > 0 => format!("{} is complete, {} failed.", o.opening.pinned.title, tally.failed),
            0 => format!("{} is complete.", o.opening.pinned.title),
            n => format!("{n} of {} left.", tally.total),
        }
    });
    match what {
        ListFact::Item { item, what } => {
            let text = item_text(model, id, item);
            match what {
                ItemFact::Marked { mark: Mark::Open, .. } if ticks_itself(model, id, item) => {
                    format!("un-ticked \"{text}\", saved: stays open until its evidence turns")
                }
                ItemFact::Marked { mark: Mark::Open, .. } => format!("un-ticked \"{text}\", saved. {left}"),
                ItemFact::Marked { mark: Mark::Half, .. } => {
                    format!("ticked \"{text}\", saved: it waits for a second person")
                }
                ItemFact::Marked { mark, .. } if mark.done() => {
                    let how = if *mark == Mark::Against { " against the evidence" } else { "" };
                    format!("ticked \"{text}\"{how}, saved. {left}")
                }
                ItemFact::Marked { mark, .. } => format!("\"{text}\" is {}, saved. {left}", mark.word()),
                ItemFact::Noted { .. } => format!("noted on \"{text}\", saved"),
                ItemFact::NoteStruck { .. } => format!("struck out the note on \"{text}\""),
                ItemFact::Recorded(proof) => {
                    format!("{}: {} ({}), saved with \"{text}\"", proof.source, proof.says, proof.verdict.word())
                }
                ItemFact::Restored(held) => format!("took it back, saved: \"{text}\" is {} again", held.mark.word()),
            }
        }
        ListFact::Redated { .. } => "moved the date, saved".to_owned(),
        ListFact::Adopted(pinned) => format!("{} follows its file again, saved", pinned.title),
        ListFact::Opened { opening, .. } => format!("opened {} for {}, saved", opening.pinned.title, opening.period),
        ListFact::Closed(_) => "closed, saved".to_owned(),
    }
}

fn run_text(entry: &Entry, what: &RunFact, model: &Model) -> String {
    let (id, alert) = (entry.run(), entry.alert);
    let far = id.and_then(|id| model.board.runs.get(&id)).map_or_else(String::new, |r| {
        if r.over() { format!("{} is done.", r.title) } else { format!("{} of {} done.", r.done(), r.steps.len()) }
    });
    match what {
        RunFact::Started(s) => {
            let on = alert.map_or_else(|| "by hand".to_owned(), |id| format!("on {id}"));
            format!("opened {} {on}, saved", s.title)
        }
        RunFact::Filled { name, value } => format!("{name} is {value}, saved"),
        RunFact::Ended { .. } => match id.and_then(|id| model.board.runs.get(&id)) {
            Some(run) => format!("ended the run at {} of {}, saved", run.done(), run.steps.len()),
            None => "ended the run, saved".to_owned(),
        },
        RunFact::Step { name, what, .. } => match what {
            StepFact::Marked { mark: Mark::Open, .. } => format!("{name} is open again, saved"),
            StepFact::Marked { mark: Mark::Failed, .. } => {
                format!("{name}: failed, saved. It holds the run up: x does it again")
            }
            StepFact::Marked { mark, .. } => format!("{name}: {}, saved. {far}", mark.word()),
            StepFact::Noted { .. } => format!("noted on {name}, saved"),
            StepFact::NoteStruck { .. } => format!("struck out the note on {name}"),
            StepFact::Restored(held) => format!("took it back, saved: {name} is {} again", held.mark.word()),
        },
    }
}

/// Of an act that is on no alert: what takes it back, on which version, and what that is called.
pub fn undo_of(entry: &Entry, model: &Model) -> Option<(Target, Option<u32>, Act, String)> {
    let act = undo::inverse(entry)?;
    match &entry.fact {
        Fact::List { occurrence, what: ListFact::Item { item, what } } => {
            let version = model.board.occurrences.get(occurrence)?.items.get(item).map(|s| s.version);
            let label = if matches!(what, ItemFact::Noted { .. }) { "note on" } else { "mark of" };
            let label = format!("{label} \"{}\"", item_text(model, *occurrence, item));
            Some((Target::Occurrence(*occurrence), version, act, label))
        }
        Fact::Run { what: RunFact::Step { name, .. }, .. } => {
            let run = entry.run()?;
            let version = model.board.runs.get(&run).map(|r| r.version);
            Some((Target::Run(run), version, act, format!("step {name}")))
        }
        Fact::Handoff(HandoffFact::Offered { to, .. }) => {
            let id: Seq = entry.seq;
            Some((Target::Handoff(id), None, act, format!("offer of the watch to {to}")))
        }
        _ => None,
    }
}

/// Whether an act is on the thing that an entry restored, and the version that has now.
type SameThing = Box<dyn Fn(&Target, &Act) -> bool>;

pub fn restored(entry: &Entry, model: &Model) -> Option<(SameThing, Option<u32>)> {
    match &entry.fact {
        Fact::List { occurrence, what: ListFact::Item { item, what: ItemFact::Restored(_) } } => {
            let (list, item) = (*occurrence, item.clone());
            let version = model.board.occurrences.get(&list)?.items.get(&item).map(|s| s.version);
            let same = move |target: &Target, act: &Act| {
                let of_item = matches!(act, Act::List(ListAct::Item { item: i, .. }) if *i == item);
                *target == Target::Occurrence(list) && of_item
            };
            Some((Box::new(same), version))
        }
        Fact::Run { what: RunFact::Step { what: StepFact::Restored(_), .. }, .. } => {
            let run = entry.run()?;
            let version = model.board.runs.get(&run).map(|r| r.version);
            Some((Box::new(move |target: &Target, _: &Act| *target == Target::Run(run)), version))
        }
        _ => None,
    }
}
