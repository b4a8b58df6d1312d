//! Evidence that ticks by itself, takes it back, and is never taken for more than it is.

use std::time::Duration;

use watchdeck::domain::checklist::{ItemAct, ItemRule, Layer, Mark, Source};
use watchdeck::domain::evidence::{Evidence, Expr, Gathered, Output, Proof, Verdict, Word, WordForm};
use watchdeck::domain::service::ServiceState::{Failed, Healthy};
use watchdeck::engine::Verb;

use super::world::{World, source};

/// The source with one box on that evidence.
pub fn with(item: &str, evidence: Evidence) -> Source {
    let rule = ItemRule { evidence: Some(evidence), ..ItemRule::bare(Layer::Config, "morning", item) };
    Source { items: vec![rule], ..source() }
}

fn live(text: &str) -> Evidence {
    Evidence::Live { expr: Expr::parse(text).unwrap(), hold: Duration::from_secs(3) }
}

pub fn ticking(reason: &str) -> ItemAct {
    ItemAct::Tick { reason: reason.into(), proof: None }
}

#[tokio::test]
async fn good_evidence_ticks_after_its_hold_and_bad_evidence_takes_it_back() {
    let mut world = World::new("2026-11-30T07:00:00Z", with("services healthy", live("services.healthy == 2")));
    let mut worker = world.worker("w").await;
    worker.probed(&[("a", Healthy), ("b", Healthy)], world.now).await;
    worker.tick(world.now).await;
    worker.tick(world.now).await;
    assert_eq!(worker.mark("morning", "All 7", world.now), Mark::Open, "a flicker is not evidence");
    world.pass(4);
    worker.tick(world.now).await;
    assert_eq!(worker.mark("morning", "All 7", world.now), Mark::Proven);
    world.pass(10);
    worker.probed(&[("a", Healthy), ("b", Failed)], world.now).await;
    worker.tick(world.now).await;
    world.pass(3);
    worker.tick(world.now).await;
    assert_eq!(worker.mark("morning", "All 7", world.now), Mark::Open);
    let list = worker.list("morning", world.now).occurrence;
    let state = &list.items[&worker.item(&list, "All 7")];
    assert_eq!(state.held.reason.as_str(), "1 of 2: b failed");
    assert_eq!(state.proof.as_ref().map(|p| p.verdict), Some(Verdict::Bad));
    worker.sound().await;
}

#[tokio::test]
async fn stale_is_not_healthy_and_takes_a_tick_back_too() {
    let mut world = World::new("2026-11-30T07:00:00Z", with("services healthy", live("services.healthy == 2")));
    let mut worker = world.worker("w").await;
    worker.probed(&[("a", Healthy), ("b", Healthy)], world.now).await;
    worker.tick(world.now).await;
    worker.tick(world.now).await;
    world.pass(4);
    worker.tick(world.now).await;
    assert_eq!(worker.mark("morning", "All 7", world.now), Mark::Proven);
    // Nobody probes any more.
    world.pass(120);
    worker.tick(world.now).await;
    world.pass(4);
    worker.tick(world.now).await;
    assert_eq!(worker.mark("morning", "All 7", world.now), Mark::Open);
}

#[tokio::test]
async fn a_tick_against_bad_evidence_asks_why_and_counts_as_that() {
    let mut world = World::new("2026-11-30T07:00:00Z", with("services healthy", live("services.healthy == 2")));
    let mut worker = world.worker("w").await;
    worker.probed(&[("a", Healthy), ("b", Failed)], world.now).await;
    worker.tick(world.now).await;
    let list = worker.list("morning", world.now).occurrence;
    let item = worker.item(&list, "All 7");
    let tick = |reason: &str| Verb::Item { list: list.id, item: item.clone(), act: ticking(reason) };
    let said = worker.intend(Some(0), tick(""), world.now).await;
    assert!(said.contains("needs a reason"), "{said}");
    let said = worker.intend(Some(0), tick("b is being replaced"), world.now).await;
    assert!(said.contains("against the evidence"), "{said}");
    assert_eq!(worker.mark("morning", "All 7", world.now), Mark::Against);
    // Evidence does not argue with a person's reason.
    world.pass(10);
    worker.tick(world.now).await;
    assert_eq!(worker.mark("morning", "All 7", world.now), Mark::Against);
}

#[tokio::test]
async fn what_has_no_source_says_so_and_stays_for_the_person() {
    let world = World::new("2026-11-30T07:00:00Z", with("dashboard", live("findings.open == 0")));
    let mut worker = world.worker("w").await;
    worker.tick(world.now).await;
    let list = worker.list("morning", world.now);
    let id = worker.item(&list.occurrence, "Look at");
    let item = list.template.as_ref().unwrap().item(&id).unwrap();
    let proof =
        watchdeck::engine::evidence::proof_of(&worker.engine.model, item, &list.occurrence, world.now.wall).unwrap();
    assert_eq!((proof.verdict, proof.says.as_str()), (Verdict::NoSource, "no source here for findings"));
    let verb = Verb::Item { list: list.occurrence.id, item: id, act: ticking("") };
    let said = worker.intend(Some(0), verb, world.now).await;
    assert!(said.starts_with("ticked"), "{said}");
    assert_eq!(worker.mark("morning", "Look at", world.now), Mark::Done);
    let unknown = with("dashboard", live("service.nobody.success >= 99%"));
    let other = World::new("2026-11-30T07:00:00Z", unknown).worker("w").await;
    let list = other.list("morning", world.now);
    let item = list.template.as_ref().unwrap().items.iter().find(|i| i.text.as_str().starts_with("Look")).unwrap();
    let proof =
        watchdeck::engine::evidence::proof_of(&other.engine.model, item, &list.occurrence, world.now.wall).unwrap();
    assert_eq!((proof.verdict, proof.says.as_str()), (Verdict::NoSource, "no nobody.success here"));
}

fn command() -> Evidence {
    Evidence::Gathered(Gathered {
        key: "morning/dashboard".into(),
        kind: "command".into(),
        what: "sh check.sh".into(),
        every: None,
        fresh: Duration::from_secs(3600),
        spec: "one".into(),
    })
}

fn ran(verdict: Verdict, says: &str, world: &World) -> Proof {
    let output = Output {
        argv: "sh check.sh".into(),
        exit: Some(0),
        end: "".into(),
        took_ms: 12,
        lines: vec!["60/60".into()],
        bytes: 6,
        cut: false,
        sha256: "0".repeat(64),
        by: "alice@host".into(),
    };
    let proof = Proof::new(verdict, says).wanted("60 of 60").from("command").seen_at(Some(world.now.wall));
    Proof { output: Some(Box::new(output)), ..proof }
}

#[tokio::test]
async fn a_command_runs_when_asked_and_a_person_confirms_what_it_said() {
    let mut world = World::new("2026-11-30T07:00:00Z", with("dashboard", command()));
    let mut alice = world.console("alice").await;
    let list = alice.list("morning", world.now).occurrence;
    let item = alice.item(&list, "Look at");
    let tick = |reason: &str| Verb::Item { list: list.id, item: item.clone(), act: ticking(reason) };
    let said = alice.intend(Some(0), tick(""), world.now).await;
    assert!(said.contains("needs a reason"), "not run yet: {said}");
    let run = Verb::Gather { list: list.id, item: item.clone() };
    assert_eq!(alice.intend(None, run.clone(), world.now).await, "running command: sh check.sh");
    alice.gathered(ran(Verdict::Good, "60 of 60", &world), world.now).await;
    assert_eq!(alice.mark("morning", "Look at", world.now), Mark::Open, "it ran; nobody has confirmed it");
    // The other console sees the result with its hash.
    let mut bob = world.console("bob").await;
    let shown = bob.list("morning", world.now).occurrence;
    assert_eq!(shown.items[&item].proof.as_ref().map(|p| p.says.to_string()), Some("60 of 60".into()));
    assert!(bob.intend(Some(0), tick(""), world.now).await.starts_with("ticked"));
    // What is older than it may be proves nothing.
    world.pass(4000);
    let list = bob.list("morning", world.now);
    let known = list.template.as_ref().unwrap().item(&item).unwrap();
    let proof =
        watchdeck::engine::evidence::proof_of(&bob.engine.model, known, &list.occurrence, world.now.wall).unwrap();
    assert_eq!(proof.verdict, Verdict::Unknown);
}

#[tokio::test]
async fn ran_is_not_proved() {
    let world = World::new("2026-11-30T07:00:00Z", with("dashboard", command()));
    let mut alice = world.console("alice").await;
    let list = alice.list("morning", world.now).occurrence;
    let item = alice.item(&list, "Look at");
    alice.intend(None, Verb::Gather { list: list.id, item: item.clone() }, world.now).await;
    alice.gathered(ran(Verdict::Unproven, "ran, exit 0", &world), world.now).await;
    let verb = Verb::Item { list: list.id, item, act: ticking("") };
    assert!(alice.intend(Some(0), verb, world.now).await.starts_with("ticked"));
    let list = alice.list("morning", world.now).occurrence;
    let state = list.items.values().next().unwrap();
    assert_eq!(state.proof.as_ref().map(|p| p.verdict), Some(Verdict::Unproven), "and that is kept with the tick");
}

#[tokio::test]
async fn a_person_who_is_asked_for_a_word_gives_one() {
    let word = Word { ask: "the report's address".into(), form: WordForm::Link };
    let world = World::new("2026-11-30T07:00:00Z", with("dashboard", Evidence::Word(word)));
    let mut alice = world.console("alice").await;
    let list = alice.list("morning", world.now).occurrence;
    let item = alice.item(&list, "Look at");
    let tick = |reason: &str| Verb::Item { list: list.id, item: item.clone(), act: ticking(reason) };
    for (reason, part) in [("", "asks for a word"), ("done", "asks for a link")] {
        let said = alice.intend(Some(0), tick(reason), world.now).await;
        assert!(said.contains(part), "{said}");
    }
    assert!(alice.intend(Some(0), tick("https://reports.example/42"), world.now).await.starts_with("ticked"));
}

#[tokio::test]
async fn evidence_looks_again_only_when_something_it_rests_on_has_moved() {
    let mut world = World::new("2026-11-30T07:00:00Z", with("services healthy", live("services.healthy == 2")));
    let mut worker = world.worker("w").await;
    worker.probed(&[("a", Healthy), ("b", Healthy)], world.now).await;
    for _ in 0..5 {
        worker.tick(world.now).await;
        world.pass(1);
    }
    let before = worker.engine.model.store.last_seq;
    for _ in 0..100 {
        worker.tick(world.now).await;
    }
    assert_eq!(worker.engine.model.store.last_seq, before, "nothing moved, nothing is written");
    assert_eq!(worker.engine.evidence_looks(), 1);
}
