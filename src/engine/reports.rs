//! What the worker reports of its own: a rule that fires, one that cleared, a service that fell silent. Only the words and
//! figures; when to report is `watch`'s and `timers`' business.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::alert::{About, Alert, Mark, Origin};
use crate::domain::ids::Labels;
use crate::domain::journal::{Report, Said};
use crate::domain::rule::{Form, Metric, Reading, Rule};
use crate::domain::severity::Severity;
use crate::domain::text::Clean;
use crate::domain::time::Stamp;

/// The condition is gone.
pub fn over(family: &str) -> Report {
    Report {
        origin: Origin::Rule { family: family.to_owned() },
        said: Said::Resolved,
        severity: None,
        about: About::default(),
        note: "the rule cleared".into(),
    }
}

/// It would have cleared, but it flaps: kept open, and marked.
pub fn still(alert: &Alert, flapping: bool) -> Report {
    let mut about = alert.about.clone();
    about.marks.retain(|m| *m != Mark::Flapping);
    if flapping {
        about.marks.push(Mark::Flapping);
    }
    Report {
        origin: alert.origin.clone(),
        said: Said::Raised,
        severity: Some(alert.severity),
        about,
        note: Clean::default(),
    }
}

/// What an alert of a rule says.
pub fn about_rule(subject: &str, rule: &Rule, reading: Option<&Reading>, own: Option<&str>, flapping: bool) -> About {
    let labels = Labels::from([
        ("metric".to_owned(), rule.metric.family().to_owned()),
        ("service".to_owned(), subject.to_owned()),
        ("source".to_owned(), "rule".to_owned()),
    ]);
    About {
        title: reading.map_or_else(|| Clean::from(rule.name.as_str()), |r| Clean::from(rule.describe(r))),
        service: Some(subject.into()),
        metric: rule.metric.word().into(),
        value: reading.map(|r| r.value),
        limit: reading.map(|r| r.limit),
        // k of n counts probes, whatever the metric is measured in.
        unit: match reading.map(|r| r.form) {
            Some(Form::KofN) if rule.metric == Metric::Success => "count".into(),
            _ => rule.metric.unit().into(),
        },
        n: reading.map_or(0, |r| r.n),
        procedure: rule.procedure.as_deref().or(own).map(Clean::from),
        labels: Arc::new(labels),
        marks: if flapping { vec![Mark::Flapping] } else { Vec::new() },
        previous: None,
    }
}

/// For `no data`, which is no rule's.
pub fn no_data_report(service: &str, since: Stamp, span: Duration) -> Report {
    let labels = Labels::from([
        ("metric".to_owned(), super::timers::NO_DATA.to_owned()),
        ("service".to_owned(), service.to_owned()),
        ("source".to_owned(), "rule".to_owned()),
    ]);
    Report {
        origin: Origin::Rule { family: super::timers::NO_DATA.to_owned() },
        said: Said::Raised,
        severity: Some(Severity::Warning),
        about: About {
            title: format!("no data for more than {}", crate::domain::time::short(span)).into(),
            service: Some(service.into()),
            metric: super::timers::NO_DATA.into(),
            unit: Clean::default(),
            labels: Arc::new(labels),
            n: 0,
            ..About::default()
        },
        note: format!("since {}", since.rfc3339()).into(),
    }
}
