//! The Markdown of checklists and procedures: the founding document to the last item, every construct that real files
//! have, and whatever bytes there are.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test, and some of it measures time"
)]

#[path = "markdown/constructs.rs"]
mod constructs;
#[path = "markdown/hostile.rs"]
mod hostile;
#[path = "markdown/lint.rs"]
mod lint;
#[path = "markdown/meaning.rs"]
mod meaning;
#[path = "markdown/seed.rs"]
mod seed;

use watchdeck::domain::markdown::{Document, parse};

fn read(text: &str) -> Document {
    boxes_are_real(text.as_bytes())
}

/// Parses, and looks at every box in the file's own bytes.
fn boxes_are_real(bytes: &[u8]) -> Document {
    let document = parse(bytes).unwrap();
    for item in document.items() {
        let [b'[', mark, b']'] = bytes[item.box_at.clone()] else { panic!("no box at {:?}", item.box_at) };
        assert_eq!(item.checked, matches!(mark, b'x' | b'X'));
        assert!(item.checked || mark.is_ascii_whitespace() || matches!(mark, 0x0b), "{mark}");
    }
    document
}

fn texts(document: &Document) -> Vec<&str> {
    let mut items: Vec<_> = document.items().collect();
    items.sort_by_key(|i| i.box_at.start);
    items.iter().map(|i| i.text.as_str()).collect()
}
