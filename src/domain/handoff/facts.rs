//! All that a handoff says, as plain values: what burns, what waits, what is quiet, what was missed. Gathered by the engine,
//! worded by the report; nothing here looks at a model or makes a sentence.

use chrono_tz::Tz;
use serde::Serialize;

use crate::domain::ids::AlertId;
use crate::domain::run::RunId;
use crate::domain::service::ServiceState;
use crate::domain::severity::Severity;
use crate::domain::text::Clean;
use crate::domain::time::Stamp;

/// Rows kept of one section: a list longer than this is not read.
pub const ROWS_MAX: usize = 20;

#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Facts {
    pub head: Head,
    /// Unacked whatever their severity, and critical whoever has them.
    pub burning: Cut<AlertSeen>,
    pub must: Cut<Must>,
    pub watch: Cut<Watched>,
    pub runs: Cut<RunSeen>,
    pub quiet: Cut<Quiet>,
    pub lists: Cut<ListSeen>,
    pub resolved: Cut<Ended>,
    pub numbers: Numbers,
}

#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Head {
    pub environment: Clean,
    pub by: Clean,
    pub at: Stamp,
    /// In which times are said.
    pub zone: Tz,
    /// The last handoff's moment, or a day ago.
    pub since: Stamp,
    /// Who passed the watch to whom then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<(Clean, Clean)>,
}

/// The first of many, and how many there are besides.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Cut<T> {
    pub rows: Vec<T>,
    pub more: usize,
}

impl<T> Cut<T> {
    pub fn of(rows: impl IntoIterator<Item = T>) -> Self {
        let mut all = rows.into_iter();
        let rows: Vec<T> = all.by_ref().take(ROWS_MAX).collect();
        Self { rows, more: all.count() }
    }
    pub fn total(&self) -> usize {
        self.rows.len() + self.more
    }
}

/// An alert as the next person has to know it.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct AlertSeen {
    pub id: AlertId,
    pub severity: Severity,
    pub service: Clean,
    pub title: Clean,
    pub since: Stamp,
    /// None: nobody has it.
    pub owner: Option<Clean>,
    /// When its ack ends.
    pub until: Option<Stamp>,
    /// Level paged last; 0 is nobody.
    pub level: u8,
    pub flapping: bool,
}

/// What does not wait for a quiet hour.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum Must {
    NoWorker {
        since: Option<Stamp>,
    },
    AckEnds {
        alert: AlertSeen,
    },
    /// A page that is dead, or that has failed and is tried again.
    PageFailed {
        page: i64,
        alert: AlertId,
        level: u8,
        channel: Clean,
        dead: bool,
        why: Clean,
    },
    StepDue {
        run: RunSeen,
    },
    ListLate {
        list: Clean,
        period: Clean,
        due: Stamp,
        left: usize,
    },
    /// Over, critical, and nobody has said what it was.
    ToClose {
        alert: AlertSeen,
    },
}

#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum Watched {
    Acked { alert: AlertSeen },
    Flapping { alert: AlertSeen },
    Service { name: Clean, state: ServiceState, seen: Option<Stamp>, says: Clean },
    Stream { name: Clean, state: Clean, heard: Option<Stamp>, says: Clean },
}

#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct RunSeen {
    pub id: RunId,
    pub title: Clean,
    pub alert: Option<AlertId>,
    pub done: usize,
    pub steps: usize,
    /// The step to do now, as `3 Escalate`; with its words where it has no name.
    pub next: Option<Clean>,
    pub due: Option<Stamp>,
    /// The step to do now has failed and holds the run up.
    pub failed: bool,
}

/// Muted or snoozed.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Quiet {
    pub snoozed: bool,
    /// A pattern, or an alert with its number.
    pub what: Clean,
    pub by: Clean,
    pub until: Stamp,
    pub reason: Clean,
}

/// A list past its due time, or a period that ended with something undone.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ListSeen {
    pub list: Clean,
    pub period: Clean,
    pub due: Option<Stamp>,
    /// The period is over: this stays so.
    pub missed: bool,
    /// What was not done.
    pub items: Cut<Clean>,
}

#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Ended {
    pub alert: AlertSeen,
    pub at: Stamp,
    pub by: Clean,
    pub note: Clean,
}

#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Numbers {
    pub services: usize,
    pub up: usize,
    pub not_known: usize,
    /// Since the last handoff.
    pub raised: usize,
    pub acked: usize,
    pub resolved: usize,
    /// From raise to first ack, of those that were raised since and acked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub median_ack_ms: Option<u64>,
    /// Only the latest resolved alerts are known here, and they do not reach back far enough.
    pub partial: bool,
    /// Lists due since the last handoff, and how many of them were done by then.
    pub lists_due: usize,
    pub lists_on_time: usize,
}
