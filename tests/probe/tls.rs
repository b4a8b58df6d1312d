use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;
use watchdeck::domain::sample::{FailKind, Outcome};
use watchdeck::sources::probe::Observation;

use crate::http_server::{Fake, whole};
use crate::kit::look;

/// That many days from now; a macro, because the date's type has no name here.
#[derive(Clone, Copy)]
struct OnDay(i64);

macro_rules! date {
    ($day:expr) => {
        date_time_ymd(1970, 1, 1)
            + Duration::from_secs(
                (SystemTime::UNIX_EPOCH.elapsed().expect("after 1970").as_secs() as i64 + $day.0 * 86_400) as u64,
            )
    };
}

/// A CA with an intermediate of its own, and its PEM on disk.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    intermediate: CertificateDer<'static>,
    pem: tempfile::NamedTempFile,
}

fn ca_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    params.key_usages.push(KeyUsagePurpose::KeyCertSign);
    params
}

impl Authority {
    fn new() -> Self {
        let root_key = KeyPair::generate().expect("key");
        let root_params = ca_params("probe test root");
        let root = root_params.self_signed(&root_key).expect("root");
        let root = (root.pem(), Issuer::new(root_params, root_key));
        let key = KeyPair::generate().expect("key");
        let mut params = ca_params("probe test intermediate");
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date!(OnDay(100)));
        let intermediate = params.signed_by(&key, &root.1).expect("intermediate");
        let pem = tempfile::NamedTempFile::new().expect("file");
        std::fs::write(pem.path(), root.0).expect("write");
        Self { intermediate: intermediate.der().clone(), issuer: Issuer::new(params, key), pem }
    }
    fn path(&self) -> PathBuf {
        self.pem.path().to_owned()
    }
    async fn serve(&self, name: &str, from: i32, until: OnDay) -> Fake {
        let key = KeyPair::generate().expect("key");
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("name");
        (params.not_before, params.not_after) = (date_time_ymd(from, 1, 1), date!(until));
        let leaf = params.signed_by(&key, &self.issuer).expect("leaf");
        serve(vec![leaf.der().clone(), self.intermediate.clone()], &key).await
    }
}

async fn serve(chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> Fake {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    let config = config.with_no_client_auth().with_single_cert(chain, key).expect("certificate");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    Fake::start(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") && stream.read_buf(&mut head).await.is_ok_and(|n| n > 0) {}
            let _ = stream.write_all(&whole("200 OK", "", br#"{"status":"ok"}"#)).await;
            let _ = stream.shutdown().await;
        }
    })
    .await
}

async fn ask(fake: &Fake, ca: &Authority, host: &str) -> [Observation; 2] {
    let (port, ca) = (fake.addr.port(), ca.path());
    let common = format!("extra_ca = '{}', timeout = '5s'", ca.display());
    [
        look(&format!("http = {{ url = 'https://{host}:{port}/', {common} }}")).await,
        look(&format!("tls = {{ address = '{host}:{port}', {common} }}")).await,
    ]
}

async fn refused(fake: &Fake, ca: &Authority, says: &str) {
    for seen in ask(fake, ca, "localhost").await {
        assert_eq!((seen.outcome, seen.fail), (Outcome::Unreachable, Some(FailKind::Tls)), "{seen:?}");
        assert!(seen.detail.as_str().starts_with("tls: ") && seen.detail.as_str().contains(says), "{seen:?}");
        assert_eq!(seen.cert, None, "an unverified certificate's days are not a fact");
    }
}

#[tokio::test]
async fn a_verified_chain_tells_the_days_of_leaf_and_chain() {
    let ca = Authority::new();
    let fake = ca.serve("localhost", 2020, OnDay(200)).await;
    for seen in ask(&fake, &ca, "localhost").await {
        assert_eq!(seen.outcome, Outcome::Ok, "{seen:?}");
        let days = seen.cert.expect("days");
        assert!((199.0..201.0).contains(&days.leaf) && (99.0..101.0).contains(&days.chain), "{days:?}");
        assert!(seen.phases.tls_us.is_some());
    }
}

#[tokio::test]
async fn h4_expired_certificate_is_refused_with_its_reason() {
    let ca = Authority::new();
    let fake = ca.serve("localhost", 2020, OnDay(-3)).await;
    refused(&fake, &ca, "expired certificate, 3 days ago").await;
}

#[tokio::test]
async fn h4_not_yet_valid_certificate_is_refused_with_its_reason() {
    let ca = Authority::new();
    let fake = ca.serve("localhost", 2090, OnDay(36_500)).await;
    refused(&fake, &ca, "not yet valid").await;
}

#[tokio::test]
async fn h4_wrong_name_is_refused_with_the_name_it_has() {
    let ca = Authority::new();
    let fake = ca.serve("other.example", 2020, OnDay(50)).await;
    refused(&fake, &ca, "other.example").await;
}

#[tokio::test]
async fn h4_self_signed_and_unknown_issuers_are_refused() {
    let ca = Authority::new();
    let key = KeyPair::generate().expect("key");
    let own = CertificateParams::new(vec!["localhost".to_owned()]).expect("name").self_signed(&key).expect("own");
    let fake = serve(vec![own.der().clone()], &key).await;
    refused(&fake, &ca, "self-signed").await;
    let stranger = Authority::new().serve("localhost", 2020, OnDay(50)).await;
    refused(&stranger, &ca, "").await;
}

#[tokio::test]
async fn h4_a_port_that_speaks_no_tls_or_hangs_up() {
    let ca = Authority::new();
    let plain = Fake::start(|mut stream| async move {
        let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.6\r\n").await;
        let mut sink = [0; 512];
        while stream.read(&mut sink).await.is_ok_and(|n| n > 0) {}
    })
    .await;
    refused(&plain, &ca, "does not speak tls").await;
    let closing = Fake::saying("").await;
    for seen in ask(&closing, &ca, "localhost").await {
        assert_eq!(seen.outcome, Outcome::Unreachable, "{seen:?}");
    }
}

#[tokio::test]
async fn a_handshake_that_never_ends_is_a_timeout() {
    let silent = Fake::silent().await;
    let seen = look(&format!("tls = {{ address = '{}', timeout = '200ms' }}", silent.addr)).await;
    assert_eq!((seen.outcome, seen.fail), (Outcome::Unreachable, Some(FailKind::Timeout)), "{seen:?}");
    assert!(seen.detail.as_str().contains("handshake"), "{seen:?}");
}
