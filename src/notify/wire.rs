//! A notice as the far side sees it: the JSON of a webhook's body and of a command's stdin. A contract with programs
//! that are not ours, so it is a type of its own: the domain may rename, these names stay.

use serde::Serialize;

use crate::domain::ids::AlertId;
use crate::domain::outbox::Notice;
use crate::domain::severity::Severity;
use crate::domain::text::Clean;
use crate::domain::time::Stamp;

#[derive(Serialize)]
struct NoticeWire<'a> {
    schema: &'static str,
    /// The idempotency key: equal for every attempt at the same page.
    key: &'a str,
    alert_id: AlertId,
    fingerprint: &'a str,
    title: &'a Clean,
    severity: Severity,
    service: Option<&'a Clean>,
    level: u8,
    role: &'a Clean,
    /// From 1; above 1 the page may already have arrived.
    attempt: u32,
    environment: &'a str,
    opened_at: Stamp,
    sent_at: Stamp,
    test: bool,
}

/// The bytes to send: one JSON object. The error cannot happen with these types; it is passed on rather than hidden.
pub fn body(notice: &Notice) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&NoticeWire {
        schema: "watchdeck/notice/1",
        key: &notice.key,
        alert_id: notice.alert,
        fingerprint: &notice.fingerprint,
        title: &notice.title,
        severity: notice.severity,
        service: notice.service.as_ref(),
        level: notice.level,
        role: &notice.role,
        attempt: notice.attempt,
        environment: &notice.environment,
        opened_at: notice.opened_at,
        sent_at: notice.sent_at,
        test: notice.test,
    })
}
