//! A question with its answers on the last two lines: whom an act pages, how many it touches, whether to leave. Enter is
//! the first answer, Esc is always no, and no other key slips through to the list.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;

use super::Places;
use crate::ui::desk::Desk;
use crate::ui::frame;
use crate::ui::scene::Scene;
use crate::ui::text::{Cells, fit};
use crate::ui::theme::Tint;

type Then = Box<dyn FnOnce(&mut Desk<'_>) + Send>;

pub struct Ask {
    question: String,
    answers: Vec<(KeyCode, String, Then)>,
    /// Ctrl-c again here leaves at once.
    pub leaving: bool,
}

impl Ask {
    pub fn new(question: impl Into<String>) -> Self {
        Self { question: question.into(), answers: Vec::new(), leaving: false }
    }
    #[must_use]
    pub fn enter(self, word: impl Into<String>, then: impl FnOnce(&mut Desk<'_>) + Send + 'static) -> Self {
        self.on(KeyCode::Enter, word, then)
    }
    #[must_use]
    pub fn on(
        mut self,
        key: KeyCode,
        word: impl Into<String>,
        then: impl FnOnce(&mut Desk<'_>) + Send + 'static,
    ) -> Self {
        self.answers.push((key, word.into(), Box::new(then)));
        self
    }

    pub fn key(mut self, desk: &mut Desk<'_>, key: KeyEvent) -> Option<Self> {
        if matches!(key.code, KeyCode::Esc | KeyCode::Char('q')) {
            return None;
        }
        let plain = !key.modifiers.contains(KeyModifiers::CONTROL);
        let Some(at) = self.answers.iter().position(|(code, ..)| plain && *code == key.code) else {
            return Some(self);
        };
        let (_, _, then) = self.answers.swap_remove(at);
        then(desk);
        None
    }

    pub fn render(&self, scene: &Scene<'_>, places: Places, buf: &mut Buffer) {
        let width = usize::from(places.message.width);
        let strong = scene.style(Tint::Strong);
        frame::clear(places.message, buf);
        frame::clear(places.foot, buf);
        let question = fit(&format!(" {}", self.question), width);
        frame::put(buf, places.message, 0, &Cells::default().add(question, strong).line());
        let mut line = Cells::default().gap(1);
        for (code, word, _) in &self.answers {
            let key = crate::ui::chord::Chord { code: *code, ctrl: false }.to_string();
            line = line.add(key, strong).text(format!(" {word}   "));
        }
        frame::put(buf, places.foot, 0, &line.add("Esc", strong).text(" no").line());
    }
}
