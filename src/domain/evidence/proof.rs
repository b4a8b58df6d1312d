//! What evidence said at one moment: value, limit, source, time. Kept with the box in the journal, so that a later reader
//! sees on what it was ticked.

use serde::{Deserialize, Serialize};

use crate::domain::text::Clean;
use crate::domain::time::Stamp;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Good,
    Bad,
    /// There is a source, and it does not know now: never asked, stale, too few.
    Unknown,
    /// Nothing here can know it.
    NoSource,
    /// It ran, and nothing in what it said was looked at: that is no proof.
    Unproven,
}

impl Verdict {
    pub fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Unknown => "unknown",
            Self::NoSource => "no source",
            Self::Unproven => "ran, proves nothing",
        }
    }
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Proof {
    pub verdict: Verdict,
    /// `6 ok, 1 stale`
    pub says: Clean,
    /// `services.healthy = 7`
    pub wanted: Clean,
    /// `probes`, `command`, `file`
    pub source: Clean,
    /// Of the oldest observation it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Stamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Box<Output>>,
    /// Of fetched evidence: the `spec` that it was fetched by.
    #[serde(default, skip_serializing_if = "Clean::is_empty")]
    pub spec: Clean,
}

/// What a command left behind: bounded, masked, cleaned, hashed before it was cut.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Output {
    /// As it was run, secrets masked.
    pub argv: Clean,
    /// None when it did not end by itself.
    pub exit: Option<i32>,
    /// `killed after 30s`, `ended by signal 9`, `cannot be started: …`
    #[serde(default)]
    pub end: Clean,
    pub took_ms: u64,
    pub lines: Vec<Clean>,
    /// All it wrote, and whether some of that is not in `lines`.
    pub bytes: u64,
    pub cut: bool,
    /// SHA-256 over all it wrote as far as it was read, hexadecimal.
    pub sha256: String,
    /// `user@host`
    pub by: Clean,
}

impl Proof {
    pub fn new(verdict: Verdict, says: impl Into<Clean>) -> Self {
        let empty = Clean::default;
        Self { verdict, says: says.into(), wanted: empty(), source: empty(), at: None, output: None, spec: empty() }
    }
    #[must_use]
    pub fn wanted(self, wanted: impl Into<Clean>) -> Self {
        Self { wanted: wanted.into(), ..self }
    }
    #[must_use]
    pub fn from(self, source: impl Into<Clean>) -> Self {
        Self { source: source.into(), ..self }
    }
    #[must_use]
    pub fn seen_at(self, at: Option<Stamp>) -> Self {
        Self { at, ..self }
    }
    pub fn good(&self) -> bool {
        self.verdict == Verdict::Good
    }
}
