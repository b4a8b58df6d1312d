//! The socket under hyper, with two duties hyper has not: it stamps the last byte out and the first byte in, and it
//! cuts a flood of interim answers, which would otherwise be bounded by the deadline alone.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::sources::probe::meter::Stopwatch;

/// Bytes read before the final head is known: one head of at most 64 KiB, what a last read brought along, and no flood.
const BEFORE_HEAD_MAX: u32 = 160 * 1024;
const NEVER: u32 = u32::MAX;

/// Shared by the socket and the probe that owns it; one task touches it, atomics only make that provable.
pub struct Gauge {
    watch: Stopwatch,
    wrote: AtomicU32,
    first: AtomicU32,
    before_head: AtomicU32,
    headed: AtomicBool,
}

impl Gauge {
    pub fn new(watch: Stopwatch) -> Self {
        let [wrote, first, before_head] = [NEVER, NEVER, 0].map(AtomicU32::new);
        Self { watch, wrote, first, before_head, headed: AtomicBool::new(false) }
    }
    /// The final head is here: from now on the body's own limit holds.
    pub fn headed(&self) {
        self.headed.store(true, Relaxed);
    }
    pub fn flooded(&self) -> bool {
        self.before_head.load(Relaxed) > BEFORE_HEAD_MAX
    }
    /// From the last byte out to the first byte in, and when that was.
    pub fn wait(&self) -> Option<(u32, u32)> {
        let (wrote, first) = (self.wrote.load(Relaxed), self.first.load(Relaxed));
        (wrote != NEVER && first != NEVER).then(|| (first.saturating_sub(wrote), first))
    }
    fn read(&self, bytes: usize) -> io::Result<()> {
        if self.headed.load(Relaxed) || bytes == 0 {
            return Ok(());
        }
        if self.first.load(Relaxed) == NEVER {
            self.first.store(self.watch.us(), Relaxed);
        }
        let sum = self.before_head.load(Relaxed).saturating_add(u32::try_from(bytes).unwrap_or(NEVER));
        self.before_head.store(sum, Relaxed);
        if self.flooded() { Err(io::Error::other("too much before the answer's head")) } else { Ok(()) }
    }
    fn wrote(&self, result: &Poll<io::Result<usize>>) {
        if matches!(result, Poll::Ready(Ok(n)) if *n > 0) && self.first.load(Relaxed) == NEVER {
            self.wrote.store(self.watch.us(), Relaxed);
        }
    }
}

pub struct Wire<'g, S> {
    pub stream: S,
    pub gauge: &'g Gauge,
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<'_, S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(cx, buf);
        if matches!(result, Poll::Ready(Ok(()))) {
            return Poll::Ready(self.gauge.read(buf.filled().len() - before));
        }
        result
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<'_, S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.gauge.wrote(&result);
        result
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
