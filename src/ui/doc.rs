//! The keys as Markdown, for the README: read from the command rows, so that it cannot tell another story than the keymap.

use std::fmt::Write as _;

use super::command::{self, Command};
use super::tabs::TABS;

/// One table for everywhere, one per tab.
pub fn markdown() -> String {
    let mut out = String::new();
    table(&mut out, "Everywhere", command::all().filter(|(scope, _)| scope.is_none()).map(|(_, c)| c));
    for (i, tab) in TABS.iter().enumerate() {
        table(&mut out, tab.long, command::all().filter(|(scope, _)| *scope == Some(i)).map(|(_, c)| c));
    }
    out
}

fn table<'a>(out: &mut String, title: &str, rows: impl Iterator<Item = &'a Command>) {
    let _ = writeln!(out, "### {title}\n\n| keys | name in `[keys]` | does |\n|---|---|---|");
    for row in rows {
        let keys: Vec<String> = row.keys.iter().map(|k| format!("`{k}`")).collect();
        let _ = writeln!(out, "| {} | `{}` | {} |", keys.join(" "), row.id, row.help.replace('|', "\\|"));
    }
    out.push('\n');
}
