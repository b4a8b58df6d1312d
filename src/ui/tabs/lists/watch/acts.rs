//! Passing the watch on: the text edited, offered to somebody by name, accepted by them, or taken back.

use super::super::{View, index_of};
use super::{acceptable, lines_of};
use crate::domain::alert::Phase;
use crate::domain::handoff::LINES_MAX;
use crate::domain::ids::Seq;
use crate::domain::text::Clean;
use crate::engine::Verb;
use crate::engine::lists::handoff_facts;
use crate::engine::model::Tone;
use crate::report::handoff;
use crate::ui::desk::Desk;
use crate::ui::draft::Draft;
use crate::ui::list::RowId;
use crate::ui::popup::form::{Doubt, Form, Question, something};
use crate::ui::popup::{Ask, Editor, Popup};

/// `w`: the offer that waits, else the draft, to be read.
pub fn open(desk: &mut Desk<'_>) {
    let clock = desk.clock();
    let view = index_of(&desk.ui.scene(&desk.engine.model, &clock), &View::Watch);
    desk.show(crate::ui::tabs::index("lists"), view.unwrap_or(0));
    desk.with_pane(|p| {
        p.go(p.list.home);
        p.full = Some(0);
    });
    desk.refresh();
}

/// Enter: shows the text; pressed at the text itself, does what it is there for.
pub fn enter(desk: &mut Desk<'_>) {
    if desk.pane().is_some_and(|p| p.full.is_none()) {
        return desk.with_pane(|p| p.full = Some(0));
    }
    match desk.row().map(|r| r.id.clone()) {
        Some(RowId::Draft) => act(desk, "offer"),
        Some(RowId::Handoff(id)) if desk.model().board.handoffs.get(&id).is_some_and(|h| h.open()) => {
            act(desk, "accept");
        }
        _ => {}
    }
}

/// As its own key would: with the same refusals.
fn act(desk: &mut Desk<'_>, id: &str) {
    if let Some(command) = super::COMMANDS.iter().find(|c| c.id == id) {
        desk.run(command);
    }
}

/// As it was edited, else by the facts of this very moment.
fn draft_now(desk: &Desk<'_>) -> Vec<Clean> {
    match desk.ui.edited() {
        "" => handoff::draft(&handoff_facts(&desk.engine.model, desk.wall())),
        edited => lines_of(edited),
    }
}

pub fn offer(desk: &mut Desk<'_>) {
    let me = desk.engine.model.me.name.clone();
    // Said before the question, not after somebody has answered it.
    if let Some(other) = desk.engine.model.board.offer().filter(|o| o.from != me) {
        let text = format!("NOT offered: {} has offered the watch to {}; that offer waits", other.from, other.to);
        return desk.say(Tone::Bad, format!("{text} for its answer"));
    }
    let model = &desk.engine.model;
    let configured = model.setup.operators.iter().map(|(name, _)| name.clone());
    let known = model.people.iter().map(ToString::to_string);
    let mut names: Vec<String> = Vec::new();
    for name in configured.chain(known) {
        if name != me.as_str() && !names.contains(&name) && names.len() < 9 {
            names.push(name);
        }
    }
    // Nobody would accept what was offered to a misspelt name.
    let doubt: Doubt = Box::new(|desk, name| {
        let known = desk.engine.model.knows(name);
        (!known).then(|| format!("nobody called {name} is known here: Enter again offers it anyway"))
    });
    let ask = "offer the watch to whom".to_owned();
    let whom = Question { ask, presets: names, check: something, empty: "", doubt: Some(doubt) };
    desk.popup(Popup::Form(Form::new(vec![whom], |desk, answers| {
        let Some(to) = answers.first().map(|name| Clean::new(name)) else { return };
        let lines = draft_now(desk);
        desk.intend(None, Verb::Offer { to, lines });
        // To the list, where the offer stands and says how it goes.
        desk.with_pane(|p| p.full = None);
    })));
}

pub fn accept(desk: &mut Desk<'_>) {
    let Some(RowId::Handoff(id)) = desk.row().map(|r| r.id.clone()) else { return };
    let Some(offer) = desk.model().board.handoffs.get(&id).cloned() else { return };
    if let Err(why) = acceptable(desk.model(), id) {
        return desk.say(Tone::Bad, format!("NOT accepted: {why}"));
    }
    let book = &desk.engine.model.book;
    let theirs =
        book.iter().filter(|a| matches!(a.phase, Phase::Acked { .. }) && a.owner.as_ref() == Some(&offer.from)).count();
    let with = match theirs {
        0 => String::new(),
        1 => format!(" The alert that {} has acked becomes yours.", offer.from),
        n => format!(" The {n} alerts that {} has acked become yours.", offer.from),
    };
    let me = &desk.engine.model.me.name;
    let question = format!("Accept the watch from {}, as {me}?{with}", offer.from);
    let accept = move |desk: &mut Desk<'_>| {
        // Another offer may have taken its place since it was read.
        match desk.engine.model.board.offer().map(|o| o.id) {
            Some(now) if now == id => desk.intend(None, Verb::AcceptWatch(id)),
            _ => gone(desk, id),
        }
    };
    desk.popup(Popup::Ask(Ask::new(question).enter("accept the watch", accept)));
}

fn gone(desk: &mut Desk<'_>, id: Seq) {
    let why = acceptable(&desk.engine.model, id).err().unwrap_or_else(|| "a newer offer has taken its place".into());
    desk.say(Tone::Bad, format!("NOT accepted: {why}"));
}

/// `U` on an offer.
pub fn take_back(desk: &mut Desk<'_>) {
    let Some(RowId::Handoff(id)) = desk.row().map(|r| r.id.clone()) else {
        return desk.say(Tone::Info, "nothing has been offered here; X discards what you edited");
    };
    let model = &desk.engine.model;
    match model.board.handoffs.get(&id) {
        Some(offer) if offer.open() && offer.from == model.me.name => desk.intend(None, Verb::WithdrawWatch(id)),
        Some(offer) if offer.open() && offer.to == model.me.name => {
            let ask = Ask::new(format!("Decline the watch? It stays with {}, who is told.", offer.from));
            desk.popup(Popup::Ask(ask.enter("decline it", move |desk| desk.intend(None, Verb::WithdrawWatch(id)))));
        }
        Some(offer) if offer.open() => {
            let text = format!("NOT taken back: only {} can take this offer back", offer.from);
            desk.say(Tone::Bad, text);
        }
        _ => desk.say(Tone::Info, "this one has had its answer; there is nothing to take back"),
    }
}

pub fn edit(desk: &mut Desk<'_>) {
    let lines: Vec<String> = draft_now(desk).iter().map(ToString::to_string).collect();
    let editor = Editor::new("The handoff, to be offered", &lines, LINES_MAX, Draft::Handoff);
    desk.popup(Popup::Editor(Box::new(editor)));
}

pub fn discard(desk: &mut Desk<'_>) {
    let ask = Ask::new("Forget what you edited? The draft follows the facts again.");
    desk.popup(Popup::Ask(ask.enter("forget it", |desk| {
        desk.keep_draft(Some(Draft::Handoff), "");
        desk.say(Tone::Info, "forgotten: the draft follows the facts again");
    })));
}

/// What was edited is offered, word for word: it is no draft any more.
pub fn settled(edited: &str, offered: &[Clean]) -> bool {
    lines_of(edited) == offered
}
