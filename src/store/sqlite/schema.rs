//! The tables, as steps that lead from one schema to the next. A step is never edited once released: a new one follows.

use rusqlite::Connection;

/// "WDck": tells our files from every other SQLite file.
pub const APPLICATION_ID: i32 = 0x5744_636B;

/// One text of SQL per schema version; `user_version` counts the steps taken.
pub const STEPS: &[&str] = &[STEP_1, STEP_2, STEP_3];

const STEP_1: &str = "
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE counter(
  one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, alert INTEGER NOT NULL, head BLOB NOT NULL) STRICT;
INSERT INTO counter VALUES (1, 0, 0, zeroblob(32));
CREATE TABLE journal(
  seq INTEGER PRIMARY KEY, op BLOB NOT NULL UNIQUE, at INTEGER NOT NULL, alert INTEGER,
  body TEXT NOT NULL, prev BLOB NOT NULL, hash BLOB NOT NULL) STRICT;
CREATE INDEX journal_alert ON journal(alert, seq) WHERE alert IS NOT NULL;
CREATE TABLE alert(
  id INTEGER PRIMARY KEY, fingerprint INTEGER NOT NULL, version INTEGER NOT NULL, state TEXT NOT NULL,
  severity INTEGER NOT NULL, opened_at INTEGER NOT NULL, resolved_at INTEGER, to_close INTEGER NOT NULL,
  body TEXT NOT NULL) STRICT;
CREATE INDEX alert_fingerprint ON alert(fingerprint, id);
CREATE UNIQUE INDEX alert_one_unresolved ON alert(fingerprint) WHERE resolved_at IS NULL;
CREATE INDEX alert_resolved ON alert(resolved_at) WHERE resolved_at IS NOT NULL;
CREATE INDEX alert_to_close ON alert(resolved_at) WHERE to_close = 1;
CREATE TABLE outbox(
  id INTEGER PRIMARY KEY, alert INTEGER NOT NULL, level INTEGER NOT NULL, role TEXT NOT NULL, channel TEXT NOT NULL,
  key TEXT NOT NULL UNIQUE, state TEXT NOT NULL, attempts INTEGER NOT NULL, next_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL, severity INTEGER NOT NULL, last TEXT NOT NULL,
  claim_epoch INTEGER, claim_until INTEGER) STRICT;
CREATE INDEX outbox_due ON outbox(next_at) WHERE state IN ('pending', 'claimed');
CREATE INDEX outbox_alert ON outbox(alert);
CREATE TABLE mute(pattern TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE live(
  kind TEXT NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (kind, name)) STRICT, WITHOUT ROWID;
CREATE TABLE service(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE sample(
  service INTEGER NOT NULL, at INTEGER NOT NULL, outcome INTEGER NOT NULL, fail TEXT, total_us INTEGER NOT NULL,
  retry INTEGER NOT NULL, req_total INTEGER, req_good INTEGER, up_ms INTEGER NOT NULL, down_ms INTEGER NOT NULL,
  PRIMARY KEY (service, at)) STRICT, WITHOUT ROWID;
CREATE INDEX sample_at ON sample(at);
CREATE TABLE rollup(
  tier INTEGER NOT NULL, service INTEGER NOT NULL, start INTEGER NOT NULL, n INTEGER NOT NULL, failed INTEGER NOT NULL,
  up_ms INTEGER NOT NULL, down_ms INTEGER NOT NULL, sketch BLOB NOT NULL,
  PRIMARY KEY (tier, service, start)) STRICT, WITHOUT ROWID;
CREATE TABLE rolled(tier INTEGER PRIMARY KEY, upto INTEGER NOT NULL) STRICT;
CREATE TABLE lease(
  one INTEGER PRIMARY KEY CHECK (one = 1), owner TEXT NOT NULL, epoch INTEGER NOT NULL, boot TEXT NOT NULL,
  expires_boot INTEGER NOT NULL, renewed_at INTEGER NOT NULL, headless INTEGER NOT NULL, config TEXT NOT NULL,
  wanted_boot INTEGER NOT NULL) STRICT;
CREATE TABLE stream(
  name TEXT PRIMARY KEY, feed TEXT, sequence TEXT, counts TEXT NOT NULL, last_event_at INTEGER) STRICT, WITHOUT ROWID;
CREATE TABLE stream_id(
  n INTEGER PRIMARY KEY, stream TEXT NOT NULL, hash INTEGER NOT NULL) STRICT;
CREATE INDEX stream_id_stream ON stream_id(stream, n);
CREATE TABLE total(name TEXT PRIMARY KEY, value REAL NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE gauge(name TEXT PRIMARY KEY, value REAL NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
";

/// The gaps of a stream, as JSON: a restart forgot what was still to be asked for.
const STEP_2: &str = "ALTER TABLE stream ADD COLUMN gaps TEXT NOT NULL DEFAULT '[]';";

/// Lists that come back, runs of procedures, the watch handed on.
const STEP_3: &str = "
CREATE TABLE occurrence(
  id INTEGER PRIMARY KEY, list TEXT NOT NULL, opens INTEGER NOT NULL, closed INTEGER NOT NULL,
  body TEXT NOT NULL) STRICT;
CREATE INDEX occurrence_list ON occurrence(list, opens);
CREATE TABLE item(
  occurrence INTEGER NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (occurrence, id)) STRICT, WITHOUT ROWID;
CREATE TABLE run(
  id INTEGER PRIMARY KEY, alert INTEGER, procedure TEXT NOT NULL, over INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE INDEX run_going ON run(id) WHERE over = 0;
CREATE INDEX run_alert ON run(alert) WHERE alert IS NOT NULL;
CREATE TABLE handoff(id INTEGER PRIMARY KEY, open INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
";

/// Takes every step from the file's version up, in one transaction, and names the file ours.
pub fn climb(connection: &mut Connection, steps: &[&str], instance: &str) -> rusqlite::Result<()> {
    let tx = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    // Asked inside the transaction: thirty consoles may start at once, one migrates, the rest find it done.
    let from: i64 = tx.query_row("PRAGMA user_version", [], |r| r.get(0))?;
    for step in steps.iter().skip(usize::try_from(from).unwrap_or(usize::MAX)) {
        tx.execute_batch(step)?;
    }
    if from == 0 {
        tx.execute("INSERT INTO meta VALUES ('instance', ?1)", [instance])?;
    }
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.pragma_update(None, "user_version", steps.len() as i64)?;
    tx.commit()
}
