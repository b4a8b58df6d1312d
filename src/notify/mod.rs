//! Channels: the ways a page leaves the house. A channel hands one notice over and says whether a retry can help; when
//! to retry, in which order and on which other channel is the outbox's concern, not a channel's. A new kind is one file
//! here and one line in [`KINDS`].

pub mod command;
mod secret;
pub mod webhook;
mod wire;

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::config::raw::{Problem, Raw, nearest};
use crate::domain::outbox::{Attempt, Notice};

/// One configured way out. `send` may be called again with the same notice key: the far side must be able to tell.
pub trait Channel: Send + Sync {
    /// The name in the config, as levels refer to it.
    fn name(&self) -> &str;
    /// One attempt, bounded in time. Never an error: what went wrong is part of the attempt, without any secret.
    fn send<'a>(&'a self, notice: &'a Notice) -> BoxFuture<'a, Attempt>;
}

pub type Built = Result<Arc<dyn Channel>, Problem>;

/// What the rest of the program knows of a kind of channel (`via.<name> = { … }`).
pub struct Kind {
    pub name: &'static str,
    /// One sentence for the starter config, the schema and "unknown kind".
    pub help: &'static str,
    /// A complete `[[channel]]` in TOML.
    pub example: &'static str,
    pub build: fn(channel_name: &str, &Raw) -> Built,
    pub schema: fn(&mut schemars::SchemaGenerator) -> schemars::Schema,
}

pub const KINDS: &[Kind] = &[webhook::KIND, command::KIND];

/// Builds a channel from its `via.<kind> = { … }` piece; an unknown kind comes back with the nearest name.
pub fn build(channel_name: &str, raw: &Raw) -> Built {
    let Some(kind) = KINDS.iter().find(|k| k.name == raw.kind) else {
        let names: Vec<_> = KINDS.iter().map(|k| k.name).collect();
        let allowed = format!("allowed here: {}", names.join(", "));
        let hint = match nearest(&raw.kind, names.iter().copied()) {
            Some(name) => format!("did you mean `{name}`? {allowed}"),
            None => allowed,
        };
        return Err(Problem::at(raw.kind_span.clone(), format!("unknown kind of channel `{}`", raw.kind), hint));
    };
    (kind.build)(channel_name, raw)
}
