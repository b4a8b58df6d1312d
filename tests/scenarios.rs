//! Timed samples in, alerts out: each file of `tests/scenarios/` is one story, told to the engine on a virtual clock. The
//! store is stood in for by the lifecycle's own two functions, so what is tried is the judging, not the keeping.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use watchdeck::config;
use watchdeck::domain::alert::{Alert, Mark};
use watchdeck::domain::ids::AlertId;
use watchdeck::domain::journal::{Change, Entry, Everything, Fact, Outcome, Target};
use watchdeck::domain::lifecycle::{Around, apply, decide};
use watchdeck::domain::live::Lease;
use watchdeck::domain::operator::{Operator, Role};
use watchdeck::domain::sample::{FailKind, Outcome as Seen, Requests, Sample};
use watchdeck::domain::time::{Now, Stamp};
use watchdeck::engine::{Effect, Engine, Event};
use watchdeck::runtime::build;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    config: String,
    /// What happens, in order of time.
    steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// Seconds since the start.
    at: u64,
    service: Option<String>,
    /// A sample: milliseconds, or "failed", or "degraded".
    sample: Option<toml::Value>,
    /// So many of it, one every `every` seconds.
    #[serde(default = "one")]
    times: u64,
    #[serde(default = "one")]
    every: u64,
    /// Request counters of the sample.
    requests: Option<(u64, u64)>,
    /// What must be unresolved now: `service family severity`, marks after it.
    expect: Option<Vec<String>>,
    why: Option<String>,
}

fn one() -> u64 {
    1
}

struct Stage {
    engine: Engine,
    alerts: Vec<Alert>,
    entries: Vec<Entry>,
    now: Now,
}

const START: i64 = 1_790_000_000_000;

impl Stage {
    fn open(config: &str) -> Self {
        let config = config::parse(config, "scenario", &build::registry(Vec::new())).unwrap_or_else(|e| panic!("{e}"));
        let me = Operator { name: "w".into(), role: Role::Lead };
        let engine = Engine::new(Arc::clone(&config.setup), me, 1);
        let now = Now { wall: Stamp(START), boot_ms: 0 };
        let mut stage = Self { engine, alerts: Vec::new(), entries: Vec::new(), now };
        stage.tell(Event::Loaded(Box::default()));
        let lease = Lease { epoch: 1, left_ms: 15_000, renewed_at: now.wall, ..Lease::default() };
        stage.tell(Event::LeaseChanged { lease, mine: true });
        stage
    }

    fn tell(&mut self, event: Event) {
        let effects = self.engine.handle(event, self.now);
        for effect in effects {
            match effect {
                Effect::Commit(commit) => {
                    let outcomes = commit.changes.iter().map(|c| (c.op, self.commit(c))).collect();
                    self.tell(Event::Committed(outcomes));
                }
                Effect::ReadWindows => self.tell(Event::WindowsRead { samples: Vec::new(), uptime: Vec::new() }),
                _ => {}
            }
        }
    }

    fn commit(&mut self, change: &Change) -> Outcome {
        let latest = match change.target {
            Target::Alert(id) => self.alerts.iter().find(|a| a.id == id),
            Target::Fingerprint(fp) => self.alerts.iter().rev().find(|a| a.fingerprint == fp),
            Target::Watch => None,
        };
        let around = Around { latest, held_pages: 0 };
        let fact = match decide(around, change) {
            Ok(Some(fact)) => fact,
            Ok(None) => return Outcome::Nothing,
            Err(refusal) => return Outcome::Refused(refusal),
        };
        let new = AlertId(self.alerts.len() as i64 + 1);
        let id = if matches!(fact, Fact::Raised { .. }) { new } else { latest.unwrap().id };
        let seq = self.entries.len() as i64 + 1;
        let entry = Entry { seq, op: change.op, at: change.at, actor: change.actor.clone(), alert: Some(id), fact };
        let before = self.alerts.iter().position(|a| a.id == id);
        let after = apply(before.map(|i| &self.alerts[i]), &entry).unwrap();
        match before {
            Some(i) => self.alerts[i] = after,
            None => self.alerts.push(after),
        }
        self.entries.push(entry.clone());
        Outcome::Applied(entry)
    }

    /// Ticks pass once a second, as the worker's do.
    fn advance_to(&mut self, seconds: u64) {
        let target = START + seconds as i64 * 1000;
        while self.now.wall.0 < target {
            self.now = Now { wall: self.now.wall + Duration::from_secs(1), boot_ms: self.now.boot_ms + 1000 };
            self.tell(Event::Ticked);
        }
    }

    fn sample(&mut self, step: &Step) {
        let name = step.service.as_deref().unwrap_or("a");
        let value = step.sample.as_ref().unwrap();
        let mut sample = match value.as_str() {
            Some("degraded") => Sample::new(name.into(), self.now.wall, Seen::Degraded).taking(5000),
            Some("failed") => {
                Sample::new(name.into(), self.now.wall, Seen::Unreachable).because(FailKind::Refused, "refused")
            }
            Some(other) => panic!("unknown sample {other}"),
            None => {
                let ms = value.as_integer().unwrap() as u32;
                Sample::new(name.into(), self.now.wall, Seen::Ok).taking(ms * 1000)
            }
        };
        sample.requests = step.requests.map(|(total, good)| Requests { total, good });
        self.tell(Event::SampleTaken(Box::new(sample)));
    }

    /// What is unresolved: `service family severity`, and its marks.
    fn unresolved(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .alerts
            .iter()
            .filter(|a| a.unresolved())
            .map(|a| {
                let family = a.about.labels.get("metric").cloned().unwrap_or_default();
                let flapping = if a.has(Mark::Flapping) { " flapping" } else { "" };
                format!("{} {family} {}{flapping}", a.service(), a.severity.word())
            })
            .collect();
        lines.sort();
        lines
    }
}

fn play(name: &str, text: &str) {
    let scenario: Scenario = toml::from_str(text).unwrap_or_else(|e| panic!("{name}: {e}"));
    let mut stage = Stage::open(&scenario.config);
    for step in &scenario.steps {
        for i in 0..step.times {
            stage.advance_to(step.at + i * step.every);
            if step.sample.is_some() {
                stage.sample(step);
            }
        }
        if let Some(expected) = &step.expect {
            let why = step.why.clone().unwrap_or_default();
            assert_eq!(
                &stage.unresolved(),
                expected,
                "{name}, second {}: {why}",
                step.at + (step.times - 1) * step.every
            );
        }
    }
}

#[test]
fn every_story_ends_as_it_says() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut played = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        play(&path.file_name().unwrap().to_string_lossy(), &std::fs::read_to_string(&path).unwrap());
        played += 1;
    }
    assert!(played >= 7, "only {played} stories were found");
}
