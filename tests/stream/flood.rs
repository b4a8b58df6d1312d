//! W7 at the size of a test: the real intake, engine and store under far more than anybody can read. Memory stays bounded
//! by what is open, and what is stored is what a model says. `benches/flood` is the same over sockets at full size.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;
use watchdeck::domain::feed::{FeedBatch, StreamPosition, rule_fingerprint, stream_fingerprint};
use watchdeck::domain::live::{FeedCounts, Lease, StreamLive};
use watchdeck::domain::operator::{Operator, Role};
use watchdeck::domain::setup::Setup;
use watchdeck::domain::severity::Severity;
use watchdeck::engine::Engine;
use watchdeck::engine::book::RESOLVED_KEPT;
use watchdeck::engine::event::{Effect, Event};
use watchdeck::engine::limit::{FLOODED, OPEN_MAX};
use watchdeck::sources::stream::batch::{FLUSH_AT, KEYS_MAX};
use watchdeck::sources::stream::intake::Intake;
use watchdeck::store::sqlite::{Create, Options, SqliteStore};
use watchdeck::store::{AlertFilter, Store};

use super::ws_server::{clock, event};

/// What the model says is open: the last value by key.
type Open = BTreeMap<String, u64>;

/// A worker without its loop: what comes in is cut, committed and applied before more is read.
struct Worker {
    intake: Intake,
    engine: Engine,
    store: SqliteStore,
    counts: FeedCounts,
    tickets: u64,
    /// The most alerts ever held in memory, and the largest commit.
    held: usize,
    largest: usize,
    dropped: u64,
    _dir: tempfile::TempDir,
}

impl Worker {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::set_permissions(dir.path(), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        let store = SqliteStore::open(&dir.path().join("w.db"), Create::IfMissing, Options::default()).unwrap();
        let mut engine = Engine::new(Arc::new(Setup::default()), Operator { name: "w".into(), role: Role::Lead }, 1);
        engine.handle(Event::Loaded(Box::default()), clock());
        let lease = Lease { epoch: 1, left_ms: 1 << 40, ..Lease::default() };
        engine.handle(Event::LeaseChanged { lease, mine: true }, clock());
        let intake = Intake::new("events", None, &StreamPosition::default());
        Self {
            intake,
            engine,
            store,
            counts: FeedCounts::default(),
            tickets: 0,
            held: 0,
            largest: 0,
            dropped: 0,
            _dir: dir,
        }
    }

    async fn say(&mut self, text: &str) {
        self.intake.take(text, clock().wall);
        assert!(!self.intake.batch.is_full() || self.intake.batch.reports() <= KEYS_MAX);
        if self.intake.batch.is_full() {
            self.cut().await;
        }
    }

    async fn cut(&mut self) {
        let (batch, before, after) = self.intake.cut();
        for mut part in batch.into_parts("events", &before, after) {
            assert!(part.reports.len() <= FLUSH_AT);
            self.tickets += 1;
            part.ticket = self.tickets;
            self.counts.add(&part.counts);
            self.commit(part).await;
        }
    }

    async fn commit(&mut self, part: FeedBatch) {
        let ticket = part.ticket;
        let effects = self.engine.handle(Event::FeedArrived(Box::new(part)), clock());
        self.perform(effects).await;
        self.engine.handle(Event::FeedCommitted { stream: "events".into(), ticket }, clock());
        self.held = self.held.max(self.engine.model.book.iter().count());
    }

    async fn tick(&mut self) {
        let effects = self.engine.handle(Event::Ticked, clock());
        self.perform(effects).await;
    }

    async fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            let Effect::Commit(commit) = effect else { continue };
            self.dropped += commit.feed.as_ref().map_or(0, |f| f.counts.dropped);
            self.largest = self.largest.max(commit.changes.len());
            let ops: Vec<_> = commit.changes.iter().map(|c| c.op).collect();
            let outcomes = self.store.commit(commit, None).await.unwrap();
            self.engine.handle(Event::Committed(ops.into_iter().zip(outcomes).collect()), clock());
        }
    }

    /// Engine and store, both, against the model.
    async fn compare(&self, model: &Open) {
        let stored = self.store.alerts(AlertFilter::default()).await.unwrap();
        let known: Vec<_> = self.engine.model.book.iter().filter(|a| a.unresolved()).collect();
        assert_eq!((stored.len(), known.len()), (model.len(), model.len()));
        let value = |a: &watchdeck::domain::alert::Alert| (a.fingerprint, a.about.value.map(|v| v as u64));
        let stored: BTreeMap<_, _> = stored.iter().map(value).collect();
        let known: BTreeMap<_, _> = known.iter().map(|a| value(a)).collect();
        let wanted: BTreeMap<_, _> = model.iter().map(|(k, n)| (stream_fingerprint("events", k), Some(*n))).collect();
        assert!(stored == wanted && known == wanted);
    }
}

fn mix(n: u64) -> u64 {
    let z = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z ^ (z >> 31)
}

/// Says event `n` about the key, to the worker and to the model.
async fn tell(worker: &mut Worker, model: &mut Open, n: u64, key: String, over: bool) {
    let text = if over {
        model.remove(&key);
        event("alert.resolved", &format!("e{n}"), Some(n), &json!({"key": key}))
    } else {
        let data = json!({"key": key, "severity": "notice", "title": "queue", "value": n, "limit": 1});
        model.insert(key, n);
        event("alert.raised", &format!("e{n}"), Some(n), &data)
    };
    worker.say(&text).await;
}

#[tokio::test]
async fn w7_a_flood_ends_as_the_model_says_and_memory_is_bounded_by_what_is_open() {
    const SAME: u64 = 60_000;
    const KEYS: u64 = 1000;
    const DISTINCT: u64 = 15_000;
    let mut worker = Worker::new();
    let mut model = Open::new();
    for n in 1..=SAME {
        let mixed = mix(n);
        tell(&mut worker, &mut model, n, format!("key-{}", (mixed >> 32) % KEYS), mixed.is_multiple_of(4)).await;
        // As the clock would, a few times in all: a thousand keys never fill a batch.
        if n.is_multiple_of(10_000) {
            worker.cut().await;
        }
    }
    worker.compare(&model).await;
    assert!(worker.held <= KEYS as usize, "{}", worker.held);
    let same = worker.counts;
    assert_eq!((same.received, same.gaps, same.duplicates, same.dropped, same.undecodable), (SAME, 0, 0, 0, 0));
    assert!(same.coalesced > SAME * 8 / 10, "{} of {SAME} folded into others", same.coalesced);

    // Every key once and over soon after: only what is open, and a few of the others, stay in memory.
    let (before, mut n) = (model.len(), SAME);
    for key in 0..DISTINCT {
        n += 1;
        tell(&mut worker, &mut model, n, format!("distinct-{key}"), false).await;
        if let Some(gone) = key.checked_sub(2500) {
            n += 1;
            tell(&mut worker, &mut model, n, format!("distinct-{gone}"), true).await;
        }
    }
    worker.cut().await;
    worker.compare(&model).await;
    assert_eq!(model.len(), before + 2500);
    // A batch that is full holds ten thousand keys, raised or over; the book holds what is open and some that are not.
    let bound = before + KEYS_MAX + RESOLVED_KEPT + KEYS as usize;
    assert!(worker.held <= bound, "{} > {bound}", worker.held);
    assert!(worker.largest <= FLUSH_AT);
    assert_eq!((worker.counts.received, worker.counts.dropped), (n, 0));
    let stored = worker.store.check().await.unwrap();
    assert!(stored.problems.is_empty(), "{:?}", stored.problems);
}

/// A feed that never resolves: past the limit its alerts are counted, one alert says so, and resolving makes room.
#[tokio::test]
async fn w7_open_alerts_have_a_limit_that_is_said_and_counted() {
    const MORE: u64 = 3000;
    let mut worker = Worker::new();
    let mut model = Open::new();
    let status = StreamLive { name: "events".into(), ..StreamLive::default() };
    worker.engine.handle(Event::StreamChanged(Box::new(status)), clock());
    for n in 1..=OPEN_MAX as u64 + MORE {
        tell(&mut worker, &mut model, n, format!("key-{n}"), false).await;
    }
    worker.cut().await;
    let said = |worker: &Worker| {
        let about = rule_fingerprint("events", FLOODED);
        worker.engine.model.book.latest(about).map(|a| (a.severity, a.unresolved()))
    };
    assert_eq!(said(&worker), Some((Severity::Critical, true)));
    assert!(worker.held <= OPEN_MAX + FLUSH_AT, "{}", worker.held);
    assert!(worker.dropped >= MORE - FLUSH_AT as u64, "{} of {MORE} counted", worker.dropped);
    let first = OPEN_MAX as u64 + MORE;
    for n in 1..=4000 {
        tell(&mut worker, &mut model, first + n, format!("key-{n}"), true).await;
    }
    worker.cut().await;
    worker.tick().await;
    assert_eq!(said(&worker), Some((Severity::Critical, false)));
    tell(&mut worker, &mut model, first + 5000, "late".into(), false).await;
    worker.cut().await;
    assert!(worker.engine.model.book.latest(stream_fingerprint("events", "late")).is_some());
}
