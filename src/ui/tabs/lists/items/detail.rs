//! A box in the order of deciding: what its evidence says and wants, what has become of it and why, who may do what about
//! it, what was noted, how the list went before; then what a command left, and where it is written.

use std::time::Duration;

use ratatui::text::Line;

use super::super::super::Space;
use super::stand::{self, Stand};
use super::{past, row, version};
use crate::domain::checklist::{Mark, Noted};
use crate::domain::evidence::{Evidence, Output, Verdict, WordForm};
use crate::domain::markdown::Mode;
use crate::domain::time::worked as spent;
use crate::ui::list::Row;
use crate::ui::scene::Scene;
use crate::ui::tabs::lists::worked::{self, Worked};
use crate::ui::text::{Cells, fit, number, width, wrap};
use crate::ui::theme::Tint;

const LABEL: usize = 10;
/// Lines of one field, and of a command's output, where the detail shares the screen with the list.
const LINES_MAX: usize = 3;

/// Columns of a command where it only says what there is to run.
const COMMAND: usize = 48;

/// What it is called and what it says.
type Field = (&'static str, String);

pub fn lines(scene: &Scene<'_>, row: &Row, space: Space) -> Vec<Line<'static>> {
    let lists = worked::lists(scene);
    let Some((list, Some(place))) = worked::locate(&lists, row) else { return Vec::new() };
    Stand::of(scene, list, place).map_or_else(Vec::new, |stand| of_box(scene, &stand, space))
}

fn of_box(scene: &Scene<'_>, stand: &Stand<'_>, space: Space) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let text = stand.pinned.text.as_str();
    // Said again only where the row had to cut it.
    if space.full || width(text) + 4 > space.width * 2 / 5 {
        let (sign, tint) = stand::sign(stand);
        for (n, part) in wrap(text, space.width.saturating_sub(4).max(20)).into_iter().enumerate() {
            let cells = Cells::default().gap(1).add(if n == 0 { sign } else { " " }, scene.style(tint)).gap(1);
            lines.push(cells.add(part, scene.style(Tint::Strong)).line());
        }
    }
    let (evidence, tick) = (("evidence", evidence(scene, stand)), ("tick", tick(scene, stand)));
    let fields = [Some(evidence), saving(scene, stand), state(scene, stand), Some(tick)];
    for f in fields.iter().flatten() {
        lines.extend(field(scene, f, space));
    }
    for f in notes(scene, stand, space.full) {
        lines.extend(field(scene, &f, space));
    }
    lines.extend(field(scene, &("history", past::of_list(scene, stand.list)), space));
    if space.full {
        lines.extend(past::of_box(scene, stand).into_iter().flat_map(|t| field(scene, &("", t), space)));
        lines.extend(of_list(scene, stand.list).iter().flat_map(|f| field(scene, f, space)));
    }
    lines.extend(field(scene, &("written", written(stand, room(space))), space));
    let output = stand.proof.as_ref().and_then(|p| p.output.as_deref());
    let output = output.or_else(|| stand.state?.proof.as_ref()?.output.as_deref());
    lines.extend(output.into_iter().flat_map(|o| ran(scene, o, space)));
    lines
}

/// Columns of what a field says.
fn room(space: Space) -> usize {
    space.width.saturating_sub(LABEL + 5).max(20)
}

fn field(scene: &Scene<'_>, (label, text): &Field, space: Space) -> Vec<Line<'static>> {
    let room = room(space);
    let most = if space.full { usize::MAX } else { LINES_MAX };
    let parts = wrap(text, room);
    let cut = parts.len() > most;
    let shown = parts.into_iter().take(most).enumerate();
    let line = |(n, part): (usize, String)| {
        let more = if cut && n + 1 == most { "…" } else { "" };
        let label = if n == 0 { *label } else { "" };
        Cells::default().gap(3).left(label, LABEL, scene.label()).gap(1).text(format!("{part}{more}")).line()
    };
    shown.map(line).collect()
}

/// `services.healthy = 6, wanted 7; source probes, age 4s`.
fn evidence(scene: &Scene<'_>, stand: &Stand<'_>) -> String {
    let Some(proof) = &stand.proof else {
        return match stand.evidence() {
            Evidence::Word(word) => format!("a person's word: {}", word.ask),
            _ => "none: a person's tick is all there is".to_owned(),
        };
    };
    let verdict = match proof.verdict {
        Verdict::Good => String::new(),
        verdict => format!(" ({})", verdict.word()),
    };
    let stale = if scene.untimed() { "; nobody looks at it now" } else { "" };
    // Before it was run there is only what would be run; how it ticks says that.
    let unrun = matches!(stand.evidence(), Evidence::Gathered(g) if g.what == proof.wanted);
    let wanted = if proof.wanted.is_empty() || unrun { String::new() } else { format!("; wanted {}", proof.wanted) };
    let source = if proof.source.is_empty() { String::new() } else { format!("; source {}", proof.source) };
    let age = proof.at.map_or_else(String::new, |at| format!(", age {}", scene.clock.age(at)));
    format!("{}{verdict}{wanted}{source}{age}{stale}", proof.says)
}

fn saving(scene: &Scene<'_>, stand: &Stand<'_>) -> Option<Field> {
    let saving = scene.live.board.saving.get(&stand.thing())?;
    let failed = saving.failed.as_ref();
    let failed = failed.map_or_else(String::new, |why| format!(", NOT SAVED: {why}; it is tried again"));
    Some(("saving", format!("{} since {}{failed}", saving.verb, scene.clock.seconds(saving.since))))
}

/// What became of it, when, by whom and why.
fn state(scene: &Scene<'_>, stand: &Stand<'_>) -> Option<Field> {
    let held = stand.held()?;
    let (at, by) = (scene.clock.time(held.at?), held.by.as_ref()?);
    let who = stand::name(scene, by);
    let because = |reason: &str| if reason.is_empty() { String::new() } else { format!(": {reason}") };
    let reason = because(held.reason.as_str());
    Some(match held.mark {
        Mark::Open if by.is_person() => ("open", format!("un-ticked {at} by {who}{reason}")),
        Mark::Open => ("by rule", format!("un-ticked {at}{reason}")),
        Mark::Proven => ("by rule", format!("ticked {at}: its evidence was good{}", said_then(stand))),
        Mark::Half => ("half", format!("{who} confirmed it {at}; it waits for a second person{reason}")),
        Mark::Done => {
            let first = held.first.as_ref().map_or_else(String::new, |f| format!(", after {f}"));
            ("done", format!("{at} by {who}{first}{reason}{}", said_then(stand)))
        }
        Mark::Against => ("done", format!("{at} by {who}, against the evidence{reason}{}", said_then(stand))),
        mark => (mark.word(), format!("{at} by {who}{reason}")),
    })
}

/// What the evidence said when it was ticked, where that was written down.
fn said_then(stand: &Stand<'_>) -> String {
    let now = stand.proof.as_ref().map(|p| &p.says);
    let then = stand.state.and_then(|s| s.proof.as_ref()).filter(|p| !p.says.is_empty() && Some(&p.says) != now);
    then.map_or_else(String::new, |p| format!("; evidence then: {}", p.says))
}

/// What a person has decided holds against what its evidence would do.
fn stays(scene: &Scene<'_>, stand: &Stand<'_>) -> Option<String> {
    let by = stand.held()?.by.as_ref().filter(|by| by.is_person())?;
    let who = stand::name(scene, by);
    match stand.mark() {
        Mark::Against => Some(format!("stays ticked: {who} ticked it against its evidence")),
        Mark::Open if stand.written?.ticks_itself() => {
            Some(format!("stays open until its evidence turns: {who} un-ticked it"))
        }
        _ => None,
    }
}

/// What will tick it.
fn tick(scene: &Scene<'_>, stand: &Stand<'_>) -> String {
    let Some(item) = stand.written else { return "yours: the file no longer has this box".to_owned() };
    if let Some(stays) = stays(scene, stand) {
        return stays;
    }
    let by_itself = matches!(item.mode, Mode::Auto | Mode::Live) && !item.two_person;
    let mut text = match &item.evidence {
        Evidence::Wrong(why) => format!("yours: its evidence cannot be read: {why}"),
        Evidence::Live { .. } if by_itself => "ticks itself; un-ticks when its evidence turns bad".to_owned(),
        Evidence::Live { .. } => "you confirm; the evidence stands beside it".to_owned(),
        Evidence::Gathered(g) => match g.every {
            Some(every) => {
                let how = if by_itself { "ticks itself" } else { "you confirm" };
                format!("{how}; {} looked at every {}, and with !", g.what, spent(every))
            }
            None => format!("you confirm; ! runs {}", fit(g.what.as_str(), COMMAND)),
        },
        Evidence::Word(word) => match word.form {
            WordForm::Note => "yours, with a note".to_owned(),
            WordForm::Link => "yours, with a link".to_owned(),
            WordForm::Number => "yours, with a figure".to_owned(),
        },
        Evidence::None => "yours".to_owned(),
    };
    let asks = [(item.two_person, "two people confirm it"), (item.critical, "critical: say what you saw")];
    for (_, said) in asks.iter().filter(|(asked, _)| *asked) {
        text = format!("{text}; {said}");
    }
    if let Some(role) = &item.role {
        text = format!("{text}; for {role}");
    }
    text
}

/// The latest first; the others where there is room.
fn notes(scene: &Scene<'_>, stand: &Stand<'_>, all: bool) -> Vec<Field> {
    let Some(state) = stand.state else { return Vec::new() };
    let most = if all { usize::MAX } else { 2 };
    let note = |(n, noted): (usize, &Noted)| {
        let text = format!("{} {}: \"{}\"", scene.clock.time(noted.at), noted.by, noted.text);
        (if n == 0 { "note" } else { "" }, text)
    };
    let mut fields: Vec<Field> = state.notes.iter().rev().enumerate().take(most).map(note).collect();
    if state.notes.len() > most {
        fields.push(("", format!("{} more notes, Enter shows them", state.notes.len() - most)));
    }
    if let Some(since) = state.since {
        fields.push(("since", format!("it waits since {}", scene.clock.time(since))));
    }
    fields
}

/// File and line; of a long path the end.
fn written(stand: &Stand<'_>, room: usize) -> String {
    match (&stand.list.shown.template, stand.written) {
        (Some(template), Some(item)) => {
            let place = format!("{}:{}", template.file, item.line);
            match place.rsplit_once('/') {
                Some((_, file)) if width(&place) > room => format!("…/{file}"),
                _ => place,
            }
        }
        (Some(template), None) => format!("no longer in {}; T takes its new version", template.file),
        (None, _) => "its file no longer has this list; what it last said stays in force".to_owned(),
    }
}

/// A command's own words: how it ended, and its last lines; all of them in full.
fn ran(scene: &Scene<'_>, output: &Output, space: Space) -> Vec<Line<'static>> {
    let end = match output.exit {
        _ if !output.end.is_empty() => output.end.to_string(),
        Some(code) => format!("exit {code}"),
        None => "it did not end".to_owned(),
    };
    let hash = output.sha256.get(..12).unwrap_or(&output.sha256);
    let cut = if output.cut { ", cut" } else { "" };
    let (took, bytes) = (took(output.took_ms), number(output.bytes));
    let text = format!("{end} in {took} by {}, {bytes} bytes{cut}, sha256 {hash}: {}", output.by, output.argv);
    let mut lines = field(scene, &("ran", text), space);
    let skipped = if space.full { 0 } else { output.lines.len().saturating_sub(LINES_MAX) };
    let room = space.width.saturating_sub(LABEL + 7);
    lines.extend(output.lines.iter().skip(skipped).map(|line| {
        let cells = Cells::default().gap(LABEL + 4).add("│ ", scene.label());
        cells.text(fit(line.as_str(), room)).line()
    }));
    lines
}

fn took(ms: u64) -> String {
    if ms < 10_000 { format!("{}.{} s", ms / 1000, ms % 1000 / 100) } else { spent(Duration::from_millis(ms)) }
}

/// The list it stands on.
fn of_list(scene: &Scene<'_>, list: &Worked) -> Vec<Field> {
    let (occurrence, tally) = (list.occurrence(), list.tally);
    let opening = &occurrence.opening;
    let mut done = format!("{} of {} done, {} left", tally.done, tally.total, tally.left);
    for (n, word) in [(tally.skipped, "skipped"), (tally.na, "not applicable"), (tally.failed, "failed")] {
        if n > 0 {
            done = format!("{done}, {n} {word}");
        }
    }
    let period = if opening.period == "once" { "done once".to_owned() } else { opening.period.clone() };
    let due = Some(row::due(scene, list)).filter(|d| !d.is_empty()).unwrap_or_else(|| "no date".to_owned());
    let late = list.late_since(scene.now()).map_or_else(String::new, |due| format!(", {} late", scene.clock.age(due)));
    let mut fields = vec![
        ("list", format!("{}: {done}", list.title())),
        ("period", format!("{period} ({}), {due}{late}", opening.zone)),
    ];
    if let Some((_, why)) = &occurrence.redated {
        fields.push(("moved", format!("its date was moved: {why}")));
    }
    if let Some(differs) = version::differs(list) {
        fields.push(("changed", format!("{differs}; T takes the new version")));
    }
    fields.push(("version", opening.pinned.version.to_string()));
    fields
}
