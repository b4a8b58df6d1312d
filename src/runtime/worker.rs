//! The lease, kept: taken when it is free, renewed while it is ours, given back at the end. With it start the poller and
//! the streams; without it they stop at once. Nothing that works outlives a missed renewal.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::build::Estate;
use super::clock;
use super::hands::Hands;
use crate::domain::live::{FeedCounts, Lease};
use crate::domain::text::Clean;
use crate::domain::time::{Now, ms};
use crate::engine::event::Event;
use crate::sources::probe::poller::Order;
use crate::sources::stream::{self, Feed, StreamEvent, StreamSpec};
use crate::store::{LeaseAnswer, LeaseWish, StoreError};

/// Batches a stream may have outstanding.
const TICKETS: usize = 16;

/// Who asks for the lease.
#[derive(Clone, Debug)]
pub struct Claimant {
    pub headless: bool,
    /// Renewed at a third of it; without a renewal for two thirds the holder stops by itself, well before anybody else
    /// may start.
    pub ttl: Duration,
    /// A console with another config than the last holder's waits so long: those who share that one come first, and
    /// two rule books never take turns. A headless worker does not wait.
    pub takeover_after: Duration,
    pub config_hash: watch::Receiver<String>,
}

pub struct Keeper {
    hands: Hands,
    claimant: Claimant,
    estate: watch::Receiver<Estate>,
    held: Option<i64>,
    renewed: Now,
    /// Why it does not take the lease, as it was said.
    follows: Option<String>,
    /// The streams' specs as they run.
    running: String,
    streams: JoinSet<()>,
}

/// Runs of stream clients in this process: a ticket names the run it belongs to.
static RUNS: AtomicU64 = AtomicU64::new(1);

/// The name in the truth line: host and process.
pub fn owner_name() -> String {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    format!("{host}:{}", rustix::process::getpid().as_raw_nonzero())
}

impl Keeper {
    pub fn new(hands: Hands, claimant: Claimant, estate: watch::Receiver<Estate>) -> Self {
        Self {
            hands,
            claimant,
            estate,
            held: None,
            renewed: clock::now(),
            follows: None,
            running: String::new(),
            streams: JoinSet::new(),
        }
    }

    /// Runs until `stop` says so, then gives the lease back.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        loop {
            let wait = self.renew(false).await;
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                Ok(()) = self.estate.changed() => self.restart_streams(),
                _ = stop.changed() => break,
            }
        }
        if self.held.is_some() {
            self.renew(true).await;
            if self.held.is_some() {
                self.step_down().await;
            }
        }
    }

    /// A secret that this process cannot read: it would hold the lease and do half the work.
    fn unreadable(&self) -> Option<String> {
        let estate = self.estate.borrow();
        let of_probes = estate.targets.iter().flat_map(|t| t.probe.secret_files().iter());
        let of_streams = estate.streams.iter().filter_map(|s| s.token_file.as_ref());
        of_probes.chain(of_streams).find_map(|path| crate::config::secret::read_file(path).err())
    }

    /// Another config works, or did a moment ago.
    async fn other_config(&self, now: Now) -> Option<String> {
        if self.claimant.headless {
            return None;
        }
        let asked = tokio::time::timeout(self.every(), self.hands.store.read_lease(now)).await;
        let lease = asked.ok()?.ok()??;
        if lease.config_hash.is_empty() || lease.config_hash == *self.claimant.config_hash.borrow() {
            return None;
        }
        if lease.alive() {
            return Some(format!("{} works with another config", lease.owner));
        }
        let wait = self.claimant.takeover_after;
        let why =
            || format!("the last worker had another config; this one waits {} s before it takes over", wait.as_secs());
        (free_for(&lease, now) < wait).then(why)
    }

    /// This process only looks who holds the lease.
    async fn only_follow(&mut self, why: String, now: Now) -> Duration {
        if self.follows.as_ref() != Some(&why) {
            tracing::warn!(target: "worker", "only following: {why}");
            let _ = self.hands.events.send(Event::OnlyFollows(Some(Clean::from(why.as_str())))).await;
        }
        if let Ok(Some(lease)) = self.hands.store.read_lease(now).await {
            let _ = self.hands.events.send(Event::LeaseChanged { lease, mine: false }).await;
        }
        self.follows = Some(why);
        self.every()
    }

    async fn renew(&mut self, release: bool) -> Duration {
        let now = clock::now();
        if self.held.is_none() {
            let why = match self.unreadable() {
                Some(why) => Some(why),
                None => self.other_config(now).await,
            };
            if let Some(why) = why {
                return self.only_follow(why, now).await;
            }
        }
        if self.follows.take().is_some() {
            let _ = self.hands.events.send(Event::OnlyFollows(None)).await;
        }
        let wish = LeaseWish {
            owner: Clean::from(owner_name()),
            epoch: self.held,
            release,
            headless: self.claimant.headless,
            config_hash: self.claimant.config_hash.borrow().clone(),
            ttl: self.claimant.ttl,
            now,
        };
        // Bounded: whoever cannot renew in time must notice in time.
        let asked = tokio::time::timeout(self.every(), self.hands.store.lease(wish)).await;
        let asked = asked.unwrap_or_else(|_| Err(StoreError::Busy(self.every())));
        match asked {
            Ok(answer) => self.answered(answer, now, release).await,
            Err(error) => {
                self.hands.given_up(&error);
                tracing::warn!(target: "worker", "the lease could not be renewed: {error}");
                if self.held.is_some() && clock::now().boot_ms - self.renewed.boot_ms > ms(self.claimant.ttl) * 2 / 3 {
                    self.step_down().await;
                }
                self.every() / 5
            }
        }
    }

    async fn answered(&mut self, answer: LeaseAnswer, now: Now, release: bool) -> Duration {
        let LeaseAnswer { lease, mine, wanted } = answer;
        self.renewed = now;
        let left = u64::try_from(lease.left_ms.max(0)).unwrap_or(0);
        match (mine, self.held) {
            (true, None) => {
                self.held = Some(lease.epoch);
                self.hands.epoch.store(lease.epoch, Ordering::Release);
                let _ = self.hands.events.send(Event::LeaseChanged { lease, mine: true }).await;
                tracing::info!(target: "worker", "this process holds the lease");
                self.hands.order(Order::Resume);
                self.start_streams();
                self.every()
            }
            (true, Some(_)) => {
                let _ = self.hands.events.send(Event::LeaseChanged { lease, mine: true }).await;
                // A headless worker waits: yield at this renewal, it will find the lease free.
                if wanted && !self.claimant.headless && !release {
                    tracing::info!(target: "worker", "yielding the lease to a headless worker");
                    Box::pin(self.renew(true)).await;
                }
                self.every()
            }
            (false, held) => {
                if held.is_some() {
                    self.step_down().await;
                }
                let _ = self.hands.events.send(Event::LeaseChanged { lease, mine: false }).await;
                // Look again when it could lapse, and not all at the same moment.
                self.every().min(Duration::from_millis(left + 50)) + jitter()
            }
        }
    }

    fn every(&self) -> Duration {
        self.claimant.ttl / 3
    }

    async fn step_down(&mut self) {
        self.held = None;
        self.hands.epoch.store(0, Ordering::Release);
        self.hands.order(Order::Pause);
        self.streams.abort_all();
        // A lease that is seen as lapsed: whoever has it next is told by the store.
        let _ = self.hands.events.send(Event::LeaseChanged { lease: Lease::default(), mine: false }).await;
        tracing::info!(target: "worker", "this process no longer holds the lease");
    }

    fn restart_streams(&mut self) {
        // Streams that did not change go on as they are.
        let wanted = format!("{:?}", self.estate.borrow_and_update().streams);
        if self.held.is_some() && wanted != self.running {
            self.streams.abort_all();
            self.start_streams();
        }
    }

    fn start_streams(&mut self) {
        let specs = self.estate.borrow_and_update().streams.clone();
        self.running = format!("{specs:?}");
        for spec in specs {
            self.streams.spawn(follow_stream(self.hands.clone(), spec));
        }
    }
}

/// One stream, started again when it dies, from the position the store has.
async fn follow_stream(hands: Hands, spec: StreamSpec) {
    loop {
        let start = match hands.store.stream_position(spec.name.clone()).await {
            Ok(start) => start,
            Err(error) => {
                tracing::warn!(target: "stream", "the position of {} cannot be read: {error}", spec.name);
                tokio::time::sleep(Duration::from_secs(5)).await;
                continue;
            }
        };
        let (out, mut events) = mpsc::channel(8);
        let (taken, tickets) = mpsc::channel(TICKETS);
        let run = RUNS.fetch_add(1, Ordering::Relaxed);
        hands.taken.change(|map| {
            map.insert(spec.name.clone(), (run, taken));
        });
        let _ = hands.events.send(Event::StreamStarted { stream: spec.name.clone() }).await;
        let seed = uuid::Uuid::now_v7().as_u128() as u64;
        let token = spec.token_source();
        let feed = Feed { spec: spec.clone(), start, token, clock: std::sync::Arc::new(clock::now), seed };
        let client = std::panic::AssertUnwindSafe(stream::client::run(feed, out, tickets)).catch_unwind();
        let mut losses = Losses::default();
        let forward = async {
            while let Some(event) = events.recv().await {
                let event = match event {
                    StreamEvent::Batch(mut batch) => {
                        losses.note(&spec.name, &batch.counts);
                        batch.ticket |= run << 32;
                        Event::FeedArrived(batch)
                    }
                    StreamEvent::Status(live) => Event::StreamChanged(live),
                };
                if hands.events.send(event).await.is_err() {
                    return;
                }
            }
        };
        let (ended, ()) = tokio::join!(client, forward);
        if ended.is_err() {
            let why = Clean::from("it panicked; the log has the place");
            let _ = hands.events.send(Event::TaskDied { name: "stream", why }).await;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Since when nobody holds it. A lease of another boot ended with that boot; only the wall knows when.
fn free_for(lease: &Lease, now: Now) -> Duration {
    let by_boot = Duration::from_millis(lease.left_ms.min(0).unsigned_abs());
    if lease.left_ms == -1 { now.wall.since(lease.renewed_at) } else { by_boot }
}

/// What was lost, in the log: summed, because a feed that is wrong is so a thousand times a second.
#[derive(Default)]
struct Losses {
    sum: FeedCounts,
    said_ms: Option<i64>,
}

impl Losses {
    const EVERY_MS: i64 = 10_000;

    fn note(&mut self, stream: &str, counts: &FeedCounts) {
        self.sum.add(counts);
        let (c, now) = (&self.sum, clock::now().boot_ms);
        if c.undecodable + c.missing + c.dropped == 0 || self.said_ms.is_some_and(|at| now - at < Self::EVERY_MS) {
            return;
        }
        tracing::warn!(
            target: "stream",
            "{stream}: {} messages could not be read, {} missing in {} gaps, {} dropped",
            c.undecodable, c.missing, c.gaps, c.dropped
        );
        *self = Self { said_ms: Some(now), ..Self::default() };
    }
}

fn jitter() -> Duration {
    Duration::from_millis(uuid::Uuid::now_v7().as_u128() as u64 % 400)
}
