//! What the store remembers of an alert: its timeline, the times before, and the whole of it as text to hand on.

use ratatui::text::Line;

use super::super::Copy;
use super::row;
use crate::domain::alert::{Alert, Phase};
use crate::domain::ids::AlertId;
use crate::domain::journal::{Entry, Fact, Past};
use crate::domain::time::ms;
use crate::engine::Effect;
use crate::ui::desk::Desk;
use crate::ui::list::{Row, RowId};
use crate::ui::popup::page::What;
use crate::ui::popup::{Page, Popup};
use crate::ui::scene::Scene;
use crate::ui::text::{Cells, fit, wrap};
use crate::ui::words;

pub fn open_timeline(desk: &mut Desk<'_>) {
    open(desk, What::Timeline);
}
pub fn open_history(desk: &mut Desk<'_>) {
    open(desk, What::History);
}

fn open(desk: &mut Desk<'_>, what: fn(AlertId) -> What) {
    let Some(alert) = desk.alert() else { return };
    desk.effect(Effect::ReadDetail(alert.id));
    desk.popup(Popup::Page(Page { what: what(alert.id), top: 0 }));
}

/// Oldest first: when, who, what.
pub fn timeline(scene: &Scene<'_>, past: &Past, columns: usize) -> Vec<Line<'static>> {
    let struck: Vec<_> = past.timeline.iter().filter_map(retracted).collect();
    past.timeline
        .iter()
        .filter(|e| !matches!(e.fact, Fact::Updated { .. }))
        .flat_map(|e| entry(scene, e, &struck, columns))
        .collect()
}

fn retracted(entry: &Entry) -> Option<i64> {
    if let Fact::NoteRetracted { seq } = entry.fact { Some(seq) } else { None }
}

/// A receipt or a note is read to its end: what does not fit goes on below.
fn entry(scene: &Scene<'_>, entry: &Entry, struck: &[i64], columns: usize) -> Vec<Line<'static>> {
    let cells = Cells::default().gap(3).left(&scene.clock.exact(entry.at), 12, scene.label());
    let cells = cells
        .gap(1)
        .left(&entry.actor.say(), if columns > 90 { 24 } else { 13 }, scene.style(crate::ui::theme::Tint::Text))
        .gap(2);
    let room = columns.saturating_sub(cells.used + 1);
    let gone = if struck.contains(&entry.seq) { "(taken back) " } else { "" };
    let used = cells.used;
    let mut told = wrap(&format!("{gone}{}", words::fact(entry, scene.clock)), room.max(20)).into_iter();
    let first = cells.text(told.next().unwrap_or_default()).line();
    std::iter::once(first).chain(told.map(|more| Cells::default().gap(used).text(more).line())).collect()
}

/// Whatever has become of them, newest first.
pub fn of_service(scene: &Scene<'_>, alerts: &[Alert], columns: usize) -> Vec<Line<'static>> {
    let open = alerts.iter().filter(|a| a.unresolved()).count();
    let head = if alerts.is_empty() {
        " it has had no alert yet".to_owned()
    } else {
        format!(" {} in the store, {open} not resolved", alerts.len())
    };
    let line = |a: &Alert| {
        let (sign, style) = row::sign(scene, a);
        let text = fit(episode(scene, a).trim_start(), columns.saturating_sub(4));
        Cells::default().gap(1).add(sign, style).gap(1).text(text).line()
    };
    std::iter::once(Line::styled(head, scene.label())).chain(alerts.iter().map(line)).collect()
}

/// Earlier episodes, newest first, with what was noted.
pub fn history(scene: &Scene<'_>, past: &Past, columns: usize) -> Vec<Line<'static>> {
    if past.episodes.is_empty() {
        return vec![Line::raw(" it has not fired before, in the last 30 days")];
    }
    let mut lines: Vec<Line<'static>> =
        past.episodes.iter().map(|a| Line::raw(fit(&episode(scene, a), columns))).collect();
    lines.push(Line::default());
    lines.push(Line::styled(" what was noted", scene.label()));
    let note = |(at, who, what): &(_, _, _)| format!("   {}  {who}  \"{what}\"", scene.clock.time(*at));
    lines.extend(past.notes.iter().map(|n| Line::raw(fit(&note(n), columns))));
    lines
}

fn episode(scene: &Scene<'_>, alert: &Alert) -> String {
    let end = match &alert.phase {
        Phase::Resolved { at, by, note } => {
            let note = if note.is_empty() { String::new() } else { format!(": \"{note}\"") };
            format!("resolved by {} in {}{note}", by.say(), crate::domain::time::short(at.since(alert.opened_at)))
        }
        other => other.word().to_owned(),
    };
    let judged = alert.closing.review.map_or_else(String::new, |r| format!("  ({})", words::review(r)));
    format!("   {}  {}  {}  {end}{judged}", alert.id, scene.clock.time(alert.opened_at), alert.about.title)
}

/// `3 in 30 days, fixed in 12m: "restart worker 2" (bob)`.
pub fn before(scene: &Scene<'_>, alert: &Alert) -> String {
    let Some((_, past)) = scene.live.past.as_ref().filter(|(id, _)| *id == alert.id) else { return "…".into() };
    if past.episodes.is_empty() {
        return "the first time in 30 days".into();
    }
    let took = |a: &Alert| match &a.phase {
        Phase::Resolved { at, .. } => Some(ms(at.since(a.opened_at)) as u64),
        _ => None,
    };
    let fixed = words::median(past.episodes.iter().filter_map(took).collect());
    let fixed = fixed.map_or_else(String::new, |t| format!(", fixed in {t}"));
    let note = past.notes.first().map_or_else(String::new, |(_, who, what)| format!(": \"{what}\" ({who})"));
    format!("{} in 30 days{fixed}{note}", past.episodes.len())
}

/// For another's eyes: one line, or all of it with times and zone.
pub fn copy(scene: &Scene<'_>, row: &Row, how: Copy) -> String {
    let (RowId::Alert(id) | RowId::Behind(id)) = &row.id else {
        return if let RowId::Mute(pattern) = &row.id { format!("mute {pattern}") } else { String::new() };
    };
    let Some(alert) = scene.model.book.get(*id) else { return String::new() };
    let (owner, _) = row::owner(scene, alert);
    let measure = words::measure(&alert.about);
    let measure = if measure.is_empty() { measure } else { format!(" ({measure})") };
    let line = format!(
        "{} {} {}: {}{measure}, {} since {}, {owner}",
        alert.id,
        alert.severity.word(),
        alert.service(),
        alert.about.title,
        alert.phase.word(),
        scene.clock.full(alert.opened_at),
    );
    if how == Copy::Line {
        return line;
    }
    let past = scene.live.past.as_ref().filter(|(of, _)| of == id);
    let told = past.map(|(_, past)| past.timeline.iter().map(|e| told(scene, e)).collect::<String>());
    format!("{line}\n{}", told.unwrap_or_default())
}

fn told(scene: &Scene<'_>, entry: &Entry) -> String {
    format!("{}  {}  {}\n", scene.clock.full(entry.at), entry.actor.say(), words::fact(entry, scene.clock))
}
