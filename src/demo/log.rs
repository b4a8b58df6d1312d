//! The access log of the estate's front: combined format, really written and growing, rotated by rename at 4 MB. Holds
//! ordinary clients, our own probes, and intruders while a fault or the story has them. Not its job: reading it.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

use super::fault::{Fault, Kind};
use super::load;
use super::rng::Rng;
use super::roster::SEVEN;
use super::world::World;
use crate::domain::time::Stamp;

const ROTATE_AT: u64 = 4 << 20;
/// Lines waiting to be written; beyond it a probe's line is left out, never a probe held up.
const WAITING_MAX: usize = 256;
/// Lines of the ten minutes before the start, so that a reader finds something.
const BEFORE: u32 = 120;

/// One line: who asked for what, and got what.
#[derive(Clone, Debug)]
pub struct Line {
    at: Stamp,
    from: String,
    user: &'static str,
    request: String,
    status: u16,
    bytes: u32,
    agent: &'static str,
}

impl Line {
    pub fn probe(at: Stamp, method: &str, path: &str, status: u16) -> Self {
        let request = format!("{method} {}", path.escape_default());
        Self { at, from: "127.0.0.1".into(), user: "-", request, status, bytes: 612, agent: "watchdeck/0.1" }
    }
    fn write_to(&self, out: &mut String) {
        let Self { from, user, request, status, bytes, agent, .. } = self;
        let at = self.at.utc().format("%d/%b/%Y:%H:%M:%S +0000");
        let _ = writeln!(out, "{from} - {user} [{at}] \"{request} HTTP/1.1\" {status} {bytes} \"-\" \"{agent}\"");
    }
}

/// Where a server leaves its lines.
#[derive(Clone, Debug)]
pub struct Access(mpsc::Sender<Line>);

impl Access {
    pub fn write(&self, line: Line) {
        let _ = self.0.try_send(line);
    }
}

/// The writer; `run` it.
#[derive(Debug)]
pub struct AccessLog {
    path: PathBuf,
    file: File,
    size: u64,
    lines: mpsc::Receiver<Line>,
}

pub fn open(path: PathBuf) -> io::Result<(Access, AccessLog)> {
    let (sender, lines) = mpsc::channel(WAITING_MAX);
    let file = append(&path)?;
    let size = file.metadata()?.len();
    Ok((Access(sender), AccessLog { path, file, size, lines }))
}

fn append(path: &PathBuf) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

impl AccessLog {
    /// Writes until dropped. A full disk costs lines, never the demo.
    pub async fn run(mut self, world: Arc<World>) {
        let mut clients = Clients { rng: Rng::new(world.seed, "log"), sweep: 0 };
        let mut out = String::new();
        let now = world.now().wall;
        for i in (0..BEFORE).rev() {
            clients.ordinary(now - Duration::from_secs(5) * (i + 1)).write_to(&mut out);
        }
        self.write(&mut out);
        let mut tick = interval(world.real(Duration::from_secs(1)));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            while let Ok(line) = self.lines.try_recv() {
                line.write_to(&mut out);
            }
            clients.second(&world, &mut out);
            self.write(&mut out);
        }
    }

    /// A write of a few hundred bytes to a local file is shorter than handing it to another thread.
    fn write(&mut self, out: &mut String) {
        if self.size > ROTATE_AT {
            let _ = std::fs::rename(&self.path, self.path.with_extension("log.1"));
            if let Ok(file) = append(&self.path) {
                (self.file, self.size) = (file, 0);
            }
        }
        if let Err(e) = self.file.write_all(out.as_bytes()) {
            tracing::warn!("the demo's access log was not written: {e}");
        }
        self.size += out.len() as u64;
        out.clear();
    }
}

/// Who else is there; addresses are of the documentation ranges.
struct Clients {
    rng: Rng,
    sweep: u32,
}

impl Clients {
    /// One second of the story.
    fn second(&mut self, world: &World, out: &mut String) {
        let (now, day) = (world.now().wall, world.day_time());
        for _ in 0..self.rng.poisson(3.0 * load::rhythm(day)).min(50) {
            self.ordinary(now).write_to(out);
        }
        if world.on(Fault::whole(Kind::Scan)) {
            for _ in 0..6 {
                self.intruder(now).write_to(out);
            }
        }
    }

    fn ordinary(&mut self, at: Stamp) -> Line {
        const AGENTS: [&str; 3] = [
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.5 Safari/605.1.15",
            "ghl-webhooks/1.4",
        ];
        let m = self.rng.pick(&SEVEN).map_or("/", |m| m.path);
        let agent = self.rng.pick(&AGENTS).copied().unwrap_or("-");
        let user = self.rng.pick(&["-", "-", "-", "agent07", "agent12", "reports"]).copied().unwrap_or("-");
        let status = if self.rng.chance(0.004) { 502 } else { 200 };
        let from = format!("192.0.2.{}", 10 + self.rng.below(60));
        let verb = if agent.starts_with("ghl") { "POST" } else { "GET" };
        let bytes = (900.0 * self.rng.spread(0.8)) as u32 + 80;
        Line { at, from, user, request: format!("{verb} {m}"), status, bytes, agent }
    }

    /// A path sweep from one address, a try of stolen logins from a network.
    fn intruder(&mut self, at: Stamp) -> Line {
        const WANTED: [&str; 10] = [
            "/.env", "/.git/config", "/wp-login.php", "/admin/", "/backup.sql", "/phpmyadmin/", "/.aws/credentials",
            "/server-status", "/../../etc/passwd", "/api/v1/users?id=1%27%20OR%20%271%27=%271",
        ];
        self.sweep += 1;
        if self.rng.chance(0.5) {
            let from = format!("198.51.100.{}", 20 + self.rng.below(24));
            return Line { at, from, user: "-", request: "POST /login".into(), status: 401, bytes: 118, agent: "python-requests/2.32" };
        }
        let request = match self.rng.pick(&WANTED) {
            Some(path) if self.rng.chance(0.5) => format!("GET {path}"),
            _ => format!("GET /old/{}.php", self.sweep),
        };
        Line { at, from: "203.0.113.66".into(), user: "-", request, status: 404, bytes: 153, agent: "Mozilla/5.0 zgrab/0.x" }
    }
}
