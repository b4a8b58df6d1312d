//! What happened to lists, runs and the watch, as sentences.

use crate::domain::checklist::{ItemFact, ListFact, Mark};
use crate::domain::handoff::HandoffFact;
use crate::domain::run::{RunFact, StepFact};
use crate::ui::clock::Clock;

fn quoted(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": \"{text}\"") }
}

pub fn list_fact(what: &ListFact, clock: &Clock) -> String {
    match what {
        ListFact::Opened { opening, .. } => format!("opened {} for {}", opening.pinned.title, opening.period),
        ListFact::Redated { due, reason, .. } => {
            format!("moved the date to {}{}", clock.time(*due), quoted(reason.as_str()))
        }
        ListFact::Adopted(pinned) => format!("took the new version of {}", pinned.title),
        ListFact::Closed(closing) => {
            format!("closed with {} of {} done", closing.tally.done, closing.tally.total)
        }
        ListFact::Item { item, what } => format!("{item}: {}", item_fact(what)),
    }
}

pub fn item_fact(what: &ItemFact) -> String {
    match what {
        ItemFact::Marked { mark: Mark::Open, reason, .. } => format!("un-ticked{}", quoted(reason.as_str())),
        ItemFact::Marked { mark, reason, .. } => format!("{}{}", mark.word(), quoted(reason.as_str())),
        ItemFact::Noted { text } => format!("\"{text}\""),
        ItemFact::NoteStruck { seq } => format!("took back note {seq}"),
        ItemFact::Recorded(proof) => format!("{}: {} ({})", proof.source, proof.says, proof.verdict.word()),
        ItemFact::Restored(held) => format!("taken back: {} again", held.mark.word()),
    }
}

pub fn run_fact(what: &RunFact) -> String {
    match what {
        RunFact::Started(starting) => {
            format!("opened procedure {}, {} steps", starting.procedure, starting.steps.len())
        }
        RunFact::Filled { name, value } => format!("{name} is {value}"),
        RunFact::Ended { why } => format!("ended the procedure{}", quoted(why.as_str())),
        RunFact::Step { name, what, .. } => match what {
            StepFact::Marked { mark: Mark::Open, .. } => format!("{name}: open again"),
            StepFact::Marked { mark, word, .. } => format!("{name}: {}{}", mark.word(), quoted(word.as_str())),
            StepFact::Noted { text } => format!("{name}: \"{text}\""),
            StepFact::NoteStruck { seq } => format!("{name}: took back note {seq}"),
            StepFact::Restored(held) => format!("{name}: taken back, {} again", held.mark.word()),
        },
    }
}

pub fn handoff_fact(what: &HandoffFact) -> String {
    match what {
        HandoffFact::Offered { to, .. } => format!("offered the watch to {to}"),
        HandoffFact::Accepted { .. } => "accepted the watch".into(),
        HandoffFact::Declined { .. } => "declined the watch".into(),
        HandoffFact::Withdrawn { .. } => "took back the offer of the watch".into(),
    }
}
