//! A piece of the config that keeps its place in the file, and the problem that points back at it. Each kind of probe,
//! channel or source decodes its own piece; nobody else has to know its keys.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::DeValue;

use super::secret;

/// A value of the document, owned, with its place in the file.
pub type Value = Spanned<DeValue<'static>>;

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

/// A value of the file with its place. Its dump shows the place alone: what it holds may be a secret.
#[derive(Clone)]
pub struct Piece(Value);

impl Piece {
    pub fn new(value: Value) -> Self {
        Self(value)
    }
    pub fn span(&self) -> Range<usize> {
        self.0.span()
    }
    pub fn value(&self) -> &Value {
        &self.0
    }
    /// Decodes the piece; unknown keys (with `deny_unknown_fields`) and wrong types come back with their place and,
    /// for a key that is nearly right, the nearest name.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        decode(self.0.clone())
    }
}

impl std::fmt::Debug for Piece {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Piece({:?})", self.0.span())
    }
}

/// The owner of a `kind = { … }` piece: `probe.http = { … }` is kind `http` with its table.
#[derive(Clone, Debug)]
pub struct Raw {
    pub kind: String,
    /// Of the kind's name, for "unknown kind".
    pub kind_span: Range<usize>,
    piece: Piece,
}

impl Raw {
    pub fn new(kind: String, kind_span: Range<usize>, value: Value) -> Self {
        Self { kind, kind_span, piece: Piece(value) }
    }
    pub fn span(&self) -> Range<usize> {
        self.piece.span()
    }
    pub fn piece(&self) -> &Piece {
        &self.piece
    }
    /// As [`Piece::decode`].
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        self.piece.decode()
    }
}

/// Decodes any spanned piece of a document.
pub fn decode<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    let whole = value.span();
    let mut hidden = Vec::new();
    secret::collect(&value, false, &mut hidden);
    T::deserialize(toml::de::ValueDeserializer::from(value)).map_err(|e| {
        let (what, hint) = explain(e.message());
        let span = e.span().unwrap_or(whole);
        // Serde quotes the value it refuses; a secret must not travel in an error.
        if hidden.iter().any(|s| s.is_in(&what) || s.is_in(&hint)) {
            return Problem::at(span, "this value is not of the right form (it is a secret, so it is not shown)", "");
        }
        Problem::at(span, what, hint)
    })
}

/// Decodes a table and goes on after a mistake, so that one run of `check` names them all. What could be read comes
/// back even when there were problems: other sections may name it.
pub fn decode_all<T: DeserializeOwned>(mut value: Value, problems: &mut Vec<Problem>) -> Option<T> {
    let mut dropped: Vec<String> = Vec::new();
    loop {
        let problem = match decode::<T>(value.clone()) {
            Ok(read) => return Some(read),
            Err(problem) => problem,
        };
        let DeValue::Table(table) = value.get_mut() else {
            problems.push(problem);
            return None;
        };
        if let Some(missing) = problem.what.strip_prefix("missing field ")
            && dropped.iter().any(|d| missing.trim_matches('`') == d)
        {
            return None;
        }
        let at = problem.span.start;
        let culprit =
            table.iter().find(|(k, v)| k.span().contains(&at) || holds(v, at)).map(|(k, _)| k.get_ref().clone());
        problems.push(problem);
        let culprit = culprit?;
        table.remove(&*culprit);
        dropped.push(culprit.into_owned());
    }
}

/// Whether a place lies in the value; the parts of a `[table]` stand outside of its own span.
fn holds(value: &Value, at: usize) -> bool {
    value.span().contains(&at)
        || match value.get_ref() {
            DeValue::Table(t) => t.iter().any(|(k, v)| k.span().contains(&at) || holds(v, at)),
            DeValue::Array(a) => a.iter().any(|v| holds(v, at)),
            _ => false,
        }
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
