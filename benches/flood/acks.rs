//! Somebody at another console acks something ten times a second; how long until that is durable.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use uuid::Uuid;
use watchdeck::domain::alert::Actor;
use watchdeck::domain::feed::stream_fingerprint;
use watchdeck::domain::ids::OpId;
use watchdeck::domain::journal::{Act, Change, Commit, Lane, Outcome, Target};
use watchdeck::runtime::clock;
use watchdeck::store::Store;
use watchdeck::store::sqlite::{Create, Options, SqliteStore};

use super::feed::{STEADY, key_name};

const EVERY: Duration = Duration::from_millis(100);
const DEADLINE: Duration = Duration::from_secs(1800);

#[derive(Default)]
pub struct Acked {
    pub took: Vec<Duration>,
    pub refused: usize,
}

pub struct Acks {
    end: Arc<AtomicBool>,
    thread: JoinHandle<Acked>,
}

pub fn start(path: PathBuf) -> Acks {
    let end = Arc::new(AtomicBool::new(false));
    let ended = Arc::clone(&end);
    let thread = std::thread::spawn(move || {
        let store = SqliteStore::open(&path, Create::Never, Options::default()).unwrap();
        let mut acked = Acked::default();
        // The first second everything is still being raised.
        std::thread::sleep(Duration::from_secs(1));
        for n in 0.. {
            if ended.load(Ordering::Acquire) {
                break;
            }
            let began = Instant::now();
            let outcomes = super::runtime().block_on(store.commit(ack(n % STEADY), None)).unwrap();
            if matches!(outcomes[0], Outcome::Applied(_)) {
                acked.took.push(began.elapsed());
            } else {
                acked.refused += 1;
            }
            std::thread::sleep(EVERY.saturating_sub(began.elapsed()));
        }
        acked
    });
    Acks { end, thread }
}

impl Acks {
    pub fn stop(self) -> Acked {
        self.end.store(true, Ordering::Release);
        self.thread.join().unwrap()
    }
}

fn ack(key: u64) -> Commit {
    let at = clock::now().wall;
    let change = Change {
        op: OpId(Uuid::now_v7()),
        actor: Actor::Operator("bob".into()),
        at,
        target: Target::Fingerprint(stream_fingerprint("flood", &key_name(key))),
        seen: None,
        act: Act::Ack { deadline: at + DEADLINE },
    };
    Commit { lane: Lane::Operator, changes: vec![change], feed: None }
}
