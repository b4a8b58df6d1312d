//! `[[checklist]]` and `[[procedure]]`: files of lists and procedures, and what the config and a mapping beside them say
//! of their lists, items and steps. Not its job: the files themselves (the watch starts without one that is missing), and
//! which rule finds which item (`domain::checklist`).

mod due;
mod evidence;
mod mapping;
mod names;
mod rows;
pub(super) mod specs;
mod zone;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use chrono_tz::Tz;

use super::pieces::Name;
use super::raw::{Problem, Raw, Value, decode_all};
use super::read::Place;
use super::registry::Registry;
use super::report::{self, Report};
use super::tree;
use crate::domain::checklist::{Layer, Source};
use crate::domain::text::Clean;
use names::Asked;
pub(super) use names::Known;
use rows::Rows;
use specs::{ChecklistSpec, ProcedureSpec};

/// The mapping that comes with the founding document: what stands behind each of its items.
pub const SHIPPED: &str = include_str!("../../../assets/checklists/production-operations.map.toml");

/// Evidence that an edge fetches, under the key that the rule carries.
#[derive(Clone, Debug)]
pub struct GatherPiece {
    pub key: String,
    pub raw: Raw,
}

/// What reading the files' sections needs and gathers over all of them.
pub struct Reading<'a> {
    pub(super) registry: &'a Registry,
    pub(super) place: &'a Place<'a>,
    keys: HashSet<String>,
    /// Mappings read, in order, whether they were right or not.
    pub mappings: Vec<PathBuf>,
    /// What is wrong in them.
    pub wrong: Vec<Report>,
    /// Of what they say.
    pub hashes: Vec<String>,
}

impl<'a> Reading<'a> {
    pub fn new(registry: &'a Registry, place: &'a Place<'a>) -> Self {
        let empty = Vec::new;
        Self { registry, place, keys: HashSet::new(), mappings: empty(), wrong: Vec::new(), hashes: Vec::new() }
    }

    /// The same for the same rules, and for no two of them.
    fn key(&mut self, list: &str, item: &str) -> String {
        let base = Clean::new(&format!("{list}/{item}")).as_str().to_owned();
        let mut key = base.clone();
        let mut n = 1;
        while !self.keys.insert(key.clone()) {
            n += 1;
            key = format!("{base} #{n}");
        }
        key
    }

    /// As the edge opens it: from the config's folder, where there is one.
    fn absolute(&self, written: &str) -> PathBuf {
        let Some(folder) = self.place.folder else { return PathBuf::from(written) };
        let joined = folder.join(written);
        std::path::absolute(&joined).unwrap_or(joined)
    }
}

/// Where a text names its files: sections and lines, in the order of a config's sources.
pub fn places(text: &str) -> Vec<(&'static str, usize)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Ok(mut table) = tree::parse(text) else { return Vec::new() };
    let mut places = Vec::new();
    for section in ["checklist", "procedure"] {
        let rows = tree::tables(&mut table, section, section, &mut Vec::new());
        let at = |row: &Value| row.get_ref().get("file").map_or(row.span().start, |file| file.span().start);
        places.extend(rows.iter().map(|row| (section, report::place(text, at(row)).0)));
    }
    places
}

/// A file with the rules for it, and the places of what they name.
pub(super) struct SourcePiece {
    pub source: Source,
    pub gatherers: Vec<GatherPiece>,
    file: Name,
    asked: Vec<Asked>,
}

pub(super) fn checklist(
    mut value: Value,
    reading: &mut Reading<'_>,
    problems: &mut Vec<Problem>,
) -> Option<SourcePiece> {
    let mut rows = Rows::new(Layer::Config);
    rows.take(&mut value, "checklist.", &["list", "item", "step"], reading, problems);
    let spec: ChecklistSpec = decode_all(value, problems)?;
    let zone = spec.zone.as_ref().map_or_else(zone::local, |name| zone::zone(name, problems));
    let head = Head { zone, procedures_only: false, file_commands: spec.file_commands };
    source(spec.file, spec.mapping, head, rows, reading, problems)
}

pub(super) fn procedure(
    mut value: Value,
    reading: &mut Reading<'_>,
    problems: &mut Vec<Problem>,
) -> Option<SourcePiece> {
    let mut rows = Rows::new(Layer::Config);
    rows.take(&mut value, "procedure.", &["step"], reading, problems);
    let spec: ProcedureSpec = decode_all(value, problems)?;
    let head = Head { zone: zone::local(), procedures_only: true, file_commands: false };
    source(spec.file, spec.mapping, head, rows, reading, problems)
}

#[derive(Clone, Copy)]
struct Head {
    zone: Tz,
    procedures_only: bool,
    file_commands: bool,
}

fn source(
    file: Name,
    mapping: Option<Name>,
    head: Head,
    mut rows: Rows,
    reading: &mut Reading<'_>,
    problems: &mut Vec<Problem>,
) -> Option<SourcePiece> {
    let path = path(&file, "operations.md", reading, problems)?;
    if let Some(name) = mapping
        && let Some(path) = self::path(&name, "operations.map.toml", reading, problems)
    {
        mapping::mapping(Path::new(&path), &name, &mut rows, reading, problems);
    }
    let Rows { lists, items, steps, gatherers, asked, .. } = rows;
    let Head { zone, procedures_only, file_commands } = head;
    let source = Source { file: path, zone, procedures_only, file_commands, lists, items, steps };
    Some(SourcePiece { source, gatherers, file, asked })
}

/// A path that a config names, as text; empty ones and ones that are no text are said.
fn path(name: &Name, like: &str, reading: &Reading<'_>, problems: &mut Vec<Problem>) -> Option<String> {
    let written = name.get_ref().trim();
    if written.is_empty() || written.contains('\0') {
        problems.push(Problem::at(name.span(), "no file is named", format!("for example \"{like}\"")));
        return None;
    }
    let path = reading.absolute(written);
    let text = path.to_str().map(str::to_owned);
    if text.is_none() {
        problems.push(Problem::at(name.span(), "its folder's name is not UTF-8", "move it, or name another"));
    }
    text
}

/// A file once, and nothing asked of what is not there.
pub(super) fn check(sources: &[SourcePiece], known: &Known<'_>, problems: &mut Vec<Problem>) {
    let mut seen: HashMap<&str, &Name> = HashMap::new();
    for piece in sources {
        if seen.insert(&piece.source.file, &piece.file).is_some() {
            let what = format!("the file `{}` is named twice", Clean::new(piece.file.get_ref()));
            problems.push(Problem::at(piece.file.span(), what, "one [[checklist]] or one [[procedure]] for each file"));
        }
        piece.asked.iter().for_each(|asked| known.check(asked, problems));
    }
}
