//! The webhook: what an answer means, and what hostile text may not do.

use std::fmt::Write as _;
use std::net::TcpListener;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use watchdeck::domain::outbox::{Attempt, Notice, RETRY_AFTER_MAX, back_off};
use watchdeck::domain::text::Untrusted;

use crate::fake::{Reply, answer, fake, finish, read_request, status};
use crate::support::{is_retry, notice, signed, text, webhook};

#[tokio::test]
async fn n1_retry_after_is_read_and_capped_by_the_outbox() {
    let cases = [
        ("retry-after: 5\r\n", Some(5)),
        ("retry-after: 99999\r\n", Some(99_999)),
        ("date: Sun, 06 Nov 1994 08:49:37 GMT\r\nretry-after: Sun, 06 Nov 1994 08:50:07 GMT\r\n", Some(30)),
        ("retry-after: soon\r\n", None),
        ("retry-after: 0\r\n", None),
        ("", None),
    ];
    let (at, _requests) = fake(cases.iter().map(|(h, _)| answer("429 Too Many Requests", h, "slow down")).collect());
    let page = webhook(&format!("url = \"http://{at}/\""));
    for (headers, expected) in cases {
        let Attempt::Retry { why, after } = page.send(&notice(1)).await else { panic!("{headers}") };
        assert_eq!(why.as_str(), "HTTP 429 Too Many Requests: slow down");
        assert_eq!(after.map(|d| d.as_secs()), expected, "{headers}");
        let wait = back_off(1, after, 0.0);
        assert!(!wait.is_zero() && wait <= RETRY_AFTER_MAX, "{headers}: {wait:?}");
    }
}

#[tokio::test]
async fn n2_an_hour_of_500_is_a_few_dozen_tries_with_one_key_and_then_one_delivery() {
    let down = Arc::new(Mutex::new(true));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let (log, requests) = sync_channel(1000);
    let state = Arc::clone(&down);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let request = read_request(&mut stream).unwrap();
            let reply = if *state.lock().unwrap() { status("500 Internal Server Error") } else { status("200 OK") };
            finish(stream, &reply);
            log.send(request).unwrap();
        }
    });
    let page = webhook(&format!("url = \"http://{at}/\", secret = \"k\""));
    let (mut waited, mut attempt) = (Duration::ZERO, 1);
    let sent = loop {
        *down.lock().unwrap() = waited < Duration::from_hours(1);
        match page.send(&notice(attempt)).await {
            Attempt::Retry { after, .. } => waited += back_off(attempt, after, 0.5),
            other => break other,
        }
        attempt += 1;
    };
    assert!(matches!(sent, Attempt::Sent(_)), "{sent:?}");
    assert!((10..60).contains(&attempt), "{attempt} tries in {waited:?}");
    let requests: Vec<_> = requests.try_iter().collect();
    assert_eq!(requests.len(), attempt as usize);
    assert!(requests.iter().all(|r| r.header("webhook-id") == Some("inst-1:4821:1:page") && signed(r, b"k")));
    assert!(requests.iter().zip(1..).all(|(r, n)| r.json()["attempt"] == n));
}

#[tokio::test]
async fn n3_a_lost_reply_is_tried_again_with_the_same_key_and_says_it_may_be_a_second_one() {
    let (at, requests) = fake(vec![Reply::Silence, Reply::Close, status("200 OK")]);
    let page = webhook(&format!("url = \"http://{at}/\", timeout = \"300ms\""));
    let started = Instant::now();
    for n in [1, 2] {
        let attempt = page.send(&notice(n)).await;
        assert!(is_retry(&attempt) && text(&attempt).contains("may have arrived"), "{attempt:?}");
    }
    assert!(started.elapsed() < Duration::from_secs(5));
    assert!(matches!(page.send(&notice(3)).await, Attempt::Sent(_)));
    let ids: Vec<_> = requests.try_iter().map(|r| r.header("webhook-id").unwrap().to_owned()).collect();
    assert_eq!(ids, vec!["inst-1:4821:1:page"; 3]);
}

#[tokio::test]
async fn n3_a_reply_whose_body_never_ends_is_still_a_delivery() {
    let (at, _requests) = fake(vec![Reply::Drip]);
    let page = webhook(&format!("url = \"http://{at}/\", timeout = \"1s\""));
    let started = Instant::now();
    assert!(matches!(page.send(&notice(1)).await, Attempt::Sent(_)));
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn n3_nobody_listening_and_no_http_at_all_can_be_retried() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let attempt = webhook(&format!("url = \"http://{closed}/\"")).send(&notice(1)).await;
    assert!(is_retry(&attempt) && text(&attempt).starts_with("no connection"), "{attempt:?}");
    let (at, _requests) = fake(vec![Reply::Answer("SSH-2.0-OpenSSH_9.2\r\n".into())]);
    assert!(is_retry(&webhook(&format!("url = \"http://{at}/\"")).send(&notice(1)).await));
}

#[tokio::test]
async fn n5_a_refusal_is_dead_at_once_and_no_redirect_is_followed() {
    let (trap, trapped) = fake(vec![status("200 OK")]);
    let codes = ["301", "302", "303", "304", "307", "308", "400", "401", "403", "404", "410", "413", "422", "451"];
    let location = format!("location: http://{trap}/\r\n");
    let (at, requests) = fake(codes.iter().map(|c| answer(&format!("{c} No"), &location, "")).collect());
    let page = webhook(&format!("url = \"http://{at}/\""));
    for code in codes {
        let attempt = page.send(&notice(1)).await;
        assert!(matches!(&attempt, Attempt::Dead(why) if why.as_str().contains(code)), "{code}: {attempt:?}");
    }
    assert_eq!(requests.try_iter().count(), codes.len(), "one request each");
    assert!(trapped.try_recv().is_err(), "a redirect was followed");
    let (at, _requests) = fake(["408 a", "425 a", "500 a", "502 a", "503 a", "504 a", "599 a"].map(status).into());
    let page = webhook(&format!("url = \"http://{at}/\""));
    for _ in 0..7 {
        assert!(is_retry(&page.send(&notice(1)).await));
    }
}

#[tokio::test]
async fn n9_a_hostile_title_stays_inside_its_json_string() {
    let (at, requests) = fake(vec![status("200 OK")]);
    let page = webhook(&format!("url = \"http://{at}/\", secret = \"k\""));
    let mut wild = String::from("<!channel> [x](http://evil/) \"}\r\nwebhook-id: forged\r\n\r\n\u{202e}\x1b[2J\0 🦀");
    for _ in 0..2000 {
        let _ = write!(wild, "🦀é");
    }
    let hostile = Notice {
        key: format!("{}é\r\nx-evil: 1", "k".repeat(300)),
        title: Untrusted::new(wild.as_str()).clean(),
        service: None,
        ..notice(1)
    };
    assert!(matches!(page.send(&hostile).await, Attempt::Sent(_)));
    let request = requests.recv().unwrap();
    assert_eq!(request.header("x-evil"), None);
    assert!(request.header("webhook-id").unwrap().len() < 100);
    assert!(signed(&request, b"k"));
    assert_eq!(request.json()["title"], Value::from(hostile.title.as_str()));
    assert_eq!(request.json()["service"], Value::Null);
    assert!(!request.body.iter().any(u8::is_ascii_control));
}

#[tokio::test]
async fn l4_what_the_far_side_says_is_short_and_cannot_command_a_terminal() {
    let body = format!("\x1b]52;c;eA==\x07 \u{202e}{}", "spam ".repeat(100_000));
    let (at, _requests) = fake(vec![answer("400 Bad Request", "", &body)]);
    let attempt = webhook(&format!("url = \"http://{at}/\"")).send(&notice(1)).await;
    assert!(text(&attempt).starts_with("HTTP 400 Bad Request: ␛]52;c;eA==␇ ⟨U+202E⟩spam"), "{attempt:?}");
    assert!(text(&attempt).len() < 300);
}

#[tokio::test]
async fn c4_an_echo_of_what_the_signing_secret_encodes_is_masked() {
    let (at, _requests) = fake(vec![answer("400 Bad Request", "", "you sent hunter2-canary")]);
    // `hunter2-canary` in base64.
    let page = webhook(&format!("url = \"http://{at}/\", secret = \"whsec_aHVudGVyMi1jYW5hcnk=\""));
    let said = page.send(&notice(1)).await;
    assert_eq!(text(&said), "HTTP 400 Bad Request: you sent •••");
}
