//! How bad an alert is, and how bad a service looks.

use serde::{Deserialize, Serialize};

/// Ordered: notice < warning < critical.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Notice,
    Warning,
    Critical,
}

impl Severity {
    pub const ALL: [Self; 3] = [Self::Critical, Self::Warning, Self::Notice];

    pub fn word(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
    /// The word of a feed; the neighbours' common synonyms are understood, the rest is the caller's to count.
    pub fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "critical" | "crit" | "emergency" | "fatal" | "page" | "error" => Some(Self::Critical),
            "warning" | "warn" => Some(Self::Warning),
            "notice" | "info" | "information" | "none" => Some(Self::Notice),
            _ => None,
        }
    }
}
