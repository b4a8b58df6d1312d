//! How one box stands, in a glyph and in words: what became of it, what its evidence says, how old that is, and who. The
//! row, the detail, the copy and the filter all say it from here.

use std::sync::Arc;

use crate::domain::alert::Actor;
use crate::domain::checklist::{Held, ItemState, Mark, PinnedItem, TemplateItem};
use crate::domain::evidence::{Evidence, Proof, Verdict};
use crate::domain::time::Stamp;
use crate::engine::lists::Thing;
use crate::ui::scene::Scene;
use crate::ui::tabs::lists::worked::{self, Worked};
use crate::ui::text::{fit, width};
use crate::ui::theme::Tint;

pub struct Stand<'a> {
    pub list: &'a Worked,
    pub pinned: &'a PinnedItem,
    /// As the file has it now; None when it no longer has it.
    pub written: Option<&'a TemplateItem>,
    pub state: Option<&'a ItemState>,
    pub proof: Option<Arc<Proof>>,
}

impl<'a> Stand<'a> {
    pub fn of(scene: &Scene<'_>, list: &'a Worked, place: usize) -> Option<Self> {
        let pinned = list.items().get(place)?;
        let state = list.occurrence().items.get(&pinned.id).map(|s| &**s);
        let written = list.written(place, &pinned.id);
        let proof = written.and_then(|(at, item)| worked::proof(scene, list, at, item));
        Some(Self { list, pinned, written: written.map(|(_, item)| item), state, proof })
    }
    pub fn mark(&self) -> Mark {
        self.state.map_or(Mark::Open, |s| s.held.mark)
    }
    pub fn held(&self) -> Option<&'a Held> {
        self.state.map(|s| &s.held)
    }
    pub fn reason(&self) -> &'a str {
        self.held().map_or("", |h| h.reason.as_str())
    }
    pub fn evidence(&self) -> &Evidence {
        self.written.map_or(&Evidence::None, |w| &w.evidence)
    }
    pub fn verdict(&self) -> Option<Verdict> {
        self.proof.as_ref().map(|p| p.verdict)
    }
    /// Open, and its evidence cannot say.
    pub fn waits_for_data(&self) -> bool {
        self.mark() == Mark::Open && self.verdict() == Some(Verdict::Unknown)
    }
    /// Evidence took a tick back, or a person did.
    pub fn unticked(&self) -> Option<(Stamp, &'a Actor)> {
        let held = self.held().filter(|h| h.mark == Mark::Open)?;
        Some((held.at?, held.by.as_ref()?))
    }
    pub fn thing(&self) -> Thing {
        Thing::Item(self.list.occurrence().id, self.pinned.id.clone())
    }
}

/// The glyph, and its colour. Unknown is `?`, never a cross.
pub fn sign(stand: &Stand<'_>) -> (&'static str, Tint) {
    match stand.mark() {
        Mark::Done | Mark::Proven => ("✓", Tint::Fine),
        Mark::Against => ("≠", Tint::Warning),
        Mark::Half => ("◐", Tint::Notice),
        Mark::Failed => ("×", Tint::Critical),
        Mark::Skipped => ("»", Tint::Notice),
        Mark::Na => ("·", Tint::Text),
        Mark::Missed => ("!", Tint::Warning),
        Mark::Carried => ("→", Tint::Notice),
        Mark::Open => match stand.verdict() {
            Some(Verdict::Unknown) => ("?", Tint::Notice),
            Some(Verdict::Bad) => ("▢", Tint::Warning),
            _ => ("▢", Tint::Text),
        },
    }
}

/// `open, evidence unknown`; the mark's own word otherwise.
pub fn word(stand: &Stand<'_>) -> String {
    let mark = stand.mark();
    match stand.verdict() {
        Some(verdict) if mark == Mark::Open => format!("{}, evidence {}", mark.word(), verdict.word()),
        _ => mark.word().to_owned(),
    }
}

/// The value beside the box in so many columns; a bad one with what was wanted, where there is room for both.
pub fn value(scene: &Scene<'_>, stand: &Stand<'_>, columns: usize) -> String {
    match stand.mark() {
        mark @ (Mark::Skipped | Mark::Na | Mark::Failed) => {
            fit(&format!("{}: {}", mark.word(), stand.reason()), columns)
        }
        Mark::Half => fit("needs a second person", columns),
        Mark::Against => fit(&format!("against: {}", says(scene, stand)), columns),
        Mark::Missed | Mark::Carried => fit(stand.mark().word(), columns),
        Mark::Open => proven(scene, stand, columns),
        Mark::Done | Mark::Proven => match proven(scene, stand, columns) {
            nothing if nothing.is_empty() => fit(stand.reason(), columns),
            value => value,
        },
    }
}

fn proven(scene: &Scene<'_>, stand: &Stand<'_>, columns: usize) -> String {
    let says = says(scene, stand);
    let Some(proof) = stand.proof.as_ref().filter(|p| p.verdict == Verdict::Bad) else { return fit(&says, columns) };
    let both = format!("{says}{}", limit(proof.wanted.as_str()));
    if width(&both) <= columns { both } else { fit(&says, columns) }
}

/// What the evidence says, `~` before what nobody looks after now.
pub fn says(scene: &Scene<'_>, stand: &Stand<'_>) -> String {
    let Some(proof) = &stand.proof else { return String::new() };
    let text = if proof.verdict == Verdict::NoSource { "no source" } else { proof.says.as_str() };
    format!("{}{text}", if old(scene, stand) { "~" } else { "" })
}

/// It is fetched or judged by a worker, and there is none.
fn old(scene: &Scene<'_>, stand: &Stand<'_>) -> bool {
    let by_worker = match stand.evidence() {
        Evidence::Live { .. } => true,
        Evidence::Gathered(g) => g.every.is_some(),
        Evidence::None | Evidence::Word(_) | Evidence::Wrong(_) => false,
    };
    by_worker && stand.proof.as_ref().is_some_and(|p| p.at.is_some()) && scene.untimed()
}

/// How far a bad value is from what was wanted: `kpi.leads >= 15` as ` < 15`, `services.healthy = 7` as `, wanted 7`.
fn limit(wanted: &str) -> String {
    let of_one = wanted.split_once(' ').filter(|_| !wanted.contains(" and "));
    let Some((sign, figure)) = of_one.and_then(|(_, rest)| rest.split_once(' ')) else {
        return format!(", wanted {wanted}");
    };
    match sign {
        ">=" => format!(" < {figure}"),
        "<=" => format!(" > {figure}"),
        ">" => format!(" ≤ {figure}"),
        "<" => format!(" ≥ {figure}"),
        "=" => format!(", wanted {figure}"),
        other => format!(", wanted {other} {figure}"),
    }
}

/// The age of the evidence where that decides, else the time of the mark.
pub fn when(scene: &Scene<'_>, stand: &Stand<'_>) -> String {
    let evidence_at = stand.proof.as_ref().and_then(|p| p.at);
    let marked_at = stand.held().and_then(|h| h.at);
    match (stand.mark(), evidence_at, marked_at) {
        (Mark::Open | Mark::Proven, Some(at), _) => scene.clock.age(at),
        (Mark::Open, None, _) => String::new(),
        (_, _, Some(at)) => day_or_time(scene, at),
        (_, Some(at), None) => scene.clock.age(at),
        (_, None, None) => String::new(),
    }
}

/// `08:41` today, else `Nov 21`.
pub fn day_or_time(scene: &Scene<'_>, at: Stamp) -> String {
    let text = scene.clock.time(at);
    // The clock puts the day before a time of another one.
    match text.rsplit_once(' ') {
        Some((day, _)) => day.to_owned(),
        None => text,
    }
}

/// Who did it, or what stands in the way of saying so.
pub fn who(scene: &Scene<'_>, stand: &Stand<'_>) -> (String, Tint) {
    if let Some(saving) = scene.live.board.saving.get(&stand.thing()) {
        return match &saving.failed {
            Some(_) => ("NOT SAVED".into(), Tint::BadBadge),
            None => ("saving".into(), Tint::Text),
        };
    }
    if let Some((at, _)) = stand.unticked() {
        return (format!("un-ticked {}", day_or_time(scene, at)), Tint::Text);
    }
    let text = match (stand.mark(), stand.held().and_then(|h| h.by.as_ref())) {
        (Mark::Open, _) => match stand.state.and_then(|s| s.since) {
            Some(since) => format!("since {}", day_or_time(scene, since)),
            None => "–".into(),
        },
        (Mark::Half, Some(by)) => format!("{}, 1 of 2", name(scene, by)),
        (_, Some(by)) => name(scene, by),
        (_, None) => "–".into(),
    };
    (text, Tint::Text)
}

/// `you`, a name, or `evidence`: the worker ticks nothing of its own will.
pub fn name(scene: &Scene<'_>, by: &Actor) -> String {
    match by {
        Actor::Operator(name) if name.as_str() == scene.me() => "you".to_owned(),
        Actor::Operator(name) => name.to_string(),
        Actor::Worker(_) | Actor::Stream(_) => "evidence".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_value_says_how_it_misses_what_was_wanted() {
        for (wanted, shown) in [
            ("services.healthy = 7", ", wanted 7"),
            ("kpi.leads >= 15", " < 15"),
            ("service.x.success >= 99.5 %", " < 99.5 %"),
            ("service.x.p95 < 200 ms", " ≥ 200 ms"),
            ("service.x.figure.hit_rate > 95 %", " ≤ 95 %"),
            ("alerts.open not 3", ", wanted not 3"),
            ("a.b = 1 and c.d = 2", ", wanted a.b = 1 and c.d = 2"),
            ("fresh", ", wanted fresh"),
        ] {
            assert_eq!(limit(wanted), shown);
        }
    }
}
