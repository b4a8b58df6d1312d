//! The files of checklists and procedures, followed: read when this starts, and again when one of them has changed. What
//! they say goes to the engine all at once and only when it is news; a file that cannot be read is news too, once.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::clock;
use super::hands::Hands;
use crate::config::file::shown;
use crate::domain::checklist::{DocumentRead, Source};
use crate::domain::text::Clean;
use crate::engine::event::Event;
use crate::sources::document::{self, Fingerprint, Reading, Wish};

const LOOK_EVERY: Duration = Duration::from_secs(2);
/// A disk that takes longer counts as not answering; the reading goes on, and counts when it ends.
const DEADLINE: Duration = Duration::from_secs(5);

/// Runs until nobody names files any more.
pub async fn run(hands: Hands, mut sources: watch::Receiver<Vec<Arc<Source>>>) {
    let mut shelf = Shelf::default();
    loop {
        let wanted = sources.borrow_and_update().clone();
        let news = shelf.look(&wanted).await;
        if let Some(reads) = news
            && hands.events.send(Event::DocumentsRead(reads)).await.is_err()
        {
            return;
        }
        tokio::select! {
            // Without a file there is nothing to look at, and nobody to be woken.
            () = tokio::time::sleep(LOOK_EVERY), if !wanted.is_empty() => {}
            changed = sources.changed() => if changed.is_err() { return },
        }
    }
}

/// Whether two reads say the same: the file, and its hash or why it has none.
type Key = (String, Result<Clean, Clean>);

#[derive(Default)]
struct Shelf {
    files: Vec<Held>,
    said: Vec<Key>,
}

/// One file, and what is known of it.
struct Held {
    wish: Wish,
    fingerprint: Option<Fingerprint>,
    read: Option<DocumentRead>,
    /// A reading that did not end in time: there is one at most.
    pending: Option<JoinHandle<Option<Reading>>>,
}

impl Shelf {
    /// All files as they are now, when that is something else than was said last.
    async fn look(&mut self, wanted: &[Arc<Source>]) -> Option<Vec<DocumentRead>> {
        let mut before = std::mem::take(&mut self.files);
        for source in wanted {
            let wish = Wish { file: source.file.clone(), may_command: source.file_commands };
            let known = before.iter().position(|held| held.wish == wish).map(|at| before.swap_remove(at));
            self.files.push(known.unwrap_or(Held { wish, fingerprint: None, read: None, pending: None }));
        }
        join_all(self.files.iter_mut().map(Held::look)).await;
        let reads: Vec<DocumentRead> = self.files.iter().filter_map(|held| held.read.clone()).collect();
        let keys: Vec<Key> = reads.iter().map(key).collect();
        if keys == self.said {
            return None;
        }
        self.log(&reads);
        self.said = keys;
        Some(reads)
    }

    fn log(&self, reads: &[DocumentRead]) {
        for read in reads.iter().filter(|read| !self.said.contains(&key(read))) {
            match &read.content {
                Ok(_) => tracing::info!(target: "checklists", "{} read", read.name),
                Err(why) => tracing::warn!(target: "checklists", "{why}"),
            }
        }
    }
}

fn key(read: &DocumentRead) -> Key {
    (read.file.clone(), read.content.as_ref().map(|(hash, _)| hash.clone()).map_err(Clean::clone))
}

impl Held {
    async fn look(&mut self) {
        let now = clock::now().wall;
        let known = self.fingerprint;
        let pending = self.pending.get_or_insert_with(|| document::start(self.wish.clone(), known, now));
        let (fingerprint, read) = match tokio::time::timeout(DEADLINE, &mut *pending).await {
            Ok(Ok(None)) => {
                self.pending = None;
                return;
            }
            Ok(Ok(Some(Reading { fingerprint, read }))) => {
                self.pending = None;
                (fingerprint, read)
            }
            Ok(Err(_)) => {
                self.pending = None;
                (None, self.unread("reading it failed here; the log says why"))
            }
            Err(_) => (None, self.unread("its disk did not answer within 5s; it is tried again")),
        };
        self.fingerprint = fingerprint;
        if self.read.as_ref().is_none_or(|before| key(before) != key(&read)) {
            self.read = Some(read);
        }
    }

    fn unread(&self, why: &str) -> DocumentRead {
        let name = Clean::new(&shown(self.wish.file.as_ref()));
        let content = Err(Clean::new(&format!("{name}: {why}")));
        DocumentRead { file: self.wish.file.clone(), name, at: clock::now().wall, content }
    }
}
