//! Configuration: load, layer, and point at the line that is wrong. Pieces of a kind stay raw for the kind that owns them.

pub mod raw;
pub mod value;
