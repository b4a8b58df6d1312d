//! The task that follows the files, on a clock that runs ahead whenever nothing else is to be done.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use watchdeck::domain::checklist::{DocumentRead, Source};
use watchdeck::engine::event::Event;
use watchdeck::runtime::documents;

use crate::kit::{PATIENCE, hands, pipe};

struct Desk {
    folder: tempfile::TempDir,
    events: mpsc::Receiver<Event>,
    files: watch::Sender<Vec<Arc<Source>>>,
    running: JoinHandle<()>,
}

fn source(path: &Path) -> Arc<Source> {
    Arc::new(Source {
        file: path.to_str().expect("text").to_owned(),
        zone: chrono_tz::UTC,
        procedures_only: false,
        file_commands: false,
        lists: Vec::new(),
        items: Vec::new(),
        steps: Vec::new(),
    })
}

impl Desk {
    fn open(names: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for name in names {
            std::fs::write(folder.path().join(name), format!("# {name}\n\n- [ ] a\n")).expect("written");
        }
        let (hands, events) = hands(folder.path());
        let files = watch::channel(names.iter().map(|n| source(&folder.path().join(n))).collect()).0;
        let running = tokio::spawn(documents::run(hands, files.subscribe()));
        Self { folder, events, files, running }
    }
    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
    fn name(&self, names: &[&str]) {
        let _ = self.files.send(names.iter().map(|n| source(&self.at(n))).collect());
    }
    async fn told(&mut self) -> Vec<DocumentRead> {
        match tokio::time::timeout(PATIENCE * 1000, self.events.recv()).await.expect("news").expect("alive") {
            Event::DocumentsRead(reads) => reads,
            other => panic!("{other:?}"),
        }
    }
    /// What each file says: its number of boxes, or the reason.
    async fn says(&mut self) -> Vec<String> {
        let said = |read: &DocumentRead| match &read.content {
            Ok((_, document)) => document.items().count().to_string(),
            Err(why) => why.to_string().rsplit_once(": is ").map_or(why.to_string(), |(_, why)| why.to_owned()),
        };
        self.told().await.iter().map(said).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn files_are_read_at_the_start_and_again_when_they_change() {
    let mut desk = Desk::open(&["a.md", "b.md"]);
    assert_eq!(desk.says().await, ["1", "1"]);
    std::fs::write(desk.at("b.md"), "- [ ] a\n- [ ] b\n").expect("written");
    assert_eq!(desk.says().await, ["1", "2"]);
    // As an editor saves: another file takes the name.
    std::fs::write(desk.at("new"), "- [ ] a\n- [ ] b\n- [ ] c\n").expect("written");
    std::fs::rename(desk.at("new"), desk.at("a.md")).expect("renamed");
    assert_eq!(desk.says().await, ["3", "2"]);
}

#[tokio::test(start_paused = true)]
async fn what_says_the_same_is_no_news() {
    let mut desk = Desk::open(&["a.md", "b.md"]);
    let first = desk.told().await;
    let text = std::fs::read(desk.at("a.md")).expect("read");
    for _ in 0..3 {
        std::fs::write(desk.at("a.md"), &text).expect("written");
        tokio::time::sleep(std::time::Duration::from_secs(7)).await;
    }
    desk.name(&["a.md", "b.md"]);
    tokio::time::sleep(std::time::Duration::from_secs(7)).await;
    std::fs::write(desk.at("b.md"), "- [ ] a\n- [ ] b\n").expect("written");
    let second = desk.told().await;
    assert_eq!(second[0], first[0], "and it is as old as it was");
    assert_ne!(second[1], first[1]);
}

#[tokio::test(start_paused = true)]
async fn l1_a_vanished_file_is_told_once_and_read_again_when_it_comes_back() {
    let mut desk = Desk::open(&["a.md", "b.md"]);
    desk.told().await;
    let text = std::fs::read(desk.at("a.md")).expect("read");
    std::fs::remove_file(desk.at("a.md")).expect("removed");
    assert_eq!(desk.says().await, ["not there: put it back, or take it out of the config", "1"]);
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    assert!(desk.events.try_recv().is_err(), "it was told more than once");
    std::fs::write(desk.at("a.md"), text).expect("written");
    assert_eq!(desk.says().await, ["1", "1"]);
}

#[tokio::test(start_paused = true)]
async fn l2_x5_a_file_that_becomes_something_else_is_told_and_does_no_harm() {
    let mut desk = Desk::open(&["a.md", "b.md"]);
    desk.told().await;
    std::fs::write(desk.at("secret"), "- [ ] hunter2-canary\n").expect("written");
    let gone = || std::fs::remove_file(desk.folder.path().join("a.md")).expect("removed");
    gone();
    pipe(&desk.at("a.md"));
    assert_eq!(desk.says().await, ["a pipe: name a regular file", "1"]);
    std::fs::remove_file(desk.at("a.md")).expect("removed");
    symlink(desk.at("secret"), desk.at("a.md")).expect("a link");
    assert_eq!(desk.says().await, ["a symlink: name the file it points to", "1"]);
    std::fs::remove_file(desk.at("a.md")).expect("removed");
    let file = std::fs::File::create(desk.at("a.md")).expect("a file");
    file.set_len(100 << 20).expect("its length");
    assert_eq!(desk.says().await, ["longer than 2 MiB, too long for a checklist: split it", "1"]);
    std::fs::write(desk.at("a.md"), "- [ ] a\n").expect("written");
    assert_eq!(desk.says().await, ["1", "1"]);
}

#[tokio::test(start_paused = true)]
async fn another_list_of_files_is_followed_at_once() {
    let mut desk = Desk::open(&["a.md", "b.md"]);
    desk.told().await;
    desk.name(&["b.md"]);
    assert_eq!(desk.says().await, ["1"]);
    desk.name(&[]);
    assert_eq!(desk.told().await, []);
    desk.name(&["gone.md", "a.md"]);
    assert_eq!(desk.says().await, ["not there: put it back, or take it out of the config", "1"]);
    let (files, running) = (desk.files, desk.running);
    drop(files);
    tokio::time::timeout(PATIENCE, running).await.expect("it ends with whoever names its files").expect("no panic");
}
