//! The Standard Webhooks signature: HMAC-SHA256 over `{id}.{timestamp}.{body}`, so that a receiver can tell our page
//! from anybody's, and a repeated one by its id.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::config::value::Secret;

/// Longest id sent as it is; some receivers cut or refuse longer headers.
const ID_MAX: usize = 256;

/// The key's bytes: base64 after `whsec_`, else the text itself. The error says what is wrong without the text.
pub fn key(secret: &Secret) -> Result<Vec<u8>, &'static str> {
    let text = secret.reveal();
    let bytes = match text.strip_prefix("whsec_") {
        Some(encoded) => STANDARD.decode(encoded).map_err(|_| "its `whsec_` is not followed by base64")?,
        None => text.as_bytes().to_vec(),
    };
    if bytes.is_empty() { Err("it is empty") } else { Ok(bytes) }
}

/// The `webhook-id` for a notice's key: the key itself, or a digest of a key that no header could carry. Either way the
/// same for every attempt.
pub fn id(key: &str) -> String {
    if !key.is_empty() && key.len() <= ID_MAX && key.bytes().all(|b| b.is_ascii_graphic()) {
        return key.to_owned();
    }
    let digest = Sha256::digest(key.as_bytes());
    format!("sha256-{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest))
}

/// The value of `webhook-signature`.
pub fn signature(key: &[u8], id: &str, timestamp: i64, body: &[u8]) -> Option<String> {
    // HMAC takes keys of any length; the `None` is for the type only.
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_published_one() {
        // The vector of the Standard Webhooks reference libraries.
        let key = key(&Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into())).unwrap();
        let body = br#"{"test": 2432232314}"#;
        assert_eq!(
            signature(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body).as_deref(),
            Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        );
    }

    #[test]
    fn n9_a_key_no_header_can_carry_becomes_a_stable_digest() {
        assert_eq!(id("inst:4821:1:page"), "inst:4821:1:page");
        for wild in ["", "a\r\nx-evil: 1", "clé", &"k".repeat(300)] {
            let made = id(wild);
            assert!(made.starts_with("sha256-") && made.bytes().all(|b| b.is_ascii_graphic()), "{made}");
            assert_eq!(made, id(wild));
        }
    }

    #[test]
    fn a_secret_that_cannot_sign_says_why() {
        assert_eq!(key(&Secret::new(String::new())), Err("it is empty"));
        assert_eq!(key(&Secret::new("whsec_".into())), Err("it is empty"));
        assert_eq!(key(&Secret::new("whsec_%%%".into())), Err("its `whsec_` is not followed by base64"));
        assert_eq!(key(&Secret::new("raw".into())).unwrap(), b"raw");
    }
}
