//! From a text to a [`Config`]: parse, expand, take the sections apart, check what refers to what. Collects every
//! problem; only a text without any becomes a config.

use std::fs::Metadata;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use toml::Spanned;

use super::checklists::{self, Known, Reading, SourcePiece};
use super::kpis::{self, KpiPiece};
use super::pieces::{self, ChannelPiece, LevelPiece, Name, OperatorSpec, ServicePiece, StreamPiece};
use super::raw::{Problem, Value, decode_all};
use super::registry::Registry;
use super::report::{ConfigError, Report};
use super::rules::{self, RulePiece};
use super::sections::{ConsoleSpec, StoreSpec, ThemeSpec, WorkerSpec};
use super::tree::{self, Root, Table};
use super::{Aside, Config, check, keys, outside, secret};
use crate::domain::setup::Setup;
use crate::domain::text::Clean;

const BOM: char = '\u{feff}';

/// What surrounds a text: its name, its folder and rights when it is a file, the environment, and files that are about
/// to be written beside it.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub name: &'a str,
    pub folder: Option<&'a Path>,
    pub meta: Option<&'a Metadata>,
    pub env: secret::Env<'a>,
    pub written: &'a [(PathBuf, String)],
}

/// A text taken apart, with what came from outside brought in, and what is wrong so far.
pub struct Opened<'a> {
    /// Without the byte order mark.
    pub text: &'a str,
    pub table: Table,
    pub hash: String,
    pub problems: Vec<Problem>,
    /// Places that must not be quoted.
    secrets: Vec<Range<usize>>,
}

impl Opened<'_> {
    pub fn report(self, name: &str) -> Report {
        Report::new(name, self.text, &self.secrets, self.problems)
    }
}

pub fn open<'a>(text: &'a str, place: &Place<'_>) -> Result<Opened<'a>, ConfigError> {
    // Places are counted without the mark, as every editor counts them.
    let text = text.strip_prefix(BOM).unwrap_or(text);
    let mut table = tree::parse(text).map_err(|broken| {
        let mut secrets = outside::inline_secrets(&broken.table);
        secrets.extend(outside::doubtful(&broken.table));
        ConfigError::Wrong(Report::new(place.name, text, &secrets, broken.problems))
    })?;
    let hash = tree::hash(&table);
    let mut secrets = outside::inline_secrets(&table);
    outside::refuse_exposed(place, text, &secrets)?;
    secrets.extend(outside::doubtful(&table));
    let mut problems = outside::empty_secrets(&table);
    outside::bring_in(&mut table, place, &mut problems);
    Ok(Opened { text, table, hash, problems, secrets })
}

pub fn read(text: &str, place: &Place<'_>, registry: &Registry) -> Result<Config, ConfigError> {
    let mut opened = open(text, place)?;
    let mut reading = Reading::new(registry, place);
    let root = Root::new(std::mem::take(&mut opened.table));
    let hash = std::mem::take(&mut opened.hash);
    let config = assemble(root, hash, &mut reading, &mut opened.problems);
    match config {
        Some(config) if opened.problems.is_empty() && reading.wrong.is_empty() => Ok(config),
        _ => {
            let mut report = opened.report(place.name);
            (report.beside, report.mappings) = (reading.wrong, reading.mappings);
            Err(ConfigError::Wrong(report))
        }
    }
}

/// The lists of named things, as far as they could be read.
struct Lists {
    services: Vec<ServicePiece>,
    channels: Vec<ChannelPiece>,
    streams: Vec<StreamPiece>,
    kpis: Vec<KpiPiece>,
    rules: Vec<RulePiece>,
    levels: Vec<LevelPiece>,
    operators: Vec<OperatorSpec>,
    sources: Vec<SourcePiece>,
}

impl Lists {
    fn read(root: &mut Root, reading: &mut Reading<'_>, problems: &mut Vec<Problem>) -> Self {
        let registry = reading.registry;
        let mut sources = list(root, "checklist", |v| checklists::checklist(v, reading, problems));
        sources.extend(list(root, "procedure", |v| checklists::procedure(v, reading, problems)));
        let kpis = list(root, "kpi", |v| kpis::kpi(v, problems));
        Self {
            services: list(root, "service", |v| pieces::service(v, registry, problems)),
            channels: list(root, "channel", |v| pieces::channel(v, registry, problems)),
            streams: list(root, "stream", |v| pieces::stream(v, registry, problems)),
            rules: list(root, "rule", |v| rules::rule(v, &kpis, problems)),
            levels: list(root, "level", |v| pieces::level(v, problems)),
            operators: list(root, "operator", |v| pieces::operator(v, problems)),
            kpis,
            sources,
        }
    }
    fn check(&self, problems: &mut Vec<Problem>) {
        check::unique("service", self.services.iter().flat_map(|s| &s.names), problems);
        check::unique("channel", self.channels.iter().map(|c| &c.named), problems);
        check::unique("stream", self.streams.iter().map(|s| &s.named), problems);
        check::unique("KPI", self.kpis.iter().map(|k| &k.named), problems);
        check::unique("rule", self.rules.iter().map(|r| &r.named), problems);
        check::unique("level", self.levels.iter().map(|l| &l.named), problems);
        check::unique("operator", self.operators.iter().map(|o| &o.name), problems);
        check::depends_on(&self.services, problems);
        check::patterns(&self.rules, &self.services, problems);
        check::notify(&self.levels, &self.channels, problems);
        let known = Known { services: &self.services, kpis: &self.kpis, streams: &self.streams };
        checklists::check(&self.sources, &known, problems);
    }
}

fn assemble(mut root: Root, hash: String, reading: &mut Reading<'_>, problems: &mut Vec<Problem>) -> Option<Config> {
    let console = section(&mut root, "console", ConsoleSpec::check, problems);
    let store = section(&mut root, "store", StoreSpec::check, problems);
    let worker = section(&mut root, "worker", WorkerSpec::check, problems);
    let theme = section(&mut root, "theme", |_: &ThemeSpec| None, problems);
    let keys = root.one("keys").map(|v| keys::keys(&v, reading.registry, problems)).unwrap_or_default();
    let lists = Lists::read(&mut root, reading, problems);
    lists.check(problems);
    let environment = word(&mut root, "environment");
    if let Some(environment) = &environment {
        pieces::check_name(environment, problems);
    }
    let reference = word(&mut root, "reference");
    if let Some(reference) = &reference {
        check::reference(reference, &lists.services, problems);
    }
    let (later, mut unread) = root.finish();
    problems.append(&mut unread);
    let worker = worker?;
    let setup = setup(
        &lists,
        &worker,
        Setup {
            environment: environment.map_or_else(|| Setup::default().environment, Spanned::into_inner),
            reference: reference.map(Spanned::into_inner),
            hash: tree::hash_with(hash, &reading.hashes),
            ..Setup::default()
        },
    );
    let Lists { services, channels, streams, kpis, sources, .. } = lists;
    let (console, store, theme) = (console?, store?, theme?);
    Some(Config {
        setup: Arc::new(setup),
        services,
        streams,
        channels,
        kpis,
        console,
        store,
        worker,
        keys,
        theme,
        gatherers: sources.into_iter().flat_map(|s| s.gatherers).collect(),
        aside: Aside { later, mappings: reading.mappings.clone() },
    })
}

fn setup(lists: &Lists, worker: &WorkerSpec, rest: Setup) -> Setup {
    Setup {
        services: lists.services.iter().map(|s| s.service.clone()).collect(),
        rules: lists.rules.iter().map(|r| r.rule.clone()).collect(),
        levels: lists.levels.iter().map(|l| l.level.clone()).collect(),
        streams: lists.streams.iter().map(|s| s.name.clone()).collect(),
        kpis: lists.kpis.iter().filter_map(KpiPiece::fed).collect(),
        operators: lists.operators.iter().map(|o| (o.name.get_ref().clone(), o.role)).collect(),
        spans: worker.spans(),
        k_of_n: worker.k_of_n.into(),
        sources: lists.sources.iter().map(|s| Arc::new(s.source.clone())).collect(),
        ..rest
    }
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
