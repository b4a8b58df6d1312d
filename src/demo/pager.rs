//! The demo's pager: takes pages as a webhook, checks their signature, gives a receipt, keeps the last ones to be looked
//! at. It never refuses a page: a wrong signature is shown instead.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use hyper::HeaderMap;
use serde_json::{Value, json};
use sha2::Sha256;

use super::rng::Rng;
use crate::domain::time::Stamp;

const KEPT: usize = 200;

pub struct Pager {
    key: [u8; 24],
    pages: Mutex<(u64, VecDeque<Value>)>,
}

impl Pager {
    /// The signing key comes from the seed: it guards nothing but a demo on loopback.
    pub fn new(seed: u64) -> Self {
        let (mut rng, mut key) = (Rng::new(seed, "pager"), [0; 24]);
        key.iter_mut().for_each(|byte| *byte = rng.draw() as u8);
        Self { key, pages: Mutex::default() }
    }
    /// As the channel's `secret_file` holds it.
    pub fn secret(&self) -> String {
        format!("whsec_{}", STANDARD.encode(self.key))
    }

    /// Takes a page; returns its receipt.
    pub fn take(&self, at: Stamp, headers: &HeaderMap, body: &[u8]) -> Value {
        let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
        let id = header("webhook-id");
        let content: Value = serde_json::from_slice(body).unwrap_or_else(|_| String::from_utf8_lossy(body).into_owned().into());
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, kept) = &mut *pages;
        *count += 1;
        let receipt = format!("demo-{count:06}");
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(json!({
            "receipt": receipt,
            "at": at,
            "id": id,
            "repeat": id.is_some() && kept.iter().any(|p| p.get("id").and_then(Value::as_str) == id),
            "signature": self.judge(id, header("webhook-timestamp"), header("webhook-signature"), body),
            "body": content,
        }));
        json!({ "status": "accepted", "receipt": receipt })
    }

    fn judge(&self, id: Option<&str>, at: Option<&str>, signature: Option<&str>, body: &[u8]) -> &'static str {
        let (Some(id), Some(at), Some(signature)) = (id, at, signature) else { return "none" };
        let mut given = signature.split(' ').filter_map(|s| STANDARD.decode(s.strip_prefix("v1,")?).ok());
        let valid = given.any(|tag| {
            Hmac::<Sha256>::new_from_slice(&self.key).is_ok_and(|mut mac| {
                mac.update(format!("{id}.{at}.").as_bytes());
                mac.update(body);
                mac.verify_slice(&tag).is_ok()
            })
        });
        if valid { "valid" } else { "invalid" }
    }

    /// How many came, and the last ones.
    pub fn pages(&self) -> (u64, Vec<Value>) {
        let pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        (pages.0, pages.1.iter().cloned().collect())
    }
}
