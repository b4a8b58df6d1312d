//! `CloudEvents` 1.0 in JSON, read in one pass: attributes borrowed from the message, `data` left raw until its type is
//! known and then read straight into the form that type has. Not its job: whether the event counts (`intake`).

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::text::{Loose, Num, Pairs, Strict};
use crate::domain::journal::Said;

/// Deeper nesting than this is an attack on whoever reads the event next; `serde_json`'s own limit.
const DEEPEST: usize = 128;

/// The message is not an event: it is counted, and nothing else of it is believed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not an event that can be read")]
pub struct Undecodable;

/// Who says it, and where it stands in the feed's order.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Head<'a> {
    pub source: Cow<'a, str>,
    /// Empty where the feed has no ids: then nothing can be recognised as said twice.
    pub id: Cow<'a, str>,
    /// The feed's own id (extension `stream`).
    pub feed: Option<Cow<'a, str>>,
    pub order: Order,
    pub time: Option<Cow<'a, str>>,
}

/// The extension `sequence`: digits, zero-padded or not.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Order {
    #[default]
    None,
    At(u64),
    /// There is one, but it is no number of 64 bits.
    Unreadable,
}

/// What an event says.
#[derive(Clone, PartialEq, Debug)]
pub enum What<'a> {
    Alert(Box<AlertSaid<'a>>),
    Sample { service: Cow<'a, str>, latency_ms: f64, ok: bool },
    Counter { name: Cow<'a, str>, add: f64 },
    Gauge { name: Cow<'a, str>, value: f64 },
    LogLine,
    SnapshotBegin,
    SnapshotEnd,
    Other,
}

#[derive(Clone, PartialEq, Debug)]
pub struct AlertSaid<'a> {
    pub said: Said,
    pub key: Cow<'a, str>,
    pub words: AlertWords<'a>,
}

/// The members of an alert event's `data` besides its key.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct AlertWords<'a> {
    pub severity: Loose<'a>,
    pub title: Loose<'a>,
    pub service: Loose<'a>,
    pub note: Loose<'a>,
    pub value: Option<f64>,
    pub limit: Option<f64>,
    pub labels: Pairs<'a>,
}

/// An event whose head is read and whose data is not.
#[derive(Clone, Debug)]
pub struct Body<'a> {
    kind: Cow<'a, str>,
    data: Option<&'a RawValue>,
    encoded: bool,
}

#[derive(Deserialize)]
struct EventWire<'a> {
    #[serde(borrow)]
    specversion: Strict<'a>,
    #[serde(borrow)]
    id: Strict<'a>,
    #[serde(borrow)]
    source: Strict<'a>,
    #[serde(borrow, rename = "type")]
    kind: Strict<'a>,
    #[serde(borrow, default)]
    time: Loose<'a>,
    #[serde(borrow, default)]
    stream: Loose<'a>,
    #[serde(borrow, default)]
    sequence: Loose<'a>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    data_base64: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct AlertWire<'a> {
    #[serde(borrow)]
    key: Loose<'a>,
    #[serde(borrow, default)]
    severity: Loose<'a>,
    #[serde(borrow, default)]
    title: Loose<'a>,
    #[serde(borrow, default)]
    service: Loose<'a>,
    #[serde(borrow, default)]
    note: Loose<'a>,
    #[serde(default)]
    value: Num,
    #[serde(default)]
    limit: Num,
    #[serde(borrow, default)]
    labels: Pairs<'a>,
}

#[derive(Deserialize)]
struct SampleWire<'a> {
    #[serde(borrow)]
    service: Strict<'a>,
    #[serde(default)]
    latency_ms: Num,
    ok: bool,
}

#[derive(Deserialize)]
struct CounterWire<'a> {
    #[serde(borrow)]
    name: Strict<'a>,
    add: Num,
}

#[derive(Deserialize)]
struct GaugeWire<'a> {
    #[serde(borrow)]
    name: Strict<'a>,
    value: Num,
}

/// Reads the attributes; every message that is no event ends here.
pub fn head(text: &str) -> Result<(Head<'_>, Body<'_>), Undecodable> {
    refuse_depth(text)?;
    let wire: EventWire<'_> = serde_json::from_str(text).map_err(|_| Undecodable)?;
    let required = [&wire.id.0, &wire.source.0, &wire.kind.0];
    if !wire.specversion.0.starts_with("1.") || required.iter().any(|text| text.is_empty()) {
        return Err(Undecodable);
    }
    let head = Head {
        source: wire.source.0,
        id: wire.id.0,
        feed: wire.stream.0.filter(|id| !id.is_empty()),
        order: wire.sequence.0.as_deref().map_or(Order::None, order),
        time: wire.time.0,
    };
    Ok((head, Body { kind: wire.kind.0, data: wire.data, encoded: wire.data_base64.is_some() }))
}

/// Counting brackets is one vectorised pass; only a message with more of them than may nest is looked at again.
fn refuse_depth(text: &str) -> Result<(), Undecodable> {
    let open = text.bytes().map(|b| usize::from((b | 0x20) == b'{')).sum::<usize>();
    if open <= DEEPEST {
        return Ok(());
    }
    // `Value` is the form that recurses, and so the one that refuses depth.
    serde_json::from_str::<serde_json::Value>(text).map(drop).map_err(|_| Undecodable)
}

/// All digits, as the extension asks; `+5`, ` 5` and 2^64 are not.
pub fn order(text: &str) -> Order {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Order::Unreadable;
    }
    text.parse().map_or(Order::Unreadable, Order::At)
}

impl<'a> Body<'a> {
    /// Reads the data as the type has it. Types not known here are `Other`, whatever their data.
    pub fn read(&self) -> Result<What<'a>, Undecodable> {
        Ok(match &*self.kind {
            "watchdeck.alert.raised" => self.alert(Said::Raised)?,
            "watchdeck.alert.updated" => self.alert(Said::Updated)?,
            "watchdeck.alert.resolved" => self.alert(Said::Resolved)?,
            "watchdeck.service.sample" => {
                let wire: SampleWire<'a> = self.data()?;
                What::Sample {
                    service: named(wire.service)?,
                    latency_ms: wire.latency_ms.0.unwrap_or(0.0),
                    ok: wire.ok,
                }
            }
            "watchdeck.counter" => {
                let wire: CounterWire<'a> = self.data()?;
                What::Counter { name: named(wire.name)?, add: wire.add.0.ok_or(Undecodable)? }
            }
            "watchdeck.gauge" => {
                let wire: GaugeWire<'a> = self.data()?;
                What::Gauge { name: named(wire.name)?, value: wire.value.0.ok_or(Undecodable)? }
            }
            "watchdeck.log.line" => What::LogLine,
            "watchdeck.snapshot.begin" => What::SnapshotBegin,
            "watchdeck.snapshot.end" => What::SnapshotEnd,
            _ => What::Other,
        })
    }

    fn alert(&self, said: Said) -> Result<What<'a>, Undecodable> {
        let wire: AlertWire<'a> = self.data()?;
        let key = wire.key.0.filter(|key| !key.is_empty()).ok_or(Undecodable)?;
        let words = AlertWords {
            severity: wire.severity,
            title: wire.title,
            service: wire.service,
            note: wire.note,
            value: wire.value.0,
            limit: wire.limit.0,
            labels: wire.labels,
        };
        Ok(What::Alert(Box::new(AlertSaid { said, key, words })))
    }

    fn data<T: Deserialize<'a>>(&self) -> Result<T, Undecodable> {
        if self.encoded {
            return Err(Undecodable);
        }
        serde_json::from_str(self.data.ok_or(Undecodable)?.get()).map_err(|_| Undecodable)
    }
}

fn named(name: Strict<'_>) -> Result<Cow<'_, str>, Undecodable> {
    if name.0.is_empty() { Err(Undecodable) } else { Ok(name.0) }
}
