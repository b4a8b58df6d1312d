//! W7: the whole program under a flood. A feed in a process of its own pours events over 1,000 keys; the real binary
//! holds the lease and takes them into a store; acks go in beside it and keys are pressed on a console. At the end the
//! store must hold what a model says, and every event must be accounted for.
//!
//! `cargo bench --bench flood -- [--rate 50000] [--secs 60] [--quick] [--as console|watch]`
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    clippy::large_stack_arrays,
    reason = "a measurement"
)]

mod acks;
mod feed;
mod model;
#[allow(dead_code, reason = "the console bench uses the rest")]
mod pty;

use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitCode, Stdio};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use pty::{Pty, cpu_secs, peak_mib, spread};

/// The bare loop is steady after this many seconds.
const BARE_SECS: u64 = 10;
/// What is still on its way when the feed has said everything.
const DRAIN: Duration = Duration::from_secs(30);

struct Wish {
    rate: u64,
    secs: u64,
    /// The console itself holds the lease: one process does everything. Else a headless worker does, a console follows.
    alone: bool,
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| args[at].parse::<u64>().unwrap();
    match args.first().map(String::as_str) {
        Some("pour") => runtime().block_on(feed::pour(number(1), number(2))),
        Some("bare") => runtime().block_on(feed::bare(args[1].clone(), number(2))),
        _ => return flood(&wish(&args)),
    }
    ExitCode::SUCCESS
}

fn wish(args: &[String]) -> Wish {
    let after = |flag: &str| args.iter().position(|a| a == flag).and_then(|at| args.get(at + 1));
    let number = |flag: &str, env: &str, usual: u64| {
        let from_env = std::env::var(env).ok();
        after(flag).or(from_env.as_ref()).and_then(|v| v.parse().ok()).unwrap_or(usual)
    };
    let usual = if args.iter().any(|a| a == "--quick") { 5 } else { 60 };
    Wish {
        rate: number("--rate", "FLOOD_RATE", 50_000),
        secs: number("--secs", "FLOOD_SECS", usual),
        alone: after("--as").is_none_or(|a| a == "console"),
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn again(args: &[String]) -> (Child, Lines<BufReader<ChildStdout>>) {
    let mut child = Command::new(std::env::current_exe().unwrap()).args(args).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    (child, lines)
}

fn pouring(rate: u64, events: u64) -> (Child, Lines<BufReader<ChildStdout>>, String) {
    let (child, mut lines) = again(&["pour".into(), rate.to_string(), events.to_string()]);
    let url = lines.next().unwrap().unwrap();
    (child, lines, url)
}

/// CPU microseconds per event of the bare loop, at the same rate.
fn bare(wish: &Wish) -> f64 {
    let events = wish.rate * wish.secs.min(BARE_SECS);
    let (mut feed, _, url) = pouring(wish.rate, events);
    let (mut reader, mut lines) = again(&["bare".into(), url, events.to_string()]);
    let cpu = lines.next().unwrap().unwrap().parse().unwrap();
    reader.wait().unwrap();
    feed.kill().unwrap();
    feed.wait().unwrap();
    cpu
}

fn flood(wish: &Wish) -> ExitCode {
    let bare = bare(wish);
    let dir = tempfile::tempdir().unwrap();
    let (config, store) = (dir.path().join("config.toml"), dir.path().join("watchdeck.db"));
    let events = wish.rate * wish.secs;
    let (mut feed, mut lines, url) = pouring(wish.rate, events);
    std::fs::write(&config, format!("environment = \"flood\"\n[[stream]]\nname = \"flood\"\nurl = \"{url}\"\n"))
        .unwrap();
    let args = ["--config", config.to_str().unwrap(), "--store", store.to_str().unwrap()];
    let binary = env!("CARGO_BIN_EXE_watchdeck");
    assert!(Command::new(binary).args(args).args(["store", "init"]).stdout(Stdio::null()).status().unwrap().success());
    let began = Instant::now();
    let mut worker = (!wish.alone).then(|| {
        let log = std::fs::File::create(dir.path().join("watch.log")).unwrap();
        Command::new(binary).args(args).arg("watch").stderr(log).spawn().unwrap()
    });
    if worker.is_some() {
        // A console that comes first takes the lease, and the feed's only link with it.
        model::wait_for_holder(&store);
    }
    let mut console = Pty::start(&args, 120, 40);
    let holder = worker.as_ref().map_or(console.pid(), Child::id);

    let acks = acks::start(store.clone());
    let (done, ended) = std::sync::mpsc::sync_channel(1);
    std::thread::spawn(move || done.send(lines.next().unwrap().unwrap().parse::<f64>().unwrap()));
    // A key pressed before there is a screen says nothing about keys.
    console.wait(began, Duration::from_secs(5), |text| text.contains("to close"));
    let (keys, lost_keys, poured) = type_until(&mut console, &ended);
    let drained = model::wait(&store, events, DRAIN);
    let (cpu, wall) = (cpu_secs(holder), began.elapsed().as_secs_f64());
    let acked = acks.stop();
    let ours = cpu * 1e6 / events as f64;

    let who = if wish.alone { "console alone" } else { "watch, a console follows" };
    println!(
        "{events} events at {}/s wanted, {:.0}/s poured in {poured:.1} s; {who}",
        wish.rate,
        events as f64 / poured
    );
    println!("rss peak       {:.1} MiB (goal 150)", peak_mib(holder));
    if !wish.alone {
        let pid = console.pid();
        println!("follower       {:.1} MiB, {:.1} % of a core", peak_mib(pid), cpu_secs(pid) / wall * 100.0);
    }
    println!("cpu per event  {ours:.2} us, bare {bare:.2} us, ratio {:.2} (goal 2.00)", ours / bare);
    println!("ack durable    {} refused {} (goal max 1000)", spread(acked.took), acked.refused);
    println!("key to frame   {} lost {lost_keys} (goal p99 50)", spread(keys));
    let mut wrong =
        drained.map_or_else(|| vec!["the last event was never committed".to_owned()], |()| report(&store, events));
    wrong.extend(unseen(&console, &store));
    console.quit();
    if let Some(worker) = &mut worker {
        worker.kill().unwrap();
        worker.wait().unwrap();
    }
    feed.kill().unwrap();
    feed.wait().unwrap();
    for one in &wrong {
        println!("WRONG: {one}");
    }
    if wrong.is_empty() && lost_keys == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Two tabs in turn until the feed has ended: how long each took to show, how many never did, how long the feed poured.
fn type_until(console: &mut Pty, ended: &Receiver<f64>) -> (Vec<Duration>, usize, f64) {
    let (mut keys, mut lost) = (Vec::new(), 0);
    loop {
        for (key, says) in [("0", "messages"), ("2", "to close")] {
            match console.press(key, |text| text.contains(says)) {
                Some(took) => keys.push(took),
                None => lost += 1,
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        if let Ok(poured) = ended.try_recv() {
            return (keys, lost, poured);
        }
    }
}

/// The screen must come to say what the store does, others' acks among our own entries included.
fn unseen(console: &Pty, store: &Path) -> Option<String> {
    let now = format!("now {} ", model::unresolved(store));
    let seen = console.wait(Instant::now(), Duration::from_secs(5), |text| text.contains(&now));
    seen.is_none().then(|| format!("the screen never said `{now}`"))
}

fn report(store: &Path, events: u64) -> Vec<String> {
    let size = |tail: &str| std::fs::metadata(format!("{}{tail}", store.display())).map_or(0, |m| m.len()) >> 20;
    println!("store          {} MiB, wal {} MiB, {} entries", size(""), size("-wal"), model::entries(store));
    let counts = model::counts(store);
    println!(
        "counts         received {} coalesced {} duplicates {} gaps {} missing {} dropped {} undecodable {} quarantined {}",
        counts.received,
        counts.coalesced,
        counts.duplicates,
        counts.gaps,
        counts.missing,
        counts.dropped,
        counts.undecodable,
        counts.quarantined
    );
    model::compare(store, events)
}
