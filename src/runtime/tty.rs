//! The real terminal: modes set and undone on every way out, input read by a thread that ends with the line, sizes
//! clamped. Exit never depends on the input thread: crossterm's reader does not end when the terminal does.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use crossterm::event::{Event as TermEvent, KeyCode, KeyModifiers};
use ratatui::buffer::Buffer;
use rustix::event::{PollFd, PollFlags};
use tokio::sync::mpsc;

use super::panics;
use super::screen::{Painter, Screen};
use crate::app::Input;

/// Alternate screen, no cursor, bracketed paste. No mouse, no focus events, no keyboard protocol: nothing that a dropped
/// line would leave behind as garbage.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[0m\x1b[2J";
const LEAVE: &[u8] = b"\x1b[?2026l\x1b[?1006l\x1b[?1000l\x1b[?2004l\x1b[0m\x1b[?25h\x1b[?1049l";
const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1000l";
/// A terminal that does not take the farewell within this time gets none.
const FAREWELL: Duration = Duration::from_millis(300);
const SIZE_MAX: (u16, u16) = (500, 200);
/// What is read has been seen to be there; with no time at all crossterm does not even look.
const AT_ONCE: Duration = Duration::from_micros(50);

/// Set while the terminal is ours.
static OURS: AtomicBool = AtomicBool::new(false);
/// Who paints on it, for the panic hook.
static PAINTER: Mutex<Weak<Painter>> = Mutex::new(Weak::new());

pub struct Tty {
    painter: Arc<Painter>,
}

/// Why there is no console: said before the terminal is touched.
#[derive(Debug, thiserror::Error)]
pub enum NoTerminal {
    #[error("the console needs a terminal, and {what} is none; try {instead}")]
    NotATerminal { what: &'static str, instead: &'static str },
    #[error("TERM is `dumb`: this terminal cannot show a console; try {0}")]
    Dumb(&'static str),
    #[error("TERM is not set, so nothing is known of this terminal: set it (export TERM=xterm), or try {0}")]
    Unknown(&'static str),
    #[error("the terminal refused raw mode: {0}")]
    Refused(std::io::Error),
}

/// Whether there is a terminal for a console; touches nothing. `instead` are the commands that need none.
pub fn check(instead: &'static str) -> Result<(), NoTerminal> {
    if !std::io::stdin().is_terminal() {
        return Err(NoTerminal::NotATerminal { what: "standard input", instead });
    }
    if !std::io::stdout().is_terminal() {
        return Err(NoTerminal::NotATerminal { what: "standard output", instead });
    }
    match std::env::var("TERM").unwrap_or_default().as_str() {
        "" => Err(NoTerminal::Unknown(instead)),
        "dumb" => Err(NoTerminal::Dumb(instead)),
        _ => Ok(()),
    }
}

impl Tty {
    pub fn open() -> Result<Self, NoTerminal> {
        crossterm::terminal::enable_raw_mode().map_err(NoTerminal::Refused)?;
        OURS.store(true, Ordering::Release);
        let painter = Arc::new(Painter::start(std::io::stdout()).map_err(NoTerminal::Refused)?);
        *PAINTER.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(&painter);
        painter.send(ENTER);
        Ok(Self { painter })
    }

    pub fn mouse(&self, on: bool) {
        self.painter.send(if on { MOUSE_ON } else { MOUSE_OFF });
    }
}

/// Through the thread that paints: a frame on its way must not be drawn over what is restored. Where that thread has
/// died its work is done here.
fn give_back(painter: &Painter) {
    if !OURS.swap(false, Ordering::AcqRel) {
        return;
    }
    painter.farewell(LEAVE);
    if !painter.flush(FAREWELL) && painter.gone() {
        let mut out = std::io::stdout();
        let _ = out.write_all(LEAVE).and_then(|()| out.flush());
    }
    let _ = crossterm::terminal::disable_raw_mode();
}

impl Drop for Tty {
    fn drop(&mut self) {
        give_back(&self.painter);
    }
}

impl Screen for Tty {
    fn size(&self) -> (u16, u16) {
        // crossterm would start `tput` for a terminal that does not answer.
        let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout());
        size.map_or((80, 24), |s| (s.ws_col.min(SIZE_MAX.0), s.ws_row.min(SIZE_MAX.1)))
    }
    fn show(&mut self, frame: Buffer) {
        self.painter.show(frame);
    }
    fn forget(&mut self) {
        self.painter.forget();
    }
    fn send(&mut self, bytes: Vec<u8>) {
        self.painter.send(&bytes);
    }
    fn gone(&self) -> bool {
        self.painter.gone()
    }
    fn lags(&self) -> bool {
        self.painter.lags()
    }
    fn leave(&mut self) {
        give_back(&self.painter);
    }
    fn enter(&mut self) {
        if crossterm::terminal::enable_raw_mode().is_ok() {
            OURS.store(true, Ordering::Release);
            self.painter.send(ENTER);
            self.painter.forget();
        }
    }
}

/// On a panic the terminal comes first: the message must be readable, and the shell usable.
pub fn restore_on_panic() {
    panics::listen(|thread| {
        let main = thread == "main";
        let painter = PAINTER.lock().unwrap_or_else(PoisonError::into_inner).upgrade();
        if let Some(painter) = painter.filter(|_| main) {
            give_back(&painter);
        }
        // Another thread's panic is caught: it belongs into the log, or after the screen, not across it.
        main || !OURS.load(Ordering::Acquire)
    });
}

/// Reads the terminal until it is gone. The input's end of the channel tells the loop by closing.
pub fn read_input(inputs: mpsc::Sender<Input>) -> std::io::Result<()> {
    std::thread::Builder::new().name("input".into()).spawn(move || while wait_for_input() && pass_on(&inputs) {})?;
    Ok(())
}

/// True when there is something to read; false when the line is gone. crossterm itself would try again for ever.
fn wait_for_input() -> bool {
    let stdin = rustix::stdio::stdin();
    let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
    loop {
        match rustix::event::poll(&mut fds, None) {
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return false,
            Ok(_) => {
                let found = fds.first().map_or(PollFlags::empty(), PollFd::revents);
                let lost = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
                return !found.intersects(lost) && found.contains(PollFlags::IN);
            }
        }
    }
}

/// crossterm knows no strings (OSC, DCS, SOS, PM, APC): a terminal's late answer to somebody else's question comes out
/// as an Alt chord and typed letters, and letters act. Such a chord begins a string when more came with it in one go.
#[derive(Default)]
struct Strings(bool);

impl Strings {
    /// The key is part of a string and nobody pressed it.
    fn swallow(&mut self, key: &crossterm::event::KeyEvent) -> bool {
        let with = |m| key.modifiers.contains(m);
        let (alt, ctrl) = (with(KeyModifiers::ALT), with(KeyModifiers::CONTROL));
        match key.code {
            KeyCode::Char(']' | 'P' | 'X' | '^' | '_') if alt => self.0 = true,
            KeyCode::Char('\\') if alt => return std::mem::take(&mut self.0),
            KeyCode::Char('g') if ctrl => return std::mem::take(&mut self.0),
            _ => {}
        }
        self.0
    }
}

/// An event that is read already, or bytes that make one. crossterm hands out what it has read only within its time, and
/// spins through that: so little is asked for, and again when the answer took so long that it may not have looked.
#[expect(clippy::disallowed_methods, reason = "how long another library took is this thread's own measurement")]
fn something_ready() -> std::io::Result<bool> {
    loop {
        let asked = std::time::Instant::now();
        if crossterm::event::poll(AT_ONCE)? {
            return Ok(true);
        }
        if asked.elapsed() < AT_ONCE * 2 {
            return Ok(false);
        }
    }
}

/// Everything that is ready, as input; false when nobody listens any more.
fn pass_on(inputs: &mpsc::Sender<Input>) -> bool {
    let mut strings = Strings::default();
    loop {
        match something_ready() {
            Ok(true) => {}
            Ok(false) => return true,
            Err(_) => return false,
        }
        let Ok(event) = crossterm::event::read() else { return false };
        panics::point("input");
        let input = match event {
            TermEvent::Key(key) if strings.swallow(&key) => continue,
            TermEvent::Key(key) if key.kind != crossterm::event::KeyEventKind::Release => Input::Key(key),
            TermEvent::Mouse(mouse) => Input::Mouse(mouse),
            TermEvent::Paste(text) => Input::Paste(text),
            TermEvent::Resize(w, h) => Input::Resized(w.min(SIZE_MAX.0), h.min(SIZE_MAX.1)),
            _ => continue,
        };
        if inputs.blocking_send(input).is_err() {
            return false;
        }
    }
}

/// Stops this process for the shell, as Ctrl-Z in any other program; returns when it is continued.
pub fn stop_self() {
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::STOP);
}
