//! Configuration: load, layer, and point at the line that is wrong. Pieces of a kind stay raw for the kind that owns them.
//!
//! `load` reads one file (the first that [`file::find`] names; files are never merged), `parse` a text. Both either give
//! a whole [`Config`] or every problem there is, with its place. Not its job: talking to anything a config names, and
//! deciding when to reload (the runtime asks [`file::fingerprint`] and keeps the old config when the new one is wrong).

mod check;
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

use std::path::Path;
use std::sync::Arc;

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
    /// Sections understood, kept, and not used by this version.
    pub later: Vec<String>,
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
        ];
        let unused = self.kpis.iter().filter_map(|k| match &k.from {
            KpiSource::Later(raw) => Some(format!("kpi {} from {}", k.name, raw.kind)),
            _ => None,
        });
        let later: Vec<String> = self.later.iter().cloned().chain(unused).collect();
        let mut line = format!("ok: {}", parts.join(", "));
        if !later.is_empty() {
            line.push_str("; kept, not used by this version: ");
            line.push_str(&later.join(", "));
        }
        line
    }
}

/// Reads and checks a file, the secrets it points to included.
pub fn load(path: &Path, registry: &Registry) -> Result<Config, ConfigError> {
    let (text, meta) = file::read_with_meta(path, file::CONFIG_MAX, file::Guard::Config)?;
    let place =
        read::Place { name: &file::shown(path), folder: path.parent(), meta: Some(&meta), env: &secret::process_env };
    read::read(&text, &place, registry)
}

/// Checks a text that is no file: the demo's, a test's. Files it names are not looked for.
pub fn parse(text: &str, name: &str, registry: &Registry) -> Result<Config, ConfigError> {
    parse_in(text, name, registry, &secret::process_env)
}

/// As [`parse`], with an environment of the caller's.
pub fn parse_in(text: &str, name: &str, registry: &Registry, env: secret::Env<'_>) -> Result<Config, ConfigError> {
    read::read(text, &read::Place { name, folder: None, meta: None, env }, registry)
}
