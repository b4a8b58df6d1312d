//! Seeing what others commit: the store's folder is watched, the journal's numbers are the truth. A hint that never
//! comes costs at most a second; one that comes for nothing costs one cheap question.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use notify::{EventKind, RecursiveMode, Watcher};
use tokio::sync::{Notify, watch};

use super::clock;
use super::hands::Hands;
use crate::engine::event::Event;

/// Hints gathered before the store is asked: a commit makes several.
const GATHER: Duration = Duration::from_millis(25);
/// Live rows are read at most so often.
const LIVE_EVERY: i64 = 1000;
/// Without a watcher the store is asked so often.
const BLIND: Duration = Duration::from_millis(200);
/// With one, still so often: a hint can be lost.
const SURE: Duration = Duration::from_secs(5);
const FETCH: usize = 2000;

/// `loaded` says when the store has answered once: before that its whole journal would look like news.
pub async fn run(hands: Hands, mut loaded: watch::Receiver<bool>) {
    let hint = Arc::new(Notify::new());
    let watcher = watcher(&hands, Arc::clone(&hint));
    if loaded.wait_for(|loaded| *loaded).await.is_err() {
        return;
    }
    let every = if watcher.is_some() { SURE } else { BLIND };
    let (mut version, mut live_at) = (0, 0);
    loop {
        let _ = tokio::time::timeout(every, hint.notified()).await;
        tokio::time::sleep(GATHER).await;
        match hands.store.moved().await {
            Ok(moved) if moved == version => continue,
            Ok(moved) => version = moved,
            Err(_) => continue,
        }
        fetch(&hands).await;
        let now = clock::now();
        // The holder's own figures are newer than any row.
        if hands.mine().is_none() && now.boot_ms - live_at >= LIVE_EVERY {
            live_at = now.boot_ms;
            if let Ok(live) = hands.store.live().await {
                let _ = hands.events.send(Event::LiveArrived(Box::new(live))).await;
            }
            if let Ok(Some(lease)) = hands.store.read_lease(now).await {
                let _ = hands.events.send(Event::LeaseSeen(lease)).await;
            }
        }
    }
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
fn watcher(hands: &Hands, hint: Arc<Notify>) -> Option<notify::RecommendedWatcher> {
    let file = hands.store.watch_path()?.to_owned();
    let folder = file.parent()?.to_owned();
    let name = file.into_os_string().into_encoded_bytes();
    let told = move |event: notify::Result<notify::Event>| {
        let of_store = |path: &std::path::PathBuf| path.as_os_str().as_encoded_bytes().starts_with(&name);
        let written = event.is_ok_and(|e| {
            matches!(e.kind, EventKind::Modify(_) | EventKind::Create(_)) && e.paths.iter().any(of_store)
        });
        if written {
            hint.notify_one();
        }
    };
    let mut watcher = notify::recommended_watcher(told).ok()?;
    watcher.watch(&folder, RecursiveMode::NonRecursive).ok()?;
    Some(watcher)
}
