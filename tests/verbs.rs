//! What the verbs promise beyond the single key: a prompt that pages is seen before it is answered, and what is taken
//! back is as it was.

#[allow(dead_code, reason = "each test file takes what it needs")]
mod estate;

use estate::{NOW, Screen, alert, estate, key, now, soon, with_look};
use watchdeck::app::{Input, Outward};
use watchdeck::domain::alert::{Actor, Phase};
use watchdeck::domain::ids::{AlertId, OpId};
use watchdeck::domain::journal::{Entry, Fact, Past};
use watchdeck::domain::outbox::{OutboxRow, OutboxState};
use watchdeck::domain::severity::Severity;
use watchdeck::domain::time::Stamp;
use watchdeck::engine::{Effect, Event};
use watchdeck::ui::look::{CopyTo, Look, Pace};

/// Keys at a moment, each followed by a frame as the loop draws it.
fn press_at(screen: &mut Screen, ms: i64, keys: &str) -> Vec<Outward> {
    let mut out = Vec::new();
    for name in keys.split_whitespace() {
        out.extend(screen.app.handle(Input::Key(key(name)), soon(ms)));
    }
    screen.buffer_at(soon(ms));
    out.retain(|o| matches!(o, Outward::Do(Effect::Commit(_))));
    out
}

#[test]
fn what_was_typed_ahead_never_pages() {
    let mut screen = Screen::open(estate(), 80, 24);
    assert_eq!(press_at(&mut screen, 0, "e Esc"), vec![]);
    assert_eq!(press_at(&mut screen, 10, "e Enter"), vec![], "not drawn yet: nobody has seen whom it pages");
    screen.has("look first: Enter again to page L2");
    screen.has("Page L2 (technical lead)");
    assert_eq!(press_at(&mut screen, 200, "Enter"), vec![], "nobody reads that fast");
    assert_eq!(press_at(&mut screen, 400, "3"), vec![], "every early key starts the wait anew");
    screen.has("look first: 3 again to L3");
    assert_eq!(press_at(&mut screen, 701, "Enter").len(), 1);
}

#[test]
fn acting_on_many_is_looked_at_too() {
    let mut screen = Screen::open(estate(), 80, 24);
    assert_eq!(press_at(&mut screen, 0, "* a Enter"), vec![]);
    screen.has("look first: Enter again to ack 3");
    assert_eq!(press_at(&mut screen, 299, "Enter"), vec![]);
    assert_eq!(press_at(&mut screen, 599, "Enter").len(), 3);
}

#[test]
fn what_cannot_be_copied_is_shown_to_be_selected() {
    let mut screen = Screen::open(estate(), 80, 24);
    assert!(matches!(&screen.press("y")[..], [Outward::Copy(text)] if text.starts_with("4821 critical")));
    screen.has("copied ");
    let mut shown = Screen::open(with_look(Look { copy: CopyTo::Screen, ..Look::default() }), 80, 24);
    assert_eq!(shown.press("y"), vec![]);
    shown.has("Not copied, this terminal's clipboard is not used: select it here");
    shown.has("4821 critical ml-lead-intelligence: p95 231 > 200 ms");
    shown.press("Esc");
    shown.has_not("Not copied");
    let mut app = estate();
    let note = |n: i64| Entry {
        seq: n,
        op: OpId(uuid::Uuid::from_u128(n.unsigned_abs().into())),
        at: Stamp(NOW),
        actor: Actor::Operator("bob".into()),
        alert: Some(AlertId(4821)),
        fact: Fact::Noted { text: "x".repeat(900).into() },
    };
    let past = Past { timeline: (1..100).map(note).collect(), ..Past::default() };
    app.engine.model.past = Some((AlertId(4821), past.into()));
    let mut long = Screen::open(app, 80, 24);
    assert_eq!(long.press("Y"), vec![]);
    long.has("too long for a terminal's clipboard");
    long.has("xxxxxxxxxx");
}

#[test]
fn a_slow_line_is_drawn_as_with_low_bandwidth_and_that_is_said_once() {
    let mut screen = Screen::open(estate(), 80, 24);
    screen.has("03:03");
    screen.app.slow_line(now());
    assert_eq!(screen.app.ui.look.pace, Pace::Slow);
    screen.has("this line is slow");
    screen.press("j");
    screen.has_not("this line is slow");
    assert!(!screen.text()[0].contains("03:03"), "no clock");
}

#[test]
fn a_services_past_is_the_stores_not_only_what_is_loaded() {
    let mut screen = Screen::open(estate(), 80, 24);
    let asked = screen.press("1 H");
    let Some(Outward::Do(Effect::ReadService(name))) = asked.first() else { panic!("{asked:?}") };
    assert_eq!(name, "ml-lead-intelligence");
    screen.has("reading it from the store");
    let mut old = alert(12, name, Severity::Warning, NOW - 9 * 86_400_000);
    let by = Actor::Operator("bob".into());
    old.phase = Phase::Resolved { at: Stamp(NOW - 9 * 86_400_000 + 300_000), by, note: "restarted it".into() };
    let alerts = vec![alert(4821, name, Severity::Critical, NOW - 360_000), old];
    let event = Event::ServiceRead { service: name.clone(), alerts };
    screen.app.handle(Input::Engine(event), now());
    screen.has("Alerts of ml-lead-intelligence, newest first");
    screen.has("2 in the store, 1 not resolved");
    screen.has("resolved by bob in 5m");
}

#[test]
fn a_receipt_is_read_to_its_end_in_80_columns() {
    let mut app = estate();
    let last =
        "HTTP 503 from pager.example after 3 redirects, body: upstream connect error or reset before headers END";
    app.engine.model.outbox.push(OutboxRow {
        id: 1,
        alert: AlertId(4821),
        level: 1,
        channel: "page".into(),
        key: "wd-1".into(),
        state: OutboxState::Dead,
        attempts: 7,
        next_at: Stamp(NOW),
        created_at: Stamp(NOW - 300_000),
        severity: Severity::Critical,
        last: last.into(),
    });
    let mut screen = Screen::open(app, 80, 24);
    screen.has("END");
}

#[test]
fn a_console_that_only_follows_says_so_while_another_works() {
    let mut screen = Screen::open(estate(), 100, 30);
    let why = "ops1 works with another config";
    screen.app.handle(Input::Engine(Event::OnlyFollows(Some(why.into()))), now());
    screen.has("worker ops1, only following");
    screen.has("This console only follows: ops1 works with another config");
    screen.press("0 l l");
    screen.has("only follows");
    screen.app.handle(Input::Engine(Event::OnlyFollows(None)), now());
    screen.has_not("only follow");
}

#[test]
fn the_log_tab_says_what_its_letters_mean_and_shows_no_rate() {
    let mut screen = Screen::open(estate(), 80, 24);
    screen.press("0");
    screen.has("EWIDT: error warn info debug trace, reversed is shown;  j k choose a target");
    screen.has_not("/s]");
}
