//! Periods open and close by their keys: once, whoever does it, over nights and weeks without anybody.

use watchdeck::domain::checklist::Mark;
use watchdeck::domain::markdown::Cadence;
use watchdeck::engine::Verb;
use watchdeck::store::{ListFilter, Store};

use super::world::{OPS, World, at, source};
use watchdeck::domain::checklist::ItemAct;

fn tick_act() -> ItemAct {
    ItemAct::Tick { reason: "".into(), proof: None }
}

#[tokio::test]
async fn every_list_opens_once_with_its_times() {
    let world = World::new("2026-11-30T07:00:00Z", source());
    let mut worker = world.worker("w").await;
    worker.tick(world.now).await;
    worker.tick(world.now).await;
    let stored = worker.store.lists(ListFilter::default()).await.unwrap();
    assert_eq!(stored.len(), 3, "{stored:?}");
    let of = |cadence| stored.iter().find(|o| o.opening.cadence == cadence).unwrap();
    let daily = of(Cadence::Daily);
    assert_eq!((daily.opening.period.as_str(), daily.due()), ("2026-11-30", Some(at("2026-11-30T08:00:00Z"))));
    assert_eq!(daily.opening.closes, Some(at("2026-11-30T23:00:00Z")));
    assert_eq!(of(Cadence::Weekly).opening.period, "2026-W49");
    let once = of(Cadence::Once);
    assert_eq!(once.due(), Some(at("2026-02-08T23:00:00Z")), "thirty days from when it was written: long over");
    assert!(once.late(world.now.wall).is_some());
    assert_eq!(worker.engine.model.store.last_seq, 3);
}

#[tokio::test]
async fn s2_two_workers_at_midnight_make_nothing_twice() {
    let mut world = World::new("2026-11-30T22:59:50Z", source());
    let mut one = world.worker("one").await;
    one.tick(world.now).await;
    let mut two = world.worker("two").await;
    world.go("2026-11-30T23:00:01Z");
    one.tick(world.now).await;
    two.tick(world.now).await;
    two.follow(world.now).await;
    one.follow(world.now).await;
    let stored = one.store.lists(ListFilter::default()).await.unwrap();
    let days: Vec<_> = stored.iter().filter(|o| o.opening.cadence == Cadence::Daily).collect();
    assert_eq!(days.len(), 2);
    let (new, old) = (days[0], days[1]);
    assert_eq!((new.opening.period.as_str(), old.opening.period.as_str()), ("2026-12-01", "2026-11-30"));
    assert!(old.closing.is_some() && new.closing.is_none());
    assert_eq!(one.engine.model.board.occurrences, two.engine.model.board.occurrences);
}

#[tokio::test]
async fn a_day_that_passed_is_missed_for_good_and_a_week_carries_over_with_its_age() {
    let mut world = World::new("2026-11-30T07:00:00Z", source());
    let mut worker = world.worker("w").await;
    worker.tick(world.now).await;
    let week = worker.list("weekly", world.now).occurrence;
    let backup = worker.item(&week, "Test the backup");
    worker.intend(Some(0), Verb::Item { list: week.id, item: backup, act: tick_act() }, world.now).await;
    // Nobody is there for sixteen days.
    world.go("2026-12-16T10:00:00Z");
    let mut later = world.worker("w").await;
    later.tick(world.now).await;
    later.tick(world.now).await;
    let stored = later.store.lists(ListFilter { list: None, periods: Some(100) }).await.unwrap();
    let days: Vec<_> = stored.iter().filter(|o| o.opening.cadence == Cadence::Daily).collect();
    assert_eq!(days.len(), 17, "sixteen that passed, and today");
    for day in days.iter().filter(|d| d.closing.is_some()) {
        let marks: Vec<_> = day.opening.pinned.items.iter().map(|i| day.mark(&i.id)).collect();
        assert_eq!(marks, [Mark::Missed, Mark::Missed], "{}", day.opening.period);
    }
    let weeks: Vec<_> = stored.iter().filter(|o| o.opening.cadence == Cadence::Weekly).collect();
    let periods: Vec<_> = weeks.iter().map(|w| w.opening.period.as_str()).collect();
    assert_eq!(periods, ["2026-W51", "2026-W50", "2026-W49"]);
    assert_eq!(weeks[2].closing.as_ref().unwrap().tally.done, 1, "what was ticked stays ticked where it was");
    let docs = later.item(weeks[0], "Update the docs");
    assert_eq!(weeks[2].mark(&docs), Mark::Carried);
    let state = |o: &watchdeck::domain::checklist::Occurrence, id| o.items.get(id).and_then(|s| s.since);
    assert_eq!(state(weeks[0], &docs), Some(weeks[2].opening.opens), "it has waited since then");
    let backup = later.item(weeks[0], "Test the backup");
    assert_eq!(state(weeks[0], &backup), Some(weeks[1].opening.opens), "done in the first week, not in the second");
    later.sound().await;
}

#[tokio::test]
async fn a_list_that_changed_in_its_period_keeps_its_version_and_says_so() {
    let world = World::new("2026-11-30T07:00:00Z", source());
    let mut worker = world.worker("w").await;
    worker.tick(world.now).await;
    let list = worker.list("morning", world.now).occurrence;
    let look = worker.item(&list, "Look at");
    worker.intend(Some(0), Verb::Item { list: list.id, item: look.clone(), act: tick_act() }, world.now).await;
    let changed = OPS.replace("Look at the dashboard", "Look at the new dashboard");
    worker.read(world.now, &changed).await;
    worker.tick(world.now).await;
    let shown = worker.list("morning", world.now);
    assert!(shown.changed_since());
    assert_eq!(worker.mark("morning", "Look at the dashboard", world.now), Mark::Done, "the old box, the old words");
    let said = worker.intend(Some(1), Verb::Adopt { list: list.id }, world.now).await;
    assert!(said.contains("follows its file again"), "{said}");
    assert_eq!(worker.mark("morning", "Look at the new", world.now), Mark::Open, "a tick never moves to changed words");
    assert!(!worker.list("morning", world.now).changed_since());
    assert_eq!(worker.list("morning", world.now).occurrence.items[&look].held.mark, Mark::Done, "and none is lost");
    worker.sound().await;
    // Untouched lists simply follow.
    assert!(!worker.list("weekly", world.now).changed_since());
}

#[tokio::test]
async fn a_once_list_is_moved_with_a_reason_or_not_at_all() {
    let world = World::new("2026-11-30T07:00:00Z", source());
    let mut worker = world.worker("w").await;
    worker.tick(world.now).await;
    let once = worker.list("30-days", world.now).occurrence;
    let due = at("2027-01-31T23:00:00Z");
    let refused = worker.intend(None, Verb::Redate { list: once.id, due, reason: "".into() }, world.now).await;
    assert!(refused.contains("needs a reason"), "{refused}");
    let past = Verb::Redate { list: once.id, due: at("2026-11-01T00:00:00Z"), reason: "x".into() };
    assert!(worker.intend(None, past, world.now).await.contains("in the past"));
    let moved = Verb::Redate { list: once.id, due, reason: "the cache comes first".into() };
    assert!(worker.intend(None, moved, world.now).await.contains("saved"));
    let list = worker.list("30-days", world.now).occurrence;
    assert_eq!((list.due(), list.late(world.now.wall)), (Some(due), None));
    let day = worker.list("morning", world.now).occurrence;
    let no = Verb::Redate { list: day.id, due, reason: "later".into() };
    assert!(worker.intend(None, no, world.now).await.contains("only a once-list"));
}

#[tokio::test]
async fn l2_a_file_that_vanished_keeps_its_lists_and_is_told() {
    let mut world = World::new("2026-11-30T07:00:00Z", source());
    let mut worker = world.worker("w").await;
    worker.tick(world.now).await;
    let gone = watchdeck::domain::checklist::DocumentRead {
        file: super::world::FILE.into(),
        name: super::world::FILE.into(),
        at: world.now.wall,
        content: Err("ops.md: is not there any more".into()),
    };
    worker.tell(watchdeck::engine::Event::DocumentsRead(vec![gone.clone()]), world.now).await;
    let problems = &worker.engine.model.board.problems;
    assert!(problems.iter().any(|p| p.as_str().contains("stays in force")), "{problems:?}");
    assert_eq!(worker.list("morning", world.now).occurrence.opening.pinned.items.len(), 2);
    // A console that starts now knows the list from the store alone, and can still tick it.
    let mut other = world.console("bob").await;
    other.tell(watchdeck::engine::Event::DocumentsRead(Vec::new()), world.now).await;
    other.engine.model.board.templates.clear();
    let list = other.list("morning", world.now);
    assert!(list.template.is_none() && !list.fresh);
    let item = other.item(&list.occurrence, "Look at");
    let verb = Verb::Item { list: list.occurrence.id, item, act: tick_act() };
    assert!(other.intend(Some(0), verb, world.now).await.starts_with("ticked"));
    world.pass(1);
    worker.follow(world.now).await;
    assert_eq!(worker.mark("morning", "Look at", world.now), Mark::Done);
}

#[tokio::test]
async fn a_list_that_has_just_come_is_not_late_in_a_period_that_it_missed() {
    let mut world = World::new("2026-11-29T10:00:00Z", source());
    let mut worker = world.worker("w").await;
    let before = worker.list("morning", world.now).occurrence;
    worker.tick(world.now).await;
    let first = worker.list("morning", world.now).occurrence;
    assert_eq!((first.due(), first.late(world.now.wall)), (Some(at("2026-11-29T23:00:00Z")), None));
    assert_eq!(before.opening, first.opening, "what is shown before it is opened is what is opened");
    world.go("2026-11-30T10:00:00Z");
    worker.tick(world.now).await;
    assert!(worker.list("morning", world.now).occurrence.late(world.now.wall).is_some(), "the next one can be");
}

#[tokio::test]
async fn t1_a_clock_that_jumped_closes_no_day_until_it_has_stood_for_a_while() {
    let mut world = World::new("2026-11-30T07:00:00Z", source());
    let mut worker = world.worker("w").await;
    worker.tick(world.now).await;
    world.go("2026-12-05T07:00:00Z");
    worker.tell(watchdeck::engine::Event::ClockStepped { ms: 5 * 86_400_000 }, world.now).await;
    worker.tick(world.now).await;
    assert_eq!(worker.store.lists(ListFilter::default()).await.unwrap().len(), 3, "nothing is missed yet");
    world.go("2026-11-30T07:01:00Z");
    worker.tell(watchdeck::engine::Event::ClockStepped { ms: -5 * 86_400_000 }, world.now).await;
    worker.tick(world.now).await;
    assert!(worker.list("morning", world.now).occurrence.closing.is_none());
    world.go("2026-12-01T07:00:00Z");
    worker.tick(world.now).await;
    assert_eq!(worker.list("morning", world.now).occurrence.opening.period, "2026-12-01");
}
