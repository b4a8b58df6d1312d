//! Probes against what the other side may do, and the poller over many of them. Names carry the fault's number.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test's own parts may fail loudly and look at the clock; clippy only exempts #[test] functions"
)]

#[path = "support/http_server.rs"]
mod http_server;
#[path = "support/probe_kit.rs"]
mod kit;

#[path = "probe/body.rs"]
mod body;
#[path = "probe/command.rs"]
mod command;
#[path = "probe/http.rs"]
mod http;
#[path = "probe/poller.rs"]
mod poller;
#[path = "probe/tls.rs"]
mod tls;
