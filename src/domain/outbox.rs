//! Notifications waiting for delivery, and when to try again. A row is committed together with the change that caused it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ids::AlertId;
use super::severity::Severity;
use super::text::Clean;
use super::time::Stamp;

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct OutboxRow {
    pub id: i64,
    pub alert: AlertId,
    pub level: u8,
    pub channel: String,
    /// The idempotency key: the same for every attempt.
    pub key: String,
    pub state: OutboxState,
    pub attempts: u32,
    pub next_at: Stamp,
    pub created_at: Stamp,
    pub severity: Severity,
    pub last: Clean,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutboxState {
    Pending,
    Claimed,
    Sent,
    Dead,
    /// Taken back within the hold.
    Withdrawn,
    /// The alert was over before the first attempt.
    Superseded,
}

impl OutboxState {
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Claimed => "claimed",
            Self::Sent => "sent",
            Self::Dead => "dead",
            Self::Withdrawn => "withdrawn",
            Self::Superseded => "superseded",
        }
    }
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Pending, Self::Claimed, Self::Sent, Self::Dead, Self::Withdrawn, Self::Superseded]
            .into_iter()
            .find(|s| s.word() == word)
    }
}

/// What a channel is handed: plain facts, cleaned, ready to be put into its own format.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Notice {
    pub key: String,
    pub alert: AlertId,
    pub fingerprint: String,
    pub title: Clean,
    pub severity: Severity,
    pub service: Option<Clean>,
    pub level: u8,
    pub role: Clean,
    pub attempt: u32,
    pub environment: String,
    pub opened_at: Stamp,
    pub sent_at: Stamp,
    pub test: bool,
}

/// How a channel's attempt ended. A channel only sends and says whether a retry can help.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Attempt {
    /// Handed over, with the receipt the far side gave.
    Sent(Clean),
    /// May work later; `after` is the far side's own wish.
    Retry { why: Clean, after: Option<Duration> },
    /// Will never work as it is.
    Dead(Clean),
}

pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(15 * 60);
/// Tries before a page that keeps failing is declared dead: about a day at the longest back-off.
pub const ATTEMPTS_MAX: u32 = 300;

/// Full jitter, 1 s doubling to 5 min: `random` is uniform in 0..1. The far side's wish wins, up to 15 min.
pub fn back_off(attempt: u32, after: Option<Duration>, random: f64) -> Duration {
    if let Some(wish) = after {
        return wish.min(RETRY_AFTER_MAX);
    }
    let ceiling = Duration::from_secs(1 << attempt.saturating_sub(1).min(9)).min(Duration::from_secs(300));
    ceiling.mul_f64(random.clamp(0.05, 1.0))
}
