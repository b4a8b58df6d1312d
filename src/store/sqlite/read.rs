//! Reads: what a console starts from, lists for the command line, the past of one alert. All on a connection of its own,
//! never inside a transaction that outlives the call, so that the WAL can be folded back.

use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

use super::{bulk, lease, pages, rows, worklists};
use crate::domain::alert::{Alert, Phase};
use crate::domain::feed::StreamPosition;
use crate::domain::ids::{AlertId, Seq};
use crate::domain::journal::{Entry, Everything, Fact, Past};
use crate::domain::text::Clean;
use crate::domain::time::{Now, Stamp};
use crate::store::{AlertFilter, ListFilter};

/// Resolved alerts a console starts with; the rest stay in the store and are counted.
const RESOLVED_LOADED: usize = 500;
/// Alerts to close it starts with, newest first.
const CLOSING_LOADED: usize = 1000;
/// Episodes looked back over, milliseconds.
const PAST_MS: i64 = 30 * 86_400_000;
/// Entries whose actors are known by name.
const ENTRIES_LOOKED_AT: i64 = 2000;
const EPISODES_MAX: i64 = 50;
const TIMELINE_MAX: i64 = 500;

pub fn everything(c: &mut Connection, boot: &str, now: Now) -> rusqlite::Result<Everything> {
    // One read transaction: entries, alerts and pages belong to the same moment.
    let tx = c.transaction()?;
    let mut all = Everything {
        last_seq: tx.prepare_cached("SELECT seq FROM counter")?.query_row([], |r| r.get(0))?,
        resolved_total: tx
            .prepare_cached("SELECT count(*) FROM alert WHERE resolved_at IS NOT NULL")?
            .query_row([], |r| r.get::<_, i64>(0).map(|n| n as usize))?,
        mutes: tx.prepare_cached("SELECT body FROM mute")?.query_map([], rows::mute)?.collect::<Result<_, _>>()?,
        people: people(&tx)?,
        outbox: pages::recent(&tx)?,
        live: bulk::live(&tx)?,
        lease: lease::read(&tx, boot, now)?,
        lists: worklists::lists(&tx, &ListFilter::default())?,
        runs: worklists::runs(&tx)?,
        handoffs: worklists::handoffs(&tx)?,
        ..Everything::default()
    };
    let mut load = |sql: &str| -> rusqlite::Result<()> {
        let mut statement = tx.prepare_cached(sql)?;
        for alert in statement.query_map([], rows::alert)? {
            all.alerts.push(alert?);
        }
        Ok(())
    };
    // The index of the unresolved ones is by fingerprint: in its order every row would be read from another page.
    load("SELECT body FROM alert WHERE id IN (SELECT id FROM alert WHERE resolved_at IS NULL) ORDER BY id")?;
    load(&format!("SELECT body FROM alert WHERE to_close = 1 ORDER BY resolved_at DESC LIMIT {CLOSING_LOADED}"))?;
    load(&format!(
        "SELECT body FROM (SELECT body, to_close FROM alert WHERE resolved_at IS NOT NULL
         ORDER BY resolved_at DESC LIMIT {RESOLVED_LOADED}) WHERE to_close = 0"
    ))?;
    Ok(all)
}

/// The operators of the latest entries: who a name can be meant for.
fn people(c: &Connection) -> rusqlite::Result<Vec<Clean>> {
    let sql = "SELECT DISTINCT body ->> '$.actor.operator' AS name
        FROM (SELECT body FROM journal ORDER BY seq DESC LIMIT ?1) WHERE name IS NOT NULL";
    c.prepare_cached(sql)?.query_map([ENTRIES_LOOKED_AT], |r| r.get::<_, String>(0).map(Clean::from))?.collect()
}

pub fn entries_after(c: &Connection, seq: Seq, limit: usize) -> rusqlite::Result<Vec<Entry>> {
    c.prepare_cached("SELECT seq, op, at, alert, body FROM journal WHERE seq > ?1 ORDER BY seq LIMIT ?2")?
        .query_map(params![seq, limit as i64], rows::entry)?
        .collect()
}

pub fn alerts(c: &Connection, filter: &AlertFilter) -> rusqlite::Result<Vec<Alert>> {
    let mut sql = "SELECT body FROM alert WHERE 1 = 1".to_owned();
    let mut values: Vec<rusqlite::types::Value> = Vec::new();
    let mut and = |clause: &str, value: rusqlite::types::Value| {
        sql.push_str(clause);
        values.push(value);
    };
    if let Some(id) = filter.id {
        and(" AND id = ?", id.0.into());
    }
    if let Some(fingerprint) = filter.fingerprint {
        and(" AND fingerprint = ?", fingerprint.0.cast_signed().into());
    }
    if let Some(severity) = filter.severity {
        and(" AND severity = ?", rows::severity_number(severity).into());
    }
    if let Some(service) = &filter.service {
        and(" AND body ->> '$.about.service' = ?", service.clone().into());
    }
    match filter.state.as_deref() {
        Some("all") => {}
        Some(state) => and(" AND state = ?", state.to_owned().into()),
        None if filter.id.is_some() => {}
        None => sql.push_str(" AND resolved_at IS NULL"),
    }
    let newest_first = filter.service.is_some();
    sql.push_str(if newest_first { " ORDER BY id DESC" } else { " ORDER BY severity DESC, opened_at, id" });
    if let Some(limit) = filter.limit {
        sql.push_str(" LIMIT ?");
        values.push((limit as i64).into());
    }
    c.prepare(&sql)?.query_map(params_from_iter(values), rows::alert)?.collect()
}

pub fn past(c: &Connection, id: AlertId) -> rusqlite::Result<Past> {
    let Some(alert) = rows::alert_by_id(c, id)? else { return Ok(Past::default()) };
    let sql = "SELECT seq, op, at, alert, body FROM
        (SELECT * FROM journal WHERE alert = ?1 ORDER BY seq DESC LIMIT ?2) ORDER BY seq";
    let timeline =
        c.prepare_cached(sql)?.query_map(params![id.0, TIMELINE_MAX], rows::entry)?.collect::<Result<_, _>>()?;
    let sql = "SELECT body FROM alert WHERE fingerprint = ?1 AND id <> ?2 AND opened_at > ?3 ORDER BY id DESC LIMIT ?4";
    let from = alert.opened_at.0 - PAST_MS;
    let episodes: Vec<Alert> = c
        .prepare_cached(sql)?
        .query_map(params![alert.fingerprint.0.cast_signed(), id.0, from, EPISODES_MAX], rows::alert)?
        .collect::<Result<_, _>>()?;
    let mut past = Past { timeline, episodes, ..Past::default() };
    for episode in past.episodes.clone() {
        words_of(c, &episode, &mut past)?;
    }
    Ok(past)
}

/// What was said and how fast it went, of one earlier episode.
fn words_of(c: &Connection, episode: &Alert, past: &mut Past) -> rusqlite::Result<()> {
    let sql = "SELECT seq, op, at, alert, body FROM journal WHERE alert = ?1 ORDER BY seq DESC LIMIT 200";
    let entries: Vec<Entry> =
        c.prepare_cached(sql)?.query_map([episode.id.0], rows::entry)?.collect::<Result<_, _>>()?;
    let first_ack = entries.iter().rev().find(|e| matches!(e.fact, Fact::Acked { .. } | Fact::Owned { .. }));
    if let Some(ack) = first_ack {
        past.ack_ms.push(u64::try_from(ack.at.since(episode.opened_at).as_millis()).unwrap_or(u64::MAX));
    }
    if let Phase::Resolved { at, by, note } = &episode.phase
        && by.is_person()
    {
        past.notes.push((*at, by.name().clone(), note.clone()));
    }
    for entry in &entries {
        if let Fact::Noted { text } = &entry.fact {
            past.notes.push((entry.at, entry.actor.name().clone(), text.clone()));
        }
    }
    Ok(())
}

pub fn stream_position(c: &Connection, stream: &str) -> rusqlite::Result<StreamPosition> {
    let sql = "SELECT feed, sequence, counts, last_event_at, gaps FROM stream WHERE name = ?1";
    let found = c.prepare_cached(sql)?.query_row([stream], |r| {
        Ok(StreamPosition {
            feed_id: r.get(0)?,
            sequence: r.get::<_, Option<String>>(1)?.and_then(|s| s.parse().ok()),
            counts: serde_json::from_str(&r.get::<_, String>(2)?).unwrap_or_default(),
            last_event_at: r.get::<_, Option<i64>>(3)?.map(Stamp),
            gaps: serde_json::from_str(&r.get::<_, String>(4)?).unwrap_or_default(),
            recent_ids: Vec::new(),
        })
    });
    let mut position = found.optional()?.unwrap_or_default();
    position.recent_ids = c
        .prepare_cached("SELECT hash FROM stream_id WHERE stream = ?1 ORDER BY n")?
        .query_map([stream], |r| r.get::<_, i64>(0).map(i64::cast_unsigned))?
        .collect::<Result<_, _>>()?;
    Ok(position)
}
