//! What there is to know for doing the step at hand: its code and details, who has paged whom, what is not known yet, and
//! what a key would do. And the same in one line for the alert that the run is on.

use ratatui::text::Line;

use super::enter::fitting;
use super::line::{alert_of, ended, far, next_name};
use super::{BELOW_MAX, waiting};
use crate::domain::alert::Alert;
use crate::domain::checklist::Mark;
use crate::domain::ladder;
use crate::domain::run::{Kind, Run, Step};
use crate::ui::scene::Scene;
use crate::ui::text::{Cells, fit, width};

/// Where the lines of the step at hand begin among those beside a run.
pub const AT_HAND: usize = 100;

/// What the step at hand comes with: its code, its details, and last what stands between it and a tick.
pub fn line(scene: &Scene<'_>, run: &Run, n: usize, columns: usize) -> Line<'static> {
    const INDENT: usize = 5;
    let Some(step) = run.next().and_then(|at| run.steps.get(at)) else { return Line::default() };
    let code = step.code.iter().take(BELOW_MAX).map(|c| format!("`{}`", run.filled(c.as_str())));
    let details = step.details.iter().take(BELOW_MAX).map(|d| format!("- {}", run.filled(d.as_str())));
    if let Some(text) = code.chain(details).nth(n) {
        return Cells::default().gap(INDENT).text(fit(&text, columns.saturating_sub(INDENT))).line();
    }
    let (said, key) = stands(scene, run, step);
    let cells = Cells::default().gap(INDENT);
    let room = columns.saturating_sub(INDENT + width(key) + 2);
    let cells = cells.text(fit(&said, room));
    cells.to(columns.saturating_sub(width(key))).text(key).line()
}

/// More than a key stands between the step and its tick.
pub fn stands_apart(run: &Run, step: &Step) -> bool {
    step.kind != Kind::Plain || step.held.mark == Mark::Failed || !run.missing(step).is_empty()
}

/// What is known of a step that is to be done, and the key that does it.
pub fn stands(scene: &Scene<'_>, run: &Run, step: &Step) -> (String, &'static str) {
    let missing = run.missing(step);
    if let Some(name) = missing.first() {
        return (format!("{{{{{name}}}}} is not known yet"), "x asks for it");
    }
    if step.held.mark == Mark::Failed {
        return (format!("failed: {}", step.held.word), "x done after all, X sets it aside");
    }
    match step.kind {
        Kind::Escalate => (
            paging(scene, run),
            if run.alert.is_some() { "e pages and ticks this step" } else { "x asks whom you told" },
        ),
        Kind::Document => ("its words are the summary that closes the alert".into(), "x asks for it"),
        Kind::Plain => (String::new(), "x ticks it"),
    }
}

/// `L2 (technical lead) not paged yet`.
fn paging(scene: &Scene<'_>, run: &Run) -> String {
    let Some(alert) = alert_of(scene, run) else {
        return "this run is on no alert: there is nobody to page about".into();
    };
    let reached = &alert.escalation;
    let since = reached.at.filter(|at| *at >= run.started_at && reached.level > 0);
    if let Some(at) = since {
        return format!("L{} ({}) paged {}", reached.level, reached.role, scene.clock.time(at));
    }
    match ladder::rung(&scene.model.setup.levels, reached.level, None, scene.now()) {
        Some(rung) => format!("L{} ({}) not paged yet", rung.level, rung.role),
        None => "no level above has anybody to page".into(),
    }
}

/// Of an alert's procedure, for its detail: `critical-alerts, 2 of 4 done, next: Escalate in 6m`.
pub fn procedure_of(scene: &Scene<'_>, alert: &Alert) -> Option<String> {
    let board = &scene.model.board;
    if let Some(run) = board.run_of(alert.id) {
        let next = match (ended(scene, run), waiting(run, scene.now())) {
            (Some(ended), _) => format!(", {ended}"),
            (None, Some(step)) => {
                let when = match run.due(step) {
                    Some(at) if at <= scene.now() => format!(" {} late", scene.clock.age(at)),
                    Some(at) => format!(" in {}", scene.clock.left(at)),
                    None => String::new(),
                };
                let failed = if step.held.mark == Mark::Failed { "FAILED: " } else { "next: " };
                format!(", {failed}{}{when}", next_name(scene, run))
            }
            (None, None) => String::new(),
        };
        return Some(format!("{}, {} done{next}", run.procedure, far(run)));
    }
    if alert.phase.is_resolved() && !alert.to_close() {
        return None;
    }
    // What `p` would open.
    match (fitting(scene.model, alert).as_slice(), &alert.about.procedure) {
        ([one], _) => board.procedure(one).map(|spec| format!("{one}, 0 of {} done", spec.steps.len())),
        ([], Some(named)) if board.read => Some(format!("{named}, which no file has")),
        ([], named) => named.as_ref().map(ToString::to_string),
        (several, _) => Some(format!("none yet; p asks which of {}", several.len())),
    }
}
