//! The layer rules as a table, and what breaks them in one file. A layer is the first folder under `src`, or a file
//! that stands there alone.

use crate::scan::{Found, names};

pub struct Layer {
    pub name: &'static str,
    /// The other layers it may name.
    pub may: &'static [&'static str],
    /// No clock, no waiting, no lock, no outside world: facts in, facts out.
    pub pure: bool,
    /// May know that there is a terminal.
    pub terminal: bool,
}

const fn layer(name: &'static str, may: &'static [&'static str]) -> Layer {
    Layer { name, may, pure: false, terminal: false }
}
const fn pure(name: &'static str, may: &'static [&'static str]) -> Layer {
    Layer { name, may, pure: true, terminal: false }
}

const BELOW_RUNTIME: &[&str] =
    &["domain", "config", "engine", "report", "ui", "app", "sources", "notify", "store", "demo"];
const BELOW_CLI: &[&str] =
    &["domain", "config", "engine", "report", "ui", "app", "sources", "notify", "store", "demo", "runtime"];

pub const LAYERS: &[Layer] = &[
    pure("domain", &[]),
    layer("config", &["domain"]),
    pure("engine", &["domain"]),
    pure("report", &["domain"]),
    Layer { terminal: true, ..pure("ui", &["domain", "engine", "report"]) },
    Layer { terminal: true, ..pure("app", &["domain", "engine", "report", "ui"]) },
    layer("sources", &["domain", "config"]),
    layer("notify", &["domain", "config"]),
    layer("store", &["domain", "config"]),
    layer("demo", &["domain", "config"]),
    Layer { terminal: true, ..layer("runtime", BELOW_RUNTIME) },
    Layer { terminal: true, ..layer("cli", BELOW_CLI) },
    // Only names the others.
    layer("lib", BELOW_CLI),
    layer("main", &["cli", "runtime"]),
];

const TERMINAL_CRATES: &[&str] = &["crossterm", "ratatui", "ratatui_textarea", "tui_logger"];

/// What a pure layer may not name: as the start of a path …
const IMPURE_PATHS: &[&str] = &[
    "tokio",
    "reqwest",
    "rusqlite",
    "hyper",
    "hyper_util",
    "tokio_tungstenite",
    "tokio_rustls",
    "rustls",
    "rustix",
    "notify",
    "directories",
    "futures_util",
    "tracing_subscriber",
    "std::thread",
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "std::os",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
];
/// … or anywhere in one.
const IMPURE_WORDS: &[&str] = &[
    "async",
    "await",
    "Mutex",
    "RwLock",
    "Condvar",
    "mpsc",
    "oneshot",
    "broadcast",
    "sync_channel",
    "SystemTime",
    "println!",
    "print!",
    "eprintln!",
    "eprint!",
    "dbg!",
];

/// The layer a file belongs to: `src/ui/theme.rs` is `ui`, `src/app.rs` is `app`.
pub fn layer_name(file: &str) -> &str {
    let inside = file.strip_prefix("src/").unwrap_or(file);
    inside.split_once('/').map_or_else(|| inside.trim_end_matches(".rs"), |(folder, _)| folder)
}

/// What is wrong in one file, a line each.
pub fn broken(file: &str, text: &str) -> Vec<String> {
    let Some(layer) = LAYERS.iter().find(|l| l.name == layer_name(file)) else {
        return vec![format!("{file}: no rule knows the layer `{}`; add it to LAYERS", layer_name(file))];
    };
    let mut wrong = Vec::new();
    for found in names(text) {
        if let Some(why) = wrong_name(file, layer, &found) {
            wrong.push(format!("{file}:{}: {why}", found.line));
        }
    }
    wrong
}

fn wrong_name(file: &str, layer: &Layer, found: &Found) -> Option<String> {
    let path = found.path.as_str();
    let root = path.split("::").next().unwrap_or_default();
    if let Some(other) = other_layer(file, path) {
        if other.is_empty() {
            return Some(format!("`{path}` hides which layer is meant; name it"));
        }
        if other != layer.name && !layer.may.contains(&other.as_str()) {
            return Some(format!("{} may not use {other} (`{path}`)", layer.name));
        }
    }
    if TERMINAL_CRATES.contains(&root) && path.contains("::") && !layer.terminal {
        return Some(format!("{} may not know the terminal (`{path}`)", layer.name));
    }
    if !layer.pure {
        return None;
    }
    // A lone word is a variable or a field; `std::fs` is a path even when nothing follows it.
    let whole = |p: &str| p.contains("::");
    let starts =
        |p: &&&str| path.strip_prefix(**p).is_some_and(|rest| rest.starts_with("::") || (rest.is_empty() && whole(p)));
    if let Some(impure) = IMPURE_PATHS.iter().find(starts) {
        return Some(format!("{} is pure and may not use {impure} (`{path}`)", layer.name));
    }
    if let Some(word) = path.split("::").find(|part| IMPURE_WORDS.contains(part)) {
        return Some(format!("{} is pure and may not use {word} (`{path}`)", layer.name));
    }
    (path.ends_with("::now")).then(|| format!("{} is pure and is told the time (`{path}`)", layer.name))
}

/// The layer a path leads to, when it leads to one: through `crate::`, through the library's name, or upwards with
/// `super::`. Empty when it takes all of them at once.
fn other_layer(file: &str, path: &str) -> Option<String> {
    let mut parts = path.split("::").peekable();
    match parts.next()? {
        "crate" | "watchdeck" => {}
        // `self::super::x` is legal and means the same.
        first @ ("super" | "self") => {
            let mut ups = usize::from(first == "super");
            while parts.next_if_eq(&"super").is_some() {
                ups += 1;
            }
            // From `src/a/b.rs` two steps up lead to the root; from `src/a/mod.rs` one. More come from inline modules.
            if ups == 0 || ups < depth(file) {
                return None;
            }
        }
        _ => return None,
    }
    // `pub(crate)` and a bare `crate` in a macro name nothing.
    match parts.next() {
        None => None,
        Some("*" | "self") => Some(String::new()),
        Some(name) => Some(name.trim_end_matches('!').to_owned()),
    }
}

/// How many modules a file lies below the root.
fn depth(file: &str) -> usize {
    let inside = file.strip_prefix("src/").unwrap_or(file).trim_end_matches(".rs");
    inside.trim_end_matches("/mod").split('/').filter(|part| !matches!(*part, "lib" | "main")).count()
}
