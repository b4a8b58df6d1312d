//! The `[[stream]]` section: what to connect to, how to read it, and the limits that keep a hostile feed harmless.
//! Resolving `${ENV}` and judging a file's owner is the config's business.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::TokenSource;
use super::map::MapSpec;
use super::text::{NAME_MAX, clean};
use crate::config::secret;
use crate::config::value::{Size, Span};

/// One live feed of events over WebSocket.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StreamSpec {
    pub name: String,
    /// `ws://host:port/path` or `wss://…`.
    pub url: String,
    #[serde(default)]
    pub format: Format,
    /// Where things are, for `format = "json"`.
    #[serde(default)]
    pub map: Option<MapSpec>,
    /// Sent with the upgrade request.
    #[serde(default)]
    pub headers: BTreeMap<String, HeaderText>,
    /// Holds a bearer token; read again before every connect.
    #[serde(default)]
    pub token_file: Option<PathBuf>,
    /// PEM certificates trusted besides the system's.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    #[serde(default)]
    pub tuning: Tuning,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// `CloudEvents` 1.0 in JSON; understood without a mapping.
    #[default]
    Cloudevents,
    /// Any JSON object, read by `map`.
    Json,
}

/// A header's value; never printed, because it may be a key.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct HeaderText(pub String);

impl std::fmt::Debug for HeaderText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HeaderText(…)")
    }
}

/// Times and limits of the link.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tuning {
    pub ping: Span,
    /// Without a byte for this long the link is dead, whatever TCP says.
    pub dead: Span,
    /// For name, TCP, TLS and upgrade together.
    pub connect_timeout: Span,
    /// From a message's first byte to its last.
    pub message_deadline: Span,
    pub max_frame: Size,
    pub max_message: Size,
    pub backoff_min: Span,
    pub backoff_max: Span,
    /// A link up for this long starts the back-off anew.
    pub healthy_after: Span,
    pub flush: Span,
}

impl Default for Tuning {
    fn default() -> Self {
        let s = |n| Span(Duration::from_secs(n));
        Self {
            ping: s(15),
            dead: s(35),
            connect_timeout: s(10),
            message_deadline: s(30),
            max_frame: Size(256 << 10),
            max_message: Size(1 << 20),
            backoff_min: Span(Duration::from_millis(500)),
            backoff_max: s(60),
            healthy_after: s(60),
            flush: Span(Duration::from_millis(200)),
        }
    }
}

impl StreamSpec {
    /// What no field alone can show to be wrong; a sentence that says what to change.
    pub fn check(&self) -> Result<(), String> {
        let place = self.url.split_once("://").map_or("", |(_, rest)| rest);
        if place.split(['/', '?', '#']).next().is_some_and(|authority| authority.contains('@')) {
            // Not quoted: it holds a password.
            return Err("url must not carry a name or a password; use token_file, or headers".to_owned());
        }
        if let Some((name, _)) = self.headers.iter().find(|(_, v)| v.0.chars().any(|c| c.is_control() && c != '\t')) {
            let name = clean(name, NAME_MAX);
            return Err(format!("headers: the value of `{name}` holds a control character; write one line of text"));
        }
        if !(self.url.starts_with("ws://") || self.url.starts_with("wss://")) {
            return Err(format!("url `{}` must start with ws:// or wss://", self.url));
        }
        if self.format == Format::Json && self.map.is_none() {
            return Err("format = \"json\" needs [stream.map], which says where key, severity and title are".to_owned());
        }
        if self.format == Format::Cloudevents && self.map.is_some() {
            return Err("[stream.map] belongs to format = \"json\"; CloudEvents are understood without it".to_owned());
        }
        let t = &self.tuning;
        if t.ping.0.is_zero() || t.flush.0.is_zero() || t.dead.0 <= t.ping.0 {
            return Err("tuning: ping and flush must be above zero and dead longer than ping".to_owned());
        }
        if t.backoff_min.0.is_zero() || t.backoff_max.0 < t.backoff_min.0 {
            return Err("tuning: backoff_min must be above zero and at most backoff_max".to_owned());
        }
        Ok(())
    }

    /// Reads `token_file` anew at every call, and only when nobody else can read it.
    pub fn token_source(&self) -> TokenSource {
        let path = self.token_file.clone();
        std::sync::Arc::new(move || {
            let read = |path| secret::read_file(path).map_err(|why| format!("cannot read token_file: {why}"));
            path.as_deref().map(read).transpose()
        })
    }
}
