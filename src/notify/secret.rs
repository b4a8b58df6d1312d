//! How a channel holds what must not be seen, and keeps it in: [`Hidden`] is config text that may be a secret, and
//! [`Redact`] is the last gate for text that comes back from outside, since a far side likes to echo what it was sent.
//! Reading secret files and filling in `${NAME}` is the config's job.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer};

use crate::config::value::Secret;
use crate::domain::text::{Clean, Untrusted};

/// Longest piece of a foreign answer that goes into a receipt.
const EXCERPT_MAX: usize = 160;
/// Shorter texts are ordinary words: hiding them would garble every receipt and protect nothing.
const HIDE_MIN: usize = 4;

/// Config text that may be or hold a secret.
#[derive(Clone, Debug)]
pub struct Hidden(Secret);

impl Hidden {
    /// For the one line that uses it.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }
    pub fn secret(&self) -> Secret {
        self.0.clone()
    }
}

impl<'de> Deserialize<'de> for Hidden {
    /// Unlike serde's own, this refusal of a number does not quote it: it may be the secret.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl serde::de::Visitor<'_> for Text {
            type Value = Hidden;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text in quotes")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Hidden, E> {
                Ok(Hidden(Secret::new(text.to_owned())))
            }
            fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<Hidden, E> {
                Err(E::custom("a number, expected text in quotes"))
            }
            fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Hidden, E> {
                Err(E::custom("a number, expected text in quotes"))
            }
        }
        deserializer.deserialize_any(Text)
    }
}

impl schemars::JsonSchema for Hidden {
    fn schema_name() -> Cow<'static, str> {
        "HiddenText".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "text that is never shown; the whole of it may be ${NAME}" })
    }
}

/// What must not come back out in a receipt or a reason.
#[derive(Default)]
pub struct Redact(Vec<Secret>);

impl Redact {
    pub fn hide(&mut self, text: &str) {
        if text.len() >= HIDE_MIN {
            self.0.push(Secret::new(text.to_owned()));
            // The longest first, or a part would be cut out of the whole and leave the rest standing.
            self.0.sort_by_key(|s| std::cmp::Reverse(s.reveal().len()));
        }
    }
    /// One short safe line of what the far side said.
    pub fn excerpt(&self, bytes: &[u8]) -> Clean {
        let mut text = String::from_utf8_lossy(bytes).into_owned();
        for secret in &self.0 {
            text = text.replace(secret.reveal(), "•••");
        }
        let words: Vec<_> = text.split_whitespace().collect();
        Untrusted::new(words.join(" ")).clean_to(EXCERPT_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c4_a_secret_that_is_echoed_back_is_hidden_whole() {
        let mut redact = Redact::default();
        redact.hide("hunter2");
        redact.hide("Bearer hunter2-and-more");
        redact.hide("no");
        let shown = redact.excerpt(b"no: Bearer hunter2-and-more\r\n  hunter2 \x1b[2J");
        assert_eq!(shown.as_str(), "no: ••• ••• ␛[2J");
    }

    #[test]
    fn c4_a_dump_shows_nothing() {
        assert_eq!(format!("{:?}", Hidden(Secret::new("hunter2".into()))), "Hidden(Secret(…))");
    }
}
