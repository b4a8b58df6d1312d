//! What has arrived since the last batch, coalesced: the latest state per alert, sums per counter, the last value per
//! gauge, samples in a bounded ring. A transition is folded, never dropped; a sample pushed out is counted. Bounded by
//! count and by bytes; who fills it must stop at `full`. When it goes out is `dispatch`'s business.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::fold::fold;
use super::report;
use super::wire::AlertSaid;
use crate::domain::feed::{FeedBatch, Position, only_identity};
use crate::domain::ids::{Fingerprint, Labels};
use crate::domain::journal::Report;
use crate::domain::live::FeedCounts;
use crate::domain::sample::Sample;
use crate::domain::time::Stamp;

/// Samples that make a batch due before its time, and the most reports one commit carries.
pub const FLUSH_AT: usize = 1000;
/// Distinct things that do: below that a flood says the same things again, and waiting folds them into one.
pub const DISTINCT_AT: usize = 5000;
/// Distinct keys held; beyond that the socket is not read.
pub const KEYS_MAX: usize = 10_000;
pub const SAMPLES_MAX: usize = 20_000;
/// Ids of one batch; a feed that repeats nothing can name as many as the table of seen ids holds.
const IDS_MAX: usize = 50_000;
/// Text held in reports, so that ten thousand hostile ones do not fill the memory.
const BYTES_MAX: usize = 8 << 20;
const BYTES_FLUSH: usize = 2 << 20;

#[derive(Clone, Debug, Default)]
pub struct Batch {
    reports: HashMap<Fingerprint, Slot>,
    /// Fingerprints in the order they first came: raised first is numbered first.
    order: Vec<Fingerprint>,
    counters: HashMap<String, f64>,
    gauges: HashMap<String, f64>,
    samples: VecDeque<Sample>,
    new_ids: Vec<u64>,
    pub counts: FeedCounts,
    pub snapshot: Option<Vec<Fingerprint>>,
    pub last_event_at: Option<Stamp>,
    bytes: usize,
}

/// One alert as the batch leaves it.
#[derive(Clone, Debug)]
struct Slot {
    report: Report,
    /// The labels last read for it: they outlive a resolve, because the next firing has the same ones.
    labels: Arc<Labels>,
    weight: usize,
}

impl Slot {
    fn new(report: Report) -> Self {
        Self { weight: weight(&report), labels: Arc::clone(&report.about.labels), report }
    }
    fn take(self, next: Report) -> Self {
        let labels = if only_identity(&next.about.labels) { self.labels } else { Arc::clone(&next.about.labels) };
        let report = fold(self.report, next);
        Self { weight: weight(&report), labels, report }
    }
}

impl Batch {
    /// What an event says of an alert.
    pub fn say(&mut self, fingerprint: Fingerprint, stream: &str, alert: &AlertSaid<'_>) {
        let slot = self.reports.get_mut(&fingerprint);
        if let Some(slot) = slot {
            let texts = texts(&slot.report);
            if report::overlay(&mut slot.report, alert, &mut self.counts) {
                self.counts.coalesced += 1;
                let now = self::texts(&slot.report);
                slot.weight = (slot.weight + now).saturating_sub(texts);
                self.bytes = (self.bytes + now).saturating_sub(texts);
                return;
            }
        }
        let known = self.reports.get(&fingerprint).map(|slot| Arc::clone(&slot.labels));
        let report = report::report(stream, alert, known.as_ref(), &mut self.counts);
        self.report(fingerprint, report);
    }
    pub fn report(&mut self, fingerprint: Fingerprint, report: Report) {
        let slot = if let Some(known) = self.reports.remove(&fingerprint) {
            self.counts.coalesced += 1;
            self.bytes = self.bytes.saturating_sub(known.weight);
            known.take(report)
        } else {
            self.order.push(fingerprint);
            Slot::new(report)
        };
        self.bytes += slot.weight;
        self.reports.insert(fingerprint, slot);
    }
    pub fn counter(&mut self, name: String, add: f64) {
        self.bytes += if self.counters.contains_key(&name) { 0 } else { name.len() };
        let sum = self.counters.entry(name).or_default();
        // A sum that would leave the finite numbers stays where it is: infinity could never be taken back.
        if (*sum + add).is_finite() {
            *sum += add;
        } else {
            self.counts.dropped += 1;
        }
    }
    pub fn gauge(&mut self, name: String, value: f64) {
        let length = name.len();
        if self.gauges.insert(name, value).is_some() {
            self.counts.coalesced += 1;
        } else {
            self.bytes += length;
        }
    }
    pub fn sample(&mut self, sample: Sample) {
        if self.samples.len() == SAMPLES_MAX {
            self.samples.pop_front();
            self.counts.dropped += 1;
        }
        self.samples.push_back(sample);
    }
    pub fn consumed(&mut self, id: u64) {
        self.new_ids.push(id);
    }

    /// Nothing to say, not even a count.
    pub fn is_empty(&self) -> bool {
        self.distinct() == 0
            && self.samples.is_empty()
            && self.new_ids.is_empty()
            && self.snapshot.is_none()
            && self.counts == FeedCounts::default()
    }
    /// Worth a commit before the usual time.
    pub fn is_due(&self) -> bool {
        self.distinct() >= DISTINCT_AT
            || self.samples.len() >= FLUSH_AT
            || self.bytes >= BYTES_FLUSH
            || self.new_ids.len() >= DISTINCT_AT
            || self.snapshot.is_some()
    }
    /// No more may come in until this has gone out.
    pub fn is_full(&self) -> bool {
        self.distinct() >= KEYS_MAX || self.bytes >= BYTES_MAX || self.new_ids.len() >= IDS_MAX
    }
    fn distinct(&self) -> usize {
        self.reports.len() + self.counters.len() + self.gauges.len()
    }

    /// Reports to be committed.
    pub fn reports(&self) -> usize {
        self.reports.len()
    }

    /// Parts of at most [`FLUSH_AT`] reports, so that no commit makes an operator wait for ten thousand. All but the
    /// last lead to the position `before` them: after a crash in between their reports are said again, which changes
    /// nothing; sums, counts and the new position ride on the last.
    pub fn into_parts(mut self, stream: &str, before: &Position, mut after: Position) -> VecDeque<FeedBatch> {
        let mut parts = VecDeque::new();
        let mut reports = Vec::new();
        let order = std::mem::take(&mut self.order);
        for fingerprint in order {
            if reports.len() == FLUSH_AT {
                let position = Position { new_ids: Vec::new(), ..before.clone() };
                let reports = std::mem::take(&mut reports);
                parts.push_back(FeedBatch { stream: stream.to_owned(), position, reports, ..FeedBatch::default() });
            }
            reports.extend(self.reports.remove(&fingerprint).map(|slot| (fingerprint, slot.report)));
        }
        after.new_ids = self.new_ids;
        parts.push_back(FeedBatch {
            stream: stream.to_owned(),
            ticket: 0,
            position: after,
            reports,
            counters: sorted(self.counters),
            gauges: sorted(self.gauges),
            samples: self.samples.into(),
            counts: self.counts,
            snapshot: self.snapshot,
            last_event_at: self.last_event_at,
        });
        parts
    }
}

/// By name, so that the same events make the same batch.
fn sorted(figures: HashMap<String, f64>) -> Vec<(String, f64)> {
    let mut figures: Vec<_> = figures.into_iter().collect();
    figures.sort_by(|a, b| a.0.cmp(&b.0));
    figures
}

/// Bytes of text a report holds, roughly.
fn weight(report: &Report) -> usize {
    let labels: usize = report.about.labels.iter().map(|(name, value)| name.len() + value.len() + 48).sum();
    texts(report) + labels
}

/// Of these, what changes while the labels stay.
fn texts(report: &Report) -> usize {
    let about = &report.about;
    let service = about.service.as_ref().map_or(0, |s| s.as_str().len());
    about.title.as_str().len() + service + report.note.as_str().len()
}
