//! Keeps one stream connected for as long as the runtime listens: connect, live, wait, again. Position and counts live
//! here across links. Only the lease holder may run it; that is the runtime's business.

use std::convert::Infallible;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use super::backoff::Backoff;
use super::connect::{Offer, connect};
use super::dispatch::{Dispatch, Gone};
use super::refusal::Mends;
use super::session::live;
use super::{Feed, StreamEvent};
use crate::domain::live::Link;
use crate::domain::text::Clean;

/// Runs until `out` or `taken` is closed. Every batch's ticket must come back through `taken` once the batch is durable:
/// with four of them out, no more are sent. `taken` holds at most four at a time.
pub async fn run(feed: Feed, out: mpsc::Sender<StreamEvent>, taken: mpsc::Receiver<u64>) {
    let mut dispatch = Dispatch::new(&feed, out, taken);
    // On the heap: with two TLS handshakes inside, it is too large to be moved about.
    let Err(Gone) = Box::pin(keep(&feed, &mut dispatch)).await;
}

async fn keep(feed: &Feed, dispatch: &mut Dispatch) -> Result<Infallible, Gone> {
    let tuning = &feed.spec.tuning;
    let mut backoff = Backoff::new(tuning.backoff_min.0, tuning.backoff_max.0, feed.seed);
    let offer = Offer::default();
    let mut detail = Clean::default();
    loop {
        dispatch.say(Link::Connecting, &detail).await?;
        let ended = match dispatch.meanwhile(Box::pin(connect(feed, &offer))).await? {
            Ok(socket) => {
                let since = Instant::now();
                let ended = live(feed, dispatch, socket, offer.remark()).await?;
                if since.elapsed() >= tuning.healthy_after.0 {
                    backoff.reset();
                }
                ended
            }
            Err(ended) => ended,
        };
        let refused = ended.mends == Mends::Person;
        let wait =
            if refused || ended.retry_after.is_some() { backoff.slow(ended.retry_after) } else { backoff.wait() };
        let at = dispatch.wall() + wait;
        detail = ended.why;
        let link = if refused { Link::Refused { at } } else { Link::Reconnecting { at } };
        dispatch.say(link, &detail).await?;
        dispatch.meanwhile(sleep(wait)).await?;
    }
}
