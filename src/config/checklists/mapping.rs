//! A mapping: a file of rows that came with a Markdown file, or that `checklists import` wrote. It is believed as much as
//! the config, whose owner it must have, for it may name commands; what is wrong in it is told with its own lines.

use std::ops::Range;
use std::path::Path;

use toml::de::DeValue;

use super::Reading;
use super::rows::Rows;
use crate::config::file::{self, Guard};
use crate::config::pieces::Name;
use crate::config::raw::{ENOUGH, Problem, Value, nearest};
use crate::config::read::{self, Place};
use crate::config::report::ConfigError;
use crate::domain::checklist::Layer;

const KINDS: [&str; 3] = ["list", "item", "step"];

/// Adds its rows below those that are there. Without a folder no file is looked for.
pub fn mapping(path: &Path, name: &Name, rows: &mut Rows, reading: &mut Reading<'_>, problems: &mut Vec<Problem>) {
    let place = reading.place;
    if place.folder.is_none() {
        return;
    }
    reading.mappings.push(path.to_path_buf());
    let written = place.written.iter().find(|(at, _)| at == path).map(|(_, text)| (text.clone(), None));
    let read = match written {
        Some(found) => Ok(found),
        None => file::read_with_meta(path, file::CONFIG_MAX, Guard::Config).map(|(text, meta)| (text, Some(meta))),
    };
    match read {
        Ok((text, meta)) => {
            let shown = file::shown(path);
            let own = Place { name: &shown, folder: path.parent(), meta: meta.as_ref(), ..*place };
            if let Err(wrong) = rows_of(&text, &own, rows, reading) {
                match wrong {
                    ConfigError::Wrong(report) => reading.wrong.push(report),
                    ConfigError::Refused(refused) => problems.push(Problem::at(name.span(), refused.to_string(), "")),
                }
            }
        }
        Err(refused) => problems.push(Problem::at(name.span(), refused.to_string(), "")),
    }
}

fn rows_of(text: &str, place: &Place<'_>, rows: &mut Rows, reading: &mut Reading<'_>) -> Result<(), ConfigError> {
    let mut opened = read::open(text, place)?;
    let table = std::mem::take(&mut opened.table);
    let mut root = Value::new(0..opened.text.len(), DeValue::Table(table));
    reading.hashes.push(opened.hash.clone());
    rows.layer = Layer::Mapping;
    rows.take(&mut root, "", &KINDS, reading, &mut opened.problems);
    if let DeValue::Table(rest) = root.get_ref() {
        let unknown = rest.iter().map(|(key, _)| unknown(key.get_ref(), key.span()));
        opened.problems.extend(unknown.take(ENOUGH));
    }
    if opened.problems.is_empty() { Ok(()) } else { Err(ConfigError::Wrong(opened.report(place.name))) }
}

fn unknown(name: &str, span: Range<usize>) -> Problem {
    let near = nearest(name, KINDS.into_iter()).map(|n| format!("did you mean `{n}`? ")).unwrap_or_default();
    let hint = format!("{near}a mapping holds [[list]], [[item]] and [[step]]");
    Problem::at(span, format!("unknown section `{name}`"), hint)
}
