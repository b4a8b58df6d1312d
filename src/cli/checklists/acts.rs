//! Acts on boxes from the command line: through the same intents and guards as a key press. A box that somebody else has
//! ticked meanwhile is a conflict that says who and when; evidence that says otherwise asks for a reason.

use clap::{Args, Subcommand};

use super::boxes::{self, Boxed};
use crate::cli::exit;
use crate::cli::output::Out;
use crate::cli::seat::Seat;
use crate::cli::services::futures_executor;
use crate::cli::settle::{Ended, Settled};
use crate::domain::checklist::{ItemAct, ItemFact, ListFact, Mark};
use crate::domain::evidence::Verdict;
use crate::domain::journal::{Entry, Fact};
use crate::domain::text::{Clean, Untrusted};
use crate::engine::event::{Intent, Verb};
use crate::engine::lists::Shown;
use crate::report::checklist::by;
use crate::store::Store;

#[derive(Subcommand, Debug)]
pub enum Act {
    /// Tick boxes; against evidence that says otherwise only with a --reason
    Tick(Which),
    /// Skip boxes: --reason says why
    Skip(Which),
    /// Set boxes aside as not applicable: --reason says why
    Na(Which),
    /// Say that boxes have failed: --reason says how
    Fail(Which),
    /// Open boxes again, whatever became of them
    Undo(Which),
    /// Write a --note on boxes
    Note(Which),
}

#[derive(Args, Debug)]
pub struct Which {
    /// The list: its id, a beginning of that, or a part of its title
    list: String,
    /// The boxes: each its number in `show`, its id, or a part of its text
    #[arg(required = true, value_name = "ITEM")]
    items: Vec<String>,
    /// A note, or the word that a box asks for
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Why: others will read it
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Refuse (exit 5) unless the boxes still have this version
    #[arg(long, value_name = "N")]
    if_version: Option<u32>,
}

impl Act {
    fn which(&self) -> &Which {
        match self {
            Self::Tick(w) | Self::Skip(w) | Self::Na(w) | Self::Fail(w) | Self::Undo(w) | Self::Note(w) => w,
        }
    }
    fn past(&self) -> &'static str {
        match self {
            Self::Tick(_) => "ticked",
            Self::Skip(_) => "skipped",
            Self::Na(_) => "marked as not applicable",
            Self::Fail(_) => "marked as failed",
            Self::Undo(_) => "opened again",
            Self::Note(_) => "noted on",
        }
    }
    /// What is to happen to this box; or why not, before anybody is asked.
    fn on(&self, b: &Boxed<'_>) -> Result<ItemAct, &'static str> {
        let which = self.which();
        let (note, reason) = (text(which.note.as_ref()), text(which.reason.as_ref()));
        let said = if reason.is_empty() { note.clone() } else { reason.clone() };
        let aside = |mark| {
            let why = Some(said.clone()).filter(|r| !r.is_empty()).ok_or("say why with --reason")?;
            Ok(ItemAct::SetAside { mark, reason: why })
        };
        match self {
            // A note alone does not stand against evidence, but it is the word that a box asks for.
            Self::Tick(_) => Ok(ItemAct::Tick { reason: if b.asks { said } else { reason }, proof: None }),
            Self::Skip(_) => aside(Mark::Skipped),
            Self::Na(_) => aside(Mark::Na),
            Self::Fail(_) => aside(Mark::Failed),
            Self::Undo(_) => Ok(ItemAct::Untick { reason: said }),
            Self::Note(_) if note.is_empty() && reason.is_empty() => Err("write it with --note"),
            Self::Note(_) => Ok(ItemAct::Note(if note.is_empty() { reason } else { note })),
        }
    }
    /// A note that is no part of the act is written beside it.
    fn note_beside(&self, b: &Boxed<'_>) -> Option<Clean> {
        let which = self.which();
        let reason = !text(which.reason.as_ref()).is_empty();
        let beside = match self {
            Self::Tick(_) => reason || !b.asks,
            Self::Note(_) => false,
            _ => reason,
        };
        Some(text(which.note.as_ref())).filter(|note| beside && !note.is_empty())
    }
}

fn text(given: Option<&String>) -> Clean {
    given.map_or_else(Clean::default, |text| Untrusted::new(text.trim()).clean())
}

fn doubted(b: &Boxed<'_>) -> bool {
    b.proof.as_ref().is_some_and(|p| matches!(p.verdict, Verdict::Bad | Verdict::Unknown))
}

/// Each box its own act and its own line; what is left is said at the end.
pub fn run(seat: &mut Seat, act: &Act, out: &mut Out) -> anyhow::Result<u8> {
    let (which, past) = (act.which(), act.past());
    let shown = match boxes::list(seat, &which.list) {
        Ok(shown) => shown,
        Err(unclear) => {
            out.line(&format!("NOT {past}: {}", unclear.why))?;
            return Ok(unclear.code);
        }
    };
    let mut worst = exit::DONE;
    let mut changed = false;
    for asked in &which.items {
        let code = match boxes::item(&shown, asked) {
            Ok(at) => one(seat, act, (&shown, at), out)?,
            Err(unclear) => {
                out.line(&format!("NOT {past}: {}", unclear.why))?;
                unclear.code
            }
        };
        changed |= code == exit::DONE;
        worst = worst.max(code);
    }
    if changed {
        left(seat, &shown, out)?;
    }
    Ok(worst)
}

fn one(seat: &mut Seat, act: &Act, (shown, at): (&Shown, usize), out: &mut Out) -> anyhow::Result<u8> {
    let Some(item) = shown.occurrence.opening.pinned.items.get(at) else { return Ok(exit::FAILED) };
    let b = boxes::boxed(seat, shown, at, item);
    let (past, name) = (act.past(), format!("\"{}\"", item.text));
    let refuse = |out: &mut Out, why: &str, code: u8| -> anyhow::Result<u8> {
        out.line(&format!("NOT {past} {name}: {why}"))?;
        Ok(code)
    };
    if shown.occurrence.opening.closes.is_some_and(|closes| closes <= seat.now) {
        let why = format!("{} is over: what was not done by then stays so", shown.occurrence.opening.period);
        return refuse(out, &why, exit::FAILED);
    }
    let wanted = match act.on(&b) {
        Ok(wanted) => wanted,
        Err(why) => return refuse(out, why, exit::USAGE),
    };
    if let (Act::Tick(_), Some((code, why))) = (act, already(seat, &b)) {
        if code == exit::DONE {
            out.line(&format!("{name} {why}"))?;
            return Ok(code);
        }
        return refuse(out, &why, code);
    }
    let verb = |act| Verb::Item { list: shown.occurrence.id, item: item.id.clone(), act };
    let seen = act.which().if_version.unwrap_or(b.state.version);
    let intent = Intent { alert: None, seen: Some(seen), verb: verb(wanted) };
    let ended = seat.act(intent, &Settled { past, name: &name }, out)?;
    after(&b, &ended, act, out)?;
    if let Some(note) = act.note_beside(&b).filter(|_| ended.code == exit::DONE) {
        let intent = Intent { alert: None, seen: None, verb: verb(ItemAct::Note(note)) };
        return Ok(seat.act(intent, &Settled { past: "noted on", name: &name }, out)?.code);
    }
    Ok(ended.code)
}

/// A box that is ticked is ticked: by me or by evidence nothing is left to do, by somebody else I was not first.
fn already(seat: &Seat, b: &Boxed<'_>) -> Option<(u8, String)> {
    let held = &b.state.held;
    if !held.mark.done() || !seat.model().me.role.may_act() {
        return None;
    }
    let (who, at) = (by(&b.state)?, held.at?);
    let when = at.utc().format("%H:%M:%SZ");
    let mine = held.by.as_ref().is_some_and(|by| by.name() == seat.me() || !by.is_person());
    Some(if mine {
        (exit::DONE, format!("is {} already (by {who} at {when})", held.mark.word()))
    } else {
        (exit::CONFLICT, format!("{who} ticked it at {when}, before you"))
    })
}

/// What an operator has to know of a tick besides: on what it stands, whether it is whole.
fn after(b: &Boxed<'_>, ended: &Ended, act: &Act, out: &mut Out) -> std::io::Result<()> {
    let half = ended.entries.iter().any(|e| marked(e) == Some(Mark::Half));
    if half {
        out.line("it waits for a second person")?;
    }
    let Some(p) = b.proof.as_ref().filter(|_| matches!(act, Act::Tick(_)) && doubted(b)) else { return Ok(()) };
    let said = format!("{}: {} (wanted {}; {})", p.verdict.word(), p.says, p.wanted, p.source);
    match ended.code {
        exit::DONE => out.line(&format!("against the evidence, which says {said}")),
        exit::FAILED => out.line(&format!("the evidence says {said}; --reason TEXT ticks it all the same")),
        _ => Ok(()),
    }
}

fn marked(entry: &Entry) -> Option<Mark> {
    match &entry.fact {
        Fact::List { what: ListFact::Item { what: ItemFact::Marked { mark, .. }, .. }, .. } => Some(*mark),
        _ => None,
    }
}

/// As the store has it now, whoever did it.
fn left(seat: &Seat, shown: &Shown, out: &mut Out) -> anyhow::Result<()> {
    let Some(o) = futures_executor(seat.store.occurrence(shown.occurrence.id))? else { return Ok(()) };
    let (tally, title) = (o.tally(), &o.opening.pinned.title);
    out.line(&match tally.left {
        0 => format!("{title} is complete"),
        n => format!("{title}: {n} of {} left", tally.total),
    })?;
    Ok(())
}
