//! Triage without a screen: each act with the arguments it has and no others, made through the same intents and the same
//! guards as a key press. An option of another act is refused: one that did nothing would read as obeyed.

use std::time::Duration;

use clap::{Args, Subcommand};

use super::exit;
use super::output::Out;
use super::services::futures_executor;
use super::settle::{Settled, settle};
use crate::config::value::Span;
use crate::domain::alert::Review;
use crate::domain::lifecycle::parse_id;
use crate::domain::text::{Clean, Untrusted};
use crate::engine::Engine;
use crate::engine::event::{Effect, Event, Intent, Verb};
use crate::runtime::clock;
use crate::store::sqlite::SqliteStore;
use crate::store::{AlertFilter, Store};

/// Names longer than this are nobody's.
const NAME_MAX: usize = 64;

#[derive(Subcommand, Debug)]
pub enum Act {
    /// "I have it": owner and deadline are set; on my own ack, renew it
    Ack(Which),
    /// Give it back: the alert is open again, without an owner
    Unack(Which),
    /// Take it, or hand it over --to somebody; on another's too
    Own {
        #[command(flatten)]
        which: Which,
        /// Who is to have it; default: you
        #[arg(long, value_name = "NAME")]
        to: Option<String>,
    },
    /// Page the next level that has somebody, or --level N
    Escalate {
        #[command(flatten)]
        which: Which,
        /// To this level, by its number
        #[arg(long, value_name = "N")]
        level: Option<u8>,
    },
    /// Hide it from the open list --for so long, with a --reason
    Snooze {
        #[command(flatten)]
        which: Which,
        /// How long, as 30m or 1h30m
        #[arg(long = "for", value_name = "DURATION")]
        span: Option<String>,
        /// Why: others will read it
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Wake it from its snooze: it is open again
    Unsnooze(Which),
    /// It is over: --reason says what mended it; --review what it was
    Resolve {
        #[command(flatten)]
        which: Which,
        /// What mended it
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        #[command(flatten)]
        review: Reviewed,
    },
    /// Write --reason on its timeline
    Note {
        #[command(flatten)]
        which: Which,
        /// The note
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Close a resolved alert: --reason is the summary (without one: nothing to say); --review what it was
    Close {
        #[command(flatten)]
        which: Which,
        /// What happened, in a sentence
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        #[command(flatten)]
        review: Reviewed,
    },
}

/// What every act takes.
#[derive(Args, Debug)]
pub struct Which {
    /// Numbers of the alerts
    #[arg(required = true)]
    ids: Vec<String>,
    /// Refuse (exit 5) unless the alert still has this version
    #[arg(long, value_name = "N")]
    if_version: Option<u32>,
}

#[derive(Args, Debug)]
pub struct Reviewed {
    /// What it turned out to be
    #[arg(long, value_parser = ["true", "false", "noise"])]
    review: Option<String>,
}

impl Reviewed {
    fn parse(&self) -> Option<Review> {
        self.review.as_deref().and_then(Review::parse)
    }
}

impl Act {
    fn which(&self) -> &Which {
        match self {
            Self::Ack(which) | Self::Unack(which) | Self::Unsnooze(which) => which,
            Self::Own { which, .. }
            | Self::Escalate { which, .. }
            | Self::Snooze { which, .. }
            | Self::Resolve { which, .. }
            | Self::Note { which, .. }
            | Self::Close { which, .. } => which,
        }
    }

    fn verb(&self) -> Result<Verb, &'static str> {
        Ok(match self {
            Self::Ack(_) => Verb::Ack,
            Self::Unack(_) => Verb::Unack,
            Self::Own { to, .. } => own(to.as_deref())?,
            Self::Escalate { level, .. } => Verb::Escalate { level: *level },
            Self::Snooze { span: given, reason, .. } => {
                let given = given.as_deref().ok_or("a snooze needs --for, for example --for 30m")?;
                Verb::Snooze { until: clock::now().wall + span(given)?, reason: text(reason.as_ref()) }
            }
            Self::Unsnooze(_) => Verb::Unsnooze,
            Self::Resolve { reason, review, .. } => {
                Verb::Resolve { note: text(reason.as_ref()), review: review.parse() }
            }
            Self::Note { reason, .. } => Verb::Note(text(reason.as_ref())),
            Self::Close { reason, review, .. } => {
                Verb::Close { summary: reason.as_ref().map(|r| text(Some(r))), review: review.parse() }
            }
        })
    }

    /// As the answer begins: `acked 4821`.
    fn past(&self) -> &'static str {
        match self {
            Self::Ack(_) => "acked",
            Self::Unack(_) => "un-acked",
            Self::Own { to: None, .. } => "taken",
            Self::Own { .. } => "handed over",
            Self::Escalate { .. } => "escalated",
            Self::Snooze { .. } => "snoozed",
            Self::Unsnooze(_) => "woken",
            Self::Resolve { .. } => "resolved",
            Self::Note { .. } => "noted",
            Self::Close { .. } => "closed",
        }
    }
}

fn text(given: Option<&String>) -> Clean {
    given.map_or_else(Clean::default, |text| Untrusted::new(text.as_str()).clean())
}

pub fn span(text: &str) -> Result<Duration, &'static str> {
    let span = Span::parse(text).filter(|s| s.0 > Duration::ZERO);
    span.map(|s| s.0).ok_or("--for is a span like 30m or 1h30m")
}

fn own(to: Option<&str>) -> Result<Verb, &'static str> {
    match to.map(|name| Untrusted::new(name.trim()).clean_to(NAME_MAX)) {
        Some(name) if name.is_empty() => Err("--to wants a name"),
        to => Ok(Verb::Own(to)),
    }
}

/// Each alert its own act and its own line: `acked 4821` only after the commit.
pub fn run(store: &SqliteStore, mut engine: Engine, act: &Act, out: &mut Out) -> anyhow::Result<u8> {
    let (which, past) = (act.which(), act.past());
    let verb = match act.verb() {
        Ok(verb) => verb,
        Err(why) => {
            out.line(&format!("NOT {past}: {why}"))?;
            return Ok(exit::USAGE);
        }
    };
    // What the guards ask the model for: the live rows tell whether a rule still breaches.
    let mut everything = futures_executor(store.everything(clock::now()))?;
    for id in which.ids.iter().filter_map(|i| parse_id(i)) {
        if !everything.alerts.iter().any(|a| a.id == id) {
            let filter = AlertFilter { id: Some(id), ..AlertFilter::default() };
            everything.alerts.extend(futures_executor(store.alerts(filter))?);
        }
    }
    engine.handle(Event::Loaded(Box::new(everything)), clock::now());
    let mut worst = exit::DONE;
    for id in &which.ids {
        let told = Settled { past, name: id };
        worst = worst.max(one(store, &mut engine, &told, (which.if_version, &verb), out)?);
    }
    Ok(worst)
}

fn one(
    store: &SqliteStore,
    engine: &mut Engine,
    told: &Settled<'_>,
    (version, verb): (Option<u32>, &Verb),
    out: &mut Out,
) -> anyhow::Result<u8> {
    let past = told.past;
    let Some(id) = parse_id(told.name) else {
        out.line(&format!("NOT {past}: `{}` is no alert's number", Untrusted::new(told.name).clean_to(40)))?;
        return Ok(exit::USAGE);
    };
    let seen = version.or_else(|| engine.model.book.get(id).map(|a| a.version));
    let effects = engine.intend(Intent { alert: Some(id), seen, verb: verb.clone() }, clock::now());
    let mut landed = false;
    for effect in effects {
        let Effect::Commit(commit) = effect else { continue };
        let code = settle(store, engine, &Settled { past, name: &id.to_string() }, commit, out)?.code;
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
