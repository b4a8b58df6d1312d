//! Checklists: the lists with what is left and late, their boxes with evidence beside them; runs of procedures, the watch
//! and the history as views of the same tab. Daily lists have a view each; weekly, monthly and once-lists share one.

mod history;
mod items;
mod runs;
mod watch;

use super::{Looks, Tab};
use crate::domain::markdown::Cadence;
use crate::engine::lists::Shown;
use crate::ui::command::{Command, Needs};
use crate::ui::list::{Listing, Row, RowId, Wanted};
use crate::ui::scene::Scene;
use crate::ui::tabs::Copy;

pub const TAB: Tab = Tab {
    id: "lists",
    long: "Checklists",
    short: "Lists",
    go: Command {
        id: "lists",
        keys: &["5"],
        foot: "",
        help: "tab Checklists: lists, procedure runs, the watch",
        needs: Needs::Nothing,
        run: |desk| desk.show_tab(super::index("lists")),
    },
    views: |scene| views(scene).iter().map(|v| v.name(scene)).collect(),
    commands: COMMANDS,
    need: |scene| scene.live.board.left(scene.now()),
    version: |_| None,
    rows,
    look: Looks {
        needing: |scene, row| match &row.id {
            RowId::Item(..) => items::needing(scene, row),
            RowId::Run(_) | RowId::Step(..) => runs::needing(scene, row),
            _ => false,
        },
        head: |scene, view, columns| match view_at(scene, view) {
            Some(View::Runs) => runs::head(scene, columns),
            Some(View::History) => history::head(scene, columns),
            _ => items::head(scene, view, columns),
        },
        row: |scene, row, columns| match &row.id {
            RowId::Run(_) | RowId::Step(..) | RowId::Procedure(_) => runs::line(scene, row, columns),
            RowId::Period(_) => history::line(scene, row, columns),
            _ => items::line(scene, row, columns),
        },
        detail: |scene, row, space| match &row.id {
            RowId::Run(_) | RowId::Step(..) | RowId::Procedure(_) => runs::detail(scene, row, space),
            RowId::Period(_) => history::detail(scene, row, space),
            _ => items::detail(scene, row, space),
        },
        empty: |scene, view| match view_at(scene, view) {
            Some(View::Runs) => "no procedure is being run; :procedure opens one by hand".into(),
            Some(View::History) => "no period has ended yet".into(),
            _ => items::empty(scene),
        },
        page: |scene, view, area, buf| match view_at(scene, view) {
            Some(View::Watch) => watch::render(scene, area, buf),
            _ => false,
        },
        copy: |scene, row, how: Copy| match &row.id {
            RowId::Run(_) | RowId::Step(..) | RowId::Procedure(_) => runs::copy(scene, row, how),
            RowId::Period(_) => history::copy(scene, row),
            _ => items::copy(scene, row, how),
        },
        order: |_| "",
    },
};

/// The tab's own keys: those of boxes, then of runs, then of the watch.
const COMMANDS: &[Command] = &[];

/// A view of the tab.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum View {
    /// One daily list, by its name in the journal.
    Daily(String),
    Weekly,
    Monthly,
    Once,
    Runs,
    Watch,
    History,
}

/// Those there are now: a daily list each, then the rarer ones together.
pub fn views(scene: &Scene<'_>) -> Vec<View> {
    let shown = scene.model.board.shown(scene.now());
    let mut all: Vec<View> = Vec::new();
    for s in &shown {
        let view = View::of(s);
        if !all.contains(&view) {
            all.push(view);
        }
    }
    all.sort_by_key(View::place);
    all.extend([View::Runs, View::Watch, View::History]);
    all
}

pub fn view_at(scene: &Scene<'_>, view: usize) -> Option<View> {
    views(scene).into_iter().nth(view)
}

impl View {
    fn of(shown: &Shown) -> Self {
        match shown.occurrence.opening.cadence {
            Cadence::Daily => Self::Daily(shown.occurrence.opening.list.clone()),
            Cadence::Weekly => Self::Weekly,
            Cadence::Monthly => Self::Monthly,
            Cadence::Once => Self::Once,
        }
    }
    fn place(&self) -> u8 {
        match self {
            Self::Daily(_) => 0,
            Self::Weekly => 1,
            Self::Monthly => 2,
            Self::Once => 3,
            Self::Runs => 4,
            Self::Watch => 5,
            Self::History => 6,
        }
    }
    fn name(&self, scene: &Scene<'_>) -> String {
        match self {
            Self::Daily(list) => {
                let known = scene.model.board.template(list);
                known.map_or_else(|| list.clone(), |t| t.short.to_string())
            }
            Self::Weekly => "week".into(),
            Self::Monthly => "month".into(),
            Self::Once => "once".into(),
            Self::Runs => "runs".into(),
            Self::Watch => "watch".into(),
            Self::History => "history".into(),
        }
    }
}

/// The lists of a view.
pub fn lists_of(scene: &Scene<'_>, view: &View) -> Vec<Shown> {
    scene.model.board.shown(scene.now()).into_iter().filter(|s| View::of(s) == *view).collect()
}

fn rows(scene: &Scene<'_>, wanted: &Wanted<'_>) -> Listing {
    let view = view_at(scene, wanted.view);
    match view {
        Some(View::Runs) => runs::rows(scene, wanted),
        Some(View::Watch) | None => Listing::default(),
        Some(View::History) => history::rows(scene, wanted),
        Some(view) => items::rows(scene, &view, wanted),
    }
}

/// The first view of a kind: where a key of another tab leads.
pub fn index_of(scene: &Scene<'_>, view: &View) -> Option<usize> {
    views(scene).iter().position(|v| v == view)
}

/// A row that a cursor may act on.
fn plain_row(id: RowId, place: usize) -> Row {
    Row::new(id, [0, place as i64, 0])
}
