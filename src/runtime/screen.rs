//! Where frames go. The loop hands over a whole buffer and goes on; a thread of its own writes the difference to what it
//! last wrote, newest frame wins, so a terminal that does not read blocks nothing but the drawing.

use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ratatui::buffer::Buffer;

use super::encode;

/// What the loop draws on: a terminal, or a test's buffer.
pub trait Screen {
    /// Columns and rows now.
    fn size(&self) -> (u16, u16);
    fn show(&mut self, frame: Buffer);
    /// Forget what is shown: the next frame is written whole.
    fn forget(&mut self);
    /// Bytes that are no part of a frame: a bell, a clipboard text, a mode.
    fn send(&mut self, bytes: Vec<u8>);
    /// The terminal is gone: writing to it failed.
    fn gone(&self) -> bool {
        false
    }
    /// The terminal reads so slowly that frames are lost or late.
    fn lags(&self) -> bool {
        false
    }
    /// Gives the terminal back to the shell, and takes it again.
    fn leave(&mut self) {}
    fn enter(&mut self) {}
}

/// What waits to be written, and how the writing stands.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "four facts of one handshake, each set by another side")]
struct Desk {
    frame: Option<Buffer>,
    extra: Vec<u8>,
    forget: bool,
    end: bool,
    gone: bool,
    idle: bool,
    /// Since when one write has been under way.
    writing: Option<Instant>,
    /// Frames in a row that a newer one replaced before they were written.
    replaced: u32,
}

/// The writing thread's side of the desk.
pub struct Painter {
    desk: Arc<(Mutex<Desk>, Condvar)>,
}

/// A write that takes longer than this, and so many frames in a row that were never shown, are a slow line.
const LATE: Duration = Duration::from_secs(1);
const REPLACED_MAX: u32 = 30;
/// Bytes that may wait besides the newest frame; more is a clipboard gone mad and is dropped.
const EXTRA_MAX: usize = 256 * 1024;

impl Painter {
    pub fn start(mut out: impl Write + Send + 'static) -> std::io::Result<Self> {
        let desk: Arc<(Mutex<Desk>, Condvar)> = Arc::default();
        let shared = Arc::clone(&desk);
        std::thread::Builder::new().name("terminal".into()).spawn(move || {
            let painting = std::panic::AssertUnwindSafe(|| paint(&shared, &mut out));
            if std::panic::catch_unwind(painting).is_err() {
                shared.0.lock().unwrap_or_else(PoisonError::into_inner).gone = true;
                shared.1.notify_all();
            }
        })?;
        Ok(Self { desk })
    }

    fn with<T>(&self, change: impl FnOnce(&mut Desk) -> T) -> T {
        let mut desk = self.desk.0.lock().unwrap_or_else(PoisonError::into_inner);
        let done = change(&mut desk);
        desk.idle = false;
        self.desk.1.notify_all();
        done
    }
    pub fn show(&self, frame: Buffer) {
        self.with(|d| {
            d.replaced = if d.frame.is_some() { d.replaced + 1 } else { 0 };
            d.frame = Some(frame);
        });
    }
    pub fn forget(&self) {
        self.with(|d| d.forget = true);
    }
    pub fn send(&self, bytes: &[u8]) {
        self.with(|d| {
            if d.extra.len() + bytes.len() <= EXTRA_MAX {
                d.extra.extend_from_slice(bytes);
            }
        });
    }
    /// The last bytes for now: a frame that still waits would be drawn over what they restore.
    pub fn farewell(&self, bytes: &[u8]) {
        self.with(|d| {
            d.frame = None;
            d.extra = bytes.to_vec();
        });
    }
    pub fn lags(&self) -> bool {
        let desk = self.desk.0.lock().unwrap_or_else(PoisonError::into_inner);
        desk.replaced >= REPLACED_MAX || desk.writing.is_some_and(|since| since.elapsed() > LATE)
    }
    pub fn gone(&self) -> bool {
        self.desk.0.lock().unwrap_or_else(PoisonError::into_inner).gone
    }
    /// Waits until everything handed over is written; false when the terminal does not read.
    pub fn flush(&self, patience: Duration) -> bool {
        let desk = self.desk.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.desk.1.wait_timeout_while(desk, patience, |d| !d.idle && !d.gone);
        waited.is_ok_and(|(desk, _)| desk.idle)
    }
}

impl Drop for Painter {
    fn drop(&mut self) {
        self.with(|d| d.end = true);
    }
}

#[expect(clippy::disallowed_methods, reason = "how long the terminal takes is this thread's own measurement")]
fn now() -> Instant {
    Instant::now()
}

fn paint(desk: &(Mutex<Desk>, Condvar), out: &mut impl Write) {
    let mut shown: Option<Buffer> = None;
    loop {
        let (frame, extra) = {
            let held = desk.0.lock().unwrap_or_else(PoisonError::into_inner);
            let nothing = |d: &mut Desk| d.frame.is_none() && d.extra.is_empty() && !d.end;
            let mut held = match desk.1.wait_while(held, |d| {
                if nothing(d) && !d.idle {
                    d.idle = true;
                    desk.1.notify_all();
                }
                nothing(d)
            }) {
                Ok(held) => held,
                Err(poisoned) => poisoned.into_inner(),
            };
            if held.end && held.frame.is_none() && held.extra.is_empty() {
                return;
            }
            if std::mem::take(&mut held.forget) {
                shown = None;
            }
            held.writing = Some(now());
            (held.frame.take(), std::mem::take(&mut held.extra))
        };
        let mut bytes = extra;
        if let Some(frame) = frame {
            super::panics::point("terminal");
            bytes.extend(encode::frame(shown.as_ref(), &frame));
            shown = Some(frame);
        }
        if out.write_all(&bytes).and_then(|()| out.flush()).is_err() {
            let mut held = desk.0.lock().unwrap_or_else(PoisonError::into_inner);
            held.gone = true;
            desk.1.notify_all();
            return;
        }
        let mut held = desk.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A write that was late counts until it has been seen: the loop looks when it draws.
        if held.writing.take().is_some_and(|since| since.elapsed() > LATE) {
            held.replaced = REPLACED_MAX;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;

    struct Pipe(Arc<Mutex<Vec<u8>>>);
    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// A terminal that reads nothing until it is let go.
    struct Stuck(std::sync::mpsc::Receiver<()>);
    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let _ = self.0.recv();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_terminal_that_shows_no_frame_of_many_lags() {
        let (go, stuck) = std::sync::mpsc::sync_channel(0);
        let painter = Painter::start(Stuck(stuck)).unwrap();
        painter.show(Buffer::empty(Rect::new(0, 0, 4, 1)));
        assert!(!painter.lags());
        // The thread takes at most one of them, whenever that is: before or after it come enough.
        let lagged = (0..REPLACED_MAX * 2 + 2).any(|_| {
            painter.show(Buffer::empty(Rect::new(0, 0, 4, 1)));
            painter.lags()
        });
        assert!(lagged);
        drop(go);
        assert!(painter.flush(Duration::from_secs(20)));
    }

    #[test]
    fn frames_and_bytes_reach_the_terminal_in_order_and_an_unchanged_frame_writes_nothing() {
        let written = Arc::new(Mutex::new(Vec::new()));
        let painter = Painter::start(Pipe(Arc::clone(&written))).unwrap();
        let mut frame = Buffer::empty(Rect::new(0, 0, 4, 1));
        frame.set_string(0, 0, "ab", ratatui::style::Style::new());
        painter.show(frame.clone());
        assert!(painter.flush(Duration::from_secs(5)));
        let once = written.lock().unwrap().len();
        assert!(once > 0);
        painter.show(frame);
        assert!(painter.flush(Duration::from_secs(5)));
        assert_eq!(written.lock().unwrap().len(), once);
        painter.send(b"\x07");
        assert!(painter.flush(Duration::from_secs(5)));
        assert_eq!(written.lock().unwrap().last(), Some(&7));
    }
}
