//! One observation of a service: what happened, how long each part took, what the answer said of itself.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::text::Clean;
use super::time::Stamp;

/// The canonical name of a service; cheap to clone.
pub type ServiceName = Arc<str>;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    Ok,
    /// Answered in form, but the answer says it is not well.
    Degraded,
    /// Answered wrongly.
    Failed,
    /// Did not answer.
    Unreachable,
}

impl Outcome {
    /// Degraded counts as up: it served.
    pub fn up(self) -> bool {
        matches!(self, Self::Ok | Self::Degraded)
    }
}

/// Where a probe failed; failures by kind are a series of their own beside latency.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FailKind {
    Resolve,
    Refused,
    Timeout,
    Reset,
    Tls,
    Status,
    Redirect,
    Header,
    Body,
    Size,
    Protocol,
    Exit,
    Local,
}

impl FailKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Refused => "refused",
            Self::Timeout => "timeout",
            Self::Reset => "reset",
            Self::Tls => "tls",
            Self::Status => "status",
            Self::Redirect => "redirect",
            Self::Header => "header",
            Self::Body => "body",
            Self::Size => "too large",
            Self::Protocol => "protocol",
            Self::Exit => "exit",
            Self::Local => "local",
        }
    }
}

/// The parts of one probe, microseconds each; a part that did not happen is None.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Phases {
    pub dns_us: Option<u32>,
    pub connect_us: Option<u32>,
    pub tls_us: Option<u32>,
    /// From the request's last byte out to the answer's first byte in.
    pub wait_us: Option<u32>,
    pub body_us: Option<u32>,
}

/// Request counters a service reports of itself: totals since its own start, so they can step back on a restart.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Requests {
    pub total: u64,
    pub good: u64,
}

/// Whole days are for people; the number is kept in parts of a day.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct CertDays {
    /// Until the first certificate of the verified chain expires, days.
    pub chain: f64,
    /// Until the server's own certificate expires, days.
    pub leaf: f64,
}

/// A further figure a probe brought along (perfdata, a JSONPath value), with its unit as given.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Figure {
    pub name: Clean,
    pub value: f64,
    pub unit: Clean,
}

/// The span that ends with a sample, split by the state that held over it. A state stretches over at most two
/// intervals; what is left of a longer gap is in neither part, and so not observed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Observed {
    pub up_ms: u32,
    pub down_ms: u32,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Sample {
    pub service: ServiceName,
    pub at: Stamp,
    pub outcome: Outcome,
    pub fail: Option<FailKind>,
    /// Whole probe, microseconds.
    pub total_us: u32,
    pub phases: Phases,
    /// One line for people: what the body said, or why it failed. Shown, never parsed.
    pub detail: Clean,
    /// A faster try after a failure: counts for state and k of n, never for ratios or percentiles.
    pub retry: bool,
    pub requests: Option<Requests>,
    pub cert: Option<CertDays>,
    pub figures: Vec<Figure>,
    /// How much later than planned the probe started, milliseconds.
    pub late_ms: u32,
    /// Time observed since the sample before, milliseconds; set by whoever keeps the windows.
    pub observed: Observed,
}

impl Sample {
    /// A sample with nothing but its outcome; builders fill in the rest.
    pub fn new(service: ServiceName, at: Stamp, outcome: Outcome) -> Self {
        Self {
            service,
            at,
            outcome,
            fail: None,
            total_us: 0,
            phases: Phases::default(),
            detail: Clean::default(),
            retry: false,
            requests: None,
            cert: None,
            figures: Vec::new(),
            late_ms: 0,
            observed: Observed::default(),
        }
    }
    #[must_use]
    pub fn taking(mut self, total_us: u32) -> Self {
        self.total_us = total_us;
        self
    }
    #[must_use]
    pub fn because(mut self, kind: FailKind, detail: impl Into<Clean>) -> Self {
        self.fail = Some(kind);
        self.detail = detail.into();
        self
    }
}
