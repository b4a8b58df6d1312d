//! The disk, the file and the worker going wrong under a running program.

use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;

use crate::e2e::{Answer, BIN, Home, said, until};

/// Runs it with writes past `kib` KiB of any file failing, as on a full disk.
fn squeezed(home: &Home, kib: u64, args: &[&str]) -> Answer {
    let mut command = Command::new("/bin/sh");
    command.env_clear().env("HOME", home.path()).env("PATH", "/usr/bin:/bin").env("LANG", "C.UTF-8");
    // In blocks of 512 bytes; the signal is ignored so that the write itself fails.
    let script = "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\"";
    command.args(["-c", script, &(kib * 2).to_string(), BIN, "--store", &home.url()]).args(args);
    said(&mut command)
}

#[test]
fn s4_a_full_disk_is_said_openly_and_recovers() {
    let home = Home::with("");
    // While it is open here its log stays, and is longer than what may be written: no room for a commit.
    let open = home.open();
    let id = home.raise(&["trouble"]).remove(0);
    until("the log is long", || {
        home.on_store(&["alerts", "note", &id, "--reason", &"x".repeat(2000)]).is(0);
        std::fs::metadata(home.file("w.db-wal")).unwrap().len() > 40 * 1024
    });
    let full = squeezed(&home, 32, &["alerts", "ack", &id]);
    assert!(
        full.code == 4 && full.out.contains(&format!("NOT acked {id}: ")),
        "{} {}{}",
        full.code,
        full.out,
        full.err
    );
    assert!(full.out.contains("run the command again") && !full.out.contains("tried again"), "{}", full.out);
    assert_eq!(home.on_store(&["alerts", "show", &id, "--json"]).json()["alert"]["state"], "open");
    home.on_store(&["store", "check"]).is(0);
    home.on_store(&["alerts", "ack", &id]).is(0);
    drop(open);
}

#[test]
fn s10_a_file_moved_away_under_the_worker_is_noticed_and_taken_up_again() {
    let home = Home::with("[worker]\nlease = \"6s\"");
    let config = home.config().display().to_string();
    let mut worker = home.start("watch.log", &["--config", &config, "watch"]);
    until("it holds the lease", || home.status()["worker"]["alive"] == true);
    let aside: Vec<_> = ["w.db", "w.db-wal", "w.db-shm"].iter().filter(|n| home.file(n).exists()).collect();
    for name in &aside {
        std::fs::rename(home.file(name), home.file(&format!("{name}.aside"))).unwrap();
    }
    until("it is in the log", || home.log("watch.log").contains("moved or replaced"));
    home.on_config(&["status"]).is(4);
    assert!(worker.is_up() && !home.store().exists(), "it made no new one in its place");
    for name in &aside {
        std::fs::rename(home.file(&format!("{name}.aside")), home.file(name)).unwrap();
    }
    until("it works again", || home.status()["worker"]["alive"] == true);
    home.on_store(&["store", "check"]).is(0);
    worker.signal(Signal::TERM);
    assert!(worker.ended().success());
    assert_eq!(home.status()["worker"]["alive"], false);
}

#[test]
fn s10_a_copy_put_in_its_place_is_what_is_read_from_then_on() {
    let home = Home::with("[worker]\nlease = \"6s\"");
    let config = home.config().display().to_string();
    let mut worker = home.start("watch.log", &["--config", &config, "watch"]);
    until("it holds the lease", || home.status()["worker"]["alive"] == true);
    let copy = home.file("copy.db");
    home.on_store(&["store", "backup", copy.to_str().unwrap()]).is(0);
    for tail in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(home.file(&format!("w.db{tail}")));
    }
    std::fs::rename(&copy, home.store()).unwrap();
    let epoch = home.status()["worker"]["epoch"].clone();
    until("it renews in the new file", || home.status()["worker"]["age_ms"].as_i64().is_some_and(|age| age < 2500));
    assert!(home.status()["worker"]["epoch"].as_i64() >= epoch.as_i64());
    assert!(worker.is_up());
    home.on_store(&["store", "check"]).is(0);
}

/// What lies beside the old file must never be read into the new one: not by the worker, whatever it still has open.
#[test]
fn s10_a_backup_moved_over_a_store_in_use_stays_what_it_was() {
    let home = Home::with("[worker]\nlease = \"6s\"");
    let config = home.config().display().to_string();
    let id = home.raise(&["trouble"]).remove(0);
    let worker = home.start("watch.log", &["--config", &config, "watch"]);
    until("it holds the lease", || home.status()["worker"]["alive"] == true);
    let copy = home.file("copy.db");
    home.on_store(&["store", "backup", copy.to_str().unwrap()]).is(0);
    let kept = home.on_store(&["store", "check", "--json"]).is(0).json()["entries"].as_i64().unwrap();
    for note in 0..4 {
        home.on_store(&["alerts", "note", &id, "--reason", &format!("later {note}")]).is(0);
    }
    std::fs::rename(&copy, home.store()).unwrap();
    // Asked only once the worker has taken it up: a process that knows nothing of the old file could not tell either.
    until("the old log is out of the way", || home.file("w.db-wal.replaced").exists());
    until("it renews in the new file", || home.status()["worker"]["age_ms"].as_i64().is_some_and(|age| age < 2500));
    assert_eq!(home.on_store(&["store", "check", "--json"]).is(0).json()["entries"], kept);
    home.on_store(&["audit", "verify"]).is(0);
    drop(worker);
}

#[test]
fn s10_a_log_removed_under_a_worker_takes_nothing_with_it() {
    let home = Home::with("[worker]\nlease = \"6s\"");
    let config = home.config().display().to_string();
    let worker = home.start("watch.log", &["--config", &config, "watch"]);
    until("it holds the lease", || home.status()["worker"]["alive"] == true);
    let id = home.raise(&["trouble"]).remove(0);
    for note in 0..4 {
        home.on_store(&["alerts", "note", &id, "--reason", &format!("kept {note}")]).is(0);
    }
    let kept = home.on_store(&["store", "check", "--json"]).is(0).json()["entries"].as_i64().unwrap();
    std::fs::remove_file(home.file("w.db-wal")).unwrap();
    until("it works in a new log", || home.file("w.db-wal").metadata().is_ok_and(|m| m.len() > 0));
    until("it renews", || home.status()["worker"]["age_ms"].as_i64().is_some_and(|age| age < 2500));
    assert_eq!(home.on_store(&["store", "check", "--json"]).is(0).json()["entries"], kept);
    home.on_store(&["alerts", "ack", &id]).is(0);
    drop(worker);
}

#[test]
fn p4_the_worker_ends_on_every_signal_and_frees_the_lease() {
    let home = Home::with("");
    let config = home.config().display().to_string();
    for signal in [Signal::TERM, Signal::INT, Signal::QUIT] {
        let mut worker = home.start("watch.log", &["--config", &config, "watch"]);
        until("it holds the lease", || home.status()["worker"]["alive"] == true);
        let begun = std::time::Instant::now();
        worker.signal(signal);
        assert!(worker.ended().success(), "{signal:?}");
        assert!(begun.elapsed() < Duration::from_secs(3), "{signal:?}");
        assert_eq!(home.status()["worker"]["alive"], false);
    }
}

#[test]
fn p7_a_task_that_panics_is_started_again_but_not_for_ever() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use tokio::sync::mpsc;
    use watchdeck::engine::event::Event;
    use watchdeck::runtime::hands::Hands;
    use watchdeck::runtime::plant::supervise;
    let home = Home::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (events, mut heard) = mpsc::channel(64);
        let hands = Hands::new(Arc::new(home.open()), events, mpsc::channel(1).0);
        let mut dead = hands.fatal.subscribe();
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&runs);
        tokio::time::pause();
        supervise("probe", &hands, move || {
            let runs = Arc::clone(&counted);
            async move {
                runs.fetch_add(1, SeqCst);
                std::panic::resume_unwind(Box::new("on purpose"));
            }
        });
        tokio::time::timeout(Duration::from_secs(3600), dead.changed()).await.unwrap().unwrap();
        let why = dead.borrow().clone().unwrap();
        assert!(why.contains("probe") && why.contains("died"), "{why}");
        assert_eq!(runs.load(SeqCst), 6, "five restarts, then it is given up");
        let died =
            std::iter::from_fn(|| heard.try_recv().ok()).filter(|e| matches!(e, Event::TaskDied { name: "probe", .. }));
        assert_eq!(died.count(), 6);
    });
}
