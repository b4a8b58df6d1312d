//! No config anywhere: say so, and offer the two ways on. Plain lines, before any terminal mode is touched.

use std::io::{BufRead, IsTerminal, Write};

use super::console::user_config;
use super::context::Context;
use super::exit;
use super::output::Out;
use crate::ui::text::wrap;

/// Lines are broken for a terminal as narrow as this; a path may still be longer.
const NARROWEST: usize = 40;

pub fn run(context: &Context, out: &mut Out) -> anyhow::Result<u8> {
    let path = user_config();
    let place = path.as_ref().map_or_else(|| "a file of your choice".to_owned(), |p| crate::config::file::shown(p));
    let columns = crossterm::terminal::size().map_or(80, |(w, _)| usize::from(w)).max(NARROWEST);
    let mut err = std::io::stderr();
    for line in offer(&place, columns) {
        writeln!(err, "{line}")?;
    }
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Ok(exit::CONFIG);
    }
    write!(err, "d or i, then Enter (Enter alone leaves, nothing is written): ")?;
    err.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    match answer.trim().to_ascii_lowercase().as_str() {
        "d" => super::demo::run(context, &super::demo::Flags::default(), out),
        "i" => {
            let code = super::config_command(context, &super::config::ConfigCommand::Init { file: None }, out)?;
            if code == exit::DONE {
                out.line("is written. Put your addresses in, `watchdeck config check`, then `watchdeck`.")?;
            }
            Ok(code)
        }
        "" => Ok(exit::CONFIG),
        _ => {
            writeln!(err, "that is neither d nor i: nothing was done. `watchdeck` asks again.")?;
            Ok(exit::CONFIG)
        }
    }
}

/// Broken between words; the path has a line of its own, to be copied whole.
fn offer(place: &str, columns: usize) -> Vec<String> {
    let under = |indent: usize, text: &str| -> Vec<String> {
        let pad = " ".repeat(indent);
        wrap(text, columns.saturating_sub(indent + 1)).into_iter().map(|line| format!("{pad}{line}")).collect()
    };
    let mut lines = vec!["watchdeck has no config yet. It looked for".to_owned()];
    lines.extend([format!("  {place}"), "  /etc/watchdeck/config.toml".to_owned(), String::new()]);
    lines.push("  d  watchdeck demo: try it".to_owned());
    let demo = "simulated services, alerts and pages on this machine alone; nothing to configure, nothing left behind \
                (? shows the keys, q leaves)";
    lines.extend(under(5, demo));
    lines.push("  i  watchdeck config init: watch your own".to_owned());
    let init = "writes a starter config to the first of these places; put your addresses in, \
                `watchdeck config check`, then `watchdeck`";
    lines.extend(under(5, init));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_broken_by_the_terminal_and_no_word_is_cut() {
        let whole = offer("/home/me/.config/watchdeck/config.toml", 500).join(" ");
        for columns in [40, 80, 200] {
            let lines = offer("/home/me/.config/watchdeck/config.toml", columns);
            assert!(lines.iter().all(|l| l.chars().count() < columns.max(46)), "{lines:#?}");
            let said = lines.join(" ");
            assert!(said.split_whitespace().eq(whole.split_whitespace()), "{said}");
        }
    }
}
