//! A question with its answers on the last two lines: whom an act pages, how many it touches, whether to leave. Enter is
//! the first answer, Esc is always no, and no other key slips through to the list.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;

use super::Places;
use crate::engine::model::Tone;
use crate::ui::desk::Desk;
use crate::ui::scene::Scene;
use crate::ui::theme::Tint;

/// What a key does that is no answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Other {
    /// Nothing; `q` is no.
    Waits,
    /// Nothing at all: what is typed on without looking ends here.
    Swallowed,
    /// It is a no, and says so: typed text must never answer yes further on.
    Cancels,
}

type Then = Box<dyn FnOnce(&mut Desk<'_>) + Send>;

pub struct Ask {
    question: String,
    answers: Vec<(KeyCode, String, Then)>,
    other: Other,
    /// Ctrl-c again here leaves at once.
    pub leaving: bool,
}

impl Ask {
    pub fn new(question: impl Into<String>) -> Self {
        Self { question: question.into(), answers: Vec::new(), other: Other::Waits, leaving: false }
    }
    /// A refusal that has to be read: Enter or Esc, and nothing else.
    pub fn refusal(text: impl Into<String>) -> Self {
        Self { other: Other::Swallowed, ..Self::new(text) }.enter("ok", |_| {})
    }
    #[must_use]
    pub fn cancelled_by_any_key(self) -> Self {
        Self { other: Other::Cancels, ..self }
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
        let no = key.code == KeyCode::Esc || (key.code == KeyCode::Char('q') && self.other == Other::Waits);
        if no {
            return None;
        }
        let plain = !key.modifiers.contains(KeyModifiers::CONTROL);
        let Some(at) = self.answers.iter().position(|(code, ..)| plain && *code == key.code) else {
            if self.other == Other::Cancels {
                desk.say(Tone::Info, "cancelled: nobody is paged");
                return None;
            }
            return Some(self);
        };
        let (_, _, then) = self.answers.swap_remove(at);
        then(desk);
        None
    }

    pub fn render(&self, scene: &Scene<'_>, places: Places, buf: &mut Buffer) {
        let strong = scene.style(Tint::Strong);
        let refused = self.other == Other::Swallowed;
        let asked = if refused { scene.style(Tint::BadBadge) } else { strong };
        let mut answers: Vec<_> = self.answers.iter().map(|(code, word, _)| (name(*code), word.clone())).collect();
        answers.push((name(KeyCode::Esc), if refused { "ok".into() } else { "no".into() }));
        super::at_foot(scene, places, &self.question, asked, &answers, buf);
    }
    pub fn question(&self) -> &str {
        &self.question
    }
}

fn name(code: KeyCode) -> String {
    crate::ui::chord::Chord { code, ctrl: false }.to_string()
}
