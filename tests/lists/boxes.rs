//! Boxes under two pairs of hands: compare-and-set, undo, two people, reasons.

use watchdeck::domain::checklist::{ItemAct, Mark};
use watchdeck::domain::markdown::ItemId;
use watchdeck::engine::Verb;

use super::world::{Console, OPS, World, source};

fn ticking() -> ItemAct {
    ItemAct::Tick { reason: "".into(), proof: None }
}

async fn act(console: &mut Console, world: &World, text: &str, act: ItemAct) -> String {
    let list = console.list("morning", world.now).occurrence;
    let item: ItemId = console.item(&list, text);
    let seen = list.items.get(&item).map_or(0, |s| s.version);
    console.intend(Some(seen), Verb::Item { list: list.id, item, act }, world.now).await
}

#[tokio::test]
async fn s2_the_second_of_two_is_told_who_was_first_and_nothing_is_overwritten() {
    let world = World::new("2026-11-30T07:00:00Z", source());
    let mut alice = world.console("alice").await;
    let mut bob = world.console("bob").await;
    // Nobody has opened the list yet: the first act does, and only one of two.
    let said = act(&mut alice, &world, "Look at", ticking()).await;
    assert_eq!(said, "ticked \"Look at the dashboard\", saved. 1 of 2 left.");
    let skip = ItemAct::SetAside { mark: Mark::Skipped, reason: "it is down".into() };
    let said = act(&mut bob, &world, "Look at", skip).await;
    assert!(said.contains("NOT marked: alice ticked \"Look at the dashboard\" at 07:00:00Z, before you"), "{said}");
    bob.follow(world.now).await;
    assert_eq!(bob.mark("morning", "Look at", world.now), Mark::Done);
    assert_eq!(alice.engine.model.board.occurrences, bob.engine.model.board.occurrences);
    // The same tick again is no conflict and no second entry.
    let before = bob.engine.model.store.last_seq;
    assert!(act(&mut bob, &world, "Look at", ticking()).await.contains("so already"));
    assert_eq!(bob.engine.model.store.last_seq, before);
}

#[tokio::test]
async fn an_undo_gives_back_what_was_there() {
    let world = World::new("2026-11-30T07:00:00Z", source());
    let mut alice = world.console("alice").await;
    let skip = ItemAct::SetAside { mark: Mark::Skipped, reason: "not today".into() };
    act(&mut alice, &world, "Look at", skip).await;
    act(&mut alice, &world, "Look at", ticking()).await;
    assert_eq!(alice.mark("morning", "Look at", world.now), Mark::Done);
    let said = alice.intend(None, Verb::Undo, world.now).await;
    assert_eq!(said, "took it back, saved: \"Look at the dashboard\" is skipped again");
    let list = alice.list("morning", world.now).occurrence;
    let state = &list.items[&alice.item(&list, "Look at")];
    assert_eq!((state.held.reason.as_str(), state.version), ("not today", 3));
    alice.intend(None, Verb::Undo, world.now).await;
    assert_eq!(alice.mark("morning", "Look at", world.now), Mark::Open);
    alice.sound().await;
}

#[tokio::test]
async fn setting_aside_needs_a_reason_and_a_note_never_conflicts() {
    let world = World::new("2026-11-30T07:00:00Z", source());
    let mut alice = world.console("alice").await;
    let no = ItemAct::SetAside { mark: Mark::Na, reason: "".into() };
    assert!(act(&mut alice, &world, "Look at", no).await.contains("needs a reason"));
    let list = alice.list("morning", world.now).occurrence;
    let item = alice.item(&list, "Look at");
    let note = Verb::Item { list: list.id, item, act: ItemAct::Note("the left panel is stale".into()) };
    assert!(alice.intend(Some(99), note, world.now).await.starts_with("noted on"));
    assert_eq!(alice.mark("morning", "Look at", world.now), Mark::Open);
}

#[tokio::test]
async fn two_person_items_need_two_names() {
    let mut world = World::new("2026-11-30T07:00:00Z", source());
    world.text =
        OPS.replace("- [ ] Look at the dashboard", "- [ ] Look at the dashboard <!-- watchdeck: two-person -->");
    let mut alice = world.console("alice").await;
    assert!(act(&mut alice, &world, "Look at", ticking()).await.contains("waits for a second person"));
    assert!(act(&mut alice, &world, "Look at", ticking()).await.contains("you were the first"));
    let mut bob = world.console("bob").await;
    assert!(act(&mut bob, &world, "Look at", ticking()).await.starts_with("ticked"));
    let list = bob.list("morning", world.now).occurrence;
    let state = &list.items[&bob.item(&list, "Look at")];
    assert_eq!(
        (state.held.mark, state.held.first.as_ref().map(ToString::to_string)),
        (Mark::Done, Some("alice".into()))
    );
}

#[tokio::test]
async fn p1_a_restart_finds_every_tick_and_a_repeated_one_lands_once() {
    let world = World::new("2026-11-30T07:00:00Z", source());
    let mut alice = world.console("alice").await;
    act(&mut alice, &world, "Look at", ticking()).await;
    let seq = alice.engine.model.store.last_seq;
    let before = alice.engine.model.board.occurrences.clone();
    drop(alice);
    let again = world.console("alice").await;
    assert_eq!(again.engine.model.board.occurrences, before);
    assert_eq!(again.engine.model.store.last_seq, seq);
}

#[tokio::test]
async fn a_period_that_is_over_takes_no_more_ticks() {
    let mut world = World::new("2026-11-30T07:00:00Z", source());
    let mut worker = world.worker("w").await;
    worker.tick(world.now).await;
    let list = worker.list("morning", world.now).occurrence;
    let item = worker.item(&list, "Look at");
    world.go("2026-12-01T07:00:00Z");
    worker.tick(world.now).await;
    let late = Verb::Item { list: list.id, item, act: ticking() };
    let said = worker.intend(None, late, world.now).await;
    assert!(said.contains("is over"), "{said}");
}
