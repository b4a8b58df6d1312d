//! Acts of one key on boxes. What touches one box and can be undone happens at once; what the evidence contradicts, what
//! asks for a word, and what touches several asks first. Each carries the version that was on the screen.

use std::time::Duration;

use crossterm::event::KeyCode;

use super::forms;
use super::stand::{self, Stand};
use crate::domain::checklist::{ItemAct, Mark, OccurrenceId};
use crate::domain::evidence::{Evidence, Verdict, Word};
use crate::domain::markdown::ItemId;
use crate::domain::text::Clean;
use crate::engine::Verb;
use crate::engine::model::Tone;
use crate::ui::desk::Desk;
use crate::ui::list::{Pane, RowId};
use crate::ui::popup::{Ask, Popup};
use crate::ui::scene::Scene;
use crate::ui::tabs::lists::{quoted, worked};

/// A tick this old is taken back with a reason: others have counted on it.
const SETTLED: Duration = Duration::from_mins(5);

/// A box as the operator saw it.
#[derive(Clone, PartialEq, Debug)]
pub struct Chosen {
    pub list: OccurrenceId,
    pub item: ItemId,
    seen: u32,
    pub text: Clean,
}

/// The marked boxes, else the one under the cursor.
pub fn chosen(desk: &Desk<'_>) -> Vec<Chosen> {
    let targets = desk.pane().into_iter().flat_map(Pane::targets);
    let with = |id: &RowId| {
        let RowId::Item(list, item) = id else { return None };
        let drawn = desk.ui.drawn.seen.boxes.get(&(*list, item.clone())).copied();
        let seen = drawn.unwrap_or_else(|| desk.model().board.version_of(*list, item));
        let text = look(desk, id, |_, stand| stand.pinned.text.clone())?;
        Some(Chosen { list: *list, item: item.clone(), seen, text })
    };
    targets.filter_map(with).collect()
}

/// Asks about a box as the list shows it.
fn look<T>(desk: &Desk<'_>, id: &RowId, ask: impl Fn(&Scene<'_>, &Stand<'_>) -> T) -> Option<T> {
    let clock = desk.clock();
    let scene = desk.ui.scene(&desk.engine.model, &clock);
    let lists = worked::lists(&scene);
    let (list, place) = worked::find(&lists, id)?;
    Stand::of(&scene, list, place?).map(|stand| ask(&scene, &stand))
}

fn look_at<T>(desk: &Desk<'_>, of: &Chosen, ask: impl Fn(&Scene<'_>, &Stand<'_>) -> T) -> Option<T> {
    look(desk, &RowId::Item(of.list, of.item.clone()), ask)
}

pub fn act(desk: &mut Desk<'_>, on: &[Chosen], act: &ItemAct) {
    for of in on {
        let verb = Verb::Item { list: of.list, item: of.item.clone(), act: act.clone() };
        desk.intend_on(of.seen, verb);
    }
    desk.with_pane(|p| p.marks.clear());
}

/// `"look at the dashboard"`, or how many.
pub fn named(on: &[Chosen]) -> String {
    match on {
        [one] => quoted(one.text.as_str()),
        many => format!("{} boxes", many.len()),
    }
}

/// What a tick wants before it can be.
enum First {
    Nothing,
    /// It is done, and by whom.
    Done(String),
    /// Its command has not been run, or too long ago.
    Run(String),
    /// The evidence says something else.
    Because(String),
    Word(Word),
    /// Critical, and nothing but a person can know.
    Seen,
    /// It wants evidence, and nothing here can give it.
    Alone,
}

fn first(scene: &Scene<'_>, stand: &Stand<'_>) -> First {
    if stand.mark().done() {
        return First::Done(done(scene, stand));
    }
    if let Evidence::Word(word) = stand.evidence() {
        // What was noted before will do where it says what is asked for.
        let noted = stand.state.and_then(|s| s.notes.last());
        let said = noted.is_some_and(|n| word.refuses(n.text.as_str()).is_none());
        return if said { First::Nothing } else { First::Word(word.clone()) };
    }
    let on_wish = matches!(stand.evidence(), Evidence::Gathered(g) if g.every.is_none());
    let says = stand.proof.as_ref().map_or("", |p| p.says.as_str());
    match stand.verdict() {
        Some(Verdict::Unknown) if on_wish => First::Run(says.to_owned()),
        Some(Verdict::Unknown | Verdict::Bad) => First::Because(says.to_owned()),
        _ if stand.written.is_some_and(|w| w.critical && !w.evidence.is_gathered_or_live()) => First::Seen,
        Some(Verdict::NoSource) => First::Alone,
        _ => First::Nothing,
    }
}

fn done(scene: &Scene<'_>, stand: &Stand<'_>) -> String {
    let held = stand.held();
    // What evidence has done is said so by its mark.
    let by = held
        .filter(|h| h.mark != Mark::Proven)
        .and_then(|h| h.by.as_ref())
        .map_or_else(String::new, |by| format!(" by {}", stand::name(scene, by)));
    let at = held.and_then(|h| h.at).map_or_else(String::new, |at| format!(" {}", scene.clock.time(at)));
    format!("{} is {}{at}{by}: U takes that back", quoted(stand.pinned.text.as_str()), stand.mark().word())
}

pub fn tick(desk: &mut Desk<'_>) {
    let on = chosen(desk);
    let [one] = on.as_slice() else { return tick_many(desk, on) };
    let Some(first) = look_at(desk, one, first) else { return };
    match first {
        First::Nothing => act(desk, &on, &ticked("")),
        First::Done(said) => desk.say(Tone::Info, said),
        First::Run(says) => {
            let (run, anyway) = (one.clone(), on.clone());
            let question = format!("{}: {says}. Run it first?", named(&on));
            let ask = Ask::new(question).enter("run it", move |desk| gather(desk, &run));
            desk.popup(Popup::Ask(ask.on(KeyCode::Char('t'), "tick anyway, with a reason", move |desk| {
                forms::tick_because(desk, anyway, &says);
            })));
        }
        First::Because(says) => forms::tick_because(desk, on, &says),
        First::Word(word) => forms::tick_with(desk, on, &word),
        First::Seen => forms::tick_seen(desk, on),
        First::Alone => forms::tick_alone(desk, on),
    }
}

pub fn ticked(reason: &str) -> ItemAct {
    ItemAct::Tick { reason: Clean::new(reason), proof: None }
}

/// Those that a key alone ticks, after saying how many; each of the others has a question of its own.
fn tick_many(desk: &mut Desk<'_>, on: Vec<Chosen>) {
    let firsts: Vec<Option<First>> = on.iter().map(|of| look_at(desk, of, first)).collect();
    let asking = firsts.iter().filter(|f| !matches!(f, Some(First::Nothing | First::Done(_)))).count();
    let plain = |f: &Option<First>| matches!(f, Some(First::Nothing));
    let plain: Vec<Chosen> = on.into_iter().zip(&firsts).filter(|(_, f)| plain(f)).map(|(of, _)| of).collect();
    let n = plain.len();
    if n == 0 {
        let text = match asking {
            0 => "all of these are done; U takes a tick back".to_owned(),
            asking => format!("NOT ticked: {asking} of these ask for a word each; x on them one by one"),
        };
        return desk.say(if asking > 0 { Tone::Bad } else { Tone::Info }, text);
    }
    let rest = match asking {
        0 => String::new(),
        1 => "   1 more asks for a word of its own and stays.".to_owned(),
        asking => format!("   {asking} more ask for a word of their own and stay."),
    };
    let ask = Ask::new(format!("tick {n}: the marked boxes?{rest}")).looked_at();
    desk.popup(Popup::Ask(ask.enter(format!("tick {n}"), move |desk| act(desk, &plain, &ticked("")))));
}

/// Skipped, not applicable or failed; the reason comes after.
pub fn mark_not_done(desk: &mut Desk<'_>) {
    let on = chosen(desk);
    if on.is_empty() {
        return;
    }
    let many = on.len() > 1;
    let why = |mark: Mark, word: &'static str| {
        let on = on.clone();
        move |desk: &mut Desk<'_>| forms::set_aside(desk, on, mark, word)
    };
    let ask = Ask::new(format!("Not done: {}. What is it?", named(&on)))
        .on(KeyCode::Char('s'), "skipped", why(Mark::Skipped, "skip"))
        .on(KeyCode::Char('n'), "not applicable", why(Mark::Na, "not applicable"))
        .on(KeyCode::Char('f'), "failed", why(Mark::Failed, "failed"));
    desk.popup(Popup::Ask(if many { ask.looked_at() } else { ask }));
}

/// Un-ticks; an old tick asks why.
pub fn take_back(desk: &mut Desk<'_>) {
    let now = desk.wall();
    let settled_at = |_: &Scene<'_>, stand: &Stand<'_>| {
        stand.held().filter(|h| h.mark != Mark::Open).map(|h| h.at.unwrap_or_default())
    };
    let on: Vec<(Chosen, crate::domain::time::Stamp)> =
        chosen(desk).into_iter().filter_map(|of| Some((of.clone(), look_at(desk, &of, settled_at)??))).collect();
    let old = on.iter().any(|(_, at)| now.since(*at) > SETTLED);
    let on: Vec<Chosen> = on.into_iter().map(|(of, _)| of).collect();
    match on.len() {
        0 => desk.say(Tone::Info, "nothing to take back here: it is open"),
        1 if !old => act(desk, &on, &ItemAct::Untick { reason: Clean::default() }),
        1 => forms::untick(desk, on),
        n => {
            let ask = Ask::new(format!("un-tick {n}: the marked boxes?")).looked_at();
            let then = move |desk: &mut Desk<'_>| {
                if old {
                    forms::untick(desk, on);
                } else {
                    act(desk, &on, &ItemAct::Untick { reason: Clean::default() });
                }
            };
            desk.popup(Popup::Ask(ask.enter(format!("un-tick {n}"), then)));
        }
    }
}

/// Runs the command, or looks at the file, now.
pub fn again(desk: &mut Desk<'_>) {
    let on = chosen(desk);
    match on.as_slice() {
        [] => {}
        [one] => gather(desk, one),
        many => {
            let n = many.len();
            let ask = Ask::new(format!("run {n}: what the marked boxes ask for?")).looked_at();
            desk.popup(Popup::Ask(ask.enter(format!("run {n}"), move |desk| {
                for of in &on {
                    gather(desk, of);
                }
                desk.with_pane(|p| p.marks.clear());
            })));
        }
    }
}

fn gather(desk: &mut Desk<'_>, of: &Chosen) {
    desk.intend(None, Verb::Gather { list: of.list, item: of.item.clone() });
}

/// Which rows the keys are for.
pub mod fits {
    use super::{First, Mark, RowId, Scene, Stand, first, worked};
    use crate::domain::evidence::Evidence;
    use crate::domain::markdown::Cadence;
    use crate::ui::tabs::lists::worked::Worked;

    fn on<T>(scene: &Scene<'_>, row: &RowId, ask: impl Fn(&Worked, Option<&Stand<'_>>) -> T) -> Option<T> {
        let lists = worked::lists(scene);
        let (list, place) = worked::find(&lists, row)?;
        Some(ask(list, place.and_then(|at| Stand::of(scene, list, at)).as_ref()))
    }

    fn on_box(scene: &Scene<'_>, row: &RowId, ask: impl Fn(&Stand<'_>) -> Result<(), String>) -> Result<(), String> {
        let no = || Err("this is no box: choose one below".to_owned());
        on(scene, row, |_, stand| stand.map_or_else(no, &ask)).unwrap_or_else(no)
    }

    pub fn a_box(scene: &Scene<'_>, row: &RowId) -> Result<(), String> {
        on_box(scene, row, |_| Ok(()))
    }
    pub fn open(scene: &Scene<'_>, row: &RowId) -> Result<(), String> {
        on_box(scene, row, |stand| match first(scene, stand) {
            First::Done(said) => Err(said),
            _ => Ok(()),
        })
    }
    pub fn settled(scene: &Scene<'_>, row: &RowId) -> Result<(), String> {
        on_box(scene, row, |stand| if stand.mark() == Mark::Open { Err("it is open".to_owned()) } else { Ok(()) })
    }
    /// It has evidence that somebody can go and get.
    pub fn fetched(scene: &Scene<'_>, row: &RowId) -> Result<(), String> {
        on_box(scene, row, |stand| match stand.evidence() {
            Evidence::Gathered(_) => Ok(()),
            Evidence::Live { .. } => Err("this evidence is live: it is judged all the time".to_owned()),
            Evidence::Wrong(why) => Err(format!("NOT run: {why}")),
            Evidence::None | Evidence::Word(_) => {
                Err("nothing is configured to run for this box: `evidence.command` in the config would".to_owned())
            }
        })
    }
    pub fn once(scene: &Scene<'_>, row: &RowId) -> Result<(), String> {
        let no = || Err("only a list that is done once has a date to move; this one comes back by itself".to_owned());
        on(scene, row, |list, _| if list.occurrence().opening.cadence == Cadence::Once { Ok(()) } else { no() })
            .unwrap_or_else(no)
    }
    pub fn changed(scene: &Scene<'_>, row: &RowId) -> Result<(), String> {
        let no = || Err("this list says what its file says: there is no new version to take".to_owned());
        on(scene, row, |list, _| if list.shown.changed_since() { Ok(()) } else { no() }).unwrap_or_else(no)
    }
}
