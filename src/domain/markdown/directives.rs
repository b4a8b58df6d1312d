//! What an author can say in an HTML comment and no reader of the page sees: `<!-- watchdeck: id=backup two-person -->`.
//! Pairs are `key=word`, `key="several words"` or `key: the rest up to a semicolon or the line's end`. Without the word
//! `watchdeck` a comment counts when it begins with a key from here; any other comment is the author's own business.

use std::time::Duration;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::clocks::{date, span};
use super::model::Cadence;
use crate::domain::text::Clean;

/// Every key, and whether it stands alone.
pub const KEYS: [(&str, bool); 13] = [
    ("id", false),
    ("cadence", false),
    ("due", false),
    ("budget", false),
    ("created", false),
    ("mode", false),
    ("evidence", false),
    ("limit", false),
    ("window", false),
    ("command", false),
    ("role", false),
    ("two-person", true),
    ("critical", true),
];

/// How an item is meant to be worked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    Live,
    Auto,
    Assist,
    Exec,
    Manual,
}

impl Mode {
    pub const WORDS: [(&'static str, Self); 5] = [
        ("live", Self::Live),
        ("auto", Self::Auto),
        ("assist", Self::Assist),
        ("exec", Self::Exec),
        ("manual", Self::Manual),
    ];
}

/// The directives of one item, or of all items below a heading. Only what was said is set; whether a command or an
/// expression is allowed is for the config, never for the file.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Directives {
    /// Letters, digits, `-`, `_` and `.`, at most 64.
    pub id: Option<String>,
    pub cadence: Option<Cadence>,
    /// The last day on time.
    pub due: Option<NaiveDate>,
    pub budget: Option<Duration>,
    pub mode: Option<Mode>,
    /// An expression over services, KPIs, alerts or findings; its reader comes with evidence.
    pub evidence: Option<Clean>,
    pub limit: Option<Clean>,
    pub window: Option<Duration>,
    /// One line; split into argv by whoever runs it.
    pub command: Option<Clean>,
    /// Who is to do it.
    pub role: Option<Clean>,
    pub two_person: bool,
    pub critical: bool,
}

/// What one comment says beyond [`Directives`], and what is wrong in it.
#[derive(Default)]
pub(super) struct Said {
    pub pairs: Directives,
    /// Of the document.
    pub created: Option<NaiveDate>,
    /// What is wrong and how to mend it.
    pub wrong: Vec<(String, String)>,
}

/// Reads the inside of a comment; None when it is no directive.
pub(super) fn directives(comment: &str) -> Option<Said> {
    let text = comment.trim();
    let ours = text.strip_prefix("watchdeck").filter(|r| r.starts_with([':', ' ', '\n', '\r', '\t']) || r.is_empty());
    let mut rest = ours.unwrap_or(text).trim_start_matches(':').trim_start();
    if ours.is_none() && !begins_with_key(rest) {
        return None;
    }
    let mut said = Said::default();
    while !rest.is_empty() {
        let (key, value, next) = pair(rest);
        if key.is_empty() {
            said.wrong.push((format!("`{}` is no directive", head(rest)), "write `key=value`".to_owned()));
            break;
        }
        said.set(key, value);
        rest = next.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ';' | ','));
    }
    Some(said)
}

/// `cadence: weekly` is ours; `critical section` or `id card` are sentences, and `due to…` is too.
fn begins_with_key(text: &str) -> bool {
    let (key, value, next) = pair(text);
    match KEYS.iter().find(|(k, _)| *k == key) {
        Some((_, alone)) => (*alone && value.is_none() && next.trim().is_empty()) || (!*alone && value.is_some()),
        // A slip of the pen in a short key: value, so that it is not silently nothing.
        None => value.is_some() && key.len() > 3 && near(key).is_some() && !next.contains(char::is_whitespace),
    }
}

fn near(key: &str) -> Option<&'static str> {
    KEYS.iter().map(|(k, _)| *k).find(|k| strsim::osa_distance(k, key) <= 2.min(k.len() / 3))
}

fn head(text: &str) -> String {
    text.chars().take(30).collect()
}

/// A key, its value if it has one, and what follows.
fn pair(text: &str) -> (&str, Option<&str>, &str) {
    let end = text.find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_'))).unwrap_or(text.len());
    let (key, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    let after = rest.trim_start_matches([' ', '\t']);
    let (sign, value) = match (after.strip_prefix('='), after.strip_prefix(':')) {
        (Some(value), _) => ('=', value.trim_start_matches([' ', '\t'])),
        (_, Some(value)) => (':', value.trim_start_matches([' ', '\t'])),
        _ => return (key, None, rest),
    };
    for quote in ['"', '\''] {
        if let Some((inside, next)) = value.strip_prefix(quote).and_then(|v| v.split_once(quote)) {
            return (key, Some(inside), next);
        }
    }
    let stops = |c: char| match sign {
        '=' => c.is_whitespace() || matches!(c, ';' | ','),
        _ => matches!(c, ';' | '\n' | '\r'),
    };
    let end = value.find(stops).unwrap_or(value.len());
    let (value, next) = value.split_at_checked(end).unwrap_or((value, ""));
    (key, Some(value.trim_end()), next)
}

impl Said {
    fn set(&mut self, key: &str, value: Option<&str>) {
        let to = &mut self.pairs;
        let known = match (key, value) {
            ("two-person", None | Some("true" | "yes")) => return to.two_person = true,
            ("critical", None | Some("true" | "yes")) => return to.critical = true,
            (_, None | Some("")) if KEYS.iter().any(|(k, alone)| *k == key && !alone) => false,
            ("id", Some(v)) => put(&mut to.id, Some(v.to_owned()).filter(|v| is_id(v))),
            ("cadence", Some(v)) => put(&mut to.cadence, Cadence::parse(v)),
            ("due", Some(v)) => put(&mut to.due, date(v)),
            ("created", Some(v)) => put(&mut self.created, date(v)),
            ("budget", Some(v)) => put(&mut to.budget, whole_span(v)),
            ("window", Some(v)) => put(&mut to.window, whole_span(v)),
            ("mode", Some(v)) => {
                let named = Mode::WORDS.iter().find(|(w, _)| w.eq_ignore_ascii_case(v));
                put(&mut to.mode, named.map(|(_, mode)| *mode))
            }
            ("evidence", Some(v)) => put(&mut to.evidence, Some(super::inline::shown(v))),
            ("limit", Some(v)) => put(&mut to.limit, Some(super::inline::shown(v))),
            ("command", Some(v)) => put(&mut to.command, Some(super::inline::plain(v))),
            ("role", Some(v)) => put(&mut to.role, Some(super::inline::shown(v))),
            _ => {
                let fix = match near(key) {
                    Some(k) => format!("did you mean `{k}`?"),
                    None => format!("known are {}", KEYS.map(|(k, _)| k).join(", ")),
                };
                return self.wrong.push((format!("`{key}` is no directive"), fix));
            }
        };
        if !known {
            self.wrong
                .push((format!("`{key}` cannot be `{}`", head(value.unwrap_or_default())), wants(key).to_owned()));
        }
    }
}

fn put<T>(to: &mut Option<T>, value: Option<T>) -> bool {
    let good = value.is_some();
    *to = value.or(to.take());
    good
}

fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

fn whole_span(text: &str) -> Option<Duration> {
    span(text).filter(|(_, rest)| rest.is_empty()).map(|(span, _)| span)
}

fn wants(key: &str) -> &'static str {
    match key {
        "id" => "letters, digits, `-`, `_` and `.`, at most 64",
        "cadence" => "daily, weekly, monthly or once",
        "due" | "created" => "a date such as 2026-02-08",
        "budget" | "window" => "a span such as 15m or \"15 minutes\"",
        "mode" => "live, auto, assist, exec or manual",
        _ => "give it a value: `key=value`",
    }
}
