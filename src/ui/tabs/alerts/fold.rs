//! Storms: alerts of services that depend on a broken one stand behind it, and a flood of alike ones behind the first.
//! Nothing worse than the head ever hides behind it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::domain::service::Service;
use crate::domain::setup::Setup;
use crate::engine::shelf::{Placed, Rank, worst};
use crate::ui::list::{Folded, Row, RowId, Wanted};
use crate::ui::scene::Scene;

/// Alike rows that may stand on their own.
const ALIKE: usize = 10;
/// Longest chain of dependencies followed; a ring ends here too.
const CHAIN: usize = 16;

type Sorted<'a> = [(Rank, &'a Placed)];

/// For every row the row it stands behind, if any.
struct Heads(Vec<Option<usize>>);

impl Heads {
    fn of(&self, at: usize) -> Option<usize> {
        self.0.get(at).copied().flatten()
    }
    fn set(&mut self, at: usize, head: Option<usize>) {
        if let Some(slot) = self.0.get_mut(at) {
            *slot = head;
        }
    }
}

/// `sorted` is in the order of the list; rows behind another are left out, or set in when unfolded. True when the row
/// under the cursor would be behind another, were the cursor not on it.
pub fn fold(scene: &Scene<'_>, sorted: &Sorted<'_>, wanted: &Wanted<'_>, rows: &mut Vec<Row>) -> bool {
    let mut heads = Heads(vec![None; sorted.len()]);
    declared(scene, sorted, &mut heads);
    alike(sorted, &mut heads);
    let held = spare(sorted, wanted, &mut heads);
    let mut behind: HashMap<usize, Vec<(Rank, &Placed)>> = HashMap::new();
    for (at, row) in sorted.iter().enumerate() {
        if let Some(head) = heads.of(at) {
            behind.entry(head).or_default().push(*row);
        }
    }
    rows.reserve(sorted.len());
    for (at, (rank, placed)) in sorted.iter().enumerate() {
        if heads.of(at).is_some() {
            continue;
        }
        let row = Row::new(RowId::Alert(placed.id), *rank);
        match behind.get(&at) {
            None => rows.push(row),
            Some(hidden) if wanted.unfolded.contains(&row.id) => {
                rows.push(row);
                rows.extend(hidden.iter().map(|(r, p)| Row { inset: true, ..Row::new(RowId::Alert(p.id), *r) }));
            }
            Some(hidden) => {
                let row = Row { folded: Some(Arc::new(folded(placed, hidden))), ..row };
                let tail = Row { id: RowId::Behind(placed.id), inset: true, ..row.clone() };
                rows.extend([row, tail]);
            }
        }
    }
    held
}

fn folded(head: &Placed, hidden: &Sorted<'_>) -> Folded {
    let mut folded = Folded { since: head.opened_at, ..Folded::default() };
    for (_, alert) in hidden {
        folded.alerts.push((alert.id, alert.version));
        if let Some(count) = folded.severities.get_mut(worst(alert.severity)) {
            *count += 1;
        }
        folded.unacked += usize::from(alert.unacked);
        folded.since = folded.since.min(alert.opened_at);
        // Alike ones share the title's pattern with their head; dependents come with their own.
        folded.caused |= alert.likeness != head.likeness;
    }
    folded
}

/// What the cursor is on never slips behind another while somebody looks at it; set in under an open one it may stay.
fn spare(sorted: &Sorted<'_>, wanted: &Wanted<'_>, heads: &mut Heads) -> bool {
    let Some((RowId::Alert(id), rank)) = wanted.pin else { return false };
    let Ok(at) = sorted.binary_search_by_key(rank, |(rank, _)| *rank) else { return false };
    let pinned = sorted.get(at).is_some_and(|(_, placed)| placed.id == *id);
    let Some((_, head)) = heads.of(at).and_then(|head| sorted.get(head)).filter(|_| pinned) else { return false };
    if wanted.unfolded.contains(&RowId::Alert(head.id)) {
        return false;
    }
    heads.set(at, None);
    true
}

/// Behind the first of many alike ones, whatever is neither behind nor before another already.
fn alike(sorted: &Sorted<'_>, heads: &mut Heads) {
    let mut groups: HashMap<u64, (usize, usize)> = HashMap::with_capacity(sorted.len());
    for (at, (_, alert)) in sorted.iter().enumerate() {
        if heads.of(at).is_none() {
            groups.entry(alert.likeness).or_insert((at, 0)).1 += 1;
        }
    }
    groups.retain(|_, (_, n)| *n > ALIKE);
    if groups.is_empty() {
        return;
    }
    let causes: HashSet<usize> = heads.0.iter().flatten().copied().collect();
    for (at, (_, alert)) in sorted.iter().enumerate() {
        let first = groups.get(&alert.likeness).map(|(first, _)| *first);
        if first != Some(at) && heads.of(at).is_none() && !causes.contains(&at) {
            heads.set(at, first);
        }
    }
}

/// A service of the list: where its first alert stands, and the cause it stands behind.
struct Concerned<'a> {
    known: Option<&'a Service>,
    first: usize,
    cause: Option<usize>,
}

/// Behind the declared cause, when that has an alert at least as bad. Names are looked up once per service.
fn declared(scene: &Scene<'_>, sorted: &Sorted<'_>, heads: &mut Heads) {
    let setup = &scene.model.setup;
    if setup.services.iter().all(|s| s.depends_on.is_empty()) {
        return;
    }
    let estate = Estate::of(setup);
    let mut concerned: HashMap<u64, Concerned<'_>> = HashMap::new();
    for (at, (_, placed)) in sorted.iter().enumerate() {
        concerned.entry(placed.service).or_insert_with(|| {
            let name = scene.model.book.get(placed.id).map_or("", |a| a.service());
            Concerned { known: estate.service(name), first: at, cause: None }
        });
    }
    let mut firsts: HashMap<&str, usize> = HashMap::new();
    for (service, first) in concerned.values().filter_map(|c| Some((c.known?, c.first))) {
        let slot = firsts.entry(&*service.name).or_insert(first);
        *slot = first.min(*slot);
    }
    for one in concerned.values_mut() {
        one.cause = one.known.and_then(|service| estate.root(&firsts, service));
    }
    for (at, (_, placed)) in sorted.iter().enumerate() {
        let cause = concerned.get(&placed.service).and_then(|c| c.cause);
        let as_bad = |head: usize| sorted.get(head).is_some_and(|(_, h)| h.severity >= placed.severity);
        if let Some(head) = cause.filter(|head| *head != at && as_bad(*head)) {
            heads.set(at, Some(head));
        }
    }
}

/// The configured services by every name they have.
struct Estate<'a>(HashMap<&'a str, &'a Service>);

impl<'a> Estate<'a> {
    fn of(setup: &'a Setup) -> Self {
        // Of two with one name the first counts, as everywhere else.
        Self(setup.services.iter().rev().flat_map(|s| s.names().map(move |name| (name, s))).collect())
    }
    fn service(&self, name: &str) -> Option<&'a Service> {
        self.0.get(name).copied()
    }

    /// Follows the dependencies that have alerts themselves, to the last of them.
    fn root(&self, firsts: &HashMap<&str, usize>, of: &Service) -> Option<usize> {
        let mut service = of;
        let mut found = None;
        for _ in 0..CHAIN {
            let mut causes = service.depends_on.iter().filter_map(|d| self.service(d));
            let Some((cause, at)) = causes.find_map(|c| firsts.get(&*c.name).map(|at| (c, *at))) else { return found };
            if cause.name == of.name {
                return None;
            }
            found = Some(at);
            service = cause;
        }
        // A ring has no first cause.
        None
    }
}
