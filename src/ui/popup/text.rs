//! A text to be read, or to be taken with the mouse where the terminal's clipboard could not.

use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::text::Line;

use super::{Places, Sheet, scrolled};
use crate::ui::scene::Scene;
use crate::ui::text::wrap;

pub struct Text {
    pub title: String,
    pub text: String,
    pub top: usize,
}

impl Text {
    pub fn key(self, key: KeyEvent) -> Option<Self> {
        scrolled(self.top, key).map(|top| Self { top, ..self })
    }
    pub fn render(&self, scene: &Scene<'_>, places: Places, buf: &mut Buffer) {
        let columns = usize::from(places.body.width).saturating_sub(1);
        let lines = self.text.lines().flat_map(|line| wrap(line, columns)).map(Line::raw).collect();
        Sheet { title: self.title.clone(), lines, top: self.top }.render(scene, places, buf);
    }
}
