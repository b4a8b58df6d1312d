//! Runs of procedures: opened by alerts, done in order, ended with them, kept over restarts.

use std::sync::Arc;

use watchdeck::domain::alert::{About, Actor, Origin, Phase, Review};
use watchdeck::domain::checklist::Mark;
use watchdeck::domain::feed::rule_fingerprint;
use watchdeck::domain::ids::{AlertId, OpId};
use watchdeck::domain::journal::{Act, Change, Commit, Lane, Report, Said, Target};
use watchdeck::domain::run::{Run, StepAct};
use watchdeck::domain::severity::Severity;
use watchdeck::engine::{Intent, Verb};
use watchdeck::store::Store;

use super::world::{Console, World, source};

pub async fn raise(console: &mut Console, world: &World, service: &str) {
    report_of(console, world, service, Said::Raised, Severity::Critical).await;
}

pub async fn report(console: &mut Console, world: &World, said: Said, severity: Severity) {
    report_of(console, world, "a", said, severity).await;
}

async fn report_of(console: &mut Console, world: &World, service: &str, said: Said, severity: Severity) {
    let about = About {
        title: "p95 231 > 200 ms".into(),
        service: Some(service.into()),
        value: Some(231.0),
        procedure: Some("critical-alerts".into()),
        ..About::default()
    };
    let origin = Origin::Rule { family: "latency".into() };
    let report = Report { origin, said, severity: Some(severity), about, note: "".into() };
    let change = Change {
        op: OpId(uuid::Uuid::now_v7()),
        actor: Actor::Worker("w".into()),
        at: world.now.wall,
        target: Target::Fingerprint(rule_fingerprint(service, "latency")),
        seen: None,
        act: Act::Report(report),
    };
    console.store.commit(Commit { lane: Lane::Machine, changes: vec![change], feed: None }, None).await.unwrap();
    console.follow(world.now).await;
}

pub fn run(console: &Console) -> Arc<Run> {
    console.engine.model.board.runs.values().next_back().cloned().expect("no run")
}

pub fn done(run: &Run, index: usize, word: &str) -> Verb {
    Verb::Step { run: run.id, index, act: StepAct::Done { word: word.into() } }
}

#[tokio::test]
async fn an_alert_opens_its_procedure_once_and_its_steps_are_its_timeline() {
    let mut world = World::new("2026-11-30T07:00:00Z", source());
    let mut worker = world.worker("w").await;
    report(&mut worker, &world, Said::Raised, Severity::Critical).await;
    worker.tick(world.now).await;
    worker.tick(world.now).await;
    assert_eq!(worker.engine.model.board.runs.len(), 1);
    let r = run(&worker);
    assert_eq!((r.alert, r.procedure.as_str(), r.steps.len()), (Some(AlertId(1)), "critical-alerts", 3));
    assert_eq!(r.filled(r.steps[0].text.as_str()).as_str(), "look at a", "filled from the alert");
    assert_eq!(r.due(&r.steps[1]), Some(watchdeck::domain::time::Stamp(world.now.wall.0 + 15 * 60_000)));
    // Steps come one at a time, by whoever is there.
    let mut alice = world.console("alice").await;
    let refused = alice.intend(Some(1), done(&r, 1, ""), world.now).await;
    assert!(refused.contains("step 1 (Check) comes first"), "{refused}");
    assert!(alice.intend(Some(1), done(&r, 0, "restarted it"), world.now).await.contains("1 of 3 done"));
    // A dropped connection resumes at the same step.
    drop(alice);
    world.pass(30);
    let mut again = world.console("alice").await;
    assert_eq!(run(&again).next(), Some(1));
    again.intend(Some(2), done(&r, 1, "called"), world.now).await;
    let refused = again.intend(Some(3), done(&r, 2, ""), world.now).await;
    assert!(refused.contains("wants a summary"), "{refused}");
    let past = again.store.past(AlertId(1)).await.unwrap();
    let words: Vec<_> = past.timeline.iter().map(|e| e.actor.say()).collect();
    assert_eq!(words, ["the worker", "the worker", "alice", "alice"]);
}

#[tokio::test]
async fn s2_two_people_never_overwrite_each_others_step() {
    let world = World::new("2026-11-30T07:00:00Z", source());
    let mut worker = world.worker("w").await;
    report(&mut worker, &world, Said::Raised, Severity::Critical).await;
    worker.tick(world.now).await;
    let (mut alice, mut bob) = (world.console("alice").await, world.console("bob").await);
    let r = run(&alice);
    alice.intend(Some(r.version), done(&r, 0, "by alice"), world.now).await;
    let set = Verb::Step { run: r.id, index: 0, act: StepAct::SetAside { mark: Mark::Na, reason: "no".into() } };
    let said = bob.intend(Some(r.version), set, world.now).await;
    assert!(said.contains(&format!("alice did step 1 (Check) in run {}", r.id)), "{said}");
    bob.follow(world.now).await;
    assert_eq!(run(&bob).steps[0].held.word.as_str(), "by alice");
}

#[tokio::test]
async fn a_critical_alert_is_closed_by_its_document_step_or_an_explicit_none() {
    let world = World::new("2026-11-30T07:00:00Z", source());
    let mut worker = world.worker("w").await;
    report(&mut worker, &world, Said::Raised, Severity::Critical).await;
    worker.tick(world.now).await;
    report(&mut worker, &world, Said::Resolved, Severity::Critical).await;
    let alert = |c: &Console| c.engine.model.book.get(AlertId(1)).unwrap().clone();
    assert!(alert(&worker).to_close(), "it is over, and owes a word");
    worker.tick(world.now).await;
    assert!(!run(&worker).over(), "and so its run goes on");
    let r = run(&worker);
    for index in 0..2 {
        let seen = run(&worker).version;
        worker.intend(Some(seen), done(&r, index, ""), world.now).await;
    }
    let seen = run(&worker).version;
    worker.intend(Some(seen), done(&r, 2, "the cache was cold"), world.now).await;
    let closed = alert(&worker);
    assert!(!closed.to_close());
    assert_eq!(closed.closing.summary.as_ref().map(ToString::to_string), Some("the cache was cold".into()));
    assert!(run(&worker).over());
    // What the store would rebuild from the journal is what it holds.
    worker.sound().await;
}

#[tokio::test]
async fn a_run_ends_with_an_alert_that_owes_no_word_and_a_failed_step_holds_it_up() {
    let world = World::new("2026-11-30T07:00:00Z", source());
    let mut worker = world.worker("w").await;
    report(&mut worker, &world, Said::Raised, Severity::Warning).await;
    worker.tick(world.now).await;
    let r = run(&worker);
    let fail =
        Verb::Step { run: r.id, index: 0, act: StepAct::SetAside { mark: Mark::Failed, reason: "no access".into() } };
    worker.intend(Some(1), fail, world.now).await;
    let said = worker.intend(Some(2), done(&r, 1, ""), world.now).await;
    assert!(said.contains("failed and holds the run up"), "{said}");
    report(&mut worker, &world, Said::Resolved, Severity::Warning).await;
    worker.tick(world.now).await;
    let ended = run(&worker).ended.clone().expect("it goes on");
    assert_eq!(ended.why.as_str(), "the alert is over");
    worker.tick(world.now).await;
    assert_eq!(worker.engine.model.board.runs.len(), 1, "and none is begun for what is over");
    let close = Intent { alert: Some(AlertId(1)), seen: None, verb: Verb::Review(Review::True) };
    let effects = worker.engine.intend(close, world.now);
    worker.perform(effects, world.now).await;
    assert!(matches!(worker.engine.model.book.get(AlertId(1)).unwrap().phase, Phase::Resolved { .. }));
}

#[tokio::test]
async fn by_hand_a_missing_value_blocks_its_step_until_it_is_given() {
    let world = World::new("2026-11-30T07:00:00Z", source());
    let mut alice = world.console("alice").await;
    let said = alice.intend(None, Verb::StartRun { procedure: "nothing".into() }, world.now).await;
    assert!(said.contains("known: critical-alerts"), "{said}");
    let said = alice.intend(None, Verb::StartRun { procedure: "critical-alerts".into() }, world.now).await;
    assert!(said.contains("by hand, saved"), "{said}");
    let r = run(&alice);
    assert_eq!((r.alert, r.missing(&r.steps[0])), (None, vec!["service".to_owned()]));
    let said = alice.intend(Some(1), done(&r, 0, ""), world.now).await;
    assert!(said.contains("{{service}}"), "{said}");
    let fill = Verb::Fill { run: r.id, name: "service".into(), value: "cache".into() };
    alice.intend(None, fill, world.now).await;
    assert!(alice.intend(Some(1), done(&r, 0, ""), world.now).await.contains("1 of 3"));
    let said = alice.intend(None, Verb::EndRun { run: r.id, why: "a drill".into() }, world.now).await;
    assert!(said.contains("ended"), "{said}");
    assert!(run(&alice).over());
}

#[tokio::test]
async fn a_step_that_comes_back_does_so_until_its_run_ends_and_a_condition_ends_the_run() {
    use std::time::Duration;
    use watchdeck::domain::checklist::{Layer, Source, StepRule};
    use watchdeck::domain::evidence::Expr;
    use watchdeck::domain::service::ServiceState::{Failed, Healthy};
    let rule = |step: &str| StepRule {
        layer: Layer::Config,
        procedure: "critical".into(),
        step: step.into(),
        kind: None,
        timer: None,
        repeat: None,
        stop_when: None,
    };
    let again = StepRule { repeat: Some(Duration::from_secs(600)), ..rule("look at") };
    let stop = StepRule { stop_when: Some(Expr::parse("service.{{service}}.up == 1").unwrap()), ..rule("call if") };
    let mut world = World::new("2026-11-30T07:00:00Z", Source { steps: vec![again, stop], ..source() });
    let mut worker = world.worker("w").await;
    worker.probed(&[("a", Failed), ("b", Healthy)], world.now).await;
    report(&mut worker, &world, Said::Raised, Severity::Critical).await;
    worker.tick(world.now).await;
    let r = run(&worker);
    worker.intend(Some(r.version), done(&r, 0, "first look"), world.now).await;
    let r = run(&worker);
    assert_eq!(r.next(), Some(1), "it does not hold up what follows");
    let due = r.due(&r.steps[0]).unwrap();
    assert_eq!(due.since(world.now.wall), Duration::from_secs(600));
    world.pass(700);
    worker.probed(&[("a", Failed), ("b", Healthy)], world.now).await;
    let seen = run(&worker).version;
    worker.intend(Some(seen), done(&r, 0, "second look"), world.now).await;
    assert_eq!(run(&worker).steps[0].held.times, 2);
    worker.tick(world.now).await;
    assert!(!run(&worker).over(), "the condition of step 2 does not hold");
    worker.probed(&[("a", Healthy), ("b", Healthy)], world.now).await;
    worker.tick(world.now).await;
    let ended = run(&worker).ended.clone().expect("the condition holds now");
    assert_eq!(ended.why.as_str(), "not needed any more: a is healthy");
    worker.tick(world.now).await;
    assert_eq!(worker.engine.model.board.runs.len(), 1, "and the alert, still open, begins no other");
    worker.sound().await;
}
