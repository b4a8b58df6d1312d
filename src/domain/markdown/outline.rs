//! The parser's events as flat lists: headings with their parents, list entries with theirs, paragraphs, tables, code and
//! HTML. One pass, no recursion: nesting lives in vectors. Not its job: what any of it means.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::inline::Inline;
use super::model::Refused;
use super::source::Source;

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
    closed: bool,
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

pub(super) fn outline(source: &Source) -> Result<Outline, Refused> {
    let body = source.text.get(source.body..).unwrap_or_default();
    let options = Options::ENABLE_TASKLISTS | Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut walk = Walk::default();
    for (event, range) in Parser::new_ext(body, options).into_offset_iter() {
        walk.event(event, range.start + source.body..range.end + source.body)?;
    }
    Ok(walk.out)
}

/// What text belongs to right now, when not to a list entry.
#[derive(Default)]
enum Sink {
    #[default]
    None,
    Heading(Inline),
    Paragraph(Inline),
    Code(String),
    Html,
}

#[derive(Default)]
struct Walk {
    out: Outline,
    sink: Sink,
    /// Open entries and lists, outermost first.
    entries: Vec<usize>,
    lists: Vec<usize>,
    section: Option<usize>,
    /// Sections to come back to at the end of a quote.
    quotes: Vec<Option<usize>>,
    rows: Vec<Vec<String>>,
    in_table: bool,
    caption: Option<(String, usize)>,
}

impl Walk {
    fn event(&mut self, event: Event<'_>, range: Range<usize>) -> Result<(), Refused> {
        match event {
            Event::Start(tag) => self.start(&tag, &range)?,
            Event::End(tag) => self.end(tag, range),
            Event::TaskListMarker(checked) => {
                if let Some(entry) = self.entry() {
                    // The range may begin with spaces that belong to the bullet.
                    entry.boxed = Some((range.end.saturating_sub(3)..range.end, checked));
                }
            }
            Event::Text(text) => self.text(&text),
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => match self.cell() {
                Some(cell) => cell.push_str(&text),
                None => self.inline(|i| i.code(&text)),
            },
            Event::SoftBreak | Event::HardBreak => self.inline(Inline::line),
            Event::InlineHtml(_) => self.block(range, Kind::Html),
            Event::Html(_) | Event::FootnoteReference(_) | Event::Rule => {}
        }
        Ok(())
    }

    fn start(&mut self, tag: &Tag<'_>, range: &Range<usize>) -> Result<(), Refused> {
        if !matches!(tag, Tag::List(_) | Tag::Item) && is_block(tag) {
            self.caption = None;
        }
        match tag {
            Tag::Paragraph if self.entries.is_empty() => self.sink = Sink::Paragraph(Inline::default()),
            Tag::Heading { .. } if self.entries.is_empty() => self.sink = Sink::Heading(Inline::default()),
            Tag::CodeBlock(_) => self.sink = Sink::Code(String::new()),
            Tag::HtmlBlock => self.sink = Sink::Html,
            Tag::BlockQuote(_) => {
                self.close();
                self.quotes.push(self.section);
            }
            Tag::List(first) => self.start_list(*first, range.start),
            Tag::Item => self.start_entry(range)?,
            Tag::Table(_) => {
                self.close();
                self.in_table = true;
                self.rows.clear();
            }
            Tag::TableHead | Tag::TableRow => self.rows.push(Vec::new()),
            Tag::TableCell => self.rows.last_mut().into_iter().for_each(|row| row.push(String::new())),
            Tag::Strong => self.inline(Inline::bold),
            Tag::Link { dest_url, .. } => self.inline(|i| i.link(dest_url)),
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, tag: TagEnd, range: Range<usize>) {
        match tag {
            TagEnd::Paragraph if !self.entries.is_empty() => self.close(),
            TagEnd::Paragraph => {
                if let Sink::Paragraph(inline) = std::mem::take(&mut self.sink) {
                    self.caption = inline.all_bold().then(|| (inline.text.clone(), range.start));
                    self.block(range, Kind::Paragraph(inline));
                }
            }
            TagEnd::Heading(level) => {
                if let Sink::Heading(inline) = std::mem::take(&mut self.sink) {
                    self.open_section(level as u8, inline.text, range.start);
                } else {
                    self.close();
                }
            }
            TagEnd::CodeBlock => {
                if let Sink::Code(text) = std::mem::take(&mut self.sink) {
                    if let Some(entry) = self.entry() {
                        entry.inline.codes.extend(text.lines().filter(|l| !l.trim().is_empty()).map(str::to_owned));
                        entry.closed = true;
                    }
                    self.block(range, Kind::Code);
                }
            }
            TagEnd::HtmlBlock => {
                self.sink = Sink::None;
                self.block(range, Kind::Html);
            }
            TagEnd::BlockQuote(_) => self.section = self.quotes.pop().unwrap_or(None),
            TagEnd::List(_) => drop(self.lists.pop()),
            TagEnd::Item => drop(self.entries.pop()),
            TagEnd::Table => {
                self.in_table = false;
                let rows = std::mem::take(&mut self.rows);
                self.block(range, Kind::Table(rows));
            }
            TagEnd::Strong => self.inline(Inline::bold_end),
            _ => {}
        }
    }

    fn start_list(&mut self, ordered: Option<u64>, at: usize) {
        self.close();
        if let Some((text, at)) = self.caption.take().filter(|(text, _)| !super::triggers::announces(text)) {
            self.open_section(CAPTION, text, at);
        }
        self.lists.push(self.out.lists.len());
        self.out.lists.push(List { ordered, section: self.section, parent: self.entries.last().copied(), at });
    }

    fn start_entry(&mut self, range: &Range<usize>) -> Result<(), Refused> {
        if self.out.entries.len() >= ENTRIES_MAX {
            return Err(Refused::TooManyEntries);
        }
        let entry = Entry {
            at: range.start,
            end: range.end,
            section: self.section,
            parent: self.entries.last().copied(),
            list: self.lists.last().copied().unwrap_or_default(),
            boxed: None,
            inline: Inline::default(),
            closed: false,
        };
        self.entries.push(self.out.entries.len());
        self.out.entries.push(entry);
        Ok(())
    }

    fn open_section(&mut self, level: u8, text: String, at: usize) {
        let parent = self.out.chain(self.section).find(|(_, h)| h.level < level).map(|(at, _)| at);
        self.section = Some(self.out.headings.len());
        self.out.headings.push(Heading { level, text, parent, at });
    }

    fn text(&mut self, text: &str) {
        match &mut self.sink {
            Sink::Code(code) => code.push_str(text),
            Sink::Html => {}
            _ => match self.cell() {
                Some(cell) => cell.push_str(text),
                None => self.inline(|i| i.push(text)),
            },
        }
    }
    fn cell(&mut self) -> Option<&mut String> {
        self.rows.last_mut().filter(|_| self.in_table)?.last_mut()
    }
    fn entry(&mut self) -> Option<&mut Entry> {
        self.entries.last().and_then(|at| self.out.entries.get_mut(*at))
    }
    fn inline(&mut self, act: impl FnOnce(&mut Inline)) {
        match &mut self.sink {
            Sink::Heading(inline) | Sink::Paragraph(inline) => act(inline),
            _ => {
                if let Some(entry) = self.entry().filter(|e| !e.closed) {
                    act(&mut entry.inline);
                }
            }
        }
    }
    /// A block inside an entry ends the entry's own text, unless there was none yet.
    fn close(&mut self) {
        if let Some(entry) = self.entry() {
            entry.closed |= !entry.inline.text.is_empty();
        }
    }
    fn block(&mut self, range: Range<usize>, kind: Kind) {
        let before = (self.out.entries.len(), self.out.lists.len());
        self.out.blocks.push(Block { range, section: self.section, entry: self.entries.last().copied(), before, kind });
    }
}

fn is_block(tag: &Tag<'_>) -> bool {
    matches!(
        tag,
        Tag::Paragraph | Tag::Heading { .. } | Tag::BlockQuote(_) | Tag::CodeBlock(_) | Tag::HtmlBlock | Tag::Table(_)
    )
}
