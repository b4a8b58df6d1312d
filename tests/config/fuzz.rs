//! No text whatever makes the loader or its report panic or command a terminal.

use proptest::prelude::*;
use watchdeck::config::{self, Colour};

use super::support::*;

/// Parses, and renders what is wrong: neither may panic, and what is rendered commands no terminal.
fn survives(text: &str) -> Result<(), TestCaseError> {
    if let Err(error) = parse(text) {
        let shown = error.render(Colour::Never);
        prop_assert!(!shown.is_empty() && !shown.chars().any(|c| c != '\n' && c.is_control()), "{shown:?}");
    }
    let _ = config::show::lines(text, "c.toml", &registry(), &[]);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn c1_any_text_is_survived(text in "\\PC*|[\\[\\]a-z={}\"'.,\n\r\t0-9 \u{feff}é😀\u{202e}-]{0,400}") {
        survives(&text)?;
    }
    #[test]
    fn c1_a_mutated_example_is_survived(
        cuts in prop::collection::vec((0..config::EXAMPLE.len(), 0..40usize, "[\\[\\]a-z={}\"'.\n\u{1b}é0-9]{0,6}"), 1..6)
    ) {
        let mut text = config::EXAMPLE.to_owned();
        for (at, len, with) in cuts {
            let at = text.floor_char_boundary(at.min(text.len()));
            let end = text.floor_char_boundary((at + len).min(text.len()));
            text.replace_range(at..end.max(at), &with);
        }
        survives(&text)?;
    }
}
