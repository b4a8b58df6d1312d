//! Runs that alerts open and end. An alert whose rule names a procedure that is known here gets its run at once; the run
//! of an alert that is over, and owes no word, ends with it.

use std::collections::BTreeMap;

use crate::domain::alert::Alert;
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
        if self.model.board.revision != self.runs_seen.0 || self.model.book.revision != self.runs_seen.1 {
            acts.extend(begun(&self.model));
            self.runs_seen = (self.model.board.revision, self.model.book.revision);
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
        let had = model.board.runs.values().any(|r| r.alert == Some(alert.id) && !r.over());
        // One that a person ended stays ended while the alert is the same episode.
        let stopped = model.board.runs.values().any(|r| {
            let since = matches!(&r.ended, Some(e) if e.at >= alert.changed.at || e.by.is_person());
            r.alert == Some(alert.id) && r.procedure == spec.id && (since || r.over() && r.ended.is_none())
        });
        (!had && !stopped)
            .then(|| (Target::Alert(alert.id), RunAct::Start(Box::new(starting(spec, Some(alert), alert.opened_at)))))
    });
    wanted.take(room).collect()
}

/// What a run starts with; the words of its steps may name what the alert says of itself.
pub fn starting(spec: &ProcedureSpec, alert: Option<&Alert>, since: Stamp) -> Starting {
    let steps = spec.steps.iter().map(|s| s.step.clone()).collect();
    let values = alert.map(values).unwrap_or_default();
    Starting { procedure: spec.id.clone(), title: spec.title.clone(), since, steps, values }
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
        if let Some(alert) = run.alert.and_then(|id| model.book.get(id))
            && alert.phase.is_resolved()
            && !alert.to_close()
        {
            let critical = alert.severity == Severity::Critical;
            return Some(if critical { "the alert is closed" } else { "the alert is over" }.into());
        }
        stopped(model, run, now)
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
