//! Acts of one key. What touches one thing and can be undone happens at once; what pages a person or touches several says
//! whom or how many and waits for Enter.

use std::collections::BTreeSet;

use crossterm::event::KeyCode;

use super::forms;
use crate::domain::alert::{Alert, Phase, Review};
use crate::domain::ladder;
use crate::domain::run::{Kind, RunId};
use crate::engine::Verb;
use crate::engine::model::Tone;
use crate::ui::desk::{Desk, Target};
use crate::ui::list::RowId;
use crate::ui::popup::{Ask, Popup};
use crate::ui::tabs::lists;

pub fn ack(desk: &mut Desk<'_>) {
    let (chosen, behind) = (desk.chosen(), desk.behind());
    if chosen.len() == 1 && behind.is_empty() {
        let Some(alert) = desk.concerned() else { return };
        if let (Phase::Acked { .. }, Some(owner)) = (&alert.phase, &alert.owner)
            && owner != &desk.engine.model.me.name
        {
            let text = format!("NOT acked: {owner} has {} since {}; o takes it over", alert.id, since(desk, &alert));
            return desk.say(Tone::Bad, text);
        }
        return desk.intend_all(&chosen, &Verb::Ack);
    }
    several(desk, "ack", chosen, &behind, |desk, targets| desk.intend_all(targets, &Verb::Ack));
}

fn since(desk: &Desk<'_>, alert: &Alert) -> String {
    match alert.phase {
        Phase::Acked { at, .. } => desk.clock().seconds(at),
        _ => String::new(),
    }
}

/// Says how many an act touches and waits for Enter; with a fold, `o` touches its head alone. A single one goes through.
pub fn several(
    desk: &mut Desk<'_>,
    verb: &'static str,
    chosen: Vec<Target>,
    behind: &[Target],
    act: impl Fn(&mut Desk<'_>, &[Target]) + Clone + Send + 'static,
) {
    if chosen.len() == 1 && behind.is_empty() {
        return act(desk, &chosen);
    }
    let n = chosen.len() + behind.len();
    let head = desk.alert();
    let name = head
        .map_or_else(String::new, |a| if a.service().is_empty() { a.id.to_string() } else { a.service().to_owned() });
    // A bare number would read like that of an alert.
    let how_many = if n == 2 { "both".to_owned() } else { format!("{n} alerts") };
    let question = if behind.is_empty() {
        format!("{verb} {how_many}: the marked ones?")
    } else {
        format!("{verb} {how_many}: {name} and {} behind it?", behind.len())
    };
    let all: Vec<Target> = chosen.iter().chain(behind).copied().collect();
    let for_head = act.clone();
    let mut ask = Ask::new(question).looked_at().enter(format!("{verb} {n} alerts"), move |desk| act(desk, &all));
    if !behind.is_empty() {
        ask = ask.on(KeyCode::Char('o'), format!("only {name}"), move |desk| for_head(desk, &chosen));
    }
    desk.popup(Popup::Ask(ask));
}

/// Shows level, role and channel; Enter pages, a digit chooses another level.
pub fn escalate(desk: &mut Desk<'_>) {
    let Some(alert) = desk.concerned() else { return };
    let Some(target) = desk.target(alert.id) else { return };
    if desk.pane().is_some_and(|p| p.marks.len() > 1) {
        return desk.say(Tone::Bad, "escalating pages people: one alert at a time; Esc clears the marks");
    }
    let setup = desk.model().setup.clone();
    let hold = setup.spans.escalation_hold;
    let Some(rung) = ladder::rung(&setup.levels, alert.escalation.level, None, desk.wall() + hold) else {
        return desk.say(Tone::Bad, "no level above has anybody to page; bind a channel to one in the config");
    };
    let stays = match (&alert.owner, alert.unacked()) {
        (Some(owner), false) if *owner == desk.engine.model.me.name => "   You stay owner.",
        (Some(_), false) => "   The owner stays.",
        _ => "",
    };
    let muted = desk.model().mute_of(alert.service(), desk.wall());
    let muted = muted.map_or_else(String::new, |m| {
        format!("   Muted to {} (no bell): this pages all the same.", desk.clock().time(m.until))
    });
    let step = step_at_hand(desk);
    let ticks = step.as_ref().map_or_else(String::new, |(_, _, name)| format!("   Ticks {name} of its procedure."));
    let held = if desk.model().worker.lives(desk.wall()) {
        format!("Held {} s for u.", hold.as_secs())
    } else {
        "No worker: it waits until one lives.".to_owned()
    };
    let question = format!(
        "Page L{} ({}) by {} about {}?{stays}{ticks}{muted}  {held}",
        rung.level,
        rung.role,
        rung.channels.join(", "),
        alert.id
    );
    let step = step.map(|(run, index, _)| (run, index));
    let page = move |level: Option<u8>| {
        let verb = match step {
            Some((run, index)) => Verb::EscalateStep { level, run, index },
            None => Verb::Escalate { level },
        };
        move |desk: &mut Desk<'_>| {
            desk.intend(Some(target), verb);
            if let Some((run, index)) = step {
                lists::on_to_the_next(desk, run, index);
            }
        }
    };
    let mut ask = Ask::new(question).looked_at().enter(format!("page L{}", rung.level), page(Some(rung.level)));
    for (level, known) in (1_u8..=9).zip(&setup.levels) {
        if level != rung.level && !known.notify.is_empty() {
            let digit = KeyCode::Char(char::from(b'0' + level));
            ask = ask.on(digit, format!("L{level} ({})", known.role), page(Some(level)));
        }
    }
    desk.popup(Popup::Ask(ask.cancelled_by_any_key()));
}

/// The Escalate step under the cursor, when it is the one to do now.
fn step_at_hand(desk: &Desk<'_>) -> Option<(RunId, usize, String)> {
    let (run, at) = lists::run_here(desk)?;
    let at = at.filter(|at| run.next() == Some(*at))?;
    let step = run.steps.get(at).filter(|s| s.kind == Kind::Escalate)?;
    let name = step.name.as_ref().map_or_else(String::new, |n| format!(" ({n})"));
    Some((run.id, at, format!("step {}{name}", step.number)))
}

/// What a closed alert turned out to be.
pub fn review(desk: &mut Desk<'_>) {
    let chosen = desk.chosen();
    let Some(alert) = desk.concerned() else { return };
    let judge = |review: Review| {
        let targets = chosen.clone();
        move |desk: &mut Desk<'_>| desk.intend_all(&targets, &Verb::Review(review))
    };
    let what = if chosen.len() > 1 { format!("these {}", chosen.len()) } else { alert.id.to_string() };
    let ask = Ask::new(format!("What did {what} turn out to be?"))
        .on(KeyCode::Char('1'), "true, it needed us", judge(Review::True))
        .on(KeyCode::Char('2'), "false, nothing was wrong", judge(Review::False))
        .on(KeyCode::Char('3'), "noise", judge(Review::Noise))
        .also(KeyCode::Char('t'), KeyCode::Char('1'))
        .also(KeyCode::Char('f'), KeyCode::Char('2'))
        .also(KeyCode::Char('n'), KeyCode::Char('3'));
    desk.popup(Popup::Ask(if chosen.len() > 1 { ask.looked_at() } else { ask }));
}

/// Un-ack, un-snooze or un-mute what the cursor is on.
pub fn take_back(desk: &mut Desk<'_>) {
    if let Some(RowId::Mute(pattern)) = desk.row().map(|r| r.id.clone()) {
        return desk.intend(None, Verb::Unmute { pattern: pattern.to_string() });
    }
    let Some(alert) = desk.concerned() else { return forms::take_back_mute(desk, None) };
    let verb = match alert.phase {
        Phase::Acked { .. } => Verb::Unack,
        Phase::Snoozed { .. } => Verb::Unsnooze,
        Phase::Open | Phase::Resolved { .. } => return forms::take_back_mute(desk, Some(alert.service())),
    };
    let chosen = desk.chosen();
    let word = if verb == Verb::Unack { "un-ack" } else { "wake" };
    several(desk, word, chosen, &[], move |desk, targets| desk.intend_all(targets, &verb));
}

/// Folds or unfolds the group the row belongs to.
pub fn fold(desk: &mut Desk<'_>) {
    let Some(row) = desk.row().cloned() else { return };
    let head = match (&row.id, row.inset) {
        (RowId::Behind(id), _) => RowId::Alert(*id),
        (RowId::Alert(_), false) => row.id.clone(),
        // Set in behind its head, which stands above it.
        _ => desk.pane().map_or(row.id.clone(), |p| {
            let above = p.list.rows.iter().take(p.at()).rev().find(|r| !r.inset);
            above.map_or(row.id.clone(), |r| r.id.clone())
        }),
    };
    let mut changed = true;
    desk.with_pane(|p| {
        if !toggle(&mut p.unfolded, &head) && row.folded.is_none() {
            p.unfolded.remove(&head);
            changed = false;
        }
        p.go_to(&head);
    });
    if !changed {
        desk.say(Tone::Info, "nothing is folded here");
    }
    desk.refresh();
}

/// True when it was in.
fn toggle(set: &mut BTreeSet<RowId>, id: &RowId) -> bool {
    set.remove(id) || !set.insert(id.clone())
}

pub fn check(desk: &mut Desk<'_>) {
    let Some(alert) = desk.concerned() else { return };
    match desk.model().setup.service(alert.service()) {
        Some(service) => {
            let service = service.name.to_string();
            desk.intend(None, Verb::CheckNow { service });
        }
        None => desk.say(Tone::Bad, "this alert names no service that is probed from here"),
    }
}
