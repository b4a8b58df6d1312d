//! What a heading's words say of the lists below it: how often, how long, by when, and whether its ordered lists are
//! procedures. Three clocks are written in one style of brackets, "(5 minutes)", "(Response: Within 1 hour)" and "(Next 30
//! days)". What a heading inherits from those above is for `reader` and `lists`.

use std::time::Duration;

use super::clocks::{next_days, response, span, words};
use super::model::{Cadence, Response};
use super::outline::{Kind, Outline};
use super::repair::repair;
use crate::domain::severity::Severity;
use crate::domain::text::Clean;

/// Words of a heading under which an ordered list is a procedure.
const PROCEDURE: [&str; 32] = [
    "alert",
    "alerts",
    "containment",
    "diagnosis",
    "disaster",
    "emergency",
    "eradication",
    "escalation",
    "failover",
    "incident",
    "incidents",
    "investigation",
    "mitigation",
    "outage",
    "outages",
    "playbook",
    "playbooks",
    "procedure",
    "procedures",
    "recovery",
    "remediation",
    "response",
    "restoration",
    "restore",
    "rollback",
    "runbook",
    "runbooks",
    "scale",
    "scaling",
    "steps",
    "triage",
    "troubleshooting",
];
/// What happens, and what is done then: not daily, even in a book of daily checks.
const EVENTS: [&str; 7] = ["alert", "alerts", "disaster", "emergency", "incident", "incidents", "outage"];
const ANSWERS: [&str; 6] = ["playbook", "procedure", "procedures", "recovery", "response", "runbook"];
const CONTACTS: [&str; 2] = ["contact", "contacts"];
/// Said in headings, and not among the cadences a list can have; with what such a list is read as instead.
const OTHER: [(&str, Cadence); 8] = [
    ("hourly", Cadence::Daily),
    ("fortnightly", Cadence::Once),
    ("biweekly", Cadence::Once),
    ("bimonthly", Cadence::Once),
    ("quarterly", Cadence::Once),
    ("annual", Cadence::Once),
    ("annually", Cadence::Once),
    ("yearly", Cadence::Once),
];
/// Words that name a part of any procedure or list: a title of nothing else says not which one.
const PARTS: [&str; 43] = [
    "action",
    "actions",
    "check",
    "checklist",
    "checklists",
    "checks",
    "diagnosis",
    "fix",
    "immediate",
    "initial",
    "instructions",
    "investigate",
    "investigation",
    "items",
    "list",
    "mitigation",
    "mitigations",
    "next",
    "plan",
    "post",
    "pre",
    "prevention",
    "procedure",
    "procedures",
    "process",
    "quick",
    "recovery",
    "remediation",
    "required",
    "resolution",
    "response",
    "rollback",
    "solution",
    "solutions",
    "step",
    "steps",
    "suggested",
    "task",
    "tasks",
    "test",
    "validation",
    "verification",
    "verify",
];
/// Keys of a line below a heading that says how often.
const FREQUENCY: [&str; 4] = ["frequency", "cadence", "how often", "recurrence"];

/// What one heading says by itself; what it inherits is the caller's to look up.
#[derive(Default)]
pub(super) struct Reading {
    /// Without clocks and leading emoji.
    pub title: Clean,
    pub cadence: Option<Cadence>,
    /// A cadence that no list can have, and the one it is read as.
    pub other: Option<(&'static str, Cadence)>,
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
        // A limit for the answer, and a part of the title: which phase this is.
        if inner.starts_with("within ") {
            self.response = response(inner);
            return false;
        }
        if inner.contains("respon") || inner.starts_with("sla") {
            self.response = response(inner);
            return self.response.is_some();
        }
        let bare = ["~", "<", "about ", "approx. ", "approx ", "max ", "max. ", "up to ", "under "]
            .iter()
            .fold(inner, |text, word| text.strip_prefix(word).unwrap_or(text).trim_start());
        // "5-10 minutes", "30 min - 2 hours": the larger one is the budget.
        let low = |low: &str| low.trim().parse::<u32>().is_ok() || span(low).is_some_and(|(_, rest)| rest.is_empty());
        let range = bare.split_once(['-', '–']).filter(|(from, _)| low(from)).and_then(|(_, to)| span(to));
        match range.or_else(|| span(bare)) {
            Some((budget, "")) => self.budget = Some(budget),
            _ => return false,
        }
        true
    }

    fn words(&mut self, lower: &str) {
        self.rhythm(lower);
        let says = |these: &[&str]| words(lower).any(|w| these.contains(&w));
        if self.other.is_none() && says(&EVENTS) && says(&ANSWERS) {
            self.cadence = self.cadence.or(Some(Cadence::Once));
        }
        for word in words(lower) {
            self.procedure |= PROCEDURE.contains(&word);
            self.contacts |= CONTACTS.contains(&word);
            self.severity = self.severity.or(match word {
                "critical" => Some(Severity::Critical),
                "warning" | "warnings" => Some(Severity::Warning),
                "notice" => Some(Severity::Notice),
                _ => None,
            });
        }
        if self.within_days.is_none()
            && let Some(days) = lower.find("next ").and_then(|at| next_days(lower.get(at..)?))
        {
            self.within_days = Some(days);
            self.cadence = Some(Cadence::Once);
        }
    }

    /// How often, by the first word that says so; "once" alone is the weakest: "once a week" is weekly.
    fn rhythm(&mut self, lower: &str) {
        let (mut before, mut once) = ("", false);
        for word in words(lower) {
            let every = matches!(before, "every" | "each" | "per") || (once && before == "a");
            let half = before == "bi";
            let (cadence, other) = match word {
                "weekly" if half => (None, "biweekly"),
                "monthly" if half => (None, "bimonthly"),
                "daily" | "nightly" => (Some(Cadence::Daily), ""),
                "weekly" => (Some(Cadence::Weekly), ""),
                "monthly" => (Some(Cadence::Monthly), ""),
                "day" | "night" | "morning" if every => (Some(Cadence::Daily), ""),
                "week" if every => (Some(Cadence::Weekly), ""),
                "month" if every => (Some(Cadence::Monthly), ""),
                "hour" if every => (None, "hourly"),
                "quarter" if every => (None, "quarterly"),
                "year" if every => (None, "yearly"),
                _ => (None, word),
            };
            self.cadence = self.cadence.or(cadence);
            self.other = self.other.or_else(|| OTHER.into_iter().find(|(w, _)| *w == other));
            once |= word == "once";
            before = word;
        }
        self.cadence = self.cadence.or(once.then_some(Cadence::Once));
    }
}

/// "**Frequency:** weekly" below a heading says what the heading could have said; where it did, that stands.
pub(super) fn stated(outline: &Outline, readings: &mut [Reading]) {
    let paragraphs = outline.blocks.iter().filter_map(|b| match &b.kind {
        Kind::Paragraph(inline) => Some((b.section?, inline.text.as_str())),
        _ => None,
    });
    let entries = outline.entries.iter().filter(|e| e.boxed.is_none() && e.parent.is_none());
    let entries = entries.filter_map(|e| Some((e.section?, e.inline.text.as_str())));
    for (section, text) in paragraphs.chain(entries) {
        let Some(reading) = readings.get_mut(section).filter(|r| r.cadence.is_none() && r.other.is_none()) else {
            continue;
        };
        let said = text.lines().filter_map(|line| line.split_once(':'));
        for (_, often) in said.filter(|(key, _)| FREQUENCY.iter().any(|k| k.eq_ignore_ascii_case(key.trim()))) {
            reading.rhythm(&often.to_lowercase());
        }
    }
}

/// A title such as "Steps" or "2. Immediate actions", which means nothing without the heading above.
pub(super) fn is_part(title: &str) -> bool {
    let lower = title.to_lowercase();
    let mut said = words(&lower).filter(|w| !w.bytes().all(|b| b.is_ascii_digit())).peekable();
    said.peek().is_some() && said.all(|w| PARTS.contains(&w))
}
