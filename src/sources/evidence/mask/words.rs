//! Which names announce a secret, and how far the value behind one reaches.

/// What a name says of the value behind it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Weight {
    /// Nothing.
    Open,
    /// A secret when it is long and looks drawn by lot: `key`, `signature`.
    IfRandom,
    /// A secret, whatever it looks like.
    Always,
    /// A secret up to the end of the line.
    Line,
}

/// What a secret is never: a state that is told of it.
const STATES: [&str; 14] = [
    "ok", "none", "null", "nil", "true", "false", "yes", "no", "missing", "expired", "valid", "invalid", "set", "unset",
];
const ALWAYS: [&str; 9] =
    ["password", "passwd", "passphrase", "secret", "token", "apikey", "accesskey", "secretkey", "privatekey"];
/// Before `key`: not the key of a table or a map.
const KEYS: [&str; 14] = [
    "api",
    "access",
    "secret",
    "private",
    "signing",
    "encryption",
    "auth",
    "master",
    "account",
    "storage",
    "shared",
    "service",
    "license",
    "deploy",
];

pub fn weight(name: &str) -> Weight {
    let words = words(name);
    let Some((last, before)) = words.split_last() else { return Weight::Open };
    match last.as_str() {
        "authorization" | "cookie" | "cookies" => Weight::Line,
        "pwd" if before.is_empty() => Weight::IfRandom,
        "bearer" | "credential" | "credentials" | "pwd" | "pat" | "dsn" => Weight::Always,
        "key" if before.last().is_some_and(|w| KEYS.contains(&w.as_str())) => Weight::Always,
        "key" | "keys" | "auth" | "signature" | "sig" | "session" | "cred" | "creds" | "hmac" | "salt" | "tokens"
        | "secrets" | "passwords" | "pass" => Weight::IfRandom,
        // PGPASSWORD, authtoken.
        word if ALWAYS.iter().any(|a| word.ends_with(a)) => Weight::Always,
        _ => Weight::Open,
    }
}

/// Whether a variable of the environment holds a secret, by its name and, where that is not enough, by its value.
pub fn secret_variable(name: &str, value: &str) -> bool {
    let lower = name.to_lowercase();
    match weight(name) {
        Weight::Open => false,
        Weight::Always | Weight::Line => true,
        Weight::IfRandom if value.starts_with('/') => false,
        Weight::IfRandom => ["key", "keys", "pass", "creds"].iter().any(|w| lower.ends_with(w)) || looks_random(value),
    }
}

/// `clientSecret`, `X-Api-Key`, `aws_secret_access_key` as lower-case words.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut low = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (low && c.is_uppercase()) {
            words.push(String::new());
        }
        low = c.is_lowercase();
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|w| !w.is_empty());
    words
}

/// Long enough and mixed as no word, path or date is.
pub fn looks_random(value: &str) -> bool {
    let odd = |c: char| !(c.is_ascii_alphanumeric() || "+/_=.-~".contains(c));
    value.len() >= 16
        && !value.starts_with(['/', '.'])
        && !value.contains(odd)
        && value.contains(|c: char| c.is_ascii_digit())
        && value.contains(|c: char| c.is_ascii_alphabetic())
}

/// How far a value is looked at: one that is not hidden must not be read to its end for every name before it.
const LOOKED_AT: usize = 256;

/// How many bytes of what follows a name are to be hidden.
pub fn value_end(name: &str, whole: &str) -> usize {
    let weight = weight(name);
    let line = |text: &str| text.find(['\n', '\r']).unwrap_or(text.len());
    // What is hidden is skipped, so that each byte is read once.
    match weight {
        Weight::Open => return 0,
        Weight::Line => return line(whole),
        Weight::Always | Weight::IfRandom => {}
    }
    let rest = whole.get(..whole.floor_char_boundary(LOOKED_AT)).unwrap_or(whole);
    let end = end_of(rest);
    let value = rest.get(..end).unwrap_or_default();
    let bare = value.trim_matches(|c: char| matches!(c, '"' | '\'' | '\\' | ',' | ';' | '.' | '}' | ')' | ']'));
    let state = bare.is_empty() || STATES.contains(&bare.to_lowercase().as_str());
    let count = bare.len() <= 3 && bare.bytes().all(|b| b.is_ascii_digit());
    let hidden = match weight {
        Weight::Always => !state && !count,
        _ => looks_random(bare),
    };
    match hidden {
        true if end < rest.len() => end,
        true => end_of(whole),
        false => 0,
    }
}

fn end_of(rest: &str) -> usize {
    let line = || rest.find(['\n', '\r']).unwrap_or(rest.len());
    match quote(rest) {
        Some(quote) => quoted_end(rest, quote).unwrap_or_else(line),
        None => number_end(rest).unwrap_or_else(|| rest.find(char::is_whitespace).unwrap_or(rest.len())),
    }
}

/// A number in JSON ends before the next name; any other text without quotes may itself hold a comma.
fn number_end(text: &str) -> Option<usize> {
    let end = text.find([',', '}', ']'])?;
    text.get(..end)?.trim().parse::<f64>().ok().map(|_| end)
}

/// What a text opens with: a quote, or one escaped for a text in quotes.
fn quote(text: &str) -> Option<&str> {
    let at = text.find(|c| c != '\\')?;
    text.get(..=at).filter(|opens| opens.ends_with(['"', '\'']))
}

/// The end of a text in quotes, its closing one included; None when it has none on its line.
fn quoted_end(text: &str, quote: &str) -> Option<usize> {
    let line = text.lines().next().unwrap_or_default();
    let mut at = quote.len();
    loop {
        let end = at + line.get(at..)?.find(quote)?;
        at = end + quote.len();
        // One backslash more stands for a quote inside.
        if !line.get(..end)?.ends_with('\\') {
            return Some(at);
        }
    }
}
