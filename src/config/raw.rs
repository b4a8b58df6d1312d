//! A piece of the config that keeps its place in the file, and the problem that points back at it. Each kind of probe,
//! channel or source decodes its own piece; nobody else has to know its keys.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::DeValue;

/// What is wrong, where (bytes of the file), and what is allowed there.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{what}")]
pub struct Problem {
    pub span: Range<usize>,
    pub what: String,
    /// What is allowed, or the nearest name.
    pub hint: String,
}

impl Problem {
    pub fn at(span: Range<usize>, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { span, what: what.into(), hint: hint.into() }
    }
}

/// The owner of a `kind = { … }` piece: `probe.http = { … }` is kind `http` with its table.
#[derive(Clone, Debug)]
pub struct Raw {
    pub kind: String,
    /// Of the kind's name, for "unknown kind".
    pub kind_span: Range<usize>,
    value: Spanned<DeValue<'static>>,
}

impl Raw {
    pub fn new(kind: String, kind_span: Range<usize>, value: Spanned<DeValue<'static>>) -> Self {
        Self { kind, kind_span, value }
    }
    pub fn span(&self) -> Range<usize> {
        self.value.span()
    }
    /// Decodes the piece; unknown keys (with `deny_unknown_fields`) and wrong types come back with their place and,
    /// for a key that is nearly right, the nearest name.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        decode(self.value.clone())
    }
}

/// Decodes any spanned piece of a document.
pub fn decode<T: DeserializeOwned>(value: Spanned<DeValue<'static>>) -> Result<T, Problem> {
    let whole = value.span();
    T::deserialize(toml::de::ValueDeserializer::from(value)).map_err(|e| {
        let message = e.message().to_owned();
        let (what, hint) = explain(&message);
        Problem::at(e.span().unwrap_or(whole), what, hint)
    })
}

/// Splits serde's sentence into what is wrong and what is allowed, and adds the nearest allowed name.
fn explain(message: &str) -> (String, String) {
    let Some((what, allowed)) = message.split_once(", expected ") else {
        return (message.to_owned(), String::new());
    };
    let names: Vec<&str> = allowed.split('`').skip(1).step_by(2).collect();
    let wrong = what.split('`').nth(1).unwrap_or_default();
    let hint = match nearest(wrong, names.iter().copied()) {
        Some(name) => format!("did you mean `{name}`? allowed here: {}", names.join(", ")),
        None if names.is_empty() => format!("expected {allowed}"),
        None => format!("allowed here: {}", names.join(", ")),
    };
    (what.to_owned(), hint)
}

/// The allowed name nearest to what was written, when it is near enough to be meant.
pub fn nearest<'a>(wrong: &str, allowed: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let scored = allowed.map(|name| (strsim::damerau_levenshtein(wrong, name), name));
    let (distance, name) = scored.min()?;
    (distance <= 1 + wrong.chars().count() / 3).then_some(name)
}
