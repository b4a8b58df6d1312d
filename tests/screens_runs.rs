//! Procedure runs, the watch and the history on the screen: keys in, a real store below, a buffer out; several people at
//! once where that is what it is about.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "screens_runs/deck.rs"]
mod deck;
#[path = "screens_runs/history.rs"]
mod history;
#[path = "screens_runs/run.rs"]
mod run;
#[path = "screens_runs/shapes.rs"]
mod shapes;
#[path = "screens_runs/truth.rs"]
mod truth;
#[path = "screens_runs/watch.rs"]
mod watch;
