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
    let mut carol = world.console("carol").await;
    let said = carol.intend(None, Verb::AcceptWatch, world.now).await;
    assert!(said.contains("offered the watch to bob, not to carol"), "{said}");
    assert!(carol.intend(None, offer("dave"), world.now).await.contains("waits for its answer"));
    let mut bob = world.console("bob").await;
    assert!(bob.intend(None, Verb::AcceptWatch, world.now).await.contains("you have the watch"));
    let said = alice.intend(None, Verb::WithdrawWatch, world.now).await;
    assert!(said.contains("bob accepted the handoff"), "{said}");
    alice.follow(world.now).await;
    assert!(alice.engine.model.board.offer().is_none());
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
    let said = alice.intend(None, Verb::Undo, world.now).await;
    assert!(said.contains("took back the offer"), "{said}");
    assert!(alice.engine.model.board.offer().is_none());
}
