//! Channels against a real socket and real programs: what is sent, what an answer means, and what never gets out.
//! Names start with the row of the fault matrix they cover.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test may stop at the first surprise, and measures real waiting"
)]

mod command;
mod fake;
mod secrets;
mod support;
mod webhook_reply;
mod webhook_send;
