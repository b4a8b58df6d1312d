//! Every way out: the program ends soon, the terminal is as it was, the lease is free.

use std::time::Duration;

use rustix::process::Signal;

use crate::e2e::{Home, until};
use crate::pty::{Term, program};
use crate::{READY, console, quiet};

/// What is promised of every way out.
const SOON: Duration = Duration::from_secs(3);

fn worker(home: &Home) -> serde_json::Value {
    home.status()["worker"].clone()
}

/// Up, and the holder of the lease.
fn working(home: &Home) -> Term {
    let term = console(home).run();
    term.wait(READY);
    until("it holds the lease", || worker(home)["alive"] == true);
    term
}

fn ends_by(signal: Signal) {
    let (home, _) = quiet();
    let mut term = working(&home);
    assert_ne!(term.line(), term.modes, "raw while it runs");
    term.signal(signal);
    let status = term.ends_within(SOON);
    assert_eq!((status.exit_code(), status.signal()), (0, None), "{signal:?}");
    term.restored();
    assert_eq!(worker(&home)["alive"], false, "the lease was given back");
}

#[test]
fn p4_sigterm_ends_it_and_restores_the_terminal() {
    ends_by(Signal::TERM);
}

#[test]
fn p4_sigint_ends_it_and_restores_the_terminal() {
    ends_by(Signal::INT);
}

#[test]
fn p4_sigquit_ends_it_and_restores_the_terminal() {
    ends_by(Signal::QUIT);
}

#[test]
fn p4_ctrl_c_asks_and_ctrl_c_again_leaves() {
    let (home, _) = quiet();
    let mut term = working(&home);
    term.send(b"\x03");
    term.wait("Leave?");
    term.send(b"\x03");
    assert_eq!(term.ends_within(SOON).exit_code(), 0);
    term.restored();
    assert_eq!(worker(&home)["alive"], false);
}

#[test]
fn p4_a_signal_before_the_first_frame_still_restores_the_terminal() {
    let (home, _) = quiet();
    for _ in 0..12 {
        let mut term = console(&home).run();
        until("the line is raw", || term.line() != term.modes || term.ended().is_some());
        term.signal(Signal::TERM);
        assert_eq!(term.ends_within(SOON).exit_code(), 0);
        term.restored();
    }
}

#[test]
fn p4_the_demo_ends_on_sigterm_and_leaves_nothing_behind() {
    let home = Home::new();
    let mut term = program(home.path(), &["demo"]).run();
    term.wait("webhook-processor");
    term.signal(Signal::TERM);
    assert_eq!(term.ends_within(SOON).exit_code(), 0);
    term.restored();
    let cache = home.file(".cache/watchdeck");
    let left = std::fs::read_dir(&cache).map_or(0, Iterator::count);
    assert_eq!(left, 0, "its folder is gone");
}

#[test]
fn p2_a_closed_terminal_ends_it_and_frees_the_lease() {
    let (home, _) = quiet();
    let mut term = working(&home);
    term.close();
    let status = term.ends_within(SOON);
    assert_eq!((status.exit_code(), status.signal()), (0, None));
    assert_eq!(worker(&home)["alive"], false);
    let next = working(&home);
    assert_eq!(worker(&home)["owner"].as_str().unwrap().rsplit(':').next(), Some(next.id().to_string().as_str()));
}

#[test]
fn p2_sighup_ends_it_and_frees_the_lease() {
    let (home, _) = quiet();
    let mut term = working(&home);
    term.signal(Signal::HUP);
    assert_eq!(term.ends_within(SOON).exit_code(), 0);
    term.restored();
    assert_eq!(worker(&home)["alive"], false);
}

#[test]
fn p2_a_terminal_that_hangs_up_on_a_stranger_ends_it_too_and_costs_no_processor() {
    // As under nohup: the signal does not come, only the line is gone.
    let (home, _) = quiet();
    let config = home.config();
    let args = ["-c", "trap '' HUP; exec \"$0\" \"$@\"", crate::e2e::BIN, "--config", config.to_str().unwrap()];
    let mut term = crate::pty::other("/bin/sh", home.path(), &args).run();
    term.wait(READY);
    term.close();
    assert_eq!(term.ends_within(SOON).exit_code(), 0);
    assert!(term.cpu() < Duration::from_secs(2));
}

#[test]
fn p3_a_terminal_that_reads_nothing_does_not_hold_up_the_way_out() {
    let home = Home::new();
    let mut term = program(home.path(), &["demo"]).run();
    term.wait("webhook-processor");
    term.stall(true);
    // Full repaints until the line can take no more.
    for _ in 0..200 {
        term.send(b"\x0c");
        std::thread::sleep(Duration::from_millis(2));
    }
    term.signal(Signal::TERM);
    let status = term.ends_within(SOON + Duration::from_secs(1));
    assert_eq!((status.exit_code(), status.signal()), (0, None));
}

#[test]
fn p6_ctrl_z_gives_the_terminal_back_and_sigcont_takes_it_again() {
    let (home, _) = quiet();
    let mut term = working(&home);
    for _ in 0..2 {
        term.send(b"\x1a");
        until("it is stopped", || term.state() == "T");
        term.restored();
        let before = term.bytes().len();
        term.signal(Signal::CONT);
        until("it is back", || term.look(|s| s.alternate_screen() && s.hide_cursor() && s.bracketed_paste()));
        term.wait(READY);
        assert_ne!(term.line(), term.modes);
        assert!(term.bytes().len() > before);
    }
    term.signal(Signal::TSTP);
    until("it is stopped", || term.state() == "T");
    term.restored();
    term.signal(Signal::CONT);
    until("it is back", || term.look(vt100::Screen::alternate_screen));
    term.send(b"?");
    term.wait("Keys in");
    term.signal(Signal::TERM);
    assert_eq!(term.ends_within(SOON).exit_code(), 0);
    term.restored();
}

#[test]
fn its_log_is_on_disk_too_and_named_in_sys_and_status() {
    use std::os::unix::fs::PermissionsExt;
    let (home, _) = quiet();
    let mut term = working(&home);
    let path = home.file(".local/state/watchdeck/console.log");
    until("the lease is in the log", || std::fs::read_to_string(&path).is_ok_and(|t| t.contains("holds the lease")));
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    term.send(b"0llll");
    term.wait("log file");
    term.wait("watchdeck/console.log");
    assert!(home.status()["log"].as_str().unwrap().ends_with("console.log"));
    term.signal(Signal::TERM);
    term.ends_within(SOON);
    assert!(std::fs::read_to_string(&path).unwrap().contains("no longer holds the lease"));
}

#[test]
fn p2_a_handoff_being_edited_outlives_the_connection_until_it_is_discarded() {
    use std::os::unix::fs::PermissionsExt;
    let (home, _) = quiet();
    let texts = || {
        let names = std::fs::read_dir(home.file(".local/state/watchdeck")).unwrap().map(|e| e.unwrap().path());
        names.filter(|p| p.extension().is_some_and(|e| e == "md")).collect::<Vec<_>>()
    };
    let mut term = working(&home);
    term.send(b"we");
    term.wait("Esc keeps it");
    term.send(b"MIND THE CACHE");
    term.wait("MIND THE CACHE");
    term.signal(Signal::HUP);
    assert_eq!(term.ends_within(SOON).exit_code(), 0);
    let [file] = &texts()[..] else { panic!("{:?}", texts()) };
    assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    let mut term = working(&home);
    term.wait("is still here, not offered");
    term.send(b"w");
    term.wait("MIND THE CACHE");
    term.wait("Your text of ");
    term.send(b"X\r");
    term.wait("As the facts are now");
    until("it is forgotten on disk too", || texts().is_empty());
    term.signal(Signal::TERM);
    term.ends_within(SOON);
}

#[test]
fn p6_a_dumb_or_unnamed_terminal_is_told_what_to_use_instead() {
    let (home, _) = quiet();
    for (name, said) in [("dumb", "TERM is `dumb`"), ("", "TERM is not set")] {
        let mut term = console(&home).env("TERM", name).run();
        assert_eq!(term.ends_within(SOON * 5).exit_code(), 1);
        term.wait(said);
        term.wait("--plain");
        assert!(!term.bytes().contains(&0x1b) && term.line() == term.modes);
    }
}

#[test]
fn a_store_that_is_not_there_is_said_after_the_terminal_is_given_back() {
    let home = Home::new();
    home.configure("");
    let mut term = console(&home).run();
    assert_eq!(term.ends_within(SOON * 5).exit_code(), 4);
    term.wait("store init");
    term.restored();
}

#[test]
fn a_wrong_config_is_said_before_the_terminal_is_touched() {
    let home = Home::new();
    home.configure("[nonsense]");
    let mut term = console(&home).run();
    assert_eq!(term.ends_within(SOON * 5).exit_code(), 3);
    term.wait("nonsense");
    assert!(find_alternate(&term).is_none() && term.line() == term.modes);
}

fn find_alternate(term: &Term) -> Option<usize> {
    crate::pty::find(&term.bytes(), b"\x1b[?1049h")
}

#[test]
fn s10_a_console_reads_the_file_that_was_put_in_the_stores_place() {
    let (home, ids) = quiet();
    let term = working(&home);
    let copy = home.file("copy.db");
    home.on_store(&["store", "backup", copy.to_str().unwrap()]).is(0);
    for tail in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(home.file(&format!("w.db{tail}")));
    }
    std::fs::rename(&copy, home.store()).unwrap();
    home.on_store(&["--operator", "zoe", "alerts", "ack", &ids[0]]).is(0);
    term.wait("zoe");
}
