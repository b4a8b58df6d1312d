//! Live evidence: what the watch knows, asked by expressions. A source is one file (or one function) and one line of
//! [`SOURCES`]; a later one adds its own. Pure: everything here is a question to the model.

mod alerts;
mod services;
mod streams;

use crate::domain::checklist::{Occurrence, TemplateItem};
use crate::domain::evidence::{Evidence, Expr, Gathered, Proof, Term, Verdict};
use crate::domain::text::Clean;
use crate::domain::time::{Stamp, short};

use super::model::Model;

/// Who asks: at which moment, and since when things count for them.
#[derive(Clone, Copy)]
pub struct Asker<'a> {
    pub model: &'a Model,
    pub now: Stamp,
    /// When the list was last completed, or the run was started.
    pub since: Option<Stamp>,
}

/// What a source answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// None when it is not known now.
    pub value: Option<f64>,
    /// What it could be at best, when a part of it is not known.
    pub best: Option<f64>,
    /// `6 of 7 healthy: behavioral-learning stale`
    pub says: String,
    /// Of the oldest observation it rests on.
    pub at: Option<Stamp>,
}

/// Where the figures of a term come from.
pub struct Source {
    pub name: &'static str,
    /// As shown beside a value: `probes`, `alerts`.
    pub shown: &'static str,
    /// Of [`topic`].
    pub topics: u8,
    /// Every value it has, for the config asks no other; `*` and `NAME` stand for any name.
    pub values: &'static str,
    /// None when there is no such value or no such thing here.
    pub ask: fn(&Asker<'_>, &[String]) -> Option<Answer>,
}

/// What an answer changes with; a source names all that it rests on.
pub mod topic {
    pub const SERVICES: u8 = 1;
    pub const ALERTS: u8 = 2;
    pub const STREAMS: u8 = 4;
    pub const GAUGES: u8 = 8;
    pub const BOARD: u8 = 16;
    pub const OUTBOX: u8 = 32;
    pub const LEASE: u8 = 64;
    /// Time alone, by ten seconds.
    pub const TIME: u8 = 128;
}

pub const SOURCES: &[Source] = &[
    services::ALL,
    services::ONE,
    alerts::ALERTS,
    streams::STREAMS,
    streams::STREAM,
    streams::KPI,
    streams::WORKER,
    streams::OUTBOX,
];

/// What a whole expression says now: bad when one term is, else not knowable, else not known, else good.
pub fn judge(expr: &Expr, asker: &Asker<'_>) -> Proof {
    let mut terms = expr.terms.iter().map(|t| judge_term(t, asker));
    let Some(first) = terms.next() else { return Proof::new(Verdict::Unknown, "nothing is asked") };
    let mut all = first;
    for next in terms {
        let both = |a: &Clean, b: &Clean, with: &str| Clean::new(&format!("{a}{with}{b}"));
        all.says = both(&all.says, &next.says, ", ");
        all.wanted = both(&all.wanted, &next.wanted, " and ");
        if all.source != next.source {
            all.source = both(&all.source, &next.source, ", ");
        }
        all.at = [all.at, next.at].into_iter().flatten().min();
        if weight(next.verdict) > weight(all.verdict) {
            all.verdict = next.verdict;
        }
    }
    all
}

fn weight(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Good => 0,
        Verdict::Unproven => 1,
        Verdict::Unknown => 2,
        Verdict::NoSource => 3,
        Verdict::Bad => 4,
    }
}

fn judge_term(term: &Term, asker: &Asker<'_>) -> Proof {
    let wanted = term.to_string();
    let Some(source) = SOURCES.iter().find(|s| s.name == term.source) else {
        let says = format!("no source here for {}", term.source);
        return Proof::new(Verdict::NoSource, says.as_str()).wanted(wanted).from(term.source.as_str());
    };
    let Some(answer) = (source.ask)(asker, &term.path) else {
        let says = format!("no {} here", term.path.join("."));
        return Proof::new(Verdict::NoSource, says.as_str()).wanted(wanted).from(source.shown);
    };
    let verdict = match (answer.value, answer.best) {
        (Some(value), _) if term.op.holds(value, term.limit) => Verdict::Good,
        (Some(_), Some(best)) if term.op.holds(best, term.limit) => Verdict::Unknown,
        (Some(_), _) => Verdict::Bad,
        (None, _) => Verdict::Unknown,
    };
    let says = match answer.value {
        _ if !answer.says.is_empty() => answer.says,
        Some(value) => term.shown(value),
        None => "not known yet".to_owned(),
    };
    Proof::new(verdict, says.as_str()).wanted(wanted).from(source.shown).seen_at(answer.at)
}

/// What stands behind a box now; None where nothing does but a person's word.
pub fn proof_of(model: &Model, item: &TemplateItem, occurrence: &Occurrence, now: Stamp) -> Option<Proof> {
    match &item.evidence {
        Evidence::None | Evidence::Word(_) => None,
        Evidence::Wrong(why) => Some(Proof::new(Verdict::NoSource, why.clone()).from("the file")),
        Evidence::Live { expr, .. } => {
            let since = model.board.completed_before(occurrence);
            Some(judge(expr, &Asker { model, now, since }))
        }
        Evidence::Gathered(g) => Some(gathered(model, item, g, occurrence, now)),
    }
}

/// The newer of what a person had fetched for this very box and what the worker fetched by itself; too old proves nothing.
fn gathered(model: &Model, item: &TemplateItem, g: &Gathered, occurrence: &Occurrence, now: Stamp) -> Proof {
    let own = occurrence
        .items
        .get(&item.id)
        .and_then(|s| s.proof.as_deref())
        .filter(|p| p.output.is_some() || p.source.as_str() == g.kind);
    let workers = model.board.evidence.get(&g.key).map(|e| &e.proof);
    let of_this = |p: &&Proof| p.spec == g.spec;
    let Some(newest) = [own, workers].into_iter().flatten().filter(of_this).max_by_key(|p| p.at) else {
        let how = if g.every.is_some() { "not looked at yet" } else { "not run yet" };
        return Proof::new(Verdict::Unknown, how).wanted(g.what.clone()).from(g.kind.as_str());
    };
    let age = newest.at.map(|at| now.since(at));
    match age.filter(|age| *age > g.fresh) {
        Some(age) => Proof {
            verdict: Verdict::Unknown,
            says: Clean::new(&format!("{} ago, too old: {}", short(age), newest.says)),
            ..newest.clone()
        },
        None => newest.clone(),
    }
}

/// Numbers that change when what an answer rests on may have: whoever remembers them need not ask again.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Moved([u64; 8]);

impl Moved {
    /// Nothing of these topics has moved.
    pub fn same(&self, other: &Self, topics: u8) -> bool {
        let both = self.0.iter().zip(&other.0).enumerate();
        both.filter(|(at, _)| topics & (1 << at) != 0).all(|(_, (one, two))| one == two)
    }
}

/// In the order of [`topic`]'s bits.
pub fn moved(model: &Model, now: Stamp) -> Moved {
    let m = &model.moved;
    // Services turn stale by time alone.
    let services = m.services.wrapping_mul(1 << 20).wrapping_add(model.counts(now).stale as u64);
    let lease = model.worker.lease.as_ref().map_or(0, |l| l.epoch.cast_unsigned() << 1 | u64::from(l.alive()));
    let ten_seconds = now.0.div_euclid(10_000).cast_unsigned();
    // Fetched evidence grows too old by time alone: looked at once a minute.
    let board = model.board.revision.wrapping_mul(1 << 20).wrapping_add(now.0.div_euclid(60_000).cast_unsigned());
    Moved([services, model.book.revision, m.streams, m.gauges, board, m.outbox, lease, ten_seconds])
}

/// What an item's evidence rests on, as bits of [`topic`].
pub fn topics(evidence: &Evidence) -> u8 {
    match evidence {
        Evidence::Live { expr, .. } => expr
            .terms
            .iter()
            .filter_map(|t| SOURCES.iter().find(|s| s.name == t.source))
            .fold(0, |bits, s| bits | s.topics),
        Evidence::Gathered(_) => topic::BOARD,
        Evidence::None | Evidence::Word(_) | Evidence::Wrong(_) => 0,
    }
}

/// A figure without needless digits.
pub fn plain(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
