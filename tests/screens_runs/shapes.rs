//! Every size, every terminal: runs, the watch and the history are there, in letters where there are only letters.

use ratatui::style::Color;
use watchdeck::domain::operator::Role;
use watchdeck::ui::look::{Depth, Glyphs, Look, Pace};

use super::deck::{Deck, Seat};

async fn night(deck: &Deck, look: Look) -> Seat {
    deck.critical().await;
    let mut alice = deck.seat_with("alice", Role::Lead, look).await;
    alice.press("a p x x").await;
    alice
}

#[tokio::test]
async fn u3_the_run_is_to_be_read_at_every_size() {
    let deck = Deck::new();
    let mut alice = night(&deck, Look::default()).await;
    for size in [(80, 24), (120, 36), (200, 60), (50, 14)] {
        alice.size = size;
        alice.has("critical-alerts  2 of 4");
        alice.has("3 Escalate");
        alice.has("due in 15m");
        alice.has("e pages and ticks this step");
        assert!(alice.cursor_at("3 Escalate"), "{size:?}\n{}", alice.text().join("\n"));
        alice.press("w").await;
        alice.has("Handoff of production");
        alice.press("Esc").await;
        alice.has("draft");
        alice.press("l").await;
        alice.press("- p").await;
        alice.press("2 p").await;
    }
    for size in [(40, 10), (300, 100), (60, 16), (59, 12)] {
        alice.size = size;
        for keys in ["", "Esc", "p", "w", "Esc", "l", "h h", "z", "?", "Esc", "2 p"] {
            alice.press(keys).await;
            alice.text();
        }
    }
}

#[tokio::test]
async fn letters_and_no_colour_say_the_same() {
    let deck = Deck::new();
    let look = Look { glyphs: Glyphs::Ascii, depth: Depth::None, ..Look::default() };
    let mut alice = night(&deck, look).await;
    for keys in ["", "e Enter", "j", "Esc", "p z", "w", "Esc", "e", "Esc", "l", "h h", "G", "?"] {
        alice.press(keys).await;
        for cell in &alice.buffer().content {
            assert!(cell.symbol().is_ascii(), "{:?} after {keys}", cell.symbol());
            assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset));
        }
    }
    let mut slow = deck.seat_with("bob", Role::Lead, Look { pace: Pace::Slow, ..Look::default() }).await;
    slow.press("2 p").await;
    assert!(slow.cursor_at("4 Document"), "{}", slow.text().join("\n"));
}

#[tokio::test]
async fn plain_output_speaks_runs_the_watch_and_no_key() {
    let deck = Deck::new();
    let mut alice = night(&deck, Look::default()).await;
    alice.press("e Enter").await;
    let lines = alice.app.plain(alice.now);
    for said in [
        "run 3 of critical-alerts on 1 critical ml-lead-intelligence: 3 of 4 done, next Document",
        "4. Document: Log incident details and resolution steps [open]",
        "procedure security-incident-response: Security Incident Response, 2 steps",
        "## Open procedure runs",
        "Checklists, runs: 1 open",
    ] {
        assert!(lines.iter().any(|l| l.starts_with(said)), "{said}\n{}", lines.join("\n"));
    }
    let done = lines.iter().find(|l| l.starts_with("3. Escalate")).unwrap();
    assert!(done.contains("[done, 2026-11-22 03:03") && done.contains("by alice: \"paged L1"), "{done}");
    assert!(lines.iter().all(|l| !l.contains('✓') && !l.contains("asks for it")), "{}", lines.join("\n"));
}

#[tokio::test]
async fn the_help_says_what_the_keys_do_on_this_row() {
    let deck = Deck::new();
    let mut alice = night(&deck, Look::default()).await;
    alice.size = (100, 60);
    alice.press("?").await;
    alice.has("on this row");
    alice.has("tick the step; on a run's line, the one to do now");
    let text = alice.text();
    let place = |part: &str| text.iter().position(|l| l.contains(part)).unwrap_or(usize::MAX);
    assert!(place("tick the step") < place("on other rows of this tab"), "{}", text.join("\n"));
    assert!(place("on other rows of this tab") < place("tick this box"), "{}", text.join("\n"));
}
