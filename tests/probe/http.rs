use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use watchdeck::domain::sample::{FailKind, Outcome, Requests};
use watchdeck::sources::probe::Observation;

use crate::http_server::{Fake, request, whole};
use crate::kit::{ask, look};

fn failed(seen: &Observation, kind: FailKind) {
    assert_eq!((seen.outcome, seen.fail), (Outcome::Failed, Some(kind)), "{seen:?}");
}
fn unreachable(seen: &Observation, kind: FailKind) {
    assert_eq!((seen.outcome, seen.fail), (Outcome::Unreachable, Some(kind)), "{seen:?}");
}

#[tokio::test]
async fn a_healthy_answer_is_ok_with_its_phases_its_word_and_its_figures() {
    let body = r#"{"status":"healthy","version":"1.4.2","database":{"status":"healthy","connection_time_ms":12},
        "requests":{"total":1000,"good":998},"queue":{"depth":7}}"#;
    let fake = Fake::answering("200 OK", "Content-Type: application/json\r\n", body).await;
    let keys = "counters = { total = '$.requests.total', good = '$.requests.good' },
        figures = { depth = { path = '$.queue.depth', unit = 'jobs' } }";
    let seen = ask(&fake.url(), &keys.replace('\n', " ")).await;
    assert_eq!(seen.outcome, Outcome::Ok, "{seen:?}");
    assert_eq!(seen.detail.as_str(), "200 healthy 1.4.2, database healthy 12 ms");
    assert_eq!(seen.requests, Some(Requests { total: 1000, good: 998 }));
    assert_eq!((seen.figures[0].value, seen.figures[0].unit.as_str()), (7.0, "jobs"));
    let p = seen.phases;
    assert!(p.dns_us.is_none() && p.tls_us.is_none(), "{p:?}");
    let parts = p.connect_us.expect("connect") + p.wait_us.expect("wait") + p.body_us.expect("body");
    assert!(parts <= seen.total_us, "{p:?} {}", seen.total_us);
}

#[tokio::test]
async fn the_wait_is_counted_from_the_request_to_the_first_byte() {
    let fake = Fake::start(|mut stream| async move {
        request(&mut stream).await;
        tokio::time::sleep(Duration::from_millis(80)).await;
        let _ = stream.write_all(&whole("200 OK", "", b"ok")).await;
    })
    .await;
    let seen = ask(&fake.url(), "").await;
    let wait = seen.phases.wait_us.expect("wait");
    assert!((75_000..300_000).contains(&wait) && seen.total_us >= wait, "{seen:?}");
}

#[tokio::test]
async fn a_name_is_resolved_and_timed() {
    let fake = Fake::answering("200 OK", "", "ok").await;
    let seen = ask(&format!("http://localhost:{}/", fake.addr.port()), "").await;
    assert_eq!(seen.outcome, Outcome::Ok, "{seen:?}");
    assert!(seen.phases.dns_us.is_some());
}

#[tokio::test]
async fn the_request_says_what_the_config_says() {
    let heard = Arc::new(Mutex::new(String::new()));
    let into = Arc::clone(&heard);
    let fake = Fake::start(move |mut stream| {
        let into = Arc::clone(&into);
        async move {
            let said = request(&mut stream).await;
            *into.lock().expect("lock") = said;
            let _ = stream.write_all(&whole("204 No Content", "", b"")).await;
        }
    })
    .await;
    let token = tempfile::NamedTempFile::new().expect("file");
    std::fs::write(token.path(), "s3cret\n").expect("write");
    let keys = format!(
        "method = 'POST', body = 'x=1', headers = {{ X-Team = 'on-call' }}, bearer_file = '{}'",
        token.path().display()
    );
    let seen = ask(&fake.url(), &keys).await;
    assert_eq!(seen.outcome, Outcome::Ok, "{seen:?}");
    let heard = heard.lock().expect("lock").to_lowercase();
    for part in [
        "post /health http/1.1\r\n",
        "x-team: on-call\r\n",
        "authorization: bearer s3cret\r\n",
        "content-length: 3\r\n",
    ] {
        assert!(heard.contains(part), "{part} in {heard}");
    }
    let seen = ask(&fake.url(), "bearer_file = '/nonexistent/token'").await;
    failed(&seen, FailKind::Local);
}

#[tokio::test]
async fn h1_endless_body_is_cut_at_its_limit() {
    let fake = Fake::start(|mut stream| async move {
        request(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        let piece = [b'x'; 16 * 1024];
        while stream.write_all(&piece).await.is_ok() {}
    })
    .await;
    failed(&ask(&fake.url(), "").await, FailKind::Size);
    failed(&ask(&fake.url(), "max_body = '64KiB'").await, FailKind::Size);
}

#[tokio::test]
async fn h1_gzip_bomb_is_cut_at_its_limit_decompressed() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..64 {
        gzip.write_all(&vec![0; 1 << 20]).expect("gzip");
    }
    let bomb = gzip.finish().expect("gzip");
    assert!(bomb.len() < 100_000);
    let fake = Fake::saying(whole("200 OK", "Content-Encoding: gzip\r\n", &bomb)).await;
    failed(&ask(&fake.url(), "").await, FailKind::Size);
}

#[tokio::test]
async fn a_gzip_body_is_read() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(br#"{"status":"degraded"}"#).expect("gzip");
    let fake = Fake::saying(whole("200 OK", "Content-Encoding: gzip\r\n", &gzip.finish().expect("gzip"))).await;
    assert_eq!(ask(&fake.url(), "").await.outcome, Outcome::Degraded);
}

#[tokio::test]
async fn h1_endless_headers_are_cut() {
    let one_line = Fake::start(|mut stream| async move {
        request(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX-A: ").await;
        while stream.write_all(&[b'a'; 4096]).await.is_ok() {}
    })
    .await;
    failed(&ask(&one_line.url(), "").await, FailKind::Size);
    let many = Fake::start(|mut stream| async move {
        request(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n").await;
        while stream.write_all(b"X-A: b\r\n").await.is_ok() {}
    })
    .await;
    failed(&ask(&many.url(), "").await, FailKind::Size);
}

#[tokio::test]
async fn h7_a_flood_of_interim_answers_is_cut_before_the_deadline() {
    let fake = Fake::start(|mut stream| async move {
        request(&mut stream).await;
        while stream.write_all(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n").await.is_ok() {}
    })
    .await;
    let seen = ask(&fake.url(), "").await;
    failed(&seen, FailKind::Size);
    assert!(seen.total_us < 1_400_000, "{seen:?}");
}

#[tokio::test]
async fn h2_slow_drip_ends_at_the_deadline_and_says_how_far_it_came() {
    let fake = Fake::start(|mut stream| async move {
        request(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n").await;
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let seen = ask(&fake.url(), "timeout = '300ms'").await;
    failed(&seen, FailKind::Timeout);
    assert!(seen.phases.connect_us.is_some() && seen.phases.wait_us.is_some(), "{seen:?}");
    assert!((300_000..900_000).contains(&seen.total_us), "{seen:?}");
}

#[tokio::test]
async fn h2_accept_never_answer_is_a_timeout() {
    let fake = Fake::silent().await;
    let seen = ask(&fake.url(), "timeout = '200ms'").await;
    unreachable(&seen, FailKind::Timeout);
    assert!(seen.detail.as_str().contains("no answer"), "{seen:?}");
}

#[tokio::test]
async fn h2_rst_mid_body_is_a_reset() {
    let fake = Fake::start(|mut stream| async move {
        request(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nsome").await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        socket_reset(stream);
    })
    .await;
    failed(&ask(&fake.url(), "").await, FailKind::Reset);
}

/// Closes with a RST instead of a FIN.
fn socket_reset(stream: tokio::net::TcpStream) {
    rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO)).expect("linger");
    drop(stream);
}

#[tokio::test]
async fn nobody_listening_and_a_close_without_a_word() {
    let gone = Fake::silent().await;
    let url = gone.url();
    drop(gone);
    tokio::task::yield_now().await;
    unreachable(&ask(&url, "").await, FailKind::Refused);
    let mute = Fake::saying("").await;
    unreachable(&ask(&mute.url(), "").await, FailKind::Reset);
}

#[tokio::test]
async fn h3_redirect_is_not_followed() {
    let other = Fake::answering("200 OK", "", "ok").await;
    for place in [
        format!("http://{}/steal?token=1", other.addr),
        "/loop".into(),
        "http://169.254.169.254/latest".into(),
        "file:///etc/passwd".into(),
        "\u{1b}[2J".into(),
    ] {
        let fake = Fake::answering("302 Found", &format!("Location: {place}\r\n"), "").await;
        let seen = ask(&fake.url(), "headers = { Authorization = 'Bearer x' }").await;
        failed(&seen, if place.starts_with('\u{1b}') { FailKind::Protocol } else { FailKind::Redirect });
        assert!(!seen.detail.as_str().contains("token"), "{seen:?}");
        assert_eq!(fake.connections(), 1, "{place}");
    }
    assert_eq!(other.connections(), 0, "no second connection, so no header sent");
}

#[tokio::test]
async fn h7_the_body_is_believed_over_the_status() {
    for (status, body, outcome, fail) in [
        ("200 OK", r#"{"status":"degraded"}"#, Outcome::Degraded, None),
        ("200 OK", r#"{"data":{"status":"Warning"}}"#, Outcome::Degraded, None),
        ("200 OK", r#"{"status":"unhealthy"}"#, Outcome::Failed, Some(FailKind::Body)),
        ("200 OK", r#"{"status":"UP"}"#, Outcome::Ok, None),
        ("200 OK", r#"{"status":"rebalancing"}"#, Outcome::Ok, None),
        ("200 OK", "not json {", Outcome::Ok, None),
        ("503 Service Unavailable", r#"{"status":"unhealthy"}"#, Outcome::Failed, Some(FailKind::Status)),
        ("404 Not Found", "", Outcome::Failed, Some(FailKind::Status)),
        ("204 No Content", "", Outcome::Ok, None),
    ] {
        let fake = Fake::answering(status, "", body).await;
        let seen = ask(&fake.url(), "").await;
        assert_eq!((seen.outcome, seen.fail), (outcome, fail), "{status} {body}: {seen:?}");
        let seen = ask(&fake.url(), "health = 'ignore'").await;
        assert_eq!(seen.outcome.up(), status.starts_with('2'), "{status} {body}: {seen:?}");
    }
}

#[tokio::test]
async fn h7_what_was_expected_and_is_not_there_is_a_failure() {
    let body = r#"{"status":"degraded","load":0.7,"name":"db \u001b[31m"}"#;
    let fake = Fake::answering("200 OK", "Server: nginx\r\n", body).await;
    for (keys, fail) in [
        ("expect = { status = '204' }", Some(FailKind::Status)),
        ("expect = { status = ['2xx', '404'] }", None),
        ("expect = { body_contains = 'degraded' }", None),
        ("expect = { body_contains = 'pong' }", Some(FailKind::Body)),
        ("expect = { header = [{ name = 'Server', contains = 'ngi' }] }", None),
        ("expect = { header = [{ name = 'Server', equals = 'apache' }] }", Some(FailKind::Header)),
        ("expect = { header = [{ name = 'X-None' }] }", Some(FailKind::Header)),
        ("expect = { json = [{ path = '$.load', above = 0.5, below = '80%' }] }", None),
        ("expect = { json = [{ path = '$.load', above = 0.7 }] }", Some(FailKind::Body)),
        ("expect = { json = [{ path = '$.gone', exists = false }] }", None),
        ("expect = { json = [{ path = '$.gone' }] }", Some(FailKind::Body)),
        ("expect = { json = [{ path = '$.name', equals = 'db' }] }", Some(FailKind::Body)),
    ] {
        let seen = ask(&fake.url(), keys).await;
        assert_eq!(seen.fail, fail, "{keys}: {seen:?}");
        assert_eq!(seen.outcome, if fail.is_some() { Outcome::Failed } else { Outcome::Degraded }, "{keys}");
        assert!(!seen.detail.as_str().contains('\u{1b}'));
    }
    // A word that means degraded misses "healthy" as a degradation.
    let seen = ask(&fake.url(), "expect = { json = [{ path = '$.status', equals = 'healthy' }] }").await;
    assert_eq!((seen.outcome, seen.fail), (Outcome::Degraded, None), "{seen:?}");
    let html = Fake::answering("200 OK", "Content-Type: application/json\r\n", "<html>").await;
    failed(&ask(&html.url(), "expect = { json = [{ path = '$.a' }] }").await, FailKind::Body);
    failed(&ask(&html.url(), "figures = { a = '$.a' }").await, FailKind::Body);
}

#[tokio::test]
async fn h7_wrong_content_length_and_junk_are_told_and_never_panic() {
    for (bytes, fail) in [
        (&b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort"[..], Some(FailKind::Protocol)),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more", None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", Some(FailKind::Protocol)),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nok", Some(FailKind::Protocol)),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nok\r\n", Some(FailKind::Protocol)),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", Some(FailKind::Protocol)),
        (b"HTTP/1.1 999 Odd\r\n\r\n", Some(FailKind::Status)),
        (b"hello, this is HTTP/0.9\n", Some(FailKind::Protocol)),
        (b"SSH-2.0-OpenSSH_9.6\r\n", Some(FailKind::Protocol)),
        (b"\x00\xff\xfe\r\n\r\n", Some(FailKind::Protocol)),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\njunk", Some(FailKind::Body)),
        (b"HTTP/1.0 200 OK\r\n\r\nold but whole", None),
    ] {
        let fake = Fake::saying(bytes).await;
        let seen = ask(&fake.url(), "").await;
        assert_eq!(seen.fail, fail, "{}: {seen:?}", bytes.escape_ascii());
    }
}

#[tokio::test]
async fn h8_the_origin_itself_is_asked() {
    // A proxy would be asked with an absolute URI; an origin is asked with a path.
    let fake = Fake::start(|mut stream| async move {
        let head = request(&mut stream).await;
        let status = if head.starts_with("GET /health HTTP/1.1") { "200 OK" } else { "500 Proxied" };
        let _ = stream.write_all(&whole(status, "", b"")).await;
    })
    .await;
    assert_eq!(ask(&fake.url(), "").await.outcome, Outcome::Ok);
}

#[tokio::test]
async fn tcp_connects_and_may_talk() {
    let fake = Fake::start(|mut stream| async move {
        let mut got = [0; 6];
        let _ = stream.read_exact(&mut got).await;
        let _ = stream.write_all(b"+PO").await;
        tokio::time::sleep(Duration::from_millis(20)).await;
        let _ = stream.write_all(b"NG\x1b\r\n").await;
    })
    .await;
    let at = fake.addr;
    let seen = look(&format!("tcp = {{ address = '{at}' }}")).await;
    assert_eq!((seen.outcome, seen.detail.as_str()), (Outcome::Ok, "connected"));
    let seen = look(&format!("tcp = {{ address = '{at}', send = \"PING\\r\\n\", expect = '+PONG' }}")).await;
    assert_eq!(seen.outcome, Outcome::Ok, "{seen:?}");
    let seen = look(&format!("tcp = {{ address = '{at}', send = \"PING\\r\\n\", expect = 'no' }}")).await;
    failed(&seen, FailKind::Body);
    assert!(!seen.detail.as_str().contains('\u{1b}'));
    let silent = Fake::silent().await;
    let seen = look(&format!("tcp = {{ address = '{}', expect = 'x', timeout = '200ms' }}", silent.addr)).await;
    unreachable(&seen, FailKind::Timeout);
}

/// A resolver may hold its thread for half a minute: the look does not wait for it, and neither does this test.
#[test]
fn h5_a_name_that_does_not_exist_or_a_dead_resolver_is_a_resolve_failure() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
    let seen = runtime.block_on(look("tcp = { address = 'no-such-host.invalid:80', timeout = '5s' }"));
    runtime.shutdown_background();
    unreachable(&seen, FailKind::Resolve);
    assert!(seen.phases.dns_us.is_some_and(|us| us < 3_500_000), "{seen:?}");
}
