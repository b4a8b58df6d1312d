//! The live stream: a WebSocket feed of events, kept connected, decoded, counted and coalesced into batches that are
//! committed whole with the position they lead to. What a batch does to alerts is the engine's business, when it is
//! durable is the store's; this module only learns that by the ticket it gets back.
//!
//! `client` keeps the link, `connect` opens one, `session` lives on one, `wire` and `map` read a message, `intake`
//! judges it by `sequence` and `seen`, `batch` folds it, `dispatch` hands batches on and holds back when four are out.

pub mod backoff;
pub mod batch;
pub mod client;
pub mod connect;
pub mod dispatch;
pub mod fold;
pub mod hello;
pub mod intake;
pub mod map;
pub mod pipe;
pub mod pulse;
pub mod refusal;
pub mod report;
pub mod seen;
pub mod sequence;
pub mod session;
pub mod spec;
pub mod text;
pub mod tls;
pub mod wire;

use std::sync::Arc;

use crate::config::value::Secret;
use crate::domain::feed::{FeedBatch, StreamPosition};
use crate::domain::live::StreamLive;
use crate::domain::time::Now;

pub use client::run;
pub use spec::StreamSpec;

/// What a stream tells the runtime.
#[derive(Clone, PartialEq, Debug)]
pub enum StreamEvent {
    Batch(Box<FeedBatch>),
    Status(Box<StreamLive>),
}

/// Wall and boot time, as the runtime's clock gives it.
pub type Clock = Arc<dyn Fn() -> Now + Send + Sync>;

/// Asked before every connect, so that a rotated token is used by the next try. An error is a sentence for people.
pub type TokenSource = Arc<dyn Fn() -> Result<Option<Secret>, String> + Send + Sync>;

/// One stream to be run: what to connect to, where to resume, and the means it is given from outside.
pub struct Feed {
    pub spec: StreamSpec,
    pub start: StreamPosition,
    pub token: TokenSource,
    pub clock: Clock,
    /// Any number that differs between workers: it spreads their reconnects.
    pub seed: u64,
}
