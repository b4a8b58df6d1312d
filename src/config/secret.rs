//! Secrets: read from a file at the moment of use, or taken from the environment; never empty, never shown. Also the
//! one place that decides which value of a config *is* a secret. Not its job: who may read the config file (`file`).

use std::path::Path;

use toml::Spanned;
use toml::de::DeValue;

use super::file;
use super::raw::{Problem, Value};
use super::value::Secret;

/// The environment, as a question, so that a test can answer.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What stands in the config where a secret stood, in everything that is shown.
pub const MASK: &str = "…";
const HOW_TO_SET: &str = "export it, or use the key's `_file` form";
/// Longest secret read from a file.
const SECRET_MAX: u64 = 64 << 10;

/// The process's own environment; a variable that is no text counts as unset.
pub fn process_env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Reads a secret at the time of use, so that a rotated one is picked up. The file's owner is root or me, nobody else
/// can write it, and nobody I could shut out can read it. One newline at the end is no part of the secret.
pub fn read_file(path: &Path) -> Result<Secret, String> {
    let text = file::read_text(path, SECRET_MAX, file::Guard::Secret).map_err(|e| e.to_string())?;
    let trimmed = text.strip_suffix('\n').unwrap_or(&text);
    let trimmed = trimmed.strip_suffix('\r').unwrap_or(trimmed);
    if trimmed.trim().is_empty() {
        return Err(format!("the secret file {} is empty: write the secret into it", file::shown(path)));
    }
    Ok(Secret::new(trimmed.to_owned()))
}

/// The value behind `${NAME}`; None when the text is no such reference. Unset and empty are errors.
pub fn expand(text: &str, env: Env<'_>) -> Option<Result<String, String>> {
    let name = text.strip_prefix("${")?.strip_suffix('}')?;
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Some(Err("a reference to the environment is written ${NAME}".to_owned()));
    }
    Some(match env(name) {
        Some(value) if value.trim().is_empty() => Err(format!("the environment variable {name} is empty")),
        Some(value) => Ok(value),
        None => Err(format!("the environment variable {name} is not set")),
    })
}

/// Who reads a `${NAME}` that is only a part of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Parts {
    /// Nobody: most likely it would be sent as it stands.
    Refused,
    /// The kind itself, at each use, as channels do; here it is only made sure that there is something to read.
    Kinds,
}

/// Replaces every `${NAME}` of the tree. A string of TOML is at least two bytes long, so a span of one byte marks a
/// value that came from outside: it is never shown, and an error about it does not quote it.
pub fn expand_all(value: &mut Value, env: Env<'_>, parts: Parts, problems: &mut Vec<Problem>) {
    let span = value.span();
    match value.get_mut() {
        DeValue::Table(table) => table.iter_mut().for_each(|(_, inner)| expand_all(inner, env, parts, problems)),
        DeValue::Array(array) => array.iter_mut().for_each(|inner| expand_all(inner, env, parts, problems)),
        DeValue::String(text) => match expand(text, env) {
            Some(Ok(found)) => *value = Spanned::new(span.start..span.start + 1, DeValue::String(found.into())),
            Some(Err(why)) => problems.push(Problem::at(span, why, HOW_TO_SET)),
            None if parts == Parts::Refused && text.contains("${") => problems.push(Problem::at(
                span,
                "only a whole value can come from the environment",
                "write the whole value into the variable: key = \"${NAME}\"",
            )),
            None => {
                let wrong = references(text).filter_map(|r| expand(r, env)?.err());
                wrong.for_each(|why| problems.push(Problem::at(span.clone(), why, HOW_TO_SET)));
            }
        },
        _ => {}
    }
}

/// Every `${…}` of a text.
fn references(text: &str) -> impl Iterator<Item = &str> {
    let starts = text.match_indices("${").filter_map(|(at, _)| text.get(at..));
    starts.filter_map(|rest| rest.get(..=rest.find('}')?))
}

pub fn from_environment(value: &Value) -> bool {
    value.span().len() == 1 && value.get_ref().is_str()
}

/// A value that must not be shown, and where it stands.
pub struct Hidden {
    pub span: std::ops::Range<usize>,
    text: String,
}

impl Hidden {
    pub fn is_in(&self, message: &str) -> bool {
        !self.text.is_empty()
            && (message.contains(&self.text) || message.contains(&*self.text.escape_debug().to_string()))
    }
    /// Written with a `${NAME}`: the file itself does not hold it.
    pub fn is_reference(&self) -> bool {
        self.text.contains("${")
    }
    pub fn empty(&self) -> bool {
        self.text.trim().is_empty()
    }
}

/// All secrets of a value; `named` when a key above says that what stands here is one.
pub fn collect(value: &Value, named: bool, found: &mut Vec<Hidden>) {
    let text = match value.get_ref() {
        DeValue::Table(table) => {
            for (key, inner) in table {
                // A table with a secret's name is a group of keys, each judged by its own name.
                collect(inner, names_secret(key.get_ref()), found);
            }
            return;
        }
        DeValue::Array(array) => return array.iter().for_each(|inner| collect(inner, named, found)),
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(_) | DeValue::Datetime(_) => return,
    };
    if named || from_environment(value) || is_secret_url(&text) {
        found.push(Hidden { span: value.span(), text });
    }
}

/// Whether a key is named like a secret: `token`, `api_key`, `Authorization`, `X-Api-Key`; not `token_file`, `key`.
pub fn names_secret(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    let words: Vec<&str> = lower.split(['_', '-', '.']).filter(|w| !w.is_empty()).collect();
    let Some((last, before)) = words.split_last() else { return false };
    match *last {
        "token" | "bearer" | "secret" | "password" | "passwd" | "passphrase" | "authorization" | "cookie"
        | "apikey" | "secrets" | "tokens" => true,
        "key" => before.last().is_some_and(|w| !matches!(*w, "public" | "dedup" | "partition")),
        _ => false,
    }
}

/// A URL with somebody's name and password in it, with a key in its query, or that is itself the permission to post.
pub fn is_secret_url(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("://") else { return false };
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let authority = place.split(['/', '#']).next().unwrap_or_default();
    let user_has_password = authority.rsplit_once('@').is_some();
    user_has_password
        || place.starts_with("hooks.slack.com/services/")
        || query.split('&').any(|pair| names_secret(pair.split('=').next().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c3_a_reference_is_the_whole_value_and_never_empty() {
        let env = |name: &str| match name {
            "FULL" => Some("x".to_owned()),
            "EMPTY" => Some(" ".to_owned()),
            _ => None,
        };
        assert_eq!(expand("${FULL}", &env), Some(Ok("x".to_owned())));
        assert_eq!(expand("plain", &env), None);
        assert!(expand("${EMPTY}", &env).is_some_and(|r| r.is_err_and(|e| e.contains("EMPTY is empty"))));
        assert!(expand("${NONE}", &env).is_some_and(|r| r.is_err_and(|e| e.contains("NONE is not set"))));
        assert!(expand("${}", &env).is_some_and(|r| r.is_err()));
    }

    #[test]
    fn c4_what_counts_as_a_secret() {
        for yes in ["token", "bot_token", "Authorization", "X-Api-Key", "routing_key", "smtp.password"] {
            assert!(names_secret(yes), "{yes}");
        }
        for no in ["token_file", "key", "secret_file", "url", "dedup_key", "public_key", "monkey"] {
            assert!(!names_secret(no), "{no}");
        }
        assert!(is_secret_url("https://bob:pw@h/x") && is_secret_url("https://h/x?api_key=1"));
        assert!(!is_secret_url("http://h/a@b") && !is_secret_url("mailto:a@b") && !is_secret_url("ws://h/x?since=1"));
    }
}
