//! The palette: every command of every tab by name, with its key. What is typed finds a name before a word of the help
//! before a likeness, and a poor likeness finds nothing: Enter must never run what nobody meant. A number is the number
//! in a page, and its alert is the only choice then.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::Places;
use crate::domain::ids::AlertId;
use crate::domain::lifecycle::parse_id;
use crate::engine::model::Tone;
use crate::ui::Ui;
use crate::ui::command::{self, Command};
use crate::ui::desk::Desk;
use crate::ui::field::Field;
use crate::ui::frame;
use crate::ui::scene::Scene;
use crate::ui::tabs::TABS;
use crate::ui::text::Cells;
use crate::ui::theme::Tint;

const ROWS: u16 = 10;

pub struct Palette {
    field: Field,
    at: usize,
}

#[derive(Clone, Copy)]
enum Choice {
    Alert(AlertId),
    /// With the tab it works in; None works everywhere.
    Command(Option<usize>, &'static Command),
}

impl Palette {
    pub fn open() -> Self {
        Self { field: Field::new(""), at: 0 }
    }
    pub fn paste(&mut self, text: &str) {
        self.field.paste(text);
    }

    /// Best match first; of equals those that work in this tab.
    fn found(&self, tab: usize) -> Vec<Choice> {
        let text = self.field.text().trim().to_lowercase();
        if let Some(id) = parse_id(&text) {
            return vec![Choice::Alert(id)];
        }
        let elsewhere = |scope: Option<usize>| scope.is_some_and(|s| s != tab);
        let mut found: Vec<_> = command::all()
            .filter(|(scope, c)| !elsewhere(*scope) || !text.is_empty() && !has_own(tab, c))
            .filter_map(|(scope, c)| Some(((rank(&text, c)?, elsewhere(scope)), Choice::Command(scope, c))))
            .collect();
        found.sort_by_key(|(place, _)| *place);
        // One command may work in several tabs: it is one choice.
        let mut ids = std::collections::HashSet::new();
        let first = |choice: &Choice| if let Choice::Command(_, c) = choice { ids.insert(c.id) } else { true };
        found.into_iter().map(|(_, choice)| choice).filter(first).collect()
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
        match self.found(desk.ui.tab).get(self.at) {
            Some(Choice::Alert(id)) => desk.jump(*id),
            Some(Choice::Command(scope, command)) => run(desk, *scope, command),
            None => {
                let text = format!("nothing is called {:?}; ? lists all commands", self.field.text().trim());
                desk.say(Tone::Bad, text);
            }
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
        for (y, choice) in found.iter().skip(top).take(room).enumerate() {
            let line = row(ui, scene, *choice, top + y == self.at, area.width >= 60);
            frame::put(buf, area, y + 1, &line);
        }
        if found.is_empty() {
            frame::put(buf, area, 1, &Line::styled(" nothing is called that", scene.label()));
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

fn row(ui: &Ui, scene: &Scene<'_>, choice: Choice, here: bool, wide: bool) -> Line<'static> {
    let style = scene.style(if here { Tint::Strong } else { Tint::Text });
    let cells = Cells::default().text(if here { "▌" } else { " " });
    let (scope, command) = match choice {
        Choice::Alert(id) => {
            let known = scene.model.book.get(id);
            let what =
                known.map_or_else(|| "is not here".to_owned(), |a| format!("{}  {}", a.service(), a.about.title));
            return cells.left(&format!("alert {id}"), 16, style).text(what).line();
        }
        Choice::Command(scope, command) => (scope, command),
    };
    let cells = cells.left(command.id, 16, style);
    let cells = cells.left(&ui.keymap.keys(command.id), if wide { 16 } else { 8 }, scene.label());
    match scope.filter(|s| *s != ui.tab).and_then(|s| TABS.get(s)) {
        Some(tab) => cells.add(format!("in {}: ", tab.long), scene.label()).text(command.help).line(),
        None => cells.text(command.help).line(),
    }
}

/// This tab has a command for the same on its own rows, by the name it has elsewhere or a longer one.
fn has_own(tab: usize, other: &Command) -> bool {
    let own = |c: &Command| c.keys == other.keys && c.id.starts_with(other.id);
    TABS.get(tab).is_some_and(|t| t.commands.iter().flat_map(|part| part.iter()).any(own))
}

/// Smaller is better; None is no match. Several words must each be found.
fn rank(text: &str, command: &Command) -> Option<u32> {
    if text.is_empty() {
        return Some(0);
    }
    let (id, help) = (command.id, command.help.to_lowercase());
    let begins = |of: &str, word: &str| of.split(|c: char| !c.is_alphanumeric()).any(|w| w.starts_with(word));
    let every = |of: &str| text.split_whitespace().all(|word| begins(of, word));
    match () {
        () if id == text => Some(0),
        () if id.starts_with(text) => Some(1),
        () if every(id) => Some(2),
        () if every(&help) => Some(3),
        () if every(&format!("{id} {help}")) => Some(4),
        // Letters in order, somewhere, are in almost every line: only in the name, and most of it.
        () if alike(text, id) => Some(5),
        () => None,
    }
}

/// Most of its letters in their order, or a slip of the finger.
fn alike(text: &str, id: &str) -> bool {
    let mut letters = id.chars();
    let in_order = text.len() * 2 >= id.len() && text.chars().all(|c| letters.any(|l| l == c));
    let slips = match text.len() {
        0..=2 => 0,
        3..=5 => 1,
        _ => 2,
    };
    in_order || strsim::damerau_levenshtein(text, id) <= slips
}

/// A command of another tab acts on what is selected there: it goes there, and only what asks first or changes nothing
/// runs at once. The cursor's row over there was not chosen by whoever typed the name.
fn run(desk: &mut Desk<'_>, scope: Option<usize>, command: &Command) {
    let Some(there) = scope.filter(|s| *s != desk.ui.tab) else { return desk.run(command) };
    let name = TABS.get(there).map_or("", |t| t.long);
    desk.show_tab(there);
    if command.needs.acts() {
        let key = desk.ui.keymap.first_key(command.id);
        let how = key.map_or_else(|| format!(":{}", command.id), |key| format!("{key} {}", command.id));
        return desk.say(Tone::Info, format!("{} works here in {name}: choose a row, then {how}", command.id));
    }
    desk.run(command);
}
