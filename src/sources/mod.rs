//! What comes in: probes, streams, logs, metrics. Each folder is one source and can be deleted whole; none knows the
//! engine, the store or another source.

pub mod probe;
