//! Channels built from config text, a notice to send, and a signature check that shares nothing with the code.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use toml::de::{DeTable, DeValue};
use watchdeck::config::raw::{Problem, Raw};
use watchdeck::domain::ids::AlertId;
use watchdeck::domain::outbox::{Attempt, Notice};
use watchdeck::domain::severity::Severity;
use watchdeck::domain::text::Clean;
use watchdeck::domain::time::Stamp;
use watchdeck::notify::{Channel, build};

use crate::fake::Request;

/// The first `[[channel]]` of a TOML text, built as the config would build it.
pub fn channel(text: &str) -> Result<Arc<dyn Channel>, Problem> {
    let table = DeTable::parse(Box::leak(text.to_owned().into_boxed_str())).unwrap().into_inner();
    let channels = table.into_iter().next().unwrap().1.into_inner();
    let DeValue::Array(channels) = channels else { panic!("not an array of tables") };
    let DeValue::Table(first) = channels.into_iter().next().unwrap().into_inner() else { panic!() };
    let (mut name, mut raw) = (String::new(), None);
    for (key, value) in first {
        match value.into_inner() {
            DeValue::String(text) => name = text.into_owned(),
            DeValue::Table(via) => {
                assert_eq!(key.get_ref().as_ref(), "via");
                let (kind, piece) = via.into_iter().next().unwrap();
                raw = Some(Raw::new(kind.get_ref().to_string(), kind.span(), piece));
            }
            _ => panic!("unexpected key {key:?}"),
        }
    }
    build(&name, &raw.unwrap())
}

pub fn webhook(settings: &str) -> Arc<dyn Channel> {
    channel(&format!("[[channel]]\nname = \"page\"\nvia.webhook = {{ {settings} }}\n")).unwrap()
}

pub fn command(script: &str, more: &str) -> Arc<dyn Channel> {
    let script = script.replace('\\', "\\\\").replace('"', "\\\"");
    let argv = format!("argv = [\"/bin/sh\", \"-c\", \"{script}\"]");
    channel(&format!("[[channel]]\nname = \"run\"\nvia.command = {{ {argv}{more} }}\n")).unwrap()
}

pub fn refusal(text: &str) -> (Problem, String) {
    let text = format!("[[channel]]\nname = \"page\"\n{text}\n");
    let Err(problem) = channel(&text) else { panic!("accepted: {text}") };
    let place = text[problem.span.clone()].to_owned();
    (problem, place)
}

pub fn notice(attempt: u32) -> Notice {
    Notice {
        key: "inst-1:4821:1:page".into(),
        alert: AlertId(4821),
        fingerprint: "cbf29ce484222325".into(),
        title: Clean::new("p95 over 200ms"),
        severity: Severity::Critical,
        service: Some(Clean::new("ml-lead-intelligence")),
        level: 1,
        role: Clean::new("On-call engineer"),
        attempt,
        environment: "production".into(),
        opened_at: Stamp(1_795_313_000_000),
        sent_at: Stamp(1_795_313_600_999 + i64::from(attempt) * 1000),
        test: false,
    }
}

/// HMAC-SHA256 from its definition (RFC 2104), not from the library under test.
pub fn hmac(key: &[u8], message: &[u8]) -> String {
    let mut block = if key.len() > 64 { Sha256::digest(key).to_vec() } else { key.to_vec() };
    block.resize(64, 0);
    let pad = |x: u8| block.iter().map(|b| b ^ x).collect::<Vec<_>>();
    let inner = Sha256::digest([pad(0x36), message.to_vec()].concat());
    STANDARD.encode(Sha256::digest([pad(0x5c), inner.to_vec()].concat()))
}

pub fn signed(request: &Request, key: &[u8]) -> bool {
    let (id, at) = (request.header("webhook-id").unwrap(), request.header("webhook-timestamp").unwrap());
    let message = [format!("{id}.{at}.").as_bytes(), &request.body].concat();
    request.header("webhook-signature") == Some(&format!("v1,{}", hmac(key, &message)))
}

pub fn text(attempt: &Attempt) -> &str {
    match attempt {
        Attempt::Sent(line) | Attempt::Dead(line) | Attempt::Retry { why: line, .. } => line.as_str(),
    }
}
pub fn is_retry(attempt: &Attempt) -> bool {
    matches!(attempt, Attempt::Retry { .. })
}
