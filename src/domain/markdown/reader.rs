//! What all readers of an outline share: the source, what the headings say, the ids given so far and the findings.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use super::clocks::{self, words};
use super::headings::{Reading, is_part};
use super::inline::{plain, slug};
use super::model::{Finding, Weight};
use super::outline::{Entry, Kind, Outline};
use super::source::Source;
use crate::domain::text::Clean;

/// A file with more mistakes than this is not a checklist; the rest is counted.
const FINDINGS_MAX: usize = 500;
const CADENCE: &str = "say daily, weekly or monthly in the heading, or `<!-- cadence: weekly -->` below it";

pub(super) struct Reader<'a> {
    pub source: &'a Source,
    pub outline: &'a Outline,
    pub created: Option<NaiveDate>,
    readings: &'a [Reading],
    /// Headings whose cadence was found wanting; lists that no heading speaks of, and the first of them.
    odd: HashSet<usize>,
    silent: Option<(usize, usize)>,
    findings: Vec<Finding>,
    more: usize,
    list_ids: Slugs,
    procedure_ids: Slugs,
}

impl<'a> Reader<'a> {
    pub fn new(source: &'a Source, outline: &'a Outline, readings: &'a [Reading]) -> Self {
        let (list_ids, procedure_ids) = (Slugs::default(), Slugs::default());
        let (odd, silent) = (HashSet::new(), None);
        let (findings, more) = (Vec::new(), 0);
        Self { source, outline, created: None, readings, odd, silent, findings, more, list_ids, procedure_ids }
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
    /// The headings that name what is below one: itself, and those above it while they only say "Steps".
    pub fn naming(&self, section: Option<usize>) -> impl Iterator<Item = &'a Reading> {
        let mut named = false;
        let chain = self.outline.chain(section).filter_map(|(at, _)| self.reading(at));
        chain.take_while(move |r| !std::mem::replace(&mut named, !is_part(r.title.as_str())))
    }
    /// The title of a heading; "Disk full: Steps" where "Steps" alone would not say of what.
    pub fn name(&self, section: Option<usize>) -> Option<Clean> {
        let own = &self.naming(section).next()?.title;
        let whose = self.naming(section).skip(1).last().map(|r| &r.title).filter(|t| !is_part(t.as_str()));
        Some(whose.map_or_else(|| own.clone(), |whose| plain(&format!("{whose}: {own}"))))
    }
    pub fn slug(&mut self, name: &str, section: Option<usize>) -> String {
        let above = self.above(section);
        self.list_ids.unique(name, above)
    }
    pub fn procedure_slug(&mut self, name: &str, section: Option<usize>) -> String {
        let above = self.above(section);
        self.procedure_ids.unique(name, above)
    }
    fn above(&self, section: Option<usize>) -> Option<&'a str> {
        let (at, _) = self.outline.chain(section).nth(1)?;
        Some(self.reading(at)?.title.as_str())
    }
    pub fn say(&mut self, at: usize, weight: Weight, kind: &'static str, what: &str, fix: &str) {
        if self.findings.len() >= FINDINGS_MAX {
            self.more += 1;
            return;
        }
        let place = self.source.place(at);
        self.findings.push(Finding { place, weight, kind, what: what.into(), fix: fix.into() });
    }
    /// A heading says a cadence that no list can have.
    pub fn odd_cadence(&mut self, section: usize) {
        let Some((word, instead)) = self.reading(section).and_then(|r| r.other) else { return };
        if self.odd.insert(section) {
            let what = format!("`{word}` is no cadence that a list can have; it is read as {}", instead.word());
            let at = self.outline.headings.get(section).map_or(0, |h| h.at);
            self.say(at, Weight::Ignored, "cadence", &what, CADENCE);
        }
    }
    /// A list is a once-list only because nothing told otherwise.
    pub fn no_cadence(&mut self, entry: &Entry) {
        let at = entry.section.and_then(|s| self.outline.headings.get(s)).map_or(entry.at, |h| h.at);
        let (first, count) = self.silent.unwrap_or((at, 0));
        self.silent = Some((first, count + 1));
    }
    /// Once for the whole file: most files are not of lists that come back.
    fn say_silent(&mut self) {
        let Some((at, count)) = self.silent else { return };
        let which = if count == 1 { "it is".to_owned() } else { format!("{count} lists are") };
        let what = format!("no heading says how often; {which} read as once");
        self.say(at, Weight::Hint, "cadence", &what, CADENCE);
    }
    /// In the order of the file.
    pub fn findings(mut self) -> (Vec<Finding>, usize) {
        self.say_silent();
        self.findings.sort_by_key(|f| f.place);
        (self.findings, self.more)
    }
}

/// The ids given so far, each with the last number tried behind it: to count from 2 for every equal heading would take
/// the square of their number.
#[derive(Default)]
struct Slugs(HashMap<String, u32>);

impl Slugs {
    /// What is taken gets the heading above in front, so that it does not change with what stands before it in the file.
    fn unique(&mut self, name: &str, above: Option<&str>) -> String {
        let mut base = slug(name);
        if let Some(above) = above.filter(|_| self.0.contains_key(&base)) {
            base = slug(&format!("{above} {name}"));
        }
        let mut n = self.0.get(&base).copied().unwrap_or(0);
        loop {
            n += 1;
            let id = if n == 1 { base.clone() } else { format!("{base}-{n}") };
            if !self.0.contains_key(&id) {
                self.0.insert(base, n);
                self.0.entry(id.clone()).or_insert(1);
                return id;
            }
        }
    }
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
