//! How busy the estate is and how long an answer takes: daily rhythm, bursts, dependencies, faults. Pure functions of the
//! time, the seed and what is wrong just now. Not its job: waiting; the services do that.

use super::fault::{Fault, Kind};
use super::rng::Rng;
use super::roster::{CACHE, Member, member};
use super::world::Conditions;
use crate::domain::time::Stamp;

/// What a slow service adds at level 1, ms: past every limit of the seed, even for the fastest.
const SLOW_MS: f64 = 220.0;
const DAY_MS: i64 = 86_400_000;

/// 0.35 in the small hours to 1 before and after lunch (UTC).
pub fn rhythm(at: Stamp) -> f64 {
    let hour = at.0.rem_euclid(DAY_MS) as f64 / 3_600_000.0;
    let hill = |peak: f64, width: f64| (-((hour - peak) / width).powi(2)).exp();
    (0.35 + 0.6 * hill(10.5, 3.0) + 0.6 * hill(15.5, 3.2)).min(1.0)
}

/// About one minute in twelve is a burst of one service: its factor on traffic.
pub fn burst(seed: u64, name: &str, at: Stamp) -> f64 {
    let minute = (at.0 / 60_000) as u64;
    let mut rng = Rng::new(seed ^ minute.wrapping_mul(0x9e37_79b9), name);
    if rng.chance(1.0 / 12.0) { rng.between(1.3, 1.9) } else { 1.0 }
}

/// Traffic of a service against its ordinary day's mean.
pub fn traffic(seed: u64, name: &str, at: Stamp, conditions: &Conditions) -> f64 {
    let crowd = 1.0 + 0.8 * conditions.level(Fault::whole(Kind::Burst));
    rhythm(at) * burst(seed, name, at) * crowd
}

/// What faults add to an answer of this service, ms; a dependant feels a part of what its dependency adds.
fn added(m: &Member, conditions: &Conditions) -> f64 {
    let own = SLOW_MS * conditions.level(Fault::of(Kind::Slow, m.name));
    let felt = m.needs.iter().filter_map(|(name, share)| member(name).map(|dep| share * suffered(dep, conditions)));
    own + felt.sum::<f64>()
}

/// A dependency that is gone costs its dependants a try and a fallback.
fn suffered(dep: &Member, conditions: &Conditions) -> f64 {
    let gone = [Kind::Kill, Kind::Hang].iter().any(|kind| conditions.level(Fault::of(*kind, dep.name)) > 0.0);
    if gone { 90.0 } else { added(dep, conditions) }
}

/// How long the next answer takes, ms.
pub fn latency(m: &Member, busy: f64, conditions: &Conditions, rng: &mut Rng) -> f64 {
    let slow = conditions.level(Fault::of(Kind::Slow, m.name));
    let crowded = 0.94 + 0.08 * busy.min(2.0);
    m.mean_ms * crowded * (1.0 + 0.5 * slow) * rng.spread(m.sigma) + added(m, conditions) * rng.spread(0.05)
}

/// Share of requests that fail.
pub fn errors(m: &Member, conditions: &Conditions) -> f64 {
    let level = |kind| conditions.level(Fault::of(kind, m.name));
    if level(Kind::Status) > 0.0 {
        return 1.0;
    }
    m.errors + 0.04 * level(Kind::Flaky) + 0.002 * level(Kind::BodyDegraded)
}

/// The cache's hit rate, 0–1: about 0.86, under the seed's 0.80 while cold.
pub fn hit_ratio(conditions: &Conditions, rng: &mut Rng) -> f64 {
    let cold = conditions.level(Fault::whole(Kind::ColdCache)).max(conditions.level(Fault::of(Kind::BodyDegraded, CACHE)));
    (0.862 - 0.095 * cold + 0.004 * rng.normal()).clamp(0.0, 1.0)
}

/// Connections of the hub: 300 to 620 by the day, over 800 in a burst.
pub fn connections(at: Stamp, conditions: &Conditions, rng: &mut Rng) -> f64 {
    let crowd = conditions.level(Fault::whole(Kind::Burst));
    (120.0 + 500.0 * rhythm(at) * (1.0 - crowd) + 760.0 * crowd + 6.0 * rng.normal()).round().max(0.0)
}

/// Leads per minute: 11 to 20 by the day, about 30 in a burst.
pub fn leads_per_minute(at: Stamp, conditions: &Conditions) -> f64 {
    7.0 + 13.0 * rhythm(at) + 15.0 * conditions.level(Fault::whole(Kind::Burst))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(name: &str, conditions: &Conditions) -> f64 {
        let m = member(name).unwrap();
        let mut rng = Rng::new(1, "test");
        (0..2000).map(|_| latency(m, 0.8, conditions, &mut rng)).sum::<f64>() / 2000.0
    }

    #[test]
    fn an_ordinary_day_shows_the_seeds_figures() {
        let calm = Conditions::default();
        for (name, wanted) in [("ml-lead-intelligence", 81.0), ("cache-manager", 1.3), ("webhook-processor", 51.0)] {
            let got = mean(name, &calm);
            assert!((got / wanted - 1.0).abs() < 0.05, "{name}: {got}");
        }
        let night = Stamp(3 * 3_600_000);
        let morning = Stamp(10 * 3_600_000 + 1_800_000);
        assert!(rhythm(night) < 0.45 && rhythm(morning) > 0.9);
    }

    #[test]
    fn a_slow_dependency_is_felt() {
        let mut slow = Conditions::default();
        slow.inject(Fault::of(Kind::Slow, CACHE));
        assert!(mean(CACHE, &slow) > 200.0);
        assert!(mean("ml-lead-intelligence", &slow) > 250.0);
        assert!(mean("websocket-hub", &slow) < 15.0);
    }
}
