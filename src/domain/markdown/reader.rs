//! What all readers of an outline share: the source, what the headings say, the ids given so far and the findings.

use std::collections::HashSet;

use chrono::NaiveDate;

use super::clocks::{self, Reading, words};
use super::inline::slug;
use super::model::{Finding, Weight};
use super::outline::{Entry, Kind, Outline};
use super::source::Source;
use crate::domain::text::Clean;

/// A file with more mistakes than this is not a checklist; the rest is counted.
const FINDINGS_MAX: usize = 500;

pub(super) struct Reader<'a> {
    pub source: &'a Source,
    pub outline: &'a Outline,
    pub created: Option<NaiveDate>,
    readings: &'a [Reading],
    findings: Vec<Finding>,
    more: usize,
    list_ids: HashSet<String>,
    procedure_ids: HashSet<String>,
}

impl<'a> Reader<'a> {
    pub fn new(source: &'a Source, outline: &'a Outline, readings: &'a [Reading]) -> Self {
        let (list_ids, procedure_ids) = (HashSet::new(), HashSet::new());
        Self { source, outline, created: None, readings, findings: Vec::new(), more: 0, list_ids, procedure_ids }
    }
    pub fn reading(&self, section: usize) -> Option<&'a Reading> {
        self.readings.get(section)
    }
    /// Titles from the outermost heading to this one.
    pub fn path(&self, section: Option<usize>) -> Vec<Clean> {
        let mut path: Vec<_> =
            self.outline.chain(section).filter_map(|(at, _)| Some(self.reading(at)?.title.clone())).collect();
        path.reverse();
        path
    }
    /// Whether this heading or one above it says so.
    pub fn says(&self, section: Option<usize>, what: impl Fn(&Reading) -> bool) -> bool {
        self.outline.chain(section).any(|(at, _)| self.reading(at).is_some_and(&what))
    }
    pub fn slug(&mut self, title: &str) -> String {
        unique(&mut self.list_ids, title)
    }
    pub fn procedure_slug(&mut self, title: &str) -> String {
        unique(&mut self.procedure_ids, title)
    }
    pub fn say(&mut self, at: usize, weight: Weight, kind: &'static str, what: &str, fix: &str) {
        if self.findings.len() >= FINDINGS_MAX {
            self.more += 1;
            return;
        }
        let place = self.source.place(at);
        self.findings.push(Finding { place, weight, kind, what: what.into(), fix: fix.into() });
    }
    /// A list is a once-list only because nothing told otherwise.
    pub fn cadence_hint(&mut self, entry: &Entry) {
        let section = entry.section;
        let at = section.and_then(|s| self.outline.headings.get(s)).map_or(entry.at, |h| h.at);
        let fix = "say daily, weekly or monthly in the heading, or `<!-- cadence: weekly -->` below it";
        let other = self.outline.chain(section).find_map(|(at, _)| self.reading(at)?.other);
        match other {
            Some(word) => {
                let what = format!("`{word}` is no cadence that a list can have; it is read as once");
                self.say(at, Weight::Ignored, "cadence", &what, fix);
            }
            None => self.say(at, Weight::Hint, "cadence", "no heading says how often; it is read as once", fix),
        }
    }
    /// In the order of the file.
    pub fn findings(mut self) -> (Vec<Finding>, usize) {
        self.findings.sort_by_key(|f| f.place);
        (self.findings, self.more)
    }
}

fn unique(taken: &mut HashSet<String>, title: &str) -> String {
    let base = slug(title);
    let mut id = base.clone();
    let mut n = 1;
    while !taken.insert(id.clone()) {
        n += 1;
        id = format!("{base}-{n}");
    }
    id
}

/// The day the file says it was made: "Checklist Created: January 9, 2026" anywhere, or `created:` in the front matter.
pub(super) fn created(source: &Source, outline: &Outline) -> Option<NaiveDate> {
    let said = |line: &str| {
        let (key, value) = line.split_once(':')?;
        let mut key = words(key);
        let known = key.any(|w| w.eq_ignore_ascii_case("created")) && key.next().is_none_or(|w| w == "on");
        known.then(|| clocks::date(value))?
    };
    let paragraphs = outline.blocks.iter().filter_map(|b| match &b.kind {
        Kind::Paragraph(inline) => Some(inline.text.as_str()),
        _ => None,
    });
    let mut lines = source.front().lines().chain(paragraphs.flat_map(str::lines));
    lines.find_map(said)
}
