//! A bug met by one request must not take the store away from all the others: the thread goes on, the request is told.
//! Not for ever: a thread that falls again and again is given up, and with it the process, which a supervisor restarts.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

const FALLS_MAX: usize = 5;
const WITHIN: Duration = Duration::from_secs(600);

#[derive(Default)]
pub struct Falls(Vec<Instant>);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Went {
    Well,
    /// What it held cannot be trusted any more.
    Fell,
    TooOften,
}

impl Falls {
    pub fn over(&mut self, work: impl FnOnce()) -> Went {
        if catch_unwind(AssertUnwindSafe(work)).is_ok() {
            return Went::Well;
        }
        let now = super::writer::now();
        self.0.retain(|at| now - *at < WITHIN);
        self.0.push(now);
        if self.0.len() > FALLS_MAX { Went::TooOften } else { Went::Fell }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Create, Options, SqliteStore};
    use crate::domain::time::Now;
    use crate::store::{Store, StoreError};

    #[tokio::test]
    async fn p7_a_request_that_panics_in_the_store_is_told_and_the_next_is_served_but_not_for_ever() {
        let dir = tempfile::tempdir().unwrap();
        let open = || SqliteStore::open(&dir.path().join("w.db"), Create::IfMissing, Options::default()).unwrap();
        let store = open();
        for _ in 0..5 {
            let fell = store.write::<()>(|c| {
                c.execute_batch("BEGIN IMMEDIATE; UPDATE counter SET seq = 99").unwrap();
                panic!("on purpose")
            });
            assert!(matches!(fell.await, Err(StoreError::Failed(_))));
            let seq = store.write(|c| c.query_row("SELECT seq FROM counter", [], |r| r.get::<_, i64>(0))).await;
            assert_eq!(seq.unwrap(), 0, "what it had begun is undone");
            let fell = store.read::<()>(|_| panic!("on purpose"));
            assert!(matches!(fell.await, Err(StoreError::Failed(_))));
            store.everything(Now::default()).await.unwrap();
        }
        // Given up: what is still handed over while the thread ends fails too.
        assert!(store.write::<()>(|_| panic!("on purpose")).await.is_err());
        while !matches!(store.write(|_| Ok(())).await.unwrap_err(), StoreError::Closed) {}
        assert!(store.read::<()>(|_| panic!("on purpose")).await.is_err());
        while !matches!(store.everything(Now::default()).await.unwrap_err(), StoreError::Closed) {}
        // The file is as good as before.
        open().everything(Now::default()).await.unwrap();
    }
}
