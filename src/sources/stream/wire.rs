//! `CloudEvents` 1.0 in JSON, read in one pass: attributes borrowed from the message, `data` left raw until its type is
//! known and then read straight into the form that type has. Not its job: whether the event counts (`intake`).

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::text::{Loose, Num, Object, Pairs, Strict};
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

/// An event whose head is read; its data is where the type came before it and says it is an alert.
pub struct Body<'a> {
    kind: Cow<'a, str>,
    data: Data<'a>,
    encoded: bool,
}

/// What a flood consists of is read where it stands; the rest waits, raw, until its type is known.
#[derive(Default)]
enum Data<'a> {
    #[default]
    None,
    Raw(&'a RawValue),
    Alert(AlertWire<'a>),
}

#[derive(Default)]
struct EventWire<'a> {
    specversion: Option<Strict<'a>>,
    id: Option<Strict<'a>>,
    source: Option<Strict<'a>>,
    kind: Option<Strict<'a>>,
    time: Option<Loose<'a>>,
    stream: Option<Loose<'a>>,
    sequence: Option<Loose<'a>>,
    data: Option<Data<'a>>,
    data_base64: Option<Data<'a>>,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Name {
    Specversion,
    Id,
    Source,
    Type,
    Time,
    Stream,
    Sequence,
    Data,
    #[serde(rename = "data_base64")]
    DataBase64,
    #[serde(other)]
    Other,
}

/// Reads one event. `eager` reads an alert's data at once, and fails as a whole when they are not an alert's.
struct Event {
    eager: bool,
}

impl<'de> DeserializeSeed<'de> for Event {
    type Value = EventWire<'de>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Event {
    type Value = EventWire<'de>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut wire = EventWire::default();
        while let Some(name) = map.next_key()? {
            match name {
                Name::Specversion => once(&mut wire.specversion, &mut map)?,
                Name::Id => once(&mut wire.id, &mut map)?,
                Name::Source => once(&mut wire.source, &mut map)?,
                Name::Type => once(&mut wire.kind, &mut map)?,
                Name::Time => once(&mut wire.time, &mut map)?,
                Name::Stream => once(&mut wire.stream, &mut map)?,
                Name::Sequence => once(&mut wire.sequence, &mut map)?,
                Name::DataBase64 if wire.data_base64.is_some() => return Err(A::Error::duplicate_field("data_base64")),
                Name::DataBase64 => wire.data_base64 = Some(raw(&mut map)?),
                Name::Data if wire.data.is_some() => return Err(A::Error::duplicate_field("data")),
                Name::Data if self.eager && wire.kind.as_ref().is_some_and(|k| said(&k.0).is_some()) => {
                    wire.data = Some(Data::Alert(map.next_value::<Object<_>>()?.0));
                }
                Name::Data => wire.data = Some(raw(&mut map)?),
                Name::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(wire)
    }
}

/// Null is as good as absent.
fn raw<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Data<'de>, A::Error> {
    Ok(map.next_value::<Option<_>>()?.map_or(Data::None, Data::Raw))
}

/// A member said twice makes the whole event doubtful.
fn once<'de, T: Deserialize<'de>, A: MapAccess<'de>>(slot: &mut Option<T>, map: &mut A) -> Result<(), A::Error> {
    if slot.replace(map.next_value()?).is_some() {
        return Err(A::Error::custom("said twice"));
    }
    Ok(())
}

fn said(kind: &str) -> Option<Said> {
    match kind {
        "watchdeck.alert.raised" => Some(Said::Raised),
        "watchdeck.alert.updated" => Some(Said::Updated),
        "watchdeck.alert.resolved" => Some(Said::Resolved),
        _ => None,
    }
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
    // An event whose data is not what its type promises still has a head, and a number that is consumed.
    let wire = event(text, true).or_else(|_| event(text, false)).map_err(|_| Undecodable)?;
    if !required(wire.specversion)?.starts_with("1.") {
        return Err(Undecodable);
    }
    let head = Head {
        source: required(wire.source)?,
        id: required(wire.id)?,
        feed: wire.stream.and_then(|s| s.0).filter(|id| !id.is_empty()),
        order: wire.sequence.and_then(|s| s.0).as_deref().map_or(Order::None, order),
        time: wire.time.and_then(|t| t.0),
    };
    let encoded = matches!(wire.data_base64, Some(Data::Raw(_)));
    Ok((head, Body { kind: required(wire.kind)?, data: wire.data.unwrap_or_default(), encoded }))
}

fn required(member: Option<Strict<'_>>) -> Result<Cow<'_, str>, Undecodable> {
    member.map(|m| m.0).filter(|m| !m.is_empty()).ok_or(Undecodable)
}

fn event(text: &str, eager: bool) -> serde_json::Result<EventWire<'_>> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let wire = Event { eager }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(wire)
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

/// All digits, as the extension asks; `+5`, ` 5` and 2^64 are not. Nor is the last number there is: nothing could follow
/// it, so a feed that stood there could only ever repeat itself.
pub fn order(text: &str) -> Order {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Order::Unreadable;
    }
    text.parse().ok().filter(|n| *n < u64::MAX).map_or(Order::Unreadable, Order::At)
}

impl<'a> Body<'a> {
    /// Reads the data as the type has it. Types not known here are `Other`, whatever their data.
    pub fn read(self) -> Result<What<'a>, Undecodable> {
        if let Some(said) = said(&self.kind) {
            return self.alert(said);
        }
        Ok(match &*self.kind {
            "watchdeck.service.sample" => {
                let wire: SampleWire<'a> = self.data()?;
                What::Sample {
                    service: required(Some(wire.service))?,
                    latency_ms: wire.latency_ms.0.unwrap_or(0.0),
                    ok: wire.ok,
                }
            }
            "watchdeck.counter" => {
                let wire: CounterWire<'a> = self.data()?;
                What::Counter { name: required(Some(wire.name))?, add: wire.add.0.ok_or(Undecodable)? }
            }
            "watchdeck.gauge" => {
                let wire: GaugeWire<'a> = self.data()?;
                What::Gauge { name: required(Some(wire.name))?, value: wire.value.0.ok_or(Undecodable)? }
            }
            "watchdeck.log.line" => What::LogLine,
            "watchdeck.snapshot.begin" => What::SnapshotBegin,
            "watchdeck.snapshot.end" => What::SnapshotEnd,
            _ => What::Other,
        })
    }

    fn alert(self, said: Said) -> Result<What<'a>, Undecodable> {
        let wire = match self.data {
            Data::Alert(wire) if !self.encoded => wire,
            _ => self.data::<AlertWire<'a>>()?,
        };
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
        match self.data {
            Data::Raw(raw) if !self.encoded => {
                serde_json::from_str::<Object<T>>(raw.get()).map(|data| data.0).map_err(|_| Undecodable)
            }
            _ => Err(Undecodable),
        }
    }
}
