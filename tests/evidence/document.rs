use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use watchdeck::sources::document::{Reading, Wish, start};

use crate::kit::{NOW, PATIENCE, pipe};

const LIST: &str = "# Daily\n\n- [ ] backups\n- [ ] alerts\n";

async fn read_as(path: &Path, may_command: bool) -> Reading {
    let wish = Wish { file: path.to_str().expect("text").to_owned(), may_command };
    let reading = tokio::time::timeout(PATIENCE, start(wish, None, NOW)).await.expect("it ends");
    reading.expect("no panic").expect("a first look reads")
}

async fn read(path: &Path) -> Reading {
    read_as(path, false).await
}

fn why(reading: &Reading) -> &str {
    let why = reading.read.content.as_ref().expect_err("a refusal").as_str();
    assert!(why.starts_with(reading.read.name.as_str()), "{why} does not name its file");
    why
}

#[tokio::test]
async fn a_file_is_read_with_its_hash_and_not_again_while_it_is_the_same() {
    let dir = tempfile::tempdir().expect("dir");
    let path = dir.path().join("list.md");
    std::fs::write(&path, LIST).expect("written");
    let reading = read(&path).await;
    let (hash, document) = reading.read.content.as_ref().expect("read");
    assert_eq!((hash.as_str().len(), document.lists.len(), reading.read.at), (64, 1, NOW));
    let wish = Wish { file: reading.read.file.clone(), may_command: false };
    let again = start(wish.clone(), reading.fingerprint, NOW).await.expect("no panic");
    assert_eq!(again, None);
    std::fs::write(&path, "- [ ] other\n").expect("written");
    let changed = start(wish, reading.fingerprint, NOW).await.expect("no panic").expect("it changed");
    assert_ne!(changed.read.content, reading.read.content);
}

#[tokio::test]
async fn l2_x5_what_is_no_file_is_refused_and_says_what_to_do() {
    let dir = tempfile::tempdir().expect("dir");
    let at = |name: &str| dir.path().join(name);
    std::fs::write(at("secret"), "hunter2-canary").expect("written");
    symlink(at("secret"), at("link.md")).expect("a link");
    symlink(at("gone"), at("dangling.md")).expect("a link");
    symlink(at("loop.md"), at("loop.md")).expect("a link");
    pipe(&at("pipe.md"));
    std::fs::create_dir(at("dir.md")).expect("a folder");
    let _socket = std::os::unix::net::UnixListener::bind(at("sock.md")).expect("a socket");
    for (path, part) in [
        (at("link.md"), "is a symlink: name the file it points to"),
        (at("dangling.md"), "is a symlink: name the file it points to"),
        (at("loop.md"), "is a symlink: name the file it points to"),
        (at("pipe.md"), "is a pipe: name a regular file"),
        (at("dir.md"), "is a folder: name a Markdown file in it"),
        (at("sock.md"), "is a socket: name a regular file"),
        (Path::new("/dev/zero").to_owned(), "is a device: name a regular file"),
        (at("gone.md"), "is not there: put it back"),
        (at("secret/x.md"), "cannot be looked at: Not a directory"),
    ] {
        let reading = read(&path).await;
        assert!(why(&reading).contains(part), "{}", why(&reading));
        assert!(!format!("{reading:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn l3_a_huge_file_is_refused_unread_and_told_the_same_while_it_grows() {
    let dir = tempfile::tempdir().expect("dir");
    let path = dir.path().join("list.md");
    let file = std::fs::File::create(&path).expect("a file");
    let mut said = Vec::new();
    for bytes in [3 << 20, 100 << 20, 1 << 40] {
        file.set_len(bytes).expect("its length");
        said.push(why(&read(&path).await).to_owned());
    }
    said.dedup();
    assert_eq!(said.len(), 1);
    assert!(said[0].contains("longer than 2 MiB, too long for a checklist: split it"), "{said:?}");
    file.set_len(2 << 20).expect("its length");
    assert!(read(&path).await.read.content.is_ok(), "nothing but zeros is still a document");
}

#[tokio::test]
async fn c1_bytes_that_are_no_text_give_a_document_or_a_reason() {
    let dir = tempfile::tempdir().expect("dir");
    let path = dir.path().join("list.md");
    std::fs::write(&path, b"\xff\xfe-\x00 \x00").expect("written");
    assert!(why(&read(&path).await).contains("UTF-16"));
    std::fs::write(&path, b"\xef\xbb\xbf- [ ] a\xff\n").expect("written");
    assert!(read(&path).await.read.content.is_ok());
    std::fs::write(&path, "").expect("written");
    assert!(read(&path).await.read.content.is_ok());
}

#[tokio::test]
async fn c2_a_file_whose_commands_may_be_run_belongs_to_nobody_else() {
    let dir = tempfile::tempdir().expect("dir");
    let path = dir.path().join("list.md");
    std::fs::write(&path, LIST).expect("written");
    let mode = |mode: u32| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("mode");
    mode(0o646);
    let reading = read_as(&path, true).await;
    assert!(why(&reading).contains("can be written by others") && why(&reading).contains("chmod o-w"), "{reading:?}");
    assert!(read_as(&path, false).await.read.content.is_ok(), "a list without commands may be everybody's");
    mode(0o644);
    assert!(read_as(&path, true).await.read.content.is_ok());
}

/// Whole, or not at all: a file written over and over never gives a mixture.
#[tokio::test]
async fn l1_a_file_that_changes_while_it_is_read_is_never_half_read() {
    let dir = tempfile::tempdir().expect("dir");
    let path = dir.path().join("list.md");
    let texts = ["- [ ] a\n".repeat(2000), "- [ ] b\n".repeat(4000)];
    std::fs::write(&path, &texts[0]).expect("written");
    let stop = Arc::new(AtomicBool::new(false));
    let writer = std::thread::spawn({
        let (path, stop, texts) = (path.clone(), Arc::clone(&stop), texts.clone());
        move || {
            let mut n = 0;
            while !stop.load(Ordering::Relaxed) {
                n += 1;
                let mut file = std::fs::File::create(&path).expect("a file");
                for piece in texts[n % 2].as_bytes().chunks(4096) {
                    file.write_all(piece).expect("written");
                }
            }
        }
    });
    for _ in 0..20 {
        match read(&path).await.read.content {
            Err(why) => assert!(why.as_str().contains("changes while it is read"), "{why}"),
            Ok((_, document)) => {
                let items: Vec<_> = document.lists.iter().flat_map(|l| &l.items).map(|i| i.text.as_str()).collect();
                assert!(items.iter().all(|text| *text == "a") || items.iter().all(|text| *text == "b"), "a mixture");
            }
        }
    }
    stop.store(true, Ordering::Relaxed);
    writer.join().expect("the writer");
    assert!(read(&path).await.read.content.is_ok(), "it rests");
}
