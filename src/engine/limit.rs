//! How many alerts may be open. A feed that never resolves, or invents a key per event, must not fill memory and screen
//! until nobody can find anything: past the limit its new alerts are counted instead of raised, and one alert says so.

use super::Engine;
use super::event::Effect;
use super::shelf::Shelf;
use crate::domain::alert::{About, Alert, Origin};
use crate::domain::feed::rule_fingerprint;
use crate::domain::ids::{Fingerprint, Labels};
use crate::domain::journal::{Report, Said};
use crate::domain::severity::Severity;
use crate::domain::time::Now;

/// Unresolved alerts past which streams open no further ones. Rules are not held back: the config bounds them.
pub const OPEN_MAX: usize = 20_000;
/// There is room again below this.
const ROOM_AT: usize = OPEN_MAX / 10 * 9;
/// The metric family of the alert that says so, which no rule has to name.
pub const FLOODED: &str = "open-alerts";

impl Engine {
    /// Of a batch's reports, those that may be committed; how many were left out.
    pub(super) fn with_room(&self, reports: &mut Vec<(Fingerprint, Report)>) -> u64 {
        let mut room = OPEN_MAX.saturating_sub(self.open_alerts());
        let before = reports.len();
        reports.retain(|(fp, report)| {
            let known = report.said == Said::Resolved || self.model.book.latest(*fp).is_some_and(|a| a.unresolved());
            if !known && room == 0 {
                return false;
            }
            room -= usize::from(!known);
            true
        });
        (before - reports.len()) as u64
    }

    fn open_alerts(&self) -> usize {
        let shelves = self.model.book.shelves();
        shelves.count(&Shelf::Now) + shelves.count(&Shelf::Snoozed)
    }

    /// Says that a stream's alerts were left out.
    pub(super) fn flooded(&mut self, stream: &str, now: Now) -> Option<Effect> {
        let fp = rule_fingerprint(stream, FLOODED);
        let open = self.model.book.latest(fp).filter(|a| a.unresolved()).cloned();
        self.report(fp, flood_report(stream, Said::Raised), open.as_deref(), now)
    }

    /// Takes that back once there is room.
    pub(super) fn room_again(&mut self, now: Now) -> Vec<Effect> {
        if self.open_alerts() >= ROOM_AT {
            return Vec::new();
        }
        let streams: Vec<String> = self.model.streams.iter().map(|s| s.name.clone()).collect();
        let over = |stream: String| {
            let fp = rule_fingerprint(&stream, FLOODED);
            let open: Alert = self.model.book.latest(fp).filter(|a| a.unresolved()).map(|a| (**a).clone())?;
            self.report(fp, flood_report(&stream, Said::Resolved), Some(&open), now)
        };
        streams.into_iter().filter_map(over).collect()
    }
}

fn flood_report(stream: &str, said: Said) -> Report {
    let labels = [("metric", FLOODED), ("service", stream), ("source", "stream")];
    let labels: Labels = labels.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Report {
        origin: Origin::Rule { family: FLOODED.to_owned() },
        said,
        severity: (said == Said::Raised).then_some(Severity::Critical),
        about: About {
            title: format!("over {OPEN_MAX} alerts are open: new ones of this stream are counted, not raised").into(),
            service: Some(stream.into()),
            metric: FLOODED.into(),
            labels: labels.into(),
            ..About::default()
        },
        note: if said == Said::Raised { "" } else { "there is room again; the next event raises again" }.into(),
    }
}
