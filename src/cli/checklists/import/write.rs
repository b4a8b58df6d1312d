//! Writes what was planned: each file whole, beside its place, then renamed into it. The mapping first, for the config
//! names it; when the config cannot be written the mapping goes again. Nobody ever reads half of a file.

use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FlockOperation, RenameFlags, flock};

use super::{Plan, refused};
use crate::config::file;

pub fn write(plan: &Plan) -> anyhow::Result<()> {
    let place = &plan.place;
    if place.real.is_none()
        && let Some(folder) = place.path.parent()
    {
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|e| refused(format!("{} cannot be made: {e}", file::shown(folder))))?;
    }
    let like = match &place.real {
        Some((real, _)) => Some(real.metadata().map_err(|e| failed(real, &e))?),
        None => None,
    };
    if let Some(mapped) = &plan.mapped {
        let path = &place.mapping.path;
        new(path, &mapped.text, like.as_ref()).map_err(|e| failed(path, &e))?;
    }
    let target = place.real.as_ref().map_or(&place.path, |(real, _)| real);
    let done = match &place.real {
        Some((real, seen)) => replace(real, &plan.text(), like.as_ref(), *seen),
        None => new(target, &plan.text(), None),
    };
    done.map_err(|e| {
        if plan.mapped.is_some() {
            let _ = std::fs::remove_file(&place.mapping.path);
        }
        failed(target, &e)
    })
}

fn failed(path: &Path, error: &io::Error) -> anyhow::Error {
    refused(format!("{} cannot be written: {error}; nothing has changed", file::shown(path)))
}

fn new(path: &Path, text: &str, like: Option<&Metadata>) -> io::Result<()> {
    let beside = Beside::write(path, text, like)?;
    match rustix::fs::renameat_with(CWD, &beside.0, CWD, path, RenameFlags::NOREPLACE) {
        Ok(()) => {}
        // Not every file system can promise it.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) if path.symlink_metadata().is_err() => {
            std::fs::rename(&beside.0, path)?;
        }
        Err(e) => return Err(e.into()),
    }
    settle(path)
}

fn replace(path: &Path, text: &str, like: Option<&Metadata>, seen: file::Fingerprint) -> io::Result<()> {
    let beside = Beside::write(path, text, like)?;
    // Between the look and the rename no other import may come: the folder is ours for that long.
    let folder = File::open(path.parent().unwrap_or(Path::new(".")))?;
    flock(&folder, FlockOperation::NonBlockingLockExclusive)
        .map_err(|_| io::Error::other("another import writes in its folder at this moment: import once more"))?;
    if file::fingerprint(path) != Some(seen) {
        return Err(io::Error::other("somebody changed it meanwhile: import once more"));
    }
    std::fs::rename(&beside.0, path)?;
    settle(path)
}

/// The folder's own entry, too, outlives a power cut.
fn settle(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// A file in the same folder under a name of its own; gone when it was not renamed.
struct Beside(PathBuf);

impl Beside {
    /// With the owner and the mode of the file it stands in for, else for this user alone.
    fn write(path: &Path, text: &str, like: Option<&Metadata>) -> io::Result<Self> {
        let mut name = std::ffi::OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".{}", uuid::Uuid::now_v7().simple()));
        let beside = path.with_file_name(name);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        let beside = Self(beside);
        file.write_all(text.as_bytes())?;
        if let Some(like) = like {
            let own = file.metadata()?;
            if (own.uid(), own.gid()) != (like.uid(), like.gid()) {
                std::os::unix::fs::fchown(&file, Some(like.uid()), Some(like.gid()))?;
            }
            file.set_permissions(Permissions::from_mode(like.mode() & 0o777))?;
        }
        file.sync_all()?;
        Ok(beside)
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_changed_meanwhile_is_not_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.toml");
        std::fs::write(&path, "old").unwrap();
        let (seen, like) = (file::fingerprint(&path).unwrap(), path.metadata().unwrap());
        std::fs::write(&path, "theirs, and longer").unwrap();
        let refused = replace(&path, "ours", Some(&like), seen).unwrap_err().to_string();
        assert!(refused.contains("somebody changed it meanwhile"), "{refused}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "theirs, and longer");
        assert!(new(&path, "ours", None).is_err(), "nor is a file that has come meanwhile");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
        replace(&path, "ours", Some(&like), file::fingerprint(&path).unwrap()).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "ours");
        assert_eq!(path.metadata().unwrap().mode(), like.mode());
    }

    #[test]
    fn s2_of_imports_at_one_moment_one_is_written_and_the_others_hear_of_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.toml");
        for round in 0..20 {
            std::fs::write(&path, format!("round {round}")).unwrap();
            let seen = file::fingerprint(&path).unwrap();
            let (start, path) = (std::sync::Barrier::new(4), &path);
            let import = |who: usize| {
                start.wait();
                replace(path, &format!("by {who}"), None, seen).map(|()| who).map_err(|e| e.to_string())
            };
            let came: Vec<_> = std::thread::scope(|scope| {
                let import = &import;
                let all: Vec<_> = (0..4).map(|who| scope.spawn(move || import(who))).collect();
                all.into_iter().map(|t| t.join().unwrap()).collect()
            });
            let won: Vec<_> = came.iter().flatten().collect();
            assert_eq!(won.len(), 1, "{came:?}");
            assert_eq!(std::fs::read_to_string(path).unwrap(), format!("by {}", won[0]));
            assert!(came.iter().filter_map(|c| c.as_ref().err()).all(|e| e.contains("import once more")), "{came:?}");
        }
    }
}
