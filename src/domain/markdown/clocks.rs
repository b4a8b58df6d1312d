//! The three clocks people write in one style of brackets, "(5 minutes)", "(Response: Within 1 hour)" and "(Next 30
//! days)", and the words and dates around them. Also what a heading's words say of the lists below it.

use std::time::Duration;

use chrono::{Days, NaiveDate};

use super::model::{Cadence, Response};
use super::repair::repair;
use crate::domain::severity::Severity;
use crate::domain::text::Clean;

/// Words of a heading under which an ordered list is a procedure.
const PROCEDURE: [&str; 21] = [
    "alert",
    "alerts",
    "emergency",
    "escalation",
    "failover",
    "incident",
    "incidents",
    "mitigation",
    "outage",
    "playbook",
    "procedure",
    "procedures",
    "recovery",
    "remediation",
    "response",
    "rollback",
    "runbook",
    "scale",
    "scaling",
    "steps",
    "troubleshooting",
];
const CONTACTS: [&str; 2] = ["contact", "contacts"];
/// Said in headings, and not among the cadences a list can have.
const OTHER: [&str; 7] = ["hourly", "fortnightly", "biweekly", "quarterly", "annual", "annually", "yearly"];

/// What one heading says by itself; what it inherits is the caller's to look up.
#[derive(Default)]
pub(super) struct Reading {
    /// Without clocks and leading emoji.
    pub title: Clean,
    pub cadence: Option<Cadence>,
    /// A cadence in words that no list can have.
    pub other: Option<&'static str>,
    pub budget: Option<Duration>,
    pub response: Option<Response>,
    /// Days from the document's creation.
    pub within_days: Option<u64>,
    pub severity: Option<Severity>,
    pub procedure: bool,
    pub contacts: bool,
}

pub(super) fn heading(text: &str) -> Reading {
    let text = repair(text).0;
    let mut reading = Reading::default();
    let mut title = String::new();
    let mut rest = text.as_str();
    while let Some((before, inner, after)) = bracket(rest) {
        title.push_str(before);
        if !reading.clock(&inner.to_lowercase()) {
            title.push('(');
            title.push_str(inner);
            title.push(')');
        }
        rest = after;
    }
    title.push_str(rest);
    let lower = title.to_lowercase();
    reading.words(&lower);
    let bare = title.trim().trim_end_matches(':').trim();
    let named = bare.trim_start_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '(' | '"' | '$' | '<' | '>'));
    reading.title = super::inline::plain(if named.is_empty() { bare } else { named });
    reading
}

fn bracket(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('(')?;
    let (inner, after) = rest.split_once(')')?;
    Some((before, inner, after))
}

impl Reading {
    /// Takes a bracket as one of the clocks; false when it is none.
    fn clock(&mut self, inner: &str) -> bool {
        let inner = inner.trim();
        if let Some(days) = next_days(inner) {
            self.within_days = Some(days);
            self.cadence = Some(Cadence::Once);
            return true;
        }
        if inner.contains("respon") || inner.starts_with("sla") {
            self.response = response(inner);
            return self.response.is_some();
        }
        let bare = ["~", "about ", "approx. ", "approx ", "max ", "max. ", "up to "]
            .iter()
            .fold(inner, |text, word| text.strip_prefix(word).unwrap_or(text));
        // "5-10 minutes": the larger one is the budget.
        let bare =
            bare.split_once(['-', '–']).filter(|(low, _)| low.trim().parse::<u32>().is_ok()).map_or(bare, |r| r.1);
        match span(bare) {
            Some((budget, "")) => self.budget = Some(budget),
            _ => return false,
        }
        true
    }

    fn words(&mut self, lower: &str) {
        let mut before = "";
        for word in words(lower) {
            let every = matches!(before, "every" | "each" | "per");
            let cadence = match word {
                "daily" | "nightly" => Some(Cadence::Daily),
                "weekly" => Some(Cadence::Weekly),
                "monthly" => Some(Cadence::Monthly),
                "once" => Some(Cadence::Once),
                "day" | "night" | "morning" if every => Some(Cadence::Daily),
                "week" if every => Some(Cadence::Weekly),
                "month" if every => Some(Cadence::Monthly),
                _ => None,
            };
            self.cadence = self.cadence.or(cadence);
            self.other = self.other.or_else(|| OTHER.into_iter().find(|w| *w == word));
            self.procedure |= PROCEDURE.contains(&word);
            self.contacts |= CONTACTS.contains(&word);
            self.severity = self.severity.or(match word {
                "critical" => Some(Severity::Critical),
                "warning" | "warnings" => Some(Severity::Warning),
                "notice" => Some(Severity::Notice),
                _ => None,
            });
            before = word;
        }
        if self.within_days.is_none()
            && let Some(days) = lower.find("next ").and_then(|at| next_days(lower.get(at..)?))
        {
            self.within_days = Some(days);
            self.cadence = Some(Cadence::Once);
        }
    }
}

pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty())
}

fn next_days(text: &str) -> Option<u64> {
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
