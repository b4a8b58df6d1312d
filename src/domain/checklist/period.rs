//! When a list is open, due and over: days, weeks and months of a time zone, as moments. The same list, period and zone
//! always give the same key, so that two consoles at midnight, or a worker after a month away, make nothing twice.
//! Written rule for local times that clocks skip or repeat: a skipped one is the first moment after the gap, a repeated
//! one is the earlier.

use chrono::{Datelike, Days, Duration, LocalResult, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeZone};
use chrono_tz::Tz;

use crate::domain::markdown::Cadence;
use crate::domain::time::Stamp;

/// Periods looked back over at most: after years without a worker the older ones are not made up one by one.
pub const BACK_MAX: usize = 400;

/// A local moment inside a period: a day counted from its first (0), and a time on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Due {
    pub day: u32,
    pub time: NaiveTime,
}

/// How often a list comes back, where, and until when it is to be done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rhythm {
    pub cadence: Cadence,
    pub zone: Tz,
    /// None: until the period ends.
    pub due: Option<Due>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Period {
    /// `2026-11-29`, `2026-W48`, `2026-11`, `once`.
    pub key: String,
    pub opens: Stamp,
    /// None for a list without a date.
    pub due: Option<Stamp>,
    /// When the next one opens; None never closes by time.
    pub closes: Option<Stamp>,
}

impl Rhythm {
    /// The period that holds `now`. A once-list opens where it was created and is due at the end of its last day.
    pub fn at(&self, now: Stamp, created: Option<NaiveDate>, last_day: Option<NaiveDate>) -> Period {
        let today = self.zone.from_utc_datetime(&now.utc().naive_utc()).date_naive();
        match self.first_day(today) {
            Some(first) => self.from(first),
            None => Period {
                key: "once".to_owned(),
                opens: created.map_or(now, |d| self.midnight(d)),
                due: last_day.map(|d| self.midnight(d + Days::new(1))),
                closes: None,
            },
        }
    }

    /// The one that begins where this one ends.
    pub fn after(&self, period: &Period) -> Option<Period> {
        let closes = period.closes?;
        let day = self.zone.from_utc_datetime(&closes.utc().naive_utc()).date_naive();
        Some(self.from(self.first_day(day)?))
    }

    /// Every period that opened after `last` and no later than `now`, oldest first; the latest 400 at most.
    pub fn since(&self, last: Stamp, now: Stamp) -> Vec<Period> {
        let mut found = std::collections::VecDeque::new();
        let mut period = self.at(last, None, None);
        while let Some(next) = self.after(&period) {
            if next.opens > now {
                break;
            }
            found.push_back(next.clone());
            if found.len() > BACK_MAX {
                found.pop_front();
            }
            period = next;
        }
        found.into()
    }

    fn first_day(&self, day: NaiveDate) -> Option<NaiveDate> {
        match self.cadence {
            Cadence::Daily => Some(day),
            Cadence::Weekly => Some(day - Days::new(u64::from(day.weekday().num_days_from_monday()))),
            Cadence::Monthly => day.with_day(1),
            Cadence::Once => None,
        }
    }

    fn from(&self, first: NaiveDate) -> Period {
        let (key, next) = match self.cadence {
            Cadence::Weekly => {
                let week = first.iso_week();
                (format!("{}-W{:02}", week.year(), week.week()), first + Days::new(7))
            }
            Cadence::Monthly => (first.format("%Y-%m").to_string(), first + Months::new(1)),
            Cadence::Daily | Cadence::Once => (first.format("%Y-%m-%d").to_string(), first + Days::new(1)),
        };
        let (opens, closes) = (self.midnight(first), self.midnight(next));
        let due = self.due.map_or(closes, |due| {
            let at = self.moment((first + Days::new(u64::from(due.day))).and_time(due.time));
            at.clamp(opens, closes)
        });
        Period { key, opens, due: Some(due), closes: Some(closes) }
    }

    fn midnight(&self, day: NaiveDate) -> Stamp {
        self.moment(day.and_time(NaiveTime::MIN))
    }

    fn moment(&self, local: NaiveDateTime) -> Stamp {
        match self.zone.from_local_datetime(&local) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Stamp(at.timestamp_millis()),
            LocalResult::None => self.after_gap(local),
        }
    }

    /// Clocks jump by whole quarters of an hour; whole days have been skipped (Samoa 2011), so a day and a bit is looked
    /// through. The moment of the jump is the last offset before it, applied to the skipped time's gap start.
    fn after_gap(&self, local: NaiveDateTime) -> Stamp {
        let quarter = Duration::minutes(15);
        let mut probe = local;
        for _ in 0..(26 * 4) {
            probe += quarter;
            if let LocalResult::Single(at) | LocalResult::Ambiguous(at, _) = self.zone.from_local_datetime(&probe) {
                // The first valid quarter is the end of the gap, or up to 14 minutes past it: step back to it.
                let back = (0..15).map(|m| probe - Duration::minutes(m));
                let valid = back.map_while(|t| self.zone.from_local_datetime(&t).earliest());
                return Stamp(valid.last().unwrap_or(at).timestamp_millis());
            }
        }
        Stamp(local.and_utc().timestamp_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rhythm(cadence: Cadence, zone: &str, due: Option<(u32, &str)>) -> Rhythm {
        let due = due.map(|(day, time)| Due { day, time: NaiveTime::parse_from_str(time, "%H:%M").unwrap() });
        Rhythm { cadence, zone: zone.parse().unwrap(), due }
    }
    fn at(text: &str) -> Stamp {
        Stamp::parse(text).unwrap()
    }

    #[test]
    fn t5_a_day_has_as_many_hours_as_its_zone_gives_it() {
        let berlin = rhythm(Cadence::Daily, "Europe/Berlin", Some((0, "09:00")));
        let hours = |noon: &str| {
            let p = berlin.at(at(noon), None, None);
            (p.key.clone(), p.closes.unwrap().since(p.opens).as_secs() / 3600, p.due.unwrap())
        };
        assert_eq!(hours("2026-03-29T10:00:00Z"), ("2026-03-29".into(), 23, at("2026-03-29T07:00:00Z")));
        assert_eq!(hours("2026-10-25T10:00:00Z"), ("2026-10-25".into(), 25, at("2026-10-25T08:00:00Z")));
        assert_eq!(hours("2026-11-29T10:00:00Z"), ("2026-11-29".into(), 24, at("2026-11-29T08:00:00Z")));
    }

    #[test]
    fn t5_a_skipped_time_is_the_moment_after_the_gap_and_a_repeated_one_the_earlier() {
        let due = |zone: &str, time: &str, noon: &str| {
            rhythm(Cadence::Daily, zone, Some((0, time))).at(at(noon), None, None).due.unwrap()
        };
        assert_eq!(due("Europe/Berlin", "02:30", "2026-03-29T10:00:00Z"), at("2026-03-29T01:00:00Z"));
        assert_eq!(due("Europe/Berlin", "02:30", "2026-10-25T10:00:00Z"), at("2026-10-25T00:30:00Z"));
        // Midnight itself is skipped there: the day begins at one.
        let beirut = rhythm(Cadence::Daily, "America/Santiago", None).at(at("2026-09-06T15:00:00Z"), None, None);
        assert_eq!((beirut.key.as_str(), beirut.opens), ("2026-09-06", at("2026-09-06T04:00:00Z")));
    }

    #[test]
    fn weeks_are_iso_weeks_and_months_are_the_calendars() {
        let week = rhythm(Cadence::Weekly, "UTC", Some((4, "17:00")));
        let p = week.at(at("2027-01-02T12:00:00Z"), None, None);
        assert_eq!((p.key.as_str(), p.opens), ("2026-W53", at("2026-12-28T00:00:00Z")));
        assert_eq!(p.due, Some(at("2027-01-01T17:00:00Z")));
        let month = rhythm(Cadence::Monthly, "UTC", None);
        let p = month.at(at("2026-02-10T12:00:00Z"), None, None);
        assert_eq!((p.key.as_str(), p.closes), ("2026-02", Some(at("2026-03-01T00:00:00Z"))));
    }

    #[test]
    fn what_passed_without_a_worker_is_listed_once_and_in_order() {
        let day = rhythm(Cadence::Daily, "Europe/Berlin", None);
        let keys = |from: &str, to: &str| day.since(at(from), at(to)).into_iter().map(|p| p.key).collect::<Vec<_>>();
        assert_eq!(keys("2026-03-28T12:00:00Z", "2026-03-31T12:00:00Z"), ["2026-03-29", "2026-03-30", "2026-03-31"]);
        assert!(keys("2026-03-28T12:00:00Z", "2026-03-28T12:00:01Z").is_empty());
        assert_eq!(day.since(at("2020-01-01T00:00:00Z"), at("2026-01-01T00:00:00Z")).len(), BACK_MAX);
    }

    #[test]
    fn a_once_list_opens_where_it_was_written_and_ends_with_its_last_day() {
        let once = rhythm(Cadence::Once, "Europe/Berlin", None);
        let day = |text: &str| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
        let p = once.at(at("2026-11-29T00:00:00Z"), day("2026-01-09"), day("2026-02-08"));
        assert_eq!((p.due, p.closes), (Some(at("2026-02-08T23:00:00Z")), None));
        assert_eq!(once.after(&p), None);
    }

    proptest::proptest! {
        #[test]
        fn t5_periods_meet_without_gap_or_overlap_in_every_zone(
            zone in 0..chrono_tz::TZ_VARIANTS.len(), ms in 1_000_000_000_000_i64..4_000_000_000_000, which in 0..3_usize,
        ) {
            let cadence = [Cadence::Daily, Cadence::Weekly, Cadence::Monthly][which];
            let r = Rhythm { cadence, zone: chrono_tz::TZ_VARIANTS[zone], due: None };
            let p = r.at(Stamp(ms), None, None);
            proptest::prop_assert!(p.opens.0 <= ms && ms < p.closes.unwrap().0, "{p:?}");
            let next = r.after(&p).unwrap();
            proptest::prop_assert_eq!(next.opens, p.closes.unwrap());
            proptest::prop_assert_ne!(&next.key, &p.key);
            proptest::prop_assert_eq!(r.at(next.opens, None, None), next);
        }
    }
}
