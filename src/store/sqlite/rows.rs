//! Rows to values and back. A row is as foreign as a socket: what does not decode is an error to be said, never a panic.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::domain::alert::{Actor, Alert, Mute, Phase};
use crate::domain::ids::{AlertId, Fingerprint, OpId, Seq};
use crate::domain::journal::{Entry, Fact};
use crate::domain::outbox::{OutboxRow, OutboxState};
use crate::domain::severity::Severity;
use crate::domain::text::Clean;
use crate::domain::time::Stamp;

pub const OUTBOX_COLUMNS: &str = "id, alert, level, channel, key, state, attempts, next_at, created_at, severity, last";

#[derive(Serialize)]
struct BodyOut<'a> {
    actor: &'a Actor,
    fact: &'a Fact,
}
#[derive(Deserialize)]
struct BodyIn {
    actor: Actor,
    fact: Fact,
}

/// The canonical bytes of an entry: what the chain is computed over and what is stored.
pub fn entry_body(actor: &Actor, fact: &Fact) -> serde_json::Result<String> {
    serde_json::to_string(&BodyOut { actor, fact })
}

/// A journal row without its body's decoding: what the chain needs.
pub struct Link<'a> {
    pub seq: Seq,
    pub op: &'a [u8],
    pub at: i64,
    pub alert: Option<i64>,
    pub body: &'a str,
    pub prev: &'a [u8],
}

impl Link<'_> {
    /// SHA-256 over prev, seq, op, at, alert (0 for none; numbers as 8 bytes little-endian) and the body's bytes.
    pub fn hash(&self) -> [u8; 32] {
        let mut sha = Sha256::new();
        sha.update(self.prev);
        sha.update(self.seq.to_le_bytes());
        sha.update(self.op);
        sha.update(self.at.to_le_bytes());
        sha.update(self.alert.unwrap_or(0).to_le_bytes());
        sha.update(self.body.as_bytes());
        sha.finalize().into()
    }
}

fn bad<E: std::error::Error + Send + Sync + 'static>(column: usize, error: E) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
}

/// From `seq, op, at, alert, body`.
pub fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let op: [u8; 16] = row.get(1)?;
    let body: BodyIn = serde_json::from_str(row.get_ref(4)?.as_str()?).map_err(|e| bad(4, e))?;
    Ok(Entry {
        seq: row.get(0)?,
        op: OpId(uuid::Uuid::from_bytes(op)),
        at: Stamp(row.get(2)?),
        actor: body.actor,
        alert: row.get::<_, Option<i64>>(3)?.map(AlertId),
        fact: body.fact,
    })
}

/// From the column `body`.
pub fn alert(row: &Row<'_>) -> rusqlite::Result<Alert> {
    serde_json::from_str(row.get_ref(0)?.as_str()?).map_err(|e| bad(0, e))
}

pub fn alert_by_id(c: &Connection, id: AlertId) -> rusqlite::Result<Option<Alert>> {
    c.prepare_cached("SELECT body FROM alert WHERE id = ?1")?.query_row([id.0], alert).optional()
}

pub fn latest_alert(c: &Connection, fingerprint: Fingerprint) -> rusqlite::Result<Option<Alert>> {
    c.prepare_cached("SELECT body FROM alert WHERE fingerprint = ?1 ORDER BY id DESC LIMIT 1")?
        .query_row([fingerprint.0.cast_signed()], alert)
        .optional()
}

pub fn put_alert(c: &Connection, a: &Alert) -> rusqlite::Result<()> {
    let resolved_at = match &a.phase {
        Phase::Resolved { at, .. } => Some(at.0),
        _ => None,
    };
    let body = serde_json::to_string(a).map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))?;
    c.prepare_cached(
        "INSERT INTO alert VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (id) DO UPDATE SET
           version = excluded.version, state = excluded.state, severity = excluded.severity,
           resolved_at = excluded.resolved_at, to_close = excluded.to_close, body = excluded.body",
    )?
    .execute(params![
        a.id.0,
        a.fingerprint.0.cast_signed(),
        a.version,
        a.phase.word(),
        severity_number(a.severity),
        a.opened_at.0,
        resolved_at,
        a.to_close(),
        body
    ])?;
    Ok(())
}

pub fn severity_number(s: Severity) -> i64 {
    match s {
        Severity::Notice => 0,
        Severity::Warning => 1,
        Severity::Critical => 2,
    }
}

pub fn severity_from(n: i64) -> Severity {
    match n {
        2 => Severity::Critical,
        1 => Severity::Warning,
        _ => Severity::Notice,
    }
}

/// From [`OUTBOX_COLUMNS`].
pub fn outbox(row: &Row<'_>) -> rusqlite::Result<OutboxRow> {
    let state: String = row.get(5)?;
    Ok(OutboxRow {
        id: row.get(0)?,
        alert: AlertId(row.get(1)?),
        level: row.get(2)?,
        channel: Clean::from(row.get::<_, String>(3)?).to_string(),
        key: row.get(4)?,
        state: OutboxState::parse(&state).unwrap_or(OutboxState::Dead),
        attempts: row.get(6)?,
        next_at: Stamp(row.get(7)?),
        created_at: Stamp(row.get(8)?),
        severity: severity_from(row.get(9)?),
        last: Clean::from(row.get::<_, String>(10)?),
    })
}

/// From the column `body`.
pub fn mute(row: &Row<'_>) -> rusqlite::Result<Mute> {
    serde_json::from_str(row.get_ref(0)?.as_str()?).map_err(|e| bad(0, e))
}
