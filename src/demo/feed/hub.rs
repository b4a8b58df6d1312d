//! Numbers events, keeps the last of them for a replay, knows the open alerts for a snapshot, and fans out to clients.
//! Not its job: sockets, or what happens in the estate.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tokio::sync::broadcast;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use crate::demo::world::World;
use crate::domain::time::Stamp;

/// Events kept for a replay: some minutes at speed 1, about a megabyte.
const KEPT: usize = 4096;
/// Events a client may lag behind before it is served from the kept ones.
const LAG: usize = 1024;
/// Alerts open at once; a flood's are among them.
const OPEN_MAX: usize = 1000;

/// A message for the clients, with its number if it has one.
#[derive(Clone, Debug)]
pub struct Sent {
    pub number: Option<u64>,
    pub message: Message,
}

pub type Live = broadcast::Receiver<Sent>;

pub struct Hub {
    /// The feed's own id: another one after each start, since the numbers begin anew.
    id: String,
    world: Arc<World>,
    live: broadcast::Sender<Sent>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    last: u64,
    kept: VecDeque<(u64, Utf8Bytes)>,
    open: BTreeMap<String, Value>,
    /// The last value of each gauge, so that a client that has just come need not wait for the next.
    gauges: BTreeMap<String, f64>,
    snapshots: u64,
    /// Events still to be kept from the clients: a gap that a replay can fill.
    withhold: u32,
}

impl Hub {
    pub fn new(world: Arc<World>) -> Arc<Self> {
        let id = format!("demo-{:x}-{:x}", world.seed, world.now().wall.0);
        Arc::new(Self { id, world, live: broadcast::Sender::new(LAG), state: Mutex::default() })
    }

    pub fn raise(&self, key: &str, data: Value) {
        let mut state = self.state();
        if state.open.len() < OPEN_MAX {
            state.open.insert(key.to_owned(), data.clone());
        }
        self.publish(&mut state, "watchdeck.alert.raised", &data);
    }
    /// Changes what is named; nothing happens for a key that is not open.
    pub fn update(&self, key: &str, changes: &Value) {
        let mut state = self.state();
        let Some(data) = state.open.get_mut(key) else { return };
        if let (Some(all), Some(new)) = (data.as_object_mut(), changes.as_object()) {
            all.extend(new.clone());
        }
        let data = data.clone();
        self.publish(&mut state, "watchdeck.alert.updated", &data);
    }
    pub fn resolve(&self, key: &str, note: Option<&str>) {
        let mut state = self.state();
        if state.open.remove(key).is_some() {
            self.publish(&mut state, "watchdeck.alert.resolved", &json!({ "key": key, "note": note }));
        }
    }
    pub fn count(&self, name: &str, add: f64) {
        self.publish(&mut self.state(), "watchdeck.counter", &json!({ "name": name, "add": add }));
    }
    pub fn gauge(&self, name: &str, value: f64) {
        let mut state = self.state();
        state.gauges.insert(name.to_owned(), value);
        self.publish(&mut state, "watchdeck.gauge", &json!({ "name": name, "value": value }));
    }
    /// Outside all order: broken messages have no number.
    pub fn blurt(&self, message: Message) {
        let _ = self.live.send(Sent { number: None, message });
    }
    /// The next `n` events are numbered and kept, and not sent.
    pub fn withhold(&self, n: u32) {
        self.state().withhold = n;
    }

    pub fn open_keys(&self) -> Vec<String> {
        self.state().open.keys().cloned().collect()
    }
    /// What an open alert says.
    pub fn open(&self, key: &str) -> Option<Value> {
        self.state().open.get(key).cloned()
    }
    pub fn figures(&self) -> Value {
        let state = self.state();
        let open: Vec<&String> = state.open.keys().collect();
        json!({ "stream": self.id, "sequence": state.last, "clients": self.live.receiver_count(), "open": open })
    }

    /// What a client that knows `last` of feed `stream` must hear first, and everything after it without a seam: the
    /// events since, or a snapshot where those are not at hand.
    pub fn join(&self, stream: Option<&str>, last: Option<u64>) -> (Vec<Sent>, Live) {
        let mut state = self.state();
        let since = last.filter(|_| stream == Some(self.id.as_str()));
        let first = since.and_then(|last| replay(&state, last.saturating_add(1), u64::MAX));
        (first.unwrap_or_else(|| self.snapshot_of(&mut state)), self.live.subscribe())
    }
    /// As [`Hub::join`], for a client that is known to follow this feed.
    pub fn rejoin(&self, last: Option<u64>) -> (Vec<Sent>, Live) {
        self.join(Some(&self.id), last)
    }
    /// Events `from` to `to` again, or a snapshot.
    pub fn replay(&self, from: u64, to: u64) -> Vec<Sent> {
        let mut state = self.state();
        replay(&state, from, to).unwrap_or_else(|| self.snapshot_of(&mut state))
    }
    pub fn snapshot(&self) -> Vec<Sent> {
        self.snapshot_of(&mut self.state())
    }

    /// Its events carry no number, but the end does: the state is whole as of that event.
    fn snapshot_of(&self, state: &mut State) -> Vec<Sent> {
        state.snapshots += 1;
        let (now, series) = (self.world.now().wall, state.snapshots);
        let mut n = 0;
        let mut say = |kind: &str, data: &Value, number: Option<u64>| {
            n += 1;
            let text = self.event(now, kind, data, (&format!("snapshot-{series}-{n}"), number));
            Sent { number, message: Message::Text(text) }
        };
        let mut out = vec![say("watchdeck.snapshot.begin", &json!({}), None)];
        out.extend(state.open.values().map(|data| say("watchdeck.alert.raised", data, None)));
        let gauges = state.gauges.iter().map(|(name, value)| json!({ "name": name, "value": value }));
        out.extend(gauges.map(|data| say("watchdeck.gauge", &data, None)));
        out.push(say("watchdeck.snapshot.end", &json!({}), Some(state.last)));
        out
    }

    fn publish(&self, state: &mut State, kind: &str, data: &Value) {
        state.last += 1;
        let number = state.last;
        let text = self.event(self.world.now().wall, kind, data, (&format!("e{number}"), Some(number)));
        if state.kept.len() == KEPT {
            state.kept.pop_front();
        }
        state.kept.push_back((number, text.clone()));
        if state.withhold > 0 {
            state.withhold -= 1;
            return;
        }
        // Nobody listening is no error.
        let _ = self.live.send(Sent { number: Some(number), message: Message::Text(text) });
    }

    fn event(&self, at: Stamp, kind: &str, data: &Value, (id, number): (&str, Option<u64>)) -> Utf8Bytes {
        let mut event = json!({
            "specversion": "1.0",
            "id": format!("{}-{id}", self.id),
            "source": "watchdeck/demo",
            "type": kind,
            "time": at.rfc3339(),
            "datacontenttype": "application/json",
            "stream": self.id,
            "data": data,
        });
        if let (Some(number), Some(object)) = (number, event.as_object_mut()) {
            object.insert("sequence".into(), format!("{number:020}").into());
        }
        event.to_string().into()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// None when one of them is not at hand, or never was.
fn replay(state: &State, from: u64, to: u64) -> Option<Vec<Sent>> {
    if from == state.last.checked_add(1)? {
        return Some(Vec::new());
    }
    if from > state.last || state.kept.front()?.0 > from {
        return None;
    }
    let wanted = state.kept.iter().filter(|(number, _)| (from..=to).contains(number));
    Some(wanted.map(|(n, text)| Sent { number: Some(*n), message: Message::Text(text.clone()) }).collect())
}
