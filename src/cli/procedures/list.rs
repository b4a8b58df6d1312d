//! `procedures`: what can be followed, what opens it, and which runs are open.

use serde_json::{Value, json};

use super::found;
use crate::cli::exit;
use crate::cli::output::Out;
use crate::cli::seat::Seat;
use crate::domain::run::{ProcedureSpec, Run};
use crate::domain::time::short;

pub fn run(seat: &Seat, json: bool, out: &mut Out) -> anyhow::Result<u8> {
    let board = &seat.model().board;
    if json {
        let procedures: Vec<Value> = board.procedures.iter().map(|p| document(seat, p)).collect();
        let runs: Vec<Value> = board.runs.values().map(|r| found::document(r, seat.now)).collect();
        let body = json!({ "now": seat.now, "procedures": procedures, "runs": runs, "problems": board.problems });
        out.json("procedures", body)?;
        return Ok(exit::DONE);
    }
    seat.remark_problems();
    let heads = [("procedure", false), ("steps", true), ("opened by", false), ("title", false)];
    let rows: Vec<Vec<String>> = board.procedures.iter().map(|p| row(seat, p)).collect();
    out.table(&heads, &rows)?;
    if rows.is_empty() {
        out.line("no procedures here: name a file under [[checklist]] or [[procedure]] in the config")?;
    }
    let open: Vec<Vec<String>> = board.open_runs().map(|r| open_row(seat, r)).collect();
    out.line("")?;
    if open.is_empty() {
        out.line("no run is open")?;
        return Ok(exit::DONE);
    }
    let heads = [("run", true), ("alert", true), ("done", true), ("next", false), ("due", false), ("procedure", false)];
    out.table(&heads, &open)?;
    Ok(exit::DONE)
}

/// Rules that name it.
fn rules<'a>(seat: &'a Seat, p: &'a ProcedureSpec) -> impl Iterator<Item = &'a str> {
    let board = &seat.model().board;
    let names = move |name: &str| board.procedure(name).is_some_and(|known| known.id == p.id);
    let rules = seat.model().setup.rules.iter();
    rules.filter(move |r| r.procedure.as_deref().is_some_and(names)).map(|r| r.name.as_str())
}

pub fn document(seat: &Seat, p: &ProcedureSpec) -> Value {
    let steps: Vec<Value> = p
        .steps
        .iter()
        .map(|s| {
            json!({
                "number": s.step.number, "name": s.step.name, "text": s.step.text, "kind": s.step.kind,
                "timer_ms": s.step.timer_ms, "repeat_ms": s.step.repeat_ms,
                "stop_when": s.stop_when.as_ref().map(|e| &e.text),
            })
        })
        .collect();
    json!({
        "id": p.id, "title": p.title, "file": format!("{}:{}", p.file, p.line), "severity": p.severity,
        "triggers": p.triggers, "rules": rules(seat, p).collect::<Vec<_>>(), "steps": steps,
    })
}

fn row(seat: &Seat, p: &ProcedureSpec) -> Vec<String> {
    let rules: Vec<&str> = rules(seat, p).collect();
    let opened = match (rules.is_empty(), p.triggers.len()) {
        (false, _) => format!("rules {}", rules.join(", ")),
        (true, 0) => "hand".to_owned(),
        (true, n) => format!("hand; {n} trigger lines that no rule restates"),
    };
    vec![p.id.clone(), p.steps.len().to_string(), opened, p.title.to_string()]
}

fn open_row(seat: &Seat, r: &Run) -> Vec<String> {
    let none = || "–".to_owned();
    let times = seat.times();
    let step = r.next().and_then(|at| r.steps.get(at));
    let words = |s: &crate::domain::run::Step| {
        format!("{} {}", s.number, s.name.as_ref().map_or(s.text.as_str(), |n| n.as_str()))
    };
    let due = step.and_then(|s| r.due(s));
    let due = due.map_or_else(none, |at| {
        if at <= seat.now { format!("{} late", short(seat.now.since(at))) } else { times.clock(at) }
    });
    vec![
        r.id.to_string(),
        r.alert.map_or_else(none, |id| id.to_string()),
        format!("{} of {}", r.done(), r.steps.len()),
        step.map_or_else(none, words),
        due,
        r.title.to_string(),
    ]
}
