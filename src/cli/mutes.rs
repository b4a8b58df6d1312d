//! `alerts mute`, `unmute` and `mutes`: what is not paged for, until when and why. The same intents as the console's `m`.

use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::acts::span;
use super::context::Context;
use super::exit;
use super::output::Out;
use super::services::futures_executor;
use super::settle::{Settled, settle};
use crate::domain::alert::Mute;
use crate::domain::setup::Setup;
use crate::domain::text::Untrusted;
use crate::domain::time::{Stamp, short};
use crate::engine::Engine;
use crate::engine::event::{Effect, Event, Intent, Verb};
use crate::runtime::clock;
use crate::store::Store;
use crate::store::sqlite::SqliteStore;

/// Longest pattern; longer is no name.
const PATTERN_MAX: usize = 200;

#[derive(Args, Debug)]
pub struct MuteArgs {
    /// A service's name or alias, a glob as ml-*, or a tag as tag:ml
    pattern: String,
    /// How long, as 30m or 1h30m
    #[arg(long = "for", value_name = "DURATION")]
    span: String,
    /// Why: others will read it
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

#[derive(Args, Debug)]
pub struct UnmuteArgs {
    /// As it was muted; `alerts mutes` lists them
    pattern: String,
}

pub fn mute(context: &Context, store: &SqliteStore, setup: &Arc<Setup>, args: &MuteArgs, out: &mut Out) -> Done {
    let until = match span(&args.span) {
        Ok(span) => clock::now().wall + span,
        Err(why) => {
            out.line(&format!("NOT muted: {why}"))?;
            return Ok(exit::USAGE);
        }
    };
    let pattern = clean(&args.pattern);
    let verb = Verb::Mute { pattern: pattern.clone(), until, reason: Untrusted::new(args.reason.trim()).clean() };
    let code = act(context, store, setup, (verb, "muted", &pattern), out)?;
    if code == exit::DONE && !setup.services.is_empty() && !setup.services.iter().any(|s| s.matches(&pattern)) {
        out.line(&format!("{pattern} names no service of this config; it counts for alerts of streams by that name"))?;
    }
    Ok(code)
}

pub fn unmute(context: &Context, store: &SqliteStore, setup: &Arc<Setup>, args: &UnmuteArgs, out: &mut Out) -> Done {
    let pattern = clean(&args.pattern);
    if !current(store, clock::now().wall)?.iter().any(|m| m.pattern == pattern) {
        out.line(&format!("NOT un-muted: {pattern} is not muted; `watchdeck alerts mutes` lists what is"))?;
        return Ok(exit::FAILED);
    }
    act(context, store, setup, (Verb::Unmute { pattern: pattern.clone() }, "un-muted", &pattern), out)
}

pub fn list(store: &SqliteStore, as_json: bool, out: &mut Out) -> Done {
    let now = clock::now().wall;
    let mutes = current(store, now)?;
    if as_json {
        out.json("mutes", json!({ "now": now, "mutes": mutes }))?;
        return Ok(exit::DONE);
    }
    let heads = [("what", false), ("by", false), ("for another", true), ("why", false)];
    let row = |m: &Mute| vec![m.pattern.clone(), m.by.to_string(), short(m.until.since(now)), m.reason.to_string()];
    out.table(&heads, &mutes.iter().map(row).collect::<Vec<_>>())?;
    Ok(exit::DONE)
}

type Done = anyhow::Result<u8>;

fn clean(pattern: &str) -> String {
    Untrusted::new(pattern.trim()).clean_to(PATTERN_MAX).to_string()
}

fn current(store: &SqliteStore, now: Stamp) -> anyhow::Result<Vec<Mute>> {
    let all = futures_executor(store.everything(clock::now()))?;
    Ok(all.mutes.into_iter().filter(|m| m.until > now).collect())
}

fn act(
    context: &Context,
    store: &SqliteStore,
    setup: &Arc<Setup>,
    (verb, past, name): (Verb, &str, &str),
    out: &mut Out,
) -> Done {
    let me = context.operator(setup);
    let mut engine = Engine::new(Arc::clone(setup), me, uuid::Uuid::now_v7().as_u128());
    engine.handle(Event::Loaded(Box::new(futures_executor(store.everything(clock::now()))?)), clock::now());
    if name.is_empty() {
        out.line(&format!("NOT {past}: name a service, a glob or tag:x"))?;
        return Ok(exit::USAGE);
    }
    let effects = engine.intend(Intent { alert: None, seen: None, verb }, clock::now());
    for effect in effects {
        let Effect::Commit(commit) = effect else { continue };
        return Ok(settle(store, &mut engine, &Settled { past, name }, commit, out)?.code);
    }
    let why = engine.model.notices.last.as_ref().map_or_else(String::new, |m| m.text.to_string());
    out.line(&why)?;
    Ok(if engine.model.me.role.may_act() { exit::USAGE } else { exit::NOT_PERMITTED })
}
