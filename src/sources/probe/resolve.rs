//! Names to addresses by the system's resolver, which blocks: each name has one question under way at most, few may hang
//! at once, and whoever asks may stop waiting. No cache: a look must see what a client would see now.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// Addresses tried of all that a name has.
pub const ADDRESSES_MAX: usize = 4;
/// Questions that may hang at once: a dead server holds each for half a minute, and the runtime's pool has other work.
const HANGING_MAX: usize = 64;

pub type Found = Result<Vec<SocketAddr>, Arc<str>>;
type Ask = dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync;
type Question = (Arc<str>, u16);
type Reply = oneshot::Sender<Found>;
type Waiting = HashMap<Question, Vec<Reply>>;

#[derive(Clone)]
pub struct Resolver {
    ask: Arc<Ask>,
    room: Arc<Semaphore>,
    /// Who waits for which answer.
    waiting: Arc<Mutex<Waiting>>,
}

/// The one of this machine.
pub static SYSTEM: LazyLock<Resolver> = LazyLock::new(|| {
    let ask = |name: &str, port| (name, port).to_socket_addrs().map(Iterator::collect);
    Resolver::new(ask, HANGING_MAX)
});

impl Resolver {
    pub fn new(
        ask: impl Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
        hanging_max: usize,
    ) -> Self {
        Self { ask: Arc::new(ask), room: Arc::new(Semaphore::new(hanging_max)), waiting: Arc::default() }
    }

    /// The first few addresses of the name. A question that hangs is joined, not asked again: one dead name that is
    /// probed every few seconds must not take the places of all others.
    pub async fn look_up(&self, name: Arc<str>, port: u16) -> Found {
        let question = (name, port);
        let (mut reply, answer) = oneshot::channel();
        loop {
            let place =
                if self.under_way(&question) { None } else { Arc::clone(&self.room).acquire_owned().await.ok() };
            reply = match self.enter(&question, reply, place) {
                Some(reply) => reply,
                None => break,
            };
        }
        answer.await.unwrap_or_else(|_| Err("the resolver gave no answer".into()))
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn under_way(&self, question: &Question) -> bool {
        self.waiting().contains_key(question)
    }

    /// Joins the question, or asks it where there is a place; gives the reply back when it was answered just now.
    fn enter(&self, question: &Question, reply: Reply, place: Option<OwnedSemaphorePermit>) -> Option<Reply> {
        match (self.waiting().entry(question.clone()), place) {
            (Entry::Occupied(mut others), _) => {
                others.get_mut().retain(|other| !other.is_closed());
                others.get_mut().push(reply);
                None
            }
            (Entry::Vacant(_), None) => Some(reply),
            (Entry::Vacant(nobody), Some(place)) => {
                nobody.insert(vec![reply]);
                let (this, question) = (self.clone(), question.clone());
                drop(tokio::task::spawn_blocking(move || {
                    let _place = place;
                    this.put(&question);
                }));
                None
            }
        }
    }

    /// Blocks until the system has answered. Whoever comes after that asks anew: a late answer is nobody's.
    fn put(&self, question: &Question) {
        let found = (self.ask)(&question.0, question.1);
        let few = |all: Vec<SocketAddr>| all.into_iter().take(ADDRESSES_MAX).collect();
        let found: Found = found.map(few).map_err(|e| e.to_string().into());
        for reply in self.waiting().remove(question).unwrap_or_default() {
            let _ = reply.send(found.clone());
        }
    }
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;
