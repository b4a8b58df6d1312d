//! Notes begun and not saved: what was typed outlives the prompt, by the thing it is about. Not its job: saving them.

use std::collections::BTreeMap;

use crate::domain::ids::AlertId;
use crate::domain::run::RunId;
use crate::engine::Model;
use crate::engine::lists::Thing;
use crate::ui::tabs::lists;

/// Drafts kept at once.
const MAX: usize = 100;
/// Letters of a text that names a box.
const NAME_MAX: usize = 40;

/// What a note is written on.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum NoteOn {
    Alert(AlertId),
    Thing(Thing),
    /// The word that ticks a step, which is no note on it.
    Summary(RunId, usize),
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
    /// The handoff as it was edited and not offered yet.
    pub fn handoff(&self) -> Option<&str> {
        self.0.get(&NoteOn::Thing(Thing::Handoff)).map(String::as_str)
    }
    /// A handoff that was offered as it was edited is no draft any more.
    pub fn offered(&mut self, model: &Model) {
        let Some(edited) = self.handoff() else { return };
        let mut mine = model.board.handoffs.values().rev().filter(|h| h.from == model.me.name);
        if mine.next().is_some_and(|h| lists::offered(edited, &h.lines)) {
            self.0.remove(&NoteOn::Thing(Thing::Handoff));
        }
    }
    /// For whoever is about to leave: what would be lost, and the keys that go on with it.
    pub fn said(&self, model: &Model) -> Option<String> {
        let (words, notes): (Vec<&NoteOn>, Vec<&NoteOn>) = self.0.keys().partition(|of| of.goes_on_with() != "c");
        let names: Vec<String> = notes.iter().map(|of| of.name(model)).collect();
        let noted = format!("The note typed on {} is not saved (c goes on with it).", names.join(", "));
        let mut said: Vec<String> = Some(noted).filter(|_| !names.is_empty()).into_iter().collect();
        said.extend(
            words.iter().map(|of| format!("The words for {} are not saved ({}).", of.name(model), of.goes_on_with())),
        );
        (!said.is_empty()).then(|| said.join(" "))
    }
}

impl NoteOn {
    /// The key that opens the prompt again.
    fn goes_on_with(&self) -> &'static str {
        match self {
            Self::Alert(_) | Self::Thing(Thing::Item(..) | Thing::List(_) | Thing::Step(..) | Thing::Run(_)) => "c",
            Self::Summary(..) => "x",
            Self::Thing(Thing::Handoff) => "w",
        }
    }
    fn name(&self, model: &Model) -> String {
        match self {
            Self::Alert(id) => id.to_string(),
            Self::Summary(run, at) => Self::Thing(Thing::Step(*run, *at)).name(model),
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
