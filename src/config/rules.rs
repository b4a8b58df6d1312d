//! `[[rule]]`: what makes an alert. Checks that the bound fits the metric's unit (the trap is 99 against 0.99) and that
//! hysteresis lies on the good side. Not its job: which services exist (`check`), judging (`domain::rule`).

use std::ops::Range;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::kpis::KpiPiece;
use super::pieces::{Name, check_name};
use super::raw::{Problem, Value, decode_all, nearest};
use super::value::{Quantity, Span, Unit};
use crate::domain::rule::{Bound, Metric, Rule};
use crate::domain::severity::Severity;

/// A rule with the places of what it names.
pub struct RulePiece {
    pub rule: Rule,
    pub named: Name,
    pub services: Vec<Name>,
}

type Figure = Spanned<Quantity>;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleSpec {
    #[schemars(with = "String")]
    name: Name,
    /// latency.p50|p95|p99|max, success, up, `tls.days_left`, a KPI's name, or `figure.NAME`.
    #[schemars(with = "String")]
    metric: Name,
    /// Breached by more than this; exactly this is no breach.
    #[schemars(with = "Option<Quantity>")]
    above: Option<Figure>,
    /// Breached by less than this.
    #[schemars(with = "Option<Quantity>")]
    below: Option<Figure>,
    /// A raised alert clears only on the good side of this; without it, of the bound itself.
    #[schemars(with = "Option<Quantity>")]
    clear: Option<Figure>,
    /// How far back it looks.
    #[serde(default = "minutes_10")]
    #[schemars(with = "Span")]
    window: Spanned<Span>,
    /// How long it must be breached before it raises.
    #[serde(default = "minute", rename = "for")]
    hold: Span,
    /// How long it must be fine before it clears.
    #[serde(default = "minutes_2")]
    clear_for: Span,
    severity: Severity,
    /// Opened from the alert.
    procedure: Option<String>,
    /// Names, aliases, globs or `tag:x`; all services when it is not said, none for a KPI.
    #[schemars(with = "Option<Vec<String>>")]
    services: Option<Vec<Name>>,
}

fn minute() -> Span {
    Span(std::time::Duration::from_mins(1))
}
fn minutes_2() -> Span {
    Span(std::time::Duration::from_mins(2))
}
fn minutes_10() -> Spanned<Span> {
    Spanned::new(0..0, Span(std::time::Duration::from_mins(10)))
}

pub fn rule(value: Value, kpis: &[KpiPiece], problems: &mut Vec<Problem>) -> Option<RulePiece> {
    let span = value.span();
    let spec: RuleSpec = decode_all(value, problems)?;
    check_name(&spec.name, problems);
    if spec.window.get_ref().0.is_zero() {
        problems.push(Problem::at(spec.window.span(), "a window has a length", "10m"));
    }
    let metric = metric(&spec.metric, kpis).map_err(|p| problems.push(p)).ok()?;
    let unit = wanted(&metric, kpis);
    let bound = bound(&spec, span).map_err(|p| problems.push(p)).ok()?;
    [&spec.above, &spec.below, &spec.clear]
        .into_iter()
        .flatten()
        .filter_map(|f| unit.refuses(f))
        .for_each(|p| problems.push(p));
    let clear_at = spec.clear.as_ref().map(|c| c.get_ref().value);
    if let (Some(clear), Some(at)) = (&spec.clear, clear_at)
        && bound.breached_by(at)
    {
        let side = if matches!(bound, Bound::Above(_)) { "below" } else { "above" };
        let hint = format!("a value {side} the bound: the alert clears there");
        problems.push(Problem::at(clear.span(), "`clear` lies on the breached side of the bound", hint));
    }
    let is_kpi = kpis.iter().any(|k| k.name == metric.word());
    let services = match spec.services {
        Some(names) => names,
        None if is_kpi => Vec::new(),
        None => vec![Spanned::new(0..0, "*".to_owned())],
    };
    let rule = Rule {
        name: spec.name.get_ref().clone(),
        metric,
        bound,
        window: spec.window.get_ref().0,
        hold: spec.hold.0,
        clear_for: spec.clear_for.0,
        clear_at,
        severity: spec.severity,
        procedure: spec.procedure,
        services: services.iter().map(|s| s.get_ref().clone()).collect(),
    };
    Some(RulePiece { rule, named: spec.name, services })
}

fn bound(spec: &RuleSpec, whole: Range<usize>) -> Result<Bound, Problem> {
    match (&spec.above, &spec.below) {
        (Some(limit), None) => Ok(Bound::Above(limit.get_ref().value)),
        (None, Some(limit)) => Ok(Bound::Below(limit.get_ref().value)),
        (None, None) => Err(Problem::at(whole, "a rule has a bound", "`above` or `below`, one of them")),
        (Some(_), Some(second)) => {
            Err(Problem::at(second.span(), "a rule has one bound", "either `above` or `below`; write a second rule"))
        }
    }
}

fn metric(name: &Name, kpis: &[KpiPiece]) -> Result<Metric, Problem> {
    let word = name.get_ref().as_str();
    let kpi = |name: &str| kpis.iter().any(|k| k.name == name);
    if Metric::WORDS.contains(&word) || kpi(word) {
        return Ok(Metric::parse(word));
    }
    // The engine knows figures by their bare name and asks the KPIs first, so the two must not share one.
    match word.strip_prefix("figure.") {
        Some(rest) if kpi(rest) || Metric::WORDS.contains(&rest) => {
            let what = format!("`{rest}` is also the name of another metric");
            return Err(Problem::at(name.span(), what, "rename the KPI or the figure"));
        }
        Some(rest) if !rest.is_empty() => return Ok(Metric::Named(rest.to_owned())),
        _ => {}
    }
    let all = || Metric::WORDS.into_iter().chain(kpis.iter().map(|k| k.name.as_str()));
    let near = nearest(word, all()).map(|n| format!("did you mean `{n}`? ")).unwrap_or_default();
    let list = all().collect::<Vec<_>>().join(", ");
    let hint = format!("{near}metrics: {list}, figure.NAME for a figure that a probe or the stream reports");
    Err(Problem::at(name.span(), format!("unknown metric `{word}`"), hint))
}

/// What a figure must look like to be compared with the metric.
enum Wanted {
    Time,
    Ratio,
    Days,
    /// 1 is up, 0 is down.
    Yes,
    /// The unit of a KPI, for the eye; anything that is a plain figure.
    Plain(String),
}

fn wanted(metric: &Metric, kpis: &[KpiPiece]) -> Wanted {
    match metric {
        Metric::LatencyP50 | Metric::LatencyP95 | Metric::LatencyP99 | Metric::LatencyMax => Wanted::Time,
        Metric::Success => Wanted::Ratio,
        Metric::Up => Wanted::Yes,
        Metric::TlsDaysLeft => Wanted::Days,
        Metric::Named(name) => match kpis.iter().find(|k| k.name == *name).map(|k| k.unit.as_str()) {
            Some("ms") => Wanted::Time,
            Some("ratio") => Wanted::Ratio,
            Some("days") => Wanted::Days,
            unit => Wanted::Plain(unit.unwrap_or_default().to_owned()),
        },
    }
}

impl Wanted {
    fn refuses(&self, figure: &Figure) -> Option<Problem> {
        let Quantity { value, unit } = *figure.get_ref();
        let (fits, hint) = match self {
            Self::Time => (unit == Unit::Time && value > 0.0, "a time with its unit, like \"200ms\"".to_owned()),
            Self::Ratio => (
                matches!(unit, Unit::Percent | Unit::None) && (0.0..=1.0).contains(&value),
                "a ratio: \"99%\" or 0.99".to_owned(),
            ),
            Self::Days => (matches!(unit, Unit::Days | Unit::None), "days: \"14d\" or 14".to_owned()),
            Self::Yes => {
                (unit == Unit::None && (0.0..=1.0).contains(&value), "1 is up, 0 is down: below = 1".to_owned())
            }
            Self::Plain(shown) if shown == "%" => (unit != Unit::Time, "a figure of the KPI".to_owned()),
            Self::Plain(shown) => (unit == Unit::None, format!("a plain figure, in the KPI's unit `{shown}`")),
        };
        (!fits).then(|| Problem::at(figure.span(), "this figure does not fit the metric", hint))
    }
}
