//! `probe.tls`: a real handshake on a port, for what is not HTTP, and the days its certificates have left. Whether few
//! days are an alert is a rule's to say (`tls.days_left`).

use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::dial::{self, Host};
use super::meter::Trace;
use super::observation::{Failure, Observation, Verdict};
use super::pace::Given;
use super::secure::Verifier;
use super::{BoxFuture, Kind, Pace, Probe};
use crate::config::raw::{Problem, Raw};
use crate::config::value::Span;
use crate::domain::sample::Outcome;

pub const KIND: Kind = Kind {
    name: "tls",
    help: "handshakes with a port and tells the days its certificates have left",
    example: r#"probe.tls = { address = "mail.example:993", interval = "10m" }"#,
    build: |_, raw| Ok(Arc::new(raw.decode::<Section>()?.build(raw)?)),
    schema: super::schema_of::<Section>,
};

/// `probe.tls`
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TlsSection")]
struct Section {
    /// `host:port`.
    #[schemars(with = "String")]
    address: Spanned<String>,
    /// The name the certificate must carry, where it is not the address's.
    #[schemars(with = "Option<String>")]
    server_name: Option<Spanned<String>>,
    /// A PEM file of further certificate authorities.
    #[schemars(with = "Option<PathBuf>")]
    extra_ca: Option<Spanned<PathBuf>>,
    #[schemars(with = "Option<Span>")]
    interval: Given,
    #[schemars(with = "Option<Span>")]
    timeout: Given,
    #[schemars(with = "Option<Span>")]
    retry_interval: Given,
}

impl Section {
    fn build(self, raw: &Raw) -> Result<Tls, Problem> {
        let pace = Pace::of(self.interval, self.timeout, self.retry_interval, raw)?;
        let host = super::tcp::host(&self.address)?;
        let (given, at) = match self.server_name {
            Some(name) => (ServerName::try_from(name.get_ref().clone()).ok(), name.span()),
            None => (host.server_name(), self.address.span()),
        };
        let name = given.ok_or_else(|| Problem::at(at, "this name cannot be in a certificate", "a DNS name"))?;
        let verifier = Verifier::new(self.extra_ca.as_ref())?;
        Ok(Tls { target: format!("tls {}", host.key()), host, name, verifier, pace })
    }
}

struct Tls {
    target: String,
    host: Host,
    name: ServerName<'static>,
    verifier: Verifier,
    pace: Pace,
}

impl Probe for Tls {
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
            let result = tokio::time::timeout(self.pace.timeout, self.greet(&mut trace)).await;
            trace.observe(result)
        })
    }
}

impl Tls {
    async fn greet(&self, trace: &mut Trace) -> Result<Verdict, Failure> {
        let tcp = dial::connect(&self.host, trace).await?;
        self.verifier.handshake(tcp, self.name.clone(), trace).await?;
        let detail = match trace.cert {
            Some(days) => format!("certificate for {:.0} days, chain for {:.0}", days.leaf.floor(), days.chain.floor()),
            None => "handshake done".into(),
        };
        Ok(Verdict::new(Outcome::Ok, detail))
    }
}
