//! Lists, runs and handoffs made anew from the journal alone, and held against their rows.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::{rows, worklists};
use crate::domain::checklist::{self, Occurrence, OccurrenceId};
use crate::domain::handoff::{self, Handoff, HandoffFact};
use crate::domain::ids::Seq;
use crate::domain::journal::{Entry, Fact};
use crate::domain::run::{self, Run, RunId};

/// Problems told at most.
const ENOUGH: usize = 20;

#[derive(Default)]
struct Rebuilt {
    lists: BTreeMap<OccurrenceId, Occurrence>,
    runs: BTreeMap<RunId, Run>,
    handoffs: BTreeMap<Seq, Handoff>,
}

impl Rebuilt {
    fn apply(&mut self, entry: &Entry) {
        match &entry.fact {
            Fact::List { occurrence, .. } => {
                let after = checklist::apply(self.lists.get(occurrence), entry);
                self.lists.extend(after.map(|o| (*occurrence, o)));
            }
            Fact::Run { .. } => {
                let Some(id) = entry.run() else { return };
                self.runs.extend(run::apply(self.runs.get(&id), entry).map(|r| (id, r)));
            }
            Fact::Handoff(HandoffFact::Offered { .. }) => {
                if let Some(open) = self.handoffs.values_mut().find(|h| h.open()) {
                    *open = handoff::replaced(open.clone(), entry);
                }
                self.handoffs.extend(handoff::apply(None, entry).map(|h| (h.id, h)));
            }
            Fact::Handoff(fact) => {
                let known = fact.answers().and_then(|id| self.handoffs.get(&id));
                self.handoffs.extend(handoff::apply(known, entry).map(|h| (h.id, h)));
            }
            _ => {}
        }
    }
}

/// What differs from what the journal makes of it, or is in only one of the two.
pub fn problems(c: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut rebuilt = Rebuilt::default();
    let sql = "SELECT seq, op, at, alert, body FROM journal WHERE body ->> '$.fact.list' IS NOT NULL
        OR body ->> '$.fact.run' IS NOT NULL OR body ->> '$.fact.handoff' IS NOT NULL ORDER BY seq";
    for entry in c.prepare(sql)?.query_map([], rows::entry)? {
        rebuilt.apply(&entry?);
    }
    let mut problems = Vec::new();
    let mut differs = |what: String, same: bool| {
        if !same && problems.len() < ENOUGH {
            problems.push(format!("{what} differs from what its journal entries make of it"));
        }
    };
    for (id, made) in &rebuilt.lists {
        let what = format!("list {} of {}", made.opening.list, made.opening.period);
        differs(what, worklists::occurrence(c, *id, None)?.as_ref() == Some(made));
    }
    for (id, made) in &rebuilt.runs {
        differs(format!("run {id}"), worklists::run(c, *id)?.as_ref() == Some(made));
    }
    for (id, made) in &rebuilt.handoffs {
        differs(format!("handoff {id}"), worklists::handoff(c, *id)?.as_ref() == Some(made));
    }
    let rows = |table: &str| c.query_row(&format!("SELECT count(*) FROM {table}"), [], |r| r.get::<_, i64>(0));
    let made = [("occurrence", rebuilt.lists.len()), ("run", rebuilt.runs.len()), ("handoff", rebuilt.handoffs.len())];
    for (table, n) in made {
        let found = rows(table)?;
        if found != n as i64 {
            problems.push(format!("table {table} has {found} rows, the journal makes {n}"));
        }
    }
    Ok(problems)
}
