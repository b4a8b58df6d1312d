//! Undoes, for display, what happens when UTF-8 is read as Windows-1252 and saved again: `âœ…` was `✅`. Offsets and the
//! file never change. Only the leads that punctuation, accents and emoji have are taken, so that French `à «` stays.

/// What Windows-1252 has between 0x80 and 0x9f; the five it lacks pass as the control characters browsers give them.
const HIGH: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// How many characters were put right, and how many could not be because one of their bytes is gone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Repairs {
    pub mended: usize,
    pub lost: usize,
}

/// The text as it was meant. A character that lost a byte becomes `�`.
pub fn repair(text: &str) -> (String, Repairs) {
    let mut out = String::with_capacity(text.len());
    let mut repairs = Repairs::default();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        let Some((bytes, wanted, used)) = sequence(c, after) else {
            out.push(c);
            rest = after;
            continue;
        };
        let whole = bytes.get(..=wanted).filter(|_| used.0 == wanted).and_then(|b| std::str::from_utf8(b).ok());
        match whole.and_then(|s| s.chars().next()) {
            // A byte order mark in the middle says nothing to a reader.
            Some('\u{feff}') => repairs.mended += 1,
            Some(mended) => {
                out.push(mended);
                repairs.mended += 1;
            }
            // The selector that asks for a coloured glyph; its last byte is one of the five that get lost.
            None if bytes.starts_with(&[0xef, 0xb8]) && used.0 == 1 => repairs.mended += 1,
            None if wanted > 1 && used.0 + 1 == wanted => {
                out.push('\u{fffd}');
                repairs.lost += 1;
            }
            None => {
                out.push(c);
                rest = after;
                continue;
            }
        }
        rest = after.get(used.1..).unwrap_or_default();
    }
    (out, repairs)
}

/// The bytes that `lead` and what follows once were, how many continuations the lead asks for, and how many there are,
/// in characters and in bytes of `after`.
fn sequence(lead: char, after: &str) -> Option<([u8; 4], usize, (usize, usize))> {
    if lead.is_ascii() {
        return None;
    }
    let first = byte(lead)?;
    let wanted = match first {
        0xc2..=0xc5 => 1,
        0xe2 | 0xef => 2,
        0xf0 => 3,
        _ => return None,
    };
    let mut bytes = [first, 0, 0, 0];
    let mut used = (0, 0);
    for (slot, c) in bytes.iter_mut().skip(1).zip(after.chars().take(wanted)) {
        let Some(b) = byte(c).filter(|b| (0x80..0xc0).contains(b)) else { break };
        *slot = b;
        used = (used.0 + 1, used.1 + c.len_utf8());
    }
    Some((bytes, wanted, used))
}

fn byte(c: char) -> Option<u8> {
    match c as u32 {
        code @ (0..=0x7f | 0xa0..=0xff) => Some(code as u8),
        code @ 0x80..=0x9f => Some(code as u8),
        _ => HIGH.iter().position(|h| *h == c).map(|i| 0x80 + i as u8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emoji_quotes_and_accents_come_back() {
        assert_eq!(repair("ðŸ“‹ âœ… cafÃ© donâ€™t 5Â°").0, "📋 ✅ café don’t 5°");
        assert_eq!(repair("âš\u{a0}ï¸ watch").0, "⚠ watch");
    }

    #[test]
    fn what_lost_a_byte_is_said_and_good_text_stays() {
        assert_eq!(repair("ðŸ” KEYS"), ("� KEYS".to_owned(), Repairs { mended: 0, lost: 1 }));
        for good in ["à\u{a0}« quoi »", "São Paulo, Ünïcödé, naïve, ÂGE", "✅ 📋", "â la carte"] {
            assert_eq!(repair(good), (good.to_owned(), Repairs::default()));
        }
    }
}
