//! What comes in from outside: probes, streams, later metrics and logs. A source turns foreign bytes into domain values
//! and counts what it cannot; what the values mean is the engine's business. Each folder can be deleted whole.

mod child;
pub mod document;
pub mod evidence;
mod json_path;
pub mod probe;
pub mod stream;
