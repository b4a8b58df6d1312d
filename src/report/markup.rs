//! Foreign words inside a document: in Markdown they stay the words they were, in CSV they stay in their cell and start no
//! formula.

/// A text that Markdown reads back as itself. Only signs that could mean something are marked, so that a title stays
/// readable where nobody renders it.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    let strikes = text.matches('~').count() > 1;
    while let Some(c) = rest.next() {
        let after = rest.peek().copied().unwrap_or(' ');
        let means = match c {
            '\\' | '`' | '*' | '[' | ']' | '|' => true,
            '~' => strikes,
            '_' => !(before.is_alphanumeric() && after.is_alphanumeric()),
            '<' => after.is_ascii_alphabetic() || matches!(after, '/' | '!' | '?'),
            '&' => after.is_ascii_alphanumeric() || after == '#',
            _ => false,
        };
        if means {
            out.push('\\');
        }
        out.push(c);
        before = c;
    }
    out
}

/// One line of RFC 4180. A cell that a spreadsheet would compute is quoted as text.
pub fn csv_row<S: AsRef<str>>(cells: &[S]) -> String {
    let cell = |text: &str| {
        let sums = text.starts_with(['=', '+', '-', '@', '\t']);
        let text = if sums { format!("'{text}") } else { text.to_owned() };
        if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
    };
    cells.iter().map(|c| cell(c.as_ref())).collect::<Vec<_>>().join(",")
}
