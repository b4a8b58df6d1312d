//! A path into JSON as RFC 9535 has it, read from the config and refused there when it is none. What the value it finds
//! must be is for whoever asks.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json_path::JsonPath;

pub struct Path(JsonPath);

impl Path {
    /// The first value it names.
    pub fn first<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.0.query(value).first()
    }
    /// The last name in it: `passed` of `$.summary.passed`.
    pub fn name(&self) -> String {
        let text = self.text();
        let inside = text.trim_end_matches(['\'', '"', ']', ')', '*', ' ']);
        let name = inside.rsplit(['\'', '"', '.', '[', '(']).next().unwrap_or_default();
        if name.is_empty() || name == "$" { text } else { name.to_owned() }
    }
    pub fn text(&self) -> String {
        self.0.to_string()
    }
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        JsonPath::parse(&text).map(Self).map_err(|e| D::Error::custom(format!("not a JSONPath: {e}")))
    }
}
impl JsonSchema for Path {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "JsonPath".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^\\$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_called_by_its_last_name() {
        let name = |text: &str| Path(JsonPath::parse(text).unwrap()).name();
        assert_eq!(
            [name("$.summary.passed"), name("$['a b']['c-d']"), name("$.rows[0]"), name("$")],
            ["passed", "c-d", "0", "$"]
        );
    }
}
