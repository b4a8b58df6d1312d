//! One line of text being typed. Bounded, one line, and cleaned on the way in: what is pasted here can end up in the
//! journal and on other people's screens.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::widgets::Widget as _;
use ratatui_textarea::{CursorMove, TextArea};

use crate::domain::text::Clean;

/// Longest note or reason, in characters.
const MAX: usize = 400;

pub struct Field {
    area: TextArea<'static>,
}

impl Field {
    pub fn new(text: &str) -> Self {
        let mut area = TextArea::new(vec![text.to_owned()]);
        area.move_cursor(CursorMove::End);
        area.set_cursor_line_style(Style::new());
        area.set_cursor_style(Style::new().add_modifier(Modifier::REVERSED));
        area.set_max_histories(20);
        Self { area }
    }
    pub fn text(&self) -> &str {
        self.area.lines().first().map_or("", String::as_str)
    }
    pub fn set(&mut self, text: &str) {
        *self = Self::new(text);
    }
    fn room(&self) -> usize {
        MAX.saturating_sub(self.text().chars().count())
    }
    pub fn key(&mut self, key: KeyEvent) {
        let newline = matches!(key.code, KeyCode::Enter | KeyCode::Tab | KeyCode::BackTab);
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let feeds = ctrl && matches!(key.code, KeyCode::Char('m' | 'j' | 'y' | 'i'));
        let typed = matches!(key.code, KeyCode::Char(_)) && !ctrl;
        if newline || feeds || (typed && self.room() == 0) {
            return;
        }
        if let (KeyCode::Char(c), true) = (key.code, typed)
            && Clean::new(c.encode_utf8(&mut [0; 4])).as_str() != c.encode_utf8(&mut [0; 4])
        {
            return;
        }
        self.area.input(key);
    }
    /// Only the first line of a paste, made safe.
    pub fn paste(&mut self, text: &str) {
        let line = text.lines().find(|l| !l.trim().is_empty()).unwrap_or_default();
        let bounded: String = line.chars().take(self.room()).collect();
        self.area.insert_str(Clean::new(&bounded).as_str());
    }
    pub fn render(&self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        if area.area() > 0 {
            (&self.area).render(area, buf);
        }
    }
}
