//! `probe.tcp`: connects, and where asked sends a text and waits for another. Enough for a port, a greeting, a PING.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use toml::Spanned;

use super::dial::{self, Host};
use super::meter::{Stage, Trace};
use super::observation::{Failure, Observation, Verdict};
use super::pace::Given;
use super::{BoxFuture, Kind, Pace, Probe};
use crate::config::raw::{Problem, Raw};
use crate::config::value::Span;
use crate::domain::sample::{FailKind, Outcome};
use crate::domain::text::Untrusted;

pub const KIND: Kind = Kind {
    name: "tcp",
    help: "connects to a port; may send a text and wait for one",
    example: r#"probe.tcp = { address = "cache.example:6379", send = "PING\r\n", expect = "+PONG" }"#,
    build: |_, raw| Ok(Arc::new(raw.decode::<Section>()?.build(raw)?)),
    schema: super::schema_of::<Section>,
};

/// Bytes read while waiting for the expected text.
const READ_MAX: usize = 64 * 1024;
/// Bytes of a greeting shown.
const SHOWN_MAX: usize = 80;

/// `probe.tcp`
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TcpSection")]
struct Section {
    /// `host:port`.
    #[schemars(with = "String")]
    address: Spanned<String>,
    /// Text sent after connecting.
    send: Option<String>,
    /// Text the answer must contain.
    expect: Option<String>,
    #[schemars(with = "Option<Span>")]
    interval: Given,
    #[schemars(with = "Option<Span>")]
    timeout: Given,
    #[schemars(with = "Option<Span>")]
    retry_interval: Given,
}

/// `host:port` of a section, or where it is wrong.
pub fn host(address: &Spanned<String>) -> Result<Host, Problem> {
    let wrong = || Problem::at(address.span(), "this is not a host and a port", "host:port, or [IPv6]:port");
    Host::parse(address.get_ref()).ok_or_else(wrong)
}

impl Section {
    fn build(self, raw: &Raw) -> Result<Tcp, Problem> {
        let pace = Pace::of(self.interval, self.timeout, self.retry_interval, raw)?;
        let host = host(&self.address)?;
        Ok(Tcp { target: format!("tcp {}", host.key()), host, send: self.send, expect: self.expect, pace })
    }
}

struct Tcp {
    target: String,
    host: Host,
    send: Option<String>,
    expect: Option<String>,
    pace: Pace,
}

impl Probe for Tcp {
    fn target(&self) -> &str {
        &self.target
    }
    fn host_key(&self) -> &str {
        self.host.key()
    }
    fn pace(&self) -> Pace {
        self.pace
    }
    fn run(&self) -> BoxFuture<'_, Observation> {
        Box::pin(async move {
            let mut trace = Trace::start(self.pace.timeout);
            let result = tokio::time::timeout(self.pace.timeout, self.talk(&mut trace)).await;
            trace.observe(result)
        })
    }
}

impl Tcp {
    async fn talk(&self, trace: &mut Trace) -> Result<Verdict, Failure> {
        let mut stream = dial::connect(&self.host, trace).await?;
        if let Some(text) = &self.send {
            stream.write_all(text.as_bytes()).await.map_err(|e| Failure::of_io(&e, Outcome::Unreachable))?;
        }
        let Some(want) = &self.expect else { return Ok(Verdict::new(Outcome::Ok, "connected")) };
        trace.stage = Stage::Wait;
        let began = trace.watch.us();
        let result = wait_for(&mut stream, want.as_bytes()).await;
        trace.phases.wait_us = Some(trace.watch.us() - began);
        result
    }
}

async fn wait_for(stream: &mut TcpStream, want: &[u8]) -> Result<Verdict, Failure> {
    let mut got = Vec::with_capacity(512);
    loop {
        if want.is_empty() || got.windows(want.len()).any(|w| w == want) {
            return Ok(Verdict::new(Outcome::Ok, format!("answered {}", shown(&got))));
        }
        if got.len() >= READ_MAX {
            return Err(Failure::failed(FailKind::Size, "64 KiB without the expected text"));
        }
        let read = stream.read_buf(&mut got).await.map_err(|e| Failure::of_io(&e, Outcome::Failed))?;
        if read == 0 {
            let said =
                if got.is_empty() { "closed without a word".into() } else { format!("answered {}", shown(&got)) };
            return Err(Failure::failed(FailKind::Body, said));
        }
    }
}

fn shown(bytes: &[u8]) -> String {
    let cut = bytes.get(..SHOWN_MAX).unwrap_or(bytes);
    Untrusted::from_bytes(cut.trim_ascii()).clean_to(SHOWN_MAX).as_str().to_owned()
}
