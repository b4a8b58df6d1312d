//! Text from outside, and the only way to show it. `Untrusted` holds what came from a socket, a file or a row;
//! `Clean` is what a widget, stdout, a log line or a notification may carry. Cleaning shows what is hidden instead
//! of deleting it: an operator who reviews an attack must see the attack. Not its job: width and wrapping.

use std::borrow::Cow;
use std::fmt;
use std::fmt::Write as _;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};
use unicode_width::UnicodeWidthChar;

/// Longest line shown, in bytes of the cleaned text.
pub const LINE_MAX: usize = 4096;
/// Combining marks kept on one base character; more is an attack on the cell grid.
const MARKS_MAX: usize = 4;

/// Text that came from outside and has not been made safe for a terminal.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Untrusted<'a>(Cow<'a, str>);

impl<'a> Untrusted<'a> {
    pub fn new(text: impl Into<Cow<'a, str>>) -> Self {
        Self(text.into())
    }
    /// Bytes that claim to be text: what is not UTF-8 becomes a visible `\xNN`.
    pub fn from_bytes(bytes: &'a [u8]) -> Self {
        let mut out = String::new();
        for chunk in bytes.utf8_chunks() {
            out.push_str(chunk.valid());
            for byte in chunk.invalid() {
                let _ = write!(out, "\\x{byte:02x}");
            }
        }
        Self(Cow::Owned(out))
    }
    /// One safe line of at most [`LINE_MAX`] bytes.
    pub fn clean(&self) -> Clean {
        self.clean_to(LINE_MAX)
    }
    /// One safe line of at most `max` bytes, cut with `…` on a character boundary.
    pub fn clean_to(&self, max: usize) -> Clean {
        Clean(clean(&self.0, max))
    }
}

impl fmt::Debug for Untrusted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Untrusted({:?})", clean(&self.0, 80))
    }
}

/// Text that cannot command a terminal: no control, bidi or zero-width character, one line, bounded.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize)]
pub struct Clean(Arc<str>);

impl Clean {
    /// Text this program wrote itself still passes the same gate, so that no caller has to be believed.
    pub fn new(text: &str) -> Self {
        Self(clean(text, LINE_MAX))
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::borrow::Borrow<str> for Clean {
    fn borrow(&self) -> &str {
        &self.0
    }
}
impl fmt::Display for Clean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
impl fmt::Debug for Clean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}
impl From<&str> for Clean {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}
impl From<String> for Clean {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}
impl schemars::JsonSchema for Clean {
    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        String::json_schema(generator)
    }
}
impl PartialEq<str> for Clean {
    fn eq(&self, other: &str) -> bool {
        &*self.0 == other
    }
}
impl<'de> Deserialize<'de> for Clean {
    /// A row of the store is as foreign as a socket: it is cleaned again on the way in.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Cleaning)
    }
}

/// Cleans what a deserializer lends: a start reads a hundred thousand of these, and a copy of each would be in vain.
struct Cleaning;

impl serde::de::Visitor<'_> for Cleaning {
    type Value = Clean;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }
    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Clean, E> {
        Ok(Clean::new(text))
    }
}

fn clean(text: &str, max: usize) -> Arc<str> {
    if text.len() <= max && text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        return Arc::from(text);
    }
    let mut out = String::with_capacity(text.len().min(max) + 8);
    let mut marks = 0;
    let mut run = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        // What already fits needs no cut: cleaning twice must change nothing.
        if out.len() + 12 > max && out.len() + text.len() - at > max {
            out.push('…');
            break;
        }
        let variation = ('\u{fe00}'..='\u{fe0f}').contains(&c);
        run = if variation { run + 1 } else { 0 };
        if variation {
            // One presentation selector after a base is ordinary writing; a run of them carries hidden bytes.
            let more = chars.peek().is_some_and(|(_, n)| ('\u{fe00}'..='\u{fe0f}').contains(n));
            if run > 1 || more {
                show_code(&mut out, c);
            }
            continue;
        }
        match c {
            '\t' => out.push(' '),
            '\0'..='\u{1f}' => out.extend(char::from_u32(0x2400 + c as u32)),
            '\u{7f}' => out.push('␡'),
            '\u{80}'..='\u{9f}' => {
                let _ = write!(out, "\\x{:02x}", c as u32);
            }
            _ if hidden(c) => show_code(&mut out, c),
            _ if c.width() == Some(0) => {
                marks += 1;
                if marks <= MARKS_MAX && !out.is_empty() {
                    out.push(c);
                } else if marks == MARKS_MAX + 1 {
                    out.push_str("⟨marks⟩");
                }
                continue;
            }
            _ => out.push(c),
        }
        marks = 0;
    }
    Arc::from(out)
}

/// Characters that change what a reader sees without being seen: bidi controls, zero-width, tags, fillers.
fn hidden(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
        | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

fn show_code(out: &mut String, c: char) {
    let _ = write!(out, "⟨U+{:04X}⟩", c as u32);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l4_escape_bidi_and_zero_width_are_shown_not_obeyed() {
        let shown = Untrusted::new("a\x1b]52;c;eA==\x07\r\u{9b}31m\u{202e}\u{200b}b").clean();
        assert_eq!(shown.as_str(), "a␛]52;c;eA==␇␍\\x9b31m⟨U+202E⟩⟨U+200B⟩b");
    }

    #[test]
    fn l4_a_thousand_marks_are_cut_and_said() {
        let shown = Untrusted::new(format!("e{}x", "\u{301}".repeat(1000))).clean();
        assert_eq!(shown.as_str(), format!("e{}⟨marks⟩x", "\u{301}".repeat(4)));
    }

    #[test]
    fn l5_a_newline_cannot_start_a_second_row() {
        assert_eq!(Clean::new("bob acked\n● 4821 fixed").as_str(), "bob acked␊● 4821 fixed");
    }

    #[test]
    fn cleaning_twice_changes_nothing_and_the_length_is_bounded() {
        let once = Untrusted::new("é\u{fe0f}\u{fe0f}\u{e0041}\x00".repeat(4000)).clean();
        assert!(once.as_str().len() <= LINE_MAX);
        assert_eq!(Clean::new(once.as_str()), once);
    }

    #[test]
    fn bytes_that_are_not_text_stay_visible() {
        assert_eq!(Untrusted::from_bytes(b"a\xff\xc3").clean().as_str(), "a\\xff\\xc3");
    }
}
