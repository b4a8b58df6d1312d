//! What a service says of itself: the health body of the seed's platform, with figures that live. Not its job: when
//! and how fast it is said.

use serde_json::{Value, json};

use super::fault::{Fault, Kind};
use super::load;
use super::rng::Rng;
use super::roster::{CACHE, HUB, Member, WEBHOOK};
use super::world::{Conditions, World};
use crate::domain::time::Stamp;

/// The requests of a service's own clients, counted since long before the demo began.
#[derive(Debug)]
pub struct Traffic {
    total: f64,
    failed: f64,
    at: Stamp,
    started: Stamp,
}

impl Traffic {
    pub fn new(m: &Member, rng: &mut Rng, now: Stamp) -> Self {
        let total = m.per_second * rng.between(90_000.0, 260_000.0);
        let started = Stamp(now.0 - rng.between(2e8, 9e8) as i64);
        // Whole: the next failure is a while off, so that no small first window is spoilt by it.
        Self { total, failed: (total * m.errors).floor(), at: now, started }
    }
    /// Counts what came since the last look.
    pub fn advance(&mut self, m: &Member, busy: f64, errors: f64, now: Stamp) {
        let came = now.since(self.at).as_secs_f64() * m.per_second * busy;
        (self.total, self.failed, self.at) = (self.total + came, self.failed + came * errors, now);
    }
    fn json(&self) -> Value {
        let total = self.total as u64;
        json!({ "total": total, "good": total - (self.failed as u64).min(total) })
    }
}

/// The whole body.
pub fn body(m: &Member, world: &World, conditions: &Conditions, traffic: &Traffic, rng: &mut Rng) -> Value {
    let (now, day) = (world.now().wall, world.day_time());
    let degraded = conditions.on(Fault::of(Kind::BodyDegraded, m.name));
    let busy = load::traffic(world.seed, m.name, day, conditions);
    let mut body = json!({
        "status": if degraded { "degraded" } else { "healthy" },
        "service": m.alias(),
        "version": "2.3.1",
        "timestamp": now.0 as f64 / 1000.0,
        "health_score": if degraded { 0.5 } else { 1.0 },
        "database": {
            "status": if degraded { "degraded" } else { "healthy" },
            "connection_time_ms": tenths(if degraded { 180.0 } else { 3.4 } * rng.spread(0.25)),
            "database_type": "postgresql",
        },
        "system": system(busy, traffic.started, day, rng),
        "requests": traffic.json(),
    });
    if let (Some(all), Some(own)) = (body.as_object_mut(), own(m, conditions, day, rng).as_object()) {
        all.extend(own.clone());
    }
    body
}

fn system(busy: f64, started: Stamp, day: Stamp, rng: &mut Rng) -> Value {
    let memory = 420.0 + 160.0 * busy + 6.0 * rng.normal();
    json!({
        "memory_usage_mb": tenths(memory),
        "memory_percent": tenths(memory / 20.48),
        "uptime_seconds": day.since(started).as_secs(),
        "cpu_percent": tenths((6.0 + 24.0 * busy) * rng.spread(0.15)),
    })
}

/// What only this service reports.
fn own(m: &Member, conditions: &Conditions, day: Stamp, rng: &mut Rng) -> Value {
    match m.name {
        HUB => json!({ "connections": load::connections(day, conditions, rng) }),
        CACHE => {
            let ratio = load::hit_ratio(conditions, rng);
            json!({ "cache": { "hit_rate": (ratio * 10_000.0).round() / 10_000.0, "redis_connected": true } })
        }
        WEBHOOK => json!({
            "external_services": { "ghl_api": { "status": "healthy", "response_time_ms": tenths(140.0 * rng.spread(0.2)) } },
            "breaker": if conditions.on(Fault::of(Kind::Flaky, WEBHOOK)) { "half-open" } else { "closed" },
            "breaker_open": u8::from(conditions.on(Fault::of(Kind::Flaky, WEBHOOK))),
            "dead_letters": if conditions.on(Fault::of(Kind::Flaky, WEBHOOK)) { 3 } else { 0 },
            "signatures": {
                "failed": if conditions.on(Fault::of(Kind::BodyDegraded, WEBHOOK)) { 14 } else { 0 },
                "unsigned_accepted": 0,
            },
        }),
        _ => json!({}),
    }
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
