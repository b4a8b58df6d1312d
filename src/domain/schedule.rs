//! When probes run. A service's phase is a hash of its name on an absolute time base, so a restart keeps it and a
//! thousand services spread evenly over their interval.

use std::time::Duration;

use super::ids::spread;
use super::time::{Stamp, ms};

/// The service's offset within its interval.
pub fn phase(service: &str, interval: Duration) -> Duration {
    let span = u64::try_from(interval.as_millis()).unwrap_or(u64::MAX).max(1);
    // Scale the hash instead of taking a remainder: even for any interval.
    Duration::from_millis(((u128::from(spread(service)) * u128::from(span)) >> 64) as u64)
}

/// The first planned moment strictly after `now`.
pub fn next_slot(service: &str, interval: Duration, now: Stamp) -> Stamp {
    let span = ms(interval).max(1);
    let offset = ms(phase(service, interval));
    let behind = (now.0 - offset).rem_euclid(span);
    Stamp(now.0 - behind + span)
}

/// The first probe after a start: its own slot, but never later than 5 s (spread over them when the interval is longer).
pub fn first_slot(service: &str, interval: Duration, now: Stamp) -> Stamp {
    let soon = interval.min(Duration::from_secs(5));
    now + phase(service, soon)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_are_stable_even_and_inside_the_interval() {
        let interval = Duration::from_secs(30);
        let mut tenths = [0; 10];
        for i in 0..1000 {
            let p = phase(&format!("service-{i}"), interval);
            assert!(p < interval);
            tenths[(p.as_millis() / 3000) as usize] += 1;
        }
        assert!(tenths.iter().all(|n| (60..140).contains(n)), "{tenths:?}");
        let slot = next_slot("service-1", interval, Stamp(1_000_000));
        assert_eq!(next_slot("service-1", interval, slot), slot + interval);
        assert!(slot > Stamp(1_000_000) && slot <= Stamp(1_000_000) + interval);
    }
}
