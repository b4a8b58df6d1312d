//! A small reader of Rust source: comments, literals and `#[cfg(test)]` items blanked, then every path spelled out,
//! `use` groups included. It knows as much of the language as the layer rules need; a macro's inside is read like code.

/// One path or word of the code, with the line it is on: `std::fs::read`, `crate::domain::time`, `println!`, `await`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    pub line: usize,
    pub path: String,
}

/// Everything named in production code.
pub fn names(text: &str) -> Vec<Found> {
    let tokens = tokens(&without_tests(&code_only(text)));
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        at = if starts_path(&tokens, at) { tree(&tokens, at, "", &mut found) } else { at + 1 };
    }
    found
}

/// The modules declared as `#[cfg(test)] mod name;`, whose files are tests.
pub fn test_modules(text: &str) -> Vec<String> {
    let code = code_only(text);
    let declared = code.split("#[cfg(test)]").skip(1);
    let name = |rest: &str| rest.trim_start().strip_prefix("mod ")?.split_once(';').map(|(n, _)| n.trim().to_owned());
    declared.filter_map(name).filter(|n| n.chars().all(|c| c.is_alphanumeric() || c == '_')).collect()
}

/// The text with comments and the insides of literals as blanks; lines stay where they are.
pub fn code_only(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = literal_end(&chars, at);
        if end > at {
            out.extend(chars[at..end].iter().map(|&c| if c == '\n' { '\n' } else { ' ' }));
            at = end;
        } else {
            // `r#await` is a name of its own and not the word.
            let raw_name =
                chars[at] == '#' && out.ends_with('r') && chars.get(at + 1).is_some_and(|c| c.is_alphabetic());
            out.push(if raw_name { '_' } else { chars[at] });
            at += 1;
        }
    }
    out
}

/// The end of the comment or literal that starts here; `at` itself when none does.
fn literal_end(chars: &[char], at: usize) -> usize {
    let next = |n: usize| chars.get(at + n).copied().unwrap_or('\0');
    let word_before = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
    match (chars[at], next(1)) {
        ('/', '/') => (at..chars.len()).find(|&i| chars[i] == '\n').unwrap_or(chars.len()),
        ('/', '*') => block_end(chars, at),
        ('"', _) => quoted_end(chars, at + 1),
        ('\'', '\\') => (at + 3..chars.len()).find(|&i| chars[i] == '\'').map_or(chars.len(), |i| i + 1),
        // Else it is a lifetime.
        ('\'', _) if next(2) == '\'' => at + 3,
        ('r', '"' | '#') if !word_before => raw_end(chars, at, at + 1),
        ('b' | 'c', 'r') if !word_before && matches!(next(2), '"' | '#') => raw_end(chars, at, at + 2),
        _ => at,
    }
}

fn block_end(chars: &[char], at: usize) -> usize {
    let (mut depth, mut i) = (0, at);
    while i + 1 < chars.len() {
        match (chars[i], chars[i + 1]) {
            ('/', '*') => (depth, i) = (depth + 1, i + 2),
            ('*', '/') if depth == 1 => return i + 2,
            ('*', '/') => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
    }
    chars.len()
}

fn quoted_end(chars: &[char], mut i: usize) -> usize {
    while i < chars.len() && chars[i] != '"' {
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    (i + 1).min(chars.len())
}

/// `r#"…"#`; `r#type` is a name and ends where it starts.
fn raw_end(chars: &[char], start: usize, at: usize) -> usize {
    let hashes = chars[at..].iter().take_while(|&&c| c == '#').count();
    if chars.get(at + hashes) != Some(&'"') {
        return start;
    }
    let closes =
        |i: &usize| chars[*i] == '"' && chars[i + 1..].iter().take(hashes).filter(|&&c| c == '#').count() == hashes;
    (at + hashes + 1..chars.len()).find(closes).map_or(chars.len(), |i| i + 1 + hashes)
}

/// Blanks each item behind `#[cfg(test)]`, up to its `;` or its closing brace.
fn without_tests(code: &str) -> String {
    let mut out = code.to_owned();
    while let Some(start) = out.find("#[cfg(test)]") {
        let mut depth = 0_i32;
        let body = &out[start + 1..];
        let end = body.char_indices().find_map(|(i, c)| {
            depth += i32::from(matches!(c, '{' | '(' | '[')) - i32::from(matches!(c, '}' | ')' | ']'));
            (depth <= 0 && matches!(c, ';' | '}')).then_some(start + 1 + i + c.len_utf8())
        });
        let end = end.unwrap_or(out.len());
        let blank: String = out[start..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
        out.replace_range(start..end, &blank);
    }
    out
}

#[derive(Debug)]
struct Token {
    line: usize,
    text: String,
}

fn tokens(code: &str) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::new();
    let (mut line, mut glued) = (1, false);
    let word = |c: char| c.is_alphanumeric() || c == '_';
    for c in code.chars() {
        let joins = |t: &Token| (word(c) && t.text.chars().all(word)) || (c == ':' && t.text == ":");
        match out.last_mut() {
            Some(last) if glued && joins(last) => last.text.push(c),
            _ if c.is_whitespace() => line += usize::from(c == '\n'),
            _ => out.push(Token { line, text: c.to_string() }),
        }
        glued = !c.is_whitespace();
    }
    out
}

fn is_name(token: &Token) -> bool {
    token.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// A name that is not the continuation of a path: in `a::b` only `a`, in `::std::fs` `std`.
fn starts_path(tokens: &[Token], at: usize) -> bool {
    let before = |n: usize| at.checked_sub(n).map(|i| &tokens[i]);
    let keyword =
        |t: &Token| matches!(t.text.as_str(), "use" | "in" | "as" | "return" | "match" | "if" | "else" | "mut");
    let continues = before(1).is_some_and(|t| t.text == "::")
        && before(2).is_some_and(|t| t.text == ">" || (is_name(t) && !keyword(t)));
    is_name(&tokens[at]) && !keyword(&tokens[at]) && !continues
}

/// Reads a path or a tree of a `use` from here, notes every full path, and returns where it ends.
fn tree(tokens: &[Token], mut at: usize, prefix: &str, found: &mut Vec<Found>) -> usize {
    let text = |i: usize| tokens.get(i).map_or("", |t| t.text.as_str());
    if text(at) == "{" {
        at += 1;
        while at < tokens.len() && text(at) != "}" {
            if !is_name(&tokens[at]) && !matches!(text(at), "*" | "{") {
                at += 1;
                continue;
            }
            at = tree(tokens, at, prefix, found);
            // A new name (`as x`) is no path.
            while at < tokens.len() && !matches!(text(at), "," | "}") {
                at += 1;
            }
        }
        return at + 1;
    }
    let path = if prefix.is_empty() { text(at).to_owned() } else { format!("{prefix}::{}", text(at)) };
    let goes_on = tokens.get(at + 2).is_some_and(|t| is_name(t) || matches!(t.text.as_str(), "*" | "{"));
    if text(at + 1) == "::" && goes_on {
        return tree(tokens, at + 2, &path, found);
    }
    let mark = match text(at + 1) {
        "!" if text(at + 2) != "=" => "!",
        // `use tokio;` brings the crate in, a variable called `tokio` does not.
        _ if prefix.is_empty() && at > 0 && text(at - 1) == "use" => "::self",
        _ => "",
    };
    found.push(Found { line: tokens[at].line, path: format!("{path}{mark}") });
    at + 1
}
