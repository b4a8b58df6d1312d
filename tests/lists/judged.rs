//! What a reader of the design found wrong, each as it was proved.

use std::time::Duration;

use watchdeck::domain::checklist::{ItemAct, ItemRule, Layer, Mark, Source, StepRule};
use watchdeck::domain::evidence::{Evidence, Expr};
use watchdeck::domain::markdown::Cadence;
use watchdeck::domain::service::ServiceState::{Failed, Healthy};
use watchdeck::domain::severity::Severity;
use watchdeck::engine::{Effect, Event, Verb};
use watchdeck::store::{ListFilter, Store};

use super::evidence::{ticking, with};
use super::runs::{report, run};
use super::world::{Console, World, source};
use watchdeck::domain::journal::Said;

fn live(item: &str, text: &str, hold: u64) -> Source {
    let evidence = Evidence::Live { expr: Expr::parse(text).unwrap(), hold: Duration::from_secs(hold) };
    with(item, evidence)
}

async fn act(console: &mut Console, world: &World, text: &str, act: ItemAct) -> String {
    let list = console.list("morning", world.now).occurrence;
    let item = console.item(&list, text);
    let seen = list.items.get(&item).map_or(0, |s| s.version);
    console.intend(Some(seen), Verb::Item { list: list.id, item, act }, world.now).await
}

async fn seconds(worker: &mut Console, world: &mut World, n: i64) {
    for _ in 0..n {
        world.pass(1);
        worker.tick(world.now).await;
    }
}

#[tokio::test]
async fn what_evidence_cannot_know_is_left_to_the_person() {
    let mut world = World::new("2026-11-30T07:00:00Z", live("dashboard", "findings.open == 0", 3));
    let mut worker = world.worker("w").await;
    worker.tick(world.now).await;
    act(&mut worker, &world, "Look at", ticking("")).await;
    seconds(&mut worker, &mut world, 20).await;
    assert_eq!(worker.mark("morning", "Look at", world.now), Mark::Done);
}

#[tokio::test]
async fn what_a_person_opened_stays_open_until_the_evidence_has_turned() {
    let mut world = World::new("2026-11-30T07:00:00Z", live("services healthy", "services.healthy == 2", 3));
    let mut worker = world.worker("w").await;
    worker.probed(&[("a", Healthy), ("b", Healthy)], world.now).await;
    seconds(&mut worker, &mut world, 6).await;
    assert_eq!(worker.mark("morning", "All 7", world.now), Mark::Proven);
    act(&mut worker, &world, "All 7", ItemAct::Untick { reason: "I do not trust it".into() }).await;
    seconds(&mut worker, &mut world, 20).await;
    assert_eq!(worker.mark("morning", "All 7", world.now), Mark::Open);
    worker.probed(&[("a", Healthy), ("b", Failed)], world.now).await;
    seconds(&mut worker, &mut world, 5).await;
    worker.probed(&[("a", Healthy), ("b", Healthy)], world.now).await;
    seconds(&mut worker, &mut world, 6).await;
    assert_eq!(worker.mark("morning", "All 7", world.now), Mark::Proven);
}

#[tokio::test]
async fn h9_a_flicker_writes_nothing_in_either_direction() {
    let mut world = World::new("2026-11-30T07:00:00Z", live("services healthy", "services.healthy == 2", 3));
    let mut worker = world.worker("w").await;
    worker.probed(&[("a", Healthy), ("b", Healthy)], world.now).await;
    seconds(&mut worker, &mut world, 6).await;
    let before = worker.engine.model.store.last_seq;
    for turn in 0..20 {
        let b = if turn % 2 == 0 { Failed } else { Healthy };
        worker.probed(&[("a", Healthy), ("b", b)], world.now).await;
        seconds(&mut worker, &mut world, 1).await;
    }
    assert_eq!(worker.engine.model.store.last_seq, before);
}

#[tokio::test]
async fn s1_a_first_tick_that_the_store_did_not_take_is_offered_again_with_its_opening() {
    let world = World::new("2026-11-30T07:00:00Z", source());
    let mut alice = world.console("alice").await;
    let list = alice.list("morning", world.now).occurrence;
    let item = alice.item(&list, "Look at");
    let intent = watchdeck::engine::Intent {
        alert: None,
        seen: Some(0),
        verb: Verb::Item { list: list.id, item, act: ticking("") },
    };
    let effects = alice.engine.intend(intent, world.now);
    let [Effect::Commit(commit)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(commit.changes.len(), 2);
    let ops = commit.changes.iter().map(|c| c.op).collect();
    let failed = Event::CommitFailed { ops, feed: None, why: "the disk is full".into(), given_up: false };
    alice.tell(failed, world.now).await;
    assert_eq!(alice.mark("morning", "Look at", world.now), Mark::Open);
    alice.tick(world.now).await;
    assert_eq!(alice.mark("morning", "Look at", world.now), Mark::Done, "{}", alice.said());
}

#[tokio::test]
async fn s2_an_undo_of_an_undo_never_overwrites_another() {
    let world = World::new("2026-11-30T07:00:00Z", source());
    let (mut alice, mut bob) = (world.console("alice").await, world.console("bob").await);
    act(&mut alice, &world, "Look at", ticking("")).await;
    bob.follow(world.now).await;
    let failed = ItemAct::SetAside { mark: Mark::Failed, reason: "it is down".into() };
    act(&mut bob, &world, "Look at", failed).await;
    alice.follow(world.now).await;
    act(&mut alice, &world, "Look at", ticking("")).await;
    alice.intend(None, Verb::Undo, world.now).await;
    assert_eq!(alice.mark("morning", "Look at", world.now), Mark::Failed);
    let said = alice.intend(None, Verb::Undo, world.now).await;
    assert_eq!(alice.mark("morning", "Look at", world.now), Mark::Failed, "{said}");
}

#[tokio::test]
async fn three_acts_are_taken_back_one_by_one() {
    let mut world = World::new("2026-11-30T07:00:00Z", source());
    let mut alice = world.console("alice").await;
    let aside = |mark| ItemAct::SetAside { mark, reason: "r".into() };
    act(&mut alice, &world, "Look at", aside(Mark::Skipped)).await;
    world.pass(1);
    act(&mut alice, &world, "Look at", aside(Mark::Na)).await;
    world.pass(1);
    act(&mut alice, &world, "Look at", ticking("")).await;
    for expected in [Mark::Na, Mark::Skipped, Mark::Open] {
        world.pass(1);
        alice.intend(None, Verb::Undo, world.now).await;
        assert_eq!(alice.mark("morning", "Look at", world.now), expected, "{}", alice.said());
    }
}

#[tokio::test]
async fn t4_a_run_begins_once_for_an_episode_whatever_the_clocks_say() {
    let stop = StepRule {
        layer: Layer::Config,
        procedure: "critical".into(),
        step: "look at".into(),
        kind: None,
        timer: None,
        repeat: None,
        stop_when: Some(Expr::parse("service.{{service}}.up == 1").unwrap()),
    };
    let mut world = World::new("2026-11-30T07:00:00Z", Source { steps: vec![stop], ..source() });
    let mut worker = world.worker("w").await;
    worker.probed(&[("a", Healthy), ("b", Healthy)], world.now).await;
    report(&mut worker, &world, Said::Raised, Severity::Critical).await;
    let mut ahead = world.console("alice").await;
    let later =
        watchdeck::domain::time::Now { wall: watchdeck::domain::time::Stamp(world.now.wall.0 + 600_000), ..world.now };
    let id = ahead.engine.model.book.iter().next().unwrap().id;
    let ack = watchdeck::engine::Intent { alert: Some(id), seen: None, verb: Verb::Ack };
    let effects = ahead.engine.intend(ack, later);
    ahead.perform(effects, later).await;
    worker.follow(world.now).await;
    seconds(&mut worker, &mut world, 10).await;
    assert_eq!(worker.engine.model.board.runs.len(), 1);
    // Fired again after it was over: another episode, another run.
    report(&mut worker, &world, Said::Resolved, Severity::Critical).await;
    report(&mut worker, &world, Said::Raised, Severity::Critical).await;
    seconds(&mut worker, &mut world, 5).await;
    assert_eq!(worker.engine.model.board.runs.len(), 2);
    worker.sound().await;
}

#[tokio::test]
async fn a_run_that_a_person_ended_stays_ended_though_memory_has_forgotten_it() {
    let world = World::new("2026-11-30T07:00:00Z", source());
    let mut worker = world.worker("w").await;
    report(&mut worker, &world, Said::Raised, Severity::Critical).await;
    worker.tick(world.now).await;
    let r = run(&worker);
    worker.intend(None, Verb::EndRun { run: r.id, why: "a drill".into() }, world.now).await;
    let mut later = world.worker("w").await;
    later.engine.model.board.runs.clear();
    later.tick(world.now).await;
    later.tick(world.now).await;
    assert!(later.engine.model.board.open_runs().next().is_none());
}

#[tokio::test]
async fn a_run_whose_first_commit_failed_is_begun_by_the_next_tick() {
    let mut world = World::new("2026-11-30T07:00:00Z", source());
    let mut worker = world.worker("w").await;
    worker.tick(world.now).await;
    report(&mut worker, &world, Said::Raised, Severity::Critical).await;
    let effects = worker.engine.handle(Event::Ticked, world.now);
    for effect in effects {
        if let Effect::Commit(commit) = effect {
            let ops = commit.changes.iter().map(|c| c.op).collect();
            worker.tell(Event::CommitFailed { ops, feed: None, why: "busy".into(), given_up: false }, world.now).await;
        }
    }
    assert!(worker.engine.model.board.runs.is_empty());
    seconds(&mut worker, &mut world, 3).await;
    assert_eq!(worker.engine.model.board.runs.len(), 1);
}

#[tokio::test]
async fn missed_days_are_recorded_though_a_person_was_first() {
    let mut world = World::new("2026-11-30T07:00:00Z", source());
    let mut worker = world.worker("w").await;
    worker.tick(world.now).await;
    drop(worker);
    world.go("2026-12-04T07:00:00Z");
    let mut alice = world.console("alice").await;
    act(&mut alice, &world, "Look at", ticking("")).await;
    let mut worker = world.worker("w").await;
    worker.tick(world.now).await;
    worker.tick(world.now).await;
    let stored = worker.store.lists(ListFilter::default()).await.unwrap();
    let mut days: Vec<_> = stored.iter().filter(|o| o.opening.cadence == Cadence::Daily).collect();
    days.sort_by_key(|o| o.opening.opens);
    let periods: Vec<_> = days.iter().map(|o| (o.opening.period.as_str(), o.closing.is_some())).collect();
    assert_eq!(
        periods,
        [("2026-11-30", true), ("2026-12-01", true), ("2026-12-02", true), ("2026-12-03", true), ("2026-12-04", false)]
    );
    assert_eq!(worker.mark("morning", "Look at", world.now), Mark::Done);
    worker.sound().await;
}

#[tokio::test]
async fn a_day_that_is_over_takes_no_tick_though_nobody_has_closed_it() {
    let mut world = World::new("2026-11-30T07:00:00Z", source());
    let mut alice = world.console("alice").await;
    act(&mut alice, &world, "All 7", ticking("")).await;
    let list = alice.list("morning", world.now).occurrence;
    let item = alice.item(&list, "Look at");
    world.go("2026-12-02T07:00:00Z");
    let late = Verb::Item { list: list.id, item, act: ticking("") };
    let said = alice.intend(Some(0), late, world.now).await;
    assert!(said.contains("is over"), "{said}");
}

#[tokio::test]
async fn silence_is_noticed_by_time_alone() {
    let mut world = World::new("2026-11-30T07:00:00Z", live("dashboard", "stream.main.age < 60s", 3));
    std::sync::Arc::get_mut(&mut world.setup).unwrap().streams = vec!["main".into()];
    let mut worker = world.worker("w").await;
    let heard = watchdeck::domain::live::StreamLive {
        name: "main".into(),
        link: watchdeck::domain::live::Link::Live,
        last_event_at: Some(world.now.wall),
        ..Default::default()
    };
    worker.tell(Event::StreamChanged(Box::new(heard)), world.now).await;
    seconds(&mut worker, &mut world, 8).await;
    assert_eq!(worker.mark("morning", "Look at", world.now), Mark::Proven);
    world.pass(120);
    seconds(&mut worker, &mut world, 15).await;
    assert_eq!(worker.mark("morning", "Look at", world.now), Mark::Open);
}

#[tokio::test]
async fn a_hold_counts_no_time_that_nobody_watched() {
    let mut world = World::new("2026-11-30T07:00:00Z", live("services healthy", "services.healthy == 2", 600));
    let mut worker = world.worker("w").await;
    worker.probed(&[("a", Healthy), ("b", Healthy)], world.now).await;
    seconds(&mut worker, &mut world, 3).await;
    let rows = worker.engine.model.board.evidence.clone();
    assert_eq!(rows.len(), 1);
    drop(worker);
    world.pass(7200);
    let mut next = world.console("w2").await;
    next.engine.model.board.evidence = rows;
    let gone = watchdeck::domain::live::Lease {
        owner: "w".into(),
        epoch: 1,
        left_ms: -7_185_000,
        renewed_at: watchdeck::domain::time::Stamp(world.now.wall.0 - 7_200_000),
        ..Default::default()
    };
    next.tell(Event::LeaseSeen(gone), world.now).await;
    let lease = watchdeck::domain::live::Lease {
        owner: "w2".into(),
        epoch: 2,
        left_ms: 15_000,
        renewed_at: world.now.wall,
        ..Default::default()
    };
    next.tell(Event::LeaseChanged { lease, mine: true }, world.now).await;
    next.tell(Event::WindowsRead { samples: Vec::new(), uptime: Vec::new() }, world.now).await;
    next.probed(&[("a", Healthy), ("b", Healthy)], world.now).await;
    seconds(&mut next, &mut world, 5).await;
    assert_eq!(next.mark("morning", "All 7", world.now), Mark::Open);
}

#[tokio::test]
async fn a_worker_adopts_nothing_over_a_tick_that_came_between() {
    let world = World::new("2026-11-30T07:00:00Z", source());
    let mut worker = world.worker("w").await;
    worker.tick(world.now).await;
    let mut alice = world.console("alice").await;
    act(&mut alice, &world, "Look at", ticking("")).await;
    // The worker has not heard of it yet.
    let changed = super::world::OPS.replace("Look at the dashboard", "Look at the new dashboard");
    worker.read(world.now, &changed).await;
    worker.tick(world.now).await;
    worker.follow(world.now).await;
    assert_eq!(worker.mark("morning", "Look at the dashboard", world.now), Mark::Done);
}

#[tokio::test]
async fn a_date_that_could_not_be_read_again_is_refused() {
    let world = World::new("2026-11-30T07:00:00Z", source());
    let mut worker = world.worker("w").await;
    worker.tick(world.now).await;
    let list = worker.list("30-days", world.now).occurrence.id;
    let due = watchdeck::domain::time::Stamp(253_370_764_800_000);
    let said = worker.intend(None, Verb::Redate { list, due, reason: "x".into() }, world.now).await;
    assert!(said.contains("a hundred years"), "{said}");
    world.console("bob").await.sound().await;
}

#[tokio::test]
async fn a_version_that_was_never_there_names_nobody() {
    let world = World::new("2026-11-30T07:00:00Z", source());
    let mut alice = world.console("alice").await;
    let list = alice.list("morning", world.now).occurrence;
    let item = alice.item(&list, "Look at");
    let said = alice.intend(Some(7), Verb::Item { list: list.id, item, act: ticking("") }, world.now).await;
    assert!(said.contains("has version 0 now, not 7 yet"), "{said}");
}

#[tokio::test]
async fn what_one_command_proved_is_no_proof_of_another() {
    use watchdeck::domain::evidence::{Gathered, Proof, Verdict};
    let gathered = |spec: &str| {
        let key = "morning/dashboard".to_owned();
        let fresh = Duration::from_secs(3600);
        let (kind, what) = ("file".to_owned(), "a file".into());
        let evidence = Evidence::Gathered(Gathered { key, kind, what, every: None, fresh, spec: spec.into() });
        Source {
            items: vec![ItemRule { evidence: Some(evidence), ..ItemRule::bare(Layer::Config, "", "dashboard") }],
            ..source()
        }
    };
    let world = World::new("2026-11-30T07:00:00Z", gathered("at_least = 60"));
    let mut alice = world.console("alice").await;
    let shown = alice.list("morning", world.now);
    let id = alice.item(&shown.occurrence, "Look at");
    alice.intend(None, Verb::Gather { list: shown.occurrence.id, item: id.clone() }, world.now).await;
    let good = Proof::new(Verdict::Good, "61").from("file").seen_at(Some(world.now.wall));
    alice.gathered(good, world.now).await;
    let now = world.now;
    let verdict = |c: &Console| {
        let shown = c.list("morning", now);
        let item = shown.template.as_ref().unwrap().item(&id).unwrap();
        watchdeck::engine::evidence::proof_of(&c.engine.model, item, &shown.occurrence, now.wall).unwrap().verdict
    };
    assert_eq!(verdict(&alice), Verdict::Good);
    let changed = World { dir: world.dir, ..World::new("2026-11-30T07:00:00Z", gathered("at_least = 100")) };
    assert_eq!(verdict(&changed.console("alice").await), Verdict::Unknown);
}

#[test]
fn files_of_one_name_give_lists_of_different_names() {
    use watchdeck::domain::checklist::bind;
    let document = watchdeck::domain::markdown::parse(b"# Daily checks\n\n- [ ] one\n").unwrap();
    let mut taken: Vec<String> = Vec::new();
    for folder in ["a", "b", "c", "d"] {
        let bound = bind(&source(), &document, &format!("{folder}/ops.md").as_str().into(), &taken);
        taken.extend(bound.templates.into_iter().map(|t| t.list));
    }
    let mut names = taken.clone();
    names.dedup();
    assert_eq!(names.len(), 4, "{taken:?}");
}
