//! `[keys]`: which keys run which command. Knows ids and default keys from the registry and refuses a clash; what a key
//! is called, and what it does, is the console's.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::de::DeValue;

use super::raw::{Problem, Value, nearest};
use super::registry::{CommandInfo, Registry};

/// The keys of one command, and where the file says so.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Binding {
    pub keys: Vec<String>,
    pub span: Range<usize>,
}

pub type Bindings = BTreeMap<String, Binding>;

/// Reads the section; `alerts.ack = "a"`, `"alerts.ack" = ["a", "x"]` and `[keys.alerts]` are the same.
pub fn keys(value: &Value, registry: &Registry, problems: &mut Vec<Problem>) -> Bindings {
    let mut found = Bindings::new();
    flatten(value, "", &mut found, problems);
    if !registry.commands.is_empty() {
        found.iter().filter_map(|(id, b)| unknown(id, b, &registry.commands)).for_each(|p| problems.push(p));
        clashes(&found, &registry.commands, problems);
    }
    found
}

fn flatten(value: &Value, prefix: &str, found: &mut Bindings, problems: &mut Vec<Problem>) {
    let DeValue::Table(table) = value.get_ref() else { return };
    for (key, inner) in table {
        let id = if prefix.is_empty() { key.get_ref().to_string() } else { format!("{prefix}.{}", key.get_ref()) };
        if inner.get_ref().is_table() {
            flatten(inner, &id, found, problems);
            continue;
        }
        match words(inner) {
            Some(keys) => {
                found.insert(id, Binding { keys, span: key.span() });
            }
            None => {
                problems.push(Problem::at(inner.span(), "keys are words", "\"a\" or [\"a\", \"ctrl-x\"]; [] for none"));
            }
        }
    }
}

fn words(value: &Value) -> Option<Vec<String>> {
    let word = |v: &DeValue<'_>| v.as_str().filter(|w| !w.is_empty()).map(str::to_owned);
    match value.get_ref() {
        DeValue::Array(items) => items.iter().map(|v| word(v.get_ref())).collect(),
        other => word(other).map(|w| vec![w]),
    }
}

fn unknown(id: &str, binding: &Binding, commands: &[CommandInfo]) -> Option<Problem> {
    if commands.iter().any(|c| c.id == id) {
        return None;
    }
    let hint = match nearest(id, commands.iter().map(|c| c.id.as_str())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "the help (`?`) and the palette (`:`) name all commands".to_owned(),
    };
    Some(Problem::at(binding.span.clone(), format!("unknown command `{id}`"), hint))
}

/// One key, two commands of one scope. Scopes may share keys: the innermost is asked first.
fn clashes(found: &Bindings, commands: &[CommandInfo], problems: &mut Vec<Problem>) {
    let mut taken: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    // Those that nobody moved go first, so that the blame falls on the line in the file.
    let (moved, kept): (Vec<_>, Vec<_>) = commands.iter().partition(|c| found.contains_key(&c.id));
    for command in kept {
        command.keys.iter().for_each(|key| {
            taken.insert((scope(&command.id), key), &command.id);
        });
    }
    for command in moved {
        let Some(binding) = found.get(&command.id) else { continue };
        for key in &binding.keys {
            // One command may work in several tabs.
            let other = taken.insert((scope(&command.id), key), &command.id);
            if let Some(other) = other.filter(|other| *other != command.id) {
                let what = format!("the key `{key}` is taken by `{other}`");
                problems.push(Problem::at(
                    binding.span.clone(),
                    what,
                    format!("another key, or give `{other}` another one"),
                ));
            }
        }
    }
}

fn scope(id: &str) -> &str {
    id.rsplit_once('.').map_or("", |(scope, _)| scope)
}
