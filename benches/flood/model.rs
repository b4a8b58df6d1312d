//! What the store must hold when the feed has said everything, and what it does hold.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use watchdeck::domain::feed::{StreamPosition, stream_fingerprint};
use watchdeck::domain::ids::Fingerprint;
use watchdeck::domain::live::FeedCounts;
use watchdeck::runtime::clock;
use watchdeck::store::sqlite::{Create, Options, SqliteStore};
use watchdeck::store::{AlertFilter, Store};

use super::feed::{KEYS, Says, key_name, says, severity, title};

/// Severity, title and value of what is open.
type Open = BTreeMap<Fingerprint, (String, String, Option<u64>)>;

fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path, Create::Never, Options::default()).unwrap()
}

fn position(store: &SqliteStore) -> StreamPosition {
    super::runtime().block_on(store.stream_position("flood".into())).unwrap()
}

/// Waits until the last event is durable.
pub fn wait(path: &Path, events: u64, patience: Duration) -> Option<()> {
    let store = open(path);
    let began = Instant::now();
    while position(&store).sequence != Some(events) {
        if began.elapsed() > patience {
            return None;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Some(())
}

/// Waits until somebody holds the lease.
pub fn wait_for_holder(path: &Path) {
    let (store, runtime) = (open(path), super::runtime());
    while !runtime.block_on(store.read_lease(clock::now())).unwrap().is_some_and(|lease| lease.alive()) {
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub fn counts(path: &Path) -> FeedCounts {
    position(&open(path)).counts
}

pub fn entries(path: &Path) -> i64 {
    let c = rusqlite::Connection::open(path).unwrap();
    c.query_row("SELECT seq FROM counter", [], |r| r.get(0)).unwrap()
}

pub fn unresolved(path: &Path) -> usize {
    found(path).len()
}

/// Everything that is not as it must be.
pub fn compare(path: &Path, events: u64) -> Vec<String> {
    let mut wrong = Vec::new();
    let counts = counts(path);
    let lost = counts.undecodable + counts.missing + counts.dropped + counts.quarantined + counts.duplicates;
    if counts.received != events || lost != 0 {
        wrong.push(format!("{} of {events} received, {lost} of them lost", counts.received));
    }
    let (want, gauges, counters) = expected(events);
    let found = found(path);
    for (key, alert) in &want {
        if found.get(key) != Some(alert) {
            wrong.push(format!("{key}: {:?} must be {alert:?}", found.get(key)));
        }
    }
    for key in found.keys().filter(|k| !want.contains_key(k)) {
        wrong.push(format!("{key} must not be open"));
    }
    println!("open           {} of {KEYS}, {} as the model has them", found.len(), want.len());
    for (table, want) in [("gauge", gauges), ("total", counters)] {
        let found = values(path, table);
        if found != want {
            wrong.push(format!("{table}: {found:?} must be {want:?}"));
        }
    }
    wrong.truncate(12);
    wrong
}

fn expected(events: u64) -> (Open, BTreeMap<String, f64>, BTreeMap<String, f64>) {
    let mut last: BTreeMap<u64, Option<u64>> = BTreeMap::new();
    let (mut gauges, mut counters) = (BTreeMap::new(), BTreeMap::new());
    for n in 1..=events {
        match says(n) {
            Says::Raised(key) | Says::Updated(key) => {
                last.insert(key, Some(n));
            }
            Says::Resolved(key) => {
                last.insert(key, None);
            }
            Says::Gauge(g) => {
                gauges.insert(format!("gauge-{g}"), n as f64);
            }
            Says::Counter(c) => *counters.entry(format!("counter-{c}")).or_insert(0.0) += 1.0,
        }
    }
    let open = last.into_iter().filter_map(|(key, n)| {
        let n = n?;
        Some((stream_fingerprint("flood", &key_name(key)), (severity(key).to_owned(), title(n, key), Some(n))))
    });
    (open.collect(), gauges, counters)
}

fn found(path: &Path) -> Open {
    let alerts = super::runtime().block_on(open(path).alerts(AlertFilter::default())).unwrap();
    let row = |a: watchdeck::domain::alert::Alert| {
        (a.fingerprint, (a.severity.word().to_owned(), a.about.title.to_string(), a.about.value.map(|v| v as u64)))
    };
    alerts.into_iter().map(row).collect()
}

fn values(path: &Path, table: &str) -> BTreeMap<String, f64> {
    let c = rusqlite::Connection::open(path).unwrap();
    let mut select = c.prepare(&format!("SELECT name, value FROM {table}")).unwrap();
    select.query_map([], |r| Ok((r.get(0)?, r.get(1)?))).unwrap().map(Result::unwrap).collect()
}
