//! Op ids: UUIDs of version 7, made from the time handed in and a seed, so that a test sees the same ids each time.

use crate::domain::ids::OpId;
use crate::domain::time::Now;

#[derive(Clone, Debug)]
pub struct OpSource {
    seed: u128,
    count: u64,
}

impl OpSource {
    pub fn new(seed: u128) -> Self {
        Self { seed, count: 0 }
    }
    pub fn next(&mut self, now: Now) -> OpId {
        self.count += 1;
        // A counter spread by an odd constant and offset by the seed never repeats within 2^64 ops.
        let random = self.seed ^ u128::from(self.count).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        let mut bytes = [0_u8; 10];
        bytes.copy_from_slice(random.to_be_bytes().get(..10).unwrap_or(&[0; 10]));
        let ms = u64::try_from(now.wall.0).unwrap_or(0);
        OpId(uuid::Builder::from_unix_timestamp_millis(ms, &bytes).into_uuid())
    }
}
