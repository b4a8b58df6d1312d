//! The pause below a list: what is left and what for, or when it was complete and how long that took; and, before anything
//! else, what is wrong with the list itself. In a view of several lists it is the one the cursor is in.

use ratatui::text::Line;

use super::stand::Stand;
use super::version;
use crate::domain::checklist::Mark;
use crate::domain::evidence::Verdict;
use crate::report::checklist::effort;
use crate::ui::list::Row;
use crate::ui::scene::Scene;
use crate::ui::tabs::lists::worked::{self, Worked};
use crate::ui::text::{Cells, fit};
use crate::ui::theme::Tint;

/// Lines said of one list at most.
const LINES_MAX: usize = 3;

pub fn below(scene: &Scene<'_>, row: &Row, columns: usize) -> Vec<Line<'static>> {
    let lists = worked::lists(scene);
    let Some((list, _)) = worked::locate(&lists, row) else { return Vec::new() };
    let room = columns.saturating_sub(4);
    let warn = |text: String| {
        Cells::default()
            .gap(3)
            .add(format!(" {} ", fit(&text, room.saturating_sub(2))), scene.style(Tint::WarnBadge))
            .line()
    };
    let mut lines = vec![Cells::default().gap(3).text(fit(&pause(scene, list), room)).line()];
    lines.extend(wrong(scene, list).into_iter().map(warn));
    lines.truncate(LINES_MAX);
    lines
}

/// The file, then the version.
fn wrong(scene: &Scene<'_>, list: &Worked) -> Vec<String> {
    let board = &scene.model.board;
    // A file that could never be read has no list to say it beside: it is said beside every one.
    let unread = board.documents.iter().filter_map(|d| d.content.as_ref().err());
    let file = list.shown.template.as_ref().map(|t| &t.file);
    let own = board.documents.iter().filter(|d| Some(&d.name) == file);
    let gone = own.filter_map(|d| board.gone.get(&d.file));
    let mut told: Vec<String> = gone.chain(unread).map(ToString::to_string).collect();
    if list.shown.template.is_none() && board.read {
        told.push("the file of this list no longer has it; what it last said stays in force".to_owned());
    }
    told.extend(version::differs(list).map(|what| format!("list changed since (T takes it): {what}")));
    told
}

/// `two items left; one waits for data`, `complete at 08:52, 4m10s of 5m`.
fn pause(scene: &Scene<'_>, list: &Worked) -> String {
    let occurrence = list.occurrence();
    if list.tally.left == 0 {
        let set_aside = list.tally.total - list.tally.done;
        let aside = if set_aside > 0 { format!("; {} not done", counted(set_aside)) } else { String::new() };
        let at = occurrence.finished_at().map_or_else(String::new, |at| format!(" at {}", scene.clock.time(at)));
        return format!("complete{at}{}{aside}", worked_for(list));
    }
    let left = list.tally.left;
    let mut parts = vec![format!("{} {} left", counted(left), if left == 1 { "item" } else { "items" })];
    let stands = (0..list.items().len()).filter_map(|place| Stand::of(scene, list, place));
    let (mut unknown, mut bad, mut half) = (0, 0, 0);
    for stand in stands.filter(|s| !s.mark().settled()) {
        unknown += usize::from(stand.waits_for_data());
        bad += usize::from(stand.mark() == Mark::Open && stand.verdict() == Some(Verdict::Bad));
        half += usize::from(stand.mark() == Mark::Half);
    }
    let each = |n: usize, one: &str, many: &str| {
        (n > 0).then(|| format!("{} {}", counted(n), if n == 1 { one } else { many }))
    };
    parts.extend(each(unknown, "waits for data", "wait for data"));
    parts.extend(each(bad, "is not as wanted", "are not as wanted"));
    parts.extend(each(half, "waits for a second person", "wait for a second person"));
    let first = parts.remove(0);
    if parts.is_empty() { first } else { format!("{first}; {}", parts.join(", ")) }
}

/// `, 4m10s of 5m`: from the first box a person settled to the last.
fn worked_for(list: &Worked) -> String {
    let occurrence = list.occurrence();
    let Some((first, last)) = occurrence.worked().filter(|(first, last)| first < last) else { return String::new() };
    let took = last.since(first).as_millis() as u64;
    format!(", {}", effort(took, occurrence.opening.pinned.budget_ms))
}

/// `two`, and figures from ten on.
fn counted(n: usize) -> String {
    let words = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    words.get(n).map_or_else(|| n.to_string(), |w| (*w).to_owned())
}
