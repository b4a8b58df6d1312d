//! The outbox: rows claimed for one attempt, marked by the journal's `Delivered` facts. A claim lapses, so a crash
//! between sending and marking sends again, with the same key.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::rows::{self, OUTBOX_COLUMNS};
use crate::domain::outbox::{Notice, OutboxRow, OutboxState};
use crate::domain::text::Clean;
use crate::domain::time::Stamp;
use crate::store::ClaimedPage;

/// Longer than any channel's own deadline (20 s).
const CLAIM_MS: i64 = 60_000;
/// Sent, withdrawn and superseded rows a console is shown.
const RECENT: i64 = 100;

pub fn claim(c: &mut Connection, epoch: i64, now: Stamp, limit: usize) -> rusqlite::Result<Vec<ClaimedPage>> {
    let tx = c.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let held: Option<i64> = tx.prepare_cached("SELECT epoch FROM lease")?.query_row([], |r| r.get(0)).optional()?;
    if held != Some(epoch) {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT {OUTBOX_COLUMNS}, role FROM outbox
         WHERE state IN ('pending', 'claimed') AND next_at <= ?1 AND (state = 'pending' OR claim_until <= ?1)
         ORDER BY severity DESC, id LIMIT ?2"
    );
    let mut due: Vec<(OutboxRow, String)> = Vec::new();
    {
        let mut select = tx.prepare_cached(&sql)?;
        let mut found = select.query(params![now.0, limit as i64])?;
        while let Some(row) = found.next()? {
            due.push((rows::outbox(row)?, row.get(11)?));
        }
    }
    let mut claimed = Vec::with_capacity(due.len());
    for (mut row, role) in due {
        tx.prepare_cached("UPDATE outbox SET state = 'claimed', claim_epoch = ?2, claim_until = ?3 WHERE id = ?1")?
            .execute(params![row.id, epoch, now.0 + CLAIM_MS])?;
        row.state = OutboxState::Claimed;
        let Some(alert) = rows::alert_by_id(&tx, row.alert)? else { continue };
        let notice = Notice {
            key: row.key.clone(),
            alert: alert.id,
            fingerprint: alert.fingerprint.to_string(),
            title: alert.about.title.clone(),
            severity: alert.severity,
            service: alert.about.service.clone(),
            level: row.level,
            role: Clean::from(role),
            attempt: row.attempts + 1,
            environment: String::new(),
            opened_at: alert.opened_at,
            sent_at: now,
            test: false,
        };
        claimed.push(ClaimedPage { row, notice });
    }
    tx.commit()?;
    Ok(claimed)
}

/// What a console shows: everything that waits or is dead, and the latest that is done.
pub fn recent(c: &Connection) -> rusqlite::Result<Vec<OutboxRow>> {
    let sql = format!(
        "SELECT {OUTBOX_COLUMNS} FROM outbox WHERE state IN ('pending', 'claimed', 'dead')
         UNION SELECT * FROM (SELECT {OUTBOX_COLUMNS} FROM outbox ORDER BY id DESC LIMIT {RECENT}) ORDER BY id"
    );
    c.prepare_cached(&sql)?.query_map([], rows::outbox)?.collect()
}

pub fn in_state(c: &Connection, state: Option<OutboxState>) -> rusqlite::Result<Vec<OutboxRow>> {
    let sql = format!("SELECT {OUTBOX_COLUMNS} FROM outbox WHERE ?1 IS NULL OR state = ?1 ORDER BY id");
    c.prepare_cached(&sql)?.query_map([state.map(OutboxState::word)], rows::outbox)?.collect()
}
