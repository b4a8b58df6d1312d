//! What can be done to a step: tick it, set it aside, note on it, open it again; and a run can be ended. What may happen
//! is the store's to say; here only what must be asked of a person first.

use crossterm::event::KeyCode;

use super::here;
use crate::domain::checklist::Mark;
use crate::domain::run::{Kind, Run, Step, StepAct, in_turn};
use crate::domain::text::Clean;
use crate::engine::Verb;
use crate::engine::lists::Thing;
use crate::engine::model::Tone;
use crate::ui::desk::Desk;
use crate::ui::draft::Draft;
use crate::ui::list::RowId;
use crate::ui::popup::form::{Form, Question, something};
use crate::ui::popup::{Ask, Popup};

fn question(ask: String, presets: &[&str]) -> Question {
    let presets = presets.iter().map(|p| (*p).to_owned()).collect();
    Question { ask, presets, check: something, empty: "", doubt: None }
}

fn answer(answers: &[String], at: usize) -> Clean {
    answers.get(at).map_or_else(Clean::default, |a| Clean::new(a))
}

/// `step 3 (Escalate)`.
fn named(step: &Step) -> String {
    step.name.as_ref().map_or_else(|| format!("step {}", step.number), |n| format!("step {} ({n})", step.number))
}

fn send(desk: &mut Desk<'_>, run: &Run, index: usize, act: StepAct) {
    let own = desk.model().board.saving.keys().any(|t| matches!(t, Thing::Step(of, _) if *of == run.id));
    // The version on the screen is the one before it: it would be refused for my own sake.
    if own && !matches!(act, StepAct::Note(_)) {
        return desk.say(Tone::Info, "wait: your last step is still being saved");
    }
    let seen = desk.seen_run(run.id).unwrap_or(run.version);
    // A failed one stays at hand: it holds the run up.
    let settles = matches!(act, StepAct::Done { .. } | StepAct::SetAside { mark: Mark::Skipped | Mark::Na, .. });
    let before = desk.out.len();
    desk.intend_on(seen, Verb::Step { run: run.id, index, act });
    if settles && desk.out.len() > before {
        on_to_the_next(desk, run, index);
    }
}

/// Whoever has settled a step goes on to the one after it. Only by their own key: another's tick moves no cursor.
pub fn on_to_the_next(desk: &mut Desk<'_>, run: &Run, index: usize) {
    let next = RowId::Step(run.id, index + 1);
    let mine = desk.row().is_some_and(|r| r.id == RowId::Step(run.id, index)) && run.next() == Some(index);
    desk.with_pane(|p| {
        if mine {
            p.go_to(&next);
        }
    });
}

/// The step that a key means, where it may be done or set aside now; else it is said why not, in the store's words.
fn in_its_turn(desk: &mut Desk<'_>) -> Option<(std::sync::Arc<Run>, usize)> {
    let (run, at) = here(desk)?;
    let Some(at) = at else {
        desk.say(Tone::Info, "every step of this run is settled; U opens one again");
        return None;
    };
    if let Err(refusal) = in_turn(&run, at) {
        desk.say(Tone::Bad, format!("NOT done: {refusal}"));
        return None;
    }
    Some((run, at))
}

/// Says that marks do not help here.
fn several(desk: &mut Desk<'_>) -> bool {
    let several = desk.pane().is_some_and(|p| p.marks.len() > 1);
    if several {
        desk.say(Tone::Bad, "steps are done one at a time; Esc clears the marks");
    }
    several
}

/// One key, unless something has to be known first: what a name in the step stands for, the summary, whom one told
/// instead of paging.
pub fn done(desk: &mut Desk<'_>) {
    if several(desk) {
        return;
    }
    let Some((run, at)) = here(desk) else { return };
    let step = at.and_then(|at| run.steps.get(at));
    let asks = step.is_some_and(|s| s.kind != Kind::Plain || !run.missing(s).is_empty());
    let again = step.is_some_and(|s| s.held.mark.done() && s.repeat_ms.is_none());
    if let (Some(at), true) = (at, !asks || again || run.ended.is_some()) {
        return send(desk, &run, at, StepAct::Done { word: Clean::default() });
    }
    let Some((run, at)) = in_its_turn(desk) else { return };
    let Some(step) = run.steps.get(at) else { return };
    let missing = run.missing(step);
    let mut questions: Vec<Question> =
        missing.iter().map(|name| question(format!("{}: what is {{{{{name}}}}}", named(step)), &[])).collect();
    questions.extend(word_for(desk, &run, step));
    let draft = (step.kind == Kind::Document && questions.len() == 1).then_some(Draft::Summary(run.id, at));
    let begun = desk.begun(draft);
    let form = Form::new(questions, move |desk, answers| {
        for (n, name) in missing.iter().enumerate() {
            let fill = Verb::Fill { run: run.id, name: name.clone(), value: answer(answers, n) };
            desk.intend(None, fill);
        }
        send(desk, &run, at, StepAct::Done { word: answer(answers, missing.len()) });
        desk.keep_draft(draft, "");
    });
    desk.popup(Popup::Form(form.drafted(draft, &begun)));
}

/// The word that a step wants with its tick.
fn word_for(desk: &Desk<'_>, run: &Run, step: &Step) -> Option<Question> {
    match step.kind {
        Kind::Plain => None,
        Kind::Document => {
            let of = run.alert.map_or_else(|| run.procedure.clone(), |id| id.to_string());
            Some(question(format!("summary of {of}: what happened, what mended it (nothing to say: X n)"), &[]))
        }
        Kind::Escalate => {
            let alert = run.alert.and_then(|id| desk.model().book.get(id));
            let paged =
                alert.map(|a| &a.escalation).filter(|e| e.level > 0 && e.at.is_some_and(|at| at >= run.started_at));
            let told = paged.map(|e| format!("L{} ({}) was paged", e.level, e.role)).into_iter().collect::<Vec<_>>();
            let presets: Vec<&str> = told.iter().map(String::as_str).collect();
            Some(question(format!("{}: x pages nobody (e does). Whom did you tell, or why not", named(step)), &presets))
        }
    }
}

pub fn set_aside(desk: &mut Desk<'_>) {
    if several(desk) {
        return;
    }
    let Some((run, at)) = in_its_turn(desk) else { return };
    let Some(step) = run.steps.get(at) else { return };
    let document = step.kind == Kind::Document;
    let name = named(step);
    let why = |mark: Mark, presets: &'static [&'static str]| {
        let (run, name) = (run.clone(), name.clone());
        move |desk: &mut Desk<'_>| {
            let ask = question(format!("{name} is {}: why", mark.word()), presets);
            desk.popup(Popup::Form(Form::new(vec![ask], move |desk, answers| {
                let act = StepAct::SetAside { mark, reason: answer(answers, 0) };
                send(desk, &run, at, act);
            })));
        }
    };
    let na: &[&str] = if document { &["nothing to say", "written elsewhere"] } else { &[] };
    let none = if document { "not applicable: nothing to say" } else { "not applicable" };
    let ask = Ask::new(format!("{name} is not done. What is it?"))
        .on(KeyCode::Char('s'), "skipped", why(Mark::Skipped, &[]))
        .on(KeyCode::Char('n'), none, why(Mark::Na, na))
        .on(KeyCode::Char('f'), "failed: it holds the run up", why(Mark::Failed, &[]));
    desk.popup(Popup::Ask(ask));
}

pub fn note(desk: &mut Desk<'_>) {
    let Some((run, Some(at))) = here(desk) else {
        return desk.say(Tone::Info, "every step of this run is settled: choose the one to note on");
    };
    let Some(step) = run.steps.get(at) else { return };
    let draft = Some(Draft::StepNote(run.id, at));
    let begun = desk.begun(draft);
    let form = Form::new(vec![question(format!("note on {}", named(step)), &[])], move |desk, answers| {
        send(desk, &run, at, StepAct::Note(answer(answers, 0)));
        desk.keep_draft(draft, "");
    });
    desk.popup(Popup::Form(form.drafted(draft, &begun)));
}

/// `U` on a step.
pub fn reopen(desk: &mut Desk<'_>) {
    let Some((run, Some(at))) = here(desk) else { return };
    let Some(step) = run.steps.get(at) else { return };
    if step.held.mark == Mark::Open {
        let text = format!("{} is open already; U on the alert or its run's line takes back an ack", named(step));
        return desk.say(Tone::Info, text);
    }
    send(desk, &run, at, StepAct::Reopen);
}

pub fn end(desk: &mut Desk<'_>) {
    let Some((run, _)) = here(desk) else { return };
    let ask = format!("end {} after {} of {}: why", run.procedure, run.done(), run.steps.len());
    let why = question(ask, &["not needed any more", "the wrong procedure", "goes on elsewhere"]);
    desk.popup(Popup::Form(Form::new(vec![why], move |desk, answers| {
        desk.intend(None, Verb::EndRun { run: run.id, why: answer(answers, 0) });
    })));
}

/// Folds the steps of the run under the cursor, or shows them; one looked at alone goes back among the others.
pub fn fold(desk: &mut Desk<'_>) {
    let Some((run, _)) = here(desk) else { return };
    let head = RowId::Run(run.id);
    desk.with_pane(|p| {
        if p.only.is_some() {
            p.look_at(None);
            p.unfolded.insert(head.clone());
        } else if !p.unfolded.remove(&head) {
            p.unfolded.insert(head.clone());
        }
        p.unpin();
    });
    desk.refresh();
    desk.with_pane(|p| {
        p.go_to(&head);
    });
}

/// Enter on a run: its steps, the cursor on the one to do now. True when they were folded.
pub fn unfold(desk: &mut Desk<'_>) -> bool {
    let Some((run, Some(at))) = here(desk) else { return false };
    let head = RowId::Run(run.id);
    if desk.pane().is_none_or(|p| p.only.is_some() || p.unfolded.contains(&head)) {
        return false;
    }
    desk.with_pane(|p| {
        p.unfolded.insert(head);
        p.unpin();
    });
    desk.refresh();
    desk.with_pane(|p| {
        p.go_to(&RowId::Step(run.id, at));
    });
    true
}
