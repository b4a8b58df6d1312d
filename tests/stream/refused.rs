//! W11 and the ways in: refusals at the upgrade, tokens, subprotocols, a private CA.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, timeout};
use watchdeck::config::value::Secret;
use watchdeck::domain::feed::StreamPosition;
use watchdeck::domain::live::Link;
use watchdeck::sources::stream::Feed;

use super::ws_server::{Console, accept, accept_plain, accept_request, clock, header, listen, raised, spec, upgrade};

#[tokio::test]
async fn w11_a_refusal_says_why_and_is_retried_slowly() {
    let answers = [
        ("401 Unauthorized", "", "401: the feed wants a valid token"),
        ("403 Forbidden", "", "403: the token may not"),
        ("429 Too Many Requests", "Retry-After: 120\r\n", "429: the feed limits"),
        ("302 Found", "Location: https://login.example/\u{9b}31m\r\n", "redirects to https://login.example/"),
        ("200 OK", "Content-Type: text/html\r\n", "with text/html instead of an upgrade"),
    ];
    for (status, headers, said) in answers {
        let (listener, url) = listen().await;
        let mut console = Console::start(spec(&url, ""));
        let (mut tcp, _) = accept_request(&listener).await;
        let body = "<html>no</html>";
        let answer = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len());
        tcp.write_all(answer.as_bytes()).await.unwrap();
        drop(tcp);
        let answered = clock().wall;
        console.until(said, |c| matches!(c.link(), Link::Refused { .. }) && c.said(said)).await;
        assert!(console.statuses.iter().all(|s| !s.detail.as_str().contains('\u{9b}')));
        let Link::Refused { at } = console.link() else { panic!() };
        // The slow wait is the upper half of the longest window (200 ms in this config).
        let least = if headers.contains("120") { 119_000 } else { 90 };
        assert!(at.since(answered) >= Duration::from_millis(least), "{status}: {:?}", at.since(answered));
    }
}

#[tokio::test]
async fn w11_a_refusal_is_not_hammered() {
    let (listener, url) = listen().await;
    let mut console = Console::start(spec(&url, ""));
    let began = Instant::now();
    let mut tries = 0;
    while began.elapsed() < Duration::from_millis(700) {
        let Ok(Ok((mut tcp, _))) = timeout(Duration::from_millis(100), listener.accept()).await else { continue };
        tries += 1;
        let _ = tcp.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").await;
    }
    assert!((2..=8).contains(&tries), "{tries} tries in 0.7 s with a wait of 0.1 to 0.2 s");
    console.until("said", |c| c.said("403")).await;
}

#[tokio::test]
async fn w11_a_server_error_mends_itself() {
    let (listener, url) = listen().await;
    let mut console = Console::start(spec(&url, ""));
    let (mut tcp, _) = accept_request(&listener).await;
    tcp.write_all(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n").await.unwrap();
    console.until("said", |c| matches!(c.link(), Link::Reconnecting { .. }) && c.said("503")).await;
    accept(&listener).await;
    console.until("live", |c| c.link() == Link::Live).await;
}

#[tokio::test]
async fn w11_the_token_is_read_again_for_each_try() {
    let (listener, url) = listen().await;
    let asked = AtomicU32::new(0);
    let token = move || Ok(Some(Secret::new(format!("t{}", asked.fetch_add(1, Ordering::Relaxed)))));
    let start = StreamPosition::default();
    let feed = Feed { spec: spec(&url, ""), start, token: Arc::new(token), clock: Arc::new(clock), seed: 1 };
    let mut console = Console::of(feed);
    let (mut tcp, request) = accept_request(&listener).await;
    assert_eq!(header(&request, "authorization").as_deref(), Some("Bearer t0"));
    tcp.write_all(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n").await.unwrap();
    drop(tcp);
    let (_tcp, request) = accept_request(&listener).await;
    assert_eq!(header(&request, "authorization").as_deref(), Some("Bearer t1"));
    console.until("said without the token", |c| c.said("401")).await;
    assert!(!console.said("t0"));
}

#[tokio::test]
async fn a_token_file_that_is_missing_or_open_to_others_is_said_and_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let (listener, url) = listen().await;
    let mut console = Console::start(spec(&url, &format!("token_file = '{}'", path.display())));
    console.until("said", |c| matches!(c.link(), Link::Refused { .. }) && c.said("cannot read token_file")).await;
    std::fs::write(&path, "sesame\n").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    console.until("refused", |c| c.said("cannot read token_file") && c.said("chmod 600")).await;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let (_tcp, request) = accept_request(&listener).await;
    assert_eq!(header(&request, "authorization").as_deref(), Some("Bearer sesame"));
}

#[tokio::test]
async fn a_feed_that_selects_no_subprotocol_is_read_without_and_that_is_said() {
    let (listener, url) = listen().await;
    let mut console = Console::start(spec(&url, ""));
    assert!(accept_plain(&listener).await.is_none());
    let mut link = accept_plain(&listener).await.expect("the second try comes at once, without an offer");
    link.say(raised(1, "k", 1.0)).await;
    console.until("said and read", |c| c.said("selects no subprotocol") && c.state.len() == 1).await;
    assert_eq!(console.link(), Link::Live);
}

#[tokio::test]
async fn wss_trusts_its_own_ca_and_no_other() {
    let certified = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, certified.cert.pem()).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![certified.cert.der().clone()], key).unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let (listener, url) = listen().await;
    let url = url.replace("ws://127.0.0.1", "wss://localhost");

    let mut stranger = Console::start(spec(&url, ""));
    let (tcp, _) = listener.accept().await.unwrap();
    assert!(acceptor.accept(tcp).await.is_err());
    stranger.until("refused", |c| matches!(c.link(), Link::Refused { .. }) && c.said("TLS:")).await;
    drop(stranger);

    let mut console = Console::start(spec(&url, &format!("ca_file = '{}'", ca.display())));
    let mut link = loop {
        let (tcp, _) = listener.accept().await.unwrap();
        if let Ok(tls) = acceptor.accept(tcp).await {
            break upgrade(tls).await.unwrap();
        }
    };
    link.say(raised(1, "k", 1.0)).await;
    console.until("read over TLS", |c| c.state.len() == 1).await;
}
