//! What a box looks like on a line of Markdown, and what only looks like one. Not its job: whether the parser saw it.

/// How far into a line a task begins: `- [ ]`, `-[ ]`, `2. [x]`, a bare `[ ]`, after white space and quote marks.
pub(super) fn task_line(line: &str) -> Option<usize> {
    let (skip, after) = after_bullet(line)?;
    (full_box(after) || near_box(after).is_some_and(|b| b != "( )" && b != "☐")).then_some(skip)
}

/// Where on a line the bullet is, and what follows it.
fn after_bullet(line: &str) -> Option<(usize, &str)> {
    let body = line.trim_start_matches([' ', '\t', '>']);
    let digits = body.bytes().take_while(u8::is_ascii_digit).count();
    let after = match digits {
        0 => body.strip_prefix(['-', '*', '+']).unwrap_or(body),
        1..=9 => body.get(digits..)?.strip_prefix(['.', ')'])?,
        _ => return None,
    };
    Some((line.len() - body.len(), after.trim_start()))
}

/// A box in backticks or behind a backslash is meant to be read, not to be ticked.
pub(super) fn is_spoken_of(line: &str) -> bool {
    let line = line.trim_start_matches('#');
    after_bullet(line).is_some_and(|(_, after)| after.starts_with(['`', '\\']))
}

pub(super) fn full_box(text: &str) -> bool {
    let Some(rest) = ["[ ]", "[x]", "[X]"].iter().find_map(|b| text.strip_prefix(b)) else { return false };
    rest.is_empty() || rest.starts_with([' ', '\t', '\n'])
}

/// What looks like a box to a person and not to a parser.
pub(super) fn near_box(text: &str) -> Option<&str> {
    if text.starts_with('☐') {
        return Some("☐");
    }
    if text.starts_with("( ) ") {
        return Some("( )");
    }
    let inside = text.strip_prefix('[')?;
    let end = inside.find(']').filter(|e| *e <= 3)?;
    let (mark, rest) = inside.split_at_checked(end)?;
    let odd = matches!(mark.trim(), "" | "x" | "X" | "~" | "-" | "/" | "v" | "✓" | "✔" | "_" | ">" | "!");
    // `[x](there)`, `[x][ref]` and `[x]: there` are links.
    let link = rest.starts_with("](") || rest.starts_with("][") || rest.starts_with("]:");
    (odd && !link && !full_box(text)).then(|| text.get(..end + 2))?
}

/// A cell of a table that can only be meant to be ticked: `[X]` there is a place for a figure.
pub(super) fn is_tick(cell: &str) -> bool {
    cell == "[]" || cell.starts_with(['☐', '☑']) || (full_box(cell) && !cell.starts_with("[X]"))
}
