//! `procedures show`: a run, step by step, or a procedure as it is written now.

use serde_json::json;

use super::{found, list};
use crate::cli::exit;
use crate::cli::output::Out;
use crate::cli::seat::Seat;
use crate::domain::run::{ProcedureSpec, Run, Step};
use crate::report::Times;

pub fn run(seat: &Seat, asked: &str, as_json: bool, out: &mut Out) -> anyhow::Result<u8> {
    // A number is a run's; words are a procedure's, and where there is none, those of an open run whose file has gone.
    let number = asked.trim().parse::<i64>().is_ok();
    let procedure = if number { None } else { Some(found::procedure(seat, asked)) };
    if let Some(Ok(spec)) = &procedure {
        if as_json {
            out.json("procedure", json!({ "now": seat.now, "procedure": list::document(seat, spec) }))?;
        } else {
            written(seat, spec, out)?;
        }
        return Ok(exit::DONE);
    }
    match (found::run(seat, asked)?, procedure) {
        (Ok(known), _) if as_json => {
            out.json("procedure-run", json!({ "now": seat.now, "run": found::document(&known, seat.now) }))?;
        }
        (Ok(known), _) => people(seat, &known, out)?,
        (Err(unclear), None) | (Err(_), Some(Err(unclear))) => {
            out.line(&unclear.why)?;
            return Ok(unclear.code);
        }
        (Err(_), Some(Ok(_))) => {}
    }
    Ok(exit::DONE)
}

fn written(seat: &Seat, p: &ProcedureSpec, out: &mut Out) -> std::io::Result<()> {
    out.line(&format!("{}  ({}, {}:{})", p.title, p.id, p.file, p.line))?;
    for trigger in &p.triggers {
        out.line(&format!("  opened by  {trigger}"))?;
    }
    for spec in &p.steps {
        let s = &spec.step;
        let name = s.name.as_ref().map_or_else(String::new, |n| format!("{n}: "));
        out.line(&format!("{:>3} {name}{}", s.number, s.text))?;
        for line in s.details.iter().chain(&s.code) {
            out.line(&format!("      {line}"))?;
        }
        if let Some(expr) = &spec.stop_when {
            out.line(&format!("      stops the run when {}", expr.text))?;
        }
    }
    let open: Vec<String> =
        seat.model().board.open_runs().filter(|r| r.procedure == p.id).map(|r| r.id.to_string()).collect();
    if !open.is_empty() {
        out.line(&format!("open runs: {}", open.join(", ")))?;
    }
    Ok(())
}

fn people(seat: &Seat, r: &Run, out: &mut Out) -> std::io::Result<()> {
    let times = seat.times();
    let of = r.alert.map_or_else(String::new, |id| format!(" on alert {id}"));
    out.line(&format!("run {} of {}{of}, version {}", r.id, r.title, r.version))?;
    let ended = r
        .ended
        .as_ref()
        .map_or_else(String::new, |e| format!(", ended {} by {}: {}", times.clock(e.at), e.by.say(), e.why));
    out.line(&format!(
        "{}, {} of {} done, started {} by {}{ended}",
        found::state(r),
        r.done(),
        r.steps.len(),
        times.clock(r.started_at),
        r.started_by.say()
    ))?;
    for (at, step) in r.steps.iter().enumerate() {
        one(r, step, r.next() == Some(at), (&times, out))?;
    }
    Ok(())
}

fn one(r: &Run, s: &Step, next: bool, (times, out): (&Times, &mut Out)) -> std::io::Result<()> {
    let name = s.name.as_ref().map_or_else(String::new, |n| format!("{n}: "));
    let who = s.held.by.as_ref().map_or_else(String::new, |by| format!(", {}", by.say()));
    let at = s.held.at.map_or_else(String::new, |at| format!(" {}", times.clock(at)));
    let due = r.due(s).map_or_else(String::new, |at| format!(", due {}", times.around(at)));
    let marker = if next { '>' } else { ' ' };
    out.line(&format!("{marker}{:>3} {name}{}", s.number, r.filled(s.text.as_str())))?;
    out.line(&format!("      {}{who}{at}{due}", s.held.mark.word()))?;
    if !s.held.word.is_empty() {
        out.line(&format!("      \"{}\"", s.held.word))?;
    }
    if next {
        for line in s.details.iter().chain(&s.code) {
            out.line(&format!("      {}", r.filled(line.as_str())))?;
        }
    }
    for missing in r.missing(s) {
        out.line(&format!("      nothing says what {missing} is: `procedures fill {} {missing} VALUE`", r.id))?;
    }
    for note in &s.notes {
        out.line(&format!("      {} {}: {}", times.clock(note.at), note.by, note.text))?;
    }
    Ok(())
}
