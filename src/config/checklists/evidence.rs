//! `evidence.KIND = …` of one item: a live expression, in one line or in parts; a person's word; or a kind that an edge
//! registered and checks itself. One kind for an item.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::specs::{LiveSpec, TermSpec, WordSpec};
use crate::config::pieces::{Name, take_kind};
use crate::config::raw::{Problem, Raw, Value, decode_all};
use crate::config::registry::Registry;
use crate::config::secret;
use crate::config::tree;
use crate::config::value::{Figure, Span};
use crate::domain::evidence::{Evidence, Expr, Gathered, HOLD, Word};
use crate::domain::text::Clean;

/// The kinds that need no edge.
const OWN: [&str; 2] = ["live", "note"];
/// Of equals, not, above, below, at_least, at_most.
const SIGNS: [&str; 6] = ["==", "!=", ">", "<", ">=", "<="];
const COMPARE: &str = "one of equals, not, above, below, at_least, at_most";

/// What an item's evidence was read as, and the piece it was read from.
pub struct Found {
    pub evidence: Evidence,
    pub raw: Raw,
}

/// Takes the evidence out of an item's row. `key` is asked for when an edge fetches it.
pub fn take(
    row: &mut Value,
    registry: &Registry,
    key: impl FnOnce() -> String,
    problems: &mut Vec<Problem>,
) -> Option<Found> {
    row.get_ref().get("evidence")?;
    let kinds: Vec<&str> = OWN.into_iter().chain(registry.evidence.iter().map(|k| k.name)).collect();
    let raw = take_kind(row, "evidence", &kinds, problems)?;
    let value = raw.piece().value().clone();
    let evidence = match raw.kind.as_str() {
        "live" => live(value, problems)?,
        "note" => {
            let WordSpec { ask, form } = decode_all(value, problems)?;
            Evidence::Word(Word { ask, form })
        }
        _ => gathered(&raw, registry, key, problems)?,
    };
    Some(Found { evidence, raw })
}

fn gathered(
    raw: &Raw,
    registry: &Registry,
    key: impl FnOnce() -> String,
    problems: &mut Vec<Problem>,
) -> Option<Evidence> {
    let kind = registry.evidence.iter().find(|k| k.name == raw.kind)?;
    match (kind.check)(raw) {
        Ok(looked) => Some(Evidence::Gathered(Gathered {
            key: key(),
            kind: raw.kind.clone(),
            what: looked.what,
            every: looked.every,
            fresh: looked.fresh,
            spec: spec(raw),
        })),
        Err(problem) => {
            problems.push(problem);
            None
        }
    }
}

/// A hash of all its keys, wherever in the file they stand.
fn spec(raw: &Raw) -> Clean {
    match raw.piece().value().get_ref() {
        DeValue::Table(table) => tree::hash(table).chars().take(16).collect::<String>().into(),
        _ => Clean::default(),
    }
}

fn live(value: Value, problems: &mut Vec<Problem>) -> Option<Evidence> {
    let (expr, hold) = match value.get_ref() {
        DeValue::String(text) => (expression(text, &value, problems)?, None),
        DeValue::Table(_) => parts(value, problems)?,
        other => {
            let what = format!("live evidence is a line or a table, not a {}", other.type_str());
            let hint = "\"services.healthy == 7\", or { value = \"services.healthy\", equals = 7 }";
            problems.push(Problem::at(value.span(), what, hint));
            return None;
        }
    };
    Some(Evidence::Live { expr, hold: hold.map_or(HOLD, |h| h.0) })
}

/// A line in the language of live evidence; what came from the environment is not quoted when it is wrong.
pub fn expression(text: &str, value: &Value, problems: &mut Vec<Problem>) -> Option<Expr> {
    match Expr::parse(text) {
        Ok(expr) => Some(expr),
        Err(_) if secret::from_environment(value) => {
            let what = "what the environment gives here is no expression";
            problems.push(Problem::at(value.span(), what, "for example `services.healthy == 7`"));
            None
        }
        Err(wrong) => {
            problems.push(Problem::at(value.span(), wrong.what, wrong.hint));
            None
        }
    }
}

fn parts(value: Value, problems: &mut Vec<Problem>) -> Option<(Expr, Option<Span>)> {
    let whole = value.span();
    let before = problems.len();
    let spec: LiveSpec = decode_all(value, problems)?;
    if problems.len() > before {
        return None;
    }
    let own = [spec.equals, spec.not, spec.above, spec.below, spec.at_least, spec.at_most];
    let conditions: Vec<Condition> = match (spec.value, spec.all) {
        (Some(value), None) => vec![Condition { value, figures: own, span: whole.clone() }],
        (None, Some(all)) if !all.is_empty() && own.iter().all(Option::is_none) => {
            all.into_iter().map(Condition::of).collect()
        }
        _ => {
            let hint = "{ value = \"services.healthy\", equals = 7 }, or { all = [{ … }, { … }] }";
            problems.push(Problem::at(whole, "live evidence names a value, or conditions under `all`", hint));
            return None;
        }
    };
    let lines: Result<Vec<String>, Problem> = conditions.into_iter().map(Condition::line).collect();
    let lines = lines.map_err(|problem| problems.push(problem)).ok()?;
    match Expr::parse(&lines.join(" and ")) {
        Ok(expr) => Some((expr, spec.hold)),
        Err(wrong) => {
            problems.push(Problem::at(whole, wrong.what, wrong.hint));
            None
        }
    }
}

/// A value and what it is compared with, in the order of [`SIGNS`].
struct Condition {
    value: Name,
    figures: [Option<Figure>; 6],
    span: Range<usize>,
}

impl Condition {
    fn of(term: Spanned<TermSpec>) -> Self {
        let span = term.span();
        let TermSpec { value, equals, not, above, below, at_least, at_most } = term.into_inner();
        Self { value, figures: [equals, not, above, below, at_least, at_most], span }
    }

    /// As a line of the language.
    fn line(self) -> Result<String, Problem> {
        let value = self.value.get_ref().trim();
        let alone = format!("{value} == 0");
        // The path must not bring a sign or a second term of its own.
        if !Expr::parse(&alone).is_ok_and(|e| e.terms.len() == 1 && e.text.as_str() == alone) {
            let hint = "a source and a path in it, like \"services.healthy\"";
            return Err(Problem::at(self.value.span(), "`value` is no path of a source", hint));
        }
        let mut said = SIGNS.into_iter().zip(self.figures).filter_map(|(sign, figure)| Some((sign, figure?.0)));
        match (said.next(), said.next()) {
            (Some((sign, figure)), None) => Ok(format!("{value} {sign} {figure}")),
            (None, _) => Err(Problem::at(self.span, "a condition compares its value with something", COMPARE)),
            (Some(_), Some(_)) => {
                Err(Problem::at(self.span, "a condition compares once", format!("{COMPARE}; several under `all`")))
            }
        }
    }
}
