//! `[[kpi]]`: a figure of the business with its target. Only the stream's counters and gauges feed one in this version;
//! other sources are understood, kept and said. Not its job: computing the figure.

use std::ops::Range;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::de::DeValue;

use super::pieces::{Name, check_name};
use super::raw::{Problem, Raw, Value, decode_all, nearest};
use super::value::{Quantity, Span};
use crate::domain::setup::{FeedKpi, FeedSource};

const KINDS: [&str; 7] = ["stream", "json", "prometheus", "text", "command", "person", "expression"];

/// Which way is good.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// The target or more.
    #[default]
    Floor,
    /// The target or less.
    Ceiling,
    /// Between the two targets.
    Range,
}

/// One figure, or both ends of a range.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Target {
    One(Quantity),
    Between(Quantity, Quantity),
}

/// Where the figure comes from.
#[derive(Clone, Debug)]
pub enum KpiSource {
    /// A counter's sum over a span, or a gauge's last value.
    Stream(FeedSource),
    /// Understood, not used by this version.
    Later(Raw),
    /// Nobody says: shown as "no source".
    Missing,
}

#[derive(Clone, Debug)]
pub struct KpiPiece {
    pub name: String,
    /// As shown: `1/min`, `ms`, `%`.
    pub unit: String,
    pub target: Option<Target>,
    pub direction: Direction,
    pub from: KpiSource,
    pub span: Range<usize>,
    pub(super) named: Name,
}

impl KpiPiece {
    /// As the pure layers see it; None when no stream feeds it.
    pub fn fed(&self) -> Option<FeedKpi> {
        let KpiSource::Stream(from) = &self.from else { return None };
        Some(FeedKpi { name: self.name.clone(), unit: self.unit.clone(), from: from.clone() })
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KpiSpec {
    /// Unique; a rule's `metric` names it.
    #[schemars(with = "String")]
    name: Name,
    /// As shown: `1/min`, `ms`, `%`.
    #[serde(default)]
    unit: String,
    /// A figure, or `[low, high]` for a range.
    #[schemars(with = "Option<serde_json::Value>")]
    target: Option<toml::Spanned<TargetSpec>>,
    /// floor: the target or more; ceiling: the target or less; range.
    #[serde(default)]
    direction: Direction,
    #[serde(default, rename = "from")]
    #[schemars(skip)]
    _from: IgnoredAny,
}

/// Read by hand: an untagged enum would swallow what is wrong with the value.
struct TargetSpec(Target);

impl<'de> Deserialize<'de> for TargetSpec {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Form;
        impl<'de> serde::de::Visitor<'de> for Form {
            type Value = Target;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a figure like 15 or \"95%\", or [low, high]")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Target, E> {
                let read = Quantity::parse(text).map(Target::One);
                read.ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }
            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Target, E> {
                self.visit_str(&number.to_string())
            }
            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Target, E> {
                self.visit_str(&number.to_string())
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Target, A::Error> {
                let (low, high): (Option<Quantity>, Option<Quantity>) = (seq.next_element()?, seq.next_element()?);
                let more = seq.next_element::<IgnoredAny>()?.is_some();
                match (low, high) {
                    (Some(low), Some(high)) if !more => Ok(Target::Between(low, high)),
                    _ => Err(serde::de::Error::invalid_length(0, &self)),
                }
            }
        }
        deserializer.deserialize_any(Form).map(Self)
    }
}

/// `from.stream = { counter = "leads", per = "1m" }`
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StreamFrom {
    /// A counter of the stream; the figure is its rate.
    counter: Option<String>,
    /// A gauge of the stream.
    gauge: Option<String>,
    /// For a counter: the time its rate is told for.
    #[serde(default = "minute")]
    per: Span,
}

fn minute() -> Span {
    Span(std::time::Duration::from_mins(1))
}

pub fn kpi(mut value: Value, problems: &mut Vec<Problem>) -> Option<KpiPiece> {
    let span = value.span();
    let from = source(&mut value, problems);
    let spec: KpiSpec = decode_all(value, problems)?;
    check_name(&spec.name, problems);
    let target = spec.target.map(|t| (t.span(), t.into_inner().0));
    if let Some((at, target)) = &target
        && matches!(target, Target::Between(..)) != (spec.direction == Direction::Range)
    {
        let hint = "target = [low, high] with direction = \"range\", else one figure";
        problems.push(Problem::at(at.clone(), "target and direction do not fit", hint));
    }
    if let Some((at, Target::Between(low, high))) = &target
        && low.value > high.value
    {
        problems.push(Problem::at(at.clone(), "the range begins above its end", "[low, high]"));
    }
    let (name, unit) = (spec.name.get_ref().clone(), spec.unit);
    let target = target.map(|(_, t)| t);
    Some(KpiPiece { name, unit, target, direction: spec.direction, from, span, named: spec.name })
}

fn source(value: &mut Value, problems: &mut Vec<Problem>) -> KpiSource {
    let DeValue::Table(table) = value.get_mut() else { return KpiSource::Missing };
    let Some((key, from)) = table.remove_entry("from") else { return KpiSource::Missing };
    let only = match from.into_inner() {
        DeValue::Table(inner) if inner.len() == 1 => inner.into_iter().next(),
        _ => None,
    };
    let Some((kind, piece)) = only else {
        let hint = format!("from.KIND = {{ … }}, kinds: {}", KINDS.join(", "));
        problems.push(Problem::at(key.span(), "`from` names one kind", hint));
        return KpiSource::Missing;
    };
    let raw = Raw::new(kind.get_ref().to_string(), kind.span(), piece);
    if !KINDS.contains(&raw.kind.as_str()) {
        let near = nearest(&raw.kind, KINDS.into_iter()).map(|n| format!("did you mean `{n}`? ")).unwrap_or_default();
        let hint = format!("{near}kinds: {}", KINDS.join(", "));
        problems.push(Problem::at(raw.kind_span.clone(), format!("unknown kind `{}`", raw.kind), hint));
    }
    if raw.kind == "stream" { from_stream(&raw, problems) } else { KpiSource::Later(raw) }
}

fn from_stream(raw: &Raw, problems: &mut Vec<Problem>) -> KpiSource {
    let Some(spec) = decode_all::<StreamFrom>(raw.piece().value().clone(), problems) else { return KpiSource::Missing };
    match (spec.counter, spec.gauge) {
        (Some(name), None) if !spec.per.0.is_zero() => KpiSource::Stream(FeedSource::Counter { name, per: spec.per.0 }),
        (None, Some(name)) => KpiSource::Stream(FeedSource::Gauge(name)),
        _ => {
            let hint = "{ counter = \"leads\", per = \"1m\" } or { gauge = \"connections\" }";
            problems.push(Problem::at(raw.kind_span.clone(), "a stream's figure is one counter or one gauge", hint));
            KpiSource::Missing
        }
    }
}
