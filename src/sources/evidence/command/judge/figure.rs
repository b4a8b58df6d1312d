//! A value against what the config wants of it. Units must agree: `99.8` is not compared with `99.5%`.

use serde_json::Value;

use crate::config::value::{Quantity, Unit};
use crate::domain::evidence::Op;
use crate::sources::evidence::command::expect::Want;

pub struct Compared {
    pub good: bool,
    /// `58 < 60`: the value and the limit it failed.
    pub says: String,
}

pub fn compare(want: &Want, value: &Value, shown: &str) -> Compared {
    match want {
        Want::Is(true, wanted) => {
            Compared { good: equal(value, wanted), says: format!("{shown}, not {}", plain(wanted)) }
        }
        Want::Is(false, refused) => {
            Compared { good: !equal(value, refused), says: format!("{shown}, and must not be") }
        }
        Want::Figure(op, limit) => match figure(value, limit.unit) {
            Ok(found) => Compared {
                good: op.holds(found, limit.value),
                says: format!("{shown} {} {}", broken(*op), limit_text(limit)),
            },
            Err(why) => Compared { good: false, says: format!("{shown} {why}") },
        },
        // Groups of a pattern: whoever has them compares them.
        Want::Same => Compared { good: false, says: "there is nothing to compare it with".to_owned() },
    }
}

pub fn written(want: &Want) -> String {
    match want {
        Want::Same => "both the same".to_owned(),
        Want::Is(true, value) => format!("= {}", plain(value)),
        Want::Is(false, value) => format!("not {}", plain(value)),
        Want::Figure(op, limit) => format!("{} {}", op.sign(), limit_text(limit)),
    }
}

/// How a value stands to a limit that it failed.
fn broken(op: Op) -> &'static str {
    match op {
        Op::Equal => "is not",
        Op::Not => "=",
        Op::Above => "<=",
        Op::Below => ">=",
        Op::AtLeast => "<",
        Op::AtMost => ">",
    }
}

fn equal(value: &Value, wanted: &Value) -> bool {
    match (value, wanted) {
        (_, Value::Number(number)) => figure(value, Unit::None)
            .is_ok_and(|found| number.as_f64().is_some_and(|number| Op::Equal.holds(found, number))),
        _ => plain(value).trim() == plain(wanted).trim(),
    }
}

/// A bare number of JSON has the limit's unit, milliseconds for times and 0 to 1 for percentages; a text says its own.
fn figure(value: &Value, unit: Unit) -> Result<f64, &'static str> {
    match value {
        Value::Number(number) => match number.as_f64().filter(|n| n.is_finite()) {
            Some(n) if unit == Unit::Percent && !(0.0..=1.0).contains(&n) => Err("is no ratio from 0 to 1"),
            Some(n) => Ok(n),
            None => Err("is no figure"),
        },
        Value::String(text) => {
            let found = ungrouped(text.trim()).and_then(|text| Quantity::parse(&text)).ok_or("is no figure")?;
            if found.unit == unit { Ok(found.value) } else { Err("has another unit than its limit") }
        }
        _ => Err("is no figure"),
    }
}

/// `1,234` without its commas; None where a comma parts anything but thousands.
fn ungrouped(text: &str) -> Option<String> {
    let Some((first, groups)) = text.split_once(',') else { return Some(text.to_owned()) };
    let digits = |s: &str| s.len() == 3 && s.bytes().all(|b| b.is_ascii_digit());
    let whole = groups.split('.').next().unwrap_or_default();
    let head = first.trim_start_matches(['-', '+']);
    let good =
        (1..=3).contains(&head.len()) && head.bytes().all(|b| b.is_ascii_digit()) && whole.split(',').all(digits);
    good.then(|| text.replace(',', ""))
}

fn limit_text(limit: &Quantity) -> String {
    let short = |value: f64| ((value * 1e9).round() / 1e9).to_string();
    match limit.unit {
        Unit::None => short(limit.value),
        Unit::Time => format!("{}ms", short(limit.value)),
        Unit::Percent => format!("{}%", short(limit.value * 100.0)),
        Unit::Days => format!("{}d", short(limit.value)),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_with_their_units_or_not_at_all() {
        let text = |t: &str, unit| figure(&Value::from(t), unit).ok();
        assert_eq!(
            [text("60", Unit::None), text("1,234,567", Unit::None), text(" -2.5 ", Unit::None)],
            [Some(60.0), Some(1_234_567.0), Some(-2.5)]
        );
        assert_eq!(
            [
                text("1,5", Unit::None),
                text("99.8", Unit::Percent),
                text("12ms", Unit::Days),
                text("x", Unit::None),
                text("inf", Unit::None)
            ],
            [None; 5]
        );
        assert_eq!(text("99.8%", Unit::Percent).map(|v| (v * 1000.0).round()), Some(998.0));
        assert_eq!(figure(&Value::from(99.8), Unit::Percent), Err("is no ratio from 0 to 1"));
        assert_eq!(figure(&Value::from(0.5), Unit::Percent), Ok(0.5));
    }

    #[test]
    fn equal_is_by_meaning_and_not_by_spelling() {
        for (value, wanted) in [
            ("60", "60"),
            ("60.0", "60"),
            ("\"60\"", "60"),
            ("60", "\"60\""),
            ("\"ok \"", "\"ok\""),
            ("true", "\"true\""),
            ("null", "null"),
        ] {
            let read = |t: &str| serde_json::from_str::<Value>(t).unwrap();
            assert!(equal(&read(value), &read(wanted)), "{value} {wanted}");
        }
        assert!(!equal(&Value::from("Ok"), &Value::from("ok")) && !equal(&Value::from(true), &Value::from(1)));
    }
}
