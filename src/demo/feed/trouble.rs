//! What can be wrong with a feed: numbers left out, a flood, messages that are broken or hostile. Each sleeps until its
//! fault is in force. Not its job: a feed that does not listen, which is the door's.

use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;
use tokio_tungstenite::tungstenite::Message;

use super::hub::Hub;
use crate::demo::fault::{Fault, Kind};
use crate::demo::rng::Rng;
use crate::demo::world::World;

/// Distinct alerts of a flood.
const STORM: usize = 40;
/// 1000 events a second, in bursts of ten.
const BURST: (u32, Duration) = (10, Duration::from_millis(10));

/// A gap at once, and another every 20 s while the fault lasts.
pub async fn gaps(world: &World, hub: &Hub) {
    let fault = Fault::whole(Kind::StreamGap);
    loop {
        world.until(|c| c.on(fault)).await;
        hub.withhold(5);
        // So that the gap does not wait for five ordinary events, and something after it shows it.
        for _ in 0..6 {
            hub.count("predictions", 1.0);
        }
        tokio::select! {
            () = sleep(Duration::from_secs(20)) => {}
            () = world.until(|c| !c.on(fault)) => {}
        }
    }
}

pub async fn flood(world: &World, hub: &Hub) {
    let fault = Fault::whole(Kind::StreamFlood);
    let mut rng = Rng::new(world.seed, "flood");
    let keys: Vec<String> = (0..STORM).map(|n| format!("storm-{n:02}")).collect();
    loop {
        world.until(|c| c.on(fault)).await;
        for key in &keys {
            let data = json!({ "key": key, "severity": "warning", "title": format!("Storm: {key}"), "service": "websocket-hub" });
            hub.raise(key, data);
        }
        while world.on(fault) {
            (0..BURST.0).for_each(|_| drop_in(hub, &keys, &mut rng));
            sleep(BURST.1).await;
        }
        keys.iter().for_each(|key| hub.resolve(key, Some("the storm is over")));
    }
}

fn drop_in(hub: &Hub, keys: &[String], rng: &mut Rng) {
    match rng.pick(keys) {
        Some(key) if rng.chance(0.5) => hub.update(key, &json!({ "value": rng.below(1000) })),
        _ => hub.count("predictions", 1.0),
    }
}

/// Three broken messages a second; everything ordinary goes on in between.
pub async fn garbage(world: &World, hub: &Hub) {
    let fault = Fault::whole(Kind::StreamGarbage);
    let mut n = 0_usize;
    loop {
        world.until(|c| c.on(fault)).await;
        hub.blurt(broken(n));
        n += 1;
        sleep(Duration::from_millis(333)).await;
    }
}

fn broken(n: usize) -> Message {
    let hostile = "\u{1b}[2J\u{1b}]52;c;aGk=\u{7}all clear \u{202e}lacitirc";
    match n % 7 {
        0 => Message::text("this is not JSON"),
        1 => Message::text("{\"specversion\":\"1.0\",\"id\":\"1\"}"),
        2 => Message::binary(vec![0xff, 0xfe, 0x00, 0x80]),
        3 => Message::text("[".repeat(1000)),
        4 => Message::text(
            json!({ "specversion": "1.0", "id": format!("g{n}"), "source": "watchdeck/demo",
                "type": "watchdeck.counter", "data": { "name": "leads", "add": "many" } })
            .to_string(),
        ),
        5 => Message::text(json!({ "status": "fine", "padding": "x".repeat(20_000) }).to_string()),
        _ => Message::text(
            json!({ "specversion": "1.0", "id": format!("g{n}"), "source": "watchdeck/demo",
                "type": "watchdeck.alert.raised", "data": { "key": "hostile", "severity": "critical\u{0}", "title": hostile } })
            .to_string(),
        ),
    }
}
