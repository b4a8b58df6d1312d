//! `console`: the terminal made ready, the store opened beside the first frame, and everything given back at the end.

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::sync::mpsc;

use super::context::Context;
use super::look::{Wanted, look};
use super::output::Out;
use super::{exit, first_run};
use crate::app::App;
use crate::config::Config;
use crate::config::sections::{Bell, Notice};
use crate::domain::text::Untrusted;
use crate::engine::Engine;
use crate::runtime::console::{Console, Ending, Envelope, Surroundings};
use crate::runtime::kept::{self, Kept};
use crate::runtime::logfile::{self, LogFile};
use crate::runtime::plant::{Limits, Plant, Role, Source};
use crate::runtime::signals::Signals;
use crate::runtime::{build, clock, logging, panics, tty};
use crate::store::sqlite::SqliteStore;
use crate::ui::leaving;
use crate::ui::look::{Keeping, Look};

/// How long the way out waits for the log's last lines.
const LAST_LINES: Duration = Duration::from_millis(200);
/// How long what is under way may take to end.
const LEAVING: Duration = Duration::from_millis(500);

#[derive(Args, Debug, Default, Clone, Copy, PartialEq, Eq)]
#[group(id = "console-flags")]
pub struct Flags {
    /// Print every view as lines of text and end: for screen readers, dumb terminals and pipes
    #[arg(long)]
    pub plain: bool,
    #[command(flatten)]
    pub how: How,
}

impl Flags {
    /// Given before a command as well as after it.
    pub fn or(self, other: Self) -> Self {
        Self { plain: self.plain || other.plain, how: self.how.or(other.how) }
    }
}

/// How a console is drawn; the demo's too.
#[derive(Args, Debug, Default, Clone, Copy, PartialEq, Eq)]
#[group(id = "console-how")]
pub struct How {
    /// For slow lines: a marker instead of a reversed row, no clock
    #[arg(long)]
    low_bandwidth: bool,
    /// ASCII borders and glyphs whatever the locale says
    #[arg(long)]
    ascii: bool,
}

impl How {
    fn or(self, other: Self) -> Self {
        Self { low_bandwidth: self.low_bandwidth || other.low_bandwidth, ascii: self.ascii || other.ascii }
    }
    pub fn wanted(self) -> Wanted {
        Wanted { plain: false, low_bandwidth: self.low_bandwidth, ascii: self.ascii }
    }
}

/// What a console runs on.
pub struct Start {
    pub config: Config,
    pub source: Option<Source>,
    pub bell: bool,
    pub notice: Notice,
    /// What to run where no console can be shown.
    pub instead: &'static str,
    /// The log beside the screen; None keeps it in memory alone.
    pub log: Option<PathBuf>,
    /// The store for which an edited handoff is kept on disk; None keeps it in memory alone.
    pub keeps_for: Option<PathBuf>,
    /// Opens the store; may block, so it runs beside the first frame.
    pub open: Box<dyn FnOnce() -> anyhow::Result<SqliteStore> + Send>,
}

pub fn run(context: &Context, flags: Flags, out: &mut Out) -> anyhow::Result<u8> {
    let Some((path, config)) = context.load()? else { return first_run::run(context, out) };
    if flags.plain {
        return super::plain::run(context, &config, out);
    }
    let (store_path, named) = context.store_place(Some(&config))?;
    let options = super::context::options(Some(&config));
    let keeps_for = Some(store_path.clone());
    let bell = config.console.bell != Bell::Never;
    let notice = config.console.notice;
    let open: Box<dyn FnOnce() -> anyhow::Result<SqliteStore> + Send> =
        Box::new(move || super::context::open_at(&store_path, !named, options));
    let source = Some(Source::new(path, Context::registry(), &config));
    let instead = "`watchdeck --plain` or `watchdeck status`";
    show(context, flags.how, Start { config, source, bell, notice, instead, log: logfile::place(), keeps_for, open })
}

/// Runs a console to its end; the exit code.
pub fn show(context: &Context, how: How, start: Start) -> anyhow::Result<u8> {
    let estate = build::estate(&start.config)?;
    let setup = Arc::clone(&start.config.setup);
    let me = context.operator(&setup);
    let engine = Engine::new(Arc::clone(&setup), me, uuid::Uuid::now_v7().as_u128());
    let (log, place) = open_log(start.log.as_deref());
    let file = start.keeps_for.as_deref().filter(|_| log.is_some());
    let file = file.and_then(|store| kept::place(store, engine.model.me.name.as_str()));
    let kept = file.clone().and_then(|file| Kept::start(file).ok());
    let keeping = if kept.is_some() { Keeping::Disk } else { Keeping::Memory };
    let look = Look { log: place, keeping, ..look(Some(&start.config), how.wanted()) };
    let mut app = App::new(engine, look)?;
    restore(&mut app, file.as_deref());
    logging::to_screen(&context.log, log.clone());
    tty::restore_on_panic();
    tty::check(start.instead)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    // Signals are heard from before the first mode is set: none may end the program with the terminal still changed.
    let signals = runtime.block_on(async { Signals::listen_console() });
    let mut screen = tty::Tty::open()?;
    if start.config.console.mouse {
        app.ui.mouse = true;
        screen.mouse(true);
    }
    let (send, inputs) = mpsc::channel(1024);
    tty::read_input(send)?;
    let redraws = start.config.console.redraws;
    let limits = Limits::of(&start.config.worker);
    let console = async {
        let plant = tokio::spawn(async move {
            let opened = tokio::task::spawn_blocking(start.open).await;
            let store = opened.map_err(anyhow::Error::from)??;
            Ok(Plant::start(Arc::new(store), Role { headless: false, limits, setup, estate }))
        });
        let around = Surroundings {
            inputs,
            plant,
            source: start.source,
            bell: start.bell,
            redraws,
            signals: Some(signals),
            envelope: envelope(),
            kept: kept.clone(),
        };
        let (ending, app) = Console::new(app, &mut screen, around).with_notice(start.notice).run().await;
        (ending, leaving::last_words(&app.engine.model, clock::now().wall))
    };
    let ending = std::panic::catch_unwind(AssertUnwindSafe(|| runtime.block_on(console)));
    drop(screen);
    // What still waits (a blocked write, a probe) must not hold up the way out, not even that of a panic, whose message
    // the hook has printed; but whoever runs a program gets the time to kill it.
    runtime.shutdown_timeout(LEAVING);
    if let Some(log) = log {
        log.flush(LAST_LINES);
    }
    if let Some(Err(why)) = kept.map(|kept| kept.finish(LAST_LINES)) {
        super::output::remark(&format!("the handoff you edited could NOT be kept: {why}"));
    }
    let Ok((ending, last_words)) = ending else { return Ok(exit::FAILED) };
    if let Some(words) = last_words {
        super::output::remark(&words);
    }
    Ok(said(ending))
}

/// The handoff that was edited here before and not offered.
fn restore(app: &mut App, file: Option<&Path>) {
    match file.map(kept::read) {
        Some(Ok(Some((text, at)))) => app.restore(&text, at, clock::now()),
        Some(Err(why)) => tracing::warn!(target: "handoff", "the edited handoff could not be read: {why}"),
        _ => {}
    }
}

/// The log's file and where it is; without one the screen still has the lines, and says why.
fn open_log(path: Option<&Path>) -> (Option<LogFile>, String) {
    let Some(path) = path else { return (None, "in memory only".to_owned()) };
    let made = path.parent().map_or(Ok(()), super::context::make_private);
    let shown = crate::config::file::shown(path);
    match made.and_then(|()| Ok(LogFile::start(path)?)) {
        Ok(file) => (Some(file), shown),
        Err(why) => (None, format!("in memory only: {shown}: {}", Untrusted::new(why.to_string()).clean())),
    }
}

fn said(ending: Ending) -> u8 {
    match ending {
        Ending::Quit | Ending::Signal => exit::DONE,
        // Perhaps the terminal did not go, but who reads it or paints on it.
        Ending::Gone => panics::said(&["terminal", "input"]).map_or(exit::DONE, |why| {
            super::output::complain(&anyhow::anyhow!("the console's own thread died: {why}"))
        }),
        Ending::Store(error) => super::output::complain(&error),
        Ending::Fatal(why) => super::output::complain(&anyhow::anyhow!("{why}")),
    }
}

fn envelope() -> Envelope {
    let set = |name: &str| std::env::var_os(name).is_some_and(|v| !v.is_empty());
    match () {
        () if set("TMUX") => Envelope::Tmux,
        () if set("STY") => Envelope::Screen,
        () => Envelope::None,
    }
}

/// Where a user's own config would be.
pub fn user_config() -> Option<PathBuf> {
    crate::config::file::user_path()
}
