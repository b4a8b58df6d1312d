//! The keys of `evidence.command` and their checks. What does not fit is refused here, with its place in the file.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;
use toml::de::DeValue;

use super::expect::Expectation;
use super::{Command, FRESH, TIMEOUT};
use crate::config::raw::{Problem, Raw, Value};
use crate::config::secret;
use crate::config::value::Span;
use crate::sources::child::Call;
use crate::sources::evidence::OneAtATime;

const TIMEOUTS: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(600);
/// More often than this a command is a load, not evidence.
const EVERY_MIN: Duration = Duration::from_secs(10);

/// `evidence.command`
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CommandEvidence")]
pub struct Section {
    /// The program and its arguments; no shell reads them.
    #[schemars(with = "Vec<String>")]
    argv: Spanned<Vec<String>>,
    /// How long it may run before all of its process group is killed; 30s by default, at most 10m.
    #[schemars(with = "Option<Span>")]
    timeout: Option<Spanned<Span>>,
    /// Names of variables the program may see, beside `PATH`, `HOME` and `LANG`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    env: Vec<Spanned<String>>,
    /// The folder it is run in.
    #[schemars(with = "Option<PathBuf>")]
    cwd: Option<Spanned<PathBuf>>,
    /// How often the worker runs it by itself; without it, only when a person asks.
    #[schemars(with = "Option<Span>")]
    every: Option<Spanned<Span>>,
    /// How long a result proves something; 12h by default.
    #[schemars(with = "Option<Span>")]
    fresh: Option<Spanned<Span>>,
    /// What its output must hold, all of it; without any the command proves nothing.
    #[serde(default)]
    #[schemars(with = "Vec<Expectation>")]
    expect: Vec<Spanned<Expectation>>,
}

impl Section {
    pub fn build(self, raw: &Raw) -> Result<Command, Problem> {
        let place = self.argv.span();
        let argv = self.argv.into_inner();
        match argv.first() {
            Some(program) if !program.is_empty() && argv.iter().all(|a| !a.contains('\0')) => {}
            _ => return Err(Problem::at(place, "this names no program", "[\"/path/to/program\", \"argument\"]")),
        }
        let (every, fresh) = rhythm(self.every, self.fresh)?;
        let mut hidden = Vec::new();
        outside(raw.piece().value(), &mut hidden);
        Ok(Command {
            call: Arc::new(Call {
                argv,
                env: self.env.into_iter().map(variable).collect::<Result<_, _>>()?,
                cwd: self.cwd.map(folder).transpose()?,
            }),
            timeout: timeout(self.timeout)?,
            every,
            fresh,
            checks: Arc::new(self.expect.into_iter().map(Expectation::build).collect::<Result<_, _>>()?),
            hidden,
            starting: OneAtATime::default(),
        })
    }
}

fn timeout(given: Option<Spanned<Span>>) -> Result<Duration, Problem> {
    let Some(given) = given else { return Ok(TIMEOUT) };
    let span = given.get_ref().0;
    let wrong = || Problem::at(given.span(), "`timeout` is out of range", "from 100ms to 10m");
    if TIMEOUTS.contains(&span) { Ok(span) } else { Err(wrong()) }
}

fn rhythm(every: Option<Spanned<Span>>, fresh: Option<Spanned<Span>>) -> Result<(Option<Duration>, Duration), Problem> {
    let span = every.as_ref().map(|e| e.get_ref().0);
    if let Some(given) = every.filter(|e| e.get_ref().0 < EVERY_MIN) {
        return Err(Problem::at(given.span(), "`every` is too short for a command", "at least 10s"));
    }
    let Some(fresh) = fresh else { return Ok((span, FRESH.max(span.unwrap_or_default() * 2))) };
    let kept = fresh.get_ref().0;
    if kept.is_zero() || span.is_some_and(|every| kept < every) {
        let hint = "at least as long as `every`; without `every`, longer than nothing";
        return Err(Problem::at(fresh.span(), "a result would prove nothing before the next one comes", hint));
    }
    Ok((span, kept))
}

fn variable(name: Spanned<String>) -> Result<String, Problem> {
    let text = name.get_ref();
    if text.is_empty() || text.contains(['=', '\0', '$']) {
        return Err(Problem::at(name.span(), "this is not a variable's name", "[\"NAME\"], without its value"));
    }
    Ok(name.into_inner())
}

/// A relative one would depend on the folder watchdeck happened to be started in.
fn folder(given: Spanned<PathBuf>) -> Result<PathBuf, Problem> {
    if given.get_ref().is_absolute() {
        return Ok(given.into_inner());
    }
    Err(Problem::at(given.span(), "`cwd` is a relative path", "an absolute one"))
}

/// Every text that came from the environment.
fn outside(value: &Value, found: &mut Vec<String>) {
    match value.get_ref() {
        DeValue::Table(table) => table.iter().for_each(|(_, inner)| outside(inner, found)),
        DeValue::Array(array) => array.iter().for_each(|inner| outside(inner, found)),
        DeValue::String(text) if secret::from_environment(value) => found.push(text.to_string()),
        _ => {}
    }
}
