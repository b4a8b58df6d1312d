//! The only place that wires: clocks, the store, the lease, the poller, the streams, delivery, the terminal and signals.
//! Everything that decides is elsewhere and pure; what is here moves events in and effects out.

pub mod build;
pub mod clock;
pub mod console;
pub mod documents;
mod encode;
mod follow;
pub mod hands;
pub mod kept;
pub mod logfile;
pub mod logging;
pub mod notify_systemd;
mod osc;
mod pages;
pub mod panics;
mod parking;
pub mod plant;
pub mod screen;
pub mod signals;
pub mod tty;
pub mod watch;
pub mod worker;
