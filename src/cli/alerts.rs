//! `alerts`: the list, and one alert whole. What is done to alerts is in `acts.rs` and `mutes.rs`.

use std::sync::Arc;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::acts::{self, Act};
use super::context::Context;
use super::exit;
use super::mutes::{self, MuteArgs, UnmuteArgs};
use super::output::{Out, time};
use super::services::futures_executor;
use crate::domain::alert::{Alert, Phase};
use crate::domain::journal::{Entry, Past};
use crate::domain::lifecycle::parse_id;
use crate::domain::rule::number;
use crate::domain::severity::Severity;
use crate::domain::text::Untrusted;
use crate::domain::time::{Stamp, short};
use crate::engine::Engine;
use crate::runtime::clock;
use crate::store::sqlite::SqliteStore;
use crate::store::{AlertFilter, Store};

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Flags {
    #[command(subcommand)]
    command: Option<AlertsCommand>,
    /// Only alerts in this state; default: the unresolved ones
    #[arg(long, value_parser = ["open", "acked", "snoozed", "resolved", "all"])]
    state: Option<String>,
    /// Only alerts of this severity
    #[arg(long, value_parser = ["critical", "warning", "notice"])]
    severity: Option<String>,
    /// One JSON document instead of a table, never truncated
    #[arg(long)]
    json: bool,
}

#[derive(Subcommand, Debug)]
enum AlertsCommand {
    /// One alert whole: its timeline and how often it fired before
    Show {
        /// Number of the alert
        id: String,
        /// One JSON document instead of text
        #[arg(long)]
        json: bool,
    },
    #[command(flatten)]
    Act(Act),
    /// Do not page for a service, a glob or tag:x, --for so long, with a --reason
    Mute(MuteArgs),
    /// Page for it again
    Unmute(UnmuteArgs),
    /// What is muted, by whom, for how long and why
    Mutes {
        /// One JSON document instead of a table
        #[arg(long)]
        json: bool,
    },
}

pub fn run(context: &Context, flags: Flags, out: &mut Out) -> anyhow::Result<u8> {
    let (setup, config) = context.setup()?;
    let store = context.open(config.as_ref(), false)?;
    let engine = || Engine::new(Arc::clone(&setup), context.operator(&setup), uuid::Uuid::now_v7().as_u128());
    match flags.command {
        None => list(&store, &flags, out),
        Some(AlertsCommand::Show { id, json }) => show(&store, &id, json, out),
        Some(AlertsCommand::Act(act)) => acts::run(&store, engine(), &act, out),
        Some(AlertsCommand::Mute(args)) => mutes::mute(context, &store, &setup, &args, out),
        Some(AlertsCommand::Unmute(args)) => mutes::unmute(context, &store, &setup, &args, out),
        Some(AlertsCommand::Mutes { json }) => mutes::list(&store, json, out),
    }
}

fn list(store: &SqliteStore, flags: &Flags, out: &mut Out) -> anyhow::Result<u8> {
    let severity = flags.severity.as_deref().and_then(Severity::parse);
    let filter = AlertFilter { state: flags.state.clone(), severity, ..AlertFilter::default() };
    let alerts = futures_executor(store.alerts(filter))?;
    let now = clock::now().wall;
    if flags.json {
        let documents: Vec<Value> = alerts.iter().map(|a| document(a, &[])).collect();
        out.json("alerts", json!({ "now": now, "alerts": documents }))?;
        return Ok(exit::DONE);
    }
    let heads = [
        ("id", true),
        ("severity", false),
        ("state", false),
        ("service", false),
        ("what", false),
        ("for", true),
        ("owner", false),
    ];
    let row = |a: &Alert| {
        vec![
            a.id.to_string(),
            a.severity.word().to_owned(),
            a.phase.word().to_owned(),
            a.service().to_owned(),
            a.about.title.to_string(),
            short(now.since(a.opened_at)),
            a.owner.as_ref().map_or("–".to_owned(), ToString::to_string),
        ]
    };
    out.table(&heads, &alerts.iter().map(row).collect::<Vec<_>>())?;
    Ok(exit::DONE)
}

/// One alert as scripts see it.
fn document(a: &Alert, timeline: &[Entry]) -> Value {
    let (acked_at, deadline) = match &a.phase {
        Phase::Acked { at, deadline, .. } => (Some(*at), Some(*deadline)),
        Phase::Snoozed { until, .. } => (None, Some(*until)),
        _ => (None, None),
    };
    let resolved_at = match &a.phase {
        Phase::Resolved { at, .. } => Some(*at),
        _ => None,
    };
    let mut body = json!({
        "id": a.id, "fingerprint": a.fingerprint, "state": a.phase.word(), "severity": a.severity,
        "service": a.about.service, "title": a.about.title, "owner": a.owner, "version": a.version,
        "metric": a.about.metric, "value": a.about.value, "limit": a.about.limit, "unit": a.about.unit, "n": a.about.n,
        "opened_at": a.opened_at, "acked_at": time(acked_at), "deadline_at": time(deadline), "resolved_at": time(resolved_at),
        "escalation": { "level": a.escalation.level, "role": a.escalation.role, "at": time(a.escalation.at),
                        "next_level": a.escalation.level.saturating_add(1), "next_at": Value::Null },
        "labels": &*a.about.labels, "origin": a.origin, "marks": a.about.marks, "previous": a.about.previous,
        "procedure": a.about.procedure, "closing": a.closing, "to_close": a.to_close(),
        "changed": { "at": a.changed.at, "by": a.changed.by.say(), "what": a.changed.what },
    });
    if let (Some(map), false) = (body.as_object_mut(), timeline.is_empty()) {
        map.insert("timeline".into(), json!(timeline));
    }
    body
}

fn show(store: &SqliteStore, id: &str, json: bool, out: &mut Out) -> anyhow::Result<u8> {
    let Some(alert) = find(store, id)? else {
        out.line(&format!("there is no alert {}", Untrusted::new(id).clean_to(40)))?;
        return Ok(exit::FAILED);
    };
    let past = futures_executor(store.past(alert.id))?;
    if json {
        out.json("alert", json!({ "alert": document(&alert, &past.timeline), "before": past.episodes.len() }))?;
        return Ok(exit::DONE);
    }
    people(&alert, &past, clock::now().wall, out)?;
    Ok(exit::DONE)
}

fn people(a: &Alert, past: &Past, now: Stamp, out: &mut Out) -> std::io::Result<()> {
    out.line(&format!("{}  {}  {}  {}", a.id, a.severity.word(), a.service(), a.about.title))?;
    out.line(&format!("state     {}, version {}", standing(a, now), a.version))?;
    if let (Some(value), Some(limit)) = (a.about.value, a.about.limit) {
        let n = if a.about.n > 0 { format!(", n={}", a.about.n) } else { String::new() };
        let unit = if a.about.unit.is_empty() { String::new() } else { format!(" {}", a.about.unit) };
        out.line(&format!("value     {}{unit}, limit {}{n}", number(value), number(limit)))?;
    }
    out.line(&format!("before    {} times in 30 days", past.episodes.len()))?;
    let utc = crate::ui::clock::Clock::new(now, 0);
    for entry in &past.timeline {
        let what = crate::ui::words::fact(entry, &utc);
        out.line(&format!("  {}  {:<16} {what}", entry.at.rfc3339(), entry.actor.say()))?;
    }
    Ok(())
}

/// How long it has been so; of one that is over, since when, how long it lasted, and whether its last word is said.
fn standing(a: &Alert, now: Stamp) -> String {
    let word = a.phase.word();
    let Phase::Resolved { at, by, .. } = &a.phase else {
        let owner = a.owner.as_ref().map_or("nobody has it".to_owned(), |o| format!("{o} has it"));
        return format!("{word}, raised {} ago, {owner}", short(now.since(a.opened_at)));
    };
    let closed = match () {
        () if a.closing.closed => ", closed",
        () if a.to_close() => ", to be closed",
        () => "",
    };
    let (ago, lasted) = (short(now.since(*at)), short(at.since(a.opened_at)));
    format!("{word} {ago} ago ({}) by {} after {lasted}{closed}", at.rfc3339(), by.say())
}

fn find(store: &SqliteStore, id: &str) -> anyhow::Result<Option<Alert>> {
    let Some(id) = parse_id(id) else { return Ok(None) };
    let filter = AlertFilter { id: Some(id), ..AlertFilter::default() };
    Ok(futures_executor(store.alerts(filter))?.pop())
}
