//! What comes in from outside: probes, streams, metrics, logs. A source turns foreign bytes into domain values and
//! counts what it cannot; what the values mean is the engine's business.

pub mod stream;
