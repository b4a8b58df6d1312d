//! `checklists run`: the command or file behind a box, looked at here and now by a person's wish, and what came of it
//! recorded with the box. It ticks nothing: that it ran is not that it proved.

use std::sync::Arc;

use super::boxes;
use crate::cli::exit;
use crate::cli::output::Out;
use crate::cli::seat::Seat;
use crate::cli::settle::Settled;
use crate::domain::evidence::{Proof, Verdict};
use crate::domain::time::Stamp;
use crate::engine::event::{Effect, Event, Intent, Verb};
use crate::runtime::clock;
use crate::sources::evidence::{self, Gatherer};

/// Lines of what a command wrote; all that was kept is in `show --json`.
const LINES_MAX: usize = 20;

pub fn run(seat: &mut Seat, list: &str, item: &str, out: &mut Out) -> anyhow::Result<u8> {
    let shown = boxes::list(seat, list);
    let found = shown.and_then(|shown| boxes::item(&shown, item).map(|at| (shown, at)));
    let (shown, at) = match found {
        Ok(found) => found,
        Err(unclear) => {
            out.line(&format!("NOT run: {}", unclear.why))?;
            return Ok(unclear.code);
        }
    };
    let Some(pinned) = shown.occurrence.opening.pinned.items.get(at) else { return Ok(exit::FAILED) };
    let verb = Verb::Gather { list: shown.occurrence.id, item: pinned.id.clone() };
    let effects = seat.engine.intend(Intent { alert: None, seen: None, verb }, clock::now());
    let Some((key, wish)) = effects.into_iter().find_map(gathering) else {
        return Ok(seat.refused(out)?.code);
    };
    let proof = gather(seat, &key)?;
    tell(&proof, out)?;
    let good = proof.good();
    let event = Event::EvidenceGathered { key, wish, proof: Box::new(proof) };
    let effects = seat.engine.handle(event, clock::now());
    let name = format!("with \"{}\"", pinned.text);
    let ended = seat.carry_out(effects, &Settled { past: "recorded", name: &name }, out)?;
    Ok(if ended.code == exit::DONE && !good { exit::FAILED } else { ended.code })
}

type Wish = Option<(crate::domain::checklist::OccurrenceId, crate::domain::markdown::ItemId)>;

fn gathering(effect: Effect) -> Option<(String, Wish)> {
    if let Effect::Gather { key, wish } = effect { Some((key, wish)) } else { None }
}

fn gather(seat: &Seat, key: &str) -> anyhow::Result<Proof> {
    let now = clock::now().wall;
    let gatherer = match gatherer(seat, key) {
        Ok(gatherer) => gatherer,
        Err(why) => return Ok(unsourced(&why, now)),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(async { gatherer.gather(now).await }))
}

fn unsourced(why: &str, now: Stamp) -> Proof {
    Proof::new(Verdict::NoSource, why).seen_at(Some(now))
}

fn gatherer(seat: &Seat, key: &str) -> Result<Arc<dyn Gatherer>, String> {
    let pieces = seat.config.iter().flat_map(|c| &c.gatherers);
    match (pieces.into_iter().find(|g| g.key == key), key.strip_prefix("argv:")) {
        (Some(piece), _) => evidence::build(&piece.raw).map_err(|problem| problem.to_string()),
        // That files may name commands was decided where the file was bound.
        (None, Some(line)) => evidence::from_line(line),
        (None, None) => Err("no config here says how to get it".to_owned()),
    }
}

fn tell(proof: &Proof, out: &mut Out) -> std::io::Result<()> {
    out.line(&format!("{}: {}", proof.verdict.word(), proof.says))?;
    if !proof.wanted.is_empty() {
        out.line(&format!("wanted {}", proof.wanted))?;
    }
    let Some(output) = &proof.output else { return Ok(()) };
    for line in output.lines.iter().take(LINES_MAX) {
        out.line(&format!("  {line}"))?;
    }
    let more = output.lines.len().saturating_sub(LINES_MAX);
    if more > 0 || output.cut {
        out.line(&format!("  … {} bytes in all, sha256 {}", output.bytes, output.sha256))?;
    }
    Ok(())
}
