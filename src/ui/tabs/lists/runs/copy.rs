//! A run as text for others' eyes: one plain line with its state in words, or the record of it, every step with who and
//! when and what was noted. Times carry their date and zone.

use std::fmt::Write as _;

use super::line::{alert_of, due, ended, far, next_due, next_name};
use crate::domain::run::{Run, RunId, Step};
use crate::ui::list::{Row, RowId};
use crate::ui::scene::Scene;
use crate::ui::tabs::Copy;

pub fn copy(scene: &Scene<'_>, row: &Row, how: Copy) -> String {
    let run = |id: &RunId| scene.model.board.runs.get(id);
    match (&row.id, how) {
        (RowId::Run(id), Copy::Line) => run(id).map_or_else(String::new, |r| run_text(scene, r)),
        (RowId::Step(id, at), Copy::Line) => {
            run(id).and_then(|r| Some(step_text(scene, r, r.steps.get(*at)?))).unwrap_or_default()
        }
        (RowId::Run(id) | RowId::Step(id, _), Copy::All) => run(id).map_or_else(String::new, |r| whole(scene, r)),
        (RowId::Procedure(name), _) => {
            let Some(spec) = scene.model.board.procedure(name) else { return String::new() };
            let mut out = format!("procedure {}: {}, {} steps", spec.id, spec.title, spec.steps.len());
            if how == Copy::All {
                for step in &spec.steps {
                    let name = step.step.name.as_ref().map_or_else(String::new, |n| format!("{n}: "));
                    let _ = write!(out, "\n{}. {name}{}", step.step.number, step.step.text);
                }
            }
            out
        }
        _ => String::new(),
    }
}

fn run_text(scene: &Scene<'_>, run: &Run) -> String {
    let on = alert_of(scene, run).map_or_else(
        || run.alert.map_or_else(|| "by hand".to_owned(), |id| format!("on {id}")),
        |a| format!("on {} {} {}", a.id, a.severity.word(), a.service()),
    );
    let next = match (ended(scene, run), next_name(scene, run)) {
        (Some(ended), _) => format!(", {ended}"),
        (None, name) => format!(", next {name} {}", next_due(scene, run).0.trim()),
    };
    format!("run {} of {} {on}: {} done{next}", run.id, run.procedure, far(run)).trim_end().to_owned()
}

fn step_text(scene: &Scene<'_>, run: &Run, step: &Step) -> String {
    let name = step.name.as_ref().map_or_else(String::new, |n| format!("{n}: "));
    let held = &step.held;
    let by = held.by.as_ref().zip(held.at).filter(|_| held.mark.settled());
    let by = by.map_or_else(String::new, |(by, at)| format!(", {} by {}", scene.clock.full(at), by.say()));
    let due = run.due(step).filter(|_| !held.mark.settled() && !run.over());
    let due = due.map_or_else(String::new, |at| format!(", {}", self::due(scene, at).0.trim()));
    let word = if held.word.is_empty() { String::new() } else { format!(": \"{}\"", held.word) };
    format!("{}. {name}{} [{}{by}{due}{word}]", step.number, run.filled(step.text.as_str()), held.mark.word())
}

/// The run as a record: every step with who and when, and what was noted.
fn whole(scene: &Scene<'_>, run: &Run) -> String {
    let mut out = run_text(scene, run);
    let _ = write!(out, "\nstarted {} by {}", scene.clock.full(run.started_at), run.started_by.say());
    for step in &run.steps {
        let _ = write!(out, "\n{}", step_text(scene, run, step));
        for note in &step.notes {
            let _ = write!(out, "\n   {} {}: \"{}\"", scene.clock.full(note.at), note.by, note.text);
        }
    }
    out
}
