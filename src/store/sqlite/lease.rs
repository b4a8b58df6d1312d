//! The lease row: who works. Expiry is counted on boot time, which no clock step can move; a lease taken in another
//! boot has expired. Every taking raises the epoch, and every machine change checks it, so a sleeper wakes powerless.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use crate::domain::live::Lease;
use crate::domain::text::Clean;
use crate::domain::time::{Now, Stamp, ms};
use crate::store::{LeaseAnswer, LeaseWish};

/// How long a headless worker's wish to take over stands; it repeats it at every try.
const WANTED_MS: i64 = 20_000;

struct Held {
    lease: Lease,
    boot: String,
    wanted_boot: i64,
}

fn held(c: &Connection, boot: &str, now: Now) -> rusqlite::Result<Option<Held>> {
    let sql = "SELECT owner, epoch, boot, expires_boot, renewed_at, headless, config, wanted_boot FROM lease";
    c.prepare_cached(sql)?
        .query_row([], |r| {
            let owner: String = r.get(0)?;
            let held_in: String = r.get(2)?;
            let expires: i64 = r.get(3)?;
            // Another boot: its holder cannot be running.
            let left_ms = if held_in == boot { expires - now.boot_ms } else { -1 };
            Ok(Held {
                lease: Lease {
                    owner: Clean::from(owner),
                    epoch: r.get(1)?,
                    left_ms,
                    renewed_at: Stamp(r.get(4)?),
                    headless: r.get(5)?,
                    config_hash: r.get(6)?,
                },
                boot: held_in,
                wanted_boot: r.get(7)?,
            })
        })
        .optional()
}

pub fn read(c: &Connection, boot: &str, now: Now) -> rusqlite::Result<Option<Lease>> {
    Ok(held(c, boot, now)?.map(|h| h.lease))
}

/// Takes, renews or gives back. A renewal needs the epoch it renews.
pub fn wish(c: &mut Connection, boot: &str, wish: &LeaseWish) -> rusqlite::Result<LeaseAnswer> {
    let tx = c.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let row = held(&tx, boot, wish.now)?;
    let mine = row.as_ref().is_some_and(|h| Some(h.lease.epoch) == wish.epoch && h.boot == boot);
    let free = row.as_ref().is_none_or(|h| !h.lease.alive());
    let wanted = row.as_ref().is_some_and(|h| h.boot == boot && h.wanted_boot > wish.now.boot_ms);
    // While a headless worker asks for a free lease, consoles leave it alone.
    let may_take = wish.epoch.is_none() && free && (wish.headless || !wanted);
    let answer = if mine || may_take {
        let epoch = row.as_ref().map_or(0, |h| h.lease.epoch) + i64::from(!mine);
        let left_ms = if wish.release { 0 } else { ms(wish.ttl) };
        let wanted_boot = match &row {
            Some(h) if !wish.headless => h.wanted_boot,
            _ => 0,
        };
        tx.prepare_cached("INSERT OR REPLACE INTO lease VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?.execute(
            params![
                wish.owner.as_str(),
                epoch,
                boot,
                wish.now.boot_ms + left_ms,
                wish.now.wall.0,
                wish.headless,
                wish.config_hash,
                wanted_boot
            ],
        )?;
        let lease = Lease {
            owner: wish.owner.clone(),
            epoch,
            left_ms,
            renewed_at: wish.now.wall,
            config_hash: wish.config_hash.clone(),
            headless: wish.headless,
        };
        LeaseAnswer { lease, mine: !wish.release, wanted }
    } else {
        if wish.headless && row.as_ref().is_some_and(|h| !h.lease.headless) {
            tx.execute("UPDATE lease SET wanted_boot = ?1", [wish.now.boot_ms + WANTED_MS])?;
        }
        LeaseAnswer { lease: row.map(|h| h.lease).unwrap_or_default(), mine: false, wanted }
    };
    tx.commit()?;
    Ok(answer)
}
