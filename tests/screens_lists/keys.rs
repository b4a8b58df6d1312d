//! What each key asks of the store, and what it asks of the operator first.

use super::estate::{NOW, Screen, now, soon};
use super::world::{
    OPS, acts, busy, entry, fresh, item, item_acts, later, list, live, mark, marked, open, proof, read, rule, saved,
    source, store,
};
use watchdeck::app::{Input, Outward};
use watchdeck::domain::checklist::{ItemAct, ListAct, ListFact, Mark};
use watchdeck::domain::evidence::Verdict;
use watchdeck::domain::time::Stamp;
use watchdeck::engine::{Effect, Event};
use watchdeck::ui::look::Look;

fn busy_screen() -> Screen {
    open(busy(Look::default()), 80, 24)
}

/// Puts the cursor on the row that says so.
fn go(screen: &mut Screen, text: &str) {
    screen.press("g");
    for _ in 0..40 {
        if screen.text().iter().any(|l| l.starts_with('▌') && l.contains(text)) {
            return;
        }
        screen.press("j");
    }
    panic!("no row says {text}\n{}", screen.text().join("\n"));
}

fn erase(screen: &mut Screen, text: &str) {
    text.chars().for_each(|_| drop(screen.raw("Backspace")));
}

/// Another operator's tick, or the evidence's.
fn others(screen: &mut Screen, by: &str, part: &str, text: &str, to: Mark) {
    let (id, item) = item(screen, part, text);
    let seq = screen.app.engine.model.store.last_seq + 1;
    let what = ListFact::Item { item, what: marked(to, "") };
    screen.app.handle(Input::Engine(Event::EntriesArrived(vec![entry(seq, NOW, by, id, what)])), now());
}

#[test]
fn x_ticks_and_the_row_says_saving_until_it_is() {
    let mut screen = open(fresh(Look::default()), 80, 24);
    screen.press("l");
    screen.has("▌▢ review the access logs");
    let out = screen.press("x");
    screen.has("saving");
    let asked = acts(&out);
    assert!(matches!(&asked[0].1, ListAct::Open { .. }), "nobody had opened the list: {asked:?}");
    assert_eq!(asked[1].0, Some(0), "the version that was seen");
    store(&mut screen, &out);
    screen.has("✓ review the access logs");
    screen.has("ticked \"review the access logs\", saved. 3 of 4 left.");
    screen.has("security 1/4");
    assert_eq!(mark(&screen, "security", "review"), Mark::Done);
    saved(&mut screen, "u");
    assert_eq!(mark(&screen, "security", "review"), Mark::Open);
}

#[test]
fn x_on_what_is_done_says_so_and_what_takes_it_back() {
    let mut screen = busy_screen();
    go(&mut screen, "overnight alerts");
    assert_eq!(acts(&screen.press("x")), vec![]);
    screen.has("\"overnight alerts\" is done 08:43 by bob: U takes that back");
}

#[test]
fn bad_evidence_is_told_and_a_tick_against_it_needs_a_reason() {
    let mut screen = busy_screen();
    go(&mut screen, "review business KPIs");
    assert_eq!(acts(&screen.press("x")), vec![]);
    screen.has("evidence says leads 12.4 /min. Tick anyway, because:");
    assert_eq!(acts(&screen.press("Enter")), vec![], "without a word it stays a question");
    screen.has("a word or two");
    screen.write("Black Friday");
    saved(&mut screen, "Enter");
    assert_eq!(mark(&screen, "morning", "review business"), Mark::Against);
    screen.has("≠ review business KPIs");
    screen.has("against: leads 12.4");
    screen.has("against the evidence: Black Friday");
}

#[test]
fn what_was_not_run_is_offered_to_be_run_first() {
    let mut screen = open(fresh(Look::default()), 80, 24);
    go(&mut screen, "run production");
    screen.has("! run it");
    assert_eq!(acts(&screen.press("x")), vec![]);
    screen.has("not run yet. Run it first?");
    let out = screen.press("Enter");
    let wish = out.iter().find_map(|o| match o {
        Outward::Do(Effect::Gather { key, wish }) => Some((key.clone(), wish.clone())),
        _ => None,
    });
    let (key, wish) = wish.expect("nothing was run");
    assert_eq!(key, "run");
    let gathered = Event::EvidenceGathered { key, wish, proof: Box::new(proof(Verdict::Good, "60/60 ok", NOW)) };
    let out = screen.app.handle(Input::Engine(gathered), now());
    store(&mut screen, &out);
    screen.has("60/60 ok");
    assert_eq!(mark(&screen, "morning", "run production"), Mark::Open, "what ran has ticked nothing");
    saved(&mut screen, "x");
    assert_eq!(mark(&screen, "morning", "run production"), Mark::Done);
    let mut other = open(fresh(Look::default()), 80, 24);
    other.press("x t");
    other.has("Tick anyway, because");
    other.write("the host is down");
    saved(&mut other, "Enter");
    assert_eq!(mark(&other, "morning", "run production"), Mark::Against);
}

#[test]
fn a_box_that_wants_a_word_asks_for_it_and_takes_no_other() {
    let mut screen = busy_screen();
    screen.press("l");
    go(&mut screen, "rate the night");
    screen.press("x");
    screen.has("calm, 1 to 10 (a figure first)");
    screen.write("quiet");
    assert_eq!(acts(&screen.press("Enter")), vec![]);
    screen.has("asks for a figure");
    erase(&mut screen, "quiet");
    screen.write("8 quiet");
    let out = saved(&mut screen, "Enter");
    assert_eq!(item_acts(&out), [ItemAct::Tick { reason: "8 quiet".into(), proof: None }]);
    screen.has("✓ rate the night          8 quiet");
}

#[test]
fn a_critical_box_for_two_takes_a_word_and_two_names() {
    let mut screen = busy_screen();
    screen.press("l");
    go(&mut screen, "rotate the keys");
    screen.has("yours; two people confirm it; critical: say what you saw; for");
    screen.press("x");
    screen.has("it is critical: what did you see");
    screen.write("new key");
    saved(&mut screen, "Enter");
    screen.has("◐ rotate the keys         needs a second person");
    screen.has("you, 1 of 2");
    screen.press("x");
    screen.write("again");
    saved(&mut screen, "Enter");
    screen.has("NOT ticked: this box needs a second person: you were the first");
    others(&mut screen, "bob", "security", "rotate", Mark::Done);
    screen.has("✓ rotate the keys");
    screen.has("by bob, after alice");
}

#[test]
fn not_done_takes_what_it_is_and_why() {
    for (key, to, word) in
        [("s", Mark::Skipped, "skipped: "), ("n", Mark::Na, "n/a: "), ("f", Mark::Failed, "failed: ")]
    {
        let mut screen = busy_screen();
        screen.press("l");
        screen.press("X");
        screen.has("Not done: \"review the access logs\". What is it?");
        screen.press(key);
        assert_eq!(acts(&screen.press("Enter")), vec![], "no reason, no act");
        screen.write("no access");
        saved(&mut screen, "Enter");
        assert_eq!(mark(&screen, "security", "review"), to);
        screen.has(&format!("{word}no access"));
    }
}

#[test]
fn a_fresh_tick_is_taken_back_by_one_key_and_an_old_one_with_a_reason() {
    let mut screen = busy_screen();
    screen.press("l");
    saved(&mut screen, "x");
    let out = saved(&mut screen, "U");
    assert_eq!(item_acts(&out), [ItemAct::Untick { reason: "".into() }]);
    assert_eq!(mark(&screen, "security", "review"), Mark::Open);
    screen.has("un-ticked 14:03");
    screen.press("U");
    screen.has("nothing to take back here: it is open");
    screen.press("h");
    go(&mut screen, "overnight alerts");
    screen.has("U un-tick");
    assert_eq!(acts(&screen.press("U")), vec![]);
    screen.has("others have seen it done: why");
    screen.write("a page came late");
    let out = saved(&mut screen, "Enter");
    assert_eq!(item_acts(&out), [ItemAct::Untick { reason: "a page came late".into() }]);
}

#[test]
fn a_note_begun_outlives_its_prompt_and_leaving_tells_of_it() {
    let mut screen = busy_screen();
    screen.press("l c");
    screen.has("note on \"review the access logs\"");
    screen.write("the proxy log ends at four");
    screen.press("Esc q");
    screen.has("The note typed on a box of a list is not saved");
    screen.press("Esc c");
    screen.has("the proxy log ends at four");
    let out = saved(&mut screen, "Enter");
    assert_eq!(item_acts(&out), [ItemAct::Note("the proxy log ends at four".into())]);
    screen.has("note       14:03 alice: \"the proxy log ends at four\"");
    screen.press("c");
    screen.has_not("note on \"review the access logs\": the proxy");
}

#[test]
fn marked_boxes_are_ticked_after_saying_how_many_and_those_that_ask_stay() {
    let mut screen = busy_screen();
    screen.press("l *");
    screen.has("marked 4");
    assert_eq!(acts(&later(&mut screen, 0, "x Enter")), vec![], "nobody has read the question yet");
    screen.has("tick 2: the marked boxes?");
    screen.has("2 more ask for");
    let out = later(&mut screen, 5_000, "Enter");
    assert_eq!(item_acts(&out).len(), 2);
    store(&mut screen, &out);
    screen.has("ticked 2");
    screen.has("security 2/4");
    screen.has_not("marked");
    saved(&mut screen, "u");
    screen.has("security 0/4");
}

#[test]
fn marked_boxes_are_set_aside_with_one_reason() {
    let mut screen = busy_screen();
    screen.press("l l Space Space X");
    screen.has("Not done: 2 boxes. What is it?");
    later(&mut screen, 5_000, "s");
    screen.write("no deploy this week");
    let out = saved(&mut screen, "Enter");
    assert_eq!(item_acts(&out).len(), 2);
    screen.has("»");
    screen.has("skipped: no deploy this week ");
}

#[test]
fn acts_carry_the_version_that_was_drawn_and_the_second_is_told_who_was_first() {
    let mut screen = busy_screen();
    screen.press("l");
    others(&mut screen, "bob", "security", "review the access", Mark::Done);
    // Not drawn yet: the key means the open box that was seen. What is done now is refused here already.
    screen.press("x");
    screen.has("is done 14:03 by bob");
    let mut screen = busy_screen();
    screen.press("l X s");
    screen.write("not today");
    others(&mut screen, "bob", "security", "review the access", Mark::Failed);
    let out = saved(&mut screen, "Enter");
    assert_eq!(acts(&out)[0].0, Some(0));
    screen.has("NOT marked: bob set to failed");
    assert_eq!(mark(&screen, "security", "review"), Mark::Failed);
}

#[test]
fn a_once_list_gets_another_date_with_a_reason_and_others_have_none() {
    let mut screen = busy_screen();
    assert_eq!(acts(&screen.press("D")), vec![]);
    screen.has("only a list that is done once has a date to move");
    screen.press("l l l D");
    screen.has("until when, a day like 2026-12-24");
    screen.write("soon");
    screen.press("Enter");
    screen.has("! a day like 2026-12-24, or a span like 14d");
    erase(&mut screen, "soon");
    screen.write("2026-01-01");
    screen.press("Enter");
    screen.write("because");
    screen.press("Enter");
    screen.has("NOT re-dated: that day is over");
    screen.press("D");
    screen.write("2026-12-24");
    screen.press("Enter");
    screen.write("no capacity before");
    let out = saved(&mut screen, "Enter");
    // Midnight after that day, where the list is at home.
    let due = Stamp::parse("2026-12-24T13:00:00Z").unwrap();
    assert!(matches!(&acts(&out)[0].1, ListAct::Redate { due: to, .. } if *to == due), "{out:?}");
    screen.has("once 0/2  ");
    screen.has_not("286d late");
}

#[test]
fn a_new_version_is_taken_after_saying_what_goes_and_what_comes() {
    let mut screen = busy_screen();
    screen.press("l");
    assert_eq!(acts(&screen.press("T")), vec![]);
    screen.has("there is no new version to take");
    saved(&mut screen, "x");
    let text = OPS.replace("- [ ] review the access logs", "- [ ] review every log\n- [ ] ask the office");
    screen.app.handle(Input::Engine(read(&text)), now());
    screen.has("list changed since (T takes it): 1 box goes (\"review the access logs\", do…");
    assert_eq!(acts(&later(&mut screen, 0, "T")), vec![]);
    screen.has("Take the new version of Security?");
    screen.has("\"ask the office\"");
    let out = later(&mut screen, 5_000, "Enter");
    store(&mut screen, &out);
    screen.has("Security follows its file again, saved");
    screen.has("ask the office");
    screen.has("security 0/5");
    screen.has_not("list changed since");
}

#[test]
fn keys_of_boxes_are_dead_where_there_is_none_and_for_who_may_not() {
    let mut app = busy(Look::default());
    app.engine.model.me.role = watchdeck::domain::operator::Role::Viewer;
    let mut screen = open(app, 80, 24);
    screen.has_not("x tick");
    for key in ["x", "X", "c", "U", "D", "T"] {
        assert_eq!(acts(&screen.press(key)), vec![], "{key}");
        screen.has("role viewer may not");
    }
    let mut small = open(busy(Look::default()), 80, 24);
    small.size = (38, 9);
    small.text();
    for key in ["x", "X", "s", "c", "U", "!", "D", "T", "*", "x", "Enter"] {
        assert_eq!(small.raw(key).len(), 0, "{key}");
    }
    let mut empty = open(super::estate::estate(), 80, 24);
    for key in ["x", "X", "c", "!", "D", "T"] {
        assert_eq!(acts(&empty.press(key)), vec![], "{key}");
        empty.has("nothing is selected to");
    }
}

#[test]
fn a_frozen_list_shows_its_own_operators_tick_and_counts_what_others_did() {
    let mut screen = busy_screen();
    screen.press("l f");
    screen.has("FROZEN 0 waiting");
    others(&mut screen, "bob", "security", "check for", Mark::Done);
    screen.has("FROZEN 1 waiting");
    screen.has("▢ check for advisories");
    saved(&mut screen, "x");
    screen.has("✓ review the access logs");
    screen.has("▢ check for advisories");
    screen.has("FROZEN 1 waiting");
    screen.press("f");
    screen.has("✓ check for advisories");
}

#[test]
fn a_store_that_does_not_take_it_leaves_it_unsaved_in_the_row() {
    let mut screen = busy_screen();
    screen.press("l");
    let out = screen.press("x");
    let ops: Vec<_> = out
        .iter()
        .filter_map(|o| if let Outward::Do(Effect::Commit(c)) = o { Some(c) } else { None })
        .flat_map(|c| c.changes.iter().map(|c| c.op))
        .collect();
    let failed = Event::CommitFailed { ops, feed: None, why: "disk full".into(), given_up: false };
    screen.app.handle(Input::Engine(failed), now());
    screen.has("NOT SAVED");
    screen.has("▢ review the access logs");
    screen.has("NOT SAVED: disk full; it is tried again");
    screen.has("security 0/4");
}

#[test]
fn u1_the_cursor_keeps_its_box_whatever_others_tick() {
    let mut screen = busy_screen();
    screen.press("l j");
    screen.has("▌▢ rate the night");
    others(&mut screen, "bob", "security", "review the access", Mark::Done);
    screen.has("▌▢ rate the night");
    others(&mut screen, "bob", "security", "rate the night", Mark::Done);
    screen.has("▌✓ rate the night");
    assert_eq!(list(&screen, "security").occurrence.tally().done, 2);
    screen.buffer_at(soon(60_000));
    screen.has("▌✓ rate the night");
}

#[test]
fn what_nothing_here_can_know_is_ticked_with_a_word() {
    let mut app = fresh(Look::default());
    let mut setup = (*app.engine.model.setup).clone();
    let mut of = source();
    of.items.push(rule("check for advisories", live("findings.open == 0")));
    setup.sources = vec![std::sync::Arc::new(of)];
    app.engine.model.setup = setup.into();
    app.handle(Input::Engine(read(OPS)), now());
    let mut screen = open(app, 80, 24);
    screen.press("l");
    go(&mut screen, "check for advisories");
    screen.has("no source");
    assert_eq!(acts(&screen.press("x")), vec![]);
    screen.has("nothing here can know it. What did you see");
    assert_eq!(acts(&screen.press("Enter")), vec![]);
    screen.press("Tab");
    screen.has("looked at it myself");
    let out = saved(&mut screen, "Enter");
    assert_eq!(item_acts(&out), [ItemAct::Tick { reason: "looked at it myself".into(), proof: None }]);
    screen.has("✓ check for advisories");
}

#[test]
fn a_person_who_goes_against_evidence_is_told_what_stays() {
    let mut screen = busy_screen();
    go(&mut screen, "GHL webhooks");
    screen.press("x");
    screen.has("\"GHL webhooks processed\" is done by evidence 08:45: U takes that back");
    screen.press("U");
    screen.write("it lies");
    saved(&mut screen, "Enter");
    screen.has("saved: stays open until its evidence turns");
    screen.has("stays open until its evidence turns: you un-ticked it");
    go(&mut screen, "review business KPIs");
    screen.press("x");
    screen.write("known");
    saved(&mut screen, "Enter");
    screen.has("stays ticked: you ticked it against its evidence");
}
