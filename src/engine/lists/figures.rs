//! The figures at the foot of a handoff: services, alerts, how fast they were taken, lists on time. Counted over what is
//! known here, and marked where that does not reach back far enough.

use crate::domain::alert::{Alert, Phase};
use crate::domain::handoff::Numbers;
use crate::domain::time::Stamp;
use crate::engine::book::RESOLVED_KEPT;
use crate::engine::model::Model;

pub(super) fn numbers(model: &Model, since: Stamp, now: Stamp) -> Numbers {
    let services = model.counts(now);
    let raised: Vec<&Alert> = model.book.iter().map(|a| &**a).filter(|a| a.opened_at > since).collect();
    let mut acks: Vec<u64> = raised.iter().filter_map(|a| Some(ack_ms(a.opened_at, a.taken_at?))).collect();
    acks.sort_unstable();
    let resolved = |a: &Alert| matches!(a.phase, Phase::Resolved { at, .. } if at > since);
    let (lists_due, lists_on_time) = lists(model, since, now);
    Numbers {
        services: services.total,
        up: services.up(),
        not_known: services.unknown + services.stale,
        raised: raised.len(),
        acked: acks.len(),
        resolved: model.book.iter().filter(|a| resolved(a)).count(),
        median_ack_ms: acks.get(acks.len() / 2).copied(),
        partial: partial(model, since),
        lists_due,
        lists_on_time,
    }
}

fn ack_ms(raised: Stamp, taken: Stamp) -> u64 {
    u64::try_from(taken.since(raised).as_millis()).unwrap_or(u64::MAX)
}

/// All resolved ones that are kept ended after that: there were more.
fn partial(model: &Model, since: Stamp) -> bool {
    let ended = model.book.iter().filter_map(|a| match a.phase {
        Phase::Resolved { at, .. } if !a.to_close() => Some(at),
        _ => None,
    });
    let (n, oldest) = ended.fold((0, Stamp(i64::MAX)), |(n, oldest), at| (n + 1, oldest.min(at)));
    n >= RESOLVED_KEPT && oldest > since
}

/// Lists whose due time lies in between, and how many were done by then.
fn lists(model: &Model, since: Stamp, now: Stamp) -> (usize, usize) {
    let due = model.board.occurrences.values().filter_map(|o| {
        let due = o.due().filter(|due| *due > since && *due <= now)?;
        let finished = o.closing.as_ref().map_or_else(|| o.finished_at(), |c| c.finished);
        Some(finished.is_some_and(|at| at <= due))
    });
    due.fold((0, 0), |(all, good), on_time| (all + 1, good + usize::from(on_time)))
}
