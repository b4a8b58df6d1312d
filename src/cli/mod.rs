//! (being laid)
pub mod config;
