//! What somebody woken at three must be able to trust: what leaving undoes, where a page stands, whose an alert is.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

#[allow(dead_code, reason = "the screens use the rest")]
mod estate;

use estate::{NOW, Screen, estate, now, soon};
use watchdeck::app::{App, Input, Outward};
use watchdeck::domain::alert::Review;
use watchdeck::domain::ids::AlertId;
use watchdeck::domain::journal::{Entry, Outcome, Target};
use watchdeck::domain::lifecycle::{self, Around};
use watchdeck::domain::outbox::{OutboxRow, OutboxState};
use watchdeck::domain::severity::Severity;
use watchdeck::domain::time::Stamp;
use watchdeck::engine::model::{Order, Undoable};
use watchdeck::engine::{Effect, Event};
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
    screen.app.engine.model.undo =
        Some(Undoable { label: String::new(), page_of: Some(AlertId(4821)), gesture: 1, order: Order::Last });
    assert!(at(&mut screen, 60_000).contains("waits for a worker, u takes it back"));
}

/// The store takes what was sent out: decided as it decides, and answered.
fn saved(screen: &mut Screen, out: &[Outward]) {
    for commit in out.iter().filter_map(|o| if let Outward::Do(Effect::Commit(c)) = o { Some(c) } else { None }) {
        for change in &commit.changes {
            let model = &screen.app.engine.model;
            let id = if let Target::Alert(id) = change.target { Some(id) } else { None };
            let latest = id.and_then(|id| model.book.get(id)).map(|a| (**a).clone());
            let around = Around { latest: latest.as_ref(), pages: 1 };
            let outcome = match lifecycle::decide(around, change) {
                Ok(Some(fact)) => Outcome::Applied(Entry {
                    seq: model.store.last_seq + 1,
                    op: change.op,
                    at: change.at,
                    actor: change.actor.clone(),
                    alert: id,
                    fact,
                }),
                Ok(None) => Outcome::Nothing,
                Err(refusal) => Outcome::Refused(refusal),
            };
            let committed = Event::Committed(vec![(change.op, outcome)]);
            screen.app.handle(Input::Engine(committed), soon(1));
        }
    }
}

/// Keys, and the store takes what comes of them.
fn done(screen: &mut Screen, keys: &str) {
    for key in keys.split_whitespace() {
        // Two key presses are never one: each has its moment.
        let later = soon(1_000 * (1 + screen.app.engine.model.store.last_seq));
        let out = screen.app.handle(Input::Key(estate::key(key)), later);
        saved(screen, &out);
        screen.buffer();
    }
}

#[test]
fn only_what_u_would_do_now_is_offered() {
    let mut screen = Screen::open(estate(), 120, 24);
    done(&mut screen, "a");
    screen.has("acked 4821, saved. Re-opens in");
    screen.has("   u undo");
    screen.has("u undo ack of 4821");
    done(&mut screen, "j a");
    screen.has("u undo ack of 4822");
    // Un-acked by hand: what u would take back is something else, and no key pressed without looking takes that back.
    done(&mut screen, "U");
    screen.has("un-acked 4822, saved");
    screen.has_not("u undo");
    assert_eq!(screen.press("u"), vec![]);
    screen.has("Not your last act, that one stays. Take back the ack of 4821?");
    done(&mut screen, "Enter");
    screen.has("4821");
    screen.has_not("u undo");
    done(&mut screen, "u");
    screen.has("nothing of yours to take back");
}

#[test]
fn after_several_were_taken_back_together_no_undo_is_offered() {
    let mut screen = Screen::open(estate(), 120, 24);
    screen.press("Space j Space a");
    done(&mut screen, "Enter");
    screen.has("acked 2 alerts, saved   u undo");
    done(&mut screen, "u");
    screen.has("taken back 2 alerts, saved");
    screen.has_not("u undo");
}

#[test]
fn a_name_that_nobody_has_needs_a_second_enter_and_no_owner_is_said_to_have_acked() {
    let mut screen = Screen::open(estate(), 120, 24);
    screen.press("o");
    screen.write("bbo");
    assert_eq!(screen.press("Enter"), vec![]);
    screen.has("nobody called bbo is known here: Enter again gives it anyway");
    screen.press("Esc o");
    screen.app.engine.model.people.insert("bob".into());
    screen.write("bob");
    done(&mut screen, "Enter");
    screen.has("gave 4821 to bob, saved: not acked by them yet");
    screen.has("given to bob by you at 03:03, not acked by them yet");
    screen.has("not acked, 30m");
    screen.press("j o");
    screen.write("bbo");
    done(&mut screen, "Enter Enter");
    screen.has("gave 4822 to bbo, saved");
}

#[test]
fn a_mute_says_what_it_does_and_doubts_a_pattern_that_matches_nothing() {
    let mut app = estate();
    let mut fresh = (**app.engine.model.book.get(AlertId(4821)).unwrap()).clone();
    fresh.escalation = watchdeck::domain::alert::Escalation::default();
    app.engine.model.book.put(fresh.into());
    let mut screen = Screen::open(app, 120, 24);
    screen.press("m");
    screen.write("webhok-procesor");
    screen.press("Enter");
    screen.has("webhok-procesor is no service or tag and has no alert, did you mean webhook-processor?");
    screen.press("Esc m");
    screen.write("tag:ml");
    screen.press("Enter Enter Enter");
    screen.has_not("mute: ");
    screen.press("m Enter Enter");
    done(&mut screen, "Enter");
    screen.has("muted ml-lead-intelligence for 30m, saved: no bell; it is listed, and e still pages");
    screen.has("muted, e pages L1");
    screen.has("muted, e pages L1 (on-call engineer) by page");
    screen.press("e");
    screen.has("Muted to 03:33 (no bell): this pages all the same.");
}

#[test]
fn a_note_never_conflicts_and_what_was_typed_is_not_lost() {
    let mut screen = Screen::open(estate(), 120, 24);
    screen.press("c");
    screen.write("worker-2-hangs");
    screen.press("Esc c");
    screen.has("note on 4821: worker-2-hangs");
    assert_eq!(screen.press("Ctrl-c"), vec![]);
    screen.has("The note typed on 4821 is not saved (c goes on with it). Leave?");
    screen.press("Esc c");
    let out = screen.press("Enter");
    let [Outward::Do(Effect::Commit(commit))] = &out[..] else { panic!("{out:?}") };
    assert_eq!(commit.changes[0].seen, None, "it only adds");
    saved(&mut screen, &out);
    screen.press("c");
    screen.has_not("worker-2-hangs");
    screen.press("Esc");
    assert_eq!(screen.press("q"), vec![Outward::Quit { forced: false }]);
}

#[test]
fn a_review_takes_digits_and_letters_in_both_places() {
    for key in ["2", "f"] {
        let mut screen = Screen::open(estate(), 120, 24);
        screen.press("j j r");
        screen.write("mended");
        done(&mut screen, &format!("Enter {key} Enter"));
        let judged = |screen: &Screen| screen.app.engine.model.book.get(AlertId(4823)).unwrap().closing.review;
        assert_eq!(judged(&screen), Some(Review::False), "{key} at r");
        screen.press("v");
        screen.has("2 false, nothing was wrong");
        done(&mut screen, if key == "2" { "3" } else { "n" });
        assert_eq!(judged(&screen), Some(Review::Noise), "{key} at v");
    }
}

#[test]
fn a_frozen_list_shows_what_its_own_operator_did() {
    let mut screen = Screen::open(estate(), 120, 24);
    screen.press("f");
    let newcomer = estate::alert(4901, "newcomer", Severity::Critical, NOW);
    screen.app.engine.model.book.put(newcomer.into());
    screen.has("FROZEN 1 waiting");
    screen.has("UNACKED");
    done(&mut screen, "a");
    screen.has("acked 4821, saved");
    screen.has("● 4821  ml-lead-intelligence");
    screen.has("you since 03:03");
    screen.has("FROZEN 1 waiting");
    screen.has_not("newcomer");
}
