//! What comes in from outside: probes, streams, later metrics and logs. A source turns foreign bytes into domain values
//! and counts what it cannot; what the values mean is the engine's business. Each folder can be deleted whole.

pub mod evidence;
pub mod probe;
pub mod stream;
