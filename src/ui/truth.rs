//! Line one: what is true now, whatever is filtered or frozen below. Faults stand in words; when the line grows too wide,
//! name, `live` and the environment go first, and never a fault.

use ratatui::style::Style;
use ratatui::text::Line;

use super::look::ClockShown;
use super::scene::{Scene, Worker};
use super::tabs::lists;
use super::text::{Cells, width};
use super::theme::Tint;
use super::words;
use crate::domain::live::{Link, StreamLive};

/// A piece of the line; the lowest `keep` is dropped first, [`FAULT`] never.
struct Piece {
    text: String,
    style: Style,
    keep: u8,
    /// Close to the next one where space is short.
    tight: bool,
}

const FAULT: u8 = u8::MAX;
/// After a clock step has been said this long, it is history.
const STEP_SAID: std::time::Duration = std::time::Duration::from_mins(10);

pub fn line(scene: &Scene<'_>, columns: usize) -> Line<'static> {
    let wide = columns >= 100;
    let mut pieces = Vec::new();
    let plain = |text: String, keep| Piece { text, style: Style::new(), keep, tight: false };
    if wide {
        pieces.push(Piece { text: "watchdeck".into(), style: scene.style(Tint::Strong), keep: 0, tight: true });
    }
    pieces.push(Piece { tight: true, ..plain(scene.live.setup.environment.clone(), 2) });
    if scene.live.ready() {
        severities(scene, wide, &mut pieces);
        faults(scene, &mut pieces);
        services(scene, &mut pieces);
        links(scene, &mut pieces);
        if let Worker::Mine | Worker::Other(_) = scene.worker() {
            let who = if let Worker::Other(name) = scene.worker() { name } else { "YOU".into() };
            let follows = if scene.live.worker.only_follows.is_some() { ", only following" } else { "" };
            pieces.push(plain(format!("worker {who}{follows}"), 4));
        }
    }
    let role = if wide { format!(" {}", scene.live.me.role.word()) } else { String::new() };
    pieces.push(plain(format!("{}{role}", scene.me()), 3));
    let face = scene.look.clock == ClockShown::Minutes && !scene.slow();
    let clock = if face { scene.clock.face() } else { String::new() };
    lay(pieces, &clock, columns, if wide { 3 } else { 2 })
}

/// Drops the least needed pieces until the rest fits, and puts the clock at the end.
fn lay(mut pieces: Vec<Piece>, clock: &str, columns: usize, gap: usize) -> Line<'static> {
    pieces.retain(|p| !p.text.is_empty());
    let mut clock = clock;
    let (mut gap, tail) = (gap, |clock: &str| if clock.is_empty() { 0 } else { width(clock) + 1 });
    let after = |piece: &Piece, gap: usize| if piece.tight && gap < 3 { 1 } else { gap };
    loop {
        let wanted: usize = 1 + pieces.iter().map(|p| width(&p.text) + after(p, gap)).sum::<usize>() + tail(clock);
        if wanted <= columns {
            break;
        }
        let least = pieces.iter().enumerate().filter(|(_, p)| p.keep != FAULT).min_by_key(|(_, p)| p.keep);
        if gap > 1 {
            gap = 1;
        } else if let Some((at, _)) = least {
            pieces.remove(at);
        } else if clock.is_empty() {
            break;
        } else {
            clock = "";
        }
    }
    let mut cells = Cells::default().gap(1);
    for piece in pieces {
        let gap = after(&piece, gap);
        cells = cells.add(piece.text, piece.style).gap(gap);
    }
    if !clock.is_empty() {
        cells = cells.to(columns.saturating_sub(width(clock) + 1)).text(clock);
    }
    cells.line()
}

fn severities(scene: &Scene<'_>, wide: bool, pieces: &mut Vec<Piece>) {
    let counts = scene.live.book.counts;
    let words = if wide { ["critical", "warning", "notice"] } else { ["crit", "warn", "note"] };
    let rows = [
        (counts.critical, "●", Tint::Critical),
        (counts.warning, "▲", Tint::Warning),
        (counts.notice, "■", Tint::Notice),
    ];
    for ((n, glyph, tint), word) in rows.into_iter().zip(words) {
        if n > 0 {
            let keep = if tint == Tint::Notice { 5 } else { FAULT };
            pieces.push(Piece { text: format!("{glyph} {n} {word}"), style: scene.style(tint), keep, tight: true });
        }
    }
    if let Some(last) = pieces.last_mut() {
        last.tight = false;
    }
}

fn faults(scene: &Scene<'_>, pieces: &mut Vec<Piece>) {
    let live = scene.live;
    let bad = |text: String| Piece {
        text: format!(" {text} "),
        style: scene.style(Tint::BadBadge),
        keep: FAULT,
        tight: true,
    };
    let warn = |text: String| Piece { style: scene.style(Tint::WarnBadge), ..bad(text) };
    if let Worker::Nobody(since) = scene.worker() {
        let age = since.map_or_else(String::new, |at| format!(" {}", scene.clock.fault_age(at)));
        pieces.push(bad(format!("NO WORKER{age}")));
    } else if let Some(since) = scene.silent_worker() {
        pieces.push(warn(format!("WORKER SILENT {}", scene.clock.fault_age(since))));
    }
    if let Some(waits) = lists::waits(scene) {
        pieces.push(warn(waits));
    }
    let failed = live.saving.values().chain(live.board.saving.values()).filter(|s| s.failed.is_some()).count();
    if failed > 0 {
        pieces.push(bad(format!("NOT SAVED {failed}")));
    } else if let Some((_, since)) = scene.store_fails() {
        pieces.push(bad(format!("STORE FAILS {}", scene.clock.fault_age(since))));
    }
    let dead = live.outbox.iter().filter(|row| words::unreached(row)).count();
    if dead > 0 {
        pieces.push(bad(format!("page FAILED {dead}")));
    }
    if live.worker.live.link_down {
        pieces.push(bad("OWN LINK DOWN".into()));
    }
    if let Some((ms, at)) = live.notices.clock_step
        && scene.now().since(at) < STEP_SAID
    {
        scene.clock.note(at + STEP_SAID);
        pieces.push(warn(format!("clock stepped {:+}s", ms / 1000)));
    }
    if live.notices.config.is_some() {
        pieces.push(warn("CONFIG REJECTED".into()));
    }
    if let Some((name, at)) = &live.notices.task_died
        && scene.now().since(*at) < STEP_SAID
    {
        scene.clock.note(*at + STEP_SAID);
        pieces.push(warn(format!("{name} restarted")));
    }
}

fn services(scene: &Scene<'_>, pieces: &mut Vec<Piece>) {
    for service in &scene.live.services {
        scene.state_of(service);
    }
    let counts = scene.live.counts(scene.now());
    if counts.total == 0 {
        return;
    }
    let mut text = format!("{}/{} up", counts.up(), counts.total);
    if counts.stale > 0 {
        text.extend([" ", &counts.stale.to_string(), " stale"]);
    }
    if counts.unknown > 0 {
        text.extend([" ", &counts.unknown.to_string(), " unknown"]);
    }
    pieces.push(Piece { text, style: Style::new(), keep: 6, tight: false });
}

/// It has tried and has never been connected; Sys has the reason.
pub fn never(stream: &StreamLive) -> bool {
    let tried = matches!(stream.link, Link::Reconnecting { .. }) || !stream.detail.is_empty();
    let refused = matches!(stream.link, Link::Refused { .. });
    stream.link != Link::Live && tried && !refused && stream.last_event_at.is_none() && stream.counts.received == 0
}

/// `live` when every stream is; else each fault in words.
fn links(scene: &Scene<'_>, pieces: &mut Vec<Piece>) {
    let streams = &scene.live.streams;
    // Nobody reads them: what the last worker knew of them is not so now.
    let mut all_live = !streams.is_empty() && !matches!(scene.worker(), Worker::Nobody(_));
    let mut lost = 0;
    for stream in streams {
        let since = || stream.last_event_at.map_or_else(String::new, |at| format!(" {}", scene.clock.fault_age(at)));
        let several = if streams.len() > 1 { format!(" {}", stream.name) } else { String::new() };
        let text = match stream.link {
            Link::Live => {
                lost += stream.counts.lost();
                continue;
            }
            Link::Off => continue,
            _ if never(stream) => format!("STREAM{several} DOWN"),
            Link::Connecting => format!("STREAM{several} connecting"),
            Link::Reconnecting { .. } => format!("STREAM{several} STALE{}", since()),
            Link::Refused { .. } => format!("STREAM{several} REFUSED"),
        };
        all_live = false;
        let style = scene.style(Tint::WarnBadge);
        pieces.push(Piece { text: format!(" {text} "), style, keep: FAULT, tight: true });
    }
    if all_live && lost > 0 {
        let style = scene.style(Tint::Warning);
        pieces.push(Piece { text: format!("live, {lost} lost"), style, keep: FAULT, tight: false });
    } else if all_live && streams.iter().any(|s| s.link == Link::Live) {
        pieces.push(Piece { text: "live".into(), style: Style::new(), keep: 1, tight: false });
    }
}
