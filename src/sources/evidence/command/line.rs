//! A command written as one line, split into its arguments by a shell's rules for quotes and nothing else of a shell. What
//! a shell would read differently is refused: run without one, it would do something else than its author meant.

/// What stands for itself in no shell, outside of quotes.
const MEANT_FOR_A_SHELL: &str = "|;&<>$`()*?[";

pub fn split(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\'' => quoted(&mut chars, word.get_or_insert_default())?,
            '"' => doubly_quoted(&mut chars, word.get_or_insert_default())?,
            '\\' => {
                let next = chars.next().ok_or("a backslash at the end stands for nothing")?;
                word.get_or_insert_default().push(next);
            }
            ' ' | '\t' => words.extend(word.take()),
            _ if c.is_control() || c.is_whitespace() => {
                return Err("only blanks may part the words of a command".into());
            }
            _ if means_something(c, word.as_deref(), chars.as_str()) => return Err(for_a_shell(c)),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    match words.first() {
        None => Err("the command is empty".into()),
        Some(program) if program.is_empty() => Err("the command's program is an empty text".into()),
        Some(program) if program.contains('=') => {
            Err(format!("`{program}` would set a variable, and no shell reads this: use `env`, or a script"))
        }
        Some(_) => Ok(words),
    }
}

/// Some only do so at the beginning of a word, braces only around a list.
fn means_something(c: char, word: Option<&str>, rest: &str) -> bool {
    match c {
        '#' | '~' | '!' => word.is_none(),
        '{' => !rest.starts_with('}'),
        '}' => !word.is_some_and(|w| w.ends_with('{')),
        _ => MEANT_FOR_A_SHELL.contains(c),
    }
}

fn for_a_shell(c: char) -> String {
    format!(
        "`{c}` means something to a shell, and none reads this: put it in single quotes, or put the command in a script"
    )
}

fn quoted(chars: &mut std::str::Chars<'_>, word: &mut String) -> Result<(), String> {
    for c in chars {
        match c {
            '\'' => return Ok(()),
            _ => word.push(c),
        }
    }
    Err("a single quote is not closed".into())
}

/// Inside of them a shell still fills in variables and commands.
fn doubly_quoted(chars: &mut std::str::Chars<'_>, word: &mut String) -> Result<(), String> {
    while let Some(c) = chars.next() {
        match c {
            '"' => return Ok(()),
            '$' | '`' => return Err(for_a_shell(c)),
            '\\' => match chars.next() {
                Some(next @ ('"' | '\\' | '$' | '`')) => word.push(next),
                Some(next) => word.extend(['\\', next]),
                None => break,
            },
            _ => word.push(c),
        }
    }
    Err("a double quote is not closed".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        split(text).unwrap_or_else(|why| panic!("{text}: {why}"))
    }

    #[test]
    fn words_are_split_as_a_shell_would() {
        assert_eq!(words("  sh  check.sh\t-v "), ["sh", "check.sh", "-v"]);
        assert_eq!(words(r#"a 'b c'"d e"\ f """#), ["a", "b cd e f", ""]);
        assert_eq!(words(r#"grep '$(id) | `x`;' "a\"b\\c\n\$""#), ["grep", "$(id) | `x`;", r#"a"b\c\n$"#]);
        assert_eq!(words("a b#c x~ a=b - -- {}"), ["a", "b#c", "x~", "a=b", "-", "--", "{}"]);
    }

    #[test]
    fn x4_what_only_a_shell_could_do_is_refused_with_a_reason() {
        for text in [
            "a | b",
            "a; b",
            "a && b",
            "a < b",
            "a > b",
            "echo $HOME",
            "echo \"$HOME\"",
            "a `b`",
            "a $(b)",
            "ls *.md",
            "ls ~/x",
            "ls {a,b}",
            "! a",
            "a # b",
        ] {
            let why = split(text).expect_err(text);
            assert!(why.contains("shell"), "{text}: {why}");
        }
        for (text, part) in [
            ("", "empty"),
            ("  ", "empty"),
            ("'a", "not closed"),
            ("\"a\\", "not closed"),
            ("a \\", "backslash"),
            ("A=1 b", "variable"),
            ("a\nb", "blanks"),
            ("'' b", "empty"),
        ] {
            let why = split(text).expect_err(text);
            assert!(why.contains(part), "{text}: {why}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_line_is_words_or_a_reason(text in "\\PC{0,60}") {
            if let Ok(words) = split(&text) {
                proptest::prop_assert!(!words.is_empty() && !words[0].is_empty());
            }
        }
    }
}
