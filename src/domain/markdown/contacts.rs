//! Entries and table rows below a heading of contacts: `**Level 2**: Technical lead (15-minute response)`. Who holds a
//! role today is for the config's rotation, not for the file.

use super::clocks::{response, words};
use super::inline::shown;
use super::model::{Contact, Place, Response};
use super::outline::{Kind, Outline};
use super::reader::Reader;
use crate::domain::text::Clean;

pub(super) fn contacts(reader: &Reader<'_>) -> Vec<Contact> {
    let outline: &Outline = reader.outline;
    let mut out = Vec::new();
    let of = |section| reader.says(section, |r| r.contacts);
    for entry in outline.entries.iter().filter(|e| e.parent.is_none() && e.boxed.is_none() && of(e.section)) {
        let group = group(reader, entry.section);
        let (name, rest) = match entry.inline.split_lead() {
            Some(split) => split,
            None => entry.inline.text.split_once(": ").unwrap_or((&entry.inline.text, "")),
        };
        let links = entry.inline.links.iter().map(String::as_str);
        out.extend(contact(group, name, rest, links, reader.source.place(entry.at)));
    }
    for block in outline.blocks.iter().filter(|b| of(b.section)) {
        let Kind::Table(rows) = &block.kind else { continue };
        let line = reader.source.place(block.range.start).line;
        // The head and the line of dashes below it are no contacts.
        for (n, row) in rows.iter().enumerate().skip(1) {
            let name = row.first().map_or("", String::as_str);
            let columns = row.get(1..).unwrap_or_default().iter().map(|cell| cell.trim());
            let filled = |cell: &&str| cell.contains(|c: char| !c.is_whitespace() && !matches!(c, '-' | '–' | '—'));
            let rest = columns.filter(filled).collect::<Vec<_>>().join(", ");
            let place = Place { line: line + n as u32 + 1, column: 1 };
            out.extend(contact(group(reader, block.section), name, &rest, std::iter::empty(), place));
        }
    }
    out.sort_by_key(|c| c.place);
    out
}

fn group(reader: &Reader<'_>, section: Option<usize>) -> Clean {
    section.and_then(|s| reader.reading(s)).map(|r| r.title.clone()).unwrap_or_default()
}

fn contact<'a>(
    group: Clean,
    name: &str,
    rest: &str,
    links: impl Iterator<Item = &'a str>,
    place: Place,
) -> Option<Contact> {
    let (role, clock) = split_clock(rest);
    let words = role.split([' ', ',', '\n']).map(bare);
    let mut how: Vec<Clean> = words.filter(|w| is_address(w)).map(shown).collect();
    how.extend(phone(role).map(shown));
    for link in links.map(shown).take(8) {
        // A bare address is its own link.
        if !how.iter().any(|h| link.as_str().ends_with(h.as_str())) {
            how.push(link);
        }
    }
    let name = shown(name.trim());
    let found = Contact { level: level(name.as_str()), role: shown(role), group, name, response: clock, how, place };
    (!found.name.is_empty()).then_some(found)
}

fn split_clock(text: &str) -> (&str, Option<Response>) {
    let Some((role, rest)) = text.split_once('(') else { return (text.trim(), None) };
    let inner = rest.split(')').next().unwrap_or_default();
    match response(inner) {
        Some(found) => (role.trim(), Some(found)),
        None => (text.trim(), None),
    }
}

fn level(name: &str) -> Option<u8> {
    let lower = name.to_lowercase();
    let mut parts = words(&lower);
    let first = parts.next()?;
    match first {
        "level" | "tier" => parts.next()?.parse().ok(),
        _ => first.strip_prefix('l').filter(|_| parts.next().is_none())?.parse().ok(),
    }
}

/// A word without the brackets and stops around it.
fn bare(word: &str) -> &str {
    word.trim_matches(['[', ']', '(', ')', '<', '>', '"', '.', ';'])
}

fn is_address(word: &str) -> bool {
    let handle = word.strip_prefix(['@', '#']).is_some_and(|name| name.starts_with(char::is_alphabetic));
    handle || word.contains("://") || word.split_once('@').is_some_and(|(a, b)| !a.is_empty() && b.contains('.'))
}

/// The longest run that can be dialled: at least seven digits.
fn phone(text: &str) -> Option<&str> {
    let dialled = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '(' | ')' | '.' | '/');
    let runs = text.split(|c: char| !dialled(c)).map(|r| r.trim_matches([' ', '-', '.', '/', ')']).trim());
    runs.filter(|r| r.bytes().filter(u8::is_ascii_digit).count() >= 7).max_by_key(|r| r.len())
}
