//! Hands batches and status on, and holds back: at most four batches are out without their ticket; meanwhile what comes
//! in is coalesced, and when that is full the socket is not read, so that TCP slows the feed down.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::intake::Intake;
use super::{Clock, Feed, StreamEvent};
use crate::domain::feed::FeedBatch;
use crate::domain::live::{FeedCounts, Link, StreamLive};
use crate::domain::text::Clean;
use crate::domain::time::Stamp;

/// Batches handed over and not yet durable.
pub const OUT_MAX: usize = 4;
/// Status goes out this often when only figures changed.
const TELL_EVERY: Duration = Duration::from_secs(1);
/// One alert is journaled about once a second at most: a batch of so many reports is followed by a rest of a millisecond
/// for each, up to a second, in which what a flood says again is folded. A few reports rest no longer than `flush`.
const REST_EACH: Duration = Duration::from_millis(1);
const REST_MAX: Duration = Duration::from_secs(1);
/// Further than any deadline here.
const FAR: Duration = Duration::from_hours(1);

/// The runtime no longer listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone;

pub struct Dispatch {
    pub intake: Intake,
    out: mpsc::Sender<StreamEvent>,
    taken: mpsc::Receiver<u64>,
    clock: Clock,
    /// Tickets that have not come back.
    waiting: Vec<u64>,
    /// Parts of one cut, in order.
    ready: VecDeque<FeedBatch>,
    next_ticket: u64,
    flush: Duration,
    due: Option<Instant>,
    /// The rest after the last batch ends.
    rested: Instant,
    /// Of everything that was cut.
    totals: FeedCounts,
    told: (StreamLive, Instant),
}

impl Dispatch {
    pub fn new(feed: &Feed, out: mpsc::Sender<StreamEvent>, taken: mpsc::Receiver<u64>) -> Self {
        let told = StreamLive {
            name: feed.spec.name.clone(),
            last_event_at: feed.start.last_event_at,
            sequence: feed.start.sequence,
            counts: feed.start.counts,
            ..StreamLive::default()
        };
        Self {
            intake: Intake::new(&feed.spec.name, feed.spec.map.clone(), &feed.start),
            out,
            taken,
            clock: feed.clock.clone(),
            waiting: Vec::new(),
            ready: VecDeque::new(),
            next_ticket: 1,
            flush: feed.spec.tuning.flush.0,
            due: None,
            rested: Instant::now(),
            totals: feed.start.counts,
            told: (told, Instant::now()),
        }
    }

    pub fn wall(&self) -> Stamp {
        (self.clock)().wall
    }
    pub fn may_read(&self) -> bool {
        !self.intake.batch.is_full()
    }
    /// Reading on would be wrong: a batch can go out at once, or nothing more fits in.
    pub fn has_more_to_do(&self) -> bool {
        !self.may_read() || (self.has_room() && (self.intake.batch.is_due() || !self.ready.is_empty()))
    }
    /// When there is something to hand on that may go.
    pub fn due(&self) -> Instant {
        self.due.filter(|_| self.has_room()).unwrap_or_else(|| Instant::now() + FAR)
    }
    fn has_room(&self) -> bool {
        self.waiting.len() < OUT_MAX
    }

    /// The next ticket that comes back.
    pub async fn ticket(&mut self) -> Result<(), Gone> {
        let ticket = self.taken.recv().await.ok_or(Gone)?;
        self.waiting.retain(|out| *out != ticket);
        Ok(())
    }

    /// Sends what is due and has room.
    pub async fn pump(&mut self, now: Instant) -> Result<(), Gone> {
        if self.due.is_none() && !self.intake.batch.is_empty() {
            self.due = Some((now + self.flush).max(self.rested));
        }
        while self.has_room() {
            if self.ready.is_empty() && !self.cut(now) {
                break;
            }
            let Some(mut batch) = self.ready.pop_front() else { break };
            batch.ticket = self.next_ticket;
            self.next_ticket += 1;
            self.waiting.push(batch.ticket);
            self.out.send(StreamEvent::Batch(Box::new(batch))).await.map_err(|_| Gone)?;
        }
        Ok(())
    }

    fn cut(&mut self, now: Instant) -> bool {
        let batch = &self.intake.batch;
        if batch.is_empty() || !(batch.is_due() || self.due.is_some_and(|due| due <= now)) {
            return false;
        }
        let (batch, before, after) = self.intake.cut();
        let reports = u32::try_from(batch.reports()).unwrap_or(u32::MAX);
        self.rested = now + REST_EACH.saturating_mul(reports).min(REST_MAX);
        self.totals.add(&batch.counts);
        self.told.0.last_event_at = batch.last_event_at.or(self.told.0.last_event_at);
        self.ready = batch.into_parts(&self.told.0.name, &before, after);
        self.due = None;
        true
    }

    /// The link changed, or why it is as it is.
    pub async fn say(&mut self, link: Link, detail: &Clean) -> Result<(), Gone> {
        let next = StreamLive { link, detail: detail.clone(), ..self.figures() };
        self.tell(next).await
    }
    /// The figures changed; said at most once a second.
    pub async fn refresh(&mut self, now: Instant) -> Result<(), Gone> {
        if now.duration_since(self.told.1) < TELL_EVERY {
            return Ok(());
        }
        let next = self.figures();
        self.tell(next).await
    }
    async fn tell(&mut self, next: StreamLive) -> Result<(), Gone> {
        if next == self.told.0 {
            return Ok(());
        }
        self.told = (next.clone(), Instant::now());
        self.out.send(StreamEvent::Status(Box::new(next))).await.map_err(|_| Gone)
    }
    fn figures(&self) -> StreamLive {
        let mut counts = self.totals;
        counts.add(&self.intake.batch.counts);
        let known = &self.told.0;
        StreamLive {
            sequence: self.intake.sequence().last(),
            last_event_at: self.intake.batch.last_event_at.or(known.last_event_at),
            counts,
            ..known.clone()
        }
    }

    /// Waits for something else while batches and tickets keep moving.
    pub async fn meanwhile<F: Future>(&mut self, work: F) -> Result<F::Output, Gone> {
        let mut work = pin!(work);
        loop {
            let now = Instant::now();
            self.pump(now).await?;
            let due = self.due().min(now + TELL_EVERY);
            tokio::select! {
                done = &mut work => return Ok(done),
                ticket = self.ticket() => ticket?,
                () = sleep_until(due) => self.refresh(Instant::now()).await?,
            }
        }
    }
}
