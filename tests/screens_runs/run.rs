//! A run from its alert: the screen of the mock-up, steps in their order, what pages and what asks.

use std::sync::Arc;
use std::time::Duration;

use watchdeck::app::Outward;
use watchdeck::domain::alert::Phase;
use watchdeck::domain::checklist::{Layer, Mark, StepRule};
use watchdeck::domain::ids::AlertId;
use watchdeck::domain::journal::Said;
use watchdeck::domain::operator::Role;
use watchdeck::domain::outbox::OutboxState;
use watchdeck::domain::severity::Severity;
use watchdeck::engine::Effect;
use watchdeck::store::{AlertFilter, Store};
use watchdeck::ui::look::Look;

use super::deck::{Deck, Seat};

fn marks(seat: &Seat) -> Vec<Mark> {
    seat.run().steps.iter().map(|s| s.held.mark).collect()
}

#[tokio::test]
async fn p_leads_from_an_alert_to_its_run_and_back() {
    let mut deck = Deck::new();
    let id = deck.critical().await;
    deck.pass(540);
    let mut alice = deck.seat("alice").await;
    alice.has("procedure critical-alerts, 0 of 4 done");
    alice.has("p opens it");
    alice.has("p procedure");
    alice.press("a p").await;
    let text = alice.text();
    for (line, begins, ends) in [
        (3, " ● 1 ml-lead-intelligence  p95 231 > 200 ms   9m  you, ack ends in 30m", ""),
        (4, " critical-alerts  0 of 4   started 03:12 by you", ""),
        (5, "▌▢ 1 Immediate    Check service status", ""),
        (6, " ▢ 2 Investigate  Review error logs", ""),
        (7, " ▢ 3 Escalate     Contact on-call engineer", "due in 6m"),
        (8, " ▢ 4 Document     Log incident details", ""),
    ] {
        assert!(text[line].starts_with(begins) && text[line].ends_with(ends), "{begins}\n{}", text.join("\n"));
    }
    alice.has(" 1 Immediate: Check service status and recent deployments of");
    alice.has("x done  X not done  c note  e escalate  o owner  w watch  Esc alert");
    assert_eq!((alice.run().alert, alice.run().started_by.name().as_str()), (Some(id), "alice"));
    alice.press("Esc").await;
    assert!(alice.cursor().contains("ml-lead-intelligence"), "back on the alert");
    alice.press("Enter p").await;
    assert!(alice.cursor().contains("1 Immediate"), "from the detail");
    alice.press("Esc").await;
    alice.has("re-opens 03:42 unless fixed or renewed (a)");
    alice.press("Esc t").await;
    alice.has("opened procedure critical-alerts, 4 steps");
    alice.press("p").await;
    assert!(alice.cursor().contains("1 Immediate"), "from the timeline");
    alice.press("-").await;
    alice.has("p opens it");
    assert_eq!(alice.app.engine.model.board.runs.len(), 1, "one run, however often it is entered");
}

#[tokio::test]
async fn steps_are_done_in_their_order_and_the_next_one_is_at_hand() {
    let deck = Deck::new();
    deck.critical().await;
    let mut alice = deck.seat("alice").await;
    alice.press("p j x").await;
    alice.has("NOT done: step 1 (Immediate) comes first; set it aside (X)");
    alice.press("j x").await;
    alice.has("NOT done: step 1 (Immediate) comes first");
    alice.has_not("Whom did you tell");
    alice.press("X").await;
    alice.has("NOT done: step 1 (Immediate) comes first");
    alice.press("k k x").await;
    alice.has("Immediate: done, saved. 1 of 4 done.   u undo");
    alice.has(" critical-alerts  1 of 4   started 03:03 by you");
    let text = alice.text();
    let done = text.iter().find(|l| l.starts_with(" ✓ 1 Immediate")).unwrap();
    assert!(done.ends_with("03:03 you"), "{done}");
    assert!(alice.cursor().contains("2 Investigate"), "on to the next");
    alice.press("X n").await;
    alice.write("nothing in the logs").await;
    alice.press("Enter").await;
    alice.has("n/a 03:03 you");
    assert!(alice.cursor().contains("3 Escalate"));
    alice.press("k U").await;
    alice.has("Investigate is open again, saved");
    alice.press("u").await;
    assert_eq!(marks(&alice), [Mark::Done, Mark::Na, Mark::Open, Mark::Open], "what was re-opened is as it was");
    alice.press("k U U").await;
    alice.has("step 1 (Immediate) is open already");
}

#[tokio::test]
async fn e_pages_and_ticks_its_step_in_one_gesture() {
    let deck = Deck::new();
    let id = deck.critical().await;
    let mut alice = deck.seat("alice").await;
    alice.press("a p x x").await;
    alice.has("L1 (on-call engineer) not paged yet");
    alice.has("e pages and ticks this step");
    alice.press("e").await;
    alice.has("Page L1 (on-call engineer) by page about 1?   You stay owner.   Ticks step 3");
    alice.press("2").await;
    assert_eq!(marks(&alice), [Mark::Done, Mark::Done, Mark::Done, Mark::Open]);
    assert_eq!(alice.run().steps[2].held.word.as_str(), "paged L2 (technical lead)");
    alice.has("Escalate: done, saved. 3 of 4 done. escalated 1 to L2 (technical lead), saved");
    assert!(alice.cursor().contains("4 Document"));
    alice.press("u").await;
    assert_eq!(marks(&alice)[2], Mark::Open, "page and tick are one act");
    let pages = deck.store().outbox_in(None).await.unwrap();
    assert_eq!(pages.iter().map(|p| (p.alert, p.state)).collect::<Vec<_>>(), [(id, OutboxState::Withdrawn)]);
}

#[tokio::test]
async fn s3_a_page_that_was_refused_ticks_nothing() {
    let deck = Deck::new();
    deck.critical().await;
    let (mut alice, mut bob) = (deck.seat("alice").await, deck.seat("bob").await);
    alice.press("p x x e").await;
    bob.press("e Enter").await;
    bob.has("escalated 1 to L1");
    alice.press("Enter").await;
    alice.has("NOT escalated: bob escalated (to L1) 1 at");
    alice.follow().await;
    assert_eq!(marks(&alice)[2], Mark::Open);
    assert_eq!(deck.store().outbox_in(None).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_escalate_step_that_pages_nobody_wants_a_word() {
    let deck = Deck::new();
    deck.critical().await;
    let mut alice = deck.seat("alice").await;
    alice.press("p x x x").await;
    alice.has("step 3 (Escalate): x pages nobody (e does). Whom did you tell, or why not:");
    alice.press("Enter").await;
    alice.has("a word or two, please");
    alice.write("bob sits here").await;
    alice.press("Enter").await;
    assert_eq!(alice.run().steps[2].held.word.as_str(), "bob sits here");
    assert!(deck.store().outbox_in(None).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_document_step_is_the_summary_and_what_was_typed_outlives_the_prompt() {
    let deck = Deck::new();
    let id = deck.critical().await;
    let mut alice = deck.seat("alice").await;
    alice.press("p x x e Enter x").await;
    alice.has("summary of 1: what happened, what mended it (nothing to say: X n)");
    alice.press("Enter").await;
    alice.has("a word or two, please");
    alice.write("the cache was cold").await;
    alice.press("Esc q").await;
    alice.has("3 of 4");
    alice.press("Ctrl-c").await;
    alice.has("The words for step 4 of run");
    alice.press("Esc p x").await;
    alice.has("the cache was cold");
    alice.press("Enter").await;
    alice.has("Critical Alerts is done.");
    alice.has(" critical-alerts  4 of 4   started 03:03 by you   done 03:03");
    deck.report("ml-lead-intelligence", Said::Resolved, Severity::Critical, None).await;
    alice.follow().await;
    let alert = alice.app.engine.model.book.get(id).unwrap().clone();
    assert_eq!(alert.closing.summary.as_ref().map(ToString::to_string), Some("the cache was cold".into()));
    assert!(!alert.to_close(), "documented while it was going on");
}

#[tokio::test]
async fn nothing_to_say_is_said_by_setting_the_document_step_aside() {
    let deck = Deck::new();
    deck.critical().await;
    let mut alice = deck.seat("alice").await;
    alice.press("p x x e Enter X").await;
    alice.has("n not applicable: nothing to say");
    alice.press("n Tab Enter").await;
    assert_eq!((marks(&alice)[3], alice.run().steps[3].held.word.as_str()), (Mark::Na, "nothing to say"));
}

#[tokio::test]
async fn what_a_step_names_and_nobody_knows_is_asked_for_first() {
    let deck = Deck::new();
    let mut alice = deck.seat("alice").await;
    alice.press(":").await;
    alice.write("procedure").await;
    alice.press("Enter").await;
    assert!(alice.cursor().contains("critical-alerts"), "the procedures stand below the runs");
    alice.press("j Enter").await;
    alice.has("Open security-incident-response by hand, on no alert? It has 2 steps.");
    alice.press("Enter").await;
    alice.has("– by hand, on no alert");
    alice.has("{{host}} is not known yet");
    alice.press("x").await;
    alice.has("step 1 (Isolate): what is {{host}}");
    alice.write("db7").await;
    alice.press("Enter").await;
    assert_eq!(marks(&alice), [Mark::Done, Mark::Open]);
    alice.has("Cut db7 off");
    alice.press("a").await;
    alice.has("this run is on no alert: ack does nothing here");
    alice.press("Esc").await;
    assert!(alice.cursor().contains("by hand"), "among the other runs, not in another tab");
}

#[tokio::test]
async fn s2_two_people_on_one_step_are_told_who_was_first() {
    let deck = Deck::new();
    deck.critical().await;
    let mut alice = deck.seat("alice").await;
    alice.press("p").await;
    let mut bob = deck.seat("bob").await;
    bob.press("p").await;
    alice.press("x").await;
    bob.press("X f").await;
    bob.write("no access").await;
    bob.press("Enter").await;
    bob.has("NOT done: alice did step 1 (Immediate) in run");
    bob.has("at 03:03:10Z, before you");
    bob.follow().await;
    bob.has("03:03 alice");
    assert!(bob.cursor().contains("2 Investigate") || bob.cursor().contains("1 Immediate"));
    assert_eq!(marks(&bob)[0], Mark::Done);
}

#[tokio::test]
async fn a_failed_step_holds_the_run_up_and_says_so() {
    let deck = Deck::new();
    deck.critical().await;
    let mut alice = deck.seat("alice").await;
    alice.press("p X f").await;
    alice.write("no access").await;
    alice.press("Enter").await;
    alice.has("failed: no access");
    alice.press("j x").await;
    alice.has("step 1 (Immediate) failed and holds the run up");
    alice.press("Esc").await;
    alice.has("critical-alerts, 0 of 4 done, FAILED: Immediate");
}

#[tokio::test]
async fn alert_verbs_work_inside_a_run() {
    let deck = Deck::new();
    let id = deck.critical().await;
    let mut alice = deck.seat("alice").await;
    let phase = |seat: &Seat| seat.app.engine.model.book.get(id).unwrap().phase.clone();
    alice.press("p a").await;
    alice.has("you, ack ends in 30m");
    alice.press("o").await;
    alice.write("bob").await;
    alice.press("Enter Enter").await;
    alice.has("bob, not acked, 30m");
    alice.press("o Enter s 1 Enter").await;
    alice.write("waits for a deploy").await;
    alice.press("Enter").await;
    assert!(matches!(phase(&alice), Phase::Snoozed { .. }));
    alice.press("c").await;
    alice.has("note on step 1 (Immediate)");
    alice.write("looked at it").await;
    alice.press("Enter").await;
    alice.has("you: \"looked at it\"");
    alice.press("t").await;
    alice.has("Timeline of 1");
    alice.press("Esc r").await;
    alice.write("restarted it").await;
    alice.press("Enter Enter").await;
    assert!(phase(&alice).is_resolved());
}

#[tokio::test]
async fn an_alert_without_a_procedure_asks_which() {
    let deck = Deck::new();
    deck.report("cache-manager", Said::Raised, Severity::Warning, None).await;
    let mut alice = deck.seat("alice").await;
    alice.has_not("p opens it");
    alice.press("p").await;
    alice.has("1 names no procedure: which one");
    alice.has("1 critical-alerts · 2 security-incident-response");
    alice.press("2 Enter").await;
    alice.has("▌▢ 1 Isolate");
    alice.press("Esc p").await;
    alice.has("▌▢ 1 Isolate");
}

#[tokio::test]
async fn where_nothing_is_configured_p_says_so_and_is_not_offered() {
    let mut deck = Deck::new();
    deck.text = "# nothing\n".into();
    deck.report("cache-manager", Said::Raised, Severity::Warning, None).await;
    let mut alice = deck.seat("alice").await;
    alice.has_not("p procedure");
    alice.press("p").await;
    alice.has("no procedures are configured");
    deck.text = super::deck::OPS.into();
    let mut viewer = deck.seat_with("eve", Role::Viewer, Look::default()).await;
    viewer.press("p Enter").await;
    viewer.has("role viewer may not");
}

#[tokio::test]
async fn a_viewer_may_look_at_a_run_and_do_nothing_to_it() {
    let deck = Deck::new();
    deck.critical().await;
    deck.seat("alice").await.press("p x").await;
    let mut eve = deck.seat_with("eve", Role::Viewer, Look::default()).await;
    eve.press("p").await;
    eve.has("1 of 4   started 03:03 by alice");
    eve.has_not("x done");
    eve.press("x").await;
    eve.has("role viewer may not step-done");
    assert_eq!(eve.run().done(), 1);
}

#[tokio::test]
async fn opening_an_alert_that_nobody_touched_says_so_in_silence() {
    let deck = Deck::new();
    let id = deck.critical().await;
    let stored = async |deck: &Deck| {
        let filter = AlertFilter { id: Some(id), ..AlertFilter::default() };
        deck.store().alerts(filter).await.unwrap().pop().unwrap().seen_by.map(|name| name.to_string())
    };
    let mut eve = deck.seat_with("eve", Role::Viewer, Look::default()).await;
    eve.press("Enter").await;
    assert_eq!(stored(&deck).await, None);
    let mut alice = deck.seat("alice").await;
    let before = alice.app.engine.model.notices.history.len();
    alice.press("Enter").await;
    assert_eq!(stored(&deck).await, Some("alice".into()));
    alice.has_not("saving");
    assert_eq!(alice.app.engine.model.notices.history.len(), before, "no message");
    assert_eq!(alice.app.engine.model.undo, None, "nothing to take back");
    let last = alice.app.engine.model.store.last_seq;
    alice.press("Esc Enter").await;
    assert_eq!(alice.app.engine.model.store.last_seq, last, "once");
    let mut bob = deck.seat("bob").await;
    bob.press("Enter").await;
    assert_eq!(stored(&deck).await, Some("alice".into()));
}

#[tokio::test]
async fn a_look_between_leaves_the_last_act_to_be_taken_back() {
    let deck = Deck::new();
    deck.critical().await;
    let other = deck.report("cache-manager", Said::Raised, Severity::Critical, None).await;
    let mut alice = deck.seat("alice").await;
    alice.press("a j Enter u").await;
    alice.has("un-acked 1, saved");
    let seen = alice.app.engine.model.book.get(other).unwrap().seen_by.clone();
    assert_eq!(seen.map(|n| n.to_string()), Some("alice".into()));
}

#[tokio::test]
async fn the_view_of_runs_lists_open_ones_then_what_ended_then_procedures() {
    let mut deck = Deck::new();
    deck.critical().await;
    deck.report("cache-manager", Said::Raised, Severity::Warning, Some("critical-alerts")).await;
    let mut alice = deck.seat("alice").await;
    alice.press("p Esc j p E").await;
    alice.has("end critical-alerts after 0 of 4: why");
    alice.press("Tab Enter").await;
    alice.has("ended at 0 of 4, 03:03 by you");
    alice.press("p").await;
    alice.has("This run is over, 2 is not. Open critical-alerts anew on it?");
    alice.press("Esc z").await;
    let text = alice.text();
    let place = |part: &str| {
        text.iter().position(|l| l.contains(part)).unwrap_or_else(|| panic!("{part}\n{}", text.join("\n")))
    };
    assert!(place("● 1") < place("ended lately") && place("ended lately") < place("– 2"), "{}", text.join("\n"));
    assert!(place("– 2") < place("procedures, opened by hand"), "{}", text.join("\n"));
    // The next step of the first is late 15 minutes after its alert: the tab says so, and `.` leads there.
    alice.press("g Enter").await;
    assert!(alice.cursor().contains("1 Immediate"), "{}", alice.cursor());
    alice.press("x x").await;
    let before = alice.text()[1].clone();
    deck.pass(17 * 60);
    alice.pass(17 * 60);
    alice.has(" 2m late ");
    assert_ne!(alice.text()[1], before, "the tab counts it");
    let shown = |lines: Vec<String>| lines.iter().filter(|l| l.contains("3 Escalate")).count();
    let before = shown(alice.text());
    alice.press("z").await;
    assert_eq!(shown(alice.text()), before - 1, "folded");
}

#[tokio::test]
async fn an_alarm_rings_for_nobody_when_a_run_is_worked() {
    let deck = Deck::new();
    deck.critical().await;
    let mut alice = deck.seat("alice").await;
    alice.press("p x X f").await;
    alice.write("no").await;
    alice.press("Enter c").await;
    alice.write("x").await;
    alice.press("Enter").await;
    let alarms = alice.asked.iter().filter(|o| matches!(o, Outward::Do(Effect::Alarm { .. }))).count();
    assert_eq!(alarms, 0);
    assert_eq!(
        alice.app.engine.model.book.get(AlertId(1)).map(|a| a.version),
        Some(1),
        "steps leave the alert's version"
    );
}

#[tokio::test]
async fn a_step_that_comes_back_is_due_again_and_again() {
    let mut deck = Deck::new();
    let mut setup = (*deck.setup).clone();
    let mut source = (*setup.sources[0]).clone();
    source.steps.push(StepRule {
        layer: Layer::Config,
        procedure: "critical".into(),
        step: "Investigate".into(),
        kind: None,
        timer: None,
        repeat: Some(Duration::from_mins(10)),
        stop_when: None,
    });
    setup.sources = vec![Arc::new(source)];
    deck.setup = Arc::new(setup);
    deck.critical().await;
    let mut alice = deck.seat("alice").await;
    alice.press("p x x").await;
    alice.has("again in 10m");
    alice.pass(12 * 60);
    alice.has("▢ 2 Investigate");
    alice.has("2m late");
    alice.press("Esc").await;
    alice.has("next: Investigate 2m late");
    alice.press("p k x").await;
    alice.has("again in 10m");
    assert_eq!(alice.run().steps[1].held.times, 2);
    alice.press("Enter").await;
    alice.has("2 times");
}

#[tokio::test]
async fn steps_are_done_one_at_a_time_whatever_is_marked() {
    let deck = Deck::new();
    deck.critical().await;
    deck.report("cache-manager", Said::Raised, Severity::Warning, Some("critical-alerts")).await;
    let mut alice = deck.seat("alice").await;
    alice.press("p Esc j p Esc 5 * x").await;
    alice.has("steps are done one at a time; Esc clears the marks");
    alice.has("marked 2");
    alice.press("a Enter").await;
    let owners: Vec<_> = alice.app.engine.model.book.iter().filter_map(|a| a.owner.clone()).collect();
    assert_eq!(owners.len(), 2, "their alerts are acked together");
}

#[tokio::test]
async fn a_frozen_view_of_runs_shows_what_its_own_operator_did() {
    let deck = Deck::new();
    deck.critical().await;
    let mut alice = deck.seat("alice").await;
    alice.press("p f x").await;
    alice.has(" FROZEN 0 waiting ");
    alice.has("critical-alerts  1 of 4");
    let mut bob = deck.seat("bob").await;
    bob.press("p x").await;
    alice.follow().await;
    alice.has("critical-alerts  1 of 4");
    alice.has_not(" FROZEN 0 waiting ");
    alice.press("f").await;
    alice.has("critical-alerts  2 of 4");
}

#[tokio::test]
async fn the_palette_offers_a_command_of_several_tabs_once() {
    let deck = Deck::new();
    deck.critical().await;
    let mut alice = deck.seat("alice").await;
    alice.press("1 :").await;
    alice.write("escalate").await;
    let lines = alice.text();
    assert_eq!(lines.iter().filter(|l| l.contains("page the next level")).count(), 1, "{}", lines.join("\n"));
}
