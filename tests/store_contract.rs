//! What every kind of store promises, tried on SQLite with two handles on one file: two consoles.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::disallowed_methods, clippy::items_after_statements)]

use std::sync::{Arc, Barrier};
use std::time::Duration;

use futures_util::future::join_all;
use watchdeck::domain::alert::{About, Actor, Alert, Mute, Origin, Phase};
use watchdeck::domain::feed::{FeedCommit, Gap, Position, rule_fingerprint};
use watchdeck::domain::ids::{AlertId, Fingerprint, OpId};
use watchdeck::domain::journal::{
    Act, Change, Commit, Delivery, DeliveryOutcome, Lane, Outcome, Refusal, Report, Rung, Said, Target,
};
use watchdeck::domain::outbox::OutboxState;
use watchdeck::domain::severity::Severity;
use watchdeck::domain::time::{Now, Stamp};
use watchdeck::store::sqlite::{Create, Options, SqliteStore};
use watchdeck::store::{AlertFilter, LeaseWish, Store, StoreError};

const T0: Stamp = Stamp(1_790_000_000_000);

fn folder() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    dir
}
fn open(dir: &tempfile::TempDir) -> SqliteStore {
    SqliteStore::open(&dir.path().join("w.db"), Create::IfMissing, Options::default()).unwrap()
}
fn op() -> OpId {
    OpId(uuid::Uuid::now_v7())
}
fn change(actor: &str, target: Target, seen: Option<u32>, act: Act) -> Change {
    Change { op: op(), actor: Actor::Operator(actor.into()), at: T0, target, seen, act }
}
fn one(change: Change) -> Commit {
    Commit { lane: Lane::Operator, changes: vec![change], feed: None }
}
fn raise(service: &str, severity: Severity) -> Change {
    let report = Report {
        origin: Origin::Rule { family: "latency".into() },
        said: Said::Raised,
        severity: Some(severity),
        about: About { title: "p95 231 > 200 ms".into(), service: Some(service.into()), ..About::default() },
        note: "".into(),
    };
    let target = Target::Fingerprint(rule_fingerprint(service, "latency"));
    Change { op: op(), actor: Actor::Worker("w".into()), at: T0, target, seen: None, act: Act::Report(report) }
}
async fn raised(store: &SqliteStore, service: &str) -> Alert {
    let out = store.commit(one(raise(service, Severity::Critical)), None).await.unwrap();
    assert!(matches!(out[..], [Outcome::Applied(_)]), "{out:?}");
    latest(store, rule_fingerprint(service, "latency")).await
}
async fn latest(store: &SqliteStore, fp: Fingerprint) -> Alert {
    let filter = AlertFilter { state: Some("all".into()), fingerprint: Some(fp), ..AlertFilter::default() };
    store.alerts(filter).await.unwrap().pop().unwrap()
}
async fn get(store: &SqliteStore, id: AlertId) -> Alert {
    store.alerts(AlertFilter { id: Some(id), ..AlertFilter::default() }).await.unwrap().pop().unwrap()
}
fn ack() -> Act {
    Act::Ack { deadline: T0 + Duration::from_secs(1800) }
}
fn wish(owner: &str, epoch: Option<i64>, boot_ms: i64) -> LeaseWish {
    LeaseWish {
        owner: owner.into(),
        epoch,
        release: false,
        headless: false,
        config_hash: String::new(),
        ttl: Duration::from_secs(15),
        now: Now { wall: T0, boot_ms },
    }
}

#[tokio::test]
async fn a_services_alerts_are_found_newest_first_whatever_became_of_them() {
    let dir = folder();
    let store = open(&dir);
    for (service, title) in [("ml", "a"), ("ml-2", "b"), ("ml", "c")] {
        let mut raise = raise(service, Severity::Critical);
        raise.target = Target::Fingerprint(rule_fingerprint(service, title));
        store.commit(one(raise), None).await.unwrap();
    }
    let over = Act::Resolve { note: "mended".into(), review: None };
    store.commit(one(change("alice", Target::Alert(AlertId(1)), None, over)), None).await.unwrap();
    let filter = AlertFilter { state: Some("all".into()), service: Some("ml".into()), ..AlertFilter::default() };
    let found = store.alerts(AlertFilter { limit: Some(9), ..filter.clone() }).await.unwrap();
    assert_eq!(found.iter().map(|a| a.id.0).collect::<Vec<_>>(), [3, 1]);
    let newest = store.alerts(AlertFilter { limit: Some(1), ..filter }).await.unwrap();
    assert_eq!(newest[0].id.0, 3);
}

#[tokio::test]
async fn an_entry_is_seen_by_the_other_console_and_the_same_act_twice_has_one_effect() {
    let dir = folder();
    let (a, b) = (open(&dir), open(&dir));
    let before = b.moved().await.unwrap();
    let alert = raised(&a, "ml").await;
    assert_ne!(b.moved().await.unwrap(), before);
    let mine = change("alice", Target::Alert(alert.id), Some(1), ack());
    let first = a.commit(one(mine.clone()), None).await.unwrap();
    let again = b.commit(one(mine), None).await.unwrap();
    let (Outcome::Applied(one), Outcome::Before(two)) = (&first[0], &again[0]) else { panic!("{first:?} {again:?}") };
    assert_eq!(one, two);
    assert_eq!(b.entries_after(0, 10).await.unwrap().len(), 2);
    let everything = b.everything(Now::default()).await.unwrap();
    assert_eq!((everything.last_seq, everything.alerts[0].version), (2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_two_consoles_ack_at_once_and_exactly_one_wins() {
    let dir = folder();
    let consoles = [Arc::new(open(&dir)), Arc::new(open(&dir))];
    for round in 0..60 {
        let alert = raised(&consoles[0], &format!("s{round}")).await;
        let barrier = Arc::new(Barrier::new(2));
        let tries = consoles.iter().zip(["alice", "bob"]).map(|(store, who)| {
            let (store, barrier) = (Arc::clone(store), Arc::clone(&barrier));
            let change = change(who, Target::Alert(alert.id), Some(alert.version), ack());
            tokio::task::spawn_blocking(move || {
                barrier.wait();
                tokio::runtime::Handle::current().block_on(store.commit(one(change), None)).unwrap().remove(0)
            })
        });
        let outcomes: Vec<Outcome> = join_all(tries).await.into_iter().map(Result::unwrap).collect();
        let won = outcomes.iter().filter(|o| matches!(o, Outcome::Applied(_))).count();
        let told = outcomes.iter().find_map(|o| match o {
            Outcome::Refused(r @ Refusal::Conflict { .. }) => Some(r.to_string()),
            _ => None,
        });
        assert_eq!(won, 1, "round {round}: {outcomes:?}");
        let owner = get(&consoles[0], alert.id).await.owner.unwrap();
        assert!(told.unwrap().starts_with(&format!("{owner} acked {}", alert.id)));
    }
    let report = consoles[1].check().await.unwrap();
    assert_eq!((report.problems, report.entries), (vec![], 120));
}

#[tokio::test]
async fn an_escalation_pages_once_and_can_be_taken_back_while_held() {
    let dir = folder();
    let store = open(&dir);
    let alert = raised(&store, "ml").await;
    let rung = Rung {
        seen_level: 0,
        level: 2,
        role: "technical lead".into(),
        channels: vec!["page".into()],
        hold_until: T0 + Duration::from_secs(5),
    };
    let escalate = |who: &str| one(change(who, Target::Alert(alert.id), None, Act::Escalate(rung.clone())));
    let first = store.commit(escalate("alice"), None).await.unwrap();
    let second = store.commit(escalate("bob"), None).await.unwrap();
    assert!(matches!(first[0], Outcome::Applied(_)));
    assert!(matches!(second[0], Outcome::Refused(Refusal::Conflict { .. })), "{second:?}");
    assert_eq!(store.outbox().await.unwrap().len(), 1);
    let held = store.lease(wish("w", None, 0)).await.unwrap();
    assert!(store.claim_pages(held.lease.epoch, T0, 16).await.unwrap().is_empty(), "held for undo");
    let back = || one(change("alice", Target::Alert(alert.id), None, Act::Withdraw { level: 2 }));
    assert!(matches!(store.commit(back(), None).await.unwrap()[0], Outcome::Applied(_)));
    assert_eq!(store.outbox().await.unwrap()[0].state, OutboxState::Withdrawn);
    assert!(matches!(store.commit(back(), None).await.unwrap()[0], Outcome::Refused(Refusal::TooLate { .. })));
}

#[tokio::test]
async fn a_page_is_claimed_once_and_its_receipt_is_in_the_timeline() {
    let dir = folder();
    let store = open(&dir);
    let alert = raised(&store, "ml").await;
    let rung = Rung {
        seen_level: 0,
        level: 1,
        role: "on-call".into(),
        channels: vec!["page".into(), "sms".into()],
        hold_until: T0,
    };
    store.commit(one(change("alice", Target::Alert(alert.id), None, Act::Escalate(rung))), None).await.unwrap();
    let epoch = store.lease(wish("w", None, 0)).await.unwrap().lease.epoch;
    assert!(store.claim_pages(epoch + 1, T0, 16).await.unwrap().is_empty(), "not the holder");
    let claimed = store.claim_pages(epoch, T0, 16).await.unwrap();
    assert_eq!(claimed.len(), 2);
    assert!(store.claim_pages(epoch, T0, 16).await.unwrap().is_empty(), "claimed already");
    let late = T0 + Duration::from_secs(61);
    let again = store.claim_pages(epoch, late, 16).await.unwrap();
    assert_eq!(again[0].notice.key, claimed[0].notice.key, "a lapsed claim is tried again with the same key");
    let delivery = Delivery {
        outbox: again[0].row.id,
        channel: "page".into(),
        attempt: 1,
        outcome: DeliveryOutcome::Sent,
        detail: "202".into(),
    };
    let mut receipt = change("w", Target::Alert(alert.id), None, Act::Delivered(delivery));
    receipt.actor = Actor::Worker("w".into());
    let commit = Commit { lane: Lane::Machine, changes: vec![receipt], feed: None };
    store.commit(commit, Some(epoch)).await.unwrap();
    assert_eq!(store.outbox().await.unwrap()[0].state, OutboxState::Sent);
    assert_eq!(store.past(alert.id).await.unwrap().timeline.len(), 3);
}

#[tokio::test]
async fn a_holder_that_lost_the_lease_changes_nothing() {
    let dir = folder();
    let (a, b) = (open(&dir), open(&dir));
    let first = a.lease(wish("a", None, 0)).await.unwrap();
    assert!(first.mine && !b.lease(wish("b", None, 14_999)).await.unwrap().mine);
    let second = b.lease(wish("b", None, 15_001)).await.unwrap();
    assert!(second.mine && second.lease.epoch == first.lease.epoch + 1);
    let commit = Commit { lane: Lane::Machine, changes: vec![raise("x", Severity::Warning)], feed: None };
    let out = a.commit(commit, Some(first.lease.epoch)).await.unwrap();
    assert_eq!(out, [Outcome::Refused(Refusal::Fenced)]);
    assert!(!a.lease(wish("a", Some(first.lease.epoch), 15_002)).await.unwrap().mine, "woken powerless");
    assert!(a.alerts(AlertFilter::default()).await.unwrap().is_empty());
}

#[tokio::test]
async fn w10_a_poison_change_is_set_aside_and_the_position_moves_on() {
    let dir = folder();
    let store = open(&dir);
    let raw = rusqlite::Connection::open(store.path()).unwrap();
    raw.execute_batch(
        "CREATE TRIGGER poison BEFORE INSERT ON alert WHEN NEW.body LIKE '%poison%' BEGIN SELECT RAISE(ABORT, 'no'); END",
    )
    .unwrap();
    let epoch = store.lease(wish("w", None, 0)).await.unwrap().lease.epoch;
    let gap = Gap { from: 4, to: u64::MAX - 1, passed: true };
    let feed = FeedCommit {
        stream: "events".into(),
        position: Position { feed_id: Some("f1".into()), sequence: Some(u64::MAX), gaps: vec![gap], new_ids: vec![7] },
        counters: vec![("leads".into(), 3.0)],
        gauges: vec![("connections".into(), 812.0)],
        at: T0,
        ..FeedCommit::default()
    };
    let changes = vec![raise("poison", Severity::Critical), raise("fine", Severity::Critical)];
    let out = store.commit(Commit { lane: Lane::Machine, changes, feed: Some(feed) }, Some(epoch)).await.unwrap();
    assert!(matches!(out[..], [Outcome::Refused(Refusal::Invalid(_)), Outcome::Applied(_)]), "{out:?}");
    let at = store.stream_position("events".into()).await.unwrap();
    assert_eq!((at.sequence, at.counts.quarantined, at.recent_ids), (Some(u64::MAX), 1, vec![7]));
    assert_eq!(at.gaps, [gap]);
    assert_eq!(store.live().await.unwrap().gauges, [("connections".into(), 812.0, T0)]);
    assert_eq!(store.check().await.unwrap().problems, Vec::<String>::new());
}

#[tokio::test]
async fn mutes_come_and_go_and_unknown_alerts_are_said() {
    let dir = folder();
    let store = open(&dir);
    let mute = Mute {
        pattern: "tag:ml".into(),
        by: "alice".into(),
        at: T0,
        until: T0 + Duration::from_secs(60),
        reason: "deploy".into(),
    };
    store.commit(one(change("alice", Target::Watch, None, Act::Mute(mute.clone()))), None).await.unwrap();
    assert_eq!(store.everything(Now::default()).await.unwrap().mutes, [mute]);
    store
        .commit(one(change("alice", Target::Watch, None, Act::Unmute { pattern: "tag:ml".into() })), None)
        .await
        .unwrap();
    assert!(store.everything(Now::default()).await.unwrap().mutes.is_empty());
    let out = store.commit(one(change("alice", Target::Alert(AlertId(99)), None, ack())), None).await.unwrap();
    assert!(matches!(&out[0], Outcome::Refused(r @ Refusal::NotFound(_)) if r.to_string().contains("no alert 99")));
}

#[tokio::test]
async fn x2_an_edited_deleted_or_cut_journal_is_named() {
    for (edit, expected) in [
        ("UPDATE journal SET body = replace(body, 'ml3', 'xx3') WHERE seq = 3", "does not fit its hash"),
        ("DELETE FROM journal WHERE seq = 3", "are missing"),
        ("DELETE FROM journal WHERE seq = 5", "the journal ends at 4"),
        ("UPDATE journal SET at = at + 1 WHERE seq = 2", "does not fit its hash"),
    ] {
        let dir = folder();
        let store = open(&dir);
        for i in 1..=5 {
            raised(&store, &format!("ml{i}")).await;
        }
        assert_eq!(store.audit(None).await.unwrap().broken, None);
        rusqlite::Connection::open(store.path()).unwrap().execute_batch(edit).unwrap();
        let broken = store.audit(None).await.unwrap().broken.unwrap();
        assert!(broken.1.contains(expected), "{edit}: {broken:?}");
    }
}

#[tokio::test]
async fn x3_text_that_looks_like_sql_is_text() {
    let dir = folder();
    let store = open(&dir);
    let nasty = "x'); DROP TABLE alert; -- %s {0} \" ' \\ \u{0}";
    let alert = raised(&store, nasty).await;
    store.commit(one(change(nasty, Target::Alert(alert.id), None, Act::Note(nasty.into()))), None).await.unwrap();
    assert_eq!(store.check().await.unwrap().problems, Vec::<String>::new());
    assert_eq!(get(&store, alert.id).await.service(), "x'); DROP TABLE alert; -- %s {0} \" ' \\ ␀");
}

#[tokio::test]
async fn a_resolved_alert_that_fires_soon_is_the_same_one_and_later_a_new_one() {
    let dir = folder();
    let store = open(&dir);
    let alert = raised(&store, "ml").await;
    let resolve = Act::Resolve { note: "restarted worker 2".into(), review: None };
    store.commit(one(change("alice", Target::Alert(alert.id), None, resolve)), None).await.unwrap();
    assert!(matches!(get(&store, alert.id).await.phase, Phase::Resolved { .. }));
    let again = raised(&store, "ml").await;
    assert_eq!((again.id, again.phase), (alert.id, Phase::Open));
    let resolve = Act::Resolve { note: "again".into(), review: None };
    store.commit(one(change("alice", Target::Alert(alert.id), None, resolve)), None).await.unwrap();
    let mut later = raise("ml", Severity::Critical);
    later.at = T0 + Duration::from_secs(601);
    store.commit(one(later), None).await.unwrap();
    let new = latest(&store, alert.fingerprint).await;
    assert_ne!(new.id, alert.id);
    assert_eq!(new.about.previous, Some(alert.id));
    assert_eq!(store.past(new.id).await.unwrap().episodes.len(), 1);
}

fn refusal(path: &std::path::Path, create: Create) -> String {
    match SqliteStore::open(path, create, Options::default()) {
        Ok(_) => panic!("{} was opened", path.display()),
        Err(e) => e.to_string(),
    }
}

#[test]
fn s7_what_is_not_a_store_is_refused_at_once_and_left_as_it_is() {
    let dir = folder();
    let at = |name: &str| dir.path().join(name);
    std::fs::write(at("empty"), "").unwrap();
    std::fs::write(at("junk"), "x".repeat(200)).unwrap();
    rusqlite::Connection::open(at("foreign")).unwrap().execute_batch("CREATE TABLE t(x)").unwrap();
    std::fs::create_dir(at("folder")).unwrap();
    std::os::unix::fs::symlink(at("nowhere"), at("dangling")).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, at("fifo"), rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    for (name, says) in [
        ("empty", "is empty"),
        ("junk", "not a store"),
        ("foreign", "another program"),
        ("folder", "is a folder"),
        ("dangling", "leads nowhere"),
        ("fifo", "is a pipe"),
    ] {
        let said = refusal(&at(name), Create::IfMissing);
        assert!(said.contains(says), "{name}: {said}");
    }
    assert!(refusal(std::path::Path::new("/dev/null"), Create::IfMissing).contains("device"));
    assert!(refusal(&at("missing"), Create::Never).contains("store init"));
    assert!(!at("missing").exists() && !at("nowhere").exists());
    assert_eq!(std::fs::read_to_string(at("empty")).unwrap(), "");
}

#[test]
fn s8_newer_is_left_alone_and_older_is_copied_before_it_is_migrated() {
    let dir = folder();
    let path = dir.path().join("w.db");
    drop(open(&dir));
    static MORE: &[&str] = &["", "", "", "CREATE TABLE later(x INTEGER) STRICT"];
    let newer = Options { steps: MORE, ..Options::default() };
    drop(SqliteStore::open(&path, Create::Never, newer).unwrap());
    assert!(dir.path().join("w.before-schema-4.db").exists());
    let said = refusal(&path, Create::Never);
    assert!(said.contains("schema 4") && said.contains("nothing was touched"), "{said}");
}

#[tokio::test]
async fn s8_a_running_older_console_turns_read_only_when_another_migrates() {
    let dir = folder();
    let store = open(&dir);
    let alert = raised(&store, "ml").await;
    let raw = rusqlite::Connection::open(store.path()).unwrap();
    raw.pragma_update(None, "user_version", 99).unwrap();
    let out = store.commit(one(change("a", Target::Alert(alert.id), None, ack())), None).await;
    assert!(matches!(&out, Err(StoreError::ReadOnly(why)) if why.contains("newer watchdeck")), "{out:?}");
    assert_eq!(get(&store, alert.id).await.version, 1);
}

#[tokio::test]
async fn s10_a_moved_or_replaced_file_stops_the_writing() {
    let dir = folder();
    let store = open(&dir);
    let alert = raised(&store, "ml").await;
    std::fs::rename(store.path(), dir.path().join("moved.db")).unwrap();
    let out = store.commit(one(change("a", Target::Alert(alert.id), None, ack())), None).await;
    assert!(matches!(out, Err(StoreError::Replaced)), "{out:?}");
    drop(open(&dir));
    let out = store.commit(one(change("a", Target::Alert(alert.id), None, ack())), None).await;
    assert!(matches!(&out, Err(StoreError::Refused { why, .. }) if why.contains("another store")), "{out:?}");
}

#[tokio::test]
async fn s1_a_store_locked_by_another_process_is_waited_for() {
    let dir = folder();
    let store = open(&dir);
    let alert = raised(&store, "ml").await;
    let raw = rusqlite::Connection::open(store.path()).unwrap();
    raw.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let waiting = store.commit(one(change("a", Target::Alert(alert.id), None, ack())), None);
    tokio::pin!(waiting);
    let first = tokio::time::timeout(Duration::from_millis(2500), &mut waiting).await;
    assert!(first.is_err(), "not before the lock is gone");
    assert_eq!(get(&store, alert.id).await.version, 1, "reading goes on meanwhile");
    raw.execute_batch("COMMIT").unwrap();
    assert!(matches!(waiting.await.unwrap()[0], Outcome::Applied(_)));
}

#[test]
fn s12_a_folder_that_others_may_write_is_refused_and_files_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let dir = folder();
    drop(open(&dir));
    let mode = std::fs::metadata(dir.path().join("w.db")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    assert!(refusal(&dir.path().join("w.db"), Create::Never).contains("chmod go-w"));
}

#[tokio::test]
async fn s6_flipped_bytes_never_panic_and_never_remove_the_file() {
    let dir = folder();
    let store = open(&dir);
    for i in 0..40 {
        raised(&store, &format!("s{i}")).await;
    }
    let copy = dir.path().join("copy.db");
    store.backup(copy.clone()).await.unwrap();
    let whole = std::fs::read(&copy).unwrap();
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    for round in 0..500 {
        let mut bytes = whole.clone();
        for _ in 0..=(round % 40) {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let at = (seed >> 16) as usize % bytes.len();
            bytes[at] = (seed >> 40) as u8;
        }
        if round % 7 == 0 {
            bytes.truncate((seed >> 20) as usize % whole.len());
        }
        let path = dir.path().join(format!("f{round}.db"));
        std::fs::write(&path, &bytes).unwrap();
        if let Ok(store) = SqliteStore::open(&path, Create::Never, Options::default()) {
            let _ = store.everything(Now::default()).await;
            let _ = store.commit(one(raise("new", Severity::Critical)), None).await;
            let _ = store.check().await;
            let _ = store.audit(None).await;
        }
        // It may have been mended by nobody: what is damaged stays to be looked at.
        assert!(path.exists());
        for tail in ["", "-wal", "-shm", ".ballast"] {
            let _ = std::fs::remove_file(format!("{}{tail}", path.display()));
        }
    }
}

#[test]
fn s14_the_bundled_library_is_new_enough_for_a_shared_wal() {
    assert!(rusqlite::version_number() >= 3_051_003, "{}", rusqlite::version());
}

#[test]
fn p11_thirty_consoles_start_at_once_on_no_store() {
    let dir = folder();
    let path = dir.path().join("w.db");
    let barrier = Arc::new(Barrier::new(30));
    let threads: Vec<_> = (0..30)
        .map(|_| {
            let (path, barrier) = (path.clone(), Arc::clone(&barrier));
            std::thread::spawn(move || {
                barrier.wait();
                SqliteStore::open(&path, Create::IfMissing, Options::default()).map(|_| ())
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap().unwrap();
    }
    let names: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!names.iter().any(|n| n.to_string_lossy().contains(".new")), "{names:?}");
}

#[tokio::test]
async fn samples_roll_up_and_uptime_counts_each_moment_once() {
    use watchdeck::domain::sample::{Observed, Outcome as Seen, Sample};
    let dir = folder();
    let store = open(&dir);
    let epoch = store.lease(wish("w", None, 0)).await.unwrap().lease.epoch;
    let mut samples = Vec::new();
    for i in 0..720 {
        let mut s = Sample::new("ml".into(), T0 + Duration::from_secs(30 * i), Seen::Ok).taking(20_000);
        s.observed =
            Observed { up_ms: if i % 10 == 0 { 0 } else { 30_000 }, down_ms: if i % 10 == 0 { 30_000 } else { 0 } };
        samples.push(s);
    }
    store.put_watched(samples, watchdeck::domain::live::LiveSet::default(), epoch).await.unwrap();
    let before = store.uptime_since(T0 - Duration::from_secs(1)).await.unwrap();
    for _ in 0..8 {
        store.tidy(T0 + Duration::from_secs(30 * 720)).await.unwrap();
    }
    let after = store.uptime_since(T0 - Duration::from_secs(7200)).await.unwrap();
    assert_eq!(before, [("ml".to_owned(), 648 * 30_000, 72 * 30_000)]);
    assert_eq!(after, before);
    assert_eq!(store.samples_since(T0 + Duration::from_secs(30 * 700)).await.unwrap().len(), 19);
}

#[tokio::test]
async fn what_we_wrote_is_no_news_to_us_and_what_others_wrote_is() {
    let dir = folder();
    let (a, b) = (open(&dir), open(&dir));
    let traces = a.traces().unwrap();
    raised(&a, "first").await;
    traces.others.notified().await;
    for round in 0..30 {
        raised(&a, &format!("ours-{round}")).await;
        assert!(!traces.foreign(), "round {round}: a write of our own looks like another's");
    }
    assert!(tokio::time::timeout(Duration::ZERO, traces.others.notified()).await.is_err());
    raised(&b, "theirs").await;
    assert!(traces.foreign());
    // Our next write leaves another end behind; what came before it is told of all the same.
    raised(&a, "ours again").await;
    tokio::time::timeout(Duration::from_secs(5), traces.others.notified()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_commit_of_another_is_taken_for_ours_however_close_they_come() {
    let dir = folder();
    let (a, b) = (Arc::new(open(&dir)), Arc::new(open(&dir)));
    let traces = a.traces().unwrap();
    // Long enough for the log to start anew more than once.
    for round in 0..200 {
        let (ours, theirs) = (format!("a{round}"), format!("b{round}"));
        let other = tokio::spawn({
            let b = Arc::clone(&b);
            async move { raised(&b, &theirs).await }
        });
        raised(&a, &ours).await;
        other.await.unwrap();
        let told = tokio::time::timeout(Duration::from_millis(1), traces.others.notified()).await.is_ok();
        assert!(told || traces.foreign(), "round {round}: a commit of another went unseen");
    }
}
