//! The verdict on a command: every condition looked up in what it wrote, said with the value it met. Nothing looked at is
//! nothing proved; a command that did not end by itself leaves it unknown.

mod figure;

use std::borrow::Cow;

use serde_json::Value;

use super::end::{End, Ran};
use super::expect::{Check, Place, Want};
use crate::config::secret::{MASK, names_secret};
use crate::domain::evidence::Verdict;
use figure::{Compared, compare, written};

/// As much of an output is looked at: where it begins and, mostly, how it ends.
const WINDOW: usize = 64 << 10;
const WINDOW_HEAD: usize = 16 << 10;
/// A foreign text quoted, characters.
const QUOTE_MAX: usize = 60;

pub struct Judged {
    pub verdict: Verdict,
    /// The values met; not yet masked nor cleaned.
    pub says: String,
    pub wanted: String,
}

/// What one condition met.
struct Met {
    verdict: Verdict,
    says: String,
}

fn met(good: bool, says: impl Into<String>) -> Met {
    Met { verdict: if good { Verdict::Good } else { Verdict::Bad }, says: says.into() }
}

/// `masked` is its output as it may be shown: a value that is not in there is hidden.
pub fn judge(checks: &[Check], ran: &Ran, masked: &str) -> Judged {
    let wanted = checks.iter().map(Check::wanted).collect::<Vec<_>>().join(", ");
    let code = match &ran.end {
        End::Exit(code) => *code,
        End::Other(how) => return Judged { verdict: Verdict::Unknown, says: how.clone(), wanted },
    };
    let looks = Looks { text: text_of(&ran.heard.all), json: json_of(&ran.heard.stdout), masked };
    let all: Vec<Met> = checks.iter().filter_map(|check| looks.meet(check)).collect();
    match wrong_exit(checks, code) {
        None if all.is_empty() => {
            let says = format!("ran, exit {code}: nothing in its output was looked at");
            Judged { verdict: Verdict::Unproven, says, wanted }
        }
        wrong => together(wrong.into_iter().chain(all).collect(), wanted),
    }
}

/// Nobody says that a command may fail: then it must not.
fn wrong_exit(checks: &[Check], code: i32) -> Option<Met> {
    let exits = || checks.iter().filter_map(|c| if let Place::Exit(code) = c.place { Some(code) } else { None });
    let as_wanted = if exits().next().is_none() { code == 0 } else { exits().all(|wanted| wanted == code) };
    (!as_wanted).then(|| met(false, format!("exit {code}")))
}

fn together(all: Vec<Met>, wanted: String) -> Judged {
    let verdict = [Verdict::Bad, Verdict::Unknown].into_iter().find(|v| all.iter().any(|m| m.verdict == *v));
    let verdict = verdict.unwrap_or(Verdict::Good);
    let says: Vec<String> = all.into_iter().filter(|m| m.verdict == verdict).map(|m| m.says).collect();
    let wanted = if wanted.is_empty() { "exit 0".to_owned() } else { wanted };
    Judged { verdict, says: says.join(", "), wanted }
}

struct Looks<'a> {
    text: Cow<'a, str>,
    /// Or why there is none; unknown when that is our own limit's doing.
    json: Result<Value, Met>,
    masked: &'a str,
}

fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    let split = bytes.get(..WINDOW_HEAD).zip(bytes.get(bytes.len().saturating_sub(WINDOW - WINDOW_HEAD)..));
    match split {
        Some((head, tail)) if bytes.len() > WINDOW => {
            Cow::Owned(format!("{}\n{}", String::from_utf8_lossy(head), String::from_utf8_lossy(tail)))
        }
        _ => String::from_utf8_lossy(bytes),
    }
}

fn json_of(stdout: &[u8]) -> Result<Value, Met> {
    if stdout.len() > WINDOW {
        return Err(Met { verdict: Verdict::Unknown, says: "over 64 KiB on stdout, not read as JSON".into() });
    }
    if stdout.trim_ascii().is_empty() {
        return Err(met(false, "it wrote nothing on stdout"));
    }
    serde_json::from_slice(stdout).map_err(|e| met(false, format!("its output is no JSON (line {})", e.line())))
}

impl Looks<'_> {
    /// None for an exit code, which is judged apart.
    fn meet(&self, check: &Check) -> Option<Met> {
        Some(match &check.place {
            Place::Exit(_) => return None,
            Place::Line(text) if self.text.lines().any(|line| line.contains(text.as_str())) => {
                met(true, format!("says `{text}`"))
            }
            Place::Line(text) => met(false, format!("`{text}` is not in its output")),
            Place::Json(path) => match &self.json {
                Err(why) => Met { verdict: why.verdict, says: why.says.clone() },
                Ok(json) => match path.first(json) {
                    None => met(false, format!("no value at {}", path.text())),
                    Some(value) => self.value(&path.name(), value, check),
                },
            },
            Place::Pattern(pattern) => match pattern.captures_iter(&self.text).last() {
                None => met(false, format!("nothing matches `{pattern}`")),
                Some(found) => self.groups(&found, check),
            },
        })
    }

    fn value(&self, name: &str, value: &Value, check: &Check) -> Met {
        // A key that says secret hides its value whatever it is; a text is shown where the output shows it.
        let shown = match value {
            _ if names_secret(name) => MASK.to_owned(),
            Value::String(text) => self.shown(text),
            other => other.to_string().chars().take(QUOTE_MAX).collect(),
        };
        let compared = check.wants.iter().map(|want| compare(want, value, &shown));
        join(format!("{name} {shown}"), &format!("{name} "), compared)
    }

    fn groups(&self, found: &regex::Captures<'_>, check: &Check) -> Met {
        let group = |n: usize| found.get(n).map_or("", |m| m.as_str());
        let whole = self.shown(group(0));
        let (first, second) = (group(1), group(2));
        let compared = check.wants.iter().map(|want| match want {
            Want::Same => Compared {
                // `0/0` counted nothing, and groups that found nothing are not alike.
                good: first == second && !first.trim_matches('0').is_empty(),
                says: format!("{} of {}", self.shown(first), self.shown(second)),
            },
            want => compare(want, &Value::from(first), &self.shown(first)),
        });
        let compared: Vec<_> = compared.collect();
        // `60 of 60` says it all.
        let says = match (check.wants.as_slice(), compared.as_slice()) {
            ([Want::Same], [one]) => one.says.clone(),
            _ => whole.clone(),
        };
        let prefix = if says == whole { format!("{whole}: ") } else { String::new() };
        join(says, &prefix, compared.into_iter())
    }

    fn shown(&self, text: &str) -> String {
        let text = text.trim();
        if !self.masked.contains(text) {
            return MASK.to_owned();
        }
        let cut: String = text.chars().take(QUOTE_MAX).collect();
        if cut.len() < text.len() { cut + "…" } else { cut }
    }
}

/// What holds is said once; what does not, each with its limit.
fn join(holds: String, prefix: &str, compared: impl Iterator<Item = Compared>) -> Met {
    let failed: Vec<String> = compared.filter(|c| !c.good).map(|c| c.says).collect();
    if failed.is_empty() { met(true, holds) } else { met(false, format!("{prefix}{}", failed.join(" and "))) }
}

impl Check {
    fn wanted(&self) -> String {
        let place = match &self.place {
            Place::Json(path) => path.name(),
            Place::Pattern(pattern) => format!("`{pattern}`"),
            Place::Line(text) => return format!("says `{text}`"),
            Place::Exit(code) => return format!("exit {code}"),
        };
        if self.wants.is_empty() {
            return format!("{place} matches");
        }
        let wants = self.wants.iter().map(written).collect::<Vec<_>>().join(" and ");
        format!("{place} {wants}")
    }
}
