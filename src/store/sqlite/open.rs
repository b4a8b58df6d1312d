//! Opening the file: what it must be, where it may lie, and the settings that make a commit durable. Nothing here ever
//! creates over, repairs or deletes a file it does not know.

use std::fs;
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::schema;
use super::{Options, sql_error};
use crate::store::StoreError;

/// Whether a file that is not there may be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Create {
    Never,
    IfMissing,
}

/// Oldest SQLite whose WAL is trusted between processes (a corruption bug was mended in it).
const SQLITE_MIN: i32 = 3_051_003;
const BUSY: Duration = Duration::from_secs(2);

/// Which file is open: a path alone can come to mean another one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FileId {
    dev: u64,
    ino: u64,
}

impl FileId {
    pub fn of(path: &Path) -> Option<Self> {
        fs::metadata(path).ok().map(|m| Self { dev: m.dev(), ino: m.ino() })
    }
}

pub struct Opened {
    pub connection: Connection,
    pub path: PathBuf,
    pub file: FileId,
    pub hold: Hold,
    pub instance: String,
}

/// Kept with a connection for as long as that lives: while anybody here has the file open, nobody opens it by hand. A
/// file's locks are the process's: whoever closes it once more drops them all, and another process then takes the log
/// away under us (sqlite.org/howtocorrupt.html, section 2.2).
#[derive(Clone, Debug)]
pub struct Hold {
    _held: Arc<()>,
}

static HELD: Mutex<Vec<(FileId, Weak<()>)>> = Mutex::new(Vec::new());

/// Opens (or makes) the store at `path` for writing.
pub fn open(path: &Path, create: Create, options: &Options) -> Result<Opened, StoreError> {
    if rusqlite::version_number() < SQLITE_MIN {
        return Err(refused(path, &format!("SQLite {} is too old", rusqlite::version()), "build with the bundled one"));
    }
    if fs::symlink_metadata(path).is_err() {
        if create == Create::Never {
            return Err(StoreError::Missing(path.display().to_string()));
        }
        check_folder(path, options)?;
        make(path, options)?;
    }
    let real = fs::canonicalize(path).map_err(|e| {
        refused(path, &format!("a link that leads nowhere ({e})"), "remove the link or name the file itself")
    })?;
    check_folder(&real, options)?;
    let hold = check_file(&real)?;
    let mut connection = connect(&real, false)?;
    let known = options.steps.len() as i64;
    let found: i64 = query(&connection, "PRAGMA user_version")?;
    if found > known {
        return Err(StoreError::Newer { path: real.display().to_string(), found, known });
    }
    if found < known {
        migrate(&mut connection, &real, found, options)?;
    }
    let instance = query(&connection, "SELECT value FROM meta WHERE key = 'instance'")?;
    let file = FileId::of(&real).ok_or(StoreError::Replaced)?;
    Ok(Opened { connection, path: real, file, hold, instance })
}

/// A reading connection on what now lies at the path, when that is the same store.
pub fn again(path: &Path, options: &Options, instance: &str) -> Option<(Connection, Hold)> {
    let opened = open(path, Create::Never, options).ok().filter(|o| o.instance == instance)?;
    opened.connection.execute_batch("PRAGMA query_only = ON").ok()?;
    Some((opened.connection, opened.hold))
}

/// Closes a connection. The last one on a file clears its log away, by name: when the file was replaced, that name is the
/// new one's.
pub fn leave(connection: Connection, replaced: bool) {
    if replaced {
        let _ = connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
    }
    drop(connection);
}

/// A connection with the settings that every one of ours has.
pub fn connect(path: &Path, read_only: bool) -> Result<Connection, StoreError> {
    let mut flags = OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    // A reader of a WAL store still needs to write the shared index; `query_only` keeps it from writing anything else.
    flags |= OpenFlags::SQLITE_OPEN_READ_WRITE;
    let connection = Connection::open_with_flags(path, flags).map_err(|e| cannot_open(path, &e))?;
    connection.busy_timeout(BUSY).map_err(|e| sql_error(&e))?;
    connection.set_prepared_statement_cache_capacity(64);
    // The log is cut when it starts anew: its length is then where it ends, which `traces` reads.
    let settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
        PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;
        PRAGMA journal_size_limit = 0; PRAGMA cache_size = -2000; PRAGMA temp_store = MEMORY;";
    connection.execute_batch(settings).map_err(|e| cannot_open(path, &e))?;
    if read_only {
        connection.execute_batch("PRAGMA query_only = ON").map_err(|e| sql_error(&e))?;
    }
    Ok(connection)
}

/// Overwrites what a failed commit may have left behind the log's end. Its frames are whole when only their sync failed:
/// this process does not count them, but the next one that recovers the log would, and an act that was said to have
/// failed would have happened. An empty change in their place ends that; it need not last, so it is not synced, and so it
/// must never lead to a checkpoint. (After a power loss the disk alone knows which of the two it kept.)
pub fn void_tail(path: &Path) -> Result<(), StoreError> {
    let connection = connect(path, false)?;
    let no_checkpoint = rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
    connection.set_db_config(no_checkpoint, true).map_err(|e| sql_error(&e))?;
    // Twice, because a row that gets the value it has is not written.
    let nothing = "PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = OFF; BEGIN IMMEDIATE;
        UPDATE counter SET seq = seq + 1; UPDATE counter SET seq = seq - 1; COMMIT;";
    connection.execute_batch(nothing).map_err(|e| sql_error(&e))
}

/// Opening says more about the file than about the request: permission and corruption are named as such.
fn cannot_open(path: &Path, error: &rusqlite::Error) -> StoreError {
    match sql_error(error) {
        // What SQLite cannot lay out beside the file on a full disk it calls an I/O error.
        StoreError::Failed(_) if rustix::fs::statvfs(path).is_ok_and(|s| s.f_bavail == 0) => StoreError::DiskFull,
        StoreError::Failed(why) => {
            // Asked, not tried: to close the file would drop the locks of whoever in this process has it open.
            let readable = rustix::fs::access(path, rustix::fs::Access::READ_OK).is_ok();
            let hint = if readable {
                "see that you own it and its folder"
            } else {
                "ask its owner for access, or use --store"
            };
            refused(path, &why, hint)
        }
        other => other,
    }
}

/// Made under another name and linked into place: nobody ever sees a half-made store, and the first of many wins.
fn make(path: &Path, options: &Options) -> Result<(), StoreError> {
    let io = |e: std::io::Error| {
        refused(path, &format!("cannot be created ({e})"), "choose a folder you may write, with --store")
    };
    let unique = uuid::Uuid::now_v7();
    let temp = path.with_file_name(format!(".watchdeck-{}.new", unique.simple()));
    let new = fs::OpenOptions::new().write(true).create_new(true).mode(options.file_mode()).open(&temp).map_err(io)?;
    drop(new);
    // The umask of whoever starts first must not decide who may write.
    set_mode(&temp, options.file_mode());
    let made = (|| {
        let mut connection = connect(&temp, false)?;
        schema::climb(&mut connection, options.steps, &unique.to_string()).map_err(|e| sql_error(&e))?;
        connection.close().map_err(|(_, e)| sql_error(&e))
    })();
    let linked = made.and_then(|()| match fs::hard_link(&temp, path) {
        Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => Err(io(e)),
        _ => Ok(()),
    });
    let _ = fs::remove_file(&temp);
    for tail in ["-wal", "-shm"] {
        let _ = fs::remove_file(beside(&temp, tail));
    }
    linked
}

/// An older store is copied aside before it is touched.
fn migrate(connection: &mut Connection, path: &Path, from: i64, options: &Options) -> Result<(), StoreError> {
    let backup = path.with_extension(format!("before-schema-{}.db", options.steps.len()));
    if !backup.exists() {
        let made = connection.execute("VACUUM INTO ?1", [backup.to_string_lossy()]);
        // Another console may have made the very same copy a moment ago.
        if let Err(e) = made
            && !backup.exists()
        {
            return Err(refused(
                path,
                &format!("schema {from} could not be copied aside ({e})"),
                "free some space, nothing was changed",
            ));
        }
        set_mode(&backup, options.file_mode());
    }
    let instance = uuid::Uuid::now_v7().to_string();
    schema::climb(connection, options.steps, &instance).map_err(|e| sql_error(&e))
}

/// A file that belongs to the store's: its log, its ballast.
pub fn beside(path: &Path, tail: &str) -> PathBuf {
    let mut name = path.to_path_buf().into_os_string();
    name.push(tail);
    PathBuf::from(name)
}

pub fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    let _ = fs::set_permissions(path, fs::Permissions::from_mode(mode));
}

/// A regular file that says it is ours; looked at without opening a FIFO or a device.
fn check_file(path: &Path) -> Result<Hold, StoreError> {
    let meta = fs::metadata(path).map_err(|e| refused(path, &e.to_string(), "see that you may read it"))?;
    let kind = meta.file_type();
    let what = match () {
        () if kind.is_dir() => Some("is a folder"),
        () if kind.is_fifo() => Some("is a pipe"),
        () if kind.is_block_device() || kind.is_char_device() => Some("is a device"),
        () if kind.is_socket() => Some("is a socket"),
        () if meta.len() == 0 => Some("is empty, not a store"),
        () => None,
    };
    let other = "name another file with --store, or let `watchdeck store init` make one";
    if let Some(what) = what {
        return Err(refused(path, what, other));
    }
    let id = FileId::of(path).ok_or(StoreError::Replaced)?;
    let mut all = HELD.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    all.retain(|(_, held)| held.strong_count() > 0);
    if let Some(held) = all.iter().find(|(file, _)| *file == id).and_then(|(_, held)| held.upgrade()) {
        return Ok(Hold { _held: held });
    }
    check_head(path, other)?;
    let held = Arc::new(());
    all.push((id, Arc::downgrade(&held)));
    Ok(Hold { _held: held })
}

fn check_head(path: &Path, other: &str) -> Result<(), StoreError> {
    let mut head = [0_u8; 72];
    let mut file = fs::File::open(path)
        .map_err(|e| refused(path, &format!("cannot be read ({e})"), "ask its owner for access"))?;
    file.read_exact(&mut head).map_err(|_| refused(path, "is too short to be a store", other))?;
    if !head.starts_with(b"SQLite format 3\0") {
        return Err(refused(path, "is not a store (its first bytes are not SQLite's)", other));
    }
    // A store whose last writer was killed may still have its first page in the WAL alone; ours is linked into place
    // complete, so the id is always in the file itself.
    let id = head.get(68..72).and_then(|b| b.try_into().ok()).map_or(0, i32::from_be_bytes);
    if id != schema::APPLICATION_ID {
        return Err(refused(path, "is a database of another program", other));
    }
    Ok(())
}

/// A folder others may write is no place for a journal; a network file system does not keep SQLite's promises.
fn check_folder(path: &Path, options: &Options) -> Result<(), StoreError> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let meta = fs::metadata(folder).map_err(|e| {
        refused(folder, &format!("cannot be entered ({e})"), "create the folder first, or name another with --store")
    })?;
    let mode = meta.mode();
    let (others, group, sticky) = (mode & 0o002 != 0, mode & 0o020 != 0, mode & 0o1000 != 0);
    if (others && !sticky) || (group && !options.group_shared && !sticky) {
        let hint =
            format!("chmod go-w {} (or group_shared = true under [store] for a folder of mode 2770)", folder.display());
        return Err(refused(folder, "can be written by others, who could replace the store", &hint));
    }
    let kind = rustix::fs::statfs(folder).map_or(0, |s| s.f_type as u64 & 0xffff_ffff);
    let network = match kind {
        0x6969 => Some("NFS"),
        0x517b | 0xff53_4d42 | 0xfe53_4d42 => Some("SMB"),
        0x6573_5546 => Some("FUSE"),
        0x0102_1997 => Some("9p"),
        _ => None,
    };
    match network {
        Some(name) if !options.allow_network_fs => Err(refused(
            folder,
            &format!("lies on {name}, where locks and fsync cannot be trusted"),
            "use a local disk, or set allow_network_fs = true under [store] at your own risk",
        )),
        _ => Ok(()),
    }
}

fn query<T: rusqlite::types::FromSql>(connection: &Connection, sql: &str) -> Result<T, StoreError> {
    connection.query_row(sql, [], |row| row.get(0)).map_err(|e| sql_error(&e))
}

fn refused(path: &Path, why: &str, hint: &str) -> StoreError {
    let path = crate::domain::text::Untrusted::new(path.display().to_string()).clean().to_string();
    StoreError::Refused { path, why: why.to_owned(), hint: hint.to_owned() }
}
