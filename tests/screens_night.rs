//! What somebody woken at three must be able to trust: what leaving undoes, where a page stands, whose an alert is.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

#[allow(dead_code, reason = "the screens use the rest")]
mod estate;

use estate::{NOW, Screen, estate, now, soon};
use watchdeck::app::{App, Outward};
use watchdeck::domain::ids::AlertId;
use watchdeck::domain::outbox::{OutboxRow, OutboxState};
use watchdeck::domain::severity::Severity;
use watchdeck::domain::time::Stamp;
use watchdeck::engine::model::Undoable;
use watchdeck::ui::leaving::last_words;

fn page(id: i64, alert: i64, state: OutboxState) -> OutboxRow {
    OutboxRow {
        id,
        alert: AlertId(alert),
        level: 1,
        channel: format!("page{id}"),
        key: format!("k{id}"),
        state,
        attempts: 0,
        next_at: Stamp(NOW + 4_000),
        created_at: Stamp(NOW - 1_000),
        severity: Severity::Critical,
        last: "".into(),
    }
}

/// Alice's console does the work, and nobody else is there.
fn alone() -> App {
    let mut app = estate();
    app.engine.model.worker.mine = true;
    app
}

#[test]
fn leaving_names_the_page_that_nobody_would_send() {
    let mut app = alone();
    app.engine.model.outbox = vec![page(1, 4821, OutboxState::Pending), page(2, 4821, OutboxState::Pending)];
    let mut screen = Screen::open(app, 120, 24);
    assert_eq!(screen.press("q"), vec![]);
    screen.has("the page of 4821 to L1 has NOT gone out: leave, and it waits for the next worker?");
    assert_eq!(screen.press("Enter"), vec![Outward::Quit { forced: false }]);
    let model = &mut screen.app.engine.model;
    let words = |model: &_| last_words(model, Stamp(NOW));
    assert_eq!(
        words(model).as_deref(),
        Some("the page of 4821 to L1 has NOT gone out: it waits for the next worker"),
        "one page, however many channels"
    );
    model.outbox.push(page(3, 4822, OutboxState::Claimed));
    assert_eq!(
        words(model).as_deref(),
        Some("2 pages have NOT gone out (4821 to L1, 4822 to L1): they wait for the next worker")
    );
    model.worker.mine = false;
    assert_eq!(words(model), None, "ops1 is there and sends them");
    model.worker.mine = true;
    model.outbox = vec![page(4, 4821, OutboxState::Sent), page(5, 4822, OutboxState::Withdrawn)];
    assert_eq!(words(model), None);
}

#[test]
fn with_another_worker_leaving_asks_nothing() {
    let mut app = estate();
    app.engine.model.outbox = vec![page(1, 4821, OutboxState::Pending)];
    let mut screen = Screen::open(app, 120, 24);
    assert_eq!(screen.press("q"), vec![Outward::Quit { forced: false }]);
}

#[test]
fn a_held_page_counts_down_by_its_own_time_and_then_says_what_it_waits_for() {
    let mut app = estate();
    app.engine.model.outbox = vec![page(1, 4821, OutboxState::Pending)];
    let mut screen = Screen::open(app, 120, 24);
    let at = |screen: &mut Screen, ms: i64| watchdeck::ui::frame::text_of(&screen.buffer_at(soon(ms))).join("\n");
    let first = at(&mut screen, 0);
    assert!(first.contains("L1 in 4s") && first.contains("held, goes out in 4s"), "{first}");
    assert_eq!(screen.app.next_redraw(now()), Some(Stamp(NOW + 1_000)), "it counts down on the screen");
    assert!(!first.contains("in 4s, u"), "it is another's page: u takes nothing back here\n{first}");
    assert!(at(&mut screen, 2_500).contains("L1 in 2s"));
    let due = at(&mut screen, 4_000);
    assert!(due.contains("L1 sending") && due.contains("page1: sending") && !due.contains("held"), "{due}");
    screen.app.engine.model.worker.lease.as_mut().unwrap().left_ms = -1;
    let stranded = at(&mut screen, 60_000);
    assert!(stranded.contains("L1 waits for a worker") && stranded.contains("page1: waits for a worker"), "{stranded}");
    screen.app.engine.model.undo = Some(Undoable { label: String::new(), page_of: Some(AlertId(4821)) });
    assert!(at(&mut screen, 60_000).contains("waits for a worker, u takes it back"));
}
