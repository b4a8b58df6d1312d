//! A feed as a test holds it in its hand: accept one link, say and hear messages, or write raw bytes; and the console's
//! side of a stream, which collects what `run` hands over.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{WebSocketStream, accept_async, accept_hdr_async};
use watchdeck::config::value::Span;
use watchdeck::domain::feed::{FeedBatch, StreamPosition};
use watchdeck::domain::ids::Fingerprint;
use watchdeck::domain::journal::Report;
use watchdeck::domain::live::{FeedCounts, Link, StreamLive};
use watchdeck::domain::time::{Now, Stamp};
use watchdeck::sources::stream::fold::fold;
use watchdeck::sources::stream::{Feed, StreamEvent, StreamSpec, run};

const PATIENCE: Duration = Duration::from_secs(10);

pub async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/events", listener.local_addr().unwrap());
    (listener, url)
}

/// The feed's end of one link.
pub struct Link1<S>(pub WebSocketStream<S>);

pub async fn accept(listener: &TcpListener) -> Link1<TcpStream> {
    let (tcp, _) = timeout(PATIENCE, listener.accept()).await.expect("a client comes").unwrap();
    upgrade(tcp).await.expect("an upgrade")
}

/// Accepts with the subprotocol that was offered.
pub async fn upgrade<S: AsyncRead + AsyncWrite + Unpin>(stream: S) -> Option<Link1<S>> {
    #[allow(clippy::result_large_err, reason = "tungstenite's own type")]
    let select = |request: &Request, mut response: Response| -> Result<Response, ErrorResponse> {
        if request.headers().contains_key("sec-websocket-protocol") {
            let chosen = HeaderValue::from_static("cloudevents.json");
            response.headers_mut().insert("sec-websocket-protocol", chosen);
        }
        Ok(response)
    };
    accept_hdr_async(stream, select).await.ok().map(Link1)
}

/// Accepts and selects no subprotocol: a client that insists hangs up, and None comes back.
pub async fn accept_plain(listener: &TcpListener) -> Option<Link1<TcpStream>> {
    let (tcp, _) = timeout(PATIENCE, listener.accept()).await.expect("a client comes").unwrap();
    let mut link = Link1(accept_async(tcp).await.ok()?);
    match timeout(PATIENCE, link.0.next()).await.ok()?? {
        Ok(_hello) => Some(link),
        Err(_) => None,
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Link1<S> {
    pub async fn say(&mut self, text: impl Into<String>) {
        self.0.send(Message::text(text.into())).await.unwrap();
    }
    pub async fn say_all(&mut self, events: impl IntoIterator<Item = String>) {
        for event in events {
            self.0.feed(Message::text(event)).await.unwrap();
        }
        self.0.flush().await.unwrap();
    }
    /// The next text the client says, as JSON.
    pub async fn hear(&mut self) -> Value {
        loop {
            match timeout(PATIENCE, self.0.next()).await.expect("the client says something").unwrap().unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Close(frame) => panic!("closed: {frame:?}"),
                _ => {}
            }
        }
    }
    /// Until the client asks with this type.
    pub async fn hear_type(&mut self, kind: &str) -> Value {
        loop {
            let heard = self.hear().await;
            if heard["type"] == kind {
                return heard;
            }
        }
    }
}

/// The upgrade done by hand; from here on every byte is the test's.
pub async fn accept_raw(listener: &TcpListener) -> TcpStream {
    let (mut tcp, request) = accept_request(listener).await;
    let key = header(&request, "sec-websocket-key").expect("a key");
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {}\r\nSec-WebSocket-Protocol: cloudevents.json\r\n\r\n",
        derive_accept_key(key.as_bytes())
    );
    tcp.write_all(answer.as_bytes()).await.unwrap();
    tcp
}

pub async fn accept_request(listener: &TcpListener) -> (TcpStream, String) {
    let (mut tcp, _) = timeout(PATIENCE, listener.accept()).await.expect("a client comes").unwrap();
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let byte = timeout(PATIENCE, tcp.read_u8()).await.expect("a request").unwrap();
        request.push(byte);
    }
    (tcp, String::from_utf8(request).unwrap())
}

pub fn header(request: &str, name: &str) -> Option<String> {
    let lines = request.lines().filter_map(|line| line.split_once(':'));
    lines.filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.trim().to_owned()).next()
}

/// The client has hung up, with or without a close frame.
pub async fn hung_up(tcp: &mut TcpStream) {
    let mut bytes = [0_u8; 4096];
    let gone = async { while matches!(tcp.read(&mut bytes).await, Ok(n) if n > 0) {} };
    timeout(PATIENCE, gone).await.expect("the client hangs up");
}

/// An event in the form the console understands.
pub fn event(kind: &str, id: &str, sequence: Option<u64>, data: &Value) -> String {
    let mut event = json!({
        "specversion": "1.0", "id": id, "source": "/test", "type": format!("watchdeck.{kind}"), "data": data,
    });
    if let Some(n) = sequence {
        event["sequence"] = json!(format!("{n:020}"));
    }
    event.to_string()
}

pub fn raised(n: u64, key: &str, value: f64) -> String {
    let data = json!({"key": key, "severity": "critical", "title": format!("{key} is slow"), "service": "svc",
        "value": value, "limit": 200, "labels": {"team": "ml"}});
    event("alert.raised", &format!("e{n}"), Some(n), &data)
}

pub fn counter(n: u64) -> String {
    event("counter", &format!("e{n}"), Some(n), &json!({"name": "leads", "add": 1}))
}

/// A config as a person would write it, with the times of a test.
pub fn spec(url: &str, more: &str) -> StreamSpec {
    let text = format!("name = \"events\"\nurl = \"{url}\"\n{more}");
    let mut spec: StreamSpec = toml::from_str(&text).unwrap();
    spec.check().unwrap();
    if !more.contains("tuning") {
        spec.tuning.backoff_min = Span(Duration::from_millis(20));
        spec.tuning.backoff_max = Span(Duration::from_millis(200));
        spec.tuning.flush = Span(Duration::from_millis(20));
    }
    spec
}

pub fn clock() -> Now {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap();
    Now { wall: Stamp(i64::try_from(since.as_millis()).unwrap()), boot_ms: 0 }
}

/// The runtime's side: everything that was handed over, and the state it adds up to.
pub struct Console {
    events: mpsc::Receiver<StreamEvent>,
    taken: mpsc::Sender<u64>,
    /// Give tickets back at once.
    pub commits: bool,
    pub batches: Vec<FeedBatch>,
    pub statuses: Vec<StreamLive>,
    pub counts: FeedCounts,
    pub state: HashMap<Fingerprint, Report>,
    task: JoinHandle<()>,
}

impl Console {
    pub fn start(spec: StreamSpec) -> Self {
        Self::resume(spec, StreamPosition::default())
    }
    pub fn resume(spec: StreamSpec, start: StreamPosition) -> Self {
        let token = spec.token_source();
        Self::of(Feed { spec, start, token, clock: Arc::new(clock), seed: 7 })
    }
    pub fn of(feed: Feed) -> Self {
        let (out, events) = mpsc::channel(64);
        let (taken, back) = mpsc::channel(16);
        Self {
            events,
            taken,
            commits: true,
            batches: Vec::new(),
            statuses: Vec::new(),
            counts: FeedCounts::default(),
            state: HashMap::new(),
            task: tokio::spawn(run(feed, out, back)),
        }
    }
    /// Takes what comes until the condition holds.
    pub async fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds(self) {
            match timeout_at(deadline, self.events.recv()).await {
                Ok(Some(event)) => self.take(event).await,
                Ok(None) => panic!("the stream ended before {what}"),
                Err(_) => panic!("never: {what}; counts {:?}, last {:?}", self.counts, self.statuses.last()),
            }
        }
    }
    /// Takes what comes for a while.
    pub async fn rest(&mut self, span: Duration) {
        let deadline = Instant::now() + span;
        while let Ok(Some(event)) = timeout_at(deadline, self.events.recv()).await {
            self.take(event).await;
        }
    }
    async fn take(&mut self, event: StreamEvent) {
        match event {
            StreamEvent::Status(status) => self.statuses.push(*status),
            StreamEvent::Batch(batch) => {
                self.counts.add(&batch.counts);
                for (fingerprint, report) in &batch.reports {
                    let next = match self.state.remove(fingerprint) {
                        Some(known) => fold(known, report.clone()),
                        None => report.clone(),
                    };
                    self.state.insert(*fingerprint, next);
                }
                if self.commits {
                    self.give(batch.ticket).await;
                }
                self.batches.push(*batch);
            }
        }
    }
    pub async fn give(&self, ticket: u64) {
        self.taken.send(ticket).await.unwrap();
    }
    pub fn link(&self) -> Link {
        self.statuses.last().map_or(Link::Off, |s| s.link)
    }
    /// Some status said this.
    pub fn said(&self, text: &str) -> bool {
        self.statuses.iter().any(|s| s.detail.as_str().contains(text))
    }
    pub fn leads(&self) -> f64 {
        self.batches.iter().flat_map(|b| &b.counters).map(|(_, n)| n).sum()
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        self.task.abort();
    }
}
