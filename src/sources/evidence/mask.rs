//! What a command's output must not carry into a journal that everybody reads: values of secrets that this process knows,
//! and what looks like a credential. Each becomes `…`. It errs on the side of hiding; nothing is judged by masked text.

mod words;

use std::ops::Range;
use std::os::unix::ffi::OsStrExt as _;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::config::secret::MASK;
use words::{Weight, looks_random, secret_variable, value_end, weight};

/// Shorter values are ordinary words: hiding them would garble everything and protect nothing.
const HIDE_MIN: usize = 4;

/// `password=`, `"api_key": `, `Authorization: `: a name and what follows it up to the value.
static KEY: LazyLock<Regex> =
    LazyLock::new(|| compiled(r#"([A-Za-z_][A-Za-z0-9_.-]*)(?:\\*["'])?[ \t]*(?:=>|:=|[:=])[ \t]*"#));
/// `--password hunter2`
static OPTION: LazyLock<Regex> = LazyLock::new(|| compiled(r"\B--?([A-Za-z][A-Za-z0-9_-]*)[ \t]+"));
/// `https://bob:hunter2@host`, also with a slash in the password.
static USERINFO: LazyLock<Regex> =
    LazyLock::new(|| compiled(r#"([A-Za-z][A-Za-z0-9+.-]*://)(?:[^\s/@:"'<>]*:[^\s@"'<>]*|[^\s/@"'<>]+)@"#));
static BEARER: LazyLock<Regex> = LazyLock::new(|| compiled(r"(?i)\b(bearer)[ \t]+[A-Za-z0-9._~+/=-]{6,}"));
/// `the key is 3f2a9c…`: a long one behind a word that announces it.
static ANNOUNCED: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(keys?|tokens?|secrets?|credentials?|passwords?|passphrase)([ \t]+(?:is|was)?[ \t]*)([A-Za-z0-9+/_=.-]{16,})",
    )
});
/// Tokens that are known by their beginnings, and places to which posting is itself the permission.
static SHAPED: LazyLock<Regex> = LazyLock::new(|| {
    compiled(concat!(
        r"\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|[sr]k_live_|sk-|AKIA|ASIA|AIza|ya29\.|eyJ)",
        r"[A-Za-z0-9_./+=-]{12,}|hooks\.slack\.com/services/\S+"
    ))
});
const PEM_BEGIN: &str = "-----BEGIN ";
const PEM_KEY: &str = "PRIVATE KEY-----";
const PEM_END: &str = "-----END ";

#[expect(clippy::expect_used, reason = "each is a literal of this file, and a test compiles them all")]
fn compiled(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern of this file")
}

/// The secrets known, and how to hide them and their like.
#[derive(Clone, Default)]
pub struct Mask(Vec<Vec<u8>>);

impl Mask {
    /// With every variable of this process whose name says secret; of those a command may see also what looks like one.
    pub fn of_process(allowed: &[String]) -> Self {
        let mut mask = Self::default();
        for (name, value) in std::env::vars_os() {
            let (name, shown) = (name.to_string_lossy(), value.to_string_lossy());
            let given = allowed.iter().any(|a| *a == name) && looks_random(&shown);
            if given || secret_variable(&name, &shown) {
                mask.hide(value.as_bytes());
            }
        }
        mask
    }

    pub fn hide(&mut self, value: &[u8]) {
        let value = value.trim_ascii();
        if value.len() >= HIDE_MIN {
            self.0.push(value.to_vec());
        }
    }

    /// What a program wrote, as text: bytes that are none are visible as `\xNN`.
    pub fn output(&self, bytes: &[u8]) -> String {
        let bytes = self.without(bytes);
        let mut text = String::with_capacity(bytes.len());
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02x}")));
        }
        plain(&text)
    }

    /// All places are found before any is hidden: a secret may be a part of another, or run into it.
    fn without(&self, bytes: &[u8]) -> Vec<u8> {
        let mut places: Vec<_> = self.0.iter().flat_map(|secret| places(bytes, secret)).collect();
        places.sort_by_key(|place| place.start);
        let mut out = Vec::with_capacity(bytes.len());
        let mut at = 0;
        for place in places {
            if place.start >= at {
                out.extend_from_slice(bytes.get(at..place.start).unwrap_or_default());
                out.extend_from_slice(MASK.as_bytes());
            }
            at = at.max(place.end);
        }
        out.extend_from_slice(bytes.get(at..).unwrap_or_default());
        out
    }

    pub fn text(&self, text: &str) -> String {
        self.output(text.as_bytes())
    }

    /// Arguments as they would be typed.
    pub fn argv(&self, argv: &[String]) -> String {
        let mut shown: Vec<String> = Vec::new();
        let mut before = "";
        for argument in argv {
            let named = before.strip_prefix('-').map(|o| o.trim_start_matches('-')).filter(|o| !o.contains('='));
            let secret = |name: &str| match weight(name) {
                Weight::Open => false,
                Weight::IfRandom => looks_random(argument),
                Weight::Always | Weight::Line => true,
            };
            let masked = match (named, argument.split_once(':')) {
                (Some(name), _) if secret(name) => MASK.to_owned(),
                (Some("u" | "user"), Some((user, _))) => format!("{}:{MASK}", self.text(user)),
                _ => self.text(argument),
            };
            shown.push(typed(masked));
            before = argument;
        }
        shown.join(" ")
    }
}

fn typed(argument: String) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=:,+@%…{}\\".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        return argument;
    }
    format!("'{}'", argument.replace('\'', r"'\''"))
}

/// Where a secret stands; and at the end where one begins, because what was read may have been cut there.
fn places(bytes: &[u8], secret: &[u8]) -> Vec<Range<usize>> {
    let whole = bytes.windows(secret.len()).enumerate().filter(|(_, found)| *found == secret);
    let mut places: Vec<_> = whole.map(|(at, _)| at..at + secret.len()).collect();
    let longest = bytes.len().min(secret.len() - 1);
    let cut = (HIDE_MIN..=longest).rev().find(|n| secret.get(..*n).is_some_and(|begun| bytes.ends_with(begun)));
    places.extend(cut.map(|n| bytes.len() - n..bytes.len()));
    places
}

/// Hides what looks like a credential.
fn plain(text: &str) -> String {
    let text = keyed(&keyed(&without_keys(text), &KEY), &OPTION);
    let text = USERINFO.replace_all(&text, format!("${{1}}{MASK}@"));
    let text = BEARER.replace_all(&text, format!("${{1}} {MASK}"));
    let text = SHAPED.replace_all(&text, MASK);
    let announced = |c: &Captures<'_>| {
        let shown = if looks_random(part(c, 3)) { MASK } else { part(c, 3) };
        format!("{}{}{shown}", part(c, 1), part(c, 2))
    };
    ANNOUNCED.replace_all(&text, announced).into_owned()
}

fn part<'t>(captures: &Captures<'t>, n: usize) -> &'t str {
    captures.get(n).map_or("", |m| m.as_str())
}

/// Private keys in PEM, whole, also when their end is missing.
fn without_keys(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, block)) = rest.split_once(PEM_BEGIN) {
        out.push_str(before);
        out.push_str(PEM_BEGIN);
        rest = block;
        let label = block.lines().next().unwrap_or_default();
        if label.contains(PEM_KEY) {
            out.push_str(&format!("{PEM_KEY} {MASK}"));
            rest = block.split_once(PEM_END).map_or("", |(_, after)| after.split_once(PEM_KEY).map_or("", |(_, a)| a));
        }
    }
    out + rest
}

/// Values behind names that say secret. A value may itself be a name with a value, so the search goes on right behind
/// each name.
fn keyed(text: &str, names: &Regex) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut at, mut copied) = (0, 0);
    while let Some(found) = names.captures_at(text, at) {
        let value_at = found.get(0).map_or(text.len(), |m| m.end());
        let value = text.get(value_at..).unwrap_or_default();
        // `/etc/passwd: Permission denied` is about a file.
        let path = found.get(1).is_some_and(|m| {
            text.get(..m.start()).is_some_and(|t| t.ends_with('/'))
                && text.get(m.end()..).is_some_and(|t| t.starts_with(": "))
        });
        let end = if path { 0 } else { value_end(part(&found, 1), value) };
        if end > 0 {
            out.push_str(text.get(copied..value_at).unwrap_or_default());
            out.push_str(MASK);
            copied = value_at + end;
        }
        at = value_at + end;
    }
    out + text.get(copied..).unwrap_or_default()
}

#[cfg(test)]
mod tests;
