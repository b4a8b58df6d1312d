//! What one look found, before it becomes a sample of a service: the poller adds whose it was and when. Here too the
//! early ends of a look ([`Failure`]) and the judgement of an answer ([`Verdict`]), which every kind shares.

use crate::domain::sample::{CertDays, FailKind, Figure, Outcome, Phases, Requests, Sample, ServiceName};
use crate::domain::text::{Clean, Untrusted};
use crate::domain::time::Stamp;

/// Longest detail line, bytes: it is one line on a screen.
pub const DETAIL_MAX: usize = 400;
/// Most figures one look may bring.
pub const FIGURES_MAX: usize = 64;

#[derive(Clone, PartialEq, Debug)]
pub struct Observation {
    pub outcome: Outcome,
    pub fail: Option<FailKind>,
    pub total_us: u32,
    pub phases: Phases,
    pub detail: Clean,
    pub requests: Option<Requests>,
    pub cert: Option<CertDays>,
    pub figures: Vec<Figure>,
}

impl Observation {
    /// A look that failed on our own side: nothing is known of the service.
    pub fn local(why: &str) -> Self {
        Verdict::from(Failure::local(why)).into_observation(0)
    }
    pub fn into_sample(self, service: ServiceName, at: Stamp) -> Sample {
        Sample {
            fail: self.fail,
            total_us: self.total_us,
            phases: self.phases,
            detail: self.detail,
            requests: self.requests,
            cert: self.cert,
            figures: self.figures,
            ..Sample::new(service, at, self.outcome)
        }
    }
}

/// The look ended early.
#[derive(Clone, PartialEq, Debug)]
pub struct Failure {
    pub outcome: Outcome,
    pub kind: FailKind,
    pub detail: Clean,
}

impl Failure {
    pub fn new(outcome: Outcome, kind: FailKind, detail: impl AsRef<str>) -> Self {
        Self { outcome, kind, detail: Untrusted::new(detail.as_ref()).clean_to(DETAIL_MAX) }
    }
    /// It did not answer.
    pub fn unreachable(kind: FailKind, detail: impl AsRef<str>) -> Self {
        Self::new(Outcome::Unreachable, kind, detail)
    }
    /// It answered wrongly.
    pub fn failed(kind: FailKind, detail: impl AsRef<str>) -> Self {
        Self::new(Outcome::Failed, kind, detail)
    }
    /// Our own side could not even ask.
    pub fn local(detail: impl AsRef<str>) -> Self {
        Self::failed(FailKind::Local, detail)
    }
    /// A socket's error: our own shortage is told apart from the other side's refusal.
    pub fn of_io(error: &std::io::Error, outcome: Outcome) -> Self {
        use std::io::ErrorKind as E;
        match error.kind() {
            E::ConnectionRefused => Self::new(outcome, FailKind::Refused, "connection refused"),
            E::ConnectionReset | E::ConnectionAborted | E::BrokenPipe | E::NotConnected => {
                Self::new(outcome, FailKind::Reset, "connection reset")
            }
            E::UnexpectedEof => Self::new(outcome, FailKind::Reset, "connection closed"),
            E::TimedOut => Self::new(outcome, FailKind::Timeout, "connection timed out"),
            E::HostUnreachable | E::NetworkUnreachable => {
                Self::new(outcome, FailKind::Refused, format!("no route: {error}"))
            }
            E::AddrNotAvailable => Self::local("no free local port or address"),
            _ => Self::local(error.to_string()),
        }
    }
}

/// The judgement of an answer, with what the answer brought along.
#[derive(Clone, PartialEq, Debug)]
pub struct Verdict {
    pub outcome: Outcome,
    pub fail: Option<FailKind>,
    pub detail: Clean,
    pub requests: Option<Requests>,
    pub figures: Vec<Figure>,
}

impl Verdict {
    pub fn new(outcome: Outcome, detail: impl AsRef<str>) -> Self {
        let detail = Untrusted::new(detail.as_ref()).clean_to(DETAIL_MAX);
        Self { outcome, fail: None, detail, requests: None, figures: Vec::new() }
    }
    pub fn failed(kind: FailKind, detail: impl AsRef<str>) -> Self {
        Self { fail: Some(kind), ..Self::new(Outcome::Failed, detail) }
    }
    /// A half-dead set of addresses must not look well: how many did not answer is said.
    pub fn into_observation(self, dead_addresses: usize) -> Observation {
        let detail = match dead_addresses {
            0 => self.detail,
            n => Clean::from(format!("{} ({n} other address(es) did not answer)", self.detail)),
        };
        Observation {
            outcome: self.outcome,
            fail: self.fail,
            total_us: 0,
            phases: Phases::default(),
            detail,
            requests: self.requests,
            cert: None,
            figures: self.figures,
        }
    }
}

impl From<Failure> for Verdict {
    fn from(failure: Failure) -> Self {
        let Failure { outcome, kind, detail } = failure;
        Self { outcome, fail: Some(kind), detail, requests: None, figures: Vec::new() }
    }
}
