//! Ordered lists to procedures. A list is one when a heading above it says so or a trigger line stands before it; an
//! entry with a box is an item of a checklist, wherever it stands.

use super::clocks::{first_span, words};
use super::inline::{plain, shown};
use super::model::{Place, Procedure, Step, Weight};
use super::outline::{Entry, Kind, List};
use super::reader::Reader;
use super::triggers::{Trigger, announces, compares, trigger};
use crate::domain::text::Clean;

pub(super) fn procedures(reader: &mut Reader<'_>) -> Vec<Procedure> {
    let outline = reader.outline;
    let mut entries: Vec<Vec<usize>> = vec![Vec::new(); outline.lists.len()];
    let mut below: Vec<Vec<usize>> = vec![Vec::new(); outline.entries.len()];
    for (at, entry) in outline.entries.iter().enumerate() {
        entries.get_mut(entry.list).into_iter().for_each(|l| l.push(at));
        entry.parent.and_then(|p| below.get_mut(p)).into_iter().for_each(|l| l.push(at));
    }
    let mut out: Vec<(Option<usize>, Procedure)> = Vec::new();
    for (number, list) in outline.lists.iter().enumerate() {
        let Some(first) = list.ordered.filter(|_| list.parent.is_none()) else { continue };
        let triggers = triggers(reader, number, list);
        let said = reader.says(list.section, |r| r.procedure && !r.contacts);
        let own = entries.get(number).map(Vec::as_slice).unwrap_or_default();
        let plain: Vec<&usize> =
            own.iter().filter(|e| outline.entries.get(**e).is_some_and(|e| e.boxed.is_none())).collect();
        let index = is_index(reader, list, &plain);
        if plain.is_empty() || index || (!said && triggers.is_empty()) {
            continue;
        }
        // Code or a note between two steps ends a list in Markdown; its number goes on.
        let goes_on = out.last_mut().filter(|(section, p)| {
            *section == list.section && triggers.is_empty() && first > 1 && first == p.steps.len() as u64 + 1
        });
        let steps = plain.iter().enumerate().filter_map(|(i, at)| {
            let details = below.get(**at).map(Vec::as_slice).unwrap_or_default();
            Some(step(reader, outline.entries.get(**at)?, first.saturating_add(i as u64), details))
        });
        let steps: Vec<Step> = steps.collect();
        if let Some((_, procedure)) = goes_on {
            procedure.steps.extend(steps);
        } else {
            let procedure = start(reader, list, triggers, steps);
            out.push((list.section, procedure));
        }
    }
    out.into_iter().map(|(_, procedure)| procedure).collect()
}

/// A table of contents, an agenda and what is to come say what there is to do, not what to do now.
fn is_index(reader: &Reader<'_>, list: &List, entries: &[&usize]) -> bool {
    let title = list.section.and_then(|s| reader.reading(s)).map_or("", |r| r.title.as_str()).to_lowercase();
    let links = |at: &&usize| reader.outline.entries.get(**at).is_some_and(|e| e.inline.only_links());
    let planned = ["contents", "agenda", "next steps"].iter().any(|end| title.ends_with(end));
    planned || entries.iter().all(links)
}

fn start(reader: &mut Reader<'_>, list: &List, triggers: Vec<Trigger>, steps: Vec<Step>) -> Procedure {
    let heading = list.section.and_then(|s| reader.outline.headings.get(s));
    let title = reader.name(list.section).unwrap_or_else(|| Clean::new("procedure"));
    let severity = reader.naming(list.section).find_map(|r| r.severity);
    let response = reader.naming(list.section).find_map(|r| r.response);
    let place = reader.source.place(heading.map_or(list.at, |h| h.at));
    let id = reader.procedure_slug(title.as_str(), list.section);
    Procedure { id, title, place, severity, response, triggers, steps }
}

/// The trigger lines of the section between the list before and this one.
fn triggers(reader: &mut Reader<'_>, number: usize, list: &List) -> Vec<Trigger> {
    let mut out = Vec::new();
    let outline = reader.outline;
    // Blocks lie in the order of the file: those before this list end right here.
    let end = outline.blocks.partition_point(|b| b.before.1 <= number);
    let near = outline.blocks.get(..end).unwrap_or_default().iter().rev();
    for block in near.take_while(|b| b.before.1 == number && b.section == list.section) {
        let Kind::Paragraph(inline) = &block.kind else { continue };
        let at = reader.source.place(block.range.start);
        for (n, line) in inline.text.lines().enumerate().filter(|(_, l)| announces(l)) {
            let place = if n == 0 { at } else { Place { line: at.line + n as u32, column: 1 } };
            let found = trigger(line, place);
            if found.conditions.is_empty() && is_prose(line) {
                continue;
            }
            if found.conditions.is_empty() {
                let what = "a trigger that is not understood; it will be shown, and opens nothing";
                let fix = "write a metric, > or <, a number and its unit: `Response time >200ms or Success rate <99%`";
                reader.say(block.range.start, Weight::Ignored, "trigger", what, fix);
            }
            out.push(found);
        }
    }
    out.reverse();
    out
}

/// "When you are done:" announces a list, and no figure to wait for. A line that calls itself a trigger never is prose.
fn is_prose(line: &str) -> bool {
    let trigger = words(line).next().is_some_and(|w| w.to_lowercase().starts_with("trigger"));
    let figure = line.contains(|c: char| c.is_ascii_digit()) && (line.contains('%') || compares(line));
    !trigger && !figure
}

fn step(reader: &Reader<'_>, entry: &Entry, number: u64, below: &[usize]) -> Step {
    let (name, text) = match entry.inline.split_lead() {
        Some((name, rest)) => (Some(shown(name)), shown(rest)),
        None => (None, shown(&entry.inline.text)),
    };
    let entries = &reader.outline.entries;
    let details = below.iter().filter_map(|at| entries.get(*at)).map(|e| shown(&e.inline.text));
    Step {
        number,
        name,
        timer: timer(text.as_str()),
        text,
        code: entry.inline.codes.iter().map(|c| plain(c)).collect(),
        details: details.filter(|d| !d.is_empty()).collect(),
        place: reader.source.place(entry.at),
    }
}

/// "in 15 minutes", "within an hour" is not a number; "every 30 min" and "after 5 minutes" are timers as well.
fn timer(text: &str) -> Option<std::time::Duration> {
    let lower = text.to_lowercase();
    ["in ", "within ", "after ", "every ", "for "].iter().find_map(|word| {
        let hits = lower.match_indices(word).filter(|(at, _)| *at == 0 || lower.as_bytes().get(at - 1) == Some(&b' '));
        hits.filter_map(|(at, _)| lower.get(at + word.len()..)).find_map(|rest| {
            rest.starts_with(|c: char| c.is_ascii_digit())
                .then(|| first_span(rest.split_at_checked(24).map_or(rest, |r| r.0)))?
        })
    })
}
