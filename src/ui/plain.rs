//! The same views as lines of text: states in words, no borders, no cursor. For screen readers and dumb terminals.

use ratatui::text::Line;

use super::list::{Listing, Pane, Row, RowId, Wanted};
use super::scene::Scene;
use super::tabs::{Copy, TABS, Tab};
use super::text::bare;
use super::{Ui, truth};
use crate::domain::time::Now;
use crate::engine::Model;

/// Every view of every tab that has something to say, after the truth line.
pub fn lines(ui: &Ui, live: &Model, now: Now) -> Vec<String> {
    let clock = ui.clock(now);
    let scene = ui.scene(live, &clock);
    let mut out = vec![spoken(&bare(&truth::line(&scene, usize::from(super::frame::MAX.0)))).trim().to_owned()];
    if !live.ready() {
        out.push("reading store".to_owned());
        return out;
    }
    for (tab, pane) in TABS.iter().zip(&ui.panes) {
        for (view, name) in tab.views.iter().enumerate() {
            let wanted = Wanted { view, filter: &pane.filter, unfolded: &pane.unfolded, pin: None };
            section(&scene, tab, name, &(tab.rows)(&scene, &wanted), &mut out);
        }
        pages(&scene, tab, pane, &mut out);
    }
    out
}

fn section(scene: &Scene<'_>, tab: &Tab, view: &str, list: &Listing, out: &mut Vec<String>) {
    if list.rows.is_empty() {
        return;
    }
    out.push(String::new());
    let name = if view == tab.id { tab.long.to_owned() } else { format!("{}, {view}", tab.long) };
    out.push(format!("{name}: {}", list.rows.len()));
    out.extend(list.rows.iter().map(|row| spoken(&said(scene, tab, row))));
}

fn said(scene: &Scene<'_>, tab: &Tab, row: &Row) -> String {
    match row.id {
        // The line of a fold counts what is behind it; its copy would repeat the head.
        RowId::Behind(_) => bare(&(tab.look.row)(scene, row, 60)).trim().to_owned(),
        _ => (tab.look.copy)(scene, row, Copy::Line),
    }
}

fn pages(scene: &Scene<'_>, tab: &Tab, _: &Pane, out: &mut Vec<String>) {
    if tab.id == super::tabs::sys::TAB.id {
        let views = [super::tabs::sys::WORKER, super::tabs::sys::SOURCES, super::tabs::sys::STORE];
        for view in views {
            out.push(String::new());
            let lines = super::tabs::sys::facts(scene, view);
            out.extend(lines.iter().map(|l: &Line<'_>| spoken(&bare(l))).filter(|l| !l.is_empty()));
        }
    }
}

/// Shapes become words.
fn spoken(text: &str) -> String {
    let words = [("●", "critical"), ("▲", "warning"), ("■", "notice"), ("✓", "fine"), ("–", "none"), ("…", "...")];
    let text = words.iter().fold(text.to_owned(), |text, (shape, word)| text.replace(shape, word));
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
