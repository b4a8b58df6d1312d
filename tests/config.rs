//! The config as an operator meets it: what is wrong, where exactly, what mends it, and that no secret leaks (C1–C4).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

#[path = "config/access.rs"]
mod access;
#[path = "config/command.rs"]
mod command;
#[path = "config/example.rs"]
mod example;
#[path = "config/fuzz.rs"]
mod fuzz;
#[path = "config/lists.rs"]
mod lists;
#[path = "config/support.rs"]
mod support;
#[path = "config/wrong.rs"]
mod wrong;
