//! Where an import goes: the config and what stands in it, how the file is named there, and the mapping beside it. Says
//! no before anything is made: to a file that is imported already, and to a name that is taken.

use std::path::{Path, PathBuf};

use super::refused;
use crate::cli::context::Context;
use crate::config::file::{self, Fingerprint, Guard};
use crate::config::{self, Config, ConfigError, Registry, checklists};

/// Of a config that is not there yet.
const HEAD: &str = "\
# watchdeck: the configuration. `watchdeck config check` says what is wrong and where; `watchdeck config init FILE` writes
# one that shows every key with its default.

environment = \"production\"
";

pub struct Place {
    /// The config as it is named, absolute.
    pub path: PathBuf,
    /// Where it really lies, behind links; None when there is none yet.
    pub real: Option<(PathBuf, Fingerprint)>,
    /// What stands in it, or the head of a new one.
    pub old: String,
    pub config: Config,
    /// The Markdown file's name, for people.
    pub shown: String,
    /// As the config will name it.
    pub written: String,
    pub mapping: Mapping,
}

pub struct Mapping {
    pub path: PathBuf,
    pub written: String,
    /// It is there and is used as it is.
    pub there: bool,
}

impl Place {
    pub fn of(context: &Context, file: &Path, mapping: Option<&Path>, registry: &Registry) -> anyhow::Result<Self> {
        let path = config_path(context)?;
        let folder = path.parent().unwrap_or(Path::new("/")).to_path_buf();
        let (real, old, config) = read(&path, registry)?;
        let file = absolute(file)?;
        twice(&file, &path, &old, &config)?;
        let shown = file::shown(Path::new(file.file_name().unwrap_or_default()));
        let written = within(&file, &folder)?;
        let mapping = self::mapping(mapping, &file, &folder)?;
        Ok(Self { path, real, old, config, shown, written, mapping })
    }
}

/// The one that is named, else the user's own; never one that another user's would be hidden by.
fn config_path(context: &Context) -> anyhow::Result<PathBuf> {
    if let Some(named) = &context.config {
        return absolute(named);
    }
    let own = file::user_path().ok_or_else(|| refused("there is no home folder: name a config with --config"))?;
    match file::find(None).filter(|found| *found != own) {
        Some(other) => {
            let (other, own) = (file::shown(&other), file::shown(&own));
            let why =
                format!("{other} is the config in force, and {own} would hide it: name one of them with --config");
            Err(refused(why))
        }
        None => Ok(own),
    }
}

fn absolute(path: &Path) -> anyhow::Result<PathBuf> {
    std::path::absolute(path).map_err(|e| refused(format!("{}: {e}", file::shown(path))))
}

type Old = (Option<(PathBuf, Fingerprint)>, String, Config);

/// A config that is there must be sound; one that is not begins with its head.
fn read(path: &Path, registry: &Registry) -> anyhow::Result<Old> {
    if path.symlink_metadata().is_err_and(|e| e.kind() == std::io::ErrorKind::NotFound) {
        let config = config::check_text(HEAD, path, &[], registry)?;
        return Ok((None, HEAD.to_owned(), config));
    }
    let gone = |e: std::io::Error| refused(format!("{} cannot be found: {e}", file::shown(path)));
    let real = path.canonicalize().map_err(gone)?;
    let seen = file::fingerprint(&real).ok_or_else(|| refused(format!("{} has gone", file::shown(&real))))?;
    let old = file::read_text(path, file::CONFIG_MAX, Guard::Config).map_err(ConfigError::Refused)?;
    let config = config::load(path, registry)?;
    Ok((Some((real, seen)), old, config))
}

/// The same file twice would be the same lists twice.
fn twice(file: &Path, path: &Path, old: &str, config: &Config) -> anyhow::Result<()> {
    let real = |p: &Path| p.canonicalize().unwrap_or_else(|_| p.to_path_buf());
    let file_real = real(file);
    let mut named = config.setup.sources.iter().zip(checklists::places(old));
    let Some((_, (section, line))) = named.find(|(source, _)| real(Path::new(&source.file)) == file_real) else {
        return Ok(());
    };
    let (file, path) = (file::shown(file), file::shown(path));
    Err(refused(format!("{file} is a [[{section}]] already: {path}:{line}; nothing is written")))
}

/// From the config's folder when it lies in there, else whole.
fn within(path: &Path, folder: &Path) -> anyhow::Result<String> {
    let short = path.strip_prefix(folder).unwrap_or(path);
    let text = short.to_str().filter(|t| !t.chars().any(char::is_control));
    text.map(str::to_owned).ok_or_else(|| {
        let why = "its name is no plain text, so a config cannot name it: rename it";
        refused(format!("{}: {why}", file::shown(path)))
    })
}

fn mapping(named: Option<&Path>, file: &Path, folder: &Path) -> anyhow::Result<Mapping> {
    let path = if let Some(path) = named {
        absolute(path)?
    } else {
        let mut name = file.file_stem().unwrap_or_default().to_os_string();
        name.push(".map.toml");
        folder.join(name)
    };
    let there = path.symlink_metadata().is_ok();
    if there && named.is_none() {
        let shown = file::shown(&path);
        let why = "is there already: --mapping with its name uses it as it is, another name is written to";
        return Err(refused(format!("{shown} {why}")));
    }
    Ok(Mapping { written: within(&path, folder)?, path, there })
}
