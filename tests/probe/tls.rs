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
    serve_as(config.with_no_client_auth().with_single_cert(chain, key).expect("certificate")).await
}

async fn serve_as(config: ServerConfig) -> Fake {
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
    let closing = Fake::start(|mut stream| async move {
        let _ = stream.read(&mut [0; 64]).await;
    })
    .await;
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

/// Reads the greeting, says these bytes, closes.
async fn replying(bytes: Vec<u8>) -> Fake {
    Fake::start(move |mut stream| {
        let bytes = bytes.clone();
        async move {
            let mut hello = [0; 4096];
            let _ = stream.read(&mut hello).await;
            let _ = stream.write_all(&bytes).await;
            while stream.read(&mut hello).await.is_ok_and(|n| n > 0) {}
        }
    })
    .await
}

/// A record of this protocol version.
fn record(kind: u8, minor: u8, body: &[u8]) -> Vec<u8> {
    [&[kind, 3, minor, 0, u8::try_from(body.len()).expect("short")], body].concat()
}

#[tokio::test]
async fn h4_a_server_of_tls_1_0_alone_is_told_as_that() {
    let ca = Authority::new();
    // A ServerHello of TLS 1.0: version, random, no session, RSA with AES-128, no compression.
    let hello = [&[2, 0, 0, 38, 3, 1][..], &[7; 32], &[0, 0, 0x2f, 0]].concat();
    refused(&replying(record(22, 1, &hello)).await, &ca, "tls 1.2 or 1.3 is needed").await;
    // Or it takes offence itself: alert protocol_version.
    refused(&replying(record(21, 1, &[2, 70])).await, &ca, "tls 1.2 or 1.3 is needed").await;
    let older = [&[2, 0, 0, 38, 3, 2][..], &[7; 32], &[0, 0, 0x2f, 0]].concat();
    refused(&replying(record(22, 2, &older)).await, &ca, "tls 1.2 or 1.3 is needed").await;
}

#[tokio::test]
async fn h4_an_alert_of_the_server_is_told_in_words() {
    let ca = Authority::new();
    refused(&replying(record(21, 3, &[2, 112])).await, &ca, "the server does not know this name").await;
    refused(&replying(record(21, 3, &[2, 40])).await, &ca, "the server refused: HandshakeFailure").await;
}

/// A server of many names: it has a certificate for whom it is asked by name, and notes the names.
#[derive(Debug)]
struct ByName {
    key: Arc<rustls::sign::CertifiedKey>,
    knows: &'static str,
    asked: std::sync::Mutex<Vec<Option<String>>>,
}

impl rustls::server::ResolvesServerCert for ByName {
    fn resolve(&self, hello: rustls::server::ClientHello<'_>) -> Option<Arc<rustls::sign::CertifiedKey>> {
        let name = hello.server_name().map(str::to_owned);
        let known = name.as_deref() == Some(self.knows);
        self.asked.lock().expect("lock").push(name);
        known.then(|| Arc::clone(&self.key))
    }
}

#[tokio::test]
async fn h4_the_name_is_sent_to_a_server_that_needs_it_and_an_address_is_not() {
    let ca = Authority::new();
    let key = KeyPair::generate().expect("key");
    let mut params = CertificateParams::new(vec!["localhost".to_owned(), "mail.example".to_owned()]).expect("name");
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date!(OnDay(50)));
    let leaf = params.signed_by(&key, &ca.issuer).expect("leaf");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let chain = vec![leaf.der().clone(), ca.intermediate.clone()];
    let certified = rustls::sign::CertifiedKey::from_der(chain, der, &provider).expect("certificate");
    let serve_name = |knows| {
        let names = Arc::new(ByName { key: Arc::new(certified.clone()), knows, asked: std::sync::Mutex::default() });
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider));
        let config = config.with_safe_default_protocol_versions().expect("versions").with_no_client_auth();
        let config = config.with_cert_resolver(Arc::clone(&names) as Arc<dyn rustls::server::ResolvesServerCert>);
        (serve_as(config), names)
    };
    let asked = |names: &ByName| std::mem::take(&mut *names.asked.lock().expect("lock"));

    let (fake, names) = serve_name("localhost");
    let fake = fake.await;
    for seen in ask(&fake, &ca, "localhost").await {
        assert_eq!(seen.outcome, Outcome::Ok, "{seen:?}");
    }
    assert_eq!(asked(&names), vec![Some("localhost".to_owned()); 2]);
    // An address is no name: such a server has nothing to show.
    for seen in ask(&fake, &ca, "127.0.0.1").await {
        assert_eq!((seen.outcome, seen.fail), (Outcome::Unreachable, Some(FailKind::Tls)), "{seen:?}");
        assert!(seen.detail.as_str().contains("the server refused"), "{seen:?}");
    }
    assert_eq!(asked(&names), vec![None; 2]);
    // The configured name is the one that is sent, and the one that must be in the certificate.
    let (fake, names) = serve_name("mail.example");
    let fake = fake.await;
    let (port, pem) = (fake.addr.port(), ca.path());
    let line = format!("address = '127.0.0.1:{port}', server_name = 'mail.example', extra_ca = '{}'", pem.display());
    let seen = look(&format!("tls = {{ {line}, timeout = '5s' }}")).await;
    assert_eq!(seen.outcome, Outcome::Ok, "{seen:?}");
    assert_eq!(asked(&names), [Some("mail.example".to_owned())]);
}
