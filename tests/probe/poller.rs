use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;
use tokio::sync::{mpsc, watch};
use watchdeck::domain::sample::{FailKind, Outcome, Sample};
use watchdeck::domain::time::{Now, Stamp};
use watchdeck::sources::probe::poller::{self, Caps, Order, PollEvent, PollStats, Target, Targets, Wiring};
use watchdeck::sources::probe::{BoxFuture, Observation, Pace, Probe};

use crate::http_server::{Fake, request, whole};
use crate::kit::probe;

/// A poller at work, and the far ends of its channels.
struct Rig {
    targets: watch::Sender<Targets>,
    orders: mpsc::Sender<Order>,
    events: mpsc::Receiver<PollEvent>,
    stats: Arc<PollStats>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Rig {
    /// Holding the lease from the start.
    async fn start(targets: Vec<Target>, caps: Caps, queue: usize) -> Self {
        let (targets, targets_in) = watch::channel(Targets::from(targets));
        let (orders, orders_in) = mpsc::channel(8);
        let (out, events) = mpsc::channel(queue);
        let stats = Arc::new(PollStats::default());
        let wiring = Wiring { targets: targets_in, orders: orders_in, out, stats: Arc::clone(&stats), caps };
        let began = Instant::now();
        let clock = move || {
            let ms = began.elapsed().as_millis() as i64;
            Now { wall: Stamp(1_700_000_000_000 + ms), boot_ms: 5_000 + ms }
        };
        let task = tokio::spawn(poller::run(wiring, clock));
        let rig = Self { targets, orders, events, stats, task };
        rig.orders.send(Order::Resume).await.expect("running");
        rig
    }
    async fn event(&mut self) -> PollEvent {
        let next = tokio::time::timeout(Duration::from_secs(8), self.events.recv());
        next.await.expect("an event in time").expect("running")
    }
    async fn sample(&mut self) -> Sample {
        loop {
            if let PollEvent::Sample(sample) = self.event().await {
                return *sample;
            }
        }
    }
    /// Samples until `enough` says so, by service.
    async fn gather(&mut self, enough: impl Fn(&HashMap<String, Vec<Sample>>) -> bool) -> HashMap<String, Vec<Sample>> {
        let mut seen: HashMap<String, Vec<Sample>> = HashMap::new();
        while !enough(&seen) {
            let sample = self.sample().await;
            seen.entry(sample.service.to_string()).or_default().push(sample);
        }
        seen
    }
}

fn target(name: &str, probe: Arc<dyn Probe>) -> Target {
    Target { service: name.into(), probe }
}

/// A probe that does as it is told.
struct Puppet {
    host: String,
    pace: Pace,
    act: Act,
    runs: Arc<AtomicUsize>,
}

#[derive(Clone, Copy)]
enum Act {
    Answer(Outcome),
    Hang,
    Panic,
}

fn puppet(act: Act, interval_ms: u64, retry_ms: u64) -> (Arc<dyn Probe>, Arc<AtomicUsize>) {
    let runs = Arc::new(AtomicUsize::new(0));
    let [interval, retry] = [interval_ms, retry_ms].map(Duration::from_millis);
    let pace = Pace { interval, timeout: interval, retry };
    (Arc::new(Puppet { host: "h:1".into(), pace, act, runs: Arc::clone(&runs) }), runs)
}

impl Probe for Puppet {
    fn target(&self) -> &'static str {
        "puppet"
    }
    fn host_key(&self) -> &str {
        &self.host
    }
    fn pace(&self) -> Pace {
        self.pace
    }
    fn run(&self) -> BoxFuture<'_, Observation> {
        Box::pin(async {
            self.runs.fetch_add(1, SeqCst);
            let mut seen = Observation::local("told so");
            match self.act {
                Act::Answer(outcome) => seen.outcome = outcome,
                Act::Hang => tokio::time::sleep(self.pace.timeout).await,
                Act::Panic => panic!("told so"),
            }
            seen
        })
    }
}

fn every_second(url: &str) -> Arc<dyn Probe> {
    probe(&format!("http = {{ url = '{url}', interval = '1s', timeout = '900ms' }}"))
}

#[tokio::test]
async fn h6_hanging_targets_do_not_delay_healthy_ones() {
    let mut targets = Vec::new();
    let mut hosts = Vec::new();
    for i in 0..48 {
        // The kernel accepts for us; nobody ever answers.
        let host = tokio::net::TcpListener::bind(format!("127.0.0.{}:0", i + 2)).await.expect("loopback");
        let at = host.local_addr().expect("bound");
        hosts.push(host);
        targets.push(target(&format!("hang-{i}"), every_second(&format!("http://{at}/"))));
    }
    let healthy = Fake::start(|mut stream| async move {
        request(&mut stream).await;
        let _ = stream.write_all(&whole("200 OK", "", b"")).await;
    })
    .await;
    targets.extend((0..12).map(|i| target(&format!("well-{i}"), every_second(&healthy.url()))));
    let mut rig = Rig::start(targets, Caps { all: 24, per_host: 16 }, 64).await;
    let all_well = |seen: &HashMap<String, Vec<Sample>>| {
        (0..12).all(|i| seen.get(&format!("well-{i}")).is_some_and(|s| s.len() >= 4))
    };
    let seen = rig.gather(all_well).await;
    for (name, samples) in seen.iter().filter(|(name, _)| name.starts_with("well")) {
        assert!(samples.iter().all(|s| s.outcome == Outcome::Ok), "{name}");
        // The first look may wait for a place behind the unknown; after it, none does.
        for s in samples.iter().skip(1) {
            assert!(s.late_ms < 100, "{name} late by {} ms", s.late_ms);
        }
        for pair in samples.windows(2).skip(1) {
            let apart = pair[1].at.since(pair[0].at);
            assert!((700..1300).contains(&apart.as_millis()), "{name}: {apart:?}");
        }
    }
    assert!(rig.stats.skipped() > 0, "the hanging ones skip, and it is counted");
    assert!(rig.stats.in_flight() <= 24);
}

#[tokio::test]
async fn it_does_not_probe_without_the_lease() {
    let (well, runs) = puppet(Act::Answer(Outcome::Ok), 100, 100);
    let mut rig = Rig::start(vec![target("a", well)], Caps::default(), 8).await;
    rig.sample().await;
    rig.orders.send(Order::Pause).await.expect("running");
    // The pause is in force once a later order has been taken.
    for _ in 0..9 {
        rig.orders.send(Order::ProbeNow { service: "a".into(), times: 3 }).await.expect("running");
    }
    let before = runs.load(SeqCst);
    tokio::time::sleep(Duration::from_millis(350)).await;
    assert_eq!(runs.load(SeqCst), before);
    while rig.events.try_recv().is_ok() {}
    rig.orders.send(Order::Resume).await.expect("running");
    rig.sample().await;
}

#[tokio::test]
async fn while_failing_it_retries_faster_and_marks_the_tries() {
    let (bad, _) = puppet(Act::Answer(Outcome::Failed), 1000, 100);
    let mut rig = Rig::start(vec![target("a", bad)], Caps::default(), 64).await;
    let seen = rig.gather(|seen| seen.get("a").is_some_and(|s| s.iter().filter(|s| !s.retry).count() >= 3)).await;
    let retries = seen["a"].iter().filter(|s| s.retry).count();
    assert!((6..=30).contains(&retries), "{retries}");
    let slots: Vec<_> = seen["a"].iter().filter(|s| !s.retry).map(|s| s.at).collect();
    let apart = slots[2].since(slots[1]).as_millis();
    assert!((900..1100).contains(&apart), "{apart}");
}

#[tokio::test]
async fn a_degraded_answer_is_no_reason_to_retry_and_a_burst_is_marked() {
    let (degraded, runs) = puppet(Act::Answer(Outcome::Degraded), 60_000, 100);
    let mut rig = Rig::start(vec![target("a", degraded)], Caps::default(), 64).await;
    assert!(!rig.sample().await.retry);
    rig.orders.send(Order::ProbeNow { service: "a".into(), times: 3 }).await.expect("running");
    let began = Instant::now();
    for _ in 0..3 {
        assert!(rig.sample().await.retry);
    }
    let took = began.elapsed().as_millis();
    assert!((1900..2600).contains(&took), "{took}");
    assert_eq!(runs.load(SeqCst), 4);
}

#[tokio::test]
async fn a_panic_is_a_failed_sample_and_the_poller_goes_on() {
    let (bad, _) = puppet(Act::Panic, 200, 100);
    let (well, _) = puppet(Act::Answer(Outcome::Ok), 200, 100);
    let mut rig = Rig::start(vec![target("bad", bad), target("well", well)], Caps::default(), 64).await;
    let seen = rig.gather(|s| ["bad", "well"].iter().all(|n| s.get(*n).is_some_and(|s| s.len() >= 3))).await;
    let first = &seen["bad"][0];
    assert_eq!((first.outcome, first.fail), (Outcome::Failed, Some(FailKind::Local)));
    assert_eq!(first.detail.as_str(), "the probe panicked");
    assert!(rig.stats.panicked() >= 3);
}

#[tokio::test]
async fn one_in_flight_per_service_and_the_missed_slot_is_told() {
    let (hang, runs) = puppet(Act::Hang, 300, 100);
    let mut rig = Rig::start(vec![target("a", hang)], Caps::default(), 64).await;
    let mut skipped = 0;
    while skipped < 2 {
        if matches!(rig.event().await, PollEvent::Skipped { .. }) {
            skipped += 1;
        }
    }
    assert!(rig.stats.skipped() >= 2 && rig.stats.in_flight() <= 1);
    assert!(runs.load(SeqCst) >= 2);
}

#[tokio::test]
async fn a_new_set_keeps_phases_and_drops_who_left() {
    let puppets = || (0..20).map(|i| target(&format!("s{i}"), puppet(Act::Answer(Outcome::Ok), 1000, 100).0));
    let mut rig = Rig::start(puppets().collect(), Caps::default(), 256).await;
    let before = rig.gather(|s| s.len() == 20 && s.values().all(|s| s.len() >= 3)).await;
    rig.targets.send(puppets().take(10).collect()).expect("running");
    while rig.events.try_recv().is_ok() {}
    let after = rig.gather(|s| s.values().filter(|s| s.len() >= 2).count() >= 10).await;
    for (name, samples) in &after {
        let phase = |s: &Sample| s.at.0.rem_euclid(1000);
        let moved = (phase(&before[name][2]) - phase(samples.last().expect("some"))).rem_euclid(1000);
        assert!(!(150..=850).contains(&moved), "{name} moved by {moved}");
    }
    assert!(after.keys().filter(|n| after[*n].len() >= 2).count() == 10);
}

#[tokio::test]
async fn a_reader_that_stalls_holds_no_slot_and_nothing_is_lost_within_the_queue() {
    let (well, runs) = puppet(Act::Answer(Outcome::Ok), 100, 100);
    let mut rig = Rig::start(vec![target("a", well)], Caps::default(), 1).await;
    let until = Instant::now() + Duration::from_secs(5);
    while runs.load(SeqCst) < 10 && Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(runs.load(SeqCst) >= 10, "probing went on");
    for _ in 0..9 {
        rig.sample().await;
    }
    assert_eq!(rig.stats.dropped(), 0);
}

#[tokio::test]
async fn it_ends_when_nobody_listens() {
    let mut rig = Rig::start(Vec::new(), Caps::default(), 1).await;
    let (orders, _) = mpsc::channel(1);
    drop(std::mem::replace(&mut rig.orders, orders));
    tokio::time::timeout(Duration::from_secs(2), &mut rig.task).await.expect("ended").expect("well");
}
