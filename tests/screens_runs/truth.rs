//! What is told of a run is what is so: whose the last change was, what `u` still does, how a run ended.

use std::time::Duration;

use crossterm::event::KeyEvent;
use watchdeck::app::{Input, Outward};
use watchdeck::domain::alert::Actor;
use watchdeck::domain::checklist::Mark;
use watchdeck::domain::ids::{AlertId, OpId};
use watchdeck::domain::journal::{Act, Change, Commit, Delivery, DeliveryOutcome, Lane, Target};
use watchdeck::domain::live::Lease;
use watchdeck::domain::run::{RunAct, RunId};
use watchdeck::domain::time::Stamp;
use watchdeck::engine::{Effect, Event};
use watchdeck::store::{LeaseWish, Store};
use watchdeck::ui::chord::Chord;

use super::deck::{Deck, Seat};

async fn by_worker(deck: &Deck, target: Target, act: Act) {
    let actor = Actor::Worker("ops1".into());
    let change = Change { op: OpId(uuid::Uuid::now_v7()), actor, at: deck.now.wall, target, seen: None, act };
    let commit = Commit { lane: Lane::Machine, changes: vec![change], feed: None };
    let outcomes = deck.store().commit(commit, None).await.unwrap();
    assert!(format!("{outcomes:?}").contains("Applied"), "{outcomes:?}");
}

async fn handed_over(deck: &Deck, alert: AlertId) {
    let page = deck.store().outbox_in(None).await.unwrap().pop().unwrap();
    let delivery = Delivery {
        outbox: page.id,
        channel: page.channel.clone(),
        attempt: 1,
        outcome: DeliveryOutcome::Sent,
        detail: "ok".into(),
    };
    by_worker(deck, Target::Alert(alert), Act::Delivered(delivery)).await;
}

async fn fails(seat: &mut Seat) {
    seat.press("X f").await;
    seat.write("no access").await;
    seat.press("Enter").await;
}

#[tokio::test]
async fn a_page_that_has_gone_out_is_no_longer_offered_to_u_with_its_step() {
    let deck = Deck::new();
    let id = deck.critical().await;
    let mut alice = deck.seat("alice").await;
    alice.press("p x x e Enter").await;
    alice.has("u undo page of 1 to L1");
    handed_over(&deck, id).await;
    alice.follow().await;
    alice.has_not("undo page of");
    alice.has("u undo step Escalate");
    alice.press("u").await;
    alice.has("took it back, saved: Escalate is open again; L1 stays paged");
    assert_eq!(alice.run().steps[2].held.mark, Mark::Open);
}

#[tokio::test]
async fn a_page_taken_back_in_time_is_told_of_with_its_step() {
    let deck = Deck::new();
    deck.critical().await;
    let mut alice = deck.seat("alice").await;
    alice.press("p x x e Enter u").await;
    alice.has("took it back, saved: page not sent, Escalate is open again");
}

#[tokio::test]
async fn s2_whoever_changed_the_run_last_is_named_with_what_and_when() {
    let mut deck = Deck::new();
    deck.critical().await;
    let mut alice = deck.seat("alice").await;
    alice.press("p").await;
    let (mut bob, mut again) = (deck.seat("bob").await, deck.seat("alice").await);
    bob.press("p").await;
    again.press("p").await;
    deck.pass(60);
    alice.pass(60);
    alice.press("x x").await;
    bob.press("x").await;
    bob.has("NOT done: alice did step 2 (Investigate) in run");
    bob.has("at 03:04:1");
    again.press("x").await;
    again.has("NOT done: you did step 2 (Investigate) in run");
}

#[tokio::test]
async fn a_second_x_waits_for_the_save_of_the_first() {
    let deck = Deck::new();
    deck.critical().await;
    let mut alice = deck.seat("alice").await;
    alice.press("p").await;
    let x = || Input::Key(KeyEvent::from(Chord::parse("x").unwrap().code));
    let asks = |out: &[Outward]| out.iter().any(|o| matches!(o, Outward::Do(Effect::Commit(_))));
    let (first, second) = (alice.app.handle(x(), alice.now), alice.app.handle(x(), alice.now));
    assert!(asks(&first) && !asks(&second));
    alice.has("wait: your last step is still being saved");
    alice.has_not("NOT done");
}

#[tokio::test]
async fn a_failed_last_step_holds_the_run_up_and_x_does_it_again() {
    let deck = Deck::new();
    deck.critical().await;
    let mut alice = deck.seat("alice").await;
    alice.press("p x x e Enter").await;
    fails(&mut alice).await;
    alice.has("Document: failed, saved. It holds the run up: x does it again");
    alice.has_not("is done.");
    assert!(!alice.run().over());
    alice.press("x").await;
    alice.write("all said").await;
    alice.press("Enter").await;
    alice.has("Critical Alerts is done.");
    assert!(alice.run().over());
}

#[tokio::test]
async fn a_run_that_ended_unfinished_has_no_tick_and_whoever_worked_on_it_is_told() {
    let deck = Deck::new();
    let id = deck.critical().await;
    let mut alice = deck.seat("alice").await;
    alice.press("p x x e Enter").await;
    let mut bob = deck.seat("bob").await;
    let run: RunId = alice.run().id;
    by_worker(&deck, Target::Run(run), Act::Run(RunAct::End { why: "the alert is over".into() })).await;
    alice.follow().await;
    alice.has(&format!("the run on {id} ended: the alert is over"));
    bob.follow().await;
    bob.has_not("ended: the alert is over");
    alice.press("-").await;
    alice.press("p p").await;
    alice.has("ended at 3 of 4, 03:03 by the worker: the alert is over");
    alice.press("Esc z").await;
    let text = alice.text().join("\n");
    let line = text.lines().find(|l| l.contains("ended at 3 of 4")).unwrap_or_else(|| panic!("{text}"));
    assert!(line.contains('–') && !line.contains('✓'), "{line}");
}

#[tokio::test]
async fn with_no_worker_a_page_is_said_to_wait_for_one() {
    let deck = Deck::new();
    deck.critical().await;
    let mut alice = deck.seat("alice").await;
    alice.tell(Event::LeaseChanged { lease: Lease::default(), mine: false }).await;
    alice.press("a e").await;
    alice.has("No worker: it");
    alice.has_not("Held 5 s");
    alice.press("Enter").await;
    alice.has("saved: no worker: it waits until one");
    alice.has("L1 waits for a worker");
}

#[tokio::test]
async fn opening_a_run_with_p_says_which_on_what() {
    let deck = Deck::new();
    deck.critical().await;
    let mut alice = deck.seat("alice").await;
    alice.press("p").await;
    alice.has("opened Critical Alerts on 1, saved");
}

#[tokio::test]
async fn a_long_outcome_grows_upwards_and_is_whole() {
    let deck = Deck::new();
    deck.critical().await;
    let mut alice = deck.seat("alice").await;
    alice.tell(Event::LeaseChanged { lease: Lease::default(), mine: false }).await;
    alice.press("e Enter").await;
    let text = alice.text();
    assert!(text[21].ends_with("no worker: it waits until one"), "{}", text.join("\n"));
    assert_eq!(text[22], " lives   u undo");
    alice.press("j").await;
    assert_eq!(alice.text()[21], "", "a key puts it aside");
}

#[tokio::test]
async fn a_long_refusal_is_whole_too() {
    let deck = Deck::new();
    deck.critical().await;
    let mut alice = deck.seat("alice").await;
    alice.press("p").await;
    let mut bob = deck.seat("bob").await;
    bob.press("p").await;
    alice.press("x x").await;
    bob.press("x").await;
    let text = bob.text().join(" ");
    let words: Vec<&str> = text.split_whitespace().collect();
    assert!(words.join(" ").contains("before you; look again and repeat"), "{text}");
}

#[tokio::test]
async fn what_u_does_never_pushes_the_first_verbs_out() {
    let deck = Deck::new();
    deck.critical().await;
    let mut alice = deck.seat("alice").await;
    alice.press("p x x e Enter").await;
    alice.has("u undo page of 1 to L1");
    for verb in ["x done", "X not done", "c note", "e escalate", "? help"] {
        alice.has(verb);
    }
}

#[tokio::test]
async fn a_page_already_on_its_way_is_said_to_stay_when_its_step_is_taken_back() {
    let deck = Deck::new();
    deck.critical().await;
    let mut alice = deck.seat("alice").await;
    alice.press("p x x e Enter").await;
    let store = deck.store();
    let wish = LeaseWish {
        owner: "ops1".into(),
        epoch: None,
        release: false,
        headless: false,
        config_hash: String::new(),
        ttl: Duration::from_secs(60),
        now: deck.now,
    };
    let held = store.lease(wish).await.unwrap();
    let due = Stamp(deck.now.wall.0 + 60_000);
    assert_eq!(store.claim_pages(held.lease.epoch, due, 16).await.unwrap().len(), 1);
    alice.press("u").await;
    alice.has("Escalate is open again; L1 stays paged");
}
