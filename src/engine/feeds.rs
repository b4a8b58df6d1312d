//! A stream's batch into one commit: its reports, its position, its sums. A batch the store did not take is kept and
//! offered again; until then the source is not asked for more, so nothing is lost and nothing grows.

use std::collections::HashMap;
use std::sync::Arc;

use super::Engine;
use super::event::Effect;
use crate::domain::alert::{Actor, Origin};
use crate::domain::feed::{FeedBatch, FeedCommit};
use crate::domain::ids::Fingerprint;
use crate::domain::journal::{Act, Change, Commit, Lane, Report, Said, Target};
use crate::domain::text::Clean;
use crate::domain::time::Now;

/// Snapshots an alert must be absent from before it is taken as over.
const ABSENT: u8 = 2;

#[derive(Debug, Default)]
pub struct Feeds {
    /// Offered and not yet durable, by (stream, ticket).
    waiting: HashMap<(String, u64), (Commit, bool)>,
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
        let actor = Actor::Stream(Clean::from(batch.stream.as_str()));
        let changes = reports.into_iter().map(|(fp, report)| self.feed_change(fp, report, &actor, now)).collect();
        for (name, value) in &batch.gauges {
            self.model.gauges.insert(name.clone(), (*value, now.wall));
        }
        if let Some(work) = &mut self.work {
            for (name, add) in &batch.counters {
                work.kpis.add(name, *add, now.wall);
            }
        }
        for sample in batch.samples {
            effects.extend(self.sample_taken(sample, now));
        }
        let key = (batch.stream.clone(), batch.ticket);
        let feed = FeedCommit {
            stream: batch.stream,
            ticket: batch.ticket,
            position: batch.position,
            counters: batch.counters,
            gauges: batch.gauges,
            counts: batch.counts,
            at: now.wall,
            last_event_at: batch.last_event_at,
        };
        let commit = Commit { lane: Lane::Machine, changes, feed: Some(feed) };
        self.feeds.waiting.insert(key, (commit.clone(), false));
        effects.push(Effect::Commit(commit));
        effects
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

    pub(super) fn feed_committed(&mut self, stream: String, ticket: u64) -> Vec<Effect> {
        self.feeds.waiting.remove(&(stream.clone(), ticket));
        vec![Effect::FeedTaken { stream, ticket }]
    }

    /// The store did not take it: offered again at the next tick.
    pub(super) fn feed_failed(&mut self, ops: &[crate::domain::ids::OpId]) {
        for (commit, failed) in self.feeds.waiting.values_mut() {
            let of_it = commit.changes.first().map_or(ops.is_empty(), |c| ops.contains(&c.op));
            *failed |= of_it;
        }
    }

    pub(super) fn retry_feeds(&mut self) -> Vec<Effect> {
        let mut again: Vec<_> = self.feeds.waiting.iter_mut().filter(|(_, (_, failed))| *failed).collect();
        again.sort_by_key(|((_, ticket), _)| *ticket);
        again
            .into_iter()
            .map(|(_, (commit, failed))| {
                *failed = false;
                Effect::Commit(commit.clone())
            })
            .collect()
    }
}
