//! A file read and put back whole: what replaces it has its owner and its mode, and takes its place in one step, or nothing
//! changes. A link is refused: to replace it would make another file of it.

use std::fs::{File, Metadata};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{Gid, Mode, OFlags, Uid};
use sha2::{Digest as _, Sha256};

use crate::config::file::{fingerprint, shown};
use crate::domain::markdown::BYTES_MAX;

pub struct Held {
    path: PathBuf,
    pub bytes: Vec<u8>,
    meta: Metadata,
}

impl Held {
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let name = shown(path);
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
        let opened = rustix::fs::open(path, flags, Mode::empty()).map(File::from);
        let file = opened.map_err(|e| match e {
            rustix::io::Errno::LOOP => anyhow::anyhow!("{name} is a symlink: name the file it points to"),
            e => anyhow::anyhow!("{name} cannot be opened: {}", std::io::Error::from(e)),
        })?;
        let meta = file.metadata()?;
        if !meta.is_file() {
            anyhow::bail!("{name} is no regular file");
        }
        if meta.nlink() > 1 {
            anyhow::bail!("{name} has {} names (hard links), and would keep its ticks under one of them", meta.nlink());
        }
        let mut bytes = Vec::new();
        (&file).take(BYTES_MAX + 1).read_to_end(&mut bytes)?;
        Ok(Self { path: path.to_path_buf(), bytes, meta })
    }

    /// Hexadecimal.
    pub fn sha256(&self) -> String {
        Sha256::digest(&self.bytes).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
    }

    /// Refused when the file is no longer the one that was read.
    pub fn replace(&self, bytes: &[u8]) -> anyhow::Result<()> {
        let folder = self.path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let beside = folder.join(format!(".watchdeck-{}.tmp", uuid::Uuid::now_v7()));
        let done = self.put(&beside, bytes).and_then(|()| {
            std::fs::rename(&beside, &self.path)?;
            Ok(File::open(folder)?.sync_all()?)
        });
        if done.is_err() {
            let _ = std::fs::remove_file(&beside);
        }
        done.map_err(|why| anyhow::anyhow!("{}: {why}; the file is as it was", shown(&self.path)))
    }

    fn put(&self, beside: &Path, bytes: &[u8]) -> anyhow::Result<()> {
        let mut file = make(beside)?;
        file.write_all(bytes)?;
        let made = file.metadata()?;
        let (uid, gid) = (self.meta.uid(), self.meta.gid());
        if (made.uid(), made.gid()) != (uid, gid) {
            let kept = rustix::fs::fchown(&file, Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)));
            kept.map_err(|_| {
                anyhow::anyhow!("it belongs to user {uid}, group {gid}, which cannot be kept: let them do it")
            })?;
        }
        file.set_permissions(std::fs::Permissions::from_mode(self.meta.mode() & 0o7777))?;
        file.sync_all()?;
        let was = (self.meta.dev(), self.meta.ino(), nanos(&self.meta), self.meta.len());
        if fingerprint(&self.path) != Some(was) || std::fs::symlink_metadata(&self.path)?.is_symlink() {
            anyhow::bail!("somebody has just changed it; run the command again");
        }
        Ok(())
    }
}

fn make(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn nanos(meta: &Metadata) -> i128 {
    i128::from(meta.mtime()) * 1_000_000_000 + i128::from(meta.mtime_nsec())
}
