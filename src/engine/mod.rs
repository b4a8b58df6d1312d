//! The engine: shared facts in, effects out. One handler file per concern; none awaits, locks, or reads a clock.

mod acts;
mod alerts;
pub mod book;
pub mod event;
pub mod evidence;
mod feeds;
mod kpis;
pub mod limit;
pub mod lists;
mod look;
pub mod model;
mod ops;
mod reports;
pub mod shelf;
mod timers;
mod tracked;
mod undos;
mod watch;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::domain::ids::{AlertId, OpId, Seq};
use crate::domain::journal::Entry;
use crate::domain::live::{Lease, LiveSet};
use crate::domain::operator::Operator;
use crate::domain::setup::Setup;
use crate::domain::time::Now;

pub use event::{Effect, Event, Intent, Verb};
pub use model::Model;
use model::{StoreState, Tone};

/// A watch that was interrupted for longer than this begins its holds anew.
const UNWATCHED: std::time::Duration = std::time::Duration::from_secs(60);

pub struct Engine {
    pub model: Model,
    /// Only while this process holds the lease.
    work: Option<watch::Work>,
    ops: ops::OpSource,
    asked: HashMap<OpId, acts::Asked>,
    /// Entries that came before those they follow.
    early: BTreeMap<Seq, Entry>,
    feeds: feeds::Feeds,
    /// Timer acts on their way, so that a slow store is not asked twice; one that failed is due again.
    timers: HashMap<AlertId, OpId>,
    /// The store has answered once: a store that comes back is ready only then.
    loaded: bool,
    undos: Vec<undos::Undo>,
    undoing: Option<undos::Undoing>,
    /// My last act that was saved and is no undo.
    last_done: Option<u64>,
    /// Due pages have been asked for and not yet come back.
    delivering: bool,
    gestures: u64,
    /// The gesture last told of on the message line, and of how many of its acts.
    told: Option<(u64, usize)>,
    /// Openings and endings on their way: the last of their commit.
    list_op: Option<OpId>,
    run_op: Option<OpId>,
    /// The board and the book as runs were last begun from them.
    runs_seen: (u64, u64),
    last_gesture: Option<(acts::Word, Now)>,
}

impl Engine {
    /// `seed` makes op ids: any number that no other process uses at the same time.
    pub fn new(setup: Arc<Setup>, me: Operator, seed: u128) -> Self {
        Self {
            model: Model::new(setup, me),
            work: None,
            ops: ops::OpSource::new(seed),
            asked: HashMap::new(),
            early: BTreeMap::new(),
            feeds: feeds::Feeds::default(),
            timers: HashMap::new(),
            loaded: false,
            undos: Vec::new(),
            undoing: None,
            last_done: None,
            delivering: false,
            gestures: 0,
            told: None,
            list_op: None,
            run_op: None,
            runs_seen: (u64::MAX, u64::MAX),
            last_gesture: None,
        }
    }

    /// Takes in what happened; what the world is to do about it comes back.
    pub fn handle(&mut self, event: Event, now: Now) -> Vec<Effect> {
        match event {
            Event::Ticked => return self.ticked(now),
            Event::SampleTaken(sample) => return self.sample_taken(*sample, now),
            Event::ProbeSkipped { service } => self.probe_skipped(&service),
            Event::FeedArrived(batch) => return self.feed_arrived(*batch, now),
            Event::StreamChanged(live) => self.stream_changed(*live),
            Event::Loaded(all) => self.load(*all, now),
            Event::EntriesArrived(entries) => return self.entries_arrived(entries, now),
            Event::LiveArrived(live) => self.live_arrived(*live, now),
            Event::OutboxArrived(rows) => {
                self.delivering = false;
                self.model.outbox = rows;
                self.model.moved.outbox += 1;
            }
            Event::Committed(outcomes) => return self.committed(outcomes, now),
            Event::CommitFailed { ops, feed, why, .. } => {
                if let Some(stream) = feed {
                    self.feed_failed(stream);
                }
                self.commit_failed(&ops, &why, now);
            }
            Event::FeedCommitted { stream, ticket } => return self.feed_committed(stream, ticket),
            Event::LeaseChanged { lease, mine } => return self.lease_changed(lease, mine, now),
            Event::AlertRead(alert) => self.alert_read(*alert),
            Event::LeaseSeen(lease) if self.work.is_none() => return self.lease_changed(lease, false, now),
            Event::LeaseSeen(_) => {}
            Event::StreamStarted { stream } => self.feed_restarted(&stream),
            Event::DeliveryDone => self.delivering = false,
            Event::SamplesLost(n) => {
                if let Some(work) = &mut self.work {
                    work.dropped += n;
                }
            }
            Event::OnlyFollows(why) => self.model.worker.only_follows = why,
            Event::WindowsRead { samples, uptime } => return self.windows_read(samples, uptime, now),
            Event::UptimeRead(uptime) => self.uptime_read(uptime),
            Event::PollerMeasured { in_flight, lag_p99_ms, skipped, late } => {
                let live = &mut self.model.worker.live;
                (live.probes_in_flight, live.probe_lag_p99_ms) = (in_flight, lag_p99_ms);
                (live.probes_skipped, live.probes_late) = (skipped, late);
            }
            Event::DetailRead { alert, past } => self.model.past = Some((alert, Arc::new(*past))),
            Event::ServiceRead { service, alerts } => self.model.past_of = Some((service, Arc::new(alerts))),
            Event::DocumentsRead(reads) => self.documents_read(reads),
            Event::EvidenceGathered { key, wish, proof } => return self.evidence_gathered(key, wish, *proof, now),
            Event::StoreLost { why } => self.store_lost(why, now),
            Event::StoreBack if self.loaded => self.model.store.state = StoreState::Ready,
            Event::StoreBack => {}
            Event::ClockStepped { ms } => self.model.notices.clock_step = Some((ms, now.wall)),
            Event::TaskDied { name, why } => self.task_died(name, &why, now),
            Event::ConfigReloaded(setup) => return self.config_reloaded(setup, now),
            Event::ConfigRejected(why) => {
                self.say(Tone::Bad, &format!("config NOT reloaded, the old one stays: {why}"), now);
                self.model.notices.config = Some(why);
            }
        }
        Vec::new()
    }

    /// An act has ended, however it did.
    fn settled(&mut self, op: OpId) {
        self.timers.retain(|_, o| *o != op);
        self.list_op = self.list_op.filter(|o| *o != op);
        self.run_op = self.run_op.filter(|o| *o != op);
        if let Some(work) = &mut self.work {
            work.settled(op);
        }
    }

    fn stream_changed(&mut self, live: crate::domain::live::StreamLive) {
        self.model.moved.streams += 1;
        let known = self.model.streams.iter_mut().find(|s| s.name == live.name);
        if let Some(work) = &mut self.work {
            work.turned |= known.as_ref().is_none_or(|k| k.link != live.link);
        }
        match known {
            Some(known) => *known = live,
            None => self.model.streams.push(live),
        }
    }

    fn alert_read(&mut self, alert: crate::domain::alert::Alert) {
        if self.model.book.get(alert.id).is_none_or(|known| known.seq < alert.seq) {
            self.model.book.put(Arc::new(alert));
        }
    }

    /// A follower's figures are the worker's; a worker's own are newer than any row.
    fn live_arrived(&mut self, live: LiveSet, now: Now) {
        self.model.moved.services += 1;
        self.model.moved.gauges += 1;
        if self.work.is_none() {
            for row in live.evidence {
                self.model.board.evidence.insert(row.key.clone(), row);
            }
        }
        for (name, value, at) in live.gauges {
            self.model.gauges.insert(name, (value, at));
        }
        let known = self.work.as_ref();
        for row in live.services {
            let newer = known.is_none_or(|w| !w.tracked.contains_key(row.name.as_str()));
            if let Some(mine) = self.model.services.iter_mut().find(|s| s.name == row.name && newer) {
                *mine = row;
            }
        }
        if known.is_none() {
            for stream in live.streams {
                if self.model.streams.iter().any(|s| s.name == stream.name) {
                    self.stream_changed(stream);
                }
            }
            if let Some(worker) = live.worker {
                self.model.worker.live = worker;
            }
        }
        let _ = now;
    }

    fn lease_changed(&mut self, lease: Lease, mine: bool, now: Now) -> Vec<Effect> {
        if lease.alive() {
            self.model.worker.seen_at = Some(now.wall);
        }
        self.tell_takeover(&lease, mine, now);
        // A hold counts only time that somebody watched.
        let before = self.model.worker.lease.as_ref();
        let unwatched = before.is_none_or(|l| now.wall.since(l.renewed_at) > UNWATCHED);
        self.model.worker.lease = Some(lease);
        self.model.worker.mine = mine;
        match (mine, self.work.is_some()) {
            (true, false) => {
                self.work = Some(watch::Work::starting(now.wall));
                self.timers.clear();
                (self.list_op, self.run_op, self.runs_seen) = (None, None, (u64::MAX, u64::MAX));
                if unwatched {
                    self.model.board.forget_holds();
                }
                vec![Effect::ReadWindows]
            }
            (false, true) => {
                self.work = None;
                self.feeds = feeds::Feeds::default();
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// Who watches is nothing to change in silence.
    fn tell_takeover(&mut self, lease: &Lease, mine: bool, now: Now) {
        let was = self.model.worker.lease.as_ref().map(|l| (l.owner.clone(), l.epoch));
        match was {
            Some((owner, epoch)) if mine && !self.model.worker.mine && epoch > 0 && owner != lease.owner => {
                let text = format!("{owner} no longer holds the watch: this console is the worker now");
                self.say(Tone::Info, &text, now);
            }
            Some((_, epoch)) if !mine && self.model.worker.mine && lease.epoch > epoch => {
                self.say(Tone::Info, &format!("{} is the worker now", lease.owner), now);
            }
            _ => {}
        }
    }

    fn store_lost(&mut self, why: crate::domain::text::Clean, now: Now) {
        let since = match &self.model.store.state {
            StoreState::Failing { since, .. } => *since,
            _ => now.wall,
        };
        self.model.store.state = StoreState::Failing { why, since };
    }

    fn task_died(&mut self, name: &str, why: &crate::domain::text::Clean, now: Now) {
        self.model.worker.live.task_restarts += 1;
        let text = format!("the {name} task died and was started again: {why}");
        self.model.notices.task_died = Some((crate::domain::text::Clean::new(&text), now.wall));
        self.say(Tone::Bad, &text, now);
    }

    fn config_reloaded(&mut self, setup: Arc<Setup>, now: Now) -> Vec<Effect> {
        self.model.setup = setup;
        self.model.notices.config = None;
        self.model.follow_setup();
        let setup = Arc::clone(&self.model.setup);
        self.model.board.bind(&setup);
        self.say(Tone::Done, "config reloaded", now);
        let Some(work) = &mut self.work else { return Vec::new() };
        for tracked in work.tracked.values_mut() {
            tracked.forget_holds();
            tracked.follow(&self.model.setup);
        }
        work.kpis.forget_holds();
        if !work.ready() {
            return Vec::new();
        }
        self.windows_read(Vec::new(), Vec::new(), now)
    }
}
