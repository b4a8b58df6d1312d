//! Which alerts stand in which view. The book keeps them sorted and counted on its shelves; here they are passed over
//! once, when something has changed, to leave out what a filter hides and to fold. A filter costs a look at every alert.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::{ACKED, MINE, MUTED, NOW, RESOLVED, SNOOZED, TO_CLOSE, fold};
use crate::domain::alert::Mute;
use crate::domain::ids::AlertId;
use crate::domain::text::Clean;
use crate::domain::time::Stamp;
use crate::engine::shelf::{Placed, Rank, Shelf, Standing};
use crate::ui::list::{Listing, Row, RowId, Version, Wanted};
use crate::ui::scene::Scene;

const VIEWS: usize = 7;
const MINUTE: i64 = 60_000;

/// Everything the rows and counts are made of, besides what the operator set.
pub fn version(scene: &Scene<'_>) -> Version {
    let mut mutes = DefaultHasher::new();
    for mute in active(scene) {
        (&mute.pattern, mute.until).hash(&mut mutes);
    }
    let store = &scene.model.store;
    [scene.model.book.shape, moment(scene).0.cast_unsigned(), mutes.finish(), store.resolved_total as u64]
}

/// Lists look at the time by the minute.
fn moment(scene: &Scene<'_>) -> Stamp {
    Stamp(scene.now().0 - scene.now().0.rem_euclid(MINUTE))
}

/// The shelf a view shows; mutes are not alerts.
fn shelf(view: usize, me: &Clean) -> Option<Shelf> {
    Some(match view {
        NOW => Shelf::Now,
        MINE => Shelf::Of(me.clone()),
        ACKED => Shelf::Acked,
        SNOOZED => Shelf::Snoozed,
        RESOLVED => Shelf::Resolved,
        TO_CLOSE => Shelf::ToClose,
        _ => return None,
    })
}

pub fn rows(scene: &Scene<'_>, wanted: &Wanted<'_>) -> Listing {
    let kept = kept(scene, wanted);
    let mut list = Listing { counts: counts(scene, kept.as_ref()), ..Listing::default() };
    let mutes = mutes(scene, wanted);
    if let Some(count) = list.counts.get_mut(MUTED) {
        *count = mutes.len();
    }
    let Some(shelf) = shelf(wanted.view, &scene.live.me.name) else {
        return Listing { rows: mutes, ..list };
    };
    let shelves = scene.model.book.shelves();
    let mut found: Vec<(Rank, &Placed)> = Vec::with_capacity(shelves.count(&shelf) + 1);
    for (rank, placed) in shelves.on(&shelf) {
        if kept.as_ref().is_none_or(|kept| kept.contains(&placed.id)) {
            found.push((rank, placed));
        } else {
            list.hidden += 1;
            list.hidden_needing += usize::from(placed.unacked);
        }
    }
    list.held = hold(scene, wanted, &shelf, &mut found);
    match wanted.view {
        NOW | MINE => list.held |= fold::fold(scene, &found, wanted, &mut list.rows),
        _ => list.rows.extend(found.iter().map(|(rank, placed)| Row::new(RowId::Alert(placed.id), *rank))),
    }
    list
}

/// What the filter lets through; None when there is none.
fn kept(scene: &Scene<'_>, wanted: &Wanted<'_>) -> Option<HashSet<AlertId>> {
    if wanted.filter.is_empty() {
        return None;
    }
    let mut sieve = wanted.filter.sieve(scene.me(), moment(scene));
    Some(scene.model.book.iter().filter(|a| sieve.keeps_alert(a)).map(|a| a.id).collect())
}

/// Of every view, under the filter.
fn counts(scene: &Scene<'_>, kept: Option<&HashSet<AlertId>>) -> Vec<usize> {
    let shelves = scene.model.book.shelves();
    let count = |shelf: Shelf| match kept {
        None => shelves.count(&shelf),
        Some(kept) => shelves.on(&shelf).filter(|(_, placed)| kept.contains(&placed.id)).count(),
    };
    let me = &scene.live.me.name;
    let mut counts: Vec<usize> = (0..VIEWS).map(|view| shelf(view, me).map_or(0, count)).collect();
    // The book has only the latest; how many there are the store knows.
    if let Some(resolved) = counts.get_mut(RESOLVED).filter(|_| kept.is_none()) {
        *resolved = (*resolved).max(scene.model.store.resolved_total);
    }
    counts
}

/// Keeps the row under the cursor where it was, listed or not; true when it would stand elsewhere.
fn hold<'a>(scene: &Scene<'a>, wanted: &Wanted<'_>, shelf: &Shelf, found: &mut Vec<(Rank, &'a Placed)>) -> bool {
    let Some((RowId::Alert(id), pinned)) = wanted.pin else { return false };
    let Some(alert) = scene.model.book.get(*id) else { return false };
    let standing = Standing::of(alert);
    let at = standing.rank_on(shelf).and_then(|rank| found.binary_search_by_key(&rank, |(rank, _)| *rank).ok());
    let Some(placed) = scene.model.book.shelves().placed(&standing) else { return false };
    if at.and_then(|at| found.get(at)).is_some_and(|(rank, _)| rank == pinned) {
        return false;
    }
    if let Some(at) = at {
        found.remove(at);
    }
    let before = found.partition_point(|(rank, _)| rank < pinned);
    found.insert(before, (*pinned, placed));
    true
}

fn active<'a>(scene: &Scene<'a>) -> impl Iterator<Item = &'a Mute> {
    let now = scene.now();
    scene.model.mutes.iter().filter(move |m| m.until > now)
}

fn mutes(scene: &Scene<'_>, wanted: &Wanted<'_>) -> Vec<Row> {
    let mut sieve = wanted.filter.sieve(scene.me(), moment(scene));
    let kept = active(scene).filter(|m| wanted.filter.is_empty() || sieve.keeps(&m.pattern, &m.pattern, None));
    let mut rows: Vec<Row> = kept.map(|m| Row::new(RowId::Mute(Arc::from(&*m.pattern)), [m.until.0, 0, 0])).collect();
    rows.sort_by_key(|r| r.rank);
    rows
}
