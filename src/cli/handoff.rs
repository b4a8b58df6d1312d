//! `handoff …`: the watch from one person to the next. The text is drafted from what is known now, offered by name, and
//! accepted by that name; then what its giver had in hand is the receiver's.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::context::Context;
use super::exit;
use super::output::{Out, file_or_out, time};
use super::seat::Seat;
use super::settle::Settled;
use crate::config::file;
use crate::domain::handoff::{Handoff, HandoffEnd, LINES_MAX};
use crate::domain::text::{Clean, Untrusted};
use crate::domain::time::Stamp;
use crate::engine::event::{Intent, Verb};
use crate::engine::lists::handoff_facts;
use crate::report;

/// Largest file of an edited handoff.
const FILE_MAX: u64 = 1 << 20;
/// Names longer than this are nobody's.
const NAME_MAX: usize = 64;

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Flags {
    #[command(subcommand)]
    command: Option<HandoffCommand>,
    #[command(flatten)]
    show: Show,
}

#[derive(Args, Debug)]
pub struct Show {
    #[arg(long, value_parser = ["md", "json"], default_value = "md")]
    format: String,
    /// Into this file, which must not be there yet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Subcommand, Debug)]
enum HandoffCommand {
    /// The offer that waits for its answer; where none does, a draft of what would be offered
    Show(Show),
    /// Offer the watch to somebody: the draft with your notes, or the text of a file
    Offer {
        /// Who is to take it
        #[arg(long, value_name = "NAME")]
        to: String,
        /// A word of yours, set before the draft; may be given again
        #[arg(long, value_name = "TEXT")]
        note: Vec<String>,
        /// This text instead of the draft; `handoff show --out FILE` writes one to edit
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Take the watch that was offered to you, with what its giver had in hand
    Accept,
    /// Take your offer back, or decline the one made to you
    Withdraw,
    /// The handoffs that were
    History {
        /// One JSON document instead of a table
        #[arg(long)]
        json: bool,
    },
}

pub fn run(context: &Context, flags: Flags, out: &mut Out) -> anyhow::Result<u8> {
    let mut seat = Seat::take(context)?;
    match flags.command {
        None => show(&seat, &flags.show, out),
        Some(HandoffCommand::Show(flags)) => show(&seat, &flags, out),
        Some(HandoffCommand::Offer { to, note, file }) => offer(&mut seat, &to, (&note, file.as_deref()), out),
        Some(HandoffCommand::Accept) => answer(&mut seat, true, out),
        Some(HandoffCommand::Withdraw) => answer(&mut seat, false, out),
        Some(HandoffCommand::History { json }) => history(&seat, json, out),
    }
}

fn show(seat: &Seat, flags: &Show, out: &mut Out) -> anyhow::Result<u8> {
    let waiting = seat.model().board.offer();
    let facts = handoff_facts(seat.model(), seat.now);
    let lines = waiting.map_or_else(|| report::handoff::draft(&facts), |offer| offer.lines.clone());
    let text = if flags.format == "json" {
        let offer = waiting.map(|offer| document(offer, seat.now));
        let body = json!({ "now": seat.now, "offer": offer, "lines": lines, "facts": facts });
        Out::document("handoff", body)?
    } else {
        lines.iter().fold(String::new(), |text, line| text + line.as_str() + "\n")
    };
    if let Some(offer) = waiting {
        let words = format!("{} offers the watch to {}, who has not answered yet", offer.from, offer.to);
        super::output::remark(&words);
    }
    file_or_out(flags.out.as_deref(), &text, out)?;
    Ok(exit::DONE)
}

fn offer(seat: &mut Seat, to: &str, (notes, file): (&[String], Option<&Path>), out: &mut Out) -> anyhow::Result<u8> {
    let to = Untrusted::new(to.trim()).clean_to(NAME_MAX);
    let notes: Vec<Clean> = notes.iter().map(|n| Untrusted::new(n.trim()).clean()).filter(|n| !n.is_empty()).collect();
    let lines = match file {
        Some(path) => edited(path, &notes)?,
        None => with_notes(report::handoff::draft(&handoff_facts(seat.model(), seat.now)), &notes),
    };
    if lines.len() > LINES_MAX {
        out.line(&format!("NOT offered: {} lines are too many to be read, at most {LINES_MAX}", lines.len()))?;
        return Ok(exit::FAILED);
    }
    let known = seat.model().knows(to.as_str());
    let name = format!("the watch to {to}");
    let verb = Verb::Offer { to: to.clone(), lines };
    let intent = Intent { alert: None, seen: None, verb };
    let ended = seat.act(intent, &Settled { past: "offered", name: &name }, out)?;
    if ended.code == exit::DONE {
        let doubt = if known { "" } else { "; nobody of that name is known here" };
        out.line(&format!("yours until {to} accepts it (`watchdeck handoff accept`){doubt}"))?;
    }
    Ok(ended.code)
}

/// Below the line that sums it up: the giver's own words come before what was gathered.
fn with_notes(draft: Vec<Clean>, notes: &[Clean]) -> Vec<Clean> {
    if notes.is_empty() {
        return draft;
    }
    let first = draft.iter().position(|l| l.as_str().starts_with("## ")).unwrap_or(draft.len());
    let (head, rest) = draft.split_at(first);
    let mut lines = head.to_vec();
    lines.push("## In the giver's words".into());
    lines.extend(notes.iter().map(|n| Clean::new(&format!("- {n}"))));
    lines.push(Clean::default());
    lines.extend_from_slice(rest);
    lines
}

fn edited(path: &Path, notes: &[Clean]) -> anyhow::Result<Vec<Clean>> {
    let bytes = file::read_bytes(path, FILE_MAX)?;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<Clean> = text.trim_end().lines().map(|line| Untrusted::new(line.trim_end()).clean()).collect();
    if lines.iter().all(Clean::is_empty) {
        anyhow::bail!("{} says nothing; a handoff has a text", file::shown(path));
    }
    Ok(with_notes(lines, notes))
}

/// The offer that waits is meant; where none does, the last one tells who has answered it and when.
fn answer(seat: &mut Seat, accepts: bool, out: &mut Out) -> anyhow::Result<u8> {
    let past = if accepts { "accepted" } else { "taken back" };
    let Some(offer) = seat.model().board.offer().cloned() else { return answered(seat, past, out) };
    let mine = offer.to == *seat.me();
    let past = if !accepts && mine { "declined" } else { past };
    let name = format!("the watch from {}", offer.from);
    let name = if accepts || mine { name } else { format!("the offer of the watch to {}", offer.to) };
    let verb = if accepts { Verb::AcceptWatch(offer.id) } else { Verb::WithdrawWatch(offer.id) };
    let ended = seat.act(Intent { alert: None, seen: None, verb }, &Settled { past, name: &name }, out)?;
    Ok(ended.code)
}

fn answered(seat: &Seat, past: &str, out: &mut Out) -> anyhow::Result<u8> {
    let me = seat.me();
    let last = seat.model().board.handoffs.values().next_back();
    let Some((end, at, by)) = last.and_then(|h| h.end.as_ref()) else {
        out.line(&format!("NOT {past}: nobody has offered the watch"))?;
        return Ok(exit::FAILED);
    };
    if !seat.model().me.role.may_act() {
        let role = seat.model().me.role.word();
        out.line(&format!("NOT {past}: role {role} may not do that; ask a responder"))?;
        return Ok(exit::NOT_PERMITTED);
    }
    let when = at.utc().format("%H:%M:%SZ");
    if by == me && (past == "accepted") == (*end == HandoffEnd::Accepted) {
        out.line(&format!("you have {} it already, at {when}", end.word()))?;
        return Ok(exit::DONE);
    }
    let did = end.did();
    out.line(&format!("NOT {past}: {by} {did} the last handoff at {when}; no other waits"))?;
    Ok(exit::CONFLICT)
}

fn history(seat: &Seat, as_json: bool, out: &mut Out) -> anyhow::Result<u8> {
    let all: Vec<_> = seat.model().board.handoffs.values().rev().collect();
    if as_json {
        let documents: Vec<Value> = all.iter().map(|h| document(h, seat.now)).collect();
        out.json("handoffs", json!({ "now": seat.now, "handoffs": documents }))?;
        return Ok(exit::DONE);
    }
    let heads = [("offered", false), ("from", false), ("to", false), ("lines", true), ("answer", false)];
    let row = |h: &Handoff| {
        let answer = h
            .end
            .as_ref()
            .map_or("waits".to_owned(), |(end, at, by)| format!("{} by {by} {}", end.word(), at.rfc3339()));
        vec![h.at.rfc3339(), h.from.to_string(), h.to.to_string(), h.lines.len().to_string(), answer]
    };
    out.table(&heads, &all.iter().map(|h| row(h)).collect::<Vec<_>>())?;
    Ok(exit::DONE)
}

fn document(h: &Handoff, now: Stamp) -> Value {
    let end = h.end.as_ref();
    json!({
        "id": h.id, "from": h.from, "to": h.to, "at": h.at, "age_ms": crate::domain::time::ms(now.since(h.at)),
        "state": end.map_or(json!("waiting"), |(end, ..)| json!(end)),
        "ended_at": time(end.map(|(_, at, _)| *at)), "ended_by": end.map(|(_, _, by)| by), "lines": h.lines,
    })
}
