//! From a text to a [`Config`]: parse, expand, take the sections apart, check what refers to what. Collects every
//! problem; only a text without any becomes a config.

use std::fs::Metadata;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::DeValue;

use super::file::{self, Refused};
use super::pieces::{self, Name};
use super::raw::{Problem, Value, decode_all};
use super::registry::Registry;
use super::report::{ConfigError, Report};
use super::sections::{ConsoleSpec, StoreSpec, WorkerSpec};
use super::tree::{self, Root, Table};
use super::{Config, check, keys, kpis, rules, secret};
use crate::domain::setup::Setup;
use crate::domain::text::Clean;

const BOM: char = '\u{feff}';

/// What surrounds a text: its name, its folder and rights when it is a file, the environment.
pub struct Place<'a> {
    pub name: &'a str,
    pub folder: Option<&'a Path>,
    pub meta: Option<&'a Metadata>,
    pub env: secret::Env<'a>,
}

pub fn read(text: &str, place: &Place<'_>, registry: &Registry) -> Result<Config, ConfigError> {
    // Places are counted without the mark, as every editor counts them.
    let text = text.strip_prefix(BOM).unwrap_or(text);
    let mut table = tree::parse(text).map_err(|broken| {
        let secrets = inline_secrets(&broken.table);
        ConfigError::Wrong(Report::new(place.name, text, &secrets, broken.problems))
    })?;
    let hash = tree::hash(&table);
    let secrets = inline_secrets(&table);
    refuse_exposed(place, text, &secrets)?;
    let mut problems = empty_secrets(&table);
    outside(&mut table, place, &mut problems);
    let mut root = Root::new(table);
    root.problems = problems;
    let (config, problems) = assemble(root, hash, registry);
    match config {
        Some(config) if problems.is_empty() => Ok(config),
        _ => Err(ConfigError::Wrong(Report::new(place.name, text, &secrets, problems))),
    }
}

fn all_secrets(table: &Table) -> Vec<secret::Hidden> {
    let mut found = Vec::new();
    for (_, value) in table.iter().filter(|(k, _)| *k.get_ref() != "keys") {
        secret::collect(value, false, &mut found);
    }
    found
}

/// Before expansion: what is written `${NAME}` is no secret of the file.
fn inline_secrets(table: &Table) -> Vec<Range<usize>> {
    let written = all_secrets(table).into_iter().filter(|h| !h.is_reference());
    written.map(|h| h.span).collect()
}

fn empty_secrets(table: &Table) -> Vec<Problem> {
    let empty = all_secrets(table).into_iter().filter(secret::Hidden::empty);
    empty.map(|h| Problem::at(h.span, "this secret is empty", "write it, or take the key away")).collect()
}

fn refuse_exposed(place: &Place<'_>, text: &str, secrets: &[Range<usize>]) -> Result<(), Refused> {
    let (Some(meta), Some(first)) = (place.meta, secrets.first()) else { return Ok(()) };
    let me = rustix::process::geteuid().as_raw();
    if !file::readable_by_strangers(meta, me) {
        return Ok(());
    }
    let (line, column) = super::report::place(text, first.start);
    Err(Refused {
        path: format!("{}:{line}:{column}", place.name),
        why: "a secret is written here and the file can be read by others".into(),
        mend: format!("chmod 600 {}, or use the key's `_file` form", place.name),
    })
}

/// Brings in what is not in the file: the environment's values, and the files that hold secrets. Sections of later
/// versions are left alone: nothing uses them yet.
fn outside(table: &mut Table, place: &Place<'_>, problems: &mut Vec<Problem>) {
    let taken = std::mem::take(table);
    for (key, mut value) in taken {
        if !tree::LATER.contains(&&**key.get_ref()) && *key.get_ref() != "keys" {
            secret::expand_all(&mut value, place.env, problems);
            secret_files(&mut value, place.folder, problems);
        }
        table.insert(key, value);
    }
}

/// Every `…_file` is found, readable and not empty before anything starts; its path is taken from the config's folder.
/// Without a folder nothing is looked for.
fn secret_files(value: &mut Value, folder: Option<&Path>, problems: &mut Vec<Problem>) {
    let Some(folder) = folder else { return };
    match value.get_mut() {
        DeValue::Array(items) => items.iter_mut().for_each(|v| secret_files(v, Some(folder), problems)),
        DeValue::Table(table) => {
            let taken = std::mem::take(table);
            for (key, mut inner) in taken {
                if let DeValue::String(path) = inner.get_mut()
                    && key.get_ref().strip_suffix("_file").is_some_and(secret::names_secret)
                {
                    let full = folder.join(&**path);
                    if let Err(why) = secret::read_file(&full) {
                        problems.push(Problem::at(inner.span(), why, ""));
                    } else if let Some(text) = full.to_str() {
                        *path = text.to_owned().into();
                    }
                } else {
                    secret_files(&mut inner, Some(folder), problems);
                }
                table.insert(key, inner);
            }
        }
        _ => {}
    }
}

fn assemble(mut root: Root, hash: String, registry: &Registry) -> (Option<Config>, Vec<Problem>) {
    let problems = &mut Vec::new();
    let console = section(&mut root, "console", ConsoleSpec::check, problems);
    let store = section(&mut root, "store", StoreSpec::check, problems);
    let worker = section(&mut root, "worker", WorkerSpec::check, problems);
    let theme = section(&mut root, "theme", |_| None, problems);
    let keys = root.one("keys").map(|v| keys::keys(&v, registry, problems)).unwrap_or_default();
    let services = list(&mut root, "service", |v| pieces::service(v, registry, problems));
    let channels = list(&mut root, "channel", |v| pieces::channel(v, registry, problems));
    let streams = list(&mut root, "stream", |v| pieces::stream(v, registry, problems));
    let kpis = list(&mut root, "kpi", |v| kpis::kpi(v, problems));
    let rules = list(&mut root, "rule", |v| rules::rule(v, &kpis, problems));
    let levels = list(&mut root, "level", |v| pieces::level(v, problems));
    let operators = list(&mut root, "operator", |v| pieces::operator(v, problems));
    let environment = word(&mut root, "environment");
    let reference = word(&mut root, "reference");

    check::unique("service", services.iter().flat_map(|s| &s.names), problems);
    check::unique("channel", channels.iter().map(|c| &c.named), problems);
    check::unique("stream", streams.iter().map(|s| &s.named), problems);
    check::unique("KPI", kpis.iter().map(|k| &k.named), problems);
    check::unique("rule", rules.iter().map(|r| &r.named), problems);
    check::unique("level", levels.iter().map(|l| &l.named), problems);
    check::unique("operator", operators.iter().map(|o| &o.name), problems);
    if let Some(environment) = &environment {
        pieces::check_name(environment, problems);
    }
    check::depends_on(&services, problems);
    check::patterns(&rules, &services, problems);
    check::notify(&levels, &channels, problems);
    if let Some(reference) = &reference {
        check::reference(reference, &services, problems);
    }
    problems.append(&mut root.problems);
    let (later, unknown) = root.finish();
    problems.extend(unknown);
    let (Some(console), Some(store), Some(worker), Some(theme)) = (console, store, worker, theme) else {
        return (None, std::mem::take(problems));
    };
    let setup = Setup {
        environment: environment.map_or_else(|| Setup::default().environment, Spanned::into_inner),
        services: services.iter().map(|s| s.service.clone()).collect(),
        rules: rules.into_iter().map(|r| r.rule).collect(),
        levels: levels.into_iter().map(|l| l.level).collect(),
        streams: streams.iter().map(|s| s.name.clone()).collect(),
        operators: operators.into_iter().map(|o| (o.name.into_inner(), o.role)).collect(),
        spans: worker.spans(),
        k_of_n: worker.k_of_n.into(),
        reference: reference.map(Spanned::into_inner),
        hash,
    };
    let setup = Arc::new(setup);
    let config = Config { setup, services, streams, channels, kpis, console, store, worker, keys, theme, later };
    (Some(config), std::mem::take(problems))
}

/// A plain section; absent means all its defaults.
fn section<T: DeserializeOwned + Default>(
    root: &mut Root,
    name: &str,
    check: impl Fn(&T) -> Option<Problem>,
    problems: &mut Vec<Problem>,
) -> Option<T> {
    let Some(value) = root.one(name) else { return Some(T::default()) };
    let (span, tree) = (value.span(), value.clone());
    let spec: T = decode_all(value, problems)?;
    if let Some(mut problem) = check(&spec) {
        problem.span = key_named(&tree, &problem.what).unwrap_or(span);
        problems.push(problem);
    }
    Some(spec)
}

/// The place of the key that a section's own problem names in back quotes.
fn key_named(tree: &Value, what: &str) -> Option<Range<usize>> {
    let name = what.split('`').nth(1)?;
    tree.get_ref().as_table()?.get(name).map(Spanned::span)
}

fn list<T>(root: &mut Root, name: &str, read: impl FnMut(Value) -> Option<T>) -> Vec<T> {
    root.many(name).into_iter().filter_map(read).collect()
}

fn word(root: &mut Root, name: &str) -> Option<Name> {
    let value = root.word(name)?;
    let text = Clean::new(value.get_ref().as_str()?).as_str().to_owned();
    Some(Spanned::new(value.span(), text))
}
