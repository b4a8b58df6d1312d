//! (being laid)

pub mod config;
pub mod shell;
