//! One service as the holder follows it: its window, its holds, and the live row made of them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::hold::{Flaps, Hold};
use crate::domain::live::{
    Bucket, LastProbe, LatencyLive, SPARK_LEN, SPARK_STEP, ServiceLive, SuccessLive, Uptime, Why,
};
use crate::domain::rule::{Form, Metric, Reading, Rule, Verdict, number, percent};
use crate::domain::sample::{Observed, Sample};
use crate::domain::service::{Service, ServiceState};
use crate::domain::setup::Setup;
use crate::domain::time::{Stamp, ms, short};
use crate::domain::window::{RATIO_FLOOR, Window};

const UPTIME_SPAN: Duration = Duration::from_secs(30 * 86_400);
/// A figure that stays the same so long is marked: simulated monitors exist.
const NEVER_VARIES: Duration = Duration::from_secs(86_400);

#[derive(Debug)]
pub struct Tracked {
    pub window: Window,
    pub live: ServiceLive,
    /// Whether each metric family fires, and how often that changed lately.
    families: HashMap<String, (bool, Flaps)>,
    holds: HashMap<usize, (Hold, Option<Stamp>)>,
    varied: HashMap<String, (f64, Stamp)>,
    last_up: Option<(Stamp, bool)>,
    keep: Duration,
}

impl Tracked {
    pub fn new(service: &Service, setup: &Arc<Setup>) -> Self {
        let interval_ms = u64::try_from(service.interval.as_millis()).unwrap_or(u64::MAX);
        let mut live = ServiceLive { name: service.name.to_string(), interval_ms, ..ServiceLive::default() };
        live.uptime.span_ms = u64::try_from(ms(UPTIME_SPAN)).unwrap_or(0);
        Self {
            window: Window::default(),
            live,
            families: HashMap::new(),
            holds: HashMap::new(),
            varied: HashMap::new(),
            last_up: None,
            keep: setup.longest_window(),
        }
    }

    /// Takes in a sample, writes into it how much time it accounts for, and renews the live row.
    pub fn push(&mut self, sample: &mut Sample, link_down: bool, setup: &Setup) {
        let now = sample.at;
        if self.live.last.as_ref().is_some_and(|last| now <= last.at) {
            return;
        }
        if link_down {
            return self.unjudged(sample);
        }
        sample.observed = self.observe(sample);
        self.window.push(sample);
        self.window.forget_before(now - self.keep.max(SPARK_STEP * SPARK_LEN as u32));
        self.bucket(sample);
        let live = &mut self.live;
        live.state = ServiceState::from_outcome(sample.outcome);
        live.uptime.up_ms += u64::from(sample.observed.up_ms);
        live.uptime.down_ms += u64::from(sample.observed.down_ms);
        live.last = Some(LastProbe {
            at: now,
            outcome: sample.outcome,
            fail: sample.fail,
            total_us: sample.total_us,
            phases: sample.phases,
            detail: sample.detail.clone(),
        });
        if let Some(days) = sample.cert {
            live.cert = Some((days, now));
        }
        if sample.late_ms > 1000 {
            live.notes.late += 1;
        }
        if !sample.figures.is_empty() {
            live.figures.clone_from(&sample.figures);
            self.vary(now);
        }
        self.statistics(now, setup);
    }

    /// While our own link is down a probe says nothing of the service: shown as unknown, counted for nothing.
    fn unjudged(&mut self, sample: &Sample) {
        self.last_up = None;
        self.live.state = ServiceState::Unknown;
        self.live.last = Some(LastProbe {
            at: sample.at,
            outcome: sample.outcome,
            fail: sample.fail,
            total_us: sample.total_us,
            phases: sample.phases,
            detail: sample.detail.clone(),
        });
        // A hold that was running began before the link went down: it starts again.
        for (hold, _) in self.holds.values_mut() {
            hold.start_again();
        }
    }

    /// What a reload may have changed.
    pub fn follow(&mut self, setup: &Setup) {
        self.keep = setup.longest_window();
        if let Some(service) = setup.service(&self.live.name) {
            self.live.interval_ms = u64::try_from(service.interval.as_millis()).unwrap_or(u64::MAX);
        }
    }

    /// The state before this sample held until now, for at most two intervals.
    fn observe(&mut self, sample: &Sample) -> Observed {
        let cap = self.live.interval_ms.saturating_mul(2);
        let seen = match self.last_up {
            Some((at, up)) if sample.at > at => {
                let span = u64::try_from(ms(sample.at.since(at))).unwrap_or(0).min(cap) as u32;
                if up { Observed { up_ms: span, down_ms: 0 } } else { Observed { up_ms: 0, down_ms: span } }
            }
            _ => Observed::default(),
        };
        self.last_up = Some((sample.at, sample.outcome.up()));
        seen
    }

    fn bucket(&mut self, sample: &Sample) {
        let step = ms(SPARK_STEP);
        let start = Stamp(sample.at.0 - sample.at.0.rem_euclid(step));
        let history = &mut self.live.history;
        if history.last().is_none_or(|b| b.start != start) {
            if history.len() >= SPARK_LEN {
                history.remove(0);
            }
            history.push(Bucket { start, ..Bucket::default() });
        }
        let Some(b) = history.last_mut() else { return };
        b.seen = b.seen.saturating_add(1);
        if sample.outcome.up() {
            b.max_us = b.max_us.max(sample.total_us);
        } else {
            b.failed = b.failed.saturating_add(1);
        }
    }

    fn vary(&mut self, now: Stamp) {
        for f in &self.live.figures {
            let known = self.varied.entry(f.name.to_string()).or_insert((f.value, now));
            if (known.0 - f.value).abs() > f64::EPSILON {
                *known = (f.value, now);
            }
        }
        self.live.notes.never_varies = self.varied.values().any(|(_, since)| now.since(*since) > NEVER_VARIES);
    }

    fn statistics(&mut self, now: Stamp, setup: &Setup) {
        let span = setup.spans.window;
        let l = self.window.latency(now, span);
        self.live.latency = LatencyLive { p50: l.p50, p95: l.p95, p99: l.p99, max: l.max, n: l.n };
        let requests = self.window.requests(now, span);
        self.live.success = if requests.total >= RATIO_FLOOR {
            SuccessLive { form: Form::Requests, good: requests.good, total: requests.total }
        } else {
            let (failed, seen) = self.window.failed_of_last(setup.k_of_n.n, now, span);
            SuccessLive { form: Form::KofN, good: (seen - failed) as u64, total: seen as u64 }
        };
        let from = now - SPARK_STEP * SPARK_LEN as u32;
        self.live.failures.clear();
        for kind in self.window.points().rev().take_while(|p| p.at > from).filter_map(|p| p.fail) {
            *self.live.failures.entry(kind).or_insert(0) += 1;
        }
    }

    pub fn set_uptime(&mut self, up_ms: u64, down_ms: u64) {
        self.live.uptime = Uptime { up_ms, down_ms, ..self.live.uptime };
    }

    pub fn start_hold(&mut self, index: usize, firing: bool) {
        let hold = if firing { Hold::already_firing() } else { Hold::default() };
        self.holds.entry(index).or_insert((hold, None));
    }

    /// Feeds a rule's verdict; a line for "why is it red" while it fires or holds.
    pub fn step(&mut self, index: usize, rule: &Rule, verdict: Verdict, now: Stamp) -> Option<Why> {
        let (hold, since) = self.holds.entry(index).or_default();
        if hold.step(rule, verdict, now) {
            *since = hold.firing.then_some(now);
        }
        let breaching = matches!(verdict, Verdict::Breach(_));
        (hold.firing || breaching).then(|| Why {
            rule: rule.name.clone(),
            severity: rule.severity,
            firing: hold.firing,
            since: *since,
            reading: hold.reading,
            says: hold.reading.map_or_else(|| rule.name.clone(), |r| rule.describe(&r)).into(),
            clears: clears(rule).into(),
        })
    }

    /// Notes whether a family fires now; true while it changes too often to be believed either way.
    pub fn family_turned(&mut self, family: &str, firing: bool, now: Stamp) -> bool {
        let (was, flaps) = self.families.entry(family.to_owned()).or_insert((firing, Flaps::default()));
        if std::mem::replace(was, firing) == firing {
            flaps.look(now);
        } else {
            flaps.changed(now);
        }
        flaps.flapping
    }

    pub fn firing(&self, index: usize) -> bool {
        self.holds.get(&index).is_some_and(|(h, _)| h.firing)
    }
    pub fn reading(&self, index: usize) -> Option<Reading> {
        self.holds.get(&index).and_then(|(h, _)| h.reading)
    }
    /// Rules were renumbered by a reload.
    pub fn forget_holds(&mut self) {
        self.holds.clear();
    }
}

/// `clears below 190 ms for 2m`
fn clears(rule: &Rule) -> String {
    let limit = rule.clear_at.unwrap_or(rule.bound.limit());
    let side = if rule.bound.sign() == ">" { "at or below" } else { "at or above" };
    let limit = match rule.metric {
        Metric::Success => percent(limit),
        _ => format!("{} {}", number(limit), rule.metric.unit()),
    };
    format!("clears {side} {} for {}", limit.trim_end(), short(rule.clear_for))
}
