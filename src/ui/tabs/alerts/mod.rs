//! Alerts: what needs a person, who has it, and what happens next. Rows fold in a storm; the detail below is in the
//! order of deciding.

mod acts;
mod detail;
mod fold;
mod forms;
mod listing;
mod row;
pub mod story;

use super::{Looks, Tab, counted, named, no_column, no_page, nothing_below};
use crate::domain::alert::{Alert, Phase};
use crate::ui::command::{Command, Ground, Needs};
use crate::ui::desk::Desk;
use crate::ui::scene::Scene;

pub const NOW: usize = 0;
pub const MINE: usize = 1;
pub const ACKED: usize = 2;
pub const SNOOZED: usize = 3;
pub const MUTED: usize = 4;
pub const RESOLVED: usize = 5;
pub const TO_CLOSE: usize = 6;

pub const TAB: Tab = Tab {
    id: "alerts",
    long: "Alerts",
    short: "Alerts",
    go: Command {
        id: "alerts",
        keys: &["2"],
        foot: "",
        help: "tab Alerts",
        needs: Needs::Nothing,
        run: |desk| desk.show_tab(super::index("alerts")),
    },
    views: |_| named(&["now", "mine", "acked", "snoozed", "muted", "resolved", "to close"]),
    commands: &[COMMANDS],
    need,
    unit: "",
    version: |scene| Some(listing::version(scene)),
    rows: listing::rows,
    look: Looks {
        needing: row::needing,
        head: row::head,
        row: row::line,
        detail: detail::lines,
        empty,
        page: no_page,
        copy: story::copy,
        order: |view| match view {
            NOW | MINE => "worst, oldest",
            ACKED | TO_CLOSE => "oldest",
            RESOLVED => "latest",
            _ => "ends first",
        },
        tail: counted,
        hides: "unacked",
        below: nothing_below,
        aside: no_column,
    },
    foot: &[],
};

// Also the keys of a run, wherever it is on an alert: one row each, so that a key moved in the config moves there too.
pub const ACK: Command =
    row_of("ack", &["a"], "ack", "ack this or the marked; on my own ack, renew it", Needs::ActOnOpen, acts::ack);
pub const ESCALATE: Command =
    row_of("escalate", &["e"], "escalate", "page the next level, or a chosen one", Needs::ActOnOpen, acts::escalate);
pub const SNOOZE: Command = row_of(
    "snooze",
    &["s"],
    "snooze",
    "hide it from `now` until a time, with a reason",
    Needs::ActOnOpen,
    forms::snooze,
);
pub const REVIEW: Command =
    row_of("review", &["v"], "review", "what it turned out to be: true, false, noise", Needs::ActOnOver, acts::review);
pub const RESOLVE: Command = row_of(
    "resolve",
    &["r"],
    "resolve",
    "it is over: a note, a review; on a resolved one, close it",
    Needs::ActOnAlert,
    forms::resolve,
);
pub const OWNER: Command =
    row_of("owner", &["o"], "owner", "take it, or hand it to somebody by name", Needs::ActOnOpen, forms::owner);
pub const TIMELINE: Command =
    row_of("timeline", &["t"], "timeline", "all that happened to it", Needs::OnAlert, story::open_timeline);
pub const HISTORY: Command =
    row_of("history", &["H"], "", "the times before, who fixed them and how", Needs::OnAlert, story::open_history);
pub const fn mute_of(needs: Needs) -> Command {
    let help = "no bell for a service, group or glob until a time, with a reason";
    row_of("mute", &["m"], "mute", help, needs, forms::mute)
}
pub const fn check_of(needs: Needs) -> Command {
    row_of("check", &["!"], "", "check its service now: a burst of probes", needs, acts::check)
}

const COMMANDS: &[Command] = &[
    ACK,
    ESCALATE,
    SNOOZE,
    REVIEW,
    row_of("comment", &["c"], "note", "write a note on its timeline", Needs::ActOnAlert, forms::note),
    row_of(
        "its-procedure",
        &["p"],
        "procedure",
        "its procedure: the run on it, opened when there is none",
        Needs::On(Ground::Alerts, super::lists::can_follow),
        super::lists::enter_run,
    ),
    RESOLVE,
    OWNER,
    mute_of(Needs::Act),
    TIMELINE,
    HISTORY,
    row_of("fold", &["z"], "fold", "fold or unfold alike rows", Needs::Row, acts::fold),
    check_of(Needs::Act),
];

#[allow(clippy::too_many_arguments, reason = "a table row, read by column")]
pub const fn row_of(
    id: &'static str,
    keys: &'static [&'static str],
    foot: &'static str,
    help: &'static str,
    needs: Needs,
    run: fn(&mut Desk<'_>),
) -> Command {
    Command { id, keys, foot, help, needs, run }
}

/// Unacked ones, and those that wait for a closing word.
fn need(scene: &Scene<'_>) -> usize {
    scene.live.book.counts.open + scene.live.book.counts.to_close
}

fn empty(scene: &Scene<'_>, view: usize) -> String {
    let counts = scene.model.book.counts;
    match view {
        NOW if counts.open + counts.acked == 0 => "nothing is open".into(),
        MINE => "nothing is yours".into(),
        MUTED => "no mutes".into(),
        TO_CLOSE => "nothing waits for a closing word".into(),
        _ => "none".into(),
    }
}

/// The view in which an alert is found.
pub fn home_view(alert: &Alert) -> usize {
    match alert.phase {
        Phase::Open | Phase::Acked { .. } => NOW,
        Phase::Snoozed { .. } => SNOOZED,
        Phase::Resolved { .. } if alert.to_close() => TO_CLOSE,
        Phase::Resolved { .. } => RESOLVED,
    }
}

/// Opens the fold under the cursor.
pub fn unfold(desk: &mut Desk<'_>) {
    acts::fold(desk);
}
pub fn take_back(desk: &mut Desk<'_>) {
    acts::take_back(desk);
}
pub fn take_back_mute(desk: &mut Desk<'_>, service: &str) {
    forms::take_back_mute(desk, Some(service));
}
pub fn mute(desk: &mut Desk<'_>, service: &str) {
    forms::mute_form(desk, service);
}
/// Its mark, as in a row.
pub fn sign(scene: &Scene<'_>, alert: &Alert) -> (&'static str, ratatui::style::Style) {
    row::sign(scene, alert)
}
/// `ack ends in 27m`: what happens next if nobody acts.
pub fn next_word(scene: &Scene<'_>, alert: &Alert) -> String {
    row::next(scene, alert).0
}
/// What it says; with nobody checking, marked as old.
pub fn what(scene: &Scene<'_>, alert: &Alert) -> String {
    row::what(scene, alert)
}
pub fn owner_word(scene: &Scene<'_>, alert: &Alert) -> String {
    row::owner(scene, alert).0
}
