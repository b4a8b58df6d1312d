//! The console on a real terminal: every way out, every size, every kind of input, and every byte it sends. The names
//! carry the rows of the fault matrix.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods)]
#![allow(clippy::match_wild_err_arm, clippy::unchecked_time_subtraction, reason = "a test fails so")]

#[path = "support/e2e.rs"]
mod e2e;
#[path = "support/faulty.rs"]
mod faulty;
#[path = "support/pty.rs"]
mod pty;
#[path = "support/sequences.rs"]
mod sequences;
#[path = "support/ws_server.rs"]
#[allow(dead_code)]
mod ws_server;

#[path = "pty/bytes.rs"]
mod bytes;
#[path = "pty/disk.rs"]
mod disk;
#[path = "pty/input.rs"]
mod input;
#[path = "pty/leaving.rs"]
mod leaving;
#[path = "pty/panics.rs"]
mod panics;
#[path = "pty/sizes.rs"]
mod sizes;

use e2e::Home;
use pty::{Start, program};

/// Two open alerts, nothing that probes, no bell.
pub fn quiet() -> (Home, Vec<String>) {
    let home = Home::with("[console]\nbell = \"never\"\nclock = \"off\"");
    let ids = home.raise(&["first trouble", "second trouble"]);
    (home, ids)
}

pub fn console(home: &Home) -> Start {
    program(home.path(), &["--config", home.config().to_str().unwrap()])
}

/// Shown once the store has answered.
pub const READY: &str = "first trouble";
