use std::fs::{File, FileTimes};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, SystemTime};

use watchdeck::domain::evidence::{Proof, Verdict};

use crate::kit::{NOW, gatherer, look, pipe};

const HOUR: u64 = 3600;

/// A file of this many bytes, written this many seconds before the test's now; a negative age is later.
fn write(path: &Path, bytes: u64, age_secs: i64) {
    let file = File::create(path).expect("a file");
    file.set_len(bytes).expect("its length");
    let at = Duration::from_millis(u64::try_from(NOW.0 - age_secs * 1000).expect("after 1970"));
    file.set_times(FileTimes::new().set_modified(SystemTime::UNIX_EPOCH + at)).expect("its time");
}

async fn seen(folder: &Path, name: &str, keys: &str) -> Proof {
    let line = format!("file = {{ path = '{}/{name}', newer_than = '26h' {keys} }}", folder.display());
    look(&*gatherer(&line), NOW).await
}

fn told(proof: &Proof) -> (Verdict, &str) {
    (proof.verdict, proof.says.as_str())
}

#[tokio::test]
async fn the_newest_file_counts_with_its_age_size_and_number() {
    let dir = tempfile::tempdir().expect("dir");
    let hour = HOUR as i64;
    write(&dir.path().join("dump-1"), 100, 30 * hour);
    write(&dir.path().join("dump-2"), 12 << 20, 3 * hour);
    write(&dir.path().join("dump-3"), 1, 50 * hour);
    write(&dir.path().join("other"), 1, 0);
    write(&dir.path().join(".dump-4"), 1, 0);
    let proof = seen(dir.path(), "dump-*", ", larger_than = '1MiB', smaller_than = '1GiB', at_least = 3").await;
    assert_eq!(told(&proof), (Verdict::Good, "newest 3h ago, 12 MiB, dump-2 (3 files)"));
    assert_eq!(proof.wanted.as_str(), "newer than 26h, larger than 1 MiB, smaller than 1 GiB, at least 3 files");
    assert_eq!((proof.source.as_str(), proof.at, proof.output), ("file", Some(NOW), None));
    for (name, keys, verdict, says) in [
        ("dump-?", ", at_least = 4", Verdict::Bad, "newest 3h ago, 12 MiB, dump-2 (3 files)"),
        ("dump-*", ", larger_than = '12MiB'", Verdict::Bad, "newest 3h ago, 12 MiB, dump-2 (3 files)"),
        ("dump-*", ", smaller_than = '12MiB'", Verdict::Bad, "newest 3h ago, 12 MiB, dump-2 (3 files)"),
        ("dump-1", "", Verdict::Bad, "newest 30h ago, 100 B, dump-1 (1 file)"),
        ("dump-2", "", Verdict::Good, "newest 3h ago, 12 MiB, dump-2 (1 file)"),
    ] {
        assert_eq!(told(&seen(dir.path(), name, keys).await), (verdict, says), "{name} {keys}");
    }
    let looked = gatherer("file = { path = '/var/backups/*.dump', newer_than = '26h' }").looked();
    assert_eq!(looked.what.as_str(), "/var/backups/*.dump");
    assert_eq!((looked.every, looked.fresh), (Some(Duration::from_secs(60)), Duration::from_secs(300)));
}

#[tokio::test]
async fn none_is_bad_and_a_folder_that_cannot_be_read_is_unknown() {
    let dir = tempfile::tempdir().expect("dir");
    let place = dir.path().display();
    let proof = seen(dir.path(), "*.dump", "").await;
    assert_eq!(told(&proof), (Verdict::Bad, format!("no file at {place}/*.dump").as_str()));
    assert_eq!(proof.wanted.as_str(), "newer than 26h");
    assert_eq!(seen(dir.path(), "a.dump", "").await.verdict, Verdict::Bad);
    for name in ["gone/*.dump", "gone/a.dump"] {
        let proof = seen(dir.path(), name, "").await;
        assert_eq!(proof.verdict, Verdict::Unknown);
        assert!(proof.says.as_str().contains("gone cannot be read: No such file"), "{}", proof.says);
    }
    write(&dir.path().join("file"), 1, 0);
    let proof = seen(dir.path(), "file/*.dump", "").await;
    assert!(proof.says.as_str().contains("Not a directory"), "{proof:?}");
}

#[tokio::test]
async fn l2_what_is_no_file_is_named_as_what_it_is_and_never_followed() {
    let dir = tempfile::tempdir().expect("dir");
    write(&dir.path().join("real"), 1, 0);
    symlink(dir.path().join("real"), dir.path().join("a.link")).expect("a link");
    symlink("/proc/self/mem", dir.path().join("a.proc")).expect("a link");
    pipe(&dir.path().join("a.pipe"));
    std::fs::create_dir(dir.path().join("a.dir")).expect("a folder");
    let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("a.sock")).expect("a socket");
    for (name, is) in [
        ("link", "a symlink, which is not followed"),
        ("proc", "a symlink, which is not followed"),
        ("pipe", "a pipe"),
        ("dir", "a folder"),
        ("sock", "a socket"),
    ] {
        for form in [format!("a.{name}"), format!("*.{name}")] {
            let proof = seen(dir.path(), &form, "").await;
            assert_eq!(proof.verdict, Verdict::Bad, "{form}");
            assert!(proof.says.as_str().ends_with(&format!("a.{name} is {is}")), "{}", proof.says);
        }
    }
    let proof = look(&*gatherer("file = { path = '/dev/zero', newer_than = '1h' }"), NOW).await;
    assert_eq!(told(&proof), (Verdict::Bad, "no file at /dev/zero: zero is a device"));
    // Beside a real one they do not count.
    write(&dir.path().join("a.real"), 1, 60);
    assert_eq!(told(&seen(dir.path(), "a.*", "").await), (Verdict::Good, "newest 60s ago, 1 B, a.real (1 file)"));
}

#[tokio::test]
async fn t1_a_file_from_the_future_proves_nothing() {
    let dir = tempfile::tempdir().expect("dir");
    write(&dir.path().join("a.dump"), 1, -3 * HOUR as i64);
    assert_eq!(told(&seen(dir.path(), "*.dump", "").await), (Verdict::Bad, "a.dump is dated 3h from now"));
    write(&dir.path().join("a.dump"), 1, -30);
    assert_eq!(told(&seen(dir.path(), "*.dump", "").await), (Verdict::Good, "newest 0s ago, 1 B, a.dump (1 file)"));
}

#[tokio::test]
async fn l4_a_hostile_name_is_shown_and_cut() {
    let dir = tempfile::tempdir().expect("dir");
    let name = format!("a\x1b[2J\n{}.dump", "n".repeat(200));
    write(&dir.path().join(&name), 1, 60);
    let proof = seen(dir.path(), "*.dump", "").await;
    assert!(proof.says.as_str().contains("a␛[2J␊nnn") && proof.says.as_str().len() < 160, "{}", proof.says);
    assert_eq!(proof.verdict, Verdict::Good);
}

#[tokio::test]
async fn r1x_a_folder_of_too_many_names_is_not_guessed_at() {
    let dir = tempfile::tempdir().expect("dir");
    for n in 0..10_001 {
        std::fs::hard_link(first(dir.path()), dir.path().join(format!("{n}.dump"))).expect("a name");
    }
    let proof = seen(dir.path(), "*.dump", "").await;
    assert_eq!(proof.verdict, Verdict::Unknown);
    assert!(proof.says.as_str().contains("more than 10000 names"), "{}", proof.says);
    assert_eq!(seen(dir.path(), "7.dump", "").await.verdict, Verdict::Good, "a name of its own needs no list");
}

fn first(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("first");
    if !path.exists() {
        write(&path, 1, 60);
    }
    path
}
