//! `outbox` and `channels`: what waits, what died, another try for it, and a test send.

use clap::{Args, Subcommand};
use serde_json::json;

use super::context::Context;
use super::exit;
use super::output::Out;
use super::services::futures_executor;
use crate::domain::alert::Actor;
use crate::domain::ids::{AlertId, OpId};
use crate::domain::journal::{Act, Change, Commit, Lane, Outcome, Target};
use crate::domain::outbox::{Attempt, Notice, OutboxState};
use crate::domain::setup::Setup;
use crate::domain::severity::Severity;
use crate::domain::text::Untrusted;
use crate::domain::time::short;
use crate::runtime::{build, clock};
use crate::store::Store;
use crate::store::sqlite::SqliteStore;

#[derive(Args, Debug)]
pub struct Flags {
    /// Only the dead: they will not go out by themselves
    #[arg(long)]
    dead: bool,
    /// One JSON document instead of a table
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    command: Option<OutboxCommand>,
}

#[derive(Subcommand, Debug)]
enum OutboxCommand {
    /// Put a dead page back into the outbox
    Retry {
        /// Number of the page
        id: i64,
    },
}

#[derive(Subcommand, Debug)]
pub enum ChannelsCommand {
    /// Send a marked test through one channel, now
    Test {
        /// Name of the channel in the config
        name: String,
    },
}

pub fn run(context: &Context, flags: &Flags, out: &mut Out) -> anyhow::Result<u8> {
    let (setup, config) = context.setup()?;
    let store = context.open(config.as_ref(), false)?;
    let now = clock::now().wall;
    if let Some(OutboxCommand::Retry { id }) = flags.command.as_ref() {
        let queued = requeue(context, &setup, &store, *id)?;
        out.line(&if queued { format!("queued {id} again") } else { format!("there is no dead page {id}") })?;
        return Ok(if queued { exit::DONE } else { exit::FAILED });
    }
    let rows = futures_executor(store.outbox_in(flags.dead.then_some(OutboxState::Dead)))?;
    if flags.json {
        out.json("outbox", json!({ "outbox": rows }))?;
        return Ok(exit::DONE);
    }
    let heads = [
        ("id", true),
        ("alert", true),
        ("level", false),
        ("channel", false),
        ("state", false),
        ("tries", true),
        ("age", true),
        ("last", false),
    ];
    let row = |r: &crate::domain::outbox::OutboxRow| {
        vec![
            r.id.to_string(),
            r.alert.to_string(),
            format!("L{}", r.level),
            r.channel.clone(),
            r.state.word().to_owned(),
            r.attempts.to_string(),
            short(now.since(r.created_at)),
            r.last.to_string(),
        ]
    };
    out.table(&heads, &rows.iter().map(row).collect::<Vec<_>>())?;
    Ok(exit::DONE)
}

/// Through the journal, as any other act: the worker hears of it, and the timeline keeps who did it.
fn requeue(context: &Context, setup: &Setup, store: &SqliteStore, id: i64) -> anyhow::Result<bool> {
    let dead = futures_executor(store.outbox_in(Some(OutboxState::Dead)))?;
    let Some(row) = dead.iter().find(|r| r.id == id) else { return Ok(false) };
    let change = Change {
        op: OpId(uuid::Uuid::now_v7()),
        actor: Actor::Operator(context.operator(setup).name),
        at: clock::now().wall,
        target: Target::Alert(row.alert),
        seen: None,
        act: Act::Requeue { outbox: id },
    };
    let commit = Commit { lane: Lane::Operator, changes: vec![change], feed: None };
    let outcomes = futures_executor(store.commit(commit, None))?;
    Ok(outcomes.iter().all(|o| matches!(o, Outcome::Applied(_))))
}

pub fn channels(context: &Context, command: &ChannelsCommand, out: &mut Out) -> anyhow::Result<u8> {
    let ChannelsCommand::Test { name } = command;
    let Some((_, config)) = context.load()? else {
        return Err(super::output::NoConfig.into());
    };
    let estate = build::estate(&config)?;
    let Some(channel) = estate.channels.get(name) else {
        let known: Vec<_> = estate.channels.keys().cloned().collect();
        anyhow::bail!(
            "there is no channel {}; known: {}",
            Untrusted::new(name.as_str()).clean_to(80),
            known.join(", ")
        );
    };
    let now = clock::now().wall;
    let notice = Notice {
        key: format!("wd-test-{}", uuid::Uuid::now_v7()),
        alert: AlertId(0),
        fingerprint: "0000000000000000".into(),
        title: "test from watchdeck: nothing is wrong".into(),
        severity: Severity::Notice,
        service: None,
        level: 0,
        role: "test".into(),
        attempt: 1,
        environment: config.setup.environment.clone(),
        opened_at: now,
        sent_at: now,
        test: true,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let attempt = runtime.block_on(channel.send(&notice));
    let (line, code) = match attempt {
        Attempt::Sent(receipt) => (format!("handed over to {name}: {receipt}"), exit::DONE),
        Attempt::Retry { why, .. } => {
            (format!("NOT sent by {name}: {why} (a page would be tried again)"), exit::FAILED)
        }
        Attempt::Dead(why) => (format!("NOT sent by {name}: {why} (a page would be dead)"), exit::FAILED),
    };
    out.line(&line)?;
    Ok(code)
}
