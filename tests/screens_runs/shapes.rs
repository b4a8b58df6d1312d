use super::deck::Deck;

#[tokio::test]
async fn look() {
    let mut deck = Deck::new();
    deck.critical().await;
    let mut alice = deck.seat("alice").await;
    alice.press("a p x x").await;
    for size in [(80, 24), (120, 36), (200, 60), (50, 14)] {
        alice.size = size;
        println!("=========== {size:?}\n{}", alice.text().join("\n"));
    }
    alice.size = (80, 24);
    for keys in ["e Enter", "x", "Esc", "z", "w", "Esc", "O", "Esc", "l", "h h", "?"] {
        alice.press(keys).await;
        println!("=========== {keys}\n{}", alice.text().join("\n"));
    }
    deck.pass(1);
    println!("{}", alice.app.plain(alice.now).join("\n"));
}
