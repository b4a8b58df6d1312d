//! Several lines of text being written, over the body. Bounded, and cleaned on the way in, as a field is; Esc keeps what
//! stands there as a draft of the thing it is about. What becomes of the draft is not its job.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::widgets::Widget as _;
use ratatui_textarea::{CursorMove, TextArea, WrapMode};

use super::Places;
use crate::domain::text::Clean;
use crate::engine::model::Tone;
use crate::ui::desk::Desk;
use crate::ui::draft::Draft;
use crate::ui::frame;
use crate::ui::look::Keeping;
use crate::ui::scene::Scene;
use crate::ui::text::Cells;
use crate::ui::theme::Tint;

/// Bytes of the whole text: what a journal entry should carry at most.
const BYTES_MAX: usize = 48_000;
/// Bytes of one line; a line is cleaned to no more than that later.
const LINE_MAX: usize = 2_000;

pub struct Editor {
    title: &'static str,
    area: TextArea<'static>,
    /// As it was opened: left so, there is nothing to keep.
    begun: String,
    lines_max: usize,
    of: Draft,
}

impl Editor {
    pub fn new(title: &'static str, lines: &[String], lines_max: usize, of: Draft) -> Self {
        let mut area = TextArea::new(if lines.is_empty() { vec![String::new()] } else { lines.to_vec() });
        area.move_cursor(CursorMove::Top);
        area.set_cursor_line_style(Style::new());
        area.set_cursor_style(Style::new().add_modifier(Modifier::REVERSED));
        area.set_wrap_mode(WrapMode::WordOrGlyph);
        area.set_max_histories(50);
        Self { title, area, begun: lines.join("\n"), lines_max, of }
    }
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }
    /// What would be lost with it.
    pub fn draft(&self) -> Option<(Draft, String)> {
        let text = self.text();
        if text == self.begun { None } else { Some((self.of, text)) }
    }

    pub fn key(mut self: Box<Self>, desk: &mut Desk<'_>, key: KeyEvent) -> Option<Box<Self>> {
        if key.code == KeyCode::Esc {
            if let Some((of, text)) = self.draft() {
                desk.keep_draft(Some(of), &text);
                let said = match desk.ui.look.keeping {
                    _ if text.trim().is_empty() => "nothing was kept",
                    Keeping::Disk => "kept as your draft, on disk: O offers it",
                    Keeping::Memory => "kept as your draft while this console runs: O offers it",
                };
                desk.say(Tone::Info, said);
            }
            return None;
        }
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        if let (KeyCode::Char(c), false) = (key.code, ctrl)
            && !safe(c)
        {
            return Some(self);
        }
        if !matches!(key.code, KeyCode::Tab | KeyCode::BackTab) {
            self.within(|area| {
                area.input(key);
            });
        }
        Some(self)
    }
    /// Every line of it, made safe.
    pub fn paste(&mut self, text: &str) {
        let bounded: String = text.chars().take(BYTES_MAX).collect();
        let lines: Vec<String> = bounded.lines().map(|l| Clean::new(l).to_string()).collect();
        self.within(|area| {
            area.insert_str(lines.join("\n"));
        });
    }
    /// What would make it too long does not happen.
    fn within(&mut self, change: impl FnOnce(&mut TextArea<'static>)) {
        let before = self.area.clone();
        change(&mut self.area);
        let lines = self.area.lines();
        let bytes: usize = lines.iter().map(|l| l.len() + 1).sum();
        if lines.len() > self.lines_max || bytes > BYTES_MAX || lines.iter().any(|l| l.len() > LINE_MAX) {
            self.area = before;
        }
    }

    pub fn render(&self, scene: &Scene<'_>, places: Places, buf: &mut Buffer) {
        frame::clear(places.body, buf);
        frame::clear(places.message, buf);
        frame::clear(places.foot, buf);
        let heading = Cells::default().gap(1).add(self.title, scene.style(Tint::Strong)).line();
        frame::put(buf, places.body, 0, &heading);
        let place = Rect {
            x: places.body.x + 1,
            y: places.body.y + 1,
            width: places.body.width.saturating_sub(2),
            height: places.body.height.saturating_sub(1),
        };
        let place = place.intersection(buf.area);
        if place.area() > 0 {
            (&self.area).render(place, buf);
        }
        let lines = self.area.lines().len();
        let said = format!(" Esc keeps it as your draft   {lines} of at most {} lines", self.lines_max);
        frame::put(buf, places.foot, 0, &Cells::default().text(said).line());
    }
}

/// A letter that means itself on every screen.
fn safe(c: char) -> bool {
    let mut bytes = [0; 4];
    let text: &str = c.encode_utf8(&mut bytes);
    Clean::new(text).as_str() == text
}
