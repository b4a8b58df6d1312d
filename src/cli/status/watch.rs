//! What `status` says of lists, runs and the watch itself: what is due and late, what was missed, who waits for an answer.

use chrono::TimeZone as _;
use chrono_tz::Tz;
use serde_json::{Value, json};

use crate::cli::seat::Seat;
use crate::domain::checklist::{Mark, Occurrence};
use crate::domain::markdown::Cadence;
use crate::domain::text::Clean;
use crate::domain::time::{Stamp, ms, short};
use crate::engine::lists::Shown;

pub struct Watch {
    /// Lists with something left that are worked now: daily ones, and others once they are late.
    due: usize,
    late: usize,
    items_left: usize,
    missed_today: usize,
    /// What is wrong with their files.
    problems: usize,
    runs_open: usize,
    runs_late: usize,
    /// The offer that waits: from whom, to whom, since when.
    handoff: Option<(Clean, Clean, Stamp)>,
    /// Who accepted it last, and when, as said and as counted.
    holder: Option<(Clean, Stamp, String)>,
    now: Stamp,
}

impl Watch {
    pub fn of(seat: &Seat) -> Self {
        let (board, now) = (&seat.model().board, seat.now);
        let shown = seat.lists();
        let late = shown.iter().filter(|s| s.occurrence.late(now).is_some()).count();
        let due: Vec<&Shown> = shown.iter().filter(|s| due(&s.occurrence, now)).collect();
        Self {
            due: due.len(),
            late,
            items_left: due.iter().map(|s| s.occurrence.tally().left).sum(),
            missed_today: board.occurrences.values().map(|o| missed(o, now)).sum(),
            problems: board.problems.len(),
            runs_open: board.open_runs().count(),
            runs_late: board.open_runs().filter(|r| crate::cli::procedures::late(r, now)).count(),
            handoff: board.offer().map(|h| (h.from.clone(), h.to.clone(), h.at)),
            holder: board.holder().map(|(who, at)| (who.clone(), at, seat.times().clock(at))),
            now,
        }
    }

    /// Beside what a status always had.
    pub fn add(&self, body: &mut Value) {
        let Some(map) = body.as_object_mut() else { return };
        let Self { due, late, items_left, missed_today, problems, .. } = self;
        let lists = json!({
            "due": due, "late": late, "items_left": items_left, "missed_today": missed_today, "problems": problems,
        });
        map.insert("lists".into(), lists);
        map.insert("runs".into(), json!({ "open": self.runs_open, "late": self.runs_late }));
        let offer = self.handoff.as_ref();
        let offer = offer.map(|(from, to, at)| json!({ "from": from, "to": to, "age_ms": ms(self.now.since(*at)) }));
        map.insert("handoff".into(), json!(offer));
        let holder = self.holder.as_ref().map(|(who, at, _)| json!({ "who": who, "since": at.rfc3339() }));
        map.insert("watch".into(), json!(holder));
    }

    pub fn lines(&self, now: Stamp) -> Vec<String> {
        let missed =
            if self.missed_today > 0 { format!(", {} missed today", self.missed_today) } else { String::new() };
        let wrong = match self.problems {
            0 => String::new(),
            n => format!(", {n} wrong with their files: watchdeck checklists"),
        };
        let mut lines = vec![
            format!("lists     {} due, {} late, {} items left{missed}{wrong}", self.due, self.late, self.items_left),
            format!("runs      {} open, {} late", self.runs_open, self.runs_late),
        ];
        if let Some((who, _, since)) = &self.holder {
            lines.push(format!("watch     {who} has the watch since {since}"));
        }
        if let Some((from, to, at)) = &self.handoff {
            lines.push(format!("watch     {from} offers it to {to}, since {}: no answer yet", short(now.since(*at))));
        }
        lines
    }
}

fn due(o: &Occurrence, now: Stamp) -> bool {
    let over = o.closing.is_some() || o.opening.closes.is_some_and(|closes| closes <= now);
    !over && !o.complete() && (o.opening.cadence == Cadence::Daily || o.late(now).is_some())
}

/// Of a period that ended on this day of its zone.
fn missed(o: &Occurrence, now: Stamp) -> usize {
    let Some(closing) = &o.closing else { return 0 };
    let zone: Tz = o.opening.zone.parse().unwrap_or(Tz::UTC);
    let day = |at: Stamp| zone.from_utc_datetime(&at.utc().naive_utc()).date_naive();
    if day(closing.at) != day(now) {
        return 0;
    }
    o.opening.pinned.items.iter().filter(|i| o.mark(&i.id) == Mark::Missed).count()
}
