//! The boxes of lists: one row each with its evidence, its time and who; the detail says why.

use ratatui::text::Line;

use super::{View, lists_of, plain_row};
use crate::ui::list::{Listing, Row, RowId, Wanted};
use crate::ui::scene::Scene;
use crate::ui::tabs::{Copy, Space};
use crate::ui::text::{Cells, fit};

pub fn rows(scene: &Scene<'_>, view: &View, wanted: &Wanted<'_>) -> Listing {
    let mut list = Listing::default();
    let mut sieve = wanted.filter.sieve(scene.me(), scene.now());
    let lists = lists_of(scene, view);
    for shown in &lists {
        if lists.len() > 1 {
            list.rows.push(plain_row(RowId::List(shown.occurrence.id), list.rows.len()));
        }
        for item in &shown.occurrence.opening.pinned.items {
            if !sieve.keeps(item.text.as_str(), "", None) {
                list.hidden += 1;
                continue;
            }
            list.rows.push(plain_row(RowId::Item(shown.occurrence.id, item.id.clone()), list.rows.len()));
        }
    }
    list
}

pub fn needing(scene: &Scene<'_>, row: &Row) -> bool {
    let RowId::Item(list, id) = &row.id else { return false };
    scene.model.board.occurrences.get(list).is_none_or(|o| !o.mark(id).settled())
}

pub fn head(_: &Scene<'_>, _: usize, _: usize) -> String {
    String::new()
}

pub fn line(scene: &Scene<'_>, row: &Row, columns: usize) -> Line<'static> {
    Cells::default().text(fit(&copy(scene, row, Copy::Line), columns)).line()
}

pub fn detail(_: &Scene<'_>, _: &Row, _: Space) -> Vec<Line<'static>> {
    Vec::new()
}

pub fn empty(scene: &Scene<'_>) -> String {
    if scene.model.setup.sources.is_empty() {
        "no lists are configured; `watchdeck checklists import FILE.md` brings one in".into()
    } else {
        "nothing is on this list".into()
    }
}

pub fn copy(scene: &Scene<'_>, row: &Row, _: Copy) -> String {
    let RowId::Item(list, id) = &row.id else { return String::new() };
    let known = scene.model.board.shown(scene.now()).into_iter().find(|s| s.occurrence.id == *list);
    let item = known.as_ref().and_then(|s| s.occurrence.opening.pinned.items.iter().find(|i| i.id == *id));
    item.map_or_else(String::new, |i| {
        let mark = known.as_ref().map_or("", |s| s.occurrence.mark(id).word());
        format!("{mark}  {}", i.text)
    })
}
