//! The watch passed on: drafted, edited, offered, accepted by name, or taken back.

use watchdeck::app::{Input, Outward};
use watchdeck::domain::alert::Phase;
use watchdeck::domain::operator::Role;
use watchdeck::engine::Effect;
use watchdeck::ui::look::Look;

use super::deck::{Deck, Seat};

fn alarms(seat: &Seat) -> Vec<String> {
    let alarm = |o: &Outward| if let Outward::Do(Effect::Alarm { text }) = o { Some(text.to_string()) } else { None };
    seat.asked.iter().filter_map(alarm).collect()
}

async fn offered(deck: &Deck) -> (Seat, Seat) {
    let mut alice = deck.seat("alice").await;
    let mut bob = deck.seat("bob").await;
    alice.press("2 a w O").await;
    alice.write("bob").await;
    alice.press("Enter Enter").await;
    alice.has("offered the watch to bob, saved: theirs once they accept it");
    bob.follow().await;
    (alice, bob)
}

#[tokio::test]
async fn w_shows_the_draft_with_every_section_and_scrolls() {
    let deck = Deck::new();
    deck.critical().await;
    let mut alice = deck.seat("alice").await;
    alice.press("1 w").await;
    alice.size = (80, 60);
    for section in
        ["Burning", "Must act now", "Watch", "Open procedure runs", "Muted and snoozed", "Overdue and missed"]
    {
        alice.has(&format!("## {section}"));
    }
    alice.has("## Resolved since the last handoff");
    alice.has("## Numbers");
    alice.has("none");
    alice.has("O offer  e edit");
    alice.size = (80, 24);
    alice.has_not("## Numbers");
    alice.has(" more lines");
    alice.press("PgDn PgDn").await;
    alice.has("## Numbers");
    alice.has_not(" more lines");
    alice.press("Esc").await;
    assert!(alice.cursor().contains("draft"));
    alice.has("more lines, Enter shows them");
    alice.press("-").await;
    alice.has("service");
}

#[tokio::test]
async fn an_edited_draft_survives_until_it_is_offered_or_discarded() {
    let deck = Deck::new();
    deck.critical().await;
    let mut alice = deck.seat("alice").await;
    alice.press("w e Esc").await;
    alice.has("As the facts are now");
    alice.press("e").await;
    alice.has("Esc keeps it as your draft");
    alice.write("MIND THE CACHE").await;
    alice.press("Enter").await;
    alice.app.handle(Input::Paste("two\u{1b}[2J\nlines\u{202e}\n".into()), alice.now);
    alice.has("two␛[2J");
    alice.press("Esc").await;
    alice.has("kept as your draft while this console runs: O offers it");
    alice.has("Your text of 03:03, not offered yet");
    alice.press("2 5 w").await;
    alice.has("MIND THE CACHE");
    alice.has("lines⟨U+202E⟩");
    alice.press("Ctrl-c").await;
    alice.has("The handoff you edited has not been offered (w goes on with it).");
    alice.press("Esc X Enter").await;
    alice.has_not("MIND THE CACHE");
    alice.has("As the facts are now");
    alice.press("X").await;
    alice.has("nothing was edited");
    alice.press("e").await;
    alice.write("MIND THE CACHE ").await;
    alice.press("Esc O").await;
    alice.write("bob").await;
    alice.press("Enter").await;
    alice.has("nobody called bob is known here: Enter again offers it anyway");
    alice.press("Enter j").await;
    let offer = alice.app.engine.model.board.offer().cloned().unwrap();
    assert!(offer.lines[0].as_str().starts_with("MIND THE CACHE # Handoff"), "{:?}", offer.lines[0]);
    alice.press("Ctrl-c").await;
    alice.has_not("you edited");
}

#[tokio::test]
async fn ctrl_c_in_the_editor_asks_and_keeps_what_was_typed() {
    let deck = Deck::new();
    let mut alice = deck.seat("alice").await;
    alice.press("w e").await;
    alice.write("half a word").await;
    alice.press("Ctrl-c").await;
    alice.has("The handoff you edited has not been offered");
    alice.press("Esc").await;
    alice.has("half a word");
}

#[tokio::test]
async fn an_offer_waits_on_both_screens_until_it_is_accepted_by_name() {
    let deck = Deck::new();
    let id = deck.critical().await;
    let (mut alice, mut bob) = offered(&deck).await;
    alice.has("handoff to bob NOT ACCEPTED <10s");
    alice.pass(240);
    alice.has("handoff to bob NOT ACCEPTED 4m");
    bob.has("handoff from alice WAITS (w)");
    bob.has("alice offers you the watch: w shows it, Enter there accepts it");
    assert_eq!(alarms(&bob), ["alice offers you the watch"]);
    assert_eq!(alarms(&alice), Vec::<String>::new());
    let mut carol = deck.seat("carol").await;
    carol.has_not("handoff");
    carol.press("w").await;
    carol.has("As the facts are now");
    carol.press("O").await;
    carol.has("NOT offered: alice has offered the watch to bob; that offer waits for");
    carol.press("Esc g Enter").await;
    carol.has("alice offered the watch to bob");
    carol.press("Enter").await;
    carol.has("alice offered the watch to bob, not to carol");
    carol.press("U").await;
    carol.has("only alice can take this offer back");
    bob.press("w").await;
    bob.has("alice offers you the watch since");
    bob.has("## Burning");
    bob.has("a accept");
    bob.press("Enter").await;
    bob.has("Accept the watch from alice, as bob? The alert that alice has acked becomes");
    bob.press("Esc").await;
    bob.has("WAITS");
    bob.press("Enter Enter").await;
    bob.has("you have the watch, saved. 1 is yours now, saved");
    bob.has_not("WAITS");
    alice.follow().await;
    alice.has("bob has the watch; your acked alert is theirs now");
    alice.has_not("NOT ACCEPTED");
    alice.has_not("undo offer");
    alice.press("w").await;
    alice.has_not("undo offer");
    alice.has("bob has the watch since 03:0");
    bob.press("w").await;
    bob.has("You have the watch since 03:0");
    for seat in [&alice, &bob] {
        let alert = seat.app.engine.model.book.get(id).unwrap();
        assert_eq!(alert.owner.as_ref().map(ToString::to_string), Some("bob".into()));
        assert!(matches!(alert.phase, Phase::Acked { .. }));
    }
}

#[tokio::test]
async fn an_offer_is_taken_back_and_who_comes_too_late_is_told() {
    let deck = Deck::new();
    deck.critical().await;
    let (mut alice, mut bob) = offered(&deck).await;
    bob.press("w Enter").await;
    alice.press("w").await;
    alice.has("U take back");
    alice.press("U").await;
    alice.has("took back the offer of the watch, saved");
    alice.has_not("NOT ACCEPTED");
    bob.press("Enter").await;
    bob.has("NOT accepted: alice took back the handoff at");
    bob.has("before you");
    bob.follow().await;
    bob.has("taken back");
    let owners: Vec<_> = bob.app.engine.model.book.iter().filter_map(|a| a.owner.clone()).collect();
    assert_eq!(owners.iter().map(ToString::to_string).collect::<Vec<_>>(), ["alice"], "nothing of it is bob's");
    alice.press("Esc g j").await;
    alice.has("you to bob");
}

#[tokio::test]
async fn a_viewer_reads_the_handoff_and_offers_nothing() {
    let deck = Deck::new();
    let mut eve = deck.seat_with("eve", Role::Viewer, Look::default()).await;
    eve.press("w").await;
    eve.has("## Burning");
    eve.has_not("O offer");
    eve.press("O").await;
    eve.has("role viewer may not offer");
}

#[tokio::test]
async fn an_edited_handoff_is_handed_out_to_be_kept_once_and_forgotten_when_offered() {
    let deck = Deck::new();
    let mut alice = deck.seat("alice").await;
    let kept = |seat: &mut Seat| {
        let asked = std::mem::take(&mut seat.asked);
        let text = |o: Outward| if let Outward::KeepHandoff(text) = o { Some(text) } else { None };
        asked.into_iter().filter_map(text).collect::<Vec<_>>()
    };
    alice.press("w e").await;
    alice.write("MIND").await;
    assert_eq!(kept(&mut alice), Vec::<String>::new());
    // The connection drops under the editor.
    let now = alice.now;
    let Some(Outward::KeepHandoff(text)) = alice.app.closing(now) else { panic!("nothing is kept") };
    assert!(text.starts_with("MIND# Handoff"), "{text}");
    alice.press("Esc").await;
    assert_eq!(kept(&mut alice), Vec::<String>::new(), "it is kept already");
    let mut again = deck.seat("alice").await;
    again.app.restore(&text, now.wall, now);
    again.has("your handoff text of 03:03 is still here, not offered: w goes on with it");
    again.press("w").await;
    again.has("Your text of 03:03, not offered yet");
    again.has("MIND# Handoff");
    assert_eq!(kept(&mut again), Vec::<String>::new());
    again.press("O").await;
    again.write("bob").await;
    again.press("Enter Enter j").await;
    assert_eq!(kept(&mut again), [""]);
}

#[tokio::test]
async fn the_one_it_is_offered_to_declines_and_the_giver_hears_of_it() {
    let deck = Deck::new();
    deck.critical().await;
    let (mut alice, mut bob) = offered(&deck).await;
    bob.press("w").await;
    bob.has("Enter accepts it, U declines");
    bob.has("U decline");
    bob.press("U").await;
    bob.has("Decline the watch? It stays with alice, who is told.");
    bob.press("Enter").await;
    bob.has("declined the watch, saved: it stays with alice");
    alice.follow().await;
    alice.has("bob declined the watch: it stays yours");
    assert_eq!(alarms(&alice), ["bob declined the watch: it stays yours"]);
    alice.has_not("NOT ACCEPTED");
    alice.has_not("undo offer");
    alice.has("declined 03:0");
}

#[tokio::test]
async fn what_is_offered_is_what_holds_at_that_moment_though_the_list_stands_still() {
    let deck = Deck::new();
    let mut alice = deck.seat("alice").await;
    alice.press("w").await;
    alice.has("nothing burns");
    alice.press("f").await;
    let id = deck.critical().await;
    alice.follow().await;
    alice.press("O").await;
    alice.write("bob").await;
    alice.press("Enter Enter").await;
    let offer = alice.app.engine.model.board.offer().cloned().unwrap();
    let text: Vec<String> = offer.lines.iter().map(ToString::to_string).collect();
    assert!(text.iter().any(|l| l.contains(&format!("critical {id}"))), "{text:#?}");
}
