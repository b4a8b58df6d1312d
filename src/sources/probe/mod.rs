//! Probes: one look at one service, as an [`Observation`]. A kind of probe is one file and one line of [`KINDS`]; it
//! decodes its own piece of the config and keeps its own deadline. When to look, and how many at once, is the poller's.

mod command;
mod dial;
mod http;
mod meter;
mod observation;
mod pace;
pub mod poller;
mod resolve;
mod secure;
mod tcp;
mod tls;

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::config::raw::{Problem, Raw, nearest};
use crate::domain::sample::ServiceName;

pub use observation::Observation;
pub use pace::Pace;

pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A probe, or what is wrong with its piece of the config and where.
pub type Built = Result<Arc<dyn Probe>, Problem>;

/// One configured look at one service. Dropping the future of [`Probe::run`] ends the look and leaves nothing behind.
pub trait Probe: Send + Sync + 'static {
    /// Kind and target for the eye: `http 127.0.0.1:8105/api/x`.
    fn target(&self) -> &str;
    /// What is loaded by this probe, for the limit per host: `host:port`, or the program's path.
    fn host_key(&self) -> &str;
    fn pace(&self) -> Pace;
    /// Files that hold this probe's secrets: who cannot read them must not take the lease.
    fn secret_files(&self) -> &[PathBuf] {
        &[]
    }
    /// Looks once. Ends within the pace's timeout, whatever the other side does.
    fn run(&self) -> BoxFuture<'_, Observation>;
}

/// A kind of probe: its name in the config, and everything the rest of the program asks of it.
pub struct Kind {
    pub name: &'static str,
    /// One line.
    pub help: &'static str,
    /// A line of TOML that decodes.
    pub example: &'static str,
    pub build: fn(&ServiceName, &Raw) -> Built,
    pub schema: fn(&mut SchemaGenerator) -> Schema,
}

pub const KINDS: &[Kind] = &[http::KIND, tcp::KIND, tls::KIND, command::KIND];

/// Config to object: the piece `probe.<kind> = { … }` of one service.
pub fn build(service: &ServiceName, raw: &Raw) -> Built {
    if let Some(kind) = KINDS.iter().find(|k| k.name == raw.kind) {
        return (kind.build)(service, raw);
    }
    let names = || KINDS.iter().map(|k| k.name);
    let known = names().collect::<Vec<_>>().join(", ");
    let hint = match nearest(&raw.kind, names()) {
        Some(name) => format!("did you mean `{name}`? known kinds: {known}"),
        None => format!("known kinds: {known}"),
    };
    Err(Problem::at(raw.kind_span.clone(), format!("unknown kind of probe `{}`", raw.kind), hint))
}

/// The section's schema under its own name; for the `schema` field of a [`Kind`].
fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

#[cfg(test)]
mod tests;
