//! Commands that work in every tab: moving, filtering, marking, undo, and the way out.

use crate::domain::ids::AlertId;
use crate::engine::Verb;
use crate::engine::model::{Order, Tone};
use crate::ui::look::CopyTo;
use crate::ui::outward::{COPY_MAX, Outward};

use super::Size;
use super::command::{Command, Needs};
use super::desk::Desk;
use super::field::Field;
use super::filter::Filter;
use super::leaving::quit;
use super::list::{Row, RowId};
use super::popup::{Ask, Palette, Popup, Text};
use super::tabs::{Copy, TABS, alerts, lists, sys};

macro_rules! rows {
    ($($id:literal $keys:expr, $foot:literal, $help:literal, $needs:ident, $run:expr;)*) => {
        &[$(Command { id: $id, keys: &$keys, foot: $foot, help: $help, needs: Needs::$needs, run: $run },)*]
    };
}

pub const COMMANDS: &[Command] = rows![
    "open" ["Enter"], "", "open the detail; unfold", Nothing, open;
    "next-needing" [".", "]"], "next", "next thing that needs a person", Nothing, |d| needing(d, true);
    "prev-needing" [",", "["], "", "previous thing that needs a person", Nothing, |d| needing(d, false);
    "filter" ["/"], "filter", "filter as you type: words, sev:crit svc:ml owner:me since:12h", Nothing, filter;
    "undo" ["u"], "undo", "take back my last act, whole", Act, undo;
    "take-back" ["U"], "", "take back here: un-ack, un-snooze, un-mute, un-tick, an offer", Act, take_back;
    "watch" ["w"], "watch", "the watch: the handoff to be offered, or the offer that waits", Nothing, lists::open_watch;
    "freeze" ["f"], "freeze", "hold the list still; it says how many changes wait", Nothing, freeze;
    "palette" [":"], "command", "find a command by name; a number jumps to that alert", Nothing,
        |d| d.popup(Popup::Palette(Palette::open()));
    "help" ["?", "F1"], "help", "the keys that work here", Nothing, |d| d.popup(Popup::Help(0));
    "down" ["j", "Down"], "", "down", Nothing, |d| step(d, 1);
    "up" ["k", "Up"], "", "up", Nothing, |d| step(d, -1);
    "top" ["g", "Home"], "", "to the top", Nothing, |d| step(d, isize::MIN);
    "bottom" ["G", "End"], "", "to the bottom", Nothing, |d| step(d, isize::MAX);
    "page-down" ["PgDn"], "", "a page down", Nothing, |d| page(d, 1, 1);
    "page-up" ["PgUp"], "", "a page up", Nothing, |d| page(d, -1, 1);
    "half-down" ["Ctrl-d"], "", "half a page down", Nothing, |d| page(d, 1, 2);
    "half-up" ["Ctrl-u"], "", "half a page up", Nothing, |d| page(d, -1, 2);
    "prev-view" ["h", "Left"], "", "previous view", Nothing, |d| turn(d, -1);
    "next-view" ["l", "Right"], "", "next view", Nothing, |d| turn(d, 1);
    "next-tab" ["Tab"], "", "next tab", Nothing, |d| tab(d, 1);
    "prev-tab" ["Shift-Tab"], "", "previous tab", Nothing, |d| tab(d, TABS.len() - 1);
    "last-view" ["-"], "", "back to the last view", Nothing, last_view;
    "next-match" ["n"], "", "next match of the filter", Nothing, |d| matching(d, 1);
    "prev-match" ["N"], "", "previous match of the filter", Nothing, |d| matching(d, -1);
    "mark" ["Space"], "", "mark; acts then touch the marked", Row, mark;
    "mark-all" ["*"], "", "mark all that match, off-screen too", Nothing, mark_all;
    "peel" ["Esc", "Backspace"], "", "peel one thing: popup, filter, marks, detail", Nothing, peel;
    "copy" ["y"], "", "copy one plain line", Row, |d| copy(d, Copy::Line);
    "copy-all" ["Y"], "", "copy the summary with timeline and notes", Row, |d| copy(d, Copy::All);
    "mouse" ["F2"], "", "mouse on or off", Nothing, mouse;
    "repaint" ["Ctrl-l"], "", "draw the screen anew", Nothing, |d| d.out.push(Outward::Repaint);
    "suspend" ["Ctrl-z"], "", "suspend; fg comes back", Nothing, |d| d.out.push(Outward::Suspend);
    "quit" ["q"], "", "back; at the top, leave", Nothing, close;
    "leave" ["Ctrl-c"], "", "leave; twice leaves at once", Nothing, quit;
];

fn open(desk: &mut Desk<'_>) {
    match desk.row().map(|r| r.id.clone()) {
        Some(RowId::Behind(_)) => alerts::unfold(desk),
        Some(_) if lists::enter_row(desk) => {}
        Some(RowId::Alert(id)) => {
            desk.with_pane(|p| p.full = p.full.or(Some(0)));
            look(desk, id);
        }
        Some(_) => desk.with_pane(|p| p.full = p.full.or(Some(0))),
        None => {}
    }
}

/// A person has opened it: said once, while nobody has done anything about it.
fn look(desk: &mut Desk<'_>, id: AlertId) {
    if desk.engine.model.book.get(id).is_some_and(|a| a.seen_by.is_none()) {
        let target = desk.target(id);
        desk.intend(target, Verb::Look);
    }
}

fn step(desk: &mut Desk<'_>, by: isize) {
    if sys::log_step(desk, by) {
        return;
    }
    desk.with_pane(|p| match &mut p.full {
        Some(top) => *top = top.saturating_add_signed(by).min(10_000),
        None => p.go(p.at().saturating_add_signed(by)),
    });
}

fn page(desk: &mut Desk<'_>, sign: isize, part: usize) {
    if part == 1 && sys::log_page(desk, sign) {
        return;
    }
    let rows = (desk.ui.drawn.page.max(2) / part) as isize;
    step(desk, rows * sign);
}

/// The next row that needs a person, also from inside a detail; round the end.
fn needing(desk: &mut Desk<'_>, forward: bool) {
    let tab = desk.tab();
    let clock = desk.clock();
    let scene = desk.ui.scene(&desk.engine.model, &clock);
    let Some(pane) = desk.pane() else { return };
    let (n, at) = (pane.list.rows.len(), pane.at());
    let wanted = |i: &usize| pane.list.rows.get(*i).is_some_and(|row| (tab.look.needing)(&scene, row));
    let found = if forward {
        (1..=n).map(|i| (at + i) % n).find(wanted)
    } else {
        (1..=n).map(|i| (at + n - i) % n).find(wanted)
    };
    match found {
        Some(i) if i == at => desk.say(Tone::Info, "this is the only one here that needs a person"),
        Some(i) => desk.with_pane(|p| p.go(i)),
        None => desk.say(Tone::Info, "nothing in this view needs a person"),
    }
}

fn filter(desk: &mut Desk<'_>) {
    super::popup::apply_filter(desk, "");
    desk.popup(Popup::Filter(Field::new("")));
}

fn undo(desk: &mut Desk<'_>) {
    let undo = |desk: &mut Desk<'_>| desk.intend(None, Verb::Undo);
    match desk.engine.model.undo.clone() {
        Some(next) if next.order == Order::Last => undo(desk),
        // Whoever presses it means what they did last, and this is something else.
        Some(next) => {
            let question = format!("Not your last act, that one stays. Take back the {}?", next.label);
            desk.popup(Popup::Ask(Ask::new(question).enter("take it back", undo)));
        }
        None => desk.say(Tone::Info, "nothing of yours to take back"),
    }
}

fn take_back(desk: &mut Desk<'_>) {
    match desk.row().map(|r| r.id.clone()) {
        Some(RowId::Service(name)) => alerts::take_back_mute(desk, &name),
        Some(RowId::Item(..) | RowId::List(_) | RowId::Step(..) | RowId::Draft | RowId::Handoff(_)) => {
            lists::take_back(desk);
        }
        _ => alerts::take_back(desk),
    }
}

fn freeze(desk: &mut Desk<'_>) {
    desk.ui.frozen = match desk.ui.frozen.take() {
        Some(_) => None,
        None => Some(Box::new(desk.engine.model.clone())),
    };
    desk.refresh();
}

fn turn(desk: &mut Desk<'_>, by: isize) {
    let n = desk.views().len();
    if n > 1 {
        let at = desk.view() as isize + by;
        desk.show_view(at.rem_euclid(n as isize) as usize);
    }
}

fn tab(desk: &mut Desk<'_>, by: usize) {
    desk.show_tab((desk.ui.tab + by) % TABS.len());
}

fn last_view(desk: &mut Desk<'_>) {
    let Some((tab, view)) = desk.ui.last else { return };
    let here = (desk.ui.tab, desk.view());
    desk.show_tab(tab);
    desk.show_view(view);
    desk.ui.last = Some(here);
}

fn matching(desk: &mut Desk<'_>, by: isize) {
    if desk.pane().is_none_or(|p| p.filter.is_empty()) {
        return desk.say(Tone::Info, "no filter is set; / sets one");
    }
    desk.with_pane(|p| {
        let n = p.list.rows.len() as isize;
        if n > 0 {
            p.go((p.at() as isize + by).rem_euclid(n) as usize);
        }
    });
}

fn mark(desk: &mut Desk<'_>) {
    desk.with_pane(|p| {
        let Some(row) = p.row().cloned() else { return };
        if markable(&row) && !p.marks.remove(&row.id) {
            p.marks.insert(row.id);
        }
        p.go(p.at() + 1);
    });
}

/// What is only read, or stands behind another, is nothing by itself.
fn markable(row: &Row) -> bool {
    let one_by_one = matches!(row.id, RowId::Step(..) | RowId::Procedure(_) | RowId::Draft | RowId::Handoff(_));
    !row.inert && !one_by_one && !matches!(row.id, RowId::Behind(_) | RowId::Past(_) | RowId::Period(_))
}

fn mark_all(desk: &mut Desk<'_>) {
    desk.with_pane(|p| {
        let rows = p.list.rows.iter().filter(|r| markable(r));
        let behind = p.list.rows.iter().flat_map(Row::behind).map(RowId::Alert);
        p.marks = rows.map(|r| r.id.clone()).chain(behind).collect();
    });
}

fn peel(desk: &mut Desk<'_>) {
    peeled(desk);
}

/// Peels one thing; false when there was nothing left.
fn peeled(desk: &mut Desk<'_>) -> bool {
    let Some(pane) = desk.pane() else { return false };
    let (filtered, marked, full) = (!pane.filter.is_empty(), !pane.marks.is_empty(), pane.full.is_some());
    if let Some(only) = pane.only.as_ref().filter(|_| !full && !marked) {
        let from = only.from;
        desk.with_pane(|p| p.look_at(None));
        desk.refresh();
        if let Some((tab, view)) = from {
            desk.show(tab, view);
        }
        return true;
    }
    let frozen = desk.ui.frozen.is_some();
    desk.with_pane(|p| {
        if full {
            p.full = None;
        } else if marked {
            p.marks.clear();
        } else if filtered {
            p.filter = Filter::default();
            p.unpin();
        }
    });
    if !full && !marked && !filtered && frozen {
        desk.ui.frozen = None;
    }
    desk.refresh();
    full || marked || filtered || frozen
}

fn close(desk: &mut Desk<'_>) {
    if desk.ui.drawn.size == Size::Small || !peeled(desk) {
        quit(desk);
    }
}

fn copy(desk: &mut Desk<'_>, how: Copy) {
    let clock = desk.clock();
    let scene = desk.ui.scene(&desk.engine.model, &clock);
    let Some(row) = desk.row() else { return };
    let text = (desk.tab().look.copy)(&scene, row, how);
    if text.is_empty() {
        return desk.say(Tone::Info, "there is nothing to copy on this row");
    }
    let why = match desk.ui.look.copy {
        CopyTo::Screen => "this terminal's clipboard is not used",
        CopyTo::Clipboard if text.len() > COPY_MAX => "it is too long for a terminal's clipboard",
        CopyTo::Clipboard => {
            let (count, first) = (text.chars().count(), text.lines().next().unwrap_or_default().to_owned());
            desk.out.push(Outward::Copy(text));
            return desk.say(Tone::Done, format!("copied {count} characters: {first}"));
        }
    };
    desk.popup(Popup::Text(Text { title: format!("Not copied, {why}: select it here"), text, top: 0 }));
}

fn mouse(desk: &mut Desk<'_>) {
    desk.ui.mouse = !desk.ui.mouse;
    desk.out.push(Outward::Mouse(desk.ui.mouse));
    desk.say(Tone::Info, if desk.ui.mouse { "mouse on: click selects, wheel scrolls" } else { "mouse off" });
}
