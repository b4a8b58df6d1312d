//! The whole of what our encoder may send, recognised piece by piece: anything else came from outside.

/// One piece of a terminal's input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    /// `ESC [ parameters final`.
    Csi(String, char),
    Control(u8),
    Escape(u8),
}

pub fn pieces(bytes: &[u8]) -> Vec<Piece> {
    let text = std::str::from_utf8(bytes).expect("what is sent is UTF-8");
    let mut out = Vec::new();
    let mut rest = text.chars().peekable();
    let mut plain = String::new();
    while let Some(c) = rest.next() {
        if !c.is_control() {
            plain.push(c);
            continue;
        }
        if !plain.is_empty() {
            out.push(Piece::Text(std::mem::take(&mut plain)));
        }
        match (c, rest.peek()) {
            ('\x1b', Some('[')) => {
                rest.next();
                let mut parameters = String::new();
                let last = loop {
                    match rest.next() {
                        Some(c @ '\x40'..='\x7e') => break c,
                        Some(c) => parameters.push(c),
                        None => panic!("an unfinished sequence: {parameters:?}"),
                    }
                };
                out.push(Piece::Csi(parameters, last));
            }
            ('\x1b', next) => out.push(Piece::Escape(next.map_or(0, |c| *c as u8))),
            (c, _) => out.push(Piece::Control(c as u8)),
        }
    }
    if !plain.is_empty() {
        out.push(Piece::Text(plain));
    }
    out
}

const PRIVATE: &[&str] = &["?1049", "?25", "?2004", "?2026", "?1000", "?1006"];

fn ours(piece: &Piece) -> bool {
    let numbers = |p: &str, least, most| {
        let all: Vec<_> = p.split(';').collect();
        (least..=most).contains(&all.len()) && all.iter().all(|n| n.parse::<u16>().is_ok())
    };
    match piece {
        Piece::Text(text) => !text.chars().any(hidden),
        Piece::Csi(p, 'h' | 'l') => PRIVATE.contains(&p.as_str()),
        Piece::Csi(p, 'H') => numbers(p, 2, 2),
        Piece::Csi(p, 'C') => numbers(p, 1, 1),
        Piece::Csi(p, 'J') => p == "2",
        Piece::Csi(p, 'm') => numbers(p, 1, 12),
        _ => false,
    }
}

/// What changes the reading of the text around it without being seen.
pub fn hidden(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{61c}' | '\u{feff}')
}

/// Fails on the first piece that our encoder would not have sent.
#[track_caller]
pub fn all_ours(bytes: &[u8]) {
    for piece in pieces(bytes) {
        assert!(ours(&piece), "foreign: {piece:?}");
    }
}

/// The attributes that were ever set.
pub fn attributes(bytes: &[u8]) -> Vec<u16> {
    let sgr = |p: &Piece| match p {
        Piece::Csi(p, 'm') => p.split(';').filter_map(|n| n.parse().ok()).collect(),
        _ => Vec::new(),
    };
    let mut all: Vec<u16> = pieces(bytes).iter().flat_map(sgr).collect();
    all.sort_unstable();
    all.dedup();
    all
}
