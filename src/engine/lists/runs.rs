//! Runs that alerts open and end. An alert whose rule names a procedure that is known here gets its run at once; the run
//! of an alert that is over, and owes no word, ends with it.

use std::collections::BTreeMap;

use crate::domain::alert::{Alert, Phase};
use crate::domain::evidence::Expr;
use crate::domain::journal::{Act, Change, Commit, Lane, Target};
use crate::domain::run::{ProcedureSpec, Run, RunAct, Starting};
use crate::domain::severity::Severity;
use crate::domain::text::Clean;
use crate::domain::time::{Now, Stamp};
use crate::engine::Engine;
use crate::engine::event::Effect;
use crate::engine::evidence;
use crate::engine::model::Model;

/// Runs that alerts have opened and nobody ended: past this a storm opens no more; `p` still does.
const OPEN_MAX: usize = 50;
/// Begun in one tick.
const AT_ONCE: usize = 10;

impl Engine {
    pub(super) fn begin_and_end_runs(&mut self, now: Now) -> Option<Effect> {
        if self.run_op.is_some() {
            return None;
        }
        let mut acts: Vec<(Target, RunAct)> = Vec::new();
        let seen = (self.model.board.revision, self.model.book.revision);
        if seen != self.runs_seen {
            acts.extend(begun(&self.model));
            // Looked at again until there is nothing to begin: what the store did not take is begun by the next tick.
            if acts.is_empty() {
                self.runs_seen = seen;
            }
        }
        acts.extend(ended(&self.model, now.wall));
        if acts.is_empty() {
            return None;
        }
        let actor = self.worker_actor();
        let mut changes = Vec::with_capacity(acts.len());
        for (target, act) in acts {
            let op = self.ops.next(now);
            changes.push(Change { op, actor: actor.clone(), at: now.wall, target, seen: None, act: Act::Run(act) });
        }
        self.run_op = changes.last().map(|c| c.op);
        Some(Effect::Commit(Commit { lane: Lane::Machine, changes, feed: None }))
    }
}

fn begun(model: &Model) -> Vec<(Target, RunAct)> {
    let room = OPEN_MAX.saturating_sub(model.board.open_runs().filter(|r| r.alert.is_some()).count()).min(AT_ONCE);
    if room == 0 || model.board.procedures.is_empty() {
        return Vec::new();
    }
    let worst_first = {
        let mut open: Vec<_> = model.book.iter().filter(|a| a.unresolved() && a.about.procedure.is_some()).collect();
        open.sort_by_key(|a| a.rank());
        open
    };
    let wanted = worst_first.into_iter().filter_map(|alert| {
        let spec = model.board.procedure(alert.about.procedure.as_ref()?.as_str())?;
        // Once for an episode, whatever became of it; the store knows those that memory has forgotten.
        let had =
            model.board.runs.values().any(|r| {
                r.alert == Some(alert.id) && (!r.over() || r.procedure == spec.id && r.episode == alert.episode)
            });
        let start = || RunAct::Start(Box::new(starting(spec, Some(alert), alert.opened_at)));
        (!had).then(|| (Target::Alert(alert.id), start()))
    });
    wanted.take(room).collect()
}

/// What a run starts with; the words of its steps may name what the alert says of itself.
pub fn starting(spec: &ProcedureSpec, alert: Option<&Alert>, since: Stamp) -> Starting {
    let steps = spec.steps.iter().map(|s| s.step.clone()).collect();
    let values = alert.map(values).unwrap_or_default();
    let episode = alert.map_or(0, |a| a.episode);
    Starting { procedure: spec.id.clone(), title: spec.title.clone(), since, steps, values, episode }
}

fn values(alert: &Alert) -> BTreeMap<String, Clean> {
    let about = &alert.about;
    let number = |v: Option<f64>| v.map(|v| Clean::new(&crate::engine::evidence::plain(v)));
    let known = [
        ("service", about.service.clone()),
        ("alert.id", Some(Clean::new(&alert.id.to_string()))),
        ("alert.title", Some(about.title.clone())),
        ("alert.severity", Some(alert.severity.word().into())),
        ("alert.metric", Some(about.metric.clone())),
        ("alert.value", number(about.value)),
        ("alert.limit", number(about.limit)),
        ("alert.unit", Some(about.unit.clone())),
        ("alert.since", Some(Clean::new(&alert.opened_at.rfc3339()))),
    ];
    let mut values: BTreeMap<String, Clean> = known
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value.filter(|v| !v.is_empty())?)))
        .collect();
    for (name, value) in about.labels.iter().take(32) {
        values.insert(format!("label.{name}"), Clean::new(value));
    }
    values
}

fn ended(model: &Model, now: Stamp) -> Vec<(Target, RunAct)> {
    let end = |run: &Run| -> Option<Clean> {
        let Some(id) = run.alert else { return stopped(model, run, now) };
        // What memory has forgotten was over long ago.
        let Some(alert) = model.book.get(id) else { return Some("the alert is over".into()) };
        match &alert.phase {
            // Whoever opens one afterwards wants it.
            Phase::Resolved { at, .. } if run.started_by.is_person() && run.started_at >= *at => None,
            Phase::Resolved { .. } if alert.to_close() => stopped(model, run, now),
            Phase::Resolved { .. } if alert.severity == Severity::Critical => Some("the alert is closed".into()),
            Phase::Resolved { .. } => Some("the alert is over".into()),
            _ => stopped(model, run, now),
        }
    };
    model.board.open_runs().filter_map(|r| Some((Target::Run(r.id), RunAct::End { why: end(r)? }))).collect()
}

/// The condition of the step at hand holds: the rest is not needed.
fn stopped(model: &Model, run: &Run, now: Stamp) -> Option<Clean> {
    let index = run.next()?;
    let spec = model.board.procedure(&run.procedure)?;
    let text = run.filled(spec.steps.get(index)?.stop_when.as_ref()?.text.as_str());
    let expr = Expr::parse(text.as_str()).ok()?;
    let proof = evidence::judge(&expr, &evidence::Asker { model, now, since: Some(run.started_at) });
    proof.good().then(|| Clean::new(&format!("not needed any more: {}", proof.says)))
}
