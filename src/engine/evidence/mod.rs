//! Live evidence: what the watch knows, asked by expressions. A source is one file and one line of [`SOURCES`].

/// Names of the sources that an expression may ask.
pub fn names() -> impl Iterator<Item = &'static str> {
    SOURCES.iter().copied()
}

const SOURCES: &[&str] = &[];
