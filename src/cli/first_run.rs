//! No config anywhere: say so, and offer the two ways on. Plain lines, before any terminal mode is touched.

use std::io::{BufRead, IsTerminal, Write};

use super::console::user_config;
use super::context::Context;
use super::exit;

pub fn run(context: &Context) -> anyhow::Result<u8> {
    let path = user_config();
    let place = path.as_ref().map_or_else(|| "a file of your choice".to_owned(), |p| crate::config::file::shown(p));
    let mut err = std::io::stderr();
    writeln!(err, "watchdeck has no config yet: neither {place} nor /etc/watchdeck/config.toml is there.")?;
    writeln!(err, "  d  watchdeck demo         try it: simulated services, alerts and pages on this machine alone;")?;
    writeln!(
        err,
        "                            nothing to configure, nothing left behind (? shows the keys, q leaves)"
    )?;
    writeln!(err, "  i  watchdeck config init  watch your own: writes a starter config to {place};")?;
    writeln!(err, "                            put your addresses in, `watchdeck config check`, then `watchdeck`")?;
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Ok(exit::CONFIG);
    }
    write!(err, "d or i, then Enter (Enter alone leaves, nothing is written): ")?;
    err.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    match answer.trim().to_ascii_lowercase().as_str() {
        "d" => super::demo::run(context, &super::demo::Flags::default(), &mut super::output::Out::stdout()),
        "i" => {
            let mut out = super::output::Out::stdout();
            super::config_command(context, &super::config::ConfigCommand::Init { file: None }, &mut out)
        }
        _ => Ok(exit::CONFIG),
    }
}
