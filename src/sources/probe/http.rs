//! `probe.http`: one request on a fresh connection, each phase timed, the body read and believed: a 200 that says
//! degraded is degraded. Redirects are an answer, not a direction; proxy variables are not read.

mod body;
mod exchange;
mod expect;
mod health;
mod section;
mod verdict;
mod wire;

use std::path::PathBuf;
use std::sync::Arc;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, HeaderValue};
use hyper::{HeaderMap, Request};

use super::dial::{self, Host};
use super::meter::{Stage, Trace};
use super::observation::{Failure, Observation, Verdict};
use super::secure::Verifier;
use super::{BoxFuture, Kind, Pace, Probe};
use section::Section;
use verdict::Wanted;

pub const KIND: Kind = Kind {
    name: "http",
    help: "asks a URL and reads the answer: status, headers, body, its own health words, counters and figures",
    example: r#"probe.http = { url = "https://shop.example/health", timeout = "5s", expect = { status = "2xx" } }"#,
    build: |_, raw| Ok(Arc::new(raw.decode::<Section>()?.build(raw)?)),
    schema: super::schema_of::<Section>,
};

struct Http {
    target: String,
    host: Host,
    /// None: plain text.
    tls: Option<Verifier>,
    request: Request<Full<Bytes>>,
    bearer: Vec<PathBuf>,
    wanted: Wanted,
    max_body: usize,
    pace: Pace,
}

impl Probe for Http {
    fn target(&self) -> &str {
        &self.target
    }
    fn host_key(&self) -> &str {
        self.host.key()
    }
    fn pace(&self) -> Pace {
        self.pace
    }
    fn secret_files(&self) -> &[PathBuf] {
        &self.bearer
    }
    fn run(&self) -> BoxFuture<'_, Observation> {
        Box::pin(async move {
            let mut trace = Trace::start(self.pace.timeout);
            let result = tokio::time::timeout(self.pace.timeout, self.ask(&mut trace)).await;
            trace.observe(result)
        })
    }
}

impl Http {
    async fn ask(&self, trace: &mut Trace) -> Result<Verdict, Failure> {
        let mut request = self.request.clone();
        if let Some(file) = self.bearer.first() {
            authorize(request.headers_mut(), file.clone()).await?;
        }
        let tcp = dial::connect(&self.host, trace).await?;
        let Some(verifier) = &self.tls else {
            let answer = exchange::run(tcp, request, self.max_body, trace).await?;
            return Ok(self.wanted.judge(&answer));
        };
        trace.stage = Stage::Tls;
        let name = self.host.server_name().ok_or_else(|| Failure::local("this name cannot be in a certificate"))?;
        let stream = verifier.handshake(tcp, name, trace).await?;
        let answer = exchange::run(stream, request, self.max_body, trace).await?;
        Ok(self.wanted.judge(&answer))
    }
}

/// Read at each look, so that a rotated token is taken up; off the runtime's threads, because a file can hang.
async fn authorize(headers: &mut HeaderMap, file: PathBuf) -> Result<(), Failure> {
    let shown = file.display().to_string();
    let read = tokio::task::spawn_blocking(move || std::fs::read_to_string(file)).await;
    let token = match read {
        Ok(Ok(text)) => text,
        Ok(Err(error)) => return Err(Failure::local(format!("bearer_file {shown}: {error}"))),
        Err(error) => return Err(Failure::local(error.to_string())),
    };
    let value = HeaderValue::try_from(format!("Bearer {}", token.trim()));
    let mut value = value.map_err(|_| Failure::local(format!("bearer_file {shown} is not a token")))?;
    value.set_sensitive(true);
    headers.insert(AUTHORIZATION, value);
    Ok(())
}
