//! What a health body says of itself: the word it uses for its state, and a line for people. The usual shapes are
//! known (`status`, `{ data: { status } }`, Spring's and the IETF's components); an unknown word decides nothing.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// Parts looked at below the top, and how deep; a body is at most a megabyte, a line is short.
const PARTS_MAX: usize = 200;
const DEPTH_MAX: u8 = 3;
const SAID_MAX: usize = 3;

/// What a flag that is off says, as a word.
const NOT_OK: &str = "not_ok";
const NOT_HEALTHY: &str = "not_healthy";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Level {
    Well,
    Degraded,
    Bad,
}

/// The level a word means; None for a word that means none.
pub fn level(word: &str) -> Option<Level> {
    const WELL: &[&str] = &["healthy", "ok", "up", "pass", "passing", "green", "operational"];
    const DEGRADED: &[&str] = &["degraded", "warn", "warning", "yellow", "impaired", "partial"];
    const BAD: &[&str] = &[
        "unhealthy",
        "down",
        "fail",
        "failed",
        "failing",
        "error",
        "critical",
        "red",
        "unavailable",
        "outage",
        "out_of_service",
        "false",
        NOT_OK,
        NOT_HEALTHY,
    ];
    let word = word.trim().replace(['-', ' '], "_");
    let is = |list: &[&str]| list.iter().any(|w| w.eq_ignore_ascii_case(&word));
    if is(WELL) {
        Some(Level::Well)
    } else if is(DEGRADED) {
        Some(Level::Degraded)
    } else if is(BAD) {
        Some(Level::Bad)
    } else {
        None
    }
}

/// The word a body uses for its own state.
pub fn word(body: &Value) -> Option<&str> {
    let top = body.as_object()?;
    own_word(top).or_else(|| ["data", "result", "health"].iter().find_map(|key| own_word(top.get(*key)?.as_object()?)))
}

/// A flag that is off outweighs any word beside it; one that is on says no more than the answer itself.
fn own_word(object: &Map<String, Value>) -> Option<&str> {
    let off = |(key, word): (&str, &'static str)| (object.get(key)? == &Value::Bool(false)).then_some(word);
    if let Some(word) = [("ok", NOT_OK), ("healthy", NOT_HEALTHY)].into_iter().find_map(off) {
        return Some(word);
    }
    ["status", "health", "overall_status"].iter().find_map(|key| match object.get(*key)? {
        Value::String(word) => Some(word.as_str()),
        Value::Bool(false) => Some("false"),
        Value::Object(inner) => inner.get("status")?.as_str(),
        _ => None,
    })
}

/// One line for people: the word, the version, the database, and whatever part is not well.
pub fn line(body: &Value) -> String {
    let Some(top) = body.as_object() else { return String::new() };
    let mut out = word(body).unwrap_or_default().to_owned();
    if let Some(version) = top.get("version").and_then(Value::as_str) {
        let _ = write!(out, " {version}");
    }
    let mut said = Parts { out, said: 0, seen: 0 };
    said.walk(top, 0);
    said.out.trim().to_owned()
}

struct Parts {
    out: String,
    said: usize,
    seen: usize,
}

impl Parts {
    fn walk(&mut self, object: &Map<String, Value>, depth: u8) {
        for (name, value) in object {
            let Value::Object(part) = value else { continue };
            self.seen += 1;
            if self.seen > PARTS_MAX || self.said >= SAID_MAX {
                return;
            }
            if let Some(state) = part.get("status").and_then(Value::as_str) {
                self.part(name, state, part);
            }
            if depth < DEPTH_MAX {
                self.walk(part, depth + 1);
            }
        }
    }
    fn part(&mut self, name: &str, state: &str, part: &Map<String, Value>) {
        let database = matches!(name, "database" | "db" | "postgres" | "mysql");
        if !database && level(state).is_none_or(|l| l == Level::Well) {
            return;
        }
        self.said += 1;
        let _ = write!(self.out, ", {name} {state}");
        let took = ["latency_ms", "connection_time_ms", "response_time_ms"].iter().find_map(|k| part.get(*k)?.as_f64());
        if let Some(ms) = took {
            let _ = write!(self.out, " {} ms", (ms * 10.0).round() / 10.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Value {
        serde_json::from_str(text).expect("JSON")
    }

    #[test]
    fn the_usual_shapes_are_known() {
        for (body, says) in [
            (r#"{"status":"healthy"}"#, Some("healthy")),
            (r#"{"data":{"status":"degraded"}}"#, Some("degraded")),
            (r#"{"health":{"status":"UP"}}"#, Some("UP")),
            (r#"{"status":{"status":"warn"}}"#, Some("warn")),
            (r#"{"status":200}"#, None),
            (r#"["healthy"]"#, None),
        ] {
            assert_eq!(word(&read(body)), says, "{body}");
        }
        assert_eq!(
            [level("UP"), level("Yellow"), level("red"), level("busy")],
            [Some(Level::Well), Some(Level::Degraded), Some(Level::Bad), None]
        );
    }

    #[test]
    fn the_line_says_the_word_the_version_the_database_and_what_is_not_well() {
        let body = read(
            r#"{"status":"degraded","version":"1.4.2","database":{"status":"healthy","connection_time_ms":12.04},
                "external_services":{"crm_api":{"status":"error","response_time_ms":150},"llm":{"status":"healthy"}}}"#,
        );
        assert_eq!(line(&body), "degraded 1.4.2, database healthy 12 ms, crm_api error 150 ms");
    }
}
