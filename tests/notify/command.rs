//! The command channel: what a program is given, what its end means, and that nothing of it is left behind.

use std::time::{Duration, Instant};

use serde_json::Value;
use watchdeck::domain::outbox::{Attempt, Notice};
use watchdeck::domain::text::Clean;

use crate::support::{channel, command, is_retry, notice, text};

#[tokio::test]
async fn m4_a_command_gets_the_notice_on_stdin_and_little_else() {
    let run = command("cat; env | sort >&2; exit 75", "");
    let attempt = run.send(&notice(3)).await;
    assert!(is_retry(&attempt) && text(&attempt).starts_with("exit 75: "), "{attempt:?}");
    assert!(!text(&attempt).contains("CARGO"), "our environment leaked: {attempt:?}");
    let folder = tempfile::tempdir().unwrap();
    let script = format!("cat > {0}/in; env > {0}/env; echo done; echo noise >&2", folder.path().display());
    let sent = command(&script, ", env = [\"CARGO_PKG_NAME\"]").send(&notice(3)).await;
    assert_eq!(sent, Attempt::Sent(Clean::new("exit 0: done")));
    let body: Value = serde_json::from_slice(&std::fs::read(folder.path().join("in")).unwrap()).unwrap();
    assert_eq!((&body["alert_id"], &body["attempt"]), (&4821.into(), &3.into()));
    let env = std::fs::read_to_string(folder.path().join("env")).unwrap();
    assert!(env.contains("WATCHDECK_ALERT_ID=4821\n") && env.contains("CARGO_PKG_NAME=watchdeck\n"), "{env}");
    assert!(!env.contains("CARGO_MANIFEST_DIR"), "{env}");
}

#[tokio::test]
async fn n5_exit_codes_say_whether_a_retry_can_help() {
    for code in [0, 1, 2, 64, 65, 68, 69, 70, 71, 74, 75, 76, 77, 78, 127] {
        let attempt = command(&format!("exit {code}"), "").send(&notice(1)).await;
        let expected = match code {
            0 => matches!(attempt, Attempt::Sent(_)),
            64..=68 | 70 | 77 | 78 => matches!(attempt, Attempt::Dead(_)),
            _ => is_retry(&attempt),
        };
        assert!(expected, "{code}: {attempt:?}");
    }
    let killed = command("kill -9 $$", "").send(&notice(1)).await;
    assert!(is_retry(&killed) && text(&killed).contains("signal 9"), "{killed:?}");
    let missing = channel("[[channel]]\nname = \"x\"\nvia.command = { argv = [\"/nowhere/at/all\"] }\n").unwrap();
    assert!(matches!(missing.send(&notice(1)).await, Attempt::Dead(_)));
}

/// Whether the process is still there and not a zombie.
fn alive(pid: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).is_ok_and(|s| !s.contains(") Z "))
}

#[tokio::test]
async fn n3_a_command_that_hangs_is_killed_with_all_its_children() {
    let folder = tempfile::tempdir().unwrap();
    let pids = folder.path().join("pids");
    let script = format!("sleep 600 & echo $! > {0}; echo $$ >> {0}; echo half; wait", pids.display());
    let started = Instant::now();
    let attempt = command(&script, ", timeout = \"500ms\"").send(&notice(1)).await;
    assert!(is_retry(&attempt) && text(&attempt).starts_with("killed after 500ms"), "{attempt:?}");
    assert!(started.elapsed() < Duration::from_secs(5));
    let pids = std::fs::read_to_string(pids).unwrap();
    assert_eq!(pids.lines().count(), 2);
    for pid in pids.lines() {
        let until = Instant::now() + Duration::from_secs(5);
        while alive(pid) {
            assert!(Instant::now() < until, "{pid} is still there");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

#[tokio::test]
async fn n3_dropping_an_attempt_kills_the_command_group_too() {
    let folder = tempfile::tempdir().unwrap();
    let pids = folder.path().join("pids");
    let run = command(&format!("sleep 600 & echo $! > {0}.new; mv {0}.new {0}; wait", pids.display()), "");
    let page = notice(1);
    let until = Instant::now() + Duration::from_secs(10);
    tokio::select! {
        _ = run.send(&page) => panic!("it ended by itself"),
        () = async { while !pids.exists() && Instant::now() < until { tokio::time::sleep(Duration::from_millis(10)).await; } } => {}
    }
    let pid = std::fs::read_to_string(pids).unwrap();
    while alive(&pid) {
        assert!(Instant::now() < until, "{pid} is still there");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn n3_a_command_may_shout_ignore_its_stdin_or_leave_a_child_with_its_output() {
    let started = Instant::now();
    let loud = command("head -c 3000000 /dev/zero | tr '\\\\0' x", "").send(&notice(1)).await;
    assert!(matches!(&loud, Attempt::Sent(line) if line.as_str().len() < 300), "{loud:?}");
    let left = command("sleep 2 & echo off", "").send(&notice(1)).await;
    assert_eq!(left, Attempt::Sent(Clean::new("exit 0: off")));
    let big = Notice { title: Clean::new(&"x".repeat(4000)), role: Clean::new(&"y".repeat(4000)), ..notice(1) };
    assert!(matches!(command("exec 0<&-; exit 0", "").send(&big).await, Attempt::Sent(_)));
    assert!(started.elapsed() < Duration::from_secs(15));
}

#[tokio::test]
async fn n9_a_title_is_never_an_argument_of_a_command() {
    let run = command("cat >/dev/null; echo $# \"$0\"", "");
    let hostile = Notice { title: Clean::new("--help; $(reboot) `reboot`"), ..notice(1) };
    assert_eq!(run.send(&hostile).await, Attempt::Sent(Clean::new("exit 0: 0 /bin/sh")));
}
