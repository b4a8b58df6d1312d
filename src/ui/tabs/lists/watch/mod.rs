//! The watch: the handoff as it would be offered now, who offered it to whom, and what became of it. The text itself is the
//! report's; that an offer waits is said on the truth line of both who are concerned.

mod acts;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use ratatui::text::Line;

use crate::domain::handoff::{Facts, Handoff, HandoffEnd};
use crate::domain::ids::Seq;
use crate::domain::live::Lease;
use crate::domain::text::Clean;
use crate::engine::Model;
use crate::engine::lists::handoff_facts;
use crate::engine::model::Moves;
use crate::report::handoff;
use crate::ui::command::{Command, Ground, Needs};
use crate::ui::list::{Listing, Row, RowId, Wanted};
use crate::ui::scene::Scene;
use crate::ui::tabs::alerts::row_of;
use crate::ui::tabs::{Copy, Space};
use crate::ui::text::{Cells, fit, width, wrap};
use crate::ui::theme::Tint;

pub use acts::{enter, open, settled, take_back};

/// The facts of a handoff, and what they were gathered from.
pub type Known = ((i64, u64, u64, Moves, u64), Arc<Facts>);

/// Handoffs listed.
const SHOWN: usize = 50;

pub const COMMANDS: &[Command] = &[
    row_of("accept", &["a"], "accept", "accept the watch that is offered to you", on(to_me), acts::accept),
    row_of("offer", &["O"], "offer", "offer the watch to somebody, with this text", on(draft_row), acts::offer),
    row_of("edit-handoff", &["e", "c"], "edit", "edit the text before it is offered", on(draft_row), acts::edit),
    row_of("discard-handoff", &["X"], "discard", "forget the edited text", on(edited), acts::discard),
];

const fn on(fit: crate::ui::command::Fit) -> Needs {
    Needs::ActOn(Ground::Watch, fit)
}

fn draft_row(_: &Scene<'_>, row: &RowId) -> Result<(), String> {
    if *row == RowId::Draft { Ok(()) } else { Err("that is for the draft: it stands above what was offered".into()) }
}
fn edited(scene: &Scene<'_>, row: &RowId) -> Result<(), String> {
    draft_row(scene, row)?;
    let edited = scene.drafts.handoff().is_some();
    edited.then_some(()).ok_or_else(|| "nothing was edited: the draft follows the facts by itself".into())
}
pub fn to_me(scene: &Scene<'_>, row: &RowId) -> Result<(), String> {
    let RowId::Handoff(id) = row else { return Err("nobody has offered the watch here".into()) };
    acceptable(scene.model, *id)
}

/// An offer of mine that waits.
pub fn mine(scene: &Scene<'_>, row: &RowId) -> Result<(), String> {
    let RowId::Handoff(id) = row else { return Err("nothing was offered here".into()) };
    let offer = scene.model.board.handoffs.get(id).filter(|h| h.open() && h.from.as_str() == scene.me());
    offer.map(|_| ()).ok_or_else(|| "this offer is not yours, or has had its answer".into())
}

/// Whether an offer can be accepted here; else why not, in the words that the store would use.
fn acceptable(model: &Model, id: Seq) -> Result<(), String> {
    let Some(offer) = model.board.handoffs.get(&id) else { return Err("there is no such offer".into()) };
    match &offer.end {
        Some((HandoffEnd::Accepted, _, by)) => Err(format!("{by} has accepted this one")),
        Some((HandoffEnd::Withdrawn, _, by)) => Err(format!("{by} took this offer back")),
        Some((HandoffEnd::Declined, _, by)) => Err(format!("{by} declined this one")),
        None if offer.to == model.me.name => Ok(()),
        None => Err(format!("{} offered the watch to {}, not to {}", offer.from, offer.to, model.me.name)),
    }
}

/// Gathered once for as long as nothing they rest on has moved: with many alerts that is no work for every frame.
fn facts(scene: &Scene<'_>) -> Arc<Facts> {
    // What would be offered is what holds now, whatever the lists stand still at.
    let model = scene.live;
    let minute = scene.now().0.div_euclid(60_000);
    let key = (minute, model.book.revision, model.board.revision, model.moved, rest(model));
    if let Some((_, known)) = scene.memo.handoff.borrow().as_ref().filter(|(of, _)| *of == key) {
        return Arc::clone(known);
    }
    let facts = Arc::new(handoff_facts(model, scene.now()));
    *scene.memo.handoff.borrow_mut() = Some((key, Arc::clone(&facts)));
    facts
}

/// What has no number of its own that rises: pages, mutes, whether anybody works.
fn rest(model: &Model) -> u64 {
    let mut hasher = DefaultHasher::new();
    for page in &model.outbox {
        (page.id, page.state.word(), page.attempts).hash(&mut hasher);
    }
    for mute in &model.mutes {
        (&mute.pattern, mute.until.0, mute.by.as_str(), mute.reason.as_str()).hash(&mut hasher);
    }
    model.worker.lease.as_ref().is_some_and(Lease::alive).hash(&mut hasher);
    hasher.finish()
}

/// What would be offered: as it was edited, else by the facts of now.
fn text(scene: &Scene<'_>) -> Vec<Clean> {
    match scene.drafts.handoff() {
        Some(edited) => lines_of(edited),
        None => handoff::draft(&facts(scene)),
    }
}

pub fn lines_of(text: &str) -> Vec<Clean> {
    text.trim_end().lines().map(Clean::new).collect()
}

/// An offer that waits comes first, then the draft, then what is over.
pub fn rows(scene: &Scene<'_>, wanted: &Wanted<'_>) -> Listing {
    let mut list = Listing::default();
    let board = &scene.model.board;
    let mut sieve = wanted.filter.sieve(scene.me(), scene.now());
    let draft = Row::new(RowId::Draft, [1, 0, 0]);
    list.rows.extend(board.offer().map(|offer| Row::new(RowId::Handoff(offer.id), [0, -offer.id, 0])));
    list.home = usize::from(board.offer().is_some_and(|o| !concerns(scene, o)));
    list.rows.push(draft);
    for past in board.handoffs.values().rev().filter(|h| !h.open()).take(SHOWN) {
        if sieve.keeps(&format!("{} {}", past.from, past.to), "", None) {
            list.rows.push(Row::new(RowId::Handoff(past.id), [2, -past.id, 0]));
        } else {
            list.hidden += 1;
        }
    }
    list
}

fn concerns(scene: &Scene<'_>, offer: &Handoff) -> bool {
    [&offer.from, &offer.to].iter().any(|name| name.as_str() == scene.me())
}

/// An offer to me.
pub fn needing(scene: &Scene<'_>, row: &Row) -> bool {
    matches!(row.id, RowId::Handoff(id) if acceptable(scene.model, id).is_ok())
}

/// Of the truth line: `handoff to bob NOT ACCEPTED 4m`, `handoff from alice WAITS (w)`.
pub fn waits(scene: &Scene<'_>) -> Option<String> {
    let offer = scene.live.board.offer()?;
    if offer.to.as_str() == scene.me() {
        return Some(format!("handoff from {} WAITS (w)", offer.from));
    }
    let age = scene.clock.fault_age(offer.at);
    (offer.from.as_str() == scene.me()).then(|| format!("handoff to {} NOT ACCEPTED {age}", offer.to))
}

fn named(scene: &Scene<'_>, name: &Clean) -> String {
    if name.as_str() == scene.me() { "you".to_owned() } else { name.to_string() }
}

/// `waits 4m`, `accepted 03:05 by bob`, `taken back 03:06`.
fn state(scene: &Scene<'_>, offer: &Handoff) -> (String, Tint) {
    if scene.live.board.saving.contains_key(&crate::engine::lists::Thing::Handoff) && offer.open() {
        return ("saving".into(), Tint::Text);
    }
    match &offer.end {
        None => (format!(" NOT ACCEPTED {} ", scene.clock.fault_age(offer.at)), Tint::WarnBadge),
        Some((HandoffEnd::Accepted, at, by)) => {
            (format!("accepted {} by {}", scene.clock.time(*at), named(scene, by)), Tint::Text)
        }
        Some((HandoffEnd::Withdrawn, at, _)) => (format!("taken back {}", scene.clock.time(*at)), Tint::Text),
        Some((HandoffEnd::Declined, at, by)) => {
            (format!("declined {} by {}", scene.clock.time(*at), named(scene, by)), Tint::Text)
        }
    }
}

pub fn line(scene: &Scene<'_>, row: &Row, columns: usize) -> Line<'static> {
    let cells = Cells::default().gap(2);
    match &row.id {
        RowId::Draft => {
            let edited = scene.drafts.edited().map(|at| format!("yours of {}", scene.clock.time(at)));
            let word = edited.as_deref().unwrap_or("draft");
            let cells = cells.left(word, width(word).max(14), scene.style(Tint::Strong)).gap(2);
            let room = columns.saturating_sub(cells.used);
            cells.text(fit(&handoff::summary(&facts(scene)), room)).line()
        }
        RowId::Handoff(id) => {
            let Some(offer) = scene.model.board.handoffs.get(id) else { return Line::default() };
            let cells = cells.left(&scene.clock.time(offer.at), 14, scene.style(Tint::Text)).gap(2);
            let who = format!("{} to {}", named(scene, &offer.from), named(scene, &offer.to));
            let cells = cells.left(&who, 28.min(columns / 2), scene.style(Tint::Text)).gap(2);
            let (said, tint) = state(scene, offer);
            let room = columns.saturating_sub(cells.used);
            cells.add(fit(&said, room), scene.style(tint)).line()
        }
        _ => Line::default(),
    }
}

/// What it is and what the keys do with it, then the text.
pub fn detail(scene: &Scene<'_>, row: &Row, space: Space) -> Vec<Line<'static>> {
    let (said, text) = match &row.id {
        RowId::Draft => (about_draft(scene), self::text(scene)),
        RowId::Handoff(id) => match scene.model.board.handoffs.get(id) {
            Some(offer) => (about(scene, offer), offer.lines.clone()),
            None => return Vec::new(),
        },
        _ => return Vec::new(),
    };
    let room = space.width.saturating_sub(2);
    let strong = scene.style(Tint::Strong);
    let mut lines: Vec<Line<'static>> =
        wrap(&said, room).into_iter().map(|l| Cells::default().gap(1).add(l, scene.label()).line()).collect();
    lines.push(Line::default());
    for line in text {
        let heading = line.as_str().starts_with('#');
        for part in wrap(line.as_str(), room) {
            let style = if heading { strong } else { scene.style(Tint::Text) };
            lines.push(Cells::default().gap(1).add(part, style).line());
        }
    }
    if !space.full && lines.len() > space.height && space.height > 0 {
        let more = lines.len() - space.height + 1;
        lines.truncate(space.height - 1);
        lines.push(Cells::default().gap(1).add(format!("{more} more lines, Enter shows them"), scene.label()).line());
    }
    lines
}

/// `bob has the watch since 02:31. `; nothing where nobody ever accepted it.
fn holder(scene: &Scene<'_>) -> String {
    let Some((who, at)) = scene.live.board.holder() else { return String::new() };
    let (who, has) = if who.as_str() == scene.me() { ("You", "have") } else { (who.as_str(), "has") };
    format!("{who} {has} the watch since {}. ", scene.clock.time(at))
}

fn about_draft(scene: &Scene<'_>) -> String {
    holder(scene) + &about_text(scene)
}

fn about_text(scene: &Scene<'_>) -> String {
    match scene.drafts.edited() {
        _ if !scene.live.me.role.may_act() => "As the facts are now.".into(),
        Some(at) => format!(
            "Your text of {}, not offered yet. Enter or O offers it, e goes on editing, X goes back to the facts.",
            scene.clock.time(at)
        ),
        None => "As the facts are now. Enter or O offers the watch with it, e edits it first.".into(),
    }
}

fn about(scene: &Scene<'_>, offer: &Handoff) -> String {
    let at = scene.clock.time(offer.at);
    let (from, to) = (named(scene, &offer.from), named(scene, &offer.to));
    match &offer.end {
        None if offer.to.as_str() == scene.me() => {
            format!(
                "{from} offers you the watch since {at}. Enter accepts it, U declines; until then nothing of it is yours."
            )
        }
        None if offer.from.as_str() == scene.me() => {
            format!("You offered the watch to {to} at {at}, who has not accepted it. U takes it back.")
        }
        None => format!("{from} offered the watch to {to} at {at}, who has not accepted it."),
        Some(_) => format!("{from} offered the watch to {to} at {at}; {}.", state(scene, offer).0.trim()),
    }
}

pub fn copy(scene: &Scene<'_>, row: &Row, how: Copy) -> String {
    let whole = |lines: &[Clean]| lines.iter().map(Clean::as_str).collect::<Vec<_>>().join("\n");
    match (&row.id, how) {
        (RowId::Draft, Copy::Line) => format!("handoff, not offered: {}", handoff::summary(&facts(scene))),
        (RowId::Draft, Copy::All) => whole(&text(scene)),
        (RowId::Handoff(id), how) => {
            let Some(offer) = scene.model.board.handoffs.get(id) else { return String::new() };
            if how == Copy::All {
                return whole(&offer.lines);
            }
            let (at, end) = (scene.clock.full(offer.at), state(scene, offer).0);
            format!("handoff from {} to {} at {at}: {}", offer.from, offer.to, end.trim())
        }
        _ => String::new(),
    }
}

/// For plain output: the text that waits for an answer, else the draft.
pub fn spoken(scene: &Scene<'_>) -> Vec<Clean> {
    scene.model.board.offer().map_or_else(|| text(scene), |offer| offer.lines.clone())
}
