//! The views of a tab: a line above the list, or a column beside it where the screen is wide. The one we are in is always
//! to be seen, however many there are.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::frame;
use super::list::Pane;
use super::scene::Scene;
use super::tabs::Tab;
use super::text::{Cells, width};
use super::theme::Tint;

/// From this width and height on the views may stand in a column.
const WIDE: u16 = 120;
const TALL: u16 = 14;
/// Columns it takes, the line beside it included.
const COLUMN: u16 = 40;
const GAP: usize = 2;

/// Draws the column, and returns what is left beside it; None where there is none.
pub fn column(tab: &Tab, scene: &Scene<'_>, pane: &Pane, area: Rect, buf: &mut Buffer) -> Option<Rect> {
    if area.width < WIDE || area.height < TALL {
        return None;
    }
    let lines = (tab.look.aside)(scene, &pane.list, pane.view, usize::from(COLUMN) - 2);
    if lines.is_empty() {
        return None;
    }
    let place = Rect { width: COLUMN, ..area };
    for y in 0..area.height {
        let row = Rect { y: area.y + y, height: 1, ..place };
        if let Some(line) = lines.get(usize::from(y)) {
            frame::put(buf, row, 0, line);
        }
        frame::put(buf, Rect { x: row.right() - 1, width: 1, ..row }, 0, &Line::styled("│", scene.label()));
    }
    Some(Rect { x: area.x + COLUMN, width: area.width - COLUMN, ..area })
}

/// `now 3  mine 1  acked 1`, cut at the side away from where we are.
pub fn line(tab: &Tab, scene: &Scene<'_>, pane: &Pane, columns: usize) -> Line<'static> {
    let views = (tab.views)(scene);
    if views.len() < 2 {
        return Line::default();
    }
    let tail = |(i, name): (usize, &String)| format!("{name}{}", (tab.look.tail)(scene, &pane.list, i));
    let mut texts: Vec<String> = views.iter().enumerate().map(tail).collect();
    // Where no list is shown, how late each is gives way to the names of all views.
    let worked = pane.list.totals.get(pane.view).is_some_and(|n| *n > 0);
    if !worked && window(&texts, 0, columns.saturating_sub(1)).1 < texts.len() {
        let short = |(i, name): (usize, &String)| {
            let tail = (tab.look.tail)(scene, &pane.list, i);
            let count = tail.split_whitespace().next().map_or_else(String::new, |word| format!(" {word}"));
            format!("{name}{count}")
        };
        texts = views.iter().enumerate().map(short).collect();
    }
    let (first, last) = window(&texts, pane.view, columns.saturating_sub(1));
    let mut cells = Cells::default().gap(1);
    if first > 0 {
        cells = cells.add("…", scene.label()).gap(1);
    }
    for (i, text) in texts.into_iter().enumerate().take(last).skip(first) {
        cells = cells.add(text, scene.style(if i == pane.view { Tint::Here } else { Tint::Text })).gap(GAP);
    }
    if last < views.len() {
        return cells.add("…", scene.label()).line();
    }
    let order = (tab.look.order)(pane.view);
    if cells.used + width(order) < columns {
        cells = cells.to(columns.saturating_sub(width(order) + 1)).add(order, scene.label());
    }
    cells.line()
}

/// As many as fit, from the first on where the one we are in is among them.
fn window(texts: &[String], here: usize, columns: usize) -> (usize, usize) {
    let fits = |first: usize| {
        let mark = if first > 0 { GAP } else { 0 };
        let mut used = mark;
        let mut last = first;
        for (i, text) in texts.iter().enumerate().skip(first) {
            let end = if i + 1 < texts.len() { GAP + 1 } else { 0 };
            if used + width(text) + end > columns {
                break;
            }
            used += width(text) + GAP;
            last = i + 1;
        }
        last
    };
    (0..=here).map(|first| (first, fits(first))).find(|(_, last)| *last > here).unwrap_or((here, here + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_view_we_are_in_is_always_among_those_shown() {
        let texts: Vec<String> = (0..9).map(|i| format!("view number {i}")).collect();
        for columns in 0..150 {
            for here in 0..9 {
                let (first, last) = window(&texts, here, columns);
                assert!(first <= here && here < last && last <= 9, "{columns} {here}: {first}..{last}");
            }
        }
        assert_eq!(window(&texts, 3, 200), (0, 9));
        assert_eq!(window(&texts, 0, 40), (0, 2));
        assert_eq!(window(&texts, 8, 40), (7, 9));
    }
}
