//! The ended periods of a list as figures: how often it was on time, late, missed or set aside whole, and how long it
//! took. Not its job: the view of these periods one by one, which is `history`.

use super::stand::Stand;
use crate::domain::checklist::{Closing, Mark, Occurrence};
use crate::domain::markdown::Cadence;
use crate::ui::scene::Scene;
use crate::ui::tabs::lists::worked::Worked;

/// Spans as people measure work: `50s`, `4m10s`, `1h05m`.
pub fn spent(ms: u64) -> String {
    let s = ms / 1000;
    match s {
        0..60 => format!("{s}s"),
        60..3600 if s.is_multiple_of(60) => format!("{}m", s / 60),
        60..3600 => format!("{}m{:02}s", s / 60, s % 60),
        _ if (s / 60).is_multiple_of(60) => format!("{}h", s / 3600),
        _ => format!("{}h{:02}m", s / 3600, s / 60 % 60),
    }
}

#[derive(Default)]
struct Past {
    periods: usize,
    on_time: usize,
    late: usize,
    missed: usize,
    skipped: usize,
    worked: Vec<u64>,
}

impl Past {
    fn add(&mut self, ended: &Occurrence, closing: &Closing) {
        self.periods += 1;
        let set_aside = closing.tally.done == 0 && closing.tally.left == 0;
        *match closing.finished {
            None => &mut self.missed,
            Some(_) if set_aside => &mut self.skipped,
            Some(at) if ended.due().is_none_or(|due| at <= due) => &mut self.on_time,
            Some(_) => &mut self.late,
        } += 1;
        if closing.finished.is_some() && !set_aside {
            self.worked.extend(closing.worked_ms);
        }
    }
}

/// `on time 18 of 20, missed 1, skipped 1, median 4m10s of 5m`.
pub fn of_list(scene: &Scene<'_>, list: &Worked) -> String {
    let mut past = Past::default();
    let opening = &list.occurrence().opening;
    for ended in scene.model.board.of(&opening.list) {
        if let Some(closing) = &ended.closing {
            past.add(ended, closing);
        }
    }
    if past.periods == 0 {
        return "no period of it has ended yet".to_owned();
    }
    // A day that passed is missed; a week's boxes stand again in the next one.
    let undone = if opening.cadence == Cadence::Daily { "missed" } else { "carried over" };
    let counted = [("late", past.late), (undone, past.missed), ("skipped", past.skipped)];
    let mut parts = vec![format!("on time {} of {}", past.on_time, past.periods)];
    parts.extend(counted.iter().filter(|(_, n)| *n > 0).map(|(word, n)| format!("{word} {n}")));
    past.worked.sort_unstable();
    if let Some(median) = past.worked.get(past.worked.len() / 2) {
        let budget = opening.pinned.budget_ms.map_or_else(String::new, |ms| format!(" of {}", spent(ms)));
        parts.push(format!("median {}{budget}", spent(*median)));
    }
    parts.join(", ")
}

/// `this box: done 17 of 20, skipped 2`; None before a period has ended.
pub fn of_box(scene: &Scene<'_>, stand: &Stand<'_>) -> Option<String> {
    let list = &stand.list.occurrence().opening.list;
    let had = |o: &&std::sync::Arc<Occurrence>| {
        o.closing.is_some() && o.opening.pinned.items.iter().any(|i| i.id == stand.pinned.id)
    };
    let marks: Vec<Mark> = scene.model.board.of(list).filter(had).map(|o| o.mark(&stand.pinned.id)).collect();
    let done = marks.iter().filter(|m| m.done()).count();
    let rest = [Mark::Against, Mark::Failed, Mark::Skipped, Mark::Na, Mark::Missed, Mark::Carried];
    let counted = rest.into_iter().map(|mark| (mark, marks.iter().filter(|m| **m == mark).count()));
    let mut told = vec![format!("this box: done {done} of {}", marks.len())];
    told.extend(counted.filter(|(_, n)| *n > 0).map(|(mark, n)| format!("{} {n}", mark.word())));
    (!marks.is_empty()).then(|| told.join(", "))
}

#[cfg(test)]
mod tests {
    use super::spent;

    #[test]
    fn work_is_measured_in_minutes_and_seconds() {
        let shown: Vec<_> = [0, 50_000, 250_000, 300_000, 3_600_000, 3_900_000].map(spent).into();
        assert_eq!(shown, ["0s", "50s", "4m10s", "5m", "1h", "1h05m"]);
    }
}
