//! One box on one line: glyph, what is to be done, what its evidence says, how old that is or when it was done, who. Among
//! several lists a line stands above each, with how far it has come and what is wrong with it.

use std::time::Duration;

use ratatui::text::Line;

use super::stand::{self, Stand};
use crate::domain::time::{Stamp, worked as spent};
use crate::engine::Model;
use crate::ui::list::Row;
use crate::ui::scene::Scene;
use crate::ui::tabs::lists::View;
use crate::ui::tabs::lists::worked::{self, Worked};
use crate::ui::text::{Cells, fit, width};
use crate::ui::theme::Tint;

/// Columns of a row; zero leaves a column out.
struct Columns {
    text: usize,
    value: usize,
    when: usize,
    who: usize,
}

const WHEN: usize = 6;
/// Most of who and of the evidence, where the text needs the room.
const WHO_MAX: usize = 12;
const NAMED_MAX: usize = 15;
const VALUE_MAX: usize = 24;
/// Boxes measured for one view.
const MEASURED_MAX: usize = 500;
/// Steps in for what is nested, and no deeper.
const STEP: usize = 2;
const DEPTH_MAX: usize = 4;

/// The text has what evidence, time and who do not need.
fn columns(scene: &Scene<'_>, list: &Worked, total: usize) -> Columns {
    if total < 60 {
        let who = 9;
        return Columns { text: total.saturating_sub(2 + 1 + who), value: 0, when: 0, who };
    }
    let widest = widest(scene, list);
    let when = if widest.when == 0 { 0 } else { WHEN };
    let around = 2 + 2 + if when == 0 { 0 } else { 2 + when } + 2;
    let value = widest.value.min(VALUE_MAX);
    let tight = around + widest.text + value + widest.who > total;
    let who = widest.who.clamp(3, if tight { WHO_MAX } else { NAMED_MAX });
    let rest = total.saturating_sub(around + who);
    let text = widest.text.max(10).min(rest.saturating_sub(value));
    Columns { text, value: rest - text, when, who }
}

/// What the boxes of a view need at most, looked up once for a frame.
#[derive(Clone, Copy, Default)]
pub struct Widest {
    text: usize,
    value: usize,
    when: usize,
    who: usize,
}

/// The view, and the moment it was drawn at.
type WidestOf = (View, Stamp, [u64; 2]);
pub type Known = (WidestOf, Widest);

fn widest(scene: &Scene<'_>, of: &Worked) -> Widest {
    let board = |model: &Model| model.board.revision;
    let key = (of.view.clone(), scene.now(), [board(scene.model), board(scene.live)]);
    if let Some((_, known)) = scene.memo.widest.borrow().as_ref().filter(|(k, _)| *k == key) {
        return *known;
    }
    let lists = worked::lists(scene);
    let here = lists.iter().filter(|l| l.view == of.view);
    let stands = here.flat_map(|l| (0..l.items().len()).filter_map(|place| Stand::of(scene, l, place)));
    let widest = stands.take(MEASURED_MAX).fold(Widest::default(), |w, stand| Widest {
        text: w.text.max(width(stand.pinned.text.as_str()) + inset(&stand)),
        value: w.value.max(width(&stand::value(scene, &stand, VALUE_MAX))),
        when: w.when.max(width(&stand::when(scene, &stand))),
        who: w.who.max(width(&short(&stand::who(scene, &stand).0, NAMED_MAX))),
    });
    *scene.memo.widest.borrow_mut() = Some((key, widest));
    widest
}

/// Columns by which what is nested stands in.
fn inset(stand: &Stand<'_>) -> usize {
    usize::from(stand.pinned.depth).min(DEPTH_MAX) * STEP
}

pub fn line(scene: &Scene<'_>, row: &Row, total: usize) -> Line<'static> {
    let lists = worked::lists(scene);
    match worked::locate(&lists, row) {
        Some((list, Some(place))) => {
            Stand::of(scene, list, place).map_or_else(Line::default, |stand| boxed(scene, &stand, total))
        }
        Some((list, None)) => heading(scene, list, total),
        None => Line::default(),
    }
}

fn boxed(scene: &Scene<'_>, stand: &Stand<'_>, total: usize) -> Line<'static> {
    let c = columns(scene, stand.list, total);
    let text = scene.style(Tint::Text);
    let (sign, tint) = stand::sign(stand);
    let what = format!("{}{}", " ".repeat(inset(stand)), stand.pinned.text);
    let cells = Cells::default().add(sign, scene.style(tint)).gap(1);
    let (who, tint) = stand::who(scene, stand);
    if c.value == 0 {
        return cells.left(&what, c.text, text).gap(1).add(short(&who, c.who), scene.style(tint)).line();
    }
    let value = stand::value(scene, stand, c.value);
    let cells = match value.as_str() {
        // Nothing to show beside it leaves it the room.
        "" => cells.left(&what, c.text + 2 + c.value, text),
        value => cells.left(&what, c.text, text).gap(2).left(value, c.value, text),
    };
    let cells = if c.when == 0 { cells } else { cells.gap(2).right(&stand::when(scene, stand), c.when, text) };
    let cells = cells.gap(2);
    cells.add(short(&who, c.who), scene.style(tint)).line()
}

/// Whole words of it, as many as there is room for.
fn short(who: &str, columns: usize) -> String {
    let mut words = who;
    while width(words) > columns {
        let Some((fewer, _)) = words.rsplit_once(' ') else { return fit(words, columns) };
        words = fewer;
    }
    words.to_owned()
}

/// `Weekly Maintenance  2/5  due Nov 23  3d late  list changed since`.
fn heading(scene: &Scene<'_>, list: &Worked, total: usize) -> Line<'static> {
    let far = format!("{}/{}", list.tally.done, list.tally.total);
    let badges = badges(scene, list);
    let due = due(scene, list);
    let wanted: usize = badges.iter().map(|b| width(b) + 4).sum::<usize>() + width(&far) + width(&due) + 4;
    let room = total.saturating_sub(wanted).max(total / 3);
    let cells = Cells::default().add(fit(list.title(), room), scene.style(Tint::Strong)).gap(2).text(far);
    let mut cells = if due.is_empty() { cells } else { cells.gap(2).add(due, scene.label()) };
    for badge in badges {
        if cells.used + width(&badge) + 4 <= total {
            cells = cells.gap(2).add(format!(" {badge} "), scene.style(Tint::WarnBadge));
        }
    }
    cells.line()
}

pub fn due(scene: &Scene<'_>, list: &Worked) -> String {
    list.occurrence().due().map_or_else(String::new, |due| format!("due {}", scene.clock.due(due)))
}

/// What is not as it should be with the list itself.
pub fn badges(scene: &Scene<'_>, list: &Worked) -> Vec<String> {
    let board = &scene.model.board;
    let late = list.late_since(scene.now()).map(|due| format!("{} late", scene.clock.age(due)));
    let carried = carried_since(list).map(|since| format!("carried {}", scene.clock.age(since)));
    let file = list.shown.template.as_ref().map(|t| &t.file);
    let gone = file.is_none() && board.read;
    let unread = board.documents.iter().any(|d| Some(&d.name) == file && board.gone.contains_key(&d.file));
    let said = [
        (gone, "gone from its file"),
        (unread, "file not readable"),
        (list.shown.changed_since(), "list changed since"),
    ];
    let said = said.into_iter().filter(|(is, _)| *is).map(|(_, text)| text.to_owned());
    late.into_iter().chain(carried).chain(said).collect()
}

/// Since when the oldest open box of it waits, from an earlier period on.
fn carried_since(list: &Worked) -> Option<Stamp> {
    let open = list.occurrence().items.values().filter(|s| !s.held.mark.settled());
    open.filter_map(|s| s.since).min()
}

/// Above the boxes of a view that has one list: which it is, and until when.
pub fn head(scene: &Scene<'_>, lists: &[&Worked], total: usize) -> String {
    let [list] = lists else { return String::new() };
    let opening = &list.occurrence().opening;
    let mut parts = vec![list.title().to_owned()];
    if opening.period != "once" {
        parts.push(opening.period.clone());
    }
    parts.extend(Some(due(scene, list)).filter(|d| !d.is_empty()));
    if let Some(ms) = opening.pinned.budget_ms {
        parts.push(format!("{} of work", spent(Duration::from_millis(ms))));
    }
    fit(&format!("   {}", parts.join("   ")), total)
}
