//! What follows an act of mine once it is saved, in the same gesture: the step that a page ticks, the alerts that come
//! with the watch. Nothing follows what was refused. And what others do with the watch, said to whom it concerns.

use super::board::Thing;
use crate::domain::alert::{Actor, Alert, Phase};
use crate::domain::handoff::HandoffFact;
use crate::domain::journal::{Act, Entry, Fact, Target};
use crate::domain::run::{Run, RunAct, RunFact, StepAct};
use crate::domain::text::Clean;
use crate::domain::time::Now;
use crate::engine::Engine;
use crate::engine::acts::{Asked, Part, word_of};
use crate::engine::event::{Effect, Verb};
use crate::engine::model::Tone;

impl Engine {
    pub(in crate::engine) fn follow_up(&mut self, asked: &Asked, entry: &Entry, now: Now) -> Option<Effect> {
        let effect = match (&entry.fact, asked.part) {
            (Fact::Escalated { level, role, .. }, Part::Before(run, index)) => {
                let word = Clean::new(&format!("paged L{level} ({role})"));
                let act = StepAct::Done { word };
                let verb = word_of(&Verb::Step { run, index, act: act.clone() });
                let act = Act::Run(RunAct::Step { index, act });
                self.ask_thing(Target::Run(run), None, act, Some(Thing::Step(run, index)), verb, asked.gesture, now)
            }
            (Fact::Handoff(HandoffFact::Accepted { id }), _) => {
                let from = self.model.board.handoffs.get(id)?.from.clone();
                self.take_alerts(&from, asked.gesture, now)?
            }
            _ => return None,
        };
        self.part(&effect, Part::After);
        Some(effect)
    }

    /// The watch comes with what its giver had in hand.
    fn take_alerts(&mut self, from: &Clean, gesture: u64, now: Now) -> Option<Effect> {
        let (me, spans) = (self.model.me.name.clone(), self.model.setup.spans);
        let owned: Vec<_> = self.in_hand(from).map(|a| (a.id, a.version, a.severity)).collect();
        let word = word_of(&Verb::Own(None));
        let asks = owned.into_iter().map(|(id, version, severity)| {
            let act = Act::Own { owner: me.clone(), deadline: now.wall + spans.ack(severity) };
            self.ask(Target::Alert(id), Some(version), act, word, gesture, now)
        });
        // One transaction, told of once.
        asks.reduce(|all, next| match (all, next) {
            (Effect::Commit(mut all), Effect::Commit(next)) => {
                all.changes.extend(next.changes);
                Effect::Commit(all)
            }
            (all, _) => all,
        })
    }

    /// Acked alerts of that person.
    fn in_hand(&self, who: &Clean) -> impl Iterator<Item = &Alert> {
        let mine = move |a: &&Alert| matches!(a.phase, Phase::Acked { .. }) && a.owner.as_ref() == Some(who);
        self.model.book.iter().map(|a| &**a).filter(mine)
    }

    /// A run that I have worked on does not end in silence.
    pub(in crate::engine) fn run_ended(&mut self, entry: &Entry, now: Now) {
        let Fact::Run { what: RunFact::Ended { why }, .. } = &entry.fact else { return };
        let me = &self.model.me.name;
        let Some(run) = entry.run().and_then(|id| self.model.board.runs.get(&id)) else { return };
        if entry.actor.name() == me || !worked_on(run, me) {
            return;
        }
        let on = run.alert.map_or_else(|| format!("of {}", run.title), |id| format!("on {id}"));
        let by = if entry.actor.is_person() { format!("was ended by {}", entry.actor.name()) } else { "ended".into() };
        let text = format!("the run {on} {by}: {why}");
        self.say(Tone::Info, &text, now);
    }

    /// An offer to me rings, as what is handed to me does; that mine was taken, or taken back from me, is said.
    pub(in crate::engine) fn watch_passed(&mut self, entry: &Entry, now: Now) -> Option<Effect> {
        let Fact::Handoff(fact) = &entry.fact else { return None };
        self.forget_offers();
        let (me, by) = (self.model.me.name.clone(), entry.actor.name());
        if me == *by {
            return None;
        }
        match fact {
            HandoffFact::Offered { to, .. } if *to == me => {
                let text = format!("{by} offers you the watch: w shows it, Enter there accepts it");
                self.say(Tone::Info, &text, now);
                return Some(Effect::Alarm { text: Clean::new(&format!("{by} offers you the watch")) });
            }
            HandoffFact::Accepted { id } if self.model.board.handoffs.get(id).is_some_and(|h| h.from == me) => {
                let with = match self.in_hand(&me).count() {
                    0 => String::new(),
                    1 => "; your acked alert is theirs now".to_owned(),
                    n => format!("; your {n} acked alerts are theirs now"),
                };
                self.say(Tone::Done, &format!("{by} has the watch{with}"), now);
            }
            HandoffFact::Declined { id } if self.model.board.handoffs.get(id).is_some_and(|h| h.from == me) => {
                let text = format!("{by} declined the watch: it stays yours");
                self.say(Tone::Bad, &text, now);
                return Some(Effect::Alarm { text: Clean::new(&text) });
            }
            HandoffFact::Withdrawn { id } if self.model.board.handoffs.get(id).is_some_and(|h| h.to == me) => {
                self.say(Tone::Info, &format!("{by} took back the offer of the watch"), now);
            }
            _ => {}
        }
        None
    }
}

/// They began it, settled a step of it, or noted on one.
fn worked_on(run: &Run, who: &Clean) -> bool {
    let settled = |by: &Actor| by.is_person() && by.name() == who;
    settled(&run.started_by)
        || run.steps.iter().any(|s| s.held.by.as_ref().is_some_and(settled) || s.notes.iter().any(|n| n.by == *who))
}
