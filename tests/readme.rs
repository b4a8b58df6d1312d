//! What the README says is true: its keys, configs, commands and exit codes are the program's, and its feed feeds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods)]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use clap::CommandFactory as _;
use watchdeck::cli::{Cli, exit};
use watchdeck::config::{self, Config, registry::CommandInfo};
use watchdeck::runtime::build;

const README: &str = include_str!("../README.md");
const DEADLINE: Duration = Duration::from_secs(30);

/// The code block after `<!-- mark -->`.
fn block(mark: &str) -> &'static str {
    let (_, rest) = README.split_once(&format!("<!-- {mark} -->\n```")).unwrap_or_else(|| panic!("no block {mark}"));
    let (_, code) = rest.split_once('\n').unwrap();
    code.split_once("```").unwrap().0
}

/// With the registry of the real program, keys included.
fn load(path: &Path) -> Config {
    let info = |c: &watchdeck::ui::command::Command| CommandInfo {
        id: c.id.to_owned(),
        keys: c.keys.iter().map(|k| (*k).to_owned()).collect(),
    };
    let registry = build::registry(watchdeck::ui::command::all().map(|(_, c)| info(c)).collect());
    config::load(path, &registry).unwrap_or_else(|e| panic!("{e}"))
}

fn write(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn the_keys_are_the_programs() {
    let (_, rest) = README.split_once("tests/readme.rs compares -->\n").expect("the marker before the keys");
    let (keys, _) = rest.split_once("<!-- /keys -->").expect("the marker after the keys");
    assert_eq!(keys.trim(), watchdeck::ui::doc::markdown().trim(), "put ui::doc::markdown() between the markers");
}

#[test]
fn the_configs_are_sound() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("watchdeck.toml");
    let first = block("first-config");
    assert_eq!(first.lines().count(), 10, "the first config has ten lines");
    write(&path, first);
    let config = load(&path);
    assert_eq!((config.services.len(), config.setup.rules.len()), (1, 1));
    assert!(build::estate(&config).is_ok());

    write(&dir.path().join("page.secret"), "s3cret\n");
    let store = block("store-config");
    write(&path, &format!("{first}\n{}\n{store}", block("paging-config")));
    let config = load(&path);
    assert_eq!((config.channels.len(), config.setup.levels.len()), (1, 1));
    assert!(config.store.group_shared);

    write(&dir.path().join("production-operations.map.toml"), config::checklists::SHIPPED);
    write(&path, &format!("{first}\n{}", block("lists-config")));
    let config = load(&path);
    assert_eq!((config.setup.sources.len(), config.gatherers.len()), (1, 1));
    assert!(build::estate(&config).is_ok_and(|e| e.gatherers.contains_key("/backup")));
}

#[test]
fn the_commands_and_flags_exist() {
    let mut root = Cli::command();
    root.build();
    let calls = calls(&root);
    for call in &calls {
        check_call(&root, call);
    }
    assert!(calls.len() > 30, "only {} calls found: is the README read rightly?", calls.len());
}

/// What follows `watchdeck` in shell blocks and unit files, and inline code that begins with a command's name.
fn calls(root: &clap::Command) -> Vec<&'static str> {
    let mut calls = Vec::new();
    for (i, part) in README.split("```").enumerate() {
        if i % 2 == 1 {
            let (kind, code) = part.split_once('\n').unwrap();
            let run = |l: &&str| kind == "sh" || (kind == "ini" && l.starts_with("Exec"));
            let lines = code.lines().filter(run).map(|l| l.split(" #").next().unwrap());
            calls.extend(lines.flat_map(|l| l.split("watchdeck ").skip(1)));
        } else {
            let inline = part.split('`').skip(1).step_by(2).map(|c| c.trim_start_matches("watchdeck "));
            calls.extend(inline.filter(|c| c.split(' ').next().is_some_and(|w| root.find_subcommand(w).is_some())));
        }
    }
    calls
}

/// Walks down the subcommands; every long flag must be known to the one it ends at.
fn check_call(root: &clap::Command, call: &str) {
    let mut at = root;
    let mut values = 0;
    for word in call.split_whitespace().take_while(|w| !matches!(*w, "|" | "&&" | ";")) {
        let word = word.trim_end_matches([';', '|', ')']);
        if let Some(flag) = word.strip_prefix("--") {
            let known = at.get_arguments().find(|a| a.get_long() == Some(flag));
            let known = known.unwrap_or_else(|| panic!("`{}` has no --{flag} (watchdeck {call})", at.get_name()));
            values = usize::from(known.get_action().takes_values());
        } else if values > 0 {
            values = 0;
        } else if let Some(next) = at.find_subcommand(word) {
            at = next;
        } else if at.has_subcommands() {
            panic!("`{}` has no command {word} (watchdeck {call})", at.get_name());
        }
    }
}

#[test]
fn the_exit_codes_are_the_programs() {
    let (_, rest) = README.split_once("<!-- exit-codes -->").unwrap();
    let rows: Vec<(u8, &str)> = rest
        .lines()
        .skip(3)
        .take_while(|l| l.starts_with('|'))
        .map(|l| {
            let mut cells = l.trim_matches('|').split(" | ");
            (cells.next().unwrap().trim().parse().unwrap(), cells.next().unwrap().trim())
        })
        .collect();
    let of = [exit::DONE, exit::FAILED, exit::USAGE, exit::CONFIG, exit::STORE, exit::CONFLICT, exit::NOT_PERMITTED];
    assert_eq!(rows.iter().map(|r| r.0).collect::<Vec<_>>(), of);
    let help = Cli::command().render_long_help().to_string();
    for (code, means) in rows {
        let first = means.split([' ', ':']).next().unwrap();
        let word = if code == exit::FAILED { "failed" } else { first };
        assert!(help.contains(&format!("{code} {word}")), "--help does not say `{code} {word}`");
    }
}

#[test]
fn the_benches_are_there() {
    for name in README.split("cargo bench --bench ").skip(1).map(|r| r.split_whitespace().next().unwrap()) {
        let benches = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches");
        let there = benches.join(format!("{name}.rs")).exists() || benches.join(name).join("main.rs").exists();
        assert!(there, "there is no bench {name}");
    }
}

/// Ends with the test, however the test ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_feed_feeds() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let script = block("feed.py");
    assert_eq!(script.lines().count(), 20, "a producer in 20 lines");
    write(&at("feed.py"), script);
    let mut feed = Command::new("python3");
    // Any disk is fuller than nothing at all.
    feed.arg(at("feed.py")).args(["0", "-1"]).stdout(Stdio::piped());
    let mut feed = Running(feed.spawn().expect("python3"));
    let mut url = String::new();
    BufReader::new(feed.0.stdout.take().unwrap()).read_line(&mut url).unwrap();

    write(&at("c.toml"), &format!("[[stream]]\nname = \"disks\"\nurl = \"{}\"\n", url.trim()));
    let store = format!("sqlite://{}", at("watchdeck.db").display());
    let watchdeck = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_watchdeck"));
        command.arg("--config").arg(at("c.toml")).args(["--store", &store]).args(arguments);
        command.stderr(Stdio::null()).env("HOME", dir.path());
        command
    };
    assert!(watchdeck(&["store", "init"]).output().unwrap().status.success());
    let _worker = Running(watchdeck(&["watch"]).spawn().unwrap());
    let began = Instant::now();
    loop {
        let answer = watchdeck(&["alerts", "--json"]).output().unwrap().stdout;
        let document: serde_json::Value = serde_json::from_slice(&answer).unwrap_or_default();
        let alert = &document["alerts"][0];
        if alert["title"] == "the disk fills up" {
            assert_eq!((&alert["state"], &alert["service"]), (&"open".into(), &"file-server".into()), "{alert}");
            break;
        }
        assert!(began.elapsed() < DEADLINE, "no alert after {DEADLINE:?}: {document}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn the_files_named_are_there() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let named = README.split(['`', '(', ')']).filter(|w| w.starts_with("tests/") || w.starts_with("src/"));
    let named = named.chain(["assets/screenshot.png", "config.example.toml"]);
    for file in named.filter(|w| !w.contains(' ')) {
        assert!(here.join(file).exists(), "{file}");
    }
}
