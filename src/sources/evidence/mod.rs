//! Evidence that somebody has to fetch: a command's result, a file's age. A kind is one file and one line of [`KINDS`];
//! it decodes its own piece of the config. What a result means for a box is the engine's business.

mod command;
mod file;
mod mask;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::BoxFuture;
use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::config::raw::{Problem, Raw, nearest};
use crate::config::registry::Looked;
use crate::domain::evidence::Proof;
use crate::domain::time::Stamp;

pub use command::from_line;

/// One configured look. Dropping the future of [`Gatherer::gather`] ends the look and leaves nothing behind.
pub trait Gatherer: Send + Sync + 'static {
    fn looked(&self) -> Looked;
    /// Looks once, within its own deadline, whatever the other side does. `now` is what the proof is dated with.
    fn gather(&self, now: Stamp) -> BoxFuture<'_, Proof>;
}

/// A kind of evidence: its name in the config, and everything the rest of the program asks of it.
pub struct Kind {
    pub name: &'static str,
    /// One line.
    pub help: &'static str,
    /// A line of TOML that decodes.
    pub example: &'static str,
    pub build: fn(&Raw) -> Result<Arc<dyn Gatherer>, Problem>,
    pub schema: fn(&mut SchemaGenerator) -> Schema,
}

pub const KINDS: &[Kind] = &[command::KIND, file::KIND];

/// Config to object: the piece `evidence.<kind> = { … }` of one item.
pub fn build(raw: &Raw) -> Result<Arc<dyn Gatherer>, Problem> {
    if let Some(kind) = KINDS.iter().find(|k| k.name == raw.kind) {
        return (kind.build)(raw);
    }
    let names = || KINDS.iter().map(|k| k.name);
    let known = names().collect::<Vec<_>>().join(", ");
    let hint = match nearest(&raw.kind, names()) {
        Some(name) => format!("did you mean `{name}`? known kinds: {known}"),
        None => format!("known kinds: {known}"),
    };
    Err(Problem::at(raw.kind_span.clone(), format!("unknown kind of evidence `{}`", raw.kind), hint))
}

/// The section's schema under its own name; for the `schema` field of a [`Kind`].
fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// A disk that does not answer holds one thread, and not one more with each look.
#[derive(Clone, Default)]
struct OneAtATime(Arc<AtomicBool>);

impl OneAtATime {
    /// None while somebody has it; it is given back when what was returned is dropped.
    fn turn(&self) -> Option<Turn> {
        (!self.0.swap(true, Ordering::AcqRel)).then(|| Turn(Arc::clone(&self.0)))
    }
}

struct Turn(Arc<AtomicBool>);

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}
