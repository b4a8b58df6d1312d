//! The estate's own certificate authority, made anew at each start: a certificate near its end for the one service over
//! TLS, and an expired one for the fault. Private keys stay in memory. Not its job: serving.

use std::sync::Arc;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

use crate::domain::time::Stamp;

/// Until the certificate near its end expires: under the two weeks of the rule.
const LEFT: Duration = Duration::from_hours(11 * 24 + 7);
const DAY: Duration = Duration::from_hours(24);

#[derive(Debug, thiserror::Error)]
pub enum CertError {
    #[error("cannot make the demo's certificates: {0}")]
    Make(#[from] rcgen::Error),
    #[error("cannot serve the demo's certificates: {0}")]
    Serve(#[from] rustls::Error),
}

type Issuer = CertifiedIssuer<'static, KeyPair>;

/// Both faces of the service over TLS.
#[derive(Clone)]
pub struct Tls {
    ending: TlsAcceptor,
    expired: TlsAcceptor,
}

impl Tls {
    /// The acceptors, and the authority's certificate for the config's `extra_ca` (PEM).
    pub fn make(now: Stamp) -> Result<(Self, String), CertError> {
        let issuer = authority(now)?;
        let ending = acceptor(&issuer, now - DAY * 79, now + LEFT)?;
        let expired = acceptor(&issuer, now - DAY * 90, now - Duration::from_hours(2))?;
        Ok((Self { ending, expired }, issuer.as_ref().pem()))
    }
    pub fn acceptor(&self, expired: bool) -> &TlsAcceptor {
        if expired { &self.expired } else { &self.ending }
    }
}

fn authority(now: Stamp) -> Result<Issuer, CertError> {
    let mut params = CertificateParams::default();
    dated(&mut params, now - DAY * 400, now + DAY * 3650);
    params.distinguished_name.push(DnType::CommonName, "watchdeck demo authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
}

fn acceptor(issuer: &Issuer, from: Stamp, to: Stamp) -> Result<TlsAcceptor, CertError> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(["127.0.0.1".to_owned(), "localhost".to_owned()])?;
    dated(&mut params, from, to);
    params.distinguished_name.push(DnType::CommonName, "workflow-automation");
    params.use_authority_key_identifier_extension = true;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = params.signed_by(&key, issuer)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn dated(params: &mut CertificateParams, from: Stamp, to: Stamp) {
    let at = |stamp: Stamp| date_time_ymd(1970, 1, 1) + Duration::from_secs((stamp.0 / 1000).max(0) as u64);
    (params.not_before, params.not_after) = (at(from), at(to));
}
