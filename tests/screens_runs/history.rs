//! The ended periods of lists: how they were kept, and each of them in full.

use watchdeck::app::Outward;
use watchdeck::domain::checklist::{ItemAct, ListAct, Mark, OccurrenceId};
use watchdeck::domain::ids::OpId;
use watchdeck::domain::journal::{Act, Change, Commit, Lane, Target};
use watchdeck::domain::time::{Now, Stamp};
use watchdeck::store::Store;

use super::deck::{Deck, Seat};

async fn act(deck: &Deck, who: &str, now: Now, list: OccurrenceId, act: ListAct) {
    let actor = match who {
        "worker" => watchdeck::domain::alert::Actor::Worker("ops1".into()),
        name => watchdeck::domain::alert::Actor::Operator(name.into()),
    };
    let op = OpId(uuid::Uuid::now_v7());
    let change = Change { op, actor, at: now.wall, target: Target::Occurrence(list), seen: None, act: Act::List(act) };
    let lane = Lane::Operator;
    let done = deck.store().commit(Commit { lane, changes: vec![change], feed: None }, None).await.unwrap();
    assert!(matches!(done[0], watchdeck::domain::journal::Outcome::Applied(_)), "{done:?}");
}

/// Two days of the morning check: one with both boxes settled, one with one of them, then over.
async fn two_days(deck: &mut Deck) -> Seat {
    let board = deck.seat("reader").await.app.engine.model.board;
    let template = board.templates.iter().find(|t| t.list.contains("morning")).unwrap().clone();
    for day in 0..2_i64 {
        let now = deck.now;
        let period = board.period(&template, now.wall);
        let id = template.id_of(&period);
        act(deck, "worker", now, id, ListAct::Open { opening: Box::new(template.opening(&period)), after: None }).await;
        let item = |n: usize| template.items[n].id.clone();
        let tick = ItemAct::Tick { reason: "".into(), proof: None };
        act(deck, "alice", now, id, ListAct::Item { item: item(0), act: tick }).await;
        if day == 0 {
            let later = Now { wall: Stamp(now.wall.0 + 250_000), ..now };
            let skip = ItemAct::SetAside { mark: Mark::Skipped, reason: "no log that night".into() };
            act(deck, "bob", later, id, ListAct::Item { item: item(1), act: skip }).await;
        }
        deck.pass(86_400);
        act(deck, "worker", deck.now, id, ListAct::Close).await;
    }
    let mut alice = deck.seat("alice").await;
    alice.press("5 h").await;
    alice
}

#[tokio::test]
async fn the_history_says_how_a_list_was_kept() {
    let mut deck = Deck::new();
    let mut alice = two_days(&mut deck).await;
    let text = alice.text();
    let head = text.iter().find(|l| l.contains("Morning check")).unwrap();
    assert!(head.contains("on time 1 of 2, missed 1, 1 skipped"), "{}", text.join("\n"));
    alice.has("2026-11-23  1 of 2   MISSED");
    alice.has("2026-11-22  1 of 2   on time");
    alice.has("1 skipped  you, bob");
    alice.press("g").await;
    alice.has("median, 5m is planned");
    alice.has("1 times: no log that night");
    alice.has("by word alone");
}

#[tokio::test]
async fn a_period_shows_every_box_and_leaves_as_a_filled_list() {
    let mut deck = Deck::new();
    let mut alice = two_days(&mut deck).await;
    alice.press("G Enter").await;
    alice.has("Morning check, 2026-11-22 (UTC)");
    alice.has("✓ Look at the dashboard");
    alice.has("done by alice, 2026-11-22 03:03:10 +00:00");
    alice.has("» Read the overnight log");
    alice.has("skipped by bob, 2026-11-22 03:07:20 +00:00: no log that night");
    alice.asked.clear();
    alice.press("Y").await;
    let Some(Outward::Copy(text)) = alice.asked.first() else { panic!("{:?}", alice.asked) };
    assert!(text.contains("- [x] Look at the dashboard") && text.contains("- [ ] Read the overnight log"), "{text}");
    alice.press("Esc y").await;
    let Some(Outward::Copy(line)) = alice.asked.last() else { panic!("{:?}", alice.asked) };
    assert_eq!(line, "Morning check 2026-11-22: 1 of 2 done, on time, by you, bob");
}

#[tokio::test]
async fn a_list_with_many_periods_is_folded() {
    let deck = Deck::new();
    let mut alice = deck.seat("alice").await;
    alice.press("5 h").await;
    alice.has("no period has ended yet");
}
