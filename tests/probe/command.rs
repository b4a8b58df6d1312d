use std::time::{Duration, Instant};

use watchdeck::domain::sample::{FailKind, Outcome};
use watchdeck::sources::probe::Observation;

use crate::kit::{look, probe};

async fn sh(script: &str) -> Observation {
    look(&format!("command = {{ argv = ['/bin/sh', '-c', '''{script}'''], interval = '3s' }}")).await
}

/// Whether the process is gone; waits a moment for the kernel to say so.
async fn gone(pid: &str) -> bool {
    let until = Instant::now() + Duration::from_secs(3);
    let path = format!("/proc/{}/stat", pid.trim());
    while Instant::now() < until {
        // A zombie that its new parent has not yet collected is dead enough.
        match std::fs::read_to_string(&path) {
            Ok(stat) if !stat.contains(") Z ") => tokio::time::sleep(Duration::from_millis(20)).await,
            _ => return true,
        }
    }
    false
}

#[tokio::test]
async fn exit_codes_decide_and_perfdata_become_figures() {
    for (code, outcome, fail, detail) in [
        (0, Outcome::Ok, None, "DISK fine"),
        (1, Outcome::Degraded, None, "DISK fine"),
        (2, Outcome::Failed, Some(FailKind::Exit), "DISK fine"),
        (3, Outcome::Failed, Some(FailKind::Exit), "UNKNOWN: DISK fine"),
        (42, Outcome::Failed, Some(FailKind::Exit), "UNKNOWN: exit 42: DISK fine"),
    ] {
        let seen = sh(&format!("echo \"DISK fine | used=93%;90;95 free=12GB\"; exit {code}")).await;
        assert_eq!((seen.outcome, seen.fail, seen.detail.as_str()), (outcome, fail, detail));
        let figures: Vec<_> = seen.figures.iter().map(|f| (f.name.as_str(), f.value, f.unit.as_str())).collect();
        assert_eq!(figures, [("used", 93.0, "%"), ("free", 12.0, "GB")]);
    }
}

#[tokio::test]
async fn death_by_signal_is_unknown_and_says_which() {
    let seen = sh("kill -SEGV $$").await;
    assert_eq!((seen.outcome, seen.fail), (Outcome::Failed, Some(FailKind::Exit)));
    assert_eq!(seen.detail.as_str(), "UNKNOWN: killed by signal 11");
}

#[tokio::test]
async fn a_missing_program_is_our_own_failure_with_its_reason() {
    let seen = look("command = { argv = ['/nonexistent/plugin'] }").await;
    assert_eq!(seen.fail, Some(FailKind::Local));
    assert!(seen.detail.as_str().contains("No such file"), "{seen:?}");
    let seen = look("command = { argv = ['/etc/passwd'] }").await;
    assert_eq!(seen.fail, Some(FailKind::Local), "{seen:?}");
}

#[tokio::test]
async fn a_flood_is_cut_and_killed() {
    let seen = sh("exec yes").await;
    assert_eq!((seen.outcome, seen.fail), (Outcome::Failed, Some(FailKind::Size)), "{seen:?}");
    assert!(seen.total_us < 2_500_000);
    let aside = sh("head -c 300000 /dev/zero >&2; echo fine").await;
    assert_eq!((aside.outcome, aside.detail.as_str()), (Outcome::Ok, "fine"), "a chatty stderr does no harm");
}

#[tokio::test]
async fn what_never_ends_is_killed_with_all_its_children() {
    let dir = tempfile::tempdir().expect("dir");
    let pids = dir.path().join("pids");
    let script = format!("sleep 600 & echo $! >> {0}; echo $$ >> {0}; wait", pids.display());
    let seen = look(&format!("command = {{ argv = ['/bin/sh', '-c', '''{script}'''], timeout = '400ms' }}")).await;
    assert_eq!((seen.outcome, seen.fail), (Outcome::Unreachable, Some(FailKind::Timeout)), "{seen:?}");
    let pids = std::fs::read_to_string(pids).expect("pids");
    assert_eq!(pids.lines().count(), 2);
    for pid in pids.lines() {
        assert!(gone(pid).await, "{pid} lives");
    }
}

#[tokio::test]
async fn a_child_left_behind_neither_delays_the_look_nor_outlives_it() {
    let seen = sh("sleep 600 & echo $!").await;
    assert_eq!(seen.outcome, Outcome::Ok, "{seen:?}");
    assert!(seen.total_us < 2_000_000, "{seen:?}");
    assert!(gone(seen.detail.as_str()).await);
}

#[tokio::test]
async fn a_cancelled_look_kills_its_program() {
    let dir = tempfile::tempdir().expect("dir");
    let file = dir.path().join("pid");
    let script = format!("echo $$ > {}; sleep 600", file.display());
    let probe = probe(&format!("command = {{ argv = ['/bin/sh', '-c', '''{script}'''] }}"));
    let task = tokio::spawn(async move { probe.run().await });
    let pid = loop {
        match std::fs::read_to_string(&file) {
            Ok(pid) if pid.ends_with('\n') => break pid,
            _ => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    };
    task.abort();
    assert!(gone(&pid).await);
}

#[tokio::test]
async fn l5_escape_sequences_stay_visible_and_the_environment_is_small() {
    let seen = sh(r#"printf "OK \033[2J\033]0;pwned\007\n""#).await;
    assert_eq!(seen.outcome, Outcome::Ok);
    assert!(seen.detail.as_str().contains('␛') && !seen.detail.as_str().contains('\u{1b}'), "{seen:?}");
    let seen = sh("env | cut -d= -f1 | sort | tr \"\\n\" \" \"").await;
    let names: Vec<_> = seen.detail.as_str().split(' ').collect();
    assert!(names.iter().all(|n| ["HOME", "LANG", "PATH", "PWD", "SHLVL", "_", "OLDPWD"].contains(n)), "{names:?}");
}

#[tokio::test]
async fn stdin_is_empty_and_arguments_meet_no_shell() {
    let seen = look("command = { argv = ['/bin/echo', '$(id) `id` ; rm *'] }").await;
    assert_eq!(seen.detail.as_str(), "$(id) `id` ; rm *");
    assert_eq!(sh("cat; echo end").await.detail.as_str(), "end");
}
