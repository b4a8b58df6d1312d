//! Signals, as things the loop hears. crossterm handles none but SIGWINCH, and not even that reliably once its reader
//! is blocked: all of them are heard here.

use tokio::signal::unix::{Signal, SignalKind, signal};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Heard {
    /// End in order; `hangup` when the terminal is gone with it.
    End {
        hangup: bool,
    },
    /// SIGHUP to a headless worker: read the config again.
    Reload,
    Resize,
    Suspend,
    Continue,
}

pub struct Signals {
    term: Option<Signal>,
    int: Option<Signal>,
    quit: Option<Signal>,
    hup: Option<Signal>,
    winch: Option<Signal>,
    tstp: Option<Signal>,
    cont: Option<Signal>,
    console: bool,
}

impl Signals {
    /// For a process without a terminal: SIGHUP reloads.
    pub fn listen() -> Self {
        let on = |kind| signal(kind).ok();
        Self {
            term: on(SignalKind::terminate()),
            int: on(SignalKind::interrupt()),
            quit: on(SignalKind::quit()),
            hup: on(SignalKind::hangup()),
            winch: None,
            tstp: None,
            cont: None,
            console: false,
        }
    }
    /// For a console: SIGHUP ends, sizes and job control are heard.
    pub fn listen_console() -> Self {
        let on = |kind| signal(kind).ok();
        Self {
            winch: on(SignalKind::window_change()),
            tstp: on(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw())),
            cont: on(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw())),
            console: true,
            ..Self::listen()
        }
    }

    pub async fn next(&mut self) -> Heard {
        tokio::select! {
            () = heard(&mut self.term) => Heard::End { hangup: false },
            () = heard(&mut self.int) => Heard::End { hangup: false },
            () = heard(&mut self.quit) => Heard::End { hangup: false },
            () = heard(&mut self.hup) => if self.console { Heard::End { hangup: true } } else { Heard::Reload },
            () = heard(&mut self.winch) => Heard::Resize,
            () = heard(&mut self.tstp) => Heard::Suspend,
            () = heard(&mut self.cont) => Heard::Continue,
        }
    }
}

async fn heard(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

/// The next signal; never, in a process that hears none.
pub async fn of(signals: &mut Option<Signals>) -> Heard {
    match signals {
        Some(signals) => signals.next().await,
        None => std::future::pending().await,
    }
}
