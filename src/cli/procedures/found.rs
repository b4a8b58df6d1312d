//! Which procedure, run or step is meant; and runs as documents for scripts.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::cli::exit;
use crate::cli::names::{Name, Unclear, pick};
use crate::cli::output::time;
use crate::cli::seat::Seat;
use crate::cli::services::futures_executor;
use crate::domain::run::{ProcedureSpec, Run, RunId, Step};
use crate::domain::text::Untrusted;
use crate::domain::time::Stamp;
use crate::report::checklist::state_word;
use crate::store::Store;

pub fn procedure(seat: &Seat, asked: &str) -> Result<Arc<ProcedureSpec>, Unclear> {
    let board = &seat.model().board;
    // As a rule names it.
    if let Some(known) = board.procedure(asked) {
        return Ok(Arc::clone(known));
    }
    let name = |p: &Arc<ProcedureSpec>| Name { ids: vec![p.id.clone()], text: p.title.clone() };
    let names: Vec<Name> = board.procedures.iter().map(name).collect();
    let at = pick(asked, "procedure", &names)?;
    let none = || Unclear { code: exit::FAILED, why: "there is no procedure".to_owned() };
    board.procedures.get(at).cloned().ok_or_else(none)
}

/// By its number, whether it goes on or not; or the one open run of a procedure.
pub fn run(seat: &Seat, asked: &str) -> anyhow::Result<Result<Run, Unclear>> {
    let shown = Untrusted::new(asked).clean_to(60);
    if let Ok(number) = asked.trim().parse::<i64>() {
        let found = futures_executor(seat.store.run(RunId(number)))?;
        let none = || Unclear { code: exit::FAILED, why: format!("there is no run {shown}; `procedures` lists them") };
        return Ok(found.ok_or_else(none));
    }
    let open: Vec<&Arc<Run>> = seat.model().board.open_runs().collect();
    let name = |r: &&Arc<Run>| Name { ids: vec![r.procedure.clone()], text: r.title.clone() };
    let names: Vec<Name> = open.iter().map(name).collect();
    let picked = pick(asked, "open run of", &names).map_err(|unclear| match unclear.code {
        exit::USAGE => {
            let numbers: Vec<String> = open.iter().map(|r| r.id.to_string()).collect();
            let why = format!("{}; or give the run's number: {}", unclear.why, numbers.join(", "));
            Unclear { why, ..unclear }
        }
        _ => unclear,
    });
    let none = || Unclear { code: exit::FAILED, why: format!("there is no run of {shown}") };
    Ok(picked.and_then(|at| open.get(at).map(|r| (***r).clone()).ok_or_else(none)))
}

/// The place of the step that is meant, from 0.
pub fn step(run: &Run, asked: &str) -> Result<usize, Unclear> {
    let number = asked.trim().parse::<u64>().ok();
    if let Some(at) = number.and_then(|n| run.steps.iter().position(|s| s.number == n)) {
        return Ok(at);
    }
    let name = |s: &Step| Name {
        ids: s.name.iter().map(ToString::to_string).collect(),
        text: s.name.as_ref().map_or_else(|| s.text.clone(), |n| format!("{n}: {}", s.text).into()),
    };
    let names: Vec<Name> = run.steps.iter().map(name).collect();
    pick(asked, "step", &names)
}

/// `done`, `open`, or how it ended.
pub fn state(run: &Run) -> &'static str {
    match (&run.ended, run.over()) {
        (Some(_), _) => "ended",
        (None, true) => "done",
        (None, false) => "open",
    }
}

pub fn late(run: &Run, now: Stamp) -> bool {
    !run.over() && run.steps.iter().any(|s| run.due(s).is_some_and(|due| due <= now))
}

pub fn document(run: &Run, now: Stamp) -> Value {
    let next = run.next();
    let steps: Vec<Value> = run.steps.iter().map(|s| step_document(run, s)).collect();
    json!({
        "id": run.id, "procedure": run.procedure, "title": run.title, "alert": run.alert, "state": state(run),
        "late": late(run, now), "steps_total": run.steps.len(), "steps_done": run.done(),
        "next": next.and_then(|at| run.steps.get(at)).map(|s| s.number),
        "due_at": time(next.and_then(|at| run.steps.get(at)).and_then(|s| run.due(s))),
        "started_at": run.started_at, "by": run.started_by.say(), "version": run.version, "values": run.values,
        "ended": run.ended.as_ref().map(|e| json!({ "at": e.at, "by": e.by.say(), "why": e.why })),
        "steps": steps,
    })
}

fn step_document(run: &Run, s: &Step) -> Value {
    json!({
        "number": s.number, "name": s.name, "text": run.filled(s.text.as_str()), "kind": s.kind,
        "state": state_word(s.held.mark), "by": s.held.by.as_ref().map(crate::domain::alert::Actor::say),
        "at": time(s.held.at), "word": s.held.word, "due_at": time(run.due(s)), "missing": run.missing(s),
        "code": s.code.iter().map(|c| run.filled(c.as_str())).collect::<Vec<_>>(),
        "details": s.details.iter().map(|d| run.filled(d.as_str())).collect::<Vec<_>>(),
        "notes": s.notes, "times": s.held.times,
    })
}
