//! Checklists: the lists with what is left and late, their boxes with evidence beside them; runs of procedures, the watch
//! and the history as views of the same tab. Daily lists have a view each; weekly, monthly and once-lists share one.

mod history;
mod items;
mod runs;
mod watch;
mod worked;

use super::{Foot, Looks, Tab, no_page};
use crate::domain::markdown::Cadence;
use crate::domain::run::RunId;
use crate::engine::lists::Shown;
use crate::ui::command::{Command, Fit, Ground, Needs};
use crate::ui::desk::Desk;
use crate::ui::list::{Listing, RowId, Version, Wanted};
use crate::ui::scene::Scene;
use crate::ui::tabs::Copy;

pub use runs::{can_follow, enter, enter_run, here as run_here, procedure_of};
pub use watch::{open as open_watch, settled as offered, waits};
pub use worked::Memo;

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
    views: |scene| worked::views(scene).iter().map(|v| v.name(scene)).collect(),
    commands: &[COMMANDS, runs::COMMANDS, watch::COMMANDS, history::COMMANDS],
    need: |scene| scene.live.board.left(scene.now()) + runs::overdue(scene),
    unit: " left",
    version: |scene| Some(version(scene)),
    rows,
    look: Looks {
        needing: |scene, row| match &row.id {
            RowId::Item(..) => items::needing(scene, row),
            RowId::Run(_) | RowId::Step(..) => runs::needing(scene, row),
            RowId::Handoff(_) => watch::needing(scene, row),
            _ => false,
        },
        head: |scene, view, columns| match view_at(scene, view) {
            Some(View::Runs | View::Watch | View::History) | None => String::new(),
            Some(view) => items::head(scene, &view, columns),
        },
        row: |scene, row, columns| match &row.id {
            RowId::Run(_) | RowId::Step(..) | RowId::Beside(..) | RowId::Procedure(_) => {
                runs::line(scene, row, columns)
            }
            RowId::Draft | RowId::Handoff(_) => watch::line(scene, row, columns),
            RowId::Past(_) | RowId::Period(_) => history::line(scene, row, columns),
            _ => items::line(scene, row, columns),
        },
        detail: |scene, row, space| match &row.id {
            RowId::Run(_) | RowId::Step(..) | RowId::Procedure(_) => runs::detail(scene, row, space),
            RowId::Draft | RowId::Handoff(_) => watch::detail(scene, row, space),
            RowId::Past(_) | RowId::Period(_) => history::detail(scene, row, space),
            _ => items::detail(scene, row, space),
        },
        empty: |scene, view| match view_at(scene, view) {
            Some(View::Runs) => runs::empty(scene),
            Some(View::History) => "no period has ended yet".into(),
            _ => items::empty(scene),
        },
        page: no_page,
        copy: |scene, row, how: Copy| match &row.id {
            RowId::Run(_) | RowId::Step(..) | RowId::Beside(..) | RowId::Procedure(_) => runs::copy(scene, row, how),
            RowId::Draft | RowId::Handoff(_) => watch::copy(scene, row, how),
            RowId::Past(_) | RowId::Period(_) => history::copy(scene, row, how),
            _ => items::copy(scene, row, how),
        },
        order: |_| "",
        tail: items::tail,
        hides: "open",
        below: |scene, row, columns| match &row.id {
            RowId::Item(..) | RowId::List(_) => items::below(scene, row, columns),
            _ => Vec::new(),
        },
        aside: items::aside,
    },
    foot: &[
        Foot { ids: &["take-back"], word: "un-tick", on: items::fits::settled },
        Foot { ids: &["open"], word: "evidence", on: items::fits::a_box },
        Foot { ids: &["next-needing"], word: "next open", on: items::fits::a_box },
        Foot { ids: &["prev-view", "next-view"], word: "list", on: items::fits::a_box },
        Foot { ids: &["take-back"], word: "re-open", on: runs::settled },
        Foot { ids: &["watch"], word: "watch", on: runs::a_run },
        Foot { ids: &["peel"], word: "back", on: runs::a_run },
        Foot { ids: &["open"], word: "open it", on: runs::a_procedure },
        Foot { ids: &["open"], word: "accept", on: watch::to_me },
        Foot { ids: &["take-back"], word: "decline", on: watch::to_me },
        Foot { ids: &["take-back"], word: "take back", on: watch::mine },
    ],
};

/// Columns of a text that only names a thing.
const NAME: usize = 40;

/// The keys of boxes; runs, the watch and the history have their own.
const COMMANDS: &[Command] = &[
    row_of("tick", &["x"], "tick", "tick this box or the marked", on(items::fits::open), items::tick),
    row_of(
        "not-done",
        &["X"],
        "not done",
        "not done: skipped, not applicable or failed, with a reason",
        on(items::fits::a_box),
        items::mark_not_done,
    ),
    row_of("note", &["c"], "note", "write a note on this box", on(items::fits::a_box), items::note),
    row_of(
        "run",
        &["!"],
        "run it",
        "run the command of this box, or look at its file, now",
        on(items::fits::fetched),
        items::again,
    ),
    row_of(
        "redate",
        &["D"],
        "re-date",
        "another date for a once-list, with a reason",
        on(items::fits::once),
        items::redate,
    ),
    row_of(
        "adopt",
        &["T"],
        "take version",
        "take the list's new version; what goes and what comes is said first",
        on(items::fits::changed),
        items::adopt,
    ),
];

const fn on(fit: Fit) -> Needs {
    Needs::ActOn(Ground::Lists, fit)
}

#[allow(clippy::too_many_arguments, reason = "a table row, read by column")]
const fn row_of(
    id: &'static str,
    keys: &'static [&'static str],
    foot: &'static str,
    help: &'static str,
    needs: Needs,
    run: fn(&mut Desk<'_>),
) -> Command {
    Command { id, keys, foot, help, needs, run }
}

/// A step was ticked by another key than its own.
pub fn on_to_the_next(desk: &mut Desk<'_>, run: RunId, index: usize) {
    if let Some(run) = desk.model().board.runs.get(&run).cloned() {
        runs::on_to_the_next(desk, &run, index);
    }
}

/// Un-ticks what the cursor is on, opens its step again, takes back its offer.
pub fn take_back(desk: &mut Desk<'_>) {
    match desk.row().map(|r| &r.id) {
        Some(RowId::Step(..)) => runs::reopen(desk),
        Some(RowId::Draft | RowId::Handoff(_)) => watch::take_back(desk),
        _ => items::take_back(desk),
    }
}

/// Enter, where it does something else than show the detail; true when it did.
pub fn enter_row(desk: &mut Desk<'_>) -> bool {
    match desk.row().map(|r| r.id.clone()) {
        Some(RowId::Run(_)) => runs::unfold(desk),
        Some(RowId::Procedure(name)) => {
            runs::by_hand(desk, &name);
            true
        }
        Some(RowId::Draft | RowId::Handoff(_)) => {
            watch::enter(desk);
            true
        }
        _ => false,
    }
}

/// Steps are not folded where there is no key to unfold them.
pub fn unfolds(id: &RowId) -> bool {
    matches!(id, RowId::Run(_) | RowId::Past(_))
}

/// The handoff for plain output.
pub fn spoken_watch(scene: &Scene<'_>) -> Vec<crate::domain::text::Clean> {
    watch::spoken(scene)
}

/// Lists and runs change with the board, their times with the minute, and a run's place with its alert.
fn version(scene: &Scene<'_>) -> Version {
    let minute = scene.now().0.div_euclid(60_000).cast_unsigned();
    [scene.model.board.revision, minute, scene.model.book.revision, 0]
}

/// How many runs are open, where this view is of them.
pub fn open_runs(scene: &Scene<'_>, view: usize) -> Option<usize> {
    (view_at(scene, view) == Some(View::Runs)).then(|| scene.model.board.open_runs().count())
}

/// A view of the tab.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum View {
    /// There is none to be worked: says why.
    Nothing,
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
    worked::views(scene).to_vec()
}

pub fn view_at(scene: &Scene<'_>, view: usize) -> Option<View> {
    worked::views(scene).get(view).cloned()
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
            Self::Nothing | Self::Daily(_) => 0,
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
            Self::Nothing => "lists".into(),
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

fn rows(scene: &Scene<'_>, wanted: &Wanted<'_>) -> Listing {
    let (counts, totals) = items::count(scene, wanted);
    let listing = match view_at(scene, wanted.view) {
        Some(View::Runs) => runs::rows(scene, wanted),
        Some(View::Watch) => watch::rows(scene, wanted),
        None => Listing::default(),
        Some(View::History) => history::rows(scene, wanted),
        Some(view) => items::rows(scene, &view, wanted),
    };
    Listing { counts, totals, ..listing }
}

/// The first view of a kind: where a key of another tab leads.
pub fn index_of(scene: &Scene<'_>, view: &View) -> Option<usize> {
    views(scene).iter().position(|v| v == view)
}

/// A text as the name of what it stands on, short.
fn quoted(text: &str) -> String {
    format!("\"{}\"", crate::ui::text::fit(text, NAME))
}
