//! What the screens ask of whoever owns the terminal. Plain data: the loop carries it out.

use crate::engine::Effect;

/// Longest text for a clipboard, in bytes: terminals take about 74 KB once it is encoded.
pub const COPY_MAX: usize = 54_000;

/// What the loop is to do for the app.
#[derive(Clone, PartialEq, Debug)]
#[allow(clippy::large_enum_variant, reason = "a handful per key press, moved once")]
pub enum Outward {
    Do(Effect),
    /// Put this on the operator's clipboard (OSC 52).
    Copy(String),
    /// Keep the handoff as it was edited where a lost connection does not take it; no words forget it.
    KeepHandoff(String),
    Mouse(bool),
    /// Ctrl-Z.
    Suspend,
    /// Ctrl-L: forget what the terminal shows and draw it all.
    Repaint,
    /// `forced` does not wait for what is unsaved.
    Quit {
        forced: bool,
    },
}
