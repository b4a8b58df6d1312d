//! Boxes to checklists: one list per heading, cadence and date; and what each tick will be tied to. A directive on an
//! item wins over one on its heading, that over the heading's words, and those over the headings above.

use std::collections::HashMap;

use super::clocks::days_after;
use super::comments::Comments;
use super::inline::{one_line, plain, shown};
use super::model::{Cadence, Checklist, Item, ItemId, Weight};
use super::outline::Entry;
use super::reader::Reader;
use crate::domain::ids::Fingerprint;
use crate::domain::text::Clean;

type Key = (Option<usize>, Cadence, Option<chrono::NaiveDate>);

pub(super) fn lists(reader: &mut Reader<'_>, comments: &mut Comments) -> Vec<Checklist> {
    let mut out: Vec<Checklist> = Vec::new();
    let mut found: HashMap<Key, usize> = HashMap::new();
    let mut ids = Ids::default();
    let mut paths: Vec<String> = Vec::new();
    let mut depths: Vec<u16> = Vec::with_capacity(reader.outline.entries.len());
    let outline = reader.outline;
    for (at, entry) in outline.entries.iter().enumerate() {
        let above = entry.parent.and_then(|p| Some((depths.get(p)?, outline.entries.get(p)?)));
        let depth = above.map_or(0, |(depth, parent)| depth.saturating_add(u16::from(parent.boxed.is_some())));
        depths.push(depth);
        let Some((range, checked)) = &entry.boxed else { continue };
        let (key, said) = key(reader, comments, at, entry);
        let next = out.len();
        let slot = *found.entry(key).or_insert(next);
        if slot == next {
            match said {
                Said::Yes => {}
                Said::Odd(section) => reader.odd_cadence(section),
                Said::No => reader.no_cadence(entry),
            }
            let list = start(reader, comments, key, entry);
            paths.push(path(&list));
            out.push(list);
        }
        let (Some(list), Some(path)) = (out.get_mut(slot), paths.get(slot)) else { continue };
        let directives = comments.take(at);
        let text = shown(&entry.inline.text);
        let place = reader.source.place(range.start);
        if text.is_empty() {
            reader.say(range.start, Weight::Ignored, "empty", "a box without text", "say what is to be done");
        }
        let id = ids.of(path, text.as_str(), directives.id.as_deref());
        if id.doubled {
            reader.say(range.start, Weight::Ignored, "directive", "this `id` is taken already", "give it another one");
        }
        list.items.push(Item {
            id: id.id,
            plain: if entry.inline.text.is_ascii() { text.clone() } else { plain(&entry.inline.text) },
            text,
            lead: entry.inline.split_lead().map(|(name, _)| shown(name)),
            code: entry.inline.codes.iter().map(|c| plain(c)).collect(),
            depth,
            checked: *checked,
            box_at: reader.source.raw(range),
            place,
            directives,
        });
    }
    out
}

/// Whether anything said how often.
enum Said {
    Yes,
    /// The heading, but nothing that a list can do.
    Odd(usize),
    No,
}

/// Which list an item goes to, and whether anything said so.
fn key(reader: &Reader<'_>, comments: &Comments, at: usize, entry: &Entry) -> (Key, Said) {
    let said = comments.of_entry(at);
    let mut cadence = said.and_then(|d| d.cadence);
    let mut due = said.and_then(|d| d.due);
    let mut odd = None;
    for (section, _) in reader.outline.chain(entry.section) {
        // A date belongs to the heading that made the list a once-list, not to one above it.
        if cadence.is_some_and(|c| c != Cadence::Once || due.is_some()) {
            break;
        }
        let directive = comments.of_section(section);
        let reading = reader.reading(section);
        due = due.or_else(|| directive.and_then(|d| d.due));
        due = due.or_else(|| days_after(reader.created?, reading?.within_days?));
        cadence = cadence.or_else(|| directive.and_then(|d| d.cadence)).or_else(|| reading?.cadence);
        if cadence.is_none()
            && let Some((_, instead)) = reading.and_then(|r| r.other)
        {
            (cadence, odd) = (Some(instead), Some(section));
        }
    }
    let said = match odd {
        Some(section) => Said::Odd(section),
        None if cadence.is_some() || due.is_some() => Said::Yes,
        None => Said::No,
    };
    let cadence = cadence.unwrap_or(Cadence::Once);
    ((entry.section, cadence, due.filter(|_| cadence == Cadence::Once)), said)
}

fn start(reader: &mut Reader<'_>, comments: &Comments, key: Key, entry: &Entry) -> Checklist {
    let (section, cadence, due) = key;
    let outline = reader.outline;
    let path = reader.path(section);
    let heading = section.and_then(|s| outline.headings.get(s));
    let at = heading.map_or(entry.at, |h| h.at);
    let directive = section.and_then(|s| comments.of_section(s));
    let reading = section.and_then(|s| reader.reading(s));
    let budget = directive.and_then(|d| d.budget).or_else(|| reading?.budget);
    let named = directive.and_then(|d| d.id.clone());
    let (title, above) =
        path.split_last().map_or_else(|| (Clean::new("checklist"), Vec::new()), |(t, a)| (t.clone(), a.to_vec()));
    let undated = reading.is_some_and(|r| r.within_days.is_some()) && reader.created.is_none() && due.is_none();
    if undated {
        let fix = "add a line `Created: 2026-01-09` or `<!-- due: 2026-02-08 -->`";
        reader.say(at, Weight::Ignored, "deadline", "the days of this heading have no date to count from", fix);
    }
    let name = named.as_deref().map(Clean::new).or_else(|| reader.name(section));
    let id = reader.slug(name.as_ref().unwrap_or(&title).as_str(), section);
    Checklist { id, title, above, place: reader.source.place(at), cadence, budget, due, items: Vec::new() }
}

/// The headings of a list as its items' identity has them.
fn path(list: &Checklist) -> String {
    list.above.iter().chain([&list.title]).map(|c| same(c.as_str())).collect::<Vec<_>>().join("\n")
}

/// Hands out ids: equal texts under equal headings are told apart by their order alone.
#[derive(Default)]
struct Ids {
    seen: HashMap<u64, u32>,
    taken: std::collections::HashSet<ItemId>,
}

struct Given {
    id: ItemId,
    /// The directive's id was another item's already.
    doubled: bool,
}

impl Ids {
    fn of(&mut self, path: &str, text: &str, named: Option<&str>) -> Given {
        let mut doubled = false;
        if let Some(id) = named.map(ItemId::new) {
            doubled = !self.taken.insert(id.clone());
            if !doubled {
                return Given { id, doubled };
            }
        }
        let text = same(text);
        let base = Fingerprint::of_pairs([("path", path), ("text", text.as_str())].into_iter());
        loop {
            let count = self.seen.entry(base.0).or_default();
            *count += 1;
            let ordinal = count.to_string();
            let pairs = [("ordinal", ordinal.as_str()), ("path", path), ("text", text.as_str())];
            let id = ItemId::new(&Fingerprint::of_pairs(pairs.into_iter()).to_string());
            if self.taken.insert(id.clone()) {
                return Given { id, doubled };
            }
        }
    }
}

/// Case, white space and decoration do not make another item; every word, number and sign does.
fn same(text: &str) -> String {
    let kept: String = text.chars().map(|c| if c.is_ascii() || c.is_alphanumeric() { c } else { ' ' }).collect();
    one_line(&kept).to_lowercase()
}
