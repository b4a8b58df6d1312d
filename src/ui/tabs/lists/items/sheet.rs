//! A box and a whole list as text for others' eyes: one plain line with its state in words, or the list as filled Markdown
//! with who, when and on what evidence. Times carry their date and zone.

use std::fmt::Write as _;

use super::row;
use super::stand::{self, Stand};
use crate::domain::checklist::Mark;
use crate::ui::list::Row;
use crate::ui::scene::Scene;
use crate::ui::tabs::Copy;
use crate::ui::tabs::lists::worked::{self, Worked};

pub fn copy(scene: &Scene<'_>, row: &Row, how: Copy) -> String {
    let lists = worked::lists(scene);
    match (worked::locate(&lists, row), how) {
        (Some((list, _)), Copy::All) => markdown(scene, list),
        (Some((list, Some(place))), Copy::Line) => {
            Stand::of(scene, list, place).map_or_else(String::new, |stand| line(scene, &stand))
        }
        (Some((list, None)), Copy::Line) => heading(scene, list),
        (None, _) => String::new(),
    }
}

/// `open, evidence bad: review business KPIs; evidence 12.4, wanted …; Morning check, 2026-11-22`.
fn line(scene: &Scene<'_>, stand: &Stand<'_>) -> String {
    let opening = &stand.list.occurrence().opening;
    let told = [proof(scene, stand), mark(scene, stand), saving(scene, stand).to_owned()].concat();
    format!("{}: {}{told}; {}, {}", stand::word(stand), stand.pinned.text, stand.list.title(), opening.period)
}

fn proof(scene: &Scene<'_>, stand: &Stand<'_>) -> String {
    let Some(proof) = &stand.proof else { return String::new() };
    let wanted = if proof.wanted.is_empty() { String::new() } else { format!(", wanted {}", proof.wanted) };
    let age = proof.at.map_or_else(String::new, |at| format!(", {} old", scene.clock.age(at)));
    format!("; evidence {}{wanted}{age}", stand::says(scene, stand))
}

fn mark(scene: &Scene<'_>, stand: &Stand<'_>) -> String {
    let Some((held, at)) = stand.held().and_then(|h| Some((h, h.at?))) else { return String::new() };
    let who = held.by.as_ref().map_or_else(String::new, |by| format!(" by {}", stand::name(scene, by)));
    let did = if held.mark == Mark::Open { "un-ticked " } else { "" };
    let why = if held.reason.is_empty() { String::new() } else { format!(": {}", held.reason) };
    format!("; {did}{}{who}{why}", scene.clock.full(at))
}

fn saving(scene: &Scene<'_>, stand: &Stand<'_>) -> &'static str {
    match scene.live.board.saving.get(&stand.thing()) {
        Some(saving) if saving.failed.is_some() => "; NOT SAVED",
        Some(_) => "; saving",
        None => "",
    }
}

fn heading(scene: &Scene<'_>, list: &Worked) -> String {
    let tally = list.tally;
    let mut told = vec![format!("{}: {} of {} done, {} left", list.title(), tally.done, tally.total, tally.left)];
    told.extend(Some(row::due(scene, list)).filter(|d| !d.is_empty()));
    told.extend(row::badges(scene, list));
    told.join(", ")
}

/// The list as its author wrote it, filled in.
fn markdown(scene: &Scene<'_>, list: &Worked) -> String {
    let (opening, tally) = (&list.occurrence().opening, list.tally);
    let mut out = format!("# {}, {} ({})\n\n", list.title(), opening.period, opening.zone);
    let _ = write!(out, "{} of {} done, {} left", tally.done, tally.total, tally.left);
    if let Some(due) = list.occurrence().due() {
        let _ = write!(out, "; due {}", scene.clock.full(due));
    }
    for badge in row::badges(scene, list) {
        let _ = write!(out, "; {badge}");
    }
    if let Some(at) = list.occurrence().finished_at() {
        let _ = write!(out, "; complete {}", scene.clock.full(at));
    }
    out.push_str("\n\n");
    for place in 0..list.items().len() {
        if let Some(stand) = Stand::of(scene, list, place) {
            item(scene, &stand, &mut out);
        }
    }
    out
}

fn item(scene: &Scene<'_>, stand: &Stand<'_>, out: &mut String) {
    let inset = " ".repeat(usize::from(stand.pinned.depth) * 2);
    let mark_ = stand.mark();
    let tick = if mark_.done() { 'x' } else { ' ' };
    let state = if matches!(mark_, Mark::Open | Mark::Done) { String::new() } else { format!("; {}", mark_.word()) };
    let told = [state, mark(scene, stand), proof(scene, stand), saving(scene, stand).to_owned()].concat();
    let _ = writeln!(out, "{inset}- [{tick}] {}{told}", stand.pinned.text);
    for note in stand.state.into_iter().flat_map(|s| &s.notes) {
        let _ = writeln!(out, "{inset}  - {} {}: \"{}\"", scene.clock.full(note.at), note.by, note.text);
    }
}
