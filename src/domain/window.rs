//! The last samples of one service and the figures taken from them. Exact percentiles over a short ring; every figure
//! carries its count, because a p95 of three samples is a maximum with a grand name. Long spans are the sketch's job.

use std::collections::VecDeque;
use std::time::Duration;

use super::sample::{FailKind, Outcome, Requests, Sample};
use super::time::Stamp;

/// Points kept per service whatever the window: 10 min at 1 s, or 8.5 h at 30 s.
pub const POINTS_MAX: usize = 1024;
/// Below this count a latency percentile is not judged (p99: [`P99_FLOOR`]); k of the last n decides.
pub const LATENCY_FLOOR: usize = 20;
pub const P99_FLOOR: usize = 100;
/// Below this count a success ratio is not judged: one failure would already be under 99 %.
pub const RATIO_FLOOR: u64 = 100;

#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Point {
    pub at: Stamp,
    pub total_us: u32,
    pub outcome: Outcome,
    pub fail: Option<FailKind>,
    pub retry: bool,
}

/// Latency of answers over a window, milliseconds.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct LatencyStats {
    pub p50: f64,
    pub p95: f64,
    pub p99: f64,
    pub max: f64,
    pub n: usize,
}

/// Good of total over a window.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Share {
    pub good: u64,
    pub total: u64,
}

impl Share {
    /// None when nothing was counted: no data is not 100 %.
    pub fn ratio(self) -> Option<f64> {
        (self.total > 0).then(|| self.good as f64 / self.total as f64)
    }
}

#[derive(Clone, Debug, Default)]
pub struct Window {
    points: VecDeque<Point>,
    /// Counter increments per sample: (when, good, total).
    counted: VecDeque<(Stamp, u64, u64)>,
    last_requests: Option<Requests>,
}

impl Window {
    /// Adds one sample. Samples must come in order of time; an older one is ignored, so applying twice changes nothing.
    pub fn push(&mut self, sample: &Sample) {
        if self.points.back().is_some_and(|last| sample.at <= last.at) {
            return;
        }
        if self.points.len() == POINTS_MAX {
            self.points.pop_front();
        }
        self.points.push_back(Point {
            at: sample.at,
            total_us: sample.total_us,
            outcome: sample.outcome,
            fail: sample.fail,
            retry: sample.retry,
        });
        self.count(sample);
    }

    fn count(&mut self, sample: &Sample) {
        let Some(now) = sample.requests else { return };
        if let Some(last) = self.last_requests
            && now.total >= last.total
            && now.good >= last.good
            && now.total > last.total
        {
            let total = now.total - last.total;
            self.counted.push_back((sample.at, (now.good - last.good).min(total), total));
            if self.counted.len() > POINTS_MAX {
                self.counted.pop_front();
            }
        }
        // A counter that stepped back restarted: its new value is the new base, nothing is counted for the gap.
        self.last_requests = Some(now);
    }

    pub fn last(&self) -> Option<&Point> {
        self.points.back()
    }
    pub fn points(&self) -> impl DoubleEndedIterator<Item = &Point> {
        self.points.iter()
    }
    /// Frees what no window of at most `keep` can ask for.
    pub fn forget_before(&mut self, keep: Stamp) {
        while self.points.len() > LATENCY_FLOOR && self.points.front().is_some_and(|p| p.at < keep) {
            self.points.pop_front();
        }
        while self.counted.front().is_some_and(|c| c.0 < keep) {
            self.counted.pop_front();
        }
    }

    /// Latency of answered, scheduled probes in the window ending at `now`. Percentiles interpolate at rank q·(n−1),
    /// as Prometheus' `quantile()` does.
    pub fn latency(&self, now: Stamp, window: Duration) -> LatencyStats {
        let from = now - window;
        let mut values: Vec<u32> = self.answers().take_while(|p| p.at > from).map(|p| p.total_us).collect();
        values.sort_unstable();
        let Some(max) = values.last() else { return LatencyStats::default() };
        let (p50, p95, p99) = (quantile(&values, 0.50), quantile(&values, 0.95), quantile(&values, 0.99));
        LatencyStats { p50, p95, p99, max: f64::from(*max) / 1000.0, n: values.len() }
    }

    /// Answered, scheduled probes, newest first.
    fn answers(&self) -> impl Iterator<Item = &Point> {
        self.points.iter().rev().filter(|p| p.outcome.up() && !p.retry)
    }

    /// How many of the last `n` answers took longer than `limit_ms`, and how many there were.
    pub fn slow_of_last(&self, n: usize, limit_ms: f64, now: Stamp, window: Duration) -> (usize, usize) {
        let from = now - window;
        let last = self.answers().take_while(|p| p.at > from).take(n);
        last.fold((0, 0), |(slow, all), p| (slow + usize::from(f64::from(p.total_us) / 1000.0 > limit_ms), all + 1))
    }

    /// How many of the last `n` probes (retries included) failed, and how many there were.
    pub fn failed_of_last(&self, n: usize, now: Stamp, window: Duration) -> (usize, usize) {
        let from = now - window;
        let last = self.points.iter().rev().take_while(|p| p.at > from).take(n);
        last.fold((0, 0), |(bad, all), p| (bad + usize::from(!p.outcome.up()), all + 1))
    }

    /// Good of total by the service's own request counters.
    pub fn requests(&self, now: Stamp, window: Duration) -> Share {
        let from = now - window;
        self.counted
            .iter()
            .rev()
            .take_while(|c| c.0 > from)
            .fold(Share::default(), |s, c| Share { good: s.good + c.1, total: s.total + c.2 })
    }

    /// Good of total by scheduled probes.
    pub fn probes(&self, now: Stamp, window: Duration) -> Share {
        let from = now - window;
        let points = self.points.iter().rev().take_while(|p| p.at > from).filter(|p| !p.retry);
        points.fold(Share::default(), |s, p| Share { good: s.good + u64::from(p.outcome.up()), total: s.total + 1 })
    }
}

/// Quantile of sorted microseconds, in milliseconds.
fn quantile(sorted: &[u32], q: f64) -> f64 {
    let rank = q * (sorted.len().saturating_sub(1)) as f64;
    let (low, part) = (rank.floor() as usize, rank.fract());
    let at = |i: usize| sorted.get(i).or(sorted.last()).copied().map_or(0.0, f64::from);
    (at(low) + (at(low + 1) - at(low)) * part) / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(latencies: &[u32]) -> Window {
        let mut w = Window::default();
        for (i, us) in latencies.iter().enumerate() {
            w.push(&Sample::new("a".into(), Stamp(i as i64 * 1000 + 1), Outcome::Ok).taking(*us));
        }
        w
    }
    const TEN: Duration = Duration::from_secs(600);

    #[test]
    fn percentiles_interpolate_and_carry_their_count() {
        let w = window(&[10_000, 20_000, 30_000, 40_000]);
        let s = w.latency(Stamp(4000), TEN);
        assert_eq!((s.p50, s.max, s.n), (25.0, 40.0, 4));
        assert!((s.p95 - 38.5).abs() < 1e-9);
        assert_eq!(w.latency(Stamp(10_000_000), TEN).n, 0);
    }

    #[test]
    fn a_retry_counts_for_k_of_n_and_never_for_a_ratio() {
        let mut w = window(&[10, 10]);
        let mut retry = Sample::new("a".into(), Stamp(9000), Outcome::Failed);
        retry.retry = true;
        w.push(&retry);
        w.push(&retry);
        assert_eq!(w.failed_of_last(10, Stamp(9000), TEN), (1, 3));
        assert_eq!(w.probes(Stamp(9000), TEN), Share { good: 2, total: 2 });
    }

    #[test]
    fn a_counter_that_restarts_counts_nothing_for_the_gap() {
        let mut w = Window::default();
        for (i, (total, good)) in [(100, 99), (200, 198), (10, 10), (20, 19)].into_iter().enumerate() {
            let mut s = Sample::new("a".into(), Stamp(i as i64 + 1), Outcome::Ok);
            s.requests = Some(Requests { total, good });
            w.push(&s);
        }
        assert_eq!(w.requests(Stamp(5), TEN), Share { good: 108, total: 110 });
    }
}
