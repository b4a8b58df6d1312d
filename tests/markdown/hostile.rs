//! Whatever bytes there are: a refusal or a document, in bounded time, on a small stack.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use watchdeck::domain::markdown::{BYTES_MAX, ENTRIES_MAX, Refused, check_size, parse};

use super::boxes_are_real;

#[test]
fn a_huge_file_is_refused_by_its_size_alone() {
    let refused = check_size(100 << 20).unwrap_err();
    assert_eq!(refused, Refused::TooLarge { bytes: 100 << 20 });
    assert_eq!(
        refused.to_string(),
        format!("104857600 bytes are too many for a checklist, at most {BYTES_MAX} are read; split the file")
    );
    assert!(check_size(BYTES_MAX).is_ok());
    let began = Instant::now();
    assert!(parse(&vec![b'a'; 100 << 20]).is_err());
    assert!(began.elapsed() < Duration::from_secs(1));
}

#[test]
fn utf_16_and_too_many_entries_are_refused_with_a_reason() {
    assert_eq!(parse(b"\xff\xfe-\0 \0").unwrap_err(), Refused::Utf16);
    assert_eq!(parse("-\n".repeat(ENTRIES_MAX + 1).as_bytes()).unwrap_err(), Refused::TooManyEntries);
}

/// The levels a reader could make by hand, and shapes known to make parsers recurse or go quadratic.
#[test]
fn bombs_neither_overflow_the_stack_nor_take_long() {
    let nested = |levels: usize| (0..levels).flat_map(|n| ["  ".repeat(n), "- [ ] x\n".to_owned()]).collect::<String>();
    let bombs = [
        "- ".repeat(10_000) + "[ ] x\n",
        "> ".repeat(10_000) + "- [ ] x\n",
        "> - ".repeat(10_000) + "[ ] x\n",
        "1. ".repeat(10_000) + "[ ] x\n",
        nested(900),
        "[".repeat(200_000),
        "*a _b ".repeat(50_000),
        "**".repeat(100_000),
        "<!--".repeat(50_000),
        "<!-- a -->".repeat(20_000),
        "`".repeat(1000) + &"` ``".repeat(50_000),
        "# h\n".repeat(100_000),
        "|a".repeat(100_000) + "\n" + &"|-".repeat(100_000) + "\n",
        "(".repeat(300_000),
        "# ".to_owned() + &"(5 m".repeat(100_000),
        "- [ ] ".to_owned() + &"ð".repeat(200_000),
        "- []\n".repeat(40_000),
        "text\n2. [ ] x\n".repeat(40_000),
        // Equal headings share a name, and comments below one entry are all its own.
        "# h\n- [ ] s\n".repeat(45_000),
        "- [ ] x\n".to_owned() + &"<!-- budget=5m -->\n".repeat(90_000),
        "Trigger: ".to_owned() + &"a > 1 or ".repeat(50_000) + "\n1. x\n",
    ];
    for bomb in bombs {
        let head: String = bomb.chars().take(20).collect();
        let small = std::thread::Builder::new().stack_size(512 << 10);
        let began = Instant::now();
        small.spawn(move || drop(boxes_are_real(bomb.as_bytes()))).unwrap().join().unwrap();
        assert!(began.elapsed() < Duration::from_secs(20), "{head:?} took {:?}", began.elapsed());
    }
}

#[test]
fn the_box_below_ten_thousand_levels_is_found() {
    let found = boxes_are_real(("- ".repeat(10_000) + "[ ] x\n").as_bytes());
    assert_eq!(found.items().next().unwrap().box_at, 20_000..20_003);
}

#[test]
fn text_from_a_file_cannot_command_the_terminal() {
    let found = boxes_are_real(
        "# Daily\x1b]0;x\x07\n- [ ] a\x1b[2Jb\u{202e}c `\u{200b}`\n<!-- watchdeck: \u{1b}x=1 -->\n".as_bytes(),
    );
    let all = format!("{found:?}");
    assert!(!all.contains(['\u{1b}', '\u{7}', '\u{202e}', '\u{200b}']), "{all}");
}

/// Pieces that meet a parser where it decides.
fn piece() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "- [ ] a",
        "* [x] b",
        "+ [X] ",
        "1. [ ] c",
        "2) [x] d",
        "\n",
        "\r\n",
        "\r",
        "\n\n",
        "  ",
        "    ",
        "\t",
        "> ",
        "# ",
        "### **Weekly** (5 minutes)",
        "```\n",
        "~~~",
        "<!-- id=x -->",
        "<!-- watchdeck: cadence=",
        "-->",
        "---\n",
        "k: v\n",
        "| a | b |\n|---|---|\n",
        "[ ]",
        "[]",
        "[~]",
        "**b**: ",
        "`c`",
        "[l](u)",
        "âœ…",
        "ðŸ”",
        "é",
        "\u{feff}",
        "\0",
        "Trigger: x > 5 ms or y < 9%",
        "When ",
        "(Next 30 days)",
        "Created: January 9, 2026",
        "Contacts",
        "Incident",
        "\\",
        "<details>",
        "&amp;",
        "L2: +49 30 1234567",
        "99999999999999999999",
        "\u{a0}",
    ];
    prop_oneof![8 => proptest::sample::select(PIECES).prop_map(str::to_owned), 1 => any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_give_real_boxes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if parse(&bytes).is_ok() {
            boxes_are_real(&bytes);
        }
    }

    #[test]
    fn any_mixture_of_markdown_gives_real_boxes(pieces in proptest::collection::vec(piece(), 0..60), cut in 0..20_usize) {
        let mut bytes = pieces.concat().into_bytes();
        // Cut in the middle of a character, so that what is not UTF-8 meets every construct.
        bytes.drain(..cut.min(bytes.len()));
        if parse(&bytes).is_ok() {
            let once = boxes_are_real(&bytes);
            let ids: std::collections::HashSet<_> = once.items().map(|i| i.id.clone()).collect();
            prop_assert_eq!(ids.len(), once.items().count(), "ids are unique");
            prop_assert_eq!(once, boxes_are_real(&bytes), "the same bytes say the same");
        }
    }
}
