//! What live expressions name: sources that there are, services, KPIs and streams that are configured. A name that leads
//! nowhere would be "no source" for ever, and most likely is a slip of the pen.

use std::ops::Range;

use crate::config::kpis::KpiPiece;
use crate::config::pieces::{ServicePiece, StreamPiece};
use crate::config::raw::{ENOUGH, Problem, nearest};
use crate::config::registry::LiveSource;
use crate::domain::evidence::Expr;
use crate::domain::text::Clean;

/// Brought by later versions: an expression may name them, and is told "no source" until then.
const LATER: [&str; 5] = ["kpis", "findings", "objectives", "credentials", "vulnerabilities"];

/// An expression of the config and its place.
pub struct Asked {
    pub expr: Expr,
    pub span: Range<usize>,
}

/// Every source it asks is one that there is, or will be, and has that value. With no sources registered nothing is checked.
pub fn sources(asked: &Asked, live: &[LiveSource], problems: &mut Vec<Problem>) {
    if live.is_empty() {
        return;
    }
    let all = || live.iter().map(|s| s.name).chain(LATER);
    for term in &asked.expr.terms {
        let (what, word, known) = match live.iter().find(|s| s.name == term.source) {
            Some(source) if source.has(&term.path) => continue,
            Some(source) => {
                let path = Clean::new(&term.path.join("."));
                let known: Vec<_> = source.values.split(", ").collect();
                (format!("`{}` has no value `{path}`", source.name), term.path.last(), ("values", known))
            }
            None if LATER.contains(&term.source.as_str()) => continue,
            None => {
                let what = format!("unknown source `{}`", Clean::new(&term.source));
                (what, Some(&term.source), ("sources", all().collect()))
            }
        };
        let last = |value: &&'static str| value.rsplit('.').next();
        let near = word.and_then(|w| nearest(w, known.1.iter().filter_map(last)));
        let near = near.map(|n| format!("did you mean `{n}`? ")).unwrap_or_default();
        problems.push(Problem::at(asked.span.clone(), what, format!("{near}{}: {}", known.0, known.1.join(", "))));
    }
}

/// What an expression may name.
pub struct Known<'a> {
    pub services: &'a [ServicePiece],
    pub kpis: &'a [KpiPiece],
    pub streams: &'a [StreamPiece],
}

impl Known<'_> {
    pub fn check(&self, asked: &Asked, problems: &mut Vec<Problem>) {
        for term in &asked.expr.terms {
            let Some(name) = term.path.first().filter(|n| !n.starts_with("{{")) else { continue };
            let found = match term.source.as_str() {
                "service" => self.service(name),
                "kpi" => one_of("KPI", name, self.kpis.iter().map(|k| k.name.as_str())),
                "stream" => one_of("stream", name, self.streams.iter().map(|s| s.name.as_str())),
                _ => Ok(()),
            };
            if let Err((what, hint)) = found
                && problems.len() < ENOUGH
            {
                problems.push(Problem::at(asked.span.clone(), what, hint));
            }
        }
    }

    fn service(&self, name: &str) -> Result<(), (String, String)> {
        if self.services.iter().any(|s| s.service.matches(name)) {
            return Ok(());
        }
        one_of("service", name, self.services.iter().flat_map(|s| s.service.names()))
    }
}

fn one_of<'a>(what: &str, name: &str, all: impl Iterator<Item = &'a str>) -> Result<(), (String, String)> {
    // The name itself is the nearest there is.
    let near = nearest(name, all);
    if near == Some(name) {
        return Ok(());
    }
    let hint = near.map_or_else(|| format!("name a configured {what}"), |n| format!("did you mean `{n}`?"));
    Err((format!("no {what} is called `{}`", Clean::new(name)), hint))
}
