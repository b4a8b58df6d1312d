//! The stopwatch of a probe: the one place here that reads a clock, and only ever for spans. What time it is stays with
//! the poller, which is handed its clock.

use std::time::{Duration, Instant};

use super::observation::{Failure, Observation, Verdict};
use crate::domain::sample::{CertDays, FailKind, Outcome, Phases};

#[expect(clippy::disallowed_methods, reason = "a probe measures its own phases; no decision rests on this clock")]
fn instant() -> Instant {
    Instant::now()
}

/// Microseconds since its start; saturates after 71 minutes, far past any timeout.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    pub fn start() -> Self {
        Self(instant())
    }
    pub fn us(self) -> u32 {
        u32::try_from(instant().saturating_duration_since(self.0).as_micros()).unwrap_or(u32::MAX)
    }
}

/// How far a probe has come; a timeout is told by it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Stage {
    #[default]
    Start,
    Resolve,
    Connect,
    Tls,
    Wait,
    Body,
    Run,
}

/// What a probe has learnt so far. It lives outside the probe's future, so that a look cut short by its deadline still
/// tells how far it came.
#[derive(Debug)]
pub struct Trace {
    pub watch: Stopwatch,
    /// How long the whole look may take.
    limit: Duration,
    pub stage: Stage,
    pub phases: Phases,
    pub cert: Option<CertDays>,
    /// Addresses that did not answer before one did.
    pub dead: usize,
}

impl Trace {
    pub fn start(limit: Duration) -> Self {
        Self { watch: Stopwatch::start(), limit, stage: Stage::Start, phases: Phases::default(), cert: None, dead: 0 }
    }
    pub fn left(&self) -> Duration {
        self.limit.saturating_sub(Duration::from_micros(u64::from(self.watch.us())))
    }
    /// Ends the look; `Err` of the outer result is its deadline.
    pub fn observe<E>(self, result: Result<Result<Verdict, Failure>, E>) -> Observation {
        let total_us = self.watch.us();
        let verdict = match result {
            Ok(Ok(verdict)) => verdict,
            Ok(Err(failure)) => failure.into(),
            Err(_) => self.late().into(),
        };
        Observation { total_us, phases: self.phases, cert: self.cert, ..verdict.into_observation(self.dead) }
    }
    fn late(&self) -> Failure {
        let (outcome, doing) = match self.stage {
            Stage::Start | Stage::Resolve => (Outcome::Unreachable, "the name was not resolved"),
            Stage::Connect => (Outcome::Unreachable, "no connection"),
            Stage::Tls => (Outcome::Unreachable, "the tls handshake did not end"),
            Stage::Wait => (Outcome::Unreachable, "connected, but no answer"),
            Stage::Body => (Outcome::Failed, "the answer did not end"),
            Stage::Run => (Outcome::Unreachable, "it did not end"),
        };
        let ms = self.watch.us() / 1000;
        Failure::new(outcome, FailKind::Timeout, format!("{doing} within {ms} ms"))
    }
}
