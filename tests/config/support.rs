//! Kinds for the tests, the real ones and small ones, and the ways in.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use watchdeck::cli::config::{ConfigCommand, ConfigContext, run};
use watchdeck::config::raw::{Piece, Problem, Raw};
use watchdeck::config::registry::{
    ChannelKind, CommandInfo, EvidenceKind, Looked, ProbeKind, Probed, Registry, StreamKind,
};
use watchdeck::config::value::Span;
use watchdeck::config::{self, Colour, Config, ConfigError};
use watchdeck::notify;
use watchdeck::sources::{evidence, probe, stream};

pub const CANARY: &str = "hunter2-canary";

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Http {
    url: String,
    #[serde(default = "half_minute")]
    interval: Span,
    #[serde(default = "half_minute")]
    timeout: Span,
    #[serde(default)]
    expect: serde_json::Value,
    #[serde(default)]
    token: Option<String>,
}

fn half_minute() -> Span {
    Span(std::time::Duration::from_secs(30))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its decoding matters here")]
pub struct Webhook {
    url: String,
    pub secret: Option<String>,
    pub secret_file: Option<String>,
    #[serde(default = "half_minute")]
    timeout: Span,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its decoding matters here")]
struct Stream {
    name: String,
    url: String,
    #[serde(default)]
    format: String,
}

fn check_http(_: &str, raw: &Raw) -> Result<Probed, Problem> {
    let http: Http = raw.decode()?;
    if http.timeout > http.interval {
        return Err(Problem::at(raw.span(), "the timeout is longer than the interval", "timeout <= interval"));
    }
    Ok(Probed { target: format!("http {}", http.url), interval: http.interval.0 })
}

fn check_webhook(_: &str, raw: &Raw) -> Result<(), Problem> {
    raw.decode::<Webhook>().map(|_| ())
}

fn check_stream(_: &str, piece: &Piece) -> Result<(), Problem> {
    piece.decode::<Stream>().map(|_| ())
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Run {
    argv: Vec<String>,
    #[serde(default = "half_minute")]
    timeout: Span,
    every: Option<Span>,
    token: Option<String>,
}

fn check_command(raw: &Raw) -> Result<Looked, Problem> {
    let run: Run = raw.decode()?;
    if run.argv.is_empty() {
        return Err(Problem::at(raw.span(), "`argv` names no program", "argv = [\"/usr/local/bin/check\"]"));
    }
    Ok(Looked { what: run.argv.join(" ").into(), every: run.every.map(|e| e.0), fresh: run.timeout.0 })
}

pub fn registry() -> Registry {
    let command = |id: &str, key: &str| CommandInfo { id: id.into(), keys: vec![key.into()] };
    Registry {
        probes: vec![ProbeKind { name: "http", check: check_http, schema: SchemaGenerator::subschema_for::<Http> }],
        channels: vec![ChannelKind {
            name: "webhook",
            check: check_webhook,
            schema: SchemaGenerator::subschema_for::<Webhook>,
        }],
        stream: Some(StreamKind { check: check_stream, schema: SchemaGenerator::subschema_for::<Stream> }),
        evidence: vec![EvidenceKind {
            name: "command",
            check: check_command,
            schema: SchemaGenerator::subschema_for::<Run>,
        }],
        live: Vec::new(),
        commands: vec![command("alerts.ack", "a"), command("alerts.note", "c"), command("quit", "q")],
    }
}

/// The kinds that the edges really have, wired as the runtime wires them.
pub fn real() -> Registry {
    let probed = |service: &str, raw: &Raw| {
        let probe = probe::build(&service.into(), raw)?;
        Ok(Probed { target: probe.target().to_owned(), interval: probe.pace().interval })
    };
    let read = |_: &str, piece: &Piece| {
        let spec: stream::StreamSpec = piece.decode()?;
        spec.check().map_err(|why| Problem::at(piece.span(), why, ""))
    };
    Registry {
        probes: probe::KINDS.iter().map(|k| ProbeKind { name: k.name, check: probed, schema: k.schema }).collect(),
        channels: notify::KINDS
            .iter()
            .map(|k| ChannelKind {
                name: k.name,
                check: |name, raw| notify::build(name, raw).map(|_| ()),
                schema: k.schema,
            })
            .collect(),
        stream: Some(StreamKind { check: read, schema: SchemaGenerator::subschema_for::<stream::StreamSpec> }),
        evidence: evidence::KINDS
            .iter()
            .map(|k| EvidenceKind {
                name: k.name,
                check: |raw| evidence::build(raw).map(|g| g.looked()),
                schema: k.schema,
            })
            .collect(),
        live: watchdeck::runtime::build::live_sources().collect(),
        commands: Vec::new(),
    }
}

pub const SERVICE: &str = "[[service]]\nname = \"web\"\nprobe.http = { url = \"http://h/\" }\n";

pub fn parse(text: &str) -> Result<Config, ConfigError> {
    config::parse(text, "c.toml", &registry())
}

/// The first lines of all problems, without the quoted places.
pub fn wrong(text: &str) -> Vec<String> {
    match parse(text) {
        Ok(_) => Vec::new(),
        Err(ConfigError::Wrong(report)) => report.problems.iter().map(|p| report.line(p)).collect(),
        Err(other) => vec![other.to_string()],
    }
}

#[track_caller]
pub fn only(text: &str, starts: &str, hint: &str) {
    let lines = wrong(text);
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(lines[0].starts_with(starts), "{}", lines[0]);
    assert!(lines[0].contains(hint), "{}", lines[0]);
}

pub fn file(dir: &Path, name: &str, text: impl AsRef<[u8]>, mode: u32) -> PathBuf {
    let path = dir.join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path
}

pub fn load(path: &Path) -> Result<Config, ConfigError> {
    config::load(path, &registry())
}

pub fn load_error(path: &Path) -> String {
    load(path).unwrap_err().to_string()
}

/// Runs `config WORDS` as the command line would: exit code, stdout, stderr.
pub fn cli(words: &[&str], path: &Path) -> (u8, String, String) {
    use clap::{Command, FromArgMatches as _, Subcommand as _};
    let parser = ConfigCommand::augment_subcommands(Command::new("config"));
    let matches = parser.get_matches_from(std::iter::once("config").chain(words.iter().copied()));
    let command = ConfigCommand::from_arg_matches(&matches).unwrap();
    let context = ConfigContext {
        named: Some(path),
        registry: &registry(),
        colour: Colour::Never,
        overrides: vec![("store.url".into(), "sqlite:///x".into(), "flag --store".into())],
    };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = run(&command, &context, &mut out, &mut err).unwrap();
    (code, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}
