//! A key as the config writes it and as the terminal sends it: `a`, `U`, `Ctrl-d`, `PgUp`, `F2`. Shift is in the letter.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Chord {
    pub code: KeyCode,
    pub ctrl: bool,
}

const NAMES: [(&str, KeyCode); 14] = [
    ("Space", KeyCode::Char(' ')),
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Tab", KeyCode::Tab),
    ("Shift-Tab", KeyCode::BackTab),
    ("Backspace", KeyCode::Backspace),
    ("PgUp", KeyCode::PageUp),
    ("PgDn", KeyCode::PageDown),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
];

impl Chord {
    pub fn of(key: &KeyEvent) -> Self {
        Self { code: key.code, ctrl: key.modifiers.contains(KeyModifiers::CONTROL) }
    }
    /// None for what is no key; Alt and Ctrl-Shift are left out on purpose, many links lose them.
    pub fn parse(text: &str) -> Option<Self> {
        let (ctrl, name) = match text.split_once('-') {
            Some((word, rest)) if word.eq_ignore_ascii_case("ctrl") && !rest.is_empty() => (true, rest),
            _ => (false, text),
        };
        let mut chars = name.chars();
        if let (Some(c), None) = (chars.next(), chars.next()) {
            let c = if ctrl { c.to_ascii_lowercase() } else { c };
            return (!c.is_control()).then_some(Self { code: KeyCode::Char(c), ctrl });
        }
        if let Some(n) = name.strip_prefix(['F', 'f']).and_then(|n| n.parse().ok()) {
            return (1..=12).contains(&n).then_some(Self { code: KeyCode::F(n), ctrl });
        }
        let (_, code) = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(Self { code: *code, ctrl })
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("Ctrl-")?;
        }
        match (NAMES.iter().find(|(_, code)| *code == self.code), self.code) {
            (Some((name, _)), _) => f.write_str(name),
            (None, KeyCode::Char(c)) => write!(f, "{c}"),
            (None, KeyCode::F(n)) => write!(f, "F{n}"),
            (None, other) => write!(f, "{other}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_as_they_are_written() {
        for text in ["a", "U", "Ctrl-d", "PgUp", "F2", "Shift-Tab", "Space", "-", ","] {
            assert_eq!(Chord::parse(text).map(|c| c.to_string()).as_deref(), Some(text));
        }
        for bad in ["", "Ctrl-", "Hyper-x", "F13", "aa", "\u{1b}"] {
            assert_eq!(Chord::parse(bad), None, "{bad:?}");
        }
    }
}
