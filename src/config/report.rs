//! Says what is wrong with a config and where: a line for machines (`file:line:column: message (hint)`), then the place
//! itself for people. Secrets in the quoted line are masked and everything is cleaned. Not its job: finding problems.

use std::fmt::Write as _;
use std::ops::Range;
use std::path::PathBuf;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::file::Refused;
use super::raw::Problem;
use super::secret;
use crate::domain::text::Clean;

/// More are counted, not listed: past this the reader starts over anyway.
const SHOWN_MAX: usize = 50;
/// Bytes of a line quoted before and after the place.
const BEFORE: usize = 100;
const AFTER: usize = 60;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Colour {
    Never,
    Ansi,
}

/// Why there is no config.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{0}")]
    Refused(#[from] Refused),
    #[error("{}", .0.render(Colour::Never))]
    Wrong(Report),
}

impl ConfigError {
    /// For stderr; ends with a newline.
    pub fn render(&self, colour: Colour) -> String {
        match self {
            Self::Refused(refused) => format!("{refused}\n"),
            Self::Wrong(report) => report.render(colour),
        }
    }
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Refused(_) => &[],
            Self::Wrong(report) => &report.problems,
        }
    }
    /// Problems of the config and of the files beside it.
    pub fn count(&self) -> usize {
        match self {
            Self::Refused(_) => 0,
            Self::Wrong(report) => {
                report.problems.len() + report.beside.iter().map(|r| r.problems.len()).sum::<usize>()
            }
        }
    }
    /// Files that were read besides, so that mending one of them is noticed.
    pub fn mappings(&self) -> &[PathBuf] {
        match self {
            Self::Refused(_) => &[],
            Self::Wrong(report) => &report.mappings,
        }
    }
}

/// The problems of one text, sorted by place. The text it keeps has its secrets masked already.
#[derive(Clone)]
pub struct Report {
    name: Clean,
    text: String,
    pub problems: Vec<Problem>,
    /// What is wrong in files that it names.
    pub beside: Vec<Report>,
    pub mappings: Vec<PathBuf>,
}

impl std::fmt::Debug for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Report");
        shown.field("name", &self.name).field("problems", &self.problems).field("beside", &self.beside);
        shown.finish_non_exhaustive()
    }
}

impl Report {
    /// `secrets` are the places of inline secrets, where the text could be parsed.
    pub fn new(name: &str, text: &str, secrets: &[Range<usize>], mut problems: Vec<Problem>) -> Self {
        problems.sort_by(|a, b| (a.span.start, &a.what).cmp(&(b.span.start, &b.what)));
        problems.dedup();
        let (name, text) = (Clean::new(name), masked(text, secrets));
        Self { name, text, problems, beside: Vec::new(), mappings: Vec::new() }
    }

    /// Line and column of a problem, from 1, the column in characters.
    pub fn place(&self, problem: &Problem) -> (usize, usize) {
        place(&self.text, problem.span.start)
    }

    /// `file:line:column: message (hint)`.
    pub fn line(&self, problem: &Problem) -> String {
        let (line, column) = self.place(problem);
        let (what, hint) = (Clean::new(&problem.what), Clean::new(&problem.hint));
        let mut out = format!("{}:{line}:{column}: {what}", self.name);
        if !hint.is_empty() {
            let _ = write!(out, " ({hint})");
        }
        out
    }

    pub fn render(&self, colour: Colour) -> String {
        let mut out = String::new();
        for problem in self.problems.iter().take(SHOWN_MAX) {
            out.push_str(&self.line(problem));
            out.push('\n');
            out.push_str(&self.quote(problem, colour));
            out.push('\n');
        }
        let hidden = self.problems.len().saturating_sub(SHOWN_MAX);
        if hidden > 0 {
            let _ = writeln!(out, "{}: and {hidden} more problems", self.name);
        }
        self.beside.iter().for_each(|report| out.push_str(&report.render(colour)));
        out
    }

    /// The line itself with the place underlined. Only cleaned text reaches the renderer, cut to what fits.
    fn quote(&self, problem: &Problem, colour: Colour) -> String {
        let at = floor(&self.text, problem.span.start);
        let start = self.text.get(..at).and_then(|t| t.rfind('\n')).map_or(0, |n| n + 1);
        let rest = self.text.get(at..).unwrap_or_default();
        let end = at + rest.find('\n').unwrap_or(rest.len());
        let stop = floor(&self.text, problem.span.end.clamp(at, end));
        let piece = |range: Range<usize>| Clean::new(self.text.get(range).unwrap_or_default().trim_end_matches('\r'));
        let from = ceil(&self.text, start.max(at.saturating_sub(BEFORE)));
        let (before, marked) = (piece(from..at), piece(at..floor(&self.text, stop.min(at + BEFORE))));
        let after = piece(stop..floor(&self.text, end.min(stop + AFTER)));
        let line = format!("{before}{marked}{after}");
        let span = before.as_str().len()..before.as_str().len() + marked.as_str().len();
        let hint = Clean::new(&problem.hint);
        let label = (!hint.is_empty()).then(|| hint.as_str());
        let note = AnnotationKind::Primary.span(span).label(label);
        let snippet = Snippet::source(line.as_str()).line_start(self.place(problem).0).annotation(note);
        let renderer = if colour == Colour::Ansi { Renderer::styled() } else { Renderer::plain() };
        renderer.decor_style(DecorStyle::Ascii).render(&[Group::with_level(Level::ERROR).element(snippet)])
    }
}

/// Line and column from 1; the column counts characters.
pub fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..floor(text, at)).unwrap_or_default();
    let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |n| n + 1);
    (line, before.get(start..).unwrap_or_default().chars().count() + 1)
}

fn floor(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at.min(text.len()))
}

fn ceil(text: &str, at: usize) -> usize {
    text.ceil_char_boundary(at.min(text.len()))
}

/// The text with its secrets replaced byte for byte, so that all places stay. What looks like a secret on a line is
/// masked to the line's end even when the text could not be parsed at all.
fn masked(text: &str, secrets: &[Range<usize>]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let lines = text.split_inclusive('\n').scan(0, |at, line| {
        let start = *at;
        *at += line.len();
        Some((start, line))
    });
    let by_look = lines.filter_map(|(start, line)| {
        let from = suspicious(line)?;
        Some(start + from..start + line.trim_end().len().max(from))
    });
    for range in secrets.iter().cloned().chain(by_look) {
        for byte in bytes.get_mut(range).unwrap_or_default() {
            if !matches!(byte, b'\n' | b'\r' | b'"' | b'\'') {
                *byte = b'*';
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Where a value begins on this line that is named like a secret, or that is a URL with one; the first of them.
fn suspicious(line: &str) -> Option<usize> {
    let named = line.match_indices('=').find(|(at, _)| {
        let key = line.get(..*at).unwrap_or_default().trim_end().trim_end_matches(['"', '\'']);
        secret::names_secret(
            key.rsplit(|c: char| !(c.is_alphanumeric() || "_-".contains(c))).next().unwrap_or_default(),
        )
    });
    let url = line.match_indices("://").find(|(at, _)| {
        let rest = line.get(*at..).unwrap_or_default();
        secret::is_secret_url(rest.split(['"', '\'', ' ']).next().unwrap_or_default())
    });
    named.map(|(at, _)| at + 1).into_iter().chain(url.map(|(at, _)| at + 3)).min()
}
