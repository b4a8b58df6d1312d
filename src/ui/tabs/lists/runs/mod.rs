//! Runs of procedures: those that go on, worst first, their steps below them when unfolded; those that ended lately; and
//! the procedures that can be opened by hand. One run can be looked at alone, as the screen of three in the morning.

mod acts;
mod copy;
mod detail;
mod enter;
mod hand;
mod line;

use std::sync::Arc;
use std::time::Duration;

use crate::domain::run::{Run, RunId, Step};
use crate::domain::severity::Severity;
use crate::domain::time::Stamp;
use crate::engine::lists::Board;
use crate::ui::command::{Command, Fit, Ground, Needs};
use crate::ui::desk::Desk;
use crate::ui::list::{Listing, Only, Rank, Row, RowId, Wanted};
use crate::ui::scene::Scene;
use crate::ui::tabs::alerts::{self, row_of};

pub use acts::{on_to_the_next, reopen, unfold};
pub use copy::copy;
pub use detail::lines as detail;
use enter::ask_procedure;
pub use enter::{by_hand, can_follow, enter, enter_run};
pub use hand::procedure_of;
pub use line::{glyph, line};

/// Runs that ended are listed so long, and so many.
const LATELY: Duration = Duration::from_secs(12 * 3600);
const ENDED_SHOWN: usize = 20;
/// Lines of code or detail below the step at hand.
const BELOW_MAX: usize = 3;
/// Lines that belong to no run: what is being opened, and what stands between the parts of the view.
const NO_RUN: RunId = RunId(0);
const OPENING: usize = 0;
const ENDED: usize = 1;
const BY_HAND: usize = 2;
const GONE: usize = 3;
/// Parts of the view, after those of the open runs.
const OVER: i64 = 8;
const TO_OPEN: i64 = 9;

pub const COMMANDS: &[Command] = &[
    row_of("step-done", &["x"], "done", "tick the step; on a run's line, the one to do now", on(goes_on), acts::done),
    row_of(
        "step-not-done",
        &["X"],
        "not done",
        "the step is skipped, not applicable or failed, with a reason",
        on(goes_on),
        acts::set_aside,
    ),
    row_of("step-note", &["c"], "note", "write a note on the step", on(not_ended), acts::note),
    alerts::ESCALATE,
    alerts::OWNER,
    alerts::ACK,
    alerts::SNOOZE,
    alerts::RESOLVE,
    alerts::REVIEW,
    row_of("its-procedure", &["p"], "alone", "look at this run alone", LOOK, enter::alone),
    row_of("steps", &["z"], "steps", "fold or unfold the steps of a run", LOOK, acts::fold),
    row_of("end-run", &["E"], "", "end the run before its last step, with a reason", on(goes_on), acts::end),
    alerts::TIMELINE,
    alerts::HISTORY,
    alerts::check_of(Needs::ActOnAlert),
    alerts::mute_of(Needs::ActOnAlert),
    row_of("procedure", &[], "", "open a procedure by hand", Needs::Nothing, ask_procedure),
];

const fn on(fit: Fit) -> Needs {
    Needs::ActOn(Ground::Alerts, fit)
}
const LOOK: Needs = Needs::On(Ground::Alerts, a_run);

pub fn a_procedure(_: &Scene<'_>, row: &RowId) -> Result<(), String> {
    matches!(row, RowId::Procedure(_)).then_some(()).ok_or_else(|| "no procedure is selected".to_owned())
}

/// A step that could be opened again.
pub fn settled(scene: &Scene<'_>, row: &RowId) -> Result<(), String> {
    let RowId::Step(id, at) = row else { return Err("no step is selected".to_owned()) };
    let step = scene.model.board.runs.get(id).filter(|r| r.ended.is_none()).and_then(|r| r.steps.get(*at));
    let settled = step.is_some_and(|s| s.held.mark.settled());
    settled.then_some(()).ok_or_else(|| "this step is open".to_owned())
}

fn run_of<'a>(scene: &Scene<'a>, row: &RowId) -> Result<&'a Run, String> {
    a_run(scene, row)?;
    let (RowId::Run(id) | RowId::Step(id, _)) = row else { return Err("no run is selected".to_owned()) };
    scene.model.board.runs.get(id).map(|r| &**r).ok_or_else(|| "this run is not here any more".to_owned())
}

/// Somebody or something has ended it: its steps stay as they are.
fn not_ended(scene: &Scene<'_>, row: &RowId) -> Result<(), String> {
    let run = run_of(scene, row)?;
    match run.ended {
        Some(_) => Err(format!("this run is over: {}", line::ended(scene, run).unwrap_or_default())),
        None => Ok(()),
    }
}

/// A step is left to do.
fn goes_on(scene: &Scene<'_>, row: &RowId) -> Result<(), String> {
    not_ended(scene, row)?;
    let over = run_of(scene, row)?.over();
    (!over).then_some(()).ok_or_else(|| "every step of this run is settled; U opens one again".to_owned())
}

pub fn a_run(_: &Scene<'_>, row: &RowId) -> Result<(), String> {
    match row {
        RowId::Run(_) | RowId::Step(..) => Ok(()),
        _ => Err("no run is selected".to_owned()),
    }
}

/// The run under the cursor, and the step there, or the one at hand on the run's own line.
pub fn here(desk: &Desk<'_>) -> Option<(Arc<Run>, Option<usize>)> {
    let (id, at) = match desk.row()?.id {
        RowId::Run(id) => (id, None),
        RowId::Step(id, at) => (id, Some(at)),
        _ => return None,
    };
    let run = desk.model().board.runs.get(&id)?;
    Some((Arc::clone(run), at.or_else(|| run.next())))
}

/// The step that waits for somebody: one that comes back and whose time has come, else the one to do next.
fn waiting(run: &Run, now: Stamp) -> Option<&Step> {
    let again = |s: &&Step| !run.over() && s.held.mark.settled() && run.due(s).is_some_and(|due| due <= now);
    run.steps.iter().find(again).or_else(|| run.steps.get(run.next()?))
}

/// Since when that step is late.
fn late(run: &Run, now: Stamp) -> Option<Stamp> {
    run.due(waiting(run, now)?).filter(|due| *due <= now)
}

/// Runs whose next step is late; the moment when the next one will be is noted.
pub fn overdue(scene: &Scene<'_>) -> usize {
    let board = &scene.live.board;
    let ahead = |run: &Run| run.steps.iter().filter_map(|s| run.due(s)).filter(|at| *at > scene.now()).min();
    for at in board.open_runs().filter_map(|r| ahead(r)) {
        scene.clock.note(at);
    }
    board.open_runs().filter(|r| late(r, scene.now()).is_some()).count()
}

/// When a run was over: ended by somebody, or its last step settled.
fn over_at(run: &Run) -> Option<Stamp> {
    let settled = || run.steps.iter().filter_map(|s| s.held.at).max();
    run.over().then(|| run.ended.as_ref().map(|e| e.at).or_else(settled).unwrap_or(run.started_at))
}

/// The run that is looked at alone.
fn found<'a>(board: &'a Board, only: &Only) -> Option<&'a Arc<Run>> {
    // One that has just been asked for is known only once it is saved.
    let mut younger = board.runs.values().rev().take_while(|r| r.id.0 > only.after);
    match &only.row {
        RowId::Run(id) => board.runs.get(id),
        RowId::Alert(id) => younger.find(|r| r.alert == Some(*id)),
        RowId::Procedure(name) => younger.find(|r| r.alert.is_none() && *r.procedure == **name),
        _ => None,
    }
}

pub fn rows(scene: &Scene<'_>, wanted: &Wanted<'_>) -> Listing {
    let board = &scene.model.board;
    let mut list = Listing::default();
    if let Some(only) = wanted.only {
        if let Some(run) = found(board, only) {
            alone(run, &mut list);
        } else {
            let what = if only.after > 0 { OPENING } else { GONE };
            list.rows.push(Row::beside(RowId::Beside(NO_RUN, what), [0; 3]));
        }
        return list;
    }
    let mut sieve = wanted.filter.sieve(scene.me(), scene.now());
    let mut shown: Vec<(Rank, &Arc<Run>)> = Vec::new();
    let ended = board.runs.values().rev().filter(|r| over_at(r).is_some_and(|at| scene.now().since(at) < LATELY));
    for run in board.open_runs().chain(ended.take(ENDED_SHOWN)) {
        let alert = run.alert.and_then(|id| scene.model.book.get(id));
        let (service, severity) = alert.map_or(("", None), |a| (a.service(), Some(a.severity)));
        if sieve.keeps(&line::words(scene, run), service, severity) {
            shown.push((pinned(wanted, run).unwrap_or_else(|| rank(run, severity)), run));
        } else {
            list.hidden += 1;
            list.hidden_needing += usize::from(late(run, scene.now()).is_some());
        }
    }
    shown.sort_by_key(|(rank, _)| *rank);
    for (rank, run) in shown {
        if rank[0] == OVER && !list.rows.iter().any(|r| r.id == RowId::Beside(NO_RUN, ENDED)) {
            list.rows.push(Row::beside(RowId::Beside(NO_RUN, ENDED), rank));
        }
        list.rows.push(Row::new(RowId::Run(run.id), rank));
        if wanted.unfolded.contains(&RowId::Run(run.id)) {
            steps(run, rank, &mut list);
        }
    }
    let known = board.procedures.iter().filter(|p| sieve.keeps(&format!("{} {}", p.id, p.title), "", p.severity));
    for (n, procedure) in known.enumerate() {
        if n == 0 {
            list.rows.push(Row::beside(RowId::Beside(NO_RUN, BY_HAND), [TO_OPEN, 0, 0]));
        }
        list.rows.push(Row::new(RowId::Procedure(Arc::from(procedure.id.as_str())), [TO_OPEN, 1, n as i64]));
    }
    list
}

/// Open ones by the severity of their alerts, then in the order they were opened; the latest that ended first.
fn rank(run: &Run, severity: Option<Severity>) -> Rank {
    match over_at(run) {
        Some(at) => [OVER, -at.0, 0],
        None => [severity.map_or(4, |s| 3 - s as i64), run.id.0, 0],
    }
}

/// The run under the cursor, or whose step is, keeps its place until the cursor leaves it.
fn pinned(wanted: &Wanted<'_>, run: &Run) -> Option<Rank> {
    let (id, [part, place, _]) = wanted.pin?;
    matches!(id, RowId::Run(of) | RowId::Step(of, _) if *of == run.id).then_some([*part, *place, 0])
}

/// One run and nothing else: what it is about, how far it has come, its steps.
fn alone(run: &Run, list: &mut Listing) {
    list.rows.extend([0, 1].map(|n| Row::beside(RowId::Beside(run.id, n), [0; 3])));
    let before = list.rows.len();
    steps(run, [0; 3], list);
    let hand = run.next().or_else(|| run.steps.len().checked_sub(1)).map(|at| RowId::Step(run.id, at));
    let place = list.rows.iter().position(|r| Some(&r.id) == hand.as_ref());
    list.home = place.unwrap_or(before);
    for row in &mut list.rows {
        row.inset = false;
    }
}

/// The steps, and below the one at hand what there is to know for doing it.
fn steps(run: &Run, [part, place, _]: Rank, list: &mut Listing) {
    for (at, step) in run.steps.iter().enumerate() {
        let rank = [part, place, at as i64 + 1];
        list.rows.push(Row { inset: true, ..Row::new(RowId::Step(run.id, at), rank) });
        if run.next() != Some(at) {
            continue;
        }
        let words = step.code.len().min(BELOW_MAX) + step.details.len().min(BELOW_MAX);
        let below = words + usize::from(hand::stands_apart(run, step));
        list.rows.extend((0..below).map(|n| {
            let id = RowId::Beside(run.id, hand::AT_HAND + n);
            Row { inset: true, ..Row::beside(id, rank) }
        }));
    }
}

/// A step to do now needs a person, and so does its run while it is folded.
pub fn needing(scene: &Scene<'_>, row: &Row) -> bool {
    let runs = &scene.model.board.runs;
    match &row.id {
        RowId::Run(id) => runs.get(id).is_some_and(|r| !r.over()),
        RowId::Step(id, at) => runs.get(id).is_some_and(|r| r.next() == Some(*at)),
        _ => false,
    }
}

pub fn empty(scene: &Scene<'_>) -> String {
    if scene.model.setup.sources.is_empty() {
        "no procedures are configured; `watchdeck checklists import FILE.md` brings some in".into()
    } else {
        "no procedure is being run".into()
    }
}
