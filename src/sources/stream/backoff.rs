//! How long to wait before the next try: full jitter over a window that doubles, so that thirty workers that lost the
//! same server do not come back in the same second. Pure: the seed is handed in.

use std::time::Duration;

#[derive(Clone, Debug)]
pub struct Backoff {
    min: Duration,
    max: Duration,
    attempt: u32,
    state: u64,
}

impl Backoff {
    pub fn new(min: Duration, max: Duration, seed: u64) -> Self {
        Self { min, max: max.max(min), attempt: 0, state: seed }
    }
    /// Somewhere in the window, which then doubles; never less than a tenth of the shortest window.
    pub fn wait(&mut self) -> Duration {
        let window = self.min.saturating_mul(1_u32.checked_shl(self.attempt).unwrap_or(u32::MAX)).min(self.max);
        self.attempt = (self.attempt + 1).min(31);
        window.mul_f64(self.random()).max(self.min / 10)
    }
    /// For a refusal: the upper half of the longest window, or what the server asked for.
    pub fn slow(&mut self, asked: Option<Duration>) -> Duration {
        let half = self.max / 2;
        let own = half + half.mul_f64(self.random());
        self.attempt = (self.attempt + 1).min(31);
        asked.map_or(own, |asked| asked.max(self.min) + self.min.mul_f64(self.random()))
    }
    /// The link was healthy for long enough.
    pub fn reset(&mut self) {
        self.attempt = 0;
    }
    /// splitmix64, as a number in 0..1.
    fn random(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}
