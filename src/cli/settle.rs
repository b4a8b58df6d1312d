//! An act's commit from the command line: sent, answered, told in a line. What was done is printed after the commit and
//! never before; who was first is told with the time.

use super::exit;
use super::output::Out;
use super::services::futures_executor;
use crate::domain::checklist::ListAct;
use crate::domain::journal::{Act, Change, Commit, Entry, Outcome, Target};
use crate::engine::Engine;
use crate::engine::event::{Effect, Event};
use crate::runtime::clock;
use crate::store::Store;
use crate::store::sqlite::SqliteStore;

/// How an act is told of: `acked 4821`. Without a name each change is told of by its alert's number.
pub struct Settled<'a> {
    pub past: &'a str,
    pub name: &'a str,
}

/// How it ended: the exit code, what stands in the journal now, and what the engine wants done next.
pub struct Ended {
    pub code: u8,
    pub entries: Vec<Entry>,
    pub effects: Vec<Effect>,
}

impl Ended {
    pub fn with(code: u8) -> Self {
        Self { code, entries: Vec::new(), effects: Vec::new() }
    }
}

pub fn settle(
    store: &SqliteStore,
    engine: &mut Engine,
    told: &Settled<'_>,
    commit: Commit,
    out: &mut Out,
) -> anyhow::Result<Ended> {
    let Settled { past, name } = told;
    let asked: Vec<_> = commit.changes.iter().map(|c| (c.op, opens(c), named(c, name))).collect();
    let outcomes = match futures_executor(store.commit(commit, None)) {
        Ok(outcomes) => outcomes,
        Err(error) => {
            let next = error.next_step().map_or_else(String::new, |step| format!("; {step}"));
            out.line(&format!("NOT {past} {name}: {error}{next}"))?;
            return Ok(Ended::with(exit::STORE));
        }
    };
    let mut ended = Ended::with(exit::DONE);
    for ((_, opens, name), outcome) in asked.iter().zip(&outcomes) {
        match outcome {
            // That the list had to be opened first is nothing the operator asked for.
            _ if *opens => {}
            Outcome::Applied(entry) | Outcome::Before(entry) => {
                out.line(&format!("{past} {name}"))?;
                ended.entries.push(entry.clone());
            }
            Outcome::Nothing => out.line(&format!("{name} is so already"))?,
            Outcome::Refused(refusal) => {
                out.line(&format!("NOT {past} {name}: {refusal}"))?;
                ended.code = if refusal.is_conflict() { exit::CONFLICT } else { exit::FAILED };
            }
        }
    }
    let ops = asked.into_iter().map(|(op, ..)| op);
    ended.effects = engine.handle(Event::Committed(ops.zip(outcomes).collect()), clock::now());
    Ok(ended)
}

fn named(change: &Change, name: &str) -> String {
    match change.target {
        Target::Alert(id) if name.is_empty() => id.to_string(),
        _ => name.to_owned(),
    }
}

fn opens(change: &Change) -> bool {
    matches!(change.act, Act::List(ListAct::Open { .. }))
}
