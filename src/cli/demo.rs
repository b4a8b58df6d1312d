//! `demo`: the simulated estate and, over it, a console or a headless worker. Everything lives in a private folder that
//! goes when the demo ends, unless a store was named.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde_json::json;
use tokio::sync::watch;

use super::console::{self, Start};
use super::context::{self, Context};
use super::output::Out;
use crate::config::sections::Notice;
use crate::config::value::Span;
use crate::config::{self, Config};
use crate::demo::fault::{self, Fault};
use crate::demo::{self, Estate, roster};
use crate::domain::alert::Alert;
use crate::domain::journal::Everything;
use crate::engine::Engine;
use crate::runtime::plant::{Limits, Plant, Role};
use crate::runtime::{build, clock, logging};
use crate::store::sqlite::{Create, SqliteStore};
use crate::store::{Store, StoreError};

/// `--plain` waits this long at most for something to be seen.
const SHOWN_WITHIN: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(100);

#[derive(Args, Debug, Clone)]
#[command(after_help = faults_help())]
pub struct Flags {
    /// Same seed, same story
    #[arg(long, default_value_t = 7, value_name = "N")]
    seed: u64,
    /// How much faster than real time, 0.1 to 100
    #[arg(long, default_value_t = 1.0, value_name = "X")]
    speed: f64,
    /// Estate and worker without a screen; first prints the addresses, the config and the store as one JSON line
    #[arg(long, conflicts_with = "plain")]
    headless: bool,
    /// End by itself after this long, as 60s or 10m
    #[arg(long = "for", value_name = "DURATION", value_parser = span)]
    span: Option<Span>,
    /// Start with this fault; may be given several times. The names are below
    #[arg(long = "fault", value_name = "NAME")]
    faults: Vec<Fault>,
    #[command(flatten)]
    console: console::Flags,
}

impl Flags {
    /// With what was said of the console before the command.
    #[must_use]
    pub fn or(self, other: console::Flags) -> Self {
        Self { console: self.console.or(other), ..self }
    }
}

/// Every fault with what it does, from the table that injects them.
fn faults_help() -> String {
    let rows: Vec<(String, &str)> = fault::described().collect();
    let wide = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut text = String::from("Faults:\n");
    for (name, does) in rows {
        text.push_str(&format!("  {name:<wide$}  {does}\n"));
    }
    let services: Vec<&str> = roster::SEVEN.iter().map(|m| m.name).collect();
    text.push_str(&format!("SERVICE is one of {}.", services.join(", ")));
    text
}

fn span(text: &str) -> Result<Span, &'static str> {
    Span::parse(text).ok_or("a span is written like 60s or 10m")
}

impl Default for Flags {
    fn default() -> Self {
        Self {
            seed: 7,
            speed: 1.0,
            headless: false,
            span: None,
            faults: Vec::new(),
            console: console::Flags::default(),
        }
    }
}

pub fn run(context: &Context, flags: &Flags, out: &mut Out) -> anyhow::Result<u8> {
    let span = flags.span.map(|s| s.0);
    let folder = Folder::make()?;
    let store = match context.store.as_ref() {
        Some(_) => context.store_place(None)?.0,
        None => folder.0.join("watchdeck.db"),
    };
    // The estate has threads of its own: a console that is busy must not slow the services it watches.
    let estate_runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let clock = Arc::new(clock::now);
    let options = demo::Options {
        seed: flags.seed,
        speed: flags.speed,
        faults: flags.faults.clone(),
        dir: folder.0.clone(),
        clock,
        program: std::env::current_exe().ok().map(|exe| demo::Program { exe, store: store.clone() }),
    };
    let estate = estate_runtime.block_on(demo::start(options))?;
    let code = match () {
        () if flags.headless => headless(context, &estate, &store, span, out),
        () if flags.console.plain => plain(context, &estate, &store, span, out),
        () => with_console(context, flags, &estate, store, span),
    };
    estate_runtime.block_on(estate.stop());
    estate_runtime.shutdown_background();
    code
}

fn with_console(
    context: &Context,
    flags: &Flags,
    estate: &Estate,
    store: PathBuf,
    span: Option<Duration>,
) -> anyhow::Result<u8> {
    let config = config::load(&estate.config_path, &Context::registry())?;
    if let Some(span) = span {
        end_after(span)?;
    }
    let open = Box::new(move || Ok(SqliteStore::open(&store, Create::IfMissing, context::options(None))?));
    let instead = "`watchdeck demo --plain`";
    let start =
        Start { config, source: None, bell: false, notice: Notice::Off, instead, log: None, keeps_for: None, open };
    console::show(context, flags.console.how, start)
}

/// A demo that was given a time ends as if the terminal's owner had asked for it.
fn end_after(span: Duration) -> std::io::Result<()> {
    std::thread::Builder::new().name("demo-end".into()).spawn(move || {
        std::thread::park_timeout(span);
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TERM);
    })?;
    Ok(())
}

fn headless(
    context: &Context,
    estate: &Estate,
    store: &Path,
    span: Option<Duration>,
    out: &mut Out,
) -> anyhow::Result<u8> {
    logging::to_stderr(&context.log);
    let config = config::load(&estate.config_path, &Context::registry())?;
    let opened = Arc::new(SqliteStore::open(store, Create::IfMissing, context::options(None))?);
    let addresses = json!({
        "config": estate.config_path, "store": format!("sqlite://{}", store.display()), "services": estate.services,
        "stream": estate.stream, "log": estate.log, "control": estate.control,
    });
    out.json("demo", addresses)?;
    std::io::Write::flush(out)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let (end, stop) = watch::channel(false);
        if let Some(span) = span {
            tokio::spawn(async move {
                tokio::time::sleep(span).await;
                let _ = end.send(true);
            });
        } else {
            // Kept open: a dropped sender would read as an order to stop.
            std::mem::forget(end);
        }
        work(context, &config, opened, stop).await
    })
}

async fn work(
    context: &Context,
    config: &Config,
    store: Arc<SqliteStore>,
    stop: watch::Receiver<bool>,
) -> anyhow::Result<u8> {
    let setup = Arc::clone(&config.setup);
    let engine = Engine::new(Arc::clone(&setup), context.operator(&setup), uuid::Uuid::now_v7().as_u128());
    let role = Role { headless: true, limits: Limits::of(&config.worker), setup, estate: build::estate(config)? };
    Ok(crate::runtime::watch::run(engine, Plant::start(store, role), None, stop).await)
}

/// Works until the estate has shown itself, or for as long as was asked, and prints what there is then.
fn plain(
    context: &Context,
    estate: &Estate,
    store: &Path,
    span: Option<Duration>,
    out: &mut Out,
) -> anyhow::Result<u8> {
    let config = config::load(&estate.config_path, &Context::registry())?;
    let opened = Arc::new(SqliteStore::open(store, Create::IfMissing, context::options(None))?);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let all = runtime.block_on(async {
        let (end, stop) = watch::channel(false);
        let looking = async {
            let all = shown(&opened, span).await;
            let _ = end.send(true);
            all
        };
        let (worked, all) = tokio::join!(work(context, &config, Arc::clone(&opened), stop), looking);
        worked?;
        anyhow::Ok(all?)
    })?;
    super::plain::print(context, &config, all, out)
}

/// Every service seen and something open, or the time over: what comes first.
async fn shown(store: &SqliteStore, span: Option<Duration>) -> Result<Everything, StoreError> {
    let begun = clock::now();
    let limit = span.unwrap_or(SHOWN_WITHIN);
    loop {
        let now = clock::now();
        let all = store.everything(now).await?;
        let seen = all.live.services.len() == roster::SEVEN.len() && all.live.services.iter().all(|s| s.last.is_some());
        let told = span.is_none() && seen && all.alerts.iter().any(Alert::unacked);
        if told || now.wall.since(begun.wall) >= limit {
            return Ok(all);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// A folder of this user's alone, with a name nobody can guess, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn make() -> anyhow::Result<Self> {
        let dirs = directories::ProjectDirs::from("", "", "watchdeck");
        let base = dirs.as_ref().map_or_else(std::env::temp_dir, |d| {
            d.runtime_dir().map_or_else(|| d.cache_dir().to_owned(), Path::to_owned)
        });
        context::make_private(&base)?;
        let folder = base.join(format!("demo-{}", uuid::Uuid::now_v7().simple()));
        context::make_private(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
