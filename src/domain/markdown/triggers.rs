//! Lines that say when a procedure starts: "Triggers: Response time >200ms or Success rate <99%". Each condition becomes
//! a metric, a strict bound and a unit in the words of the rules, so that a rule can be recognised as the one it
//! restates. Nothing here raises an alert: rules live in the config.

use std::time::Duration;

use super::clocks::{leading_number, span, words};
use super::inline::plain;
use super::model::Place;
use super::repair::repair;
use crate::domain::rule::{Bound, Metric, Rule};
use crate::domain::text::Clean;

/// A line may name a few conditions; more are prose.
const CONDITIONS_MAX: usize = 8;

#[derive(Clone, PartialEq, Debug)]
pub struct Trigger {
    /// The line, without its lead-in.
    pub text: Clean,
    pub place: Place,
    /// Empty when the line could not be understood; then it only stands beside the procedure.
    pub conditions: Vec<Condition>,
    /// All of them must hold; else one suffices.
    pub all: bool,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Condition {
    /// As the line has it: "Response time".
    pub phrase: Clean,
    /// A phrase that says no statistic of latency means the 95th percentile, as the rules' default does.
    pub metric: Metric,
    /// In `unit`: ms for times, 0 to 1 for ratios.
    pub bound: Bound,
    /// `ms`, `ratio`, `1/min`, `1/s`, `days` or empty for a count.
    pub unit: &'static str,
    /// "for 5 minutes".
    pub hold: Option<Duration>,
}

impl Condition {
    /// Whether a rule of the config says the same: family of metric, side and limit.
    pub fn restates(&self, rule: &Rule) -> bool {
        let (mine, theirs) = (self.bound.limit(), rule.bound.limit());
        self.metric.family() == rule.metric.family()
            && self.bound.sign() == rule.bound.sign()
            && (mine - theirs).abs() <= 1e-9 * mine.abs().max(1.0)
    }
}

impl Trigger {
    /// The rules this line restates, in the order of its conditions.
    pub fn rules<'a>(&'a self, rules: &'a [Rule]) -> impl Iterator<Item = &'a Rule> {
        self.conditions.iter().flat_map(|c| rules.iter().filter(|r| c.restates(r)))
    }
}

/// Whether a line says of itself that it is a trigger.
pub(super) fn announces(line: &str) -> bool {
    words(line).next().is_some_and(|w| {
        ["trigger", "triggers", "when", "condition", "conditions"].iter().any(|k| k.eq_ignore_ascii_case(w))
    })
}

pub(super) fn trigger(line: &str, place: Place) -> Trigger {
    let line = repair(line).0;
    let line = line.trim().trim_end_matches(':');
    let said = match line.split_once(':') {
        Some((lead, rest)) if words(lead).count() <= 2 && !rest.trim().is_empty() => rest.trim(),
        _ => line,
    };
    let lower = said.to_lowercase();
    let pieces: Vec<&str> = lower
        .split(" or ")
        .flat_map(|p| p.split(" and "))
        .flat_map(|p| p.split("; "))
        // Not a bare comma: `1,000` is one number.
        .flat_map(|p| p.split(", "))
        .filter(|p| !p.trim().is_empty())
        .take(CONDITIONS_MAX)
        .collect();
    let conditions: Vec<_> = pieces.iter().filter_map(|p| condition(p)).collect();
    let understood = conditions.len() == pieces.len();
    // Half a condition would be another condition.
    let conditions = if understood { conditions } else { Vec::new() };
    let all = lower.contains(" and ") && !lower.contains(" or ");
    Trigger { text: plain(said), place, conditions, all }
}

/// Words for a comparison; longer ones first. The flag is "above".
const SIGNS: [(&str, bool); 14] = [
    (" is greater than ", true),
    (" greater than ", true),
    (" more than ", true),
    (" higher than ", true),
    (" exceeds ", true),
    (" exceed ", true),
    (" above ", true),
    (" over ", true),
    (" is less than ", false),
    (" less than ", false),
    (" lower than ", false),
    (" drops below ", false),
    (" below ", false),
    (" under ", false),
];

fn condition(piece: &str) -> Option<Condition> {
    let (phrase, above, rest) = comparison(piece)?;
    let (number, after) = leading_number(rest.trim_start().trim_start_matches('$'))?;
    let (after, hold) = match after.split_once(" for ") {
        Some((unit, held)) => (unit, Some(span(held)?.0)),
        None => (after, None),
    };
    let phrase = phrase.trim();
    let phrase = ["when ", "if ", "the "].iter().fold(phrase, |p, word| p.strip_prefix(word).unwrap_or(p)).trim();
    let (limit, unit, of) = figure(number, after.trim())?;
    let metric = metric(phrase, unit, of)?;
    let bound = if above { Bound::Above(limit) } else { Bound::Below(limit) };
    Some(Condition { phrase: plain(phrase), metric, bound, unit, hold })
}

/// Whether a line sets one thing against another at all.
pub(super) fn compares(line: &str) -> bool {
    comparison(&line.to_lowercase()).is_some()
}

fn comparison(piece: &str) -> Option<(&str, bool, &str)> {
    if let Some((at, sign)) = piece.char_indices().find(|(_, c)| matches!(c, '>' | '<')) {
        // `>=` is not strict: exactly the limit would be a breach, and no rule here says that.
        let rest = piece.get(at + 1..).filter(|r| !r.starts_with('='))?;
        return Some((piece.get(..at)?, sign == '>', rest));
    }
    SIGNS.iter().find_map(|(sign, above)| piece.split_once(sign).map(|(phrase, rest)| (phrase, *above, rest)))
}

/// The value in the unit of the rules, and what is counted when the unit says so: "25 leads/minute".
fn figure(number: f64, unit: &str) -> Option<(f64, &'static str, &str)> {
    if let Some(rest) = unit.strip_prefix('%') {
        return rest.trim().is_empty().then_some((number / 100.0, "ratio", ""));
    }
    if let Some((of, per)) = unit.split_once('/').or_else(|| unit.split_once(" per ")) {
        return match per.trim() {
            "minute" | "min" | "m" => Some((number, "1/min", of.trim())),
            "second" | "sec" | "s" => Some((number, "1/s", of.trim())),
            _ => None,
        };
    }
    let word = words(unit).next().unwrap_or_default();
    Some(match word {
        "ms" | "millisecond" | "milliseconds" => (number, "ms", ""),
        "s" | "sec" | "second" | "seconds" => (number * 1000.0, "ms", ""),
        "min" | "minute" | "minutes" => (number * 60_000.0, "ms", ""),
        "day" | "days" => (number, "days", ""),
        "percent" => (number / 100.0, "ratio", ""),
        _ => (number, "", unit),
    })
}

fn metric(phrase: &str, unit: &str, of: &str) -> Option<Metric> {
    let has = |word: &str| words(phrase).any(|w| w == word);
    let latency = has("latency") || (has("time") || has("times")) && (has("response") || has("inference"));
    Some(if latency && unit == "ms" {
        match () {
            () if has("p50") || has("median") => Metric::LatencyP50,
            () if has("p99") => Metric::LatencyP99,
            () if has("max") || has("maximum") => Metric::LatencyMax,
            () => Metric::LatencyP95,
        }
    } else if has("success") && unit == "ratio" {
        Metric::Success
    } else if has("certificate") && unit == "days" {
        Metric::TlsDaysLeft
    } else if unit == "1/min" && !of.is_empty() {
        Metric::Named(format!("{}-per-minute", super::inline::slug(of)))
    } else if unit == "1/s" && !of.is_empty() {
        Metric::Named(format!("{}-per-second", super::inline::slug(of)))
    } else {
        let counted = ["concurrent ", "current ", "active ", "number of "];
        let name = counted.iter().fold(phrase, |p, word| p.strip_prefix(word).unwrap_or(p));
        words(name).next()?;
        Metric::Named(super::inline::slug(name))
    })
}
