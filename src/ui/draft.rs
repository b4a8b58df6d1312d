//! Words typed and not saved: they outlive the prompt they were typed in, and whoever leaves is told of them. What they
//! are about names them; where they are typed is the prompt's business.

use std::collections::BTreeMap;

use crate::domain::checklist::OccurrenceId;
use crate::domain::ids::{AlertId, spread};
use crate::domain::markdown::ItemId;
use crate::domain::run::RunId;
use crate::domain::time::Stamp;
use crate::engine::Model;
use crate::ui::tabs::lists;

/// Kept at once.
const MAX: usize = 100;

/// What the words are about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Draft {
    Note(AlertId),
    /// By the step's place in its run.
    StepNote(RunId, usize),
    Summary(RunId, usize),
    /// By the hash of the box's id.
    BoxNote(OccurrenceId, u64),
    Handoff,
}

impl Draft {
    pub fn on_box(list: OccurrenceId, item: &ItemId) -> Self {
        Self::BoxNote(list, spread(item.as_str()))
    }
}

#[derive(Default)]
pub struct Drafts {
    words: BTreeMap<Draft, String>,
    /// When the handoff was last edited.
    edited: Option<Stamp>,
}

impl Drafts {
    pub fn get(&self, of: Draft) -> Option<&str> {
        self.words.get(&of).map(String::as_str)
    }
    /// No words forget them.
    pub fn keep(&mut self, of: Draft, text: &str, at: Stamp) {
        if of == Draft::Handoff {
            self.edited = Some(at);
        }
        if text.trim().is_empty() {
            self.words.remove(&of);
        } else if self.words.len() < MAX || self.words.contains_key(&of) {
            self.words.insert(of, text.to_owned());
        }
    }
    /// The handoff as it was edited and not offered yet.
    pub fn handoff(&self) -> Option<&str> {
        self.get(Draft::Handoff)
    }
    /// When it was, if it was.
    pub fn edited(&self) -> Option<Stamp> {
        self.edited.filter(|_| self.handoff().is_some())
    }
    /// A handoff that was offered as it was edited is no draft any more.
    pub fn offered(&mut self, model: &Model) {
        let Some(edited) = self.handoff() else { return };
        let mut mine = model.board.handoffs.values().rev().filter(|h| h.from == model.me.name);
        if mine.next().is_some_and(|h| lists::offered(edited, &h.lines)) {
            self.words.remove(&Draft::Handoff);
        }
    }
    /// For whoever is about to leave: what would be lost, and the keys that go on with it.
    pub fn said(&self) -> Option<String> {
        let notes: Vec<String> = self
            .words
            .keys()
            .filter_map(|d| if let Draft::Note(id) = d { Some(id.to_string()) } else { None })
            .collect();
        let mut said = Vec::new();
        if !notes.is_empty() {
            said.push(format!("The note typed on {} is not saved (c goes on with it).", notes.join(", ")));
        }
        said.extend(self.words.keys().filter_map(|draft| match draft {
            Draft::Note(_) => None,
            Draft::StepNote(run, at) => Some(format!("The note on step {} of run {run} is not saved (c).", at + 1)),
            Draft::Summary(run, at) => Some(format!("The words for step {} of run {run} are not saved (x).", at + 1)),
            Draft::BoxNote(..) => {
                Some("The note typed on a box of a list is not saved (c there goes on with it).".to_owned())
            }
            Draft::Handoff => Some("The handoff you edited has not been offered (w goes on with it).".to_owned()),
        }));
        (!said.is_empty()).then(|| said.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_by_what_they_are_about_and_said_together() {
        let mut drafts = Drafts::default();
        assert_eq!(drafts.said(), None);
        drafts.keep(Draft::Note(AlertId(4821)), "the cache", Stamp(0));
        drafts.keep(Draft::Handoff, "burning: none", Stamp(5));
        drafts.keep(Draft::Summary(RunId(7), 3), "it was cold", Stamp(0));
        drafts.keep(Draft::Summary(RunId(7), 3), "  ", Stamp(0));
        let said = drafts.said().unwrap();
        assert!(said.starts_with("The note typed on 4821 is not saved (c goes on with it)."), "{said}");
        assert!(said.contains("has not been offered") && !said.contains("step 4"), "{said}");
        assert_eq!(drafts.get(Draft::Handoff), Some("burning: none"));
    }
}
