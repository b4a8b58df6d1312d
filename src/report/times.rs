//! Moments as a document says them: with their zone, always; with their day, where that is another one than the document's.

use chrono::{DateTime, TimeZone as _};
use chrono_tz::Tz;

use crate::domain::time::{Stamp, short};

/// The moment a document speaks from, and the zone it speaks in.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    pub now: Stamp,
    zone: Tz,
}

impl Times {
    pub fn new(now: Stamp, zone: Tz) -> Self {
        Self { now, zone }
    }
    /// In a zone by its name; one that nobody knows any more is UTC.
    pub fn named(now: Stamp, zone: &str) -> Self {
        Self::new(now, zone.parse().unwrap_or(Tz::UTC))
    }
    fn local(&self, at: Stamp) -> DateTime<Tz> {
        self.zone.from_utc_datetime(&at.utc().naive_utc())
    }
    /// `2026-11-29 14:03 CET`
    pub fn full(&self, at: Stamp) -> String {
        self.local(at).format("%Y-%m-%d %H:%M %Z").to_string()
    }
    /// `14:03 CET`, with the day where it is another one.
    pub fn clock(&self, at: Stamp) -> String {
        let (there, here) = (self.local(at), self.local(self.now));
        if there.date_naive() == here.date_naive() { there.format("%H:%M %Z").to_string() } else { self.full(at) }
    }
    /// `14:30 CET (in 27m)`, `14:00 CET (3m ago)`.
    pub fn around(&self, at: Stamp) -> String {
        let far = if at > self.now { format!("in {}", short(at.since(self.now))) } else { self.ago(at) };
        format!("{} ({far})", self.clock(at))
    }
    /// As [`Times::around`]; what is due at midnight is due with the day before.
    pub fn due(&self, at: Stamp) -> String {
        if self.local(at).format("%H:%M:%S").to_string() != "00:00:00" {
            return self.around(at);
        }
        let far = if at > self.now { format!("in {}", short(at.since(self.now))) } else { self.ago(at) };
        format!("{} ({far})", self.local(Stamp(at.0 - 1)).format("%Y-%m-%d"))
    }
    pub fn ago(&self, at: Stamp) -> String {
        format!("{} ago", short(self.now.since(at)))
    }
    pub fn age(&self, at: Stamp) -> String {
        short(self.now.since(at))
    }
}
