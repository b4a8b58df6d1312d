//! The HTTP client of a webhook, with its TLS given outright: ring as the provider, the system's certificate
//! authorities and those of `ca_file`. Without an explicit provider the client would panic on its first use.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

/// Built on first use and off the async threads, since it reads some hundred certificates.
pub async fn client(ca_file: Option<PathBuf>) -> Result<reqwest::Client, String> {
    let built = tokio::task::spawn_blocking(move || build(ca_file)).await;
    built.map_err(|_| "making the HTTP client was interrupted".to_owned())?
}

fn build(ca_file: Option<PathBuf>) -> Result<reqwest::Client, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = ca_file {
        let wrong = |e: String| format!("ca_file {} cannot be used: {e}", path.display());
        for certificate in CertificateDer::pem_file_iter(&path).map_err(|e| wrong(e.to_string()))? {
            let certificate = certificate.map_err(|e| wrong(e.to_string()))?;
            roots.add(certificate).map_err(|e| wrong(e.to_string()))?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .http1_only()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        // A page is rare and must not die on a connection that a firewall forgot an hour ago.
        .pool_max_idle_per_host(0)
        .connect_timeout(super::CONNECT)
        .user_agent(concat!("watchdeck/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|e| e.without_url().to_string())
}
