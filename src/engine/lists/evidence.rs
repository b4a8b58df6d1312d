//! Evidence at work: weighed when what it rests on has moved, ticking a box when it has been good for its hold, taking
//! the tick back when it has not. Fetched evidence is asked for in its own rhythm.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use crate::domain::alert::Actor;
use crate::domain::checklist::{self, ItemAct, ListAct, Mark, OccurrenceId, TemplateItem};
use crate::domain::evidence::{Evidence, HOLD, Proof};
use crate::domain::ids::OpId;
use crate::domain::journal::{Act, Change, Commit, Lane, Target};
use crate::domain::live::EvidenceLive;
use crate::domain::markdown::{ItemId, Mode};
use crate::domain::time::{Now, Stamp};
use crate::engine::Engine;
use crate::engine::event::Effect;
use crate::engine::evidence::{self, Moved};

/// What is kept longer than this is written down, so that a takeover does not begin to count anew.
const WRITTEN_FROM: Duration = Duration::from_secs(60);
/// Fetched evidence of one process at a time.
const FETCHES_MAX: usize = 4;

/// What the worker remembers between two looks.
#[derive(Debug, Default)]
pub struct Watched {
    boxes: HashMap<(OccurrenceId, ItemId), Weighed>,
    /// Acts of evidence on their way.
    in_flight: HashMap<OpId, (OccurrenceId, ItemId)>,
    asked: HashMap<String, Stamp>,
    /// How often an expression was judged anew.
    pub(super) looks: u64,
    under_way: usize,
    /// Rows to be written with the next live rows.
    pub(in crate::engine) rows: Vec<EvidenceLive>,
}

#[derive(Debug, Clone)]
struct Weighed {
    moved: Moved,
    good: bool,
    since: Stamp,
    proof: Proof,
}

impl Watched {
    /// Boxes of periods that are over are nobody's to weigh any more.
    fn keep(&mut self, candidates: &[Candidate]) {
        if self.boxes.len() > candidates.len() + self.in_flight.len() {
            let lists: HashSet<OccurrenceId> = candidates.iter().map(|c| c.occurrence).collect();
            self.boxes.retain(|(list, _), _| lists.contains(list));
        }
    }
    pub(in crate::engine) fn settled(&mut self, op: OpId) {
        self.in_flight.remove(&op);
    }
}

/// A box that evidence may tick or un-tick.
struct Candidate {
    occurrence: OccurrenceId,
    list: String,
    item: Arc<crate::domain::checklist::Template>,
    at: usize,
    mark: Mark,
}

impl Candidate {
    fn item(&self) -> Option<&TemplateItem> {
        self.item.items.get(self.at)
    }
}

impl Engine {
    /// How often evidence has been judged since this process became the worker.
    pub fn evidence_looks(&self) -> u64 {
        self.work.as_ref().map_or(0, |w| w.watched.looks)
    }

    pub(super) fn weigh_evidence(&mut self, now: Now) -> Option<Effect> {
        let candidates = self.candidates(now.wall);
        if let Some(work) = &mut self.work {
            work.watched.keep(&candidates);
        }
        let moved = evidence::moved(&self.model, now.wall);
        let mut acts: Vec<(OccurrenceId, ItemId, ItemAct)> = Vec::new();
        for candidate in candidates {
            let Some(item) = candidate.item() else { continue };
            let Some(weighed) = self.weigh(&candidate, item, &moved, now.wall) else { continue };
            let held = now.wall.since(weighed.since);
            let state = self.model.board.occurrences.get(&candidate.occurrence).and_then(|o| o.items.get(&item.id));
            let verdict = weighed.proof.verdict;
            let act = match (weighed.good, state) {
                (true, state) if candidate.mark == Mark::Open && held >= hold(item) => {
                    // What a person opened stays open until the evidence has turned.
                    let by_person = state.filter(|s| s.held.by.as_ref().is_some_and(Actor::is_person));
                    if by_person.and_then(|s| s.held.at).is_some_and(|at| weighed.since <= at) {
                        continue;
                    }
                    ItemAct::Prove(Box::new(weighed.proof))
                }
                (false, Some(state)) if checklist::disproves(state, verdict) && held >= hold(item).min(HOLD) => {
                    ItemAct::Disprove(Box::new(weighed.proof))
                }
                _ => continue,
            };
            acts.push((candidate.occurrence, item.id.clone(), act));
        }
        self.evidence_commit(acts, now)
    }

    fn evidence_commit(&mut self, acts: Vec<(OccurrenceId, ItemId, ItemAct)>, now: Now) -> Option<Effect> {
        let actor = self.worker_actor();
        let mut changes = Vec::new();
        for (id, item, act) in acts {
            let op = self.ops.next(now);
            self.work.as_mut()?.watched.in_flight.insert(op, (id, item.clone()));
            let act = Act::List(ListAct::Item { item, act });
            let target = Target::Occurrence(id);
            changes.push(Change { op, actor: actor.clone(), at: now.wall, target, seen: None, act });
        }
        (!changes.is_empty()).then_some(Effect::Commit(Commit { lane: Lane::Machine, changes, feed: None }))
    }

    /// Boxes with evidence of their own that stand in the store and are not on their way.
    fn candidates(&self, now: Stamp) -> Vec<Candidate> {
        let Some(work) = &self.work else { return Vec::new() };
        let mut found = Vec::new();
        for shown in self.model.board.shown(now) {
            let (false, Some(template)) = (shown.fresh, shown.template) else { continue };
            let pinned: HashSet<&ItemId> = shown.occurrence.opening.pinned.items.iter().map(|i| &i.id).collect();
            for (at, item) in template.items.iter().enumerate() {
                let own = matches!(item.mode, Mode::Auto | Mode::Live) && item.evidence.is_gathered_or_live();
                let key = (shown.occurrence.id, item.id.clone());
                if own && pinned.contains(&item.id) && !work.watched.in_flight.values().any(|k| *k == key) {
                    let mark = shown.occurrence.mark(&item.id);
                    let (occurrence, list) = (shown.occurrence.id, template.list.clone());
                    found.push(Candidate { occurrence, list, item: Arc::clone(&template), at, mark });
                }
            }
        }
        found
    }

    /// Looks again only when something it rests on has moved, or a hold is running.
    fn weigh(&mut self, c: &Candidate, item: &TemplateItem, moved: &Moved, now: Stamp) -> Option<Weighed> {
        let key = (c.occurrence, item.id.clone());
        let known = self.work.as_ref()?.watched.boxes.get(&key).cloned();
        let topics = evidence::topics(&item.evidence);
        if let Some(known) = &known
            && known.moved.same(moved, topics)
        {
            return Some(known.clone());
        }
        self.work.as_mut()?.watched.looks += 1;
        let occurrence = self.model.board.occurrences.get(&c.occurrence)?;
        let proof = evidence::proof_of(&self.model, item, occurrence, now)?;
        let good = proof.good();
        let row_key = format!("{}/{}", c.list, item.id);
        let stored = self.model.board.evidence.get(&row_key).and_then(|e| e.good_since);
        let since = match &known {
            Some(k) if k.good == good => k.since,
            Some(_) => now,
            None if good => stored.unwrap_or(now),
            None => now,
        };
        let weighed = Weighed { moved: moved.clone(), good, since, proof };
        let turned = known.as_ref().is_none_or(|k| k.good != good);
        let work = self.work.as_mut()?;
        if turned && hold(item) >= WRITTEN_FROM {
            let good_since = good.then_some(since);
            let row = EvidenceLive { key: row_key.clone(), proof: weighed.proof.clone(), good_since };
            work.watched.rows.push(row.clone());
            self.model.board.evidence.insert(row_key, row);
        }
        let work = self.work.as_mut()?;
        work.watched.boxes.insert(key, weighed.clone());
        Some(weighed)
    }

    /// What the worker fetches by itself is due again.
    pub(super) fn fetch_evidence(&mut self, now: Now) -> Vec<Effect> {
        let Some(work) = &mut self.work else { return Vec::new() };
        let mut effects = Vec::new();
        for template in &self.model.board.templates {
            for item in &template.items {
                let Evidence::Gathered(g) = &item.evidence else { continue };
                let Some(every) = g.every else { continue };
                // After a takeover the row tells when it was last looked at.
                let row = || self.model.board.evidence.get(&g.key).and_then(|e| e.proof.at);
                let last = work.watched.asked.get(&g.key).copied().or_else(row);
                let due = last.is_none_or(|at| now.wall.since(at) >= every || at > now.wall);
                if due && work.watched.under_way < FETCHES_MAX {
                    work.watched.asked.insert(g.key.clone(), now.wall);
                    work.watched.under_way += 1;
                    effects.push(Effect::Gather { key: g.key.clone(), wish: None });
                }
            }
        }
        effects
    }

    /// A result: of the worker's own rhythm it becomes a live row, of a person's wish an entry with the box.
    pub(in crate::engine) fn evidence_gathered(
        &mut self,
        key: String,
        wish: Option<(OccurrenceId, ItemId)>,
        proof: Proof,
        now: Now,
    ) -> Vec<Effect> {
        if let Some((list, item)) = wish {
            return self.record(list, &item, proof, now);
        }
        let Some(work) = &mut self.work else { return Vec::new() };
        work.watched.under_way = work.watched.under_way.saturating_sub(1);
        let good_since = match self.model.board.evidence.get(&key) {
            Some(known) if proof.good() => known.good_since.or(Some(now.wall)),
            _ => proof.good().then_some(now.wall),
        };
        let row = EvidenceLive { key: key.clone(), proof, good_since };
        work.watched.rows.push(row.clone());
        self.model.board.evidence.insert(key, row);
        self.model.board.revision += 1;
        Vec::new()
    }
}

fn hold(item: &TemplateItem) -> Duration {
    if let Evidence::Live { hold, .. } = &item.evidence { *hold } else { Duration::ZERO }
}
