//! Notes begun and not saved: what was typed outlives the prompt, by the thing it is about. Not its job: saving them.

use std::collections::BTreeMap;

use crate::domain::ids::AlertId;
use crate::engine::Model;
use crate::engine::lists::Thing;

/// Drafts kept at once.
const MAX: usize = 100;
/// Letters of a text that names a box.
const NAME_MAX: usize = 40;

/// What a note is written on.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum NoteOn {
    Alert(AlertId),
    Thing(Thing),
}

#[derive(Default)]
pub struct Drafts(BTreeMap<NoteOn, String>);

impl Drafts {
    /// No words forget what was typed before.
    pub fn keep(&mut self, of: &NoteOn, text: &str) {
        if text.trim().is_empty() {
            self.0.remove(of);
        } else if self.0.len() < MAX {
            self.0.insert(of.clone(), text.to_owned());
        }
    }
    pub fn begun(&self, of: &NoteOn) -> String {
        self.0.get(of).cloned().unwrap_or_default()
    }
    /// What they are on, as a sentence names it.
    pub fn names(&self, model: &Model) -> Vec<String> {
        self.0.keys().map(|of| of.name(model)).collect()
    }
}

impl NoteOn {
    fn name(&self, model: &Model) -> String {
        match self {
            Self::Alert(id) => id.to_string(),
            Self::Thing(Thing::Item(list, item)) => {
                let known = model.board.occurrences.get(list);
                let text = known.and_then(|o| o.opening.pinned.items.iter().find(|i| i.id == *item));
                text.map_or_else(|| "a box".to_owned(), |i| quoted(i.text.as_str()))
            }
            Self::Thing(Thing::Step(run, at)) => {
                let step = model.board.runs.get(run).and_then(|r| r.steps.get(*at));
                step.map_or_else(|| "a step".to_owned(), |s| format!("step {}", s.number))
            }
            Self::Thing(Thing::List(_)) => "a list".to_owned(),
            Self::Thing(Thing::Run(_)) => "a run".to_owned(),
            Self::Thing(Thing::Handoff) => "the handoff".to_owned(),
        }
    }
}

/// A text as the name of what it stands on.
pub fn quoted(text: &str) -> String {
    let cut: String = text.chars().take(NAME_MAX).collect();
    let more = if cut.len() < text.len() { "…" } else { "" };
    format!("\"{cut}{more}\"")
}
