//! Where frames go. The loop hands over a whole buffer and goes on; a thread of its own writes the difference to what it
//! last wrote, newest frame wins, so a terminal that does not read blocks nothing but the drawing.

use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

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
}

/// The writing thread's side of the desk.
pub struct Painter {
    desk: Arc<(Mutex<Desk>, Condvar)>,
}

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
        self.with(|d| d.frame = Some(frame));
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
