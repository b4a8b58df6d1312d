//! Spans, dates and limits of time as people write them: "15 minutes", "within 1 hour", "January 9, 2026". What a heading
//! does with them is in `headings`.

use std::time::Duration;

use chrono::{Days, NaiveDate};

use super::model::Response;

pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty())
}

pub(super) fn next_days(text: &str) -> Option<u64> {
    let rest = text.strip_prefix("next ")?.trim_start();
    let (number, unit) = leading_number(rest)?;
    let days = match words(unit).next()? {
        "day" | "days" => 1,
        "week" | "weeks" => 7,
        "month" | "months" => 30,
        _ => return None,
    };
    // A century is past every plan, and keeps the date arithmetic in range.
    (number.fract() == 0.0 && (1.0..=36_525.0).contains(&number)).then_some(number as u64 * days)
}

/// "Immediate", "within 1 hour", "15-minute response".
pub(super) fn response(text: &str) -> Option<Response> {
    let lower = text.to_lowercase();
    if ["immediate", "at once", "right away"].iter().any(|w| lower.contains(w)) {
        return Some(Response::Immediate);
    }
    first_span(&lower).map(Response::Within)
}

/// The first span of time in a text.
pub(super) fn first_span(lower: &str) -> Option<Duration> {
    starts_of_numbers(lower).find_map(|at| Some(span(lower.get(at..)?)?.0))
}

/// Where a number begins that is no part of a word or of another number.
pub(super) fn starts_of_numbers(text: &str) -> impl Iterator<Item = usize> {
    let mut before = ' ';
    text.char_indices().filter_map(move |(at, c)| {
        let starts = c.is_ascii_digit() && !before.is_alphanumeric() && !matches!(before, '.' | ',');
        before = c;
        starts.then_some(at)
    })
}

pub(super) fn leading_number(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ','))).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    let trimmed = digits.trim_end_matches(['.', ',']);
    let rest = text.get(trimmed.len()..).filter(|_| trimmed.len() < digits.len()).unwrap_or(rest);
    let number: f64 = trimmed.replace(',', "").parse().ok()?;
    number.is_finite().then_some((number, rest))
}

/// A span at the start: "15 minutes", "15-minute", "30s"; with what follows it.
pub(super) fn span(text: &str) -> Option<(Duration, &str)> {
    let (number, rest) = leading_number(text.trim_start())?;
    let rest = rest.trim_start_matches([' ', '-', '\u{a0}']);
    let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
    let (unit, rest) = rest.split_at_checked(end)?;
    let seconds = match unit {
        "ms" => 0.001,
        "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
        "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3600.0,
        "d" | "day" | "days" => 86_400.0,
        _ => return None,
    };
    let total = number * seconds;
    (total > 0.0 && total < 3.2e9).then(|| (Duration::from_secs_f64(total), rest.trim_start_matches('.').trim()))
}

/// A date with an unmistakable order: `2026-01-09`, `January 9, 2026`, `9 Jan 2026`.
pub(super) fn date(text: &str) -> Option<NaiveDate> {
    let lower = text.to_lowercase();
    let parts: Vec<&str> = words(&lower).take(3).collect();
    let number = |s: &str| s.trim_end_matches(|c: char| c.is_ascii_alphabetic()).parse::<u32>().ok();
    let (year, month, day) = match parts.as_slice() {
        [y, m, d] if y.len() == 4 && number(y).is_some() => (number(y)?, number(m)?, number(d)?),
        [a, b, y] => match (month(a), month(b)) {
            (Some(m), _) => (number(y)?, m, number(b)?),
            (_, Some(m)) => (number(y)?, m, number(a)?),
            _ => return None,
        },
        _ => return None,
    };
    (1970..=9000).contains(&year).then(|| NaiveDate::from_ymd_opt(year.cast_signed(), month, day)).flatten()
}

fn month(word: &str) -> Option<u32> {
    let names = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let head = word.get(..3)?;
    let known = word.bytes().all(|b| b.is_ascii_alphabetic());
    names.iter().position(|n| *n == head && known).map(|i| i as u32 + 1)
}

pub(super) fn days_after(created: NaiveDate, days: u64) -> Option<NaiveDate> {
    created.checked_add_days(Days::new(days))
}
