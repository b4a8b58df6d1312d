//! What every subcommand starts from: the flags, the config they lead to, the store, and who acts.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::registry::{CommandInfo, Registry};
use crate::config::{self, Config};
use crate::domain::operator::Operator;
use crate::domain::setup::Setup;
use crate::domain::text::{Clean, Untrusted};
use crate::runtime::build;
use crate::store::StoreError;
use crate::store::sqlite::{Create, Options, SqliteStore};

pub struct Context {
    pub config: Option<PathBuf>,
    pub store: Option<String>,
    pub operator: Option<String>,
    pub log: String,
}

/// Names longer than this are no logins.
const NAME_MAX: usize = 64;

impl Context {
    /// What a config may contain.
    pub fn registry() -> Registry {
        let commands = crate::ui::command::all();
        let info = |c: &crate::ui::command::Command| CommandInfo {
            id: c.id.to_owned(),
            keys: c.keys.iter().map(|k| (*k).to_owned()).collect(),
        };
        build::registry(commands.map(|(_, c)| info(c)).collect())
    }

    /// The config in force; None when there is none anywhere.
    pub fn load(&self) -> anyhow::Result<Option<(PathBuf, Config)>> {
        let Some(path) = config::file::find(self.config.as_deref()) else { return Ok(None) };
        let config = config::load(&path, &Self::registry())?;
        Ok(Some((path, config)))
    }

    /// For commands that only ask the store: the config when there is one, nothing when there is none.
    pub fn setup(&self) -> anyhow::Result<(Arc<Setup>, Option<Config>)> {
        Ok(match self.load()? {
            Some((_, config)) => (Arc::clone(&config.setup), Some(config)),
            None => (Arc::new(Setup::default()), None),
        })
    }

    pub fn overrides(&self) -> Vec<(String, String, String)> {
        self.store
            .iter()
            .map(|s| ("store.url".to_owned(), s.clone(), "flag --store or WATCHDECK_STORE".to_owned()))
            .collect()
    }

    /// Where the store is, and whether somebody named it: a named one that is not there is never made silently.
    pub fn store_place(&self, config: Option<&Config>) -> anyhow::Result<(PathBuf, bool)> {
        let named = self.store.clone().or_else(|| config.and_then(|c| c.store.url.clone()));
        match named {
            Some(url) => Ok((path_of(&url)?, true)),
            None => Ok((default_store()?, false)),
        }
    }

    /// Opens the store; `may_make` is for the commands that may make one at the default place.
    pub fn open(&self, config: Option<&Config>, may_make: bool) -> anyhow::Result<SqliteStore> {
        let (path, named) = self.store_place(config)?;
        open_at(&path, may_make && !named, options(config))
    }

    /// Who acts: the name given, else the login of the process's user id, never `$USER`.
    pub fn operator(&self, setup: &Setup) -> Operator {
        let name = match &self.operator {
            Some(name) => Untrusted::new(name.as_str()).clean_to(NAME_MAX),
            None => login(),
        };
        let role = setup.role_of(name.as_str());
        Operator { name, role }
    }
}

pub fn options(config: Option<&Config>) -> Options {
    let spec = config.map(|c| &c.store);
    Options {
        group_shared: spec.is_some_and(|s| s.group_shared),
        allow_network_fs: spec.is_some_and(|s| s.allow_network_fs),
        keep_samples: spec.map_or(Options::default().keep_samples, |s| s.retention.samples.0),
        ..Options::default()
    }
}

/// Opens the store at a place already known; blocking.
pub fn open_at(path: &Path, may_make: bool, options: Options) -> anyhow::Result<SqliteStore> {
    if let (true, Some(folder)) = (may_make, path.parent()) {
        make_private(folder)?;
    }
    let create = if may_make { Create::IfMissing } else { Create::Never };
    Ok(SqliteStore::open(path, create, options)?)
}

/// `sqlite:///absolute/path`, or a plain path.
fn path_of(url: &str) -> Result<PathBuf, StoreError> {
    // A URL may carry a password: what stands between the scheme and the last @ is never shown.
    let shown = match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://…@{rest}"),
        _ => url.to_owned(),
    };
    let refused = |why: &str| StoreError::Refused {
        path: Untrusted::new(shown.as_str()).clean().to_string(),
        why: why.to_owned(),
        hint: "a store is named sqlite:///absolute/path".to_owned(),
    };
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Err(refused("PostgreSQL is not in this version"));
    }
    match url.strip_prefix("sqlite://") {
        Some(path) if path.starts_with('/') => Ok(PathBuf::from(path)),
        Some(_) => Err(refused("the path after sqlite:// must be absolute")),
        None if url.contains("://") => Err(refused("unknown kind of store")),
        None if url.is_empty() => Err(refused("empty")),
        None => Ok(std::path::absolute(url).unwrap_or_else(|_| PathBuf::from(url))),
    }
}

fn default_store() -> anyhow::Result<PathBuf> {
    let dirs = directories::ProjectDirs::from("", "", "watchdeck")
        .ok_or_else(|| anyhow::anyhow!("there is no home folder for a store: name one with --store"))?;
    Ok(dirs.data_dir().join("watchdeck.db"))
}

/// Made for this user alone.
pub fn make_private(folder: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|e| anyhow::anyhow!("{} cannot be made: {e}", folder.display()))
}

fn login() -> Clean {
    let uid = rustix::process::getuid().as_raw();
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let of_uid = |line: &str| {
        let mut fields = line.split(':');
        let (name, id) = (fields.next()?, fields.nth(1)?);
        (id.parse() == Ok(uid)).then(|| name.to_owned())
    };
    let name = passwd.lines().find_map(of_uid).unwrap_or_else(|| format!("uid{uid}"));
    Untrusted::new(name).clean_to(NAME_MAX)
}
