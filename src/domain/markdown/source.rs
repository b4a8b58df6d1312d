//! Bytes to text whose offsets are still those of the file. What is not UTF-8 is replaced byte for byte, a byte order
//! mark and front matter are stepped over, never cut out. Not its job: what the Markdown says.

use std::ops::Range;

use super::model::{Place, Refused};

/// A checklist is read by people: ten thousand items of a line each are half of this.
pub const BYTES_MAX: u64 = 2 << 20;
const BOM: &[u8] = b"\xef\xbb\xbf";
/// Stands for a byte that is not UTF-8: one byte long, so that offsets stay, and shown as `␚` by `Clean`.
const NOT_TEXT: char = '\u{1a}';

/// Asked before a file is read, so that a huge one costs nothing.
pub fn check_size(bytes: u64) -> Result<(), Refused> {
    if bytes > BYTES_MAX { Err(Refused::TooLarge { bytes }) } else { Ok(()) }
}

pub(super) struct Source {
    /// The file after its byte order mark, and a line's end where the last line has none.
    pub text: String,
    /// Length of the byte order mark: 0 or 3.
    shift: usize,
    /// Where Markdown begins, after front matter; an offset in `text`.
    pub body: usize,
    lines: Vec<usize>,
    /// Offsets in `text` of the first byte that is not UTF-8, and how many there are.
    pub not_text: Option<(usize, usize)>,
}

impl Source {
    pub fn read(bytes: &[u8]) -> Result<Self, Refused> {
        check_size(bytes.len() as u64)?;
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            return Err(Refused::Utf16);
        }
        let content = bytes.strip_prefix(BOM).unwrap_or(bytes);
        let mut text = String::with_capacity(content.len());
        let mut not_text = None;
        for chunk in content.utf8_chunks() {
            text.push_str(chunk.valid());
            for _ in chunk.invalid() {
                let (first, count) = not_text.unwrap_or((text.len(), 0));
                not_text = Some((first, count + 1));
                text.push(NOT_TEXT);
            }
        }
        // The parser takes `- [ ]` for a task before the end of a line, and not before the end of the file.
        if !text.ends_with(['\n', '\r']) {
            text.push('\n');
        }
        let text = lone_cr(text);
        let body = front_matter(&text);
        let lines = line_starts(&text);
        Ok(Self { shift: bytes.len() - content.len(), body, lines, not_text, text })
    }

    /// A range of `text` as a range of the file.
    pub fn raw(&self, range: &Range<usize>) -> Range<usize> {
        range.start + self.shift..range.end + self.shift
    }
    pub fn slice(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }
    /// Which line an offset is in, from 0.
    pub fn line(&self, at: usize) -> usize {
        self.lines.partition_point(|start| *start <= at).saturating_sub(1)
    }
    pub fn place(&self, at: usize) -> Place {
        let line = self.line(at);
        let start = self.lines.get(line).copied().unwrap_or(0);
        let column = self.slice(&(start..at)).chars().count() + 1;
        Place { line: line as u32 + 1, column: column as u32 }
    }
    /// The front matter with its fences; empty when there is none.
    pub fn front(&self) -> &str {
        self.text.get(..self.body).unwrap_or_default()
    }
    /// What the front matter calls the document, and where. A template of an issue has its own name, and as `title` the
    /// beginning of other titles.
    pub fn front_title(&self) -> Option<(String, usize)> {
        let front = self.front();
        let lines = front.split_inclusive('\n').scan(0, |at, line| {
            *at += line.len();
            Some((line, *at - line.len()))
        });
        let pairs = || lines.clone().filter_map(|(line, at)| Some((line.split_once([':', '='])?, at)));
        let template = pairs().any(|((key, _), _)| key == "about");
        let wanted = if template { "name" } else { "title" };
        let ((_, value), at) = pairs().find(|((key, _), _)| key.trim_end() == wanted)?;
        let value = value.trim().trim_matches(['"', '\'']).trim();
        value.contains(char::is_alphanumeric).then(|| (value.to_owned(), at))
    }
}

/// A lone CR ends a line in Markdown, but not every rule of the parser knows: fences and references miss it. One byte
/// for one, so offsets stay.
fn lone_cr(text: String) -> String {
    if !text.contains('\r') {
        return text;
    }
    let mut chars = text.chars().peekable();
    let mut out = String::with_capacity(text.len());
    while let Some(c) = chars.next() {
        out.push(if c == '\r' && chars.peek() != Some(&'\n') { '\n' } else { c });
    }
    out
}

/// Lines end with LF, and with CRLF.
fn line_starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

/// Where the body begins. Only at the very start, and only when the line after the fence looks like a key: a document
/// may as well open with a rule, and the parser's own option would take any later pair of rules for front matter.
fn front_matter(text: &str) -> usize {
    let mut lines = text.split_inclusive('\n');
    let Some(fence) = lines.next().map(str::trim_end).filter(|l| matches!(*l, "---" | "+++")) else { return 0 };
    let mut at = text.find('\n').map_or(text.len(), |i| i + 1);
    for (n, line) in lines.enumerate() {
        let shown = line.trim_end();
        let key = shown.split_once([':', '=']).is_some_and(|(k, _)| {
            !k.is_empty() && k.trim_end().chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
        });
        at += line.len();
        if shown == fence || (fence == "---" && shown == "...") {
            return at;
        }
        if n == 0 && !key && !shown.starts_with('#') {
            return 0;
        }
    }
    0
}
