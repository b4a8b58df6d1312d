//! The webhook: what is sent, signed and trusted.

use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use watchdeck::domain::outbox::Attempt;
use watchdeck::domain::text::Clean;

use crate::fake::{answer, fake, read_request, status};
use crate::support::{is_retry, notice, signed, text, webhook};

fn write_secret(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[tokio::test]
async fn m4_a_page_is_one_signed_json_post() {
    let (at, requests) = fake(vec![answer("202 Accepted", "", "queued as 77")]);
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    write_secret(&secret, &format!("  whsec_{}\n", STANDARD.encode("the key's bytes")));
    let page = webhook(&format!("url = \"http://{at}/hook?team=1\", secret_file = {secret:?}"));
    assert_eq!(page.name(), "page");
    let sent = page.send(&notice(1)).await;
    assert_eq!(sent, Attempt::Sent(Clean::new("HTTP 202 Accepted: queued as 77")));
    let request = requests.recv().unwrap();
    assert!(request.head.starts_with("POST /hook?team=1 HTTP/1.1\r\n"), "{}", request.head);
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("webhook-id"), Some("inst-1:4821:1:page"));
    assert_eq!(request.header("webhook-timestamp"), Some("1795313601"));
    assert!(signed(&request, b"the key's bytes"));
    let body = request.json();
    for (name, value) in [
        ("schema", Value::from("watchdeck/notice/1")),
        ("alert_id", 4821.into()),
        ("fingerprint", "cbf29ce484222325".into()),
        ("title", "p95 over 200ms".into()),
        ("severity", "critical".into()),
        ("service", "ml-lead-intelligence".into()),
        ("level", 1.into()),
        ("attempt", 1.into()),
        ("test", false.into()),
    ] {
        assert_eq!(body[name], value, "{name}");
    }
    // A rotated secret counts from the next send on, and plain text is a key too.
    write_secret(&secret, "rotated\n");
    page.send(&notice(2)).await;
    assert!(signed(&requests.recv().unwrap(), b"rotated"));
}

#[tokio::test]
async fn m4_without_a_secret_there_is_no_signature_and_extra_headers_are_sent() {
    let (at, requests) = fake(vec![status("200 OK")]);
    let page =
        webhook(&format!("url = \"http://{at}/\", headers = {{ X-Team = \"core\", Authorization = \"Bearer abc\" }}"));
    assert_eq!(page.send(&notice(1)).await, Attempt::Sent(Clean::new("HTTP 200 OK")));
    let request = requests.recv().unwrap();
    assert_eq!(request.header("webhook-signature"), None);
    assert_eq!(request.header("x-team"), Some("core"));
    assert_eq!(request.header("authorization"), Some("Bearer abc"));
}

#[tokio::test]
async fn m4_a_secret_that_cannot_be_used_sends_nothing_and_says_why() {
    let (at, requests) = fake(vec![status("200 OK")]);
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    let page = webhook(&format!("url = \"http://{at}/\", secret_file = {secret:?}"));
    for (content, reason) in
        [(None, "cannot be opened"), (Some(" \n"), "is empty"), (Some("whsec_%%"), "not followed by base64")]
    {
        if let Some(content) = content {
            write_secret(&secret, content);
        }
        let attempt = page.send(&notice(1)).await;
        assert!(matches!(&attempt, Attempt::Dead(why) if why.as_str().contains(reason)), "{attempt:?}");
    }
    // A secret that the whole host can read is none.
    write_secret(&secret, "fine");
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(page.send(&notice(1)).await, Attempt::Dead(_)));
    assert!(requests.try_recv().is_err(), "nothing may be sent unsigned");
}

#[tokio::test]
async fn m4_tls_with_an_own_authority_works_and_a_stranger_is_not_trusted() {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".into()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, made.cert.pem()).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let config = Arc::new(config);
        for stream in listener.incoming() {
            let session = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut tls = rustls::StreamOwned::new(session, stream.unwrap());
            if read_request(&mut tls).is_some() {
                let _ = tls.write_all(b"HTTP/1.1 204 No Content\r\n\r\n");
                let _ = tls.flush();
            }
        }
    });
    let trusting = webhook(&format!("url = \"https://{at}/\", ca_file = {ca:?}"));
    assert_eq!(trusting.send(&notice(1)).await, Attempt::Sent(Clean::new("HTTP 204 No Content")));
    let wary = webhook(&format!("url = \"https://{at}/\"")).send(&notice(1)).await;
    assert!(is_retry(&wary) && text(&wary).contains("certificate"), "{wary:?}");
}
