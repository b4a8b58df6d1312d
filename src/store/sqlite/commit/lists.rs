//! Lists, runs and handoffs inside the one transaction: decided on their rows as they are there, written beside the entry.

use super::Writer;
use crate::domain::checklist::{self, Around, ListAct, ListFact};
use crate::domain::handoff::{self, HandoffAct, HandoffFact};
use crate::domain::journal::{Act, Change, Entry, Fact, Refusal, Target};
use crate::domain::run::{self, RunAct, RunId};
use crate::store::sqlite::worklists as rows;

type Decided = rusqlite::Result<Result<Option<Fact>, Refusal>>;

const NO_TARGET: Refusal = Refusal::Invalid("this act names nothing that it could be done to");

impl Writer<'_> {
    /// What an act that is not on an alert alone makes; None where it is one.
    pub(super) fn other_fact(&self, change: &Change) -> Option<Decided> {
        Some(match &change.act {
            Act::List(act) => self.list_fact(change, act),
            Act::Run(act) => self.run_fact(change, act),
            Act::Handoff(act) => self.handoff_fact(change, act),
            _ => return None,
        })
    }

    fn list_fact(&self, change: &Change, act: &ListAct) -> Decided {
        let Target::Occurrence(id) = change.target else { return Ok(Err(NO_TARGET)) };
        let only = if let ListAct::Item { item, .. } = act { Some(item) } else { None };
        let known = rows::occurrence(self.tx, id, only)?;
        let previous = match act {
            ListAct::Open { after: Some(before), .. } if known.is_none() => rows::occurrence(self.tx, *before, None)?,
            _ => None,
        };
        let around = Around { occurrence: known.as_ref(), previous: previous.as_ref() };
        let decided = checklist::decide(around, change, act);
        Ok(decided.map(|fact| fact.map(|what| Fact::List { occurrence: id, what })))
    }

    fn run_fact(&self, change: &Change, act: &RunAct) -> Decided {
        let (id, known) = match (change.target, act) {
            (Target::Run(id), _) => (Some(id), rows::run(self.tx, id)?),
            // A person may begin another; by itself it happens once for an episode.
            (Target::Alert(alert), RunAct::Start(s)) if change.actor.is_person() => {
                (None, rows::run_of(self.tx, alert, &s.procedure)?)
            }
            (Target::Alert(alert), RunAct::Start(s)) => (None, rows::run_in(self.tx, alert, &s.procedure, s.episode)?),
            (Target::Watch, RunAct::Start(_)) => (None, None),
            _ => return Ok(Err(NO_TARGET)),
        };
        let decided = run::decide(known.as_ref(), change, act);
        Ok(decided.map(|fact| fact.map(|what| Fact::Run { run: id, what })))
    }

    fn handoff_fact(&self, change: &Change, act: &HandoffAct) -> Decided {
        let named = match change.target {
            Target::Handoff(id) => rows::handoff(self.tx, id)?,
            _ => None,
        };
        let open = rows::open_handoff(self.tx)?;
        let decided = handoff::decide(open.as_ref(), named.as_ref(), change, act);
        Ok(decided.map(|fact| fact.map(Fact::Handoff)))
    }

    /// The alert whose timeline a run's entry belongs to.
    pub(super) fn alert_of_run(
        &self,
        fact: &Fact,
        target: Target,
    ) -> rusqlite::Result<Option<crate::domain::ids::AlertId>> {
        match (fact, target) {
            (Fact::Run { .. }, Target::Alert(alert)) => Ok(Some(alert)),
            (Fact::Run { run: Some(RunId(id)), .. }, _) => {
                Ok(rows::run(self.tx, RunId(*id))?.and_then(|run| run.alert))
            }
            _ => Ok(None),
        }
    }

    /// Writes the rows that an entry changes.
    pub(super) fn keep(&self, entry: &Entry) -> rusqlite::Result<()> {
        match &entry.fact {
            Fact::List { occurrence, what: ListFact::Item { item, what } } => {
                // The list itself has been read for the decision; the box alone is what changes.
                let known = rows::item(self.tx, *occurrence, item)?;
                let state = checklist::apply_item(known.as_ref(), what, entry);
                rows::put_item(self.tx, *occurrence, item, &state)
            }
            Fact::List { occurrence, .. } => {
                let known = rows::occurrence(self.tx, *occurrence, None)?;
                let Some(after) = checklist::apply(known.as_ref(), entry) else { return Ok(()) };
                for (item, state) in after.items.iter().filter(|(_, state)| state.seq == entry.seq) {
                    rows::put_item(self.tx, *occurrence, item, state)?;
                }
                rows::put_occurrence(self.tx, &after)
            }
            Fact::Run { run, .. } => {
                let known = run.map_or(Ok(None), |id| rows::run(self.tx, id))?;
                run::apply(known.as_ref(), entry).map_or(Ok(()), |after| rows::put_run(self.tx, &after))
            }
            Fact::Handoff(fact) => self.keep_handoff(fact, entry),
            _ => Ok(()),
        }
    }

    fn keep_handoff(&self, fact: &HandoffFact, entry: &Entry) -> rusqlite::Result<()> {
        let known = if let Some(id) = fact.answers() {
            rows::handoff(self.tx, id)?
        } else {
            // A newer offer of the same person takes the place of the older.
            if let Some(older) = rows::open_handoff(self.tx)? {
                rows::put_handoff(self.tx, &handoff::replaced(older, entry))?;
            }
            None
        };
        handoff::apply(known.as_ref(), entry).map_or(Ok(()), |after| rows::put_handoff(self.tx, &after))
    }
}
