//! A box as text for others' eyes: one plain line with its state in words, times with date and zone. The whole list is the
//! report's filled Markdown.

use super::row;
use super::stand::{self, Stand};
use crate::domain::checklist::Mark;
use crate::report::checklist::filled;
use crate::ui::list::Row;
use crate::ui::scene::Scene;
use crate::ui::tabs::Copy;
use crate::ui::tabs::lists::worked::{self, Worked};

pub fn copy(scene: &Scene<'_>, row: &Row, how: Copy) -> String {
    let lists = worked::lists(scene);
    match (worked::locate(&lists, row), how) {
        (Some((list, _)), Copy::All) => filled(list.occurrence(), scene.now()),
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
