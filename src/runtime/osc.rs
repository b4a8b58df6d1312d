//! What goes to the terminal beside its frames: a text for the clipboard (OSC 52), a notice for the desktop (OSC 9, OSC
//! 777), in the envelope a multiplexer wants. Texts come in cleaned; they are bounded here.

use base64::Engine as _;

use crate::config::sections::Notice;
use crate::domain::text::Clean;
use crate::ui::outward::COPY_MAX;

/// Longest text of a notice, in characters.
const NOTICE_MAX: usize = 200;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Envelope {
    #[default]
    None,
    Tmux,
    Screen,
}

/// OSC 52; cut on a character's edge, should it come longer than it may.
pub fn clipboard(text: &str, envelope: Envelope) -> Vec<u8> {
    let end = (0..=text.len().min(COPY_MAX)).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    let encoded = base64::engine::general_purpose::STANDARD.encode(text.get(..end).unwrap_or_default());
    wrapped(&format!("\x1b]52;c;{encoded}\x07"), envelope)
}

/// One notice for however many alerts came together: the first, and how many more.
pub fn notice(kind: Notice, alerts: &[Clean], envelope: Envelope) -> Vec<u8> {
    let Some(first) = alerts.first() else { return Vec::new() };
    let more = if alerts.len() > 1 { format!(" and {} more", alerts.len() - 1) } else { String::new() };
    // A semicolon separates fields.
    let text: String = first.as_str().chars().take(NOTICE_MAX).map(|c| if c == ';' { ',' } else { c }).collect();
    match kind {
        Notice::Off => Vec::new(),
        Notice::Osc9 => wrapped(&format!("\x1b]9;watchdeck: {text}{more}\x07"), envelope),
        Notice::Osc777 => wrapped(&format!("\x1b]777;notify;watchdeck;{text}{more}\x07"), envelope),
    }
}

fn wrapped(plain: &str, envelope: Envelope) -> Vec<u8> {
    match envelope {
        Envelope::None => plain.as_bytes().to_vec(),
        Envelope::Tmux => format!("\x1bPtmux;{}\x1b\\", plain.replace('\x1b', "\x1b\x1b")).into_bytes(),
        Envelope::Screen => format!("\x1bP{plain}\x1b\\").into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text::Untrusted;

    #[test]
    fn a_notice_is_one_sequence_whatever_the_alert_says() {
        let hostile =
            Untrusted::new("4821 db \u{1b}]52;c;eA==\u{7}\u{9c} down; call\r\n".to_owned() + &"x".repeat(999));
        let alerts = [hostile.clean_to(2000), "other".into(), "third".into()];
        for (kind, head) in
            [(Notice::Osc9, "\x1b]9;watchdeck: 4821"), (Notice::Osc777, "\x1b]777;notify;watchdeck;4821")]
        {
            let bytes = notice(kind, &alerts, Envelope::None);
            let text = String::from_utf8(bytes).unwrap();
            let inner = text.strip_prefix(head).and_then(|t| t.strip_suffix(" and 2 more\u{7}")).expect(&text);
            assert!(!inner.chars().any(|c| c.is_control() || c == ';') && inner.chars().count() < 300, "{inner}");
        }
        assert!(notice(Notice::Off, &alerts, Envelope::None).is_empty());
        assert!(notice(Notice::Osc9, &[], Envelope::None).is_empty());
        let tmux = notice(Notice::Osc9, &alerts[1..2], Envelope::Tmux);
        assert_eq!(String::from_utf8(tmux).unwrap(), "\x1bPtmux;\x1b\x1b]9;watchdeck: other\u{7}\x1b\\");
    }
}
