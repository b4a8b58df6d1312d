//! TLS for `wss://`: rustls with ring, the system's roots and the feed's own CA. Built anew for each connect, so that a
//! rotated CA file is used by the next try.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::refusal::Ended;

pub async fn wrap(host: &str, ca_file: Option<PathBuf>, tcp: TcpStream) -> Result<TlsStream<TcpStream>, Ended> {
    // Reading the system's store is disk work of some milliseconds.
    let config = tokio::task::spawn_blocking(move || config(ca_file.as_deref()))
        .await
        .unwrap_or_else(|e| Err(format!("cannot prepare TLS: {e}")))
        .map_err(|why| Ended::person(&why))?;
    let unnamed = |_| Ended::person(&format!("`{host}` is no name TLS can check"));
    let name = ServerName::try_from(host.to_owned()).map_err(unnamed)?;
    let connector = TlsConnector::from(Arc::new(config));
    connector.connect(name, tcp).await.map_err(|e| match e.kind() {
        // A certificate that does not hold, or no TLS at all: no retry alone mends that.
        ErrorKind::InvalidData => Ended::person(&format!("TLS: {e}; check url and ca_file")),
        _ => Ended::retry(&format!("TLS: {e}")),
    })
}

fn config(ca_file: Option<&Path>) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = ca_file {
        let wrong = |e: &dyn std::fmt::Display| format!("cannot use ca_file {}: {e}", path.display());
        for cert in CertificateDer::pem_file_iter(path).map_err(|e| wrong(&e))? {
            roots.add(cert.map_err(|e| wrong(&e))?).map_err(|e| wrong(&e))?;
        }
    }
    if roots.is_empty() {
        return Err("no root certificates on this system; set ca_file".to_owned());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    Ok(builder.map_err(|e| format!("cannot prepare TLS: {e}"))?.with_root_certificates(roots).with_no_client_auth())
}
