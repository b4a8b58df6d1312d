//! TLS for probes: real verification against this machine's roots and, where configured, a further CA; there is no
//! switch that skips it. Also the reasons of a refusal in plain words, and the days a certificate has left.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{AlertDescription, CertificateError, ClientConfig, Error as TlsError, RootCertStore};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use toml::Spanned;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::meter::{Stage, Trace};
use super::observation::Failure;
use crate::config::raw::Problem;
use crate::domain::sample::{CertDays, FailKind, Outcome};

/// The roots most probes share, read at the first handshake: a config without TLS never pays for them.
static SHARED: OnceCell<Arc<Trust>> = OnceCell::const_new();

struct Trust {
    config: Arc<ClientConfig>,
    anchors: Arc<RootCertStore>,
}

/// How one probe verifies.
#[derive(Default)]
pub struct Verifier {
    extra: Vec<CertificateDer<'static>>,
    own: OnceCell<Arc<Trust>>,
}

impl Verifier {
    /// `extra_ca` is a PEM file of further authorities, read now so that a wrong path is found where it is written.
    pub fn new(extra_ca: Option<&Spanned<PathBuf>>) -> Result<Self, Problem> {
        let Some(file) = extra_ca else { return Ok(Self::default()) };
        let wrong = |why: String| Problem::at(file.span(), why, "a PEM file with one or more CA certificates");
        let text = std::fs::read(file.get_ref()).map_err(|e| wrong(format!("cannot read this CA file: {e}")))?;
        let certs = CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>();
        let extra = certs.map_err(|e| wrong(format!("this CA file is damaged: {e}")))?;
        if extra.is_empty() {
            return Err(wrong("this CA file holds no certificate".into()));
        }
        Ok(Self { extra, own: OnceCell::new() })
    }

    async fn trust(&self) -> Result<Arc<Trust>, Failure> {
        let cell = if self.extra.is_empty() { &SHARED } else { &self.own };
        let extra = &self.extra;
        let made = cell.get_or_try_init(|| async {
            let extra = extra.clone();
            let built = tokio::task::spawn_blocking(move || build(extra)).await;
            built.map_err(|e| Failure::local(e.to_string()))?
        });
        made.await.cloned()
    }

    /// Handshakes, and notes the certificate's days in the trace.
    pub async fn handshake(
        &self,
        tcp: TcpStream,
        name: ServerName<'static>,
        trace: &mut Trace,
    ) -> Result<TlsStream<TcpStream>, Failure> {
        trace.stage = Stage::Tls;
        let trust = self.trust().await?;
        // Our second flight must not wait for the peer's ACK of the first.
        let _ = tcp.set_nodelay(true);
        let began = trace.watch.us();
        let result = TlsConnector::from(Arc::clone(&trust.config)).connect(name, tcp).await;
        trace.phases.tls_us = Some(trace.watch.us() - began);
        let stream = result.map_err(|error| refused(&error))?;
        let presented = stream.get_ref().1.peer_certificates().unwrap_or_default();
        trace.cert = days_left(presented, &trust.anchors);
        Ok(stream)
    }
}

fn build(extra: Vec<CertificateDer<'static>>) -> Result<Arc<Trust>, Failure> {
    let mut anchors = RootCertStore::empty();
    anchors.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    anchors.add_parsable_certificates(extra);
    if anchors.is_empty() {
        return Err(Failure::local("tls: no trusted root certificates on this machine: install ca-certificates"));
    }
    let anchors = Arc::new(anchors);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let versions = versions.map_err(|e| Failure::local(e.to_string()))?;
    let mut config = versions.with_root_certificates(Arc::clone(&anchors)).with_no_client_auth();
    // A resumed session would not show today's certificate.
    config.resumption = rustls::client::Resumption::disabled();
    Ok(Arc::new(Trust { config: Arc::new(config), anchors }))
}

fn refused(error: &io::Error) -> Failure {
    let inner = error.get_ref().and_then(|e| e.downcast_ref::<TlsError>());
    let why = match inner {
        Some(TlsError::InvalidCertificate(reason)) => certificate(reason),
        Some(TlsError::InvalidMessage(_)) => "the other side does not speak tls".into(),
        Some(TlsError::PeerIncompatible(_) | TlsError::AlertReceived(AlertDescription::ProtocolVersion)) => {
            "no common version: tls 1.2 or 1.3 is needed".into()
        }
        Some(TlsError::AlertReceived(AlertDescription::UnrecognisedName)) => {
            "the server does not know this name".into()
        }
        Some(TlsError::AlertReceived(alert)) => format!("the server refused: {alert:?}"),
        Some(other) => other.to_string(),
        None if error.kind() == io::ErrorKind::UnexpectedEof => "closed during the handshake".into(),
        None => return Failure::of_io(error, Outcome::Unreachable),
    };
    Failure::unreachable(FailKind::Tls, format!("tls: {why}"))
}

fn certificate(reason: &CertificateError) -> String {
    use CertificateError as C;
    let ago = |a: &UnixTime, b: &UnixTime| a.as_secs().saturating_sub(b.as_secs()) / 86_400;
    match reason {
        C::Expired => "expired certificate".into(),
        C::ExpiredContext { time, not_after } => format!("expired certificate, {} days ago", ago(time, not_after)),
        C::NotValidYet => "certificate not yet valid".into(),
        C::NotValidYetContext { time, not_before } => {
            format!("certificate not yet valid for {} days", ago(not_before, time))
        }
        C::NotValidForName => "certificate is for another name".into(),
        C::NotValidForNameContext { presented, .. } => {
            format!(
                "certificate is for another name: {}",
                presented.iter().take(3).cloned().collect::<Vec<_>>().join(", ")
            )
        }
        C::UnknownIssuer => "unknown issuer: self-signed, or a private CA (see extra_ca)".into(),
        C::Revoked => "revoked certificate".into(),
        C::BadSignature => "certificate with a bad signature".into(),
        C::BadEncoding => "damaged certificate".into(),
        C::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            "a CA's own certificate serves as the server's (self-signed)".into()
        }
        other => other.to_string(),
    }
}

/// Days left of the leaf and of the verified chain. The chain is walked from the leaf and ends at the first issuer
/// that is a trusted root, as the verifier walks it: an unneeded old cross-sign that a server sends along must not
/// raise an alarm.
fn days_left(presented: &[CertificateDer<'_>], anchors: &RootCertStore) -> Option<CertDays> {
    let certs: Vec<X509Certificate> =
        presented.iter().filter_map(|der| X509Certificate::from_der(der).ok().map(|(_, cert)| cert)).collect();
    let now = UnixTime::now().as_secs() as f64;
    let days = |cert: &X509Certificate| (cert.validity().not_after.timestamp() as f64 - now) / 86_400.0;
    let mut here = certs.first()?;
    let leaf = days(here);
    let mut chain = leaf;
    for _ in 0..certs.len() {
        if trusted(here.issuer().as_raw(), anchors) {
            break;
        }
        let Some(next) = certs.iter().find(|c| c.subject().as_raw() == here.issuer().as_raw()) else { break };
        chain = chain.min(days(next));
        here = next;
    }
    Some(CertDays { chain, leaf })
}

fn trusted(issuer: &[u8], anchors: &RootCertStore) -> bool {
    // An anchor's subject is kept without the outer header of its sequence.
    anchors.roots.iter().any(|a| issuer.ends_with(&a.subject) && issuer.len() <= a.subject.len() + 6)
}
