//! What a filter leaves of a list: words of the box, its list and who marked it, as everywhere; a word that names a state
//! (`open`, `done`, `skipped`) means the state, not letters somewhere in a sentence.

use crate::domain::checklist::{ItemState, Mark, PinnedItem};
use crate::ui::filter::{Filter, Sieve};
use crate::ui::scene::Scene;
use crate::ui::tabs::lists::worked::Worked;

type Is = fn(Mark, Option<&ItemState>) -> bool;

const STATES: [(&str, Is); 9] = [
    ("open", |mark, _| !mark.settled()),
    ("done", |mark, _| mark.done()),
    ("skipped", |mark, _| mark == Mark::Skipped),
    ("failed", |mark, _| mark == Mark::Failed),
    ("n/a", |mark, _| mark == Mark::Na),
    ("half", |mark, _| mark == Mark::Half),
    ("against", |mark, _| mark == Mark::Against),
    ("missed", |mark, _| mark == Mark::Missed),
    ("carried", |_, state| state.is_some_and(|s| s.since.is_some())),
];

/// A filter with its words for states apart.
pub struct Words {
    states: Vec<Is>,
    rest: Filter,
}

impl Words {
    pub fn of(filter: &Filter) -> Self {
        let (mut states, mut rest) = (Vec::new(), Vec::new());
        for word in filter.text.split_whitespace() {
            match STATES.iter().find(|(state, _)| state.eq_ignore_ascii_case(word)) {
                Some((_, is)) => states.push(*is),
                None => rest.push(word),
            }
        }
        Self { states, rest: Filter::new(&rest.join(" ")) }
    }
    pub fn sought<'a>(&'a self, scene: &Scene<'a>) -> Sought<'a> {
        Sought { words: self, sieve: self.rest.sieve(scene.me(), scene.now()) }
    }
}

pub struct Sought<'a> {
    words: &'a Words,
    sieve: Sieve<'a>,
}

impl Sought<'_> {
    pub fn keeps(&mut self, list: &Worked, item: &PinnedItem) -> bool {
        let Words { states, rest } = self.words;
        if states.is_empty() && rest.is_empty() {
            return true;
        }
        let state = list.occurrence().items.get(&item.id).map(|s| &**s);
        let mark = state.map_or(Mark::Open, |s| s.held.mark);
        let of_state = states.is_empty() || states.iter().any(|is| is(mark, state));
        if !of_state || rest.is_empty() {
            return of_state;
        }
        let by = state.and_then(|s| s.held.by.as_ref()).map_or("", |by| by.name().as_str());
        self.sieve.keeps(&format!("{} {} {by}", item.text, list.title()), "", None)
    }
}
