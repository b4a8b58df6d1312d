//! The Alerts tab's list, made from nothing but the alerts: slow, and plain enough to be believed. What the console
//! keeps sorted and counted is held against it.

use std::collections::{BTreeMap, BTreeSet};

use watchdeck::domain::alert::{Alert, Phase};
use watchdeck::domain::ids::AlertId;
use watchdeck::domain::setup::Setup;
use watchdeck::domain::time::Stamp;
use watchdeck::engine::Model;
use watchdeck::ui::list::{Listing, Rank, RowId, Wanted};

/// Which row, whether set in, and what with which version is behind it.
type Lines = Vec<(RowId, bool, Vec<(AlertId, u32)>)>;

/// As much of a list as can be wrong.
#[derive(PartialEq, Debug)]
pub struct Shown {
    pub rows: Lines,
    pub counts: Vec<usize>,
    pub hidden: usize,
    pub hidden_needing: usize,
}

pub fn shown(list: &Listing) -> Shown {
    let behind = |row: &watchdeck::ui::list::Row| row.folded.iter().flat_map(|f| f.alerts.clone()).collect();
    Shown {
        rows: list.rows.iter().map(|r| (r.id.clone(), r.inset, behind(r))).collect(),
        counts: list.counts.clone(),
        hidden: list.hidden,
        hidden_needing: list.hidden_needing,
    }
}

const MUTED: usize = 4;
const RESOLVED: usize = 5;

pub fn list(model: &Model, wanted: &Wanted<'_>, now: Stamp) -> Shown {
    let me = model.me.name.as_str();
    let minute = Stamp(now.0 - now.0.rem_euclid(60_000));
    let mut sieve = wanted.filter.sieve(me, minute);
    let mut all = Shown { rows: Vec::new(), counts: vec![0; 7], hidden: 0, hidden_needing: 0 };
    let mut found: Vec<(Rank, &Alert)> = Vec::new();
    for alert in model.book.iter() {
        let kept = sieve.keeps_alert(alert);
        let views = views(alert, me);
        let here = views.contains(&wanted.view);
        for view in views.iter().filter(|_| kept) {
            all.counts[*view] += 1;
        }
        if here && !kept {
            all.hidden += 1;
            all.hidden_needing += usize::from(alert.phase == Phase::Open);
        }
        let pinned = wanted.pin.filter(|(id, _)| *id == RowId::Alert(alert.id));
        if (here && kept) || pinned.is_some() {
            found.push((pinned.map_or_else(|| rank(alert, wanted.view), |(_, rank)| *rank), alert));
        }
    }
    if wanted.filter.is_empty() {
        all.counts[RESOLVED] = all.counts[RESOLVED].max(model.store.resolved_total);
    }
    let mut mutes: Vec<_> = model.mutes.iter().filter(|m| m.until > now).collect();
    mutes.retain(|m| wanted.filter.is_empty() || sieve.keeps(&m.pattern, &m.pattern, None));
    mutes.sort_by_key(|m| m.until);
    all.counts[MUTED] = mutes.len();
    found.sort_by_key(|(rank, _)| *rank);
    all.rows = match wanted.view {
        0 | 1 => folded(&model.setup, &found, wanted),
        MUTED => mutes.iter().map(|m| (RowId::Mute(m.pattern.as_str().into()), false, Vec::new())).collect(),
        _ => found.iter().map(|(_, a)| (RowId::Alert(a.id), false, Vec::new())).collect(),
    };
    all
}

fn views(alert: &Alert, me: &str) -> Vec<usize> {
    let mine = alert.owner.as_ref().is_some_and(|o| o.as_str() == me);
    match alert.phase {
        Phase::Open if mine => vec![0, 1],
        Phase::Open => vec![0],
        Phase::Acked { .. } if mine => vec![0, 1, 2],
        Phase::Acked { .. } => vec![0, 2],
        Phase::Snoozed { .. } => vec![3],
        Phase::Resolved { .. } if alert.to_close() => vec![RESOLVED, 6],
        Phase::Resolved { .. } => vec![RESOLVED],
    }
}

fn rank(alert: &Alert, view: usize) -> Rank {
    let id = alert.id.0;
    match (&alert.phase, view) {
        (Phase::Acked { at, .. }, 2) | (Phase::Resolved { at, .. }, 6) => [at.0, id, 0],
        (Phase::Snoozed { until, .. }, 3) => [until.0, id, 0],
        (Phase::Resolved { at, .. }, RESOLVED) => [-at.0, -id, 0],
        _ => [2 - alert.severity as i64, alert.opened_at.0, id],
    }
}

fn folded(setup: &Setup, sorted: &[(Rank, &Alert)], wanted: &Wanted<'_>) -> Lines {
    let mut heads = declared(setup, sorted);
    let causes: BTreeSet<usize> = heads.iter().flatten().copied().collect();
    let mut groups: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (at, (_, alert)) in sorted.iter().enumerate().filter(|(at, _)| heads[*at].is_none()) {
        groups.entry(alert.likeness()).or_default().push(at);
    }
    for group in groups.values().filter(|group| group.len() > 10) {
        for at in group.iter().skip(1).filter(|at| !causes.contains(at)) {
            heads[*at] = group.first().copied();
        }
    }
    let id = |at: usize| RowId::Alert(sorted[at].1.id);
    if let Some((pinned, _)) = wanted.pin
        && let Some(at) = (0..sorted.len()).find(|at| id(*at) == *pinned)
        && heads[at].is_some_and(|head| !wanted.unfolded.contains(&id(head)))
    {
        heads[at] = None;
    }
    let mut lines = Vec::new();
    for at in (0..sorted.len()).filter(|at| heads[*at].is_none()) {
        let hidden: Vec<&Alert> = (0..sorted.len()).filter(|i| heads[*i] == Some(at)).map(|i| sorted[i].1).collect();
        if hidden.is_empty() || wanted.unfolded.contains(&id(at)) {
            lines.push((id(at), false, Vec::new()));
            lines.extend(hidden.iter().map(|a| (RowId::Alert(a.id), true, Vec::new())));
        } else {
            let behind: Vec<_> = hidden.iter().map(|a| (a.id, a.version)).collect();
            lines.push((id(at), false, behind.clone()));
            lines.push((RowId::Behind(sorted[at].1.id), true, behind));
        }
    }
    lines
}

/// Behind the last of the causes that have an alert, when that is at least as bad.
fn declared(setup: &Setup, sorted: &[(Rank, &Alert)]) -> Vec<Option<usize>> {
    let canonical = |name: &str| setup.service(name).map(|s| s.name.to_string());
    let first = |name: &str| sorted.iter().position(|(_, a)| canonical(a.service()) == canonical(name));
    let cause = |of: &str| {
        let (start, mut service, mut found) = (canonical(of)?, setup.service(of)?, None);
        for _ in 0..16 {
            let mut known = service.depends_on.iter().filter_map(|d| setup.service(d));
            let Some((next, at)) = known.find_map(|s| Some((s, first(&s.name)?))) else { return found };
            if *next.name == *start {
                return None;
            }
            (service, found) = (next, Some(at));
        }
        None
    };
    let head = |at: usize, alert: &Alert| {
        cause(alert.service()).filter(|head| *head != at && sorted[*head].1.severity >= alert.severity)
    };
    sorted.iter().enumerate().map(|(at, (_, alert))| head(at, alert)).collect()
}
