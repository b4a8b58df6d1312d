//! How a list has been kept: periods on time, late, missed and carried over, what was skipped and why, how long it took,
//! and how much of it rests on evidence. Counted over the periods that are given; none of it is stored.

use std::collections::BTreeMap;

use serde::Serialize;

use super::markup::{csv_row, escaped};
use super::times::Times;
use crate::domain::alert::Actor;
use crate::domain::checklist::{Mark, Occurrence};
use crate::domain::evidence::Verdict;
use crate::domain::markdown::Cadence;
use crate::domain::text::Clean;
use crate::domain::time::{Stamp, short};

#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct History {
    pub list: String,
    pub title: Clean,
    pub cadence: Cadence,
    pub zone: String,
    pub counts: Counts,
    /// Why boxes were skipped, most frequent first.
    pub skips: Vec<(Clean, usize)>,
    /// Of the periods in which people settled boxes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub median_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget_ms: Option<u64>,
    pub backing: Backing,
    /// Boxes skipped in more than half of the periods: candidates to be dropped from the list.
    pub seldom_done: Vec<(Clean, usize)>,
    /// Newest first.
    pub periods: Vec<PeriodRow>,
}

/// Periods by how they ended, and boxes that were skipped in them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Counts {
    pub periods: usize,
    pub on_time: usize,
    pub late: usize,
    pub missed: usize,
    pub carried: usize,
    pub skipped_items: usize,
}

/// On what the done boxes rest.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Backing {
    /// Ticked by evidence alone.
    pub proven: usize,
    /// By a person, and evidence said the same.
    pub confirmed: usize,
    /// By a person, against it.
    pub against: usize,
    /// By a person's word alone.
    pub word: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HowEnded {
    OnTime,
    Late,
    Missed,
    Carried,
}

impl HowEnded {
    pub fn word(self) -> &'static str {
        match self {
            Self::OnTime => "on time",
            Self::Late => "late",
            Self::Missed => "missed",
            Self::Carried => "carried over",
        }
    }
}

#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct PeriodRow {
    pub period: String,
    pub ended: HowEnded,
    pub due_at: Option<Stamp>,
    pub finished_at: Option<Stamp>,
    pub done: usize,
    pub skipped: usize,
    pub total: usize,
    pub worked_ms: Option<u64>,
}

/// Of one list; `occurrences` in any order. What still goes on does not count.
pub fn history(occurrences: &[&Occurrence], now: Stamp) -> Option<History> {
    let mut over: Vec<&Occurrence> = occurrences.iter().copied().filter(|o| is_over(o, now)).collect();
    over.sort_by_key(|o| std::cmp::Reverse((o.opening.opens, o.seq)));
    let latest = occurrences.iter().max_by_key(|o| (o.opening.opens, o.seq))?;
    let periods: Vec<PeriodRow> = over.iter().map(|o| row(o)).collect();
    let (skips, seldom_done) = skipped(&over);
    let mut worked: Vec<u64> = periods.iter().filter_map(|p| p.worked_ms).collect();
    worked.sort_unstable();
    Some(History {
        list: latest.opening.list.clone(),
        title: latest.opening.pinned.title.clone(),
        cadence: latest.opening.cadence,
        zone: latest.opening.zone.clone(),
        counts: counts(&periods),
        skips,
        median_ms: worked.get(worked.len() / 2).copied(),
        budget_ms: latest.opening.pinned.budget_ms,
        backing: backing(&over),
        seldom_done,
        periods,
    })
}

/// Closed, or past its end and not yet closed by anybody; a list without an end once it is complete.
fn is_over(o: &Occurrence, now: Stamp) -> bool {
    o.closing.is_some() || o.opening.closes.map_or_else(|| o.complete(), |closes| closes <= now)
}

fn row(o: &Occurrence) -> PeriodRow {
    let (tally, finished, worked_ms) = match &o.closing {
        Some(c) => (c.tally, c.finished, c.worked_ms),
        None => (o.tally(), o.finished_at(), o.worked().map(|(a, b)| b.since(a).as_millis() as u64)),
    };
    let ended = match (finished, o.due()) {
        (Some(at), Some(due)) if at > due => HowEnded::Late,
        (Some(_), _) => HowEnded::OnTime,
        (None, _) if o.opening.cadence == Cadence::Daily => HowEnded::Missed,
        (None, _) => HowEnded::Carried,
    };
    PeriodRow {
        period: o.opening.period.clone(),
        ended,
        due_at: o.due(),
        finished_at: finished,
        done: tally.done,
        skipped: tally.skipped,
        total: tally.total,
        worked_ms,
    }
}

fn counts(periods: &[PeriodRow]) -> Counts {
    let of = |how| periods.iter().filter(|p| p.ended == how).count();
    Counts {
        periods: periods.len(),
        on_time: of(HowEnded::OnTime),
        late: of(HowEnded::Late),
        missed: of(HowEnded::Missed),
        carried: of(HowEnded::Carried),
        skipped_items: periods.iter().map(|p| p.skipped).sum(),
    }
}

type Counted = Vec<(Clean, usize)>;

/// By reason, and the boxes that are skipped more often than not.
fn skipped(over: &[&Occurrence]) -> (Counted, Counted) {
    let (mut reasons, mut items) = (BTreeMap::new(), BTreeMap::new());
    for o in over {
        for item in o.opening.pinned.items.iter().filter(|i| o.mark(&i.id) == Mark::Skipped) {
            let reason = o.items.get(&item.id).map(|s| s.held.reason.clone()).unwrap_or_default();
            *reasons.entry(reason).or_insert(0) += 1;
            *items.entry(item.text.clone()).or_insert(0) += 1;
        }
    }
    let sorted = |counts: BTreeMap<Clean, usize>| {
        let mut all: Counted = counts.into_iter().collect();
        all.sort_by_key(|(text, n)| (std::cmp::Reverse(*n), text.clone()));
        all
    };
    let mut often = sorted(items);
    often.retain(|(_, n)| over.len() > 1 && n * 2 > over.len());
    (sorted(reasons), often)
}

fn backing(over: &[&Occurrence]) -> Backing {
    let mut b = Backing::default();
    for state in over.iter().flat_map(|o| o.items.values()).filter(|s| s.held.mark.done()) {
        let person = state.held.by.as_ref().is_some_and(Actor::is_person);
        let good = state.proof.as_ref().is_some_and(|p| p.verdict == Verdict::Good);
        *match (state.held.mark, person, good) {
            (Mark::Against, ..) => &mut b.against,
            (_, false, _) => &mut b.proven,
            (_, true, true) => &mut b.confirmed,
            (_, true, false) => &mut b.word,
        } += 1;
    }
    b
}

/// `on time 18 of 20, missed 1, 1 skipped, median 4m10s of 5m`
pub fn line(h: &History) -> String {
    let c = h.counts;
    if c.periods == 0 {
        return "no period has ended yet".to_owned();
    }
    let mut text = format!("on time {} of {}", c.on_time, c.periods);
    for (n, word) in [(c.late, "late"), (c.missed, "missed"), (c.carried, "carried over")] {
        if n > 0 {
            text.push_str(&format!(", {word} {n}"));
        }
    }
    if c.skipped_items > 0 {
        text.push_str(&format!(", {} skipped", c.skipped_items));
    }
    if let Some(ms) = h.median_ms {
        text.push_str(&format!(", median {}", super::checklist::effort(ms, h.budget_ms)));
    }
    text
}

pub fn markdown(all: &[History], now: Stamp) -> String {
    let mut lines = vec!["# How the lists were kept".to_owned()];
    for h in all {
        let t = Times::named(now, &h.zone);
        lines.push(String::new());
        lines.push(format!("## {}", escaped(h.title.as_str())));
        lines.push(String::new());
        lines.push(format!("{}, {}.", h.cadence.word(), line(h)));
        lines.push(format!("Done boxes: {}.", backed(h.backing)));
        lines.extend(h.skips.iter().map(|(why, n)| format!("- skipped {n}: {}", why_words(why))));
        let seldom = h.seldom_done.iter();
        lines.extend(seldom.map(|(text, n)| format!("- skipped in {n} periods: {}", escaped(text.as_str()))));
        if !h.periods.is_empty() {
            lines.push(String::new());
            lines.push("| period | ended | done | skipped | finished | worked |".to_owned());
            lines.push("|---|---|---|---|---|---|".to_owned());
        }
        lines.extend(h.periods.iter().map(|p| table_row(p, &t)));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn why_words(why: &Clean) -> String {
    if why.is_empty() { "no reason".to_owned() } else { escaped(why.as_str()) }
}

/// `12 by evidence alone, 20 confirmed by it, 1 against it, 67 by word alone`
pub fn backed(b: Backing) -> String {
    format!(
        "{} by evidence alone, {} by a person with evidence, {} against it, {} by word alone",
        b.proven, b.confirmed, b.against, b.word
    )
}

fn table_row(p: &PeriodRow, t: &Times) -> String {
    let finished = p.finished_at.map_or("–".to_owned(), |at| t.full(at));
    let worked = p.worked_ms.map_or("–".to_owned(), |ms| short(std::time::Duration::from_millis(ms)));
    format!("| {} | {} | {} of {} | {} | {finished} | {worked} |", p.period, p.ended.word(), p.done, p.total, p.skipped)
}

/// One row per period, with a head.
pub fn csv(all: &[History]) -> String {
    let heads =
        ["list", "period", "ended", "due_at", "finished_at", "done", "skipped", "total", "worked_ms", "budget_ms"];
    let mut lines = vec![csv_row(&heads)];
    let time = |at: Option<Stamp>| at.map(Stamp::rfc3339).unwrap_or_default();
    let figure = |n: Option<u64>| n.map(|n| n.to_string()).unwrap_or_default();
    for (h, p) in all.iter().flat_map(|h| h.periods.iter().map(move |p| (h, p))) {
        lines.push(csv_row(&[
            h.list.clone(),
            p.period.clone(),
            p.ended.word().to_owned(),
            time(p.due_at),
            time(p.finished_at),
            p.done.to_string(),
            p.skipped.to_string(),
            p.total.to_string(),
            figure(p.worked_ms),
            figure(h.budget_ms),
        ]));
    }
    lines.push(String::new());
    lines.join("\r\n")
}
