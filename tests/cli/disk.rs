//! The disk going wrong under the real program: what is said to be done is stored, what failed says so and has not
//! happened, and the program goes on as soon as the disk does.

use std::collections::HashMap;

use rustix::process::Signal;

use crate::e2e::{Answer, Home, Running, until};
use crate::faulty::{Disk, EIO, ENOSPC};

/// How many acts went which way.
#[derive(Default, Debug)]
struct Tally {
    done: usize,
    failed: usize,
    /// Done after another one had failed in the same process.
    after: usize,
    struck: usize,
}

fn states(home: &Home) -> HashMap<String, String> {
    let all = home.on_store(&["alerts", "--json"]).is(0).json();
    let row = |a: &serde_json::Value| (a["id"].to_string(), a["state"].as_str().unwrap().to_owned());
    all["alerts"].as_array().unwrap().iter().map(row).collect()
}

fn entries(home: &Home) -> i64 {
    home.on_store(&["store", "check", "--json"]).is(0).json()["entries"].as_i64().unwrap()
}

/// What one process said of each act, against what is stored afterwards.
fn judge(home: &Home, ids: &[String], acked: bool, answer: &Answer, tally: &mut Tally) -> i64 {
    let (word, yes, no) = if acked { ("acked", "acked", "open") } else { ("un-acked", "open", "acked") };
    let is = states(home);
    let said = format!("exit {}\n{}{}", answer.code, answer.out, answer.err);
    let (mut done, mut failed) = (0, 0);
    for id in ids {
        if answer.out.lines().any(|l| l == format!("{word} {id}")) {
            done += 1;
            tally.after += usize::from(failed > 0);
            assert_eq!(is[id], yes, "said to be saved: {said}");
        } else {
            failed += 1;
            let openly = answer.out.contains(&format!("NOT {word} {id}: ")) || !answer.err.is_empty();
            assert!(openly, "no word of {id}: {said}");
            assert_eq!(is[id], no, "{id} is said to have failed: {said}");
        }
    }
    assert_eq!(answer.code, if failed > 0 { 4 } else { 0 }, "{said}");
    (tally.done, tally.failed) = (tally.done + done, tally.failed + failed);
    i64::try_from(done).unwrap()
}

/// Four acts in one process per plan, acks and un-acks in turns.
fn acts_under(plans: impl IntoIterator<Item = String>) -> Tally {
    let home = Home::with("");
    let ids = home.raise(&["one", "two", "three", "four"]);
    let disk = Disk::under(&home);
    let mut tally = Tally::default();
    for (turn, plan) in plans.into_iter().enumerate() {
        let acked = turn % 2 == 0;
        let verb = |acked: bool| [&["alerts", if acked { "ack" } else { "unack" }][..], &ids_of(&ids)].concat();
        // All of them as the turn needs them, whatever failed in the last one.
        home.on_store(&verb(!acked));
        let before = entries(&home);
        disk.plan(&plan);
        let answer = disk.run(&verb(acked));
        disk.mend();
        let struck = disk.struck();
        tally.struck += usize::from(!struck.is_empty());
        assert!(answer.code == 0 || !struck.is_empty(), "failed on a healthy disk: {}", answer.out);
        let done = judge(&home, &ids, acked, &answer, &mut tally);
        assert_eq!(entries(&home), before + done, "{plan}: {struck:?}");
    }
    home.on_store(&["audit", "verify"]).is(0);
    tally
}

fn ids_of(ids: &[String]) -> Vec<&str> {
    ids.iter().map(String::as_str).collect()
}

#[test]
fn s5_a_failed_sync_is_said_openly_and_what_it_was_for_has_not_happened() {
    let once = (1..=5).map(|n| format!("sync {n} {n} {EIO}"));
    let from_then_on = (1..=5).map(|n| format!("sync {n} 9999 {EIO}"));
    let tally = acts_under(once.chain(from_then_on));
    assert!(tally.struck >= 8 && tally.failed >= 12 && tally.after >= 6, "{tally:?}");
}

#[test]
fn s5_a_failed_write_is_said_openly_and_what_it_was_for_has_not_happened() {
    let once = (1..=20).map(|n| format!("write {n} {n} {}", if n % 2 == 0 { EIO } else { ENOSPC }));
    let from_then_on = [(1, EIO), (9, EIO), (13, ENOSPC)].map(|(n, error)| format!("write {n} 9999 {error}"));
    let tally = acts_under(once.chain(from_then_on));
    assert!(tally.struck >= 20 && tally.failed >= 12 && tally.after >= 6, "{tally:?}");
}

#[test]
fn s5_a_short_write_is_written_on_and_one_that_cannot_be_has_not_happened() {
    let tally = acts_under((1..=24).map(|n| format!("short {n} {n} 0")));
    assert!(tally.failed == 0 && tally.struck >= 10, "{tally:?}");
    let cut = |n| format!("short {n} {n} 0\nwrite {} {} {EIO}", n + 1, n + 1);
    let tally = acts_under((9..=20).map(cut));
    assert!(tally.failed >= 6 && tally.after >= 3, "{tally:?}");
}

/// A worker whose disk fails for a while: it says so, and goes on with the same process when the disk does.
#[test]
fn s5_a_worker_outlives_a_disk_that_fails_for_a_while() {
    let home = Home::with("[worker]\nlease = \"6s\"");
    let id = home.raise(&["trouble"]).remove(0);
    let disk = Disk::under(&home);
    let log = std::fs::File::create(home.file("watch.log")).unwrap();
    let mut command = disk.command();
    command
        .args(["--config", home.config().to_str().unwrap(), "watch"])
        .stdout(std::process::Stdio::null())
        .stderr(log);
    let mut worker = Running(command.spawn().unwrap());
    let mine = worker.0.id().to_string();
    let held = || {
        let lease = home.status()["worker"].clone();
        lease["alive"] == true && lease["owner"].as_str().is_some_and(|o| o.ends_with(&format!(":{mine}")))
    };
    until("it holds the lease", held);
    // Its lease and figures ask for no sync; what syncs is somebody's act, and is tried above.
    for plan in [format!("write 1 999999 {EIO}"), "quota 0".into()] {
        disk.struck();
        disk.plan(&plan);
        let told = |text: &str| ["disk I/O error", "the disk is full"].iter().map(|w| text.matches(w).count()).sum();
        let before: usize = told(&home.log("watch.log"));
        until("it is in the log", || told(&home.log("watch.log")) > before);
        assert!(worker.is_up() && !disk.struck().is_empty(), "{plan}");
        disk.mend();
        until("the lease is its own again", held);
    }
    home.on_store(&["alerts", "ack", &id]).is(0);
    home.on_store(&["store", "check"]).is(0);
    worker.signal(Signal::TERM);
    assert!(worker.ended().success());
}

/// A file's locks are the process's: opened once more and closed again they must not be gone, else the next process to
/// leave takes the log away as if nobody were there.
#[test]
fn s10_a_store_opened_twice_in_a_process_keeps_its_log_from_the_next_process() {
    use std::os::unix::fs::MetadataExt;
    let home = Home::with("");
    let _first = home.open();
    home.raise(&["trouble"]);
    let log = || std::fs::metadata(home.file("w.db-wal")).unwrap().ino();
    let before = log();
    let _second = home.open();
    home.on_store(&["store", "check"]).is(0);
    assert_eq!(log(), before);
}

/// Waits until no thread of this test has the store open any more.
fn closed(home: &Home) {
    let link = |e: std::io::Result<std::fs::DirEntry>| e.and_then(|e| std::fs::read_link(e.path())).ok();
    let is_open = || std::fs::read_dir("/proc/self/fd").unwrap().filter_map(link).any(|p| p.starts_with(home.path()));
    until("it is closed here", || !is_open());
}

/// A full disk is called one; the ballast is the room for the last acks; with room again the same act is taken.
#[test]
fn s4_no_space_left_is_called_a_full_disk_after_the_ballast_was_used_and_recovers() {
    let home = Home::with("");
    let mut open = Some(home.open());
    let id = home.raise(&["trouble"]).remove(0);
    let disk = Disk::under(&home);
    let ballast = home.file("w.db.ballast");
    // While a console has it open, and when nobody has: then there is no shared index, and making one needs room.
    for (verb, word) in [("ack", "acked"), ("unack", "un-acked")] {
        // As the program makes it where there is plenty of room; here it is on whatever disk the tests run.
        std::fs::write(&ballast, vec![1; 1 << 20]).unwrap();
        let about = std::fs::read_dir(home.path()).unwrap().map(|e| e.unwrap().metadata().unwrap());
        let used: u64 = about.filter(std::fs::Metadata::is_file).map(|m| m.len()).sum();
        disk.plan(&format!("quota {used}"));
        let last = disk.run(&["alerts", verb, &id]);
        assert_eq!((last.code, last.out), (0, format!("{word} {id}\n")), "the ballast makes room for it: {}", last.err);
        assert!(!disk.struck().is_empty());
        drop(open.take());
        closed(&home);
    }
    disk.mend();
    disk.run(&["alerts", "ack", &id]).is(0);
    let open = home.open();
    disk.fill();
    let refused = || {
        let full = disk.run(&["alerts", "unack", &id]);
        let words = format!("{}{}", full.out, full.err);
        assert!(full.code == 4 && words.contains("the disk is full"), "{} {words}", full.code);
        assert_eq!(states(&home)[&id], "acked");
    };
    refused();
    drop(open);
    closed(&home);
    refused();
    assert!(!disk.struck().is_empty());
    disk.mend();
    home.on_store(&["store", "check"]).is(0);
    disk.run(&["alerts", "unack", &id]).is(0);
    home.on_store(&["store", "check"]).is(0);
}
