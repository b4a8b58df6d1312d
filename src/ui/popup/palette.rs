//! The palette: every command by name, fuzzy, with its key. A number is the number in a page and jumps to that alert.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::Places;
use crate::domain::lifecycle::parse_id;
use crate::engine::model::Tone;
use crate::ui::Ui;
use crate::ui::command::{self, Command};
use crate::ui::desk::Desk;
use crate::ui::field::Field;
use crate::ui::filter;
use crate::ui::frame;
use crate::ui::scene::Scene;
use crate::ui::text::Cells;
use crate::ui::theme::Tint;

const ROWS: u16 = 10;

pub struct Palette {
    field: Field,
    at: usize,
}

impl Palette {
    pub fn open() -> Self {
        Self { field: Field::new(""), at: 0 }
    }
    pub fn paste(&mut self, text: &str) {
        self.field.paste(text);
    }

    /// Commands that work in this tab, best match first.
    fn found(&self, tab: usize) -> Vec<&'static Command> {
        let here = command::all().filter(|(scope, _)| scope.is_none_or(|s| s == tab)).map(|(_, c)| c);
        filter::fuzzy(self.field.text(), here.map(|c| (c, format!("{} {}", c.id, c.help))))
    }

    pub fn key(mut self, desk: &mut Desk<'_>, key: KeyEvent) -> Option<Self> {
        match key.code {
            KeyCode::Esc => return None,
            KeyCode::Enter => {
                self.choose(desk);
                return None;
            }
            KeyCode::Down | KeyCode::Tab => {
                self.at = (self.at + 1).min(self.found(desk.ui.tab).len().saturating_sub(1));
            }
            KeyCode::Up | KeyCode::BackTab => self.at = self.at.saturating_sub(1),
            KeyCode::Backspace if self.field.text().is_empty() => return None,
            _ => {
                self.field.key(key);
                self.at = 0;
            }
        }
        Some(self)
    }

    fn choose(&self, desk: &mut Desk<'_>) {
        if let Some(id) = parse_id(self.field.text().trim()) {
            return desk.jump(id);
        }
        match self.found(desk.ui.tab).get(self.at) {
            Some(command) => desk.run(command),
            None => desk.say(Tone::Bad, format!("no command like {:?}; ? lists them all", self.field.text())),
        }
    }

    pub fn render(&self, ui: &Ui, scene: &Scene<'_>, places: Places, buf: &mut Buffer) {
        let found = self.found(ui.tab);
        let rows = ROWS.min(places.body.height);
        let area = Rect { y: places.body.bottom().saturating_sub(rows), height: rows, ..places.body };
        frame::clear(area, buf);
        frame::rule(buf, Rect { height: 1, ..area }, scene.label());
        let room = usize::from(rows.saturating_sub(1));
        let top = (self.at + 1).saturating_sub(room);
        let wide = area.width >= 60;
        for (y, command) in found.iter().skip(top).take(room).enumerate() {
            let here = top + y == self.at;
            let style = scene.style(if here { Tint::Strong } else { Tint::Text });
            let cells = Cells::default().text(if here { "▌" } else { " " }).left(command.id, 16, style);
            let cells = cells.left(&ui.keymap.keys(command.id), if wide { 16 } else { 8 }, scene.label());
            frame::put(buf, area, y + 1, &cells.text(command.help).line());
        }
        frame::clear(places.message, buf);
        frame::clear(places.foot, buf);
        frame::put(buf, places.message, 0, &Cells::default().add(" :", scene.style(Tint::Strong)).line());
        let field = Rect { x: places.message.x + 2, width: places.message.width.saturating_sub(2), ..places.message };
        self.field.render(field, buf);
        let hint = " Enter runs it   4821 jumps to that alert   Tab next   Esc no";
        frame::put(buf, places.foot, 0, &Cells::default().text(hint).line());
    }
}
