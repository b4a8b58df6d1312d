//! The ended periods of lists: for each list how it was kept, its periods below it, newest first; the detail of a period
//! is every box with who, when and why. The figures are the report's.

mod period;

use std::sync::Arc;
use std::time::Duration;

use ratatui::text::Line;

use crate::domain::checklist::Occurrence;
use crate::domain::time::short;
use crate::report::history::{History, backed, history};
use crate::ui::command::{Command, Ground, Needs};
use crate::ui::desk::Desk;
use crate::ui::list::{Listing, Row, RowId, Wanted};
use crate::ui::scene::Scene;
use crate::ui::tabs::alerts::row_of;
use crate::ui::tabs::{Copy, Space};
use crate::ui::text::{Cells, fit, wrap};
use crate::ui::theme::Tint;

/// Periods shown of a list that is folded.
const FOLDED: usize = 7;

pub const COMMANDS: &[Command] = &[row_of(
    "periods",
    &["z"],
    "periods",
    "all periods of the list, or the latest",
    Needs::On(Ground::History, any),
    fold,
)];

fn any(_: &Scene<'_>, row: &RowId) -> Result<(), String> {
    matches!(row, RowId::Past(_) | RowId::Period(_)).then_some(()).ok_or_else(|| "no list is selected".to_owned())
}

/// The lists in the order of the files, those that are in none any more after them.
fn lists(scene: &Scene<'_>) -> Vec<String> {
    let board = &scene.model.board;
    let mut names: Vec<String> = board.templates.iter().map(|t| t.list.clone()).collect();
    for occurrence in board.occurrences.values() {
        if !names.contains(&occurrence.opening.list) {
            names.push(occurrence.opening.list.clone());
        }
    }
    names
}

fn of<'a>(scene: &Scene<'a>, list: &str) -> Vec<&'a Occurrence> {
    scene.model.board.of(list).map(|o| &**o).collect()
}

fn kept(scene: &Scene<'_>, list: &str) -> Option<History> {
    history(&of(scene, list), scene.now()).filter(|h| !h.periods.is_empty())
}

pub fn rows(scene: &Scene<'_>, wanted: &Wanted<'_>) -> Listing {
    let mut list = Listing::default();
    let mut sieve = wanted.filter.sieve(scene.me(), scene.now());
    for (place, name) in lists(scene).iter().enumerate() {
        let Some(history) = kept(scene, name) else { continue };
        let mut ended: Vec<&Occurrence> = of(scene, name);
        ended.retain(|o| history.periods.iter().any(|p| p.period == o.opening.period));
        ended.sort_by_key(|o| std::cmp::Reverse((o.opening.opens, o.seq)));
        let title = history.title.as_str();
        let (shown, hidden): (Vec<_>, Vec<_>) =
            ended.into_iter().partition(|o| sieve.keeps(&format!("{title} {}", o.opening.period), "", None));
        list.hidden += hidden.len();
        if shown.is_empty() {
            continue;
        }
        let head = RowId::Past(Arc::from(name.as_str()));
        let most = if wanted.unfolded.contains(&head) { shown.len() } else { FOLDED };
        list.rows.push(Row::new(head, [place as i64, -1, 0]));
        let period = |(n, o): (usize, &&Occurrence)| Row {
            inset: true,
            ..Row::new(RowId::Period(o.id), [place as i64, n as i64, 0])
        };
        list.rows.extend(shown.iter().take(most).enumerate().map(period));
    }
    list
}

fn fold(desk: &mut Desk<'_>) {
    let list = match desk.row().map(|r| &r.id) {
        Some(RowId::Past(list)) => Arc::clone(list),
        Some(RowId::Period(id)) => match desk.model().board.occurrences.get(id) {
            Some(known) => Arc::from(known.opening.list.as_str()),
            None => return,
        },
        _ => return,
    };
    let head = RowId::Past(list);
    desk.with_pane(|p| {
        if !p.unfolded.remove(&head) {
            p.unfolded.insert(head.clone());
        }
        p.unpin();
    });
    desk.refresh();
    desk.with_pane(|p| {
        p.go_to(&head);
    });
}

/// A period, with what the figures of its list say of it.
fn known<'a>(scene: &Scene<'a>, row: &Row) -> Option<&'a Occurrence> {
    match &row.id {
        RowId::Period(id) => scene.model.board.occurrences.get(id).map(|o| &**o),
        _ => None,
    }
}

pub fn line(scene: &Scene<'_>, row: &Row, columns: usize) -> Line<'static> {
    if let RowId::Past(list) = &row.id {
        let Some(history) = kept(scene, list) else { return Line::default() };
        let cells = Cells::default().add(fit(history.title.as_str(), columns / 2), scene.style(Tint::Strong)).gap(2);
        let room = columns.saturating_sub(cells.used);
        return cells.text(fit(&crate::report::history::line(&history), room)).line();
    }
    known(scene, row).map_or_else(Line::default, |o| period::line(scene, o, columns))
}

pub fn detail(scene: &Scene<'_>, row: &Row, space: Space) -> Vec<Line<'static>> {
    if let RowId::Past(list) = &row.id {
        return kept(scene, list).map(|h| summary(scene, &h, space.width)).unwrap_or_default();
    }
    known(scene, row).map(|o| period::detail(scene, o, space.width)).unwrap_or_default()
}

/// How the list was kept: punctual, how long it takes, what its ticks rest on, what is skipped and why.
fn summary(scene: &Scene<'_>, h: &History, columns: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let mut field = |label: &str, text: &str| {
        let room = columns.saturating_sub(15).max(16);
        for (n, part) in wrap(text, room).into_iter().enumerate() {
            let label = if n == 0 { label } else { "" };
            lines.push(Cells::default().gap(3).left(label, 10, scene.label()).gap(1).text(part).line());
        }
    };
    let c = h.counts;
    field(
        "periods",
        &format!(
            "{} ended ({}): {} on time, {} late, {} missed, {} carried over",
            c.periods,
            h.cadence.word(),
            c.on_time,
            c.late,
            c.missed,
            c.carried
        ),
    );
    let span = |ms: u64| short(Duration::from_millis(ms));
    let budget = h.budget_ms.map_or_else(|| "no budget is written".to_owned(), |ms| format!("{} is planned", span(ms)));
    let median =
        h.median_ms.map_or_else(|| "nobody settled a box by hand".to_owned(), |ms| format!("{} median", span(ms)));
    field("takes", &format!("{median}, {budget}"));
    field("rests on", &backed(h.backing));
    for (why, n) in h.skips.iter().take(5) {
        let why = if why.is_empty() { "no reason" } else { why.as_str() };
        field("skipped", &format!("{n} times: {why}"));
    }
    for (text, n) in h.seldom_done.iter().take(5) {
        field("seldom", &format!("skipped in {n} of {} periods: {text}", c.periods));
    }
    lines
}

pub fn copy(scene: &Scene<'_>, row: &Row, how: Copy) -> String {
    if let RowId::Past(list) = &row.id {
        let Some(history) = kept(scene, list) else { return String::new() };
        return match how {
            Copy::Line => format!("{}: {}", history.title, crate::report::history::line(&history)),
            Copy::All => crate::report::history::markdown(&[history], scene.now()),
        };
    }
    known(scene, row).map_or_else(String::new, |o| period::copy(scene, o, how))
}
