//! `status`: one screenful for people, prompts and cron. With `--exit-code` it answers as a monitoring plugin would, and
//! everything that keeps it from knowing is 3, never 0.

mod watch;

use clap::Args;
use serde_json::{Value, json};

use super::context::Context;
use super::exit;
use super::output::{self, Out};
use super::seat::Seat;
use super::services::{futures_executor, joined};
use crate::domain::alert::Phase;
use crate::domain::journal::Everything;
use crate::domain::outbox::OutboxState;
use crate::domain::severity::Severity;
use crate::domain::time::{Stamp, ms, short};
use crate::engine::model::ServiceCounts;
use crate::store::Store;
use watch::Watch;

#[derive(Args, Debug)]
pub struct Flags {
    /// One JSON document instead of text
    #[arg(long)]
    json: bool,
    /// Exit as a monitoring plugin: 0 healthy, 1 warning, 2 critical, 3 unknown
    #[arg(long)]
    exit_code: bool,
}

const UNKNOWN: u8 = 3;

/// A usage error of `status --exit-code` is "unknown", as the plugin convention has it.
pub fn usage_code() -> u8 {
    let asked: Vec<String> = std::env::args().collect();
    let plugin = asked.iter().any(|a| a == "status") && asked.iter().any(|a| a == "--exit-code");
    if plugin { UNKNOWN } else { exit::USAGE }
}

pub fn run(context: &Context, flags: &Flags, out: &mut Out) -> u8 {
    match look(context, flags, out) {
        Ok(code) if flags.exit_code => code,
        Ok(_) => exit::DONE,
        Err(error) => {
            let code = output::complain(&error);
            if flags.exit_code { UNKNOWN } else { code }
        }
    }
}

struct Seen {
    all: Everything,
    counts: ServiceCounts,
    watch: Watch,
    now: Stamp,
}

fn look(context: &Context, flags: &Flags, out: &mut Out) -> anyhow::Result<u8> {
    let (seat, all) = Seat::with_everything(context)?;
    let schema = futures_executor(seat.store.check_schema())?;
    let setup = &seat.model().setup;
    let services = joined(setup, all.live.services.clone());
    let counts = ServiceCounts::of(services.iter().map(|s| &**s), seat.now);
    let seen = Seen { all, counts, watch: Watch::of(&seat), now: seat.now };
    if flags.json {
        let mut body = document(&seen, &setup.environment, schema);
        seen.watch.add(&mut body);
        out.json("status", body)?;
    } else {
        people(&seen, &setup.environment, out)?;
    }
    Ok(verdict(&seen))
}

fn by_severity(all: &Everything, severity: Severity) -> usize {
    let live = |a: &&crate::domain::alert::Alert| matches!(a.phase, Phase::Open | Phase::Acked { .. });
    all.alerts.iter().filter(live).filter(|a| a.severity == severity).count()
}

/// A known critical alert is critical whatever else is unknown; nothing unknown is ever healthy.
fn verdict(seen: &Seen) -> u8 {
    let alive = seen.all.lease.as_ref().is_some_and(crate::domain::live::Lease::alive);
    let c = seen.counts;
    match () {
        () if by_severity(&seen.all, Severity::Critical) > 0 => 2,
        () if !alive || c.stale + c.unknown > 0 || c.total == 0 => UNKNOWN,
        () if by_severity(&seen.all, Severity::Warning) > 0 || c.failed + c.degraded > 0 => 1,
        () => 0,
    }
}

fn state_count(all: &Everything, word: &str) -> usize {
    all.alerts.iter().filter(|a| a.phase.word() == word).count()
}

fn document(seen: &Seen, environment: &str, schema: i64) -> Value {
    let Seen { all, counts, now, .. } = seen;
    let lease = all.lease.clone().unwrap_or_default();
    let worker = all.live.worker.clone().unwrap_or_default();
    let outbox = |s: OutboxState| all.outbox.iter().filter(|r| r.state == s).count();
    let streams: Vec<Value> = all
        .live
        .streams
        .iter()
        .map(|s| {
            json!({
                "name": s.name, "state": if lease.alive() { s.link.word() } else { "stale" }, "detail": s.detail,
                "last_event_age_ms": s.last_event_at.map(|at| ms(now.since(at))), "sequence": s.sequence,
                "received": s.counts.received, "gaps": s.counts.gaps, "missing": s.counts.missing,
                "recovered": s.counts.recovered,
                "duplicates": s.counts.duplicates, "undecodable": s.counts.undecodable,
                "coalesced": s.counts.coalesced, "dropped": s.counts.dropped,
                "unknown_severity": s.counts.unknown_severity, "quarantined": s.counts.quarantined,
            })
        })
        .collect();
    let sum =
        |f: fn(&crate::domain::live::FeedCounts) -> u64| all.live.streams.iter().map(|s| f(&s.counts)).sum::<u64>();
    json!({
        "environment": environment,
        "now": now,
        "worker": {
            "alive": lease.alive(), "owner": lease.owner, "epoch": lease.epoch, "headless": lease.headless,
            "age_ms": all.lease.as_ref().map(|l| ms(now.since(l.renewed_at))),
            "probes_in_flight": worker.probes_in_flight, "probe_lag_p99_ms": worker.probe_lag_p99_ms,
            "rules": worker.rules, "link_down": worker.link_down,
        },
        "log": log().map(|path| crate::config::file::shown(&path)),
        "store": { "kind": "sqlite", "place": all.place, "schema": schema, "last_seq": all.last_seq },
        "stream": streams,
        "services": {
            "total": counts.total, "healthy": counts.healthy, "degraded": counts.degraded,
            "failed": counts.failed, "unknown": counts.unknown, "stale": counts.stale,
        },
        "alerts": {
            "open": state_count(all, "open"), "acked": state_count(all, "acked"),
            "snoozed": state_count(all, "snoozed"), "resolved": all.resolved_total,
            "by_severity": {
                "critical": by_severity(all, Severity::Critical), "warning": by_severity(all, Severity::Warning),
                "notice": by_severity(all, Severity::Notice),
            },
        },
        "outbox": { "pending": outbox(OutboxState::Pending) + outbox(OutboxState::Claimed), "dead": outbox(OutboxState::Dead) },
        "counters": {
            "dropped": worker.dropped + sum(|c| c.dropped), "coalesced": worker.coalesced + sum(|c| c.coalesced),
            "undecodable": sum(|c| c.undecodable), "duplicates": sum(|c| c.duplicates), "gaps": sum(|c| c.gaps),
            "quarantined": sum(|c| c.quarantined), "probes_skipped": worker.probes_skipped,
            "probes_late": worker.probes_late, "task_restarts": worker.task_restarts,
        },
    })
}

/// The log of this user's consoles, once there is one.
fn log() -> Option<std::path::PathBuf> {
    crate::runtime::logfile::place().filter(|path| path.exists())
}

fn people(seen: &Seen, environment: &str, out: &mut Out) -> std::io::Result<()> {
    let Seen { all, counts: c, now, .. } = seen;
    let word = ["healthy", "WARNING", "CRITICAL", "UNKNOWN"];
    out.line(&format!("{environment}  {}", word.get(usize::from(verdict(seen))).unwrap_or(&"UNKNOWN")))?;
    let worker = match &all.lease {
        Some(l) if l.alive() => format!("{}, renewed {} ago", l.owner, short(now.since(l.renewed_at))),
        Some(l) => format!(
            "NO WORKER since {} ago (last: {}): nothing is checked or paged",
            short(now.since(l.renewed_at)),
            l.owner
        ),
        None => "NO WORKER yet: start `watchdeck watch` or open the console".to_owned(),
    };
    out.line(&format!("worker    {worker}"))?;
    let up = c.healthy + c.degraded;
    let mut services = format!("{up} of {} up", c.total);
    for (n, word) in [(c.degraded, "degraded"), (c.failed, "failed"), (c.stale, "stale"), (c.unknown, "unknown")] {
        if n > 0 {
            services.push_str(&format!(", {n} {word}"));
        }
    }
    out.line(&format!("services  {services}"))?;
    let crit = by_severity(all, Severity::Critical);
    let warn = by_severity(all, Severity::Warning);
    let notice = by_severity(all, Severity::Notice);
    let (open, acked, snoozed) = (state_count(all, "open"), state_count(all, "acked"), state_count(all, "snoozed"));
    out.line(&format!(
        "alerts    {open} open, {acked} acked, {snoozed} snoozed ({crit} critical, {warn} warning, {notice} notice)"
    ))?;
    for s in &all.live.streams {
        let age =
            s.last_event_at.map_or("no event yet".to_owned(), |at| format!("last event {} ago", short(now.since(at))));
        let k = s.counts;
        out.line(&format!(
            "stream    {} {}, {age}, {} gaps, {} undecodable, {} dropped",
            s.name,
            s.link.word(),
            k.gaps,
            k.undecodable,
            k.dropped
        ))?;
    }
    let waiting = all.outbox.iter().filter(|r| matches!(r.state, OutboxState::Pending | OutboxState::Claimed)).count();
    let dead = all.outbox.iter().filter(|r| r.state == OutboxState::Dead).count();
    out.line(&format!("pages     {waiting} waiting, {dead} dead"))?;
    seen.watch.lines(*now).iter().try_for_each(|line| out.line(line))?;
    if let Some(path) = log() {
        out.line(&format!("log       {}", crate::config::file::shown(&path)))?;
    }
    let mut open: Vec<_> = all.alerts.iter().filter(|a| a.unacked()).collect();
    open.sort_by_key(|a| a.rank());
    for a in open.iter().take(10) {
        let age = short(now.since(a.opened_at));
        out.line(&format!("  {:<8} {} {}  {}  {age}  UNACKED", a.severity.word(), a.id, a.service(), a.about.title))?;
    }
    if open.len() > 10 {
        out.line(&format!("  … and {} more: watchdeck alerts", open.len() - 10))?;
    }
    Ok(())
}
