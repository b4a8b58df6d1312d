//! A feed that speaks its own JSON, read by `JSONPaths` from the config. Slower than `CloudEvents` by design: it is for
//! feeds nobody here can change. Not its job: limits and order, which are the same for every format.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json_path::JsonPath;

use super::text::{LABELS_MAX, Loose, Pairs};
use super::wire::{AlertSaid, AlertWords, Head, Order, Undecodable, What, order};
use crate::domain::journal::Said;

/// Where things are in a message. A message that none of the tables fits is counted and ignored.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MapSpec {
    /// The message's own id: the same one twice is a duplicate.
    #[serde(default)]
    pub id: Option<Path>,
    /// The feed's running number.
    #[serde(default)]
    pub sequence: Option<Path>,
    /// The id of the feed itself; another one starts the numbers anew.
    #[serde(default)]
    pub stream: Option<Path>,
    #[serde(default)]
    pub time: Option<Path>,
    #[serde(default)]
    pub alert: Option<AlertMap>,
    #[serde(default)]
    pub sample: Option<SampleMap>,
    #[serde(default)]
    pub counter: Option<FigureMap>,
    #[serde(default)]
    pub gauge: Option<FigureMap>,
}

/// A message is an alert when `when` holds, or without one when it has a key.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertMap {
    #[serde(default)]
    pub when: Option<Condition>,
    pub key: Path,
    #[serde(default)]
    pub severity: Option<Path>,
    #[serde(default)]
    pub title: Option<Path>,
    #[serde(default)]
    pub service: Option<Path>,
    #[serde(default)]
    pub value: Option<Path>,
    #[serde(default)]
    pub limit: Option<Path>,
    /// An object of labels.
    #[serde(default)]
    pub labels: Option<Path>,
    /// Looked at first, then `updated`; what is neither is raised.
    #[serde(default)]
    pub resolved: Option<Condition>,
    #[serde(default)]
    pub updated: Option<Condition>,
}

/// A state report of a service.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SampleMap {
    #[serde(default)]
    pub when: Option<Condition>,
    pub service: Path,
    #[serde(default)]
    pub latency_ms: Option<Path>,
    pub ok: Condition,
}

/// A counter's increment or a gauge's value.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FigureMap {
    #[serde(default)]
    pub when: Option<Condition>,
    pub name: Path,
    pub value: Path,
}

/// A `JSONPath` (RFC 9535); the first node it finds counts.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(with = "String")]
pub struct Path(JsonPath);

/// `"$.resolved"` holds when that is there and not false, null, 0 or empty;
/// `{ path = "$.status", is = ["ok", "closed"] }` when it is one of these.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Condition {
    Truthy(Path),
    OneOf(OneOf),
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneOf {
    pub path: Path,
    pub is: Vec<String>,
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = |e| serde::de::Error::custom(format!("`{text}` is no JSONPath like `$.data.key`: {e}"));
        JsonPath::parse(&text).map(Self).map_err(wrong)
    }
}

impl Path {
    fn find<'a>(&self, message: &'a Value) -> Option<&'a Value> {
        self.0.query(message).first()
    }
    fn text<'a>(&self, message: &'a Value) -> Option<Cow<'a, str>> {
        match self.find(message)? {
            Value::String(text) if !text.is_empty() => Some(Cow::Borrowed(text)),
            Value::Number(n) => Some(Cow::Owned(n.to_string())),
            Value::Bool(b) => Some(Cow::Borrowed(if *b { "true" } else { "false" })),
            _ => None,
        }
    }
    fn number(&self, message: &Value) -> Option<f64> {
        match self.find(message)? {
            Value::Number(n) => n.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
        .filter(|n| n.is_finite())
    }
}

impl Condition {
    fn holds(&self, message: &Value) -> bool {
        match self {
            Self::Truthy(path) => match path.find(message) {
                None | Some(Value::Null | Value::Bool(false)) => false,
                Some(Value::String(text)) => !text.is_empty(),
                Some(Value::Number(n)) => n.as_f64() != Some(0.0),
                Some(_) => true,
            },
            Self::OneOf(one) => one.path.text(message).is_some_and(|text| one.is.iter().any(|is| *is == text)),
        }
    }
}

/// True without a condition: then the presence of what is needed decides.
fn applies(when: Option<&Condition>, message: &Value) -> bool {
    when.is_none_or(|when| when.holds(message))
}

impl MapSpec {
    pub fn head<'a>(&self, message: &'a Value) -> Head<'a> {
        let text = |path: &Option<Path>| path.as_ref().and_then(|p| p.text(message));
        Head {
            source: Cow::Borrowed("json"),
            id: text(&self.id).unwrap_or_default(),
            feed: text(&self.stream),
            order: text(&self.sequence).map_or(Order::None, |t| order(&t)),
            time: text(&self.time),
        }
    }

    /// The first table that fits, alerts first.
    pub fn read<'a>(&self, message: &'a Value) -> Result<What<'a>, Undecodable> {
        let alert = self.alert.as_ref().filter(|m| applies(m.when.as_ref(), message));
        let sample = self.sample.as_ref().filter(|m| applies(m.when.as_ref(), message));
        if let Some(what) = alert.and_then(|map| map.read(message)).or_else(|| sample.and_then(|map| map.read(message)))
        {
            return Ok(what);
        }
        if let Some((name, add)) = figure(self.counter.as_ref(), message) {
            return Ok(What::Counter { name, add });
        }
        if let Some((name, value)) = figure(self.gauge.as_ref(), message) {
            return Ok(What::Gauge { name, value });
        }
        // A condition that holds for a message without what it needs, or half of a figure: the feed or the map is wrong,
        // so it is counted.
        let claimed = alert.is_some_and(|m| m.when.is_some())
            || sample.is_some_and(|m| m.when.is_some())
            || [&self.counter, &self.gauge].into_iter().flatten().any(|m| m.claims(message));
        if claimed { Err(Undecodable) } else { Ok(What::Other) }
    }
}

impl AlertMap {
    fn read<'a>(&self, message: &'a Value) -> Option<What<'a>> {
        let key = self.key.text(message)?;
        let said = match (&self.resolved, &self.updated) {
            (Some(resolved), _) if resolved.holds(message) => Said::Resolved,
            (_, Some(updated)) if updated.holds(message) => Said::Updated,
            _ => Said::Raised,
        };
        let text = |path: &Option<Path>| Loose(path.as_ref().and_then(|p| p.text(message)));
        let words = AlertWords {
            severity: text(&self.severity),
            title: text(&self.title),
            service: text(&self.service),
            note: Loose(None),
            value: self.value.as_ref().and_then(|p| p.number(message)),
            limit: self.limit.as_ref().and_then(|p| p.number(message)),
            labels: self.labels.as_ref().map(|p| pairs(p, message)).unwrap_or_default(),
        };
        Some(What::Alert(Box::new(AlertSaid { said, key, words })))
    }
}

fn pairs<'a>(path: &Path, message: &'a Value) -> Pairs<'a> {
    let Some(Value::Object(object)) = path.find(message) else { return Pairs::default() };
    let text = |value: &'a Value| match value {
        Value::String(text) => Some(Cow::Borrowed(text.as_str())),
        Value::Number(n) => Some(Cow::Owned(n.to_string())),
        Value::Bool(b) => Some(Cow::Owned(b.to_string())),
        _ => None,
    };
    let pairs = object.iter().filter_map(|(name, value)| Some((Cow::Borrowed(name.as_str()), text(value)?)));
    Pairs(pairs.take(LABELS_MAX).collect())
}

impl SampleMap {
    fn read<'a>(&self, message: &'a Value) -> Option<What<'a>> {
        let service = self.service.text(message)?;
        let latency_ms = self.latency_ms.as_ref().and_then(|p| p.number(message)).unwrap_or(0.0);
        Some(What::Sample { service, latency_ms, ok: self.ok.holds(message) })
    }
}

impl FigureMap {
    /// The message means to be this, whether or not it can be read.
    fn claims(&self, message: &Value) -> bool {
        let there = |path: &Path| path.find(message).is_some_and(|found| !found.is_null());
        applies(self.when.as_ref(), message) && (self.when.is_some() || there(&self.name) || there(&self.value))
    }
}

fn figure<'a>(map: Option<&FigureMap>, message: &'a Value) -> Option<(Cow<'a, str>, f64)> {
    let map = map.filter(|m| applies(m.when.as_ref(), message))?;
    Some((map.name.text(message)?, map.value.number(message)?))
}
