//! One message in, its effect on the batch and perhaps a question to the feed out. Every message ends in exactly one of:
//! applied, ignored as not ours, or a count. Pure: the time is handed in. Not its job: the link, or when a batch goes.

use std::collections::HashMap;
use std::time::Duration;

use super::batch::{Batch, KEYS_MAX};
use super::map::MapSpec;
use super::report::sample;
use super::seen::{Seen, event_hash};
use super::sequence::{Ask, Judged, Sequence, Verdict};
use super::text::{NAME_MAX, TITLE_MAX, tidy};
use super::wire::{AlertSaid, Head, Order, Undecodable, What, head};
use crate::domain::feed::{Position, StreamPosition, stream_fingerprint};
use crate::domain::ids::Fingerprint;
use crate::domain::journal::Said;
use crate::domain::time::Stamp;

/// An event's own time is believed within these bounds of now.
const OLDEST: Duration = Duration::from_hours(8784);
const AHEAD: Duration = Duration::from_hours(24);
/// Alerts of one snapshot; a longer one is not believed to be whole.
const SNAPSHOT_MAX: usize = 100_000;

pub struct Intake {
    stream: String,
    map: Option<MapSpec>,
    sequence: Sequence,
    seen: Seen,
    pub batch: Batch,
    /// Alerts named since a snapshot began.
    named: Vec<Fingerprint>,
    /// While a gap is open: the number of what was last applied per alert or gauge.
    newest: HashMap<Fingerprint, u64>,
    position: Position,
    /// The last number before a message that broke the link.
    broke_at: Option<u64>,
    /// The feed has sent a snapshot, so it knows what that is.
    gives_snapshots: bool,
}

fn position(sequence: &Sequence) -> Position {
    Position {
        feed_id: sequence.feed().map(str::to_owned),
        sequence: sequence.last(),
        gaps: sequence.gaps().to_vec(),
        new_ids: Vec::new(),
    }
}

impl Intake {
    pub fn new(stream: &str, map: Option<MapSpec>, start: &StreamPosition) -> Self {
        let sequence = Sequence::resume(start);
        let position = position(&sequence);
        Self {
            stream: stream.to_owned(),
            map,
            sequence,
            seen: Seen::new(&start.recent_ids),
            batch: Batch::default(),
            named: Vec::new(),
            newest: HashMap::new(),
            position,
            broke_at: None,
            gives_snapshots: false,
        }
    }
    pub fn sequence(&self) -> &Sequence {
        &self.sequence
    }
    /// Numbers do not protect this feed, but it can give snapshots: they are asked for now and then.
    pub fn wants_snapshots(&self) -> bool {
        self.gives_snapshots && self.sequence.last().is_none()
    }
    /// A new link.
    pub fn connected(&mut self) {
        self.sequence.connected();
        self.named = Vec::new();
    }
    /// What the next batch holds, and the positions before and after it.
    pub fn cut(&mut self) -> (Batch, Position, Position) {
        let after = position(&self.sequence);
        let before = std::mem::replace(&mut self.position, after.clone());
        (std::mem::take(&mut self.batch), before, after)
    }

    /// A message broke the link. The second time at the same place it is passed over, or what was asked for is asked for
    /// no more: else a replay from there would break every link to come.
    pub fn broke(&mut self, now: Stamp) {
        self.unreadable(now);
        let last = self.sequence.last();
        let again = last.is_some() && self.broke_at == last;
        self.broke_at = last;
        if again && self.sequence.pass_over() {
            self.count_gap(1);
        }
    }

    /// A message that is not even text: binary, oversized, not UTF-8.
    pub fn unreadable(&mut self, now: Stamp) {
        self.batch.counts.received += 1;
        self.batch.counts.undecodable += 1;
        self.batch.last_event_at = Some(now);
    }

    pub fn take(&mut self, text: &str, now: Stamp) -> Option<Ask> {
        self.batch.counts.received += 1;
        self.batch.last_event_at = Some(now);
        let asked = if self.map.is_some() { self.take_mapped(text, now) } else { self.take_event(text, now) };
        asked.unwrap_or_else(|Undecodable| {
            self.batch.counts.undecodable += 1;
            None
        })
    }

    fn take_event(&mut self, text: &str, now: Stamp) -> Result<Option<Ask>, Undecodable> {
        let (head, body) = head(text)?;
        // The number is consumed even when the data is not readable: else every such event would look like a gap.
        let what = body.read();
        Ok(self.judge(&head, what, now))
    }

    fn take_mapped(&mut self, text: &str, now: Stamp) -> Result<Option<Ask>, Undecodable> {
        let Some(map) = self.map.take() else { return Ok(None) };
        let message = serde_json::from_str::<serde_json::Value>(text).ok().filter(serde_json::Value::is_object);
        let asked = message.as_ref().map(|m| self.judge(&map.head(m), map.read(m), now));
        self.map = Some(map);
        asked.ok_or(Undecodable)
    }

    fn judge(&mut self, head: &Head<'_>, what: Result<What<'_>, Undecodable>, now: Stamp) -> Option<Ask> {
        let changed = head.feed.as_ref().and_then(|feed| self.hear(feed));
        let at = self.event_time(head, now);
        let number = self.number(head);
        match what {
            Ok(What::SnapshotBegin) => {
                self.gives_snapshots = true;
                self.named.clear();
                if let Some(missing) = self.sequence.snapshot_begins(number) {
                    self.count_gap(missing);
                }
                changed
            }
            Ok(What::SnapshotEnd) => {
                self.end_snapshot(number);
                changed
            }
            what => self.weigh(head, number, what, at).or(changed),
        }
    }

    /// Decides whether the event is new, and applies it.
    fn weigh(
        &mut self,
        head: &Head<'_>,
        number: Option<u64>,
        what: Result<What<'_>, Undecodable>,
        at: Stamp,
    ) -> Option<Ask> {
        let judged = match number {
            Some(number) => self.sequence.judge(number),
            None => Judged { verdict: self.recognise(head), missing: None, ask: None },
        };
        if let Some(missing) = judged.missing {
            self.count_gap(missing);
        }
        self.batch.counts.recovered += u64::from(judged.verdict == Verdict::Late);
        let Ok(what) = what else {
            self.batch.counts.undecodable += 1;
            return judged.ask;
        };
        let state = matches!(what, What::Alert(_) | What::Gauge { .. });
        let overflow = match judged.verdict {
            Verdict::Apply | Verdict::Late => self.apply(what, number, at),
            Verdict::Restated if state => self.apply(what, number, at),
            // What adds up must not be added twice, not even by a snapshot.
            Verdict::Duplicate | Verdict::Restated => {
                self.batch.counts.duplicates += 1;
                None
            }
        };
        if !self.sequence.has_gap() && !self.newest.is_empty() {
            self.newest = HashMap::new();
        }
        judged.ask.or(overflow)
    }

    fn hear(&mut self, feed: &str) -> Option<Ask> {
        if self.sequence.feed() == Some(feed) {
            return None;
        }
        let asked = self.sequence.speaks(&tidy(feed, TITLE_MAX));
        if asked.is_some() {
            self.newest = HashMap::new();
            self.named = Vec::new();
        }
        asked
    }

    fn number(&mut self, head: &Head<'_>) -> Option<u64> {
        match head.order {
            Order::None => None,
            Order::At(number) => Some(number),
            Order::Unreadable => {
                self.batch.counts.quarantined += 1;
                None
            }
        }
    }

    /// Events without a number are known by (source, id). A snapshot may say again what was said.
    fn recognise(&mut self, head: &Head<'_>) -> Verdict {
        if head.id.is_empty() {
            return Verdict::Apply;
        }
        let hash = event_hash(&head.source, &head.id);
        if self.seen.insert(hash) {
            self.batch.consumed(hash);
            return Verdict::Apply;
        }
        if self.sequence.in_snapshot() { Verdict::Restated } else { Verdict::Duplicate }
    }

    fn event_time(&mut self, head: &Head<'_>, now: Stamp) -> Stamp {
        let Some(text) = &head.time else { return now };
        if let Some(at) = Stamp::parse(text).filter(|at| *at >= now - OLDEST && *at <= now + AHEAD) {
            at
        } else {
            self.batch.counts.quarantined += 1;
            now
        }
    }

    fn count_gap(&mut self, missing: u64) {
        self.batch.counts.gaps += 1;
        self.batch.counts.missing = self.batch.counts.missing.saturating_add(missing);
    }

    fn end_snapshot(&mut self, number: Option<u64>) {
        let (whole, missing) = self.sequence.snapshot_ends(number);
        if let Some(missing) = missing {
            self.count_gap(missing);
        }
        let named = std::mem::take(&mut self.named);
        if whole && named.len() < SNAPSHOT_MAX {
            self.newest = HashMap::new();
            self.batch.snapshot = Some(named);
        }
    }

    fn apply(&mut self, what: What<'_>, number: Option<u64>, at: Stamp) -> Option<Ask> {
        match what {
            What::Alert(alert) => return self.apply_alert(&alert, number),
            What::Gauge { name, value } => {
                let name = tidy(&name, NAME_MAX);
                let id = Fingerprint::of_pairs([("gauge", name.as_str())].into_iter());
                let (stale, ask) = self.overtaken(id, number);
                if stale {
                    self.batch.counts.coalesced += 1;
                } else {
                    self.batch.gauge(name, value);
                }
                return ask;
            }
            What::Counter { name, add } => self.batch.counter(tidy(&name, NAME_MAX), add),
            What::Sample { service, latency_ms, ok } => self.batch.sample(sample(&service, latency_ms, ok, at)),
            // Log lines join here when the log reader can take them; received is all they are until then.
            What::LogLine | What::SnapshotBegin | What::SnapshotEnd | What::Other => {}
        }
        None
    }

    fn apply_alert(&mut self, alert: &AlertSaid<'_>, number: Option<u64>) -> Option<Ask> {
        let fingerprint = stream_fingerprint(&self.stream, &alert.key);
        if self.sequence.in_snapshot() && alert.said != Said::Resolved && self.named.len() < SNAPSHOT_MAX {
            self.named.push(fingerprint);
        }
        let (stale, ask) = self.overtaken(fingerprint, number);
        if stale {
            // The alert has moved on since: its newer state already says more than this does.
            self.batch.counts.coalesced += 1;
        } else {
            self.batch.say(fingerprint, &self.stream, alert);
        }
        ask
    }

    /// While a gap is open, late events meet newer ones about the same thing; the higher number wins.
    fn overtaken(&mut self, id: Fingerprint, number: Option<u64>) -> (bool, Option<Ask>) {
        let Some(number) = number.filter(|_| self.sequence.has_gap() || !self.newest.is_empty()) else {
            return (false, None);
        };
        let newest = self.newest.entry(id).or_insert(number);
        if *newest > number {
            return (true, None);
        }
        *newest = number;
        if self.newest.len() < KEYS_MAX {
            return (false, None);
        }
        self.sequence.forget_gaps();
        self.newest = HashMap::new();
        (false, Some(Ask::Snapshot))
    }
}
