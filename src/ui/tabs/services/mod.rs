//! Services: how each thing watched stands, problems first. The row is one line of evidence with its count and age; the
//! detail says why it is red.

mod detail;
mod row;

use std::sync::Arc;

use ratatui::text::Line;

use super::{Looks, Tab, counted, named, no_column, no_page, nothing_below};
use crate::domain::live::ServiceLive;
use crate::domain::rule::Metric;
use crate::domain::service::ServiceState;
use crate::domain::severity::Severity;
use crate::domain::time::Stamp;
use crate::engine::model::Tone;
use crate::engine::{Effect, Verb};
use crate::ui::command::{Command, Needs};
use crate::ui::desk::Desk;
use crate::ui::list::{Listing, Row, RowId, Wanted};
use crate::ui::popup::page::What;
use crate::ui::popup::{Page, Popup};
use crate::ui::scene::Scene;
use crate::ui::text::{Cells, right};

pub const TAB: Tab = Tab {
    id: "services",
    long: "Services",
    short: "Svc",
    go: Command {
        id: "services",
        keys: &["1"],
        foot: "",
        help: "tab Services",
        needs: Needs::Nothing,
        run: |desk| desk.show_tab(super::index("services")),
    },
    views: |_| named(&["services"]),
    commands: &[&[
        Command {
            id: "past-alerts",
            keys: &["H"],
            foot: "past alerts",
            help: "its alerts, those that are over too",
            needs: Needs::Row,
            run: past_alerts,
        },
        Command {
            id: "check-now",
            keys: &["!"],
            foot: "check now",
            help: "check it now: a burst of probes",
            needs: Needs::Act,
            run: check,
        },
        Command {
            id: "mute-service",
            keys: &["m"],
            foot: "mute",
            help: "no bell for it until a time, with a reason",
            needs: Needs::Act,
            run: mute,
        },
    ]],
    need: |scene| {
        let state = |s: &ServiceLive| troubled(s.state_at(scene.now()), scene.worst_of(&s.name));
        scene.live.services.iter().filter(|s| state(s)).count()
    },
    unit: "",
    version: |_| None,
    rows,
    look: Looks {
        needing,
        head: row::head,
        row: row::line,
        detail: detail::lines,
        empty: |scene, _| {
            if scene.model.setup.services.is_empty() { "no services are configured".into() } else { "none".into() }
        },
        page: no_page,
        copy: detail::copy,
        order: |_| "",
        tail: counted,
        hides: "in trouble",
        below: nothing_below,
        aside: no_column,
    },
    foot: &[],
};

fn troubled(state: ServiceState, worst: Option<Severity>) -> bool {
    state != ServiceState::Healthy || worst.is_some_and(|s| s > Severity::Notice)
}

/// Problems first, then in the config's order.
fn rows(scene: &Scene<'_>, wanted: &Wanted<'_>) -> Listing {
    let mut list = Listing::default();
    let mut sieve = wanted.filter.sieve(scene.me(), scene.now());
    for (place, service) in scene.model.services.iter().enumerate() {
        let severity = scene.worst_of(&service.name);
        let known = scene.model.setup.service(&service.name);
        let tags = known.map(|s| s.tags.join(" ")).unwrap_or_default();
        let state = service.state_at(scene.now());
        let words = format!("{} {tags} {}", service.name, state.word());
        if !sieve.keeps(&words, &service.name, severity) {
            list.hidden += 1;
            list.hidden_needing += usize::from(troubled(state, severity));
            continue;
        }
        let id = RowId::Service(Arc::from(service.name.as_str()));
        let rank = [badness(state, severity), place as i64, 0];
        let pinned = wanted.pin.filter(|(pin, _)| *pin == id).map(|(_, rank)| *rank);
        list.rows.push(Row::new(id, pinned.unwrap_or(rank)));
    }
    list.rows.sort_by_key(|r| r.rank);
    list.counts = vec![list.rows.len()];
    list
}

fn badness(state: ServiceState, worst: Option<Severity>) -> i64 {
    match (worst, state) {
        (Some(Severity::Critical), _) => 0,
        (_, ServiceState::Failed) => 1,
        (Some(Severity::Warning), _) => 2,
        (_, ServiceState::Degraded) => 3,
        (_, ServiceState::Stale) => 4,
        (_, ServiceState::Unknown) => 5,
        (Some(Severity::Notice), _) => 6,
        (None, ServiceState::Healthy) => 7,
    }
}

fn needing(scene: &Scene<'_>, row: &Row) -> bool {
    let RowId::Service(name) = &row.id else { return false };
    let state = scene.model.service(name).map_or(ServiceState::Unknown, |s| s.state_at(scene.now()));
    troubled(state, scene.worst_of(name))
}

/// Latency limits of the rules that watch it, with the word of their severity.
pub fn limits(scene: &Scene<'_>, name: &str) -> Vec<(f64, &'static str)> {
    let Some(service) = scene.model.setup.service(name) else { return Vec::new() };
    let rules = scene.model.setup.rules.iter().filter(|r| r.watches(service));
    let latency = rules.filter(|r| {
        matches!(r.metric, Metric::LatencyP50 | Metric::LatencyP95 | Metric::LatencyP99 | Metric::LatencyMax)
    });
    let mut limits: Vec<_> = latency.map(|r| (r.bound.limit(), r.severity.word())).collect();
    limits.sort_by(|a, b| b.0.total_cmp(&a.0));
    limits.dedup();
    limits
}

/// The time axis under a chart of the last half hour.
pub fn axis(scene: &Scene<'_>, columns: usize) -> Line<'static> {
    let from = Stamp(scene.now().0 - 30 * 60_000);
    let (first, last) = (scene.clock.time(from), scene.clock.time(scene.now()));
    let end = right(&last, columns.saturating_sub(first.len()));
    Cells::default().gap(8).add(format!("{first}{end}"), scene.label()).text("  slowest, ms").line()
}

fn chosen(desk: &Desk<'_>) -> Option<String> {
    match &desk.row()?.id {
        RowId::Service(name) => Some(name.to_string()),
        _ => None,
    }
}

fn past_alerts(desk: &mut Desk<'_>) {
    let Some(name) = chosen(desk) else { return };
    desk.effect(Effect::ReadService(name.clone()));
    desk.popup(Popup::Page(Page { what: What::Service(name), top: 0 }));
}

fn check(desk: &mut Desk<'_>) {
    match chosen(desk) {
        Some(service) => desk.intend(None, Verb::CheckNow { service }),
        None => desk.say(Tone::Info, "no service is selected"),
    }
}

fn mute(desk: &mut Desk<'_>) {
    let name = chosen(desk).unwrap_or_default();
    super::alerts::mute(desk, &name);
}
