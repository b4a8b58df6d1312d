//! Rows of lists, runs and handoffs. A list's row holds what it was opened with; every box that was touched has a row of
//! its own, so that a tick on a list of thousands writes one small row.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::checklist::{ItemState, Occurrence, OccurrenceId};
use crate::domain::handoff::Handoff;
use crate::domain::ids::{AlertId, Seq};
use crate::domain::markdown::ItemId;
use crate::domain::run::{Run, RunId};
use crate::store::ListFilter;

/// Ended periods per list, ended runs and handoffs a console starts with; the rest stay in the store.
const PERIODS_LOADED: i64 = 30;
const RUNS_LOADED: i64 = 100;
const HANDOFFS_LOADED: i64 = 20;

fn decoded<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    serde_json::from_str(row.get_ref(column)?.as_str()?)
        .map_err(|e| rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(e)))
}

fn encoded<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))
}

/// With the state of one box, or of all.
pub fn occurrence(c: &Connection, id: OccurrenceId, only: Option<&ItemId>) -> rusqlite::Result<Option<Occurrence>> {
    let sql = "SELECT body FROM occurrence WHERE id = ?1";
    let found = c.prepare_cached(sql)?.query_row([id.0.cast_signed()], |r| decoded::<Occurrence>(r, 0)).optional()?;
    let Some(mut list) = found else { return Ok(None) };
    items(c, &mut list, only)?;
    Ok(Some(list))
}

fn items(c: &Connection, list: &mut Occurrence, only: Option<&ItemId>) -> rusqlite::Result<()> {
    let mut put = |id: String, state: ItemState| {
        list.seq = list.seq.max(state.seq);
        list.items.insert(ItemId::from_stored(&id), Arc::new(state));
    };
    let row = |r: &Row<'_>| Ok((r.get::<_, String>(0)?, decoded::<ItemState>(r, 1)?));
    let of = list.id.0.cast_signed();
    match only {
        Some(id) => {
            let sql = "SELECT id, body FROM item WHERE occurrence = ?1 AND id = ?2";
            if let Some((id, state)) = c.prepare_cached(sql)?.query_row(params![of, id.as_str()], row).optional()? {
                put(id, state);
            }
        }
        None => {
            for found in c.prepare_cached("SELECT id, body FROM item WHERE occurrence = ?1")?.query_map([of], row)? {
                let (id, state) = found?;
                put(id, state);
            }
        }
    }
    Ok(())
}

pub fn put_occurrence(c: &Connection, list: &Occurrence) -> rusqlite::Result<()> {
    c.prepare_cached(
        "INSERT INTO occurrence(id, list, opens, closed, body) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (id) DO UPDATE SET closed = excluded.closed, body = excluded.body",
    )?
    .execute(params![
        list.id.0.cast_signed(),
        list.opening.list,
        list.opening.opens.0,
        list.closing.is_some(),
        encoded(list)?
    ])?;
    Ok(())
}

pub fn put_item(c: &Connection, list: OccurrenceId, id: &ItemId, state: &ItemState) -> rusqlite::Result<()> {
    c.prepare_cached("INSERT OR REPLACE INTO item(occurrence, id, body) VALUES (?1, ?2, ?3)")?.execute(params![
        list.0.cast_signed(),
        id.as_str(),
        encoded(state)?
    ])?;
    Ok(())
}

pub fn put_run(c: &Connection, run: &Run) -> rusqlite::Result<()> {
    let sql = "INSERT INTO run(id, alert, procedure, over, body) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (id) DO UPDATE SET over = excluded.over, body = excluded.body";
    let alert = run.alert.map(|a| a.0);
    c.prepare_cached(sql)?.execute(params![run.id.0, alert, run.procedure, run.over(), encoded(run)?])?;
    Ok(())
}

pub fn run(c: &Connection, id: RunId) -> rusqlite::Result<Option<Run>> {
    let sql = "SELECT body FROM run WHERE id = ?1";
    c.prepare_cached(sql)?.query_row([id.0], |r| decoded(r, 0)).optional()
}

/// A run of a procedure on an alert in this episode, over or not.
pub fn run_in(c: &Connection, alert: AlertId, procedure: &str, episode: u32) -> rusqlite::Result<Option<Run>> {
    let sql = "SELECT body FROM run WHERE alert = ?1 AND procedure = ?2
        AND coalesce(body ->> '$.episode', 0) = ?3 ORDER BY id DESC LIMIT 1";
    c.prepare_cached(sql)?.query_row(params![alert.0, procedure, episode], |r| decoded(r, 0)).optional()
}

/// The run of a procedure on an alert that is not over.
pub fn run_of(c: &Connection, alert: AlertId, procedure: &str) -> rusqlite::Result<Option<Run>> {
    let sql = "SELECT body FROM run WHERE alert = ?1 AND procedure = ?2 AND over = 0 ORDER BY id DESC LIMIT 1";
    c.prepare_cached(sql)?.query_row(params![alert.0, procedure], |r| decoded(r, 0)).optional()
}

pub fn put_handoff(c: &Connection, handoff: &Handoff) -> rusqlite::Result<()> {
    let sql = "INSERT INTO handoff(id, open, body) VALUES (?1, ?2, ?3)
         ON CONFLICT (id) DO UPDATE SET open = excluded.open, body = excluded.body";
    c.prepare_cached(sql)?.execute(params![handoff.id, handoff.open(), encoded(handoff)?])?;
    Ok(())
}

pub fn handoff(c: &Connection, id: Seq) -> rusqlite::Result<Option<Handoff>> {
    let sql = "SELECT body FROM handoff WHERE id = ?1";
    c.prepare_cached(sql)?.query_row([id], |r| decoded(r, 0)).optional()
}

pub fn open_handoff(c: &Connection) -> rusqlite::Result<Option<Handoff>> {
    let sql = "SELECT body FROM handoff WHERE open = 1 ORDER BY id DESC LIMIT 1";
    c.prepare_cached(sql)?.query_row([], |r| decoded(r, 0)).optional()
}

fn all<T: DeserializeOwned>(c: &Connection, sql: &str, values: impl rusqlite::Params) -> rusqlite::Result<Vec<T>> {
    c.prepare_cached(sql)?.query_map(values, |r| decoded(r, 0))?.collect()
}

/// Newest period first per list; ended ones up to a bound.
pub fn lists(c: &Connection, filter: &ListFilter) -> rusqlite::Result<Vec<Occurrence>> {
    let sql = "SELECT body FROM (
           SELECT body, list, opens, closed,
             row_number() OVER (PARTITION BY list, closed ORDER BY opens DESC) AS n FROM occurrence)
         WHERE (closed = 0 OR n <= ?1) AND (?2 IS NULL OR list = ?2) ORDER BY list, opens DESC";
    let kept = filter.periods.map_or(PERIODS_LOADED, |n| n as i64);
    let mut found: Vec<Occurrence> = all(c, sql, params![kept, filter.list])?;
    for list in &mut found {
        items(c, list, None)?;
    }
    Ok(found)
}

/// Those that go on, and the latest that do not.
pub fn runs(c: &Connection) -> rusqlite::Result<Vec<Run>> {
    let mut found: Vec<Run> = all(c, "SELECT body FROM run WHERE over = 0 ORDER BY id", [])?;
    found.extend(all::<Run>(c, "SELECT body FROM run WHERE over = 1 ORDER BY id DESC LIMIT ?1", [RUNS_LOADED])?);
    Ok(found)
}

pub fn handoffs(c: &Connection) -> rusqlite::Result<Vec<Handoff>> {
    all(c, "SELECT body FROM handoff ORDER BY open DESC, id DESC LIMIT ?1", [HANDOFFS_LOADED])
}
