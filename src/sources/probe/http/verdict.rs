//! The judgement of a whole answer, in a fixed order: redirect, status, headers, text, JSON values, and last what the
//! body says of itself. Counters and figures are taken whatever the judgement.

use std::collections::BTreeMap;

use hyper::StatusCode;
use hyper::Uri;
use hyper::header::{CONTENT_TYPE, LOCATION};
use serde_json::Value;

use super::exchange::Answer;
use super::expect::{Counters, Expect, FigureAt, HeaderRule, JsonRule};
use super::health::{self, Level};
use super::section::Health;
use crate::domain::sample::{FailKind, Figure, Outcome, Requests};
use crate::domain::text::{Clean, Untrusted};
use crate::sources::json_path::Path;
use crate::sources::probe::observation::{DETAIL_MAX, FIGURES_MAX, Failure, Verdict};

/// A name or a unit of a figure, bytes.
const NAME_MAX: usize = 80;
/// A foreign value quoted in a detail line, bytes.
const QUOTE_MAX: usize = 60;

pub struct Wanted {
    expect: Expect,
    health: Health,
    counters: Option<Counters>,
    figures: Vec<(Clean, Clean, Path)>,
}

impl Wanted {
    pub fn new(
        expect: Expect,
        health: Health,
        counters: Option<Counters>,
        figures: BTreeMap<String, FigureAt>,
    ) -> Self {
        let named = figures.into_iter().take(FIGURES_MAX).map(|(name, at)| {
            let (path, unit) = match at {
                FigureAt::Path(path) => (path, String::new()),
                FigureAt::Unit(at) => (at.path, at.unit),
            };
            (Untrusted::new(name).clean_to(NAME_MAX), Untrusted::new(unit).clean_to(NAME_MAX), path)
        });
        Self { expect, health, counters, figures: named.collect() }
    }

    pub fn judge(&self, answer: &Answer) -> Verdict {
        let json = answer.body.as_deref().and_then(parse);
        let mut verdict = self.check(answer, json.as_ref()).unwrap_or_else(Verdict::from);
        if let Some(json) = &json {
            match self.counters.as_ref().map(|c| requests(c, json)) {
                Some(Ok(found)) => verdict.requests = Some(found),
                // Unsaid, the success rate would change its meaning without anybody knowing.
                Some(Err(why)) => {
                    let said = format!("{}; counters: {why}, probes are counted instead", verdict.detail);
                    verdict.detail = Untrusted::new(said).clean_to(DETAIL_MAX);
                }
                None => {}
            }
            verdict.figures = self.figures.iter().filter_map(|f| figure(f, json)).collect();
        }
        verdict
    }

    fn check(&self, answer: &Answer, json: Option<&Value>) -> Result<Verdict, Failure> {
        let said = json.map(health::line).unwrap_or_default();
        self.status(answer, &said)?;
        for rule in &self.expect.header {
            header(rule, answer)?;
        }
        if let Some(text) = &self.expect.body_contains {
            contains(text, answer)?;
        }
        let needs_json = !self.expect.json.is_empty() || self.counters.is_some() || !self.figures.is_empty();
        if json.is_none() && needs_json {
            return Err(Failure::failed(
                FailKind::Body,
                format!("{}: JSON expected, none found", answer.status.as_u16()),
            ));
        }
        if json.is_none() && self.takes_its_word() && broken_promise(answer) {
            let code = answer.status.as_u16();
            return Ok(Verdict::new(Outcome::Degraded, format!("{code}, the body says it is JSON and is not")));
        }
        let missed = json.and_then(|json| self.expect.json.iter().find_map(|rule| miss(rule, json)));
        match (self.own_word(json), missed) {
            (Some(Level::Bad), _) => Err(Failure::failed(FailKind::Body, &said)),
            // "degraded" also misses an expected "healthy": that is a degradation, not a failure.
            (Some(Level::Degraded), None | Some((_, true))) => Ok(Verdict::new(Outcome::Degraded, &said)),
            (_, Some((why, _))) => Err(Failure::failed(FailKind::Body, why)),
            _ => Ok(Verdict::new(Outcome::Ok, well(answer, &said))),
        }
    }

    /// The config leaves it to the body what it means.
    fn takes_its_word(&self) -> bool {
        self.health == Health::Auto && self.expect.body_contains.is_none()
    }

    fn own_word(&self, json: Option<&Value>) -> Option<Level> {
        match self.health {
            Health::Auto => health::level(health::word(json?)?),
            Health::Ignore => None,
        }
    }

    fn status(&self, answer: &Answer, said: &str) -> Result<(), Failure> {
        let status = answer.status;
        if self.expect.status.hold(status) {
            return Ok(());
        }
        if status.is_redirection() {
            return Err(Failure::failed(FailKind::Redirect, redirect(answer)));
        }
        let said = if said.is_empty() { status.canonical_reason().unwrap_or("unknown status") } else { said };
        Err(Failure::failed(FailKind::Status, format!("{}: {said}", status.as_u16())))
    }
}

fn redirect(answer: &Answer) -> String {
    let code = answer.status.as_u16();
    let Some(place) = answer.headers.get(LOCATION) else { return format!("{code} redirect to nowhere") };
    let place = String::from_utf8_lossy(place.as_bytes());
    let uri = place.parse::<Uri>().ok();
    // The path may carry a session or a token: a foreign place is told by its host alone.
    match uri.as_ref().and_then(|u| Some((u.scheme_str().unwrap_or("?"), u.authority()?.host()))) {
        Some((scheme, host)) => format!("{code} redirect to {scheme}://{}", quote(host)),
        None => format!("{code} redirect to {}", quote(place.split(['?', '#']).next().unwrap_or_default())),
    }
}

/// JSON by its look: servers call it text/plain, and HTML calls itself JSON.
fn parse(body: &[u8]) -> Option<Value> {
    let body = unmarked(body);
    let first = body.trim_ascii_start().first()?;
    if matches!(first, b'{' | b'[') { serde_json::from_slice(body).ok() } else { None }
}

/// Without the mark that some servers write before UTF-8.
fn unmarked(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

/// Cut short, in another encoding, or a page of HTML: whatever it is, the service did not say what it meant to.
fn broken_promise(answer: &Answer) -> bool {
    let kind = answer.headers.get(CONTENT_TYPE).map_or(&b""[..], |kind| kind.as_bytes());
    let kind = String::from_utf8_lossy(kind.split(|b| *b == b';').next().unwrap_or_default()).trim().to_lowercase();
    let promised = matches!(kind.as_str(), "application/json" | "text/json") || kind.ends_with("+json");
    let body = answer.body.as_deref().unwrap_or_default();
    promised && !body.is_empty() && serde_json::from_slice::<serde::de::IgnoredAny>(unmarked(body)).is_err()
}

fn well(answer: &Answer, said: &str) -> String {
    let code = answer.status.as_u16();
    match (&answer.body, said.is_empty()) {
        (_, false) => format!("{code} {said}"),
        (None, _) => format!("{code}, body in an encoding that is not read"),
        (Some(body), _) if answer.status == StatusCode::NO_CONTENT || body.is_empty() => format!("{code}, no body"),
        (Some(body), _) => format!("{code}, {} bytes", body.len()),
    }
}

fn header(rule: &HeaderRule, answer: &Answer) -> Result<(), Failure> {
    let found: Vec<_> =
        answer.headers.get_all(&rule.name).iter().map(|v| String::from_utf8_lossy(v.as_bytes())).collect();
    let Some(first) = found.first() else {
        return Err(Failure::failed(FailKind::Header, format!("header {} is missing", rule.name)));
    };
    let equals = rule.equals.as_ref().is_none_or(|want| found.iter().any(|v| v == want));
    let contains = rule.contains.as_ref().is_none_or(|want| found.iter().any(|v| v.contains(want.as_str())));
    if equals && contains {
        return Ok(());
    }
    Err(Failure::failed(FailKind::Header, format!("header {} is {}", rule.name, quote(first))))
}

fn contains(text: &str, answer: &Answer) -> Result<(), Failure> {
    let body = answer.body.as_deref().unwrap_or_default();
    if memfind(body, text.as_bytes()) {
        return Ok(());
    }
    Err(Failure::failed(FailKind::Body, format!("{}: the body lacks {}", answer.status.as_u16(), quote(text))))
}

fn memfind(hay: &[u8], needle: &[u8]) -> bool {
    needle.is_empty() || hay.windows(needle.len()).any(|w| w == needle)
}

/// Why a value misses its rule, and whether it is a word that means degraded.
fn miss(rule: &JsonRule, json: &Value) -> Option<(String, bool)> {
    let path = rule.path.text();
    let Some(found) = rule.path.first(json) else {
        return (rule.exists != Some(false)).then(|| (format!("{path} is missing"), false));
    };
    if rule.exists == Some(false) {
        return Some((format!("{path} is there"), false));
    }
    let number = found.as_f64();
    let equals =
        rule.equals.as_ref().is_none_or(|want| want == found || want.as_f64().is_some_and(|w| number == Some(w)));
    let above = rule.above.is_none_or(|q| number.is_some_and(|n| n > q.value));
    let below = rule.below.is_none_or(|q| number.is_some_and(|n| n < q.value));
    if equals && above && below {
        return None;
    }
    let degraded = found.as_str().and_then(health::level) == Some(Level::Degraded);
    let shown = found.as_str().map_or_else(|| quote(&found.to_string()), quote);
    Some((format!("{path} is {shown}"), degraded))
}

/// The counters, or why they are none.
fn requests(counters: &Counters, json: &Value) -> Result<Requests, String> {
    let read = |path: &Path| {
        let value = path.first(json).ok_or_else(|| format!("{} is missing", path.text()))?;
        let float = || value.as_f64().filter(|f| (0.0..9e15).contains(f)).map(|f| f as u64);
        let shown = || value.as_str().map_or_else(|| quote(&value.to_string()), quote);
        value.as_u64().or_else(float).ok_or_else(|| format!("{} is {}", path.text(), shown()))
    };
    let (total, good) = (read(&counters.total)?, read(&counters.good)?);
    if good > total { Err(format!("{good} good of {total}")) } else { Ok(Requests { total, good }) }
}

fn figure((name, unit, path): &(Clean, Clean, Path), json: &Value) -> Option<Figure> {
    let found = path.first(json)?;
    let value = found.as_f64().or_else(|| found.as_str()?.trim().parse().ok()).filter(|v: &f64| v.is_finite())?;
    Some(Figure { name: name.clone(), value, unit: unit.clone() })
}

fn quote(text: &str) -> String {
    Untrusted::new(text).clean_to(QUOTE_MAX).as_str().to_owned()
}
