//! Reads a file an operator names, without believing it: a regular file, of bounded size, owned by root or me, that no
//! stranger can change. Also finds the config and notices that it changed. Not its job: what the text means.

use std::fmt;
use std::fs::{File, Metadata};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

use crate::domain::text::Untrusted;

/// Largest config read: past it something else than a config was named.
pub const CONFIG_MAX: u64 = 8 << 20;
/// Where a container runtime mounts secrets as root's and readable by all; no chmod can mend that there.
const MOUNTED: [&str; 2] = ["/run/secrets/", "/var/run/secrets/"];

/// Why a file was refused, and what mends it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused {
    pub path: String,
    pub why: String,
    pub mend: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.why)?;
        if self.mend.is_empty() { Ok(()) } else { write!(f, " ({})", self.mend) }
    }
}

impl std::error::Error for Refused {}

/// What the file holds decides who may read it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Guard {
    Config,
    Secret,
}

/// A path as it may be printed.
pub fn shown(path: &Path) -> String {
    Untrusted::from_bytes(path.as_os_str().as_encoded_bytes()).clean().as_str().to_owned()
}

fn refuse(path: &Path, why: impl Into<String>, mend: impl Into<String>) -> Refused {
    Refused { path: shown(path), why: why.into(), mend: mend.into() }
}

/// The text of a file after every check that does not need its meaning.
pub fn read_text(path: &Path, max: u64, guard: Guard) -> Result<String, Refused> {
    let (text, _) = read_with_meta(path, max, guard)?;
    Ok(text)
}

/// As [`read_text`], with what the open file itself said, so that no second look can be fooled.
pub fn read_with_meta(path: &Path, max: u64, guard: Guard) -> Result<(String, Metadata), Refused> {
    let (bytes, meta) = read(path, max, |meta| check_access(path, meta, guard))?;
    let text = String::from_utf8(bytes).map_err(|e| not_text(path, e.as_bytes(), e.utf8_error().valid_up_to()))?;
    Ok((text, meta))
}

/// The bytes of a file whose text is nobody's secret and whose owner does not matter.
pub fn read_bytes(path: &Path, max: u64) -> Result<Vec<u8>, Refused> {
    Ok(read(path, max, |_| Ok(()))?.0)
}

fn read(
    path: &Path,
    max: u64,
    check: impl FnOnce(&Metadata) -> Result<(), Refused>,
) -> Result<(Vec<u8>, Metadata), Refused> {
    let file = open(path)?;
    let meta = file.metadata().map_err(|e| refuse(path, format!("cannot be examined: {e}"), ""))?;
    if !meta.is_file() {
        return Err(refuse(path, "is no regular file", "name a file, not a folder, pipe or device"));
    }
    if meta.len() > max {
        return Err(refuse(path, format!("is {} bytes long, more than {max}", meta.len()), "is it the right file?"));
    }
    check(&meta)?;
    let mut bytes = Vec::new();
    file.take(max + 1).read_to_end(&mut bytes).map_err(|e| refuse(path, format!("cannot be read: {e}"), ""))?;
    if bytes.len() as u64 > max {
        return Err(refuse(path, format!("grew past {max} bytes"), "is it the right file?"));
    }
    Ok((bytes, meta))
}

/// Opens without waiting: a pipe that nobody writes must not hang the program.
fn open(path: &Path) -> Result<File, Refused> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let opened = rustix::fs::open(path, flags, Mode::empty());
    opened.map(File::from).map_err(|e| refuse(path, format!("cannot be opened: {}", std::io::Error::from(e)), ""))
}

fn not_text(path: &Path, bytes: &[u8], at: usize) -> Refused {
    let before = bytes.get(..at).unwrap_or_default();
    let line = before.split(|b| *b == b'\n').count();
    let start = before.iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
    let column = String::from_utf8_lossy(before.get(start..).unwrap_or_default()).chars().count() + 1;
    let byte = bytes.get(at).copied().unwrap_or_default();
    let mut refused = refuse(path, format!("byte {at} (0x{byte:02x}) is not UTF-8"), "save the file as UTF-8");
    refused.path = format!("{}:{line}:{column}", refused.path);
    refused
}

fn check_access(path: &Path, meta: &Metadata, guard: Guard) -> Result<(), Refused> {
    let me = rustix::process::geteuid().as_raw();
    let name = shown(path);
    if meta.uid() != 0 && meta.uid() != me {
        let why = format!("belongs to user {}, not to root or me ({me})", meta.uid());
        return Err(refuse(path, why, format!("chown {me} {name}")));
    }
    let mode = meta.mode();
    if mode & 0o002 != 0 || (guard == Guard::Secret && mode & 0o020 != 0) {
        return Err(refuse(path, "can be written by others", format!("chmod go-w {name}")));
    }
    let mounted = MOUNTED.iter().any(|m| path.starts_with(m));
    if guard == Guard::Secret && !mounted && readable_by_strangers(meta, me) {
        return Err(refuse(path, "holds a secret and can be read by others", format!("chmod 600 {name}")));
    }
    check_parent(path)
}

/// Root may share a file with a group that I am in: without that, I could not read it at all.
pub fn readable_by_strangers(meta: &Metadata, me: u32) -> bool {
    let shared_by_root = meta.uid() == 0 && me != 0;
    meta.mode() & (if shared_by_root { 0o004 } else { 0o044 }) != 0
}

/// Who can write the folder can put another file in the place of this one.
fn check_parent(path: &Path) -> Result<(), Refused> {
    let real = path.canonicalize().map_err(|e| refuse(path, format!("cannot be found: {e}"), ""))?;
    let Some(parent) = real.parent() else { return Ok(()) };
    let meta = parent.metadata().map_err(|e| refuse(parent, format!("cannot be examined: {e}"), ""))?;
    if meta.mode() & 0o002 != 0 && meta.mode() & 0o1000 == 0 {
        let why = format!("stands in {}, which everybody can write", shown(parent));
        return Err(refuse(path, why, format!("chmod o-w {}", shown(parent))));
    }
    Ok(())
}

/// Which file it is and whether it changed: device, inode, modification time in nanoseconds, length.
pub type Fingerprint = (u64, u64, i128, u64);

pub fn fingerprint(path: &Path) -> Option<Fingerprint> {
    let meta = std::fs::metadata(path).ok()?;
    let mtime = i128::from(meta.mtime()) * 1_000_000_000 + i128::from(meta.mtime_nsec());
    Some((meta.dev(), meta.ino(), mtime, meta.len()))
}

/// Where a config is looked for, in order, when neither `--config` nor `$WATCHDECK_CONFIG` names one.
pub fn search_path() -> Vec<PathBuf> {
    user_path().into_iter().chain([PathBuf::from("/etc/watchdeck/config.toml")]).collect()
}

/// The user's own config file, where `config init` writes.
pub fn user_path() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "watchdeck").map(|dirs| dirs.config_dir().join("config.toml"))
}

/// The first file found wins, whole: files are not merged. One that was named is taken even when it is not there, so
/// that its absence is an error and not an empty watch. `named` is `--config` or `$WATCHDECK_CONFIG`, in that order.
pub fn find(named: Option<&Path>) -> Option<PathBuf> {
    named.map(Path::to_path_buf).or_else(|| search_path().into_iter().find(|p| p.exists()))
}
