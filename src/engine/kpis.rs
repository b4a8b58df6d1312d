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
use crate::domain::live::Link;
use crate::domain::rule::{Form, Metric, Reading, Rule, Verdict};
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
    /// False when the name is one too many.
    pub fn add(&mut self, name: &str, value: f64, at: Stamp, names_max: usize) -> bool {
        if self.heard.len() >= names_max && !self.heard.contains_key(name) {
            return false;
        }
        self.heard.entry(name.to_owned()).or_insert(at);
        let added = self.added.entry(name.to_owned()).or_default();
        if added.len() >= ADDED_MAX {
            added.pop_front();
        }
        added.push_back((at, value));
        true
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
    /// One alert per figure: the worst rule that fires speaks for it, as for a service's family.
    pub(super) fn judge_kpis(&mut self, now: Now) -> Vec<Effect> {
        let setup = Arc::clone(&self.model.setup);
        // A figure nobody feeds any more is unknown, whatever it last said.
        let fed = self.model.streams.iter().any(|s| s.link == Link::Live);
        let Some(work) = self.work.as_mut().filter(|w| w.ready()) else { return Vec::new() };
        let mut effects = Vec::new();
        let mut reports = Vec::new();
        for (name, value) in work.kpis.values(&setup, &self.model.gauges, now.wall) {
            let rules: Vec<_> = setup.rules.iter().enumerate().filter(|(_, r)| r.metric.word() == name).collect();
            let Some((_, any)) = rules.first() else { continue };
            let fp = rule_fingerprint(&name, any.metric.family());
            let open = self.model.book.latest(fp).filter(|a| a.unresolved()).cloned();
            let mut unknown = false;
            for (index, rule) in &rules {
                let verdict = value.filter(|_| fed).map_or(Verdict::Unknown, |v| rule.compare(v, 1, Form::Value));
                unknown |= verdict == Verdict::Unknown;
                let taken_over = || match &open {
                    Some(a) if a.severity >= rule.severity => Hold::already_firing(),
                    _ => Hold::default(),
                };
                work.kpis.holds.entry(*index).or_insert_with(taken_over).step(rule, verdict, now.wall);
            }
            let hold = |index: &usize| work.kpis.holds.get(index);
            let firing = rules.iter().filter(|(i, _)| hold(i).is_some_and(|h| h.firing));
            match (firing.max_by_key(|(_, r)| r.severity), &open) {
                (Some((index, rule)), _) => {
                    let reading = hold(index).and_then(|h| h.reading);
                    reports.push((fp, report_of(&name, rule, reading.as_ref(), Said::Raised), open));
                }
                (None, Some(_)) if !unknown => {
                    reports.push((fp, report_of(&name, any, None, Said::Resolved), open));
                }
                _ => {}
            }
        }
        effects.extend(reports.into_iter().filter_map(|(fp, r, open)| self.report(fp, r, open.as_deref(), now)));
        effects
    }
}

fn report_of(name: &str, rule: &Rule, reading: Option<&Reading>, said: Said) -> Report {
    let note = if said == Said::Resolved { "the rule cleared" } else { "" };
    Report {
        origin: Origin::Rule { family: rule.metric.family().to_owned() },
        said,
        severity: (said == Said::Raised).then_some(rule.severity),
        about: super::reports::about_rule(name, rule, reading, None, false),
        note: note.into(),
    }
}
