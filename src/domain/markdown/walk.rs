//! The parser's events to an [`Outline`], in one pass and without recursion: nesting lives in vectors. Not its job: what
//! any of it means.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::boxes::full_box;
use super::inline::{Inline, seen};
use super::model::Refused;
use super::outline::{Block, CAPTION, ENTRIES_MAX, Entry, Heading, Kind, List, Outline};
use super::source::Source;

pub(super) fn outline(source: &Source) -> Result<Outline, Refused> {
    let body = source.text.get(source.body..).unwrap_or_default();
    let options = Options::ENABLE_TASKLISTS | Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut walk = Walk { text: &source.text, ..Walk::default() };
    for (event, range) in Parser::new_ext(body, options).into_offset_iter() {
        walk.event(event, range.start + source.body..range.end + source.body)?;
    }
    let mut out = walk.out;
    if let Some((title, at)) = source.front_title().filter(|_| out.headings.iter().all(|h| h.level > 1)) {
        out.put_under(title, at);
    }
    Ok(out)
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
struct Walk<'a> {
    text: &'a str,
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

impl Walk<'_> {
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
            Event::InlineHtml(html) => {
                if let Some(text) = seen(&html) {
                    self.text(text);
                }
                self.block(range, Kind::Html);
            }
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
                self.boxed_head(range.start);
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
            TagEnd::Link => self.inline(Inline::link_end),
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

    /// In `- [ ] | a |` above a line of dashes this parser drops the box for the table; every other one sees the task.
    fn boxed_head(&mut self, at: usize) {
        let text = self.text;
        let Some(entry) = self.entry().filter(|e| e.boxed.is_none() && !e.closed && e.inline.text.is_empty()) else {
            return;
        };
        let before = text.get(entry.at..at).unwrap_or_default().trim_end();
        let Some((bullet, mark)) = before.len().checked_sub(3).and_then(|from| before.split_at_checked(from)) else {
            return;
        };
        if full_box(mark) && bullet.bytes().all(|b| b.is_ascii_digit() || b" \t-*+.)".contains(&b)) {
            let end = entry.at + before.len();
            entry.boxed = Some((end - 3..end, mark != "[ ]"));
            let head = text.get(at..).and_then(|t| t.lines().next()).unwrap_or_default();
            entry.inline.push(head.trim_matches([' ', '\t', '|']));
        }
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
