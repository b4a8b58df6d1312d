//! Sizes: none, tiny, huge, and hundreds a second.

use std::time::Duration;

use rustix::process::Signal;

use crate::e2e::{Home, until};
use crate::pty::{Term, program};
use crate::{READY, console, quiet};

const SOON: Duration = Duration::from_secs(3);

fn ends(mut term: Term) {
    assert!(term.ended().is_none(), "it is still up");
    term.signal(Signal::TERM);
    assert_eq!(term.ends_within(SOON).exit_code(), 0);
    term.restored();
}

#[test]
fn p8_a_terminal_too_small_says_so_and_recovers() {
    let (home, _) = quiet();
    for (w, h) in [(3, 2), (2, 40), (39, 10), (40, 9)] {
        let term = console(&home).size(w, h).run();
        until("a frame", || crate::pty::find(&term.bytes(), b"\x1b[?2026l").is_some());
        // As much of it as there is room for.
        term.wait(if w < 18 { "t" } else { "terminal too small" });
        term.resize(100, 30);
        term.wait(READY);
        ends(term);
    }
}

#[test]
fn p8_a_terminal_of_no_size_is_no_reason_to_die() {
    let (home, _) = quiet();
    let mut term = console(&home).size(0, 0).run();
    until("it took the terminal", || term.look(vt100::Screen::alternate_screen));
    term.send(b"jk?\x1b");
    term.resize(100, 30);
    term.wait(READY);
    term.resize(0, 0);
    term.send(b"jk?\x1b");
    term.resize(100, 30);
    term.wait(READY);
    ends(term);
}

#[test]
fn p8_a_storm_of_sizes_ends_in_the_last_one() {
    let (home, _) = quiet();
    let mut term = console(&home).run();
    term.wait(READY);
    // A dialog is open while it shrinks.
    term.send(b":");
    term.wait("Esc no");
    for i in 0..400_u16 {
        term.resize(1 + (i * 37) % 180, 1 + (i * 13) % 60);
        if i % 50 == 0 {
            term.send(b"x");
        }
    }
    // On a screen too small to be read no key does anything: the dialog is still open when there is room again.
    term.resize(90, 25);
    term.wait("Esc no");
    term.send(b"\x1b");
    term.wait(READY);
    term.settle(Duration::from_millis(300));
    term.send(b"\x0c");
    term.wait(READY);
    let last = term.look(|s| s.rows(0, 90).nth(24).unwrap_or_default());
    assert!(last.contains("ack") || last.contains("help"), "the foot is on the last line: {last:?}");
    ends(term);
}

#[test]
fn p9_a_terminal_that_claims_to_be_endless_is_not_believed() {
    let home = Home::new();
    let mut term = program(home.path(), &["demo"]).size(65535, 65535).run();
    term.wait("webhook-processor");
    term.resize(65535, 2);
    term.resize(2, 65535);
    term.resize(65535, 65535);
    term.send(b"\x0c");
    term.wait("webhook-processor");
    let peak = term.peak_mib();
    assert!(peak <= 150, "{peak} MiB");
    ends(term);
}
