//! Moments and spans as the pure layers know them. Whoever needs the time is handed a [`Now`]; nothing here reads a
//! clock. Times are whole milliseconds of UTC, so that the store, JSON and tests agree to the last digit.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, SecondsFormat, TimeZone, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment: milliseconds of UTC since 1970. JSON: RFC 3339 in UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Stamp(pub i64);

/// What the clocks say: the wall for people, boot time for spans (it runs on through suspend and ignores steps).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Now {
    pub wall: Stamp,
    pub boot_ms: i64,
}

impl Stamp {
    /// Time from `earlier` to `self`; zero when the order is the other way round.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0).max(0) as u64)
    }
    pub fn utc(self) -> DateTime<Utc> {
        Utc.timestamp_millis_opt(self.0).single().unwrap_or_default()
    }
    /// RFC 3339, UTC, milliseconds.
    pub fn rfc3339(self) -> String {
        self.utc().to_rfc3339_opts(SecondsFormat::Millis, true)
    }
    /// Any RFC 3339 text; None outside years 1970 to 9998, so that no arithmetic on it can overflow.
    pub fn parse(text: &str) -> Option<Self> {
        let ms = match utc_ms(text.as_bytes()) {
            Some(ms) => ms,
            None => DateTime::parse_from_rfc3339(text).ok()?.timestamp_millis(),
        };
        (0..253_370_764_800_000).contains(&ms).then_some(Self(ms))
    }
}

/// `2026-11-22T03:01:00.000Z`, the form this program writes and most feeds do: a flood brings thousands a second, and the
/// general reader takes as long as the rest of an event. None for any other form.
fn utc_ms(text: &[u8]) -> Option<i64> {
    let shape: &[u8; 24] = b"dddd-dd-ddTdd:dd:dd.dddZ";
    let fits = |(found, wanted): (&u8, &u8)| if *wanted == b'd' { found.is_ascii_digit() } else { found == wanted };
    if text.len() != shape.len() || !text.iter().zip(shape).all(fits) {
        return None;
    }
    let number = |at: std::ops::Range<usize>| {
        text.get(at).into_iter().flatten().fold(0, |sum, digit| sum * 10 + u32::from(digit & 0xf))
    };
    let date = NaiveDate::from_ymd_opt(number(0..4).cast_signed(), number(5..7), number(8..10))?;
    let time = date.and_hms_milli_opt(number(11..13), number(14..16), number(17..19), number(20..23))?;
    Some(time.and_utc().timestamp_millis())
}

impl Add<Duration> for Stamp {
    type Output = Self;
    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(ms(span)))
    }
}
impl Sub<Duration> for Stamp {
    type Output = Self;
    fn sub(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(ms(span)))
    }
}
impl fmt::Debug for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}
impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.rfc3339())
    }
}
impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not an RFC 3339 time"))
    }
}

/// A span as whole milliseconds, saturating.
pub fn ms(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// A span as people say it, largest unit that keeps it short: `8s`, `12m`, `3h`, `2d`, `287d`.
pub fn short(span: Duration) -> String {
    let s = span.as_secs();
    match s {
        0..=119 => format!("{s}s"),
        120..=7199 => format!("{}m", s / 60),
        7200..=172_799 => format!("{}h", s / 3600),
        _ => format!("{}d", s / 86_400),
    }
}

/// A span of work, as people measure it: `50s`, `4m10s`, `1h05m`.
pub fn worked(span: Duration) -> String {
    let s = span.as_secs();
    match s {
        0..60 => format!("{s}s"),
        60..3600 if s.is_multiple_of(60) => format!("{}m", s / 60),
        60..3600 => format!("{}m{:02}s", s / 60, s % 60),
        _ if (s / 60).is_multiple_of(60) => format!("{}h", s / 3600),
        _ => format!("{}h{:02}m", s / 3600, s / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w9_times_outside_reason_are_refused() {
        for bad in ["9999-12-31T23:59:59Z", "1969-12-31T23:59:59Z", "-0001-01-01T00:00:00Z", "yesterday", ""] {
            assert_eq!(Stamp::parse(bad), None, "{bad}");
        }
        assert_eq!(
            Stamp::parse("2026-11-22T03:01:00+01:00").map(Stamp::rfc3339).as_deref(),
            Some("2026-11-22T02:01:00.000Z")
        );
    }

    proptest::proptest! {
        #[test]
        fn the_quick_way_to_read_a_time_agrees_with_the_general_one(
            text in "(19|20|99)[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9]\\.[0-9]{3}Z",
        ) {
            if let Some(ms) = utc_ms(text.as_bytes()) {
                let general = DateTime::parse_from_rfc3339(&text).map(|t| t.timestamp_millis());
                proptest::prop_assert_eq!(general, Ok(ms));
            }
        }
    }

    #[test]
    fn work_is_measured_in_minutes_and_seconds() {
        let shown: Vec<_> = [0, 50, 250, 300, 3600, 3900].map(|s| worked(Duration::from_secs(s))).into();
        assert_eq!(shown, ["0s", "50s", "4m10s", "5m", "1h", "1h05m"]);
    }

    #[test]
    fn a_span_is_short() {
        let shown: Vec<_> = [0, 119, 120, 7200, 200_000].map(|s| short(Duration::from_secs(s))).into();
        assert_eq!(shown, ["0s", "119s", "2m", "2h", "2d"]);
    }
}
