//! A list for one period as it was worked: boxes, who, when, on what evidence, and why not. As Markdown that reads back as
//! the same boxes, and as CSV.

use super::markup::{csv_row, escaped};
use super::times::Times;
use crate::domain::alert::Actor;
use crate::domain::checklist::{ItemState, Mark, Occurrence, PinnedItem};
use crate::domain::evidence::Proof;
use crate::domain::text::Clean;
use crate::domain::time::{Stamp, worked};

/// What made the document.
const MAKER: &str = concat!("watchdeck ", env!("CARGO_PKG_VERSION"));

/// What scripts call a mark.
pub fn state_word(mark: Mark) -> &'static str {
    match mark {
        Mark::Open => "open",
        Mark::Half => "half",
        Mark::Done => "done",
        Mark::Against => "done_against_evidence",
        Mark::Proven => "done_by_evidence",
        Mark::Failed => "failed",
        Mark::Skipped => "skipped",
        Mark::Na => "na",
        Mark::Missed => "missed",
        Mark::Carried => "carried",
    }
}

/// Who set the mark; what did, when it was evidence.
pub fn by(state: &ItemState) -> Option<String> {
    state.held.by.as_ref().map(|by| match (by, state.held.mark) {
        (Actor::Worker(_), Mark::Missed | Mark::Carried) => "the end of the period".to_owned(),
        (Actor::Worker(_), _) => "evidence".to_owned(),
        (by, _) => by.say(),
    })
}

/// The list as Markdown: parsed again it has the same boxes, ticked where they were done.
pub fn filled(o: &Occurrence, now: Stamp) -> String {
    let t = Times::named(now, &o.opening.zone);
    let pinned = &o.opening.pinned;
    let budget = pinned.budget_ms.map_or_else(String::new, |ms| format!(" budget={}s", ms / 1000));
    let mut lines = vec![
        format!("# {}", escaped(pinned.title.as_str())),
        format!("<!-- watchdeck: cadence={}{budget} -->", o.opening.cadence.word()),
        String::new(),
        format!("{}. Exported {} by {MAKER}.", escaped(&standing(o, &t)), t.full(now)),
        String::new(),
    ];
    let mut above = None;
    for item in &pinned.items {
        // Deeper than one below the box before it would read as code.
        let depth = above.map_or(0, |above: u16| item.depth.min(above + 1));
        above = Some(depth);
        let indent = "  ".repeat(usize::from(depth));
        let state = o.items.get(&item.id).map(|s| &**s);
        let tick = if o.mark(&item.id).done() { 'x' } else { ' ' };
        lines.push(format!("{indent}- [{tick}] {}", escaped(item.text.as_str())).trim_end().to_owned());
        lines.extend(state.into_iter().flat_map(|s| said(item, s, &t)).map(|line| format!("{indent}  - {line}")));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// `daily, 2026-11-29 (Europe/Berlin), due 2026-11-29 09:00 CET; 3 of 5 done, 1 skipped, 1 left`
pub fn standing(o: &Occurrence, t: &Times) -> String {
    let tally = o.tally();
    let due = o.due().map_or_else(String::new, |at| format!(", due {}", t.full(at)));
    let moved = o.redated.as_ref().map_or_else(String::new, |(_, why)| format!(" (moved: {why})"));
    let mut text = format!(
        "{}, {} ({}){due}{moved}; {} of {} done",
        o.opening.cadence.word(),
        o.opening.period,
        o.opening.zone,
        tally.done,
        tally.total
    );
    for (n, word) in [(tally.skipped, "skipped"), (tally.na, "n/a"), (tally.failed, "failed"), (tally.left, "left")] {
        if n > 0 {
            text.push_str(&format!(", {n} {word}"));
        }
    }
    text
}

/// What stands below a box.
fn said(item: &PinnedItem, state: &ItemState, t: &Times) -> Vec<String> {
    let mut lines = Vec::new();
    let held = &state.held;
    if held.mark != Mark::Open || held.at.is_some() {
        let word = if held.mark == Mark::Open { "un-ticked" } else { held.mark.word() };
        let by = by(state).filter(|_| held.mark != Mark::Proven);
        let by = by.map_or_else(String::new, |by| format!(" by {}", escaped(&by)));
        let at = held.at.map_or_else(String::new, |at| format!(", {}", t.full(at)));
        let first =
            held.first.as_ref().map_or_else(String::new, |f| format!(", first of two: {}", escaped(f.as_str())));
        lines.push(format!("{word}{by}{at}{first}{}", because(&held.reason)));
    }
    if let Some(since) = state.since {
        lines.push(format!("waits since {}", t.full(since)));
    }
    if item.two_person {
        lines.push("two people confirm it".to_owned());
    }
    lines.extend(state.proof.as_ref().map(|proof| evidence(proof, t)));
    let note = |n: &crate::domain::checklist::Noted| {
        format!("note by {}, {}: {}", escaped(n.by.as_str()), t.full(n.at), escaped(n.text.as_str()))
    };
    lines.extend(state.notes.iter().map(note));
    lines
}

fn because(reason: &Clean) -> String {
    if reason.is_empty() { String::new() } else { format!(": {}", escaped(reason.as_str())) }
}

/// `evidence good: 60 of 60 (wanted …; command, 2026-11-29 08:41 CET)`
fn evidence(proof: &Proof, t: &Times) -> String {
    let mut from: Vec<String> = Vec::new();
    if !proof.wanted.is_empty() {
        from.push(format!("wanted {}", escaped(proof.wanted.as_str())));
    }
    from.push(escaped(proof.source.as_str()));
    from.extend(proof.at.map(|at| t.full(at)));
    from.extend(proof.output.as_ref().map(|o| format!("sha256 {}", escaped(&o.sha256))));
    from.retain(|part| !part.is_empty());
    format!("evidence {}: {} ({})", proof.verdict.word(), escaped(proof.says.as_str()), from.join("; "))
}

/// One row per box, with a head.
pub fn csv(o: &Occurrence) -> String {
    let heads = [
        "list",
        "period",
        "item",
        "text",
        "state",
        "by",
        "at",
        "reason",
        "evidence",
        "says",
        "wanted",
        "source",
        "evidence_at",
        "notes",
    ];
    let mut lines = vec![csv_row(&heads)];
    let nothing = ItemState::default();
    for item in &o.opening.pinned.items {
        let state = o.items.get(&item.id).map_or(&nothing, |s| s);
        let proof = state.proof.as_deref();
        let time = |at: Option<Stamp>| at.map(Stamp::rfc3339).unwrap_or_default();
        let word = |f: fn(&Proof) -> String| proof.map(f).unwrap_or_default();
        let notes: Vec<String> = state.notes.iter().map(|n| format!("{}: {}", n.by, n.text)).collect();
        lines.push(csv_row(&[
            o.opening.list.clone(),
            o.opening.period.clone(),
            item.id.to_string(),
            item.text.to_string(),
            state_word(state.held.mark).to_owned(),
            by(state).unwrap_or_default(),
            time(state.held.at),
            state.held.reason.to_string(),
            word(|p| p.verdict.word().to_owned()),
            word(|p| p.says.to_string()),
            word(|p| p.wanted.to_string()),
            word(|p| p.source.to_string()),
            time(proof.and_then(|p| p.at)),
            notes.join(" | "),
        ]));
    }
    lines.push(String::new());
    lines.join("\r\n")
}

/// How late it is, or that it is done, in a word or two: `5h late`, `done`, `open`.
pub fn state(o: &Occurrence, now: Stamp) -> &'static str {
    let over = o.closing.is_some() || o.opening.closes.is_some_and(|closes| closes <= now);
    match () {
        () if o.complete() && !o.items.values().any(|s| matches!(s.held.mark, Mark::Missed | Mark::Carried)) => "done",
        () if over => "over",
        () if o.late(now).is_some() => "late",
        () => "open",
    }
}

/// How long people worked on it, against its budget: `4m10s of 5m`.
pub fn effort(worked_ms: u64, budget_ms: Option<u64>) -> String {
    let span = |ms: u64| worked(std::time::Duration::from_millis(ms));
    budget_ms.map_or_else(|| span(worked_ms), |budget| format!("{} of {}", span(worked_ms), span(budget)))
}
