//! The alerts a console knows, with the indexes and counts that every frame and every event asks for. Changing one alert
//! costs a few map operations however many there are; nothing is re-counted to draw.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::domain::alert::{Alert, Phase};
use crate::domain::ids::{AlertId, Fingerprint};
use crate::domain::journal::Entry;
use crate::domain::lifecycle;
use crate::domain::severity::Severity;
use crate::domain::time::Stamp;

use super::shelf::{Shelves, Standing};

/// Resolved alerts kept in memory for the `resolved` view; older ones are in the store.
pub const RESOLVED_KEPT: usize = 500;

#[derive(Clone, Debug, Default)]
pub struct Book {
    alerts: BTreeMap<AlertId, Arc<Alert>>,
    latest: HashMap<Fingerprint, AlertId>,
    due: BTreeSet<(Stamp, AlertId)>,
    resolved: BTreeSet<(Stamp, AlertId)>,
    shelves: Shelves,
    pub counts: Counts,
    /// Rises with every change.
    pub revision: u64,
    /// Rises with every change of the shelves: a list is built anew only then, not for every new value.
    pub shape: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    pub open: usize,
    pub acked: usize,
    pub snoozed: usize,
    pub resolved: usize,
    pub to_close: usize,
    /// Of the open and acked ones.
    pub critical: usize,
    pub warning: usize,
    pub notice: usize,
    pub unacked_critical: usize,
}

impl Book {
    pub fn get(&self, id: AlertId) -> Option<&Arc<Alert>> {
        self.alerts.get(&id)
    }
    pub fn latest(&self, fingerprint: Fingerprint) -> Option<&Arc<Alert>> {
        self.latest.get(&fingerprint).and_then(|id| self.alerts.get(id))
    }
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<Alert>> {
        self.alerts.values()
    }
    /// The alerts in the order of lists.
    pub fn shelves(&self) -> &Shelves {
        &self.shelves
    }
    pub fn next_due(&self) -> Option<Stamp> {
        self.due.first().map(|(at, _)| *at)
    }
    /// Alerts on which time acts at `now`.
    pub fn due(&self, now: Stamp) -> impl Iterator<Item = &Arc<Alert>> {
        self.due.iter().take_while(move |(at, _)| *at <= now).filter_map(|(_, id)| self.alerts.get(id))
    }

    /// Applies an entry; the alert as it is afterwards, if the entry concerned one that is known.
    pub fn apply(&mut self, entry: &Entry) -> Option<Arc<Alert>> {
        let before = entry.alert.and_then(|id| self.alerts.get(&id));
        let after = Arc::new(lifecycle::apply(before.map(|a| &**a), entry)?);
        self.put(Arc::clone(&after));
        Some(after)
    }

    pub fn put(&mut self, alert: Arc<Alert>) {
        self.revision += 1;
        let newest = self.latest.entry(alert.fingerprint).or_insert(alert.id);
        *newest = (*newest).max(alert.id);
        let before = self.alerts.get(&alert.id).cloned();
        if let Some(before) = &before {
            self.tally(before, false);
        }
        self.tally(&alert, true);
        self.stand(before.as_deref(), Some(&*alert));
        self.alerts.insert(alert.id, alert);
        self.forget_old();
    }

    /// Starts from these alone. The numbers rise on: what was drawn of the old ones never passes for the new.
    pub fn reload(&mut self, alerts: Vec<Alert>) {
        *self = Self { revision: self.revision, shape: self.shape + 1, ..Self::default() };
        for alert in alerts {
            self.put(Arc::new(alert));
        }
    }

    /// Moves one alert on the shelves, if it stands elsewhere than before.
    fn stand(&mut self, before: Option<&Alert>, after: Option<&Alert>) {
        let (before, after) = (before.map(Standing::of), after.map(Standing::of));
        if before == after {
            return;
        }
        self.shape += 1;
        if let Some(standing) = before {
            self.shelves.remove(&standing);
        }
        if let Some(standing) = after {
            self.shelves.enter(&standing);
        }
    }

    fn forget_old(&mut self) {
        while self.resolved.len() > RESOLVED_KEPT {
            let Some((_, id)) = self.resolved.first().copied() else { return };
            let Some(old) = self.alerts.remove(&id) else { return };
            self.tally(&old, false);
            self.stand(Some(&*old), None);
            if self.latest.get(&old.fingerprint) == Some(&id) {
                self.latest.remove(&old.fingerprint);
            }
        }
    }

    /// Enters or removes one alert in every index and count.
    fn tally(&mut self, alert: &Alert, enter: bool) {
        let step = |count: &mut usize| *count = if enter { *count + 1 } else { count.saturating_sub(1) };
        let c = &mut self.counts;
        match &alert.phase {
            Phase::Open => step(&mut c.open),
            Phase::Acked { .. } => step(&mut c.acked),
            Phase::Snoozed { .. } => step(&mut c.snoozed),
            Phase::Resolved { .. } => step(&mut c.resolved),
        }
        if alert.to_close() {
            step(&mut c.to_close);
        }
        if matches!(alert.phase, Phase::Open | Phase::Acked { .. }) {
            step(match alert.severity {
                Severity::Critical => &mut c.critical,
                Severity::Warning => &mut c.warning,
                Severity::Notice => &mut c.notice,
            });
            if alert.unacked() && alert.severity == Severity::Critical {
                step(&mut c.unacked_critical);
            }
        }
        if let Some(due) = alert.next_due() {
            if enter {
                self.due.insert((due, alert.id))
            } else {
                self.due.remove(&(due, alert.id))
            };
        }
        // Those to close stay whatever their age: somebody still owes them a word.
        if let Phase::Resolved { at, .. } = alert.phase
            && !alert.to_close()
        {
            if enter {
                self.resolved.insert((at, alert.id))
            } else {
                self.resolved.remove(&(at, alert.id))
            };
        }
    }
}
