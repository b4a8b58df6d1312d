//! The keys of `probe.http` and their checks. What does not fit is refused here, with its place in the file, so that
//! the probe itself never meets it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONNECTION, CONTENT_LENGTH, HOST, HeaderName, HeaderValue, TRANSFER_ENCODING, USER_AGENT};
use hyper::http::uri::PathAndQuery;
use hyper::{HeaderMap, Method, Request, Uri};
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::Http;
use super::expect::{Counters, Expect, FigureAt};
use super::verdict::Wanted;
use crate::config::raw::{Problem, Raw};
use crate::config::value::{Size, Span};
use crate::sources::probe::Pace;
use crate::sources::probe::dial::Host;
use crate::sources::probe::pace::Given;
use crate::sources::probe::secure::Verifier;

const MAX_BODY: usize = 1 << 20;
/// A probe may hold its body in memory, and 512 run at once.
const MAX_BODY_LIMIT: u64 = 64 << 20;

/// `probe.http`
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "HttpSection")]
pub struct Section {
    /// `http://` or `https://`; without a name or a password.
    #[schemars(with = "String")]
    url: Spanned<String>,
    /// `GET` by default.
    #[schemars(with = "Option<String>")]
    method: Option<Spanned<String>>,
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    headers: BTreeMap<Spanned<String>, Spanned<String>>,
    /// A file that holds a token, sent as `Authorization: Bearer …`; read at each probe.
    bearer_file: Option<PathBuf>,
    /// The request's body.
    body: Option<String>,
    /// A PEM file of further certificate authorities.
    #[schemars(with = "Option<PathBuf>")]
    extra_ca: Option<Spanned<PathBuf>>,
    #[serde(default)]
    expect: Expect,
    /// Whether the body's own word on its health counts.
    #[serde(default)]
    health: Health,
    /// Request counters in a JSON body.
    counters: Option<Counters>,
    /// Further figures in a JSON body, by name.
    #[serde(default)]
    figures: BTreeMap<String, FigureAt>,
    /// Most bytes of a body, decompressed; more is a failure.
    max_body: Option<Size>,
    /// From one probe to the next.
    #[schemars(with = "Option<Span>")]
    interval: Given,
    /// Whole probe; at most the interval.
    #[schemars(with = "Option<Span>")]
    timeout: Given,
    /// From the end of a failed probe to the next try.
    #[schemars(with = "Option<Span>")]
    retry_interval: Given,
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// A JSON body's `status` decides: degraded is degraded, unhealthy is failed, whatever the status code.
    #[default]
    Auto,
    /// The body's words are shown, not judged.
    Ignore,
}

impl Section {
    pub fn build(self, raw: &Raw) -> Result<Http, Problem> {
        let pace = Pace::of(self.interval, self.timeout, self.retry_interval, raw)?;
        let (uri, host) = address(&self.url)?;
        let tls = match (uri.scheme_str(), &self.extra_ca) {
            (Some("https"), extra_ca) => Some(Verifier::new(extra_ca.as_ref())?),
            (_, Some(extra_ca)) => {
                return Err(Problem::at(extra_ca.span(), "an http:// URL shows no certificate", "leave extra_ca out"));
            }
            (_, None) => None,
        };
        let path = uri.path_and_query().map_or("/", PathAndQuery::as_str);
        let mut request = Request::new(Full::new(Bytes::from(self.body.unwrap_or_default())));
        *request.method_mut() = method(self.method)?;
        *request.uri_mut() = path.parse().unwrap_or_default();
        *request.headers_mut() = headers(self.headers, &uri)?;
        let max = self.max_body.map_or(MAX_BODY, |s| s.0.min(MAX_BODY_LIMIT) as usize);
        Ok(Http {
            target: format!("http {}{path}", host.key()),
            host,
            tls,
            request,
            bearer: self.bearer_file.into_iter().collect(),
            wanted: Wanted::new(self.expect, self.health, self.counters, self.figures),
            max_body: max,
            pace,
        })
    }
}

fn address(url: &Spanned<String>) -> Result<(Uri, Host), Problem> {
    let wrong = |what: &str, hint: &str| Problem::at(url.span(), what, hint);
    let uri: Uri = url.get_ref().parse().map_err(|_| wrong("this is not a URL", "http://host:port/path"))?;
    let default_port = match uri.scheme_str() {
        Some("http") => 80,
        Some("https") => 443,
        _ => return Err(wrong("a probe asks over http:// or https://", "http://host:port/path")),
    };
    if uri.authority().is_some_and(|a| a.as_str().contains('@')) {
        return Err(wrong("a URL must not carry a name or a password", "use bearer_file, or a header"));
    }
    let host = uri.host().and_then(|h| Host::new(h, uri.port_u16().unwrap_or(default_port)));
    let host = host.ok_or_else(|| wrong("this URL has no usable host", "a name in ASCII, or an address"))?;
    Ok((uri, host))
}

fn method(given: Option<Spanned<String>>) -> Result<Method, Problem> {
    let Some(given) = given else { return Ok(Method::GET) };
    let known = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::OPTIONS];
    let found = known.into_iter().find(|m| m.as_str() == given.get_ref());
    found.ok_or_else(|| Problem::at(given.span(), "this method is not for probes", "GET, HEAD, POST, PUT or OPTIONS"))
}

fn headers(given: BTreeMap<Spanned<String>, Spanned<String>>, uri: &Uri) -> Result<HeaderMap, Problem> {
    let mut out = HeaderMap::new();
    if let Some(host) = uri.authority().and_then(|a| HeaderValue::from_str(a.as_str()).ok()) {
        out.insert(HOST, host);
    }
    out.insert(USER_AGENT, HeaderValue::from_static(concat!("watchdeck/", env!("CARGO_PKG_VERSION"))));
    // One connection per look: whoever closes first keeps the port in TIME_WAIT, and that should not be us.
    out.insert(CONNECTION, HeaderValue::from_static("close"));
    for (name, value) in given {
        let bad_name = |_| Problem::at(name.span(), "this is not a header's name", "letters, digits and dashes");
        let key = HeaderName::try_from(name.get_ref().as_str()).map_err(bad_name)?;
        if [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING].contains(&key) {
            return Err(Problem::at(name.span(), "this header belongs to the connection", "leave it out"));
        }
        let bad_value = |_| Problem::at(value.span(), "this is not a header's value", "one line of visible characters");
        out.insert(key, HeaderValue::try_from(value.get_ref().as_str()).map_err(bad_value)?);
    }
    Ok(out)
}
