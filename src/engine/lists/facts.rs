//! What the next person has to know, gathered from the model as it is now: the facts of a handoff. Which words they become
//! is the report's business.

use std::sync::Arc;
use std::time::Duration;

use super::figures;
use crate::domain::alert::{Alert, Mark, Phase};
use crate::domain::checklist;
use crate::domain::handoff::{AlertSeen, Cut, Ended, Facts, HandoffEnd, Head, ListSeen, Must, Quiet, RunSeen, Watched};
use crate::domain::live::{Lease, Link};
use crate::domain::outbox::OutboxState;
use crate::domain::run::Run;
use crate::domain::service::ServiceState;
use crate::domain::severity::Severity;
use crate::domain::text::Clean;
use crate::domain::time::Stamp;
use crate::engine::model::Model;

/// Without an earlier handoff a day is looked back over.
const DAY: Duration = Duration::from_secs(86_400);
/// An ack that ends within this is the next person's at once.
const SOON: Duration = Duration::from_secs(3600);
/// Words of a step that has no name.
const STEP_CHARS: usize = 80;

/// The facts as of `now`; every list of them is in the order of its urgency, and cut where nobody would read on.
pub fn handoff_facts(model: &Model, now: Stamp) -> Facts {
    let head = head(model, now);
    let since = head.since;
    let mut unresolved: Vec<&Arc<Alert>> = model.book.iter().filter(|a| a.unresolved()).collect();
    unresolved.sort_by_key(|a| a.rank());
    let awake = |a: &&&Arc<Alert>| !matches!(a.phase, Phase::Snoozed { .. });
    let burns = |a: &&&Arc<Alert>| a.unacked() || a.severity == Severity::Critical;
    Facts {
        burning: Cut::of(unresolved.iter().filter(awake).filter(burns).map(|a| seen(a))),
        must: Cut::of(must(model, &unresolved, now)),
        watch: Cut::of(watch(model, &unresolved, now)),
        runs: Cut::of(model.board.open_runs().map(|r| run(r, now))),
        quiet: Cut::of(quiet(model, &unresolved, now)),
        lists: Cut::of(lists(model, since, now)),
        resolved: Cut::of(ended(model, since)),
        numbers: figures::numbers(model, since, now),
        head,
    }
}

fn head(model: &Model, now: Stamp) -> Head {
    let accepted = model.board.handoffs.values().rev().find_map(|h| match &h.end {
        Some((HandoffEnd::Accepted, at, _)) => Some((*at, (h.from.clone(), h.to.clone()))),
        _ => None,
    });
    let (since, last) = accepted.map_or((now - DAY, None), |(at, who)| (at, Some(who)));
    let environment = Clean::new(&model.setup.environment);
    Head { environment, by: model.me.name.clone(), at: now, zone: model.setup.zone(), since, last }
}

fn seen(a: &Alert) -> AlertSeen {
    let until = match &a.phase {
        Phase::Acked { deadline, .. } => Some(*deadline),
        _ => None,
    };
    AlertSeen {
        id: a.id,
        severity: a.severity,
        service: a.about.service.clone().unwrap_or_default(),
        title: a.about.title.clone(),
        since: a.opened_at,
        owner: a.owner.clone().filter(|_| until.is_some()),
        until,
        level: a.escalation.level,
        flapping: a.has(Mark::Flapping),
    }
}

fn must(model: &Model, unresolved: &[&Arc<Alert>], now: Stamp) -> Vec<Must> {
    let mut all = Vec::new();
    if !model.worker.lease.as_ref().is_some_and(Lease::alive) {
        all.push(Must::NoWorker { since: model.worker.lease.as_ref().map(|l| l.renewed_at) });
    }
    let mut ending: Vec<AlertSeen> = unresolved.iter().map(|a| seen(a)).collect();
    ending.retain(|a| a.until.is_some_and(|until| until <= now + SOON));
    ending.sort_by_key(|a| (a.until, a.id));
    all.extend(ending.into_iter().map(|alert| Must::AckEnds { alert }));
    let open = |id| unresolved.iter().any(|a| a.id == id);
    for page in model.outbox.iter().filter(|p| open(p.alert)) {
        let dead = page.state == OutboxState::Dead;
        if dead || (page.state == OutboxState::Pending && page.attempts > 0) {
            let channel = Clean::new(&page.channel);
            let (alert, level, why) = (page.alert, page.level, page.last.clone());
            all.push(Must::PageFailed { page: page.id, alert, level, channel, dead, why });
        }
    }
    let runs = model.board.open_runs().map(|r| run(r, now));
    all.extend(runs.filter(|r| r.due.is_some_and(|due| due <= now)).map(|run| Must::StepDue { run }));
    for shown in model.board.shown(now) {
        let o = &shown.occurrence;
        if let (Some(_), Some(due)) = (o.late(now), o.due()) {
            let (list, period) = (o.opening.pinned.title.clone(), Clean::new(&o.opening.period));
            all.push(Must::ListLate { list, period, due, left: o.tally().left });
        }
    }
    let owed = model.book.iter().filter(|a| a.to_close());
    all.extend(owed.map(|a| Must::ToClose { alert: seen(a) }));
    all
}

fn watch(model: &Model, unresolved: &[&Arc<Alert>], now: Stamp) -> Vec<Watched> {
    let acked = unresolved.iter().filter(|a| matches!(a.phase, Phase::Acked { .. }));
    let mut all: Vec<Watched> =
        acked.filter(|a| a.severity != Severity::Critical).map(|a| Watched::Acked { alert: seen(a) }).collect();
    let flapping = unresolved.iter().filter(|a| a.has(Mark::Flapping));
    all.extend(flapping.map(|a| Watched::Flapping { alert: seen(a) }));
    for service in &model.services {
        let state = service.state_at(now);
        if state != ServiceState::Healthy {
            let last = service.last.as_ref();
            let (seen, says) = (last.map(|l| l.at), last.map(|l| l.detail.clone()).unwrap_or_default());
            all.push(Watched::Service { name: Clean::new(&service.name), state, seen, says });
        }
    }
    for stream in model.streams.iter().filter(|s| s.link != Link::Live) {
        let (name, state) = (Clean::new(&stream.name), Clean::from(stream.link.word()));
        all.push(Watched::Stream { name, state, heard: stream.last_event_at, says: stream.detail.clone() });
    }
    all
}

/// A run with its next step; of one that has a step overdue, that one.
fn run(r: &Run, now: Stamp) -> RunSeen {
    let again = |i: &usize| {
        let step = r.steps.get(*i);
        step.is_some_and(|s| s.held.mark.settled() && r.due(s).is_some_and(|due| due <= now))
    };
    let at = (0..r.steps.len()).find(again).or_else(|| r.next());
    let step = at.and_then(|i| r.steps.get(i));
    let words = |s: &crate::domain::run::Step| {
        let text = s.name.clone().unwrap_or_else(|| r.filled(s.text.as_str()));
        let cut: String = text.as_str().chars().take(STEP_CHARS).collect();
        Clean::new(&format!("{} {cut}{}", s.number, if cut.len() < text.as_str().len() { "…" } else { "" }))
    };
    RunSeen {
        id: r.id,
        title: r.title.clone(),
        alert: r.alert,
        done: r.done(),
        steps: r.steps.len(),
        next: step.map(words),
        due: step.and_then(|s| r.due(s)),
        failed: step.is_some_and(|s| s.held.mark == checklist::Mark::Failed),
    }
}

fn quiet(model: &Model, unresolved: &[&Arc<Alert>], now: Stamp) -> Vec<Quiet> {
    let mutes = model.mutes.iter().filter(|m| m.until > now).map(|m| Quiet {
        snoozed: false,
        what: Clean::new(&m.pattern),
        by: m.by.clone(),
        until: m.until,
        reason: m.reason.clone(),
    });
    let snoozed = unresolved.iter().filter_map(|a| {
        let Phase::Snoozed { by, until, reason } = &a.phase else { return None };
        let what = Clean::new(&format!("{} {} {}", a.id, a.service(), a.about.title));
        Some(Quiet { snoozed: true, what, by: by.clone(), until: *until, reason: reason.clone() })
    });
    let mut all: Vec<Quiet> = mutes.chain(snoozed).collect();
    all.sort_by(|a, b| (a.until, &a.what).cmp(&(b.until, &b.what)));
    all
}

/// What is late now, and what ended undone since the last handoff.
fn lists(model: &Model, since: Stamp, now: Stamp) -> Vec<ListSeen> {
    let undone = |o: &checklist::Occurrence, missed: bool| {
        let left = |mark: checklist::Mark| if missed { mark == checklist::Mark::Missed } else { !mark.settled() };
        let items = o.opening.pinned.items.iter().filter(|i| left(o.mark(&i.id))).map(|i| i.text.clone());
        ListSeen {
            list: o.opening.pinned.title.clone(),
            period: Clean::new(&o.opening.period),
            due: o.due(),
            missed,
            items: Cut::of(items),
        }
    };
    let mut late: Vec<ListSeen> = Vec::new();
    for shown in model.board.shown(now) {
        if shown.occurrence.late(now).is_some() {
            late.push(undone(&shown.occurrence, false));
        }
    }
    late.sort_by_key(|l| l.due);
    let over = model.board.occurrences.values().filter(|o| o.closing.as_ref().is_some_and(|c| c.at > since));
    let mut missed: Vec<ListSeen> = over.map(|o| undone(o, true)).filter(|l| l.items.total() > 0).collect();
    missed.sort_by(|a, b| (b.due, &a.list).cmp(&(a.due, &b.list)));
    late.extend(missed);
    late
}

fn ended(model: &Model, since: Stamp) -> Vec<Ended> {
    let over = model.book.iter().filter_map(|a| match &a.phase {
        Phase::Resolved { at, by, note } if *at > since => {
            Some(Ended { alert: seen(a), at: *at, by: by.say().into(), note: note.clone() })
        }
        _ => None,
    });
    let mut all: Vec<Ended> = over.collect();
    all.sort_by_key(|e| (std::cmp::Reverse(e.alert.severity), std::cmp::Reverse(e.at), e.alert.id));
    all
}
