//! What the verbs promise beyond the single key: a prompt that pages is seen before it is answered, and what is taken
//! back is as it was.

#[allow(dead_code, reason = "each test file takes what it needs")]
mod estate;

use estate::{Screen, estate, key, soon};
use watchdeck::app::{Input, Outward};
use watchdeck::engine::Effect;

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
