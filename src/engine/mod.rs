//! The engine: shared facts in, effects out. One handler file per concern; none awaits, locks, or reads a clock.

pub mod book;
pub mod event;
pub mod model;
