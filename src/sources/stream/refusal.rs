//! Why a link could not be made or ended, as a sentence for people and a hint for the next wait.

use std::time::Duration;

use chrono::DateTime;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::{ProtocolError, SubProtocolError};
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::http::HeaderMap;

use super::text::clean;
use crate::domain::text::Clean;
use crate::domain::time::Stamp;

/// No server may keep a console away for longer.
const ASKED_MAX: Duration = Duration::from_mins(15);
const SAID_MAX: usize = 200;

/// How a link ended.
#[derive(Clone, PartialEq, Debug)]
pub struct Ended {
    pub why: Clean,
    pub mends: Mends,
    /// What the server asked for (`Retry-After`).
    pub retry_after: Option<Duration>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mends {
    /// A retry may well succeed.
    Retry,
    /// Somebody must change something; retried slowly.
    Person,
    /// The same server without a subprotocol, at once.
    WithoutSubprotocol,
}

impl Ended {
    pub fn new(why: &str, mends: Mends) -> Self {
        Self { why: clean(why, SAID_MAX), mends, retry_after: None }
    }
    pub fn retry(why: &str) -> Self {
        Self::new(why, Mends::Retry)
    }
    pub fn person(why: &str) -> Self {
        Self::new(why, Mends::Person)
    }
}

/// The upgrade failed.
pub fn of_handshake(error: &Error, now: Stamp) -> Ended {
    match error {
        Error::Http(response) => of_answer(response, now),
        Error::Protocol(ProtocolError::SecWebSocketSubProtocolError(SubProtocolError::NoSubProtocol)) => {
            Ended::new("the feed selects no subprotocol", Mends::WithoutSubprotocol)
        }
        Error::Protocol(ProtocolError::SecWebSocketSubProtocolError(_)) => {
            Ended::person("the feed selects a subprotocol that was not offered")
        }
        Error::Protocol(ProtocolError::HandshakeIncomplete) => Ended::retry("closed during the upgrade"),
        other => Ended::retry(&format!("the answer to the upgrade is not WebSocket: {other}")),
    }
}

fn of_answer(response: &Response, now: Stamp) -> Ended {
    let status = response.status();
    let header = |name| text(response.headers(), name);
    let why = match status.as_u16() {
        401 => "401: the feed wants a valid token (token_file or headers)".to_owned(),
        403 => "403: the token may not read this feed".to_owned(),
        404 => "404: there is no feed at this path; check url".to_owned(),
        429 => "429: the feed limits how often we connect".to_owned(),
        300..=399 => format!("{status}: redirects to {}, which is not followed; set url", header("location")),
        200..=299 => {
            format!("{status} with {} instead of an upgrade; check url", or(&header("content-type"), "a body"))
        }
        _ => format!("{status} instead of an upgrade"),
    };
    let mends = if status.is_server_error() { Mends::Retry } else { Mends::Person };
    Ended { retry_after: retry_after(&header("retry-after"), now), ..Ended::new(&why, mends) }
}

fn or<'a>(text: &'a str, other: &'a str) -> &'a str {
    if text.is_empty() { other } else { text }
}

fn text(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).unwrap_or_default()
}

/// Seconds, or a date.
fn retry_after(text: &str, now: Stamp) -> Option<Duration> {
    let span = match text.trim().parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => Stamp(DateTime::parse_from_rfc2822(text.trim()).ok()?.timestamp_millis()).since(now),
    };
    Some(span.min(ASKED_MAX))
}

/// A live link ended by an error of its own.
pub fn of_link(error: &Error) -> Ended {
    Ended::retry(&match error {
        Error::ConnectionClosed | Error::AlreadyClosed => "the feed closed the link".to_owned(),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
            "the feed went away without a goodbye".to_owned()
        }
        Error::Io(e) => format!("the link broke: {e}"),
        Error::Capacity(e) => format!("closed by us, a message is too large: {e}"),
        Error::Utf8(_) => "closed by us, a message is not UTF-8".to_owned(),
        Error::WriteBufferFull(_) => "closed by us, the feed does not read what we answer".to_owned(),
        other => format!("closed by us, not WebSocket: {other}"),
    })
}
