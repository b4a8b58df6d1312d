//! The machinery behind a console or a headless worker, started in one place: hands, lease, poller, streams, follower.
//! It starts on an open store and stops whole; a reload swaps what the config built, all or nothing.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::build::{self, Estate};
use super::hands::Hands;
use super::worker::{Claimant, Keeper};
use super::{clock, documents, follow, panics};
use crate::config::file::Fingerprint;
use crate::config::registry::Registry;
use crate::config::{self, Config};
use crate::domain::checklist;
use crate::domain::setup::Setup;
use crate::domain::text::Clean;
use crate::engine::event::Event;
use crate::sources::probe::poller::{self, Caps, PollEvent, PollStats, Targets};
use crate::store::Store;

/// Events that may wait for the loop; a full queue holds up its senders, never the loop.
const EVENTS: usize = 4096;
/// How long stopping may take before the process goes anyway.
const STOPPING: Duration = Duration::from_secs(2);
/// A dead task is started again so often before the process gives up.
const RESTARTS_MAX: usize = 5;
const RESTARTS_SPAN_MS: i64 = 10 * 60 * 1000;
const TIDY: Duration = Duration::from_secs(300);

pub struct Plant {
    pub hands: Hands,
    pub events: mpsc::Receiver<Event>,
    pub stats: Arc<PollStats>,
    /// Set when a task died too often: the process ends and its supervisor takes over.
    pub fatal: watch::Receiver<Option<String>>,
    estate: watch::Sender<Estate>,
    targets: watch::Sender<Targets>,
    /// Files of checklists and procedures.
    sources: watch::Sender<Vec<Arc<checklist::Source>>>,
    hash: watch::Sender<String>,
    stop: watch::Sender<bool>,
    keeper: JoinHandle<()>,
}

/// The worker's own limits, as the config sets them.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub caps: Caps,
    /// How long the lease lasts without a renewal.
    pub lease: Duration,
    /// How long a free lease is left to those with the last holder's config.
    pub takeover_after: Duration,
}

impl Limits {
    pub fn of(worker: &config::WorkerSpec) -> Self {
        let caps = Caps { all: worker.probes, per_host: worker.probes_per_target };
        Self { caps, lease: worker.lease.0, takeover_after: worker.takeover_after.0 }
    }
}

/// What the plant is to run as.
pub struct Role {
    pub headless: bool,
    pub limits: Limits,
    pub setup: Arc<Setup>,
    pub estate: Estate,
}

impl Plant {
    /// Must be called inside the runtime.
    pub fn start(store: Arc<dyn Store>, order: Role) -> Self {
        let (send, events) = mpsc::channel(EVENTS);
        let (orders, order_rx) = mpsc::channel(64);
        let hands = Hands::new(store, send, orders);
        let (stop, stopped) = watch::channel(false);
        let (hash, config_hash) = watch::channel(order.setup.hash.clone());
        let fatal = hands.fatal.subscribe();
        let (targets, target_rx) = watch::channel(Targets::from(order.estate.targets.clone()));
        hands.channels.set(order.estate.channels.clone());
        hands.gatherers.set(order.estate.gatherers.clone());
        hands.environment.set(order.setup.environment.clone());
        let (estate, estate_rx) = watch::channel(order.estate);
        let stats = Arc::new(PollStats::default());
        spawn_poller(
            &hands,
            poller::Wiring {
                targets: target_rx,
                orders: order_rx,
                out: mpsc::channel(1).0,
                stats: Arc::clone(&stats),
                caps: order.limits.caps,
            },
        );
        let (loaded_send, loaded) = watch::channel(false);
        supervise("follower", &hands, {
            let hands = hands.clone();
            move || follow::run(hands.clone(), loaded.clone())
        });
        supervise("tidier", &hands, {
            let hands = hands.clone();
            move || tidy(hands.clone())
        });
        let (sources, files) = watch::channel(order.setup.sources.clone());
        supervise("documents", &hands, {
            let hands = hands.clone();
            move || documents::run(hands.clone(), files.clone())
        });
        let Limits { lease: ttl, takeover_after, .. } = order.limits;
        let claimant = Claimant { headless: order.headless, ttl, takeover_after, config_hash };
        let keeper = Keeper::new(hands.clone(), claimant, estate_rx);
        let keeper = panics::vital("lease", &hands.fatal, keeper.run(stopped));
        let load = hands.clone();
        panics::vital("loading", &hands.fatal, async move {
            if load_all(&load).await {
                let _ = loaded_send.send(true);
            }
        });
        Self { hands, events, stats, fatal, estate, targets, sources, hash, stop, keeper }
    }

    /// Swaps in what a new config built.
    pub fn reload(&self, setup: &Setup, estate: Estate) {
        self.hands.channels.set(estate.channels.clone());
        self.hands.gatherers.set(estate.gatherers.clone());
        self.hands.environment.set(setup.environment.clone());
        let _ = self.hash.send(setup.hash.clone());
        let _ = self.sources.send(setup.sources.clone());
        let _ = self.targets.send(Targets::from(estate.targets.clone()));
        let _ = self.estate.send(estate);
    }

    /// Gives the lease back and stops; bounded, whatever hangs.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        let _ = tokio::time::timeout(STOPPING, self.keeper).await;
    }

    /// The poller's own figures, for the tick.
    pub fn measured(&self) -> Event {
        Event::PollerMeasured {
            in_flight: self.stats.in_flight(),
            lag_p99_ms: self.stats.lag_p99_ms(),
            skipped: self.stats.skipped(),
            late: self.stats.late(),
        }
    }
}

/// The first answer of the store, however long it takes; false when there will be none.
async fn load_all(hands: &Hands) -> bool {
    loop {
        match hands.store.everything(clock::now()).await {
            Ok(all) => {
                hands.last_seq.fetch_max(all.last_seq, Ordering::AcqRel);
                let _ = hands.events.send(Event::Loaded(Box::new(all))).await;
                return true;
            }
            Err(error) => {
                let why = Clean::from(error.to_string());
                let _ = hands.events.send(Event::StoreLost { why }).await;
                if !error.passing() {
                    return false;
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

fn spawn_poller(hands: &Hands, mut wiring: poller::Wiring) {
    let (out, mut samples) = mpsc::channel(EVENTS);
    wiring.out = out;
    // The poller itself turns a panicking probe into a failed sample; it does not die with one.
    panics::vital("poller", &hands.fatal, poller::run(wiring, clock::now));
    let events = hands.events.clone();
    panics::vital("samples", &hands.fatal, async move {
        while let Some(event) = samples.recv().await {
            let event = match event {
                PollEvent::Sample(sample) => Event::SampleTaken(sample),
                PollEvent::Skipped { service } => Event::ProbeSkipped { service: service.to_string() },
            };
            if events.send(event).await.is_err() {
                return;
            }
        }
    });
}

async fn tidy(hands: Hands) {
    loop {
        tokio::time::sleep(TIDY).await;
        if hands.mine().is_some()
            && let Err(error) = hands.store.tidy(clock::now().wall).await
        {
            tracing::warn!(target: "store", "tidying waits: {error}");
        }
    }
}

/// Runs a task that must not end; when it panics it is started again, and said, but not for ever.
pub fn supervise<F>(name: &'static str, hands: &Hands, make: impl Fn() -> F + Send + 'static)
where
    F: Future<Output = ()> + Send,
{
    let (events, fatal) = (hands.events.clone(), hands.fatal.clone());
    tokio::spawn(async move {
        let mut deaths: Vec<i64> = Vec::new();
        loop {
            let made = make();
            let task = async {
                panics::point(name);
                made.await;
            };
            if std::panic::AssertUnwindSafe(task).catch_unwind().await.is_ok() {
                return;
            }
            let now = clock::now().boot_ms;
            deaths.retain(|at| now - at < RESTARTS_SPAN_MS);
            deaths.push(now);
            let why = Clean::from("it panicked; the log has the place");
            let _ = events.send(Event::TaskDied { name, why }).await;
            if deaths.len() > RESTARTS_MAX {
                let why = panics::said(&[]).unwrap_or_default();
                let times = deaths.len();
                let _ = fatal.send(Some(format!("the {name} task died {times} times within ten minutes: {why}")));
                return;
            }
            tokio::time::sleep(Duration::from_millis(200 << deaths.len().min(6))).await;
        }
    });
}

/// A config that came from a file, watched for changes, with the mappings it names.
pub struct Source {
    pub path: PathBuf,
    pub registry: Registry,
    mappings: Vec<PathBuf>,
    seen: Vec<Option<Fingerprint>>,
}

impl Source {
    /// Of the config that was read from there.
    pub fn new(path: PathBuf, registry: Registry, config: &Config) -> Self {
        let mut source = Self { path, registry, mappings: config.aside.mappings.clone(), seen: Vec::new() };
        source.seen = source.fingerprints();
        source
    }

    fn fingerprints(&self) -> Vec<Option<Fingerprint>> {
        std::iter::once(&self.path).chain(&self.mappings).map(|path| config::file::fingerprint(path)).collect()
    }

    /// The new config when a file has changed: whole, or the reason why the old one stays.
    pub fn changed(&mut self, forced: bool) -> Option<Result<(Config, Estate), String>> {
        let now = self.fingerprints();
        let own = now.first().copied().flatten();
        if !forced && (own.is_none() || now == self.seen) {
            return None;
        }
        let loaded = config::load(&self.path, &self.registry);
        // A mapping that was wrong is looked at too: mending it alone must be enough.
        let mappings = loaded.as_ref().map_or_else(|e| e.mappings().to_vec(), |c| c.aside.mappings.clone());
        // What was looked at before the reading counts: a change during it is a change.
        let before = |path: &PathBuf| self.mappings.iter().position(|m| m == path).and_then(|i| now.get(i + 1));
        let of = |path| before(path).copied().unwrap_or_else(|| config::file::fingerprint(path));
        self.seen = std::iter::once(own).chain(mappings.iter().map(of)).collect();
        self.mappings = mappings;
        let loaded = loaded.map_err(|e| e.to_string());
        Some(loaded.and_then(|c| build::estate(&c).map(|e| (c, e)).map_err(|p| p.to_string())))
    }
}
