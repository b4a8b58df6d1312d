//! A store as it is after a bad year, written past the journal: only what a console starts from.

use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, params};
use uuid::Uuid;
use watchdeck::domain::alert::{About, Actor, Alert, Changed, Closing, Escalation, Origin, Phase};
use watchdeck::domain::feed::stream_fingerprint;
use watchdeck::domain::ids::{AlertId, Labels, OpId};
use watchdeck::domain::journal::{Entry, Everything, Fact};
use watchdeck::domain::service::Service;
use watchdeck::domain::setup::Setup;
use watchdeck::domain::severity::Severity;
use watchdeck::domain::time::Stamp;
use watchdeck::runtime::clock;
use watchdeck::store::sqlite::{Create, Options, SqliteStore};

/// Different enough that nothing folds but what would in life.
const WORDS: [&str; 12] = [
    "latency",
    "queue",
    "errors",
    "disk",
    "memory",
    "certificate",
    "replica lag",
    "cache misses",
    "retries",
    "timeouts",
    "restarts",
    "saturation",
];

pub fn fill(path: &Path, open: i64, resolved: i64) {
    drop(SqliteStore::open(path, Create::IfMissing, Options::default()).unwrap());
    let mut c = Connection::open(path).unwrap();
    let tx = c.transaction().unwrap();
    {
        let mut insert = tx.prepare("INSERT INTO alert VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)").unwrap();
        let now = clock::now().wall;
        for id in 1..=open + resolved {
            let a = alert(id, id > resolved, now);
            let resolved_at = if let Phase::Resolved { at, .. } = &a.phase { Some(at.0) } else { None };
            let severity = 2 - (id % 3);
            insert
                .execute(params![
                    a.id.0,
                    a.fingerprint.0.cast_signed(),
                    a.version,
                    a.phase.word(),
                    severity,
                    a.opened_at.0,
                    resolved_at,
                    a.to_close(),
                    serde_json::to_string(&a).unwrap()
                ])
                .unwrap();
        }
        tx.execute("UPDATE counter SET alert = ?1", [open + resolved]).unwrap();
    }
    tx.commit().unwrap();
}

fn alert(id: i64, open: bool, now: Stamp) -> Alert {
    let (word, service) = (WORDS[(id % 12) as usize], format!("service-{}", id % 400));
    let opened_at = Stamp(now.0 - 400_000_000 + id * 1000);
    let by = Actor::Stream("events".into());
    let severity = [Severity::Critical, Severity::Warning, Severity::Notice][(id % 3) as usize];
    let labels =
        ["team", "zone", "node"].iter().map(|l| ((*l).to_owned(), format!("{l}-{}", id % 97))).collect::<Labels>();
    let phase = if open {
        Phase::Open
    } else {
        Phase::Resolved { at: opened_at + std::time::Duration::from_secs(300), by: by.clone(), note: "over".into() }
    };
    Alert {
        id: AlertId(id),
        fingerprint: stream_fingerprint("events", &format!("key-{id}")),
        version: 2,
        seq: 0,
        origin: Origin::Stream { name: "events".into() },
        severity,
        phase,
        owner: None,
        seen_by: None,
        taken_at: None,
        episode: 0,
        about: About {
            title: format!("{word} over its limit on shard {} of {service}", letters(id)).into(),
            service: Some(service.as_str().into()),
            value: Some(id as f64),
            limit: Some(1000.0),
            labels: Arc::new(labels),
            ..About::default()
        },
        opened_at,
        changed: Changed { at: opened_at, by, what: "raised".into() },
        escalation: Escalation::default(),
        closing: Closing { closed: !open, ..Closing::default() },
    }
}

/// Digits are folded as alike; letters are not.
fn letters(id: i64) -> String {
    id.to_string().bytes().map(|b| char::from(b - b'0' + b'a')).collect()
}

/// Every service of the alerts, most of them depending on one of the first twenty.
pub fn dependent() -> Setup {
    let service = |n: usize| Service {
        name: Arc::from(format!("service-{n}")),
        aliases: Vec::new(),
        tags: Vec::new(),
        depends_on: if n < 20 { Vec::new() } else { vec![format!("service-{}", n % 20)] },
        procedure: None,
        target: String::new(),
        interval: std::time::Duration::from_secs(15),
    };
    Setup { services: (0..400).map(service).collect(), ..Setup::default() }
}

/// What can happen to one alert between two frames.
#[derive(Clone, Copy)]
pub enum Happens {
    Changes,
    Raises,
    Acks,
    Resolves,
}

/// It happens to the `n`th of those that were open, or to a new one.
pub fn entry(all: &Everything, n: usize, seq: i64, what: Happens) -> Entry {
    let open = all.alerts.iter().filter(|a| a.unresolved()).nth(n * 7).unwrap();
    let at = clock::now().wall;
    let (id, fact) = match what {
        Happens::Changes => (open.id, Fact::Updated { about: About { value: Some(n as f64), ..open.about.clone() } }),
        Happens::Acks => (open.id, Fact::Acked { deadline: at + std::time::Duration::from_secs(1800), before: None }),
        Happens::Resolves => (open.id, Fact::Resolved { note: "over".into(), review: None, before: None }),
        Happens::Raises => {
            let Alert { fingerprint, origin, severity, about, .. } = alert(1_000_000 + n as i64, true, at);
            (AlertId(1_000_000 + n as i64), Fact::Raised { fingerprint, origin, severity, about })
        }
    };
    let actor = Actor::Stream("events".into());
    Entry { seq, op: OpId(Uuid::now_v7()), at, actor, alert: Some(id), fact }
}
