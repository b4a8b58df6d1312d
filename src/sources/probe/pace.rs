//! The keys every kind of probe shares: how often, how long at most, and how soon again after a failure.

use std::time::Duration;

use toml::Spanned;

use crate::config::raw::{Problem, Raw};
use crate::config::value::Span;

/// Below this a probe is a load test.
const SHORTEST: Duration = Duration::from_millis(100);
const INTERVAL: Duration = Duration::from_secs(30);
const TIMEOUT: Duration = Duration::from_secs(10);
const RETRY: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pace {
    pub interval: Duration,
    /// Whole look; never longer than the interval.
    pub timeout: Duration,
    /// From the end of a failed look to the next try.
    pub retry: Duration,
}

/// As a section holds it; absent means the default.
pub type Given = Option<Spanned<Span>>;

impl Pace {
    /// A default gives way to a shorter interval; what was written must fit.
    pub fn of(interval: Given, timeout: Given, retry: Given, raw: &Raw) -> Result<Self, Problem> {
        let every = given(interval, INTERVAL)?;
        let within = given(timeout.clone(), TIMEOUT.min(every))?;
        if within > every {
            let at = timeout.map_or_else(|| raw.span(), |t| t.span());
            let hint = format!("at most {}: one look must end before the next begins", Span(every).text());
            return Err(Problem::at(at, "the timeout is longer than the interval", hint));
        }
        Ok(Self { interval: every, timeout: within, retry: given(retry, RETRY.min(every))? })
    }
}

fn given(value: Given, default: Duration) -> Result<Duration, Problem> {
    let Some(value) = value else { return Ok(default) };
    let span = value.get_ref().0;
    if span < SHORTEST {
        return Err(Problem::at(value.span(), "this span is too short for a probe", "at least 100ms"));
    }
    Ok(span)
}
