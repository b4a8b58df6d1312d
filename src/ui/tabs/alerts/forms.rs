//! Acts that ask first: for how long, why, to whom, what was it. The alerts and versions are those of the moment the
//! question was put.

use super::acts::several;
use crate::domain::alert::Review;
use crate::domain::journal::Refusal;
use crate::domain::severity::Severity;
use crate::domain::text::Clean;
use crate::engine::model::Tone;
use crate::engine::{Model, Verb};
use crate::ui::clock::Clock;
use crate::ui::desk::{Desk, Target};
use crate::ui::draft::Draft;
use crate::ui::list::RowId;
use crate::ui::popup::form::{Check, Doubt, Form, Question, anything, moment, something};
use crate::ui::popup::{Ask, Popup};

fn question(ask: String, presets: &[&str], check: Check) -> Question {
    Question { ask, presets: presets.iter().map(|p| (*p).to_owned()).collect(), check, empty: "", doubt: None }
}

fn answer(answers: &[String], at: usize) -> Clean {
    answers.get(at).map_or_else(Clean::default, |a| Clean::new(a))
}

/// `4821`, or how many.
fn name(targets: &[Target]) -> String {
    match targets {
        [one] => one.id.to_string(),
        many => format!("{} alerts", many.len()),
    }
}

const SPANS: [&str; 5] = ["30m", "1h", "4h", "09:00", "1d"];

pub fn snooze(desk: &mut Desk<'_>) {
    let (chosen, behind) = (desk.chosen(), desk.behind());
    several(desk, "snooze", chosen, &behind, |desk, targets| {
        let name = name(targets);
        let questions = vec![
            question(format!("snooze {name}: for how long, or until"), &SPANS, moment),
            question(
                format!("snooze {name}: why"),
                &["known, being fixed", "planned work", "waits for a deploy"],
                something,
            ),
        ];
        let targets = targets.to_vec();
        desk.popup(Popup::Form(Form::new(questions, move |desk, answers| {
            let until = desk.clock().moment(answer(answers, 0).as_str());
            let Some(until) = until else { return desk.say(Tone::Bad, "a snooze must end in the future") };
            desk.intend_all(&targets, &Verb::Snooze { until, reason: answer(answers, 1) });
        })));
    });
}

pub fn mute(desk: &mut Desk<'_>) {
    let service = match desk.row().map(|r| &r.id) {
        Some(RowId::Mute(pattern)) => pattern.to_string(),
        _ => desk.alert().map(|a| a.service().to_owned()).unwrap_or_default(),
    };
    mute_form(desk, &service);
}

/// The default is this service; a group is `tag:x`, a glob `ml-*`.
pub fn mute_form(desk: &mut Desk<'_>, service: &str) {
    // Said at once: three answers are a long way to a refusal.
    if desk.row().is_none() {
        return desk.say(Tone::Bad, "nothing is selected to mute");
    }
    // What matches nothing would be said to be muted, and ring on.
    let doubt: Doubt = Box::new(|desk, pattern| {
        let model = &desk.engine.model;
        (!pattern.is_empty() && !model.covers(pattern)).then(|| {
            let near = nearest(model, pattern).map_or_else(|| ".".to_owned(), |name| format!(", did you mean {name}?"));
            format!("{pattern} is no service or tag and has no alert{near} Enter again mutes it anyway")
        })
    });
    let ask = "mute: which service, glob or tag:x".to_owned();
    // What is selected may be of no service; then there is nothing that Enter alone could mean.
    let which = match service {
        "" => question(ask, &["tag:", "*"], something),
        service => Question { empty: "this service", ..question(ask, &[service, "tag:", "*"], anything) },
    };
    let questions = vec![
        Question { doubt: Some(doubt), ..which },
        question("mute: for how long, or until".into(), &SPANS, moment),
        question("mute: why".into(), &["planned work", "known, being fixed"], something),
    ];
    let default = service.to_owned();
    desk.popup(Popup::Form(Form::new(questions, move |desk, answers| {
        let typed = answer(answers, 0);
        let pattern = if typed.is_empty() { default } else { typed.to_string() };
        let until = desk.clock().moment(answer(answers, 1).as_str());
        let (Some(until), false) = (until, pattern.is_empty()) else {
            return desk.say(Tone::Bad, "NOT muted: name a service, a glob or tag:x");
        };
        desk.intend(None, Verb::Mute { pattern, until, reason: answer(answers, 2) });
    })));
}

/// The service or tag that was probably meant.
fn nearest(model: &Model, pattern: &str) -> Option<String> {
    let services = model.setup.services.iter();
    let names = services.flat_map(|s| s.names().map(str::to_owned).chain(s.tags.iter().map(|t| format!("tag:{t}"))));
    let measured = names.map(|name| (strsim::damerau_levenshtein(&name, pattern), name));
    measured.filter(|(off, name)| *off <= name.chars().count() / 3).min().map(|(_, name)| name)
}

pub fn take_back_mute(desk: &mut Desk<'_>, service: Option<&str>) {
    let mute = service.and_then(|s| desk.model().mute_of(s, desk.wall())).map(|m| m.pattern.clone());
    match mute {
        Some(pattern) => desk.intend(None, Verb::Unmute { pattern }),
        None => desk.say(Tone::Info, "nothing to take back here: not acked, not snoozed, not muted"),
    }
}

pub fn owner(desk: &mut Desk<'_>) {
    let (chosen, behind) = (desk.chosen(), desk.behind());
    several(desk, "hand over", chosen, &behind, |desk, targets| {
        let setup = desk.model().setup.clone();
        let names: Vec<&str> = setup.operators.iter().map(|(name, _)| name.as_str()).collect();
        let ask = format!("owner of {}: a name, or Enter for you", name(targets));
        // Nobody would look after what belongs to a misspelt name.
        let doubt: Doubt = Box::new(|desk, name| {
            let known = name.is_empty() || desk.engine.model.knows(name);
            (!known).then(|| format!("nobody called {name} is known here: Enter again gives it anyway"))
        });
        let take = question(ask, &names, anything);
        let questions = vec![Question { empty: "take it", doubt: Some(doubt), ..take }];
        let targets = targets.to_vec();
        desk.popup(Popup::Form(Form::new(questions, move |desk, answers| {
            let who = Some(answer(answers, 0)).filter(|n| !n.is_empty());
            desk.intend_all(&targets, &Verb::Own(who));
        })));
    });
}

pub fn note(desk: &mut Desk<'_>) {
    let chosen = desk.chosen();
    let questions = vec![question(format!("note on {}", name(&chosen)), &[], something)];
    let of = chosen.first().map(|t| Draft::Note(t.id));
    let begun = desk.begun(of);
    let form = Form::new(questions, move |desk, answers| {
        let before = desk.out.len();
        desk.intend_all(&chosen, &Verb::Note(answer(answers, 0)));
        // On its way it is kept by whoever saves it; refused here, it is still only a draft.
        let text = if desk.out.len() > before { "" } else { answers.first().map_or("", String::as_str) };
        desk.keep_draft(of, text);
    });
    desk.popup(Popup::Form(form.drafted(of, &begun)));
}

fn judged(text: &str, _: &Clock) -> Result<(), &'static str> {
    if text.is_empty() || parse_review(text).is_some() { Ok(()) } else { Err("1 true, 2 false, 3 noise, or Enter") }
}
fn parse_review(text: &str) -> Option<Review> {
    match text {
        "t" => Some(Review::True),
        "f" => Some(Review::False),
        "n" => Some(Review::Noise),
        word => Review::parse(word),
    }
}

/// An open one is resolved, one that is over is closed; both end with what it turned out to be.
pub fn resolve(desk: &mut Desk<'_>) {
    let Some(alert) = desk.concerned() else { return };
    let over = alert.phase.is_resolved();
    if over && !alert.to_close() {
        return desk.say(Tone::Info, format!("{} is resolved and needs no closing word; v reviews it", alert.id));
    }
    // Said before the questions, not after somebody has answered them.
    if !over && desk.engine.still_breaching(&alert) {
        // As a question: the note that is typed on without looking must not become acts.
        let text = format!("NOT resolved: {}", Refusal::StillBreaching { id: alert.id });
        return desk.popup(Popup::Ask(Ask::refusal(text)));
    }
    let critical = alert.severity == Severity::Critical;
    let (chosen, behind) = (desk.chosen(), desk.behind());
    several(desk, if over { "close" } else { "resolve" }, chosen, &behind, move |desk, targets| {
        let name = name(targets);
        let first = if over {
            question(format!("close {name}: what happened"), &["none"], summary)
        } else if critical {
            question(format!("resolve {name}: what mended it (this closes it too)"), &[], something)
        } else {
            question(format!("resolve {name}: what mended it"), &[], something)
        };
        let review = question(format!("{name} turned out to be"), &["true", "false", "noise"], judged);
        let questions = vec![first, Question { empty: "skip", ..review }];
        let targets = targets.to_vec();
        desk.popup(Popup::Form(Form::new(questions, move |desk, answers| {
            let (words, review) = (answer(answers, 0), parse_review(answer(answers, 1).as_str()));
            let none = words.as_str().eq_ignore_ascii_case("none");
            let verb = if over {
                Verb::Close { summary: (!none).then_some(words), review }
            } else {
                Verb::Resolve { note: words, review }
            };
            desk.intend_all(&targets, &verb);
        })));
    });
}

fn summary(text: &str, _: &Clock) -> Result<(), &'static str> {
    if text.is_empty() { Err("what happened in a sentence, or none") } else { Ok(()) }
}
