//! `checklists history`: how lists were kept, over the periods that the store still has.

use std::collections::BTreeMap;
use std::io::Write as _;

use clap::Args;
use serde_json::json;

use super::boxes;
use crate::cli::exit;
use crate::cli::output::Out;
use crate::cli::seat::Seat;
use crate::cli::services::futures_executor;
use crate::domain::checklist::Occurrence;
use crate::report::history::{self, History};
use crate::store::{ListFilter, Store};

/// A year of days and a bit.
const PERIODS: usize = 400;

#[derive(Args, Debug)]
pub struct Flags {
    /// Of this list alone: its id, a beginning of that, or a part of its title
    list: Option<String>,
    /// One JSON document instead of text
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// As a table for a spreadsheet or a page
    #[arg(long, value_parser = ["csv", "md"])]
    format: Option<String>,
}

pub fn run(seat: &Seat, flags: &Flags, out: &mut Out) -> anyhow::Result<u8> {
    let list = match &flags.list {
        None => None,
        Some(asked) => match boxes::list_or_past(seat, asked) {
            Ok(shown) => Some(shown.occurrence.opening.list.clone()),
            Err(unclear) => {
                out.line(&unclear.why)?;
                return Ok(unclear.code);
            }
        },
    };
    let all = read(seat, list)?;
    match flags.format.as_deref() {
        _ if flags.json => out.json("checklists-history", json!({ "now": seat.now, "lists": all }))?,
        Some("csv") => out.write_all(history::csv(&all).as_bytes())?,
        Some(_) => out.write_all(history::markdown(&all, seat.now).as_bytes())?,
        None => people(&all, out)?,
    }
    Ok(exit::DONE)
}

fn read(seat: &Seat, list: Option<String>) -> anyhow::Result<Vec<History>> {
    let filter = ListFilter { list, periods: Some(PERIODS) };
    let occurrences = futures_executor(seat.store.lists(filter))?;
    let mut by_list: BTreeMap<&str, Vec<&Occurrence>> = BTreeMap::new();
    for o in &occurrences {
        by_list.entry(o.opening.list.as_str()).or_default().push(o);
    }
    Ok(by_list.values().filter_map(|of| history::history(of, seat.now)).collect())
}

fn people(all: &[History], out: &mut Out) -> std::io::Result<()> {
    for h in all {
        out.line(&format!("{}  ({}, {})", h.title, h.list, h.cadence.word()))?;
        out.line(&format!("  {}", history::line(h)))?;
        if h.counts.periods > 0 {
            out.line(&format!("  done boxes: {}", history::backed(h.backing)))?;
        }
        for (why, n) in &h.skips {
            let why = if why.is_empty() { "no reason" } else { why.as_str() };
            out.line(&format!("  skipped {n}: {why}"))?;
        }
        for (text, n) in &h.seldom_done {
            out.line(&format!("  skipped in {n} periods, more than half: {text}"))?;
        }
    }
    if all.is_empty() {
        out.line("no list has been opened here yet")?;
    }
    Ok(())
}
