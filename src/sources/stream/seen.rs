//! Which events were consumed, for feeds without a sequence: the latest 100,000 hashes of (source, id), oldest out first.

use std::collections::{HashSet, VecDeque};

use crate::domain::ids::Fingerprint;

/// As many as the store keeps per stream.
pub const SEEN_MAX: usize = 100_000;

#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Hashed once more with this process's own key: the feed chooses the ids.
    set: HashSet<u64>,
    order: VecDeque<u64>,
}

/// The same for the same event in every run: it is stored.
pub fn event_hash(source: &str, id: &str) -> u64 {
    Fingerprint::of_pairs([("id", id), ("source", source)].into_iter()).0
}

impl Seen {
    /// From the store, oldest first.
    pub fn new(recent: &[u64]) -> Self {
        let mut seen = Self::default();
        for hash in recent {
            seen.insert(*hash);
        }
        seen
    }
    /// False when it was there already.
    pub fn insert(&mut self, hash: u64) -> bool {
        if !self.set.insert(hash) {
            return false;
        }
        self.order.push_back(hash);
        if self.order.len() > SEEN_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.set.remove(&oldest);
        }
        true
    }
    pub fn contains(&self, hash: u64) -> bool {
        self.set.contains(&hash)
    }
}
