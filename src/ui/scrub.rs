//! The last look at a finished frame: every cell is made fit for the terminal at hand. ASCII where the locale is no
//! UTF-8, no colour where none is wanted, and never a character that could command the terminal.

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::Color;

use super::look::{Glyphs, Look};

pub fn scrub(buf: &mut Buffer, look: &Look, colourless: bool) {
    for cell in &mut buf.content {
        if colourless {
            cell.fg = Color::Reset;
            cell.bg = Color::Reset;
            cell.underline_color = Color::Reset;
        }
        let symbol = cell.symbol();
        if symbol.bytes().all(|b| (0x20..0x7f).contains(&b)) {
            continue;
        }
        if look.glyphs == Glyphs::Ascii {
            let letter = ascii(symbol.chars().next().unwrap_or(' '));
            set(cell, letter);
        } else if symbol.chars().any(commands) {
            set(cell, '?');
        }
    }
}

fn set(cell: &mut Cell, c: char) {
    cell.set_char(c);
}

/// Controls and what re-orders or hides text.
fn commands(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// The ASCII that stands for a glyph of ours; `?` for what came from outside.
pub fn ascii(c: char) -> char {
    match c {
        '●' => 'C',
        '▲' => 'W',
        '■' => 'N',
        '▌' | '→' => '>',
        '×' => 'x',
        '▢' => 'o',
        '≠' => '#',
        '◐' => '/',
        '»' => '-',
        '≤' => '<',
        '≥' => '>',
        '…' | '·' | '┄' | '▁' => '.',
        '–' | '─' | '━' | '═' | '▃' | '▄' => '-',
        '│' | '┤' | '├' | '┃' => '|',
        '✓' | '╭' | '╮' | '╰' | '╯' | '┌' | '┐' | '└' | '┘' | '┬' | '┴' | '┼' => '+',
        '▂' => '_',
        '▅' | '▆' => '=',
        '▇' | '█' => '#',
        ' '..='~' => c,
        _ => '?',
    }
}
