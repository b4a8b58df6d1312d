//! A question with its answers on the last two lines: whom an act pages, how many it touches, whether to leave. Enter is
//! the first answer, Esc is always no, and no other key slips through to the list. One that pages or touches many is
//! answered only by somebody who can have read it: keys typed ahead of it are not an answer.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;

use super::Places;
use crate::domain::time::Now;
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

/// Time on the screen before an answer counts; what a person typed before they saw the question comes faster.
const READ_MS: i64 = 300;

/// Whether a question has been on the screen long enough to have been read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    /// Its answer may come at any time.
    Free,
    /// Not drawn yet.
    Unseen,
    /// Drawn, or answered too early, at this boot time.
    Since(i64),
}

type Then = Box<dyn FnOnce(&mut Desk<'_>) + Send>;

pub struct Ask {
    question: String,
    answers: Vec<(KeyCode, String, Then)>,
    /// Keys that mean a shown one: how the same is answered elsewhere.
    also: Vec<(KeyCode, KeyCode)>,
    other: Other,
    look: Look,
    /// Said after a key that came too early.
    early: Option<String>,
    /// Ctrl-c again here leaves at once.
    pub leaving: bool,
}

impl Ask {
    pub fn new(question: impl Into<String>) -> Self {
        Self {
            question: question.into(),
            answers: Vec::new(),
            also: Vec::new(),
            other: Other::Waits,
            look: Look::Free,
            early: None,
            leaving: false,
        }
    }
    /// A refusal that has to be read: Enter or Esc, and nothing else.
    pub fn refusal(text: impl Into<String>) -> Self {
        Self { other: Other::Swallowed, ..Self::new(text) }.enter("ok", |_| {})
    }
    #[must_use]
    pub fn cancelled_by_any_key(self) -> Self {
        Self { other: Other::Cancels, ..self }
    }
    /// It pages or touches many: no answer counts before it has been on the screen for a moment.
    #[must_use]
    pub fn looked_at(self) -> Self {
        Self { look: Look::Unseen, ..self }
    }
    /// A frame shows it.
    pub fn drawn(&mut self, now: Now) {
        if self.look == Look::Unseen {
            self.look = Look::Since(now.boot_ms);
        }
    }
    fn read(&self, now: Now) -> bool {
        match self.look {
            Look::Free => true,
            Look::Unseen => false,
            Look::Since(at) => now.boot_ms.saturating_sub(at) >= READ_MS,
        }
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

    /// A second key for an answer, not shown.
    #[must_use]
    pub fn also(mut self, key: KeyCode, means: KeyCode) -> Self {
        self.also.push((key, means));
        self
    }

    pub fn key(mut self, desk: &mut Desk<'_>, key: KeyEvent) -> Option<Self> {
        let no = key.code == KeyCode::Esc || (key.code == KeyCode::Char('q') && self.other == Other::Waits);
        if no {
            return None;
        }
        let plain = !key.modifiers.contains(KeyModifiers::CONTROL);
        let meant = self.also.iter().find(|(also, _)| *also == key.code).map_or(key.code, |(_, means)| *means);
        let Some(at) = self.answers.iter().position(|(code, ..)| plain && *code == meant) else {
            if self.other == Other::Cancels {
                desk.say(Tone::Info, "cancelled: nobody is paged");
                return None;
            }
            return Some(self);
        };
        if !self.read(desk.now) {
            let word = self.answers.get(at).map_or("", |(_, word, _)| word.as_str());
            self.early = Some(format!("look first: {} again to {word}.", name(key.code)));
            // Anew with every early key: a held or pasted Enter never becomes an answer by going on.
            self.look = if self.look == Look::Unseen { Look::Unseen } else { Look::Since(desk.now.boot_ms) };
            return Some(self);
        }
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
        let question = self.early.as_ref().map_or_else(|| self.question.clone(), |e| format!("{e}  {}", self.question));
        super::at_foot(scene, places, &question, asked, &answers, buf);
    }
    pub fn question(&self) -> &str {
        &self.question
    }
}

fn name(code: KeyCode) -> String {
    crate::ui::chord::Chord { code, ctrl: false }.to_string()
}
