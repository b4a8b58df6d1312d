//! Times as people read them, and when the screen will next read differently. Every relative time moves with the wall
//! clock's minute (ten seconds near a deadline), so that a calm screen is drawn once a minute and not once per row.

use std::cell::Cell;

use chrono::{DateTime, FixedOffset, Offset as _, Utc};

use crate::domain::time::Stamp;

const MINUTE: i64 = 60_000;
const STEP: i64 = 10_000;

pub struct Clock {
    pub now: Stamp,
    zone: FixedOffset,
    next: Cell<Option<Stamp>>,
}

impl Clock {
    pub fn new(now: Stamp, zone_secs: i32) -> Self {
        let zone = FixedOffset::east_opt(zone_secs).unwrap_or_else(|| Utc.fix());
        Self { now, zone, next: Cell::new(None) }
    }
    /// When something said by this clock will read differently.
    pub fn next_change(&self) -> Option<Stamp> {
        self.next.get()
    }
    fn changes_with(&self, step: i64) {
        let at = Stamp((self.now.0.div_euclid(step) + 1) * step);
        self.note(at);
    }
    /// The screen must be drawn again at that moment.
    pub fn note(&self, at: Stamp) {
        self.next.set(Some(self.next.get().map_or(at, |known| known.min(at))));
    }

    /// For how long, whole minutes that have really passed: `<1m`, `6m`, `3h`, `2d`.
    pub fn age(&self, since: Stamp) -> String {
        self.changes_with(MINUTE);
        minutes(self.now.0.saturating_sub(since.0).div_euclid(MINUTE))
    }
    /// For how long something is wrong that just began: by ten seconds at first.
    pub fn fault_age(&self, since: Stamp) -> String {
        let gone = self.now.0.saturating_sub(since.0).max(0);
        if gone >= 2 * MINUTE {
            return self.age(since);
        }
        self.changes_with(STEP);
        if gone < STEP { "<10s".to_owned() } else { format!("{}s", gone / STEP * 10) }
    }
    /// Until then: `8m`, `50s` in the last two minutes, `now`.
    pub fn left(&self, until: Stamp) -> String {
        let left = until.0.saturating_sub(self.now.0);
        if left <= 0 {
            return "now".to_owned();
        }
        if left > 2 * MINUTE {
            self.changes_with(MINUTE);
            return minutes(until.0.div_euclid(MINUTE).saturating_sub(self.now.0.div_euclid(MINUTE)));
        }
        self.changes_with(STEP);
        let tens = until.0.div_euclid(STEP).saturating_sub(self.now.0.div_euclid(STEP));
        format!("{}s", (tens * 10).max(10))
    }
    /// Until then, second by second: for what is over in a few.
    pub fn seconds_left(&self, until: Stamp) -> String {
        let left = until.0.saturating_sub(self.now.0).max(0);
        let whole = left.div_euclid(1000) + i64::from(left % 1000 > 0);
        self.note(Stamp(until.0 - (whole - 1).max(0) * 1000));
        format!("{whole}s")
    }

    pub fn local(&self, at: Stamp) -> DateTime<FixedOffset> {
        at.utc().with_timezone(&self.zone)
    }
    /// `03:12`; with the day when that is another one.
    pub fn time(&self, at: Stamp) -> String {
        let (there, here) = (self.local(at), self.local(self.now));
        if there.date_naive() == here.date_naive() {
            there.format("%H:%M").to_string()
        } else {
            there.format("%b %d %H:%M").to_string()
        }
    }
    /// As [`Clock::time`]; what is due at midnight is due with the day before.
    pub fn due(&self, at: Stamp) -> String {
        let there = self.local(at);
        if there.format("%H:%M:%S").to_string() != "00:00:00" {
            return self.time(at);
        }
        let day = self.local(Stamp(at.0 - 1));
        if day.date_naive() == self.local(self.now).date_naive() {
            "today".to_owned()
        } else {
            day.format("%b %d").to_string()
        }
    }
    /// `03:12:40`; with the day when that is another one.
    pub fn exact(&self, at: Stamp) -> String {
        let today = self.local(at).date_naive() == self.local(self.now).date_naive();
        if today { self.seconds(at) } else { self.time(at) }
    }
    pub fn seconds(&self, at: Stamp) -> String {
        self.local(at).format("%H:%M:%S").to_string()
    }
    /// With date and zone: for what leaves the screen.
    pub fn full(&self, at: Stamp) -> String {
        self.local(at).format("%Y-%m-%d %H:%M:%S %:z").to_string()
    }
    /// The clock of the truth line.
    pub fn face(&self) -> String {
        self.changes_with(MINUTE);
        self.local(self.now).format("%H:%M").to_string()
    }
    /// `30m`, `1h30m`, or a wall time `09:00` (the next one).
    pub fn moment(&self, text: &str) -> Option<Stamp> {
        if let Some((h, m)) = text.trim().split_once(':') {
            let (h, m): (i64, i64) = (h.parse().ok()?, m.parse().ok()?);
            if !(0..24).contains(&h) || !(0..60).contains(&m) {
                return None;
            }
            let offset = i64::from(self.zone.local_minus_utc()) * 1000;
            let day = 24 * 60 * MINUTE;
            let midnight = (self.now.0 + offset).div_euclid(day) * day - offset;
            let at = midnight + (h * 60 + m) * MINUTE;
            return Some(Stamp(if at > self.now.0 { at } else { at + day }));
        }
        let span = crate::domain::span::Span::parse(text)?;
        (span.0.as_secs() > 0).then(|| self.now + span.0)
    }
}

fn minutes(n: i64) -> String {
    match n {
        ..=0 => "<1m".to_owned(),
        1..=119 => format!("{n}m"),
        120..=2879 => format!("{}h", n / 60),
        _ => format!("{}d", n / 1440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_times_step_with_the_wall_minute_and_by_ten_seconds_near_the_end() {
        let clock = Clock::new(Stamp(600_500), 0);
        assert_eq!(clock.age(Stamp(0)), "10m");
        assert_eq!(clock.next_change(), Some(Stamp(660_000)));
        assert_eq!(clock.left(Stamp(600_500 + 95_000)), "90s");
        assert_eq!(clock.next_change(), Some(Stamp(610_000)));
        assert_eq!((clock.age(Stamp(541_000)), clock.age(Stamp(540_400))), ("<1m".into(), "1m".into()));
        assert_eq!(clock.left(Stamp(0)), "now");
        assert_eq!(clock.fault_age(Stamp(555_000)), "40s");
    }

    #[test]
    fn a_wall_time_is_the_next_one_in_the_readers_zone() {
        let clock = Clock::new(Stamp::parse("2026-11-22T03:03:00Z").unwrap(), 3600);
        assert_eq!(clock.moment("09:00"), Stamp::parse("2026-11-22T08:00:00Z"));
        assert_eq!(clock.moment("04:03"), Stamp::parse("2026-11-23T03:03:00Z"));
        assert_eq!(clock.moment("30m"), Stamp::parse("2026-11-22T03:33:00Z"));
        assert_eq!([clock.moment("25:00"), clock.moment("0s"), clock.moment("soon")], [None; 3]);
    }
}
