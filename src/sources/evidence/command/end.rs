//! A command run to its end, whatever that is, and what was heard of it until then: both outputs, whole lines in the
//! order in which they came, up to a limit past which it is killed.

use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{ChildStderr, ChildStdout};
use tokio::time::{Instant, timeout_at};

use crate::config::value::Span;
use crate::sources::child::{self, Call, Running};
use crate::sources::evidence::OneAtATime;

/// More than this nobody reads: it is killed.
const READ_MAX: usize = 1 << 20;
const CHUNK: usize = 16 << 10;

pub struct Ran {
    pub end: End,
    pub heard: Heard,
    pub took: Duration,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum End {
    Exit(i32),
    /// Not by itself: what became of it.
    Other(String),
}

/// What it wrote.
#[derive(Default)]
pub struct Heard {
    pub stdout: Vec<u8>,
    /// Both outputs, line by line.
    pub all: Vec<u8>,
    pub bytes: usize,
    hash: Sha256,
    /// Of each output the line that has not ended yet.
    begun: [Vec<u8>; 2],
}

const OUT: usize = 0;
const ERR: usize = 1;

pub async fn run(call: &Arc<Call>, limit: Duration, starting: &OneAtATime) -> Ran {
    let began = Instant::now();
    let mut heard = Heard::default();
    let end = match timeout_at(began + limit, start(call, starting)).await {
        Err(_) => End::Other(format!("not started within {}: its disk does not answer", Span(limit).text())),
        Ok(Err(error)) => End::Other(not_started(call, &error)),
        Ok(Ok((mut running, out, err))) => match timeout_at(began + limit, running.end(heard.listen(out, err))).await {
            Err(_) => End::Other(format!("killed after {}", Span(limit).text())),
            Ok((true, _)) => End::Other("killed when it had written 1 MiB".to_owned()),
            Ok((false, Some(Ok(status)))) => ended(status),
            Ok((false, Some(Err(error)))) => End::Other(format!("lost sight of it: {error}")),
            Ok((false, None)) => End::Other("lost sight of it".to_owned()),
        },
    };
    heard.close();
    Ran { end, heard, took: began.elapsed() }
}

/// In a thread that may wait for a disk: this one has others to serve.
async fn start(call: &Arc<Call>, starting: &OneAtATime) -> io::Result<(Running, ChildStdout, ChildStderr)> {
    let turn = starting.turn().ok_or_else(|| io::Error::other("the last start has not come back"))?;
    let call = Arc::clone(call);
    let started = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        child::start(&call)
    });
    started.await.unwrap_or_else(|_| Err(io::Error::other("starting it failed here")))
}

fn ended(status: ExitStatus) -> End {
    match (status.code(), status.signal()) {
        (Some(code), _) => End::Exit(code),
        (None, signal) => End::Other(format!("ended by signal {}", signal.unwrap_or_default())),
    }
}

fn not_started(call: &Call, error: &io::Error) -> String {
    let program = call.program();
    let place = call.cwd.as_ref().map_or_else(String::new, |folder| format!(" in {}", folder.display()));
    format!("cannot be started: {program}{place}: {error}")
}

impl Heard {
    /// Reads both to their ends; true when there was too much.
    async fn listen(&mut self, mut out: ChildStdout, mut err: ChildStderr) -> bool {
        let (mut from_out, mut from_err) = (vec![0; CHUNK], vec![0; CHUNK]);
        let (mut out_open, mut err_open) = (true, true);
        while out_open || err_open {
            // Not by lot: the same output in both pipes is to give the same text.
            let over = tokio::select! {
                biased;
                n = read(&mut out, &mut from_out), if out_open => {
                    out_open = n > 0;
                    self.take(OUT, from_out.get(..n).unwrap_or_default())
                }
                n = read(&mut err, &mut from_err), if err_open => {
                    err_open = n > 0;
                    self.take(ERR, from_err.get(..n).unwrap_or_default())
                }
            };
            if over {
                return true;
            }
        }
        false
    }

    /// True when it does not fit any more; what fits is taken.
    fn take(&mut self, from: usize, bytes: &[u8]) -> bool {
        let left = READ_MAX - self.bytes;
        let over = bytes.len() > left;
        let bytes = bytes.get(..left).unwrap_or(bytes);
        self.bytes += bytes.len();
        if from == OUT {
            self.stdout.extend_from_slice(bytes);
        }
        let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        let (lines, begun) = bytes.split_at_checked(whole).unwrap_or((bytes, &[]));
        if !lines.is_empty() {
            self.put(from, lines);
        }
        if let Some(line) = self.begun.get_mut(from) {
            line.extend_from_slice(begun);
        }
        over
    }

    /// The line that had begun, and what goes on from it.
    fn put(&mut self, from: usize, rest: &[u8]) {
        let begun = self.begun.get_mut(from).map(std::mem::take).unwrap_or_default();
        for bytes in [&begun, rest] {
            self.hash.update(bytes);
            self.all.extend_from_slice(bytes);
        }
    }

    /// Lines without an end count as lines, and one does not run into the other.
    fn close(&mut self) {
        self.put(OUT, &[]);
        let open = self.all.last().is_some_and(|b| *b != b'\n');
        if open && self.begun.get(ERR).is_some_and(|line| !line.is_empty()) {
            self.all.push(b'\n');
        }
        self.put(ERR, &[]);
    }

    /// Over all that was read, in the order of `all`.
    pub fn sha256(&self) -> String {
        self.hash.clone().finalize().iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
    }
}

/// A pipe that cannot be read is as good as closed.
async fn read(from: &mut (impl AsyncRead + Unpin), into: &mut [u8]) -> usize {
    from.read(into).await.unwrap_or(0)
}
