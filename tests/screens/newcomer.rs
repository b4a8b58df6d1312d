//! What somebody met who saw the console for the first time.

use super::estate::{NOW, Screen, alert, estate, now};
use watchdeck::domain::live::ServiceLive;
use watchdeck::domain::severity::Severity;

#[test]
fn plain_lines_hide_nothing_and_name_no_key() {
    let mut app = estate();
    for i in 0..39 {
        app.engine.model.book.put(alert(5000 + i, "webhook-processor", Severity::Warning, NOW - 60_000 + i).into());
    }
    app.engine.model.services.push(ServiceLive { name: "newcomer".into(), ..ServiceLive::default() }.into());
    let mut screen = Screen::open(app, 80, 24);
    screen.has("z unfold");
    let lines = screen.app.plain(now());
    assert!(lines.iter().all(|l| !l.contains("unfold")), "{lines:#?}");
    for i in 0..39 {
        let id = (5000 + i).to_string();
        assert!(lines.iter().any(|l| l.starts_with(&id)), "{id} is hidden in {lines:#?}");
    }
    let never = lines.iter().find(|l| l.starts_with("newcomer")).unwrap();
    assert!(never.contains("p95 none") && !never.contains("0 ms"), "{never}");
}

#[test]
fn the_palette_chooses_what_was_named_and_nothing_else() {
    let mut screen = Screen::open(estate(), 100, 30);
    let mut best = |text: &str| {
        screen.press("Esc :");
        screen.write(text);
        let chosen = screen.text().into_iter().rev().find(|l| l.starts_with('▌') || l.contains("nothing is called"));
        chosen.unwrap_or_default().trim_start_matches('▌').split("  ").next().unwrap().trim().to_owned()
    };
    for (text, chosen) in [
        ("close", "resolve"),
        ("snooz", "snooze"),
        ("snoze", "snooze"),
        ("akc", "ack"),
        ("ack", "ack"),
        ("mark all", "mark-all"),
        ("down", "down"),
        ("q", "quit"),
        ("resend", "resend"),
        ("4823", "alert 4823"),
        ("1", "alert 1"),
        ("foo", "nothing is called that"),
        ("e1", "nothing is called that"),
        ("xyzzy", "nothing is called that"),
    ] {
        assert_eq!(best(text), chosen, ":{text}");
    }
    screen.press("Esc :");
    screen.write("foo");
    screen.press("Enter");
    screen.has("nothing is called \"foo\"");
    screen.has_not("filter:");
    screen.press(":");
    screen.write("1");
    assert_eq!(screen.text().iter().filter(|l| l.contains("Enter runs it") || l.contains("filter")).count(), 1);
}

#[test]
fn the_palette_knows_the_commands_of_other_tabs_and_goes_there() {
    let mut screen = Screen::open(estate(), 100, 30);
    screen.press("1 :");
    screen.write("resolve");
    screen.has("in Alerts: it is over");
    assert_eq!(screen.press("Enter"), vec![]);
    screen.has("resolve works here in Alerts: choose a row, then r resolve");
    screen.has("4821");
    // What the tab has for its own rows is not looked for elsewhere.
    screen.press("1 :");
    screen.write("mute");
    screen.has("▌mute-service");
    screen.press("Esc :");
    screen.write("timeline");
    screen.press("Enter");
    screen.has("Timeline of 4821");
}

#[test]
fn a_mute_of_nothing_is_refused_before_anything_is_asked() {
    let mut screen = Screen::open(estate(), 80, 24);
    screen.press("l l l l l l");
    screen.has("nothing waits for a closing word");
    screen.press("m");
    screen.has("nothing is selected to mute");
    screen.press("g h");
    screen.has_not("mute: which");
    let mut of_none = estate();
    let mut nameless = alert(9000, "x", Severity::Critical, NOW - 7_200_000);
    nameless.about.service = None;
    of_none.engine.model.book.put(nameless.into());
    let mut screen = Screen::open(of_none, 80, 24);
    screen.press("g m");
    screen.has("mute: which service");
    screen.has_not("this service");
}

#[test]
fn a_key_of_another_tab_says_where_it_works() {
    let mut screen = Screen::open(estate(), 80, 24);
    screen.press("1");
    for (key, said) in
        [("a", "a ack works in 2 Alerts"), ("r", "r resolve works in 2 Alerts"), ("R", "R resend works in 0 Sys")]
    {
        assert_eq!(screen.press(key), vec![]);
        screen.has(said);
    }
    screen.press("j");
    screen.has_not("works in");
    screen.press("2 a");
    screen.has_not("works in");
}

#[test]
fn a_service_in_full_uses_its_room() {
    let mut app = estate();
    let services = &mut app.engine.model.services;
    let found = services.iter_mut().find(|s| !s.why.is_empty()).unwrap();
    let first = std::sync::Arc::make_mut(found);
    let why = &mut first.why[0];
    (why.rule, why.says) = ("certificate".into(), "certificate: 11.3 < 14".into());
    let long = "it said a great deal that nobody would read in one line of so few columns, to the very end: omega";
    first.last.as_mut().unwrap().detail = long.into();
    let (name, at) = (first.name.clone(), first.last.as_ref().unwrap().at);
    first.cert = Some((watchdeck::domain::sample::CertDays { leaf: 11.5, chain: 11.5 }, at));
    let mut screen = Screen::open(app, 120, 36);
    screen.press("1 g");
    let count = |screen: &mut Screen| screen.text().iter().filter(|l| l.contains('│') || l.contains('┤')).count();
    let split = count(&mut screen);
    screen.press("Enter");
    screen.has(&name);
    assert!(count(&mut screen) > split, "{}", screen.text().join("\n"));
    screen.has("certificate 11 days left");
    screen.has("why red     certificate: 11.3 < 14");
    screen.has("omega");
    let mut narrow = Screen { size: (80, 24), ..screen };
    narrow.has("omega");
    narrow.has("every 30s");
    let text = narrow.text();
    let head: Vec<_> = text.iter().skip(2).take(4).collect();
    assert!(head.iter().any(|l| l.contains("http")) && head.iter().all(|l| !l.contains('…')), "{head:?}");
}
