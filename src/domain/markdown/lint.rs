//! What an author probably meant and Markdown loses: boxes that are no boxes, tasks where a parser sees none, text that
//! was damaged on its way. Says what to write instead; changes nothing.

use std::ops::Range;

use super::boxes::{full_box, is_spoken_of, is_tick, near_box, task_line};
use super::model::Weight;
use super::outline::{Block, Entry, Kind};
use super::reader::Reader;
use super::repair::{Repairs, repair};

const PARAGRAPH: &str = "put an empty line before the list";
const BOX: &str = "write `- [ ] text`: bullet, space, `[`, one space or `x`, `]`, space";

pub(super) fn lint(reader: &mut Reader<'_>) -> Repairs {
    let outline = reader.outline;
    for (at, entry) in outline.entries.iter().enumerate() {
        lint_entry(reader, entry, at.checked_sub(1).and_then(|before| outline.entries.get(before)));
    }
    for block in &outline.blocks {
        lint_block(reader, block);
    }
    for heading in outline.headings.iter().filter(|h| near_box(&h.text).is_some() || full_box(&h.text)) {
        if is_spoken_of(line_at(reader, heading.at)) {
            continue;
        }
        let what = "a box in a heading is text";
        reader.say(heading.at, Weight::Lost, "heading", what, "make it a list entry: `- [ ] text`");
    }
    lint_front(reader);
    lint_encoding(reader)
}

fn lint_entry(reader: &mut Reader<'_>, entry: &Entry, before: Option<&Entry>) {
    let (near, full) = (near_box(&entry.inline.text), full_box(&entry.inline.text));
    if entry.boxed.is_none() && (near.is_some() || full) && !is_spoken_of(line_at(reader, entry.at)) {
        let what = match near {
            Some(seen) => format!("`{seen}` is not a box, the entry is plain text"),
            None => "the box does not stand right after the bullet and is text".to_owned(),
        };
        reader.say(entry.at, Weight::Lost, "box", &what, BOX);
    }
    if entry.inline.text.contains('\n') {
        lint_lines(reader, entry.at..reader.source.text.len(), entry.inline.text.lines().count());
    }
    let other = before.filter(|b| b.list != entry.list && b.section == entry.section && b.parent.is_none());
    if entry.parent.is_none() && other.is_some_and(|b| reader.source.line(entry.at) == reader.source.line(b.at) + 1) {
        let column = reader.source.place(entry.at).column;
        let indent = line_start(reader, entry.at);
        if (2..=4).contains(&column) && reader.source.slice(&(indent..entry.at)).trim().is_empty() {
            let what = "indented, but not below the entry before it: a list of its own";
            reader.say(entry.at, Weight::Hint, "nesting", what, "indent it to where the text above begins");
        }
    }
}

/// From an offset to the end of its line.
fn line_at<'a>(reader: &Reader<'a>, at: usize) -> &'a str {
    reader.source.text.get(at..).and_then(|t| t.lines().next()).unwrap_or_default()
}

fn line_start(reader: &Reader<'_>, at: usize) -> usize {
    reader.source.slice(&(0..at)).rfind('\n').map_or(0, |i| i + 1)
}

/// Lines after the first of a paragraph or an entry that were meant to be entries of their own.
fn lint_lines(reader: &mut Reader<'_>, range: Range<usize>, count: usize) {
    let found: Vec<(usize, &str)> = lines(reader.source.slice(&range), range.start)
        .take(count)
        .skip(1)
        .filter_map(|(at, line)| task_line(line).and_then(|skip| Some((at + skip, line.get(skip..)?))))
        .collect();
    for (at, line) in found {
        let (why, fix) = match line.as_bytes().first() {
            Some(b'0'..=b'9') => ("a numbered line cannot end a paragraph unless its number is 1", PARAGRAPH),
            Some(b'-' | b'*' | b'+') => {
                ("it is indented too far to begin a list", "indent it to where the text above begins")
            }
            _ => ("a box without a list entry before it is text", BOX),
        };
        reader.say(at, Weight::Lost, "paragraph", &format!("a box within running text: {why}"), fix);
    }
}

fn lint_block(reader: &mut Reader<'_>, block: &Block) {
    let text = reader.source.slice(&block.range);
    let start = block.range.start;
    match &block.kind {
        Kind::Paragraph(inline) => {
            let first = lines(text, start).next().map_or("", |l| l.1);
            let meant = full_box(&inline.text) || near_box(&inline.text).is_some_and(|b| b != "( )");
            if task_line(first).is_some() || (meant && !is_spoken_of(first)) {
                reader.say(start, Weight::Lost, "paragraph", "a box without a list entry before it is text", BOX);
            }
            lint_lines(reader, block.range.clone(), usize::MAX);
        }
        Kind::Code => {
            let fenced = text.trim_start().starts_with(['`', '~']);
            let kind = if fenced { "fence" } else { "indent" };
            let fix = if fenced { "take them out of the fence" } else { "indent by less than four spaces" };
            count_tasks(reader, block.range.clone(), kind, fix);
        }
        Kind::Html => {
            if text.starts_with("<!--") && !text.contains("-->") {
                let what = "this comment never ends and hides the rest of the file";
                reader.say(start, Weight::Lost, "comment", what, "end it with `-->`");
            }
            if text.contains("checkbox") && text.contains("<input") {
                reader.say(start, Weight::Lost, "html", "a box written in HTML is not read", BOX);
            }
            count_tasks(reader, block.range.clone(), "comment", "take them out of the HTML");
        }
        Kind::Table(_) => {
            // As written: a cell of code is no box.
            let ticks = |line: &&str| line.split('|').any(|cell| is_tick(cell.trim()));
            let count = text.lines().skip(2).filter(ticks).count();
            if count > 0 {
                let what = format!("a table as a checklist: {count} rows with boxes are not items");
                reader.say(start, Weight::Lost, "table", &what, "write each row as `- [ ] text`");
            }
        }
    }
}

fn count_tasks(reader: &mut Reader<'_>, range: Range<usize>, kind: &'static str, fix: &str) {
    let tasks: Vec<usize> = lines(reader.source.slice(&range), range.start)
        .filter_map(|(at, line)| task_in(line).map(|skip| at + skip))
        .collect();
    if let Some(first) = tasks.first() {
        let place = match kind {
            "fence" => "in a code fence",
            "indent" => "indented by four spaces or more, which is code",
            _ => "inside HTML",
        };
        let what = format!(
            "{} written {place}: not items",
            if tasks.len() == 1 { "a task".to_owned() } else { format!("{} tasks", tasks.len()) }
        );
        reader.say(*first, Weight::Lost, kind, &what, fix);
    }
}

/// A task on a line of its own, or behind the end of a comment.
fn task_in(line: &str) -> Option<usize> {
    let behind = || line.rfind("-->").map(|at| at + 3);
    task_line(line).or_else(|| behind().and_then(|at| Some(at + task_line(line.get(at..)?)?)))
}

fn lint_front(reader: &mut Reader<'_>) {
    let first = lines(reader.source.front(), 0).find_map(|(at, line)| task_line(line).map(|skip| at + skip));
    if let Some(at) = first {
        let what = "tasks in the front matter are not items";
        reader.say(at, Weight::Lost, "front-matter", what, "put them below the second fence");
    }
}

/// One finding for all that was repaired, one for each character that could not be.
fn lint_encoding(reader: &mut Reader<'_>) -> Repairs {
    if let Some((first, count)) = reader.source.not_text {
        let what = format!("{count} bytes are not UTF-8, from here on");
        reader.say(first, Weight::Hint, "encoding", &what, "save the file as UTF-8");
    }
    let mut sum = Repairs::default();
    let mut first = None;
    let source = reader.source;
    for (at, line) in lines(&source.text, 0).filter(|(_, line)| !line.is_ascii()) {
        let found = repair(line).1;
        sum = Repairs { mended: sum.mended + found.mended, lost: sum.lost + found.lost };
        if found.mended > 0 {
            first = first.or(Some(at));
        }
        if found.lost > 0 {
            let what = "a damaged character that lost a byte and cannot be repaired";
            reader.say(at, Weight::Hint, "encoding", what, "write it anew");
        }
    }
    if let Some(at) = first {
        let what = format!("{} characters are UTF-8 read as Windows-1252; repaired for display only", sum.mended);
        reader.say(at, Weight::Hint, "encoding", &what, "save the file from its source as UTF-8");
    }
    sum
}

/// Lines with their offsets.
fn lines(text: &str, from: usize) -> impl Iterator<Item = (usize, &str)> {
    let mut at = from;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line.trim_end_matches(['\n', '\r']))
    })
}
