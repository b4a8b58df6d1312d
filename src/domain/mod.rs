//! The nouns and the rules of the watch. Pure: no IO, no clock, no lock, no task; everything here can be tested with
//! plain values. What may import what is said in `lib.rs` and checked by `tests/architecture.rs`.

pub mod alert;
pub mod checklist;
pub mod evidence;
pub mod feed;
pub mod handoff;
pub mod hold;
pub mod ids;
pub mod journal;
pub mod ladder;
pub mod lifecycle;
pub mod live;
pub mod markdown;
pub mod operator;
pub mod outbox;
mod refusal;
pub mod rule;
pub mod run;
pub mod sample;
pub mod schedule;
pub mod service;
pub mod setup;
pub mod severity;
pub mod sketch;
pub mod span;
pub mod text;
pub mod time;
pub mod undo;
pub mod window;
