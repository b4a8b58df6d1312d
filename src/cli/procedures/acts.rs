//! Acts on runs and their steps from the command line, through the same intents and guards as a key press.

use clap::{Args, Subcommand};

use super::found;
use crate::cli::exit;
use crate::cli::names::Unclear;
use crate::cli::output::Out;
use crate::cli::seat::Seat;
use crate::cli::settle::Settled;
use crate::domain::checklist::Mark;
use crate::domain::ids::AlertId;
use crate::domain::lifecycle::parse_id;
use crate::domain::run::{Run, StepAct};
use crate::domain::text::{Clean, Untrusted};
use crate::engine::event::{Intent, Verb};

#[derive(Subcommand, Debug)]
pub enum Act {
    /// Begin a run, on an alert or by hand
    Start {
        /// Its id, a beginning of that, or a part of its title
        procedure: String,
        /// On this alert: its timeline shows the steps
        #[arg(long, value_name = "ID")]
        alert: Option<String>,
    },
    /// A step is done; --note says what was found
    Done(Which),
    /// Skip a step: --note says why
    Skip(Which),
    /// A step does not apply: --note says why
    Na(Which),
    /// A step has failed and holds the run up: --note says how
    Fail(Which),
    /// Open a step again
    Undo(Which),
    /// Write a --note on a step
    Note(Which),
    /// Say what {{name}} stands for in a run
    Fill {
        /// The run's number, or the procedure of the one open run
        run: String,
        /// As it stands in {{}}
        name: String,
        value: String,
    },
    /// End a run before its last step: --reason says why
    End {
        /// The run's number, or the procedure of the one open run
        run: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

#[derive(Args, Debug)]
pub struct Which {
    /// The run's number, or the procedure of the one open run
    run: String,
    /// The step's number, its name, or a part of its text
    step: String,
    /// What was found, or why
    #[arg(long, visible_alias = "reason", value_name = "TEXT")]
    note: Option<String>,
    /// Refuse (exit 5) unless the run still has this version
    #[arg(long, value_name = "N")]
    if_version: Option<u32>,
}

impl Act {
    fn past(&self) -> &'static str {
        match self {
            Self::Start { .. } => "opened",
            Self::Done(_) => "done",
            Self::Skip(_) => "skipped",
            Self::Na(_) => "marked as not applicable",
            Self::Fail(_) => "marked as failed",
            Self::Undo(_) => "opened again",
            Self::Note(_) => "noted on",
            Self::Fill { .. } => "filled",
            Self::End { .. } => "ended",
        }
    }
}

fn clean(text: &str) -> Clean {
    Untrusted::new(text.trim()).clean()
}

pub fn run(seat: &mut Seat, act: &Act, out: &mut Out) -> anyhow::Result<u8> {
    match act {
        Act::Start { procedure, alert } => start(seat, procedure, alert.as_deref(), out),
        Act::Done(w) | Act::Skip(w) | Act::Na(w) | Act::Fail(w) | Act::Undo(w) | Act::Note(w) => {
            step(seat, act, w, out)
        }
        Act::Fill { run, name, value } => {
            let known = match found::run(seat, run)? {
                Ok(known) => known,
                Err(unclear) => return refused(act, &unclear, out),
            };
            let said = format!("{name} of run {}", known.id);
            let name = name.trim().trim_start_matches("{{").trim_end_matches("}}").trim().to_owned();
            let verb = Verb::Fill { run: known.id, name, value: clean(value) };
            done(seat, (None, &known, verb), act, &clean(&said), out)
        }
        Act::End { run, reason } => {
            let known = match found::run(seat, run)? {
                Ok(known) => known,
                Err(unclear) => return refused(act, &unclear, out),
            };
            let verb = Verb::EndRun { run: known.id, why: clean(reason) };
            let said = format!("run {} of {}", known.id, known.title);
            done(seat, (None, &known, verb), act, &clean(&said), out)
        }
    }
}

fn refused(act: &Act, unclear: &Unclear, out: &mut Out) -> anyhow::Result<u8> {
    out.line(&format!("NOT {}: {}", act.past(), unclear.why))?;
    Ok(unclear.code)
}

fn done(
    seat: &mut Seat,
    (version, run, verb): (Option<u32>, &Run, Verb),
    act: &Act,
    name: &Clean,
    out: &mut Out,
) -> anyhow::Result<u8> {
    let intent = Intent { alert: None, seen: Some(version.unwrap_or(run.version)), verb };
    Ok(seat.act(intent, &Settled { past: act.past(), name: name.as_str() }, out)?.code)
}

fn start(seat: &mut Seat, asked: &str, alert: Option<&str>, out: &mut Out) -> anyhow::Result<u8> {
    let refuse = |out: &mut Out, why: &str, code: u8| -> anyhow::Result<u8> {
        out.line(&format!("NOT opened: {why}"))?;
        Ok(code)
    };
    let spec = match found::procedure(seat, asked) {
        Ok(spec) => spec,
        Err(unclear) => {
            seat.remark_problems();
            return refuse(out, &unclear.why, unclear.code);
        }
    };
    let alert: Option<AlertId> = match alert {
        None => None,
        Some(text) => match parse_id(text) {
            Some(id) if seat.model().book.get(id).is_some() => Some(id),
            Some(id) => return refuse(out, &format!("there is no alert {id} here"), exit::FAILED),
            None => return refuse(out, "--alert wants an alert's number", exit::USAGE),
        },
    };
    if let Some(known) =
        alert.and_then(|id| seat.model().board.open_runs().find(|r| r.alert == Some(id) && r.procedure == spec.id))
    {
        out.line(&format!("run {} of {} is open on it already", known.id, spec.title))?;
        return Ok(exit::DONE);
    }
    let name = match alert {
        Some(id) => format!("{} on {id}", spec.title),
        None => spec.title.to_string(),
    };
    let verb = Verb::StartRun { procedure: spec.id.clone() };
    let ended = seat.act(Intent { alert, seen: None, verb }, &Settled { past: "opened", name: &name }, out)?;
    for run in ended.entries.iter().filter_map(crate::domain::journal::Entry::run) {
        out.line(&format!("run {run}; `procedures show {run}` shows its steps"))?;
    }
    Ok(ended.code)
}

fn step(seat: &mut Seat, act: &Act, which: &Which, out: &mut Out) -> anyhow::Result<u8> {
    let found = found::run(seat, &which.run)?.and_then(|run| Ok((found::step(&run, &which.step)?, run)));
    let (index, run) = match found {
        Ok(found) => found,
        Err(unclear) => return refused(act, &unclear, out),
    };
    let Some(known) = run.steps.get(index) else { return Ok(exit::FAILED) };
    let title = known.name.as_ref().map_or_else(String::new, |n| format!(" ({n})"));
    let name = clean(&format!("step {}{title} of run {}", known.number, run.id));
    let word = which.note.as_deref().map(clean).unwrap_or_default();
    if let (Act::Done(_), Some(who)) = (act, somebody(seat, &run, index)) {
        out.line(&format!("NOT done {name}: {who}"))?;
        return Ok(exit::CONFLICT);
    }
    let wanted = match (act, word.is_empty()) {
        (Act::Done(_), _) => StepAct::Done { word },
        (Act::Undo(_), _) => StepAct::Reopen,
        (Act::Note(_), false) => StepAct::Note(word),
        (Act::Skip(_), false) => StepAct::SetAside { mark: Mark::Skipped, reason: word },
        (Act::Na(_), false) => StepAct::SetAside { mark: Mark::Na, reason: word },
        (Act::Fail(_), false) => StepAct::SetAside { mark: Mark::Failed, reason: word },
        _ => {
            out.line(&format!("NOT {} {name}: say it with --note", act.past()))?;
            return Ok(exit::USAGE);
        }
    };
    let verb = Verb::Step { run: run.id, index, act: wanted };
    done(seat, (which.if_version, &run, verb), act, &name, out)
}

/// Another person has done it, and it does not come back.
fn somebody(seat: &Seat, run: &Run, index: usize) -> Option<String> {
    let step = run.steps.get(index).filter(|s| s.held.mark.done() && s.repeat_ms.is_none())?;
    let (by, at) = (step.held.by.as_ref()?, step.held.at?);
    let other = by.name() != seat.me() && seat.model().me.role.may_act();
    other.then(|| format!("{} did it at {}, before you", by.say(), at.utc().format("%H:%M:%SZ")))
}
