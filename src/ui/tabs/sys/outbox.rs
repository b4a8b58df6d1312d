//! The pages: to whom, by what, how often tried, and what came back. Dead ones first, they need a person.

use ratatui::text::Line;

use super::super::Space;
use crate::domain::outbox::{OutboxRow, OutboxState};
use crate::domain::text::Clean;
use crate::ui::list::{Row, RowId};
use crate::ui::scene::Scene;
use crate::ui::text::{Cells, fit, left, right};
use crate::ui::theme::Tint;
use crate::ui::words;

pub fn of<'a>(scene: &Scene<'a>, row: &Row) -> Option<&'a OutboxRow> {
    let RowId::Page(id) = row.id else { return None };
    scene.model.outbox.iter().find(|p| p.id == id)
}

pub fn head(total: usize) -> String {
    fit(
        &format!("   {}  {}  {}  {}  {}", left("when", 12), right("alert", 7), "to ", left("channel", 14), "state"),
        total,
    )
}

pub fn line(scene: &Scene<'_>, row: &Row, total: usize) -> Line<'static> {
    let Some(page) = of(scene, row) else { return Line::default() };
    let text = scene.style(Tint::Text);
    let (sign, style) = match page.state {
        OutboxState::Dead => ("●", scene.style(Tint::Critical)),
        OutboxState::Pending if page.attempts > 0 => ("▲", scene.style(Tint::Warning)),
        OutboxState::Sent => ("✓", scene.style(Tint::Fine)),
        _ => ("–", text),
    };
    let cells = Cells::default().add(sign, style).gap(1).left(&scene.clock.time(page.created_at), 12, text).gap(2);
    let cells = cells.right(&page.alert.to_string(), 7, text).gap(2).left(&format!("L{}", page.level), 3, text);
    let cells = cells.gap(2).left(Clean::new(&page.channel).as_str(), 14, text).gap(2);
    let room = total.saturating_sub(cells.used);
    cells.text(fit(&words::page(scene, page), room)).line()
}

pub fn detail(scene: &Scene<'_>, row: &Row, space: Space) -> Vec<Line<'static>> {
    let Some(page) = of(scene, row) else { return Vec::new() };
    let alert = scene.model.book.get(page.alert);
    let title = alert.map_or_else(String::new, |a| format!("  {}  {}", a.service(), a.about.title));
    let facts = [
        ("about", format!("{}{title}", page.alert)),
        ("state", format!("{}: {}", page.state.word(), words::page(scene, page))),
        ("tries", format!("{}, last said: {}", page.attempts, page.last)),
        ("key", Clean::new(&page.key).to_string()),
    ];
    let line = |(label, text): (&str, String)| {
        let cells = Cells::default().gap(3).left(label, 10, scene.label());
        let room = space.width.saturating_sub(cells.used + 1);
        cells.text(fit(&text, room)).line()
    };
    facts.into_iter().map(line).collect()
}

pub fn copy(scene: &Scene<'_>, row: &Row) -> String {
    let Some(page) = of(scene, row) else { return String::new() };
    let at = scene.clock.full(page.created_at);
    format!(
        "page {} about {} to L{} by {}: {}, {at}, key {}",
        page.id,
        page.alert,
        page.level,
        page.channel,
        page.state.word(),
        page.key
    )
}
