//! A stream's batch into one commit: its reports, its position, its sums. A batch the store did not take is kept and
//! offered again; until then the source is not asked for more, so nothing is lost and nothing grows.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use super::Engine;
use super::event::Effect;
use crate::domain::alert::{Actor, Origin};
use crate::domain::feed::{FeedBatch, FeedCommit};
use crate::domain::ids::Fingerprint;
use crate::domain::journal::{Act, Change, Commit, Lane, Report, Said, Target};
use crate::domain::text::Clean;
use crate::domain::time::{Now, Stamp};

/// Snapshots an alert must be absent from before it is taken as over.
const ABSENT: u8 = 2;

/// Distinct names of counters and gauges that are followed; a feed that invents more is counted, not kept.
const NAMES_MAX: usize = 1000;

#[derive(Debug, Default)]
pub struct Feeds {
    /// Per stream, in order: only the first is on its way, so that no batch overtakes one that failed.
    waiting: HashMap<String, VecDeque<Commit>>,
    /// Streams whose first batch the store did not take; it is offered again at the next tick.
    failed: HashSet<String>,
    absent: HashMap<Fingerprint, u8>,
}

impl Engine {
    pub(super) fn feed_arrived(&mut self, batch: FeedBatch, now: Now) -> Vec<Effect> {
        if self.work.is_none() {
            return Vec::new();
        }
        let mut effects = Vec::new();
        let mut reports = batch.reports;
        if let Some(named) = &batch.snapshot {
            reports.extend(self.absent_from(&batch.stream, named));
        }
        let left_out = self.with_room(&mut reports);
        if left_out > 0 {
            effects.extend(self.flooded(&batch.stream, now));
        }
        let actor = Actor::Stream(Clean::from(batch.stream.as_str()));
        let changes = reports.into_iter().map(|(fp, report)| self.feed_change(fp, report, &actor, now)).collect();
        let mut counts = batch.counts;
        counts.dropped += left_out;
        let offered = batch.gauges.len() + batch.counters.len();
        let gauges: Vec<_> = batch.gauges.into_iter().filter(|(name, value)| self.gauge(name, *value, now)).collect();
        let counters: Vec<_> = batch.counters.into_iter().filter(|(name, add)| self.counter(name, *add, now)).collect();
        counts.dropped += (offered - gauges.len() - counters.len()) as u64;
        let last = batch.samples.len() as i64;
        for (i, mut sample) in batch.samples.into_iter().enumerate() {
            // A feed's own clock must not move the window: its samples count from when they came.
            sample.at = Stamp(now.wall.0 - (last - 1 - i as i64));
            effects.extend(self.sample_taken(sample, now));
        }
        let stream = batch.stream.clone();
        let feed = FeedCommit {
            stream: batch.stream,
            ticket: batch.ticket,
            position: batch.position,
            counters,
            gauges,
            counts,
            at: now.wall,
            last_event_at: batch.last_event_at,
        };
        let commit = Commit { lane: Lane::Machine, changes, feed: Some(feed) };
        let queue = self.feeds.waiting.entry(stream).or_default();
        queue.push_back(commit.clone());
        if queue.len() == 1 {
            effects.push(Effect::Commit(commit));
        }
        effects
    }

    fn gauge(&mut self, name: &str, value: f64, now: Now) -> bool {
        let room = self.model.gauges.len() < NAMES_MAX || self.model.gauges.contains_key(name);
        if room {
            self.model.gauges.insert(name.to_owned(), (value, now.wall));
            self.model.moved.gauges += 1;
        }
        room
    }

    fn counter(&mut self, name: &str, add: f64, now: Now) -> bool {
        self.work.as_mut().is_some_and(|work| work.kpis.add(name, add, now.wall, NAMES_MAX))
    }

    fn feed_change(&mut self, fp: Fingerprint, mut report: Report, actor: &Actor, now: Now) -> Change {
        // An alias is the same service; a name that is not configured is taken as it is.
        if let Some(known) = report.about.service.as_ref().and_then(|s| self.model.setup.service(s.as_str())) {
            report.about.service = Some(Clean::from(&*known.name));
        }
        let op = self.ops.next(now);
        Change {
            op,
            actor: actor.clone(),
            at: now.wall,
            target: Target::Fingerprint(fp),
            seen: None,
            act: Act::Report(report),
        }
    }

    fn absent_from(&mut self, stream: &str, named: &[Fingerprint]) -> Vec<(Fingerprint, Report)> {
        let mut over = Vec::new();
        for fp in named {
            self.feeds.absent.remove(fp);
        }
        let named: HashSet<&Fingerprint> = named.iter().collect();
        let of_stream = |o: &Origin| matches!(o, Origin::Stream { name } if name == stream);
        let open: Vec<_> =
            self.model.book.iter().filter(|a| a.unresolved() && of_stream(&a.origin)).map(Arc::clone).collect();
        for alert in open {
            if named.contains(&alert.fingerprint) {
                continue;
            }
            let times = self.feeds.absent.entry(alert.fingerprint).or_insert(0);
            *times += 1;
            if *times >= ABSENT {
                self.feeds.absent.remove(&alert.fingerprint);
                let note = format!("absent from {ABSENT} snapshots of its stream").into();
                let report = Report {
                    origin: alert.origin.clone(),
                    said: Said::Resolved,
                    severity: None,
                    about: alert.about.clone(),
                    note,
                };
                over.push((alert.fingerprint, report));
            }
        }
        over
    }

    /// The first of its stream is durable: its ticket goes back, and the next one goes out.
    pub(super) fn feed_committed(&mut self, stream: String, ticket: u64) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Some(queue) = self.feeds.waiting.get_mut(&stream) {
            if ticket_of(queue.front()) != Some(ticket) {
                return effects;
            }
            queue.pop_front();
            effects.extend(queue.front().cloned().map(Effect::Commit));
        }
        effects.insert(0, Effect::FeedTaken { stream, ticket });
        effects
    }

    /// The store did not take it: offered again at the next tick, before any that came after it.
    pub(super) fn feed_failed(&mut self, stream: String) {
        self.feeds.failed.insert(stream);
    }

    /// The stream starts again from the stored position: what it had sent and was not yet durable comes again.
    pub(super) fn feed_restarted(&mut self, stream: &str) {
        self.feeds.waiting.remove(stream);
        self.feeds.failed.remove(stream);
    }

    pub(super) fn retry_feeds(&mut self) -> Vec<Effect> {
        let failed = std::mem::take(&mut self.feeds.failed);
        let first = |stream: String| self.feeds.waiting.get(&stream)?.front().cloned().map(Effect::Commit);
        failed.into_iter().filter_map(first).collect()
    }
}

fn ticket_of(commit: Option<&Commit>) -> Option<u64> {
    commit?.feed.as_ref().map(|f| f.ticket)
}
