//! A run on one line, its steps below it, and the lines beside them. What is said of a run in a few words, here and
//! elsewhere, is said by the same functions.

use ratatui::style::Style;
use ratatui::text::Line;

use super::hand::{self, AT_HAND};
use super::{BY_HAND, ENDED, GONE, NO_RUN, OPENING, over_at, waiting};
use crate::domain::alert::{Actor, Alert};
use crate::domain::checklist::Mark;
use crate::domain::run::{Run, Step};
use crate::domain::time::Stamp;
use crate::engine::lists::Thing;
use crate::ui::list::{Row, RowId};
use crate::ui::scene::Scene;
use crate::ui::tabs::alerts;
use crate::ui::text::{Cells, fit, left, width};
use crate::ui::theme::Tint;

pub fn line(scene: &Scene<'_>, row: &Row, columns: usize) -> Line<'static> {
    let board = &scene.model.board;
    match &row.id {
        RowId::Run(id) => board.runs.get(id).map_or_else(Line::default, |r| run_line(scene, r, columns)),
        RowId::Step(id, at) => {
            let run = board.runs.get(id);
            run.map_or_else(Line::default, |r| step_line(scene, r, *at, row.inset, columns))
        }
        RowId::Beside(NO_RUN, what) => {
            let said = match *what {
                OPENING => "opening the procedure: it is here once it is saved",
                ENDED => "ended lately",
                BY_HAND => "procedures, opened by hand with Enter",
                GONE => "this run is not here any more; `watchdeck procedures` knows older ones",
                _ => "",
            };
            Line::styled(format!("  {said}"), scene.label())
        }
        RowId::Beside(id, n) => board.runs.get(id).map_or_else(Line::default, |r| beside(scene, r, *n, columns)),
        RowId::Procedure(name) => {
            let Some(spec) = board.procedure(name) else { return Line::default() };
            let cells = Cells::default().gap(2).left(&spec.id, 28.min(columns / 2), Style::new());
            let when = spec.triggers.first().map_or_else(String::new, |t| format!("   {t}"));
            let room = columns.saturating_sub(cells.used + 1);
            cells.gap(1).text(fit(&format!("{} steps{when}", spec.steps.len()), room)).line()
        }
        _ => Line::default(),
    }
}

pub fn alert_of<'a>(scene: &Scene<'a>, run: &Run) -> Option<&'a Alert> {
    run.alert.and_then(|id| scene.model.book.get(id)).map(|a| &**a)
}

fn run_line(scene: &Scene<'_>, run: &Run, total: usize) -> Line<'static> {
    let text = scene.style(Tint::Text);
    let alert = alert_of(scene, run);
    let (sign, style) = alert.map_or(("–", text), |a| alerts::sign(scene, a));
    let (sign, style) = match (run.over(), run.unfinished()) {
        (true, false) => ("✓", scene.style(Tint::Fine)),
        (true, true) => ("–", text),
        (false, _) => (sign, style),
    };
    let number = run.alert.map_or_else(|| "–".to_owned(), |id| id.to_string());
    let cells = Cells::default().add(sign, style).gap(1).left(&number, 5, text).gap(1);
    let far = far(run);
    let wide = total >= 60;
    let rest = total.saturating_sub(cells.used);
    let (service, procedure) = (rest * 25 / 100, rest * 23 / 100);
    let cells = if wide {
        let of = alert.map_or("by hand", Alert::service);
        cells.left(of, service, text).gap(1).left(&run.procedure, procedure, text).gap(1)
    } else {
        cells
    };
    // One that was ended says with its end how far it came.
    let cells = if run.unfinished() { cells } else { cells.left(&far, 7, text).gap(1) };
    if let Some(ended) = ended(scene, run) {
        let room = total.saturating_sub(cells.used);
        return cells.text(fit(&ended, room)).line();
    }
    let (due, tint) = next_due(scene, run);
    let owner = alert.filter(|_| wide).map_or_else(String::new, |a| alerts::owner_word(scene, a));
    // The name of the step has what the time and the owner leave.
    let owner_at = if wide { total.saturating_sub(8) } else { total };
    let due_at = owner_at.saturating_sub(width(&due) + 1);
    let name = due_at.saturating_sub(cells.used + 1);
    let cells = cells.text(fit(&next_name(scene, run), name)).to(due_at);
    cells.add(due, scene.style(tint)).to(owner_at).text(fit(&owner, 8)).line()
}

/// `2 of 4`.
pub fn far(run: &Run) -> String {
    format!("{} of {}", run.done(), run.steps.len())
}

pub fn next_name(scene: &Scene<'_>, run: &Run) -> String {
    let Some(step) = waiting(run, scene.now()) else { return String::new() };
    step.name.as_ref().map_or_else(|| format!("step {}", step.number), ToString::to_string)
}

pub fn next_due(scene: &Scene<'_>, run: &Run) -> (String, Tint) {
    let Some(step) = waiting(run, scene.now()) else { return (String::new(), Tint::Text) };
    match (step.held.mark, run.due(step)) {
        (Mark::Failed, _) => (" FAILED ".into(), Tint::BadBadge),
        (_, Some(at)) => due(scene, at),
        (_, None) => (String::new(), Tint::Text),
    }
}

/// `due in 6m`, or ` 2m late `.
pub fn due(scene: &Scene<'_>, at: Stamp) -> (String, Tint) {
    if at <= scene.now() {
        return (format!(" {} late ", scene.clock.age(at)), Tint::WarnBadge);
    }
    (format!("due in {}", scene.clock.left(at)), Tint::Text)
}

/// `done 03:20`, or `ended at 3 of 4, 03:20 by the worker: the alert is over`.
pub fn ended(scene: &Scene<'_>, run: &Run) -> Option<String> {
    let at = scene.clock.time(over_at(run)?);
    Some(match &run.ended {
        Some(end) if run.unfinished() => {
            format!("ended at {}, {at} by {}: {}", far(run), who(scene, &end.by), end.why)
        }
        Some(end) => format!("ended {at} by {}: {}", who(scene, &end.by), end.why),
        None => format!("done {at}"),
    })
}

pub fn who(scene: &Scene<'_>, actor: &Actor) -> String {
    if actor.is_person() && actor.name().as_str() == scene.me() { "you".into() } else { actor.say() }
}

fn beside(scene: &Scene<'_>, run: &Run, n: usize, columns: usize) -> Line<'static> {
    match n {
        0 => about(scene, run, columns),
        1 => {
            let changed = if changed(scene, run) { "   the file says otherwise now" } else { "" };
            let over = ended(scene, run).map(|e| format!("   {e}")).unwrap_or_default();
            let (at, by) = (scene.clock.time(run.started_at), who(scene, &run.started_by));
            let cells = Cells::default().add(run.procedure.clone(), scene.style(Tint::Strong)).gap(2);
            // How far it came, and why it ended, is what counts once it is over.
            let text = match ended(scene, run).filter(|_| run.unfinished()) {
                Some(end) => format!("{end}   started {at} by {by}{changed}"),
                None => format!("{}   started {at} by {by}{over}{changed}", far(run)),
            };
            let room = columns.saturating_sub(cells.used);
            cells.text(fit(&text, room)).line()
        }
        _ => hand::line(scene, run, n.saturating_sub(AT_HAND), columns),
    }
}

/// `● 4821 ml-lead-intelligence  p95 231 > 200 ms   9m  you, ack ends in 27m`.
fn about(scene: &Scene<'_>, run: &Run, columns: usize) -> Line<'static> {
    let strong = scene.style(Tint::Strong);
    let Some(alert) = alert_of(scene, run) else {
        let text =
            run.alert.map_or_else(|| "by hand, on no alert".to_owned(), |id| format!("{id} is not here any more"));
        return Cells::default().text("– ").add(text, strong).line();
    };
    let (sign, style) = alerts::sign(scene, alert);
    let (owner, age) = (alerts::owner_word(scene, alert), scene.clock.age(alert.opened_at));
    let tail = format!("   {age}  {owner}, {}", alerts::next_word(scene, alert));
    let cells = Cells::default().add(sign, style).gap(1).add(format!("{} ", alert.id), strong);
    let room = columns.saturating_sub(cells.used + width(&tail));
    let service = fit(alert.service(), room.saturating_sub(18).max(8));
    let what = room.saturating_sub(width(&service) + 2);
    let cells = cells.add(service, strong).gap(2).text(fit(&alerts::what(scene, alert), what));
    let room = columns.saturating_sub(cells.used);
    cells.text(fit(&tail, room)).line()
}

/// The procedure is written differently now than when the run began.
pub fn changed(scene: &Scene<'_>, run: &Run) -> bool {
    let words = |s: &Step| (s.number, s.name.clone(), s.text.clone(), s.code.clone(), s.details.clone());
    let spec = scene.model.board.procedures.iter().find(|p| p.id == run.procedure);
    spec.is_some_and(|p| {
        p.steps.len() != run.steps.len()
            || p.steps.iter().zip(&run.steps).any(|(now, then)| words(&now.step) != words(then))
    })
}

/// The shape that says a mark without its colour.
pub fn glyph(mark: Mark) -> (&'static str, Tint) {
    match mark {
        Mark::Open | Mark::Half => ("▢", Tint::Text),
        Mark::Done | Mark::Against | Mark::Proven => ("✓", Tint::Fine),
        Mark::Failed => ("×", Tint::Critical),
        Mark::Skipped | Mark::Carried => ("»", Tint::Text),
        Mark::Na => ("–", Tint::Text),
        Mark::Missed => ("×", Tint::Warning),
    }
}

fn step_line(scene: &Scene<'_>, run: &Run, at: usize, inset: bool, total: usize) -> Line<'static> {
    let Some(step) = run.steps.get(at) else { return Line::default() };
    let strong = if run.next() == Some(at) { scene.style(Tint::Strong) } else { Style::new() };
    // One that comes back stands open again when its time has come.
    let again = step.repeat_ms.is_some() && run.due(step).is_some_and(|due| due <= scene.now()) && !run.over();
    let (sign, tint) = glyph(if again { Mark::Open } else { step.held.mark });
    let names = run.steps.iter().filter_map(|s| s.name.as_ref()).map(|n| width(n.as_str())).max().unwrap_or(0).min(14);
    let digits = run.steps.iter().map(|s| s.number).max().unwrap_or(1).to_string().len();
    let cells = Cells::default().gap(if inset { 2 } else { 0 }).add(sign, scene.style(tint)).gap(1);
    let cells = cells.right(&step.number.to_string(), digits, strong).gap(1);
    let ends: Vec<(String, Tint)> = (0..run.steps.len()).map(|at| self::end(scene, run, at)).collect();
    let widest = ends.iter().map(|(end, _)| width(end)).max().unwrap_or(0).min(30);
    let (end, tint) = ends.into_iter().nth(at).unwrap_or((String::new(), Tint::Text));
    let end_at = total.saturating_sub(width(&end).max(widest));
    let name = step.name.as_ref().map_or("", |n| n.as_str());
    let cells = if names > 0 { cells.left(name, names, strong).gap(2) } else { cells };
    let room = end_at.saturating_sub(cells.used + 1);
    let cells = cells.text(left(run.filled(step.text.as_str()).as_str(), room)).to(end_at);
    let pad = total.saturating_sub(cells.used + width(&end));
    cells.gap(pad).add(end, scene.style(tint)).line()
}

/// `03:04 you`, `skipped 03:04 you`, `due in 6m`, `saving`.
fn end(scene: &Scene<'_>, run: &Run, at: usize) -> (String, Tint) {
    if let Some(saving) = scene.live.board.saving.get(&Thing::Step(run.id, at)) {
        return match saving.failed {
            Some(_) => (" NOT SAVED ".into(), Tint::BadBadge),
            None => ("saving".into(), Tint::Text),
        };
    }
    let Some(step) = run.steps.get(at) else { return (String::new(), Tint::Text) };
    let held = &step.held;
    if let (true, Some(every)) =
        (held.mark.settled() && !run.over(), run.due(step).filter(|_| step.repeat_ms.is_some()))
    {
        let (text, tint) = due(scene, every);
        return (text.replace("due in", "again in"), tint);
    }
    if held.mark.settled() {
        let when = held.at.map_or_else(String::new, |at| scene.clock.time(at));
        let by = held.by.as_ref().map_or_else(String::new, |by| who(scene, by));
        let word = if held.mark == Mark::Done { String::new() } else { format!("{} ", held.mark.word()) };
        return (format!("{word}{when} {by}"), Tint::Text);
    }
    match run.due(step).filter(|_| !run.over()) {
        Some(at) => due(scene, at),
        None => (String::new(), Tint::Text),
    }
}

/// What a filter looks at.
pub fn words(scene: &Scene<'_>, run: &Run) -> String {
    let alert = alert_of(scene, run);
    let id = run.alert.map_or_else(|| "by hand".to_owned(), |id| id.to_string());
    let owner = alert.map_or_else(String::new, |a| alerts::owner_word(scene, a));
    format!("{id} {} {} {} {owner}", alert.map_or("", Alert::service), run.procedure, next_name(scene, run))
}
