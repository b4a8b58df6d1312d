//! Configuration: load, layer, and point at the line that is wrong. Pieces of a kind stay raw for the kind that owns them.
//!
//! `load` reads one file (the first that [`file::find`] names; files are never merged), `parse` a text. Both either give
//! a whole [`Config`] or every problem there is, with its place. Not its job: talking to anything a config names, and
//! deciding when to reload (the runtime asks [`file::fingerprint`] and keeps the old config when the new one is wrong).

mod check;
pub mod checklists;
pub mod file;
pub mod keys;
pub mod kpis;
mod outside;
pub mod pieces;
pub mod raw;
mod read;
pub mod registry;
pub mod report;
mod rules;
pub mod schema;
pub mod secret;
pub mod sections;
pub mod show;
mod tree;
pub mod value;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use checklists::GatherPiece;
pub use keys::{Binding, Bindings};
pub use kpis::{Direction, KpiPiece, KpiSource, Target};
pub use pieces::{ChannelPiece, ServicePiece, StreamPiece};
pub use registry::Registry;
pub use report::{Colour, ConfigError, Report};
pub use sections::{ConsoleSpec, StoreSpec, ThemeSpec, WorkerSpec};

use crate::domain::setup::Setup;

/// The starter file: every key with its default and one comment.
pub const EXAMPLE: &str = include_str!("../../config.example.toml");

/// A configuration without a problem.
#[derive(Clone, Debug)]
pub struct Config {
    /// What the pure layers see of it.
    pub setup: Arc<Setup>,
    pub services: Vec<ServicePiece>,
    pub streams: Vec<StreamPiece>,
    pub channels: Vec<ChannelPiece>,
    pub kpis: Vec<KpiPiece>,
    pub console: ConsoleSpec,
    pub store: StoreSpec,
    pub worker: WorkerSpec,
    pub keys: Bindings,
    pub theme: ThemeSpec,
    /// Evidence of items that an edge fetches.
    pub gatherers: Vec<GatherPiece>,
    pub aside: Aside,
}

/// What the reading met besides.
#[derive(Clone, Debug, Default)]
pub struct Aside {
    /// Sections understood, kept, and not used by this version.
    pub later: Vec<String>,
    /// Mappings that were read; a change of one is a change of the config.
    pub mappings: Vec<PathBuf>,
}

impl Config {
    /// One line for `config check`: what there is, and what is kept but not used.
    pub fn summary(&self) -> String {
        let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
        let parts = [
            count(self.services.len(), "service"),
            count(self.setup.rules.len(), "rule"),
            count(self.streams.len(), "stream"),
            count(self.kpis.len(), "KPI"),
            count(self.channels.len(), "channel"),
            count(self.setup.levels.len(), "level"),
            count(self.setup.operators.len(), "operator"),
            self.files(),
        ];
        let unused = self.kpis.iter().filter_map(|k| match &k.from {
            KpiSource::Later(raw) => Some(format!("kpi {} from {}", k.name, raw.kind)),
            _ => None,
        });
        let later: Vec<String> = self.aside.later.iter().cloned().chain(unused).collect();
        let mut line = format!("ok: {}", parts.join(", "));
        if !later.is_empty() {
            line.push_str("; kept, not used by this version: ");
            line.push_str(&later.join(", "));
        }
        line
    }

    /// The files of lists and procedures, and how much is said of them.
    fn files(&self) -> String {
        let sources = &self.setup.sources;
        let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
        let mut text = count(sources.iter().filter(|s| !s.procedures_only).count(), "list file");
        let only = sources.iter().filter(|s| s.procedures_only).count();
        if only > 0 {
            text.push_str(&format!(", {}", count(only, "procedure file")));
        }
        let rules: usize = sources.iter().map(|s| s.lists.len() + s.items.len() + s.steps.len()).sum();
        if rules > 0 {
            text.push_str(&format!(" with {}", count(rules, "rule")));
        }
        text
    }
}

/// Reads and checks a file, the secrets it points to included.
pub fn load(path: &Path, registry: &Registry) -> Result<Config, ConfigError> {
    let (text, meta) = file::read_with_meta(path, file::CONFIG_MAX, file::Guard::Config)?;
    let name = file::shown(path);
    let place =
        read::Place { name: &name, folder: path.parent(), meta: Some(&meta), env: &secret::process_env, written: &[] };
    read::read(&text, &place, registry)
}

/// Checks a text that is about to be written to `path`, with the files that are about to be written beside it.
pub fn check_text(
    text: &str,
    path: &Path,
    written: &[(PathBuf, String)],
    registry: &Registry,
) -> Result<Config, ConfigError> {
    let name = file::shown(path);
    let place = read::Place { name: &name, folder: path.parent(), meta: None, env: &secret::process_env, written };
    read::read(text, &place, registry)
}

/// Checks a text that is no file: the demo's, a test's. Files it names are not looked for.
pub fn parse(text: &str, name: &str, registry: &Registry) -> Result<Config, ConfigError> {
    parse_in(text, name, registry, &secret::process_env)
}

/// As [`parse`], with an environment of the caller's.
pub fn parse_in(text: &str, name: &str, registry: &Registry, env: secret::Env<'_>) -> Result<Config, ConfigError> {
    read::read(text, &read::Place { name, folder: None, meta: None, env, written: &[] }, registry)
}
