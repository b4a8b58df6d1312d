//! The whole console but for its terminal: keys in, a buffer out. What must hold on every screen, whatever comes in.

mod estate;
#[path = "screens/newcomer.rs"]
mod newcomer;

use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Color;

use estate::{NOW, Screen, alert, estate, now, soon};
use watchdeck::app::{Input, Outward};
use watchdeck::domain::alert::Phase;
use watchdeck::domain::ids::AlertId;
use watchdeck::domain::journal::Act;
use watchdeck::domain::outbox::{OutboxRow, OutboxState};
use watchdeck::domain::severity::Severity;
use watchdeck::domain::time::Stamp;
use watchdeck::engine::Effect;
use watchdeck::engine::model::StoreState;
use watchdeck::ui::desk::Desk;
use watchdeck::ui::look::{Depth, Glyphs, Look};

#[test]
fn the_screen_of_three_in_the_morning() {
    let mut screen = Screen::open(estate(), 80, 24);
    let text = screen.text();
    for line in [
        " production ● 2 crit ▲ 1 warn  6/7 up 1 stale  live  worker ops1  alice   03:03",
        " 1 Svc 4  2 Alerts 2  5 Lists                                             0 Sys",
        " now 3  mine 1  acked 1  snoozed 0  muted 0  resolved 0  to close 0",
    ] {
        assert!(text.iter().any(|l| l == line), "{line}\n{}", text.join("\n"));
    }
    let rows: Vec<&String> = text.iter().skip(4).take(3).collect();
    assert!(rows[0].starts_with("▌● ml-lead-intelligence"), "{rows:?}");
    assert!(rows[0].contains("UNACKED") && rows[2].contains("you") && rows[2].contains("ack ends in 3h"), "{rows:?}");
    screen.has("● 4821  ml-lead-intelligence");
    screen.has("limit 200 ms (16 % over), n=20");
    screen.has("e pages L2 (technical lead) by page");
    screen.has("a ack");
    screen.has("? help");
}

#[test]
fn before_the_store_answers_nothing_is_counted_and_verbs_are_dead() {
    let mut app = estate();
    app.engine.model.store.state = StoreState::Opening;
    let mut screen = Screen::of(app, 80, 24);
    screen.has("reading store");
    screen.has_not("crit");
    screen.has_not("now 0");
    assert_eq!(screen.press("a"), vec![]);
    screen.has("the store has not answered yet");
}

#[test]
fn it_opens_on_services_when_nothing_is_unacked() {
    let mut app = estate();
    app.engine.model.book = watchdeck::engine::book::Book::default();
    let mut screen = Screen::open(app, 120, 30);
    screen.has("service");
    screen.has("p95 10m");
    screen.has("20 of 20");
    screen.press("j j j");
    screen.has("why red");
}

#[test]
fn u1_the_cursor_stays_on_its_alert_and_acts_carry_the_version_seen() {
    let mut screen = Screen::open(estate(), 80, 24);
    screen.press("j");
    assert_eq!(screen.chosen(), Some(AlertId(4822)));
    let worse = alert(4900, "database", Severity::Critical, NOW - 3_600_000);
    screen.app.engine.model.book.put(worse.into());
    let mut changed = (**screen.app.engine.model.book.get(AlertId(4822)).unwrap()).clone();
    changed.version = 9;
    changed.phase = Phase::Resolved {
        at: Stamp(NOW),
        by: watchdeck::domain::alert::Actor::Operator("bob".into()),
        note: "gone".into(),
    };
    // Not drawn yet: a key now means what was seen.
    screen.app.engine.model.book.put(changed.into());
    let seen = screen.desk(|desk: &Desk<'_>| desk.chosen());
    assert_eq!(seen.iter().map(|t| (t.id, t.seen)).collect::<Vec<_>>(), [(AlertId(4822), 1)]);
    screen.text();
    assert_eq!(screen.chosen(), Some(AlertId(4822)), "resolved, and still under the cursor");
    screen.press("k");
    screen.has_not("webhook-processor");
}

#[test]
fn u2_a_paste_means_nothing_outside_a_text_field() {
    let mut screen = Screen::open(estate(), 80, 24);
    let before = screen.text();
    assert_eq!(screen.app.handle(Input::Paste("aaaaq\u{1b}[200~".into()), now()), vec![]);
    assert_eq!(screen.text(), before);
    screen.press("c");
    screen.app.handle(Input::Paste("restart\u{1b}]0;x\u{7} worker\nsecond line".into()), now());
    screen.has("restart␛]0;x␇ worker");
    screen.has_not("second line");
}

#[test]
fn u4_with_no_worker_nothing_looks_fresh() {
    let mut app = estate();
    app.engine.model.worker.lease.as_mut().unwrap().left_ms = -1;
    app.engine.model.worker.lease.as_mut().unwrap().renewed_at = Stamp(NOW - 25_000);
    let mut screen = Screen::open(app, 80, 24);
    screen.has("NO WORKER 20s");
    screen.has("NO TIMER");
    screen.has("~p95 231 > 200 ms");
    screen.has("Nothing is checked, paged or escalated since");
    screen.has_not("ops1");
}

#[test]
fn l4_no_text_from_outside_reaches_a_cell_raw() {
    let mut app = estate();
    let mut hostile = alert(4999, "e\u{202e}vil\u{1b}[2J", Severity::Critical, NOW - 7_200_000);
    hostile.about.title = "x\u{1b}]52;c;eA==\u{7}\r\u{9b}31m\u{200b}e\u{301}\u{301}\u{301}\u{301}\u{301}".into();
    app.engine.model.book.put(hostile.into());
    let mut screen = Screen::open(app, 120, 30);
    for keys in ["", "Enter", "t", "Esc", "Esc", "Y", "?", "Esc", "1", "Enter", "0", "l"] {
        screen.press(keys);
        let buf = screen.buffer();
        let bad = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{200b}'..='\u{200f}');
        let cell = buf.content.iter().find(|c| c.symbol().chars().any(bad));
        assert_eq!(cell.map(|c| c.symbol().to_owned()), None, "after {keys}");
    }
}

#[test]
fn ascii_and_colourless_terminals_get_what_they_can_show() {
    let look = Look { glyphs: Glyphs::Ascii, depth: Depth::None, ..Look::default() };
    let mut screen = Screen::with(look, 120, 30);
    for keys in ["", "Enter", "1", "Enter", "Esc", "0", "?", "Esc", ":"] {
        screen.press(keys);
        for cell in &screen.buffer().content {
            assert!(cell.symbol().is_ascii(), "{:?} after {keys}", cell.symbol());
            assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset));
        }
    }
}

#[test]
fn acting_on_more_than_one_says_how_many_and_takes_enter() {
    let mut screen = Screen::open(estate(), 80, 24);
    screen.press("* a");
    screen.has("ack 3 alerts: the marked ones?");
    screen.press("j a x");
    screen.has("ack 3 alerts: the marked ones?");
    screen.press("Esc");
    screen.has("marked 3");
    screen.press("Esc");
    screen.has_not("marked");
}

#[test]
fn escalating_shows_whom_before_it_pages() {
    let mut screen = Screen::open(estate(), 120, 30);
    screen.press("e");
    screen.has("Page L2 (technical lead) by page about 4821?");
    screen.has("3 L3 (system architect)");
    screen.press("Esc");
    screen.has_not("3 L3");
}

#[test]
fn anothers_ack_is_refused_and_ownership_offered() {
    let mut app = estate();
    let mut theirs = alert(4700, "search", Severity::Critical, NOW - 9_000_000);
    theirs.owner = Some("bob".into());
    theirs.phase =
        Phase::Acked { at: Stamp(NOW - 60_000), deadline: Stamp(NOW + 600_000), reminded: false, given_by: None };
    app.engine.model.book.put(theirs.into());
    let mut screen = Screen::open(app, 80, 24);
    screen.press("g a");
    screen.has("NOT acked: bob has 4700 since 03:02");
    screen.has("o takes it over");
}

#[test]
fn a_filter_narrows_and_says_what_it_hides() {
    let mut screen = Screen::open(estate(), 80, 24);
    screen.press("/");
    screen.write("svc:cache");
    screen.has("1 of 3");
    screen.has("HIDES 2 unacked");
    screen.has("now 1  mine 1  acked 1");
    screen.press("Enter Esc");
    screen.has("now 3");
}

#[test]
fn a_storm_folds_behind_its_cause_and_acts_on_all_say_so() {
    let mut app = estate();
    for i in 0..39 {
        let id = 5000 + i;
        app.engine.model.book.put(alert(id, "webhook-processor", Severity::Warning, NOW - 60_000 + i).into());
    }
    let mut screen = Screen::open(app, 80, 24);
    screen.has("+ 38 alike since 03:02 (38 ▲), 38 unacked");
    screen.press("G k a");
    screen.has("ack 39 alerts: webhook-processor and 38 behind it?");
    screen.has("o only webhook-processor");
    screen.press("Esc G z");
    assert_eq!(screen.app.ui.rows(), 42);
    screen.press("j j z");
    assert_eq!(screen.app.ui.rows(), 5);
}

#[test]
fn frozen_lists_hold_still_and_count_what_waits() {
    let mut screen = Screen::open(estate(), 80, 24);
    screen.press("f");
    screen.app.engine.model.book.put(alert(4901, "newcomer", Severity::Critical, NOW).into());
    screen.has("FROZEN 1 waiting");
    screen.has_not("newcomer");
    screen.has("● 3 crit");
    screen.press("f");
    screen.has("newcomer");
}

#[test]
fn the_palette_finds_commands_and_a_number_jumps() {
    let mut screen = Screen::open(estate(), 80, 24);
    screen.press(":");
    screen.write("snooz");
    screen.has("▌snooze");
    screen.press("Esc :");
    screen.write("4823");
    screen.press("Enter");
    assert_eq!(screen.chosen(), Some(AlertId(4823)));
    screen.press(":");
    screen.write("99999");
    screen.press("Enter");
    screen.has("no alert 99999 here");
}

#[test]
fn leaving_asks_when_timers_would_stop_and_twice_forces() {
    let mut app = estate();
    app.engine.model.worker.mine = true;
    let mut screen = Screen::open(app, 80, 24);
    assert_eq!(screen.press("q"), vec![]);
    screen.has("timers and pages stop");
    assert_eq!(screen.press("Enter"), vec![Outward::Quit { forced: false }]);
    screen.press("s Ctrl-c");
    assert_eq!(screen.press("Ctrl-c"), vec![Outward::Quit { forced: true }]);
    let mut other = Screen::open(estate(), 80, 24);
    assert_eq!(other.press("q"), vec![Outward::Quit { forced: false }]);
}

#[test]
fn a_detail_asks_for_its_past_once() {
    let mut screen = Screen::of(estate(), 80, 24);
    let reads = |out: &[Outward]| out.iter().filter(|o| matches!(o, Outward::Do(Effect::ReadDetail(_)))).count();
    let first = screen.app.handle(Input::Engine(watchdeck::engine::Event::Ticked), now());
    assert_eq!(reads(&first), 1);
    let still = screen.app.handle(Input::Engine(watchdeck::engine::Event::Ticked), now());
    assert_eq!(reads(&still), 0);
    assert_eq!(reads(&screen.raw("j")), 1);
}

#[test]
fn an_idle_screen_wakes_once_a_minute_at_most() {
    let mut app = estate();
    app.engine.model.services.clear();
    app.engine.model.worker.mine = true;
    let mut screen = Screen::open(app, 80, 24);
    screen.text();
    screen.app.take_dirty();
    screen.app.handle(Input::Engine(watchdeck::engine::Event::Ticked), now());
    assert!(!screen.app.take_dirty(), "a tick that changes nothing draws nothing");
    let next = screen.app.next_redraw(now()).unwrap();
    assert_eq!(next.0 % 60_000, 0);
    let early = screen.buffer_at(soon(5_000));
    assert_eq!(early, screen.buffer(), "five seconds later it reads the same");
}

#[test]
fn every_key_of_every_footer_is_in_the_table() {
    let mut screen = Screen::open(estate(), 200, 60);
    for tab in ["1", "2", "0", "l"] {
        screen.press(tab);
        let foot = screen.text().last().cloned().unwrap();
        for hint in foot.trim().split("  ").filter(|h| !h.is_empty()) {
            let key = hint.trim().split(' ').next().unwrap();
            let chord = watchdeck::ui::chord::Chord::parse(key).unwrap_or_else(|| panic!("{hint:?} in {foot:?}"));
            assert!(screen.app.ui.command(chord).is_some(), "{hint}");
        }
    }
    assert!(watchdeck::ui::doc::markdown().contains("| `a` | `ack` |"));
}

#[test]
fn p9_a_window_of_any_claim_is_clamped_and_a_tiny_one_says_so() {
    let mut screen = Screen::open(estate(), 38, 9);
    screen.has("terminal too small (38x9)");
    let mut wide = Screen::open(estate(), 600, 210);
    assert!(wide.text().iter().all(|l| l.chars().count() <= 500));
    let mut small = Screen::open(estate(), 45, 12);
    small.has("ml-lead");
}

#[test]
fn plain_lines_say_states_in_words() {
    let mut screen = Screen::open(estate(), 80, 24);
    screen.text();
    let lines = screen.app.plain(now());
    assert!(lines.iter().any(|l| l.contains("critical") && l.contains("4821")), "{lines:#?}");
    assert!(lines.iter().all(|l| !l.contains(['●', '│', '─', '▌'])), "{lines:#?}");
}

#[test]
fn ten_thousand_alerts_draw() {
    let mut app = estate();
    for i in 0..10_000 {
        app.engine.model.book.put(alert(10_000 + i, &format!("svc{i}-x"), Severity::Warning, NOW - i * 1000).into());
    }
    let mut screen = Screen::open(app, 200, 60);
    screen.has("now 10003");
    screen.press("G PgUp g");
    screen.has("4821");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn p8_no_size_and_no_key_panics(
        sizes in prop::collection::vec((0u16..300, 0u16..300), 1..4),
        keys in prop::collection::vec(prop::sample::select(KEYS), 0..25),
    ) {
        let mut app = Screen::open(estate(), 80, 24).app;
        for (key, (w, h)) in keys.iter().zip(sizes.iter().cycle()) {
            let mut buf = Buffer::empty(Rect::new(0, 0, *w, *h));
            app.handle(Input::Resized(*w, *h), now());
            app.render(&mut buf, now());
            app.handle(Input::Key(estate::key(key)), now());
            app.render(&mut buf, soon(61_000));
        }
    }

    #[test]
    fn u1_whatever_arrives_the_cursor_keeps_its_alert(
        steps in 1usize..4,
        arrivals in prop::collection::vec((4000i64..6000, 0usize..3, 0i64..100_000_000), 0..40),
    ) {
        let mut screen = Screen::open(estate(), 100, 30);
        for _ in 0..steps {
            screen.press("j");
        }
        let chosen = screen.chosen();
        for (id, severity, age) in arrivals {
            screen.app.engine.model.book.put(alert(id, "x", Severity::ALL[severity], NOW - age).into());
            screen.text();
            prop_assert_eq!(screen.chosen(), chosen);
        }
    }
}

#[test]
fn u1_a_page_is_about_the_marked_alert_wherever_the_cursor_went() {
    let mut screen = Screen::open(estate(), 100, 30);
    let marked = screen.chosen().unwrap();
    screen.press("Space");
    assert_ne!(screen.chosen(), Some(marked), "marking moves on");
    screen.press("e");
    screen.has(&format!("about {}?", marked.0));
}

#[test]
fn u1_a_storm_never_folds_away_the_row_under_the_cursor() {
    let mut screen = Screen::open(estate(), 100, 30);
    screen.press("j");
    let chosen = screen.chosen().unwrap();
    for id in std::iter::once(chosen.0).chain(4000..4015) {
        screen.app.engine.model.book.put(alert(id, "x", Severity::Critical, NOW - id * 10).into());
        screen.text();
        assert_eq!(screen.chosen(), Some(chosen));
    }
}

const KEYS: &[&str] = &[
    "j", "k", "g", "G", "Enter", "Esc", "h", "l", ".", ",", "/", "Space", "*", "z", "a", "e", "s", "m", "r", "c", "v",
    "t", "H", "u", "U", "!", "f", "y", "Y", "R", ":", "?", "-", "q", "1", "2", "0", "Tab", "PgUp", "PgDn", "Ctrl-d",
    "n", "o",
];

#[test]
fn what_depends_on_a_broken_service_stands_behind_it() {
    let mut app = estate();
    let mut setup = (*app.engine.model.setup).clone();
    for service in &mut setup.services {
        if &*service.name != "websocket-hub" {
            service.depends_on = vec!["websocket-hub".into()];
        }
    }
    app.engine.model.setup = setup.into();
    app.engine.model.book.put(alert(4800, "websocket-hub", Severity::Critical, NOW - 600_000).into());
    let mut screen = Screen::open(app, 80, 24);
    screen.has("+ 3 behind it (2 ● 1 ▲), 2 unacked");
    screen.press("a");
    screen.has("ack 4 alerts: websocket-hub and 3 behind it?");
}

#[test]
fn a_question_about_two_is_not_read_as_an_alert_number() {
    let mut app = estate();
    app.engine.model.book.put(alert(5000, "webhook-processor", Severity::Critical, NOW - 60_000).into());
    let mut screen = Screen::open(app, 80, 24);
    screen.press("Space j Space a");
    screen.has("ack both: the marked ones?");
    screen.has("Enter ack 2 alerts");
    screen.press("1");
    screen.has("ack both: the marked ones?");
}

#[test]
fn what_a_link_makes_of_esc_and_a_letter_is_no_act() {
    let mut screen = Screen::open(estate(), 80, 24);
    let mut alt = estate::key("c");
    alt.modifiers = crossterm::event::KeyModifiers::ALT;
    screen.app.handle(Input::Key(alt), now());
    screen.has_not("note on 4821");
    let mut held = estate::key("c");
    held.kind = crossterm::event::KeyEventKind::Repeat;
    screen.app.handle(Input::Key(held), now());
    screen.has_not("note on 4821");
    screen.press("c");
    screen.has("note on 4821");
}

fn page(state: OutboxState, attempts: u32) -> OutboxRow {
    OutboxRow {
        id: 1,
        alert: AlertId(4821),
        level: 1,
        channel: "page".into(),
        key: "k".into(),
        state,
        attempts,
        next_at: Stamp(NOW + 4_000),
        created_at: Stamp(NOW - 60_000),
        severity: Severity::Critical,
        last: "connection refused".into(),
    }
}

#[test]
fn a_page_that_reached_nobody_is_never_called_told() {
    for (state, attempts, row, failed) in [
        (OutboxState::Dead, 3, "L1 NOT reached, 3 tries", true),
        (OutboxState::Pending, 1, "L1 NOT reached, 1 try", true),
        (OutboxState::Pending, 0, "L1 in 4s", false),
        (OutboxState::Sent, 1, "L1 told 1m ago", false),
    ] {
        let mut app = estate();
        app.engine.model.outbox = vec![page(state, attempts)];
        let mut screen = Screen::open(app, 80, 24);
        screen.has(row);
        if failed {
            screen.has("page FAILED 1");
            screen.has("by page: NOT reached");
            screen.has_not("L1 told");
        } else {
            screen.has_not("FAILED");
        }
    }
}

#[test]
fn a_refused_resolve_swallows_the_note_typed_after_it() {
    let mut app = estate();
    let mut setup = (*app.engine.model.setup).clone();
    setup.rules.truncate(1);
    app.engine.model.setup = setup.into();
    let mut screen = Screen::open(app, 50, 14);
    screen.press("r");
    screen.write("restarted the queue");
    screen.has("NOT resolved:");
    screen.has("Enter ok");
    assert_eq!(screen.press("Enter"), vec![]);
    screen.has_not("NOT resolved");
}

#[test]
fn what_is_typed_at_the_page_prompt_cancels_it() {
    let mut screen = Screen::open(estate(), 50, 14);
    screen.press("e");
    screen.has("for u.");
    screen.has("Esc no");
    screen.press("x");
    screen.has("cancelled");
    let out = screen.press("Enter");
    let opened =
        |o: &Outward| matches!(o, Outward::Do(Effect::Commit(c)) if c.changes.iter().all(|c| c.act == Act::Look));
    assert!(out.iter().all(opened), "it is opened, and nobody is paged: {out:?}");
}

#[test]
fn on_a_screen_too_small_keys_do_nothing_but_leave() {
    let mut screen = Screen::open(estate(), 38, 9);
    screen.has("too small (38x9), needs");
    screen.has("2 crit 1 warn");
    for key in ["a", "e", "Enter", "s", "Enter", "r", "y", "Y", "1", "U"] {
        assert_eq!(screen.raw(key).len(), 0, "{key}");
    }
    assert_eq!(screen.press("q"), vec![Outward::Quit { forced: false }]);
    let mut app = estate();
    app.engine.model.worker.mine = true;
    let mut alone = Screen::open(app, 38, 9);
    alone.press("q");
    alone.has("Leave?");
    assert_eq!(alone.press("Enter"), vec![Outward::Quit { forced: false }]);
}

#[test]
fn a_filter_that_can_match_nothing_says_why() {
    let mut screen = Screen::open(estate(), 100, 24);
    for (text, why) in [
        ("sev:foo", "no severity \"foo\": crit, warn, notice"),
        ("color:red", "no key \"color\": sev, svc, owner, since"),
        ("since:x", "no span \"x\""),
    ] {
        screen.press("/");
        screen.write(text);
        screen.has(why);
        screen.has("0 of 3");
        screen.press("Enter");
    }
    screen.press("/ Enter");
    screen.has("now 3");
}

#[test]
fn until_a_key_is_pressed_the_cursor_is_on_the_worst_row() {
    let mut screen = Screen::open(estate(), 80, 24);
    let worse = |id| alert(id, "database", Severity::Critical, NOW - 3_600_000 - id).into();
    screen.app.engine.model.book.put(worse(4900));
    screen.text();
    assert_eq!(screen.chosen(), Some(AlertId(4900)));
    screen.press("x");
    screen.app.engine.model.book.put(worse(4901));
    screen.text();
    assert_eq!(screen.chosen(), Some(AlertId(4900)));
}

#[test]
fn the_detail_of_a_rule_says_how_its_service_fails() {
    let mut app = estate();
    let service = std::sync::Arc::make_mut(&mut app.engine.model.services[3]);
    let last = service.last.as_mut().unwrap();
    last.outcome = watchdeck::domain::sample::Outcome::Unreachable;
    last.fail = Some(watchdeck::domain::sample::FailKind::Refused);
    last.detail = "connection refused".into();
    last.at = Stamp(NOW - 12_000);
    let mut screen = Screen::open(app, 80, 24);
    screen.has("service   refused: connection refused, 10s ago");
    screen.press("1");
    screen.has("it said     connection refused");
    screen.has("alert 4821: p95 231 > 200 ms");
}

#[test]
fn a_stream_that_lost_events_or_has_no_reader_is_not_simply_live() {
    use watchdeck::domain::live::Link;
    let mut app = estate();
    app.engine.model.streams[0].counts.missing = 5;
    Screen::open(app, 80, 24).has("live, 5 lost");
    let mut app = estate();
    let stream = &mut app.engine.model.streams[0];
    (stream.link, stream.last_event_at) = (Link::Reconnecting { at: Stamp(NOW) }, None);
    stream.counts.received = 0;
    stream.detail = "connection refused".into();
    let mut screen = Screen::open(app, 80, 24);
    screen.has("STREAM DOWN");
    let mut app = estate();
    app.engine.model.worker.lease.as_mut().unwrap().left_ms = -1;
    Screen::open(app, 80, 24).has_not("  live");
}

#[test]
fn a_digit_or_enter_takes_a_preset() {
    let mut screen = Screen::open(estate(), 50, 14);
    screen.press("s");
    screen.has("Enter 30m");
    screen.has("Esc no");
    screen.press("2");
    screen.has("Enter 1h");
    screen.press("Enter");
    screen.has("snooze 4821: why");
    assert_eq!(screen.press("Enter").len(), 1);
}

#[test]
fn the_latency_chart_is_for_latency_and_who_was_not_told_says_how() {
    let mut app = estate();
    let mut latency = alert(4700, "ml-lead-intelligence", Severity::Critical, NOW - 9_000_000);
    latency.about.metric = "latency_p95".into();
    latency.escalation = watchdeck::domain::alert::Escalation::default();
    app.engine.model.book.put(latency.into());
    let mut screen = Screen::open(app, 80, 24);
    screen.has("slowest, ms");
    screen.has("e pages L1");
    screen.press("j");
    screen.has_not("slowest, ms");
}

#[test]
fn at_60_columns_it_is_seen_whom_an_alert_waits_for() {
    let mut screen = Screen::open(estate(), 60, 20);
    screen.press("2");
    let text = screen.text();
    let unacked = text.iter().find(|l| l.starts_with('▌')).unwrap();
    assert!(unacked.trim_end().ends_with('!'), "{}", text.join("\n"));
    screen.has(" 31m  you");
}

#[test]
fn plain_lines_count_severities_once() {
    let lines = Screen::open(estate(), 80, 24).app.plain(now());
    assert!(lines[0].contains("2 critical") && !lines[0].contains("critical 2"), "{}", lines[0]);
}
