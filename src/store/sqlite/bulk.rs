//! What is not journaled: live rows, samples and their rollups. Written in batches by the lease's holder alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::live::LiveSet;
use crate::domain::sample::{FailKind, Outcome, Requests, Sample};
use crate::domain::sketch::Sketch;
use crate::domain::time::Stamp;

const FIVE_MINUTES: i64 = 300_000;
const HOUR: i64 = 3_600_000;
/// 5-minute and 1-hour rollups are kept so long, milliseconds.
const KEEP_FINE: i64 = 8 * 86_400_000;
const KEEP_COARSE: i64 = 400 * 86_400_000;
/// Periods rolled up in one call: the rest waits for the next one.
const PERIODS_MAX: i64 = 48;

fn fenced(tx: &Transaction<'_>, epoch: i64) -> rusqlite::Result<bool> {
    let held: Option<i64> = tx.prepare_cached("SELECT epoch FROM lease")?.query_row([], |r| r.get(0)).optional()?;
    Ok(held != Some(epoch))
}

/// Samples and live rows in one transaction.
pub fn put_watched(c: &mut Connection, samples: &[Sample], live: &LiveSet, epoch: i64) -> rusqlite::Result<()> {
    let tx = c.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if fenced(&tx, epoch)? {
        return Ok(());
    }
    put_samples(&tx, samples)?;
    put_live(&tx, live)?;
    tx.commit()
}

fn put_live(tx: &Transaction<'_>, live: &LiveSet) -> rusqlite::Result<()> {
    for s in &live.services {
        let at = s.last.as_ref().map_or(0, |l| l.at.0);
        put_row(tx, "service", &s.name, at, &**s)?;
    }
    for s in &live.streams {
        put_row(tx, "stream", &s.name, s.last_event_at.map_or(0, |a| a.0), s)?;
    }
    for e in &live.evidence {
        put_row(tx, "evidence", &e.key, e.proof.at.map_or(0, |a| a.0), e)?;
    }
    live.worker.iter().try_for_each(|worker| put_row(tx, "worker", "worker", 0, worker))
}

fn put_row<T: Serialize>(tx: &Transaction<'_>, kind: &str, name: &str, at: i64, value: &T) -> rusqlite::Result<()> {
    let body = serde_json::to_string(value).map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))?;
    tx.prepare_cached("INSERT OR REPLACE INTO live VALUES (?1, ?2, ?3, ?4)")?.execute(params![kind, name, at, body])?;
    Ok(())
}

pub fn live(c: &Connection) -> rusqlite::Result<LiveSet> {
    let gauges = c
        .prepare_cached("SELECT name, value, at FROM gauge")?
        .query_map([], |r| Ok((r.get(0)?, r.get(1)?, Stamp(r.get(2)?))))?
        .collect::<Result<_, _>>()?;
    Ok(LiveSet {
        services: rows_of(c, "service")?.into_iter().map(Arc::new).collect(),
        streams: rows_of(c, "stream")?,
        gauges,
        worker: rows_of(c, "worker")?.pop(),
        evidence: rows_of(c, "evidence")?,
    })
}

/// Rows that no longer decode (written by an older version) are left out: the worker writes them again in seconds.
fn rows_of<T: DeserializeOwned>(c: &Connection, kind: &str) -> rusqlite::Result<Vec<T>> {
    let mut select = c.prepare_cached("SELECT body FROM live WHERE kind = ?1")?;
    let mut rows = select.query([kind])?;
    let mut out = Vec::new();
    while let Some(row) = rows.next()? {
        out.extend(serde_json::from_str(row.get_ref(0)?.as_str()?).ok());
    }
    Ok(out)
}

fn outcome_number(o: Outcome) -> i64 {
    match o {
        Outcome::Ok => 0,
        Outcome::Degraded => 1,
        Outcome::Failed => 2,
        Outcome::Unreachable => 3,
    }
}

fn service_id(tx: &Transaction<'_>, name: &str) -> rusqlite::Result<i64> {
    let mut find = tx.prepare_cached("SELECT id FROM service WHERE name = ?1")?;
    if let Some(id) = find.query_row([name], |r| r.get(0)).optional()? {
        return Ok(id);
    }
    tx.prepare_cached("INSERT INTO service(name) VALUES (?1)")?.execute([name])?;
    Ok(tx.last_insert_rowid())
}

fn put_samples(tx: &Transaction<'_>, samples: &[Sample]) -> rusqlite::Result<()> {
    let mut insert =
        tx.prepare_cached("INSERT OR IGNORE INTO sample VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?;
    for s in samples {
        let fail = s.fail.and_then(|f| serde_json::to_value(f).ok()).and_then(|v| v.as_str().map(str::to_owned));
        let (total, good) =
            s.requests.map_or((None, None), |r| (i64::try_from(r.total).ok(), i64::try_from(r.good).ok()));
        insert.execute(params![
            service_id(tx, &s.service)?,
            s.at.0,
            outcome_number(s.outcome),
            fail,
            s.total_us,
            s.retry,
            total,
            good,
            s.observed.up_ms,
            s.observed.down_ms
        ])?;
    }
    Ok(())
}

pub fn samples_since(c: &Connection, since: Stamp) -> rusqlite::Result<Vec<Sample>> {
    let sql = "SELECT name, at, outcome, fail, total_us, retry, req_total, req_good FROM sample
        JOIN service ON service.id = sample.service WHERE at > ?1 ORDER BY at";
    let mut select = c.prepare_cached(sql)?;
    let rows = select.query_map([since.0], |r| {
        let outcome = match r.get::<_, i64>(2)? {
            0 => Outcome::Ok,
            1 => Outcome::Degraded,
            2 => Outcome::Failed,
            _ => Outcome::Unreachable,
        };
        let mut s = Sample::new(r.get::<_, String>(0)?.into(), Stamp(r.get(1)?), outcome).taking(r.get(4)?);
        s.fail = r.get::<_, Option<String>>(3)?.and_then(|f| serde_json::from_value::<FailKind>(f.into()).ok());
        s.retry = r.get(5)?;
        if let (Some(total), Some(good)) = (r.get::<_, Option<i64>>(6)?, r.get::<_, Option<i64>>(7)?) {
            s.requests = Some(Requests { total: total.cast_unsigned(), good: good.cast_unsigned() });
        }
        Ok(s)
    })?;
    rows.collect()
}

/// Up and down milliseconds per service: whole hours from rollups, the rest from finer ones and raw samples.
pub fn uptime_since(c: &Connection, since: Stamp) -> rusqlite::Result<Vec<(String, u64, u64)>> {
    let (fine, coarse) = (rolled(c, 1)?, rolled(c, 2)?);
    let sql = "SELECT name, sum(up), sum(down) FROM (
          SELECT service, up_ms AS up, down_ms AS down FROM rollup WHERE tier = 2 AND start >= ?1
          UNION ALL SELECT service, up_ms, down_ms FROM rollup WHERE tier = 1 AND start >= ?2 AND start >= ?1
          UNION ALL SELECT service, up_ms, down_ms FROM sample WHERE at > ?3 AND at > ?1
        ) JOIN service ON service.id = service GROUP BY name";
    c.prepare_cached(sql)?
        .query_map([since.0, coarse, fine], |r| {
            Ok((r.get(0)?, r.get::<_, i64>(1)?.cast_unsigned(), r.get::<_, i64>(2)?.cast_unsigned()))
        })?
        .collect()
}

fn rolled(c: &Connection, tier: i64) -> rusqlite::Result<i64> {
    let found =
        c.prepare_cached("SELECT upto FROM rolled WHERE tier = ?1")?.query_row([tier], |r| r.get(0)).optional()?;
    Ok(found.unwrap_or(0))
}

/// Rolls up what is complete and removes what is past its keep. Bounded: a long absence is caught up call by call.
pub fn tidy(c: &mut Connection, now: Stamp, keep_samples: std::time::Duration) -> rusqlite::Result<()> {
    let tx = c.transaction_with_behavior(TransactionBehavior::Immediate)?;
    roll(&tx, 1, FIVE_MINUTES, now)?;
    roll(&tx, 2, HOUR, now)?;
    // Only what is rolled up may go.
    let raw = (now - keep_samples).0.min(rolled(&tx, 1)?);
    tx.prepare_cached("DELETE FROM sample WHERE at <= ?1 AND at <= (SELECT min(at) FROM sample) + 3600000")?
        .execute([raw])?;
    let fine = (now.0 - KEEP_FINE).min(rolled(&tx, 2)?);
    tx.prepare_cached("DELETE FROM rollup WHERE tier = 1 AND start < ?1")?.execute([fine])?;
    tx.prepare_cached("DELETE FROM rollup WHERE tier = 2 AND start < ?1")?.execute([now.0 - KEEP_COARSE])?;
    tx.prepare_cached("DELETE FROM mute WHERE json_extract(body, '$.until') < ?1")?
        .execute([(now - std::time::Duration::from_secs(86_400)).rfc3339()])?;
    tx.commit()
}

#[derive(Default)]
struct Sum {
    n: i64,
    failed: i64,
    up_ms: i64,
    down_ms: i64,
    sketch: Sketch,
}

/// One tier from the one below: samples into 5 minutes, 5 minutes into hours.
fn roll(tx: &Transaction<'_>, tier: i64, span: i64, now: Stamp) -> rusqlite::Result<()> {
    let source = if tier == 1 { "SELECT min(at) FROM sample" } else { "SELECT min(start) FROM rollup WHERE tier = 1" };
    let first: Option<i64> = tx.query_row(source, [], |r| r.get(0))?;
    let Some(first) = first else { return Ok(()) };
    let from = rolled(tx, tier)?.max(first - first.rem_euclid(span));
    let complete = if tier == 1 { now.0 - now.0.rem_euclid(span) } else { rolled(tx, 1)? / span * span };
    let upto = complete.min(from + PERIODS_MAX * span);
    if upto <= from {
        return Ok(());
    }
    let mut sums: BTreeMap<(i64, i64), Sum> = BTreeMap::new();
    if tier == 1 {
        sum_samples(tx, from, upto, span, &mut sums)?;
    } else {
        sum_rollups(tx, from, upto, span, &mut sums)?;
    }
    let mut put = tx.prepare_cached("INSERT OR REPLACE INTO rollup VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
    for ((service, start), s) in sums {
        put.execute(params![tier, service, start, s.n, s.failed, s.up_ms, s.down_ms, s.sketch.to_bytes()])?;
    }
    tx.execute("INSERT OR REPLACE INTO rolled VALUES (?1, ?2)", [tier, upto])?;
    Ok(())
}

fn sum_samples(
    tx: &Transaction<'_>,
    from: i64,
    upto: i64,
    span: i64,
    sums: &mut BTreeMap<(i64, i64), Sum>,
) -> rusqlite::Result<()> {
    let sql = "SELECT service, at, outcome, total_us, retry, up_ms, down_ms FROM sample WHERE at >= ?1 AND at < ?2";
    let mut select = tx.prepare_cached(sql)?;
    let mut rows = select.query([from, upto])?;
    while let Some(r) = rows.next()? {
        let at: i64 = r.get(1)?;
        let s = sums.entry((r.get(0)?, at - at.rem_euclid(span))).or_default();
        let (failed, retry) = (r.get::<_, i64>(2)? > 1, r.get::<_, bool>(4)?);
        s.up_ms += r.get::<_, i64>(5)?;
        s.down_ms += r.get::<_, i64>(6)?;
        if !retry {
            s.n += 1;
            s.failed += i64::from(failed);
        }
        if !retry && !failed {
            s.sketch.add(r.get(3)?);
        }
    }
    Ok(())
}

fn sum_rollups(
    tx: &Transaction<'_>,
    from: i64,
    upto: i64,
    span: i64,
    sums: &mut BTreeMap<(i64, i64), Sum>,
) -> rusqlite::Result<()> {
    let sql = "SELECT service, start, n, failed, up_ms, down_ms, sketch FROM rollup WHERE tier = 1 AND start >= ?1 AND start < ?2";
    let mut select = tx.prepare_cached(sql)?;
    let mut rows = select.query([from, upto])?;
    while let Some(r) = rows.next()? {
        let start: i64 = r.get(1)?;
        let s = sums.entry((r.get(0)?, start - start.rem_euclid(span))).or_default();
        s.n += r.get::<_, i64>(2)?;
        s.failed += r.get::<_, i64>(3)?;
        s.up_ms += r.get::<_, i64>(4)?;
        s.down_ms += r.get::<_, i64>(5)?;
        s.sketch.merge(&Sketch::from_bytes(r.get_ref(6)?.as_blob()?));
    }
    Ok(())
}
