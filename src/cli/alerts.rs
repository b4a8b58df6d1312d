//! `alerts`: the list, one alert whole, and triage without a screen: the same intents and the same guards as a key press.

use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::context::Context;
use super::exit;
use super::mutes::{self, MuteArgs, UnmuteArgs};
use super::output::{Out, time};
use super::services::futures_executor;
use crate::config::value::Span;
use crate::domain::alert::{Alert, Phase, Review};
use crate::domain::journal::{Commit, Entry, Outcome, Past};
use crate::domain::lifecycle::parse_id;
use crate::domain::rule::number;
use crate::domain::severity::Severity;
use crate::domain::text::{Clean, Untrusted};
use crate::domain::time::{Stamp, short};
use crate::engine::Engine;
use crate::engine::event::{Effect, Event, Intent, Verb};
use crate::runtime::clock;
use crate::store::sqlite::SqliteStore;
use crate::store::{AlertFilter, Store};

/// Names longer than this are nobody's.
const NAME_MAX: usize = 64;

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
    /// "I have it": owner and deadline are set; on my own ack, renew it
    Ack(Act),
    /// Give it back: the alert is open again, without an owner
    Unack(Act),
    /// Take it, or hand it over --to somebody; on another's too
    Own(Act),
    /// Page the next level that has somebody, or --level N
    Escalate(Act),
    /// Hide it from the open list --for so long, with a --reason
    Snooze(Act),
    /// Wake it from its snooze: it is open again
    Unsnooze(Act),
    /// It is over: --reason says what mended it; --review what it was
    Resolve(Act),
    /// Write --reason on its timeline
    Note(Act),
    /// Close a resolved alert: --reason is the summary (without one: nothing to say); --review what it was
    Close(Act),
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

#[derive(Args, Debug)]
struct Act {
    /// Numbers of the alerts
    #[arg(required = true)]
    ids: Vec<String>,
    /// escalate: to this level, by its number
    #[arg(long, value_name = "N")]
    level: Option<u8>,
    /// own: who is to have it; default: you
    #[arg(long, value_name = "NAME")]
    to: Option<String>,
    /// snooze: how long, as 30m or 1h30m
    #[arg(long = "for", value_name = "DURATION")]
    span: Option<String>,
    /// snooze: why; resolve: what mended it; note: the note; close: the summary
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// resolve, close: what it turned out to be
    #[arg(long, value_parser = ["true", "false", "noise"])]
    review: Option<String>,
    /// Refuse (exit 5) unless the alert still has this version
    #[arg(long, value_name = "N")]
    if_version: Option<u32>,
}

pub fn run(context: &Context, flags: Flags, out: &mut Out) -> anyhow::Result<u8> {
    let (setup, config) = context.setup()?;
    let store = context.open(config.as_ref(), false)?;
    let engine = || Engine::new(Arc::clone(&setup), context.operator(&setup), uuid::Uuid::now_v7().as_u128());
    match flags.command {
        None => list(&store, &flags, out),
        Some(AlertsCommand::Show { id, json }) => show(&store, &id, json, out),
        Some(AlertsCommand::Ack(act)) => acts(&store, engine(), &act, &|_| Ok(Verb::Ack), "acked", out),
        Some(AlertsCommand::Unack(act)) => acts(&store, engine(), &act, &|_| Ok(Verb::Unack), "un-acked", out),
        Some(AlertsCommand::Own(act)) => acts(&store, engine(), &act, &own, "handed over", out),
        Some(AlertsCommand::Unsnooze(act)) => acts(&store, engine(), &act, &|_| Ok(Verb::Unsnooze), "woken", out),
        Some(AlertsCommand::Mute(args)) => mutes::mute(context, &store, &setup, &args, out),
        Some(AlertsCommand::Unmute(args)) => mutes::unmute(context, &store, &setup, &args, out),
        Some(AlertsCommand::Mutes { json }) => mutes::list(&store, json, out),
        Some(AlertsCommand::Escalate(act)) => {
            let verb = |a: &Act| Ok(Verb::Escalate { level: a.level });
            acts(&store, engine(), &act, &verb, "escalated", out)
        }
        Some(AlertsCommand::Snooze(act)) => acts(&store, engine(), &act, &snooze, "snoozed", out),
        Some(AlertsCommand::Resolve(act)) => {
            let verb = |a: &Act| Ok(Verb::Resolve { note: reason(a), review: review(a) });
            acts(&store, engine(), &act, &verb, "resolved", out)
        }
        Some(AlertsCommand::Note(act)) => acts(&store, engine(), &act, &|a| Ok(Verb::Note(reason(a))), "noted", out),
        Some(AlertsCommand::Close(act)) => {
            let verb = |a: &Act| Ok(Verb::Close { summary: a.reason.as_ref().map(|_| reason(a)), review: review(a) });
            acts(&store, engine(), &act, &verb, "closed", out)
        }
    }
}

fn reason(act: &Act) -> Clean {
    act.reason.as_deref().map_or_else(Clean::default, |r| Untrusted::new(r).clean())
}
fn review(act: &Act) -> Option<Review> {
    act.review.as_deref().and_then(Review::parse)
}
fn snooze(act: &Act) -> Result<Verb, &'static str> {
    let given = act.span.as_deref().ok_or("a snooze needs --for, for example --for 30m")?;
    Ok(Verb::Snooze { until: clock::now().wall + span(given)?, reason: reason(act) })
}
pub fn span(text: &str) -> Result<Duration, &'static str> {
    let span = Span::parse(text).filter(|s| s.0 > Duration::ZERO);
    span.map(|s| s.0).ok_or("--for is a span like 30m or 1h30m")
}
fn own(act: &Act) -> Result<Verb, &'static str> {
    let to = act.to.as_deref().map(|name| Untrusted::new(name.trim()).clean_to(NAME_MAX));
    match to {
        Some(name) if name.is_empty() => Err("--to wants a name"),
        to => Ok(Verb::Own(to)),
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
    let owner = a.owner.as_ref().map_or("nobody has it".to_owned(), |o| format!("{o} has it"));
    out.line(&format!(
        "state     {} for {}, {owner}, version {}",
        a.phase.word(),
        short(now.since(a.opened_at)),
        a.version
    ))?;
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

fn find(store: &SqliteStore, id: &str) -> anyhow::Result<Option<Alert>> {
    let Some(id) = parse_id(id) else { return Ok(None) };
    let filter = AlertFilter { id: Some(id), ..AlertFilter::default() };
    Ok(futures_executor(store.alerts(filter))?.pop())
}

type VerbOf<'a> = &'a dyn Fn(&Act) -> Result<Verb, &'static str>;

/// Each alert its own act and its own line: `acked 4821` only after the commit.
fn acts(
    store: &SqliteStore,
    mut engine: Engine,
    act: &Act,
    verb: VerbOf<'_>,
    past: &str,
    out: &mut Out,
) -> anyhow::Result<u8> {
    let verb = match verb(act) {
        Ok(verb) => verb,
        Err(why) => {
            out.line(&format!("NOT {past}: {why}"))?;
            return Ok(exit::USAGE);
        }
    };
    // What the guards ask the model for: the live rows tell whether a rule still breaches.
    let mut everything = futures_executor(store.everything(clock::now()))?;
    for id in act.ids.iter().filter_map(|i| parse_id(i)) {
        if !everything.alerts.iter().any(|a| a.id == id) {
            let filter = AlertFilter { id: Some(id), ..AlertFilter::default() };
            everything.alerts.extend(futures_executor(store.alerts(filter))?);
        }
    }
    engine.handle(Event::Loaded(Box::new(everything)), clock::now());
    let mut worst = exit::DONE;
    for id in &act.ids {
        let code = one(store, &mut engine, id, act, &verb, past, out)?;
        worst = worst.max(code);
    }
    Ok(worst)
}

fn one(
    store: &SqliteStore,
    engine: &mut Engine,
    id: &str,
    act: &Act,
    verb: &Verb,
    past: &str,
    out: &mut Out,
) -> anyhow::Result<u8> {
    let Some(id) = parse_id(id) else {
        out.line(&format!("NOT {past}: `{}` is no alert's number", Untrusted::new(id).clean_to(40)))?;
        return Ok(exit::USAGE);
    };
    let seen = act.if_version.or_else(|| engine.model.book.get(id).map(|a| a.version));
    let effects = engine.intend(Intent { alert: Some(id), seen, verb: verb.clone() }, clock::now());
    let mut landed = false;
    for effect in effects {
        let Effect::Commit(commit) = effect else { continue };
        let code = settle(store, engine, &Settled { past, name: &id.to_string() }, commit, out)?;
        if code != exit::DONE {
            return Ok(code);
        }
        landed = true;
    }
    if landed {
        return Ok(exit::DONE);
    }
    let why = engine.model.notices.last.as_ref().map_or_else(String::new, |m| m.text.to_string());
    out.line(&why)?;
    Ok(if engine.model.me.role.may_act() { exit::FAILED } else { exit::NOT_PERMITTED })
}

/// How an act is told of: `acked 4821`.
pub struct Settled<'a> {
    pub past: &'a str,
    pub name: &'a str,
}

pub fn settle(
    store: &SqliteStore,
    engine: &mut Engine,
    told: &Settled<'_>,
    commit: Commit,
    out: &mut Out,
) -> anyhow::Result<u8> {
    let Settled { past, name: id } = told;
    let ops: Vec<_> = commit.changes.iter().map(|c| c.op).collect();
    let outcomes = match futures_executor(store.commit(commit, None)) {
        Ok(outcomes) => outcomes,
        Err(error) => {
            let next = error.next_step().map_or_else(String::new, |step| format!("; {step}"));
            out.line(&format!("NOT {past} {id}: {error}{next}"))?;
            return Ok(exit::STORE);
        }
    };
    let mut code = exit::DONE;
    for outcome in &outcomes {
        match outcome {
            Outcome::Applied(_) | Outcome::Before(_) => out.line(&format!("{past} {id}"))?,
            Outcome::Nothing => out.line(&format!("{id} is so already"))?,
            Outcome::Refused(refusal) => {
                out.line(&format!("NOT {past} {id}: {refusal}"))?;
                code = if refusal.is_conflict() { exit::CONFLICT } else { exit::FAILED };
            }
        }
    }
    engine.handle(Event::Committed(ops.into_iter().zip(outcomes).collect()), clock::now());
    Ok(code)
}
