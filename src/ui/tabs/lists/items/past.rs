//! How a list, and one box of it, was kept in the periods that are over. The figures are the report's.

use std::sync::Arc;

use super::stand::Stand;
use crate::domain::checklist::{Mark, Occurrence};
use crate::report::history::{history, line};
use crate::ui::scene::Scene;
use crate::ui::tabs::lists::worked::Worked;

/// `on time 18 of 20, missed 1, 1 skipped, median 4m10s of 5m`.
pub fn of_list(scene: &Scene<'_>, list: &Worked) -> String {
    let periods: Vec<&Occurrence> =
        scene.model.board.of(&list.occurrence().opening.list).map(|o| &**o).filter(|o| o.closing.is_some()).collect();
    history(&periods, scene.now()).map_or_else(|| "no period of it has ended yet".to_owned(), |h| line(&h))
}

/// `this box: done 17 of 20, skipped 2`; None before a period has ended.
pub fn of_box(scene: &Scene<'_>, stand: &Stand<'_>) -> Option<String> {
    let list = &stand.list.occurrence().opening.list;
    let had =
        |o: &&Arc<Occurrence>| o.closing.is_some() && o.opening.pinned.items.iter().any(|i| i.id == stand.pinned.id);
    let marks: Vec<Mark> = scene.model.board.of(list).filter(had).map(|o| o.mark(&stand.pinned.id)).collect();
    let done = marks.iter().filter(|m| m.done()).count();
    let rest = [Mark::Against, Mark::Failed, Mark::Skipped, Mark::Na, Mark::Missed, Mark::Carried];
    let counted = rest.into_iter().map(|mark| (mark, marks.iter().filter(|m| **m == mark).count()));
    let mut told = vec![format!("this box: done {done} of {}", marks.len())];
    told.extend(counted.filter(|(_, n)| *n > 0).map(|(mark, n)| format!("{} {n}", mark.word())));
    (!marks.is_empty()).then(|| told.join(", "))
}
