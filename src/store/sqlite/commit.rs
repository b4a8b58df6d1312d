//! One transaction: every change decided on the rows as they are inside it, each in a savepoint of its own so that a
//! conflict fails alone, chained into the journal, with its pages and its feed's position. All of it, or none.

mod lists;

use rusqlite::{Connection, ErrorCode, OptionalExtension, Transaction, TransactionBehavior, params};

use super::rows;
use crate::domain::alert::Alert;
use crate::domain::feed::FeedCommit;
use crate::domain::ids::{AlertId, OpId};
use crate::domain::journal::{Act, Change, Commit, DeliveryOutcome, Entry, Fact, Outcome, Refusal, Target};
use crate::domain::lifecycle::{self, Around};
use crate::domain::severity::Severity;
use crate::domain::time::Stamp;

/// Hashes of consumed event ids kept per stream.
const IDS_KEPT: i64 = 100_000;

/// A commit and the epoch it depends on.
pub struct Job {
    pub commit: Commit,
    pub epoch: Option<i64>,
}

/// Runs the jobs in one transaction; outcomes per job, per change. An error means nothing of it was kept.
pub fn run(c: &mut Connection, jobs: &[Job], known: i64, instance: &str) -> rusqlite::Result<Vec<Vec<Outcome>>> {
    let tx = c.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let schema: i64 = tx.prepare_cached("PRAGMA user_version")?.query_row([], |r| r.get(0))?;
    if schema > known {
        return Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_SCHEMA),
            Some(format!("schema {schema}")),
        ));
    }
    let mut writer = Writer::start(&tx, instance)?;
    let mut outcomes = Vec::with_capacity(jobs.len());
    for job in jobs {
        outcomes.push(writer.job(job)?);
    }
    writer.finish()?;
    tx.commit()?;
    Ok(outcomes)
}

struct Writer<'a> {
    tx: &'a Transaction<'a>,
    instance: &'a str,
    seq: i64,
    alert: i64,
    head: Vec<u8>,
}

impl<'a> Writer<'a> {
    fn start(tx: &'a Transaction<'a>, instance: &'a str) -> rusqlite::Result<Self> {
        tx.prepare_cached("SELECT seq, alert, head FROM counter")?
            .query_row([], |r| Ok(Self { tx, instance, seq: r.get(0)?, alert: r.get(1)?, head: r.get(2)? }))
    }

    fn finish(&self) -> rusqlite::Result<()> {
        self.tx
            .prepare_cached("UPDATE counter SET seq = ?1, alert = ?2, head = ?3")?
            .execute(params![self.seq, self.alert, self.head])?;
        Ok(())
    }

    fn job(&mut self, job: &Job) -> rusqlite::Result<Vec<Outcome>> {
        if let Some(mine) = job.epoch {
            let held = self.tx.prepare_cached("SELECT epoch FROM lease")?.query_row([], |r| r.get(0)).optional()?;
            if held != Some(mine) {
                return Ok(job.commit.changes.iter().map(|_| Outcome::Refused(Refusal::Fenced)).collect());
            }
        }
        let mut outcomes = Vec::with_capacity(job.commit.changes.len());
        let mut set_aside = 0;
        for change in &job.commit.changes {
            let outcome = self.guarded(change)?;
            set_aside += u64::from(matches!(outcome, Outcome::Refused(Refusal::Invalid(UNSTORABLE))));
            outcomes.push(outcome);
        }
        if let Some(feed) = &job.commit.feed {
            put_feed(self.tx, feed, set_aside)?;
        }
        Ok(outcomes)
    }

    /// One change in its savepoint. What is wrong with this change alone is set aside; what is wrong with the store
    /// ends the transaction.
    fn guarded(&mut self, change: &Change) -> rusqlite::Result<Outcome> {
        let (seq, alert) = (self.seq, self.alert);
        let head = self.head.clone();
        self.tx.prepare_cached("SAVEPOINT one")?.execute([])?;
        match self.change(change) {
            Ok(outcome) => {
                self.tx.prepare_cached("RELEASE one")?.execute([])?;
                Ok(outcome)
            }
            Err(error) if concerns_one_change(&error) => {
                self.tx.execute_batch("ROLLBACK TO one; RELEASE one")?;
                (self.seq, self.alert, self.head) = (seq, alert, head);
                match self.landed(change.op)? {
                    Some(entry) => Ok(Outcome::Before(entry)),
                    None => Ok(Outcome::Refused(Refusal::Invalid(UNSTORABLE))),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// The same act, tried before: success, whatever has happened since.
    fn landed(&self, op: OpId) -> rusqlite::Result<Option<Entry>> {
        self.tx
            .prepare_cached("SELECT seq, op, at, alert, body FROM journal WHERE op = ?1")?
            .query_row([op.0.as_bytes()], rows::entry)
            .optional()
    }

    fn change(&mut self, change: &Change) -> rusqlite::Result<Outcome> {
        if change.actor.is_person()
            && let Some(entry) = self.landed(change.op)?
        {
            return Ok(Outcome::Before(entry));
        }
        if let Some(decided) = self.other_fact(change) {
            return self.other(change, decided?);
        }
        let latest = match change.target {
            Target::Alert(id) => rows::alert_by_id(self.tx, id)?,
            Target::Fingerprint(fp) => rows::latest_alert(self.tx, fp)?,
            Target::Occurrence(_) | Target::Run(_) | Target::Handoff(_) | Target::Watch => None,
        };
        let pages = match (&change.act, &latest) {
            (Act::Withdraw { level }, Some(a)) => self.held(a.id, *level)?,
            (Act::Requeue { outbox }, Some(a)) => self.dead(a.id, *outbox)?,
            _ => 0,
        };
        let fact = match lifecycle::decide(Around { latest: latest.as_ref(), pages }, change) {
            Ok(Some(fact)) => fact,
            Ok(None) => return Ok(Outcome::Nothing),
            Err(refusal) => return Ok(Outcome::Refused(refusal)),
        };
        let alert = match &fact {
            Fact::Raised { .. } => {
                self.alert += 1;
                Some(AlertId(self.alert))
            }
            _ => latest.as_ref().map(|a| a.id),
        };
        let entry = Entry { seq: self.seq + 1, op: change.op, at: change.at, actor: change.actor.clone(), alert, fact };
        self.append(&entry)?;
        let after = lifecycle::apply(latest.as_ref(), &entry);
        if let Some(after) = &after {
            rows::put_alert(self.tx, after)?;
        }
        self.beside(change, &entry, after.as_ref())?;
        Ok(Outcome::Applied(entry))
    }

    /// As [`Self::change`], of what is no act on an alert alone. A run's entry stands in its alert's timeline.
    fn other(&mut self, change: &Change, decided: Result<Option<Fact>, Refusal>) -> rusqlite::Result<Outcome> {
        let fact = match decided {
            Ok(Some(fact)) => fact,
            Ok(None) => return Ok(Outcome::Nothing),
            Err(refusal) => return Ok(Outcome::Refused(refusal)),
        };
        let alert = self.alert_of_run(&fact, change.target)?;
        let entry = Entry { seq: self.seq + 1, op: change.op, at: change.at, actor: change.actor.clone(), alert, fact };
        self.append(&entry)?;
        self.keep(&entry)?;
        let known = alert.map_or(Ok(None), |id| rows::alert_by_id(self.tx, id))?;
        if let Some(after) = lifecycle::apply(known.as_ref(), &entry) {
            rows::put_alert(self.tx, &after)?;
        }
        Ok(Outcome::Applied(entry))
    }

    fn append(&mut self, entry: &Entry) -> rusqlite::Result<()> {
        let body = rows::entry_body(&entry.actor, &entry.fact)
            .map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))?;
        let (op, alert) = (entry.op.0.as_bytes(), entry.alert.map(|a| a.0));
        let link = rows::Link { seq: entry.seq, op, at: entry.at.0, alert, body: &body, prev: &self.head };
        let hash = link.hash();
        self.tx
            .prepare_cached("INSERT INTO journal VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
            .execute(params![entry.seq, op, entry.at.0, alert, body, self.head, hash])?;
        self.seq = entry.seq;
        self.head = hash.to_vec();
        Ok(())
    }

    /// What a fact does beside its alert: pages, mutes, receipts.
    fn beside(&self, change: &Change, entry: &Entry, after: Option<&Alert>) -> rusqlite::Result<()> {
        match (&entry.fact, after) {
            (Fact::Escalated { .. }, Some(alert)) => self.page(change, entry, alert),
            (Fact::Requeued { outbox }, _) => {
                let sql = "UPDATE outbox SET state = 'pending', next_at = ?2 WHERE id = ?1 AND state = 'dead'";
                self.tx.prepare_cached(sql)?.execute(params![outbox, entry.at.0]).map(|_| ())
            }
            (Fact::Withdrawn { level, .. }, Some(alert)) => {
                let sql = "UPDATE outbox SET state = 'withdrawn'
                    WHERE alert = ?1 AND level = ?2 AND state = 'pending' AND attempts = 0";
                self.tx.prepare_cached(sql)?.execute(params![alert.id.0, level]).map(|_| ())
            }
            (Fact::Resolved { .. }, Some(alert)) if alert.severity != Severity::Critical => {
                let sql = "UPDATE outbox SET state = 'superseded'
                    WHERE alert = ?1 AND state = 'pending' AND attempts = 0";
                self.tx.prepare_cached(sql)?.execute([alert.id.0]).map(|_| ())
            }
            (Fact::Muted(mute), _) => {
                let body =
                    serde_json::to_string(mute).map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))?;
                let sql = "INSERT OR REPLACE INTO mute VALUES (?1, ?2)";
                self.tx.prepare_cached(sql)?.execute([&mute.pattern, &body]).map(|_| ())
            }
            (Fact::Unmuted { pattern }, _) => {
                self.tx.prepare_cached("DELETE FROM mute WHERE pattern = ?1")?.execute([pattern]).map(|_| ())
            }
            (Fact::Delivered(d), _) => {
                let (state, next_at) = match d.outcome {
                    DeliveryOutcome::Sent => ("sent", entry.at),
                    DeliveryOutcome::Retry { at } => ("pending", at),
                    DeliveryOutcome::Dead => ("dead", entry.at),
                };
                let sql = "UPDATE outbox SET state = ?2, next_at = ?3, attempts = ?4, last = ?5, claim_epoch = NULL
                    WHERE id = ?1 AND state = 'claimed'";
                let row = params![d.outbox, state, next_at.0, d.attempt, d.detail.as_str()];
                self.tx.prepare_cached(sql)?.execute(row).map(|_| ())
            }
            _ => Ok(()),
        }
    }

    /// The pages of an escalation, in the very transaction that records it.
    fn page(&self, change: &Change, entry: &Entry, alert: &Alert) -> rusqlite::Result<()> {
        let Act::Escalate(rung) = &change.act else { return Ok(()) };
        let short = self.instance.get(..8).unwrap_or(self.instance);
        let sql =
            "INSERT INTO outbox(alert, level, role, channel, key, state, attempts, next_at, created_at, severity, last)
            VALUES (?1, ?2, ?3, ?4, ?5, 'pending', 0, ?6, ?7, ?8, '')";
        for channel in &rung.channels {
            let key = format!("wd-{short}-{}-{}-L{}-{channel}", alert.id, alert.version, rung.level);
            self.tx.prepare_cached(sql)?.execute(params![
                alert.id.0,
                rung.level,
                rung.role.as_str(),
                channel,
                key,
                rung.hold_until.0,
                entry.at.0,
                rows::severity_number(alert.severity)
            ])?;
        }
        Ok(())
    }

    fn dead(&self, id: AlertId, outbox: i64) -> rusqlite::Result<usize> {
        let sql = "SELECT count(*) FROM outbox WHERE id = ?1 AND alert = ?2 AND state = 'dead'";
        self.tx.prepare_cached(sql)?.query_row([outbox, id.0], |r| r.get::<_, i64>(0)).map(|n| n as usize)
    }

    fn held(&self, id: AlertId, level: u8) -> rusqlite::Result<usize> {
        let sql = "SELECT count(*) FROM outbox WHERE alert = ?1 AND level = ?2 AND state = 'pending' AND attempts = 0";
        self.tx.prepare_cached(sql)?.query_row(params![id.0, level], |r| r.get::<_, i64>(0)).map(|n| n as usize)
    }
}

/// Said of a change whose content the store cannot take; the rest of its batch goes on without it.
pub const UNSTORABLE: &str = "the store cannot take this one; it was set aside and counted";

/// Wrong with this change alone: a broken constraint, too large, not convertible. Everything else is the store's own.
fn concerns_one_change(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqliteFailure(e, _) => {
            matches!(e.code, ErrorCode::ConstraintViolation | ErrorCode::TooBig | ErrorCode::TypeMismatch)
        }
        rusqlite::Error::ToSqlConversionFailure(_) | rusqlite::Error::FromSqlConversionFailure(..) => true,
        _ => false,
    }
}

fn put_feed(c: &Connection, feed: &FeedCommit, set_aside: u64) -> rusqlite::Result<()> {
    let old: Option<String> = c
        .prepare_cached("SELECT counts FROM stream WHERE name = ?1")?
        .query_row([&feed.stream], |r| r.get(0))
        .optional()?;
    let mut counts: crate::domain::live::FeedCounts =
        old.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    counts.add(&feed.counts);
    counts.quarantined += set_aside;
    let counts = serde_json::to_string(&counts).map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))?;
    let gaps = serde_json::to_string(&feed.position.gaps);
    let gaps = gaps.map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))?;
    let at = feed.last_event_at.map(|s| s.0);
    c.prepare_cached(
        "INSERT INTO stream(name, feed, sequence, counts, last_event_at, gaps) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (name) DO UPDATE SET
           feed = excluded.feed, sequence = excluded.sequence, counts = excluded.counts, gaps = excluded.gaps,
           last_event_at = coalesce(excluded.last_event_at, last_event_at)",
    )?
    // A sequence is 64 bits without a sign; text keeps all of them.
    .execute(params![
        feed.stream,
        feed.position.feed_id,
        feed.position.sequence.map(|s| s.to_string()),
        counts,
        at,
        gaps
    ])?;
    put_values(c, feed.at, &feed.counters, &feed.gauges)?;
    if !feed.position.new_ids.is_empty() {
        let mut insert = c.prepare_cached("INSERT INTO stream_id(stream, hash) VALUES (?1, ?2)")?;
        for hash in &feed.position.new_ids {
            insert.execute(params![feed.stream, hash.cast_signed()])?;
        }
        let newest: i64 = c.last_insert_rowid();
        c.prepare_cached("DELETE FROM stream_id WHERE stream = ?1 AND n <= ?2")?
            .execute(params![feed.stream, newest - IDS_KEPT])?;
    }
    Ok(())
}

fn put_values(c: &Connection, at: Stamp, totals: &[(String, f64)], gauges: &[(String, f64)]) -> rusqlite::Result<()> {
    let mut add = c.prepare_cached(
        "INSERT INTO total VALUES (?1, ?2, ?3)
         ON CONFLICT (name) DO UPDATE SET value = value + excluded.value, at = excluded.at",
    )?;
    for (name, value) in totals {
        add.execute(params![name, value, at.0])?;
    }
    let mut set = c.prepare_cached("INSERT OR REPLACE INTO gauge VALUES (?1, ?2, ?3)")?;
    for (name, value) in gauges {
        set.execute(params![name, value, at.0])?;
    }
    Ok(())
}
