//! The rows that say something of lists, items and steps; the same in the config and in a mapping, of different weight.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::evidence::{self, Found};
use super::names::{self, Asked};
use super::specs::{ItemSpec, ListSpec, StepSpec};
use super::{GatherPiece, Reading, due};
use crate::config::pieces::Name;
use crate::config::raw::{Problem, Value, decode_all};
use crate::config::tree;
use crate::config::value::Span;
use crate::domain::checklist::{Due, ItemRule, Layer, ListRule, StepRule};
use crate::domain::evidence::{Evidence, Expr};
use crate::domain::markdown::Cadence;

/// A tab has no room for more.
const SHORT_MAX: usize = 16;

pub struct Rows {
    /// Of the rows that are read next.
    pub layer: Layer,
    pub lists: Vec<ListRule>,
    pub items: Vec<ItemRule>,
    pub steps: Vec<StepRule>,
    pub gatherers: Vec<GatherPiece>,
    /// Names in them are to be checked; a mapping's are not, it came from elsewhere.
    pub asked: Vec<Asked>,
}

impl Rows {
    pub fn new(layer: Layer) -> Self {
        let (lists, items, steps) = (Vec::new(), Vec::new(), Vec::new());
        Self { layer, lists, items, steps, gatherers: Vec::new(), asked: Vec::new() }
    }

    /// Takes the rows of these kinds out of a table; `above` stands before their names in a header.
    pub fn take(
        &mut self,
        value: &mut Value,
        above: &str,
        kinds: &[&str],
        reading: &mut Reading<'_>,
        problems: &mut Vec<Problem>,
    ) {
        let DeValue::Table(table) = value.get_mut() else { return };
        for kind in kinds {
            for row in tree::tables(table, kind, &format!("{above}{kind}"), problems) {
                match *kind {
                    "list" => self.list(row, problems),
                    "item" => self.item(row, reading, problems),
                    _ => self.step(row, reading, problems),
                }
            }
        }
    }

    fn list(&mut self, row: Value, problems: &mut Vec<Problem>) {
        let Some(spec) = decode_all::<ListSpec>(row, problems) else { return };
        if let Some(short) =
            spec.short.as_ref().filter(|s| !(1..=SHORT_MAX).contains(&s.get_ref().as_str().chars().count()))
        {
            let hint = format!("1 to {SHORT_MAX} characters: a word or two");
            problems.push(Problem::at(short.span(), "`short` does not fit a tab", hint));
        }
        self.lists.push(ListRule {
            layer: self.layer,
            due: spec.due.and_then(|text| until(&text, spec.cadence, problems)),
            list: spec.list,
            cadence: spec.cadence,
            budget: span(spec.budget, problems),
            short: spec.short.map(Spanned::into_inner),
            skip: spec.skip,
        });
    }

    fn item(&mut self, mut row: Value, reading: &mut Reading<'_>, problems: &mut Vec<Problem>) {
        let text = |key: &str| row.get_ref().get(key).and_then(|v| v.get_ref().as_str()).unwrap_or_default().to_owned();
        let (list, item, registry) = (text("list"), text("item"), reading.registry);
        let found = evidence::take(&mut row, registry, || reading.key(&list, &item), problems);
        let Some(spec) = decode_all::<ItemSpec>(row, problems) else { return };
        if !named(&spec.item, "item", problems) {
            return;
        }
        let evidence = found.map(|found| self.found(found, reading, problems));
        self.items.push(ItemRule {
            layer: self.layer,
            list: spec.list,
            item: spec.item.into_inner(),
            mode: spec.mode,
            evidence,
            two_person: spec.two_person,
            critical: spec.critical,
            role: spec.role,
        });
    }

    /// Keeps what the edge will build, or what has names in it.
    fn found(&mut self, found: Found, reading: &Reading<'_>, problems: &mut Vec<Problem>) -> Evidence {
        match &found.evidence {
            Evidence::Gathered(gathered) => {
                self.gatherers.push(GatherPiece { key: gathered.key.clone(), raw: found.raw });
            }
            Evidence::Live { expr, .. } => self.ask(expr, found.raw.span(), reading, problems),
            _ => {}
        }
        found.evidence
    }

    fn ask(&mut self, expr: &Expr, span: Range<usize>, reading: &Reading<'_>, problems: &mut Vec<Problem>) {
        let asked = Asked { expr: expr.clone(), span };
        names::sources(&asked, &reading.registry.live, problems);
        if self.layer == Layer::Config {
            self.asked.push(asked);
        }
    }

    fn step(&mut self, row: Value, reading: &Reading<'_>, problems: &mut Vec<Problem>) {
        let Some(spec) = decode_all::<StepSpec>(row, problems) else { return };
        if !named(&spec.step, "step", problems) {
            return;
        }
        let stop_when = spec.stop_when.and_then(|text| {
            let span = text.span();
            let value = Spanned::new(span.clone(), DeValue::String(text.get_ref().clone().into()));
            let expr = evidence::expression(text.get_ref(), &value, problems)?;
            self.ask(&expr, span, reading, problems);
            Some(expr)
        });
        self.steps.push(StepRule {
            layer: self.layer,
            procedure: spec.procedure,
            step: spec.step.into_inner(),
            kind: spec.kind,
            timer: span(spec.timer, problems),
            repeat: span(spec.repeat, problems),
            stop_when,
        });
    }
}

/// An empty pattern would match whatever there is.
fn named(name: &Name, what: &str, problems: &mut Vec<Problem>) -> bool {
    let empty = name.get_ref().trim().is_empty();
    if empty {
        let problem = Problem::at(name.span(), format!("`{what}` is empty"), "an id, or a part of the text");
        problems.push(problem);
    }
    !empty
}

fn span(span: Option<Spanned<Span>>, problems: &mut Vec<Problem>) -> Option<std::time::Duration> {
    let span = span?;
    if span.get_ref().0.is_zero() {
        problems.push(Problem::at(span.span(), "a span of time has a length", "for example \"15m\""));
        return None;
    }
    Some(span.into_inner().0)
}

fn until(text: &Spanned<String>, cadence: Option<Cadence>, problems: &mut Vec<Problem>) -> Option<Due> {
    let Some((found, fits)) = due::parse(text.get_ref()) else {
        let hint = match cadence {
            Some(cadence) => due::form(cadence).to_owned(),
            None => {
                "\"09:00\" for a daily list, \"Fri 17:00\" for a weekly one, \"day 5 12:00\" for a monthly one".into()
            }
        };
        problems.push(Problem::at(text.span(), "this is no time that a list is due", hint));
        return None;
    };
    if let Some(cadence) = cadence.filter(|c| *c != fits) {
        let what = format!("this due time is for a {} list, and the list is {}", fits.word(), cadence.word());
        problems.push(Problem::at(text.span(), what, due::form(cadence)));
    }
    Some(found)
}
