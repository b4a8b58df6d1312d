//! What a command's output must hold, as the config says it: a value in JSON, a place that a pattern finds, a line, and
//! beside these an exit code. What cannot be meant is refused here; judging is `judge`'s.

use regex::{Regex, RegexBuilder};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;

use crate::config::raw::Problem;
use crate::config::value::Quantity;
use crate::domain::evidence::Op;
use crate::sources::json_path::Path;

/// Of a compiled pattern, bytes: what grows past it would take long to read anything by.
const PATTERN_SIZE: usize = 256 << 10;
const PATTERN_MAX: usize = 1000;

/// One condition: where to look (`json`, `pattern`, `line` or `exit`) and what must be there.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// A value of the JSON on stdout.
    json: Option<Path>,
    /// A regular expression; the last place where it matches counts, and its first group is what is compared.
    pattern: Option<String>,
    /// Text that one of its lines contains.
    line: Option<String>,
    /// The exit code; besides other conditions, alone it proves nothing.
    exit: Option<i32>,
    equals: Option<Value>,
    not: Option<Value>,
    above: Option<Quantity>,
    below: Option<Quantity>,
    at_least: Option<Quantity>,
    at_most: Option<Quantity>,
    /// The pattern's first two groups are the same text: `60/60`.
    same: Option<bool>,
}

pub struct Check {
    pub place: Place,
    /// All of them; none means that the place must be there.
    pub wants: Vec<Want>,
}

pub enum Place {
    Json(Path),
    Pattern(Regex),
    Line(String),
    Exit(i32),
}

pub enum Want {
    Same,
    /// Equal to it, or not.
    Is(bool, Value),
    Figure(Op, Quantity),
}

impl Expectation {
    pub fn build(given: Spanned<Self>) -> Result<Check, Problem> {
        let span = given.span();
        given.into_inner().check().map_err(|(what, hint)| Problem::at(span, what, hint))
    }

    fn check(mut self) -> Result<Check, (String, &'static str)> {
        let wants = self.wants();
        let place = match (self.json, self.pattern, self.line, self.exit) {
            (Some(path), None, None, None) => Place::Json(path),
            (None, Some(pattern), None, None) => Place::Pattern(compiled(&pattern)?),
            (None, None, Some(line), None) if !line.trim().is_empty() => Place::Line(line),
            (None, None, None, Some(code)) => Place::Exit(code),
            _ => return Err(("this names no place, or several".into(), "one of json, pattern, line and exit")),
        };
        let groups = if let Place::Pattern(pattern) = &place { pattern.captures_len() - 1 } else { 0 };
        let same = wants.iter().any(|w| matches!(w, Want::Same));
        match &place {
            Place::Json(_) if wants.is_empty() => {
                Err(("nothing is said of the value".into(), "equals, not, above, below, at_least or at_most"))
            }
            Place::Json(_) if same => Err(("`same` compares groups of a pattern".into(), "use equals, or a pattern")),
            Place::Pattern(_) if same && groups < 2 => {
                Err(("`same` compares two groups, and the pattern has fewer".into(), "as in \"(\\\\d+)/(\\\\d+)\""))
            }
            Place::Pattern(_) if !wants.is_empty() && groups < 1 => {
                Err(("the pattern has no group to compare".into(), "put brackets around it: \"passed (\\\\d+)\""))
            }
            Place::Line(_) | Place::Exit(_) if !wants.is_empty() => {
                Err(("this is there or not, and compares nothing".into(), "use json or pattern to compare"))
            }
            _ => Ok(Check { place, wants }),
        }
    }

    fn wants(&mut self) -> Vec<Want> {
        let figures = [
            (Op::Above, self.above),
            (Op::Below, self.below),
            (Op::AtLeast, self.at_least),
            (Op::AtMost, self.at_most),
        ];
        let mut wants: Vec<Want> =
            figures.into_iter().filter_map(|(op, limit)| Some(Want::Figure(op, limit?))).collect();
        wants.extend(self.equals.take().map(|value| Want::Is(true, value)));
        wants.extend(self.not.take().map(|value| Want::Is(false, value)));
        wants.extend(self.same.filter(|same| *same).map(|_| Want::Same));
        wants
    }
}

/// Linear in what it reads, whatever it says; lines have their own beginnings and ends.
fn compiled(pattern: &str) -> Result<Regex, (String, &'static str)> {
    if pattern.is_empty() || pattern.len() > PATTERN_MAX {
        return Err((format!("the pattern is empty or longer than {PATTERN_MAX} bytes"), "look for less"));
    }
    let built = RegexBuilder::new(pattern).multi_line(true).crlf(true).size_limit(PATTERN_SIZE).build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => ("the pattern is too large".into(), "repeat less, or look for less"),
        other => {
            let why = other.to_string();
            let last = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            (format!("this is no regular expression: {last}"), "in '…' a backslash stands for itself")
        }
    })
}
