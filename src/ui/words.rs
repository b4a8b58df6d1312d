//! Facts as sentences: journal entries, deliveries and figures, said the same way in details, timelines and copies.

mod lists;

use super::text::figure;
use crate::domain::alert::{About, Before, Phase, Review};
use crate::domain::journal::{Delivery, DeliveryOutcome, Entry, Fact};
use crate::domain::live::SuccessLive;
use crate::domain::outbox::{OutboxRow, OutboxState};
use crate::domain::rule::Form;

use super::clock::Clock;
use super::scene::Scene;
use super::text::number;

pub fn review(review: Review) -> &'static str {
    match review {
        Review::True => "true",
        Review::False => "false",
        Review::Noise => "noise",
    }
}

/// One entry of a timeline, without time and actor.
pub fn fact(entry: &Entry, clock: &Clock) -> String {
    let quoted = |text: &str| if text.is_empty() { String::new() } else { format!(": \"{text}\"") };
    match &entry.fact {
        Fact::Requeued { outbox } => format!("put page {outbox} back into the queue"),
        Fact::Raised { severity, about, .. } => format!("raised as {}: {}", severity.word(), about.title),
        Fact::Updated { about } => format!("now {}", about.title),
        Fact::SeverityChanged { from, to, .. } => format!("from {} to {}", from.word(), to.word()),
        Fact::Reopened { why, .. } => format!("re-opened: {why}"),
        Fact::Acked { deadline, .. } => format!("acked, until {}", clock.time(*deadline)),
        Fact::Unacked => "un-acked".into(),
        Fact::Reminded => "reminded that the ack ends soon".into(),
        Fact::Owned { owner, deadline, .. } if owner == entry.actor.name() => {
            format!("took it over, until {}", clock.time(*deadline))
        }
        Fact::Owned { owner, deadline, .. } => format!("given to {owner}, until {}", clock.time(*deadline)),
        Fact::Escalated { level, role, channels } => {
            format!("escalated to L{level} ({role}) by {}", channels.join(", "))
        }
        Fact::Withdrawn { level, .. } => format!("took back the escalation to L{level}"),
        Fact::Snoozed { until, reason, .. } => {
            format!("snoozed until {}{}", clock.time(*until), quoted(reason.as_str()))
        }
        Fact::Unsnoozed { why } => format!("woke: {why}"),
        Fact::Restored { to } => format!("taken back: {}", state(to, clock)),
        Fact::Resolved { note, review: judged, .. } => {
            let judged = judged.map_or("", review);
            format!("resolved{}{}{judged}", quoted(note.as_str()), if judged.is_empty() { "" } else { ", " })
        }
        Fact::Closed { summary, .. } => {
            format!("closed{}", summary.as_ref().map_or_else(|| ": nothing to say".into(), |s| quoted(s.as_str())))
        }
        Fact::Reviewed { review: judged } => format!("reviewed as {}", review(*judged)),
        Fact::Noted { text } => format!("\"{text}\""),
        Fact::NoteRetracted { seq } => format!("took back note {seq}"),
        Fact::Delivered(delivery) => delivered(delivery, clock),
        Fact::Muted(mute) => {
            format!("muted {} until {}{}", mute.pattern, clock.time(mute.until), quoted(mute.reason.as_str()))
        }
        Fact::Unmuted { pattern } => format!("un-muted {pattern}"),
        Fact::Looked => "opened it".into(),
        Fact::List { what, .. } => lists::list_fact(what, clock),
        Fact::Run { what, .. } => lists::run_fact(what),
        Fact::Handoff(what) => lists::handoff_fact(what),
    }
}

/// `bob has it, until 03:33`.
fn state(before: &Before, clock: &Clock) -> String {
    let who = before.owner.as_ref().map_or_else(|| "nobody".to_owned(), ToString::to_string);
    match &before.phase {
        Phase::Acked { deadline, .. } => format!("{who} has it again, until {}", clock.time(*deadline)),
        Phase::Snoozed { until, .. } => format!("snoozed again until {}", clock.time(*until)),
        Phase::Open | Phase::Resolved { .. } => "open again".to_owned(),
    }
}

fn delivered(d: &Delivery, clock: &Clock) -> String {
    let how = match d.outcome {
        DeliveryOutcome::Sent => "handed over".to_owned(),
        DeliveryOutcome::Retry { at } => format!("failed, again at {}", clock.time(at)),
        DeliveryOutcome::Dead => "FAILED for good".to_owned(),
    };
    let detail = if d.detail.is_empty() { String::new() } else { format!(" ({})", d.detail) };
    format!("page by {}: {how}{detail}", d.channel)
}

/// A page that has not arrived although it was tried, or never will.
pub fn unreached(row: &OutboxRow) -> bool {
    match row.state {
        OutboxState::Dead => true,
        OutboxState::Pending | OutboxState::Claimed => row.attempts > 0,
        OutboxState::Sent | OutboxState::Withdrawn | OutboxState::Superseded => false,
    }
}

/// A page that has neither arrived nor failed.
pub fn waits(row: &OutboxRow) -> bool {
    matches!(row.state, OutboxState::Pending | OutboxState::Claimed) && row.attempts == 0
}

/// `1 try`, `3 tries`.
pub fn tries(n: u32) -> String {
    if n == 1 { "1 try".into() } else { format!("{n} tries") }
}

/// A page not yet tried, by its own due time: `in 4s`, then what it waits for.
pub fn waiting(scene: &Scene<'_>, row: &OutboxRow) -> String {
    match row.state {
        _ if scene.untimed() => "waits for a worker".into(),
        OutboxState::Pending if row.next_at > scene.now() => format!("in {}", scene.clock.seconds_left(row.next_at)),
        _ => "sending".into(),
    }
}

/// `u` would withdraw it: it is mine, has not been tried, and is my last act.
pub fn mine_to_take_back(scene: &Scene<'_>, row: &OutboxRow) -> bool {
    let mine = scene.live.undo.as_ref().is_some_and(|u| u.page_of == Some(row.alert));
    mine && row.state == OutboxState::Pending && row.attempts == 0
}

/// Where a page stands. `handed over` never claims that a person read it.
pub fn page(scene: &Scene<'_>, row: &OutboxRow) -> String {
    let clock = scene.clock;
    let back = if mine_to_take_back(scene, row) { ", u takes it back" } else { "" };
    match row.state {
        OutboxState::Pending if row.attempts > 0 => {
            format!("NOT reached, {}, again in {}: {}", tries(row.attempts), clock.left(row.next_at), row.last)
        }
        OutboxState::Pending => match waiting(scene, row) {
            held if held.starts_with("in ") => format!("held, goes out {held}{back}"),
            other => format!("{other}{back}"),
        },
        OutboxState::Claimed if row.attempts > 0 => {
            format!("NOT reached, {}, tried again now: {}", tries(row.attempts), row.last)
        }
        OutboxState::Claimed => waiting(scene, row),
        OutboxState::Sent => "handed over".into(),
        OutboxState::Dead => format!("NOT reached, FAILED for good after {}: {}", tries(row.attempts), row.last),
        OutboxState::Withdrawn => "taken back in time".into(),
        OutboxState::Superseded => "not sent, it was over before".into(),
    }
}

/// `231 ms, limit 200 ms (16% over), n=20`; empty when the source gave no value.
pub fn measure(about: &About) -> String {
    let unit = |v: f64| match about.unit.as_str() {
        "" => figure(v),
        "ratio" => percent(v),
        unit => format!("{} {unit}", figure(v)),
    };
    let Some(value) = about.value else { return String::new() };
    // Yes or no is no measure.
    if about.metric.as_str() == "up" {
        return if value < 1.0 { "the last probe failed" } else { "the last probe was answered" }.to_owned();
    }
    let mut parts = vec![unit(value)];
    if let Some(limit) = about.limit {
        let off = if limit.abs() > f64::EPSILON { (value - limit) / limit.abs() * 100.0 } else { 0.0 };
        let side = if off >= 0.0 { "over" } else { "under" };
        let far = if off.abs() >= 1.0 { format!(" ({:.0} % {side})", off.abs()) } else { String::new() };
        parts.push(format!("limit {}{far}", unit(limit)));
    }
    if about.n > 0 {
        parts.push(format!("n={}", about.n));
    }
    parts.join(", ")
}

/// `99.71 %`, never rounded up to a hundred.
pub fn percent(ratio: f64) -> String {
    let shown = if ratio < 1.0 { (ratio * 100.0).min(99.99) } else { 100.0 };
    if (shown - shown.round()).abs() < 0.005 { format!("{shown:.0} %") } else { format!("{shown:.2} %") }
}

/// Success in the form that decides.
pub fn success(live: &SuccessLive) -> String {
    match live.form {
        _ if live.total == 0 => "–".into(),
        Form::Requests => format!("{} of {}", percent(live.good as f64 / live.total as f64), number(live.total)),
        _ if live.good < live.total => format!("{} of {} failed", live.total - live.good, live.total),
        _ => format!("{} of {}", live.good, live.total),
    }
}

/// `12m` for the middle one of several spans.
pub fn median(mut spans: Vec<u64>) -> Option<String> {
    spans.sort_unstable();
    let ms = spans.get(spans.len() / 2)?;
    Some(crate::domain::time::short(std::time::Duration::from_millis(*ms)))
}
