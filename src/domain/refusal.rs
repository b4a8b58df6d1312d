//! Why a change was not made, and what to do instead. Somebody who was first is named, with the time.

use super::ids::AlertId;
use super::ladder::Level;
use super::text::Clean;
use super::time::Stamp;

/// Why a change was not made; each says what to do instead.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum Refusal {
    #[error("{by} {what} {id} at {}{}; look again and repeat", clock(*at), sooner(by))]
    Conflict { id: AlertId, by: String, what: Clean, at: Stamp },
    /// The version given is none that this alert has had.
    #[error("{id} has version {now} now, not {given} yet; look again (`watchdeck alerts show {id}`) and repeat")]
    Ahead { id: AlertId, given: u32, now: u32 },
    /// Somebody was first, on something that is no alert.
    #[error("{by} {did} {what} at {}{}; look again and repeat", clock(*at), sooner(by))]
    Taken { what: Clean, by: String, did: Clean, at: Stamp },
    #[error("{owner} has {id} since {}; take it over (o, or `watchdeck alerts own {id}`), or speak to them", clock(*since))]
    Owned { id: AlertId, owner: Clean, since: Stamp },
    #[error("{id} is already resolved (by {by} at {}); a new firing opens it again", clock(*at))]
    Resolved { id: AlertId, by: String, at: Stamp },
    #[error("{id} is not resolved; resolve it first")]
    NotResolved { id: AlertId },
    #[error("{id} is {state}, so there is nothing to take back")]
    NotInState { id: AlertId, state: &'static str },
    #[error("too late to take back: the page about {id} is already on its way")]
    TooLate { id: AlertId },
    #[error("the rule behind {id} still breaches; snooze it instead (s), it resolves itself when the rule clears")]
    StillBreaching { id: AlertId },
    #[error("there is no alert {0}; `watchdeck alerts --state resolved` lists older ones")]
    NotFound(String),
    #[error("{0}")]
    Invalid(&'static str),
    #[error("{0}")]
    Because(Clean),
    #[error("{}; {}", no_level(*asked, *reached), levels(known))]
    NoLevel { asked: Option<u8>, reached: u8, known: Vec<Level> },
    #[error("this worker no longer holds the lease; another one does the work now")]
    Fenced,
    #[error("role {role} may not {verb}; ask a responder")]
    NotPermitted { role: &'static str, verb: &'static str },
}

impl Refusal {
    /// Exit code 5 of the command line: somebody was first.
    pub fn is_conflict(&self) -> bool {
        matches!(
            self,
            Self::Conflict { .. }
                | Self::Taken { .. }
                | Self::Ahead { .. }
                | Self::Owned { .. }
                | Self::Resolved { .. }
                | Self::TooLate { .. }
        )
    }
}

fn no_level(asked: Option<u8>, reached: u8) -> String {
    match asked {
        Some(level) => format!("there is no level {level}"),
        None if reached == 0 => "no level has anybody bound to it".to_owned(),
        None => format!("no level above {reached} has anybody bound to it"),
    }
}

/// `the levels are 1 on-call, 2 lead (nobody bound)`: what may be chosen by its number.
fn levels(known: &[Level]) -> String {
    let one = |(i, level): (usize, &Level)| {
        let nobody = if level.notify.is_empty() { " (nobody bound)" } else { "" };
        format!("{} {}{nobody}", i + 1, level.role)
    };
    let all: Vec<String> = known.iter().enumerate().map(one).collect();
    format!("the levels are {}", all.join(", "))
}

/// One's own earlier act is no other person's.
fn sooner(by: &str) -> &'static str {
    if by == "you" { " already" } else { ", before you" }
}

/// Hours, minutes and seconds of UTC, marked as such: the reader may sit in another zone than the actor.
fn clock(at: Stamp) -> String {
    at.utc().format("%H:%M:%SZ").to_string()
}
