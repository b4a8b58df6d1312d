//! P7: a bug anywhere ends in a readable message, a usable terminal and an exit code that a supervisor understands. The
//! panic points are in debug builds alone (`runtime/panics.rs`).

use std::time::Duration;

use crate::e2e::{Home, until};
use crate::pty::{Term, find};
use crate::{READY, console};

const SOON: Duration = Duration::from_secs(20);

fn home() -> Home {
    let home = Home::with("[console]\nbell = \"never\"\nclock = \"off\"\nmouse = true");
    home.raise(&["first trouble"]);
    home
}

fn broken_at(home: &Home, place: &str) -> Term {
    console(home).env("WATCHDECK_PANIC", place).run()
}

/// It ends by itself, unsuccessfully, with the terminal as it was and the reason under the last prompt.
#[track_caller]
fn ends_with(mut term: Term, place: &str) {
    assert_eq!(term.ends_within(SOON).exit_code(), 1, "{}", term.screen());
    let message = format!("panic point `{place}`");
    term.wait(&message);
    term.restored();
    let bytes = term.bytes();
    let left = find(&bytes, b"\x1b[?1049l").unwrap();
    let first = bytes.windows(message.len()).position(|w| w == message.as_bytes()).unwrap();
    assert!(first > left, "the message went with the screen");
    let off = |mode: &[u8], set: &[u8]| find(&bytes, mode) > find(&bytes, set);
    assert!(
        off(b"\x1b[?1000l", b"\x1b[?1000h") && off(b"\x1b[?2004l", b"\x1b[?2004h") && off(b"\x1b[?25h", b"\x1b[?25l")
    );
}

#[test]
fn p7_a_panic_of_the_loop_restores_the_terminal_and_then_says_why() {
    let home = home();
    let mut term = broken_at(&home, "ui");
    term.wait(READY);
    assert_ne!(term.line(), term.modes, "raw until then");
    term.send("j");
    ends_with(term, "ui");
}

#[test]
fn p7_a_panic_of_the_thread_that_paints_or_reads_is_no_good_end() {
    let home = home();
    ends_with(broken_at(&home, "terminal"), "terminal");
    let mut term = broken_at(&home, "input");
    term.wait(READY);
    term.send("j");
    ends_with(term, "input");
}

#[test]
fn p7_a_task_that_cannot_be_started_again_ends_the_console_with_its_reason() {
    let home = home();
    for place in ["poller", "lease", "commits"] {
        ends_with(broken_at(&home, place), place);
    }
}

#[test]
fn p7_a_worker_whose_task_dies_ends_for_its_supervisor_with_the_cause_in_its_log() {
    let home = home();
    for place in ["poller", "lease"] {
        let log = std::fs::File::create(home.file("watch.log")).unwrap();
        let mut command = home.command();
        command.args(["--config", home.config().to_str().unwrap(), "watch"]).env("WATCHDECK_PANIC", place);
        let child = command.stdout(std::process::Stdio::null()).stderr(log).spawn().unwrap();
        let mut worker = crate::e2e::Running(child);
        assert_eq!(worker.ended().code(), Some(1));
        assert!(home.log("watch.log").contains(&format!("the {place} task died")), "{}", home.log("watch.log"));
        assert!(home.log("watch.log").contains("runtime/panics.rs:"), "where: {}", home.log("watch.log"));
    }
}

/// The follower dies again and again, and is started again: the console lives on meanwhile, and says so.
#[test]
fn p7_a_task_that_can_be_started_again_is_and_the_screen_says_so() {
    let home = home();
    let term = broken_at(&home, "follower");
    term.wait(READY);
    until("it is said", || term.screen().contains("follower task died"));
    assert!(find(&term.bytes(), b"panicked at").is_none(), "not across the screen");
    // Five restarts later it is given up.
    ends_with(term, "follower");
}
