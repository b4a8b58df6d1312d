//! The ended periods of lists: on time, missed, skipped and why, and how long they took.

use ratatui::text::Line;

use super::plain_row;
use crate::ui::list::{Listing, Row, RowId, Wanted};
use crate::ui::scene::Scene;
use crate::ui::tabs::Space;
use crate::ui::text::{Cells, fit};

pub fn rows(scene: &Scene<'_>, _: &Wanted<'_>) -> Listing {
    let mut ended: Vec<_> = scene.model.board.occurrences.values().filter(|o| o.closing.is_some()).collect();
    ended.sort_by_key(|o| (std::cmp::Reverse(o.opening.opens), o.opening.list.clone()));
    let rows = ended.iter().enumerate().map(|(n, o)| plain_row(RowId::Period(o.id), n)).collect();
    Listing { rows, ..Listing::default() }
}

pub fn head(_: &Scene<'_>, _: usize) -> String {
    String::new()
}

pub fn line(scene: &Scene<'_>, row: &Row, columns: usize) -> Line<'static> {
    Cells::default().text(fit(&copy(scene, row), columns)).line()
}

pub fn detail(_: &Scene<'_>, _: &Row, _: Space) -> Vec<Line<'static>> {
    Vec::new()
}

pub fn copy(scene: &Scene<'_>, row: &Row) -> String {
    let RowId::Period(id) = &row.id else { return String::new() };
    let Some(known) = scene.model.board.occurrences.get(id) else { return String::new() };
    let tally = known.closing.as_ref().map_or_else(Default::default, |c| c.tally);
    format!("{}  {}  {} of {} done", known.opening.period, known.opening.pinned.title, tally.done, tally.total)
}
