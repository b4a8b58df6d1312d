//! Input nobody meant: pastes, junk, half sequences, terminals' answers.

use std::time::Duration;

use rustix::process::Signal;

use crate::e2e::{Home, until};
use crate::pty::Term;
use crate::{READY, console, quiet};

fn last_seq(home: &Home) -> i64 {
    home.status()["store"]["last_seq"].as_i64().unwrap()
}

/// It answers to keys.
fn answers(term: &mut Term) {
    term.send(b"\x1b\x1b");
    term.settle(Duration::from_millis(200));
    term.send(b"?");
    term.wait("Keys in");
    term.send(b"\x1b");
    term.wait(READY);
}

#[test]
fn u2_a_paste_does_nothing_outside_a_text_field_and_fills_one() {
    let (home, ids) = quiet();
    let mut term = console(&home).run();
    term.wait(READY);
    let before = last_seq(&home);
    term.send(b"\x1b[200~aaaaqqxEoR\ry\r\x03\x1b[201~");
    answers(&mut term);
    assert_eq!(last_seq(&home), before, "nothing was done");
    term.send(b"/");
    term.send(b"\x1b[200~second\x1b[201~");
    term.wait_gone(READY);
    term.wait("second trouble");
    term.send(b"\x1b\x1b");
    term.wait(READY);
    // The same letter as a key does act.
    term.send(b"a");
    until("the key acks", || last_seq(&home) == before + 1);
    assert!(!ids.is_empty());
}

#[test]
fn u3_junk_as_input_is_ignored() {
    let (home, _) = quiet();
    let mut term = console(&home).run();
    term.wait(READY);
    let before = last_seq(&home);
    let junk: &[&[u8]] = &[
        // Answers of terminals: position, attributes, colours, versions, keyboard flags, focus, mouse of all kinds.
        b"\x1b[12;40R\x1b[?64;1;2c\x1b[>0;276;0c\x1b]11;rgb:aaaa/aaaa/aaaa\x07\x1bP>|xterm(380)\x1b\\",
        b"\x1b[?1u\x1b[I\x1b[O\x1b[<0;10;10M\x1b[<0;10;10m\x1b[M !!\x1b[32;10;10M",
        // Numbers out of all proportion, unknown sequences, broken UTF-8.
        b"\x1b[99999999999999999999;1H\x1b[<99999;99999;99999M\x1b[;;;;;;;;~\x1b[>4;2m\x1bO\x1bOZ\x1b[1;9Z",
        b"\xff\xfe\xc3\x28\xed\xa0\x80\xf8\x88\x80\x80\x80\x80\xc0\xaf",
    ];
    for piece in junk {
        term.send(piece);
        term.settle(Duration::from_millis(50));
    }
    // Half a sequence, then silence, then a key.
    for half in [&b"\x1b["[..], b"\x1b[1;", b"\x1bO", b"\xe2\x82"] {
        term.send(half);
        term.settle(Duration::from_millis(50));
        term.send(b"\x1b");
    }
    answers(&mut term);
    assert_eq!(last_seq(&home), before, "junk is no act");
    let spent = term.cpu();
    term.settle(Duration::from_secs(1));
    assert!(term.cpu() - spent < Duration::from_millis(500), "it does not spin");
    term.signal(Signal::TERM);
    term.ends_within(Duration::from_secs(3));
    term.restored();
}

#[test]
fn u3_a_burst_of_keys_is_taken_whole_and_leaves_no_spin() {
    let (home, _) = quiet();
    let mut term = console(&home).run();
    term.wait(READY);
    for _ in 0..5 {
        // More than any one read takes, all at once.
        term.send([b'j'; 3000]);
    }
    term.send(b"kkk");
    answers(&mut term);
    let spent = term.cpu();
    term.settle(Duration::from_secs(1));
    assert!(term.cpu() - spent < Duration::from_millis(500), "it does not spin");
}

#[test]
fn u3_a_paste_of_a_megabyte_is_taken_and_forgotten() {
    let (home, _) = quiet();
    let mut term = console(&home).run();
    term.wait(READY);
    let before = last_seq(&home);
    let mut paste = b"\x1b[200~".to_vec();
    paste.resize(1 << 20, b'a');
    paste.extend_from_slice(b"\x1b[201~");
    term.send(&paste);
    answers(&mut term);
    // And into a field.
    term.send(b"/");
    term.send(&paste);
    term.settle(Duration::from_millis(300));
    answers(&mut term);
    assert_eq!(last_seq(&home), before);
    assert!(term.peak_mib() <= 150, "{} MiB", term.peak_mib());
}

#[test]
fn p4_a_signal_is_heard_in_the_middle_of_a_paste_that_never_ends() {
    let (home, _) = quiet();
    let mut term = console(&home).run();
    term.wait(READY);
    term.send(b"\x1b[200~and then the line went quiet");
    term.settle(Duration::from_millis(100));
    term.signal(Signal::TERM);
    assert_eq!(term.ends_within(Duration::from_secs(3)).exit_code(), 0);
    term.restored();
}
