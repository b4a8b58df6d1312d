//! The webhook channel: one signed POST per attempt, in the Standard Webhooks form. It follows no redirect and uses no
//! proxy, so that a page goes where the config says and nowhere else. Neither the address nor a header's value is ever
//! shown: with many receivers the address *is* the secret.

mod reply;
mod settings;
mod sign;
mod tls;

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use schemars::JsonSchema as _;
use tokio::sync::OnceCell;

use self::settings::{KeyFrom, Settings, Setup};
use super::secret::Redact;
use super::{Channel, Kind, wire};
use crate::config::secret::read_file;
use crate::config::value::{Secret, Span};
use crate::domain::outbox::{Attempt, Notice};
use crate::domain::text::{Clean, Untrusted};

pub const KIND: Kind = Kind {
    name: "webhook",
    help: "POSTs the notice as JSON, signed in the Standard Webhooks form",
    example: r#"[[channel]]
name = "page"
via.webhook = { url = "https://pager.example/hook", secret_file = "/etc/watchdeck/page.secret" }
"#,
    build: |name, raw| {
        let (name, setup) = (name.to_owned(), Setup::new(raw)?);
        Ok(Arc::new(Webhook { name, setup, client: OnceCell::new() }))
    },
    schema: |generator| Settings::json_schema(generator),
};

/// A claim on an outbox row lasts 60 s; an attempt must be over well before.
const DEADLINE: Duration = Duration::from_secs(20);
const CONNECT: Duration = Duration::from_secs(10);
/// The status has decided already; a slow body must not eat the deadline.
const BODY_WAIT: Duration = Duration::from_secs(2);
const BODY_MAX: usize = 4096;
/// A piece of a path this long is taken for a token.
const TOKEN_MIN: usize = 12;

struct Webhook {
    name: String,
    setup: Setup,
    client: OnceCell<reqwest::Client>,
}

impl Webhook {
    /// One POST up to the head of its answer. `Err` is an attempt that ended before there was one.
    async fn post(&self, notice: &Notice, redact: &mut Redact) -> Result<reqwest::Response, Attempt> {
        let body = wire::body(notice).map_err(|e| dead(&e.to_string()))?;
        let url = self.setup.url.clone();
        redact.hide(url.as_str());
        redact.hide(url.path());
        url.path_segments().into_iter().flatten().filter(|s| s.len() >= TOKEN_MIN).for_each(|s| redact.hide(s));
        url.query_pairs().for_each(|(_, value)| redact.hide(&value));
        let mut headers = self.signed(notice, &body, redact).await?;
        self.add_configured(&mut headers, redact)?;
        let client = self.client.get_or_try_init(|| tls::client(self.setup.ca_file.clone())).await;
        let client = client.map_err(|why| dead(&why))?;
        let request = client.post(url).headers(headers).body(body);
        request.send().await.map_err(|e| failed(e, redact))
    }

    async fn signed(&self, notice: &Notice, body: &[u8], redact: &mut Redact) -> Result<HeaderMap, Attempt> {
        let id = sign::id(&notice.key);
        let timestamp = notice.sent_at.0.div_euclid(1000);
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert("webhook-timestamp", HeaderValue::from(timestamp));
        headers.insert("webhook-id", HeaderValue::from_str(&id).map_err(|_| dead("the key fits no header"))?);
        if let Some(from) = &self.setup.key {
            let secret = from.read().await?;
            redact.hide(secret.reveal());
            redact.hide(secret.reveal().trim_start_matches("whsec_"));
            let key = sign::key(&secret).map_err(|why| dead(&format!("the signing secret cannot be used: {why}")))?;
            // What `whsec_` encodes is the secret too.
            redact.hide(&String::from_utf8_lossy(&key));
            let signature = sign::signature(&key, &id, timestamp, body).and_then(|s| HeaderValue::from_str(&s).ok());
            headers.insert("webhook-signature", signature.ok_or_else(|| dead("the notice could not be signed"))?);
        }
        Ok(headers)
    }

    fn add_configured(&self, headers: &mut HeaderMap, redact: &mut Redact) -> Result<(), Attempt> {
        for (name, value) in &self.setup.headers {
            redact.hide(value.reveal());
            // The part after "Bearer " is what an echo would quote.
            value.reveal().split_whitespace().skip(1).for_each(|part| redact.hide(part));
            let mut made = HeaderValue::from_str(value.reveal())
                .map_err(|_| dead(&format!("header {name}: its value fits no header (a line break?)")))?;
            made.set_sensitive(true);
            headers.insert(name.clone(), made);
        }
        Ok(())
    }
}

impl Channel for Webhook {
    fn name(&self) -> &str {
        &self.name
    }
    fn send<'a>(&'a self, notice: &'a Notice) -> BoxFuture<'a, Attempt> {
        Box::pin(async move {
            let mut redact = Redact::default();
            match tokio::time::timeout(self.setup.timeout, self.post(notice, &mut redact)).await {
                Err(_) => lost(self.setup.timeout),
                Ok(Err(ended)) => ended,
                // Past the deadline on purpose: a status that is here decides, whatever its body does.
                Ok(Ok(mut response)) => {
                    let said = redact.excerpt(&first_bytes(&mut response).await);
                    reply::judge(response.status(), response.headers(), &said, notice.sent_at)
                }
            }
        })
    }
}

impl KeyFrom {
    /// A file is read now, so that a rotated secret works without a reload.
    async fn read(&self) -> Result<Secret, Attempt> {
        let path = match self {
            Self::Text(text) => return Ok(text.secret()),
            Self::File(path) => path.clone(),
        };
        match tokio::task::spawn_blocking(move || read_file(&path)).await {
            Ok(Ok(secret)) => Ok(Secret::new(secret.reveal().trim().to_owned())),
            // Waiting does not mend this; said at once it is reported on another channel at once.
            Ok(Err(why)) => Err(dead(&format!("the signing secret: {why}"))),
            Err(_) => Err(retry("reading secret_file was interrupted")),
        }
    }
}

/// At most [`BODY_MAX`] bytes of the answer, and not for long: a cut body is still an answer.
async fn first_bytes(response: &mut reqwest::Response) -> Vec<u8> {
    let mut body = Vec::new();
    let reading = async {
        while body.len() < BODY_MAX
            && let Ok(Some(chunk)) = response.chunk().await
        {
            body.extend(chunk.iter().take(BODY_MAX - body.len()));
        }
    };
    let _ = tokio::time::timeout(BODY_WAIT, reading).await;
    body
}

/// Why no answer came, from the innermost cause, without the address.
fn failed(error: reqwest::Error, redact: &Redact) -> Attempt {
    let (timeout, connect, builder) = (error.is_timeout(), error.is_connect(), error.is_builder());
    let error = error.without_url();
    let mut cause = error.source();
    let mut said = error.to_string();
    while let Some(inner) = cause {
        said = inner.to_string();
        cause = inner.source();
    }
    let said = redact.excerpt(said.as_bytes());
    match () {
        () if builder => dead(&format!("the request could not be made: {said}")),
        () if connect && timeout => retry("no connection in time"),
        () if connect => retry(&format!("no connection: {said}")),
        () => retry(&format!("no answer: {said}; it may have arrived, the next attempt carries the same key")),
    }
}

fn lost(waited: Duration) -> Attempt {
    let span = Span(waited).text();
    retry(&format!("no answer within {span}; it may have arrived, the next attempt carries the same key"))
}

fn retry(why: &str) -> Attempt {
    Attempt::Retry { why: Untrusted::new(why).clean(), after: None }
}

fn dead(why: &str) -> Attempt {
    Attempt::Dead(Clean::new(why))
}
