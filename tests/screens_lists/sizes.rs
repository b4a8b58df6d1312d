//! No size, no key and no text from outside does harm here either.

use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::estate::{NOW, key, now, soon};
use super::world::{OPS, busy, ended, entry, item, marked, open, read, set};
use watchdeck::app::Input;
use watchdeck::domain::checklist::{ItemFact, ListFact, Mark};
use watchdeck::engine::Event;
use watchdeck::ui::look::Look;

const KEYS: &[&str] = &[
    "5", "5", "j", "k", "g", "G", "Enter", "Esc", "h", "l", "l", ".", ",", "/", "Space", "*", "z", "x", "x", "X", "s",
    "n", "f", "c", "U", "u", "!", "D", "T", "y", "Y", ":", "?", "-", "q", "1", "2", "Tab", "PgUp", "PgDn", "Ctrl-d",
    "p", "w", "e", "o", "a",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn p8_no_size_and_no_key_panics(
        sizes in prop::collection::vec((0u16..300, 0u16..300), 1..4),
        keys in prop::collection::vec(prop::sample::select(KEYS), 0..25),
    ) {
        let mut app = busy(Look::default());
        set(&mut app, "security", &[(0, Mark::Half, ""), (1, Mark::Against, "so"), (2, Mark::Skipped, "moved")]);
        ended(&mut app, "morning", &[(Some(-8), Some(250_000)), (None, None)]);
        app.handle(Input::Engine(read(&OPS.replace("- [ ] check for", "- [ ] look for"))), now());
        let mut app = open(app, 80, 24).app;
        for (name, (w, h)) in keys.iter().zip(sizes.iter().cycle()) {
            let mut buf = Buffer::empty(Rect::new(0, 0, *w, *h));
            app.handle(Input::Resized(*w, *h), now());
            app.render(&mut buf, now());
            app.handle(Input::Key(key(name)), now());
            app.render(&mut buf, soon(61_000));
            app.plain(now());
        }
    }
}

#[test]
fn l4_no_text_of_a_file_or_a_note_reaches_a_cell_raw() {
    let evil = "e\u{202e}vil \u{1b}]52;c;eA==\u{7}\u{9b}31m\u{200b} text";
    let text = OPS.replace("- [ ] run production validation", &format!("- [ ] run {evil}"));
    let mut app = busy(Look::default());
    app.handle(Input::Engine(read(&text)), now());
    let mut screen = open(app, 120, 36);
    let (id, item) = item(&screen, "morning", "overnight");
    let seq = screen.app.engine.model.store.last_seq;
    let noted = ItemFact::Noted { text: evil.into() };
    let skipped = marked(Mark::Skipped, evil);
    let what = |what| ListFact::Item { item: item.clone(), what };
    let entries =
        vec![entry(seq + 1, NOW, "bob", id, what(noted)), entry(seq + 2, NOW, "m\u{202e}al", id, what(skipped))];
    screen.app.handle(Input::Engine(Event::EntriesArrived(entries)), now());
    for keys in ["", "g", "Enter", "Esc", "j", "Enter", "Esc", "T", "Esc", "X", "Esc", "Y"] {
        screen.press(keys);
        let buf = screen.buffer();
        let bad = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{200b}'..='\u{200f}');
        let cell = buf.content.iter().find(|c| c.symbol().chars().any(bad));
        assert_eq!(cell.map(|c| c.symbol().to_owned()), None, "after {keys}");
    }
}

#[test]
fn an_idle_list_wakes_once_a_minute_at_most() {
    let mut app = busy(Look::default());
    app.engine.model.services.clear();
    app.engine.model.worker.mine = true;
    let mut screen = open(app, 80, 24);
    screen.text();
    screen.app.take_dirty();
    screen.app.handle(Input::Engine(Event::Ticked), now());
    assert!(!screen.app.take_dirty(), "a tick that changes nothing draws nothing");
    assert_eq!(screen.app.next_redraw(now()).unwrap().0 % 60_000, 0);
    assert_eq!(screen.buffer_at(soon(5_000)), screen.buffer(), "five seconds later it reads the same");
}
