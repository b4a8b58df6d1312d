//! (being laid)

pub mod shell;
