//! Runs of procedures: one row each, its steps below it when it is unfolded.

use ratatui::text::Line;

use super::plain_row;
use crate::ui::list::{Listing, Row, RowId, Wanted};
use crate::ui::scene::Scene;
use crate::ui::tabs::{Copy, Space};
use crate::ui::text::{Cells, fit};

pub fn rows(scene: &Scene<'_>, wanted: &Wanted<'_>) -> Listing {
    let mut list = Listing::default();
    for run in scene.model.board.open_runs() {
        list.rows.push(plain_row(RowId::Run(run.id), list.rows.len()));
        if wanted.unfolded.contains(&RowId::Run(run.id)) {
            for at in 0..run.steps.len() {
                let mut row = plain_row(RowId::Step(run.id, at), list.rows.len());
                row.inset = true;
                list.rows.push(row);
            }
        }
    }
    list
}

pub fn needing(scene: &Scene<'_>, row: &Row) -> bool {
    match &row.id {
        RowId::Run(id) => scene.model.board.runs.get(id).is_some_and(|r| !r.over()),
        RowId::Step(id, at) => scene.model.board.runs.get(id).is_some_and(|r| r.next() == Some(*at)),
        _ => false,
    }
}

pub fn head(_: &Scene<'_>, _: usize) -> String {
    String::new()
}

pub fn line(scene: &Scene<'_>, row: &Row, columns: usize) -> Line<'static> {
    Cells::default().text(fit(&copy(scene, row, Copy::Line), columns)).line()
}

pub fn detail(_: &Scene<'_>, _: &Row, _: Space) -> Vec<Line<'static>> {
    Vec::new()
}

pub fn copy(scene: &Scene<'_>, row: &Row, _: Copy) -> String {
    match &row.id {
        RowId::Run(id) => scene
            .model
            .board
            .runs
            .get(id)
            .map_or_else(String::new, |r| format!("{}  {} of {} done", r.title, r.done(), r.steps.len())),
        RowId::Step(id, at) => {
            let step = scene.model.board.runs.get(id).and_then(|r| r.steps.get(*at));
            step.map_or_else(String::new, |s| format!("{} {}: {}", s.number, s.held.mark.word(), s.text))
        }
        _ => String::new(),
    }
}
