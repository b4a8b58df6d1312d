//! The config's own value types: spans of time ("30s"), sizes ("1MiB"), ratios ("99.5%" or 0.995), and secrets that are
//! never written in a dump, a log or an error.

pub use crate::domain::span::Span;

use crate::domain::evidence::Expr;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes: `512`, `64KiB`, `1MiB`, `1GB`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, JsonSchema)]
#[schemars(with = "String")]
pub struct Size(pub u64);

impl Size {
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let factor: u64 = match unit.trim() {
            "" | "B" => 1,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            "kB" | "KB" => 1000,
            "MB" => 1_000_000,
            "GB" => 1_000_000_000,
            _ => return None,
        };
        number.parse::<u64>().ok()?.checked_mul(factor).map(Self)
    }
}

/// A figure with its unit made plain: milliseconds for "200ms", 0.995 for "99.5%", the number itself otherwise.
#[derive(Clone, Copy, PartialEq, Debug, JsonSchema)]
#[schemars(with = "serde_json::Value")]
pub struct Quantity {
    pub value: f64,
    pub unit: Unit,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    None,
    /// The value is milliseconds.
    Time,
    /// The value is 0–1.
    Percent,
    /// The value is days.
    Days,
}

impl Quantity {
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(number) = text.strip_suffix('%') {
            let value = number.trim().parse::<f64>().ok().filter(|v| v.is_finite())? / 100.0;
            return Some(Self { value, unit: Unit::Percent });
        }
        if let Ok(value) = text.parse::<f64>() {
            return value.is_finite().then_some(Self { value, unit: Unit::None });
        }
        if let Some(number) = text.strip_suffix("days").or(text.strip_suffix('d'))
            && let Ok(value) = number.trim().parse::<f64>()
        {
            return value.is_finite().then_some(Self { value, unit: Unit::Days });
        }
        let span = Span::parse(text)?;
        Some(Self { value: span.0.as_secs_f64() * 1000.0, unit: Unit::Time })
    }
}

/// A secret: never shown by Debug, Display or Serialize.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    pub fn new(text: String) -> Self {
        Self(SecretString::from(text))
    }
    /// For the one line that sends it.
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A figure as live evidence compares with it, as it was written: `7`, `99.5%`, `200ms`, `14d`.
#[derive(Clone, PartialEq, Eq, Debug, JsonSchema)]
#[schemars(with = "serde_json::Value")]
pub struct Figure(pub String);

impl Figure {
    pub fn parse(text: &str) -> Option<Self> {
        // The language itself says what is one; a second term must not hide in it.
        let read = Expr::parse(&format!("a.b == {text}")).ok()?;
        (read.terms.len() == 1).then(|| Self(text.trim().to_owned()))
    }
}

macro_rules! text_value {
    ($name:ident, $expected:literal) => {
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                impl serde::de::Visitor<'_> for Text {
                    type Value = $name;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($expected)
                    }
                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        $name::parse(text).ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
                    }
                    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<$name, E> {
                        $name::parse(&number.to_string())
                            .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Signed(number), &self))
                    }
                    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<$name, E> {
                        $name::parse(&number.to_string())
                            .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Float(number), &self))
                    }
                }
                deserializer.deserialize_any(Text)
            }
        }
    };
}
text_value!(Span, "a span of time like \"30s\", \"15m\" or \"1h30m\"");
text_value!(Size, "a size like \"64KiB\" or \"1MiB\"");
text_value!(Figure, "a figure, or text like \"99.5%\", \"200ms\" or \"14d\"");
text_value!(Quantity, "a number, or text like \"200ms\", \"99.5%\" or \"14d\"");

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}
impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_as_people_write_them() {
        let span = |t| Span::parse(t).map(|s| s.0.as_millis());
        assert_eq!([span("30s"), span("1h30m"), span("150ms")], [Some(30_000), Some(5_400_000), Some(150)]);
        assert_eq!([span(""), span("30"), span("s"), span("9999999999999d"), span("-1s")], [None; 5]);
        assert_eq!(Size::parse("1MiB"), Some(Size(1 << 20)));
        assert_eq!(Quantity::parse("99.5%").map(|q| (q.value * 1000.0).round()), Some(995.0));
        assert_eq!(Quantity::parse("14d"), Some(Quantity { value: 14.0, unit: Unit::Days }));
        assert_eq!(Quantity::parse("200ms"), Some(Quantity { value: 200.0, unit: Unit::Time }));
        assert_eq!(format!("{:?}", Secret::new("hunter2".into())), "Secret(…)");
        assert_eq!(Span::parse("90s").map(Span::text).as_deref(), Some("90s"));
    }
}
