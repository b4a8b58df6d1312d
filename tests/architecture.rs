//! The house's rules, as tests: who may know whom, what a pure layer may not touch, how long a file may grow, and that
//! no file speaks of the machine it was written on. A rule that is broken is named with file and line.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

#[path = "architecture/rules.rs"]
mod rules;
#[path = "architecture/scan.rs"]
mod scan;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

const LINES_MAX: usize = 400;
const MAIN_LINES_MAX: usize = 60;
/// Files that may be longer, each with the reason. Meant to stay empty.
const LONG: &[(&str, &str)] = &[];
/// Files that must speak of such a path, each with the reason.
const MACHINE: &[(&str, &str)] = &[];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder, as paths relative to the repository with `/`.
fn walk(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        match path.symlink_metadata().unwrap() {
            meta if meta.is_dir() && !matches!(name.as_str(), "target" | ".git") => walk(&path, found),
            meta if meta.is_file() => found.push(name),
            _ => {}
        }
    }
}

/// The Rust files of `src` with their text, test modules in files of their own left out.
fn sources() -> Vec<(String, String)> {
    let mut files = Vec::new();
    walk(&root().join("src"), &mut files);
    let read = |file: String| {
        let text = std::fs::read_to_string(root().join(&file)).unwrap();
        (file, text)
    };
    let all: Vec<_> =
        files.into_iter().filter(|f| Path::new(f).extension().is_some_and(|e| e == "rs")).map(read).collect();
    let tests: BTreeSet<_> = all.iter().flat_map(|(file, text)| test_files(file, text)).collect();
    all.into_iter().filter(|(file, _)| !tests.contains(file)).collect()
}

fn test_files(file: &str, text: &str) -> Vec<String> {
    let (folder, name) = file.rsplit_once('/').unwrap();
    let inside = match name {
        "mod.rs" | "lib.rs" | "main.rs" => folder.to_owned(),
        _ => file.trim_end_matches(".rs").to_owned(),
    };
    scan::test_modules(text).iter().flat_map(|m| [format!("{inside}/{m}.rs"), format!("{inside}/{m}/mod.rs")]).collect()
}

/// What git would ship; without git, every file but the build's.
fn shipped() -> Vec<String> {
    let listing = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let listed = Command::new("git").arg("-C").arg(root()).args(listing).output();
    if let Ok(out) = listed
        && out.status.success()
        && !out.stdout.is_empty()
    {
        return out.stdout.split(|b| *b == 0).map(|n| String::from_utf8_lossy(n).into_owned()).collect();
    }
    let mut found = Vec::new();
    walk(root(), &mut found);
    found
}

fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} broken:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_layer_keeps_to_its_rules() {
    let files = sources();
    assert!(files.len() > 20, "the scan found only {} files", files.len());
    none(&files.iter().flat_map(|(file, text)| rules::broken(file, text)).collect::<Vec<_>>());
}

#[test]
fn every_folder_of_src_has_a_rule() {
    let unknown: Vec<_> = std::fs::read_dir(root().join("src"))
        .unwrap()
        .map(|e| format!("src/{}", e.unwrap().file_name().to_str().unwrap()))
        .filter(|path| !rules::LAYERS.iter().any(|l| l.name == rules::layer_name(path)))
        .map(|path| format!("{path}: no rule knows this layer; add it to LAYERS"))
        .collect();
    none(&unknown);
}

#[test]
fn no_file_grows_past_its_limit() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let (lines, limit) = (text.lines().count(), if file == "src/main.rs" { MAIN_LINES_MAX } else { LINES_MAX });
        match (lines > limit, LONG.iter().any(|(f, _)| *f == file)) {
            (true, false) => wrong.push(format!("{file}: {lines} lines, at most {limit}; split it by concern")),
            (false, true) => wrong.push(format!("{file}: is in LONG and no longer needs to be")),
            _ => {}
        }
    }
    none(&wrong);
}

/// Lines that name a place of the machine a file was written on; put together here so that this file does not.
fn machine_paths(text: &str) -> Vec<usize> {
    let prefixes = [["/wor", "k/"].concat(), ["/roo", "t/"].concat()];
    // Only where a path starts: a folder of that name in the middle of another path is nobody's machine.
    let starts = |line: &str, at: usize| !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-})".contains(c));
    let named = |line: &str| prefixes.iter().any(|p| line.match_indices(p.as_str()).any(|(at, _)| starts(line, at)));
    text.lines().zip(1..).filter(|(line, _)| named(line)).map(|(_, n)| n).collect()
}

#[test]
fn no_file_names_a_path_of_the_machine_it_was_written_on() {
    let mut wrong = Vec::new();
    for file in shipped() {
        // A file git knows may have been deleted or be a link.
        let Ok(bytes) = std::fs::read(root().join(&file)) else { continue };
        let lines = machine_paths(&String::from_utf8_lossy(&bytes));
        match (lines.is_empty(), MACHINE.iter().any(|(f, _)| *f == file)) {
            (false, false) => wrong.extend(lines.iter().map(|n| format!("{file}:{n}: a path of one machine"))),
            (true, true) => wrong.push(format!("{file}: is in MACHINE and no longer needs to be")),
            _ => {}
        }
    }
    none(&wrong);
}

/// The rules bite: each of these must be caught, in whatever way it is written.
#[test]
fn what_the_rules_forbid_is_caught() {
    for (file, code) in [
        ("src/domain/x.rs", "use crate::config::raw::Raw;"),
        ("src/domain/x.rs", "fn f() { crate::store::open() }"),
        ("src/domain/x.rs", "use crate::{domain::time, engine::{Event as E}};"),
        ("src/domain/x.rs", "use super::super::engine::Event;"),
        ("src/domain/mod.rs", "use super::engine::Event;"),
        ("src/domain/a/b.rs", "use self::super::super::super::engine::Event;"),
        ("src/engine/x.rs", "use crate::*;"),
        ("src/engine/x.rs", "use crate::ui;"),
        ("src/ui/tabs/x.rs", "use crate::app::App;"),
        ("src/app.rs", "use crate::runtime::clock;"),
        ("src/sources/x.rs", "use crate::notify::Channel;"),
        ("src/notify/x.rs", "use crate::engine::Effect;"),
        ("src/store/sqlite/x.rs", "type T = Vec<crate::sources::Probe>;"),
        ("src/demo/x.rs", "use crate::store::Store;"),
        ("src/runtime/x.rs", "use crate::cli::Exit;"),
        ("src/main.rs", "fn main() { watchdeck::engine::run() }"),
        ("src/report/x.rs", "use crate::store::Store;"),
        ("src/new/x.rs", ""),
        ("src/domain/x.rs", "use ratatui::style::Color;"),
        ("src/notify/x.rs", "fn f(k: crossterm::event::KeyEvent) {}"),
        ("src/domain/x.rs", "use std::time::Instant as Clock; fn f() { Clock::now(); }"),
        ("src/engine/x.rs", "fn f() { let t = chrono::Utc::now(); }"),
        ("src/ui/x.rs", "fn f() { println!(\"x\"); }"),
        ("src/ui/x.rs", "use std::{collections::BTreeMap, sync::{Arc, Mutex}};"),
        ("src/ui/x.rs", "use ::std::fs;"),
        ("src/ui/x.rs", "use tokio;"),
        ("src/app.rs", "async fn f() {}"),
        ("src/app.rs", "fn f() { std::thread::sleep(d) }"),
        ("src/engine/x.rs", "use tokio::sync::watch;"),
        ("src/engine/x.rs", "use std::sync::mpsc::sync_channel;"),
        ("src/engine/x.rs", "fn f() { g(x).await }"),
        ("src/engine/x.rs", "#[cfg(test)]\nmod tests { fn a() {} }\nuse std::env;"),
        ("src/engine/x.rs", "const A: &str = \"//\"; use std::env;"),
        ("src/engine/x.rs", "const A: char = '\"'; use std::env; const B: char = '\"';"),
        ("src/engine/x.rs", "fn f<'a>(x: &'a str) { r#\"\"#; std::process::id(); }"),
    ] {
        assert_eq!(
            rules::broken(file, code).len(),
            1,
            "{file}: {code}: {:?} in {:?}",
            rules::broken(file, code),
            scan::names(code)
        );
    }
}

#[test]
fn what_the_rules_allow_is_let_through() {
    for (file, code) in [
        ("src/domain/x.rs", "// use crate::config;\n/* std::fs /* nested */ tokio:: */ use super::time::Stamp;"),
        ("src/domain/x.rs", "const S: &str = \"crate::config \\\" std::fs\"; const R: &str = r#\"tokio::\" \"#;"),
        ("src/domain/x.rs", "pub(crate) fn now(at: Now) -> Stamp { at.wall }"),
        (
            "src/domain/a/b.rs",
            "use super::super::time; use super::c; fn f(notify: &[u8]) { notify.len(); } fn g() { if a != b {} }",
        ),
        ("src/engine/x.rs", "use crate::domain::{self, live::{Lease, *}};\n#[cfg(test)]\nmod tests { use std::fs; }"),
        ("src/engine/x.rs", "#[cfg(test)]\nuse std::fs;\nfn f() { std::mem::take(x); }"),
        ("src/ui/x.rs", "use ratatui::Frame; use crate::engine::Event; fn r#await() {}"),
        ("src/notify/x.rs", "use std::{env, fs}; use tokio::process; use crate::{config::raw, domain::text};"),
        ("src/cli/x.rs", "use crate::runtime::run;"),
        ("src/main.rs", "use watchdeck::cli; fn main() { println!(); }"),
    ] {
        assert_eq!(rules::broken(file, code), Vec::<String>::new(), "{file}: {code}");
    }
    assert_eq!(scan::test_modules("#[cfg(test)]\nmod story;\nmod real;\n// #[cfg(test)] mod no;"), ["story"]);
}

#[test]
fn a_path_of_a_machine_is_told_from_a_folder_of_that_name() {
    let place = ["wor", "k/"].concat();
    assert_eq!(machine_paths(&format!("a\n\"/{place}x\"\nsqlite:///{place}y")), [2, 3]);
    assert_eq!(
        machine_paths(&format!("/srv/{place}x\nhttps://h.example/{place}\n/{}", "workshop/")),
        Vec::<usize>::new()
    );
}
