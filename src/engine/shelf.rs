//! Where every alert of the book stands: shelves in the order in which lists show them, and what of an alert a list asks
//! about without looking at it. A place is read off the alert in [`Standing::of`] and nowhere else, so that what is
//! taken down is always what was put up. Which shelf is which view of the screen is the ui's to say.

use std::collections::{BTreeMap, HashMap};

use crate::domain::alert::{Alert, Phase};
use crate::domain::ids::AlertId;
use crate::domain::severity::Severity;
use crate::domain::text::Clean;
use crate::domain::time::Stamp;

/// Smaller stands higher. A total order per shelf, so rows never swap without a reason.
pub type Rank = [i64; 3];

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Shelf {
    /// Open and acked: worst first, then oldest.
    Now,
    /// Those of them that one person has.
    Of(Clean),
    Acked,
    Snoozed,
    Resolved,
    ToClose,
}

/// All that sorting, counting and folding ask of an alert: ten thousand of these are passed over for every list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Placed {
    pub id: AlertId,
    pub likeness: u64,
    /// The same for alerts of one service, while the book has any of it.
    pub service: u64,
    pub opened_at: Stamp,
    /// What an act on many carries as seen, without a look at each.
    pub version: u32,
    pub severity: Severity,
    pub unacked: bool,
}

/// An alert's places, and all that lists show or fold by: two alike stand alike in every list.
#[derive(PartialEq, Eq, Debug)]
pub struct Standing {
    places: [Option<(Shelf, Rank)>; 3],
    service: Option<Clean>,
    placed: Placed,
}

/// How far from the worst: 0, 1, 2.
pub fn worst(severity: Severity) -> usize {
    match severity {
        Severity::Critical => 0,
        Severity::Warning => 1,
        Severity::Notice => 2,
    }
}

/// In one place by its state; among its owner's and those to close besides.
fn places(alert: &Alert) -> [Option<(Shelf, Rank)>; 3] {
    let id = alert.id.0;
    let now = [worst(alert.severity) as i64, alert.opened_at.0, id];
    let owned = || alert.owner.clone().map(|owner| (Shelf::Of(owner), now));
    match alert.phase {
        Phase::Open => [Some((Shelf::Now, now)), owned(), None],
        Phase::Acked { at, .. } => [Some((Shelf::Now, now)), owned(), Some((Shelf::Acked, [at.0, id, 0]))],
        Phase::Snoozed { until, .. } => [Some((Shelf::Snoozed, [until.0, id, 0])), None, None],
        Phase::Resolved { at, .. } => {
            let owed = alert.to_close().then_some((Shelf::ToClose, [at.0, id, 0]));
            [Some((Shelf::Resolved, [-at.0, -id, 0])), owed, None]
        }
    }
}

impl Standing {
    pub fn of(alert: &Alert) -> Self {
        let placed = Placed {
            id: alert.id,
            likeness: alert.likeness(),
            service: 0,
            opened_at: alert.opened_at,
            version: alert.version,
            severity: alert.severity,
            unacked: alert.unacked(),
        };
        Self { places: places(alert), service: alert.about.service.clone(), placed }
    }
    pub fn rank_on(&self, shelf: &Shelf) -> Option<Rank> {
        self.places.iter().flatten().find(|(on, _)| on == shelf).map(|(_, rank)| *rank)
    }
    fn unresolved(&self) -> bool {
        matches!(self.places, [Some((Shelf::Now | Shelf::Snoozed, _)), ..])
    }
}

#[derive(Clone, Debug, Default)]
pub struct Shelves {
    rows: HashMap<Shelf, BTreeMap<Rank, Placed>>,
    services: HashMap<Clean, Service>,
    /// The number of the last service that came.
    numbered: u64,
}

/// What the book has of one service.
#[derive(Clone, Copy, Debug)]
struct Service {
    number: u64,
    alerts: usize,
    /// By [`worst`].
    unresolved: [usize; 3],
}

impl Shelves {
    pub fn enter(&mut self, standing: &Standing) {
        let service = self.enter_service(standing);
        for (shelf, rank) in standing.places.iter().flatten() {
            let placed = Placed { service, ..standing.placed };
            self.rows.entry(shelf.clone()).or_default().insert(*rank, placed);
        }
    }

    pub fn remove(&mut self, standing: &Standing) {
        for (shelf, rank) in standing.places.iter().flatten() {
            let Some(rows) = self.rows.get_mut(shelf) else { continue };
            rows.remove(rank);
            if rows.is_empty() {
                self.rows.remove(shelf);
            }
        }
        let Some((name, service)) = standing.service.as_ref().and_then(|s| Some((s, self.services.get_mut(s)?))) else {
            return;
        };
        service.alerts -= 1;
        if let Some(n) = service.unresolved.get_mut(worst(standing.placed.severity)).filter(|_| standing.unresolved()) {
            *n -= 1;
        }
        if service.alerts == 0 {
            self.services.remove(name);
        }
    }

    /// The number of its service; 0 for none.
    fn enter_service(&mut self, standing: &Standing) -> u64 {
        let Some(name) = &standing.service else { return 0 };
        let numbered = &mut self.numbered;
        let service = self.services.entry(name.clone()).or_insert_with(|| {
            *numbered += 1;
            Service { number: *numbered, alerts: 0, unresolved: [0; 3] }
        });
        service.alerts += 1;
        if let Some(n) = service.unresolved.get_mut(worst(standing.placed.severity)).filter(|_| standing.unresolved()) {
            *n += 1;
        }
        service.number
    }

    /// In order.
    pub fn on(&self, shelf: &Shelf) -> impl Iterator<Item = (Rank, &Placed)> {
        self.rows.get(shelf).into_iter().flatten().map(|(rank, placed)| (*rank, placed))
    }
    pub fn count(&self, shelf: &Shelf) -> usize {
        self.rows.get(shelf).map_or(0, BTreeMap::len)
    }
    /// An alert that stands somewhere, with its service's number.
    pub fn placed(&self, standing: &Standing) -> Option<&Placed> {
        let (shelf, rank) = standing.places.iter().flatten().next()?;
        self.rows.get(shelf)?.get(rank)
    }
    /// The worst unresolved alert of a service.
    pub fn worst_of(&self, service: &str) -> Option<Severity> {
        let known = self.services.get(service)?;
        Severity::ALL.into_iter().zip(known.unresolved).find(|(_, n)| *n > 0).map(|(severity, _)| severity)
    }
}
