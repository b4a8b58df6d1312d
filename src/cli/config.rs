//! `config init|check|schema|show`: write a starter file, say what is wrong, describe the keys, show what is in force.
//! Writes to what the caller gives it and returns the exit code. Not its job: finding out what is registered.

mod remarks;

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use crate::config::{self, Colour, ConfigError, Registry, file, schema, show};

/// Exit codes of the contract.
const DONE: u8 = 0;
const FAILED: u8 = 1;
const CONFIG: u8 = 3;

#[derive(Clone, PartialEq, Eq, Debug, Subcommand)]
pub enum ConfigCommand {
    /// Write a starter file (mode 0600), never over an existing one
    Init {
        /// Where; default: the user's config folder
        file: Option<PathBuf>,
    },
    /// Check the config: line, column, what is allowed there
    Check {
        /// Instead of the one that would be used
        file: Option<PathBuf>,
    },
    /// Print the JSON Schema of the config
    Schema,
    /// Print the values in force, secrets masked, and where each came from
    Show {
        /// As one JSON document
        #[arg(long)]
        json: bool,
    },
}

/// What the command line knows and this command needs.
pub struct ConfigContext<'a> {
    /// `--config` or `$WATCHDECK_CONFIG`.
    pub named: Option<&'a Path>,
    pub registry: &'a Registry,
    /// Colour of what goes to `err`.
    pub colour: Colour,
    /// Values that flags or variables set over the file: path (`store.url`), value, where from (`flag --store`).
    pub overrides: Vec<(String, String, String)>,
}

/// Runs one subcommand. `out` gets the answer, `err` what is wrong.
pub fn run(
    command: &ConfigCommand,
    context: &ConfigContext<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<u8> {
    match command {
        ConfigCommand::Init { file } => init(file.as_deref().or(context.named), out, err),
        ConfigCommand::Check { file } => check(file.as_deref(), context, out, err),
        ConfigCommand::Schema => {
            writeln!(out, "{}", serde_json::to_string_pretty(&schema::schema(context.registry))?)?;
            Ok(DONE)
        }
        ConfigCommand::Show { json } => show(*json, context, out, err),
    }
}

fn init(file: Option<&Path>, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<u8> {
    let Some(path) = file.map(Path::to_path_buf).or_else(file::user_path) else {
        writeln!(err, "there is no home folder to write to: say where, `watchdeck config init FILE`")?;
        return Ok(FAILED);
    };
    match create(&path) {
        Ok(()) => {
            writeln!(out, "{}", file::shown(&path))?;
            Ok(DONE)
        }
        Err(e) if e.kind() == ErrorKind::AlreadyExists => {
            writeln!(err, "{} is there already and stays as it is", file::shown(&path))?;
            Ok(FAILED)
        }
        Err(e) => {
            writeln!(err, "{} cannot be written: {e}", file::shown(&path))?;
            Ok(FAILED)
        }
    }
}

fn create(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
    if let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
    }
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(config::EXAMPLE.as_bytes())?;
    file.sync_all()
}

/// The file that would be used, or a sentence that says where none was found.
fn found(named: Option<&Path>, err: &mut dyn Write) -> anyhow::Result<Option<PathBuf>> {
    let path = file::find(named);
    if path.is_none() {
        let places: Vec<String> = file::search_path().iter().map(|p| file::shown(p)).collect();
        writeln!(
            err,
            "no config: neither --config nor $WATCHDECK_CONFIG names one, and none is at {}",
            places.join(" or ")
        )?;
        writeln!(err, "`watchdeck config init` writes a starter file")?;
    }
    Ok(path)
}

fn refused(error: &ConfigError, context: &ConfigContext<'_>, err: &mut dyn Write) -> anyhow::Result<u8> {
    write!(err, "{}", error.render(context.colour))?;
    let count = error.count();
    if count > 0 {
        writeln!(err, "{count} problem{}", if count == 1 { "" } else { "s" })?;
    }
    Ok(CONFIG)
}

fn check(
    file: Option<&Path>,
    context: &ConfigContext<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<u8> {
    let Some(path) = found(file.or(context.named), err)? else { return Ok(CONFIG) };
    match config::load(&path, context.registry) {
        Ok(config) => {
            writeln!(out, "{}", config.summary())?;
            remarks::remarks(&config).iter().try_for_each(|what| writeln!(err, "remark: {what}"))?;
            Ok(DONE)
        }
        Err(error) => refused(&error, context, err),
    }
}

fn show(as_json: bool, context: &ConfigContext<'_>, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<u8> {
    let Some(path) = found(context.named, err)? else { return Ok(CONFIG) };
    let config = match config::load(&path, context.registry) {
        Ok(config) => config,
        Err(error) => return refused(&error, context, err),
    };
    let text = show::text_of(&path)?;
    let read = show::lines(&text, &file::shown(&path), context.registry, &context.overrides);
    let mappings = config.aside.mappings.iter().map(|m| show::mapping(m, context.registry));
    let (Ok(mut lines), Ok(more)) = (read, mappings.collect::<Result<Vec<_>, _>>()) else {
        writeln!(err, "{} changed while it was read", file::shown(&path))?;
        return Ok(FAILED);
    };
    lines.extend(more.into_iter().flatten());
    if as_json {
        let values = lines.iter().map(|l| json!({"path": l.path, "value": l.value, "from": l.from}));
        let document =
            json!({"schema": "watchdeck/config/1", "file": file::shown(&path), "values": values.collect::<Vec<_>>()});
        writeln!(out, "{document}")?;
        return Ok(DONE);
    }
    for line in lines {
        writeln!(out, "{} = {}  # {}", line.path, line.value, line.from)?;
    }
    Ok(DONE)
}
