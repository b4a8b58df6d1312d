//! An alert in the order of deciding: what and how far over, what happens next and to whom, the times before, who was
//! told, the procedure; then the chart, the timeline and the notes.

use ratatui::text::Line;

use super::super::Space;
use super::{row, story};
use crate::domain::alert::{Alert, Origin, Phase};
use crate::domain::ladder;
use crate::domain::outbox::OutboxState;
use crate::domain::sample::{FailKind, Outcome};
use crate::domain::service::ServiceState;
use crate::domain::time::short;
use crate::ui::chart::{Chart, slots};
use crate::ui::list::{Row, RowId};
use crate::ui::scene::Scene;
use crate::ui::tabs::services;
use crate::ui::text::{Cells, fit, width, wrap};
use crate::ui::theme::Tint;
use crate::ui::words;

const LABEL: usize = 10;

pub fn lines(scene: &Scene<'_>, row: &Row, space: Space) -> Vec<Line<'static>> {
    let (RowId::Alert(id) | RowId::Behind(id)) = &row.id else { return Vec::new() };
    let Some(alert) = scene.model.book.get(*id) else { return Vec::new() };
    let mut lines = vec![heading(scene, alert, space.width)];
    lines.extend(state(scene, alert, space.width));
    lines.push(field(scene, "next", &plan(scene, alert), space.width));
    lines.push(field(scene, "before", &story::before(scene, alert), space.width));
    lines.extend(told(scene, alert, space.width));
    lines.extend(probe(scene, alert).map(|text| field(scene, "service", &text, space.width)));
    lines.extend(super::super::lists::procedure_of(scene, alert).map(|said| procedure(scene, &said, space.width)));
    let room = if space.full { 9 } else { space.height.saturating_sub(lines.len()) };
    lines.extend(chart(scene, alert, space.width, room));
    let past = scene.live.past.as_ref().filter(|(of, _)| of == id);
    if let Some((_, past)) = past {
        if space.full || space.height > lines.len() + 5 {
            lines.push(Line::default());
        }
        lines.push(Line::styled(" timeline", scene.label()));
        let told = story::timeline(scene, past, space.width);
        // The latest matter most where there is room for few.
        let room = if space.full { told.len() } else { space.height.saturating_sub(lines.len()) };
        let skipped = told.len().saturating_sub(room);
        lines.extend(told.into_iter().skip(skipped));
    }
    lines
}

/// How far it has come, and at the end of the line the key that leads there, where both have room.
fn procedure(scene: &Scene<'_>, said: &str, columns: usize) -> Line<'static> {
    const KEY: &str = "p opens it";
    let cells = Cells::default().gap(3).left("procedure", LABEL, scene.label());
    let room = columns.saturating_sub(cells.used + 1);
    // Where it asks which one, the words say so themselves.
    if width(said) + KEY.len() + 4 > room || said.contains("p asks") {
        return cells.text(fit(said, room)).line();
    }
    let cells = cells.text(said.to_owned());
    cells.to(columns.saturating_sub(KEY.len() + 2).min(66)).gap(2).text(KEY).line()
}

fn field(scene: &Scene<'_>, label: &str, text: &str, columns: usize) -> Line<'static> {
    tinted(scene, label, text, columns, Tint::Text)
}
fn tinted(scene: &Scene<'_>, label: &str, text: &str, columns: usize, tint: Tint) -> Line<'static> {
    let cells = Cells::default().gap(3).left(label, LABEL, scene.label());
    let room = columns.saturating_sub(cells.used + 1);
    cells.add(fit(text, room), scene.style(tint)).line()
}

/// `● 4821  ml-lead-intelligence   p95 231 > 200 ms`.
fn heading(scene: &Scene<'_>, alert: &Alert, columns: usize) -> Line<'static> {
    let (sign, style) = row::sign(scene, alert);
    let strong = scene.style(Tint::Strong);
    let cells = Cells::default().gap(1).add(sign, style).add(format!(" {}  ", alert.id), strong);
    let cells = cells.add(fit(alert.service(), 32), strong).gap(2);
    let room = columns.saturating_sub(cells.used + 1);
    cells.text(fit(alert.about.title.as_str(), room)).line()
}

/// How far over, since when, and who has it; why it sleeps, or how it ended.
fn state(scene: &Scene<'_>, alert: &Alert, columns: usize) -> Vec<Line<'static>> {
    let clock = scene.clock;
    let mut rows: Vec<(&str, String)> = Vec::new();
    if let Some(saving) = scene.live.saving.get(&alert.id) {
        let failed =
            saving.failed.as_ref().map_or_else(String::new, |why| format!(", NOT SAVED: {why}; it is tried again"));
        rows.push(("saving", format!("{} since {}{failed}", saving.verb, clock.seconds(saving.since))));
    }
    let measure = words::measure(&alert.about);
    let measure = if measure.is_empty() { measure } else { format!("{measure}; ") };
    let since = clock.time(alert.opened_at);
    match &alert.phase {
        Phase::Open => rows.push(("now", format!("{measure}since {since}, nobody has it"))),
        Phase::Acked { at, given_by: Some(by), .. } => {
            let by = if by.as_str() == scene.me() { "you" } else { by.as_str() };
            let (at, owner) = (clock.time(*at), row::owner(scene, alert).0);
            let silent = if owner == "you" { "you have not acked it (a)" } else { "not acked by them yet" };
            rows.push(("now", format!("{measure}since {since}, given to {owner} by {by} at {at}, {silent}")));
        }
        Phase::Acked { at, .. } => {
            let (owner, _) = row::owner(scene, alert);
            rows.push(("now", format!("{measure}since {since}, {owner} since {}", clock.time(*at))));
        }
        Phase::Snoozed { by, until, reason } => {
            rows.push(("snoozed", format!("until {} by {by}: {reason}", clock.time(*until))));
        }
        Phase::Resolved { at, by, note } => {
            let note = if note.is_empty() { String::new() } else { format!(": {note}") };
            rows.push((
                "resolved",
                format!("{} by {} after {}{note}", clock.time(*at), by.say(), short(at.since(alert.opened_at))),
            ));
        }
    }
    if let Some(mute) = scene.model.mute_of(alert.service(), scene.now()) {
        rows.push((
            "muted",
            format!("{} until {} by {}, no bell: {}", mute.pattern, clock.time(mute.until), mute.by, mute.reason),
        ));
    }
    rows.into_iter().map(|(label, text)| field(scene, label, &text, columns)).collect()
}

/// The next step, whom it reaches, and what stops it.
fn plan(scene: &Scene<'_>, alert: &Alert) -> String {
    let timer = if scene.untimed() { " NO TIMER" } else { "" };
    match &alert.phase {
        Phase::Acked { deadline, .. } => {
            format!("re-opens {} unless fixed or renewed (a){timer}", scene.clock.time(*deadline))
        }
        Phase::Snoozed { until, .. } => {
            format!("comes back {}, or when it gets worse{timer}", scene.clock.time(*until))
        }
        Phase::Resolved { .. } if alert.to_close() => "write what happened, or that there is nothing to say (r)".into(),
        Phase::Resolved { .. } => "nothing; v says what it turned out to be".into(),
        Phase::Open => {
            let levels = &scene.model.setup.levels;
            match ladder::rung(levels, alert.escalation.level, None, scene.now()) {
                Some(rung) => {
                    let muted = scene.model.mute_of(alert.service(), scene.now()).map_or("", |_| "muted, ");
                    format!("{muted}e pages L{} ({}) by {}", rung.level, rung.role, rung.channels.join(", "))
                }
                None if levels.is_empty() => "no escalation levels are configured".into(),
                None => "the last level has been reached".into(),
            }
        }
    }
}

/// How the last probe of a rule's service failed: `refused: connection refused, 10s ago`.
fn probe(scene: &Scene<'_>, alert: &Alert) -> Option<String> {
    let Origin::Rule { .. } = alert.origin else { return None };
    let known = scene.model.setup.service(alert.service())?;
    let last = scene.model.service(&known.name)?.last.as_ref().filter(|l| l.outcome != Outcome::Ok)?;
    let degraded = ServiceState::from_outcome(last.outcome).word();
    let kind = last.fail.map_or(degraded, FailKind::word);
    let detail = if last.detail.is_empty() { String::new() } else { format!(": {}", last.detail) };
    Some(format!("{kind}{detail}, {} ago", scene.clock.fault_age(last.at)))
}

fn told(scene: &Scene<'_>, alert: &Alert, columns: usize) -> Vec<Line<'static>> {
    let rows = scene.model.outbox.iter().filter(|row| row.alert == alert.id);
    let mut lines: Vec<Line<'static>> = Vec::new();
    for row in rows.take(4) {
        let label = if lines.is_empty() { "told" } else { "" };
        let sent = row.state == OutboxState::Sent;
        let acked = if sent && alert.unacked() { ", not acked" } else { "" };
        let text = format!(
            "{} L{} by {}: {}{acked}",
            scene.clock.time(row.created_at),
            row.level,
            crate::domain::text::Clean::new(&row.channel),
            words::page(scene, row)
        );
        let tint = if words::unreached(row) { Tint::BadBadge } else { Tint::Text };
        let room = columns.saturating_sub(LABEL + 4).max(20);
        for (n, part) in wrap(&text, room).iter().enumerate() {
            lines.push(tinted(scene, if n == 0 { label } else { "" }, part, columns, tint));
        }
    }
    if lines.is_empty() {
        let text = match (alert.escalation.level, alert.escalation.at) {
            (level, Some(at)) if level > 0 => {
                format!("L{level} ({}) asked at {}", alert.escalation.role, scene.clock.time(at))
            }
            _ => "nobody yet".into(),
        };
        lines.push(field(scene, "told", &text, columns));
    }
    lines
}

/// The service's last half hour with its limits, as tall as there is room; a chart of two lines says nothing.
fn chart(scene: &Scene<'_>, alert: &Alert, columns: usize, room: usize) -> Vec<Line<'static>> {
    if !alert.about.metric.as_str().starts_with("latency") {
        return Vec::new();
    }
    let known = scene.model.setup.service(alert.service()).and_then(|s| scene.model.service(&s.name));
    let Some(live) = known.filter(|s| s.history.iter().any(|b| b.max_us > 0)) else { return Vec::new() };
    let rows = room.saturating_sub(1).min(6);
    if rows < 3 || columns < 40 {
        return Vec::new();
    }
    let slots = slots(&live.history, scene.now(), (columns.saturating_sub(24)).min(60));
    let limits = services::limits(scene, &live.name);
    let chart = Chart { slots: &slots, limits: &limits, rows, line: scene.style(Tint::Line), label: scene.label() };
    let mut lines = chart.lines();
    lines.push(services::axis(scene, slots.len()));
    lines
}
