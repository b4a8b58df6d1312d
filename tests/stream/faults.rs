//! W1, W2, W3, W5: what a hostile or dead peer does to the link.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::tungstenite::Message;
use watchdeck::domain::live::Link;

use super::ws_server::{Console, accept, accept_raw, accept_request, hung_up, listen, raised, spec};

const FAST: &str = "tuning = { ping = '100ms', dead = '400ms', connect_timeout = '300ms', message_deadline = '300ms', \
    backoff_min = '20ms', backoff_max = '100ms', flush = '20ms' }";

/// The next link works: the fault cost a reconnect and nothing else.
async fn goes_on(listener: &tokio::net::TcpListener, console: &mut Console) {
    let mut link = accept(listener).await;
    link.say(raised(1, "after", 1.0)).await;
    console.until("the stream goes on", |c| !c.state.is_empty()).await;
}

/// Writes until the peer has had enough; how many bytes that took.
async fn pour(tcp: &mut TcpStream, bytes: &[u8], times: usize) -> usize {
    let mut poured = 0;
    for _ in 0..times {
        match timeout(Duration::from_secs(5), tcp.write_all(bytes)).await {
            Ok(Ok(())) => poured += bytes.len(),
            _ => break,
        }
    }
    poured
}

fn frame(first: u8, length: u64) -> Vec<u8> {
    let mut frame = vec![first, 127];
    frame.extend(length.to_be_bytes());
    frame
}

#[tokio::test]
async fn w1_a_huge_frame_is_refused_by_its_header() {
    for length in [64 << 20, 1 << 63, u64::MAX >> 1] {
        let (listener, url) = listen().await;
        let mut console = Console::start(spec(&url, ""));
        let mut tcp = accept_raw(&listener).await;
        tcp.write_all(&frame(0x81, length)).await.unwrap();
        hung_up(&mut tcp).await;
        console.until("it is counted and said", |c| c.counts.undecodable == 1 && c.said("too large")).await;
        goes_on(&listener, &mut console).await;
    }
}

#[tokio::test]
async fn w1_endless_fragments_end_at_one_message() {
    let (listener, url) = listen().await;
    let mut console = Console::start(spec(&url, ""));
    let mut tcp = accept_raw(&listener).await;
    let mut first = frame(0x01, 200 << 10);
    first.extend(vec![b'x'; 200 << 10]);
    tcp.write_all(&first).await.unwrap();
    let mut more = first;
    more[0] = 0x00;
    let poured = pour(&mut tcp, &more, 5000).await;
    assert!(poured < 16 << 20, "{poured} bytes were taken");
    console.until("it is counted and said", |c| c.counts.undecodable == 1 && c.said("too large")).await;
    goes_on(&listener, &mut console).await;
}

#[tokio::test]
async fn w1_an_oversized_event_that_is_replayed_is_passed_over() {
    let (listener, url) = listen().await;
    let mut console = Console::start(spec(&url, ""));
    let huge = raised(2, &"x".repeat(300 << 10), 1.0);
    for round in 0..3 {
        let mut link = accept(&listener).await;
        let last = link.hear_type("watchdeck.hello").await["data"]["last"].as_u64().unwrap_or(0);
        let from = [raised(1, "a", 1.0), huge.clone(), raised(3, "b", 3.0)].into_iter().skip(last as usize);
        for text in from {
            // The client may hang up on it at any byte.
            let _ = link.0.send(Message::text(text)).await;
        }
        if round == 2 {
            console.until("the event after it", |c| c.state.len() == 2).await;
            break;
        }
        console.until("closed", |c| c.counts.undecodable == round + 1).await;
    }
    assert_eq!((console.counts.gaps, console.counts.missing, console.counts.undecodable), (1, 1, 2));
}

#[tokio::test]
async fn w1_a_number_that_was_passed_over_is_missing_and_taken_when_it_comes() {
    let (listener, url) = listen().await;
    let mut console = Console::start(spec(&url, ""));
    accept(&listener).await.say(raised(1, "k1", 1.0)).await;
    console.until("the first", |c| c.state.len() == 1).await;
    for round in 1..=5 {
        let mut link = accept(&listener).await;
        let _ = link.0.send(Message::text("x".repeat(300_000))).await;
        console.until("closed", |c| c.counts.undecodable == round).await;
    }
    let mut link = accept(&listener).await;
    link.say_all((2..=6).map(|n| raised(n, &format!("k{n}"), 1.0))).await;
    console.until("all of them", |c| c.state.len() == 6).await;
    assert_eq!((console.counts.gaps, console.counts.recovered, console.counts.duplicates), (2, 2, 0));
}

#[tokio::test]
async fn w1_a_replay_that_breaks_the_link_is_asked_for_twice_and_no_more() {
    let (listener, url) = listen().await;
    let mut console = Console::start(spec(&url, ""));
    let mut link = accept(&listener).await;
    link.say_all([raised(1, "a", 1.0), raised(3, "b", 3.0)]).await;
    for round in 1..=2 {
        link.hear_type("watchdeck.replay").await;
        let _ = link.0.send(Message::text(raised(2, &"x".repeat(300 << 10), 1.0))).await;
        console.until("closed", |c| c.counts.undecodable == round).await;
        drop(link);
        link = accept(&listener).await;
    }
    link.say(raised(4, "c", 1.0)).await;
    console.until("the event after it", |c| c.state.len() == 3).await;
    link.0.close(None).await.unwrap();
    while let Some(Ok(heard)) = link.0.next().await {
        assert!(!heard.to_string().contains("watchdeck.replay"), "{heard}");
    }
    assert_eq!((console.counts.gaps, console.counts.missing), (1, 1));
}

#[tokio::test]
async fn w2_bytes_that_are_no_websocket_close_the_link_and_show_nothing() {
    let long_ping = [b"\x89\x7e\x00\x7e".as_slice(), &[b'a'; 126]].concat();
    let bad: [&[u8]; 6] = [
        b"\x81\x02\xff\xfe",              // not UTF-8
        b"\x81\x85\x01\x02\x03\x04abcde", // masked, as no server may
        b"\xc1\x01a",                     // reserved bit
        b"\x83\x00",                      // unknown opcode
        b"\x80\x00",                      // continues nothing
        &long_ping,
    ];
    for bytes in bad {
        let (listener, url) = listen().await;
        let mut console = Console::start(spec(&url, FAST));
        let mut tcp = accept_raw(&listener).await;
        tcp.write_all(bytes).await.unwrap();
        hung_up(&mut tcp).await;
        console.until("back-off", |c| c.statuses.iter().any(|s| matches!(s.link, Link::Reconnecting { .. }))).await;
        assert!(console.said("closed by us"), "{bytes:?}: {:?}", console.statuses.last());
        assert!(console.state.is_empty());
        goes_on(&listener, &mut console).await;
        assert_eq!(console.counts.undecodable, 1, "{bytes:?}");
    }
}

#[tokio::test]
async fn w2_half_a_frame_and_then_silence() {
    let (listener, url) = listen().await;
    let mut console = Console::start(spec(&url, FAST));
    let mut tcp = accept_raw(&listener).await;
    tcp.write_all(b"\x81\x7e\x01\x00half").await.unwrap();
    hung_up(&mut tcp).await;
    console.until("a reason", |c| c.said("no sign of life") || c.said("a message took over")).await;
    goes_on(&listener, &mut console).await;
}

#[tokio::test]
async fn w3_a_handshake_that_drips_ends_at_its_deadline() {
    let (listener, url) = listen().await;
    let mut console = Console::start(spec(&url, FAST));
    let (mut tcp, _) = accept_request(&listener).await;
    let began = Instant::now();
    for byte in b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" {
        if tcp.write_all(&[*byte]).await.is_err() {
            break;
        }
        sleep(Duration::from_millis(30)).await;
    }
    assert!(began.elapsed() < Duration::from_secs(3));
    console.until("the deadline", |c| c.said("no link within 0.3 s")).await;
    goes_on(&listener, &mut console).await;
}

#[tokio::test]
async fn w3_a_message_that_drips_ends_at_its_deadline_though_the_link_is_alive() {
    let (listener, url) = listen().await;
    let mut console = Console::start(spec(&url, FAST));
    let mut tcp = accept_raw(&listener).await;
    tcp.write_all(b"\x81\x7e\x01\x00").await.unwrap();
    for _ in 0..100 {
        if tcp.write_all(b"x").await.is_err() {
            break;
        }
        sleep(Duration::from_millis(30)).await;
    }
    console.until("the deadline", |c| c.said("a message took over")).await;
    goes_on(&listener, &mut console).await;
}

#[tokio::test]
async fn w4_a_flood_of_pings_is_not_a_feed() {
    let (listener, url) = listen().await;
    let mut console = Console::start(spec(&url, FAST));
    let mut tcp = accept_raw(&listener).await;
    // The peer never reads: pongs must not pile up.
    let poured = pour(&mut tcp, &b"\x89\x04ping".repeat(10_000), 2000).await;
    assert!(poured < 64 << 20, "{poured} bytes were taken");
    console.until("a reason", |c| c.said("flood of pings") || c.said("does not read")).await;
    goes_on(&listener, &mut console).await;
}

#[tokio::test]
async fn w5_half_open_is_noticed_without_a_fin() {
    let (listener, url) = listen().await;
    let mut console = Console::start(spec(&url, FAST));
    let silent = accept_raw(&listener).await;
    console.until("live", |c| c.link() == Link::Live).await;
    let began = Instant::now();
    console.until("dead", |c| c.said("no sign of life")).await;
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    drop(silent);
    goes_on(&listener, &mut console).await;
}

#[tokio::test]
async fn w5_a_quiet_feed_that_answers_pings_is_alive() {
    let (listener, url) = listen().await;
    let mut console = Console::start(spec(&url, FAST));
    let mut link = accept(&listener).await;
    let reads = tokio::spawn(async move {
        use futures_util::StreamExt;
        while link.0.next().await.is_some() {}
    });
    console.rest(Duration::from_millis(1200)).await;
    assert_eq!(console.link(), Link::Live);
    assert!(!console.said("no sign of life"));
    reads.abort();
}
