//! What the client says to the feed, as `CloudEvents`: hello, and later asks for a replay or a snapshot. A feed that
//! ignores all of it is valid.

use serde_json::{Value, json};

use super::sequence::{Ask, Sequence};

/// The first message of a link: the feed's id as it is known here, and the last number that was consumed.
pub fn hello(stream: &str, sequence: &Sequence, n: u64) -> String {
    event(stream, "watchdeck.hello", &json!({ "stream": sequence.feed(), "last": sequence.last() }), n)
}

pub fn ask(stream: &str, ask: Ask, n: u64) -> String {
    match ask {
        Ask::Replay { from, to } => event(stream, "watchdeck.replay", &json!({ "from": from, "to": to }), n),
        Ask::Snapshot => event(stream, "watchdeck.snapshot", &json!({}), n),
    }
}

fn event(stream: &str, kind: &str, data: &Value, n: u64) -> String {
    json!({
        "specversion": "1.0",
        "id": n.to_string(),
        "source": format!("watchdeck/{stream}"),
        "type": kind,
        "datacontenttype": "application/json",
        "data": data,
    })
    .to_string()
}
