//! No interleaving of two operators, a source and timers breaks what the lifecycle promises. The store's rule is the one
//! tried here: decide on the row as it is, then apply what was decided.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::time::Duration;

use proptest::prelude::*;
use watchdeck::domain::alert::{About, Actor, Alert, Origin, Phase};
use watchdeck::domain::feed::rule_fingerprint;
use watchdeck::domain::ids::{AlertId, OpId};
use watchdeck::domain::journal::{Act, Change, Entry, Fact, Refusal, Report, Rung, Said, Target};
use watchdeck::domain::lifecycle::{Around, apply, decide, due_act};
use watchdeck::domain::severity::Severity;
use watchdeck::domain::time::Stamp;
use watchdeck::domain::undo::inverse;

#[derive(Clone, Debug)]
enum Step {
    /// Operator 0 or 1 looks again: from now on they act on what is there now.
    Look(usize),
    Ack(usize),
    Unack(usize),
    Escalate(usize),
    Snooze(usize),
    Resolve(usize),
    Reopen(usize),
    Raised(Severity),
    Over,
    /// Time passes, and the worker's timers run.
    Wait(u16),
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0usize..2;
    let severity = prop::sample::select(vec![Severity::Warning, Severity::Critical]);
    prop_oneof![
        3 => who.clone().prop_map(Step::Look),
        3 => who.clone().prop_map(Step::Ack),
        1 => who.clone().prop_map(Step::Unack),
        2 => who.clone().prop_map(Step::Escalate),
        1 => who.clone().prop_map(Step::Snooze),
        1 => who.clone().prop_map(Step::Resolve),
        1 => who.prop_map(Step::Reopen),
        2 => severity.prop_map(Step::Raised),
        1 => Just(Step::Over),
        2 => (1u16..4000).prop_map(Step::Wait),
    ]
}

/// The row, the journal, and what each operator last saw.
struct World {
    alert: Option<Alert>,
    journal: Vec<Entry>,
    now: Stamp,
    ops: u128,
    seen: [Option<(u32, u8)>; 2],
}

const NAMES: [&str; 2] = ["alice", "bob"];

impl World {
    fn new() -> Self {
        Self { alert: None, journal: Vec::new(), now: Stamp(1_790_000_000_000), ops: 0, seen: [None; 2] }
    }

    fn change(&mut self, actor: Actor, target: Target, seen: Option<u32>, act: Act) -> Change {
        self.ops += 1;
        Change { op: OpId(uuid::Uuid::from_u128(self.ops)), actor, at: self.now, target, seen, act }
    }

    fn commit(&mut self, change: &Change) -> Result<Option<Fact>, Refusal> {
        let fact = decide(Around { latest: self.alert.as_ref(), pages: 0 }, change)?;
        if let Some(fact) = fact.clone() {
            let seq = self.journal.len() as i64 + 1;
            let id = match (&fact, &self.alert) {
                (Fact::Raised { .. }, old) => AlertId(old.as_ref().map_or(1, |a| a.id.0 + 1)),
                (_, old) => old.as_ref().unwrap().id,
            };
            let entry = Entry { seq, op: change.op, at: self.now, actor: change.actor.clone(), alert: Some(id), fact };
            let before = self.alert.take().filter(|a| a.id == id);
            let after = apply(before.as_ref(), &entry).unwrap();
            assert_eq!(apply(Some(&after), &entry).unwrap(), after, "an entry applied twice changes nothing");
            if let Some(before) = before {
                assert!(after.version >= before.version && after.version <= before.version + 1);
                let moved = (&after.phase, &after.owner, after.severity, after.escalation.level)
                    != (&before.phase, &before.owner, before.severity, before.escalation.level);
                let only_reminded = matches!(entry.fact, Fact::Reminded);
                assert!(!moved || only_reminded || after.version > before.version, "{:?}", entry.fact);
            }
            self.alert = Some(after);
            self.journal.push(entry);
        }
        Ok(fact)
    }

    fn act(&mut self, who: usize, act: Act) -> Option<Result<Option<Fact>, Refusal>> {
        let (version, _) = self.seen[who]?;
        let id = self.alert.as_ref()?.id;
        let actor = Actor::Operator(NAMES[who].into());
        let change = self.change(actor, Target::Alert(id), Some(version), act);
        let stale = self.alert.as_ref()?.version != version;
        let result = self.commit(&change);
        assert!(!stale || result.is_err(), "an act on an old sight of the alert is refused: {change:?}");
        Some(result)
    }

    fn report(&mut self, said: Said, severity: Option<Severity>) {
        let report = Report {
            origin: Origin::Rule { family: "latency".into() },
            said,
            severity,
            about: About { title: "slow".into(), ..About::default() },
            note: "".into(),
        };
        let target = Target::Fingerprint(rule_fingerprint("a", "latency"));
        let change = self.change(Actor::Worker("w".into()), target, None, Act::Report(report));
        self.commit(&change).unwrap();
    }

    fn timers(&mut self) {
        while let Some(act) = self.alert.as_ref().and_then(|a| due_act(a, self.now)) {
            let id = self.alert.as_ref().unwrap().id;
            let change = self.change(Actor::Worker("w".into()), Target::Alert(id), None, act);
            assert!(self.commit(&change).unwrap().is_some(), "a timer that is due does something");
            // Sent twice, as after a lost answer: it finds the thing it timed gone.
            let twice = Change { op: OpId(uuid::Uuid::from_u128(u128::MAX)), ..change };
            assert_eq!(self.commit(&twice).unwrap(), None);
        }
    }

    fn take(&mut self, step: &Step) {
        let soon = self.now + Duration::from_secs(1800);
        match step {
            Step::Look(who) => self.seen[*who] = self.alert.as_ref().map(|a| (a.version, a.escalation.level)),
            Step::Ack(who) => self.ack(*who, soon),
            Step::Unack(who) => drop(self.act(*who, Act::Unack)),
            Step::Escalate(who) => self.escalate(*who),
            Step::Snooze(who) => drop(self.act(*who, Act::Snooze { until: soon, reason: "deploy".into() })),
            Step::Resolve(who) => drop(self.act(*who, Act::Resolve { note: "mended".into(), review: None })),
            Step::Reopen(who) => drop(self.act(*who, Act::Reopen)),
            Step::Raised(severity) => self.report(Said::Raised, Some(*severity)),
            Step::Over => self.report(Said::Resolved, None),
            Step::Wait(seconds) => {
                self.now = self.now + Duration::from_secs(u64::from(*seconds));
                self.timers();
            }
        }
    }

    fn ack(&mut self, who: usize, deadline: Stamp) {
        let before = self.alert.clone();
        let Some(result) = self.act(who, Act::Ack { deadline }) else { return };
        let owner = self.alert.as_ref().unwrap().owner.clone();
        if result.is_ok() {
            assert_eq!(owner.unwrap().as_str(), NAMES[who]);
            assert!(!before.unwrap().phase.is_resolved(), "an ack never re-opens");
        } else {
            assert_eq!(self.alert, before, "a refused ack changes nothing");
        }
    }

    /// Alice acts and takes it back: owner, state and deadline are those of before, unless somebody or time was between.
    fn take_back(&mut self, verb: usize, between: Option<&Step>) {
        self.take(&Step::Look(0));
        let before = self.alert.clone().unwrap();
        let later = self.now + Duration::from_secs(7200);
        let act = match verb {
            0 => Act::Ack { deadline: later },
            1 => Act::Own { owner: NAMES[0].into(), deadline: later },
            2 => Act::Snooze { until: later, reason: "deploy".into() },
            _ => Act::Resolve { note: "mended".into(), review: None },
        };
        if !matches!(self.act(0, act), Some(Ok(Some(_)))) {
            return;
        }
        let (mine, version) = (self.journal.last().unwrap().clone(), self.alert.as_ref().unwrap().version);
        if let Some(step) = between {
            self.take(step);
        }
        let after = self.alert.clone().unwrap();
        let target = Target::Alert(mine.alert.unwrap());
        let actor = Actor::Operator(NAMES[0].into());
        let change = self.change(actor, target, Some(version), inverse(&mine).unwrap());
        if after.id != before.id {
            return;
        }
        if after.version != version {
            assert!(self.commit(&change).is_err(), "what has moved on is not taken back");
            assert_eq!(self.alert, Some(after));
            return;
        }
        self.commit(&change).unwrap();
        let now = self.alert.clone().unwrap();
        assert_eq!((&now.owner, &now.phase, now.severity), (&before.owner, &before.phase, before.severity));
        assert_eq!((&now.escalation, &now.closing), (&before.escalation, &before.closing));
    }

    fn escalate(&mut self, who: usize) {
        let Some((_, level)) = self.seen[who] else { return };
        let rung = Rung {
            seen_level: level,
            level: level + 1,
            role: "lead".into(),
            channels: vec!["page".into()],
            hold_until: self.now,
        };
        let reached = self.alert.as_ref().map_or(0, |a| a.escalation.level);
        if let Some(Ok(_)) = self.act(who, Act::Escalate(rung)) {
            assert_eq!(reached, level, "nobody escalates past a step they did not see");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_act_taken_back_leaves_it_as_it_was(
        steps in prop::collection::vec(step(), 0..30),
        verb in 0..4usize,
        between in prop::option::of(step()),
    ) {
        let mut world = World::new();
        world.report(Said::Raised, Some(Severity::Warning));
        for step in &steps {
            world.take(step);
        }
        world.take_back(verb, between.as_ref());
    }

    #[test]
    fn s2_s3_no_interleaving_breaks_the_lifecycle(steps in prop::collection::vec(step(), 1..60)) {
        let mut world = World::new();
        world.report(Said::Raised, Some(Severity::Warning));
        for step in &steps {
            world.take(step);
        }
        // The journal alone gives the same alert again.
        let rebuilt = world.journal.iter().fold(None, |a: Option<Alert>, e| {
            apply(a.as_ref().filter(|a| Some(a.id) == e.alert), e)
        });
        prop_assert_eq!(rebuilt, world.alert);
    }
}

#[test]
fn a_worse_severity_reopens_an_ack_at_once_and_a_better_one_does_not() {
    let mut world = World::new();
    world.report(Said::Raised, Some(Severity::Warning));
    world.take(&Step::Look(0));
    world.take(&Step::Ack(0));
    world.report(Said::Raised, Some(Severity::Critical));
    assert_eq!(world.alert.as_ref().unwrap().phase, Phase::Open);
    world.take(&Step::Look(1));
    world.take(&Step::Ack(1));
    world.report(Said::Raised, Some(Severity::Warning));
    assert!(matches!(world.alert.as_ref().unwrap().phase, Phase::Acked { .. }));
}

#[test]
fn w9_a_resolve_before_any_firing_is_nothing() {
    let mut world = World::new();
    world.report(Said::Resolved, None);
    assert!(world.alert.is_none() && world.journal.is_empty());
}

#[test]
fn entries_written_before_acts_kept_what_they_found_are_read_and_written_as_they_were() {
    let old = [
        r#"{"acked":{"deadline":"2026-11-22T03:33:00.000Z"}}"#,
        r#"{"owned":{"owner":"bob","deadline":"2026-11-22T03:33:00.000Z"}}"#,
        r#"{"snoozed":{"until":"2026-11-22T03:33:00.000Z","reason":"deploy"}}"#,
        r#"{"resolved":{"note":"over","review":null}}"#,
    ];
    for text in old {
        let fact: Fact = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&fact).unwrap(), text);
    }
}
