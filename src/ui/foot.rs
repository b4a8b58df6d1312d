//! The two lines at the foot: the outcome of the last act, and the keys that work here now. What they say comes from the
//! engine's message and the command rows; nothing is worded twice.

use ratatui::text::Line;

use super::Ui;
use super::command::{self, Command, Fit, Ground, Needs};
use super::list::Pane;
use super::scene::Scene;
use super::tabs::Foot;
use super::text::{Cells, fit, width, wrap};
use super::theme::Tint;
use crate::engine::model::{Message, Order, Tone};

/// Verbs of the tab that come before everything else at the foot.
const FIRST: usize = 5;
/// Columns of what `u` would take back, on a wide screen and on a narrow one: the rest has to have room too.
const LABEL: usize = 34;
const NARROW_LABEL: usize = 24;
/// Fewer say nothing.
const LABEL_LEAST: usize = 8;
/// Verbs that what `u` does never pushes out.
const KEPT: usize = 4;
/// From this width on there is room for both.
const WIDE: usize = 100;
/// Lines of an outcome.
const LINES: usize = 3;

/// The outcome of the last act, or what is not as it should be; an outcome on as many lines as it needs.
pub fn message_lines(ui: &Ui, scene: &Scene<'_>, columns: usize) -> Vec<Line<'static>> {
    match ui.message(scene.live) {
        Some(message) => outcome(ui, scene, message, columns),
        None => vec![quiet_line(scene)],
    }
}

fn outcome(ui: &Ui, scene: &Scene<'_>, message: &Message, columns: usize) -> Vec<Line<'static>> {
    let bad = message.tone == Tone::Bad;
    let tint = if bad { Tint::BadBadge } else { Tint::Text };
    // A question stands where it would grow to.
    let most = if ui.popup.is_some() { 1 } else { LINES };
    let room = columns.saturating_sub(if bad { 3 } else { 1 });
    let mut lines = wrap(message.text.as_str(), room);
    if lines.len() > most {
        let rest = lines.split_off(most - 1).join(" ");
        lines.push(fit(&rest, room));
    }
    // What takes it back is told whole, or not here: the keys below have it too.
    let back = if bad { String::new() } else { taken_back_by(ui, scene, message.gesture) };
    lines.last_mut().filter(|l| width(l) + width(&back) <= room).into_iter().for_each(|l| l.push_str(&back));
    let words = |text: String| if bad { format!(" {text} ") } else { text };
    lines.into_iter().map(|text| Cells::default().gap(1).add(words(text), scene.style(tint)).line()).collect()
}

fn quiet_line(scene: &Scene<'_>) -> Line<'static> {
    let quiet = |text: String| Cells::default().gap(1).text(text).line();
    if !scene.live.ready() {
        return quiet(String::new());
    }
    if let super::scene::Worker::Nobody(since) = scene.worker() {
        let since = since.map_or_else(String::new, |at| format!(" since {}", scene.clock.time(at)));
        let why = scene.live.worker.only_follows.as_ref();
        let after =
            why.map_or_else(|| " Taking over: trying.".to_owned(), |w| format!(" This console only follows: {w}"));
        return quiet(format!("Nothing is checked, paged or escalated{since}.{after}"));
    }
    if let Some((why, since)) = scene.store_fails() {
        return quiet(format!("Nothing can be saved since {}: {why}", scene.clock.time(since)));
    }
    if let Some(why) = &scene.live.worker.only_follows {
        return quiet(format!("This console only follows: {why}"));
    }
    quiet(String::new())
}

/// `   u undo`, while `u` takes back the very act that is told of.
fn taken_back_by(ui: &Ui, scene: &Scene<'_>, told: Option<u64>) -> String {
    let next = scene.live.undo.as_ref().filter(|u| Some(u.gesture) == told && u.order == Order::Last);
    let key = next.and_then(|_| ui.keymap.first_key("undo"));
    key.map_or_else(String::new, |key| format!("   {key} undo"))
}

/// The keys that work here now, as many as fit; help is always among them.
pub fn foot_line(ui: &Ui, scene: &Scene<'_>, columns: usize) -> Line<'static> {
    let last = hint(ui, scene, "help").unwrap_or_default();
    let mut cells = Cells::default();
    let room = columns.saturating_sub(width(&last.0) + width(&last.1) + 4);
    let commands = in_order(ui, scene, foot_commands(ui, scene).collect());
    let hints = commands.iter().filter_map(|c| Some((c.id, hint(ui, scene, c.id)?)));
    let hints: Vec<(&str, (String, String))> = hints.collect();
    let others = hints.iter().filter(|(id, _)| *id != "undo").take(KEPT);
    let kept: usize = others.map(|(_, (key, word))| width(key) + width(word) + 3).sum();
    for (id, (key, word)) in hints {
        let word = match id {
            "undo" if columns < WIDE => undo_in(&word, room.saturating_sub(kept + width(&key) + 2)),
            _ => word,
        };
        if word.is_empty() {
            continue;
        }
        if cells.used + width(&key) + width(&word) + 3 > room {
            continue;
        }
        let gap = if cells.used == 0 { 1 } else { 2 };
        cells = cells.gap(gap).add(key, scene.style(Tint::Strong)).text(format!(" {word}"));
    }
    cells.gap(2).add(last.0, scene.style(Tint::Strong)).text(format!(" {}", last.1)).line()
}

/// `undo ack of 4821` in what room the first verbs leave, without its label where that is little, or nothing.
fn undo_in(word: &str, room: usize) -> String {
    let bare = width("undo");
    match room {
        room if width(word) <= room.min(bare + 1 + NARROW_LABEL) => word.to_owned(),
        room if room > bare + LABEL_LEAST => fit(word, room.min(bare + 1 + NARROW_LABEL)),
        room if room >= bare => "undo".to_owned(),
        _ => String::new(),
    }
}

/// The verbs used most, then the way to the next one, then the rest.
fn in_order(ui: &Ui, scene: &Scene<'_>, mut commands: Vec<&'static Command>) -> Vec<&'static Command> {
    let place = |c: &Command| command::all().any(|(scope, k)| scope.is_none() && k.id == c.id);
    let mut own = 0;
    commands.sort_by_cached_key(|c| match c.id {
        "undo" => (0, 0),
        id if worded(ui, scene, id).is_some() => (2, worded(ui, scene, id).map_or(0, |(place, _)| place)),
        "next-needing" | "filter" => (3, 0),
        _ if place(c) => (5, 0),
        _ => {
            own += 1;
            (if own <= FIRST { 1 } else { 4 }, own)
        }
    });
    commands
}

/// The tab's own word for a key that works everywhere, on this row, and its place among such.
fn worded(ui: &Ui, scene: &Scene<'_>, id: &str) -> Option<(usize, &'static Foot)> {
    let row = ui.pane().and_then(Pane::row)?;
    let mut own = ui.tab().foot.iter().enumerate();
    own.find(|(_, foot)| foot.ids.first() == Some(&id) && (foot.on)(scene, &row.id).is_ok())
}

fn hint(ui: &Ui, scene: &Scene<'_>, id: &str) -> Option<(String, String)> {
    if id == "undo" {
        let next = scene.live.undo.as_ref().filter(|u| u.order == Order::Last)?;
        return Some((ui.keymap.first_key(id)?, format!("undo {}", fit(&next.label, LABEL))));
    }
    if let Some((_, foot)) = worded(ui, scene, id) {
        let keys: Vec<String> = foot.ids.iter().filter_map(|id| ui.keymap.first_key(id)).collect();
        // What was entered from an alert leads back to it.
        let entered = id == "peel" && ui.pane().and_then(|p| p.only.as_ref()).is_some_and(|o| o.from.is_some());
        let word = if entered { "alert" } else { foot.word };
        return (!keys.is_empty()).then(|| (keys.join(" "), word.to_owned()));
    }
    let (_, command) = command::all().find(|(scope, c)| c.id == id && scope.is_none_or(|s| s == ui.tab))?;
    Some((ui.keymap.first_key(id)?, command.foot.to_owned()))
}

fn fits(scene: &Scene<'_>, pane: Option<&Pane>, fit: Fit) -> bool {
    pane.into_iter().flat_map(Pane::targets).any(|row| fit(scene, row).is_ok())
}

/// Footer commands of the tab, then of everywhere, that would do something on this row.
pub fn foot_commands<'a>(ui: &'a Ui, scene: &'a Scene<'a>) -> impl Iterator<Item = &'static Command> + 'a {
    let (pane, row) = (ui.pane(), ui.pane().and_then(Pane::row));
    let alert = row.and_then(|r| r.id.alert(&scene.model.board)).and_then(|id| scene.model.book.get(id));
    let may = scene.live.ready() && scene.live.me.role.may_act();
    let over = alert.is_some_and(|a| a.phase.is_resolved());
    let here = command::all().filter(|(scope, _)| scope.is_some_and(|s| s == ui.tab));
    let all = here.chain(command::all().filter(|(scope, _)| scope.is_none()));
    all.map(|(_, c)| c).filter(move |c| {
        (!c.foot.is_empty() || worded(ui, scene, c.id).is_some())
            && c.id != "help"
            && (c.id != "peel" || pane.is_some_and(|p| p.only.is_some()))
            && (c.id != "watch" || ui.ground() != Ground::Watch)
            && match c.needs {
                Needs::Nothing => true,
                Needs::Row => row.is_some(),
                Needs::View(view) => ui.pane().is_some_and(|p| p.view == view),
                Needs::Act => may,
                Needs::OnAlert => alert.is_some(),
                Needs::ActOnAlert => may && alert.is_some(),
                Needs::ActOnOpen => may && alert.is_some() && !over,
                Needs::ActOnOver => may && over,
                Needs::On(_, fit) => fits(scene, pane, fit),
                Needs::ActOn(_, fit) => may && fits(scene, pane, fit),
            }
    })
}
