//! What may happen to a run: steps in their order, a failed one holds it up, an unfilled variable blocks its step.

use super::model::{Ended, Kind, Run, RunAct, RunFact, RunId, Step, StepAct, StepFact, StepHeld};
use crate::domain::alert::Changed;
use crate::domain::checklist::{Mark, Noted};
use crate::domain::journal::{Change, Entry, Fact, Refusal};
use crate::domain::text::Clean;

/// Steps of one run and notes of one step.
const STEPS_MAX: usize = 500;
const NOTES_MAX: usize = 50;

/// `run` is the one named, or, for a start, the open run of the same procedure on the same alert.
pub fn decide(run: Option<&Run>, change: &Change, act: &RunAct) -> Result<Option<RunFact>, Refusal> {
    if let RunAct::Start(starting) = act {
        if run.is_some() {
            return Ok(None);
        }
        if starting.steps.is_empty() || starting.steps.len() > STEPS_MAX {
            return because(format!("{} has no steps, or more than {STEPS_MAX}", starting.title));
        }
        return Ok(Some(RunFact::Started(starting.clone())));
    }
    let Some(run) = run else { return because("there is no such run; `watchdeck procedures` lists them") };
    if let Some(ended) = &run.ended {
        let (what, did) = (format!("run {}", run.id), Clean::from("ended"));
        return Err(Refusal::Taken { what: what.into(), by: ended.by.say(), did, at: ended.at });
    }
    match act {
        RunAct::Start(_) => Ok(None),
        RunAct::Fill { name, value } if run.values.get(name) == Some(value) => Ok(None),
        RunAct::Fill { value, .. } if value.is_empty() => because("an empty value fills nothing"),
        RunAct::Fill { name, .. } if !run.names().contains(name) => {
            let names = run.names().into_iter().collect::<Vec<_>>().join(", ");
            let known = if names.is_empty() { "its steps name none".to_owned() } else { format!("it names {names}") };
            because(format!("run {} has no value called {name}; {known}", run.id))
        }
        RunAct::Fill { name, value } => Ok(Some(RunFact::Filled { name: name.clone(), value: value.clone() })),
        RunAct::End { why } if why.is_empty() => because("ending a run before its last step needs a reason"),
        RunAct::End { why } => Ok(Some(RunFact::Ended { why: why.clone() })),
        RunAct::Step { index, act } => step_act(run, *index, change, act),
    }
}

fn because<T>(why: impl Into<Clean>) -> Result<T, Refusal> {
    Err(Refusal::Because(why.into()))
}

fn step_act(run: &Run, index: usize, change: &Change, act: &StepAct) -> Result<Option<RunFact>, Refusal> {
    let Some(step) = run.steps.get(index) else { return because(format!("run {} has no step {}", run.id, index + 1)) };
    let before = Box::new(step.held.clone());
    let marked = |mark, word: &Clean| StepFact::Marked { mark, word: word.clone(), kind: step.kind, before };
    let what = match act {
        StepAct::Note(text) if text.is_empty() => return because("an empty note says nothing"),
        StepAct::Note(text) => StepFact::Noted { text: text.clone() },
        StepAct::StrikeNote(seq) => StepFact::NoteStruck { seq: *seq },
        _ => {
            guard(run, change)?;
            match act {
                StepAct::Done { word } => {
                    if step.held.mark.done() && step.repeat_ms.is_none() {
                        return Ok(None);
                    }
                    in_turn(run, index)?;
                    if let Some(name) = run.missing(step).first() {
                        return because(format!(
                            "step {} names {{{{{name}}}}}, and nothing says what that is",
                            step.number
                        ));
                    }
                    if step.kind == Kind::Document && word.is_empty() {
                        return because(
                            "the Document step wants a summary; with nothing to say set it aside as not applicable (X n)",
                        );
                    }
                    marked(Mark::Done, word)
                }
                StepAct::SetAside { reason, .. } if reason.is_empty() => {
                    return because("setting a step aside needs a reason");
                }
                StepAct::SetAside { mark: mark @ (Mark::Failed | Mark::Skipped | Mark::Na), reason } => {
                    in_turn(run, index)?;
                    marked(*mark, reason)
                }
                StepAct::SetAside { .. } => return because("a step is failed, skipped or not applicable"),
                StepAct::Reopen if step.held.mark == Mark::Open => return Ok(None),
                StepAct::Reopen => marked(Mark::Open, &Clean::default()),
                StepAct::Restore(held) => StepFact::Restored(held.clone()),
                StepAct::Note(_) | StepAct::StrikeNote(_) => return Ok(None),
            }
        }
    };
    let name = step.name.clone().unwrap_or_else(|| Clean::new(&format!("step {}", step.number)));
    Ok(Some(RunFact::Step { index, name, what }))
}

/// Two people on one run never overwrite each other's step.
fn guard(run: &Run, change: &Change) -> Result<(), Refusal> {
    if change.seen.is_none_or(|seen| seen == run.version) {
        return Ok(());
    }
    let Changed { at, by, what } = last_change(run);
    let (of, did) = (format!("run {}", run.id), Clean::new(&format!("{what} in")));
    Err(Refusal::Taken { what: of.into(), by: by.say(), did, at })
}

/// Who changed it last; of a row that does not say, whoever marked a step last.
fn last_change(run: &Run) -> Changed {
    let marked = |s: &Step| Some(Changed { at: s.held.at?, by: s.held.by.clone()?, what: did(s, &s.held) });
    let started = || Changed { at: run.started_at, by: run.started_by.clone(), what: "opened the steps".into() };
    let newest = || run.steps.iter().filter_map(marked).max_by_key(|c| c.at).unwrap_or_else(started);
    run.changed.clone().unwrap_or_else(newest)
}

/// `did step 2 (Investigate)`, past tense, as a conflict says it.
fn did(step: &Step, held: &StepHeld) -> Clean {
    let name = step.name.as_ref().map_or_else(String::new, |n| format!(" ({n})"));
    let which = format!("step {}{name}", step.number);
    Clean::new(&match held.mark {
        Mark::Open | Mark::Half => format!("opened {which} again"),
        mark if mark.done() => format!("did {which}"),
        mark => format!("marked {which} as {}", mark.word()),
    })
}

/// Whether a step may be done or set aside now: not while an earlier one is open, or holds the run up.
pub fn in_turn(run: &Run, index: usize) -> Result<(), Refusal> {
    let Some(next) = run.next().filter(|next| *next < index) else { return Ok(()) };
    let Some(step) = run.steps.get(next) else { return Ok(()) };
    let name = step.name.as_ref().map_or_else(String::new, |n| format!(" ({n})"));
    match step.held.mark {
        Mark::Failed => because(format!(
            "step {}{name} failed and holds the run up: do it again, or set it aside with a reason",
            step.number
        )),
        _ => because(format!("step {}{name} comes first; set it aside (X) when it does not apply", step.number)),
    }
}

/// The run after an entry that concerns it. Twice is once.
pub fn apply(known: Option<&Run>, entry: &Entry) -> Option<Run> {
    let Fact::Run { run, what } = &entry.fact else { return None };
    if let RunFact::Started(starting) = what {
        if let Some(known) = known.filter(|r| r.id == RunId(entry.seq)) {
            return Some(known.clone());
        }
        return Some(Run {
            id: RunId(entry.seq),
            procedure: starting.procedure.clone(),
            title: starting.title.clone(),
            alert: entry.alert,
            started_at: entry.at,
            started_by: entry.actor.clone(),
            since: starting.since,
            seq: entry.seq,
            version: 1,
            changed: None,
            steps: starting.steps.clone(),
            values: starting.values.clone(),
            episode: starting.episode,
            ended: None,
        });
    }
    let known = known.filter(|r| Some(r.id) == *run)?;
    if known.seq >= entry.seq {
        return Some(known.clone());
    }
    let mut next = known.clone();
    next.seq = entry.seq;
    match what {
        RunFact::Started(_) => {}
        RunFact::Filled { name, value } => {
            next.values.insert(name.clone(), value.clone());
        }
        RunFact::Ended { why } => {
            next.ended = Some(Ended { at: entry.at, by: entry.actor.clone(), why: why.clone() });
            next.version += 1;
            next.changed = Some(Changed { at: entry.at, by: entry.actor.clone(), what: "ended the steps".into() });
        }
        RunFact::Step { index, what, .. } => {
            if let Some(step) = next.steps.get_mut(*index)
                && apply_step(step, what, entry)
            {
                next.version += 1;
                next.changed = Some(Changed { at: entry.at, by: entry.actor.clone(), what: did(step, &step.held) });
            }
        }
    }
    Some(next)
}

/// True when the step's mark changed.
fn apply_step(step: &mut Step, what: &StepFact, entry: &Entry) -> bool {
    match what {
        StepFact::Marked { mark, word, .. } => {
            let times = step.held.times + u32::from(mark.done());
            let (by, at) = (Some(entry.actor.clone()), Some(entry.at));
            step.held = StepHeld { mark: *mark, by, at, word: word.clone(), times };
            true
        }
        StepFact::Restored(held) => {
            step.held = (**held).clone();
            true
        }
        StepFact::Noted { text } => {
            if step.notes.len() == NOTES_MAX {
                step.notes.remove(0);
            }
            let by = entry.actor.name().clone();
            step.notes.push(Noted { seq: entry.seq, at: entry.at, by, text: text.clone() });
            false
        }
        StepFact::NoteStruck { seq } => {
            step.notes.retain(|n| n.seq != *seq);
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s2_a_row_that_does_not_say_who_changed_it_names_who_marked_a_step_last() {
        let row = serde_json::json!({
            "id": 11, "procedure": "p", "title": "P", "started_at": "2026-11-22T03:00:01Z", "started_by": {"worker": "w"}, "since": "2026-11-22T03:00:01Z",
            "seq": 12, "version": 3, "steps": [
                {"number": 1, "text": "a", "mark": "done", "by": {"operator": "bob"}, "at": "2026-11-22T03:00:05Z"},
                {"number": 2, "name": "B", "text": "b", "mark": "failed", "by": {"operator": "eve"}, "at": "2026-11-22T03:00:09Z"},
            ],
        });
        let run: Run = serde_json::from_value(row).unwrap();
        let Changed { at, by, what } = last_change(&run);
        assert_eq!((by.name().as_str(), what.as_str()), ("eve", "marked step 2 (B) as failed"));
        assert_eq!(Some(at), run.steps.last().and_then(|s| s.held.at));
    }
}
