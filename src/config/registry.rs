//! What the config has to know of the kinds that the edges own: their names, how to check a piece, how to describe it.
//! Plain function pointers, filled in by the runtime, so that config imports no edge and an edge registers in one line.

use std::time::Duration;

use schemars::{Schema, SchemaGenerator};

use super::raw::{Piece, Problem, Raw};
use crate::domain::text::Clean;

/// Describes a kind's keys: `SchemaGenerator::subschema_for::<HttpSpec>`.
pub type Describe = fn(&mut SchemaGenerator) -> Schema;

/// What the pure layers may know of a probe.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Probed {
    /// For the eye: `http 127.0.0.1:8105/api/…`; without credentials.
    pub target: String,
    pub interval: Duration,
}

/// A kind of probe: `probe.http = { … }`.
#[derive(Clone, Copy)]
pub struct ProbeKind {
    pub name: &'static str,
    /// Gets the service's name and the kind's own piece.
    pub check: fn(&str, &Raw) -> Result<Probed, Problem>,
    pub schema: Describe,
}

/// A kind of channel: `via.webhook = { … }`.
#[derive(Clone, Copy)]
pub struct ChannelKind {
    pub name: &'static str,
    /// Gets the channel's name and the kind's own piece.
    pub check: fn(&str, &Raw) -> Result<(), Problem>,
    pub schema: Describe,
}

/// What the pure layers may know of evidence that an edge gathers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Looked {
    /// What it would look at, for the eye: `sh check.sh`, `/var/backups/*.dump`.
    pub what: Clean,
    /// How often the worker looks by itself; None only when a person asks.
    pub every: Option<Duration>,
    /// A result older than this proves nothing any more.
    pub fresh: Duration,
}

/// A kind of evidence that an edge gathers: `evidence.command = { … }`.
#[derive(Clone, Copy)]
pub struct EvidenceKind {
    pub name: &'static str,
    /// Gets the kind's own piece.
    pub check: fn(&Raw) -> Result<Looked, Problem>,
    pub schema: Describe,
}

/// The one kind of stream there is: the whole `[[stream]]` table is its piece.
#[derive(Clone, Copy)]
pub struct StreamKind {
    pub check: fn(&str, &Piece) -> Result<(), Problem>,
    pub schema: Describe,
}

/// A source that a live expression may name, and the values it has: `healthy, up`, `*.p95`, where `*` and `NAME` stand
/// for any name.
#[derive(Clone, Copy, Debug)]
pub struct LiveSource {
    pub name: &'static str,
    pub values: &'static str,
}

impl LiveSource {
    pub fn has(&self, path: &[String]) -> bool {
        self.values.split(", ").any(|value| {
            let parts: Vec<_> = value.split('.').collect();
            parts.len() == path.len() && parts.iter().zip(path).all(|(p, s)| matches!(*p, "*" | "NAME") || p == s)
        })
    }
}

/// A command whose keys `[keys]` may change; `id` is `scope.word`, keys are its defaults.
#[derive(Clone, Debug)]
pub struct CommandInfo {
    pub id: String,
    pub keys: Vec<String>,
}

/// Everything that is registered. Empty commands mean that `[keys]` is taken unchecked.
#[derive(Clone, Default)]
pub struct Registry {
    pub probes: Vec<ProbeKind>,
    pub channels: Vec<ChannelKind>,
    pub stream: Option<StreamKind>,
    pub evidence: Vec<EvidenceKind>,
    /// Sources that a live expression may name.
    pub live: Vec<LiveSource>,
    pub commands: Vec<CommandInfo>,
}
