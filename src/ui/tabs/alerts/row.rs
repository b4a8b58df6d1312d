//! One alert on one line: glyph, service, what, for how long, who has it, what happens next.

use ratatui::text::Line;

use super::{MUTED, RESOLVED};
use crate::domain::alert::{Alert, Mark, Phase};
use crate::domain::ids::AlertId;
use crate::domain::ladder;
use crate::domain::outbox::{OutboxRow, OutboxState};
use crate::domain::severity::Severity;
use crate::ui::list::{Row, RowId};
use crate::ui::scene::Scene;
use crate::ui::text::{Cells, fit, left, right, width};
use crate::ui::theme::{Tint, glyph};
use crate::ui::words;

/// Columns of a row; zero leaves a column out.
struct Columns {
    service: usize,
    what: usize,
    owner: usize,
    next: usize,
}

const FOR: usize = 4;
/// Columns of who has it on a narrow screen: `!` for nobody, else the beginning of a name.
const MARK: usize = 6;
const UNACKED: &str = "UNACKED";

fn columns(scene: &Scene<'_>, total: usize) -> Columns {
    if (50..60).contains(&total) {
        let service = total / 3;
        let what = total.saturating_sub(2 + service + 2 + 1 + FOR + 2 + MARK);
        return Columns { service, what, owner: MARK, next: 0 };
    }
    if total < 60 {
        let service = total * 2 / 5;
        return Columns { service, what: total.saturating_sub(service + FOR + 5), owner: 0, next: 0 };
    }
    let service = (total * 27 / 100).clamp(14, 28);
    // A page that reached nobody is said whole; else what is wrong has the room.
    let stranded = |p: &OutboxRow| words::unreached(p) || (words::waits(p) && scene.untimed());
    let least = match &scene.model {
        m if m.outbox.iter().any(stranded) => 23,
        m if m.mutes.is_empty() => 15,
        _ => 18,
    };
    let next = (total / 5).clamp(least, 24);
    let owner = if total >= 110 { 14 } else { 8 };
    let what = total.saturating_sub(2 + service + 2 + 1 + FOR + 2 + owner + 2 + next);
    Columns { service, what, owner, next }
}

pub fn head(scene: &Scene<'_>, view: usize, total: usize) -> String {
    let c = columns(scene, total.saturating_sub(1));
    let (service, what, next) = if view == MUTED { ("pattern", "why", "ends") } else { ("service", "what", "next") };
    let for_ = if view == RESOLVED { "ago" } else { "for" };
    let mut head = format!("   {}  {} {}", left(service, c.service), left(what, c.what), right(for_, FOR));
    if c.owner > 0 {
        head.extend(["  ", &left("owner", c.owner)]);
    }
    if c.next > 0 {
        head.extend(["  ", next]);
    }
    head
}

pub fn needing(scene: &Scene<'_>, row: &Row) -> bool {
    let open = |id: AlertId| scene.model.book.get(id).is_some_and(|a| a.unacked() || a.to_close());
    match row.id {
        RowId::Alert(id) => open(id),
        RowId::Behind(_) => row.behind().any(open),
        _ => false,
    }
}

pub fn line(scene: &Scene<'_>, row: &Row, total: usize) -> Line<'static> {
    match &row.id {
        RowId::Alert(id) => scene.model.book.get(*id).map_or_else(Line::default, |a| alert(scene, row, a, total)),
        RowId::Behind(_) => behind(scene, row, total),
        RowId::Mute(pattern) => mute(scene, pattern, total),
        _ => Line::default(),
    }
}

fn alert(scene: &Scene<'_>, row: &Row, alert: &Alert, total: usize) -> Line<'static> {
    let c = columns(scene, total);
    let text = scene.style(Tint::Text);
    let strong =
        if alert.severity == Severity::Critical && alert.unresolved() { scene.style(Tint::Strong) } else { text };
    let (sign, style) = sign(scene, alert);
    let indent = if row.inset { "  " } else { "" };
    let service = format!("{indent}{}", if alert.service().is_empty() { "–" } else { alert.service() });
    let cells = Cells::default().add(sign, style).gap(1).left(&service, c.service, strong);
    let cells = cells.gap(2).left(&what(scene, alert), c.what, text).gap(1);
    let since = if let Phase::Resolved { at, .. } = &alert.phase { *at } else { alert.opened_at };
    let cells = cells.right(&scene.clock.age(since), FOR, text);
    if c.owner == 0 {
        return cells.line();
    }
    let (owner, tint) = owner(scene, alert);
    let owner = if c.owner == MARK && owner == UNACKED { "!".to_owned() } else { owner };
    let pad = c.owner.saturating_sub(width(&owner));
    let cells = cells.gap(2).add(fit(&owner, c.owner), scene.style(tint)).gap(pad);
    if c.next == 0 {
        return cells.line();
    }
    let (next, tint) = next(scene, alert);
    cells.gap(2).add(fit(&next, c.next), scene.style(tint)).line()
}

/// The mark of an alert: its severity while somebody may be needed, a tick when it is over.
pub fn sign(scene: &Scene<'_>, alert: &Alert) -> (&'static str, ratatui::style::Style) {
    if alert.phase.is_resolved() && !alert.to_close() {
        return ("✓", scene.style(Tint::Fine));
    }
    (glyph(alert.severity), scene.theme.severity(alert.severity))
}

/// What it says; with nobody checking, marked as old.
pub fn what(scene: &Scene<'_>, alert: &Alert) -> String {
    let stale = if scene.untimed() && alert.unresolved() { "~" } else { "" };
    let flapping = if alert.has(Mark::Flapping) { "flapping: " } else { "" };
    let gone = if alert.has(Mark::RuleRemoved) { "rule removed: " } else { "" };
    format!("{stale}{flapping}{gone}{}", alert.about.title)
}

pub fn owner(scene: &Scene<'_>, alert: &Alert) -> (String, Tint) {
    if let Some(saving) = scene.live.saving.get(&alert.id) {
        return match &saving.failed {
            Some(_) => ("NOT SAVED".into(), Tint::BadBadge),
            None => ("saving".into(), Tint::Text),
        };
    }
    let named = |name: &str| if name == scene.me() { "you".to_owned() } else { name.to_owned() };
    match (&alert.phase, &alert.owner) {
        (Phase::Open, _) => {
            (UNACKED.into(), if alert.severity == Severity::Critical { Tint::BadBadge } else { Tint::Strong })
        }
        (Phase::Snoozed { by, .. }, _) => (named(by.as_str()), Tint::Text),
        (Phase::Resolved { by, .. }, _) => (named(&by.say()), Tint::Text),
        (_, Some(owner)) => (named(owner.as_str()), Tint::Text),
        (_, None) => ("–".into(), Tint::Text),
    }
}

/// What happens next if nobody acts.
pub fn next(scene: &Scene<'_>, alert: &Alert) -> (String, Tint) {
    if scene.untimed() && alert.unresolved() && latest(scene, alert).iter().any(|p| words::waits(p)) {
        return next_open(scene, alert);
    }
    let text = match &alert.phase {
        Phase::Acked { deadline, .. } if scene.untimed() => scene.countdown(*deadline),
        Phase::Acked { deadline, given_by: Some(_), .. } => format!("not acked, {}", scene.clock.left(*deadline)),
        Phase::Acked { deadline, .. } => format!("ack ends {}", in_(&scene.clock.left(*deadline))),
        Phase::Snoozed { until, .. } if scene.untimed() => scene.countdown(*until),
        Phase::Snoozed { until, .. } => format!("wakes {}", in_(&scene.clock.left(*until))),
        Phase::Resolved { .. } if alert.to_close() => "to close (r)".into(),
        Phase::Resolved { .. } => alert.closing.review.map_or_else(|| "no review".into(), |r| words::review(r).into()),
        Phase::Open => return next_open(scene, alert),
    };
    (text, Tint::Text)
}

pub fn in_(left: &str) -> String {
    if left == "now" { "now".into() } else { format!("in {left}") }
}

fn next_open(scene: &Scene<'_>, alert: &Alert) -> (String, Tint) {
    let reached = alert.escalation.level;
    let pages = latest(scene, alert);
    if let Some(page) = pages.iter().find(|p| words::unreached(p)) {
        let told = pages.iter().any(|p| p.state == OutboxState::Sent);
        let tries = words::tries(page.attempts);
        let text =
            if told { format!("L{reached} told, 1 way FAILED") } else { format!("L{reached} NOT reached, {tries}") };
        return (text, Tint::BadBadge);
    }
    // A mute silences the bell, not a page: one on its way stands here all the same.
    if let Some(page) = pages.iter().find(|p| words::waits(p)) {
        let back = if words::mine_to_take_back(scene, page) { ", u" } else { "" };
        return (format!("L{reached} {}{back}", words::waiting(scene, page)), Tint::Text);
    }
    let text = match pages.iter().find(|p| p.state == OutboxState::Sent) {
        Some(page) => format!("L{reached} told {} ago", scene.clock.age(page.created_at)),
        None => match (alert.escalation.at.filter(|_| reached > 0), above(scene, reached)) {
            // The page is no longer listed here: whether it arrived is not known.
            (Some(at), _) => format!("L{reached} asked {} ago", scene.clock.age(at)),
            (None, Some(level)) if scene.model.mute_of(alert.service(), scene.now()).is_some() => {
                format!("muted, e pages L{level}")
            }
            (None, Some(level)) => format!("e pages L{level}"),
            (None, None) => "nobody told".into(),
        },
    };
    (text, Tint::Text)
}

fn above(scene: &Scene<'_>, reached: u8) -> Option<u8> {
    ladder::rung(&scene.model.setup.levels, reached, None, scene.now()).map(|rung| rung.level)
}

/// The pages of the level reached, one per channel, of the last time it was paged.
fn latest<'a>(scene: &Scene<'a>, alert: &Alert) -> Vec<&'a OutboxRow> {
    let mine = |p: &&OutboxRow| p.alert == alert.id && p.level == alert.escalation.level;
    let gone = |p: &&OutboxRow| matches!(p.state, OutboxState::Withdrawn | OutboxState::Superseded);
    let pages: Vec<_> = scene.model.outbox.iter().filter(|p| mine(p) && !gone(p)).collect();
    let last = pages.iter().map(|p| p.created_at).max();
    pages.into_iter().filter(|p| Some(p.created_at) == last).collect()
}

/// `+ 39 behind it (31 ● 8 ▲)` or `+ 39 alike since 03:01`.
fn behind(scene: &Scene<'_>, row: &Row, total: usize) -> Line<'static> {
    let Some(fold) = &row.folded else { return Line::default() };
    let n = fold.alerts.len();
    let words = if fold.caused {
        format!("+ {n} behind it")
    } else {
        format!("+ {n} alike since {}", scene.clock.time(fold.since))
    };
    let counted = Severity::ALL.into_iter().zip(fold.severities).filter(|(_, count)| *count > 0);
    let parts: Vec<String> = counted.map(|(severity, count)| format!("{count} {}", glyph(severity))).collect();
    let unacked = if fold.unacked > 0 { format!(", {} unacked", fold.unacked) } else { String::new() };
    let text = format!("  {words} ({}){unacked}", parts.join(" "));
    let key = "z unfold";
    let cells = Cells::default().text(left(&text, total.saturating_sub(width(key) + 2)));
    cells.text(key).line()
}

fn mute(scene: &Scene<'_>, pattern: &str, total: usize) -> Line<'static> {
    let Some(mute) = scene.model.mutes.iter().find(|m| m.pattern == pattern) else { return Line::default() };
    let c = columns(scene, total);
    let text = scene.style(Tint::Text);
    let pattern = crate::domain::text::Clean::new(&mute.pattern);
    let cells = Cells::default().add("–", text).gap(1).left(pattern.as_str(), c.service, text);
    let cells = cells.gap(2).left(mute.reason.as_str(), c.what, text).gap(1);
    let cells = cells.right(&scene.clock.age(mute.at), FOR, text);
    if c.owner == 0 {
        return cells.line();
    }
    let by = if mute.by.as_str() == scene.me() { "you" } else { mute.by.as_str() };
    let ends = format!(
        "ends {}",
        if scene.untimed() { scene.clock.time(mute.until) } else { in_(&scene.clock.left(mute.until)) }
    );
    cells.gap(2).left(by, c.owner, text).gap(2).left(&ends, c.next, text).line()
}
