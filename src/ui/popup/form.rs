//! Questions answered by typing, one after the other, on the last two lines: how long, why, to whom. Tab walks through
//! the sane answers; an answer that will not do is said at once and nothing is lost.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::Places;
use crate::ui::clock::Clock;
use crate::ui::desk::Desk;
use crate::ui::field::Field;
use crate::ui::frame;
use crate::ui::scene::Scene;
use crate::ui::text::{Cells, fit, width};
use crate::ui::theme::Tint;

pub type Check = fn(&str, &Clock) -> Result<(), &'static str>;

pub struct Question {
    /// `snooze 4821: how long`.
    pub ask: String,
    pub presets: Vec<String>,
    pub check: Check,
    /// What Enter on an empty line means, if it means something.
    pub empty: &'static str,
}

type Done = Box<dyn FnOnce(&mut Desk<'_>, &[String]) + Send>;

pub struct Form {
    questions: Vec<Question>,
    at: usize,
    answers: Vec<String>,
    field: Field,
    preset: usize,
    wrong: Option<&'static str>,
    done: Done,
}

impl Form {
    pub fn new(questions: Vec<Question>, done: impl FnOnce(&mut Desk<'_>, &[String]) + Send + 'static) -> Self {
        Self {
            questions,
            at: 0,
            answers: Vec::new(),
            field: Field::new(""),
            preset: 0,
            wrong: None,
            done: Box::new(done),
        }
    }

    pub fn key(mut self, desk: &mut Desk<'_>, key: KeyEvent) -> Option<Self> {
        match key.code {
            KeyCode::Esc => return None,
            KeyCode::Enter => return self.answer(desk),
            KeyCode::Tab | KeyCode::Down => self.choose(1),
            KeyCode::BackTab | KeyCode::Up => self.choose(usize::MAX),
            _ => {
                self.field.key(key);
                self.wrong = None;
            }
        }
        Some(self)
    }
    pub fn paste(&mut self, text: &str) {
        self.field.paste(text);
    }

    fn choose(&mut self, step: usize) {
        let Some(question) = self.questions.get(self.at) else { return };
        let n = question.presets.len();
        if n == 0 {
            return;
        }
        let first = self.field.text().is_empty();
        self.preset = if first { 0 } else { (self.preset + if step == 1 { 1 } else { n - 1 }) % n };
        if let Some(text) = question.presets.get(self.preset) {
            self.field.set(text);
        }
        self.wrong = None;
    }

    fn answer(mut self, desk: &mut Desk<'_>) -> Option<Self> {
        let question = self.questions.get(self.at)?;
        let text = self.field.text().trim().to_owned();
        if let Err(why) = (question.check)(&text, &desk.clock()) {
            self.wrong = Some(why);
            return Some(self);
        }
        self.answers.push(text);
        self.at += 1;
        self.preset = 0;
        self.field.set("");
        if self.at < self.questions.len() {
            return Some(self);
        }
        (self.done)(desk, &self.answers);
        None
    }

    pub fn render(&self, scene: &Scene<'_>, places: Places, buf: &mut Buffer) {
        let Some(question) = self.questions.get(self.at) else { return };
        let (strong, columns) = (scene.style(Tint::Strong), usize::from(places.message.width));
        frame::clear(places.message, buf);
        frame::clear(places.foot, buf);
        let ask = fit(&format!(" {}: ", question.ask), columns.saturating_sub(12));
        let used = width(&ask) as u16;
        frame::put(buf, places.message, 0, &Cells::default().add(ask, strong).line());
        let field = Rect {
            x: places.message.x.saturating_add(used),
            width: places.message.width.saturating_sub(used),
            ..places.message
        };
        self.field.render(field, buf);
        let line = match self.wrong {
            Some(why) => Cells::default().gap(1).add(format!(" {why} "), scene.style(Tint::BadBadge)),
            None => self.hints(question, strong),
        };
        frame::put(buf, places.foot, 0, &line.line());
    }

    fn hints(&self, question: &Question, strong: ratatui::style::Style) -> Cells {
        let empty = self.field.text().is_empty() && !question.empty.is_empty();
        let word = if empty { question.empty } else { "ok" };
        let mut line = Cells::default().gap(1).add("Enter", strong).text(format!(" {word}"));
        if !question.presets.is_empty() {
            line = line.gap(3).add("Tab", strong).text(format!(" {}", question.presets.join(" · ")));
        }
        line.gap(3).add("Esc", strong).text(" no")
    }
}

pub fn anything(_: &str, _: &Clock) -> Result<(), &'static str> {
    Ok(())
}
pub fn something(text: &str, _: &Clock) -> Result<(), &'static str> {
    if text.is_empty() { Err("a word or two, please: others will read it") } else { Ok(()) }
}
pub fn moment(text: &str, clock: &Clock) -> Result<(), &'static str> {
    clock.moment(text).map(|_| ()).ok_or("a span like 30m or 1h30m, or a time like 09:00")
}
