//! Storms: alerts of services that depend on a broken one stand behind it, and a flood of alike ones behind the first.
//! Nothing worse than the head ever hides behind it.

use std::collections::HashMap;
use std::sync::Arc;

use super::listing::worst;
use crate::domain::alert::Alert;
use crate::domain::ids::AlertId;
use crate::domain::setup::Setup;
use crate::ui::list::{Fold, Rank, Row, RowId, Wanted};
use crate::ui::scene::Scene;

/// Alike rows that may stand on their own.
const ALIKE: usize = 10;
/// Longest chain of dependencies followed; a ring ends here too.
const CHAIN: usize = 16;

/// `sorted` is in the order of the list; rows behind another are taken out, or set in when unfolded.
pub fn fold(scene: &Scene<'_>, sorted: &[(Rank, &Alert)], wanted: &Wanted<'_>) -> Vec<Row> {
    let mut heads = heads(&scene.model.setup, sorted);
    // What the cursor is on never slips behind another while somebody looks at it.
    let pinned = wanted.pin.and_then(|(id, _)| sorted.iter().position(|(_, a)| RowId::Alert(a.id) == *id));
    if let Some(slot) = pinned.and_then(|at| heads.get_mut(at)) {
        *slot = None;
    }
    let mut behind: HashMap<usize, Vec<usize>> = HashMap::new();
    for (at, head) in heads.iter().enumerate() {
        if let Some(head) = head {
            behind.entry(*head).or_default().push(at);
        }
    }
    let mut rows = Vec::with_capacity(sorted.len());
    for (at, (rank, alert)) in sorted.iter().enumerate() {
        if heads.get(at).copied().flatten().is_some() {
            continue;
        }
        let mut row = Row::new(RowId::Alert(alert.id), *rank);
        let Some(hidden) = behind.get(&at) else {
            rows.push(row);
            continue;
        };
        let inside = hidden.iter().filter_map(|i| sorted.get(*i));
        if wanted.unfolded.contains(&row.id) {
            rows.push(row);
            rows.extend(inside.map(|(r, a)| Row { inset: true, ..Row::new(RowId::Alert(a.id), *r) }));
        } else {
            row.behind = inside.map(|(_, a)| a.id).collect::<Arc<[AlertId]>>();
            row.fold =
                summary(alert, &hidden.iter().filter_map(|i| sorted.get(*i)).map(|(_, a)| *a).collect::<Vec<_>>());
            let tail = Row { id: RowId::Behind(alert.id), inset: true, ..row.clone() };
            rows.extend([row, tail]);
        }
    }
    rows
}

fn summary(head: &Alert, hidden: &[&Alert]) -> Fold {
    let mut fold = Fold { since: head.opened_at, ..Fold::default() };
    for alert in hidden {
        if let Some(count) = fold.severities.get_mut(worst(alert.severity) as usize) {
            *count += 1;
        }
        fold.unacked += usize::from(alert.unacked());
        fold.since = fold.since.min(alert.opened_at);
        // Alike ones share the title's pattern with their head; dependents come with their own.
        fold.caused |= likeness(alert) != likeness(head);
    }
    fold
}

/// For every row the row it stands behind, if any.
fn heads(setup: &Setup, sorted: &[(Rank, &Alert)]) -> Vec<Option<usize>> {
    let mut heads = declared(setup, sorted);
    let mut groups: HashMap<u64, Vec<usize>> = HashMap::new();
    for (at, (_, alert)) in sorted.iter().enumerate() {
        if heads.get(at).copied().flatten().is_none() {
            groups.entry(likeness(alert)).or_default().push(at);
        }
    }
    let causes: std::collections::HashSet<usize> = heads.iter().flatten().copied().collect();
    for group in groups.values().filter(|g| g.len() > ALIKE) {
        let Some((first, rest)) = group.split_first() else { continue };
        for at in rest.iter().filter(|at| !causes.contains(at)) {
            if let Some(head) = heads.get_mut(*at) {
                *head = Some(*first);
            }
        }
    }
    heads
}

/// Behind the declared cause, when that has an alert at least as bad.
fn declared(setup: &Setup, sorted: &[(Rank, &Alert)]) -> Vec<Option<usize>> {
    let mut heads = vec![None; sorted.len()];
    if setup.services.iter().all(|s| s.depends_on.is_empty()) {
        return heads;
    }
    let mut firsts: HashMap<&str, usize> = HashMap::new();
    for (at, (_, alert)) in sorted.iter().enumerate() {
        firsts.entry(canonical(setup, alert.service())).or_insert(at);
    }
    let mut roots: HashMap<&str, Option<usize>> = HashMap::new();
    for (at, (_, alert)) in sorted.iter().enumerate() {
        let root = *roots.entry(alert.service()).or_insert_with(|| root(setup, &firsts, alert.service()));
        let worse = |head: usize| sorted.get(head).is_some_and(|(_, h)| h.severity >= alert.severity);
        if let (Some(head), Some(slot)) = (root.filter(|head| *head != at && worse(*head)), heads.get_mut(at)) {
            *slot = Some(head);
        }
    }
    heads
}

fn canonical<'a>(setup: &'a Setup, name: &'a str) -> &'a str {
    setup.service(name).map_or(name, |s| &*s.name)
}

/// Follows the dependencies that have alerts themselves, to the last of them.
fn root(setup: &Setup, firsts: &HashMap<&str, usize>, name: &str) -> Option<usize> {
    let mut service = setup.service(name)?;
    let start = service.name.clone();
    let mut found = None;
    for _ in 0..CHAIN {
        let mut causes = service.depends_on.iter().filter_map(|d| setup.service(d));
        let Some((cause, at)) = causes.find_map(|c| firsts.get(&*c.name).map(|at| (c, *at))) else { return found };
        if cause.name == start {
            return None;
        }
        found = Some(at);
        service = cause;
    }
    // A ring has no first cause.
    None
}

/// Equal for alerts whose title differs only in digits and whose services share the word before the first dash or digit.
fn likeness(alert: &Alert) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut step = |b: u8| hash = (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3);
    let service = alert.service().bytes().take_while(|b| !b.is_ascii_digit() && !matches!(b, b'-' | b'_' | b'.'));
    service.for_each(&mut step);
    step(0xff);
    let mut digits = false;
    for b in alert.about.title.as_str().bytes() {
        let digit = b.is_ascii_digit() || (digits && b == b'.');
        if !(digit && digits) {
            step(if digit { b'#' } else { b });
        }
        digits = digit;
    }
    hash
}
