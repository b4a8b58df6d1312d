//! The ways into a run: from its alert with one key, opened where there is none; alone; by hand from the list of
//! procedures. The way back leads to where one came from.

use std::sync::Arc;

use super::super::{View, index_of};
use super::here;
use crate::domain::alert::Alert;
use crate::domain::ids::AlertId;
use crate::domain::text::Clean;
use crate::engine::model::Tone;
use crate::engine::{Model, Verb};
use crate::ui::desk::{Desk, Target};
use crate::ui::list::{Only, RowId};
use crate::ui::popup::form::{Form, Question, something};
use crate::ui::popup::{Ask, Popup};
use crate::ui::scene::Scene;

const NONE: &str = "no procedures are configured; [[checklist]] in the config names a file with some";

/// From an alert to its run, the cursor on the step to do now.
pub fn enter_run(desk: &mut Desk<'_>) {
    let Some(alert) = desk.alert() else { return };
    enter(desk, &alert);
}

/// Whether there is a run to go to, or anything that could be opened.
pub fn can_follow(scene: &Scene<'_>, row: &RowId) -> Result<(), String> {
    let board = &scene.model.board;
    let alert = row.alert(board).ok_or_else(|| "no alert is selected".to_owned())?;
    if board.run_of(alert).is_some() || !board.procedures.is_empty() {
        return Ok(());
    }
    let named = scene.model.book.get(alert).and_then(|a| a.about.procedure.as_ref());
    Err(match named {
        Some(named) => format!("{named} is in no file: {NONE}"),
        None => NONE.to_owned(),
    })
}

pub fn enter(desk: &mut Desk<'_>, alert: &Alert) {
    if let Some(run) = desk.model().board.run_of(alert.id) {
        let row = RowId::Run(run.id);
        return look_at(desk, row, 0, true);
    }
    let found = fitting(desk.model(), alert);
    match found.as_slice() {
        [] => desk.say(Tone::Bad, NONE),
        [one] => start(desk, alert.id, one),
        several => choose(desk, alert.id, several),
    }
}

/// What could be followed: what the alert or its service names, else what is for its severity, else any.
pub fn fitting(model: &Model, alert: &Alert) -> Vec<String> {
    let board = &model.board;
    let of_service = model.setup.service(alert.service()).and_then(|s| s.procedure.as_deref());
    let named = alert.about.procedure.as_ref().map(Clean::as_str).or(of_service);
    if let Some(spec) = named.and_then(|name| board.procedure(name)) {
        return vec![spec.id.clone()];
    }
    let ids = |fits: &dyn Fn(&crate::domain::run::ProcedureSpec) -> bool| -> Vec<String> {
        board.procedures.iter().filter(|p| fits(p)).map(|p| p.id.clone()).collect()
    };
    let for_severity = ids(&|p| p.severity == Some(alert.severity));
    if for_severity.is_empty() { ids(&|_| true) } else { for_severity }
}

fn choose(desk: &mut Desk<'_>, alert: AlertId, names: &[String]) {
    let ask = format!("{alert} names no procedure: which one");
    let which = Question { ask, presets: names.to_vec(), check: something, empty: "", doubt: None };
    desk.popup(Popup::Form(Form::new(vec![which], move |desk, answers| {
        if let Some(name) = answers.first() {
            start(desk, alert, name);
        }
    })));
}

fn start(desk: &mut Desk<'_>, alert: AlertId, name: &str) {
    let before = desk.out.len();
    let target: Option<Target> = desk.target(alert);
    desk.intend(target, Verb::StartRun { procedure: name.to_owned() });
    // Refused here: there is nothing to go to, and the message says why.
    if desk.out.len() > before {
        let after = desk.engine.model.store.last_seq;
        look_at(desk, RowId::Alert(alert), after, true);
    }
}

/// Goes to the view of runs and shows nothing but that.
fn look_at(desk: &mut Desk<'_>, row: RowId, after: i64, way_back: bool) {
    let from = way_back.then(|| (desk.ui.tab, desk.view()));
    show_runs(desk);
    desk.with_pane(|p| p.look_at(Some(Only { row, after, from })));
    desk.refresh();
}

fn show_runs(desk: &mut Desk<'_>) {
    let clock = desk.clock();
    let view = index_of(&desk.ui.scene(&desk.engine.model, &clock), &View::Runs);
    desk.show(crate::ui::tabs::index("lists"), view.unwrap_or(0));
}

/// The run under the cursor and nothing else; one that is over can be opened anew from there.
pub fn alone(desk: &mut Desk<'_>) {
    let Some((run, _)) = here(desk) else { return };
    if desk.pane().is_some_and(|p| p.only.is_none()) {
        return look_at(desk, RowId::Run(run.id), 0, false);
    }
    let alert = run.alert.and_then(|id| desk.model().book.get(id)).filter(|a| a.unresolved()).map(|a| a.id);
    match alert.filter(|_| run.over()) {
        Some(id) => {
            let name = run.procedure.clone();
            let from = desk.pane().and_then(|p| p.only.as_ref()).and_then(|o| o.from);
            let ask = Ask::new(format!("This run is over, {id} is not. Open {name} anew on it?"));
            desk.popup(Popup::Ask(ask.enter("open it", move |desk| {
                start(desk, id, &name);
                desk.with_pane(|p| p.only.iter_mut().for_each(|o| o.from = from));
            })));
        }
        None => desk.say(Tone::Info, "this run is shown alone; Esc leads back"),
    }
}

/// `:procedure`: to the procedures below the runs.
pub fn ask_procedure(desk: &mut Desk<'_>) {
    show_runs(desk);
    desk.with_pane(|p| p.look_at(None));
    desk.refresh();
    let first = desk.pane().and_then(|p| p.list.rows.iter().position(|r| matches!(r.id, RowId::Procedure(_))));
    match first {
        Some(at) => desk.with_pane(|p| p.go(at)),
        None => desk.say(Tone::Bad, NONE),
    }
}

/// Enter on a procedure.
pub fn by_hand(desk: &mut Desk<'_>, name: &Arc<str>) {
    let Some(spec) = desk.model().board.procedure(name) else { return };
    let (id, name) = (spec.id.clone(), Arc::clone(name));
    let question = format!("Open {id} by hand, on no alert? It has {} steps.", spec.steps.len());
    desk.popup(Popup::Ask(Ask::new(question).enter("open it", move |desk| {
        let before = desk.out.len();
        let after = desk.engine.model.store.last_seq;
        desk.intend(None, Verb::StartRun { procedure: id });
        if desk.out.len() > before {
            look_at(desk, RowId::Procedure(name), after, false);
        }
    })));
}
