//! The live stream against feeds that are honest, slow, broken and hostile, over real sockets on loopback. The names
//! carry the rows of the fault matrix. Pure rules are held against models by proptest.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails so")]
#![allow(clippy::match_wild_err_arm, reason = "a test fails so")]

#[path = "support/ws_server.rs"]
mod ws_server;

#[path = "stream/faults.rs"]
mod faults;
#[path = "stream/flood.rs"]
mod flood;
#[path = "stream/honest.rs"]
mod honest;
#[path = "stream/models.rs"]
mod models;
#[path = "stream/refused.rs"]
mod refused;
#[path = "stream/storm.rs"]
mod storm;
#[path = "stream/words.rs"]
mod words;
