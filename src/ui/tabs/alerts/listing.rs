//! Which alerts stand in which view, in which order. One pass over the book counts every view and fills the one shown;
//! it runs only when the book, the filter or the view has changed.

use std::cmp::Reverse;
use std::sync::Arc;

use super::{ACKED, MINE, MUTED, NOW, RESOLVED, SNOOZED, TO_CLOSE, fold};
use crate::domain::alert::{Alert, Phase};
use crate::domain::severity::Severity;
use crate::ui::list::{Listing, Rank, Row, RowId, Wanted};
use crate::ui::scene::Scene;

const VIEWS: usize = 7;

pub fn rows(scene: &Scene<'_>, wanted: &Wanted<'_>) -> Listing {
    let mut list = Listing { counts: vec![0; VIEWS], ..Listing::default() };
    let mut sieve = wanted.filter.sieve(scene.me(), scene.now());
    let mut found = Vec::new();
    for alert in scene.model.book.iter() {
        let kept = sieve.keeps_alert(alert);
        let pinned = wanted.pin.filter(|(id, _)| *id == RowId::Alert(alert.id)).map(|(_, rank)| *rank);
        let mut here = false;
        for view in views_of(alert, scene.me()).into_iter().flatten() {
            here |= view == wanted.view;
            if let Some(count) = list.counts.get_mut(view).filter(|_| kept) {
                *count += 1;
            }
        }
        if here && !kept {
            list.hidden += 1;
            list.hidden_needing += usize::from(alert.unacked());
        }
        if (here && kept) || pinned.is_some() {
            let rank = rank(alert, wanted.view);
            list.held |= pinned.is_some_and(|old| old != rank || !here || !kept);
            found.push((pinned.unwrap_or(rank), &**alert));
        }
    }
    if wanted.filter.is_empty() {
        raise(&mut list.counts, RESOLVED, scene.model.store.resolved_total);
    }
    let mutes = mutes(scene, wanted);
    raise(&mut list.counts, MUTED, mutes.len());
    if wanted.view == MUTED {
        list.rows = mutes;
        return list;
    }
    found.sort_unstable_by_key(|(rank, _)| *rank);
    list.rows = match wanted.view {
        NOW | MINE => fold::fold(scene, &found, wanted),
        _ => found.iter().map(|(rank, alert)| Row::new(RowId::Alert(alert.id), *rank)).collect(),
    };
    list
}

fn raise(counts: &mut [usize], view: usize, to: usize) {
    if let Some(count) = counts.get_mut(view) {
        *count = (*count).max(to);
    }
}

/// An alert is in one view by its state, and in `mine` besides.
fn views_of(alert: &Alert, me: &str) -> [Option<usize>; 3] {
    let mine = || alert.owner.as_ref().is_some_and(|o| o.as_str() == me).then_some(MINE);
    match alert.phase {
        Phase::Open => [Some(NOW), mine(), None],
        Phase::Acked { .. } => [Some(NOW), Some(ACKED), mine()],
        Phase::Snoozed { .. } => [Some(SNOOZED), None, None],
        Phase::Resolved { .. } => [Some(RESOLVED), alert.to_close().then_some(TO_CLOSE), None],
    }
}

/// Severity as a number that puts the worst first.
pub fn worst(severity: Severity) -> i64 {
    match Reverse(severity) {
        Reverse(Severity::Critical) => 0,
        Reverse(Severity::Warning) => 1,
        Reverse(Severity::Notice) => 2,
    }
}

fn rank(alert: &Alert, view: usize) -> Rank {
    let id = alert.id.0;
    match (&alert.phase, view) {
        (Phase::Acked { at, .. }, ACKED) | (Phase::Resolved { at, .. }, TO_CLOSE) => [at.0, id, 0],
        (Phase::Snoozed { until, .. }, SNOOZED) => [until.0, id, 0],
        (Phase::Resolved { at, .. }, RESOLVED) => [-at.0, -id, 0],
        _ => [worst(alert.severity), alert.opened_at.0, id],
    }
}

fn mutes(scene: &Scene<'_>, wanted: &Wanted<'_>) -> Vec<Row> {
    let mut sieve = wanted.filter.sieve(scene.me(), scene.now());
    let active = scene.model.mutes.iter().filter(|m| m.until > scene.now());
    let kept = active.filter(|m| wanted.filter.is_empty() || sieve.keeps(&m.pattern, &m.pattern, None));
    let mut rows: Vec<Row> = kept.map(|m| Row::new(RowId::Mute(Arc::from(&*m.pattern)), [m.until.0, 0, 0])).collect();
    rows.sort_by_key(|r| r.rank);
    rows
}
