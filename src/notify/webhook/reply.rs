//! What an answer to a webhook means: sent, worth a retry, or dead. Pure: the status, the headers and the first bytes
//! of the body decide, and the far side's own `Date` is the clock its `Retry-After` is read by.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime};
use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use crate::domain::outbox::{Attempt, RETRY_AFTER_MAX};
use crate::domain::text::Clean;
use crate::domain::time::Stamp;

/// `said` is the excerpt of the body; `sent_at` stands in for an answer without a `Date`.
pub fn judge(status: StatusCode, headers: &HeaderMap, said: &Clean, sent_at: Stamp) -> Attempt {
    let mut line = format!("HTTP {}", status.as_u16());
    if let Some(reason) = status.canonical_reason() {
        line = format!("{line} {reason}");
    }
    if status.is_redirection() {
        line.push_str("; redirects are not followed, put the new address into the config");
    }
    if !said.is_empty() {
        line = format!("{line}: {said}");
    }
    let line = Clean::new(&line);
    if status.is_success() {
        Attempt::Sent(line)
    } else if status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429) {
        Attempt::Retry { why: line, after: retry_after(headers, sent_at) }
    } else {
        Attempt::Dead(line)
    }
}

/// The far side's wish, uncapped (the outbox caps it). Junk, zero and the past are no wish: they would turn the
/// back-off into a storm.
fn retry_after(headers: &HeaderMap, sent_at: Stamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wish = if text.bytes().all(|b| b.is_ascii_digit()) {
        // More seconds than fit a number are a wish all the same: for as long as we ever wait.
        (!text.is_empty()).then(|| text.parse().map_or(RETRY_AFTER_MAX, Duration::from_secs))?
    } else {
        let here = headers.get(DATE).and_then(|d| http_date(d.to_str().ok()?.trim())).unwrap_or(sent_at);
        http_date(text)?.since(here)
    };
    (!wish.is_zero()).then_some(wish)
}

/// The three forms of RFC 9110: the usual one, RFC 850's and asctime's.
fn http_date(text: &str) -> Option<Stamp> {
    if let Ok(at) = DateTime::parse_from_rfc2822(text) {
        return Some(Stamp(at.timestamp_millis()));
    }
    ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .map(|at| Stamp(at.and_utc().timestamp_millis()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(retry: &str, date: Option<&str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, retry.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        let sent_at = Stamp::parse("1994-11-06T08:49:00Z").unwrap();
        retry_after(&headers, sent_at).map(|d| d.as_secs())
    }

    #[test]
    fn n1_retry_after_in_every_form_and_junk_is_no_wish() {
        assert_eq!(wish("5", None), Some(5));
        assert_eq!(wish(" 99999 ", None), Some(99_999));
        for same in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(wish(same, None), Some(37), "{same}");
            // Its own clock counts, not ours: this server lives ten seconds before the date it names.
            assert_eq!(wish(same, Some("Sun, 06 Nov 1994 08:49:27 GMT")), Some(10), "{same}");
        }
        assert_eq!(wish("99999999999999999999999", None), Some(RETRY_AFTER_MAX.as_secs()));
        let past = "Sun, 06 Nov 1994 08:00:00 GMT";
        for junk in ["soon", "", "-5", "0", "1.5", "5s", past, "Sun, 99 Foo 1994"] {
            assert_eq!(wish(junk, None), None, "{junk}");
        }
    }

    #[test]
    fn n5_every_status_has_its_class() {
        let class = |code: u16| match judge(
            StatusCode::from_u16(code).unwrap(),
            &HeaderMap::new(),
            &Clean::default(),
            Stamp(0),
        ) {
            Attempt::Sent(_) => 's',
            Attempt::Retry { .. } => 'r',
            Attempt::Dead(_) => 'd',
        };
        for code in 200..=999 {
            let expected = match code {
                200..=299 => 's',
                408 | 425 | 429 | 500..=599 => 'r',
                _ => 'd',
            };
            assert_eq!(class(code), expected, "{code}");
        }
    }
}
