//! A thing watched, as the config describes it, and how rules name it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::sample::{Outcome, Sample, ServiceName};
use super::time::Stamp;

/// What the pure layers know of a configured service; how it is probed stays with the probe's own file.
#[derive(Clone, PartialEq, Debug)]
pub struct Service {
    pub name: ServiceName,
    pub aliases: Vec<String>,
    pub tags: Vec<String>,
    pub depends_on: Vec<String>,
    pub procedure: Option<String>,
    /// Kind and target for the eye: `http 127.0.0.1:8105/api/…`.
    pub target: String,
    pub interval: Duration,
}

impl Service {
    /// A rule's pattern: a name, an alias, a glob with `*` and `?`, or `tag:x`.
    pub fn matches(&self, pattern: &str) -> bool {
        match pattern.strip_prefix("tag:") {
            Some(tag) => self.tags.iter().any(|t| t == tag),
            None => self.names().any(|name| glob(pattern, name)),
        }
    }
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&*self.name).chain(self.aliases.iter().map(String::as_str))
    }
}

/// `*` any run, `?` any one character; everything else is itself. Linear in practice, no regular expression.
pub fn glob(pattern: &str, text: &str) -> bool {
    let (p, t): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut pi, mut ti, mut star) = (0, 0, None);
    while ti < t.len() {
        match p.get(pi) {
            Some('*') => {
                star = Some((pi, ti));
                pi += 1;
            }
            Some(c) if *c == '?' || t.get(ti) == Some(c) => {
                pi += 1;
                ti += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    pi = at + 1;
                    ti = from + 1;
                }
                None => return false,
            },
        }
    }
    p.get(pi..).is_some_and(|rest| rest.iter().all(|c| *c == '*'))
}

/// From samples alone; alerts are kept apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ServiceState {
    Healthy,
    Degraded,
    Failed,
    /// Older than two intervals: neither healthy nor down.
    Stale,
    /// Never probed, or our own link is down.
    #[default]
    Unknown,
}

/// Written within a second, read within another.
const RELAY: Duration = Duration::from_secs(2);

impl ServiceState {
    pub fn of(last: Option<&Sample>, interval: Duration, now: Stamp) -> Self {
        last.map_or(Self::Unknown, |s| Self::from_outcome(s.outcome).aged(s.at, interval, now))
    }
    pub fn from_outcome(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Ok => Self::Healthy,
            Outcome::Degraded => Self::Degraded,
            Outcome::Failed | Outcome::Unreachable => Self::Failed,
        }
    }
    /// The same state as it must be read at `now`: a figure older than two intervals is stale. What the way from the worker
    /// through the store to a reader takes is no staleness: else a healthy service with a short interval would flicker.
    #[must_use]
    pub fn aged(self, sampled_at: Stamp, interval: Duration, now: Stamp) -> Self {
        if self != Self::Unknown && now.since(sampled_at) > interval * 2 + RELAY { Self::Stale } else { self }
    }
    pub fn up(self) -> bool {
        matches!(self, Self::Healthy | Self::Degraded)
    }
    pub fn word(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Failed => "failed",
            Self::Stale => "stale",
            Self::Unknown => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_names_aliases_globs_and_tags() {
        let s = Service {
            name: "ml-lead-intelligence".into(),
            aliases: vec!["ml_lead_intelligence".into()],
            tags: vec!["ml".into()],
            depends_on: vec![],
            procedure: None,
            target: String::new(),
            interval: Duration::from_secs(30),
        };
        for yes in ["*", "ml-*", "ml_lead_intelligence", "tag:ml", "*lead?int*"] {
            assert!(s.matches(yes), "{yes}");
        }
        for no in ["tag:web", "ml", "*x", "", "?"] {
            assert!(!s.matches(no), "{no}");
        }
    }

    #[test]
    fn older_than_two_intervals_is_stale_and_never_probed_is_unknown() {
        let interval = Duration::from_secs(30);
        let s = Sample::new("a".into(), Stamp(0), Outcome::Ok);
        assert_eq!(ServiceState::of(Some(&s), interval, Stamp(62_000)), ServiceState::Healthy);
        assert_eq!(ServiceState::of(Some(&s), interval, Stamp(62_001)), ServiceState::Stale);
        assert_eq!(ServiceState::of(None, interval, Stamp(0)), ServiceState::Unknown);
    }
}
