//! A panic is told, never lost: the hook gives the terminal back first when it is the program's end, and keeps the message
//! for whoever says why the program ended. A task that cannot be started again ends the process, so that whoever
//! supervises it starts it whole.

use std::sync::{Mutex, PoisonError};

use futures_util::FutureExt;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::domain::text::Untrusted;

/// The last panic: the thread's name, and what it said where.
static LAST: Mutex<Option<(String, String)>> = Mutex::new(None);

/// From here on every panic is kept and logged; `first` is told of each, and answers whether it may be printed.
pub fn listen(first: impl Fn(&str) -> bool + Send + Sync + 'static) {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let thread = std::thread::current().name().unwrap_or_default().to_owned();
        let what = Untrusted::new(info.to_string()).clean().to_string();
        if first(&thread) {
            before(info);
        }
        tracing::error!(target: "panic", "{what}");
        *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some((thread, what));
    }));
}

/// What the last panic said, if it was in one of these threads; in any, where none is named.
pub fn said(threads: &[&str]) -> Option<String> {
    let last = LAST.lock().unwrap_or_else(PoisonError::into_inner).clone();
    last.filter(|(thread, _)| threads.is_empty() || threads.contains(&thread.as_str())).map(|(_, what)| what)
}

/// Runs a task without which the rest would be a show: when it panics the process ends, and says why.
pub fn vital(
    name: &'static str,
    fatal: &watch::Sender<Option<String>>,
    task: impl Future<Output = ()> + Send + 'static,
) -> JoinHandle<()> {
    let fatal = fatal.clone();
    tokio::spawn(async move {
        let guarded = async {
            point(name);
            task.await;
        };
        if std::panic::AssertUnwindSafe(guarded).catch_unwind().await.is_err() {
            let why = said(&[]).unwrap_or_else(|| "it panicked".into());
            let _ = fatal.send(Some(format!("the {name} task died: {why}")));
        }
    })
}

/// Panics here when the environment's `WATCHDECK_PANIC` names this place. In debug builds alone: a test has no other way to
/// make the real program fail where it never does.
#[cfg(debug_assertions)]
pub fn point(name: &str) {
    let wanted = std::env::var("WATCHDECK_PANIC").is_ok_and(|place| place == name);
    assert!(!wanted, "panic point `{name}`");
}
#[cfg(not(debug_assertions))]
pub fn point(_: &str) {}

/// Something has died that is not started again.
pub async fn dead(fatal: Option<watch::Receiver<Option<String>>>) -> String {
    let Some(mut fatal) = fatal else { return std::future::pending().await };
    let why = fatal.wait_for(Option::is_some).await.ok().and_then(|why| why.clone());
    match why {
        Some(why) => why,
        None => std::future::pending().await,
    }
}
