//! Markdown to checklists, procedures and contacts, by a real parser: a regular expression per line is wrong on real
//! files. Pure: bytes in, [`Document`] out; who reads the file, watches it and keeps occurrences is elsewhere. Offsets
//! are those of the file's own bytes, whatever was repaired for display.
//!
//! `source` makes text of bytes, `walk` flattens the parser's events to an `outline`, the rest reads meaning from that:
//! `headings` from headings, `lists`, `procedures`, `contacts` from entries, `comments` from directives; `lint` says what
//! got lost.

mod boxes;
mod clocks;
mod comments;
mod contacts;
pub mod directives;
mod headings;
mod inline;
mod lint;
mod lists;
pub mod model;
mod outline;
mod procedures;
mod reader;
mod repair;
mod source;
pub mod triggers;
mod walk;

pub use directives::{Directives, Mode};
pub use model::{
    Cadence, Checklist, Contact, Document, Finding, Item, ItemId, Place, Procedure, Refused, Response, Step, Weight,
};
pub use outline::ENTRIES_MAX;
pub use repair::{Repairs, repair};
pub use source::{BYTES_MAX, check_size};
pub use triggers::{Condition, Trigger};

use reader::Reader;

/// Reads a whole file. Any bytes give a document or a refusal, in time and memory bounded by the two limits.
pub fn parse(bytes: &[u8]) -> Result<Document, Refused> {
    let source = source::Source::read(bytes)?;
    let outline = walk::outline(&source)?;
    let mut readings: Vec<_> = outline.headings.iter().map(|h| headings::heading(&h.text)).collect();
    headings::stated(&outline, &mut readings);
    let mut reader = Reader::new(&source, &outline, &readings);
    let mut comments = comments::comments(&mut reader);
    reader.created = comments.created.or_else(|| reader::created(&source, &outline));
    let lists = lists::lists(&mut reader, &mut comments);
    let procedures = procedures::procedures(&mut reader);
    let contacts = contacts::contacts(&reader);
    let repairs = lint::lint(&mut reader);
    let title = readings.first().map(|r| r.title.clone()).unwrap_or_default();
    let created = reader.created;
    let (findings, findings_more) = reader.findings();
    Ok(Document { title, created, lists, procedures, contacts, findings, findings_more, repairs })
}
