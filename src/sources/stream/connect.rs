//! Opens one link: name, TCP, TLS, upgrade, all within one deadline, with the limits set before the first byte is read.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue, Uri};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async_with_config};

use super::pipe::Pipe;
use super::refusal::{Ended, Mends, of_handshake};
use super::spec::{Format, StreamSpec, Tuning};
use super::{Feed, tls};
use crate::config::value::Secret;

pub type Socket = WebSocketStream<Pipe>;

const SUBPROTOCOL: &str = "cloudevents.json";
const WRITE_BUFFER: usize = 64 << 10;
const WRITE_MAX: usize = 1 << 20;

/// Remembers that a feed selects no subprotocol, so that each reconnect does not ask twice.
#[derive(Debug, Default)]
pub struct Offer {
    declined: AtomicBool,
}

impl Offer {
    /// Said beside `live`.
    pub fn remark(&self) -> &'static str {
        if self.declined.load(Ordering::Relaxed) { "the feed selects no subprotocol; read without" } else { "" }
    }
}

/// One try, or two when the first finds out that the feed selects no subprotocol.
pub async fn connect(feed: &Feed, offer: &Offer) -> Result<Socket, Ended> {
    let offered = feed.spec.format == Format::Cloudevents && !offer.declined.load(Ordering::Relaxed);
    let first = attempt(feed, offered).await;
    let Err(Ended { mends: Mends::WithoutSubprotocol, .. }) = first else { return first };
    let second = attempt(feed, false).await?;
    offer.declined.store(true, Ordering::Relaxed);
    Ok(second)
}

async fn attempt(feed: &Feed, offered: bool) -> Result<Socket, Ended> {
    let deadline: Duration = feed.spec.tuning.connect_timeout.0;
    let late = || Ended::retry(&format!("no link within {} s", deadline.as_secs_f64()));
    tokio::time::timeout(deadline, open(feed, offered)).await.map_err(|_| late())?
}

async fn open(feed: &Feed, offered: bool) -> Result<Socket, Ended> {
    let token = (feed.token)().map_err(|why| Ended::person(&why))?;
    let request = request(&feed.spec, token.as_ref(), offered).map_err(|why| Ended::person(&why))?;
    let uri = request.uri().clone();
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let tcp = TcpStream::connect((host.as_str(), port(&uri)))
        .await
        .map_err(|e| Ended::retry(&format!("cannot reach {host}:{}: {e}", port(&uri))))?;
    let _ = tcp.set_nodelay(true);
    let stream = if uri.scheme_str() == Some("wss") {
        MaybeTlsStream::Rustls(tls::wrap(&host, feed.spec.ca_file.clone(), tcp).await?)
    } else {
        MaybeTlsStream::Plain(tcp)
    };
    let opened = client_async_with_config(request, Pipe::new(stream), Some(limits(&feed.spec.tuning))).await;
    let (socket, _answer) = opened.map_err(|e| of_handshake(&e, (feed.clock)().wall))?;
    Ok(socket)
}

fn port(uri: &Uri) -> u16 {
    uri.port_u16().unwrap_or(if uri.scheme_str() == Some("wss") { 443 } else { 80 })
}

fn request(spec: &StreamSpec, token: Option<&Secret>, offered: bool) -> Result<Request, String> {
    // Without the url itself: a query or a user part may hold a secret.
    let mut request = spec.url.as_str().into_client_request().map_err(|e| format!("url cannot be used: {e}"))?;
    let headers = request.headers_mut();
    for (name, value) in &spec.headers {
        let wrong = || format!("header `{name}` cannot be sent; check its name and value");
        let name = HeaderName::try_from(name.as_str()).map_err(|_| wrong())?;
        headers.insert(name, secret(&value.0).ok_or_else(wrong)?);
    }
    if let Some(token) = token {
        let value = secret(&format!("Bearer {}", token.reveal()));
        headers.insert("authorization", value.ok_or("the token holds characters that no header can carry")?);
    }
    if offered {
        headers.insert("sec-websocket-protocol", HeaderValue::from_static(SUBPROTOCOL));
    }
    Ok(request)
}

/// Marked, so that `http` never prints it.
fn secret(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn limits(tuning: &Tuning) -> WebSocketConfig {
    let size = |bytes: u64| usize::try_from(bytes).ok();
    WebSocketConfig::default()
        .read_buffer_size(128 << 10)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(WRITE_MAX)
        .max_frame_size(size(tuning.max_frame.0))
        .max_message_size(size(tuning.max_message.0))
}
