//! What the feeds, their gauges, the worker and the outbox say of themselves.

use super::{Answer, Asker, Source, plain, topic};
use crate::domain::live::Link;
use crate::domain::outbox::OutboxState;
use crate::domain::setup::FeedSource;

pub const STREAMS: Source =
    Source { name: "streams", shown: "streams", topics: topic::STREAMS, values: "live, total, gaps, lost", ask: all };
pub const STREAM: Source = Source {
    name: "stream",
    shown: "streams",
    topics: topic::STREAMS | topic::TIME,
    values: "*.live, *.lost, *.age",
    ask: one,
};
pub const KPI: Source =
    Source { name: "kpi", shown: "stream", topics: topic::GAUGES | topic::STREAMS, values: "*", ask: kpi };
pub const WORKER: Source = Source {
    name: "worker",
    shown: "worker",
    topics: topic::LEASE | topic::SERVICES,
    values: "alive, rules",
    ask: worker,
};
pub const OUTBOX: Source =
    Source { name: "outbox", shown: "outbox", topics: topic::OUTBOX, values: "dead, pending", ask: outbox };

fn counted(n: u64, says: String) -> Answer {
    Answer { value: Some(n as f64), says, ..Answer::default() }
}

fn all(asker: &Asker<'_>, path: &[String]) -> Option<Answer> {
    let [what] = path else { return None };
    let streams = &asker.model.streams;
    if streams.is_empty() {
        return None;
    }
    let total = streams.len() as u64;
    let at = streams.iter().filter_map(|s| s.last_event_at).min();
    let answer = match what.as_str() {
        "live" => {
            let live = streams.iter().filter(|s| s.link == Link::Live).count() as u64;
            counted(live, format!("{live} of {total} live"))
        }
        "total" => counted(total, format!("{total} streams")),
        "gaps" => {
            let gaps = streams.iter().map(|s| s.counts.gaps).sum();
            counted(gaps, format!("{gaps} gaps"))
        }
        "lost" => {
            let lost = streams.iter().map(|s| s.counts.lost()).sum();
            counted(lost, format!("{lost} events lost"))
        }
        _ => return None,
    };
    Some(Answer { at, ..answer })
}

fn one(asker: &Asker<'_>, path: &[String]) -> Option<Answer> {
    let [name, what] = path else { return None };
    let stream = asker.model.streams.iter().find(|s| s.name == *name)?;
    let answer = match what.as_str() {
        "live" => counted(u64::from(stream.link == Link::Live), format!("{name} is {}", stream.link.word())),
        "lost" => counted(stream.counts.lost(), format!("{} events lost", stream.counts.lost())),
        "age" => {
            let age = stream.last_event_at.map(|at| asker.now.since(at).as_millis() as f64);
            Answer { value: age, ..Answer::default() }
        }
        _ => return None,
    };
    Some(Answer { at: stream.last_event_at, ..answer })
}

/// A gauge that a stream sets; a rate needs its history, which only the worker has.
fn kpi(asker: &Asker<'_>, path: &[String]) -> Option<Answer> {
    let [name] = path else { return None };
    let kpi = asker.model.setup.kpis.iter().find(|k| k.name == *name)?;
    let FeedSource::Gauge(gauge) = &kpi.from else { return None };
    let Some((value, at)) = asker.model.gauges.get(gauge) else {
        return Some(Answer { says: format!("{name} has not been heard yet"), ..Answer::default() });
    };
    let live = asker.model.streams.iter().any(|s| s.link == Link::Live);
    let says = match kpi.unit.as_str() {
        "ratio" => format!("{name} {} %", plain(value * 100.0)),
        unit => format!("{name} {}{}{unit}", plain(*value), if unit.is_empty() { "" } else { " " }),
    };
    let says = if live { says } else { format!("{says}, no stream live") };
    Some(Answer { value: live.then_some(*value), says, at: Some(*at), ..Answer::default() })
}

fn worker(asker: &Asker<'_>, path: &[String]) -> Option<Answer> {
    let view = &asker.model.worker;
    match path {
        [what] if what == "alive" => {
            let alive = view.lease.as_ref().is_some_and(crate::domain::live::Lease::alive);
            Some(counted(u64::from(alive), if alive { "a worker is alive" } else { "no worker" }.to_owned()))
        }
        [what] if what == "rules" => {
            let rules = u64::from(view.live.rules);
            Some(counted(rules, format!("{rules} rules judged")))
        }
        _ => None,
    }
}

fn outbox(asker: &Asker<'_>, path: &[String]) -> Option<Answer> {
    let [what] = path else { return None };
    let state = match what.as_str() {
        "dead" => OutboxState::Dead,
        "pending" => OutboxState::Pending,
        _ => return None,
    };
    let n = asker.model.outbox.iter().filter(|r| r.state == state).count() as u64;
    Some(counted(n, format!("{n} pages {what}")))
}
