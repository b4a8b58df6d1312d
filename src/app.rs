//! The console without a terminal: input and events in, effects out, a buffer to draw into. Pure, so that tests drive
//! the whole of it. (being laid)

use crate::engine::{Effect, Event};

/// Everything the loop can hand to the app.
#[derive(Clone, Debug)]
pub enum Input {
    Key(crossterm::event::KeyEvent),
    Mouse(crossterm::event::MouseEvent),
    Paste(String),
    Resized(u16, u16),
    Engine(Event),
}

/// What the loop is to do for the app.
#[derive(Clone, PartialEq, Debug)]
pub enum Outward {
    Do(Effect),
    /// Put this on the operator's clipboard (OSC 52).
    Copy(String),
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
