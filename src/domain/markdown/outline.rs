//! A document as flat lists: headings with their parents, list entries with theirs, paragraphs, tables, code and HTML.
//! How they are read off the parser's events is in `walk`. Not its job: what any of it means.

use std::ops::Range;

use super::inline::Inline;

/// Bounds memory: an entry is a few hundred bytes, and two bytes of Markdown can make one.
pub const ENTRIES_MAX: usize = 50_000;
/// A caption, a bold line right before a list, stands below every real heading.
pub(super) const CAPTION: u8 = 7;

pub(super) struct Heading {
    pub level: u8,
    pub text: String,
    pub parent: Option<usize>,
    pub at: usize,
}

/// One entry of a list, with a box or without.
pub(super) struct Entry {
    pub at: usize,
    pub end: usize,
    pub section: Option<usize>,
    pub parent: Option<usize>,
    pub list: usize,
    /// The box and whether it was checked.
    pub boxed: Option<(Range<usize>, bool)>,
    pub inline: Inline,
    /// The first paragraph is over; what follows is not the entry's text.
    pub closed: bool,
}

pub(super) struct List {
    /// The first number.
    pub ordered: Option<u64>,
    pub section: Option<usize>,
    pub parent: Option<usize>,
    pub at: usize,
}

/// Something else, at its place in the file; `entry` is the list entry it stands in.
pub(super) struct Block {
    pub range: Range<usize>,
    pub section: Option<usize>,
    pub entry: Option<usize>,
    /// Entries and lists read before it.
    pub before: (usize, usize),
    pub kind: Kind,
}

pub(super) enum Kind {
    Paragraph(Inline),
    Code,
    Html,
    /// The first row is the head.
    Table(Vec<Vec<String>>),
}

#[derive(Default)]
pub(super) struct Outline {
    pub headings: Vec<Heading>,
    pub entries: Vec<Entry>,
    pub lists: Vec<List>,
    pub blocks: Vec<Block>,
}

impl Outline {
    /// A heading and those above it, innermost first.
    pub fn chain(&self, section: Option<usize>) -> impl Iterator<Item = (usize, &Heading)> {
        std::iter::successors(section, |at| self.headings.get(*at).and_then(|h| h.parent))
            .filter_map(|at| self.headings.get(at).map(|h| (at, h)))
    }
}

impl Outline {
    /// Puts all there is under one more heading, above the outermost.
    pub fn put_under(&mut self, text: String, at: usize) {
        let below = |section: Option<usize>| Some(section.map_or(0, |s| s + 1));
        self.headings.iter_mut().for_each(|h| h.parent = below(h.parent));
        self.entries.iter_mut().for_each(|e| e.section = below(e.section));
        self.lists.iter_mut().for_each(|l| l.section = below(l.section));
        self.blocks.iter_mut().for_each(|b| b.section = below(b.section));
        self.headings.insert(0, Heading { level: 0, text, parent: None, at });
    }
}
