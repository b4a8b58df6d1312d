//! What can go wrong in the estate, by name: `slow:ml-lead-intelligence`, `stream-gap`. The same names serve the command
//! line, the control address and the story. Not its job: what each does; the servers ask `world` and act on it.

use std::fmt;
use std::str::FromStr;

use super::roster::{SEVEN, member};
use crate::config::raw::nearest;

/// Ordered and plain, so that the faults in force are a sorted set.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    Slow,
    BodyDegraded,
    Kill,
    Hang,
    Status,
    Flaky,
    ColdCache,
    Burst,
    Scan,
    StreamGap,
    StreamDown,
    StreamFlood,
    StreamGarbage,
    CertExpired,
}

/// Kind, name, whether it is of one service, what it does.
const KINDS: [(Kind, &str, bool, &str); 14] = [
    (Kind::Slow, "slow", true, "answers 220 ms later; its dependants feel it"),
    (Kind::BodyDegraded, "body-degraded", true, "answers 200, its body says degraded"),
    (Kind::Kill, "kill", true, "does not listen: connection refused"),
    (Kind::Hang, "hang", true, "accepts and never answers"),
    (Kind::Status, "status", true, "answers 500"),
    (Kind::Flaky, "flaky", true, "answers 500 to every third request"),
    (Kind::ColdCache, "cold-cache", false, "the cache's hit rate falls under 80 %"),
    (Kind::Burst, "burst", false, "traffic: over 800 connections, over 25 leads a minute"),
    (Kind::Scan, "scan", false, "the access log shows a scanner and a credential stuffer"),
    (Kind::StreamGap, "stream-gap", false, "the feed leaves numbers out; a replay still has them"),
    (Kind::StreamDown, "stream-down", false, "the feed does not listen"),
    (Kind::StreamFlood, "stream-flood", false, "the feed sends 1000 events a second"),
    (Kind::StreamGarbage, "stream-garbage", false, "the feed sends broken and hostile messages in between"),
    (Kind::CertExpired, "cert-expired", false, "workflow-automation shows an expired certificate"),
];

/// One thing that is wrong.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Fault {
    pub kind: Kind,
    pub service: Option<&'static str>,
}

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("no fault is called `{wrong}`{}; there are: {}", did_you_mean(nearest), allowed().join(", "))]
pub struct UnknownFault {
    pub wrong: String,
    pub nearest: Option<String>,
}

fn did_you_mean(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|n| format!(", did you mean `{n}`?")).unwrap_or_default()
}

/// Every name as it is written, `SERVICE` standing for one of the seven.
pub fn allowed() -> Vec<String> {
    KINDS.iter().map(|(_, word, of, _)| if *of { format!("{word}:SERVICE") } else { (*word).to_owned() }).collect()
}

/// Names with what they do, for help texts.
pub fn described() -> impl Iterator<Item = (String, &'static str)> {
    allowed().into_iter().zip(KINDS.iter().map(|k| k.3))
}

impl Fault {
    pub fn of(kind: Kind, service: &'static str) -> Self {
        Self { kind, service: Some(service) }
    }
    pub fn whole(kind: Kind) -> Self {
        Self { kind, service: None }
    }
    /// `slow:ml-lead-intelligence`; aliases with underscores are understood.
    pub fn parse(text: &str) -> Result<Self, UnknownFault> {
        let text = text.trim();
        let (word, service) = text.split_once(':').map_or((text, None), |(w, s)| (w, Some(s)));
        let row = KINDS.iter().find(|(_, name, ..)| *name == word);
        match (row, service.map(member)) {
            (Some((kind, _, true, _)), Some(Some(found))) => Ok(Self::of(*kind, found.name)),
            (Some((kind, _, false, _)), None) => Ok(Self::whole(*kind)),
            _ => Err(unknown(text, word, service)),
        }
    }
    /// Every fault there is, for "did you mean" and for tests.
    pub fn all() -> impl Iterator<Item = Self> {
        KINDS.iter().flat_map(|(kind, _, of, _)| {
            let services = SEVEN.iter().filter(|_| *of).map(|m| Self::of(*kind, m.name));
            services.chain((!of).then(|| Self::whole(*kind)))
        })
    }
}

fn unknown(text: &str, word: &str, service: Option<&str>) -> UnknownFault {
    let names: Vec<String> = Fault::all().map(|f| f.to_string()).collect();
    let mut near = nearest(text, names.iter().map(String::as_str)).map(str::to_owned);
    if near.is_none() {
        // A long service name must not hide that the kind is nearly right, nor the other way round.
        let kind = nearest(word, KINDS.iter().map(|k| k.1));
        let close = service.and_then(|s| nearest(s, SEVEN.iter().map(|m| m.name)));
        near = match (kind, close) {
            (Some(k), Some(s)) => Some(format!("{k}:{s}")),
            (Some(k), None) => names.iter().find(|n| n.starts_with(k)).cloned(),
            _ => None,
        };
    }
    UnknownFault { wrong: text.chars().take(80).collect(), nearest: near }
}

impl FromStr for Fault {
    type Err = UnknownFault;
    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        Self::parse(text)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = KINDS.iter().find(|k| k.0 == self.kind).map_or("", |k| k.1);
        match self.service {
            Some(service) => write!(f, "{word}:{service}"),
            None => f.write_str(word),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_reads_back_and_a_wrong_one_names_the_nearest() {
        for fault in Fault::all() {
            assert_eq!(Fault::parse(&fault.to_string()), Ok(fault));
        }
        assert_eq!(Fault::parse("kill:cache_manager").map(|f| f.to_string()), Ok("kill:cache-manager".into()));
        for (wrong, near) in [
            ("stream-gab", "stream-gap"),
            ("slow:ml-lead-inteligence", "slow:ml-lead-intelligence"),
            ("slow", "slow:dashboard-analytics"),
            ("stream-gap:cache-manager", "stream-gap"),
        ] {
            let error = Fault::parse(wrong).unwrap_err();
            assert_eq!(error.nearest.as_deref(), Some(near), "{wrong}");
            assert!(error.to_string().contains("body-degraded:SERVICE"), "{error}");
        }
        assert_eq!(Fault::parse("").unwrap_err().nearest, None);
    }
}
