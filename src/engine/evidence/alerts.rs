//! What the alerts say: how many there are, how many nobody has looked at, how often they were true.

use std::time::Duration;

use super::{Answer, Asker, Source, topic};
use crate::domain::alert::{Alert, Phase, Review};

pub const ALERTS: Source = Source {
    name: "alerts",
    shown: "alerts",
    topics: topic::ALERTS | topic::BOARD | topic::TIME,
    values: "open, acked, snoozed, unresolved, critical, warning, notice, unacked_critical, to_close, unopened, accuracy",
    ask,
};

/// Without a last time, a night is looked back over.
const NIGHT: Duration = Duration::from_secs(24 * 3600);
/// Reviews count for a week.
const REVIEWED: Duration = Duration::from_secs(7 * 86_400);

fn ask(asker: &Asker<'_>, path: &[String]) -> Option<Answer> {
    let [what] = path else { return None };
    let c = asker.model.book.counts;
    let count =
        |n: usize, word: &str| Answer { value: Some(n as f64), says: format!("{n} {word}"), ..Answer::default() };
    Some(match what.as_str() {
        "open" => count(c.open, "open"),
        "acked" => count(c.acked, "acked"),
        "snoozed" => count(c.snoozed, "snoozed"),
        "unresolved" => count(c.open + c.acked + c.snoozed, "unresolved"),
        "critical" => count(c.critical, "critical"),
        "warning" => count(c.warning, "warnings"),
        "notice" => count(c.notice, "notices"),
        "unacked_critical" => count(c.unacked_critical, "unacked critical"),
        "to_close" => count(c.to_close, "to close"),
        "unopened" => unopened(asker),
        "accuracy" => accuracy(asker),
        _ => return None,
    })
}

/// Alerts since the last time that no person has opened or done anything about.
fn unopened(asker: &Asker<'_>) -> Answer {
    let from = asker.since.unwrap_or(asker.now - NIGHT);
    let late = |a: &&std::sync::Arc<Alert>| a.opened_at >= from;
    let (mut all, mut left) = (0, 0);
    for alert in asker.model.book.iter().filter(late) {
        all += 1;
        left += usize::from(alert.seen_by.is_none());
    }
    let says = if all == 0 { "none since then".to_owned() } else { format!("{} of {all} opened", all - left) };
    Answer { value: Some(f64::from(left as u32)), says, ..Answer::default() }
}

/// Of the alerts reviewed this week, the share that needed somebody.
fn accuracy(asker: &Asker<'_>) -> Answer {
    let from = asker.now - REVIEWED;
    let over = |a: &&std::sync::Arc<Alert>| matches!(&a.phase, Phase::Resolved { at, .. } if *at >= from);
    let (mut right, mut all, mut ended) = (0_u32, 0_u32, 0_u32);
    for alert in asker.model.book.iter().filter(over) {
        ended += 1;
        all += u32::from(alert.closing.review.is_some());
        right += u32::from(alert.closing.review == Some(Review::True));
    }
    let says = format!("{right} of {all} reviewed were true, {ended} ended");
    let value = (all > 0).then(|| f64::from(right) / f64::from(all));
    Answer { value, says, ..Answer::default() }
}
