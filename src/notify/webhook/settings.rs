//! What may be written in `via.webhook = { … }`, and the checks that need no network: a wrong piece is pointed at in the
//! file, without quoting a text that may be a secret.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::header::HeaderName;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::super::secret::Hidden;
use super::{DEADLINE, sign};
use crate::config::raw::{Problem, Raw};
use crate::config::value::Span;

/// Headers this channel writes itself.
const OURS: &[&str] = &["content-type", "content-length", "host", "transfer-encoding", "connection"];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WebhookChannel")]
pub struct Settings {
    /// Where to POST: http or https.
    #[schemars(with = "Hidden")]
    url: Spanned<Hidden>,
    /// A file with the signing secret, `whsec_<base64>` or plain text; read again at each send.
    secret_file: Option<PathBuf>,
    /// The signing secret itself, meant for `"${NAME}"`.
    #[schemars(with = "Option<Hidden>")]
    secret: Option<Spanned<Hidden>>,
    /// Extra headers; their values are never shown.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Hidden>")]
    headers: BTreeMap<Spanned<String>, Hidden>,
    /// A PEM file of certificate authorities trusted besides the system's.
    ca_file: Option<PathBuf>,
    /// How long an attempt may take; at most 20s.
    #[schemars(with = "Option<Span>")]
    timeout: Option<Spanned<Span>>,
}

/// The settings, checked.
pub struct Setup {
    pub url: reqwest::Url,
    pub key: Option<KeyFrom>,
    pub headers: Vec<(HeaderName, Hidden)>,
    pub ca_file: Option<PathBuf>,
    pub timeout: Duration,
}

/// Where the signing secret is looked up at each send.
pub enum KeyFrom {
    File(PathBuf),
    Text(Hidden),
}

impl Setup {
    pub fn new(raw: &Raw) -> Result<Self, Problem> {
        let settings: Settings = raw.decode()?;
        let place = settings.url.span();
        let url = settings.url.into_inner();
        // The text stays out of the problem: it may hold a token, and a problem is printed and logged.
        let url = address(url.reveal())
            .map_err(|why| Problem::at(place, format!("`url` {why}"), "like \"https://pager.example/hook\""))?;
        let key = match (settings.secret_file, settings.secret) {
            (Some(_), Some(text)) => {
                return Err(Problem::at(text.span(), "both `secret` and `secret_file`", "keep one of them"));
            }
            (Some(path), None) => Some(KeyFrom::File(path)),
            (None, Some(text)) => {
                let wrong = |why| Problem::at(text.span(), format!("`secret`: {why}"), "whsec_<base64>, or any text");
                sign::key(&text.get_ref().secret()).map_err(wrong)?;
                Some(KeyFrom::Text(text.into_inner()))
            }
            (None, None) => None,
        };
        let headers = settings.headers.into_iter().map(|(name, value)| {
            let made = header_name(&name)?;
            if value.reveal().chars().any(|c| c.is_control() && c != '\t') {
                let what = format!("the value of `{made}` holds a control character");
                return Err(Problem::at(name.span(), what, "one line of visible characters"));
            }
            Ok((made, value))
        });
        let headers = headers.collect::<Result<_, Problem>>()?;
        let timeout = match settings.timeout {
            Some(t) if t.get_ref().0.is_zero() || t.get_ref().0 > DEADLINE => {
                return Err(Problem::at(t.span(), "`timeout` is out of range", "more than 0, at most \"20s\""));
            }
            Some(t) => t.into_inner().0,
            None => DEADLINE,
        };
        Ok(Self { url, key, headers, ca_file: settings.ca_file, timeout })
    }
}

/// The address, when it is one a page may be sent to; the reason never quotes it.
fn address(text: &str) -> Result<reqwest::Url, &'static str> {
    let url = reqwest::Url::parse(text).map_err(|_| "is not an address")?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("must start with http:// or https://");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("holds a user or password; use `headers`");
    }
    Ok(url)
}

fn header_name(name: &Spanned<String>) -> Result<HeaderName, Problem> {
    let made = HeaderName::from_bytes(name.get_ref().as_bytes())
        .map_err(|_| Problem::at(name.span(), format!("`{}` is no header name", name.get_ref()), "like X-Team"))?;
    if OURS.contains(&made.as_str()) || made.as_str().starts_with("webhook-") {
        return Err(Problem::at(name.span(), format!("`{made}` is set by watchdeck"), "remove it"));
    }
    Ok(made)
}
