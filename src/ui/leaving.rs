//! The way out: what leaving stops or leaves undone, said before it happens, and once more when the screen is gone.

use std::collections::BTreeSet;

use crossterm::event::KeyCode;

use super::desk::Desk;
use super::outward::Outward;
use super::popup::{Ask, Popup};
use super::scene::{Worker, worker};
use crate::domain::outbox::OutboxState;
use crate::domain::time::Stamp;
use crate::engine::Model;

/// Asks what would be lost; leaves at once only when nothing is.
pub fn quit(desk: &mut Desk<'_>) {
    let leave = |desk: &mut Desk<'_>| desk.out.push(Outward::Quit { forced: false });
    // The question takes the prompt's place: what is typed there must outlive a no.
    if let Some((of, text)) = desk.ui.popup.as_ref().and_then(Popup::draft) {
        desk.keep_draft(Some(of), &text);
    }
    let question = match (desk.ui.drafts.said(), question(&desk.engine.model, desk.now.wall)) {
        (None, None) => return leave(desk),
        (Some(draft), None) => format!("{draft} Leave?"),
        (Some(draft), Some(more)) => format!("{draft} {more}"),
        (None, Some(more)) => more,
    };
    let mut ask = Ask::new(question).enter("leave", leave).on(KeyCode::Char('y'), "leave", leave);
    ask.leaving = true;
    desk.popup(Popup::Ask(ask));
}

fn question(model: &Model, now: Stamp) -> Option<String> {
    let alone = model.ready() && !matches!(worker(model, now), Worker::Other(_));
    let unsaved = match model.unsaved() {
        0 => String::new(),
        1 => "1 act is not saved yet".to_owned(),
        n => format!("{n} acts are not saved yet"),
    };
    // Named before the general words: a person waits for this very page.
    let page = unsent(model, now).map(|u| format!("{}: leave, and {} for the next worker?", u.said, u.waits));
    Some(match (unsaved.is_empty(), page, alone) {
        (true, None, false) => return None,
        (true, Some(page), _) => page,
        (false, Some(page), _) => format!("{unsaved}; {page}"),
        (true, None, true) => "No other worker is seen: timers and pages stop when you leave. Leave?".to_owned(),
        (false, None, true) => format!("{unsaved}, and timers and pages stop when you leave. Leave?"),
        (false, None, false) => format!("{unsaved}. Leave?"),
    })
}

/// For the terminal that is given back: pages that nobody sends now.
pub fn last_words(model: &Model, now: Stamp) -> Option<String> {
    unsent(model, now).map(|u| format!("{}: {} for the next worker", u.said, u.waits))
}

struct Unsent {
    said: String,
    waits: &'static str,
}

/// Pages that have not gone out, when no other worker is there to send them. One under way counts: its receipt is not in.
fn unsent(model: &Model, now: Stamp) -> Option<Unsent> {
    if !model.ready() || matches!(worker(model, now), Worker::Other(_)) {
        return None;
    }
    let waits = |state| matches!(state, OutboxState::Pending | OutboxState::Claimed);
    // By several channels it is still one page to whoever waits for it.
    let pages: BTreeSet<_> = model.outbox.iter().filter(|p| waits(p.state)).map(|p| (p.alert, p.level)).collect();
    let names: Vec<String> = pages.iter().map(|(alert, level)| format!("{alert} to L{level}")).collect();
    match names.as_slice() {
        [] => None,
        [one] => Some(Unsent { said: format!("the page of {one} has NOT gone out"), waits: "it waits" }),
        many => {
            let shown = many.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(", ");
            let more = if many.len() > 3 { ", …" } else { "" };
            Some(Unsent { said: format!("{} pages have NOT gone out ({shown}{more})", many.len()), waits: "they wait" })
        }
    }
}
