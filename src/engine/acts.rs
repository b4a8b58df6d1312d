//! An operator's wish into a change: checked, numbered, marked as saving, undoable. What may happen to an alert is the
//! lifecycle's to decide, inside the store; here only what needs the config or this console's knowledge.

use super::Engine;
use super::event::{Effect, Intent, Verb};
use super::model::{Saving, Tone};
use crate::domain::alert::{Actor, Alert, Mute, Origin};
use crate::domain::checklist::ItemAct;
use crate::domain::ids::{AlertId, OpId};
use crate::domain::journal::{Act, Change, Commit, Entry, Lane, Refusal, Target};
use crate::domain::ladder;
use crate::domain::run::{RunId, StepAct};
use crate::domain::time::Now;
use crate::domain::undo;

/// A burst for "check now".
const BURST: u8 = 5;

/// The verb as sentences use it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Word(&'static str, &'static str);

impl Word {
    /// The result of what a person had run.
    pub(super) const RAN: Self = Self("recorded", "record");

    pub fn past(self) -> &'static str {
        self.0
    }
    pub(super) fn present(self) -> &'static str {
        self.1
    }
}

/// An act on its way to the store.
#[derive(Clone, Debug)]
pub struct Asked {
    pub change: Change,
    /// What has to be there first, in the same transaction: a list that nobody has opened yet.
    pub before: Option<Change>,
    pub verb: Word,
    pub gesture: u64,
    /// The store did not take it yet; it is sent again.
    pub failed: bool,
    pub part: Part,
}

/// Where an act stands in its gesture.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Part {
    #[default]
    Whole,
    /// Once it is saved, this step is ticked.
    Before(RunId, usize),
    /// It came after another, and is told of with it.
    After,
}

impl Engine {
    /// An operator's wish: checked, marked as saving, and handed to the store. The message line tells how it went.
    pub fn intend(&mut self, intent: Intent, now: Now) -> Vec<Effect> {
        if let Verb::CheckNow { service } = intent.verb {
            return self.check_now(service, now);
        }
        if intent.verb == Verb::Look {
            return self.look(intent.alert, now);
        }
        let word = word_of(&intent.verb);
        if let Err(refusal) = self.may_act(word) {
            self.say(Tone::Bad, &format!("NOT {}: {refusal}", word.past()), now);
            return Vec::new();
        }
        match intent.verb {
            Verb::Undo => self.undo(now),
            Verb::Resend { outbox } => self.resend(outbox, word, now),
            verb if Self::is_list_verb(&verb) => self.intend_list(intent.alert, intent.seen, verb, now),
            verb => {
                let step = if let Verb::EscalateStep { run, index, .. } = verb { Some((run, index)) } else { None };
                match self.act_of(intent.alert, verb, now) {
                    Ok((target, act)) => {
                        let gesture = self.gesture(word, now);
                        // A note only adds: whatever happened meanwhile, its words stay true and must not be lost.
                        let seen = intent.seen.filter(|_| !matches!(act, Act::Note(_)));
                        let effect = self.ask(target, seen, act, word, gesture, now);
                        self.part(&effect, step.map_or(Part::Whole, |(run, index)| Part::Before(run, index)));
                        vec![effect]
                    }
                    Err(refusal) => {
                        self.say(Tone::Bad, &format!("NOT {}: {refusal}", word.past()), now);
                        Vec::new()
                    }
                }
            }
        }
    }

    fn resend(&mut self, outbox: i64, word: Word, now: Now) -> Vec<Effect> {
        let Some(alert) = self.model.outbox.iter().find(|r| r.id == outbox).map(|r| r.alert) else {
            self.say(Tone::Bad, &format!("NOT re-sent: there is no page {outbox}"), now);
            return Vec::new();
        };
        let gesture = self.gesture(word, now);
        vec![self.ask(Target::Alert(alert), None, Act::Requeue { outbox }, word, gesture, now)]
    }

    fn may_act(&self, word: Word) -> Result<(), Refusal> {
        if !self.model.ready() {
            return Err(Refusal::Invalid("the store has not answered yet"));
        }
        let role = self.model.me.role;
        if role.may_act() { Ok(()) } else { Err(Refusal::NotPermitted { role: role.word(), verb: word.1 }) }
    }

    fn check_now(&mut self, service: String, now: Now) -> Vec<Effect> {
        if !self.model.worker.mine {
            self.say(
                Tone::Bad,
                "NOT checked: this console does not hold the worker's lease; the worker probes on its own",
                now,
            );
            return Vec::new();
        }
        self.say(Tone::Info, &format!("checking {service} {BURST} times, one second apart"), now);
        vec![Effect::ProbeNow { service, times: BURST }]
    }

    /// Acts of one key press on many alerts are one gesture: `u` takes them back together.
    pub(super) fn gesture(&mut self, word: Word, now: Now) -> u64 {
        if self.last_gesture != Some((word, now)) {
            self.last_gesture = Some((word, now));
            self.gestures += 1;
        }
        self.gestures
    }

    fn act_of(&self, id: Option<AlertId>, verb: Verb, now: Now) -> Result<(Target, Act), Refusal> {
        let me = self.model.me.name.clone();
        match verb {
            Verb::Mute { pattern, until, reason } => {
                if reason.is_empty() {
                    return Err(Refusal::Invalid("a mute needs a reason"));
                }
                return Ok((Target::Watch, Act::Mute(Mute { pattern, by: me, at: now.wall, until, reason })));
            }
            Verb::Unmute { pattern } => return Ok((Target::Watch, Act::Unmute { pattern })),
            _ => {}
        }
        let id = id.ok_or(Refusal::Invalid("no alert is selected"))?;
        let alert = self.model.book.get(id).ok_or_else(|| Refusal::NotFound(id.to_string()))?;
        let deadline = now.wall + self.model.setup.spans.ack(alert.severity);
        let act = match verb {
            Verb::Ack => Act::Ack { deadline },
            Verb::Unack => Act::Unack,
            Verb::Own(owner) => Act::Own { owner: owner.unwrap_or(me), deadline },
            Verb::Escalate { level } | Verb::EscalateStep { level, .. } => self.rung(alert, level, now)?,
            Verb::Snooze { until, reason } => Act::Snooze { until, reason },
            Verb::Unsnooze => Act::Unsnooze,
            Verb::Resolve { .. } if self.still_breaching(alert) => return Err(Refusal::StillBreaching { id }),
            Verb::Resolve { note, review } => Act::Resolve { note, review },
            Verb::Close { summary, review } => Act::Close { summary, review },
            Verb::Review(review) => Act::Review(review),
            Verb::Note(text) => Act::Note(text),
            _ => {
                return Err(Refusal::Invalid("not an act on an alert"));
            }
        };
        Ok((Target::Alert(id), act))
    }

    fn rung(&self, alert: &Alert, level: Option<u8>, now: Now) -> Result<Act, Refusal> {
        let setup = &self.model.setup;
        if setup.levels.is_empty() {
            return Err(Refusal::Invalid("the config has no [[level]] to escalate to"));
        }
        let hold = now.wall + setup.spans.escalation_hold;
        ladder::rung(&setup.levels, alert.escalation.level, level, hold).map(Act::Escalate).ok_or_else(|| {
            Refusal::NoLevel { asked: level, reached: alert.escalation.level, known: setup.levels.clone() }
        })
    }

    /// The rule behind it says so itself, by the live rows: whoever holds the lease judged them.
    pub fn still_breaching(&self, alert: &Alert) -> bool {
        let Origin::Rule { family } = &alert.origin else { return false };
        let family_of = |rule: &str| self.model.setup.rules.iter().find(|r| r.name == rule).map(|r| r.metric.family());
        self.model
            .service(alert.service())
            .is_some_and(|s| s.firing().any(|w| family_of(&w.rule) == Some(family.as_str())))
    }

    pub(super) fn ask(
        &mut self,
        target: Target,
        seen: Option<u32>,
        act: Act,
        verb: Word,
        gesture: u64,
        now: Now,
    ) -> Effect {
        let op = self.ops.next(now);
        let actor = self.me();
        let change = Change { op, actor, at: now.wall, target, seen, act };
        if let Target::Alert(id) = target {
            self.model.saving.insert(id, Saving { op, verb: verb.1, since: now.wall, failed: None });
            self.model.book.revision += 1;
        }
        self.model.store.unsaved = self.asked.len() + 1;
        self.asked.insert(
            op,
            Asked { before: None, change: change.clone(), verb, gesture, failed: false, part: Part::Whole },
        );
        Effect::Commit(Commit { lane: Lane::Operator, changes: vec![change], feed: None })
    }

    /// Says where an act just asked for stands in its gesture.
    pub(super) fn part(&mut self, effect: &Effect, part: Part) {
        let Effect::Commit(commit) = effect else { return };
        for change in &commit.changes {
            self.asked.get_mut(&change.op).into_iter().for_each(|a| a.part = part);
        }
    }

    pub(super) fn me(&self) -> Actor {
        Actor::Operator(self.model.me.name.clone())
    }

    /// What the store did not take is kept as not saved, and tried again at every tick.
    pub(super) fn commit_failed(&mut self, ops: &[OpId], why: &crate::domain::text::Clean, now: Now) {
        let mut mine = 0;
        for op in ops {
            if let Some(asked) = self.asked.get_mut(op) {
                asked.failed = true;
                mine += 1;
            }
            let board = self.model.board.saving.values_mut();
            for saving in self.model.saving.values_mut().chain(board).filter(|s| s.op == *op) {
                saving.failed = Some(why.clone());
            }
            self.settled(*op);
        }
        if mine > 0 {
            self.model.book.revision += 1;
            self.say(Tone::Bad, &format!("NOT SAVED yet, it is tried again: {why}"), now);
        }
    }

    pub(super) fn retry_failed(&mut self) -> Vec<Effect> {
        let failed = self.asked.values_mut().filter(|a| a.failed);
        let again = |asked: &mut Asked| {
            asked.failed = false;
            let changes = asked.before.iter().chain([&asked.change]).cloned().collect();
            Effect::Commit(Commit { lane: Lane::Operator, changes, feed: None })
        };
        failed.map(again).collect()
    }

    pub(super) fn remember_undo(&mut self, gesture: u64, entry: &Entry) {
        if let Some(undoing) = self.undoing.as_mut().filter(|u| u.gesture == gesture) {
            undoing.done.push(entry.clone());
            return self.stand_again(entry);
        }
        self.last_done = Some(gesture);
        if let Some((target, seen, act, label)) = super::lists::undo_of(entry, &self.model) {
            return self.keep_undo(gesture, label, (target, seen, act));
        }
        let version = entry.alert.and_then(|id| self.model.book.get(id)).map(|a| a.version);
        let Some(act) = undo::inverse(entry) else { return self.tell_undo() };
        let label = undo::name(entry);
        let target = entry.alert.map_or(Target::Watch, Target::Alert);
        let seen = if matches!(act, Act::RetractNote(_) | Act::Unmute { .. }) { None } else { version };
        self.keep_undo(gesture, label, (target, seen, act));
    }

    /// What was restored is as it was: the act just before it, on the very same thing and with nothing of anybody's between
    /// them, can be taken back from here, and so on.
    fn stand_again(&mut self, entry: &Entry) {
        let Some((same, version)) = super::lists::restored(entry, &self.model) else { return };
        // The act that was undone stood one version below, what it found two.
        let Some(mut found) = version.and_then(|v| v.checked_sub(2)) else { return };
        for (target, seen, act) in self.undos.iter_mut().rev().flat_map(|u| u.acts.iter_mut().rev()) {
            if same(target, act) {
                if *seen != Some(found) {
                    return;
                }
                *seen = Some(found + 2);
                found = found.saturating_sub(1);
            }
        }
    }
}

pub(super) const UNDID: Word = Word("taken back", "take back");

pub(super) fn word_of(verb: &Verb) -> Word {
    match verb {
        Verb::Ack => Word("acked", "ack"),
        Verb::Unack => Word("un-acked", "un-ack"),
        Verb::Own(None) => Word("taken", "take"),
        Verb::Own(Some(_)) => Word("handed over", "hand over"),
        Verb::Escalate { .. } | Verb::EscalateStep { .. } => Word("escalated", "escalate"),
        Verb::Snooze { .. } => Word("snoozed", "snooze"),
        Verb::Unsnooze => Word("woken", "wake"),
        Verb::Resolve { .. } => Word("resolved", "resolve"),
        Verb::Close { .. } => Word("closed", "close"),
        Verb::Review(_) => Word("reviewed", "review"),
        Verb::Note(_) => Word("noted", "note"),
        Verb::Mute { .. } => Word("muted", "mute"),
        Verb::Unmute { .. } => Word("un-muted", "un-mute"),
        Verb::Undo => UNDID,
        Verb::CheckNow { .. } => Word("checked", "check"),
        Verb::Resend { .. } => Word("re-sent", "re-send"),
        Verb::Look => Word("opened", "open"),
        Verb::Item { act: ItemAct::Tick { .. }, .. } => Word("ticked", "tick"),
        Verb::Item { act: ItemAct::Untick { .. }, .. } => Word("un-ticked", "un-tick"),
        Verb::Item { act: ItemAct::Note(_), .. } | Verb::Step { act: StepAct::Note(_), .. } => Word("noted", "note"),
        Verb::Item { .. } => Word("marked", "mark"),
        Verb::Step { .. } => Word("done", "do"),
        Verb::Redate { .. } => Word("re-dated", "re-date"),
        Verb::Adopt { .. } => Word("taken up", "take up"),
        Verb::Gather { .. } => Word("run", "run"),
        Verb::StartRun { .. } => Word("opened", "open"),
        Verb::Fill { .. } => Word("filled", "fill"),
        Verb::EndRun { .. } => Word("ended", "end"),
        Verb::Offer { .. } => Word("offered", "offer"),
        Verb::AcceptWatch(_) => Word("accepted", "accept"),
        Verb::WithdrawWatch(_) => Word("taken back", "take back"),
    }
}
