//! A step, a run or a procedure in full: the words, what stands between a step and its tick, who did what and noted what,
//! and how the alert stands meanwhile.

use ratatui::text::Line;

use super::{hand, line};
use crate::domain::run::{Run, Step};
use crate::ui::list::{Row, RowId};
use crate::ui::scene::Scene;
use crate::ui::tabs::Space;
use crate::ui::text::{Cells, wrap};
use crate::ui::theme::Tint;
use crate::ui::words;

const LABEL: usize = 10;

/// Lines being put together in so many columns.
struct Page<'a, 'b> {
    scene: &'a Scene<'b>,
    columns: usize,
    lines: Vec<Line<'static>>,
}

impl Page<'_, '_> {
    fn heading(&mut self, text: &str) {
        for part in wrap(text, self.columns.saturating_sub(2)) {
            self.lines.push(Cells::default().gap(1).add(part, self.scene.style(Tint::Strong)).line());
        }
    }
    fn field(&mut self, label: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        let room = self.columns.saturating_sub(LABEL + 5).max(16);
        for (n, part) in wrap(text, room).into_iter().enumerate() {
            let label = if n == 0 { label } else { "" };
            let cells = Cells::default().gap(3).left(label, LABEL, self.scene.label());
            self.lines.push(cells.gap(1).text(part).line());
        }
    }
}

pub fn lines(scene: &Scene<'_>, row: &Row, space: Space) -> Vec<Line<'static>> {
    let mut page = Page { scene, columns: space.width, lines: Vec::new() };
    let board = &scene.model.board;
    match &row.id {
        RowId::Step(id, at) => {
            if let Some((run, step)) = board.runs.get(id).and_then(|r| Some((r, r.steps.get(*at)?))) {
                step_lines(&mut page, run, step, run.next() == Some(*at));
                alert_lines(&mut page, run);
            }
        }
        RowId::Run(id) => {
            if let Some(run) = board.runs.get(id) {
                run_lines(&mut page, run);
            }
        }
        RowId::Procedure(name) => {
            if let Some(spec) = board.procedure(name) {
                page.heading(spec.title.as_str());
                page.field("from", &format!("{}:{}", spec.file, spec.line));
                for trigger in &spec.triggers {
                    page.field("when", trigger.as_str());
                }
                for step in &spec.steps {
                    let name = step.step.name.as_ref().map_or_else(String::new, |n| format!("{n}: "));
                    page.field(&step.step.number.to_string(), &format!("{name}{}", step.step.text));
                }
            }
        }
        _ => {}
    }
    page.lines
}

fn step_lines(page: &mut Page<'_, '_>, run: &Run, step: &Step, here: bool) {
    let scene = page.scene;
    let name = step.name.as_ref().map_or_else(String::new, |n| format!("{n}: "));
    page.heading(&format!("{} {name}{}", step.number, run.filled(step.text.as_str())));
    for code in &step.code {
        page.field("code", run.filled(code.as_str()).as_str());
    }
    for detail in &step.details {
        page.field("", &format!("- {}", run.filled(detail.as_str())));
    }
    page.field("state", &state(scene, run, step));
    if here {
        let (said, key) = hand::stands(scene, run, step);
        let said = if said.is_empty() { key.to_owned() } else { format!("{said}; {key}") };
        page.field("to do", &said);
    }
    for name in run.missing(step).iter().skip(usize::from(here)) {
        page.field("unknown", &format!("{{{{{name}}}}} has no value yet; x asks for it"));
    }
    for note in &step.notes {
        let by = if note.by.as_str() == scene.me() { "you" } else { note.by.as_str() };
        page.field("note", &format!("{} {by}: \"{}\"", scene.clock.time(note.at), note.text));
    }
}

/// `done 03:04 by you: "restarted it"`, `open, to be done by 03:16 (15m after 03:01)`.
fn state(scene: &Scene<'_>, run: &Run, step: &Step) -> String {
    let (held, clock) = (&step.held, scene.clock);
    let word = if held.word.is_empty() { String::new() } else { format!(": \"{}\"", held.word) };
    let times = if held.times > 1 { format!(", {} times", held.times) } else { String::new() };
    let next = match run.due(step).filter(|_| !run.over()) {
        Some(at) if held.mark.settled() => format!("; again at {}", clock.time(at)),
        Some(at) => {
            let span = crate::domain::time::short(at.since(run.since));
            format!(", to be done by {} ({span} after {})", clock.time(at), clock.time(run.since))
        }
        None => String::new(),
    };
    match held.by.as_ref().zip(held.at) {
        Some((by, at)) => {
            format!("{} {} by {}{times}{word}{next}", held.mark.word(), clock.time(at), line::who(scene, by))
        }
        None => format!("{}{next}", held.mark.word()),
    }
}

/// What the work is for: the value now and who has it, so that nobody has to leave to look.
fn alert_lines(page: &mut Page<'_, '_>, run: &Run) {
    let scene = page.scene;
    let Some(alert) = run.alert.and_then(|id| scene.model.book.get(id)) else { return };
    page.lines.push(Line::default());
    let measure = words::measure(&alert.about);
    let now = if measure.is_empty() { alert.about.title.to_string() } else { measure };
    page.field("alert", &format!("{} {}: {now}", alert.id, alert.phase.word()));
    let pages = scene.model.outbox.iter().filter(|row| row.alert == alert.id).take(3);
    for row in pages {
        let text = format!("{} L{}: {}", scene.clock.time(row.created_at), row.level, words::page(scene, row));
        page.field("told", &text);
    }
}

fn run_lines(page: &mut Page<'_, '_>, run: &Run) {
    let scene = page.scene;
    page.heading(run.title.as_str());
    let (at, by) = (scene.clock.time(run.started_at), line::who(scene, &run.started_by));
    page.field("started", &format!("{at} by {by}, {} of {} done", run.done(), run.steps.len()));
    page.field("ended", line::ended(scene, run).unwrap_or_default().as_str());
    if line::changed(scene, run) {
        page.field("file", "it says otherwise now; this run keeps the words it began with");
    }
    for step in &run.steps {
        let name = step.name.as_ref().map_or_else(|| format!("step {}", step.number), ToString::to_string);
        page.field(&name, &state(scene, run, step));
        for note in &step.notes {
            page.field("", &format!("{} {}: \"{}\"", scene.clock.time(note.at), note.by, note.text));
        }
    }
    // What the alert says of itself stands with the alert.
    let own = |name: &str| !name.starts_with("alert.") && !name.starts_with("label.");
    let given = run.values.iter().filter(|(name, _)| own(name));
    let given: Vec<String> = given.map(|(name, value)| format!("{name} = {value}")).collect();
    page.field("values", &given.join(", "));
    alert_lines(page, run);
}
