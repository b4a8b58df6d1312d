use std::fmt::Write as _;
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};
use watchdeck::domain::evidence::Verdict;
use watchdeck::sources::evidence::from_line;

use crate::kit::{NOW, gatherer, gone, lines, look, output, prove, sh};

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[tokio::test]
async fn exit_0_alone_proves_nothing_and_another_exit_is_bad() {
    for (script, keys, verdict, says) in [
        ("echo all fine", "", Verdict::Unproven, "ran, exit 0: nothing in its output was looked at"),
        ("exit 0", "expect = [{ exit = 0 }]", Verdict::Unproven, "ran, exit 0: nothing in its output was looked at"),
        ("exit 3", "expect = [{ exit = 3 }]", Verdict::Unproven, "ran, exit 3: nothing in its output was looked at"),
        ("echo all fine; exit 3", "", Verdict::Bad, "exit 3"),
        ("exit 3", "expect = [{ exit = 0 }]", Verdict::Bad, "exit 3"),
        ("echo 60 passed; exit 1", "expect = [{ line = '60 passed' }]", Verdict::Bad, "exit 1"),
        (
            "echo 60 passed; exit 1",
            "expect = [{ line = '60 passed' }, { exit = 1 }]",
            Verdict::Good,
            "says `60 passed`",
        ),
    ] {
        let proof = sh(script, keys).await;
        assert_eq!((proof.verdict, proof.says.as_str()), (verdict, says), "{script} {keys}");
        assert_eq!((proof.source.as_str(), proof.at), ("command", Some(NOW)));
    }
}

#[tokio::test]
async fn the_output_is_kept_hashed_and_signed() {
    let proof = sh("echo one; echo two; exit 4", "").await;
    let kept = output(&proof);
    assert_eq!((lines(&proof), kept.exit, kept.end.as_str()), (vec!["one", "two"], Some(4), ""));
    assert_eq!((kept.bytes, kept.cut, kept.sha256.as_str()), (8, false, sha256(b"one\ntwo\n").as_str()));
    assert_eq!(kept.argv.as_str(), "/bin/sh -c 'echo one; echo two; exit 4'");
    let (user, host) = kept.by.as_str().split_once('@').expect("user@host");
    assert!(!user.is_empty() && !host.is_empty(), "{}", kept.by);
    let empty = sh("exit 0", "").await;
    assert_eq!((output(&empty).sha256.as_str(), output(&empty).bytes), (sha256(b"").as_str(), 0));
}

#[tokio::test]
async fn of_many_lines_the_first_and_the_last_are_kept_and_the_cut_is_said() {
    let proof = sh("i=1; while [ $i -le 100 ]; do echo line $i; i=$((i+1)); done", "").await;
    let (kept, shown) = (output(&proof), lines(&proof));
    assert_eq!(
        (shown.len(), shown[0], shown[9], shown[10], shown[39]),
        (40, "line 1", "line 10", "line 71", "line 100")
    );
    assert!(kept.cut);
    let proof = sh("i=1; while [ $i -le 40 ]; do echo line $i; i=$((i+1)); done; printf end", "").await;
    assert_eq!((lines(&proof).len(), lines(&proof)[39], output(&proof).cut), (40, "end", true));
    let proof = sh("i=1; while [ $i -le 39 ]; do echo line $i; i=$((i+1)); done; printf end", "").await;
    assert_eq!((lines(&proof).len(), output(&proof).cut), (40, false));
    let proof = sh("head -c 5000 /dev/zero | tr '\\0' x", "").await;
    assert!(output(&proof).cut && lines(&proof)[0].chars().count() <= 400, "{proof:?}");
}

#[tokio::test]
async fn both_outputs_are_heard_and_lines_do_not_run_into_each_other() {
    let proof = sh("printf out; printf err >&2", "expect = [{ line = 'err' }, { pattern = '^out$' }]").await;
    assert_eq!((proof.verdict, lines(&proof)), (Verdict::Good, vec!["out", "err"]));
    assert_eq!(output(&proof).sha256, sha256(b"outerr"));
    let proof = sh("echo 1; sleep 0.4; echo 2 >&2; sleep 0.4; echo 3", "").await;
    assert_eq!(lines(&proof), ["1", "2", "3"], "the order of arrival");
}

#[tokio::test]
async fn what_never_ends_is_killed_with_all_its_children_and_what_it_said_is_kept() {
    let dir = tempfile::tempdir().expect("dir");
    let pids = dir.path().join("pids");
    let script = format!("echo begun; sleep 600 & echo $! >> {0}; echo $$ >> {0}; wait", pids.display());
    let proof = sh(&script, "timeout = '800ms', expect = [{ line = 'begun' }]").await;
    assert_eq!((proof.verdict, proof.says.as_str()), (Verdict::Unknown, "killed after 800ms"));
    let kept = output(&proof);
    assert_eq!((kept.exit, kept.end.as_str(), lines(&proof)), (None, "killed after 800ms", vec!["begun"]));
    assert!(kept.took_ms >= 800, "{kept:?}");
    let pids = std::fs::read_to_string(pids).expect("pids");
    assert_eq!(pids.lines().count(), 2);
    for pid in pids.lines() {
        assert!(gone(pid).await, "{pid} lives");
    }
}

#[tokio::test]
async fn l3_a_flood_is_cut_and_killed() {
    for script in ["exec yes", "exec yes >&2", "exec cat /dev/zero"] {
        let proof = sh(script, "expect = [{ line = 'y' }]").await;
        assert_eq!(proof.verdict, Verdict::Unknown, "{script}: {}", proof.says);
        let kept = output(&proof);
        assert_eq!(
            (kept.end.as_str(), kept.bytes, kept.cut),
            ("killed when it had written 1 MiB", 1 << 20, true),
            "{script}"
        );
        assert!(serde_json::to_string(&proof).expect("json").len() < 64 * 1024);
    }
}

#[tokio::test]
async fn r1x_many_children_are_all_killed() {
    let dir = tempfile::tempdir().expect("dir");
    let pids = dir.path().join("pids");
    let script = format!(
        "i=0; while [ $i -lt 60 ]; do sleep 600 & echo $! >> {}; i=$((i+1)); done; echo all; wait",
        pids.display()
    );
    let proof = sh(&script, "timeout = '3s'").await;
    assert_eq!(proof.verdict, Verdict::Unknown, "{proof:?}");
    let pids = std::fs::read_to_string(pids).expect("pids");
    assert!(pids.lines().count() > 1);
    for pid in pids.lines() {
        assert!(gone(pid).await, "{pid} lives");
    }
}

#[tokio::test]
async fn a_child_left_behind_neither_delays_the_look_nor_outlives_it() {
    let began = Instant::now();
    let proof = sh("sleep 600 & echo $!", "expect = [{ pattern = '\\d+' }]").await;
    assert_eq!(proof.verdict, Verdict::Good, "{proof:?}");
    assert!(began.elapsed() < Duration::from_secs(10), "{proof:?}");
    assert!(gone(lines(&proof)[0]).await);
}

#[tokio::test]
async fn a_child_that_leaves_the_group_with_the_pipe_open_delays_nothing() {
    let began = Instant::now();
    let proof = sh("setsid sleep 600 & echo $!", "").await;
    assert_eq!(proof.verdict, Verdict::Unproven, "{proof:?}");
    assert!(began.elapsed() < Duration::from_secs(10), "{proof:?}");
    let pid = lines(&proof)[0].parse().ok().and_then(rustix::process::Pid::from_raw).expect("a pid");
    let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
}

#[tokio::test]
async fn a_cancelled_look_kills_its_program() {
    let dir = tempfile::tempdir().expect("dir");
    let file = dir.path().join("pid");
    let script = format!("echo $$ > {}; sleep 600", file.display());
    let gatherer = gatherer(&format!("command = {{ argv = ['/bin/sh', '-c', '''{script}'''] }}"));
    let task = tokio::spawn(async move { gatherer.gather(NOW).await });
    let waiting = async {
        loop {
            match std::fs::read_to_string(&file) {
                Ok(pid) if pid.ends_with('\n') => break pid,
                _ => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    };
    let pid = tokio::time::timeout(crate::kit::PATIENCE, waiting).await.expect("it starts");
    task.abort();
    assert!(gone(&pid).await);
}

#[tokio::test]
async fn death_by_signal_is_unknown_and_says_which() {
    let proof = sh("echo 60/60; kill -SEGV $$", "expect = [{ line = '60/60' }]").await;
    assert_eq!((proof.verdict, proof.says.as_str()), (Verdict::Unknown, "ended by signal 11"));
    assert_eq!((output(&proof).exit, output(&proof).end.as_str()), (None, "ended by signal 11"));
}

#[tokio::test]
async fn what_cannot_be_started_is_unknown_with_its_reason() {
    for (keys, part) in [
        ("argv = ['/nonexistent/check']", "/nonexistent/check: No such file"),
        ("argv = ['no-such-program-anywhere']", "no-such-program-anywhere: No such file"),
        ("argv = ['/etc/passwd']", "/etc/passwd: Permission denied"),
        ("argv = ['/bin/true'], cwd = '/nonexistent'", "/bin/true in /nonexistent: No such file"),
    ] {
        let proof = prove(&format!("command = {{ {keys} }}")).await;
        assert_eq!(proof.verdict, Verdict::Unknown, "{proof:?}");
        let end = &output(&proof).end;
        assert!(end.as_str().starts_with("cannot be started: ") && end.as_str().contains(part), "{end}");
        assert_eq!(*end, proof.says);
    }
}

#[tokio::test]
async fn l4_escape_sequences_stay_visible() {
    let proof = sh(
        r#"printf "\033[2J60/60 ok\033]52;c;eA==\007\r\n\033]8;;x\033\\\\\n""#,
        "expect = [{ pattern = '(\\d+)/\\d+.*' }]",
    )
    .await;
    let json = serde_json::to_string(&proof).expect("json");
    assert!(!json.contains("\\u001b") && !json.contains('\u{1b}') && !json.contains('\u{7}'), "{json}");
    assert!(lines(&proof)[0].starts_with("␛[2J60/60 ok␛]52;c;eA==␇"), "{json}");
    assert_eq!(proof.verdict, Verdict::Good);
    assert!(proof.says.as_str().contains('␛'), "{}", proof.says);
}

#[tokio::test]
async fn what_is_not_text_is_shown_as_bytes_and_still_looked_at() {
    let proof =
        sh(r#"printf "\377\376 passed 60\000\n""#, "expect = [{ pattern = 'passed (\\d+)', equals = 60 }]").await;
    assert_eq!((proof.verdict, lines(&proof)), (Verdict::Good, vec![r"\xff\xfe passed 60␀"]), "{proof:?}");
}

#[tokio::test]
async fn the_environment_is_small_stdin_is_empty_and_no_shell_reads_arguments() {
    let names = |proof: &watchdeck::domain::evidence::Proof| {
        lines(proof).iter().map(|l| l.split('=').next().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let known = ["HOME", "LANG", "PATH", "PWD", "SHLVL", "_", "OLDPWD"];
    let seen = names(&sh("env", "").await);
    assert!(seen.iter().all(|n| known.contains(&n.as_str())), "{seen:?}");
    let seen = names(&sh("env", "env = ['CARGO_PKG_NAME', 'NO_SUCH_VARIABLE']").await);
    assert!(seen.iter().any(|n| n == "CARGO_PKG_NAME") && !seen.iter().any(|n| n == "CARGO_MANIFEST_DIR"), "{seen:?}");
    let proof = prove("command = { argv = ['/bin/echo', '$(id) `id` ; rm *'] }").await;
    assert_eq!(lines(&proof), ["$(id) `id` ; rm *"]);
    assert_eq!(lines(&sh("cat; echo end", "").await), ["end"]);
    assert_eq!(lines(&sh("pwd", "cwd = '/'").await), ["/"]);
}

#[tokio::test]
async fn a_line_of_a_file_is_run_and_proves_nothing() {
    let gatherer = from_line("sh -c 'echo 60/60 services' \"x y\"").expect("a command");
    let proof = look(&*gatherer, NOW).await;
    assert_eq!((proof.verdict, lines(&proof)), (Verdict::Unproven, vec!["60/60 services"]));
    assert_eq!(gatherer.looked().what.as_str(), "sh -c 'echo 60/60 services' 'x y'");
    let why = from_line("validate | tail").err().expect("refused");
    assert!(why.contains("`|` means something to a shell"), "{why}");
}

#[test]
fn what_is_looked_at_is_told_for_the_eye_and_the_clock() {
    let looked =
        gatherer("command = { argv = ['check', '--token', 'hunter2-canary', 'a b'], every = '1h', fresh = '2h' }")
            .looked();
    assert_eq!(looked.what.as_str(), "check --token … 'a b'");
    assert_eq!((looked.every, looked.fresh), (Some(Duration::from_secs(3600)), Duration::from_secs(7200)));
    let looked = gatherer("command = { argv = ['check'] }").looked();
    assert_eq!((looked.every, looked.fresh), (None, Duration::from_secs(12 * 3600)));
}
