//! The round: one task looks at the clock, starts what is due within the limits, and hands on what was found. It knows
//! no kind of probe and judges nothing. It probes only while told that it holds the lease, and starts out not holding.

mod fleet;
mod limits;
mod plan;
mod stats;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use super::Probe;
use crate::domain::sample::{Sample, ServiceName};
use crate::domain::time::Now;
use fleet::Fleet;

pub use limits::Caps;
pub use stats::PollStats;

/// Never one long sleep: boot time runs on through a suspend, the runtime's timers do not.
const SLEEP_MAX: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub struct Target {
    pub service: ServiceName,
    pub probe: Arc<dyn Probe>,
}

/// The whole current set, replaced at once on a reload.
pub type Targets = Arc<[Target]>;

#[derive(Clone, PartialEq, Debug)]
pub enum PollEvent {
    Sample(Box<Sample>),
    /// A planned slot passed unused: its predecessor was still running, or a limit was reached.
    Skipped {
        service: ServiceName,
    },
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Order {
    /// The lease is ours: probe.
    Resume,
    /// The lease is gone: stop at once, what is in flight included.
    Pause,
    /// A burst at one second apart, beside the planned slots.
    ProbeNow { service: ServiceName, times: u8 },
}

/// The poller's ends of its channels.
pub struct Wiring {
    pub targets: watch::Receiver<Targets>,
    pub orders: mpsc::Receiver<Order>,
    pub out: mpsc::Sender<PollEvent>,
    pub stats: Arc<PollStats>,
    pub caps: Caps,
}

/// Runs until the orders' or the events' other end is gone. A full `out` never holds a slot: events wait in a bounded
/// queue, and what falls out of it is counted.
pub async fn run<C>(wiring: Wiring, clock: C)
where
    C: Fn() -> Now + Send + Sync,
{
    let Wiring { mut targets, mut orders, out, stats, caps } = wiring;
    let mut fleet = Fleet::new(caps, stats);
    fleet.adopt(&targets.borrow_and_update().clone(), clock());
    let mut reloads = true;
    loop {
        let wait = fleet.wait(clock()).map(|due| due.min(SLEEP_MAX));
        tokio::select! {
            biased;
            order = orders.recv() => match order {
                Some(order) => fleet.order(&order, clock()),
                None => return,
            },
            changed = targets.changed(), if reloads => match changed {
                Ok(()) => { let set = targets.borrow_and_update().clone(); fleet.adopt(&set, clock()); }
                Err(_) => reloads = false,
            },
            permit = out.reserve(), if fleet.has_news() => match permit {
                Ok(permit) => fleet.hand_on(permit),
                Err(_) => return,
            },
            () = fleet.progress(&clock) => {}
            () = sleep(wait) => {}
        }
        fleet.start_due(clock());
    }
}

async fn sleep(wait: Option<Duration>) {
    match wait {
        Some(wait) => tokio::time::sleep(wait).await,
        None => std::future::pending().await,
    }
}
