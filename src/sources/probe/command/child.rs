//! A plugin's program run to its end with capped output: what it says on stdout counts, stderr is read so that it does
//! not hang on a full pipe. Starting and killing are `sources::child`'s.

use std::os::unix::process::ExitStatusExt;
use std::pin::pin;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{ChildStderr, ChildStdout};

use crate::domain::sample::FailKind;
use crate::sources::child::{self, Call};
use crate::sources::probe::observation::Failure;

pub const STDOUT_MAX: usize = 64 * 1024;
const STDERR_MAX: u64 = 4 * 1024;
const STDERR_READ_MAX: u64 = 1024 * 1024;

pub struct Ended {
    pub code: Option<i32>,
    pub signal: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

pub async fn run(call: &Call) -> Result<Ended, Failure> {
    let (mut running, stdout, stderr) =
        child::start(call).map_err(|error| Failure::local(format!("cannot start {}: {error}", call.program())))?;
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let (over, status) = running.end(collect(stdout, stderr, &mut out, &mut err)).await;
    match status {
        _ if over => Err(Failure::failed(FailKind::Size, "output over 64 KiB, killed")),
        Some(Ok(status)) => Ok(Ended { code: status.code(), signal: status.signal(), stdout: out, stderr: err }),
        Some(Err(error)) => Err(Failure::local(format!("lost sight of the program: {error}"))),
        None => Err(Failure::local("lost sight of the program")),
    }
}

/// Reads both pipes to their ends; true as soon as stdout is over its limit, whatever stderr does.
async fn collect(stdout: ChildStdout, stderr: ChildStderr, out: &mut Vec<u8>, err: &mut Vec<u8>) -> bool {
    let mut wanted = pin!(fill(stdout, out, STDOUT_MAX));
    let mut aside = pin!(drain(stderr, err));
    tokio::select! {
        over = &mut wanted => { if !over { aside.await; } over }
        () = &mut aside => wanted.await,
    }
}

/// Reads to the end or the limit; true when there was more.
async fn fill(from: impl AsyncRead + Unpin, into: &mut Vec<u8>, max: usize) -> bool {
    let _ = from.take(max as u64 + 1).read_to_end(into).await;
    into.len() > max
}

/// Keeps the beginning and reads on for a while, so that a chatty plugin does not hang on a full pipe.
async fn drain(mut from: ChildStderr, into: &mut Vec<u8>) {
    let _ = (&mut from).take(STDERR_MAX).read_to_end(into).await;
    let _ = tokio::io::copy(&mut from.take(STDERR_READ_MAX), &mut tokio::io::sink()).await;
}
