//! A service in full: the last half hour with its limits, why it is red, the last probe in its parts, failures by kind,
//! what the body said, its certificate, its open alerts.

use std::time::Duration;

use ratatui::text::Line;

use super::super::{Copy, Space};
use super::{axis, limits};
use crate::domain::live::{LastProbe, ServiceLive};
use crate::domain::service::ServiceState;
use crate::domain::severity::Severity;
use crate::domain::time::short;
use crate::ui::chart::{Chart, slots};
use crate::ui::list::{Row, RowId};
use crate::ui::scene::Scene;
use crate::ui::text::{Cells, figure, fit, width, wrap};
use crate::ui::theme::Tint;
use crate::ui::words;

/// A label and what it says.
type Told = (&'static str, String);

const LABEL: usize = 12;
/// Tallest chart of a full page: taller says no more.
const TALLEST: usize = 16;
/// From this width on the reasons stand beside the chart.
const BESIDE: usize = 100;

pub fn lines(scene: &Scene<'_>, row: &Row, space: Space) -> Vec<Line<'static>> {
    let RowId::Service(name) = &row.id else { return Vec::new() };
    let Some(service) = scene.model.service(name) else { return Vec::new() };
    let facts = facts(scene, service);
    let mut lines = heading(scene, service, space.width);
    if space.full {
        whole(scene, service, &facts, space, &mut lines);
        return lines;
    }
    let wide = space.width >= BESIDE;
    let chart_columns = if wide { space.width / 2 } else { space.width };
    let room = space.height.saturating_sub(1 + lines.len());
    let rows = if wide { room.saturating_sub(4).min(7) } else { (room / 2).min(5) };
    let chart = if rows >= 3 { chart(scene, service, chart_columns, rows) } else { Vec::new() };
    let draw = |(label, text): &(&'static str, String)| field(scene, label, text, space.width);
    if wide && !chart.is_empty() {
        let (below, beside): (Vec<_>, Vec<_>) = facts.into_iter().partition(|(label, _)| long(label));
        lines.extend(side_by_side(scene, &chart, &beside, chart_columns, space.width));
        lines.extend(below.iter().map(draw));
        return lines;
    }
    let reasons = reasons(&facts);
    lines.extend(facts.iter().take(reasons).map(draw));
    lines.extend(chart);
    lines.extend(facts.iter().skip(reasons).map(draw));
    lines
}

/// Of the facts, those that come before the chart.
fn reasons(facts: &[Told]) -> usize {
    facts.iter().take_while(|(label, _)| matches!(*label, "it said" | "") || label.starts_with("why")).count()
}

/// The page of its own: every text to its end, and the chart in what room is left.
fn whole(scene: &Scene<'_>, service: &ServiceLive, facts: &[Told], space: Space, lines: &mut Vec<Line<'static>>) {
    let room = space.width.saturating_sub(3 + LABEL + 1).max(20);
    let told = |(label, text): &Told| -> Vec<Line<'static>> {
        let texts = wrap(text, room).into_iter().enumerate();
        texts.map(|(i, text)| field(scene, if i == 0 { label } else { "" }, &text, space.width)).collect()
    };
    let (before, after) = facts.split_at(reasons(facts));
    let before: Vec<_> = before.iter().flat_map(told).collect();
    let after: Vec<_> = after.iter().flat_map(told).collect();
    let used = lines.len() + before.len() + after.len() + 1;
    let rows = space.height.saturating_sub(used).clamp(5, TALLEST);
    lines.extend(before);
    lines.extend(chart(scene, service, space.width, rows));
    lines.extend(after);
}

/// Facts that take the whole width.
fn long(label: &str) -> bool {
    label == "last probe"
}

fn field(scene: &Scene<'_>, label: &str, text: &str, columns: usize) -> Line<'static> {
    let cells = Cells::default().gap(3).left(label, LABEL, scene.label());
    let room = columns.saturating_sub(cells.used + 1);
    cells.text(fit(text, room)).line()
}

fn side_by_side(
    scene: &Scene<'_>,
    chart: &[Line<'static>],
    facts: &[(&'static str, String)],
    split: usize,
    columns: usize,
) -> Vec<Line<'static>> {
    let n = chart.len().max(facts.len());
    let line = |i: usize| {
        let mut cells = Cells::default();
        for span in chart.get(i).into_iter().flat_map(|l| l.spans.iter()) {
            cells = cells.add(span.content.to_string(), span.style);
        }
        let Some((label, text)) = facts.get(i) else { return cells.line() };
        let cells = cells.to(split + 2).left(label, LABEL, scene.label());
        let room = columns.saturating_sub(cells.used + 1);
        cells.text(fit(text, room)).line()
    };
    (0..n).map(line).collect()
}

/// `ml-lead-intelligence   http 127.0.0.1:8105/…   every 30s   tags ml`.
fn heading(scene: &Scene<'_>, service: &ServiceLive, columns: usize) -> Vec<Line<'static>> {
    let known = scene.model.setup.service(&service.name);
    let every = short(Duration::from_millis(service.interval_ms));
    let target = known.map_or("", |s| s.target.as_str());
    let tags = known.map(|s| s.tags.join(" ")).filter(|tags| !tags.is_empty()).map(|tags| format!("tags {tags}"));
    let state = scene.state_of(service).word().to_owned();
    let parts =
        [Some(crate::domain::text::Clean::new(target).to_string()), Some(format!("every {every}")), tags, Some(state)];
    let mut cells = Cells::default().gap(1).add(service.name.clone(), scene.style(Tint::Strong));
    let mut lines = Vec::new();
    for part in parts.into_iter().flatten().filter(|part| !part.is_empty()) {
        if cells.used > 3 && cells.used + 3 + width(&part) >= columns {
            lines.push(std::mem::take(&mut cells).line());
        }
        let room = columns.saturating_sub(cells.used + 4);
        cells = cells.gap(3).text(fit(&part, room));
    }
    lines.push(cells.line());
    lines
}

fn chart(scene: &Scene<'_>, service: &ServiceLive, columns: usize, rows: usize) -> Vec<Line<'static>> {
    if columns < 40 || !service.history.iter().any(|b| b.max_us > 0 || b.failed > 0) {
        return Vec::new();
    }
    let slots = slots(&service.history, scene.now(), (columns.saturating_sub(22)).min(60));
    let limits = limits(scene, &service.name);
    let chart = Chart { slots: &slots, limits: &limits, rows, line: scene.style(Tint::Line), label: scene.label() };
    let mut lines = chart.lines();
    lines.push(axis(scene, slots.len()));
    lines
}

/// In the colour its row has.
fn why_so(scene: &Scene<'_>, service: &ServiceLive) -> &'static str {
    let firing = service.firing().map(|w| w.severity).max();
    match (scene.worst_of(&service.name).max(firing), scene.state_of(service)) {
        (Some(Severity::Critical), _) | (None, ServiceState::Failed) => "why red",
        (Some(Severity::Warning), _) | (None, ServiceState::Degraded) => "why yellow",
        _ => "why",
    }
}

fn facts(scene: &Scene<'_>, service: &ServiceLive) -> Vec<Told> {
    let mut facts = Vec::new();
    if let Some(last) = service.last.as_ref().filter(|l| !l.detail.is_empty()) {
        facts.push(("it said", last.detail.to_string()));
    }
    let said = facts.len();
    let why_so = why_so(scene, service);
    let label = |facts: &[_]| if facts.len() == said { why_so } else { "" };
    for why in &service.why {
        let held = why.since.map_or_else(String::new, |at| format!(", for {}", scene.clock.age(at)));
        let state = if why.firing { "" } else { " (not yet)" };
        let n = why.reading.map_or_else(String::new, |r| format!(", n={}", r.n));
        // What a rule without a unit says begins with its name already.
        let says = why.says.as_str();
        let says = says.strip_prefix(&*why.rule).and_then(|s| s.strip_prefix(": ")).unwrap_or(says);
        facts.push((label(&facts), format!("{}: {says}{held}{n}{state}", why.rule)));
        if !why.clears.is_empty() {
            facts.push(("", why.clears.to_string()));
        }
    }
    for text in open_alerts(scene, &service.name) {
        facts.push((label(&facts), text));
    }
    facts.extend(service.last.as_ref().map(|last| last_probe(scene, last)));
    let kinds: Vec<String> = service.failures.iter().map(|(kind, n)| format!("{n} {}", kind.word())).collect();
    facts.push((
        "failures",
        if kinds.is_empty() { "none in 30 min".into() } else { format!("{} in 30 min", kinds.join(", ")) },
    ));
    if service.latency.n > 0 {
        let l = &service.latency;
        let parts =
            [("p50", l.p50), ("p95", l.p95), ("p99", l.p99), ("max", l.max)].map(|(k, v)| format!("{k} {}", figure(v)));
        facts.push(("latency", format!("{} ms, n={}", parts.join("  "), l.n)));
    }
    if let Some((days, at)) = &service.cert {
        facts.push((
            "certificate",
            format!("{:.0} days left, seen {} ago", days.chain.min(days.leaf).floor(), scene.clock.age(*at)),
        ));
    }
    facts.extend(service.figures.iter().take(6).map(|f| ("", format!("{} {} {}", f.name, figure(f.value), f.unit))));
    facts.extend(notes(service));
    facts
}

/// The parts as a bar of the whole.
fn last_probe(scene: &Scene<'_>, last: &LastProbe) -> (&'static str, String) {
    let p = &last.phases;
    let all =
        [("dns", p.dns_us), ("connect", p.connect_us), ("tls", p.tls_us), ("wait", p.wait_us), ("body", p.body_us)];
    let longest = all.iter().filter_map(|(_, us)| *us).max().unwrap_or(0);
    let part = |(name, us): (&str, Option<u32>)| {
        let us = us?;
        let bar = if us == longest { (u64::from(us) * 14 / u64::from(last.total_us.max(1))).min(14) } else { 0 };
        let bar = "▇".repeat(bar as usize);
        let gap = if bar.is_empty() { "" } else { " " };
        Some(format!("{name} {bar}{gap}{}", millis(us)))
    };
    let parts: Vec<String> = all.into_iter().filter_map(part).collect();
    let kind = last.fail.map_or_else(String::new, |k| format!(" FAILED ({})", k.word()));
    let when = scene.clock.age(last.at);
    ("last probe", format!("{} ms {when} ago{kind}   {}", millis(last.total_us), parts.join("  ")))
}

fn millis(us: u32) -> String {
    if us < 10_000 && us > 0 { format!("{:.1}", f64::from(us) / 1000.0) } else { (us / 1000).to_string() }
}

fn notes(service: &ServiceLive) -> Option<(&'static str, String)> {
    let n = service.notes;
    let mut words = Vec::new();
    if n.skipped > 0 {
        words.push(format!("{} probes skipped", n.skipped));
    }
    if n.late > 0 {
        words.push(format!("{} late", n.late));
    }
    if n.never_varies {
        words.push("its value never varies: is it real?".to_owned());
    }
    (!words.is_empty()).then(|| ("the probe", words.join(", ")))
}

/// So that a red row has its reason: `alert 4821: p95 231 > 200 ms  6m  UNACKED`.
fn open_alerts(scene: &Scene<'_>, name: &str) -> Vec<String> {
    let open = scene.model.book.iter().filter(|a| a.unresolved() && a.service() == name);
    let text = |a: &crate::domain::alert::Alert| {
        let owner = super::super::alerts::owner_word(scene, a);
        format!("alert {}: {}  {}  {owner}", a.id, a.about.title, scene.clock.age(a.opened_at))
    };
    open.take(5).map(|a| text(a)).collect()
}

pub fn copy(scene: &Scene<'_>, row: &Row, how: Copy) -> String {
    let RowId::Service(name) = &row.id else { return String::new() };
    let Some(service) = scene.model.service(name) else { return String::new() };
    let at = service.last.as_ref().map_or_else(|| "never seen".into(), |l| format!("at {}", scene.clock.full(l.at)));
    let state = service.state_at(scene.now()).word();
    let l = &service.latency;
    let p95 = if l.n == 0 { "–".to_owned() } else { format!("{} ms (n={})", figure(l.p95), l.n) };
    let line = format!("{name}: {state}, p95 {p95}, {}, {at}", words::success(&service.success));
    if how == Copy::Line {
        return line;
    }
    let facts = facts(scene, service).into_iter().map(|(label, text)| format!("  {label:LABEL$} {text}\n"));
    format!("{line}\n{}", facts.collect::<String>())
}
