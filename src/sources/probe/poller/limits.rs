//! How many probes may be in flight: in all, per host, and of those how many may go to targets whose last probe did not
//! succeed, so that the dead never starve the living.

use std::collections::HashMap;
use std::sync::Arc;

/// Probes in flight at most.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Caps {
    pub all: usize,
    pub per_host: usize,
}

impl Default for Caps {
    fn default() -> Self {
        Self { all: 512, per_host: 16 }
    }
}

/// One probe's place; to be given back as it was taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    pub host: Arc<str>,
    /// The target's last probe did not succeed.
    pub doubtful: bool,
}

#[derive(Clone, Copy, Default)]
struct Use {
    all: usize,
    doubtful: usize,
}

impl Use {
    fn fits(self, cap: usize, doubtful: bool) -> bool {
        self.all < cap && (!doubtful || self.doubtful < cap.div_ceil(2))
    }
    fn add(&mut self, doubtful: bool) {
        self.all += 1;
        self.doubtful += usize::from(doubtful);
    }
    fn sub(&mut self, doubtful: bool) {
        self.all = self.all.saturating_sub(1);
        self.doubtful = self.doubtful.saturating_sub(usize::from(doubtful));
    }
}

pub struct Limits {
    caps: Caps,
    all: Use,
    hosts: HashMap<Arc<str>, Use>,
}

impl Limits {
    pub fn new(caps: Caps) -> Self {
        Self { caps, all: Use::default(), hosts: HashMap::new() }
    }
    pub fn in_flight(&self) -> usize {
        self.all.all
    }
    /// Takes the place if there is one.
    pub fn take(&mut self, place: &Place) -> bool {
        let host = self.hosts.get(&place.host).copied().unwrap_or_default();
        if !self.all.fits(self.caps.all, place.doubtful) || !host.fits(self.caps.per_host, place.doubtful) {
            return false;
        }
        self.all.add(place.doubtful);
        self.hosts.entry(Arc::clone(&place.host)).or_default().add(place.doubtful);
        true
    }
    pub fn give_back(&mut self, place: &Place) {
        self.all.sub(place.doubtful);
        if let Some(host) = self.hosts.get_mut(&place.host) {
            host.sub(place.doubtful);
            if host.all == 0 {
                self.hosts.remove(&place.host);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h6_doubtful_targets_hold_at_most_half_in_all_and_per_host() {
        let place = |host: &str, doubtful| Place { host: host.into(), doubtful };
        let mut limits = Limits::new(Caps { all: 8, per_host: 4 });
        let taken = (0..4).filter(|_| limits.take(&place("a", true))).count();
        assert_eq!(taken, 2);
        assert!(limits.take(&place("b", true)) && limits.take(&place("c", true)) && !limits.take(&place("d", true)));
        assert!(limits.take(&place("a", false)) && limits.take(&place("a", false)) && !limits.take(&place("a", false)));
        limits.give_back(&place("a", true));
        assert!(limits.take(&place("d", true)));
        assert_eq!(limits.in_flight(), 6);
    }
}
