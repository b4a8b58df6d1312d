//! The watch: who has it, who offered it to whom, and the text that goes with it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::ui::frame;
use crate::ui::scene::Scene;

pub fn render(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) -> bool {
    let text = match scene.model.board.offer() {
        Some(offer) => format!(" {} has offered the watch to {}", offer.from, offer.to),
        None => " nobody has offered the watch".to_owned(),
    };
    frame::put(buf, area, 0, &Line::raw(text));
    true
}
