//! Figures that streams feed: counters summed over a span, gauges by their last value. Rules that name one are judged
//! here, once, not per service.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use super::Engine;
use super::event::Effect;
use crate::domain::alert::Origin;
use crate::domain::feed::rule_fingerprint;
use crate::domain::hold::Hold;
use crate::domain::journal::{Report, Said};
use crate::domain::rule::{Form, Metric, Verdict};
use crate::domain::setup::{FeedSource, Setup};
use crate::domain::time::{Now, Stamp};

/// Additions remembered per counter: enough for any span at five batches a second.
const ADDED_MAX: usize = 20_000;

#[derive(Debug, Default)]
pub struct Kpis {
    added: HashMap<String, VecDeque<(Stamp, f64)>>,
    /// When this counter was first heard of: a span not yet full says nothing.
    heard: HashMap<String, Stamp>,
    holds: HashMap<usize, Hold>,
}

impl Kpis {
    pub fn add(&mut self, name: &str, value: f64, at: Stamp) {
        self.heard.entry(name.to_owned()).or_insert(at);
        let added = self.added.entry(name.to_owned()).or_default();
        if added.len() >= ADDED_MAX {
            added.pop_front();
        }
        added.push_back((at, value));
    }

    /// The values of all that is configured; None while nothing can be said.
    fn values(&self, setup: &Setup, gauges: &BTreeMap<String, (f64, Stamp)>, now: Stamp) -> Vec<(String, Option<f64>)> {
        let value = |from: &FeedSource| match from {
            FeedSource::Gauge(name) => gauges.get(name).map(|g| g.0),
            FeedSource::Counter { name, per } => {
                let full = self.heard.get(name).is_some_and(|since| now.since(*since) >= *per);
                let added = self.added.get(name)?;
                full.then(|| added.iter().rev().take_while(|(at, _)| *at > now - *per).map(|(_, v)| v).sum())
            }
        };
        setup.kpis.iter().map(|k| (k.name.clone(), value(&k.from))).collect()
    }

    pub fn forget_holds(&mut self) {
        self.holds.clear();
    }
}

impl Setup {
    /// Rules on such a metric watch the figure itself, not services.
    pub fn is_kpi(&self, metric: &Metric) -> bool {
        matches!(metric, Metric::Named(name) if self.kpis.iter().any(|k| &k.name == name))
    }
}

impl Engine {
    pub(super) fn judge_kpis(&mut self, now: Now) -> Vec<Effect> {
        let setup = Arc::clone(&self.model.setup);
        let Some(work) = &mut self.work else { return Vec::new() };
        let values = work.kpis.values(&setup, &self.model.gauges, now.wall);
        let mut reports = Vec::new();
        for (index, rule) in setup.rules.iter().enumerate().filter(|(_, r)| setup.is_kpi(&r.metric)) {
            let Some((name, value)) = values.iter().find(|(name, _)| *name == rule.metric.word()) else { continue };
            let verdict = match value {
                None => Verdict::Unknown,
                Some(v) => rule.compare(*v, 1, Form::Value),
            };
            let fp = rule_fingerprint(name, rule.metric.family());
            let open = self.model.book.latest(fp).filter(|a| a.unresolved()).cloned();
            let hold = work.kpis.holds.entry(index).or_insert_with(|| match &open {
                Some(a) if a.severity == rule.severity => Hold::already_firing(),
                _ => Hold::default(),
            });
            hold.step(rule, verdict, now.wall);
            let origin = Origin::Rule { family: rule.metric.family().to_owned() };
            let about = super::watch::about_rule(name, rule, hold.reading.as_ref(), None, false);
            let report = Report { origin, said: Said::Raised, severity: Some(rule.severity), about, note: "".into() };
            match (&open, hold.firing) {
                (_, true) => reports.push((fp, report, open)),
                (Some(a), false) if a.severity == rule.severity && verdict != Verdict::Unknown => {
                    let over = Report { said: Said::Resolved, note: "the rule cleared".into(), ..report };
                    reports.push((fp, over, open));
                }
                _ => {}
            }
        }
        reports.into_iter().filter_map(|(fp, r, open)| self.report(fp, r, open.as_deref(), now)).collect()
    }
}
