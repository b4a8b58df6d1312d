//! Which comment speaks of what. Inside an entry, or on the line right below one, it is that entry's; else the heading's
//! above it. One before every heading speaks of the document, of which only its date can be said.

use std::collections::HashMap;
use std::ops::Range;

use chrono::NaiveDate;

use super::directives::{Directives, directives};
use super::model::Weight;
use super::outline::{Block, Kind};
use super::reader::Reader;

#[derive(Default)]
pub(super) struct Comments {
    entries: HashMap<usize, Directives>,
    sections: HashMap<usize, Directives>,
    pub created: Option<NaiveDate>,
}

impl Comments {
    pub fn of_entry(&self, at: usize) -> Option<&Directives> {
        self.entries.get(&at)
    }
    /// Given to the item itself, once its list is known.
    pub fn take(&mut self, at: usize) -> Directives {
        self.entries.remove(&at).unwrap_or_default()
    }
    pub fn of_section(&self, at: usize) -> Option<&Directives> {
        self.sections.get(&at)
    }
}

pub(super) fn comments(reader: &mut Reader<'_>) -> Comments {
    let mut out = Comments::default();
    let outline = reader.outline;
    let mut before: Option<(usize, usize)> = None;
    for block in outline.blocks.iter().filter(|b| matches!(b.kind, Kind::Html)) {
        // Comments below one another speak of the same item.
        let line = reader.source.line(block.range.start);
        let same = before.filter(|(end, _)| *end + 1 == line && block.entry.is_none());
        let to_entry = target(reader, block).or(same.map(|(_, entry)| entry));
        let end = block.range.end.saturating_sub(1).max(block.range.start);
        before = to_entry.map(|entry| (reader.source.line(end), entry));
        for range in inside(reader.source.slice(&block.range), block.range.start) {
            let Some(said) = directives(reader.source.slice(&range)) else { continue };
            for (what, fix) in said.wrong {
                reader.say(range.start, Weight::Ignored, "directive", &what, &fix);
            }
            out.created = out.created.or(said.created);
            let to = match to_entry {
                Some(entry) => out.entries.entry(entry).or_default(),
                None => match block.section {
                    Some(section) => out.sections.entry(section).or_default(),
                    None if said.pairs == Directives::default() => continue,
                    None => {
                        let fix = "put it below a heading or after an item";
                        reader.say(range.start, Weight::Ignored, "directive", "it speaks of nothing here", fix);
                        continue;
                    }
                },
            };
            merge(to, said.pairs);
        }
    }
    out
}

/// What stands between `<!--` and `-->`; an open one reaches to the end.
pub(super) fn inside(html: &str, at: usize) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + html.get(from..)?.find("<!--")? + 4;
        let end = html.get(start..)?.find("-->").map_or(html.len(), |e| start + e);
        from = (end + 3).min(html.len());
        Some(at + start..at + end)
    })
}

fn target(reader: &Reader<'_>, block: &Block) -> Option<usize> {
    let boxed = |at: usize| reader.outline.entries.get(at).is_some_and(|e| e.boxed.is_some());
    if block.entry.is_some() {
        return block.entry.filter(|at| boxed(*at));
    }
    let last = block.before.0.checked_sub(1).filter(|at| boxed(*at))?;
    let entry = reader.outline.entries.get(last)?;
    // The parser lets an entry end where the next block begins, blank lines included.
    let text = reader.source.slice(&(entry.at..entry.end.min(block.range.start)));
    let end = entry.at + text.trim_end_matches(['\n', '\r', ' ', '\t', '>']).len();
    let between = reader.source.slice(&(end..block.range.start));
    // Not counted to the end: what lies between may be the rest of the file.
    let below = between.bytes().filter(|b| *b == b'\n').nth(1).is_none();
    (below && between.bytes().all(|b| b.is_ascii_whitespace() || b == b'>')).then_some(last)
}

fn merge(to: &mut Directives, from: Directives) {
    let old = std::mem::take(to);
    *to = Directives {
        id: from.id.or(old.id),
        cadence: from.cadence.or(old.cadence),
        due: from.due.or(old.due),
        budget: from.budget.or(old.budget),
        mode: from.mode.or(old.mode),
        evidence: from.evidence.or(old.evidence),
        limit: from.limit.or(old.limit),
        window: from.window.or(old.window),
        command: from.command.or(old.command),
        role: from.role.or(old.role),
        two_person: from.two_person || old.two_person,
        critical: from.critical || old.critical,
    };
}
