//! The tabs. Each is a folder and one line in `TABS`: what it lists, how a row and its detail read, and its command rows.
//! A tab holds no state of its own; where the operator is in it is the pane's.

pub mod alerts;
pub mod lists;
pub mod services;
pub mod sys;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::command::Command;
use super::list::{Listing, Row, Version, Wanted};
use super::scene::Scene;

/// Registration: the order is that of the tabs line.
pub const TABS: [&Tab; 4] = [&services::TAB, &alerts::TAB, &lists::TAB, &sys::TAB];

pub struct Tab {
    pub id: &'static str,
    pub long: &'static str,
    pub short: &'static str,
    pub go: Command,
    /// Names of its views, in their order; the lists' are those there are.
    pub views: fn(&Scene<'_>) -> Vec<String>,
    pub commands: &'static [Command],
    /// Things in it that need a person.
    pub need: fn(&Scene<'_>) -> usize,
    /// What the rows depend on besides view, filter and folds; None lists anew for every frame.
    pub version: fn(&Scene<'_>) -> Option<Version>,
    pub rows: fn(&Scene<'_>, &Wanted<'_>) -> Listing,
    pub look: Looks,
}

/// How a tab is drawn.
pub struct Looks {
    /// The row needs a person.
    pub needing: fn(&Scene<'_>, &Row) -> bool,
    /// The column headings of a view.
    pub head: fn(&Scene<'_>, usize, usize) -> String,
    pub row: fn(&Scene<'_>, &Row, usize) -> Line<'static>,
    /// In so many columns and lines; empty where a row says it all.
    pub detail: fn(&Scene<'_>, &Row, Space) -> Vec<Line<'static>>,
    /// What an empty view says.
    pub empty: fn(&Scene<'_>, usize) -> String,
    /// A view that is no list draws itself: true when it did.
    pub page: fn(&Scene<'_>, usize, Rect, &mut Buffer) -> bool,
    /// One plain line, or all there is to say.
    pub copy: fn(&Scene<'_>, &Row, Copy) -> String,
    /// How the view is ordered, for the end of its line.
    pub order: fn(usize) -> &'static str,
}

/// Room for a detail; the height is a wish, a full page scrolls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Space {
    pub width: usize,
    pub height: usize,
    pub full: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Copy {
    Line,
    All,
}

pub fn index(id: &str) -> usize {
    TABS.iter().position(|t| t.id == id).unwrap_or(0)
}

/// Views that are always the same.
pub fn named(names: &[&str]) -> Vec<String> {
    names.iter().map(|n| (*n).to_owned()).collect()
}

pub fn no_page(_: &Scene<'_>, _: usize, _: Rect, _: &mut Buffer) -> bool {
    false
}
