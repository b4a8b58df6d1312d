//! One client of the feed: upgrade, hello, then events as they come, with replay and snapshot on request. A client that
//! says nothing gets a snapshot and then everything. Not its job: what is sent.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async_with_config};

use super::hub::{Hub, Live, Sent};

/// The subprotocol of `CloudEvents` over WebSocket, JSON format.
const PROTOCOL: &str = "cloudevents.json";
/// How long a client may take to say where it left off.
const HELLO: Duration = Duration::from_secs(1);
/// A client that does not read for this long is let go.
const PATIENCE: Duration = Duration::from_secs(20);

pub async fn run(hub: Arc<Hub>, stream: TcpStream) {
    let mut config = WebSocketConfig::default();
    config.max_message_size = Some(64 << 10);
    config.max_frame_size = Some(64 << 10);
    config.max_write_buffer_size = 4 << 20;
    let upgrade = accept_hdr_async_with_config(stream, choose_protocol, Some(config));
    let Ok(Ok(socket)) = timeout(Duration::from_secs(5), upgrade).await else { return };
    let mut link = Link { socket, hub, last: None };
    // However it ends: the client knows, and comes again if it wants to.
    let _ = link.serve().await;
}

#[expect(clippy::result_large_err, clippy::unnecessary_wraps, reason = "the upgrade's callback is typed so")]
fn choose_protocol(request: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    let offered = request.headers().get_all("sec-websocket-protocol").iter();
    let mut offered = offered.filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(','));
    if offered.any(|name| name.trim() == PROTOCOL) {
        response.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static(PROTOCOL));
    }
    Ok(response)
}

/// What a client may ask.
#[derive(Deserialize)]
#[serde(tag = "type", content = "data")]
enum Asked {
    #[serde(rename = "watchdeck.hello")]
    Hello { stream: Option<String>, last: Option<Value> },
    #[serde(rename = "watchdeck.replay")]
    Replay { from: Value, to: Option<Value> },
    #[serde(rename = "watchdeck.snapshot")]
    Snapshot(Value),
    #[serde(other)]
    Other,
}

/// A number, or the zero-padded text the events carry.
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

struct Link {
    socket: WebSocketStream<TcpStream>,
    hub: Arc<Hub>,
    /// The last number this client was sent.
    last: Option<u64>,
}

impl Link {
    async fn serve(&mut self) -> Result<(), Error> {
        let (first, mut live) = self.hello().await?;
        self.send(first).await?;
        loop {
            tokio::select! {
                heard = self.socket.next() => match heard {
                    Some(message) => self.heard(&message?).await?,
                    None => return Ok(()),
                },
                event = live.recv() => match event {
                    Ok(event) => {
                        let mut batch = vec![event];
                        batch.extend(std::iter::from_fn(|| live.try_recv().ok()).take(256));
                        self.send(batch).await?;
                    }
                    Err(RecvError::Lagged(_)) => live = self.catch_up().await?,
                    Err(RecvError::Closed) => return Ok(()),
                },
            }
        }
    }

    async fn hello(&mut self) -> Result<(Vec<Sent>, Live), Error> {
        let said = match timeout(HELLO, self.socket.next()).await {
            Ok(Some(message)) => asked(&message?),
            Ok(None) => return Err(Error::ConnectionClosed),
            Err(_) => None,
        };
        Ok(match said {
            Some(Asked::Hello { stream, last }) => self.hub.join(stream.as_deref(), last.as_ref().and_then(number)),
            _ => self.hub.join(None, None),
        })
    }

    async fn heard(&mut self, message: &Message) -> Result<(), Error> {
        let answer = match asked(message) {
            Some(Asked::Replay { from, to }) => {
                let to = to.as_ref().and_then(number).unwrap_or(u64::MAX);
                self.hub.replay(number(&from).unwrap_or(0), to)
            }
            Some(Asked::Snapshot(_)) => self.hub.snapshot(),
            _ => return Ok(()),
        };
        self.send(answer).await
    }

    /// The client was too slow for the live queue: what it missed comes from the kept events, or as a snapshot.
    async fn catch_up(&mut self) -> Result<Live, Error> {
        let hub = Arc::clone(&self.hub);
        let (missed, live) = hub.rejoin(self.last);
        self.send(missed).await?;
        Ok(live)
    }

    async fn send(&mut self, events: Vec<Sent>) -> Result<(), Error> {
        for event in events {
            self.last = self.last.max(event.number);
            timeout(PATIENCE, self.socket.feed(event.message)).await.map_err(|_| Error::ConnectionClosed)??;
        }
        timeout(PATIENCE, self.socket.flush()).await.map_err(|_| Error::ConnectionClosed)?
    }
}

fn asked(message: &Message) -> Option<Asked> {
    let Message::Text(text) = message else { return None };
    serde_json::from_str(text).ok()
}
