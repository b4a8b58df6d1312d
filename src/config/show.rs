//! The effective configuration, value by value, with where each came from: a line of the file, the environment, a
//! default. Secrets are masked, and so is all that comes from the environment. Defaults are read off the schema, so
//! that a kind's defaults show without this file knowing the kind.

use std::path::Path;

use serde_json::Value as Json;
use toml::de::DeValue;

use super::file;
use super::raw::{Problem, Value};
use super::registry::Registry;
use super::{report, schema, secret, tree};
use crate::domain::text::Clean;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// `service[cache-manager].probe.http.interval`
    pub path: String,
    /// As TOML would write it; a secret is `"…"`.
    pub value: String,
    /// `watchdeck.toml:12`, `default`, `environment NAME`.
    pub from: String,
}

struct Walk<'a> {
    name: Clean,
    text: &'a str,
    lines: Vec<Line>,
}

/// All values of a config text. `overrides` are those that a flag or a variable sets: path, value, where from.
pub fn lines(
    text: &str,
    name: &str,
    registry: &Registry,
    overrides: &[(String, String, String)],
) -> Result<Vec<Line>, Vec<Problem>> {
    let mut lines = walked(text, name, "", &schema::schema(registry))?;
    for (path, value, from) in overrides {
        lines.retain(|line| line.path != *path);
        let hidden = secret::is_secret_url(value);
        let value = if hidden { secret::MASK } else { value };
        lines.push(Line { path: path.clone(), value: quoted(value), from: from.clone() });
    }
    Ok(lines)
}

/// All values of a mapping that `load` has accepted, below its name.
pub fn mapping(path: &Path, registry: &Registry) -> Result<Vec<Line>, Vec<Problem>> {
    let gone = |refused: file::Refused| vec![Problem::at(0..0, refused.to_string(), "")];
    let name = file::shown(path);
    let short = path.file_name().map(|n| file::shown(Path::new(n))).unwrap_or_default();
    walked(&text_of(path).map_err(gone)?, &name, &format!("mapping[{short}]"), &schema::mapping(registry))
}

fn walked(text: &str, name: &str, path: &str, schema: &Json) -> Result<Vec<Line>, Vec<Problem>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let table = tree::parse(text).map_err(|broken| broken.problems)?;
    let mut walk = Walk { name: Clean::new(name), text, lines: Vec::new() };
    let root = Value::new(0..text.len(), DeValue::Table(table));
    walk.any(path, false, schema, Some(&root));
    Ok(walk.lines)
}

/// The text of a file that `load` has accepted.
pub fn text_of(path: &Path) -> Result<String, file::Refused> {
    file::read_text(path, file::CONFIG_MAX, file::Guard::Config)
}

fn quoted(text: &str) -> String {
    Json::from(Clean::new(text).as_str()).to_string()
}

fn join(path: &str, key: &str) -> String {
    let key = Clean::new(key);
    if path.is_empty() { key.to_string() } else { format!("{path}.{key}") }
}

impl Walk<'_> {
    fn any(&mut self, path: &str, named: bool, schema: &Json, value: Option<&Value>) {
        let Some(value) = value else { return self.default(path, schema) };
        match value.get_ref() {
            DeValue::Table(table) => self.table(path, schema, table),
            DeValue::Array(items) if items.iter().any(|i| i.get_ref().is_table()) => {
                let inner = schema.get("items").unwrap_or(&Json::Null);
                for (n, item) in items.iter().enumerate() {
                    let word = |key| item.get_ref().get(key).and_then(|n| n.get_ref().as_str());
                    let name = word("name").or_else(|| word("file"));
                    let name = name.map_or_else(|| n.to_string(), |n| Clean::new(n).to_string());
                    self.any(&format!("{path}[{name}]"), named, inner, Some(item));
                }
            }
            _ => self.leaf(path, named, value),
        }
    }

    fn table(&mut self, path: &str, schema: &Json, table: &tree::Table) {
        let properties = schema.get("properties").and_then(Json::as_object);
        let mut written: Vec<_> = table.iter().collect();
        written.sort_by_key(|(key, _)| key.span().start);
        for (key, inner) in written {
            let known = properties.and_then(|p| p.get(&**key.get_ref())).unwrap_or(&Json::Null);
            let keys = path.is_empty() && *key.get_ref() == "keys";
            // A header's value is as often a key as not, whatever it is called.
            let header = path.ends_with(".headers");
            let named = !keys && !path.starts_with("keys") && (header || secret::names_secret(key.get_ref()));
            self.any(&join(path, key.get_ref()), named, known, Some(inner));
        }
        for (key, known) in properties.into_iter().flatten() {
            if !table.contains_key(key.as_str()) {
                self.default(&join(path, key), known);
            }
        }
    }

    /// A table without a default of its own is one of several kinds, or a list's item: nothing stands there.
    fn default(&mut self, path: &str, schema: &Json) {
        let properties =
            schema.get("properties").and_then(Json::as_object).filter(|_| schema.get("maxProperties").is_none());
        match (properties, schema.get("default")) {
            (Some(properties), _) => properties.iter().for_each(|(key, known)| self.default(&join(path, key), known)),
            (None, Some(value)) if !value.is_null() => {
                let line = Line { path: path.to_owned(), value: value.to_string(), from: "default".to_owned() };
                self.lines.push(line);
            }
            _ => {}
        }
    }

    fn leaf(&mut self, path: &str, named: bool, value: &Value) {
        let (line, _) = report::place(self.text, value.span().start);
        let mut from = format!("{}:{line}", self.name);
        let mut hidden = Vec::new();
        secret::collect(value, named, &mut hidden);
        let text = match value.get_ref() {
            DeValue::String(text) if text.starts_with("${") => {
                from = format!("environment {}", Clean::new(text.trim_matches(['$', '{', '}'])));
                quoted(secret::MASK)
            }
            _ if !hidden.is_empty() => quoted(secret::MASK),
            other => plain(other),
        };
        self.lines.push(Line { path: path.to_owned(), value: text, from });
    }
}

/// A URL's query keeps its names and loses its values: which of them is a key nobody can tell.
fn without_query(text: &str) -> std::borrow::Cow<'_, str> {
    let Some((place, query)) = text.split_once('?').filter(|(place, _)| place.contains("://")) else {
        return text.into();
    };
    let hidden = |pair: &str| match pair.split_once('=') {
        Some((name, _)) => format!("{name}={}", secret::MASK),
        None => pair.to_owned(),
    };
    let masked: Vec<_> = query.split('&').map(hidden).collect();
    format!("{place}?{}", masked.join("&")).into()
}

fn plain(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => quoted(&without_query(text)),
        DeValue::Array(items) => {
            let items: Vec<String> = items.iter().map(|i| plain(i.get_ref())).collect();
            format!("[{}]", items.join(", "))
        }
        DeValue::Table(_) => "{ … }".to_owned(),
        leaf => Clean::new(&tree::leaf_text(leaf)).to_string(),
    }
}
