//! What is to be seen: rows, headings, the pause below them, the detail, on every kind of screen.

use ratatui::style::{Color, Modifier};

use super::estate::{NOW, Screen, estate, now};
use super::world::{
    FILE, OPS, busy, ended, entry, fresh, item, marked, open, proof, read, saved, set, unread, unreadable,
};
use watchdeck::app::{Input, Outward};
use watchdeck::domain::checklist::{ItemFact, ListFact, Mark};
use watchdeck::domain::evidence::{Output, Verdict};
use watchdeck::domain::time::Stamp;
use watchdeck::engine::Event;
use watchdeck::engine::model::StoreState;
use watchdeck::ui::look::{Depth, Glyphs, Look};

fn plain_look() -> Look {
    Look::default()
}

#[test]
fn the_lists_at_80_columns() {
    let mut screen = open(busy(plain_look()), 80, 24);
    let text = screen.text();
    for line in [
        " 1 Svc 4  2 Alerts 2  5 Lists 12 left                                     0 Sys",
        " morning 3/5 5h late  security 0/4  week 0/6 2d late  once 0/2 286d late  …",
        " ✓ run production validation  60/60 ok                    08:41  you",
        " ✓ overnight alerts           3 of 3 opened               08:43  bob",
        "▌? all 7 services healthy     6 of 7: behavioral-learn…      2m  un-ticked 13:59",
        " ✓ GHL webhooks processed     100 % of 20 probes            <1m  evidence",
        " ▢ review business KPIs       leads 12.4 /min < 15          <1m  –",
        "   two items left; one waits for data, one is not as wanted",
        "   by rule    un-ticked 13:59: 6 of 7: behavioral-learning stale",
        " x tick  X not done  c note  Enter evidence  . next open  h l list  ? help",
    ] {
        assert!(text.iter().any(|l| l == line), "{line}\n{}", text.join("\n"));
    }
    screen.has("evidence   6 of 7: behavioral-learning stale (unknown); wanted");
}

#[test]
fn every_state_has_a_glyph_and_a_word_of_its_own() {
    let mut app = busy(plain_look());
    let states =
        [(0, Mark::Half, ""), (1, Mark::Failed, "no route"), (2, Mark::Skipped, "moved"), (3, Mark::Na, "none")];
    set(&mut app, "security", &states);
    set(&mut app, "weekly-performance", &[(0, Mark::Against, "sampled by hand"), (1, Mark::Missed, "")]);
    let mut screen = open(app, 100, 30);
    screen.press("l");
    for row in [
        "◐ review the access logs",
        "× rate the night",
        "» rotate the keys",
        "· check for advisories",
        "needs a second person",
        "failed: no route",
        "skipped: moved",
        "n/a: none",
        "bob, 1 of 2",
        "one item left; one waits for a second person",
    ] {
        screen.has(row);
    }
    screen.press("l");
    screen.has("≠ look at the trends");
    screen.has("! ");
    let mut ascii = open(
        {
            let mut app = busy(Look { glyphs: Glyphs::Ascii, ..plain_look() });
            set(&mut app, "security", &states);
            app
        },
        100,
        30,
    );
    for row in [" + run production", ">? all 7 services", " o review business"] {
        ascii.has(row);
    }
    ascii.press("l");
    for row in ["/ review the access", "x rate the night", "- rotate the keys", ". check for"] {
        ascii.has(row);
    }
}

#[test]
fn several_lists_in_a_view_have_a_heading_each_that_the_cursor_passes_over() {
    let mut screen = open(busy(plain_look()), 80, 24);
    screen.press("l l");
    screen.has(" Weekly performance review  0/4  due Nov 19 17:00   2d late");
    screen.has(" Weekly maintenance  0/2  due today");
    for row in ["▌▢ look at the trends", "▌▢   of latency", "▌▢     and of errors", "▌▢ update the baselines"]
    {
        screen.has(row);
        screen.press("j");
    }
    screen.has("▌▢ test the backup");
    screen.has("two items left");
    screen.press("k");
    screen.has("▌▢ update the baselines");
    screen.press("g *");
    screen.has("marked 6");
}

#[test]
fn a_text_that_is_cut_is_whole_in_the_detail_and_takes_the_room_of_no_evidence() {
    let mut screen = open(busy(plain_look()), 80, 24);
    screen.press("l l l");
    screen.has("▌▢ scale the cache, which is the one thing that everybody agreed on in s… –");
    screen.has(" ▢ scale the cache, which is the one thing that everybody agreed on in spring");
    screen.has("   and that nobody has had an afternoon for since");
}

#[test]
fn wide_screens_have_the_lists_in_a_column_and_the_detail_beside() {
    let mut screen = open(busy(plain_look()), 120, 36);
    screen.has(" morning             2 left   5h over  │");
    screen.has("   Weekly performa…  4 left   2d over  │");
    screen.has(" once                2 left 286d over  │");
    screen.has_not("morning 3/5");
    let here = |screen: &mut Screen, name: &str| {
        let buf = screen.buffer();
        let y = screen.text().iter().position(|l| l.starts_with(&format!(" {name} "))).unwrap();
        buf.cell((1, y as u16)).unwrap().modifier.contains(Modifier::UNDERLINED)
    };
    assert!(here(&mut screen, "morning") && !here(&mut screen, "once"));
    screen.press("l l l");
    assert!(!here(&mut screen, "morning") && here(&mut screen, "once"));
    let mut wide = open(busy(plain_look()), 200, 60);
    let text = wide.text();
    let row = text.iter().find(|l| l.contains("▌? all 7 services healthy")).unwrap();
    assert_eq!(row.matches('│').count(), 2, "{row}");
    wide.has("two items left");
    wide.has("wanted services.healthy = 7; source probes");
}

#[test]
fn small_screens_have_one_column_and_the_view_we_are_in_is_always_named() {
    let mut screen = open(busy(plain_look()), 50, 14);
    screen.has(" ✓ run production validation             you");
    screen.has("▌? all 7 services healthy                un-ticked");
    screen.has_not("evidence   ");
    for name in ["security 0/4", "week 0/6", "once 0/2", "runs", "watch", "history", "morning 3/5"] {
        screen.press("l");
        screen.has(name);
        let text = screen.text();
        assert!(text[2].contains(name), "{text:?}");
    }
    let mut at_80 = open(busy(plain_look()), 80, 24);
    at_80.press("h");
    assert!(at_80.text()[2].trim_end().ends_with("history"), "{:?}", at_80.text()[2]);
}

#[test]
fn ascii_and_colourless_terminals_get_what_they_can_show() {
    let look = Look { glyphs: Glyphs::Ascii, depth: Depth::None, ..Look::default() };
    for (w, h) in [(80, 24), (120, 36), (200, 60), (50, 14)] {
        let mut app = busy(look.clone());
        set(&mut app, "security", &[(0, Mark::Half, ""), (1, Mark::Against, "so"), (2, Mark::Skipped, "x")]);
        let mut screen = open(app, w, h);
        for keys in ["", "Enter", "Esc", "l", "l", "X", "Esc", "?", "Esc"] {
            screen.press(keys);
            for cell in &screen.buffer().content {
                assert!(cell.symbol().is_ascii(), "{:?} after {keys}", cell.symbol());
                assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset));
            }
        }
    }
}

#[test]
fn a_complete_list_says_when_and_how_long_it_took() {
    let mut app = busy(plain_look());
    set(
        &mut app,
        "security",
        &[(0, Mark::Done, ""), (1, Mark::Done, ""), (2, Mark::Skipped, "moved"), (3, Mark::Done, "")],
    );
    let mut screen = open(app, 80, 24);
    screen.press("l");
    screen.has("security 3/4 0 left");
    screen.has("   complete at 13:03; one not done");
    let mut screen = open(busy(plain_look()), 80, 24);
    let (id, last) = item(&screen, "morning", "all 7");
    let (_, other) = item(&screen, "morning", "review");
    let seq = screen.app.engine.model.store.last_seq;
    let done = |seq, item, at| entry(seq, at, "bob", id, ListFact::Item { item, what: marked(Mark::Done, "") });
    let entries = vec![done(seq + 1, last, NOW - 600_000), done(seq + 2, other, NOW - 900_000)];
    screen.app.handle(Input::Engine(Event::EntriesArrived(entries)), now());
    screen.has("morning 5/5  security");
    screen.has("   complete at 13:53, 5h12m of 5m");
}

#[test]
fn a_filter_finds_states_lists_and_words_and_says_what_it_hides() {
    let mut app = busy(plain_look());
    set(&mut app, "security", &[(1, Mark::Skipped, "moved")]);
    let mut screen = open(app, 80, 24);
    screen.press("/");
    screen.write("open");
    screen.has("2 of 5");
    screen.has("morning 0/2");
    screen.has_not("run production validation");
    screen.press("Enter Esc /");
    screen.write("done");
    screen.has("3 of 5");
    screen.has("HIDES 2 open");
    screen.press("Enter Esc l /");
    screen.write("skipped");
    screen.has("1 of 4");
    screen.has("▌» rate the night");
    screen.press("Enter Esc l /");
    screen.write("maint");
    screen.has("2 of 6");
    screen.has_not("look at the trends");
    screen.press("Enter l");
    screen.has("no box here matches the filter");
}

#[test]
fn without_lists_it_says_how_to_bring_one_in() {
    let mut screen = open(estate(), 80, 24);
    screen.has("no lists are configured; `watchdeck checklists import FILE.md` brings one in");
    screen.has(" lists  runs  watch  history");
}

#[test]
fn l2_a_file_that_is_not_read_yet_or_cannot_be_is_told_and_never_an_empty_list() {
    let mut screen = open(unread(plain_look()), 80, 24);
    screen.has("reading the lists");
    screen.app.handle(Input::Engine(unreadable("ops.md: it is a folder")), now());
    screen.has("no list can be shown: ops.md: it is a folder");
    screen.app.handle(Input::Engine(read(OPS)), now());
    screen.has("run production validation");
    screen.app.handle(Input::Engine(unreadable("ops.md: no such file")), now());
    screen.has("ops.md: no such file; what it last said stays in force");
    screen.press("l l");
    screen.has("file not readable");
    screen.press("h h");
    screen.has("run production validation");
    screen.app.handle(Input::Engine(read(OPS)), now());
    screen.has_not("no such file");
    let other = Event::DocumentsRead(Vec::new());
    screen.app.handle(Input::Engine(other), now());
    screen.has("run production validation");
    screen.app.handle(Input::Engine(read(&OPS.replace("### Morning (5 minutes)", "### Early (5 minutes)"))), now());
    assert_eq!(FILE, "ops.md");
}

#[test]
fn a_list_that_left_its_file_stays_and_says_so() {
    let mut screen = open(busy(plain_look()), 80, 24);
    let text = OPS.replace("### Security", "### Defence");
    screen.app.handle(Input::Engine(read(&text)), now());
    for _ in 0..6 {
        if screen.text()[2].contains("security") && screen.text().iter().any(|l| l.contains("no longer has it")) {
            break;
        }
        screen.press("l");
    }
    screen.has("the file of this list no longer has it; what it last said stays in force");
    screen.has("yours: the file no longer has this box");
    saved(&mut screen, "x");
    screen.has("✓ review the access logs");
}

#[test]
fn u4_with_no_worker_nothing_beside_a_box_looks_fresh() {
    let mut app = busy(plain_look());
    app.engine.model.worker.lease.as_mut().unwrap().left_ms = -1;
    let mut screen = open(app, 80, 24);
    screen.has("? all 7 services healthy     ~6 of 7");
    screen.has("~100 % of 20 probes");
    screen.has("60/60 ok");
    screen.has_not("~60/60");
    screen.has("source probes, age 2m; nobody looks at it");
    let mut failing = busy(plain_look());
    failing.engine.model.store.state = StoreState::Failing { why: "disk full".into(), since: Stamp(NOW) };
    open(failing, 80, 24).has("Nothing can be saved since 14:03: disk full");
}

#[test]
fn the_detail_tells_what_was_run_noted_and_how_it_went_before() {
    let mut app = busy(plain_look());
    let day = |minutes, worked| (Some(minutes), Some(worked));
    ended(&mut app, "morning", &[day(-8, 250_000), day(-2, 250_000), day(30, 400_000), (None, None), (Some(-5), None)]);
    let mut screen = open(app, 80, 30);
    screen.has("history    on time 3 of 5, late 1, missed 1, 5 skipped, median 4m10s of 5m");
    let (id, command) = item(&screen, "morning", "run production");
    let output = Output {
        argv: "sh validate.sh --token ****".into(),
        exit: Some(0),
        end: "".into(),
        took_ms: 1_230,
        lines: (1..=40).map(|n| format!("check {n} ok").into()).collect(),
        bytes: 12_041,
        cut: false,
        sha256: "ab12cd34ef56ab12cd34ef56".into(),
        by: "alice@host".into(),
    };
    let mut ran = proof(Verdict::Good, "40/40 ok", NOW - 60_000);
    ran.output = Some(Box::new(output));
    let seq = screen.app.engine.model.store.last_seq;
    let what = |what| ListFact::Item { item: command.clone(), what };
    let noted = ItemFact::Noted { text: "the last check is slow".into() };
    let entries = vec![
        entry(seq + 1, NOW - 60_000, "alice", id, what(ItemFact::Recorded(Box::new(ran)))),
        entry(seq + 2, NOW - 30_000, "bob", id, what(noted)),
    ];
    screen.app.handle(Input::Engine(Event::EntriesArrived(entries)), now());
    screen.press("g");
    screen.has("✓ run production validation  40/40 ok");
    screen.has("note       14:02 bob: \"the last check is slow\"");
    screen.has("sh validate.sh --token ****");
    screen.has("ran        exit 0 in 1.2 s by alice@host, 12,041 bytes, sha256 ab12cd34ef56");
    screen.has("│ check 40 ok");
    screen.has_not("│ check 37 ok");
    screen.press("Enter");
    screen.has("│ check 1 ok");
    screen.has("list       Morning: 3 of 5 done, 2 left");
    screen.press("j j j j j j j j j j j j j j j j j j j j j j j j j j j j j j");
    screen.has("│ check 40 ok");
}

#[test]
fn what_was_carried_over_says_since_when_it_waits() {
    let mut app = fresh(plain_look());
    let list =
        app.engine.model.board.shown(Stamp(NOW)).into_iter().find(|s| s.occurrence.opening.list.contains("maint"));
    let list = list.unwrap().occurrence;
    let carried = vec![(list.opening.pinned.items[0].id.clone(), Stamp(NOW - 9 * 86_400_000))];
    let opened = ListFact::Opened { opening: Box::new(list.opening.clone()), carried };
    app.handle(Input::Engine(Event::EntriesArrived(vec![entry(1, NOW, "worker", list.id, opened)])), now());
    let mut screen = open(app, 80, 24);
    screen.press("l l j j j j");
    screen.has("▌▢ test the backup                                                  since Nov 13");
    screen.has("it waits since Nov 13 14:03");
    screen.has(" Weekly maintenance  0/2  due today   carried 9d");
}

#[test]
fn a_line_and_a_list_are_copied_in_words_and_as_filled_markdown() {
    let mut screen = open(busy(plain_look()), 80, 24);
    let copied = |out: Vec<Outward>| match out.as_slice() {
        [Outward::Copy(text)] => text.clone(),
        other => panic!("{other:?}"),
    };
    let line = copied(screen.press("y"));
    assert!(line.starts_with("open, evidence unknown: all 7 services healthy; evidence 6 of 7:"), "{line}");
    assert!(line.contains("un-ticked 2026-11-22 13:59:00 +11:00 by evidence"), "{line}");
    let all = copied(screen.press("Y"));
    for line in [
        "# Morning",
        "daily, 2026-11-22 (Asia/Magadan), due 2026-11-22 09:00 +11; 3 of 5 done, 2 left",
        "- [x] run production validation",
        "  - done by alice, 2026-11-22 08:41 +11",
        "  - evidence good: 60/60 ok (wanted sh validate.sh; command",
        "- [ ] review business KPIs",
    ] {
        assert!(all.lines().any(|l| l.starts_with(line)), "{line}\n{all}");
    }
    let document = watchdeck::domain::markdown::parse(all.as_bytes()).unwrap();
    assert_eq!(document.items().count(), 5, "what leaves as a list comes back as one");
}

#[test]
fn plain_lines_say_boxes_in_words() {
    let mut app = busy(plain_look());
    set(&mut app, "security", &[(0, Mark::Against, "so"), (1, Mark::Half, ""), (2, Mark::Skipped, "moved")]);
    let screen = open(app, 80, 24);
    let lines = screen.app.plain(now());
    for line in [
        "Checklists, morning: 3/5 5h late",
        "done: run production validation;",
        "open, evidence bad: review business KPIs;",
        "Checklists, security: 1/4",
        "done against evidence: review the access logs",
        "waiting for a second person: rate the night",
        "skipped: rotate the keys; 2026-11-22 13:03:10 +11:00 by bob: moved; Security, 2026-11-22",
        "Weekly maintenance: 0 of 2 done, 2 left, due today",
    ] {
        assert!(lines.iter().any(|l| l.starts_with(line)), "{line}\n{}", lines.join("\n"));
    }
    let shapes = ['✓', '▢', '≠', '◐', '»', '×', '▌', '│'];
    assert!(lines.iter().all(|l| !l.contains(shapes)), "{lines:#?}");
}

#[test]
fn the_next_open_box_is_found_over_headings_and_round_the_end() {
    let mut app = busy(plain_look());
    set(&mut app, "weekly-performance", &[(0, Mark::Done, ""), (2, Mark::Done, ""), (3, Mark::Done, "")]);
    let mut screen = open(app, 80, 24);
    screen.press("l l");
    screen.has("▌▢   of latency");
    screen.press(".");
    screen.has("▌▢ test the backup");
    screen.press(", ,");
    screen.has("▌▢ update the documents");
}

#[test]
fn where_no_list_is_shown_every_view_keeps_its_name_at_80_columns() {
    let mut screen = open(busy(plain_look()), 80, 24);
    screen.press("l l l l");
    for _ in ["runs", "watch", "history"] {
        let line = screen.text()[2].clone();
        assert_eq!(line.trim(), "morning 3/5  security 0/4  week 0/6  once 0/2  runs  watch  history");
        screen.press("l");
    }
}

#[test]
fn what_is_due_at_midnight_is_due_with_the_day_before() {
    let mut screen = open(busy(plain_look()), 80, 24);
    screen.press("l l l");
    screen.has("   Next 30 days   due Feb 08");
}
