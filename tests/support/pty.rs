//! The program on a terminal: a pty whose other end is a parser of the screen and a log of every byte. Waiting has a
//! deadline; what was started is ended with the test.
#![allow(dead_code, reason = "each test file takes what it needs")]

use std::io::{Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, SlavePty, native_pty_system};
use rustix::process::Signal;

use crate::e2e::{BIN, PATIENCE, pid, until};

/// Our own parser's grid: as large as the program ever draws.
const GRID: (u16, u16) = (500, 200);

#[derive(Default)]
struct Seen {
    bytes: Vec<u8>,
    screen: vt100::Parser,
}

pub struct Term {
    child: Box<dyn Child + Send + Sync>,
    master: Option<Box<dyn MasterPty + Send>>,
    /// Kept, so that the terminal's modes can be asked for when the program has ended.
    slave: Option<Box<dyn SlavePty + Send>>,
    writer: Option<Box<dyn Write + Send>>,
    seen: Arc<Mutex<Seen>>,
    stop: Arc<AtomicBool>,
    pause: Arc<AtomicBool>,
    reader: Option<JoinHandle<()>>,
    /// The terminal's modes before the program began.
    pub modes: String,
}

pub struct Start {
    command: CommandBuilder,
    size: (u16, u16),
}

/// In this home, 100 columns and 30 lines, a UTF-8 locale.
pub fn program(home: &Path, args: &[&str]) -> Start {
    other(BIN, home, args)
}

pub fn other(program: &str, home: &Path, args: &[&str]) -> Start {
    let mut command = CommandBuilder::new(program);
    command.args(args);
    command.env_clear();
    command.cwd(home);
    for (name, value) in [
        ("HOME", home.to_str().unwrap()),
        ("PATH", "/usr/bin:/bin"),
        ("SHELL", "/bin/sh"),
        ("TERM", "xterm-256color"),
        ("LANG", "C.UTF-8"),
    ] {
        command.env(name, value);
    }
    Start { command, size: (100, 30) }
}

impl Start {
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }
    pub fn size(mut self, columns: u16, rows: u16) -> Self {
        self.size = (columns, rows);
        self
    }
    pub fn run(self) -> Term {
        let (columns, rows) = self.size;
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let modes = modes(&*pair.master);
        let mut from = pair.master.try_clone_reader().unwrap();
        let writer = pair.master.take_writer().unwrap();
        let child = pair.slave.spawn_command(self.command).unwrap();
        let seen = Arc::new(Mutex::new(Seen { bytes: Vec::new(), screen: parser(columns, rows) }));
        let (stop, pause) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let reader = std::thread::spawn({
            let (seen, stop, pause) = (Arc::clone(&seen), Arc::clone(&stop), Arc::clone(&pause));
            move || {
                let mut buffer = [0; 16384];
                while !stop.load(SeqCst) {
                    if pause.load(SeqCst) {
                        std::thread::sleep(Duration::from_millis(5));
                        continue;
                    }
                    let Ok(n) = from.read(&mut buffer) else { return };
                    if n == 0 {
                        return;
                    }
                    let mut seen = seen.lock().unwrap();
                    seen.bytes.extend_from_slice(&buffer[..n]);
                    seen.screen.process(&buffer[..n]);
                }
            }
        });
        let (master, slave) = (Some(pair.master), Some(pair.slave));
        Term { child, master, slave, writer: Some(writer), seen, stop, pause, reader: Some(reader), modes }
    }
}

fn size(cols: u16, rows: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}
fn parser(columns: u16, rows: u16) -> vt100::Parser {
    vt100::Parser::new(rows.clamp(1, GRID.1), columns.clamp(1, GRID.0), 0)
}
fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().expect("a terminal has modes"))
}

impl Term {
    pub fn id(&self) -> u32 {
        self.child.process_id().expect("it runs")
    }
    pub fn signal(&self, signal: Signal) {
        rustix::process::kill_process(pid(self.id()), signal).unwrap();
    }
    pub fn send(&mut self, keys: impl AsRef<[u8]>) {
        let writer = self.writer.as_mut().expect("the terminal is there");
        writer.write_all(keys.as_ref()).unwrap();
        writer.flush().unwrap();
    }
    pub fn resize(&self, columns: u16, rows: u16) {
        // The parser's grid only grows: what is still on its way was meant for the size before.
        let mut seen = self.seen.lock().unwrap();
        let (had_rows, had_columns) = seen.screen.screen().size();
        let (rows_now, columns_now) = (rows.clamp(had_rows, GRID.1), columns.clamp(had_columns, GRID.0));
        seen.screen.screen_mut().set_size(rows_now, columns_now);
        drop(seen);
        self.master.as_ref().unwrap().resize(size(columns, rows)).unwrap();
    }
    pub fn screen(&self) -> String {
        self.seen.lock().unwrap().screen.screen().contents()
    }
    pub fn look<T>(&self, ask: impl FnOnce(&vt100::Screen) -> T) -> T {
        ask(self.seen.lock().unwrap().screen.screen())
    }
    pub fn bytes(&self) -> Vec<u8> {
        self.seen.lock().unwrap().bytes.clone()
    }
    #[track_caller]
    pub fn wait(&self, text: &str) {
        let start = Instant::now();
        while !self.screen().contains(text) {
            assert!(start.elapsed() < PATIENCE, "`{text}` is not on the screen:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    #[track_caller]
    pub fn wait_gone(&self, text: &str) {
        until(text, || !self.screen().contains(text));
    }
    /// No output for this long.
    pub fn settle(&self, quiet: Duration) {
        let (mut last, mut since) = (0, Instant::now());
        until("the screen is quiet", || {
            let now = self.seen.lock().unwrap().bytes.len();
            if now != last {
                (last, since) = (now, Instant::now());
            }
            since.elapsed() >= quiet
        });
    }
    /// The modes of the line now.
    pub fn line(&self) -> String {
        modes(&**self.master.as_ref().unwrap())
    }
    /// Every mode is as it was found.
    #[track_caller]
    pub fn restored(&self) {
        assert_eq!(self.line(), self.modes, "the line's own modes");
        until("the last bytes arrive", || {
            find(&self.bytes(), b"\x1b[?1049l").is_some() && self.look(|s| !s.alternate_screen())
        });
        let left = self.look(|s| {
            (
                s.alternate_screen(),
                s.hide_cursor(),
                s.bracketed_paste(),
                s.mouse_protocol_mode(),
                s.application_cursor(),
            )
        });
        assert_eq!(left, (false, false, false, vt100::MouseProtocolMode::None, false));
        let bytes = self.bytes();
        let last_leave = find(&bytes, b"\x1b[?1049l").expect("it left the alternate screen");
        assert!(find(&bytes[last_leave..], b"\x1b[?2026h").is_none(), "a frame after the farewell");
    }
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }
    /// It must end by itself within this time.
    #[track_caller]
    pub fn ends_within(&mut self, limit: Duration) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.ended() {
                return status;
            }
            assert!(start.elapsed() < limit, "it has not ended within {limit:?}:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    /// The terminal reads no more.
    pub fn stall(&self, on: bool) {
        self.pause.store(on, SeqCst);
    }
    /// The terminal vanishes, as when a connection drops.
    pub fn close(&mut self) {
        self.stop.store(true, SeqCst);
        // A byte of output ends the reader's last read.
        self.send(b"\x0c");
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        drop((self.slave.take(), self.writer.take(), self.master.take()));
    }
    /// Processor time used so far, user and system.
    pub fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id())).unwrap_or_default();
        let ticks = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
        Duration::from_millis(ticks.map(|t| t.parse::<u64>().unwrap_or(0) * 10).sum())
    }
    /// R, S, T …
    pub fn state(&self) -> String {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id())).unwrap_or_default();
        stat.rsplit(')').next().unwrap_or_default().split_whitespace().next().unwrap_or_default().to_owned()
    }
    /// The most memory it ever had, in MiB.
    pub fn peak_mib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find(|l| l.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    }
}

impl Drop for Term {
    fn drop(&mut self) {
        self.stop.store(true, SeqCst);
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where the last of these begins.
pub fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).rposition(|w| w == part)
}
