use super::deck::Deck;

#[tokio::test]
async fn look() {
    let deck = Deck::new();
    deck.critical().await;
    let mut alice = deck.seat("alice").await;
    println!("{}", alice.text().join("\n"));
    for keys in [
        "p", "x", "x", "e", "Enter", "x", "Esc", "j", "X", "Esc", "c", "Esc", "z", "w", "Esc", "O", "Esc", "l", "-",
        "-",
    ] {
        alice.press(keys).await;
        println!("=========== {keys}\n{}", alice.text().join("\n"));
    }
}
