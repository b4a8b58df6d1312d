//! Delivery: due pages claimed in a short transaction, handed over outside it, their outcome journaled under the same
//! lease. A crash in between sends again, with the same key.

use std::sync::Arc;

use futures_util::future::join_all;

use super::clock;
use super::hands::Hands;
use crate::domain::alert::Actor;
use crate::domain::ids::OpId;
use crate::domain::journal::{Act, Change, Commit, Delivery, DeliveryOutcome, Lane, Target};
use crate::domain::outbox::{ATTEMPTS_MAX, Attempt, back_off};
use crate::domain::text::Clean;
use crate::store::ClaimedPage;

/// Pages claimed at once.
const CLAIM: usize = 16;

pub async fn deliver(hands: &Hands) {
    let Some(epoch) = hands.mine() else { return };
    let claimed = match hands.store.claim_pages(epoch, clock::now().wall, CLAIM).await {
        Ok(claimed) => claimed,
        Err(error) => {
            tracing::warn!(target: "outbox", "pages could not be claimed: {error}");
            return;
        }
    };
    let changes: Vec<Change> = join_all(claimed.into_iter().map(|page| one(hands, page))).await;
    if changes.is_empty() {
        return;
    }
    let commit = Commit { lane: Lane::Machine, changes, feed: None };
    if let Err(error) = hands.store.commit(commit, Some(epoch)).await {
        // The claims lapse, and the pages go out again under the same keys.
        tracing::error!(target: "outbox", "receipts could not be written: {error}");
    }
}

async fn one(hands: &Hands, page: ClaimedPage) -> Change {
    let ClaimedPage { row, mut notice } = page;
    notice.environment.clone_from(&hands.environment.get());
    let channel = hands.channels.get().get(&row.channel).map(Arc::clone);
    let attempt = match channel {
        Some(channel) => channel.send(&notice).await,
        None => Attempt::Dead(Clean::from(format!("the config has no channel {}", row.channel))),
    };
    let now = clock::now();
    let tries = notice.attempt;
    let (outcome, detail) = match attempt {
        Attempt::Sent(receipt) => (DeliveryOutcome::Sent, receipt),
        Attempt::Dead(why) => (DeliveryOutcome::Dead, why),
        Attempt::Retry { why, .. } if tries >= ATTEMPTS_MAX => (DeliveryOutcome::Dead, why),
        Attempt::Retry { why, after } => {
            (DeliveryOutcome::Retry { at: now.wall + back_off(tries, after, random()) }, why)
        }
    };
    tracing::info!(target: "outbox", "page {} about {} by {}: {outcome:?}, {detail}", row.id, row.alert, row.channel);
    let delivery = Delivery { outbox: row.id, channel: row.channel, attempt: tries, outcome, detail };
    Change {
        op: OpId(uuid::Uuid::now_v7()),
        actor: Actor::Worker(Clean::from(super::worker::owner_name())),
        at: now.wall,
        target: Target::Alert(row.alert),
        seen: None,
        act: Act::Delivered(delivery),
    }
}

/// Uniform in 0..1, from a fresh id's random bits.
fn random() -> f64 {
    f64::from(uuid::Uuid::new_v7(uuid::Timestamp::now(uuid::NoContext)).as_u128() as u32) / f64::from(u32::MAX)
}
