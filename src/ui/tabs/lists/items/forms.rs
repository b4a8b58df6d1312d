//! Acts on boxes and lists that ask first: why, what was seen, until when. The boxes and versions are those of the moment
//! the question was put.

use chrono::NaiveDate;

use super::acts::{Chosen, act, chosen, named, ticked};
use super::version;
use crate::domain::checklist::{ItemAct, Mark, OccurrenceId, Rhythm};
use crate::domain::evidence::{Word, WordForm};
use crate::domain::markdown::Cadence;
use crate::domain::text::Clean;
use crate::domain::time::Stamp;
use crate::engine::Verb;
use crate::engine::model::Tone;
use crate::ui::clock::Clock;
use crate::ui::desk::Desk;
use crate::ui::draft::Draft;
use crate::ui::list::RowId;
use crate::ui::popup::form::{Check, Form, Question, something};
use crate::ui::popup::{Ask, Popup};
use crate::ui::tabs::lists::worked::{self, Worked};

/// One question without ready answers: a reason that is picked is nobody's reason.
fn ask(desk: &mut Desk<'_>, ask: String, check: Check, then: impl FnOnce(&mut Desk<'_>, Clean) + Send + 'static) {
    let question = Question { ask, presets: Vec::new(), check, empty: "", doubt: None };
    desk.popup(Popup::Form(Form::new(vec![question], move |desk, answers| then(desk, answer(answers, 0)))));
}

fn answer(answers: &[String], at: usize) -> Clean {
    answers.get(at).map_or_else(Clean::default, |a| Clean::new(a))
}

pub fn tick_because(desk: &mut Desk<'_>, on: Vec<Chosen>, says: &str) {
    let question = format!("evidence says {says}. Tick anyway, because");
    ask(desk, question, something, move |desk, reason| act(desk, &on, &ticked(reason.as_str())));
}

pub fn tick_with(desk: &mut Desk<'_>, on: Vec<Chosen>, word: &Word) {
    let what = match word.form {
        WordForm::Note => "a word with it",
        WordForm::Link => "a link (http or https)",
        WordForm::Number => "a figure first",
    };
    let wanted = if word.ask.is_empty() { what.to_owned() } else { format!("{} ({what})", word.ask) };
    let check: Check = match word.form {
        WordForm::Note => something,
        WordForm::Link => |text, _| as_asked(WordForm::Link, text),
        WordForm::Number => |text, _| as_asked(WordForm::Number, text),
    };
    let question = format!("tick {}: {wanted}", named(&on));
    ask(desk, question, check, move |desk, said| act(desk, &on, &ticked(said.as_str())));
}

fn as_asked(form: WordForm, text: &str) -> Result<(), &'static str> {
    Word { ask: Clean::default(), form }.refuses(text).map_or(Ok(()), Err)
}

pub fn tick_seen(desk: &mut Desk<'_>, on: Vec<Chosen>) {
    let question = format!("tick {}, it is critical: what did you see", named(&on));
    ask(desk, question, something, move |desk, said| act(desk, &on, &ticked(said.as_str())));
}

/// Nothing can know it but who looks: a bare tick would say less than it seems to.
pub fn tick_alone(desk: &mut Desk<'_>, on: Vec<Chosen>) {
    let ask = "nothing here can know it. What did you see".to_owned();
    let presets = vec!["looked at it myself".to_owned()];
    let question = Question { ask, presets, check: something, empty: "", doubt: None };
    desk.popup(Popup::Form(Form::new(vec![question], move |desk, answers| {
        act(desk, &on, &ticked(answer(answers, 0).as_str()));
    })));
}

pub fn set_aside(desk: &mut Desk<'_>, on: Vec<Chosen>, mark: Mark, word: &'static str) {
    let question = format!("{word}, {}: why", named(&on));
    ask(desk, question, something, move |desk, reason| act(desk, &on, &ItemAct::SetAside { mark, reason }));
}

pub fn untick(desk: &mut Desk<'_>, on: Vec<Chosen>) {
    let question = format!("un-tick {}, others have seen it done: why", named(&on));
    ask(desk, question, something, move |desk, reason| act(desk, &on, &ItemAct::Untick { reason }));
}

pub fn note(desk: &mut Desk<'_>) {
    let on = chosen(desk);
    let Some(first) = on.first() else { return };
    let of = Some(Draft::on_box(first.list, &first.item));
    let begun = desk.begun(of);
    let ask = format!("note on {}", named(&on));
    let question = Question { ask, presets: Vec::new(), check: something, empty: "", doubt: None };
    let form = Form::new(vec![question], move |desk, answers| {
        let before = desk.out.len();
        act(desk, &on, &ItemAct::Note(answer(answers, 0)));
        // On its way it is kept by whoever saves it; refused here, it is still only a draft.
        let text = if desk.out.len() > before { "" } else { answers.first().map_or("", String::as_str) };
        desk.keep_draft(of, text);
    });
    desk.popup(Popup::Form(form.drafted(of, &begun)));
}

/// The list the cursor is in, asked something.
fn of_list<T>(desk: &Desk<'_>, ask: impl Fn(&Worked) -> T) -> Option<T> {
    let row: RowId = desk.pane()?.targets().next()?.clone();
    let clock = desk.clock();
    let scene = desk.ui.scene(&desk.engine.model, &clock);
    let lists = worked::lists(&scene);
    worked::find(&lists, &row).map(|(list, _)| ask(list))
}

/// Another date for a list that is done once.
pub fn redate(desk: &mut Desk<'_>) {
    let known = |list: &Worked| {
        let occurrence = list.occurrence();
        (occurrence.id, occurrence.version, list.title().to_owned(), occurrence.opening.zone.clone())
    };
    let Some((list, seen, title, zone)) = of_list(desk, known) else { return };
    let question = |ask: String, check| Question { ask, presets: Vec::new(), check, empty: "", doubt: None };
    let questions = vec![
        question(format!("{title}: until when, a day like 2026-12-24 or a span like 14d"), day),
        question(format!("{title}: why does its date move"), something),
    ];
    desk.popup(Popup::Form(Form::new(questions, move |desk, answers| {
        let due = due_of(answer(answers, 0).as_str(), &zone, &desk.clock());
        let Some(due) = due.filter(|due| *due > desk.wall()) else {
            return desk.say(Tone::Bad, "NOT re-dated: that day is over");
        };
        move_to(desk, list, seen, due, answer(answers, 1));
    })));
}

fn move_to(desk: &mut Desk<'_>, list: OccurrenceId, seen: u32, due: Stamp, reason: Clean) {
    desk.intend_on(seen, Verb::Redate { list, due, reason });
}

fn day(text: &str, clock: &Clock) -> Result<(), &'static str> {
    let known = date(text).is_some() || clock.moment(text).is_some();
    if known { Ok(()) } else { Err("a day like 2026-12-24, or a span like 14d") }
}

fn date(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").ok()
}

/// The end of that day where the list is at home; a span counts from now.
fn due_of(text: &str, zone: &str, clock: &Clock) -> Option<Stamp> {
    let Some(day) = date(text) else { return clock.moment(text) };
    let rhythm = Rhythm { cadence: Cadence::Once, zone: zone.parse().ok()?, due: None };
    rhythm.at(clock.now, None, Some(day)).due
}

/// The list as its file says now, after saying what goes and what comes.
pub fn adopt(desk: &mut Desk<'_>) {
    let known = |list: &Worked| {
        let id = list.occurrence().id;
        version::differs(list).map(|differs| (id, list.occurrence().version, list.title().to_owned(), differs))
    };
    let Some((list, seen, title, differs)) = of_list(desk, known).flatten() else { return };
    let question = format!("Take the new version of {title}? {differs}. What stays keeps its ticks.");
    let take = move |desk: &mut Desk<'_>| desk.intend_on(seen, Verb::Adopt { list });
    desk.popup(Popup::Ask(Ask::new(question).looked_at().enter("take it", take)));
}
