//! The same views as lines of text: states in words, no borders, no cursor. For screen readers and dumb terminals.

use std::collections::BTreeSet;

use ratatui::text::Line;

use super::list::{Listing, Pane, Row, RowId, Wanted};
use super::scene::Scene;
use super::tabs::{Copy, TABS, Tab, lists};
use super::text::bare;
use super::{Ui, truth};
use crate::domain::time::Now;
use crate::engine::Model;

/// Every view of every tab that has something to say, after the truth line.
pub fn lines(ui: &Ui, live: &Model, now: Now) -> Vec<String> {
    let clock = ui.clock(now);
    let scene = ui.scene(live, &clock);
    // There each shape stands before its own word.
    let truth = bare(&truth::line(&scene, usize::from(super::frame::MAX.0))).replace(['●', '▲', '■'], "");
    let mut out = vec![spoken(&truth)];
    if !live.ready() {
        out.push("reading store".to_owned());
        return out;
    }
    for (tab, pane) in TABS.iter().zip(&ui.panes) {
        for (view, name) in (tab.views)(&scene).iter().enumerate() {
            section(&scene, tab, (view, name), &unfolded(&scene, tab, pane, view), &mut out);
        }
        pages(&scene, tab, pane, &mut out);
    }
    out
}

/// With nothing behind anything: there is no key to unfold it here.
fn unfolded(scene: &Scene<'_>, tab: &Tab, pane: &Pane, view: usize) -> Listing {
    let list = |unfolded: &BTreeSet<RowId>| {
        (tab.rows)(scene, &Wanted { view, filter: &pane.filter, unfolded, pin: None, only: None })
    };
    let folded = list(&pane.unfolded);
    let folds = |r: &&Row| r.folded.is_some() || lists::unfolds(&r.id);
    let heads = folded.rows.iter().filter(folds).map(|r| r.id.clone());
    let heads: BTreeSet<RowId> = heads.chain(pane.unfolded.iter().cloned()).collect();
    if heads == pane.unfolded { folded } else { list(&heads) }
}

fn section(scene: &Scene<'_>, tab: &Tab, (at, view): (usize, &str), list: &Listing, out: &mut Vec<String>) {
    if list.rows.is_empty() {
        return;
    }
    out.push(String::new());
    let name = if view == tab.id { tab.long.to_owned() } else { format!("{}, {view}", tab.long) };
    // How far it has come, where a view is worked through.
    let worked = list.totals.get(at).is_some_and(|n| *n > 0);
    let open = if tab.id == lists::TAB.id { lists::open_runs(scene, at) } else { None };
    let far = match open {
        _ if worked => (tab.look.tail)(scene, list, at),
        Some(open) => format!(" {open} open"),
        None => format!(" {}", list.things()),
    };
    out.push(format!("{name}:{far}"));
    let said = list.rows.iter().map(|row| spoken(&(tab.look.copy)(scene, row, Copy::Line)));
    out.extend(said.filter(|text| !text.is_empty()));
}

fn pages(scene: &Scene<'_>, tab: &Tab, _: &Pane, out: &mut Vec<String>) {
    if tab.id == lists::TAB.id {
        out.push(String::new());
        out.extend(lists::spoken_watch(scene).iter().map(|l| spoken(l.as_str())).filter(|l| !l.is_empty()));
    }
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
    let words = [
        ("●", "critical"),
        ("▲", "warning"),
        ("■", "notice"),
        ("✓", "fine"),
        ("–", "none"),
        ("…", "..."),
        ("≠", "against evidence"),
        ("≤", "at most"),
        ("≥", "at least"),
    ];
    let text = words.iter().fold(text.to_owned(), |text, (shape, word)| text.replace(shape, word));
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
