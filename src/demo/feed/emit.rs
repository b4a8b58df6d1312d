//! The ordinary events of the feed: leads and predictions counted, gauges, figures of open alerts that move. A few a
//! second at speed 1. Not its job: alerts, and what is wrong with the feed.

use std::time::Duration;

use serde_json::json;
use tokio::time::{MissedTickBehavior, interval};

use super::hub::Hub;
use crate::demo::load;
use crate::demo::rng::Rng;
use crate::demo::roster::WEBHOOK;
use crate::demo::world::World;

/// One step of the story.
const STEP: Duration = Duration::from_millis(500);

pub async fn run(world: &World, hub: &Hub) {
    let mut rng = Rng::new(world.seed, "feed");
    let mut tick = interval(world.real(STEP));
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    for step in 0_u64.. {
        tick.tick().await;
        emit(world, hub, step, &mut rng);
    }
}

fn emit(world: &World, hub: &Hub, step: u64, rng: &mut Rng) {
    let day = world.day_time();
    let (leads, connections, hit, busy) = world.read(|c| {
        let busy = load::traffic(world.seed, WEBHOOK, day, c);
        (load::leads_per_minute(day, c), load::connections(day, c, rng), load::hit_ratio(c, rng), busy)
    });
    for _ in 0..rng.poisson(leads / 60.0 * STEP.as_secs_f64()) {
        hub.count("leads", 1.0);
    }
    match step % 4 {
        0 => hub.gauge("connections", connections),
        1 => hub.count("predictions", f64::from(rng.poisson(9.0 * busy))),
        2 => hub.count("webhooks", f64::from(rng.poisson(12.0 * busy))),
        _ => {}
    }
    if step % 10 == 3 {
        hub.gauge("cache-hit-ratio", (hit * 10_000.0).round() / 10_000.0);
    }
    if step % 16 == 15 {
        wander(hub, rng);
    }
}

/// One open alert shows another value.
fn wander(hub: &Hub, rng: &mut Rng) {
    let keys = hub.open_keys();
    let Some(key) = rng.pick(&keys) else { return };
    let value = hub.open(key).and_then(|data| data.get("value")?.as_f64());
    if let Some(value) = value {
        hub.update(key, &json!({ "value": (value * rng.between(0.93, 1.08)).round() }));
    }
}
