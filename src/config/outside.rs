//! What a config brings in from outside of itself, and what must not get out: values of the environment, files that
//! hold secrets, secrets written in the file and who could read them there. Not its job: reading a secret at its use.

use std::ops::Range;
use std::path::Path;

use toml::de::DeValue;

use super::file::{self, Refused};
use super::raw::{Problem, Value};
use super::read::Place;
use super::secret::Parts;
use super::tree::{self, Table};
use super::{report, secret};

fn all_secrets(table: &Table) -> Vec<secret::Hidden> {
    let mut found = Vec::new();
    for (_, value) in table.iter().filter(|(k, _)| *k.get_ref() != "keys") {
        secret::collect(value, false, &mut found);
    }
    found
}

/// Before expansion: what is written `${NAME}` is no secret of the file.
pub fn inline_secrets(table: &Table) -> Vec<Range<usize>> {
    let written = all_secrets(table).into_iter().filter(|h| !h.is_reference());
    written.map(|h| h.span).collect()
}

/// What a quoted line must not show besides: text in a table that can hold secrets, unless its key is known to hold
/// none. A mistyped `secrt` is named like nothing at all, and its line is quoted for another mistake as well.
pub fn doubtful(table: &Table) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (key, value) in table {
        walk_doubtful(value, key.get_ref(), matches!(&**key.get_ref(), "channel" | "stream"), &mut found);
    }
    found
}

fn walk_doubtful(value: &Value, key: &str, doubt: bool, found: &mut Vec<Range<usize>>) {
    const PLAIN: &[&str] = &["name", "url", "format", "timeout", "argv"];
    match value.get_ref() {
        DeValue::Table(inner) => {
            let doubt = key == "headers" || (doubt && !matches!(key, "tuning" | "map"));
            inner.iter().for_each(|(name, value)| {
                let plain =
                    key != "headers" && (PLAIN.contains(&&**name.get_ref()) || name.get_ref().ends_with("_file"));
                walk_doubtful(value, name.get_ref(), doubt && !plain, found);
            });
        }
        DeValue::Array(items) => items.iter().for_each(|item| walk_doubtful(item, key, doubt, found)),
        DeValue::String(text) if doubt && !text.contains("${") => found.push(value.span()),
        _ => {}
    }
}

pub fn empty_secrets(table: &Table) -> Vec<Problem> {
    let empty = all_secrets(table).into_iter().filter(secret::Hidden::empty);
    empty.map(|h| Problem::at(h.span, "this secret is empty", "write it, or take the key away")).collect()
}

pub fn refuse_exposed(place: &Place<'_>, text: &str, secrets: &[Range<usize>]) -> Result<(), Refused> {
    let (Some(meta), Some(first)) = (place.meta, secrets.first()) else { return Ok(()) };
    let me = rustix::process::geteuid().as_raw();
    if !file::readable_by_strangers(meta, me) {
        return Ok(());
    }
    let (line, column) = report::place(text, first.start);
    Err(Refused {
        path: format!("{}:{line}:{column}", place.name),
        why: "a secret is written here and the file can be read by others".into(),
        mend: format!("chmod 600 {}, or use the key's `_file` form", place.name),
    })
}

/// Brings in what is not in the file: the environment's values, and the files that hold secrets. Sections of later
/// versions are left alone: nothing uses them yet.
pub fn bring_in(table: &mut Table, place: &Place<'_>, problems: &mut Vec<Problem>) {
    for (key, value) in table.iter_mut() {
        if !tree::LATER.contains(&&**key.get_ref()) && *key.get_ref() != "keys" {
            let parts = if *key.get_ref() == "channel" { Parts::Kinds } else { Parts::Refused };
            secret::expand_all(value, place.env, parts, problems);
            secret_files(value, place.folder, problems);
        }
    }
}

/// Paths of `…_file` keys count from the config's folder. Those that hold secrets are found, private and not empty
/// before anything starts. Without a folder nothing is looked for.
fn secret_files(value: &mut Value, folder: Option<&Path>, problems: &mut Vec<Problem>) {
    let Some(folder) = folder else { return };
    match value.get_mut() {
        DeValue::Array(items) => items.iter_mut().for_each(|v| secret_files(v, Some(folder), problems)),
        DeValue::Table(table) => {
            for (key, inner) in table.iter_mut() {
                match (key.get_ref().strip_suffix("_file"), inner.get_mut()) {
                    (Some(what), DeValue::String(path)) => {
                        let full = folder.join(&**path);
                        *path = full.to_str().unwrap_or(path).to_owned().into();
                        let wrong = secret::names_secret(what).then(|| secret::read_file(&full).err()).flatten();
                        problems.extend(wrong.map(|why| Problem::at(inner.span(), why, "")));
                    }
                    _ => secret_files(inner, Some(folder), problems),
                }
            }
        }
        _ => {}
    }
}
