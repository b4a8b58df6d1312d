//! What stands between a key and the list: questions and prompts on the last two lines, and the pages that lie over the
//! body (palette, help, a text to read). A popup takes every key until it is answered or peeled off with Esc.

pub mod ask;
pub mod editor;
pub mod form;
pub mod help;
pub mod page;
pub mod palette;
pub mod text;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use super::desk::Desk;
use super::draft::Draft;
use super::field::Field;
use super::filter::Filter;
use super::scene::Scene;
use super::text::{Cells, fit, width, wrap};
use super::theme::Tint;
use super::{Size, Ui, frame};

pub use ask::Ask;
pub use editor::Editor;
pub use form::Form;
pub use page::Page;
pub use palette::Palette;
pub use text::Text;

pub enum Popup {
    Filter(Field),
    Ask(Ask),
    Form(Form),
    Editor(Box<Editor>),
    Palette(Palette),
    /// Scrolled by so many lines.
    Help(usize),
    Page(Page),
    Text(Text),
}

impl Popup {
    /// What would be lost with it.
    pub fn draft(&self) -> Option<(Draft, String)> {
        match self {
            Self::Form(form) => form.draft(),
            Self::Editor(editor) => editor.draft(),
            _ => None,
        }
    }
}

/// Where a popup may draw: the body it may cover, and the two lines at the foot.
#[derive(Clone, Copy)]
pub struct Places {
    pub body: Rect,
    pub message: Rect,
    pub foot: Rect,
}

/// Hands the key to the popup, if there is one; it stays unless it says otherwise.
pub fn key(desk: &mut Desk<'_>, key: KeyEvent) -> bool {
    // What cannot be seen is not answered; only the question whether to leave is shown on any screen.
    if desk.ui.drawn.size == Size::Small && !matches!(&desk.ui.popup, Some(Popup::Ask(ask)) if ask.leaving) {
        return false;
    }
    let Some(popup) = desk.ui.popup.take() else { return false };
    let stays = match popup {
        Popup::Filter(field) => filter_key(desk, field, key),
        Popup::Ask(ask) => ask.key(desk, key).map(Popup::Ask),
        Popup::Form(form) => form.key(desk, key).map(Popup::Form),
        Popup::Editor(editor) => editor.key(desk, key).map(Popup::Editor),
        Popup::Palette(palette) => palette.key(desk, key).map(Popup::Palette),
        Popup::Help(top) => scrolled(top, key).map(Popup::Help),
        Popup::Page(page) => page.key(desk, key).map(Popup::Page),
        Popup::Text(text) => text.key(key).map(Popup::Text),
    };
    // What ran may have opened the next popup; that one wins.
    if stays.is_some() {
        desk.ui.popup = stays;
    }
    true
}

/// A paste goes into the text being typed, and nowhere else.
pub fn paste(desk: &mut Desk<'_>, text: &str) -> bool {
    if desk.ui.drawn.size == Size::Small {
        return false;
    }
    match &mut desk.ui.popup {
        Some(Popup::Filter(field)) => {
            field.paste(text);
            let text = field.text().to_owned();
            apply_filter(desk, &text);
        }
        Some(Popup::Form(form)) => form.paste(text),
        Some(Popup::Editor(editor)) => editor.paste(text),
        Some(Popup::Palette(palette)) => palette.paste(text),
        _ => return false,
    }
    true
}

pub fn render(ui: &Ui, scene: &Scene<'_>, places: Places, buf: &mut Buffer) {
    match &ui.popup {
        None | Some(Popup::Filter(_)) => {}
        Some(Popup::Ask(ask)) => ask.render(scene, places, buf),
        Some(Popup::Form(form)) => form.render(scene, places, buf),
        Some(Popup::Editor(editor)) => editor.render(scene, places, buf),
        Some(Popup::Palette(palette)) => palette.render(ui, scene, places, buf),
        Some(Popup::Help(top)) => help::render(ui, scene, *top, places, buf),
        Some(Popup::Page(page)) => page.render(scene, places, buf),
        Some(Popup::Text(text)) => text.render(scene, places, buf),
    }
}

/// The new scroll position; None closes.
fn scrolled(top: usize, key: KeyEvent) -> Option<usize> {
    match key.code {
        KeyCode::Esc | KeyCode::Enter | KeyCode::Backspace | KeyCode::Char('q' | '?') => None,
        KeyCode::Char('j') | KeyCode::Down => Some(top.saturating_add(1)),
        KeyCode::Char('k') | KeyCode::Up => Some(top.saturating_sub(1)),
        KeyCode::PageDown | KeyCode::Char(' ' | 'd') => Some(top.saturating_add(10)),
        KeyCode::PageUp | KeyCode::Char('u') => Some(top.saturating_sub(10)),
        KeyCode::Char('g') | KeyCode::Home => Some(0),
        _ => Some(top),
    }
}

fn filter_key(desk: &mut Desk<'_>, mut field: Field, key: KeyEvent) -> Option<Popup> {
    match key.code {
        KeyCode::Enter => return None,
        KeyCode::Esc => {
            apply_filter(desk, "");
            return None;
        }
        KeyCode::Down | KeyCode::Up => {
            let down = key.code == KeyCode::Down;
            desk.with_pane(|p| p.go(if down { p.at() + 1 } else { p.at().saturating_sub(1) }));
        }
        _ => {
            field.key(key);
            apply_filter(desk, field.text());
        }
    }
    Some(Popup::Filter(field))
}

pub fn apply_filter(desk: &mut Desk<'_>, text: &str) {
    desk.with_pane(|p| {
        p.filter = Filter::new(text);
        p.unpin();
    });
    desk.refresh();
}

/// A question and its keys on the last lines: two where all fits, else as many as it takes, upwards over the body.
fn at_foot(
    scene: &Scene<'_>,
    places: Places,
    question: &str,
    asked: Style,
    answers: &[(String, String)],
    buf: &mut Buffer,
) -> Rect {
    let columns = usize::from(places.message.width);
    let question = wrap(question, columns.saturating_sub(2));
    let mut lines: Vec<Line<'static>> =
        question.into_iter().map(|text| Cells::default().gap(1).add(text, asked).line()).collect();
    let asked_in = lines.len();
    lines.extend(keys(scene, answers, columns));
    let height = (lines.len() as u16).min(places.body.height + 2);
    let area = Rect { y: places.foot.bottom().saturating_sub(height), height, ..places.foot };
    frame::clear(area, buf);
    let skipped = lines.len().saturating_sub(usize::from(height));
    for (y, line) in lines.iter().skip(skipped).enumerate() {
        frame::put(buf, area, y, line);
    }
    let last = asked_in.saturating_sub(1 + skipped) as u16;
    Rect { y: area.y + last, height: 1, ..area }
}

/// `Enter page L2   Esc no`, on as many lines as it takes.
fn keys(scene: &Scene<'_>, answers: &[(String, String)], columns: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let mut cells = Cells::default();
    for (key, word) in answers {
        let wanted = width(key) + 1 + width(word);
        if cells.used > 0 && cells.used + 3 + wanted > columns {
            lines.push(std::mem::take(&mut cells).line());
        }
        let gap = if cells.used == 0 { 1 } else { 3 };
        let room = columns.saturating_sub(cells.used + gap + width(key) + 1);
        cells = cells.gap(gap).add(key.clone(), scene.style(Tint::Strong)).text(format!(" {}", fit(word, room)));
    }
    lines.push(cells.line());
    lines
}

/// A page over the body: a heading, lines, and how to leave.
pub struct Sheet {
    pub title: String,
    pub lines: Vec<Line<'static>>,
    pub top: usize,
}

impl Sheet {
    fn render(&self, scene: &Scene<'_>, places: Places, buf: &mut Buffer) {
        frame::clear(places.body, buf);
        let heading = Cells::default().gap(1).add(self.title.clone(), scene.style(Tint::Strong)).line();
        frame::put(buf, places.body, 0, &heading);
        let room = usize::from(places.body.height.saturating_sub(1));
        let top = self.top.min(self.lines.len().saturating_sub(room.max(1)));
        for (y, line) in self.lines.iter().skip(top).take(room).enumerate() {
            frame::put(buf, places.body, y + 1, line);
        }
        frame::clear(places.foot, buf);
        let more = self.lines.len().saturating_sub(top + room);
        let below = if more > 0 { format!("   {more} more lines") } else { String::new() };
        frame::put(buf, places.foot, 0, &Cells::default().text(format!(" j k scroll   Esc back{below}")).line());
    }
}
