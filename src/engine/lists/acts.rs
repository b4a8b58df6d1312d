//! Operators' acts on boxes, steps and the watch: the target and version they saw, and what has to be there first. What
//! may happen is decided in the store; here only what needs this console's knowledge.

use super::board::Thing;
use crate::domain::checklist::{ItemAct, ListAct, OccurrenceId};
use crate::domain::evidence::{Evidence, Gathered, Proof, Verdict};
use crate::domain::handoff::HandoffAct;
use crate::domain::ids::AlertId;
use crate::domain::journal::{Act, Change, Refusal, Target};
use crate::domain::markdown::ItemId;
use crate::domain::run::RunAct;
use crate::domain::text::Clean;
use crate::domain::time::Now;
use crate::engine::Engine;
use crate::engine::acts::{Word, word_of};
use crate::engine::event::{Effect, Verb};
use crate::engine::model::Tone;

type Wanted = Result<(Target, Act, Option<Thing>), Refusal>;

fn because<T>(why: &str) -> Result<T, Refusal> {
    Err(Refusal::Because(Clean::new(why)))
}

impl Engine {
    /// True for what is no act on one alert's lifecycle.
    pub(in crate::engine) fn is_list_verb(verb: &Verb) -> bool {
        matches!(
            verb,
            Verb::Item { .. }
                | Verb::Redate { .. }
                | Verb::Adopt { .. }
                | Verb::Gather { .. }
                | Verb::StartRun { .. }
                | Verb::Step { .. }
                | Verb::Fill { .. }
                | Verb::EndRun { .. }
                | Verb::Offer { .. }
                | Verb::AcceptWatch(_)
                | Verb::WithdrawWatch(_)
        )
    }

    pub(in crate::engine) fn intend_list(
        &mut self,
        alert: Option<AlertId>,
        seen: Option<u32>,
        verb: Verb,
        now: Now,
    ) -> Vec<Effect> {
        let word = word_of(&verb);
        if let Verb::Gather { list, item } = &verb {
            return self.wish(*list, item, now);
        }
        let (target, act, thing) = match self.wanted(alert, verb, now) {
            Ok(wanted) => wanted,
            Err(refusal) => {
                self.say(Tone::Bad, &format!("NOT {}: {refusal}", word.past()), now);
                return Vec::new();
            }
        };
        let gesture = self.gesture(word, now);
        vec![self.ask_thing(target, seen, act, thing, word, gesture, now)]
    }

    #[allow(clippy::too_many_arguments, reason = "as `ask`, with what it is about")]
    pub(super) fn ask_thing(
        &mut self,
        target: Target,
        seen: Option<u32>,
        act: Act,
        thing: Option<Thing>,
        word: Word,
        gesture: u64,
        now: Now,
    ) -> Effect {
        let opening = self.opening_for(target, &act, now);
        let effect = self.ask(target, seen, act, word, gesture, now);
        let Effect::Commit(mut commit) = effect else { return effect };
        if let (Some(thing), Some(change)) = (thing, commit.changes.first()) {
            let saving =
                crate::engine::model::Saving { op: change.op, verb: word.present(), since: now.wall, failed: None };
            self.model.board.saving.insert(thing, saving);
            self.model.board.revision += 1;
        }
        if let Some(opening) = opening {
            if let Some(asked) = commit.changes.first().and_then(|c| self.asked.get_mut(&c.op)) {
                asked.before = Some(opening.clone());
            }
            commit.changes.insert(0, opening);
        }
        Effect::Commit(commit)
    }

    /// A list that no worker has opened yet is opened by the first act on it, in the same transaction.
    fn opening_for(&mut self, target: Target, act: &Act, now: Now) -> Option<Change> {
        let Target::Occurrence(id) = target else { return None };
        if !matches!(act, Act::List(_)) || self.model.board.occurrences.contains_key(&id) {
            return None;
        }
        let board = &self.model.board;
        let template = board.templates.iter().find(|t| t.id_of(&board.period(t, now.wall)) == id)?;
        let opening = Box::new(template.opening(&board.period(template, now.wall)));
        let after = board.latest(&template.list).map(|o| o.id);
        let act = Act::List(ListAct::Open { opening, after });
        let (op, actor) = (self.ops.next(now), self.me());
        Some(Change { op, actor, at: now.wall, target, seen: None, act })
    }

    fn wanted(&self, alert: Option<AlertId>, verb: Verb, now: Now) -> Wanted {
        match verb {
            Verb::Item { list, item, act } => {
                let act = self.with_proof(list, &item, act, now)?;
                let thing = Some(Thing::Item(list, item.clone()));
                Ok((Target::Occurrence(list), Act::List(ListAct::Item { item, act }), thing))
            }
            Verb::Redate { list, due, reason } => {
                let act = Act::List(ListAct::Redate { due, reason });
                Ok((Target::Occurrence(list), act, Some(Thing::List(list))))
            }
            Verb::Adopt { list } => {
                let shown = self.model.board.shown(now.wall).into_iter().find(|s| s.occurrence.id == list);
                let Some(template) = shown.and_then(|s| s.template) else {
                    return because("the file of this list is gone, so there is no new version to take");
                };
                let act = Act::List(ListAct::Adopt(Box::new(template.pinned())));
                Ok((Target::Occurrence(list), act, Some(Thing::List(list))))
            }
            Verb::StartRun { procedure } => self.start(alert, &procedure, now),
            Verb::Step { run, index, act } => {
                Ok((Target::Run(run), Act::Run(RunAct::Step { index, act }), Some(Thing::Step(run, index))))
            }
            Verb::Fill { run, name, value } => {
                Ok((Target::Run(run), Act::Run(RunAct::Fill { name, value }), Some(Thing::Run(run))))
            }
            Verb::EndRun { run, why } => Ok((Target::Run(run), Act::Run(RunAct::End { why }), Some(Thing::Run(run)))),
            Verb::Offer { to, lines } => {
                Ok((Target::Watch, Act::Handoff(HandoffAct::Offer { to, lines }), Some(Thing::Handoff)))
            }
            Verb::AcceptWatch(offer) => {
                Ok((Target::Handoff(offer), Act::Handoff(HandoffAct::Accept), Some(Thing::Handoff)))
            }
            Verb::WithdrawWatch(offer) => {
                Ok((Target::Handoff(offer), Act::Handoff(HandoffAct::Withdraw), Some(Thing::Handoff)))
            }
            _ => because("not an act on a list"),
        }
    }

    /// What the evidence says at the moment of the tick goes into the journal with it; what it wants of a person is asked.
    fn with_proof(&self, list: OccurrenceId, id: &ItemId, act: ItemAct, now: Now) -> Result<ItemAct, Refusal> {
        let ItemAct::Tick { reason, proof: None } = act else { return Ok(act) };
        let Some(shown) = self.model.board.shown(now.wall).into_iter().find(|s| s.occurrence.id == list) else {
            return Ok(ItemAct::Tick { reason, proof: None });
        };
        let Some(item) = shown.template.as_ref().and_then(|t| t.item(id)) else {
            return Ok(ItemAct::Tick { reason, proof: None });
        };
        if let Some(word) = item.evidence.word()
            && let Some(why) = word.refuses(reason.as_str())
        {
            let noted = shown.occurrence.items.get(id).and_then(|s| s.notes.last());
            if noted.is_none_or(|n| word.refuses(n.text.as_str()).is_some()) {
                return because(why);
            }
        }
        if item.critical && reason.is_empty() && !item.evidence.is_gathered_or_live() {
            return because("this box asks for a word with its tick: say what you saw");
        }
        let proof = crate::engine::evidence::proof_of(&self.model, item, &shown.occurrence, now.wall);
        // Where nothing can know it, a person's word is what there is; it is no tick against evidence.
        let proof = proof.filter(|p| p.verdict != Verdict::NoSource).map(Box::new);
        Ok(ItemAct::Tick { reason, proof })
    }

    fn start(&self, alert: Option<AlertId>, name: &str, now: Now) -> Wanted {
        let board = &self.model.board;
        let Some(spec) = board.procedure(name) else {
            let known: Vec<&str> = board.procedures.iter().map(|p| p.id.as_str()).collect();
            let known = if known.is_empty() { "none is configured".to_owned() } else { known.join(", ") };
            return because(&format!("there is no procedure `{name}`; known: {known}"));
        };
        let of = alert.and_then(|id| self.model.book.get(id)).map(|a| &**a);
        let since = of.map_or(now.wall, |a| a.opened_at);
        let target = of.map_or(Target::Watch, |a| Target::Alert(a.id));
        Ok((target, Act::Run(RunAct::Start(Box::new(super::runs::starting(spec, of, since)))), None))
    }

    /// A person asks for a command to be run, or a file to be looked at, here and now.
    fn wish(&mut self, list: OccurrenceId, id: &ItemId, now: Now) -> Vec<Effect> {
        let shown = self.model.board.shown(now.wall).into_iter().find(|s| s.occurrence.id == list);
        let evidence = shown.and_then(|s| s.template.as_ref().and_then(|t| t.item(id)).map(|i| i.evidence.clone()));
        let text = match evidence {
            Some(Evidence::Gathered(Gathered { key, what, kind, .. })) => {
                self.say(Tone::Info, &format!("running {kind}: {what}"), now);
                return vec![Effect::Gather { key, wish: Some((list, id.clone())) }];
            }
            Some(Evidence::Live { .. }) => "this evidence is live: it is judged all the time".to_owned(),
            Some(Evidence::Wrong(why)) => format!("NOT run: {why}"),
            _ => "nothing is configured to run for this item: give it `evidence.command` in the config".to_owned(),
        };
        self.say(Tone::Info, &text, now);
        Vec::new()
    }

    /// The result of a person's wish is written down with the box.
    pub(super) fn record(&mut self, list: OccurrenceId, item: &ItemId, proof: Proof, now: Now) -> Vec<Effect> {
        let word = Word::RAN;
        let gesture = self.gesture(word, now);
        let act = Act::List(ListAct::Item { item: item.clone(), act: ItemAct::Record(Box::new(proof)) });
        let thing = Some(Thing::Item(list, item.clone()));
        vec![self.ask_thing(Target::Occurrence(list), None, act, thing, word, gesture, now)]
    }
}
