//! `checklists show`: one list, box by box: what became of each, on what evidence, by whom, and what was noted.

use serde_json::json;

use super::boxes::{self, Boxed};
use crate::cli::exit;
use crate::cli::output::Out;
use crate::cli::seat::Seat;
use crate::domain::evidence::Proof;
use crate::engine::lists::Shown;
use crate::report::Times;
use crate::report::checklist::{by, standing};

pub fn run(seat: &Seat, asked: &str, as_json: bool, out: &mut Out) -> anyhow::Result<u8> {
    let shown = match boxes::list(seat, asked) {
        Ok(shown) => shown,
        Err(unclear) => {
            out.line(&unclear.why)?;
            return Ok(unclear.code);
        }
    };
    if as_json {
        out.json("checklist", json!({ "now": seat.now, "list": boxes::document(seat, &shown) }))?;
        return Ok(exit::DONE);
    }
    people(seat, &shown, out)?;
    Ok(exit::DONE)
}

fn people(seat: &Seat, shown: &Shown, out: &mut Out) -> std::io::Result<()> {
    let o = &shown.occurrence;
    let times = Times::named(seat.now, &o.opening.zone);
    out.line(&format!("{}  ({})", o.opening.pinned.title, o.opening.list))?;
    out.line(&standing(o, &times))?;
    if shown.changed_since() {
        out.line("its file has changed since this was opened; `checklists adopt` takes the new version")?;
    }
    let heads = [
        ("", true),
        ("state", false),
        ("item", false),
        ("evidence", false),
        ("age", true),
        ("who", false),
        ("when", false),
    ];
    let all = boxes::boxes(seat, shown);
    out.table(&heads, &all.iter().map(|b| row(b, &times)).collect::<Vec<_>>())?;
    for b in &all {
        below(b, &times, out)?;
    }
    Ok(())
}

fn row(b: &Boxed<'_>, times: &Times) -> Vec<String> {
    let held = &b.state.held;
    let none = || "–".to_owned();
    vec![
        b.number.to_string(),
        b.mark().word().to_owned(),
        format!("{}{}", "  ".repeat(usize::from(b.item.depth.min(6))), b.item.text),
        b.backing().map_or_else(none, evidence),
        b.backing().and_then(|p| p.at).map_or_else(none, |at| times.age(at)),
        by(&b.state).unwrap_or_else(none),
        held.at.map_or_else(none, |at| times.clock(at)),
    ]
}

fn evidence(p: &Proof) -> String {
    if p.good() { p.says.to_string() } else { format!("{}: {}", p.verdict.word(), p.says) }
}

/// What does not fit the row: what was wanted, why it was set aside, the notes.
fn below(b: &Boxed<'_>, times: &Times, out: &mut Out) -> std::io::Result<()> {
    let held = &b.state.held;
    if let Some(p) = b.backing().filter(|p| !p.good() && !p.wanted.is_empty()) {
        out.line(&format!("{:>3} wanted {} ({})", b.number, p.wanted, p.source))?;
    }
    if !held.reason.is_empty() {
        out.line(&format!("{:>3} {}: {}", b.number, b.mark().word(), held.reason))?;
    }
    if let Some(since) = b.state.since {
        out.line(&format!("{:>3} waits since {}", b.number, times.full(since)))?;
    }
    for note in &b.state.notes {
        out.line(&format!("{:>3} {} {}: {}", b.number, times.clock(note.at), note.by, note.text))?;
    }
    Ok(())
}
