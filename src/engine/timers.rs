//! What time alone does: acks that end, snoozes that wake, services that fall silent, rows that are written. Driven by
//! a tick; no deadline sleeps anywhere.

use std::time::Duration;

use super::Engine;
use super::event::Effect;
use super::reports::no_data_report;
use crate::domain::feed::rule_fingerprint;
use crate::domain::journal::{Change, Commit, Lane, Report, Said, Target};
use crate::domain::lifecycle;
use crate::domain::live::{LiveSet, WorkerLive};
use crate::domain::outbox::{OutboxRow, OutboxState};
use crate::domain::time::{Now, Stamp};

/// The metric family of "no data", which no rule has to name.
pub const NO_DATA: &str = "no-data";
/// A service or a stream that turned is written within the next tick; mere figures wait for the fastest probe, and at
/// most so long: every write wakes a disk and whoever reads along.
const LIVE_MIN: Duration = Duration::from_millis(950);
const LIVE_MAX: Duration = Duration::from_millis(4950);
/// Stored samples that did not come are asked for again after this.
const ASK_AGAIN: Duration = Duration::from_secs(5);
/// The span of uptime is moved along this often.
const SLIDE: Duration = Duration::from_secs(3600);
/// Longer than a claim stands in the store.
const CLAIM_LAPSED: Duration = Duration::from_secs(65);

impl Engine {
    pub(super) fn ticked(&mut self, now: Now) -> Vec<Effect> {
        let mut effects = self.retry_failed();
        if self.work.is_none() {
            return effects;
        }
        effects.extend(self.ask_windows(now));
        effects.extend(self.ask_uptime(now));
        effects.extend(self.retry_feeds());
        effects.extend(self.due_acts(now));
        effects.extend(self.silent_services(now));
        effects.extend(self.room_again(now));
        effects.extend(self.judge_kpis(now));
        effects.extend(self.work_lists(now));
        effects.extend(self.write_rows(now));
        effects.extend(self.due_pages(now));
        effects
    }

    /// Nothing is judged before the stored samples are back: an open alert must not clear for want of a past.
    fn ask_windows(&mut self, now: Now) -> Option<Effect> {
        let work = self.work.as_mut()?;
        if work.ready() || now.wall.since(work.asked_at) < ASK_AGAIN {
            return None;
        }
        work.asked_at = now.wall;
        Some(Effect::ReadWindows)
    }

    /// Uptime is over the last 30 days, and days pass: what has slid out is for the store to say.
    fn ask_uptime(&mut self, now: Now) -> Option<Effect> {
        let work = self.work.as_mut()?;
        if !work.ready() || now.wall.since(work.slid_at) < SLIDE {
            return None;
        }
        work.slid_at = now.wall;
        Some(Effect::ReadUptime)
    }

    fn due_acts(&mut self, now: Now) -> Option<Effect> {
        let due: Vec<_> =
            self.model.book.due(now.wall).filter_map(|a| Some((a.id, lifecycle::due_act(a, now.wall)?))).collect();
        let actor = self.worker_actor();
        let changes: Vec<Change> = due
            .into_iter()
            .filter(|(id, _)| !self.timers.contains_key(id))
            .collect::<Vec<_>>()
            .into_iter()
            .map(|(id, act)| {
                let op = self.ops.next(now);
                self.timers.insert(id, op);
                Change { op, actor: actor.clone(), at: now.wall, target: Target::Alert(id), seen: None, act }
            })
            .collect();
        (!changes.is_empty()).then_some(Effect::Commit(Commit { lane: Lane::Machine, changes, feed: None }))
    }

    /// No sample for so long: one warning per service, none while our own link is down.
    fn silent_services(&mut self, now: Now) -> Vec<Effect> {
        let span = self.model.setup.spans.no_data;
        let Some(work) = &self.work else { return Vec::new() };
        let (since, link_down) = (work.since, work.link_down);
        let look = |s: &crate::domain::live::ServiceLive| {
            let last = s.last.as_ref().map_or(since, |l| l.at.max(since));
            let silent = now.wall.since(last) > span.max(Duration::from_millis(s.interval_ms) * 2);
            let fp = rule_fingerprint(&s.name, NO_DATA);
            let open = self.model.book.latest(fp).filter(|a| a.unresolved()).cloned();
            match (silent, open) {
                (true, None) if !link_down => Some((fp, no_data_report(&s.name, last, span), None)),
                (false, Some(alert)) if s.last.as_ref().is_some_and(|l| l.at > alert.opened_at) => {
                    let over = Report {
                        said: Said::Resolved,
                        note: "samples arrive again".into(),
                        ..no_data_report(&s.name, last, span)
                    };
                    Some((fp, over, Some(alert)))
                }
                _ => None,
            }
        };
        let found: Vec<_> = self.model.services.iter().filter_map(|s| look(s)).collect();
        found.into_iter().filter_map(|(fp, report, open)| self.report(fp, report, open.as_deref(), now)).collect()
    }

    fn write_rows(&mut self, now: Now) -> Option<Effect> {
        let pace = self.pace();
        let work = self.work.as_mut()?;
        let waited = now.wall.since(work.live_at);
        let due = waited >= pace || (work.turned && waited >= LIVE_MIN) || work.live_at > now.wall;
        if !due {
            return None;
        }
        (work.live_at, work.turned) = (now.wall, false);
        let samples = std::mem::take(&mut work.samples);
        let changed = std::mem::take(&mut work.changed);
        let services: Vec<_> =
            self.model.services.iter().filter(|s| changed.contains(s.name.as_str())).cloned().collect();
        self.model.worker.live = WorkerLive {
            rules: self.model.setup.rules.len() as u32,
            link_down: work.link_down,
            dropped: work.dropped,
            ..self.model.worker.live.clone()
        };
        let said = (self.model.streams.clone(), self.model.worker.live.clone());
        // What is the same as it was needs no write: nobody learns from it, and a disk may sleep.
        let evidence = std::mem::take(&mut work.watched.rows);
        if services.is_empty() && samples.is_empty() && evidence.is_empty() && work.said.as_ref() == Some(&said) {
            return None;
        }
        work.said = Some(said.clone());
        let (streams, worker) = said;
        let live = LiveSet { services, streams, gauges: Vec::new(), worker: Some(worker), evidence };
        Some(Effect::SaveWatched { samples, live })
    }

    /// How often figures are written: a reader must not take a service for stale whose probe was on time.
    fn pace(&self) -> Duration {
        let fastest = self.model.services.iter().map(|s| s.interval_ms).min().unwrap_or(u64::MAX);
        Duration::from_millis(fastest / 2).clamp(LIVE_MIN, LIVE_MAX)
    }

    /// A claim that lapsed is due again: its sender may have died with it.
    fn due_pages(&mut self, now: Now) -> Option<Effect> {
        let waits = |r: &OutboxRow| match r.state {
            OutboxState::Pending => r.next_at <= now.wall,
            OutboxState::Claimed => now.wall.since(r.next_at) > CLAIM_LAPSED,
            _ => false,
        };
        if self.delivering || !self.model.outbox.iter().any(waits) {
            return None;
        }
        self.delivering = true;
        Some(Effect::DeliverDue)
    }

    /// When time alone will change something here, so that an idle console can sleep until then.
    pub fn next_due(&self) -> Option<Stamp> {
        let page = |r: &&OutboxRow| r.state == OutboxState::Pending && self.work.is_some();
        let pages = self.model.outbox.iter().filter(page).map(|r| r.next_at).min();
        [self.model.book.next_due(), pages].into_iter().flatten().min()
    }
}
