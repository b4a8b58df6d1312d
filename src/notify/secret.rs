//! How a channel holds and reads what must not be seen: config text with `${NAME}` in it, and secret files. Both are
//! looked up at each use, so that a rotated secret works without a reload. [`Redact`] is the last gate for text that
//! comes back from outside: a far side likes to echo what it was sent.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Read as _};
use std::path::Path;

use serde::{Deserialize, Deserializer};

use crate::config::value::Secret;
use crate::domain::text::{Clean, Untrusted};

/// A secret file is a line; more is a mistyped path.
const SECRET_MAX: u64 = 64 * 1024;
/// Longest piece of a foreign answer that goes into a receipt.
const EXCERPT_MAX: usize = 160;
/// Shorter texts are ordinary words: hiding them would garble every receipt and protect nothing.
const HIDE_MIN: usize = 4;

/// Config text that may be or hold a secret; `${NAME}` stands for an environment variable.
#[derive(Clone, Debug)]
pub struct Template(Secret);

impl Template {
    pub fn is_literal(&self) -> bool {
        !self.0.reveal().contains("${")
    }
    /// The text with its variables filled in; the error names the variable, never a value.
    pub fn fill(&self) -> Result<Secret, String> {
        let mut out = String::new();
        let mut rest = self.0.reveal();
        while let Some((before, after)) = rest.split_once("${") {
            let (name, tail) = after.split_once('}').ok_or("a `${` without its `}`")?;
            let value = std::env::var(name).map_err(|_| format!("the variable {name} is not set"))?;
            out.push_str(before);
            out.push_str(&value);
            rest = tail;
        }
        out.push_str(rest);
        Ok(Secret::new(out))
    }
}

impl<'de> Deserialize<'de> for Template {
    /// Unlike serde's own, this refusal of a number does not quote it: it may be the secret.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl serde::de::Visitor<'_> for Text {
            type Value = Template;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text in quotes")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Template, E> {
                Ok(Template(Secret::new(text.to_owned())))
            }
            fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<Template, E> {
                Err(E::custom("a number, expected text in quotes"))
            }
            fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Template, E> {
                Err(E::custom("a number, expected text in quotes"))
            }
        }
        deserializer.deserialize_any(Text)
    }
}

impl schemars::JsonSchema for Template {
    fn schema_name() -> Cow<'static, str> {
        "TextWithVariables".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "text; ${NAME} is an environment variable" })
    }
}

/// A secret file's content, trimmed once. Blocks: call it off the async threads. Only a regular file is read, since a
/// FIFO would hold the thread for ever.
pub fn read_file(path: &Path) -> io::Result<Secret> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    let mut text = String::new();
    std::fs::File::open(path)?.take(SECRET_MAX).read_to_string(&mut text)?;
    Ok(Secret::new(text.trim().to_owned()))
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
    fn a_variable_is_filled_in_and_a_missing_one_is_named() {
        let template = |text: &str| Template(Secret::new(text.to_owned()));
        assert_eq!(template("plain").fill().unwrap().reveal(), "plain");
        // Cargo sets this one for every test it runs.
        assert_eq!(template("a ${CARGO_PKG_NAME} b").fill().unwrap().reveal(), "a watchdeck b");
        assert_eq!(template("${WATCHDECK_NO_SUCH}").fill().unwrap_err(), "the variable WATCHDECK_NO_SUCH is not set");
        assert!(template("${oops").fill().is_err());
        assert_eq!(format!("{:?}", template("hunter2")), "Template(Secret(…))");
    }
}
