//! The engine's hands: effects carried out, what came of them sent back as events. Nothing here decides; the loop never
//! waits for any of it. Commits go through one lane, so that they reach the store in the order they were asked for.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use parking::Shared;
use tokio::sync::{mpsc, watch};

use super::{clock, pages, panics, parking};
use crate::domain::evidence::{Proof, Verdict};
use crate::domain::journal::{Commit, Entry, Lane, Outcome, Refusal};
use crate::domain::text::Clean;
use crate::engine::event::{Effect, Event};
use crate::notify::Channel;
use crate::sources::evidence::{self, Gatherer};
use crate::sources::probe::poller::Order;
use crate::store::{AlertFilter, Store, StoreError};

/// Uptime is told over so long.
const UPTIME_SPAN: Duration = Duration::from_secs(30 * 86_400);
/// Entries fetched at once.
const FETCH: usize = 2000;
/// Alerts of one service read at once, newest first.
const PAST_MAX: usize = 500;
/// Commits on their way to the store; past that they count as not taken and are offered again.
const LANE: usize = 1024;

/// What the tasks of one process share.
#[derive(Clone)]
pub struct Hands {
    pub store: Arc<dyn Store>,
    pub events: mpsc::Sender<Event>,
    /// The lease's epoch while it is ours, else 0.
    pub epoch: Arc<AtomicI64>,
    /// The number of the last entry the engine has applied.
    pub last_seq: Arc<AtomicI64>,
    /// The number of the last entry that a commit of ours made.
    pub own_seq: Arc<AtomicI64>,
    pub channels: Shared<HashMap<String, Arc<dyn Channel>>>,
    pub environment: Shared<String>,
    /// How each piece of evidence is fetched, by its key.
    pub gatherers: Shared<HashMap<String, Arc<dyn Gatherer>>>,
    /// Where each stream hears that its batch is durable: the client's run, which stands in a ticket's upper half.
    pub taken: Shared<HashMap<String, (u64, mpsc::Sender<u64>)>>,
    /// Set when something has died that is not started again: the process ends and its supervisor takes over.
    pub fatal: watch::Sender<Option<String>>,
    orders: mpsc::Sender<Order>,
    lane: mpsc::Sender<Commit>,
    failing: Arc<AtomicBool>,
}

impl Hands {
    pub fn new(store: Arc<dyn Store>, events: mpsc::Sender<Event>, orders: mpsc::Sender<Order>) -> Self {
        let (lane, commits) = mpsc::channel(LANE);
        let hands = Self {
            store,
            events,
            epoch: Arc::default(),
            last_seq: Arc::default(),
            own_seq: Arc::default(),
            channels: Shared::default(),
            environment: Shared::default(),
            gatherers: Shared::default(),
            taken: Shared::default(),
            fatal: watch::channel(None).0,
            orders,
            lane,
            failing: Arc::default(),
        };
        panics::vital("commits", &hands.fatal, hands.clone().carry(commits));
        hands
    }

    pub fn mine(&self) -> Option<i64> {
        Some(self.epoch.load(Ordering::Acquire)).filter(|e| *e > 0)
    }

    pub fn order(&self, order: Order) {
        let _ = self.orders.try_send(order);
    }

    /// Carries out what it can; an [`Effect::Alarm`] is for whoever has a bell.
    pub fn perform(&self, effect: Effect) {
        match effect {
            Effect::Commit(commit) => self.commit(commit),
            Effect::ProbeNow { service, times } => self.order(Order::ProbeNow { service: service.into(), times }),
            Effect::FeedTaken { stream, ticket } => {
                // A ticket of an earlier run of the client means nothing to this one.
                if let Some((run, taken)) = self.taken.get().get(&stream)
                    && ticket >> 32 == *run
                {
                    let _ = taken.try_send(ticket & 0xffff_ffff);
                }
            }
            Effect::Alarm { .. } => {}
            other => {
                let hands = self.clone();
                tokio::spawn(async move { hands.ask(other).await });
            }
        }
    }

    fn commit(&self, commit: Commit) {
        if let Err(refused) = self.lane.try_send(commit) {
            let commit = match refused {
                mpsc::error::TrySendError::Full(c) | mpsc::error::TrySendError::Closed(c) => c,
            };
            let ops = commit.changes.iter().map(|c| c.op).collect();
            let feed = commit.feed.map(|f| f.stream);
            let why = Clean::from("too much waits for the store");
            let _ = self.events.try_send(Event::CommitFailed { ops, feed, why, given_up: false });
        }
    }

    /// The lane: hands commits over in order, and reports each as it ends.
    async fn carry(self, mut commits: mpsc::Receiver<Commit>) {
        let mut under_way = FuturesUnordered::new();
        loop {
            tokio::select! {
                biased;
                commit = commits.recv() => match commit {
                    Some(commit) => under_way.push(self.carry_one(commit)),
                    None if under_way.is_empty() => return,
                    None => {
                        if let Some(events) = under_way.next().await {
                            self.tell(events).await;
                        }
                    }
                },
                Some(events) = under_way.next() => self.tell(events).await,
            }
        }
    }

    fn carry_one(&self, commit: Commit) -> impl Future<Output = Vec<Event>> + use<'_> {
        let ops: Vec<_> = commit.changes.iter().map(|c| c.op).collect();
        let feed = commit.feed.as_ref().map(|f| (f.stream.clone(), f.ticket));
        let epoch = (commit.lane == Lane::Machine).then(|| self.epoch.load(Ordering::Acquire));
        // Handed over here and now, in order; only the answer is waited for.
        let answer = self.store.commit(commit, epoch);
        async move {
            match answer.await {
                Ok(outcomes) => {
                    let fenced = outcomes.iter().any(|o| matches!(o, Outcome::Refused(Refusal::Fenced)));
                    let made = |o: &Outcome| if let Outcome::Applied(entry) = o { Some(entry.seq) } else { None };
                    if let Some(newest) = outcomes.iter().filter_map(made).max() {
                        self.own_seq.fetch_max(newest, Ordering::AcqRel);
                    }
                    let mut events = vec![Event::Committed(ops.into_iter().zip(outcomes).collect())];
                    if let Some((stream, ticket)) = feed.filter(|_| !fenced) {
                        events.push(Event::FeedCommitted { stream, ticket });
                    }
                    events.extend(self.recovered());
                    events
                }
                Err(error) => {
                    let why = Clean::from(error.to_string());
                    let failed =
                        Event::CommitFailed { ops, feed: feed.map(|(s, _)| s), why, given_up: !error.passing() };
                    vec![failed, self.lost(&error)]
                }
            }
        }
    }

    async fn tell(&self, events: Vec<Event>) {
        for event in events {
            let _ = self.events.send(event).await;
        }
    }

    /// Its threads live as long as the process wants them to, unless they fell too often.
    pub fn given_up(&self, error: &StoreError) {
        if matches!(error, StoreError::Closed) {
            let why = panics::said(&[]).unwrap_or_default();
            let _ = self.fatal.send(Some(format!("the store's thread died: {why}")));
        }
    }

    fn lost(&self, error: &StoreError) -> Event {
        self.given_up(error);
        self.failing.store(true, Ordering::Release);
        tracing::warn!(target: "store", "{error}");
        Event::StoreLost { why: Clean::from(error.to_string()) }
    }
    fn recovered(&self) -> Option<Event> {
        self.failing.swap(false, Ordering::AcqRel).then_some(Event::StoreBack)
    }

    /// Asks the store, and sends what it answers as an event.
    async fn ask(self, effect: Effect) {
        let answer = match effect {
            Effect::SaveWatched { samples, live } => {
                let lost = samples.len() as u64;
                let saved = self.store.put_watched(samples, live, self.epoch()).await;
                if saved.is_err() && lost > 0 {
                    self.tell(vec![Event::SamplesLost(lost)]).await;
                }
                saved.map(|()| self.recovered())
            }
            Effect::ReadDetail(alert) => {
                self.store.past(alert).await.map(|past| Some(Event::DetailRead { alert, past: Box::new(past) }))
            }
            Effect::ReadService(service) => {
                let state = Some("all".to_owned());
                let filter = AlertFilter {
                    state,
                    service: Some(service.clone()),
                    limit: Some(PAST_MAX),
                    ..AlertFilter::default()
                };
                self.store.alerts(filter).await.map(|alerts| Some(Event::ServiceRead { service, alerts }))
            }
            Effect::ReadWindows => self.windows().await,
            Effect::ReadUptime => {
                self.store.uptime_since(clock::now().wall - UPTIME_SPAN).await.map(|u| Some(Event::UptimeRead(u)))
            }
            Effect::ReadOutbox => self.store.outbox().await.map(|rows| Some(Event::OutboxArrived(rows))),
            Effect::ReadAlert(id) => {
                let filter = AlertFilter { id: Some(id), ..AlertFilter::default() };
                self.store.alerts(filter).await.map(|mut a| a.pop().map(|a| Event::AlertRead(Box::new(a))))
            }
            Effect::DeliverDue => {
                // In a task of its own: a channel that panics must not end delivery for good.
                let hands = self.clone();
                let _ = tokio::spawn(async move { pages::deliver(&hands).await }).await;
                // The receipts are entries of our own, which no hint tells of.
                let receipts = self.news().await.unwrap_or_default();
                self.tell(vec![Event::EntriesArrived(receipts), Event::DeliveryDone]).await;
                self.store.outbox().await.map(|rows| Some(Event::OutboxArrived(rows)))
            }
            Effect::FetchEntries => self.news().await.map(|e| Some(Event::EntriesArrived(e))),
            Effect::Gather { key, wish } => {
                let proof = Box::new(self.gathered(&key).await);
                Ok(Some(Event::EvidenceGathered { key, wish, proof }))
            }
            Effect::Commit(_) | Effect::ProbeNow { .. } | Effect::FeedTaken { .. } | Effect::Alarm { .. } => Ok(None),
        };
        let event = match answer {
            Ok(event) => event,
            Err(error) => Some(self.lost(&error)),
        };
        self.tell(event.into_iter().collect()).await;
    }

    /// In a task of its own: a kind that panics says nothing, and nothing else ends with it.
    async fn gathered(&self, key: &str) -> Proof {
        let now = clock::now().wall;
        let found = match (self.gatherers.get().get(key), key.strip_prefix("argv:")) {
            (Some(known), _) => Ok(Arc::clone(known)),
            // A file's own command; that files may name some was decided where the file was bound.
            (None, Some(line)) => evidence::from_line(line),
            (None, None) => Err("no config here says how to get it".to_owned()),
        };
        let gatherer = match found {
            Ok(gatherer) => gatherer,
            Err(why) => return Proof::new(Verdict::NoSource, why).seen_at(Some(now)),
        };
        let gathering = tokio::spawn(async move { gatherer.gather(now).await });
        gathering.await.unwrap_or_else(|_| {
            Proof::new(Verdict::Unknown, "looking for it failed here; the log says why").seen_at(Some(now))
        })
    }

    fn epoch(&self) -> i64 {
        self.epoch.load(Ordering::Acquire)
    }

    async fn news(&self) -> Result<Vec<Entry>, StoreError> {
        self.store.entries_after(self.last_seq.load(Ordering::Acquire), FETCH).await
    }

    async fn windows(&self) -> Result<Option<Event>, StoreError> {
        let now = clock::now().wall;
        let samples = self.store.samples_since(now - Duration::from_secs(3600)).await?;
        let uptime = self.store.uptime_since(now - UPTIME_SPAN).await?;
        Ok(Some(Event::WindowsRead { samples, uptime }))
    }
}
