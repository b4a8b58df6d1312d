//! Samples into windows, windows into live rows and rule verdicts, verdicts into reports. Only the lease's holder runs
//! this. It reports what it finds; whether that raises, re-opens or changes an alert is the lifecycle's to decide.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use super::Engine;
use super::reports::{about_rule, over, still};
use super::tracked::Tracked;
use crate::domain::alert::{About, Actor, Alert, Mark, Origin};
use crate::domain::feed::rule_fingerprint;
use crate::domain::ids::{Fingerprint, OpId};
use crate::domain::journal::{Act, Change, Commit, Lane, Report, Said, Target};
use crate::domain::live::{StreamLive, WorkerLive};
use crate::domain::rule::{Figures, Metric, Rule};
use crate::domain::sample::Sample;
use crate::domain::service::{Service, ServiceState};
use crate::domain::text::Clean;
use crate::domain::time::{Now, Stamp};
use crate::engine::event::Effect;

/// An open alert's value is journaled anew at most this often; the live row has it every second.
const REFRESH: Duration = Duration::from_secs(60);
/// Samples that wait for the store before the oldest are dropped, and counted.
const SAMPLES_MAX: usize = 20_000;

/// What the holder keeps in memory; rebuilt from stored samples after a takeover.
#[derive(Debug, Default)]
pub struct Work {
    pub(super) tracked: HashMap<Arc<str>, Tracked>,
    pub(super) samples: Vec<Sample>,
    pub(super) changed: HashSet<Arc<str>>,
    /// A service or a stream is not what it was: more than its figures moved.
    pub(super) turned: bool,
    pub(super) since: Stamp,
    pub(super) live_at: Stamp,
    /// The streams' rows and the worker's own, as they were last written.
    pub(super) said: Option<(Vec<StreamLive>, WorkerLive)>,
    pub(super) kpis: super::kpis::Kpis,
    /// Reports on their way, so that one finding is not committed twice.
    in_flight: HashMap<Fingerprint, OpId>,
    refreshed: HashMap<Fingerprint, Stamp>,
    /// Samples that came before the stored ones; None once those are in.
    early: Option<Vec<Sample>>,
    pub(super) asked_at: Stamp,
    pub(super) slid_at: Stamp,
    pub(super) link_down: bool,
    pub(super) dropped: u64,
    pub(super) watched: super::lists::Watched,
}

impl Work {
    pub(super) fn starting(now: Stamp) -> Self {
        Self { since: now, asked_at: now, slid_at: now, early: Some(Vec::new()), ..Self::default() }
    }
    pub(super) fn ready(&self) -> bool {
        self.early.is_none()
    }
    pub(super) fn settled(&mut self, op: OpId) {
        self.in_flight.retain(|_, o| *o != op);
        self.watched.settled(op);
    }
    pub(super) fn keep(&mut self, sample: Sample) {
        if self.samples.len() >= SAMPLES_MAX {
            self.samples.remove(0);
            self.dropped += 1;
        }
        self.samples.push(sample);
    }
}

/// A service's figures, then what the streams feed.
struct Known<'a> {
    tracked: &'a Tracked,
    gauges: &'a std::collections::BTreeMap<String, (f64, Stamp)>,
}

impl Figures for Known<'_> {
    fn figure(&self, metric: &Metric) -> Option<f64> {
        match metric {
            Metric::TlsDaysLeft => self.tracked.live.cert.map(|(days, _)| days.chain.min(days.leaf)),
            Metric::Named(name) => {
                let own = self.tracked.live.figures.iter().find(|f| f.name.as_str() == name).map(|f| f.value);
                own.or_else(|| self.gauges.get(name).map(|g| g.0))
            }
            _ => None,
        }
    }
}

impl Engine {
    pub(super) fn sample_taken(&mut self, mut sample: Sample, now: Now) -> Vec<Effect> {
        let Some(work) = &mut self.work else { return Vec::new() };
        if let Some(early) = &mut work.early {
            if early.len() < SAMPLES_MAX {
                early.push(sample);
            }
            return Vec::new();
        }
        let Some(service) = self.model.setup.service(&sample.service) else { return Vec::new() };
        sample.service = Arc::clone(&service.name);
        let setup = Arc::clone(&self.model.setup);
        let tracked = work.tracked.entry(Arc::clone(&service.name)).or_insert_with(|| Tracked::new(service, &setup));
        let blind = work.link_down && setup.reference.as_deref() != Some(&*service.name);
        let was = (tracked.live.state, tracked.live.last.as_ref().map(|l| l.outcome));
        tracked.push(&mut sample, blind, &setup);
        work.turned |= was != (tracked.live.state, tracked.live.last.as_ref().map(|l| l.outcome));
        let name = Arc::clone(&service.name);
        work.changed.insert(Arc::clone(&name));
        let is_reference = setup.reference.as_deref() == Some(&*name);
        let up = sample.outcome.up();
        // What was seen over a dead link is no history of the service.
        if !work.link_down || is_reference {
            work.keep(sample);
        }
        if is_reference {
            self.link_changed(!up);
        }
        let effects = self.judge(&name, now);
        self.publish(&name);
        effects
    }

    /// While the reference probe fails, every other result is unknown.
    fn link_changed(&mut self, down: bool) {
        let Some(work) = &mut self.work else { return };
        if std::mem::replace(&mut work.link_down, down) == down {
            return;
        }
        let reference = self.model.setup.reference.clone();
        for (name, tracked) in &mut work.tracked {
            if Some(&**name) != reference.as_deref() {
                tracked.live.state = if down { ServiceState::Unknown } else { tracked.live.state };
                work.turned = true;
                work.changed.insert(Arc::clone(name));
            }
        }
        let names: Vec<_> = work.tracked.keys().cloned().collect();
        for name in names {
            self.publish(&name);
        }
        self.model.worker.live.link_down = down;
    }

    /// The live row the screen reads is the one that is written.
    fn publish(&mut self, name: &str) {
        let Some(tracked) = self.work.as_ref().and_then(|w| w.tracked.get(name)) else { return };
        if let Some(row) = self.model.services.iter_mut().find(|s| s.name == name) {
            *row = Arc::new(tracked.live.clone());
            self.model.moved.services += 1;
        }
    }

    /// Every rule that watches this service, at this moment.
    pub(super) fn judge(&mut self, name: &str, now: Now) -> Vec<Effect> {
        let setup = Arc::clone(&self.model.setup);
        let Some(service) = setup.service(name) else { return Vec::new() };
        let Some(work) = &mut self.work else { return Vec::new() };
        let link_down = work.link_down && setup.reference.as_deref() != Some(name);
        let Some(tracked) = work.tracked.get_mut(name) else { return Vec::new() };
        if link_down {
            return Vec::new();
        }
        let rules: Vec<(usize, &Rule)> =
            setup.rules.iter().enumerate().filter(|(_, r)| r.watches(service) && !setup.is_kpi(&r.metric)).collect();
        let mut why = Vec::with_capacity(rules.len());
        for (index, rule) in &rules {
            let known = Known { tracked, gauges: &self.model.gauges };
            let verdict = rule.judge(&tracked.window, &known, now.wall, setup.k_of_n);
            why.extend(tracked.step(*index, rule, verdict, now.wall));
        }
        tracked.live.why = why;
        let mut families: Vec<&str> = rules.iter().map(|(_, r)| r.metric.family()).collect();
        families.sort_unstable();
        families.dedup();
        families.into_iter().filter_map(|family| self.report_family(service, family, &rules, now)).collect()
    }

    /// One alert per service and family: the worst rule that fires speaks for it.
    fn report_family(&mut self, service: &Service, family: &str, rules: &[(usize, &Rule)], now: Now) -> Option<Effect> {
        let fingerprint = rule_fingerprint(&service.name, family);
        let open = self.model.book.latest(fingerprint).filter(|a| a.unresolved()).cloned();
        let tracked = self.work.as_mut()?.tracked.get_mut(&service.name)?;
        let of_family = rules.iter().filter(|(_, r)| r.metric.family() == family);
        // Of two as severe the one that comes first in the config: its words do not change while both fire.
        let severest = |(i, r): &&(usize, &Rule)| (r.severity, std::cmp::Reverse(*i));
        let worst = of_family.filter(|(i, _)| tracked.firing(*i)).max_by_key(severest).copied();
        let flapping = tracked.family_turned(family, worst.is_some(), now.wall);
        let report = match (worst, &open) {
            (None, None) => return None,
            (None, Some(alert)) if flapping => still(alert, true),
            (None, Some(_)) => over(family),
            (Some((index, rule)), _) => self.firing_report(service, rule, index, flapping),
        };
        self.report(fingerprint, report, open.as_deref(), now)
    }

    fn firing_report(&self, service: &Service, rule: &Rule, index: usize, flapping: bool) -> Report {
        let reading = self.work.as_ref().and_then(|w| w.tracked.get(&service.name)).and_then(|t| t.reading(index));
        let about = about_rule(&service.name, rule, reading.as_ref(), service.procedure.as_deref(), flapping);
        Report {
            origin: Origin::Rule { family: rule.metric.family().to_owned() },
            said: Said::Raised,
            severity: Some(rule.severity),
            about,
            note: Clean::default(),
        }
    }

    /// Commits a report when it says something new; an open alert's value only now and then.
    pub(super) fn report(&mut self, fp: Fingerprint, report: Report, open: Option<&Alert>, now: Now) -> Option<Effect> {
        let op = self.ops.next(now);
        let worker = self.worker_actor();
        let work = self.work.as_mut()?;
        if work.in_flight.contains_key(&fp) {
            return None;
        }
        if let Some(alert) = open
            && report.said == Said::Raised
            && report.severity == Some(alert.severity)
            && report.about.marks == alert.about.marks
        {
            let last = work.refreshed.get(&fp).copied().unwrap_or(alert.opened_at);
            let about = About { previous: alert.about.previous, ..report.about.clone() };
            if now.wall.since(last) < REFRESH || about == alert.about {
                return None;
            }
        }
        work.refreshed.insert(fp, now.wall);
        work.in_flight.insert(fp, op);
        let target = Target::Fingerprint(fp);
        let change = Change { op, actor: worker, at: now.wall, target, seen: None, act: Act::Report(report) };
        Some(Effect::Commit(Commit { lane: Lane::Machine, changes: vec![change], feed: None }))
    }

    pub(super) fn worker_actor(&self) -> Actor {
        let owner = self.model.worker.lease.as_ref().map_or_else(Clean::default, |l| l.owner.clone());
        Actor::Worker(owner)
    }

    /// Rules gone from the config leave their alerts open, marked.
    pub(super) fn mark_removed_rules(&mut self, now: Now) -> Vec<Effect> {
        let setup = Arc::clone(&self.model.setup);
        let orphan = |a: &Alert| match &a.origin {
            Origin::Rule { family } if ![super::timers::NO_DATA, super::limit::FLOODED].contains(&family.as_str()) => {
                let service = setup.service(a.service());
                !setup.rules.iter().any(|r| {
                    r.metric.family() == family && (setup.is_kpi(&r.metric) || service.is_some_and(|s| r.watches(s)))
                })
            }
            _ => false,
        };
        let found: Vec<Arc<Alert>> = self
            .model
            .book
            .iter()
            .filter(|a| a.unresolved() && !a.has(Mark::RuleRemoved) && orphan(a))
            .cloned()
            .collect();
        let mark = |a: &Arc<Alert>| {
            let mut report = still(a, a.has(Mark::Flapping));
            report.about.marks.push(Mark::RuleRemoved);
            (a.fingerprint, report, Arc::clone(a))
        };
        let reports: Vec<_> = found.iter().map(mark).collect();
        reports.into_iter().filter_map(|(fp, report, alert)| self.report(fp, report, Some(&alert), now)).collect()
    }

    pub(super) fn windows_read(
        &mut self,
        samples: Vec<Sample>,
        uptime: Vec<(String, u64, u64)>,
        now: Now,
    ) -> Vec<Effect> {
        let setup = Arc::clone(&self.model.setup);
        let Some(work) = &mut self.work else { return Vec::new() };
        // A second answer to a question asked twice brings nothing that is not known.
        let samples = if work.ready() { Vec::new() } else { samples };
        for mut sample in samples {
            let Some(service) = setup.service(&sample.service) else { continue };
            let new = || Tracked::new(service, &setup);
            let tracked = work.tracked.entry(Arc::clone(&service.name)).or_insert_with(new);
            tracked.push(&mut sample, false, &setup);
        }
        self.uptime_read(uptime);
        let Some(work) = &mut self.work else { return Vec::new() };
        // Alerts that are open keep firing until their rules clear: a takeover is no reason to resolve.
        for (name, tracked) in &mut work.tracked {
            for (index, rule) in setup.rules.iter().enumerate() {
                let fp = rule_fingerprint(name, rule.metric.family());
                let open = self.model.book.latest(fp).filter(|a| a.unresolved() && a.severity >= rule.severity);
                tracked.start_hold(index, open.is_some());
            }
        }
        let names: Vec<_> = work.tracked.keys().cloned().collect();
        for name in &names {
            self.publish(name);
        }
        let early = self.work.as_mut().and_then(|w| w.early.take()).unwrap_or_default();
        let mut effects = self.mark_removed_rules(now);
        effects.extend(early.into_iter().flat_map(|s| self.sample_taken(s, now)).collect::<Vec<_>>());
        effects
    }

    /// Up and down milliseconds over the last 30 days, per service.
    pub(super) fn uptime_read(&mut self, uptime: Vec<(String, u64, u64)>) {
        let setup = Arc::clone(&self.model.setup);
        let Some(work) = &mut self.work else { return };
        for (name, up, down) in uptime {
            let Some(service) = setup.service(&name) else { continue };
            let new = || Tracked::new(service, &setup);
            work.tracked.entry(Arc::clone(&service.name)).or_insert_with(new).set_uptime(up, down);
        }
    }

    pub(super) fn probe_skipped(&mut self, service: &str) {
        let Some(tracked) = self.work.as_mut().and_then(|w| w.tracked.get_mut(service)) else { return };
        tracked.live.notes.skipped += 1;
        self.publish(service);
    }
}
