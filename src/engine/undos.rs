//! What `u` can still take back, gesture by gesture, and what taking it back has come to. How an act is taken back is the
//! domain's to say, and whether it still may be is the store's.

use super::Engine;
use super::acts::UNDID;
use super::event::Effect;
use super::model::{Order, Tone, Undoable};
use crate::domain::ids::AlertId;
use crate::domain::journal::{Act, Entry, Fact, Target};
use crate::domain::run::{RunFact, StepFact};
use crate::domain::time::Now;

/// Gestures that `u` can still reach.
const UNDO_KEPT: usize = 20;

/// What takes one gesture back: its acts, newest last.
#[derive(Clone, Debug)]
pub struct Undo {
    gesture: u64,
    /// What each of the acts is called.
    labels: Vec<String>,
    pub(super) acts: Vec<(Target, Option<u32>, Act)>,
    /// The level of a page of this gesture that has gone out.
    stays: Option<u8>,
}

/// The last undo, while its acts come back one by one.
#[derive(Clone, Debug)]
pub struct Undoing {
    pub(super) gesture: u64,
    stays: Option<u8>,
    pub(super) done: Vec<Entry>,
}

impl Undoing {
    /// A page and its step are told of together, and so is a step whose page has gone out.
    fn said(&self) -> Option<String> {
        let page = self.done.iter().any(|e| matches!(e.fact, Fact::Withdrawn { .. }));
        let step = self.done.iter().find_map(|e| match &e.fact {
            Fact::Run { what: RunFact::Step { name, what: StepFact::Restored(held), .. }, .. } => {
                Some(format!("{name} is {} again", held.mark.word()))
            }
            _ => None,
        })?;
        match self.stays {
            _ if page => Some(format!("took it back, saved: page not sent, {step}")),
            Some(level) => Some(format!("took it back, saved: {step}; L{level} stays paged")),
            None => None,
        }
    }
}

impl Engine {
    /// Drops what `u` can no longer do; true when something of mine went.
    pub(super) fn forget_undos(&mut self, id: AlertId, gone: impl Fn(&Act, Option<u32>) -> bool) -> bool {
        self.drop_undos(|(target, seen, act)| *target == Target::Alert(id) && gone(act, *seen))
    }

    /// An offer that has had its answer, or was replaced, is not taken back by `u`.
    pub(super) fn forget_offers(&mut self) {
        self.drop_undos(|(target, ..)| matches!(target, Target::Handoff(_)));
    }

    fn drop_undos(&mut self, gone: impl Fn(&(Target, Option<u32>, Act)) -> bool) -> bool {
        let mut any = false;
        for undo in &mut self.undos {
            let acts = undo.acts.drain(..).zip(undo.labels.drain(..));
            let (lost, kept): (Vec<_>, Vec<_>) = acts.partition(|(act, _)| gone(act));
            any |= !lost.is_empty();
            let page = lost.iter().find_map(|((.., act), _)| level(act));
            undo.stays = undo.stays.or(page);
            (undo.acts, undo.labels) = kept.into_iter().unzip();
        }
        self.undos.retain(|u| !u.acts.is_empty());
        self.tell_undo();
        any
    }

    /// Kept where the screen can see it: nothing may be offered that `u` would not do.
    pub(super) fn tell_undo(&mut self) {
        let page = |(target, _, act): &(Target, Option<u32>, Act)| match (target, act) {
            (Target::Alert(id), Act::Withdraw { .. }) => Some(*id),
            _ => None,
        };
        // A step may have been ticked with it.
        let page_of = |u: &Undo| u.acts.iter().rev().find_map(page);
        self.model.undo = self.undos.last().map(|u| {
            let first = u.labels.first().cloned().unwrap_or_default();
            Undoable {
                label: match u.acts.len() {
                    0 | 1 => first,
                    n => format!("{first} and {} more", n - 1),
                },
                page_of: page_of(u),
                gesture: u.gesture,
                order: if self.last_done.is_none_or(|last| last == u.gesture) { Order::Last } else { Order::Older },
            }
        });
    }

    pub(super) fn undo(&mut self, now: Now) -> Vec<Effect> {
        if !self.asked.is_empty() {
            self.say(Tone::Info, "wait: your last act is still being saved", now);
            return Vec::new();
        }
        let Some(undo) = self.undos.pop() else {
            self.say(Tone::Info, "nothing of yours to take back", now);
            return Vec::new();
        };
        // After this one the act before it is next, whatever came between them once.
        self.last_done = None;
        self.tell_undo();
        let gesture = self.gesture(UNDID, now);
        // An undo is not undone by `u`: that would make two presses cancel out unseen.
        self.undoing = Some(Undoing { gesture, stays: undo.stays, done: Vec::new() });
        undo.acts.into_iter().map(|(target, seen, act)| self.ask(target, seen, act, UNDID, gesture, now)).collect()
    }

    pub(super) fn keep_undo(&mut self, gesture: u64, label: String, act: (Target, Option<u32>, Act)) {
        match self.undos.iter_mut().find(|u| u.gesture == gesture) {
            Some(undo) => {
                undo.acts.push(act);
                undo.labels.push(label);
            }
            None => self.undos.push(Undo { gesture, labels: vec![label], acts: vec![act], stays: None }),
        }
        if self.undos.len() > UNDO_KEPT {
            self.undos.remove(0);
        }
        self.tell_undo();
    }

    /// The store took a withdrawal too late: what is told of its step says so.
    pub(super) fn page_stays(&mut self, gesture: u64, act: &Act) {
        if let Some(undoing) = self.undoing.as_mut().filter(|u| u.gesture == gesture) {
            undoing.stays = undoing.stays.or(level(act));
        }
    }

    /// What taking that gesture back has come to, where its acts are told of together.
    pub(super) fn undone_together(&self, gesture: u64) -> Option<String> {
        self.undoing.as_ref().filter(|u| u.gesture == gesture)?.said()
    }
}

fn level(act: &Act) -> Option<u8> {
    if let Act::Withdraw { level } = act { Some(*level) } else { None }
}
