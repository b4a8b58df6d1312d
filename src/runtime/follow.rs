//! Seeing what others commit: the store's folder is watched, the journal's numbers are the truth. A hint that never comes
//! costs as long as the next write or renewal takes; one that comes for nothing costs a few cheap questions.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use notify::{EventKind, RecursiveMode, Watcher};
use tokio::sync::watch;
use tokio::time::Instant;

use super::clock;
use super::hands::Hands;
use crate::engine::event::Event;
use crate::store::sqlite::Traces;

/// Hints gathered before the store is asked: a commit makes several.
const GATHER: Duration = Duration::from_millis(25);
/// Live rows are read at most so often.
const LIVE_EVERY: Duration = Duration::from_millis(900);
/// Without a watcher the store is asked so often.
const BLIND: Duration = Duration::from_millis(200);
/// With one, still so often: a hint can be lost. (The writer looks too, at every renewal of the lease.)
const SURE: Duration = Duration::from_secs(60);
/// A write is seen before its commit: after a hint the store is asked again so often, waiting twice as long each time.
const LOOKS: u32 = 6;
const FETCH: usize = 2000;

/// `loaded` says when the store has answered once: before that its whole journal would look like news.
pub async fn run(hands: Hands, mut loaded: watch::Receiver<bool>) {
    let Some(traces) = hands.store.traces() else { return };
    let watcher = watcher(&traces);
    if loaded.wait_for(|loaded| *loaded).await.is_err() {
        return;
    }
    let blind = watcher.is_none();
    let every = if blind { BLIND } else { SURE };
    let (mut version, mut read_at) = (0, Instant::now());
    let mut owed = false;
    loop {
        // What came too soon after the last reading is read a little later, not with the next hint.
        let wait = if owed { LIVE_EVERY.saturating_sub(read_at.elapsed()).min(every) } else { every };
        let hinted = tokio::time::timeout(wait, traces.others.notified()).await.is_ok();
        if (hinted || blind || !owed) && moved(&hands, &mut version, if hinted { LOOKS } else { 1 }).await {
            fetch(&hands).await;
            // The holder's own figures are newer than any row.
            owed = hands.mine().is_none();
        }
        if owed && read_at.elapsed() >= LIVE_EVERY {
            (owed, read_at) = (false, Instant::now());
            read_along(&hands).await;
        }
    }
}

/// What the worker writes for whoever reads along.
async fn read_along(hands: &Hands) {
    if let Ok(live) = hands.store.live().await {
        let _ = hands.events.send(Event::LiveArrived(Box::new(live))).await;
    }
    if let Ok(Some(lease)) = hands.store.read_lease(clock::now()).await {
        let _ = hands.events.send(Event::LeaseSeen(lease)).await;
    }
}

/// Whether anybody has committed since the last time; a commit that is still under way is waited for, a little.
async fn moved(hands: &Hands, version: &mut i64, looks: u32) -> bool {
    for look in 0..looks {
        tokio::time::sleep(GATHER * 2_u32.pow(look)).await;
        match hands.store.moved().await {
            Ok(found) if found != *version => {
                *version = found;
                return true;
            }
            Ok(_) => {}
            Err(_) => return false,
        }
    }
    false
}

async fn fetch(hands: &Hands) {
    // Our own entries come back with their commits; a hole that others leave among them is fetched when it shows.
    let mut last = hands.last_seq.load(Ordering::Acquire).max(hands.own_seq.load(Ordering::Acquire));
    loop {
        let Ok(entries) = hands.store.entries_after(last, FETCH).await else { return };
        let Some(newest) = entries.last().map(|e| e.seq) else { return };
        let full = entries.len() == FETCH;
        last = newest;
        if hands.events.send(Event::EntriesArrived(entries)).await.is_err() || !full {
            return;
        }
    }
}

/// Only writes to the store's own files are hints: the watcher also reports reads, closes and its neighbours.
fn watcher(traces: &Arc<Traces>) -> Option<notify::RecommendedWatcher> {
    let folder = traces.path().parent()?.to_owned();
    let name = traces.path().to_owned().into_os_string().into_encoded_bytes();
    let traces = Arc::clone(traces);
    let told = move |event: notify::Result<notify::Event>| {
        let of_store = |path: &std::path::PathBuf| path.as_os_str().as_encoded_bytes().starts_with(&name);
        let written = event.is_ok_and(|e| {
            matches!(e.kind, EventKind::Modify(_) | EventKind::Create(_)) && e.paths.iter().any(of_store)
        });
        if written {
            traces.seen();
        }
    };
    let mut watcher = notify::recommended_watcher(told).ok()?;
    watcher.watch(&folder, RecursiveMode::NonRecursive).ok()?;
    Some(watcher)
}
