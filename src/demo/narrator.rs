//! Tells the story in real time: begins and ends faults in the world, speaks through the feed. Hushed, it takes back all
//! it began and goes on silently, so that what is told again later is at the right place. Not its job: the script.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::time::sleep;

use super::feed::Hub;
use super::story::{Act, Beat, Notice, Plan};
use super::world::World;

/// Runs until dropped.
pub async fn run(world: Arc<World>, hub: Arc<Hub>, plan: Plan) {
    let quiet = hush(&world, &hub);
    let telling = tell(&world, &hub, plan);
    tokio::join!(quiet, telling);
}

async fn tell(world: &World, hub: &Hub, plan: Plan) {
    for Beat { at, act } in plan {
        while let Some(left) = at.checked_sub(world.elapsed()).filter(|left| !left.is_zero()) {
            sleep(world.real(left)).await;
        }
        act_out(world, hub, act);
    }
}

fn act_out(world: &World, hub: &Hub, act: Act) {
    if world.read(super::world::Conditions::quiet) {
        return;
    }
    match act {
        Act::Fault(fault, level) => {
            world.change(|c| c.tell(fault, level));
        }
        Act::Raise(notice) => hub.raise(&notice.key, said(&notice)),
        Act::Update(notice) => hub.update(&notice.key, &said(&notice)),
        Act::Resolve(notice) => hub.resolve(&notice.key, notice.note.as_deref()),
    }
}

/// Whenever the story is hushed, what it raised is resolved.
async fn hush(world: &World, hub: &Hub) {
    loop {
        world.until(super::world::Conditions::quiet).await;
        for key in hub.open_keys().into_iter().collect::<BTreeSet<_>>() {
            hub.resolve(&key, Some("the story was stopped"));
        }
        world.until(|c| !c.quiet()).await;
    }
}

fn said(n: &Notice) -> Value {
    let mut data = json!({ "key": n.key });
    let fields = [
        ("severity", n.severity.clone().map(Value::from)),
        ("title", n.title.clone().map(Value::from)),
        ("service", n.service.clone().map(Value::from)),
        ("value", n.value.map(Value::from)),
        ("limit", n.limit.map(Value::from)),
        ("labels", (!n.labels.is_empty()).then(|| json!(n.labels))),
    ];
    if let Some(object) = data.as_object_mut() {
        object.extend(fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
    data
}
