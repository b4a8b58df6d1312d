//! The estate from outside, as a probe, a stream client and a script meet it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test's helpers are tests"
)]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use watchdeck::demo::{Estate, Fault, Options, start};
use watchdeck::domain::time::{Now, Stamp};

const DEADLINE: Duration = Duration::from_secs(8);

struct Bench {
    estate: Estate,
    dir: tempfile::TempDir,
}

async fn bench(faults: &[&str]) -> Bench {
    let dir = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    let wall = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis() as i64;
    let clock = move || {
        let ms = begun.elapsed().as_millis() as i64;
        Now { wall: Stamp(wall + ms), boot_ms: ms }
    };
    let faults = faults.iter().map(|f| Fault::parse(f).unwrap()).collect();
    let options =
        Options { seed: 7, speed: 1.0, faults, dir: dir.path().to_owned(), clock: Arc::new(clock), program: None };
    Bench { estate: start(options).await.unwrap(), dir }
}

impl Bench {
    fn service(&self, name: &str) -> &str {
        let names = ["dashboard", "webhook", "cache", "websocket", "ml/", "behavioral", "workflows"];
        &self.estate.services[names.iter().position(|n| name.starts_with(n)).unwrap()]
    }
    async fn control(&self, method: &str, path: &str) -> (StatusCode, Value) {
        http(method, &format!("{}{path}", self.estate.control), &[], "").await.unwrap()
    }
}

type Reply = Result<(StatusCode, Value), String>;

async fn http(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    let uri: Uri = url.parse().unwrap();
    let stream = TcpStream::connect(uri.authority().unwrap().as_str()).await.map_err(|e| format!("{:?}", e.kind()))?;
    if uri.scheme_str() == Some("https") {
        return Err("speak TLS".into());
    }
    exchange(stream, method, &uri, headers, body).await
}

async fn exchange<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    method: &str,
    uri: &Uri,
    headers: &[(&str, &str)],
    body: &str,
) -> Reply {
    let said = |e: hyper::Error| e.to_string();
    let (mut send, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(said)?;
    tokio::spawn(connection);
    let mut request = Request::builder().method(method).uri(uri.path()).header("host", "127.0.0.1");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer =
        send.send_request(request.body(Full::new(Bytes::from(body.to_owned()))).unwrap()).await.map_err(said)?;
    let status = answer.status();
    let bytes = answer.into_body().collect().await.map_err(said)?.to_bytes();
    Ok((status, serde_json::from_slice(&bytes).map_err(|e| e.to_string())?))
}

/// Tries until it holds; the deadline is the test's.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let tries = async {
        while !holds().await {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(DEADLINE, tries).await.unwrap_or_else(|_| panic!("not within the deadline: {what}"));
}

struct Feed(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Feed {
    async fn connect(url: &str) -> Self {
        let mut request = url.into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "cloudevents.json".parse().unwrap());
        let (socket, answer) = connect_async(request).await.unwrap();
        assert_eq!(answer.headers()["sec-websocket-protocol"], "cloudevents.json");
        Self(socket)
    }
    async fn hello(url: &str, stream: Option<&str>, last: Option<u64>) -> Self {
        let mut feed = Self::connect(url).await;
        feed.say("watchdeck.hello", &json!({ "stream": stream, "last": last })).await;
        feed
    }
    async fn say(&mut self, kind: &str, data: &Value) {
        let event = json!({ "specversion": "1.0", "id": "1", "source": "test", "type": kind, "data": data });
        self.0.send(Message::text(event.to_string())).await.unwrap();
    }
    /// The next message; text that is no JSON is null.
    async fn next(&mut self) -> Value {
        let message = timeout(DEADLINE, self.0.next()).await.expect("the feed speaks").unwrap().unwrap();
        message.to_text().ok().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }
    async fn wanted(&mut self, kind: &str) -> Value {
        loop {
            let event = self.next().await;
            if event["type"] == kind {
                return event;
            }
        }
    }
    async fn numbered(&mut self) -> u64 {
        loop {
            if let Some(number) = number(&self.next().await) {
                return number;
            }
        }
    }
}

fn number(event: &Value) -> Option<u64> {
    let text = event["sequence"].as_str()?;
    assert_eq!(text.len(), 20, "zero-padded");
    text.parse().ok()
}

#[tokio::test]
async fn something_to_ack_is_there_within_two_seconds() {
    let begun = Instant::now();
    let b = bench(&[]).await;
    let mut feed = Feed::hello(&b.estate.stream, None, None).await;
    let alert = feed.wanted("watchdeck.alert.raised").await;
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert_eq!((&alert["data"]["severity"], &alert["data"]["key"]), (&json!("critical"), &json!("ghl-signature")));
    assert!(alert["stream"].as_str().unwrap().starts_with("demo-7-"));
}

#[tokio::test]
async fn the_services_answer_as_the_seed_describes_them() {
    let b = bench(&[]).await;
    for url in b.estate.services.iter().filter(|url| url.starts_with("http://")) {
        let (status, body) = http("GET", url, &[], "").await.unwrap();
        assert_eq!((status, &body["status"]), (StatusCode::OK, &json!("healthy")), "{url}");
        let (total, good) = (body["requests"]["total"].as_u64().unwrap(), body["requests"]["good"].as_u64().unwrap());
        assert!(total > 10_000 && good <= total && good * 1000 > total * 995, "{body}");
        assert!(body["database"]["connection_time_ms"].is_number() && body["timestamp"].is_f64());
    }
    let begun = Instant::now();
    http("GET", b.service("ml/"), &[], "").await.unwrap();
    assert!(begun.elapsed() > Duration::from_millis(35), "latency is real");
    let (_, hub) = http("GET", b.service("websocket"), &[], "").await.unwrap();
    assert!(hub["connections"].as_f64().unwrap() > 0.0);
    let (_, cache) = http("GET", b.service("cache"), &[], "").await.unwrap();
    assert!(cache["cache"]["hit_rate"].as_f64().unwrap() > 0.8);
}

#[tokio::test]
async fn faults_take_hold_and_are_lifted() {
    let b = bench(&["kill:dashboard-analytics"]).await;
    let ask = |name: &'static str| http("GET", b.service(name), &[], "");
    until("killed from the start", async || ask("dashboard").await == Err("ConnectionRefused".into())).await;
    let (_, state) = b.control("DELETE", "/fault/kill:dashboard-analytics").await;
    assert_eq!(state["faults"]["injected"], json!([]));
    until("back", async || ask("dashboard").await.is_ok()).await;
    b.control("POST", "/fault/kill%3Adashboard_analytics").await;
    until("killed again", async || ask("dashboard").await == Err("ConnectionRefused".into())).await;

    b.control("POST", "/fault/body-degraded:behavioral-learning").await;
    b.control("POST", "/fault/status:webhook-processor").await;
    b.control("POST", "/fault/slow:cache-manager").await;
    let (status, body) = ask("behavioral").await.unwrap();
    assert_eq!((status, &body["status"]), (StatusCode::OK, &json!("degraded")));
    assert_eq!(ask("webhook").await.unwrap().0, StatusCode::INTERNAL_SERVER_ERROR);
    let begun = Instant::now();
    ask("ml/").await.unwrap();
    assert!(begun.elapsed() > Duration::from_millis(200), "a slow cache is felt");

    b.control("POST", "/fault/hang:websocket-hub").await;
    let mut hanging = Box::pin(ask("websocket"));
    assert!(timeout(Duration::from_millis(200), &mut hanging).await.is_err());
    b.control("DELETE", "/fault/hang:websocket-hub").await;
    assert!(timeout(DEADLINE, hanging).await.unwrap().is_ok(), "a lifted hang lets go");

    let (status, body) = b.control("POST", "/fault/stream-gab").await;
    assert_eq!((status, &body["nearest"]), (StatusCode::NOT_FOUND, &json!("stream-gap")));
}

#[tokio::test]
async fn the_feed_replays_from_the_last_number_and_gives_a_snapshot_otherwise() {
    let b = bench(&[]).await;
    let url = &b.estate.stream;
    let mut feed = Feed::hello(url, None, None).await;
    let begin = feed.next().await;
    assert_eq!(begin["type"], "watchdeck.snapshot.begin");
    let end = feed.wanted("watchdeck.snapshot.end").await;
    let (id, mut last) = (end["stream"].as_str().unwrap().to_owned(), number(&end).unwrap());
    for _ in 0..4 {
        let next = feed.numbered().await;
        assert_eq!(next, last + 1, "no seam between snapshot and live");
        last = next;
    }
    let mut again = Feed::hello(url, Some(&id), Some(last - 3)).await;
    assert_eq!([again.numbered().await, again.numbered().await, again.numbered().await], [last - 2, last - 1, last]);
    again.say("watchdeck.replay", &json!({ "from": last - 1, "to": last - 1 })).await;
    again.say("watchdeck.snapshot", &json!({})).await;
    let mut seen = Vec::new();
    loop {
        let event = again.next().await;
        if event["type"] == "watchdeck.snapshot.end" {
            break;
        }
        seen.extend(number(&event));
    }
    assert!(seen.contains(&(last - 1)), "{seen:?}");
    let mut stranger = Feed::hello(url, Some("another"), Some(last)).await;
    assert_eq!(stranger.next().await["type"], "watchdeck.snapshot.begin");
}

#[tokio::test]
async fn a_gap_is_a_gap_and_a_replay_fills_it() {
    let b = bench(&[]).await;
    let mut feed = Feed::hello(&b.estate.stream, None, None).await;
    let mut last = number(&feed.wanted("watchdeck.snapshot.end").await).unwrap();
    b.control("POST", "/fault/stream-gap").await;
    let (from, to) = loop {
        let next = feed.numbered().await;
        if next > last + 1 {
            break (last + 1, next - 1);
        }
        last = next;
    };
    assert_eq!(to - from, 4);
    feed.say("watchdeck.replay", &json!({ "from": from, "to": to })).await;
    until("all five come after all", async || feed.numbered().await == to).await;
}

#[tokio::test]
async fn a_feed_can_flood_babble_and_go_away() {
    let b = bench(&["stream-flood", "stream-garbage"]).await;
    let mut feed = Feed::hello(&b.estate.stream, None, None).await;
    let begun = Instant::now();
    let (mut numbered, mut broken) = (0, 0);
    while numbered < 300 || broken < 2 {
        let event = feed.next().await;
        numbered += u32::from(number(&event).is_some());
        broken += u32::from(event.get("stream").is_none());
    }
    assert!(begun.elapsed() < Duration::from_secs(4));
    b.control("DELETE", "/fault/stream-flood").await;
    until("the storm is taken back", async || {
        let (_, state) = b.control("GET", "/").await;
        !state["feed"]["open"].to_string().contains("storm")
    })
    .await;
    b.control("POST", "/fault/stream-down").await;
    until("cut", async || !matches!(timeout(DEADLINE, feed.0.next()).await.unwrap(), Some(Ok(_)))).await;
    until("refused", async || connect_async(b.estate.stream.as_str()).await.is_err()).await;
    b.control("DELETE", "/fault/stream-down").await;
    until("back", async || connect_async(b.estate.stream.as_str()).await.is_ok()).await;
}

#[tokio::test]
async fn the_pager_gives_a_receipt_and_knows_our_signature() {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use hmac::{KeyInit as _, Mac as _};
    let b = bench(&[]).await;
    let secret = std::fs::read_to_string(b.dir.path().join("page.secret")).unwrap();
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
    mac.update(b"key-1.1700000000.{\"title\":\"x\"}");
    let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    let url = format!("{}/page", b.estate.control);
    let headers = [("webhook-id", "key-1"), ("webhook-timestamp", "1700000000"), ("webhook-signature", &*signature)];
    let (status, receipt) = http("POST", &url, &headers, "{\"title\":\"x\"}").await.unwrap();
    assert_eq!((status, &receipt["receipt"]), (StatusCode::ACCEPTED, &json!("demo-000001")));
    http("POST", &url, &headers, "{\"title\":\"forged\"}").await.unwrap();
    let (_, pages) = b.control("GET", "/pages").await;
    assert_eq!(pages["count"], 2);
    let said = |n: usize, key: &str| pages["pages"][n][key].clone();
    assert_eq!([said(0, "signature"), said(1, "signature")], [json!("valid"), json!("invalid")]);
    assert_eq!([said(0, "repeat"), said(1, "repeat")], [json!(false), json!(true)]);
}

#[tokio::test]
async fn the_tls_service_shows_a_certificate_near_its_end_and_an_expired_one_as_a_fault() {
    use rustls::pki_types::pem::PemObject as _;
    let b = bench(&[]).await;
    let uri: Uri = b.service("workflows").parse().unwrap();
    let mut roots = rustls::RootCertStore::empty();
    let ca = rustls::pki_types::CertificateDer::from_pem_file(b.dir.path().join("ca.pem")).unwrap();
    roots.add(ca).unwrap();
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let dial = async || {
        let stream = TcpStream::connect(uri.authority().unwrap().as_str()).await.unwrap();
        connector.connect("127.0.0.1".try_into().unwrap(), stream).await
    };
    let stream = dial().await.unwrap();
    let der = stream.get_ref().1.peer_certificates().unwrap()[0].to_vec();
    let (_, certificate) = x509_parser::parse_x509_certificate(&der).unwrap();
    let left = certificate.validity().time_to_expiration().unwrap().whole_days();
    assert!((3..14).contains(&left), "{left}");
    let (status, body) = exchange(stream, "GET", &uri, &[], "").await.unwrap();
    assert_eq!((status, &body["service"]), (StatusCode::OK, &json!("workflow_automation")));
    b.control("POST", "/fault/cert-expired").await;
    assert!(dial().await.unwrap_err().to_string().to_lowercase().contains("expired"));
}

#[tokio::test]
async fn the_log_grows_and_the_files_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let b = bench(&["scan"]).await;
    let log = || std::fs::read_to_string(&b.estate.log).unwrap_or_default();
    until("lines are written", async || log().lines().count() > 120 && log().contains("203.0.113.66")).await;
    assert!(log().lines().all(|l| l.matches('"').count() == 6 && l.contains("] \"")));
    for name in ["config.toml", "page.secret", "access.log"] {
        let mode = std::fs::metadata(b.dir.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name}");
    }
}

#[tokio::test]
async fn the_config_names_every_address_and_is_sound_toml() {
    let b = bench(&[]).await;
    let text = std::fs::read_to_string(&b.estate.config_path).unwrap();
    assert_eq!(text, b.estate.config_text);
    let config: toml::Table = text.parse().unwrap();
    let urls: Vec<&str> =
        config["service"].as_array().unwrap().iter().map(|s| s["probe"]["http"]["url"].as_str().unwrap()).collect();
    assert_eq!(urls, b.estate.services);
    assert_eq!(config["stream"][0]["url"].as_str(), Some(b.estate.stream.as_str()));
    let ca = config["service"][6]["probe"]["http"]["extra_ca"].as_str().unwrap();
    assert!(PathBuf::from(ca).is_file());
    if let Ok(to) = std::env::var("WATCHDECK_DEMO_CONFIG") {
        std::fs::write(to, text).unwrap();
    }
}

#[tokio::test]
async fn a_stopped_story_takes_back_what_it_told() {
    let b = bench(&[]).await;
    let open = async || b.control("GET", "/").await.1["feed"]["open"].as_array().unwrap().len();
    until("something is told", async || open().await > 0).await;
    let (_, state) = b.control("DELETE", "/story").await;
    assert_eq!(state["story"], "stopped");
    until("all is resolved", async || open().await == 0).await;
    b.estate.stop().await;
}
