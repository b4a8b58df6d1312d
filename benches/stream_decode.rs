//! What one event costs: `client::run` end to end (decode, order, coalesce, batch) against a bare tokio-tungstenite and
//! `serde_json` loop, in the same run, on the same bytes. The feed is a child process, so that only the reader's CPU
//! counts. Prints events per second and CPU per event of each, and the ratio.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "a measurement"
)]

use std::io::{BufRead, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{accept_hdr_async, client_async};
use watchdeck::domain::feed::StreamPosition;
use watchdeck::domain::time::{Now, Stamp};
use watchdeck::sources::stream::{Feed, StreamEvent, StreamSpec, run};

const EVENTS: u64 = 400_000;
const KEYS: u64 = 1000;

fn main() {
    if std::env::args().any(|arg| arg == "feed") {
        return runtime().block_on(feed());
    }
    println!("{EVENTS} alert events over {KEYS} keys, one reader thread each");
    let mut ratios = Vec::new();
    for round in 1..=3 {
        let value = measure(|url| Box::pin(bare_value(url)));
        let mine = measure(|url| Box::pin(ours(url)));
        ratios.push(mine.1 / value.1);
        for (name, (rate, cpu)) in [("bare + Value", value), ("watchdeck", mine)] {
            println!("round {round}  {name:13} {rate:>9.0} events/s  {cpu:>6.2} us CPU per event");
        }
    }
    ratios.sort_by(f64::total_cmp);
    println!("CPU ratio, median: {:.2}", ratios[1]);
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

type Work = std::pin::Pin<Box<dyn Future<Output = u64>>>;

/// Events per second and CPU microseconds per event of this process.
fn measure(work: impl FnOnce(String) -> Work) -> (f64, f64) {
    let (mut child, url) = spawn_feed();
    let (wall, cpu) = (Instant::now(), cpu_us());
    let events = runtime().block_on(work(url));
    let spent = (wall.elapsed().as_secs_f64(), cpu_us() - cpu);
    assert_eq!(events, EVENTS);
    child.kill().unwrap();
    child.wait().unwrap();
    (events as f64 / spent.0, spent.1 / events as f64)
}

fn cpu_us() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}

fn spawn_feed() -> (Child, String) {
    let mut child = Command::new(std::env::current_exe().unwrap()).arg("feed").stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (child, line.trim().to_owned())
}

/// The child: says its url, then pours.
async fn feed() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("ws://{}/", listener.local_addr().unwrap());
    std::io::stdout().flush().unwrap();
    let texts: Vec<Message> = (1..=EVENTS).map(|n| Message::text(event(n))).collect();
    let (tcp, _) = listener.accept().await.unwrap();
    #[allow(clippy::result_large_err, clippy::unnecessary_wraps, reason = "tungstenite's own type")]
    let select = |_: &tokio_tungstenite::tungstenite::handshake::server::Request,
                  mut response: tokio_tungstenite::tungstenite::handshake::server::Response| {
        response.headers_mut().insert("sec-websocket-protocol", "cloudevents.json".parse().unwrap());
        Ok(response)
    };
    let mut link = accept_hdr_async(tcp, select).await.unwrap();
    for text in texts {
        link.feed(text).await.unwrap();
    }
    link.flush().await.unwrap();
    while link.next().await.is_some() {}
}

fn event(n: u64) -> String {
    let key = n % KEYS;
    json!({
        "specversion": "1.0", "id": format!("e-{n}"), "source": "/estate/alerts", "type": "watchdeck.alert.raised",
        "time": "2026-11-22T03:01:00.123Z", "datacontenttype": "application/json", "sequence": format!("{n:020}"),
        "data": {
            "key": format!("ml-lead-intelligence/{key}"), "severity": "critical",
            "title": format!("p95 latency over 200 ms for 60 s on node {key}"), "service": "ml-lead-intelligence",
            "value": n as f64 / 7.0, "limit": 200, "labels": {"team": "ml", "zone": "eu-1", "node": format!("n{key}")},
        },
    })
    .to_string()
}

/// What anybody would write first.
async fn bare_value(url: String) -> u64 {
    let host = url.trim_start_matches("ws://").trim_end_matches('/').to_owned();
    let tcp = tokio::net::TcpStream::connect(host).await.unwrap();
    let mut request = tokio_tungstenite::tungstenite::client::IntoClientRequest::into_client_request(url).unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "cloudevents.json".parse().unwrap());
    let (mut link, _) = client_async(request, tcp).await.unwrap();
    let mut events = 0;
    let mut sum = 0.0;
    while events < EVENTS {
        if let Message::Text(text) = link.next().await.unwrap().unwrap() {
            let event: Value = serde_json::from_str(&text).unwrap();
            sum += event["data"]["value"].as_f64().unwrap();
            events += 1;
        }
    }
    assert!(sum > 0.0);
    events
}

async fn ours(url: String) -> u64 {
    let spec: StreamSpec = toml::from_str(&format!("name = 'events'\nurl = '{url}'")).unwrap();
    let token = spec.token_source();
    let clock = Arc::new(|| {
        let since = std::time::UNIX_EPOCH.elapsed().unwrap();
        Now { wall: Stamp(since.as_millis() as i64), boot_ms: 0 }
    });
    let (out, mut events) = mpsc::channel(16);
    let (tickets, back) = mpsc::channel(16);
    let task = tokio::spawn(run(Feed { spec, start: StreamPosition::default(), token, clock, seed: 1 }, out, back));
    let mut received = 0;
    while received < EVENTS {
        match tokio::time::timeout(Duration::from_secs(30), events.recv()).await.unwrap().unwrap() {
            StreamEvent::Status(_) => {}
            StreamEvent::Batch(batch) => {
                tickets.send(batch.ticket).await.unwrap();
                received += batch.counts.received;
                assert_eq!(batch.counts.received - batch.reports.len() as u64, batch.counts.coalesced);
            }
        }
    }
    task.abort();
    received
}
