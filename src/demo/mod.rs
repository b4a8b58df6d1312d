//! A simulated estate on loopback, from one seed and in this process: seven real HTTP services (`services`), a real
//! WebSocket feed (`feed`), a log that is really written (`log`), a pager that takes pages (`pager`), faults by name
//! (`fault`, `control`) and a story that keeps it lively (`story`, `narrator`). It also writes the config that watches
//! it. Not its job: watching. It knows nothing of engine, store or console, and ends when its [`Estate`] is dropped.

mod certs;
mod config;
mod control;
mod door;
pub mod fault;
mod feed;
mod health;
mod lists;
mod load;
mod log;
mod narrator;
mod pager;
mod rng;
pub mod roster;
mod services;
pub mod story;
mod web;
mod world;

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinSet;

pub use self::fault::{Fault, UnknownFault};
pub use self::lists::Program;
use crate::domain::time::Now;

/// The time, handed in, so that tests can hold it.
pub type Clock = Arc<dyn Fn() -> Now + Send + Sync>;

#[derive(Clone)]
pub struct Options {
    pub seed: u64,
    /// How much faster than real time things happen, 0.1 to 100.
    pub speed: f64,
    /// In force from the start.
    pub faults: Vec<Fault>,
    /// A private folder, made by the caller: config, signing secret, CA and access log are written there.
    pub dir: PathBuf,
    pub clock: Clock,
    /// What the checklists' commands run; None leaves them to the person.
    pub program: Option<Program>,
}

#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error("the demo's speed is 0.1 to 100, not {0}")]
    Speed(f64),
    #[error("cannot open a port on 127.0.0.1: {0}")]
    Port(#[source] io::Error),
    #[error("cannot write {}: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Certificates(#[from] certs::CertError),
    #[error(transparent)]
    Story(#[from] story::BadStory),
}

/// A running estate. It lives as long as this value.
#[derive(Debug)]
pub struct Estate {
    pub config_text: String,
    /// `config.toml` in the folder, mode 0600.
    pub config_path: PathBuf,
    /// URLs of the seven services.
    pub services: Vec<String>,
    /// `ws://…` of the feed.
    pub stream: String,
    /// The access log.
    pub log: PathBuf,
    /// `http://…` of the control address.
    pub control: String,
    tasks: JoinSet<()>,
}

impl Estate {
    /// Ends every server; dropping does the same without waiting.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}

/// Starts everything; returns when all ports are open and the config is written.
pub async fn start(options: Options) -> Result<Estate, DemoError> {
    if !(0.1..=100.0).contains(&options.speed) {
        return Err(DemoError::Speed(options.speed));
    }
    let (world, dir) = (Arc::new(world::World::new(&options)), options.dir);
    let hub = feed::Hub::new(Arc::clone(&world));
    let pager = pager::Pager::new(options.seed);
    let (tls, ca) = certs::Tls::make(world.now().wall)?;
    let doors = Doors::open().await?;
    let files = Files::write(&dir, &ca, &pager.secret())?;
    let config_path = dir.join("config.toml");
    let lists = files.lists.section(options.program.as_ref(), &config_path);
    let config_text = config::text(&doors.addresses(&files, &lists), options.speed);
    write(&config_path, &config_text)?;
    let (access, access_log) = log::open(files.log.clone()).map_err(unwritten(&files.log))?;
    let plan = story::Story::shipped()?.plan(options.seed);

    let mut tasks = JoinSet::new();
    let Doors { services, stream, control, urls, stream_url, control_url } = doors;
    for (member, listener) in roster::SEVEN.iter().zip(services) {
        let shop = services::Shop::new(member, Arc::clone(&world), access.clone(), member.tls.then(|| tls.clone()));
        tasks.spawn(shop.run(listener));
    }
    tasks.spawn(feed::run(Arc::clone(&world), Arc::clone(&hub), stream));
    tasks.spawn(narrator::run(Arc::clone(&world), Arc::clone(&hub), plan));
    tasks.spawn(access_log.run(Arc::clone(&world)));
    tasks.spawn(Arc::new(control::Control { world, hub, pager }).run(control));
    Ok(Estate {
        config_text,
        config_path,
        services: urls,
        stream: stream_url,
        log: files.log,
        control: control_url,
        tasks,
    })
}

/// Every port of the estate, open and not yet served.
struct Doors {
    services: Vec<TcpListener>,
    stream: TcpListener,
    control: TcpListener,
    urls: Vec<String>,
    stream_url: String,
    control_url: String,
}

impl Doors {
    async fn open() -> Result<Self, DemoError> {
        let (mut services, mut urls) = (Vec::new(), Vec::new());
        for member in &roster::SEVEN {
            let (listener, at) = door().await?;
            let scheme = if member.tls { "https" } else { "http" };
            urls.push(format!("{scheme}://{at}{}", member.path));
            services.push(listener);
        }
        let ((stream, stream_at), (control, control_at)) = (door().await?, door().await?);
        let (stream_url, control_url) = (format!("ws://{stream_at}/events"), format!("http://{control_at}"));
        Ok(Self { services, stream, control, urls, stream_url, control_url })
    }
    fn addresses<'a>(&'a self, files: &'a Files, lists: &'a str) -> config::Addresses<'a> {
        config::Addresses {
            services: &self.urls,
            stream: &self.stream_url,
            control: &self.control_url,
            ca: &files.ca,
            secret: &files.secret,
            lists,
        }
    }
}

async fn door() -> Result<(TcpListener, String), DemoError> {
    let listener = door::open().await.map_err(DemoError::Port)?;
    let at = listener.local_addr().map_err(DemoError::Port)?.to_string();
    Ok((listener, at))
}

/// What lies in the folder beside the config.
struct Files {
    ca: PathBuf,
    secret: PathBuf,
    log: PathBuf,
    lists: lists::Lists,
}

impl Files {
    fn write(dir: &Path, ca: &str, secret: &str) -> Result<Self, DemoError> {
        let lists = lists::Lists::write(dir, write)?;
        let (ca_path, log) = (dir.join("ca.pem"), dir.join("access.log"));
        let files = Self { ca: ca_path, secret: dir.join("page.secret"), log, lists };
        write(&files.ca, ca)?;
        write(&files.secret, secret)?;
        Ok(files)
    }
}

/// For nobody else to read, also when an older run left the file behind.
fn write(path: &Path, text: &str) -> Result<(), DemoError> {
    let put = || {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
        file.set_permissions(PermissionsExt::from_mode(0o600))?;
        file.write_all(text.as_bytes())
    };
    put().map_err(unwritten(path))
}

fn unwritten(path: &Path) -> impl FnOnce(io::Error) -> DemoError {
    move |source| DemoError::Write { path: path.to_owned(), source }
}
