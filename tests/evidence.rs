//! Evidence that has to be fetched, and the files that ask for it, against what a command, a folder and a file may do.
//! Names carry the fault's number.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test's own parts may fail loudly and look at the clock; clippy only exempts #[test] functions"
)]

#[path = "evidence/kit.rs"]
mod kit;

#[path = "evidence/command.rs"]
mod command;
#[path = "evidence/document.rs"]
mod document;
#[path = "evidence/documents.rs"]
mod documents;
#[path = "evidence/expect.rs"]
mod expect;
#[path = "evidence/file.rs"]
mod file;
#[path = "evidence/hands.rs"]
mod hands;
#[path = "evidence/leaving.rs"]
mod leaving;
#[path = "evidence/secrets.rs"]
mod secrets;
#[path = "evidence/wrong.rs"]
mod wrong;
