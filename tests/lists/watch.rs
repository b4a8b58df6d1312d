//! The watch passes on by name: offered, accepted, and with it what its giver had in hand.

use watchdeck::domain::handoff::HandoffEnd;
use watchdeck::engine::Verb;

use super::world::{World, source};

fn offer(to: &str) -> Verb {
    Verb::Offer { to: to.into(), lines: vec!["# Handoff".into(), "burning: none".into()] }
}

#[tokio::test]
async fn an_offer_is_accepted_by_its_name_alone_and_once() {
    let world = World::new("2026-11-30T07:00:00Z", source());
    let mut alice = world.console("alice").await;
    assert!(alice.intend(None, offer("alice"), world.now).await.contains("somebody else"));
    assert!(alice.intend(None, offer("bob"), world.now).await.contains("theirs once they accept it"));
    let id = alice.engine.model.board.offer().unwrap().id;
    let mut carol = world.console("carol").await;
    let said = carol.intend(None, Verb::AcceptWatch(id), world.now).await;
    assert!(said.contains("offered the watch to bob, not to carol"), "{said}");
    assert!(carol.intend(None, offer("dave"), world.now).await.contains("waits for its answer"));
    let mut bob = world.console("bob").await;
    assert!(bob.intend(None, Verb::AcceptWatch(id), world.now).await.contains("you have the watch"));
    let said = alice.intend(None, Verb::WithdrawWatch(id), world.now).await;
    assert!(said.contains("bob accepted the handoff"), "{said}");
    alice.follow(world.now).await;
    assert!(alice.engine.model.board.offer().is_none());
    alice.sound().await;
    let ends: Vec<_> = alice.engine.model.board.handoffs.values().map(|h| h.end.as_ref().map(|e| e.0)).collect();
    assert_eq!(ends, [Some(HandoffEnd::Accepted)]);
}

#[tokio::test]
async fn a_newer_offer_takes_the_place_of_the_older_and_an_undo_takes_it_back() {
    let world = World::new("2026-11-30T07:00:00Z", source());
    let mut alice = world.console("alice").await;
    alice.intend(None, offer("bob"), world.now).await;
    alice.intend(None, offer("carol"), world.now).await;
    assert_eq!(alice.engine.model.board.offer().map(|o| o.to.to_string()), Some("carol".into()));
    let again = world.console("alice").await;
    assert_eq!(again.engine.model.board.handoffs, alice.engine.model.board.handoffs);
    alice.sound().await;
    let said = alice.intend(None, Verb::Undo, world.now).await;
    assert!(said.contains("took back the offer"), "{said}");
    assert!(alice.engine.model.board.offer().is_none());
}

#[tokio::test]
async fn with_the_watch_go_the_alerts_that_its_giver_had_and_nobody_elses() {
    let world = World::new("2026-11-30T07:00:00Z", source());
    let mut alice = world.console("alice").await;
    for service in ["a", "b"] {
        super::runs::raise(&mut alice, &world, service).await;
    }
    let ack = |id| watchdeck::engine::Intent { alert: Some(id), seen: None, verb: Verb::Ack };
    let ids: Vec<_> = alice.engine.model.book.iter().map(|a| a.id).collect();
    let effects = alice.engine.intend(ack(ids[0]), world.now);
    alice.perform(effects, world.now).await;
    alice.intend(None, offer("bob"), world.now).await;
    let mut bob = world.console("bob").await;
    let id = bob.engine.model.board.offer().unwrap().id;
    bob.intend(None, Verb::AcceptWatch(id), world.now).await;
    let owners: Vec<_> = bob.engine.model.book.iter().map(|a| a.owner.as_ref().map(ToString::to_string)).collect();
    assert_eq!(owners, [Some("bob".into()), None]);
    bob.sound().await;
}

#[tokio::test]
async fn another_offer_than_the_one_seen_is_never_accepted() {
    let world = World::new("2026-11-30T07:00:00Z", source());
    let mut alice = world.console("alice").await;
    alice.intend(None, offer("bob"), world.now).await;
    let mut bob = world.console("bob").await;
    let seen = bob.engine.model.board.offer().unwrap().id;
    alice.intend(None, offer("bob"), world.now).await;
    bob.follow(world.now).await;
    let said = bob.intend(None, Verb::AcceptWatch(seen), world.now).await;
    assert!(said.contains("NOT accepted: alice took back the handoff"), "{said}");
    assert!(bob.engine.model.board.offer().is_some(), "the newer one waits");
    assert!(bob.engine.model.board.holder().is_none());
}

#[tokio::test]
async fn who_is_offered_the_watch_may_decline_it() {
    let world = World::new("2026-11-30T07:00:00Z", source());
    let mut alice = world.console("alice").await;
    alice.intend(None, offer("bob"), world.now).await;
    let id = alice.engine.model.board.offer().unwrap().id;
    let mut carol = world.console("carol").await;
    let said = carol.intend(None, Verb::WithdrawWatch(id), world.now).await;
    assert!(said.contains("only alice can take this offer back"), "{said}");
    let mut bob = world.console("bob").await;
    let said = bob.intend(None, Verb::WithdrawWatch(id), world.now).await;
    assert!(said.contains("declined the watch, saved: it stays with alice"), "{said}");
    alice.follow(world.now).await;
    let ends: Vec<_> = alice.engine.model.board.handoffs.values().map(|h| h.end.as_ref().map(|e| e.0)).collect();
    assert_eq!(ends, [Some(HandoffEnd::Declined)]);
    assert_eq!(alice.engine.model.undo, None, "there is no offer to undo");
    let said = bob.intend(None, Verb::AcceptWatch(id), world.now).await;
    assert!(said.contains("you declined the handoff at 07:00:00Z already; look again"), "{said}");
    bob.sound().await;
}
