//! A frame's difference as the bytes a terminal needs, and no others: moves, attributes, text. Written by hand because
//! this is the whole of what goes over the wire, and because a colour is never sent that the theme did not set.

use std::io::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

/// Synchronized output: a terminal that knows it shows the frame at once, others ignore it.
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";
/// The longest run of unchanged cells that is cheaper to write again than to jump over.
const REWRITE: u16 = 3;

/// Bytes that turn `shown` into `next`; empty when nothing differs. `shown` None draws everything.
pub fn frame(shown: Option<&Buffer>, next: &Buffer) -> Vec<u8> {
    let blank = Buffer::empty(next.area);
    let same_size = shown.filter(|b| b.area == next.area);
    let before = same_size.unwrap_or(&blank);
    let changes = before.diff(next);
    if changes.is_empty() && same_size.is_some() {
        return Vec::new();
    }
    let mut pen = Pen { out: Vec::with_capacity(256 + changes.len() * 4), at: None, style: Style::default() };
    pen.out.extend_from_slice(BEGIN);
    if same_size.is_none() {
        pen.out.extend_from_slice(b"\x1b[0m\x1b[2J");
    }
    for (x, y, cell) in changes {
        pen.go(x, y, next);
        pen.put(cell);
    }
    pen.reset();
    pen.out.extend_from_slice(END);
    pen.out
}

#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct Style {
    fg: Option<Color>,
    bg: Option<Color>,
    modifier: Modifier,
}

impl Style {
    fn of(cell: &Cell) -> Self {
        let set = |c: Color| (c != Color::Reset).then_some(c);
        Self { fg: set(cell.fg), bg: set(cell.bg), modifier: cell.modifier }
    }
}

struct Pen {
    out: Vec<u8>,
    at: Option<(u16, u16)>,
    style: Style,
}

impl Pen {
    fn go(&mut self, x: u16, y: u16, next: &Buffer) {
        match self.at {
            Some(at) if at == (x, y) => {}
            Some((ax, ay)) if ay == y && ax < x && x - ax <= REWRITE && self.plain(ax, x, y, next) => {
                for column in ax..x {
                    if let Some(cell) = next.cell((column, y)) {
                        self.out.extend_from_slice(cell.symbol().as_bytes());
                    }
                }
            }
            Some((ax, ay)) if ay == y && ax < x => {
                let _ = write!(self.out, "\x1b[{}C", x - ax);
            }
            _ => {
                let _ = write!(self.out, "\x1b[{};{}H", y + 1, x + 1);
            }
        }
        self.at = Some((x, y));
    }

    /// Unchanged cells of the pen's own style, each one column wide, may simply be written again.
    fn plain(&self, from: u16, to: u16, y: u16, next: &Buffer) -> bool {
        (from..to).all(|x| next.cell((x, y)).is_some_and(|c| Style::of(c) == self.style && c.symbol().len() == 1))
    }

    fn put(&mut self, cell: &Cell) {
        self.restyle(Style::of(cell));
        let symbol = cell.symbol();
        self.out.extend_from_slice(symbol.as_bytes());
        let width = unicode_width::UnicodeWidthStr::width(symbol) as u16;
        // Past ambiguous widths the cursor is set anew: terminals differ.
        self.at = if symbol.is_ascii() {
            self.at.map(|(x, y)| (x + width.max(1), y))
        } else {
            self.after_wide(symbol, width)
        };
    }

    fn after_wide(&self, symbol: &str, width: u16) -> Option<(u16, u16)> {
        let mut chars = symbol.chars();
        let single = chars.next().is_some_and(drawn_narrow) && chars.next().is_none();
        if single && width == 1 { self.at.map(|(x, y)| (x + 1, y)) } else { None }
    }

    fn restyle(&mut self, style: Style) {
        if style == self.style {
            return;
        }
        // What is taken away cannot be named one by one on every terminal: reset, then set.
        let removed = self.style.modifier - style.modifier;
        let lost = (self.style.fg.is_some() && style.fg.is_none()) || (self.style.bg.is_some() && style.bg.is_none());
        let mut codes: Vec<String> = Vec::new();
        let mut from = self.style;
        if !removed.is_empty() || lost {
            codes.push("0".into());
            from = Style::default();
        }
        for (modifier, code) in MODIFIERS {
            if style.modifier.contains(*modifier) && !from.modifier.contains(*modifier) {
                codes.push((*code).into());
            }
        }
        if style.fg != from.fg {
            codes.extend(style.fg.map(|c| colour(c, false)));
        }
        if style.bg != from.bg {
            codes.extend(style.bg.map(|c| colour(c, true)));
        }
        let _ = write!(self.out, "\x1b[{}m", codes.join(";"));
        self.style = style;
    }

    fn reset(&mut self) {
        if self.style != Style::default() {
            self.out.extend_from_slice(b"\x1b[0m");
        }
    }
}

/// Line drawing, blocks, arrows and our own marks: one column on every terminal that has them.
fn drawn_narrow(c: char) -> bool {
    matches!(c, '\u{2500}'..='\u{259f}' | '…' | '·' | '×' | '–' | '\u{2800}'..='\u{28ff}')
}

const MODIFIERS: &[(Modifier, &str)] = &[
    (Modifier::BOLD, "1"),
    (Modifier::DIM, "2"),
    (Modifier::ITALIC, "3"),
    (Modifier::UNDERLINED, "4"),
    (Modifier::REVERSED, "7"),
    (Modifier::CROSSED_OUT, "9"),
];

/// SGR code of a colour; the theme has already brought it down to what the terminal can show.
fn colour(c: Color, background: bool) -> String {
    let base = |n: u8| u16::from(n) + if background { 10 } else { 0 };
    let named = match c {
        Color::Reset => return if background { "49".into() } else { "39".into() },
        Color::Rgb(r, g, b) => return format!("{};2;{r};{g};{b}", base(38)),
        Color::Indexed(i) => return format!("{};5;{i}", base(38)),
        Color::Black => 30,
        Color::Red => 31,
        Color::Green => 32,
        Color::Yellow => 33,
        Color::Blue => 34,
        Color::Magenta => 35,
        Color::Cyan => 36,
        Color::Gray => 37,
        Color::DarkGray => 90,
        Color::LightRed => 91,
        Color::LightGreen => 92,
        Color::LightYellow => 93,
        Color::LightBlue => 94,
        Color::LightMagenta => 95,
        Color::LightCyan => 96,
        Color::White => 97,
    };
    base(named).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style as Painted;

    fn buffer(text: &str, style: Painted) -> Buffer {
        let mut b = Buffer::empty(Rect::new(0, 0, 12, 1));
        b.set_string(0, 0, text, style);
        b
    }

    #[test]
    fn nothing_changed_is_nothing_written() {
        let b = buffer("ack 4821", Painted::new());
        assert!(frame(Some(&b), &b).is_empty());
    }

    #[test]
    fn only_the_difference_is_written() {
        let (a, b) = (buffer("ack 4821", Painted::new()), buffer("ack 4822", Painted::new()));
        let bytes = String::from_utf8(frame(Some(&a), &b)).unwrap();
        assert_eq!(bytes, "\x1b[?2026h\x1b[1;8H2\x1b[?2026l");
    }

    #[test]
    fn no_colour_is_sent_unless_one_is_set() {
        let b = buffer("x", Painted::new().add_modifier(Modifier::REVERSED));
        let bytes = String::from_utf8(frame(None, &b)).unwrap();
        assert!(bytes.contains("\x1b[7mx") && !bytes.contains("38") && !bytes.contains("39"), "{bytes:?}");
    }

    #[test]
    fn after_a_wide_character_the_cursor_is_set_anew() {
        let (a, b) = (buffer("            ", Painted::new()), buffer("表x", Painted::new()));
        let bytes = String::from_utf8(frame(Some(&a), &b)).unwrap();
        assert!(bytes.contains("表\x1b[1;3Hx"), "{bytes:?}");
    }
}
