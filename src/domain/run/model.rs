//! Procedures, runs and their steps as plain values.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::alert::{Actor, Changed};
use crate::domain::checklist::{Mark, Noted};
use crate::domain::evidence::Expr;
use crate::domain::ids::{AlertId, Seq};
use crate::domain::severity::Severity;
use crate::domain::text::Clean;
use crate::domain::time::Stamp;

/// The number of the entry that started it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub Seq);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A procedure as it is written now.
#[derive(Clone, PartialEq, Debug)]
pub struct ProcedureSpec {
    /// What a rule's `procedure` names.
    pub id: String,
    pub title: Clean,
    pub file: Clean,
    pub line: u32,
    pub severity: Option<Severity>,
    /// The trigger lines, as written.
    pub triggers: Vec<Clean>,
    pub steps: Vec<StepSpec>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct StepSpec {
    pub step: Step,
    /// The run ends here, with the rest not needed, when this holds.
    pub stop_when: Option<Expr>,
}

/// What a step stands for besides its words.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    #[default]
    Plain,
    /// `e` pages and ticks it.
    Escalate,
    /// Its note is the summary that a critical alert cannot be closed without.
    Document,
}

#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Step {
    pub number: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Clean>,
    pub text: Clean,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub code: Vec<Clean>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<Clean>,
    #[serde(default)]
    pub kind: Kind,
    /// Counted from the alert's start, or the run's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timer_ms: Option<u64>,
    /// Comes back so long after each time, until the run ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat_ms: Option<u64>,
    #[serde(flatten)]
    pub held: StepHeld,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Noted>,
}

/// What an undo gives back.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct StepHeld {
    #[serde(default)]
    pub mark: Mark,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Actor>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Stamp>,
    #[serde(default)]
    pub word: Clean,
    /// How often a step that comes back has been done.
    #[serde(default)]
    pub times: u32,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Run {
    pub id: RunId,
    pub procedure: String,
    pub title: Clean,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert: Option<AlertId>,
    pub started_at: Stamp,
    pub started_by: Actor,
    /// From when timers count.
    pub since: Stamp,
    pub seq: Seq,
    /// Rises with every step's mark and with the end.
    pub version: u32,
    /// Who raised it last, and by what; older rows do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<Changed>,
    pub steps: Vec<Step>,
    /// What `{{name}}` stands for.
    #[serde(default)]
    pub values: BTreeMap<String, Clean>,
    /// Of its alert.
    #[serde(default)]
    pub episode: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Ended {
    pub at: Stamp,
    pub by: Actor,
    pub why: Clean,
}

/// What a run starts with.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Starting {
    pub procedure: String,
    pub title: Clean,
    pub since: Stamp,
    pub steps: Vec<Step>,
    pub values: BTreeMap<String, Clean>,
    /// Of its alert: by itself a run begins once for each.
    #[serde(default)]
    pub episode: u32,
}

#[derive(Clone, PartialEq, Debug)]
pub enum RunAct {
    /// On the alert that the target names, or on none. Nothing when that alert has an open run of it.
    Start(Box<Starting>),
    Step {
        index: usize,
        act: StepAct,
    },
    /// What a variable stands for, from a person.
    Fill {
        name: String,
        value: Clean,
    },
    End {
        why: Clean,
    },
}

#[derive(Clone, PartialEq, Debug)]
pub enum StepAct {
    Done {
        word: Clean,
    },
    /// Failed, skipped or not applicable.
    SetAside {
        mark: Mark,
        reason: Clean,
    },
    Reopen,
    Note(Clean),
    StrikeNote(Seq),
    Restore(Box<StepHeld>),
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunFact {
    Started(Box<Starting>),
    Step { index: usize, name: Clean, what: StepFact },
    Filled { name: String, value: Clean },
    Ended { why: Clean },
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepFact {
    Marked { mark: Mark, word: Clean, kind: Kind, before: Box<StepHeld> },
    Noted { text: Clean },
    NoteStruck { seq: Seq },
    Restored(Box<StepHeld>),
}

impl Run {
    /// Nothing is left to do; a failed step is.
    pub fn over(&self) -> bool {
        let settled = |s: &Step| s.held.mark.settled() && s.held.mark != Mark::Failed && s.repeat_ms.is_none();
        self.ended.is_some() || self.steps.iter().all(settled)
    }
    /// It was ended with steps left.
    pub fn unfinished(&self) -> bool {
        let settled = |s: &Step| s.held.mark.settled() && s.held.mark != Mark::Failed;
        self.ended.is_some() && !self.steps.iter().all(settled)
    }
    pub fn done(&self) -> usize {
        self.steps.iter().filter(|s| s.held.mark.done()).count()
    }
    /// The step to do now: the first that is neither done nor set aside; a failed one holds the run up.
    pub fn next(&self) -> Option<usize> {
        if self.ended.is_some() {
            return None;
        }
        self.steps.iter().position(|s| !s.held.mark.settled() || s.held.mark == Mark::Failed)
    }
    /// When a step is to be done: its timer, or its next time.
    pub fn due(&self, step: &Step) -> Option<Stamp> {
        match (step.held.mark.settled(), step.repeat_ms, step.timer_ms) {
            (true, Some(every), _) => step.held.at.map(|at| at + Duration::from_millis(every)),
            (false, _, Some(timer)) => Some(self.since + Duration::from_millis(timer)),
            _ => None,
        }
    }
    /// The words with what is known in the place of `{{name}}`.
    pub fn filled(&self, text: &str) -> Clean {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            out.push_str(before);
            let Some((name, tail)) = after.split_once("}}") else {
                out.push_str("{{");
                rest = after;
                continue;
            };
            match self.values.get(name.trim()) {
                Some(value) => out.push_str(value.as_str()),
                None => out.push_str(&format!("{{{{{name}}}}}")),
            }
            rest = tail;
        }
        out.push_str(rest);
        Clean::new(&out)
    }
    /// Every name that its steps use.
    pub fn names(&self) -> std::collections::BTreeSet<String> {
        let words = |s: &Step| {
            std::iter::once(s.text.clone()).chain(s.code.clone()).chain(s.details.clone()).collect::<Vec<_>>()
        };
        self.steps.iter().flat_map(words).flat_map(|w| variables(w.as_str())).collect()
    }
    /// Names that a step uses and nobody has given a value.
    pub fn missing(&self, step: &Step) -> Vec<String> {
        let words = std::iter::once(&step.text).chain(&step.code).chain(&step.details);
        let mut names: Vec<String> = words.flat_map(|w| variables(w.as_str())).collect();
        names.retain(|n| !self.values.contains_key(n));
        names.sort();
        names.dedup();
        names
    }
}

/// The names in `{{name}}`, as they stand.
pub fn variables(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("{{") {
        let Some((name, tail)) = after.split_once("}}") else { break };
        let name = name.trim();
        if !name.is_empty() && name.len() <= 64 && name.chars().all(|c| c.is_alphanumeric() || "._-".contains(c)) {
            found.push(name.to_owned());
        }
        rest = tail;
    }
    found
}
