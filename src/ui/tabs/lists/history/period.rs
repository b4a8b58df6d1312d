//! One ended period of a list: on one line, in full, and as the filled list for somebody else.

use ratatui::text::Line;

use super::super::runs::glyph;
use crate::domain::checklist::Occurrence;
use crate::domain::time::short;
use crate::report::checklist;
use crate::report::history::{HowEnded, history};
use crate::ui::scene::Scene;
use crate::ui::tabs::Copy;
use crate::ui::text::{Cells, fit, wrap};
use crate::ui::theme::Tint;

/// `on time`, `late 2h`, `MISSED`, `carried over`.
fn how(scene: &Scene<'_>, o: &Occurrence) -> (String, Tint) {
    let Some(row) = history(&[o], scene.now()).and_then(|h| h.periods.into_iter().next()) else {
        return ("goes on".into(), Tint::Text);
    };
    let late = row.finished_at.zip(row.due_at).map(|(at, due)| short(at.since(due)));
    match row.ended {
        HowEnded::Late => (format!("late {}", late.unwrap_or_default()), Tint::Warning),
        HowEnded::Missed => ("MISSED".into(), Tint::Strong),
        HowEnded::OnTime | HowEnded::Carried => (row.ended.word().into(), Tint::Text),
    }
}

/// Who settled its boxes, in the order of the list.
fn people(scene: &Scene<'_>, o: &Occurrence) -> String {
    let mut names: Vec<String> = Vec::new();
    for item in &o.opening.pinned.items {
        let by = o.items.get(&item.id).and_then(|s| s.held.by.as_ref()).filter(|by| by.is_person());
        let name = by.map(|by| if by.name().as_str() == scene.me() { "you".to_owned() } else { by.say() });
        names.extend(name.filter(|n| !names.contains(n)));
    }
    names.join(", ")
}

pub fn line(scene: &Scene<'_>, o: &Occurrence, columns: usize) -> Line<'static> {
    let text = scene.style(Tint::Text);
    let tally = o.closing.as_ref().map_or_else(|| o.tally(), |c| c.tally);
    let finished = o.closing.as_ref().map_or_else(|| o.finished_at(), |c| c.finished);
    let (said, tint) = how(scene, o);
    let cells = Cells::default().gap(2).left(&o.opening.period, 12, text);
    let cells = cells.left(&format!("{} of {}", tally.done, tally.total), 9, text);
    let cells = cells.left(&said, 14, scene.style(tint));
    let at = finished.map_or_else(|| "–".to_owned(), |at| scene.clock.local(at).format("%b %d %H:%M").to_string());
    let cells = cells.left(&at, 14, text);
    let skipped = if tally.skipped > 0 { format!("{} skipped  ", tally.skipped) } else { String::new() };
    let room = columns.saturating_sub(cells.used);
    cells.text(fit(&format!("{skipped}{}", people(scene, o)), room)).line()
}

/// Every box: state, who, when, why, and what was noted.
pub fn detail(scene: &Scene<'_>, o: &Occurrence, columns: usize) -> Vec<Line<'static>> {
    let pinned = &o.opening.pinned;
    let (said, _) = how(scene, o);
    let due = o.due().map_or_else(String::new, |at| format!(", due {}", scene.clock.full(at)));
    let head = format!("{}, {} ({}){due}: {said}", pinned.title, o.opening.period, o.opening.zone);
    let mut lines: Vec<Line<'static>> = wrap(&head, columns.saturating_sub(2))
        .into_iter()
        .map(|l| Cells::default().gap(1).add(l, scene.style(Tint::Strong)).line())
        .collect();
    for item in &pinned.items {
        let state = o.items.get(&item.id);
        let mark = o.mark(&item.id);
        let (sign, tint) = glyph(mark);
        let inset = 1 + usize::from(item.depth.min(8)) * 2;
        let cells = Cells::default().gap(inset).add(sign, scene.style(tint)).gap(1);
        let room = columns.saturating_sub(cells.used + 1);
        lines.push(cells.text(fit(item.text.as_str(), room)).line());
        let Some(state) = state else { continue };
        let mut told: Vec<String> = Vec::new();
        if let Some((by, at)) = checklist::by(state).zip(state.held.at) {
            let why = if state.held.reason.is_empty() { String::new() } else { format!(": {}", state.held.reason) };
            told.push(format!("{} by {by}, {}{why}", mark.word(), scene.clock.full(at)));
        }
        if let Some(proof) = &state.proof {
            told.push(format!("evidence {}: {} ({})", proof.verdict.word(), proof.says, proof.source));
        }
        told.extend(state.notes.iter().map(|n| format!("{} {}: \"{}\"", scene.clock.full(n.at), n.by, n.text)));
        for text in told {
            for part in wrap(&text, columns.saturating_sub(inset + 3).max(16)) {
                lines.push(Cells::default().gap(inset + 2).add(part, scene.label()).line());
            }
        }
    }
    lines
}

/// One plain line, or the list as it was worked, as Markdown.
pub fn copy(scene: &Scene<'_>, o: &Occurrence, wanted: Copy) -> String {
    if wanted == Copy::All {
        return checklist::filled(o, scene.now());
    }
    let tally = o.closing.as_ref().map_or_else(|| o.tally(), |c| c.tally);
    let by = people(scene, o);
    let by = if by.is_empty() { by } else { format!(", by {by}") };
    let (said, _) = how(scene, o);
    format!("{} {}: {} of {} done, {said}{by}", o.opening.pinned.title, o.opening.period, tally.done, tally.total)
}
