//! Looking the store over: the chain, the file, the projections against the journal. Read-only, whatever it finds.

use rusqlite::Connection;

use super::rows;
use crate::domain::time::Stamp;
use crate::store::{AuditReport, CheckReport};

/// Walks the chain. It shows later edits; it cannot show that the whole file was rewritten: keep heads elsewhere for that.
pub fn verify(c: &Connection, since: Option<Stamp>) -> rusqlite::Result<AuditReport> {
    let mut report = AuditReport::default();
    let from = since.map_or(0, |s| s.0);
    let first: Option<i64> = c.query_row("SELECT min(seq) FROM journal WHERE at >= ?1", [from], |r| r.get(0))?;
    report.from = first.unwrap_or(0);
    let mut select =
        c.prepare("SELECT seq, op, at, alert, body, prev, hash FROM journal WHERE seq >= ?1 ORDER BY seq")?;
    let mut rows = select.query([report.from])?;
    let mut expected: Option<(i64, Vec<u8>)> = (report.from <= 1).then(|| (0, vec![0; 32]));
    while let Some(r) = rows.next()? {
        let seq: i64 = r.get(0)?;
        let (op, body) = (r.get_ref(1)?.as_blob()?, r.get_ref(4)?.as_str()?);
        let (prev, hash) = (r.get_ref(5)?.as_blob()?, r.get_ref(6)?.as_blob()?);
        let link = rows::Link { seq, op, at: r.get(2)?, alert: r.get(3)?, body, prev };
        let wrong = match &expected {
            Some((last, _)) if seq != last + 1 => Some(format!("entries {} to {} are missing", last + 1, seq - 1)),
            Some((_, head)) if head != prev => Some("it does not follow the entry before it".to_owned()),
            _ if link.hash() != hash => Some("its content does not fit its hash".to_owned()),
            _ => None,
        };
        if let Some(why) = wrong {
            report.broken = Some((seq, why));
            return Ok(report);
        }
        report.entries += 1;
        expected = Some((seq, hash.to_vec()));
    }
    let (seq, head): (i64, Vec<u8>) =
        c.query_row("SELECT seq, head FROM counter", [], |r| Ok((r.get(0)?, r.get(1)?)))?;
    report.head = head.iter().fold(String::new(), |hex, b| hex + &format!("{b:02x}"));
    match expected {
        Some((last, hash)) if last != seq || hash != head => {
            report.broken = Some((last + 1, format!("the journal ends at {last}, the counter says {seq}")));
        }
        _ => {}
    }
    Ok(report)
}

pub fn check(c: &Connection, path: &std::path::Path) -> rusqlite::Result<CheckReport> {
    let count = |table: &str| c.query_row(&format!("SELECT count(*) FROM {table}"), [], |r| r.get(0));
    let mut report = CheckReport {
        schema: c.query_row("PRAGMA user_version", [], |r| r.get(0))?,
        sqlite: rusqlite::version().to_owned(),
        bytes: std::fs::metadata(path).map_or(0, |m| m.len()),
        ..CheckReport::default()
    };
    let mut integrity = c.prepare("PRAGMA integrity_check(20)")?;
    let lines: Vec<String> = integrity.query_map([], |r| r.get(0))?.collect::<Result<_, _>>()?;
    report.problems.extend(lines.into_iter().filter(|l| l != "ok"));
    report.entries = count("journal")?;
    report.alerts = count("alert")?;
    report.samples = count("sample")?;
    if let Some((seq, why)) = verify(c, None)?.broken {
        report.problems.push(format!("journal entry {seq}: {why}"));
    }
    report.problems.extend(projections(c)?);
    report.problems.extend(super::rebuilt::problems(c)?);
    Ok(report)
}

/// Every alert row must be what its entries make of it.
fn projections(c: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut problems = Vec::new();
    let mut select = c.prepare("SELECT body FROM alert ORDER BY id")?;
    let mut entries = c.prepare("SELECT seq, op, at, alert, body FROM journal WHERE alert = ?1 ORDER BY seq")?;
    for alert in select.query_map([], rows::alert)? {
        let stored = alert?;
        let mut built = None;
        for entry in entries.query_map([stored.id.0], rows::entry)? {
            built = crate::domain::lifecycle::apply(built.as_ref(), &entry?);
        }
        if let Some(built) = &mut built {
            // Rows of an older version do not have what has been kept since.
            built.seen_by = built.seen_by.take().filter(|_| stored.seen_by.is_some());
            built.taken_at = built.taken_at.filter(|_| stored.taken_at.is_some());
            built.episode = if stored.episode == 0 { 0 } else { built.episode };
        }
        if built.as_ref() != Some(&stored) {
            problems.push(format!("alert {} differs from what its journal entries make of it", stored.id));
        }
        if problems.len() >= 20 {
            break;
        }
    }
    Ok(problems)
}
