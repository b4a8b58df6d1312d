//! The lifecycle of an alert, as two pure functions. `decide` says whether a change may happen and which fact it makes;
//! the store calls it inside its transaction on the row as it is then, so no interleaving can slip between look and
//! act. `apply` is the only place where a fact changes an alert, whoever's entry it is.

use std::time::Duration;

use super::alert::{About, Actor, Alert, Changed, Closing, Escalation, Phase};
use super::checklist::Mark;
use super::feed::only_identity;
use super::ids::{AlertId, Fingerprint};
use super::journal::{Act, Change, Entry, Fact, Refusal, Report, Said, Target};
use super::run::{Kind, RunFact, StepFact};
use super::severity::Severity;
use super::text::Clean;
use super::time::Stamp;
use super::undo;

/// A resolved alert that fires again within this time is the same episode.
pub const REOPEN_WITHIN: Duration = Duration::from_secs(10 * 60);

/// What the store knows around the alert at the moment of the decision.
#[derive(Clone, Copy, Debug, Default)]
pub struct Around<'a> {
    /// The latest episode of the same identity, resolved or not.
    pub latest: Option<&'a Alert>,
    /// Pages in the state the change needs: still held back for a withdrawal, dead for a requeue.
    pub pages: usize,
}

/// The fact a change makes, `None` when there is nothing to change.
pub fn decide(around: Around<'_>, change: &Change) -> Result<Option<Fact>, Refusal> {
    match &change.act {
        Act::Mute(mute) => Ok(Some(Fact::Muted(mute.clone()))),
        Act::Unmute { pattern } => Ok(Some(Fact::Unmuted { pattern: pattern.clone() })),
        Act::Report(report) => Ok(decide_report(around.latest, change, report)),
        _ => {
            let alert = around.latest.ok_or_else(|| Refusal::NotFound(target_name(change)))?;
            if let Act::Remind { .. } | Act::AckExpire { .. } | Act::SnoozeEnd { .. } = &change.act {
                return Ok(decide_timer(alert, &change.act));
            }
            guard(alert, change)?;
            match &change.act {
                Act::Look => Ok(alert.seen_by.is_none().then_some(Fact::Looked)),
                _ => decide_act(alert, around, change).map(Some),
            }
        }
    }
}

fn target_name(change: &Change) -> String {
    match change.target {
        Target::Alert(id) => id.to_string(),
        Target::Fingerprint(fp) => fp.to_string(),
        Target::Occurrence(_) | Target::Run(_) | Target::Handoff(_) | Target::Watch => "this".to_owned(),
    }
}

/// Who was first wins; the second is told who, what and when.
fn guard(alert: &Alert, change: &Change) -> Result<(), Refusal> {
    let id = alert.id;
    if let Some(given) = change.seen.filter(|seen| *seen > alert.version) {
        return Err(Refusal::Ahead { id, given, now: alert.version });
    }
    if change.seen.is_some_and(|seen| seen != alert.version) {
        let Changed { at, by, what } = &alert.changed;
        return Err(Refusal::Conflict { id, by: by.say(), what: what.clone(), at: *at });
    }
    let after_the_end = matches!(
        change.act,
        Act::Close { .. }
            | Act::Review(_)
            | Act::Note(_)
            | Act::Look
            | Act::RetractNote(_)
            | Act::Reopen
            | Act::Restore(_)
            | Act::Delivered(_)
            | Act::Requeue { .. }
    );
    match &alert.phase {
        Phase::Resolved { at, by, .. } if !after_the_end => Err(Refusal::Resolved { id, by: by.say(), at: *at }),
        Phase::Resolved { .. } => Ok(()),
        _ if matches!(change.act, Act::Close { .. } | Act::Review(_) | Act::Reopen) => Err(Refusal::NotResolved { id }),
        _ => Ok(()),
    }
}

fn decide_report(latest: Option<&Alert>, change: &Change, report: &Report) -> Option<Fact> {
    let open = latest.filter(|a| a.unresolved());
    let Some(alert) = open else {
        if report.said == Said::Resolved {
            return None;
        }
        let severity = report.severity.unwrap_or(Severity::Warning);
        let about = report.about.clone().named();
        return Some(match latest.map(|a| (a, &a.phase)) {
            Some((old, Phase::Resolved { at, .. })) if change.at.since(*at) < REOPEN_WITHIN => Fact::Reopened {
                severity,
                about: Some(About { previous: old.about.previous, ..about }),
                why: "fired again".into(),
            },
            previous => Fact::Raised {
                fingerprint: fingerprint_of(change)?,
                origin: report.origin.clone(),
                severity,
                about: About { previous: previous.map(|(a, _)| a.id), ..about },
            },
        });
    };
    let about = match report.said {
        Said::Resolved => return Some(Fact::Resolved { note: report.note.clone(), review: None, before: None }),
        Said::Raised => About { previous: alert.about.previous, ..report.about.clone() },
        Said::Updated => merged(&alert.about, &report.about),
    };
    if let Some(to) = report.severity.filter(|s| *s != alert.severity) {
        return Some(Fact::SeverityChanged { from: alert.severity, to, about });
    }
    (about != alert.about).then_some(Fact::Updated { about })
}

/// What an update leaves empty stays as it was.
fn merged(old: &About, new: &About) -> About {
    let mut about = old.clone();
    if !new.title.is_empty() {
        about.title = new.title.clone();
    }
    if !only_identity(&new.labels) {
        about.labels = new.labels.clone();
    }
    about.service = new.service.clone().or(about.service);
    about.value = new.value.or(about.value);
    about.limit = new.limit.or(about.limit);
    about.n = if new.n > 0 { new.n } else { about.n };
    about
}

fn fingerprint_of(change: &Change) -> Option<Fingerprint> {
    match change.target {
        Target::Fingerprint(fp) => Some(fp),
        _ => None,
    }
}

/// A timer fires only on the very thing it timed: an ack renewed meanwhile has another deadline.
fn decide_timer(alert: &Alert, act: &Act) -> Option<Fact> {
    match (act, &alert.phase) {
        (Act::Remind { deadline: due }, Phase::Acked { deadline, reminded: false, .. }) if due == deadline => {
            Some(Fact::Reminded)
        }
        (Act::AckExpire { deadline: due }, Phase::Acked { deadline, .. }) if due == deadline => {
            Some(Fact::Reopened { severity: alert.severity, about: None, why: "the ack ended".into() })
        }
        (Act::SnoozeEnd { until: due }, Phase::Snoozed { until, .. }) if due == until => {
            Some(Fact::Unsnoozed { why: "the snooze ended".into() })
        }
        _ => None,
    }
}

fn decide_act(alert: &Alert, around: Around<'_>, change: &Change) -> Result<Fact, Refusal> {
    let id = alert.id;
    let state = alert.phase.word();
    let before = || undo::found(alert, change);
    Ok(match &change.act {
        Act::Ack { deadline } => match (&alert.phase, &alert.owner) {
            (Phase::Acked { at, .. }, Some(owner)) if owner != change.actor.name() => {
                return Err(Refusal::Owned { id, owner: owner.clone(), since: *at });
            }
            _ => Fact::Acked { deadline: *deadline, before: before() },
        },
        Act::Unack if matches!(alert.phase, Phase::Acked { .. }) => Fact::Unacked,
        Act::Unsnooze if matches!(alert.phase, Phase::Snoozed { .. }) => Fact::Unsnoozed { why: "taken back".into() },
        Act::Unack | Act::Unsnooze => return Err(Refusal::NotInState { id, state }),
        Act::Own { owner, deadline } => Fact::Owned { owner: owner.clone(), deadline: *deadline, before: before() },
        Act::Escalate(rung) if rung.seen_level != alert.escalation.level => {
            return Err(conflict(alert));
        }
        Act::Escalate(rung) if rung.channels.is_empty() => {
            return Err(Refusal::Invalid(
                "that level has nobody to page; choose another level or bind a channel to it",
            ));
        }
        Act::Escalate(rung) => {
            Fact::Escalated { level: rung.level, role: rung.role.clone(), channels: rung.channels.clone() }
        }
        Act::Withdraw { level } if *level == alert.escalation.level && around.pages > 0 => {
            Fact::Withdrawn { level: *level, back_to: alert.escalation.from }
        }
        Act::Withdraw { .. } => return Err(Refusal::TooLate { id }),
        Act::Snooze { until, .. } if *until <= change.at => {
            return Err(Refusal::Invalid("a snooze must end in the future, for example 30m or 09:00"));
        }
        Act::Snooze { reason, .. } if reason.is_empty() => return Err(Refusal::Invalid("a snooze needs a reason")),
        Act::Snooze { until, reason } => Fact::Snoozed { until: *until, reason: reason.clone(), before: before() },
        Act::Resolve { note, .. } if note.is_empty() => {
            return Err(Refusal::Invalid("resolving by hand needs a note: what mended it?"));
        }
        Act::Resolve { note, review } => Fact::Resolved { note: note.clone(), review: *review, before: before() },
        Act::Restore(before) => Fact::Restored { to: before.clone() },
        Act::Reopen => {
            Fact::Reopened { severity: alert.severity, about: None, why: "the resolve was taken back".into() }
        }
        Act::Close { summary, review } => Fact::Closed { summary: summary.clone(), review: *review },
        Act::Review(review) => Fact::Reviewed { review: *review },
        Act::Note(text) if text.is_empty() => return Err(Refusal::Invalid("an empty note says nothing")),
        Act::Note(text) => Fact::Noted { text: text.clone() },
        Act::RetractNote(seq) => Fact::NoteRetracted { seq: *seq },
        Act::Delivered(delivery) => Fact::Delivered(delivery.clone()),
        Act::Requeue { outbox } if around.pages > 0 => Fact::Requeued { outbox: *outbox },
        Act::Requeue { .. } => return Err(Refusal::Invalid("there is no dead page of that number")),
        _ => return Err(Refusal::Invalid("not an act on one alert")),
    })
}

fn conflict(alert: &Alert) -> Refusal {
    let Changed { at, by, what } = &alert.changed;
    Refusal::Conflict { id: alert.id, by: by.say(), what: what.clone(), at: *at }
}

/// Applies one entry to the alert it concerns. Applying the same entry twice changes nothing the second time.
pub fn apply(alert: Option<&Alert>, entry: &Entry) -> Option<Alert> {
    let id = entry.alert?;
    if let Some(known) = alert
        && known.seq >= entry.seq
    {
        return Some(known.clone());
    }
    if let Fact::Raised { fingerprint, origin, severity, about } = &entry.fact {
        return Some(Alert {
            id,
            fingerprint: *fingerprint,
            version: 1,
            seq: entry.seq,
            origin: origin.clone(),
            severity: *severity,
            phase: Phase::Open,
            owner: None,
            about: about.clone(),
            opened_at: entry.at,
            changed: Changed { at: entry.at, by: entry.actor.clone(), what: "raised".into() },
            escalation: Escalation::default(),
            closing: Closing::default(),
            seen_by: None,
            episode: 0,
            taken_at: None,
        });
    }
    let mut next = alert?.clone();
    next.seq = entry.seq;
    let taken = matches!(entry.fact, Fact::Acked { .. } | Fact::Owned { .. });
    next.touched(&entry.actor, taken.then_some(entry.at));
    apply_phase(&mut next, entry);
    apply_words(&mut next, entry);
    if let Some(what) = versioned(&entry.fact) {
        next.version = next.version.saturating_add(1);
        next.changed = Changed { at: entry.at, by: entry.actor.clone(), what };
    }
    Some(next)
}

/// Past tense of the facts that raise the version.
fn versioned(fact: &Fact) -> Option<Clean> {
    Some(match fact {
        Fact::SeverityChanged { to, .. } => format!("raised or lowered the severity of (now {})", to.word()).into(),
        Fact::Reopened { .. } => "re-opened".into(),
        Fact::Acked { .. } => "acked".into(),
        Fact::Unacked => "un-acked".into(),
        Fact::Owned { owner, .. } => format!("gave {owner}").into(),
        Fact::Escalated { level, .. } => format!("escalated (to L{level})").into(),
        Fact::Withdrawn { .. } => "took back the escalation of".into(),
        Fact::Snoozed { .. } => "snoozed".into(),
        Fact::Unsnoozed { .. } => "woke".into(),
        Fact::Restored { .. } => "took back an act on".into(),
        Fact::Resolved { .. } => "resolved".into(),
        Fact::Closed { .. } => "closed".into(),
        Fact::Raised { .. }
        | Fact::Updated { .. }
        | Fact::Reminded
        | Fact::Reviewed { .. }
        | Fact::Noted { .. }
        | Fact::Looked
        | Fact::NoteRetracted { .. }
        | Fact::Delivered(_)
        | Fact::Requeued { .. }
        | Fact::Muted(_)
        | Fact::Unmuted { .. }
        | Fact::List { .. }
        | Fact::Run { .. }
        | Fact::Handoff(_) => return None,
    })
}

fn apply_phase(next: &mut Alert, entry: &Entry) {
    let by = entry.actor.name().clone();
    match &entry.fact {
        Fact::Acked { deadline, .. } => {
            next.owner = Some(by);
            next.phase = Phase::Acked { at: entry.at, deadline: *deadline, reminded: false, given_by: None };
        }
        Fact::Owned { owner, deadline, .. } => {
            next.owner = Some(owner.clone());
            let given_by = (by != *owner).then_some(by);
            next.phase = Phase::Acked { at: entry.at, deadline: *deadline, reminded: false, given_by };
        }
        Fact::Unacked => {
            next.owner = None;
            next.phase = Phase::Open;
        }
        Fact::Unsnoozed { .. } => next.phase = Phase::Open,
        Fact::Reminded => {
            if let Phase::Acked { reminded, .. } = &mut next.phase {
                *reminded = true;
            }
        }
        Fact::Snoozed { until, reason, .. } => {
            next.phase = Phase::Snoozed { by, until: *until, reason: reason.clone() };
        }
        Fact::Reopened { severity, .. } => {
            if next.phase.is_resolved() {
                next.closing = Closing::default();
                next.episode += 1;
            }
            next.owner = None;
            next.severity = *severity;
            next.phase = Phase::Open;
        }
        // Worse than what was acked or snoozed: whoever took it took something smaller.
        Fact::SeverityChanged { from, to, .. } => {
            next.severity = *to;
            if to > from {
                next.phase = Phase::Open;
            }
        }
        Fact::Restored { to } => undo::restore(next, to),
        Fact::Resolved { note, review, .. } => {
            next.phase = Phase::Resolved { at: entry.at, by: entry.actor.clone(), note: note.clone() };
            next.closing.review = *review;
            // Documented while it was still going on.
            next.closing.closed |= next.closing.summary.is_some();
            // A person's note on a critical alert is its summary: they are not asked twice.
            if matches!(entry.actor, Actor::Operator(_)) {
                next.closing = Closing { closed: true, summary: Some(note.clone()), ..next.closing };
            }
        }
        _ => {}
    }
}

fn apply_words(next: &mut Alert, entry: &Entry) {
    match &entry.fact {
        Fact::Updated { about } | Fact::SeverityChanged { about, .. } | Fact::Reopened { about: Some(about), .. } => {
            next.about = about.clone();
        }
        Fact::Escalated { level, role, channels } => {
            next.escalation = Escalation {
                level: *level,
                from: next.escalation.level,
                role: role.clone(),
                at: Some(entry.at),
                channels: channels.clone(),
            };
        }
        Fact::Withdrawn { back_to, .. } => {
            next.escalation = Escalation { level: *back_to, ..Escalation::default() };
        }
        Fact::Closed { summary, review } => {
            next.closing = Closing { closed: true, summary: summary.clone(), review: review.or(next.closing.review) };
        }
        Fact::Reviewed { review } => next.closing.review = Some(*review),
        Fact::Run { what: RunFact::Step { what, .. }, .. } => document(next, what),
        _ => {}
    }
}

/// The Document step of its procedure is the summary; set aside, it is the explicit "none".
fn document(next: &mut Alert, what: &StepFact) {
    let StepFact::Marked { mark, word, kind: Kind::Document, .. } = what else { return };
    match mark {
        Mark::Done => next.closing.summary = Some(word.clone()),
        Mark::Na | Mark::Skipped => next.closing.summary = None,
        _ => next.closing = Closing { review: next.closing.review, ..Closing::default() },
    }
    next.closing.closed |= next.phase.is_resolved() && matches!(mark, Mark::Done | Mark::Na | Mark::Skipped);
}

/// The moments at which time alone acts on an alert, as acts for the worker to commit.
pub fn due_act(alert: &Alert, now: Stamp) -> Option<Act> {
    let due = alert.next_due()?;
    match &alert.phase {
        Phase::Acked { deadline, .. } if *deadline <= now => Some(Act::AckExpire { deadline: *deadline }),
        Phase::Acked { deadline, reminded: false, .. } if due <= now => Some(Act::Remind { deadline: *deadline }),
        Phase::Snoozed { until, .. } if *until <= now => Some(Act::SnoozeEnd { until: *until }),
        _ => None,
    }
}

/// The number in a page: `4821` or `:4821`.
pub fn parse_id(text: &str) -> Option<AlertId> {
    text.trim_start_matches([':', '#']).parse().ok().filter(|n| *n > 0).map(AlertId)
}
