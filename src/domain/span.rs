//! A span of time as people write it, in the config, in a prompt and on the command line.

use std::time::Duration;

use schemars::JsonSchema;

/// A span of time: digits and a unit (`ms`, `s`, `m`, `h`, `d`), pieces may follow one another: `1h30m`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, JsonSchema)]
#[schemars(with = "String")]
pub struct Span(pub Duration);

impl Span {
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text.trim();
        let mut total = Duration::ZERO;
        if rest.is_empty() {
            return None;
        }
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit())?;
            let (number, tail) = rest.split_at(digits);
            let unit_end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
            let (unit, next) = tail.split_at(unit_end);
            let number: u64 = number.parse().ok()?;
            let piece = match unit.trim() {
                "ms" => Duration::from_millis(number),
                "s" => Duration::from_secs(number),
                "m" | "min" => Duration::from_secs(number.checked_mul(60)?),
                "h" => Duration::from_secs(number.checked_mul(3600)?),
                "d" => Duration::from_secs(number.checked_mul(86_400)?),
                _ => return None,
            };
            total = total.checked_add(piece)?;
            rest = next;
        }
        // A hundred years is past every use and keeps all arithmetic on moments safe.
        (total <= Duration::from_hours(24 * 36_525)).then_some(Self(total))
    }
    /// The shortest text that reads back as the same span.
    pub fn text(self) -> String {
        let ms = self.0.as_millis();
        for (unit, size) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)] {
            if ms > 0 && ms.is_multiple_of(size) {
                return format!("{}{unit}", ms / size);
            }
        }
        format!("{ms}ms")
    }
}
