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
            // A scenario tells of alerts alone.
            Target::Watch | Target::Occurrence(_) | Target::Run(_) | Target::Handoff(_) => None,
        };
        let around = Around { latest, pages: 0 };
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

const DOWN: &str = r#"
[[service]]
name = "a"
probe.tcp = { address = "127.0.0.1:1", interval = "30s" }
[[rule]]
name = "down"
metric = "up"
below = 1
severity = "critical"
for = "0s"
clear_for = "60s"
"#;

#[test]
fn a_takeover_clears_nothing_before_its_past_is_read() {
    let mut first = Stage::open(DOWN);
    let failed = |at| Sample::new("a".into(), at, Seen::Unreachable).because(FailKind::Refused, "refused");
    first.tell(Event::SampleTaken(Box::new(failed(first.now.wall))));
    assert_eq!(first.unresolved(), ["a success critical"]);

    let config = config::parse(DOWN, "scenario", &build::registry(Vec::new())).unwrap();
    let me = Operator { name: "w2".into(), role: Role::Lead };
    let mut second = Engine::new(Arc::clone(&config.setup), me, 2);
    let all = Everything { alerts: first.alerts.clone(), last_seq: 1, ..Everything::default() };
    second.handle(Event::Loaded(Box::new(all)), first.now);
    let lease = Lease { epoch: 2, left_ms: 15_000, ..Lease::default() };
    assert_eq!(second.handle(Event::LeaseChanged { lease, mine: true }, first.now), [Effect::ReadWindows]);
    let commits = |effects: Vec<Effect>| effects.iter().filter(|e| matches!(e, Effect::Commit(_))).count();
    let later = |s: i64| Now { wall: Stamp(START + s * 1000), boot_ms: s * 1000 };
    let good = |s: i64| Event::SampleTaken(Box::new(Sample::new("a".into(), later(s).wall, Seen::Ok).taking(1000)));
    assert_eq!(commits(second.handle(good(1), later(1))), 0, "one good answer before the past is known");
    assert!(
        second.handle(Event::Ticked, later(6)).contains(&Effect::ReadWindows),
        "an answer that never came is asked for again"
    );
    let windows = Event::WindowsRead { samples: vec![failed(first.now.wall)], uptime: Vec::new() };
    assert_eq!(commits(second.handle(windows, later(7))), 0);
    assert_eq!(commits(second.handle(good(31), later(31))), 0, "good, but not for clear_for yet");
    assert_eq!(commits(second.handle(good(91), later(91))), 1, "good for clear_for: over");
}

#[test]
fn a_timer_that_the_store_did_not_take_is_due_again() {
    let mut stage = Stage::open(DOWN);
    let failed = Sample::new("a".into(), stage.now.wall, Seen::Unreachable).because(FailKind::Refused, "refused");
    stage.tell(Event::SampleTaken(Box::new(failed)));
    let id = stage.alerts[0].id;
    let until = stage.now.wall + Duration::from_secs(5);
    let verb = watchdeck::engine::Verb::Snooze { until, reason: "deploy".into() };
    let intent = watchdeck::engine::Intent { alert: Some(id), seen: None, verb };
    for effect in stage.engine.intend(intent, stage.now) {
        let Effect::Commit(commit) = effect else { continue };
        let outcomes = commit.changes.iter().map(|c| (c.op, stage.commit(c))).collect();
        stage.tell(Event::Committed(outcomes));
    }
    let due = Now { wall: until, boot_ms: 5000 };
    let sent = |effects: Vec<Effect>| {
        effects.into_iter().find_map(|e| match e {
            Effect::Commit(c) => Some(c.changes[0].op),
            _ => None,
        })
    };
    let op = sent(stage.engine.handle(Event::Ticked, due)).expect("the snooze ends");
    assert_eq!(sent(stage.engine.handle(Event::Ticked, due)), None, "not twice while it is on its way");
    let lost = Event::CommitFailed { ops: vec![op], feed: None, why: "disk full".into(), given_up: false };
    stage.engine.handle(lost, due);
    assert!(sent(stage.engine.handle(Event::Ticked, due)).is_some(), "due again after it failed");
}

#[test]
fn an_alert_that_was_forgotten_is_read_again_when_it_fires_again() {
    let mut stage = Stage::open(DOWN);
    let failed = Sample::new("a".into(), stage.now.wall, Seen::Unreachable).because(FailKind::Refused, "refused");
    stage.tell(Event::SampleTaken(Box::new(failed)));
    let known = stage.alerts[0].clone();
    let config = config::parse(DOWN, "scenario", &build::registry(Vec::new())).unwrap();
    let me = Operator { name: "bob".into(), role: Role::Lead };
    let mut other = Engine::new(Arc::clone(&config.setup), me, 3);
    other.handle(Event::Loaded(Box::new(Everything { last_seq: 1, ..Everything::default() })), stage.now);
    let entry = Entry {
        seq: 2,
        op: watchdeck::domain::ids::OpId(uuid::Uuid::from_u128(9)),
        at: stage.now.wall,
        actor: watchdeck::domain::alert::Actor::Worker("w".into()),
        alert: Some(known.id),
        fact: Fact::Reopened { severity: known.severity, about: None, why: "fired again".into() },
    };
    let effects = other.handle(Event::EntriesArrived(vec![entry]), stage.now);
    assert_eq!(effects, [Effect::ReadAlert(known.id)]);
    other.handle(Event::AlertRead(Box::new(known)), stage.now);
    assert_eq!(other.model.book.counts.open, 1);
}

#[test]
fn two_rules_on_one_figure_share_one_alert_and_do_not_fight() {
    let text = r#"
[[stream]]
name = "events"
url = "ws://127.0.0.1:1/"
[[kpi]]
name = "load"
from.stream = { gauge = "load" }
[[rule]]
name = "warn"
metric = "load"
above = 50
severity = "warning"
for = "0s"
[[rule]]
name = "crit"
metric = "load"
above = 80
severity = "critical"
for = "0s"
"#;
    let mut stage = Stage::open(text);
    let live = watchdeck::domain::live::StreamLive {
        name: "events".into(),
        link: watchdeck::domain::live::Link::Live,
        ..Default::default()
    };
    stage.tell(Event::StreamChanged(Box::new(live.clone())));
    let batch = |value: f64, ticket| {
        Event::FeedArrived(Box::new(watchdeck::domain::feed::FeedBatch {
            stream: "events".into(),
            ticket,
            gauges: vec![("load".into(), value)],
            ..Default::default()
        }))
    };
    stage.tell(batch(90.0, 1));
    stage.advance_to(30);
    assert_eq!(stage.unresolved(), ["load load critical"]);
    assert_eq!(stage.alerts[0].version, 1, "raised once, and left alone: {:?}", stage.entries);
    let gone = watchdeck::domain::live::StreamLive { link: watchdeck::domain::live::Link::Off, ..live };
    stage.tell(Event::StreamChanged(Box::new(gone)));
    stage.advance_to(400);
    assert_eq!(stage.unresolved(), ["load load critical"], "a stream that is down neither raises nor clears");
}

#[test]
fn a_batch_that_failed_is_not_overtaken_by_the_next() {
    let config = config::parse(DOWN, "scenario", &build::registry(Vec::new())).unwrap();
    let me = Operator { name: "w".into(), role: Role::Lead };
    let mut engine = Engine::new(Arc::clone(&config.setup), me, 1);
    let now = Now { wall: Stamp(START), boot_ms: 0 };
    engine.handle(Event::Loaded(Box::default()), now);
    let lease = Lease { epoch: 1, left_ms: 15_000, ..Lease::default() };
    engine.handle(Event::LeaseChanged { lease, mine: true }, now);
    let batch = |ticket| {
        let stream = "events".to_owned();
        Event::FeedArrived(Box::new(watchdeck::domain::feed::FeedBatch { stream, ticket, ..Default::default() }))
    };
    let tickets = |effects: &[Effect]| -> Vec<u64> {
        effects
            .iter()
            .filter_map(|e| match e {
                Effect::Commit(c) => c.feed.as_ref().map(|f| f.ticket),
                _ => None,
            })
            .collect()
    };
    assert_eq!(tickets(&engine.handle(batch(5), now)), [5]);
    assert_eq!(tickets(&engine.handle(batch(6), now)), Vec::<u64>::new(), "it waits for the first");
    let failed = Event::CommitFailed { ops: vec![], feed: Some("events".into()), why: "busy".into(), given_up: false };
    engine.handle(failed, now);
    assert_eq!(tickets(&engine.handle(Event::Ticked, now)), [5], "the first again");
    let done = Event::FeedCommitted { stream: "events".into(), ticket: 5 };
    let effects = engine.handle(done, now);
    assert!(effects.contains(&Effect::FeedTaken { stream: "events".into(), ticket: 5 }));
    assert_eq!(tickets(&effects), [6]);
}

#[test]
fn uptime_is_asked_for_again_every_hour() {
    let mut stage = Stage::open(DOWN);
    let hours = 3 * 3600 + 60;
    let at = |s: i64| Now { wall: Stamp(START + s * 1000), boot_ms: s * 1000 };
    let asked = (2..hours).filter(|s| stage.engine.handle(Event::Ticked, at(*s)).contains(&Effect::ReadUptime));
    assert_eq!(asked.count(), 3);
}
