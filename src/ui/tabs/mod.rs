//! The tabs. Each is a folder and one line in `TABS`: what it lists, how a row and its detail read, and its command rows.
//! A tab holds no state of its own; where the operator is in it is the pane's.

pub mod alerts;
pub mod lists;
pub mod services;
pub mod sys;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::command::{Command, Fit};
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
    /// Its own keys, by what they are for.
    pub commands: &'static [&'static [Command]],
    /// Things in it that need a person.
    pub need: fn(&Scene<'_>) -> usize,
    /// What they are, where the number alone does not say it.
    pub unit: &'static str,
    /// What the rows depend on besides view, filter and folds; None lists anew for every frame.
    pub version: fn(&Scene<'_>) -> Option<Version>,
    pub rows: fn(&Scene<'_>, &Wanted<'_>) -> Listing,
    pub look: Looks,
    /// Its own words at the foot for keys that work everywhere.
    pub foot: &'static [Foot],
}

/// `h l list`: keys that stand together, by the ids of their commands, and what they do here.
pub struct Foot {
    pub ids: &'static [&'static str],
    pub word: &'static str,
    /// On which rows; on others they are as everywhere.
    pub on: Fit,
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
    /// What stands behind a view's name: ` 3`, ` 3/5 5h late`.
    pub tail: fn(&Scene<'_>, &Listing, usize) -> String,
    /// What those are that a filter hides and that need a person.
    pub hides: &'static str,
    /// Said between the list and the detail of the row.
    pub below: fn(&Scene<'_>, &Row, usize) -> Vec<Line<'static>>,
    /// The views in a column of a wide screen, that one chosen, in so many columns; none keeps them on their line.
    pub aside: fn(&Scene<'_>, &Listing, usize, usize) -> Vec<Line<'static>>,
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

/// The count alone.
pub fn counted(_: &Scene<'_>, list: &Listing, view: usize) -> String {
    list.counts.get(view).map_or_else(String::new, |n| format!(" {n}"))
}

pub fn nothing_below(_: &Scene<'_>, _: &Row, _: usize) -> Vec<Line<'static>> {
    Vec::new()
}
pub fn no_column(_: &Scene<'_>, _: &Listing, _: usize, _: usize) -> Vec<Line<'static>> {
    Vec::new()
}

pub fn no_page(_: &Scene<'_>, _: usize, _: Rect, _: &mut Buffer) -> bool {
    false
}
