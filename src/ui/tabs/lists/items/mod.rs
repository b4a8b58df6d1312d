//! The boxes of lists: which stand in a view, how far each list has come, and what is said of the one the cursor is in. A
//! row each, with its evidence, its time and who; the detail says why.

mod acts;
mod aside;
mod detail;
mod forms;
mod past;
mod pause;
mod row;
mod sheet;
mod sought;
mod stand;
mod version;

pub use acts::{again, fits, mark_not_done, take_back, tick};
pub use aside::lines as aside;
pub use detail::lines as detail;
pub use forms::{adopt, note, redate};
pub use pause::below;
pub use row::{Known as KnownWidths, line};
pub use sheet::copy;

use super::View;
use super::worked::{self, Worked};
use crate::domain::time::Stamp;
use crate::ui::list::{Listing, Row, RowId, Wanted};
use crate::ui::scene::Scene;
use sought::{Sought, Words};

/// The lists of a view with what a filter leaves of them.
pub fn rows(scene: &Scene<'_>, view: &View, wanted: &Wanted<'_>) -> Listing {
    let lists = worked::lists(scene);
    let words = Words::of(wanted.filter);
    let mut sought = words.sought(scene);
    let mut list = Listing::default();
    let mut home = None;
    let several = lists.iter().filter(|l| l.view == *view).count() > 1;
    for (at, of) in lists.iter().enumerate().filter(|(_, l)| l.view == *view) {
        let mut headed = !several;
        for (place, item) in of.items().iter().enumerate() {
            if !sought.keeps(of, item) {
                list.hidden += 1;
                list.hidden_needing += usize::from(!of.occurrence().mark(&item.id).settled());
                continue;
            }
            let id = of.occurrence().id;
            if !std::mem::replace(&mut headed, true) {
                list.rows.push(Row::beside(RowId::List(id), [at as i64, -1, 0]));
            }
            if home.is_none() && !of.occurrence().mark(&item.id).settled() {
                home = Some(list.rows.len());
            }
            list.rows.push(Row::new(RowId::Item(id, item.id.clone()), [at as i64, place as i64, 0]));
        }
    }
    list.home = home.unwrap_or(0);
    list
}

/// Of every view under the filter: boxes done, and all of them.
pub fn count(scene: &Scene<'_>, wanted: &Wanted<'_>) -> (Vec<usize>, Vec<usize>) {
    let (lists, views) = (worked::lists(scene), worked::views(scene));
    let words = Words::of(wanted.filter);
    let mut sought = words.sought(scene);
    let of_list = |sought: &mut Sought<'_>, list: &Worked| {
        if wanted.filter.is_empty() {
            return (list.tally.done, list.tally.total);
        }
        let kept = list.items().iter().filter(|i| sought.keeps(list, i));
        kept.fold((0, 0), |(done, all), i| (done + usize::from(list.occurrence().mark(&i.id).done()), all + 1))
    };
    let of_view = |view: &View| match view {
        View::Runs => (scene.model.board.open_runs().count(), 0),
        view => lists
            .iter()
            .filter(|l| l.view == *view)
            .map(|l| of_list(&mut sought, l))
            .fold((0, 0), |(done, all), (d, a)| (done + d, all + a)),
    };
    views.iter().map(of_view).unzip()
}

/// ` 3/5 5h late`; what is no list has its count alone, or nothing.
pub fn tail(scene: &Scene<'_>, list: &Listing, at: usize) -> String {
    let (done, total) = (list.counts.get(at).copied().unwrap_or(0), list.totals.get(at).copied().unwrap_or(0));
    if total == 0 {
        return if done > 0 { format!(" {done}") } else { String::new() };
    }
    let views = worked::views(scene);
    let lists = worked::lists(scene);
    let mine = || views.get(at).into_iter().flat_map(|view| lists.iter().filter(move |l| l.view == *view));
    let late = match late(scene, mine()) {
        Some(due) => format!(" {} late", scene.clock.age(due)),
        // Set aside is not done, and is nothing to do either.
        None if done < total && mine().all(|l| l.tally.left == 0) => " 0 left".to_owned(),
        None => String::new(),
    };
    format!(" {done}/{total}{late}")
}

/// Since when the latest of them is late.
fn late<'a>(scene: &Scene<'_>, lists: impl Iterator<Item = &'a Worked>) -> Option<Stamp> {
    lists.filter_map(|l| l.late_since(scene.now())).min()
}

pub fn needing(scene: &Scene<'_>, row: &Row) -> bool {
    let RowId::Item(list, id) = &row.id else { return false };
    scene.model.board.occurrences.get(list).is_none_or(|o| !o.mark(id).settled())
}

pub fn head(scene: &Scene<'_>, view: &View, columns: usize) -> String {
    let lists = worked::lists(scene);
    let here: Vec<&Worked> = lists.iter().filter(|l| l.view == *view).collect();
    row::head(scene, &here, columns)
}

pub fn empty(scene: &Scene<'_>) -> String {
    let board = &scene.model.board;
    let unread = board.documents.iter().find_map(|d| d.content.as_ref().err());
    if scene.model.setup.sources.is_empty() {
        "no lists are configured; `watchdeck checklists import FILE.md` brings one in".into()
    } else if !board.read {
        "reading the lists".into()
    } else if let Some(why) = unread.filter(|_| worked::lists(scene).is_empty()) {
        format!("no list can be shown: {why}")
    } else if worked::lists(scene).is_empty() {
        "the files hold no list; `watchdeck checklists lint FILE.md` says what they do hold".into()
    } else {
        "no box here matches the filter".into()
    }
}
