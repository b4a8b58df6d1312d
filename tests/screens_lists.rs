//! The tab of lists as keys and eyes meet it: what a row and its detail say, what each key asks of the store, and what
//! happens to both when something is missing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

#[allow(dead_code, reason = "each test file takes what it needs")]
mod estate;
#[path = "screens_lists/keys.rs"]
mod keys;
#[path = "screens_lists/rows.rs"]
mod rows;
#[path = "screens_lists/sizes.rs"]
mod sizes;
#[path = "screens_lists/world.rs"]
mod world;
