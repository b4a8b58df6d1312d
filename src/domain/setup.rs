//! The configuration as the pure layers need it: plain values, already checked. How it was written, and how each probe,
//! stream and channel is reached, stays with `config` and the edges.

use std::sync::Arc;
use std::time::Duration;

use chrono_tz::Tz;

use super::checklist::Source;
use super::ladder::Level;
use super::operator::Role;
use super::rule::{KofN, Rule};
use super::service::Service;
use super::severity::Severity;

#[derive(Clone, PartialEq, Debug)]
pub struct Setup {
    pub environment: String,
    pub services: Vec<Service>,
    pub rules: Vec<Rule>,
    pub levels: Vec<Level>,
    pub streams: Vec<String>,
    /// Figures that a stream feeds and rules may name.
    pub kpis: Vec<FeedKpi>,
    /// Empty: whoever names themselves may do everything.
    pub operators: Vec<(String, Role)>,
    pub spans: Spans,
    pub k_of_n: KofN,
    /// Files of checklists and procedures, and what the config adds to them.
    pub sources: Vec<Arc<Source>>,
    /// Name of the service whose probe stands for our own link; while it fails nothing is judged.
    pub reference: Option<String>,
    /// Of the config's text: the lease row carries it, so that a console with another config only follows.
    pub hash: String,
}

/// A figure fed by a stream: the last value of a gauge, or a counter's sum over a span.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FeedKpi {
    pub name: String,
    pub unit: String,
    pub from: FeedSource,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FeedSource {
    Gauge(String),
    Counter { name: String, per: Duration },
}

/// The numbers of the behaviour page, each a config key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Spans {
    pub ack_critical: Duration,
    pub ack_warning: Duration,
    pub escalation_hold: Duration,
    pub no_data: Duration,
    /// Over which latency and success are shown when no rule says otherwise.
    pub window: Duration,
}

impl Default for Spans {
    fn default() -> Self {
        let minutes = |m: u64| Duration::from_secs(m * 60);
        Self {
            ack_critical: minutes(30),
            ack_warning: minutes(240),
            escalation_hold: Duration::from_secs(5),
            no_data: minutes(5),
            window: minutes(10),
        }
    }
}

impl Spans {
    pub fn ack(&self, severity: Severity) -> Duration {
        if severity == Severity::Critical { self.ack_critical } else { self.ack_warning }
    }
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            environment: "production".into(),
            services: Vec::new(),
            rules: Vec::new(),
            levels: Vec::new(),
            streams: Vec::new(),
            kpis: Vec::new(),
            operators: Vec::new(),
            spans: Spans::default(),
            k_of_n: KofN::default(),
            sources: Vec::new(),
            reference: None,
            hash: String::new(),
        }
    }
}

impl Setup {
    /// The canonical service for any of its names.
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|s| s.names().any(|n| n == name))
    }
    /// What an operator may do: the configured role; with none configured, everything.
    pub fn role_of(&self, operator: &str) -> Role {
        if self.operators.is_empty() {
            return Role::Lead;
        }
        self.operators.iter().find(|(name, _)| name == operator).map_or(Role::Viewer, |(_, role)| *role)
    }
    /// In which times are told to people: the day of the lists is the day of whoever works them. UTC where no list is.
    pub fn zone(&self) -> Tz {
        self.sources.iter().find(|s| !s.procedures_only).map_or(Tz::UTC, |s| s.zone)
    }
    /// The longest window any rule looks back over.
    pub fn longest_window(&self) -> Duration {
        self.rules.iter().map(|r| r.window).chain([self.spans.window]).max().unwrap_or_default()
    }
}
