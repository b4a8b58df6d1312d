//! One request and its whole answer over a connected stream. Hyper's connection is driven in place, beside the
//! request: no task is spawned, so dropping the probe drops the socket.

use std::error::Error as _;
use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use http_body_util::Full;
use hyper::body::{Body, Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::{HeaderMap, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::body::Intake;
use super::wire::{Gauge, Wire};
use crate::domain::sample::{FailKind, Outcome};
use crate::sources::probe::meter::{Stage, Trace};
use crate::sources::probe::observation::Failure;

/// All headers of an answer, bytes. Their number is bounded by hyper at 100.
const HEAD_MAX: usize = 64 * 1024;

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// Decompressed; None when its encoding is not one we read.
    pub body: Option<Vec<u8>>,
}

type Connection<'g, S> = http1::Connection<TokioIo<Wire<'g, S>>, Full<Bytes>>;

/// Hyper's connection, polled beside whatever waits for it; a finished one is not polled again.
struct Driven<C> {
    connection: C,
    done: bool,
}

impl<C: Future + Unpin> Driven<C> {
    fn drive(&mut self, cx: &mut Context<'_>) {
        if !self.done {
            self.done = Pin::new(&mut self.connection).poll(cx).is_ready();
        }
    }
    /// Polls `wanted`, gives the connection a turn, and polls again: what the turn brought is taken at once.
    fn beside<T>(&mut self, cx: &mut Context<'_>, mut wanted: impl FnMut(&mut Context<'_>) -> Poll<T>) -> Poll<T> {
        if let ready @ Poll::Ready(_) = wanted(cx) {
            return ready;
        }
        self.drive(cx);
        wanted(cx)
    }
}

/// Sends `request` and reads the answer to its end, within the limits.
pub async fn run<S>(
    stream: S,
    request: Request<Full<Bytes>>,
    max_body: usize,
    trace: &mut Trace,
) -> Result<Answer, Failure>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    trace.stage = Stage::Wait;
    let gauge = Gauge::new(trace.watch);
    let result = converse(Wire { stream, gauge: &gauge }, request, max_body, trace).await;
    if gauge.flooded() {
        return Err(Failure::failed(FailKind::Size, "too many interim answers (1xx)"));
    }
    result
}

async fn converse<S>(
    wire: Wire<'_, S>,
    request: Request<Full<Bytes>>,
    max_body: usize,
    trace: &mut Trace,
) -> Result<Answer, Failure>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let gauge = wire.gauge;
    let began = trace.watch.us();
    let made = http1::Builder::new().max_buf_size(HEAD_MAX).handshake(TokioIo::new(wire)).await;
    let (mut sender, connection): (_, Connection<'_, S>) = made.map_err(|e| explain(&e, false))?;
    let mut driven = Driven { connection, done: false };
    let mut asked = pin!(sender.send_request(request));
    let response = std::future::poll_fn(|cx| driven.beside(cx, |cx| asked.as_mut().poll(cx))).await;
    let (wait, first) = gauge.wait().unwrap_or((trace.watch.us() - began, trace.watch.us()));
    trace.phases.wait_us = Some(wait);
    let response = response.map_err(|e| explain(&e, false))?;
    gauge.headed();
    trace.stage = Stage::Body;
    let answer = read(response, max_body, &mut driven).await;
    trace.phases.body_us = Some(trace.watch.us().saturating_sub(first));
    answer
}

async fn read<C>(response: Response<Incoming>, max_body: usize, driven: &mut Driven<C>) -> Result<Answer, Failure>
where
    C: Future + Unpin,
{
    let (head, mut body) = response.into_parts();
    let mut intake = Intake::new(&head.headers, max_body);
    loop {
        let frame = std::future::poll_fn(|cx| driven.beside(cx, |cx| Pin::new(&mut body).poll_frame(cx))).await;
        match frame {
            None => break,
            Some(Err(error)) => return Err(explain(&error, true)),
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    intake.take(&data)?;
                }
            }
        }
    }
    Ok(Answer { status: head.status, headers: head.headers, body: intake.finish()? })
}

/// Hyper's error in our words; `answered` when the head had come.
fn explain(error: &hyper::Error, answered: bool) -> Failure {
    let outcome = if answered { Outcome::Failed } else { Outcome::Unreachable };
    if error.is_parse_too_large() {
        return Failure::failed(FailKind::Size, "headers over 64 KiB, or more than 100");
    }
    if error.is_parse() {
        let what = if error.is_parse_version_h2() { "the answer is HTTP/2" } else { "the answer is not HTTP/1" };
        return Failure::failed(FailKind::Protocol, what);
    }
    if error.is_incomplete_message() && !answered {
        return Failure::unreachable(FailKind::Reset, "closed without an answer");
    }
    let mut source = error.source();
    while let Some(inner) = source {
        if let Some(io) = inner.downcast_ref::<io::Error>() {
            return match io.kind() {
                io::ErrorKind::UnexpectedEof if answered => cut_short(),
                io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                    Failure::failed(FailKind::Protocol, format!("broken answer: {io}"))
                }
                _ => Failure::of_io(io, outcome),
            };
        }
        source = inner.source();
    }
    if answered { cut_short() } else { Failure::new(outcome, FailKind::Protocol, error.to_string()) }
}

fn cut_short() -> Failure {
    Failure::failed(FailKind::Protocol, "the body ended before its announced length")
}
