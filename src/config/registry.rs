//! What the config has to know of the kinds that the edges own: their names, how to check a piece, how to describe it.
//! Plain function pointers, filled in by the runtime, so that config imports no edge and an edge registers in one line.

use std::time::Duration;

use schemars::{Schema, SchemaGenerator};

use super::raw::{Piece, Problem, Raw};

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

/// The one kind of stream there is: the whole `[[stream]]` table is its piece.
#[derive(Clone, Copy)]
pub struct StreamKind {
    pub check: fn(&str, &Piece) -> Result<(), Problem>,
    pub schema: Describe,
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
    pub commands: Vec<CommandInfo>,
}
