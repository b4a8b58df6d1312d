//! The feed of the flood, in a process of its own, and the bare reader it is compared with. What event `n` says is a pure
//! function of `n`, so that the model in the parent knows the end without having listened.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use rustix::time::{ClockId, clock_gettime};
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::{accept_hdr_async, client_async};

pub const KEYS: u64 = 1000;
/// These never end: there is always something to ack.
pub const STEADY: u64 = 100;
const GAUGES: u64 = 10;
const COUNTERS: u64 = 5;
/// What is due is sent in slices of this.
const SLICE: Duration = Duration::from_millis(5);

pub enum Says {
    Raised(u64),
    Updated(u64),
    Resolved(u64),
    Gauge(u64),
    Counter(u64),
}

pub fn says(n: u64) -> Says {
    let mixed = mix(n);
    let key = (mixed >> 32) % KEYS;
    match mixed % 100 {
        0..60 => Says::Updated(key),
        60..75 => Says::Raised(key),
        75..90 if key < STEADY => Says::Updated(key),
        75..90 => Says::Resolved(key),
        90..95 => Says::Gauge(key % GAUGES),
        _ => Says::Counter(key % COUNTERS),
    }
}

fn mix(n: u64) -> u64 {
    let mut z = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

pub fn key_name(key: u64) -> String {
    format!("service-{key}/queue")
}
pub fn title(n: u64, key: u64) -> String {
    format!("queue depth {n} over 1000 on node {key}")
}
pub fn severity(key: u64) -> &'static str {
    ["critical", "warning", "notice"][(key % 3) as usize]
}

fn event(n: u64, time: &str) -> String {
    let mut text = String::with_capacity(420);
    let _ =
        write!(text, r#"{{"specversion":"1.0","id":"e-{n}","source":"/flood","time":"{time}","sequence":"{n:020}","#);
    let alert = |text: &mut String, said: &str, key: u64| {
        let (name, title, severity) = (key_name(key), title(n, key), severity(key));
        let _ = write!(
            text,
            r#""type":"watchdeck.alert.{said}","data":{{"key":"{name}","severity":"{severity}","title":"{title}","service":"service-{key}","value":{n},"limit":1000,"labels":{{"team":"ml","zone":"eu-1","node":"n{key}"}}}}}}"#
        );
    };
    let _ = match says(n) {
        Says::Raised(key) => {
            alert(&mut text, "raised", key);
            Ok(())
        }
        Says::Updated(key) => {
            alert(&mut text, "updated", key);
            Ok(())
        }
        Says::Resolved(key) => {
            let name = key_name(key);
            write!(text, r#""type":"watchdeck.alert.resolved","data":{{"key":"{name}","note":"drained"}}}}"#)
        }
        Says::Gauge(g) => write!(text, r#""type":"watchdeck.gauge","data":{{"name":"gauge-{g}","value":{n}}}}}"#),
        Says::Counter(c) => write!(text, r#""type":"watchdeck.counter","data":{{"name":"counter-{c}","add":1}}}}"#),
    };
    text
}

/// The child: says its url, pours `events` at `rate` a second to the first who comes, says how long that took.
pub async fn pour(rate: u64, events: u64) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("ws://{}/", listener.local_addr().unwrap());
    std::io::stdout().flush().unwrap();
    let (tcp, _) = listener.accept().await.unwrap();
    tcp.set_nodelay(true).unwrap();
    #[allow(clippy::result_large_err, clippy::unnecessary_wraps, reason = "tungstenite's own type")]
    let select = |_: &Request, mut response: Response| {
        response.headers_mut().insert("sec-websocket-protocol", "cloudevents.json".parse().unwrap());
        Ok(response)
    };
    let (mut sink, mut heard) = accept_hdr_async(tcp, select).await.unwrap().split();
    let time = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    let reader = tokio::spawn(async move { while heard.next().await.is_some() {} });
    let began = Instant::now();
    let mut sent = 0;
    while sent < events {
        let due = events.min((began.elapsed().as_secs_f64() * rate as f64) as u64);
        while sent < due {
            sent += 1;
            sink.feed(Message::text(event(sent, &time))).await.unwrap();
        }
        sink.flush().await.unwrap();
        tokio::time::sleep(SLICE).await;
    }
    println!("{}", began.elapsed().as_secs_f64());
    std::io::stdout().flush().unwrap();
    let _ = reader.await;
}

/// The child that does what anybody would write first; prints CPU microseconds per event.
pub async fn bare(url: String, events: u64) {
    let host = url.trim_start_matches("ws://").trim_end_matches('/').to_owned();
    let tcp = tokio::net::TcpStream::connect(host).await.unwrap();
    let mut request = tokio_tungstenite::tungstenite::client::IntoClientRequest::into_client_request(url).unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "cloudevents.json".parse().unwrap());
    let (mut link, _) = client_async(request, tcp).await.unwrap();
    let before = cpu_us();
    let mut text_seen = 0;
    for _ in 0..events {
        if let Message::Text(text) = link.next().await.unwrap().unwrap() {
            let event: Value = serde_json::from_str(&text).unwrap();
            text_seen += event["type"].as_str().unwrap().len();
        }
    }
    assert!(text_seen > 0);
    println!("{}", (cpu_us() - before) / events as f64);
}

fn cpu_us() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}
