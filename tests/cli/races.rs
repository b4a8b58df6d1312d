//! Several processes at once: one winner, one lease, one store.

use std::process::Stdio;
use std::sync::Barrier;

use crate::e2e::{Home, Running, until};

#[test]
fn s2_two_processes_ack_at_once_and_the_loser_hears_who_won() {
    const ROUNDS: usize = 25;
    let home = Home::with("");
    let titles: Vec<String> = (0..ROUNDS).map(|i| format!("trouble {i}")).collect();
    let ids = home.raise(&titles.iter().map(String::as_str).collect::<Vec<_>>());
    for id in &ids {
        let barrier = Barrier::new(2);
        let (a, b) = std::thread::scope(|scope| {
            let run = |who: &'static str| {
                let (home, barrier) = (&home, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    home.on_store(&["--operator", who, "alerts", "ack", id])
                })
            };
            let (a, b) = (run("ann"), run("bob"));
            (a.join().unwrap(), b.join().unwrap())
        });
        let (won, lost, winner) = if a.code == 0 { (a, b, "ann") } else { (b, a, "bob") };
        assert_eq!((won.code, won.out), (0, format!("acked {id}\n")), "{}", won.err);
        assert_eq!(lost.code, 5, "{}{}", lost.out, lost.err);
        assert!(lost.out.contains("NOT acked") && lost.out.contains(winner), "{}", lost.out);
    }
    let check = home.on_store(&["store", "check", "--json"]).is(0).json();
    assert_eq!(check["entries"], 2 * ROUNDS, "each was acked once");
}

#[test]
fn p11_many_start_at_once_on_a_store_that_is_not_there_yet() {
    let home = Home::new();
    home.configure("");
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..10).map(|_| scope.spawn(|| home.on_config(&["store", "init"]))).collect();
        all.into_iter().map(|t| t.join().unwrap()).collect()
    });
    for said in outcomes {
        said.is(0);
    }
    home.on_config(&["store", "check"]).is(0);
    // Workers: all up, one holds the lease, and when it goes another one does.
    let config = home.config().display().to_string();
    let mut workers: Vec<Running> =
        (0..6).map(|i| home.start(&format!("watch-{i}.log"), &["--config", &config, "watch"])).collect();
    let clis: Vec<_> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..4).map(|_| scope.spawn(|| home.on_config(&["status", "--json"]).code)).collect();
        all.into_iter().map(|t| t.join().unwrap()).collect()
    });
    assert_eq!(clis, [0; 4]);
    until("one holds the lease", || home.status()["worker"]["alive"] == true);
    assert!(workers.iter_mut().all(Running::is_up));
    let holder =
        |home: &Home| home.status()["worker"]["owner"].as_str().unwrap().rsplit(':').next().unwrap().parse().unwrap();
    let first: u32 = holder(&home);
    let at = workers.iter().position(|w| w.0.id() == first).unwrap();
    let mut gone = workers.remove(at);
    gone.signal(rustix::process::Signal::TERM);
    assert!(gone.ended().success());
    until("another takes over", || home.status()["worker"]["alive"] == true && holder(&home) != first);
    let took: usize =
        (0..6).map(|i| home.log(&format!("watch-{i}.log")).matches("this process holds the lease").count()).sum();
    assert_eq!(took, 2, "one at a time");
}

/// What was said to be acked is acked, though everything is killed again and again.
#[test]
fn p1_what_was_said_to_be_done_survives_kill_9() {
    const ACKS: usize = 200;
    let home = Home::with("");
    let ids = home.raise(&["one", "two", "three", "four"]);
    let url = home.url();
    let config = home.config().display().to_string();
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        // A worker that dies at a different moment of its life each time.
        scope.spawn(|| {
            let mut life = 7_u64;
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                life = (life * 31 + 17) % 211;
                let worker = home.start("watch.log", &["--config", &config, "watch"]);
                std::thread::sleep(std::time::Duration::from_millis(20 + life));
                drop(worker);
            }
        });
        scope.spawn(|| {
            let (mut acked, mut seed) = (0, 5_u64);
            let (mut promised, mut window) = (0, 26_000_u64);
            while acked < ACKS {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let id = &ids[(seed >> 33) as usize % ids.len()];
                let verb = if acked % 2 == 0 { "ack" } else { "unack" };
                let mut command = home.command();
                let args = ["--store", &url, "--operator", "ann", "alerts", verb, id];
                let mut child =
                    Running(command.args(args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
                let mut out = child.0.stdout.take().unwrap();
                // Somewhere between its birth and its end, however slow the machine is today.
                std::thread::sleep(std::time::Duration::from_micros((seed >> 40) % window));
                drop(child);
                let mut said = String::new();
                std::io::Read::read_to_string(&mut out, &mut said).unwrap();
                let word = if verb == "ack" { "acked" } else { "un-acked" };
                if said.contains(&format!("{word} {id}\n")) && !said.contains("NOT") {
                    promised += 1;
                    window -= window / 16;
                    let is = home.on_store(&["alerts", "show", id, "--json"]).is(0).json()["alert"]["state"].clone();
                    assert_eq!(is, if verb == "ack" { "acked" } else { "open" }, "after {promised} promises");
                } else {
                    window += window / 16;
                }
                acked += 1;
            }
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
            assert!(promised > 10, "{promised} of {ACKS} came through");
        });
    });
    home.on_store(&["store", "check"]).is(0);
    home.on_store(&["audit", "verify"]).is(0);
}
