//! W6 under a clock of our own: thirty workers of one feed that goes down again and again, by the client's own rule for
//! when to wait how long.

use std::time::Duration;

use watchdeck::sources::stream::backoff::Backoff;

const WORKERS: u64 = 30;
const RESTARTS: u64 = 50;
const HEALTHY: u64 = 60_000;

/// Tries and successes by second.
struct Seen {
    tries: Vec<u32>,
    links: Vec<u32>,
}

/// The feed is up for `up_ms`, down for `down_ms`, and so on. A link ends when the feed goes down.
fn storm(up_ms: u64, down_ms: u64) -> Seen {
    let period = up_ms + down_ms;
    let end = period * RESTARTS;
    let seconds = usize::try_from(end / 1000 + 1).unwrap();
    let mut seen = Seen { tries: vec![0; seconds], links: vec![0; seconds] };
    for seed in 0..WORKERS {
        let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_mins(1), seed);
        // All are linked when the feed goes down for the first time.
        let mut at = up_ms;
        loop {
            at += u64::try_from(backoff.wait().as_millis()).unwrap();
            if at >= end {
                break;
            }
            let second = usize::try_from(at / 1000).unwrap();
            seen.tries[second] += 1;
            let into = at % period;
            if into < up_ms {
                seen.links[second] += 1;
                let lasts = up_ms - into;
                if lasts >= HEALTHY {
                    backoff.reset();
                }
                at += lasts;
            }
        }
    }
    seen
}

fn worst_share(counts: &[u32]) -> f64 {
    f64::from(*counts.iter().max().unwrap()) / f64::from(counts.iter().sum::<u32>())
}

#[test]
fn w6_thirty_workers_do_not_come_back_together() {
    // Restarts in quick succession: nobody is linked long enough to forget the trouble.
    for (up, down) in [(2_000, 1_000), (5_000, 5_000), (500, 10_000), (30_000, 20_000)] {
        let seen = storm(up, down);
        assert!(worst_share(&seen.tries) <= 0.2, "up {up}, down {down}: {:.2}", worst_share(&seen.tries));
        assert!(worst_share(&seen.links) <= 0.2, "up {up}, down {down}: {:.2}", worst_share(&seen.links));
        // Once the windows are wide, a second sees a third of them at most, not only on the average of it all.
        let later = &seen.tries[seen.tries.len().min(60)..];
        assert!(later.iter().all(|n| u64::from(*n) <= WORKERS / 3), "up {up}, down {down}: {later:?}");
        assert!(seen.links.iter().sum::<u32>() >= 10, "they do come back");
    }
    // Rare restarts are each met fresh: within half a second, by design; over all of them it is spread, too.
    let rare = storm(120_000, 300);
    assert!(worst_share(&rare.tries) <= 0.2 && rare.links.iter().sum::<u32>() >= 45 * 30);
}

#[test]
fn w6_a_long_outage_spreads_the_tries_evenly() {
    let (min, max) = (Duration::from_millis(500), Duration::from_mins(1));
    let mut round = vec![0_u32; 61];
    for seed in 0..300 {
        let mut backoff = Backoff::new(min, max, seed);
        (0..9).for_each(|_| _ = backoff.wait());
        round[usize::try_from(backoff.wait().as_secs()).unwrap()] += 1;
    }
    assert!(round.iter().all(|n| *n <= 300 / 20), "{round:?}");
    let mut fresh = Backoff::new(min, max, 1);
    (0..20).for_each(|_| _ = fresh.wait());
    fresh.reset();
    assert!(fresh.wait() <= min);
    assert_eq!(fresh.slow(Some(Duration::from_mins(2))).as_secs(), 120);
}
