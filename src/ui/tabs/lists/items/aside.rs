//! The lists in a column of a wide screen: each with what is left and how late it is, those of one view below its name.

use ratatui::text::Line;

use crate::domain::time::Stamp;
use crate::ui::list::Listing;
use crate::ui::scene::Scene;
use crate::ui::tabs::lists::View;
use crate::ui::tabs::lists::worked::{self, Worked};
use crate::ui::text::{Cells, right};
use crate::ui::theme::Tint;

const LEFT: usize = 8;
const OVER: usize = 10;

pub fn lines(scene: &Scene<'_>, list: &Listing, here: usize, columns: usize) -> Vec<Line<'static>> {
    let (lists, views) = (worked::lists(scene), worked::views(scene));
    let mut lines = vec![Line::default()];
    for (at, view) in views.iter().enumerate() {
        let of: Vec<&Worked> = lists.iter().filter(|l| l.view == *view).collect();
        let tint = if at == here { Tint::Here } else { Tint::Text };
        let count = list.counts.get(at).copied().unwrap_or(0);
        let left = match view {
            View::Runs if count > 0 => count.to_string(),
            _ if of.is_empty() => String::new(),
            _ => format!("{} left", of.iter().map(|l| l.tally.left).sum::<usize>()),
        };
        let late = of.iter().filter_map(|l| l.late_since(scene.now())).min();
        lines.push(line(scene, (1, &view.name(scene), tint), &left, late, columns));
        for list in of.iter().filter(|_| of.len() > 1) {
            let left = format!("{} left", list.tally.left);
            let late = list.late_since(scene.now());
            lines.push(line(scene, (3, list.title(), Tint::Text), &left, late, columns));
        }
    }
    lines
}

fn line(
    scene: &Scene<'_>,
    (inset, name, tint): (usize, &str, Tint),
    left: &str,
    late: Option<Stamp>,
    columns: usize,
) -> Line<'static> {
    let room = columns.saturating_sub(inset + LEFT + OVER + 1);
    let name = crate::ui::text::fit(name, room);
    let cells = Cells::default().gap(inset).add(name, scene.style(tint)).to(inset + room);
    let cells = cells.text(right(left, LEFT));
    match late {
        Some(due) => cells.text(right(&format!("{} over", scene.clock.age(due)), OVER)).line(),
        None => cells.line(),
    }
}
