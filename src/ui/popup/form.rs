//! Questions answered by typing, one after the other, on the last two lines: how long, why, to whom. Tab walks through
//! the sane answers; an answer that will not do is said at once and nothing is lost.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::Places;
use crate::ui::clock::Clock;
use crate::ui::desk::Desk;
use crate::ui::draft::Draft;
use crate::ui::field::Field;
use crate::ui::frame;
use crate::ui::scene::Scene;
use crate::ui::text::width;
use crate::ui::theme::Tint;

pub type Check = fn(&str, &Clock) -> Result<(), &'static str>;

pub struct Question {
    /// `snooze 4821: how long`.
    pub ask: String,
    pub presets: Vec<String>,
    pub check: Check,
    /// What Enter on an empty line means, if it means something.
    pub empty: &'static str,
    /// Why the answer is probably a slip of the hand; Enter again takes it all the same.
    pub doubt: Option<Doubt>,
}

pub type Doubt = Box<dyn Fn(&Desk<'_>, &str) -> Option<String> + Send>;

type Done = Box<dyn FnOnce(&mut Desk<'_>, &[String]) + Send>;

pub struct Form {
    questions: Vec<Question>,
    at: usize,
    answers: Vec<String>,
    field: Field,
    preset: usize,
    wrong: Option<String>,
    /// The answer that was doubted: the same again is meant.
    doubted: Option<String>,
    /// What is typed here is worth keeping when the prompt goes without an answer.
    draft_of: Option<Draft>,
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
            doubted: None,
            draft_of: None,
            done: Box::new(done),
        }
    }

    /// Begins with what was typed here before, and keeps what is typed now.
    #[must_use]
    pub fn drafted(mut self, of: Option<Draft>, text: &str) -> Self {
        self.draft_of = of;
        self.field.set(text);
        self
    }
    /// What would be lost with the prompt.
    pub fn draft(&self) -> Option<(Draft, String)> {
        let text = self.field.text().trim();
        self.draft_of.filter(|_| !text.is_empty()).map(|of| (of, text.to_owned()))
    }

    pub fn key(mut self, desk: &mut Desk<'_>, key: KeyEvent) -> Option<Self> {
        match key.code {
            KeyCode::Esc => {
                desk.keep_draft(self.draft_of, self.field.text());
                return None;
            }
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
        let text = chosen(question, self.field.text().trim());
        if text.ends_with(':') && question.presets.contains(&text) {
            // A beginning, to be typed on.
            self.field.set(&text);
            return Some(self);
        }
        if let Err(why) = (question.check)(&text, &desk.clock()) {
            self.wrong = Some(why.to_owned());
            return Some(self);
        }
        let doubt = question.doubt.as_ref().filter(|_| self.doubted.as_ref() != Some(&text));
        if let Some(why) = doubt.and_then(|doubt| doubt(desk, &text)) {
            self.field.set(&text);
            (self.wrong, self.doubted) = (Some(why), Some(text));
            return Some(self);
        }
        self.answers.push(text);
        self.at += 1;
        (self.wrong, self.doubted) = (None, None);
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
        let ask = format!("{}: ", question.ask);
        let hints = match &self.wrong {
            Some(why) => vec![("!".to_owned(), why.clone()), ("Esc".to_owned(), "no".to_owned())],
            None => self.hints(question),
        };
        // Room to see what is typed: beside the question, or on a line of its own.
        let beside = width(&ask) + 14 <= columns;
        let shown = if beside { ask.clone() } else { format!("{ask}{}", "_".repeat(columns.saturating_sub(2))) };
        let last = super::at_foot(scene, places, &shown, strong, &hints, buf);
        let used = if beside { width(&ask) as u16 + 1 } else { 1 };
        let field = Rect { x: last.x.saturating_add(used), width: last.width.saturating_sub(used), ..last };
        frame::clear(field, buf);
        self.field.render(field, buf);
    }

    fn hints(&self, question: &Question) -> Vec<(String, String)> {
        let typed = self.field.text().trim();
        let stands = chosen(question, typed);
        let word = match typed {
            "" if !question.empty.is_empty() => question.empty.to_owned(),
            typed if stands != typed => stands,
            _ => "ok".to_owned(),
        };
        let mut hints = vec![("Enter".to_owned(), word)];
        if !question.presets.is_empty() {
            let many = question.presets.len() > 1;
            let name = |(i, p): (usize, &String)| if many { format!("{} {p}", i + 1) } else { p.clone() };
            let all: Vec<String> = question.presets.iter().enumerate().map(name).collect();
            hints.push(("Tab".to_owned(), all.join(" · ")));
        }
        hints.push(("Esc".to_owned(), "no".to_owned()));
        hints
    }
}

/// What the text stands for: a lone digit is that preset, nothing is the first where several offer themselves. A single
/// preset has to be chosen on purpose.
fn chosen(question: &Question, text: &str) -> String {
    let number = text.parse::<usize>().ok().filter(|_| text.len() == 1);
    let at = match number {
        None if text.is_empty() && question.empty.is_empty() && question.presets.len() > 1 => Some(0),
        number => number.and_then(|n| n.checked_sub(1)),
    };
    at.and_then(|at| question.presets.get(at)).map_or_else(|| text.to_owned(), Clone::clone)
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
