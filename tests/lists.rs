//! Lists, boxes, evidence, runs and the watch, told to real engines over a real store on a virtual clock: what a worker
//! does by itself, what two operators do at once, what a restart finds.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "lists/boxes.rs"]
mod boxes;
#[path = "lists/evidence.rs"]
mod evidence;
#[path = "lists/interleavings.rs"]
mod interleavings;
#[path = "lists/judged.rs"]
mod judged;
#[path = "lists/periods.rs"]
mod periods;
#[path = "lists/runs.rs"]
mod runs;
#[path = "lists/watch.rs"]
mod watch;
#[path = "lists/world.rs"]
mod world;
