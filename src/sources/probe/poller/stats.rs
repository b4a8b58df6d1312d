//! The poller's own health, readable from anywhere without asking it: what `WorkerLive` shows of probing.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

/// Totals are since the process began.
#[derive(Debug, Default)]
pub struct PollStats {
    in_flight: AtomicU32,
    lag_p99_ms: AtomicU32,
    skipped: AtomicU64,
    late: AtomicU64,
    dropped: AtomicU64,
    panicked: AtomicU64,
}

/// A planned look that starts later than this is late.
pub const LATE_MS: u32 = 1000;
/// Lags kept for the percentile.
const LAGS: usize = 1024;

impl PollStats {
    pub fn in_flight(&self) -> u32 {
        self.in_flight.load(Relaxed)
    }
    /// Over the last 1,024 planned looks, milliseconds.
    pub fn lag_p99_ms(&self) -> u32 {
        self.lag_p99_ms.load(Relaxed)
    }
    pub fn skipped(&self) -> u64 {
        self.skipped.load(Relaxed)
    }
    pub fn late(&self) -> u64 {
        self.late.load(Relaxed)
    }
    /// Events that found the queue to the engine full.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Relaxed)
    }
    pub fn panicked(&self) -> u64 {
        self.panicked.load(Relaxed)
    }

    pub(super) fn set_in_flight(&self, n: usize) {
        self.in_flight.store(u32::try_from(n).unwrap_or(u32::MAX), Relaxed);
    }
    pub(super) fn count_skipped(&self) {
        self.skipped.fetch_add(1, Relaxed);
    }
    pub(super) fn count_dropped(&self) {
        self.dropped.fetch_add(1, Relaxed);
    }
    pub(super) fn count_panicked(&self) {
        self.panicked.fetch_add(1, Relaxed);
    }
}

/// The last lags; the percentile is taken at most once a second.
#[derive(Default)]
pub struct Lags {
    last: VecDeque<u32>,
    computed_at: i64,
}

impl Lags {
    pub fn push(&mut self, late_ms: u32, stats: &PollStats) {
        if late_ms > LATE_MS {
            stats.late.fetch_add(1, Relaxed);
        }
        if self.last.len() == LAGS {
            self.last.pop_front();
        }
        self.last.push_back(late_ms);
    }
    pub fn publish(&mut self, boot_ms: i64, stats: &PollStats) {
        if self.last.is_empty() || boot_ms - self.computed_at < 1000 {
            return;
        }
        self.computed_at = boot_ms;
        let mut all: Vec<u32> = self.last.iter().copied().collect();
        let rank = (all.len() * 99 / 100).min(all.len() - 1);
        let (_, p99, _) = all.select_nth_unstable(rank);
        stats.lag_p99_ms.store(*p99, Relaxed);
    }
}
