//! What an answer must look like, as the config says it: statuses, headers, text, JSON values.

use std::fmt;

use hyper::StatusCode;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::config::value::Quantity;
use crate::sources::json_path::Path;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Expect {
    /// `2xx`, `200`, or a list of them.
    pub status: Statuses,
    pub header: Vec<HeaderRule>,
    /// Text the body must contain.
    pub body_contains: Option<String>,
    pub json: Vec<JsonRule>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeaderRule {
    pub name: String,
    pub equals: Option<String>,
    pub contains: Option<String>,
}

/// One value of a JSON body; every key that is given must hold.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonRule {
    pub path: Path,
    pub equals: Option<Value>,
    pub above: Option<Quantity>,
    pub below: Option<Quantity>,
    pub exists: Option<bool>,
}

/// Where a JSON body keeps totals since the service's start.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Counters {
    pub total: Path,
    pub good: Path,
}

/// `"$.path"`, or with a unit: `{ path = "$.path", unit = "ms" }`.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a JSONPath like \"$.queue.depth\", or { path = \"…\", unit = \"…\" }")]
pub enum FigureAt {
    Path(Path),
    Unit(WithUnit),
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WithUnit {
    pub path: Path,
    pub unit: String,
}

/// Inclusive ranges of status codes.
pub struct Statuses(Vec<(u16, u16)>);

impl Default for Statuses {
    fn default() -> Self {
        Self(vec![(200, 299)])
    }
}

impl Statuses {
    pub fn hold(&self, status: StatusCode) -> bool {
        self.0.iter().any(|(low, high)| (*low..=*high).contains(&status.as_u16()))
    }
}

fn range(text: &str) -> Option<(u16, u16)> {
    if let Some(class) = text.strip_suffix("xx") {
        let class: u16 = class.parse().ok().filter(|c| (1..=5).contains(c))?;
        return Some((class * 100, class * 100 + 99));
    }
    let code: u16 = text.parse().ok().filter(|c| (100..=599).contains(c))?;
    Some((code, code))
}

struct StatusVisitor;

impl<'de> Visitor<'de> for StatusVisitor {
    type Value = Statuses;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"2xx\", \"200\", or a list of such")
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Statuses, E> {
        let found = range(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))?;
        Ok(Statuses(vec![found]))
    }
    fn visit_i64<E: Error>(self, code: i64) -> Result<Statuses, E> {
        let found = range(&code.to_string()).ok_or_else(|| E::invalid_value(Unexpected::Signed(code), &self))?;
        Ok(Statuses(vec![found]))
    }
    fn visit_u64<E: Error>(self, code: u64) -> Result<Statuses, E> {
        self.visit_i64(i64::try_from(code).unwrap_or(i64::MAX))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Statuses, A::Error> {
        let mut all = Vec::new();
        while let Some(mut one) = seq.next_element::<Statuses>()? {
            all.append(&mut one.0);
        }
        Ok(Statuses(all))
    }
}

impl<'de> Deserialize<'de> for Statuses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StatusVisitor)
    }
}
impl JsonSchema for Statuses {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Statuses".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "string", "pattern": "^([1-5]xx|[1-5][0-9][0-9])$" },
                { "type": "integer", "minimum": 100, "maximum": 599 },
                { "type": "array", "items": { "type": ["string", "integer"] } },
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_a_class_a_code_or_a_list() {
        let read = |json: &str| serde_json::from_str::<Statuses>(json).map(|s| s.0).ok();
        assert_eq!(read("\"2xx\""), Some(vec![(200, 299)]));
        assert_eq!(read("[\"200\", 204]"), Some(vec![(200, 200), (204, 204)]));
        assert_eq!([read("\"2x\""), read("\"6xx\""), read("42"), read("{}")], [None, None, None, None]);
    }
}
