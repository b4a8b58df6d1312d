//! One service on one line: glyph, name, latency with its count, success in the form that decides, the last half hour on
//! a scale common to all rows, uptime with what was not observed.

use ratatui::text::Line;

use crate::domain::live::ServiceLive;
use crate::domain::service::ServiceState;
use crate::ui::chart::{nice, spark};
use crate::ui::list::{Row, RowId};
use crate::ui::scene::Scene;
use crate::ui::text::{Cells, figure, left, right};
use crate::ui::theme::Tint;
use crate::ui::words;

struct Columns {
    name: usize,
    success: usize,
    spark: usize,
    uptime: bool,
}

const P95: usize = 10;
const N: usize = 4;
const UPTIME: usize = 9;
const UNSEEN: usize = 9;

fn columns(total: usize) -> Columns {
    if total < 60 {
        return Columns { name: total.saturating_sub(P95 + 4), success: 0, spark: 0, uptime: false };
    }
    let uptime = total >= 100;
    let name = (total * 27 / 100).clamp(16, 28);
    let success = if total >= 100 { 20 } else { 16 };
    let used = 2 + name + 1 + P95 + N + 2 + success + 2 + if uptime { UPTIME + UNSEEN + 2 } else { 0 };
    Columns { name, success, spark: total.saturating_sub(used + 1).min(60), uptime }
}

/// One scale for all rows, in milliseconds; an outlier beyond twice the highest limit does not flatten the rest.
fn scale(scene: &Scene<'_>) -> f64 {
    let highest = |s: &ServiceLive| s.history.iter().map(|b| b.max_us).max().unwrap_or(0);
    let top = scene.model.services.iter().map(|s| highest(s)).max().unwrap_or(0);
    let limits = scene.model.setup.rules.iter().filter(|r| r.metric.family() == "latency");
    let limit = limits.map(|r| r.bound.limit()).fold(0.0, f64::max);
    let top = f64::from(top) / 1000.0;
    nice(if limit > 0.0 { top.min(limit * 2.0) } else { top })
}

pub fn head(scene: &Scene<'_>, _: usize, total: usize) -> String {
    let c = columns(total.saturating_sub(1));
    let minutes = scene.model.setup.spans.window.as_secs() / 60;
    let mut head = format!("   {} {}", left("service", c.name), right(&format!("p95 {minutes}m"), P95));
    if c.success > 0 {
        head.push_str(&right("n", N));
        head.push_str("  ");
        head.push_str(&left("success", c.success));
        head.push_str("  ");
        head.push_str(&left(&format!("30 min, 0–{} ms", figure(scale(scene))), c.spark));
    }
    if c.uptime {
        head.extend(["  ", &right("up 30d", UPTIME), &right("not seen", UNSEEN)]);
    }
    head
}

pub fn line(scene: &Scene<'_>, row: &Row, total: usize) -> Line<'static> {
    let RowId::Service(name) = &row.id else { return Line::default() };
    let Some(service) = scene.model.service(name) else { return Line::default() };
    let c = columns(total);
    let state = scene.state_of(service);
    let worst = scene.worst_of(name);
    let (sign, style) = scene.state_glyph(state, worst);
    let text = scene.style(Tint::Text);
    let cells = Cells::default().add(sign, style).gap(1).left(name, c.name, text).gap(1);
    let p95 = if service.latency.n == 0 { "–".to_owned() } else { format!("{} ms", figure(service.latency.p95)) };
    let old = if state == ServiceState::Stale && service.latency.n > 0 { "~ " } else { "" };
    let cells = cells.right(&format!("{old}{p95}"), P95, text);
    if c.success == 0 {
        return cells.line();
    }
    let n = if service.latency.n == 0 { String::new() } else { service.latency.n.to_string() };
    let cells = cells.right(&n, N, text).gap(2).left(&standing(scene, service, state), c.success, text).gap(2);
    let bars = spark(&service.history, scene.now(), c.spark, scale(scene));
    let cells = cells.left(&bars, c.spark, text);
    if !c.uptime {
        return cells.line();
    }
    let up = service.uptime.ratio().map_or_else(|| "–".to_owned(), words::percent);
    let unseen = service.uptime.unseen_ratio();
    let unseen = if unseen > 0.0005 { format!("{:.1} %", unseen * 100.0) } else { String::new() };
    cells.gap(2).right(&up, UPTIME, text).right(&unseen, UNSEEN, text).line()
}

/// Fresh rows show success and no age; others say how old they are.
fn standing(scene: &Scene<'_>, service: &ServiceLive, state: ServiceState) -> String {
    match (state, &service.last) {
        (_, None) => "never seen".into(),
        (ServiceState::Stale, Some(last)) => format!("seen {} ago", scene.clock.age(last.at)),
        (ServiceState::Unknown, Some(_)) => "unknown".into(),
        _ if scene.model.mute_of(&service.name, scene.now()).is_some() => {
            format!("{} muted", words::success(&service.success))
        }
        _ => words::success(&service.success),
    }
}
