//! The views of Sys that are a page of facts: worker and lease, sources with their counts, the store, what was said.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{SAID, SOURCES, STORE, WORKER};
use crate::domain::live::{FeedCounts, StreamLive};
use crate::engine::model::StoreState;
use crate::ui::frame;
use crate::ui::scene::{Scene, Worker};
use crate::ui::text::{Cells, fit, left, number, right};
use crate::ui::theme::Tint;

pub fn render(scene: &Scene<'_>, view: usize, area: Rect, buf: &mut Buffer) -> bool {
    let columns = usize::from(area.width);
    for (y, line) in lines(scene, view, columns).iter().take(usize::from(area.height)).enumerate() {
        frame::put(buf, area, y, line);
    }
    true
}

pub fn lines(scene: &Scene<'_>, view: usize, columns: usize) -> Vec<Line<'static>> {
    match view {
        WORKER => facts(scene, worker(scene), columns),
        SOURCES => sources(scene, columns),
        STORE => facts(scene, store(scene), columns),
        SAID => said(scene, columns),
        _ => Vec::new(),
    }
}

fn facts(scene: &Scene<'_>, facts: Vec<(&'static str, String)>, columns: usize) -> Vec<Line<'static>> {
    let line = |(label, text): (&str, String)| {
        let cells = Cells::default().gap(1).left(label, 16, scene.label());
        let room = columns.saturating_sub(cells.used + 1);
        cells.text(fit(&text, room)).line()
    };
    facts.into_iter().map(line).collect()
}

fn worker(scene: &Scene<'_>) -> Vec<(&'static str, String)> {
    let view = &scene.live.worker;
    let who = match scene.worker() {
        Worker::Mine => "this console does the work".to_owned(),
        Worker::Other(name) => format!("{name} does the work"),
        Worker::Nobody(since) => {
            let since = since.map_or_else(String::new, |at| format!(" since {}", scene.clock.time(at)));
            format!("NOBODY does the work{since}: nothing is checked, paged or escalated")
        }
    };
    let mut facts = vec![("worker", who)];
    if let Some(lease) = &view.lease {
        let kind = if lease.headless { "headless" } else { "a console" };
        facts.push((
            "lease",
            format!("epoch {}, {kind}, renewed {}", lease.epoch, scene.clock.seconds(lease.renewed_at)),
        ));
        let same = lease.config_hash == scene.live.setup.hash || lease.config_hash.is_empty();
        facts.push(("its config", if same { "the same as here".into() } else { "ANOTHER one than here".into() }));
    }
    if let Some(why) = &view.only_follows {
        facts.push(("only follows", why.to_string()));
    }
    let live = &view.live;
    facts.push(("rules", live.rules.to_string()));
    facts.push((
        "probes",
        format!("{} in flight, start {} ms late (p99)", live.probes_in_flight, live.probe_lag_p99_ms),
    ));
    facts.push(("", format!("{} skipped, {} late", number(live.probes_skipped), number(live.probes_late))));
    facts.push(("events", format!("{} dropped, {} coalesced", number(live.dropped), number(live.coalesced))));
    facts.push(("tasks", format!("{} restarts", number(live.task_restarts))));
    let link = if live.link_down { "DOWN: our own link fails, nothing is judged" } else { "up" };
    facts.push(("own link", link.to_owned()));
    facts
}

fn store(scene: &Scene<'_>) -> Vec<(&'static str, String)> {
    let store = &scene.live.store;
    let state = match &store.state {
        StoreState::Opening => "opening".to_owned(),
        StoreState::Ready => "answers".to_owned(),
        StoreState::Failing { why, since } => format!("FAILS since {}: {why}", scene.clock.time(*since)),
    };
    let counts = scene.live.book.counts;
    let mut facts = vec![
        ("store", store.place.clone()),
        ("state", state),
        ("last entry", number(store.last_seq.unsigned_abs())),
        ("alerts", format!("{} open, {} acked, {} snoozed", counts.open, counts.acked, counts.snoozed)),
        ("resolved", format!("{}, {} to close", store.resolved_total.max(counts.resolved), counts.to_close)),
        ("on their way", format!("{} acts not yet saved", scene.live.unsaved())),
    ];
    if !scene.look.log.is_empty() {
        facts.push(("log file", scene.look.log.clone()));
    }
    if let Some(why) = &scene.live.notices.config {
        facts.push(("config", format!("REJECTED, the old one stays: {why}")));
    }
    facts
}

fn sources(scene: &Scene<'_>, columns: usize) -> Vec<Line<'static>> {
    let head = format!(
        " {} {} {} {} {} {}",
        left("stream", 20),
        left("link", 14),
        right("received", 11),
        right("dup", 8),
        right("gaps", 6),
        right("lost", 8)
    );
    let mut lines = vec![Line::styled(fit(&head, columns), scene.label())];
    for stream in &scene.live.streams {
        lines.extend(stream_lines(scene, stream, columns));
    }
    if scene.live.streams.is_empty() {
        lines.push(Line::raw(" no streams are configured"));
    }
    lines.push(Line::default());
    let w = &scene.live.worker.live;
    lines.push(Line::raw(format!(
        " probes   {} services, {} in flight, start {} ms late (p99), {} skipped",
        scene.live.services.len(),
        w.probes_in_flight,
        w.probe_lag_p99_ms,
        number(w.probes_skipped)
    )));
    lines
}

fn stream_lines(scene: &Scene<'_>, stream: &StreamLive, columns: usize) -> Vec<Line<'static>> {
    let c = &stream.counts;
    let text = scene.style(Tint::Text);
    let cells = Cells::default().gap(1).left(crate::domain::text::Clean::new(&stream.name).as_str(), 20, text).gap(1);
    let cells = cells.left(link(scene, stream), 14, text).gap(1).right(&number(c.received), 11, text).gap(1);
    let cells = cells.right(&number(c.duplicates), 8, text).gap(1).right(&number(c.gaps), 6, text).gap(1);
    let mut lines = vec![cells.right(&number(lost(c)), 8, text).line()];
    let last =
        stream.last_event_at.map_or_else(|| "no event yet".into(), |at| format!("last event {}", scene.clock.time(at)));
    let more = format!(
        "   {last}; {} undecodable, {} missing in gaps ({} came after all), {} coalesced, {} dropped, {} quarantined, {} of unknown severity",
        c.undecodable, c.missing, c.recovered, c.coalesced, c.dropped, c.quarantined, c.unknown_severity
    );
    lines.extend(
        crate::ui::text::wrap(&more, columns.saturating_sub(4))
            .into_iter()
            .map(|l| Line::raw(format!("   {}", l.trim_start()))),
    );
    if !stream.detail.is_empty() {
        lines.push(Line::raw(fit(&format!("   {}", stream.detail), columns)));
    }
    lines
}

fn link(scene: &Scene<'_>, stream: &StreamLive) -> &'static str {
    match scene.worker() {
        Worker::Nobody(_) => "not read",
        _ if crate::ui::truth::never(stream) => "DOWN",
        _ => stream.link.word(),
    }
}

fn lost(c: &FeedCounts) -> u64 {
    c.undecodable + c.lost() + c.dropped + c.quarantined
}

/// What the message line said, latest first.
fn said(scene: &Scene<'_>, columns: usize) -> Vec<Line<'static>> {
    let line = |m: &crate::engine::model::Message| {
        Line::raw(fit(&format!(" {}  {}", scene.clock.seconds(m.at), m.text), columns))
    };
    let lines: Vec<_> = scene.live.notices.history.iter().rev().take(200).map(line).collect();
    if lines.is_empty() { vec![Line::raw(" nothing has been said yet")] } else { lines }
}
