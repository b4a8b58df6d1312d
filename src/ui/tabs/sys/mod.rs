//! Sys: the console itself. Its log, the pages on their way, who does the work, where the data comes from, the store.

mod log;
mod outbox;
mod status;

use super::{Copy, Looks, Tab, counted, named, no_column, nothing_below};
use crate::domain::outbox::OutboxState;
use crate::engine::Verb;
use crate::engine::model::Tone;
use crate::ui::command::{Command, Needs};
use crate::ui::desk::Desk;
use crate::ui::list::{Listing, Row, RowId, Wanted};
use crate::ui::scene::Scene;

pub use log::{log_page, log_step};

pub const LOG: usize = 0;
pub const OUTBOX: usize = 1;
pub const WORKER: usize = 2;
pub const SOURCES: usize = 3;
pub const STORE: usize = 4;
pub const SAID: usize = 5;

pub const TAB: Tab = Tab {
    id: "sys",
    long: "Sys",
    short: "Sys",
    go: Command {
        id: "sys",
        keys: &["0"],
        foot: "",
        help: "tab Sys: log, outbox, worker, sources, store",
        needs: Needs::Nothing,
        run: |desk| desk.show_tab(super::index("sys")),
    },
    views: |_| named(&["log", "outbox", "worker", "sources", "store", "messages"]),
    commands: &[&[
        Command {
            id: "resend",
            keys: &["R"],
            foot: "re-send",
            help: "re-send a dead page",
            needs: Needs::Row,
            run: resend,
        },
        Command {
            id: "log-less",
            keys: &["<"],
            foot: "less",
            help: "log: show less of the chosen target",
            needs: Needs::View(LOG),
            run: |desk| log::level(desk, false),
        },
        Command {
            id: "log-more",
            keys: &[">"],
            foot: "more",
            help: "log: show more of the chosen target",
            needs: Needs::View(LOG),
            run: |desk| log::level(desk, true),
        },
    ]],
    need: |scene| scene.live.outbox.iter().filter(|row| row.state == OutboxState::Dead).count(),
    unit: "",
    version: |_| None,
    rows,
    look: Looks {
        needing: |scene, row| outbox::of(scene, row).is_some_and(|p| p.state == OutboxState::Dead),
        head: |_, view, total| if view == OUTBOX { outbox::head(total) } else { String::new() },
        row: outbox::line,
        detail: outbox::detail,
        empty: |_, view| if view == OUTBOX { "no pages".into() } else { String::new() },
        page: |scene, view, area, buf| match view {
            OUTBOX => false,
            LOG => log::render(scene, area, buf),
            _ => status::render(scene, view, area, buf),
        },
        copy: |scene, row, _: Copy| outbox::copy(scene, row),
        order: |view| if view == OUTBOX { "dead first, then latest" } else { "" },
        tail: counted,
        hides: "dead",
        below: nothing_below,
        aside: no_column,
    },
    foot: &[],
};

fn rows(scene: &Scene<'_>, wanted: &Wanted<'_>) -> Listing {
    let mut list = Listing::default();
    if wanted.view != OUTBOX {
        return list;
    }
    let mut sieve = wanted.filter.sieve(scene.me(), scene.now());
    for page in &scene.model.outbox {
        let words = format!("{} {} {} L{}", page.alert, page.channel, page.state.word(), page.level);
        if !sieve.keeps(&words, "", Some(page.severity)) {
            list.hidden += 1;
            continue;
        }
        let dead = i64::from(page.state != OutboxState::Dead);
        list.rows.push(Row::new(RowId::Page(page.id), [dead, -page.created_at.0, -page.id]));
    }
    list.rows.sort_by_key(|r| r.rank);
    list
}

fn resend(desk: &mut Desk<'_>) {
    let Some(RowId::Page(id)) = desk.row().map(|r| r.id.clone()) else {
        return desk.say(Tone::Info, "R re-sends a dead page: choose one in the outbox");
    };
    let dead = desk.model().outbox.iter().any(|p| p.id == id && p.state == OutboxState::Dead);
    if dead {
        desk.intend(None, Verb::Resend { outbox: id });
    } else {
        desk.say(Tone::Info, "this page is not dead; it is sent without help");
    }
}

/// A view that is a page of facts, as lines.
pub fn facts(scene: &Scene<'_>, view: usize) -> Vec<ratatui::text::Line<'static>> {
    status::lines(scene, view, 120)
}
