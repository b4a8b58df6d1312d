//! The clocks of one link: when to ping, and how death, dripping and a flood of pings show. Pure: the moments are
//! handed in.

use std::time::Duration;

use tokio::time::Instant;

use super::spec::Tuning;

/// Pings and pongs per second beyond which the feed is not a feed.
const CONTROLS_MAX: u32 = 1000;

/// The link's clocks.
pub struct Pulse {
    beat: Duration,
    pub next: Instant,
    pub ping_at: Instant,
    /// Reading was held up until then: silence before that proves nothing.
    resumed_at: Instant,
    paused: bool,
    /// Bytes that had come when the last message was whole.
    settled: u64,
    partial_since: Option<Instant>,
    controls: u32,
}

impl Pulse {
    pub fn new(tuning: &Tuning, heard: u64, now: Instant) -> Self {
        let shortest = tuning.ping.0.min(tuning.dead.0 / 4).min(tuning.message_deadline.0 / 4);
        let beat = shortest.clamp(Duration::from_millis(10), Duration::from_secs(1));
        Self {
            beat,
            next: now + beat,
            ping_at: now + tuning.ping.0,
            resumed_at: now,
            paused: false,
            settled: heard,
            partial_since: None,
            controls: 0,
        }
    }
    /// A message that has begun and does not end: every byte of it keeps the link alive, so this is another clock.
    pub fn drips(&mut self, heard: u64, now: Instant, deadline: Duration) -> bool {
        if self.paused || heard == self.settled {
            self.partial_since = None;
            return false;
        }
        now.duration_since(*self.partial_since.get_or_insert(now)) >= deadline
    }
    /// Everything that was heard so far has been taken.
    pub fn settle(&mut self, heard: u64) {
        self.settled = heard;
        self.partial_since = None;
    }
    /// A ping or pong came.
    pub fn control(&mut self) {
        self.controls = self.controls.saturating_add(1);
    }
    /// The next beat begins; true when the last one brought more pings than any feed has use for.
    pub fn beats(&mut self, now: Instant) -> bool {
        self.next = now + self.beat;
        let limit = (f64::from(CONTROLS_MAX) * self.beat.as_secs_f64()).ceil() as u32;
        std::mem::take(&mut self.controls) > limit.max(100)
    }
    /// Reading stops or goes on; while it is stopped, silence proves nothing.
    pub fn pause(&mut self, paused: bool, now: Instant) {
        if self.paused && !paused {
            self.resumed_at = now;
        }
        self.paused = paused;
    }
    /// How long nothing at all has come, though we listened.
    pub fn silent(&self, heard_at: Instant, now: Instant) -> Duration {
        if self.paused { Duration::ZERO } else { now.duration_since(heard_at.max(self.resumed_at)) }
    }
}
