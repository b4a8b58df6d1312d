//! `*` and `?` in the name of a file, byte by byte, in time bounded by both lengths. A leading dot has to be written, as
//! in a shell: what an unfinished copy is called must not count as a copy.

pub fn is_pattern(name: &[u8]) -> bool {
    name.iter().any(|b| matches!(b, b'*' | b'?'))
}

pub fn matches(pattern: &[u8], name: &[u8]) -> bool {
    if name.first() == Some(&b'.') && pattern.first() != Some(&b'.') {
        return false;
    }
    let (mut p, mut n) = (0, 0);
    // Where the last star stands, and how much of the name it has taken.
    let mut star: Option<(usize, usize)> = None;
    while let Some(byte) = name.get(n) {
        match (pattern.get(p), star) {
            (Some(b'*'), _) => {
                star = Some((p, n));
                p += 1;
            }
            (Some(want), _) if *want == b'?' || want == byte => (p, n) = (p + 1, n + 1),
            (_, Some((at, taken))) => {
                star = Some((at, taken + 1));
                (p, n) = (at + 1, taken + 1);
            }
            (_, None) => return false,
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|b| *b == b'*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_fits_its_pattern() {
        for (pattern, name, fits) in [
            ("*.dump", "a.dump", true),
            ("*.dump", ".dump", false),
            (".*.dump", ".a.dump", true),
            ("*.dump", "a.dump.part", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b-d", false),
            ("db-????.gz", "db-2026.gz", true),
            ("db-????.gz", "db-226.gz", false),
            ("*", "x", true),
            ("", "x", false),
            ("[ab]", "[ab]", true),
        ] {
            assert_eq!(matches(pattern.as_bytes(), name.as_bytes()), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn l6_a_hostile_pattern_takes_no_time() {
        assert!(!matches("*a".repeat(100).as_bytes(), "a".repeat(99).as_bytes()));
        assert!(!matches(format!("{}b", "a*".repeat(100)).as_bytes(), "a".repeat(255).as_bytes()));
    }
}
