//! The text of one heading, paragraph or list entry, without its markup: where its bold beginning ends, what stood in
//! backticks, where its links lead.

use std::borrow::Cow;

use super::repair::repair;
use crate::domain::text::{Clean, Untrusted};

/// Longest text of an item or a step, in bytes; longer ones are cut with `…`.
const TEXT_MAX: usize = 1000;

#[derive(Default)]
pub(super) struct Inline {
    /// Lines of a paragraph stay lines.
    pub text: String,
    pub codes: Vec<String>,
    pub links: Vec<String>,
    bold_from: Option<usize>,
    link_from: Option<usize>,
    /// Bytes of `text` that belong to links.
    linked: usize,
    /// Bytes of `text` that are bold from its start on.
    lead: usize,
}

impl Inline {
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }
    pub fn code(&mut self, text: &str) {
        self.text.push_str(text);
        self.codes.push(text.to_owned());
    }
    pub fn link(&mut self, to: &str) {
        self.links.push(to.to_owned());
        self.link_from = Some(self.text.len());
    }
    pub fn link_end(&mut self) {
        self.linked += self.link_from.take().map_or(0, |from| self.text.len() - from);
    }
    /// Nothing but links, as in a table of contents.
    pub fn only_links(&self) -> bool {
        self.linked > 0 && self.linked == self.text.trim().len()
    }
    pub fn line(&mut self) {
        self.text.push('\n');
    }
    pub fn bold(&mut self) {
        self.bold_from = Some(self.text.len());
    }
    pub fn bold_end(&mut self) {
        if self.bold_from.take() == Some(0) {
            self.lead = self.text.len();
        }
    }
    /// A bold line, with or without a colon after it.
    pub fn all_bold(&self) -> bool {
        self.lead > 0
            && !self.text.contains('\n')
            && self.text.get(self.lead..).is_some_and(|t| matches!(t.trim(), "" | ":"))
    }
    /// The bold beginning without its colon, and the rest; None when it is only an emphasised word of a sentence.
    pub fn split_lead(&self) -> Option<(&str, &str)> {
        split_lead(self.text.get(..self.lead)?, self.text.get(self.lead..)?)
    }
}

fn split_lead<'a>(bold: &'a str, rest: &'a str) -> Option<(&'a str, &'a str)> {
    let name = bold.trim_end();
    let marks = |c: char| matches!(c, ':' | '–' | '—' | '-');
    let rest = rest.trim();
    let inside = name.ends_with([':', '.']);
    let after = rest.starts_with(marks);
    let name = name.trim_end_matches([':', '.']).trim();
    let rest = rest.trim_start_matches(marks).trim_start();
    ((inside || after) && !name.is_empty() && !rest.is_empty()).then_some((name, rest))
}

/// The tags people write between words; any other word in such brackets stands for something: `ssh <host>`.
const TAGS: &str = " a abbr b big br center cite code dd del details div dl dt em font h1 h2 h3 h4 h5 h6 hr i img input ins \
                    kbd label li mark nobr ol p path picture pre q s samp small source span strike strong sub summary \
                    sup svg table tbody td th thead tr tt u ul var video wbr ";

/// What a person is meant to see of inline HTML: a break between two words, or the placeholder that only looks like it.
pub(super) fn seen(html: &str) -> Option<&str> {
    let inside = html.strip_prefix('<')?.strip_suffix('>')?;
    let placeholder = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ');
    let tag = inside.split([' ', '/']).next().filter(|t| !t.is_empty())?.to_lowercase();
    match tag.as_str() {
        "br" => Some(" "),
        _ if TAGS.split(' ').any(|t| t == tag) => None,
        _ => (inside.starts_with(char::is_alphabetic) && inside.chars().all(placeholder)).then_some(html),
    }
}

/// As shown: repaired, on one line, without double spaces.
pub(super) fn shown(text: &str) -> Clean {
    if text.is_ascii() { plain(text) } else { plain(&repair(text).0) }
}

/// As the file has it, on one line.
pub(super) fn plain(text: &str) -> Clean {
    // Most texts are one line already, and a copy of each would be in vain.
    let spaced = text.contains("  ") || text.starts_with(' ') || text.ends_with(' ');
    let one: Cow<'_, str> =
        if spaced || text.contains(['\n', '\r', '\t', '\u{c}']) { one_line(text).into() } else { text.into() };
    Untrusted::new(one).clean_to(TEXT_MAX)
}

pub(super) fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // ASCII white space alone: a no-break space may be the second byte of a damaged character.
    for word in text.split_ascii_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Words joined by `-`, of what is shown: the id of a list or a procedure.
pub(super) fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            out.push(c);
        } else if matches!(c, '\'' | '’') {
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
        if out.len() >= 64 {
            break;
        }
    }
    out.truncate(out.trim_end_matches('-').len());
    if out.is_empty() { "list".to_owned() } else { out }
}
