//! From a line of TOML to a proof, and the hands that carry evidence.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use toml::de::{DeTable, DeValue};
use watchdeck::config::raw::{Problem, Raw};
use watchdeck::domain::evidence::{Output, Proof};
use watchdeck::domain::text::Clean;
use watchdeck::domain::time::Stamp;
use watchdeck::engine::event::Event;
use watchdeck::runtime::hands::Hands;
use watchdeck::sources::evidence::{self, Gatherer};
use watchdeck::store::sqlite::{Create, Options, SqliteStore};

/// Longer than any limit that is tested, by far.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// 2026-11-22 03:03:10 UTC.
pub const NOW: Stamp = Stamp(1_795_316_590_000);

/// The piece that `line` describes, as under `evidence.`: `file = { … }`.
pub fn raw(line: &str) -> Raw {
    // A piece of config lives as long as the program; a test's few bytes may too.
    let mut doc = DeTable::parse(line.to_owned().leak()).unwrap_or_else(|e| panic!("{line}: {e}"));
    doc.get_mut().make_owned();
    let (key, value) = doc.into_inner().into_iter().next().expect("a kind");
    if key.get_ref() == "evidence" {
        let DeValue::Table(kinds) = value.into_inner() else { panic!("{line}: no table") };
        let (key, value) = kinds.into_iter().next().expect("a kind");
        return Raw::new(key.get_ref().to_string(), key.span(), value);
    }
    Raw::new(key.get_ref().to_string(), key.span(), value)
}

pub fn try_gatherer(line: &str) -> Result<Arc<dyn Gatherer>, Problem> {
    evidence::build(&raw(line))
}

pub fn gatherer(line: &str) -> Arc<dyn Gatherer> {
    try_gatherer(line).unwrap_or_else(|e| panic!("{line}: {e} ({})", e.hint))
}

/// One look; it must end by itself, and soon.
pub async fn look(gatherer: &dyn Gatherer, now: Stamp) -> Proof {
    tokio::time::timeout(PATIENCE, gatherer.gather(now)).await.expect("the look overran every deadline")
}

pub async fn prove(line: &str) -> Proof {
    look(&*gatherer(line), NOW).await
}

/// A script, with further keys.
pub async fn sh(script: &str, keys: &str) -> Proof {
    prove(&format!("command = {{ argv = ['/bin/sh', '-c', '''{script}'''], {keys} }}")).await
}

pub fn output(proof: &Proof) -> &Output {
    proof.output.as_deref().unwrap_or_else(|| panic!("no output: {proof:?}"))
}

pub fn lines(proof: &Proof) -> Vec<&str> {
    output(proof).lines.iter().map(Clean::as_str).collect()
}

/// Whether the process is gone; waits a moment for the kernel to say so.
pub async fn gone(pid: &str) -> bool {
    let until = Instant::now() + PATIENCE;
    let path = format!("/proc/{}/stat", pid.trim());
    while Instant::now() < until {
        // A zombie that its new parent has not yet collected is dead enough.
        match std::fs::read_to_string(&path) {
            Ok(stat) if !stat.contains(") Z ") => tokio::time::sleep(Duration::from_millis(20)).await,
            _ => return true,
        }
    }
    false
}

/// Hands on a store of their own; what they have to say comes out here.
pub fn hands(folder: &Path) -> (Hands, mpsc::Receiver<Event>) {
    let store = SqliteStore::open(&folder.join("store.db"), Create::IfMissing, Options::default()).expect("a store");
    let (send, events) = mpsc::channel(64);
    (Hands::new(Arc::new(store), send, mpsc::channel(1).0), events)
}

pub fn pipe(path: &Path) {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    mknodat(CWD, path, FileType::Fifo, Mode::from_raw_mode(0o644), 0).expect("a pipe");
}
