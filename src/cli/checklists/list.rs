//! `checklists`: every list of now, with what is left of it and how late it is.

use serde_json::{Value, json};

use super::boxes;
use crate::cli::exit;
use crate::cli::output::Out;
use crate::cli::seat::Seat;
use crate::domain::time::short;
use crate::engine::lists::Shown;
use crate::report::Times;
use crate::report::checklist::state;

pub fn run(seat: &Seat, json: bool, out: &mut Out) -> anyhow::Result<u8> {
    let lists = seat.lists();
    if json {
        let documents: Vec<Value> = lists.iter().map(|s| boxes::document(seat, s)).collect();
        let problems = &seat.model().board.problems;
        out.json("checklists", json!({ "now": seat.now, "lists": documents, "problems": problems }))?;
        return Ok(exit::DONE);
    }
    seat.remark_problems();
    let heads = [
        ("list", false),
        ("cadence", false),
        ("period", false),
        ("state", false),
        ("due", false),
        ("left", true),
        ("late", true),
        ("title", false),
    ];
    out.table(&heads, &lists.iter().map(|s| row(seat, s)).collect::<Vec<_>>())?;
    if lists.is_empty() {
        out.line("no lists here: name a file under [[checklist]] in the config")?;
    }
    Ok(exit::DONE)
}

fn row(seat: &Seat, shown: &Shown) -> Vec<String> {
    let o = &shown.occurrence;
    let (tally, none) = (o.tally(), || "–".to_owned());
    let times = Times::named(seat.now, &o.opening.zone);
    let changed = if shown.changed_since() { " (its file has changed since)" } else { "" };
    vec![
        o.opening.list.clone(),
        o.opening.cadence.word().to_owned(),
        o.opening.period.clone(),
        state(o, seat.now).to_owned(),
        o.due().map_or_else(none, |at| times.clock(at)),
        format!("{} of {}", tally.left, tally.total),
        o.late(seat.now).map_or_else(none, short),
        format!("{}{changed}", o.opening.pinned.title),
    ]
}
