//! The real console in a pseudo-terminal: what it shows, and how long a key takes to show.

use std::io::{Read, Write};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};

type Shown = Arc<(Mutex<vt100::Parser>, Condvar)>;

pub struct Pty {
    pub child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    shown: Shown,
    #[allow(dead_code, reason = "only the console's bench times a start")]
    pub started: Instant,
    _master: Box<dyn portable_pty::MasterPty + Send>,
}

impl Pty {
    pub fn start(args: &[&str], columns: u16, rows: u16) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_watchdeck"));
        command.args(args);
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        let shown: Shown = Arc::new((Mutex::new(vt100::Parser::new(rows, columns, 0)), Condvar::new()));
        let mut output = pair.master.try_clone_reader().unwrap();
        let keys = pair.master.take_writer().unwrap();
        let screen = Arc::clone(&shown);
        let started = Instant::now();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        std::thread::spawn(move || {
            let mut bytes = vec![0; 65_536];
            while let Ok(n @ 1..) = output.read(&mut bytes) {
                screen.0.lock().unwrap().process(&bytes[..n]);
                screen.1.notify_all();
            }
        });
        Self { child, keys, shown, started, _master: pair.master }
    }

    pub fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// How long from `since` until the screen says so.
    pub fn wait(&self, since: Instant, patience: Duration, says: impl Fn(&str) -> bool) -> Option<Duration> {
        let mut screen = self.shown.0.lock().unwrap();
        loop {
            if says(&screen.screen().contents()) {
                return Some(since.elapsed());
            }
            let left = patience.checked_sub(since.elapsed())?;
            screen = self.shown.1.wait_timeout(screen, left).unwrap().0;
        }
    }

    /// Presses a key; how long until the screen says what it should.
    pub fn press(&mut self, key: &str, says: impl Fn(&str) -> bool) -> Option<Duration> {
        let since = Instant::now();
        self.keys.write_all(key.as_bytes()).unwrap();
        self.keys.flush().unwrap();
        self.wait(since, Duration::from_secs(2), says)
    }

    pub fn quit(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Median, p99 and largest, in milliseconds.
pub fn spread(mut times: Vec<Duration>) -> String {
    if times.is_empty() {
        return "none".into();
    }
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize].as_secs_f64() * 1e3;
    format!("p50 {:.2}  p99 {:.2}  max {:.2} ms (n={})", at(0.5), at(0.99), at(1.0), times.len())
}

/// Largest resident set so far, MiB.
pub fn peak_mib(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or(0.0) / 1024.0
}

/// CPU time of a process so far, seconds.
pub fn cpu_secs(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|f| f.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}
