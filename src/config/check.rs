//! Names that refer to one another: nothing twice, nothing to nowhere. Runs over what could be read, so that one wrong
//! line does not hide the others.

use std::collections::HashSet;

use super::pieces::{ChannelPiece, LevelPiece, Name, ServicePiece};
use super::raw::{Problem, nearest};
use super::rules::RulePiece;
use crate::domain::service::Service;

/// Every name of `names` once; `what` says what they name.
pub fn unique<'a>(what: &str, names: impl Iterator<Item = &'a Name>, problems: &mut Vec<Problem>) {
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(name.get_ref().as_str()) {
            let hint = format!("each {what} has its own name");
            problems.push(Problem::at(name.span(), format!("the name `{}` is used twice", name.get_ref()), hint));
        }
    }
}

fn missing(what: &str, name: &Name, near: Option<&str>, none: &str) -> Problem {
    let hint = near.map_or_else(|| none.to_owned(), |n| format!("did you mean `{n}`?"));
    Problem::at(name.span(), format!("no {what} is called `{}`", name.get_ref()), hint)
}

fn service_names(services: &[ServicePiece]) -> impl Iterator<Item = &str> {
    services.iter().flat_map(|s| s.names.iter().map(|n| n.get_ref().as_str()))
}

fn find<'a>(services: &'a [ServicePiece], name: &str) -> Option<&'a Service> {
    services.iter().map(|s| &s.service).find(|s| s.names().any(|n| n == name))
}

pub fn depends_on(services: &[ServicePiece], problems: &mut Vec<Problem>) {
    for piece in services {
        for name in &piece.depends_on {
            match find(services, name.get_ref()) {
                None => {
                    let near = nearest(name.get_ref(), service_names(services));
                    problems.push(missing("service", name, near, "name a [[service]]"));
                }
                Some(other) if reaches(services, other, &piece.service.name) => problems.push(Problem::at(
                    name.span(),
                    format!("`{}` depends on itself through this", piece.service.name),
                    "an alert folds behind its cause; a circle has none",
                )),
                Some(_) => {}
            }
        }
    }
}

/// Whether following dependencies from `from` arrives at `goal`.
fn reaches(services: &[ServicePiece], from: &Service, goal: &str) -> bool {
    let (mut seen, mut next) = (Vec::new(), vec![from]);
    while let Some(service) = next.pop() {
        if &*service.name == goal {
            return true;
        }
        if !seen.contains(&&*service.name) {
            seen.push(&*service.name);
            next.extend(service.depends_on.iter().filter_map(|name| find(services, name)));
        }
    }
    false
}

pub fn reference(name: &Name, services: &[ServicePiece], problems: &mut Vec<Problem>) {
    if find(services, name.get_ref()).is_none() {
        let near = nearest(name.get_ref(), service_names(services));
        problems.push(missing("service", name, near, "`reference` names the [[service]] that stands for our own link"));
    }
}

/// A pattern that matches nothing is a rule that never speaks: most likely a slip of the pen.
pub fn patterns(rules: &[RulePiece], services: &[ServicePiece], problems: &mut Vec<Problem>) {
    for pattern in rules.iter().flat_map(|r| &r.services) {
        let text = pattern.get_ref().as_str();
        if text == "*" || services.iter().any(|s| s.service.matches(text)) {
            continue;
        }
        let near = match text.strip_prefix("tag:") {
            Some(tag) => {
                let tags = services.iter().flat_map(|s| s.service.tags.iter().map(String::as_str));
                nearest(tag, tags).map(|t| format!("tag:{t}"))
            }
            None => nearest(text, service_names(services)).map(str::to_owned),
        };
        let hint =
            near.map_or_else(|| "a name, an alias, a glob or tag:x".to_owned(), |n| format!("did you mean `{n}`?"));
        problems.push(Problem::at(pattern.span(), format!("`{text}` matches no service"), hint));
    }
}

pub fn notify(levels: &[LevelPiece], channels: &[ChannelPiece], problems: &mut Vec<Problem>) {
    for name in levels.iter().flat_map(|l| &l.notify) {
        if !channels.iter().any(|c| c.name == *name.get_ref()) {
            let near = nearest(name.get_ref(), channels.iter().map(|c| c.name.as_str()));
            problems.push(missing("channel", name, near, "name a [[channel]]"));
        }
    }
}
