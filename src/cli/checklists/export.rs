//! `checklists export`: one list for one period as it was worked, for a ticket, an auditor or a spreadsheet.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::boxes;
use crate::cli::exit;
use crate::cli::output::{Out, Usage, file_or_out};
use crate::cli::seat::Seat;
use crate::cli::services::futures_executor;
use crate::domain::checklist::Occurrence;
use crate::engine::lists::Shown;
use crate::report;
use crate::store::{ListFilter, Store};

/// Periods looked through for the one that is asked for.
const PERIODS: usize = 4000;

#[derive(Args, Debug)]
pub struct Flags {
    /// Its id, a beginning of that, or a part of its title
    list: String,
    /// Of this period, as 2026-11-29, 2026-W48 or 2026-11; default: the current one
    #[arg(long, value_name = "P")]
    period: Option<String>,
    #[arg(long, value_parser = ["md", "json", "csv"], default_value = "md")]
    format: String,
    /// Into this file, which must not be there yet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub fn run(seat: &Seat, flags: &Flags, out: &mut Out) -> anyhow::Result<u8> {
    let shown = match boxes::list_or_past(seat, &flags.list) {
        Ok(shown) => shown,
        Err(unclear) => {
            out.line(&unclear.why)?;
            return Ok(unclear.code);
        }
    };
    let shown = match &flags.period {
        None => shown,
        Some(period) => of_period(seat, shown, period)?,
    };
    let text = match flags.format.as_str() {
        "csv" => report::checklist::csv(&shown.occurrence),
        "json" => Out::document("checklist", json!({ "now": seat.now, "list": boxes::document(seat, &shown) }))?,
        _ => report::checklist::filled(&shown.occurrence, seat.now),
    };
    file_or_out(flags.out.as_deref(), &text, out)?;
    Ok(exit::DONE)
}

fn of_period(seat: &Seat, shown: Shown, period: &str) -> anyhow::Result<Shown> {
    if shown.occurrence.opening.period == period {
        return Ok(shown);
    }
    let list = Some(shown.occurrence.opening.list.clone());
    let known = futures_executor(seat.store.lists(ListFilter { list, periods: Some(PERIODS) }))?;
    let found = known.iter().position(|o| o.opening.period == period);
    let Some(at) = found else {
        let some: Vec<&str> = known.iter().take(5).map(|o| o.opening.period.as_str()).collect();
        let name = crate::domain::text::Untrusted::new(period).clean_to(40);
        return Err(Usage(format!("the store has no period `{name}` of it; the latest are {}", some.join(", "))).into());
    };
    let occurrence: Option<Occurrence> = known.into_iter().nth(at);
    // What stands behind its boxes today says nothing of that day.
    Ok(occurrence.map_or(shown, |o| Shown { occurrence: o.into(), template: None, fresh: false }))
}
