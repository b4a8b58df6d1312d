//! The reading side: one thread, one connection that cannot write. It does not judge by itself whether the file at the
//! path is still the one it opened: the writer does, and has it let go first, because a connection on the old file and
//! one on the new must never meet on one log.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender};
use std::time::Duration;

use rusqlite::Connection;

use super::Options;
use super::falls::{Falls, Went};
use super::open::{self, Hold};
use crate::store::StoreError;

/// How long a reading under way is waited for before the writer tries again later.
const LET_GO: Duration = Duration::from_secs(2);

pub type Read = Box<dyn FnOnce(Result<&mut Connection, StoreError>) + Send>;

pub enum Ask {
    Read(Read),
    /// Close the connection and say so.
    LetGo {
        replaced: bool,
        gone: SyncSender<()>,
    },
}

pub struct Reader {
    pub connection: Option<Connection>,
    pub path: PathBuf,
    pub hold: Hold,
    pub instance: String,
    pub options: Options,
    /// How often another file was taken up.
    pub swaps: Arc<AtomicI64>,
    /// What lies at the path may be opened.
    pub settled: Arc<AtomicBool>,
}

impl Reader {
    pub fn run(mut self, asked: &Receiver<Ask>) {
        let mut falls = Falls::default();
        while let Ok(ask) = asked.recv() {
            let went = falls.over(|| match ask {
                Ask::Read(read) => read(self.current()),
                Ask::LetGo { replaced, gone } => {
                    if let Some(connection) = self.connection.take() {
                        open::leave(connection, replaced);
                    }
                    let _ = gone.send(());
                }
            });
            if went == Went::TooOften {
                return;
            }
        }
    }

    fn current(&mut self) -> Result<&mut Connection, StoreError> {
        if self.connection.is_none() && self.settled.load(Ordering::Acquire) {
            let again = open::again(&self.path, &self.options, &self.instance);
            let (connection, hold) = again.ok_or(StoreError::Replaced)?;
            (self.connection, self.hold) = (Some(connection), hold);
            self.swaps.fetch_add(1, Ordering::AcqRel);
        }
        self.connection.as_mut().ok_or(StoreError::Replaced)
    }
}

/// The writer's way to it.
pub struct Lead {
    pub asks: SyncSender<Ask>,
    pub settled: Arc<AtomicBool>,
}

impl Lead {
    /// The reader has closed its connection and opens none until [`Self::go_on`]; an error when it is still reading.
    pub fn let_go(&self, replaced: bool) -> Result<(), StoreError> {
        self.settled.store(false, Ordering::Release);
        let (gone, told) = std::sync::mpsc::sync_channel(1);
        self.asks.try_send(Ask::LetGo { replaced, gone }).map_err(|_| StoreError::Replaced)?;
        told.recv_timeout(LET_GO).map_err(|_| StoreError::Replaced)
    }
    pub fn go_on(&self) {
        self.settled.store(true, Ordering::Release);
    }
}
