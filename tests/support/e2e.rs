//! What the tests of the whole binary share: a private folder with a config and a seeded store, the program run in it
//! with an environment of our own making, and waiting with a deadline.
#![allow(dead_code, reason = "each test file takes what it needs")]

use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use watchdeck::domain::alert::{About, Actor, Origin};
use watchdeck::domain::feed::stream_fingerprint;
use watchdeck::domain::ids::OpId;
use watchdeck::domain::journal::{Act, Change, Commit, Lane, Report, Said, Target};
use watchdeck::domain::severity::Severity;
use watchdeck::domain::time::Stamp;
use watchdeck::store::Store;
use watchdeck::store::sqlite::{Create, Options, SqliteStore};

pub const BIN: &str = env!("CARGO_BIN_EXE_watchdeck");
/// For what is to happen, on a machine with better things to do.
pub const PATIENCE: Duration = Duration::from_secs(30);
const PACE: Duration = Duration::from_millis(10);

/// Asks until it holds.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        std::thread::sleep(PACE);
    }
}

pub struct Home {
    dir: tempfile::TempDir,
}

pub struct Answer {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Answer {
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {}{}", self.out, self.err))
    }
    #[track_caller]
    pub fn is(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        self
    }
}

impl Home {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        Self { dir }
    }
    /// With a config that names a store beside it, and that store made; `more` goes into the config.
    pub fn with(more: &str) -> Self {
        let home = Self::new();
        home.configure(more);
        drop(home.open());
        home
    }
    pub fn configure(&self, more: &str) {
        let text = format!("environment = \"test\"\n[store]\nurl = \"{}\"\n{more}\n", self.url());
        self.write("config.toml", &text);
    }
    pub fn path(&self) -> &Path {
        self.dir.path()
    }
    pub fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.file(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path
    }
    pub fn config(&self) -> PathBuf {
        self.file("config.toml")
    }
    pub fn store(&self) -> PathBuf {
        self.file("w.db")
    }
    pub fn url(&self) -> String {
        format!("sqlite://{}", self.store().display())
    }
    pub fn open(&self) -> SqliteStore {
        SqliteStore::open(&self.store(), Create::IfMissing, Options::default()).unwrap()
    }
    /// Raises one alert per title, critical, open; their numbers.
    pub fn raise(&self, titles: &[&str]) -> Vec<String> {
        let store = self.open();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let before = titles.iter().enumerate().map(|(i, title)| raise(&format!("svc-{i}"), title));
        let commit = Commit { lane: Lane::Operator, changes: before.collect(), feed: None };
        let entries = runtime.block_on(store.commit(commit, None)).unwrap();
        let ids = entries.iter().map(|o| match o {
            watchdeck::domain::journal::Outcome::Applied(entry) => entry.alert.unwrap().to_string(),
            other => panic!("{other:?}"),
        });
        ids.collect()
    }

    /// The program in this home, with nothing of the tester's environment.
    pub fn command(&self) -> Command {
        let mut command = Command::new(BIN);
        command.env_clear().env("HOME", self.path()).env("PATH", "/usr/bin:/bin").env("LANG", "C.UTF-8");
        command.current_dir(self.path()).stdin(Stdio::null());
        command
    }
    /// With `--store` alone.
    pub fn on_store(&self, args: &[&str]) -> Answer {
        self.run(&[&["--store", &self.url()], args].concat())
    }
    /// With the config.
    pub fn on_config(&self, args: &[&str]) -> Answer {
        self.run(&[&["--config", &self.config().display().to_string()], args].concat())
    }
    pub fn run(&self, args: &[&str]) -> Answer {
        said(self.command().args(args))
    }
    /// A long-running one; its standard error goes to a file that [`Home::log`] reads.
    pub fn start(&self, name: &str, args: &[&str]) -> Running {
        let log = std::fs::File::create(self.file(name)).unwrap();
        Running(self.command().args(args).stdout(Stdio::null()).stderr(log).spawn().unwrap())
    }
    pub fn log(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name)).unwrap_or_default()
    }
    pub fn status(&self) -> Value {
        self.on_store(&["status", "--json"]).is(0).json()
    }
}

pub fn said(command: &mut Command) -> Answer {
    let done = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("what is printed is UTF-8");
    Answer { code: done.status.code().unwrap_or(-1), out: text(done.stdout), err: text(done.stderr) }
}

fn raise(service: &str, title: &str) -> Change {
    let report = Report {
        // Of a stream: a worker whose config has no such rule would mark it, and a test that counts entries would race it.
        origin: Origin::Stream { name: "events".into() },
        said: Said::Raised,
        severity: Some(Severity::Critical),
        about: About { title: title.into(), service: Some(service.into()), ..About::default() },
        note: "".into(),
    };
    let wall = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis();
    Change {
        op: OpId(uuid::Uuid::now_v7()),
        actor: Actor::Worker("test".into()),
        at: Stamp(i64::try_from(wall).unwrap()),
        target: Target::Fingerprint(stream_fingerprint("events", service)),
        seen: None,
        act: Act::Report(report),
    }
}

/// A child that does not outlive its test.
pub struct Running(pub Child);

impl Running {
    pub fn pid(&self) -> rustix::process::Pid {
        pid(self.0.id())
    }
    pub fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(self.pid(), signal).unwrap();
    }
    /// The exit code of a child that ends by itself.
    pub fn ended(&mut self) -> std::process::ExitStatus {
        let mut status = None;
        until("the program ends", || {
            status = self.0.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap()
    }
    pub fn is_up(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub fn pid(id: u32) -> rustix::process::Pid {
    rustix::process::Pid::from_raw(i32::try_from(id).unwrap()).unwrap()
}

/// `demo --headless`, its first line read; the rest of its output is drained by nobody and comes to nothing.
pub struct Demo {
    pub running: Running,
    pub first: Value,
    pub home: Home,
}

impl Demo {
    pub fn start(args: &[&str]) -> Self {
        let home = Home::new();
        let mut command = home.command();
        command.arg("demo").arg("--headless").args(args);
        let log = std::fs::File::create(home.file("demo.log")).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut out = child.stdout.take().unwrap();
        let running = Running(child);
        let mut line = Vec::new();
        let mut byte = [0_u8];
        while out.read(&mut byte).is_ok_and(|n| n == 1) && byte != *b"\n" {
            line.push(byte[0]);
        }
        let first = serde_json::from_slice(&line).unwrap_or_else(|e| panic!("{e}: {}", home.log("demo.log")));
        Self { running, first, home }
    }
    pub fn run(&self, args: &[&str]) -> Answer {
        self.home.run(&[&["--store", self.first["store"].as_str().unwrap()], args].concat())
    }
}
