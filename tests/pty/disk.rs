//! A disk that fails under a console: the act stays, not saved and said to be so, and is saved once when the disk is well.

use crate::e2e::until;
use crate::faulty::{Disk, EIO};
use crate::{READY, console, quiet};

#[test]
fn s5_an_act_on_a_failing_disk_is_shown_as_not_saved_and_is_saved_once_when_it_mends() {
    for (plan, says) in [(format!("sync 1 999999 {EIO}"), "disk I/O error"), ("quota 0".into(), "the disk is full")] {
        let (home, _) = quiet();
        let disk = Disk::under(&home);
        let start = disk.environment().into_iter().fold(console(&home), |start, (name, value)| start.env(name, &value));
        let mut term = start.run();
        term.wait(READY);
        until("it holds the lease", || home.status()["worker"]["alive"] == true);
        let entries = || home.on_store(&["store", "check", "--json"]).is(0).json()["entries"].as_i64().unwrap();
        let before = entries();
        disk.plan(&plan);
        // What is room again on a full disk would take the act.
        let _ = std::fs::remove_file(home.file("w.db.ballast"));
        term.send("a");
        term.wait(says);
        assert!(!disk.struck().is_empty());
        assert!(!term.screen().contains("acked, saved"), "{}", term.screen());
        disk.mend();
        until("it is saved", || {
            let all = home.on_store(&["alerts", "--json"]).is(0).json();
            all["alerts"].as_array().unwrap().iter().any(|a| a["state"] == "acked")
        });
        term.wait("saved");
        assert_eq!(entries(), before + 1, "once, though it was offered again and again");
    }
}
