//! The config as an operator meets it: what is wrong, where exactly, what mends it, and that no secret leaks (C1–C4).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use watchdeck::cli::config::{ConfigCommand, ConfigContext, run};
use watchdeck::config::raw::{Piece, Problem, Raw};
use watchdeck::config::registry::{ChannelKind, CommandInfo, ProbeKind, Probed, Registry, StreamKind};
use watchdeck::config::value::Span;
use watchdeck::config::{self, Colour, Config, ConfigError, KpiSource, secret};
use watchdeck::domain::rule::{Bound, Metric};
use watchdeck::domain::setup::FeedSource;
use watchdeck::notify;
use watchdeck::sources::{probe, stream};

const CANARY: &str = "hunter2-canary";

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Http {
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
struct Webhook {
    url: String,
    secret: Option<String>,
    secret_file: Option<String>,
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

fn registry() -> Registry {
    let command = |id: &str, key: &str| CommandInfo { id: id.into(), keys: vec![key.into()] };
    Registry {
        probes: vec![ProbeKind { name: "http", check: check_http, schema: SchemaGenerator::subschema_for::<Http> }],
        channels: vec![ChannelKind {
            name: "webhook",
            check: check_webhook,
            schema: SchemaGenerator::subschema_for::<Webhook>,
        }],
        stream: Some(StreamKind { check: check_stream, schema: SchemaGenerator::subschema_for::<Stream> }),
        commands: vec![command("alerts.ack", "a"), command("alerts.note", "c"), command("quit", "q")],
    }
}

/// The kinds that the edges really have, wired as the runtime wires them.
fn real() -> Registry {
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
        commands: Vec::new(),
    }
}

const SERVICE: &str = "[[service]]\nname = \"web\"\nprobe.http = { url = \"http://h/\" }\n";

fn parse(text: &str) -> Result<Config, ConfigError> {
    config::parse(text, "c.toml", &registry())
}
/// The first lines of all problems, without the quoted places.
fn wrong(text: &str) -> Vec<String> {
    match parse(text) {
        Ok(_) => Vec::new(),
        Err(ConfigError::Wrong(report)) => report.problems.iter().map(|p| report.line(p)).collect(),
        Err(other) => vec![other.to_string()],
    }
}
#[track_caller]
fn only(text: &str, starts: &str, hint: &str) {
    let lines = wrong(text);
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(lines[0].starts_with(starts), "{}", lines[0]);
    assert!(lines[0].contains(hint), "{}", lines[0]);
}

fn file(dir: &Path, name: &str, text: impl AsRef<[u8]>, mode: u32) -> PathBuf {
    let path = dir.join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path
}
fn load(path: &Path) -> Result<Config, ConfigError> {
    config::load(path, &registry())
}
fn load_error(path: &Path) -> String {
    load(path).unwrap_err().to_string()
}

#[test]
fn the_example_is_a_whole_estate() {
    let config = config::parse(config::EXAMPLE, "c.toml", &real()).unwrap_or_else(|e| panic!("{e}"));
    assert!(config.services.iter().all(|s| s.service.interval.as_secs() == 30), "the interval comes from the kind");
    assert_eq!(config.setup.kpis.len(), 2);
    assert_eq!(config.summary(), "ok: 7 services, 7 rules, 1 stream, 2 KPIs, 0 channels, 3 levels, 0 operators");
    let rule = |name: &str| config.setup.rules.iter().find(|r| r.name == name).unwrap();
    assert_eq!(rule("response-critical").bound, Bound::Above(200.0));
    assert_eq!(rule("success-warning").bound, Bound::Below(0.995));
    assert_eq!(rule("certificate").bound, Bound::Below(14.0));
    assert_eq!(rule("business-growth").metric, Metric::Named("leads-per-minute".into()));
    assert!(rule("business-growth").services.is_empty());
    assert_eq!(rule("response-warning").services, ["*"]);
    assert_eq!(rule("traffic-increase").clear_at, Some(750.0));
    assert!(matches!(&config.kpis[0].from, KpiSource::Stream(FeedSource::Counter { name, .. }) if name == "leads"));
    assert_eq!(config.setup.service("realtime_websocket_hub").unwrap().name.as_ref(), "websocket-hub");
    assert_eq!(config.setup.levels[1].role.as_str(), "Technical lead");
}

#[test]
fn the_example_tells_the_defaults() {
    let (example, nothing) = (parse(config::EXAMPLE).unwrap(), parse("").unwrap());
    assert_eq!(example.console, nothing.console);
    assert_eq!(example.store, nothing.store);
    assert_eq!(example.worker, nothing.worker);
    assert_eq!(example.theme, nothing.theme);
    assert_eq!(example.setup.spans, nothing.setup.spans);
    assert_eq!(example.setup.environment, nothing.setup.environment);
    let schema = config::schema::schema(&registry());
    for section in ["console", "store", "worker", "theme", "service", "rule", "kpi", "level", "operator"] {
        let part = &schema["properties"][section];
        let keys = part["properties"].as_object().or(part["items"]["properties"].as_object()).unwrap();
        assert!(!keys.is_empty());
        for key in keys.keys() {
            let shown = [format!("{key} = "), format!("{key}.")].iter().any(|k| config::EXAMPLE.contains(k));
            assert!(shown || key == "via", "[{section}] {key} is not in the example");
        }
    }
}

#[test]
fn the_example_with_its_comments_opened_loads_too() {
    let dir = tempfile::tempdir().unwrap();
    file(dir.path(), "page.secret", "s\n", 0o600);
    let key = |l: &str| {
        l.split_once(" = ").is_some_and(|(k, _)| k.chars().all(|c| c.is_ascii_lowercase() || "._".contains(c)))
    };
    let open = |l: &'static str| l.strip_prefix("# ").filter(|code| code.starts_with("[[") || key(code)).unwrap_or(l);
    let lines = config::EXAMPLE.lines().map(open).filter(|l| !l.contains("reference ="));
    let opened: String = lines.flat_map(|l| [l, "\n"]).collect();
    let path = file(dir.path(), "c.toml", opened, 0o600);
    let config = config::load(&path, &real()).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!((config.channels.len(), config.setup.operators.len()), (2, 1));
}

#[test]
fn c1_an_unknown_key_has_its_place_and_the_nearest_name() {
    only(
        "[worker]\nescalation_hld = \"5s\"\n",
        "c.toml:2:1: unknown field `escalation_hld` (did you mean `escalation_hold`?",
        "lease",
    );
    only("[wroker]\n", "c.toml:1:2: unknown section `wroker` (did you mean `worker`?", "service");
    let text = SERVICE.replace("url", "urll");
    let lines = wrong(&text);
    assert!(lines[0].starts_with("c.toml:3:16: unknown field `urll` (did you mean `url`?"), "{lines:?}");
    only(
        &SERVICE.replace("http =", "htttp ="),
        "c.toml:3:7: unknown kind `htttp` (did you mean `http`?",
        "kinds: http",
    );
    only(
        &SERVICE.replace("probe.http", "prob.http"),
        "c.toml:3:1: unknown field `prob` (did you mean `probe`?",
        "name",
    );
}

#[test]
fn c1_wrong_types_and_values_say_what_is_allowed() {
    only("[worker]\nlease = \"soon\"\n", "c.toml:2:9: invalid value: string \"soon\"", "30s");
    only("[console]\nmouse = \"yes\"\n", "c.toml:2:9: invalid type: string \"yes\"", "a boolean");
    only("[console]\nbell = \"loud\"\n", "c.toml:2:8: unknown variant `loud`", "never, critical, all");
    only("[console]\nzone = \"Mars/Base\"\n", "c.toml:2:8: `zone` is no known time zone", "Europe/Berlin");
    only("[service]\nname = \"a\"\n", "c.toml:1:2: `service` is a list of tables", "[[service]]");
    only("[[store]]\n", "c.toml:1:3: `store` is one table", "[store]");
    only("environment = 3\n", "c.toml:1:15: `environment` is a word, not a integer", "environment");
    only("[store]\nurl = \"watch.db\"\n", "c.toml:2:7: `url` does not name a store", "sqlite:///");
    only("[worker.k_of_n]\nwarning = 11\n", "c.toml:1:1: `k_of_n`", "1 to n");
}

#[test]
fn c1_syntax_and_duplicates_are_pointed_at() {
    only("[console]\nmouse = true\nmouse = false\n", "c.toml:3:1: duplicate key", "");
    assert!(wrong("[console\n")[0].starts_with("c.toml:1:9: "), "{:?}", wrong("[console\n"));
    assert!(wrong("a = \n")[0].starts_with("c.toml:1:5: "), "{:?}", wrong("a = \n"));
    let twice = format!("{SERVICE}{SERVICE}");
    only(&twice, "c.toml:5:8: the name `web` is used twice", "service");
    let alias = format!("{SERVICE}{}", SERVICE.replace("\"web\"", "\"b\"\naliases = [\"web\"]"));
    only(&alias, "c.toml:6:12: the name `web` is used twice", "");
}

#[test]
fn c1_all_problems_come_at_once_in_order_of_place() {
    let text = "[worker]\nlease = 1\nwindov = \"1m\"\n[[rule]]\nname = \"r\"\nmetric = \"latncy.p95\"\nabove = \"1s\"\nseverity = \"bad\"\n[[level]]\nname = \"L\"\nnotify = [\"page\"]\n[nope]\n";
    let lines = wrong(text);
    let places: Vec<&str> = lines.iter().map(|l| l.split(": ").next().unwrap()).collect();
    assert_eq!(places, ["c.toml:2:9", "c.toml:3:1", "c.toml:8:12", "c.toml:11:11", "c.toml:12:2"], "{lines:#?}");
}

#[test]
fn c1_bom_and_crlf_do_not_move_the_place() {
    let text = "[worker]\nlease = \"15s\"\nwindov = \"1m\"\n";
    for variant in [text.to_owned(), format!("\u{feff}{text}"), text.replace('\n', "\r\n")] {
        only(&variant, "c.toml:3:1: unknown field `windov` (did you mean `window`?", "");
    }
    let dir = tempfile::tempdir().unwrap();
    let whole = format!("\u{feff}{}", config::EXAMPLE.replace('\n', "\r\n"));
    let crlf = load(&file(dir.path(), "c.toml", whole, 0o600)).unwrap();
    assert_eq!(crlf.setup, parse(config::EXAMPLE).unwrap().setup);
}

#[test]
fn c1_columns_count_characters() {
    let lines = wrong("console = { zone = \"größe\", mouse = \"x\" }\n");
    assert!(lines.len() == 2 && lines[1].starts_with("c.toml:1:37: invalid type"), "{lines:?}");
}

#[test]
fn c1_what_is_no_config_is_refused_unread() {
    let dir = tempfile::tempdir().unwrap();
    let huge = fs::File::create(dir.path().join("huge")).unwrap();
    huge.set_len(100 << 20).unwrap();
    assert!(load_error(&dir.path().join("huge")).contains("is 104857600 bytes long"), "size");
    assert!(load_error(dir.path()).contains("is no regular file"), "folder");
    assert!(load_error(Path::new("/dev/zero")).contains("is no regular file"), "device");
    assert!(load_error(&dir.path().join("none")).contains("cannot be opened"), "absent");
    let pipe = dir.path().join("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    assert!(load_error(&pipe).contains("is no regular file"), "a pipe without a writer must not hang");
    let latin = file(dir.path(), "latin.toml", b"[console]\nab\xe9 = 1\n", 0o600);
    let error = load_error(&latin);
    assert!(error.contains("latin.toml:2:3: byte 12 (0xe9) is not UTF-8"), "{error}");
}

#[test]
fn c1_the_report_quotes_the_line_and_commands_no_terminal() {
    let report = parse("[console]\nmouse = \"\u{202e}x\"\n\"\\u001b[31m\" = 1\n").unwrap_err();
    let text = report.render(Colour::Never);
    assert!(text.contains("2 | mouse = \"⟨U+202E⟩x\"\n"), "{text}");
    assert!(text.contains("^^^^"), "{text}");
    assert!(!text.chars().any(|c| c != '\n' && c.is_control()) && !text.contains('\u{202e}'), "{text:?}");
    assert!(report.render(Colour::Ansi).contains('\u{1b}'));
}

#[test]
fn names_must_refer_to_something() {
    let rule = "[[rule]]\nname = \"r\"\nmetric = \"up\"\nbelow = 1\nseverity = \"critical\"\n";
    let with = |line: &str| format!("{SERVICE}{rule}{line}\n");
    assert_eq!(wrong(&with("")), Vec::<String>::new());
    only(&with("services = [\"wob\"]"), "c.toml:9:13: `wob` matches no service (did you mean `web`?)", "");
    only(&with("services = [\"tag:x\"]"), "c.toml:9:13: `tag:x` matches no service", "glob");
    only(
        &format!("reference = \"webb\"\n{SERVICE}"),
        "c.toml:1:13: no service is called `webb` (did you mean `web`?)",
        "",
    );
    only(&format!("{SERVICE}depends_on = [\"wab\"]\n"), "c.toml:4:15: no service is called `wab`", "`web`");
    only(&format!("{SERVICE}depends_on = [\"web\"]\n"), "c.toml:4:15: `web` depends on itself", "circle");
    let level = "[[channel]]\nname = \"page\"\nvia.webhook = { url = \"http://h/\" }\n[[level]]\nname = \"L1\"\nnotify = [\"pager\"]\n";
    only(level, "c.toml:6:11: no channel is called `pager` (did you mean `page`?)", "");
}

#[test]
fn a_bound_fits_its_metric() {
    let rule = |metric: &str, bound: &str| {
        format!(
            "{SERVICE}[[kpi]]\nname = \"leads\"\n[[rule]]\nname = \"r\"\nmetric = \"{metric}\"\nseverity = \"warning\"\n{bound}\n"
        )
    };
    for good in [
        ("latency.p99", "above = \"1s\""),
        ("success", "below = 0.99"),
        ("success", "below = \"99%\"\nclear = \"99.5%\""),
        ("leads", "above = 25"),
        ("figure.queue", "above = 25\nclear = 20"),
        ("tls.days_left", "below = \"14d\""),
    ] {
        assert_eq!(wrong(&rule(good.0, good.1)), Vec::<String>::new(), "{good:?}");
    }
    only(&rule("latency.p95", "above = 200"), "c.toml:10:9: this figure does not fit", "\"200ms\"");
    only(&rule("success", "below = 99"), "c.toml:10:9: this figure does not fit", "\"99%\" or 0.99");
    only(&rule("leads", "above = \"5m\""), "c.toml:10:9: this figure does not fit", "plain figure");
    only(&rule("up", ""), "c.toml:6:1: a rule has a bound", "`above` or `below`");
    only(&rule("up", "below = 1\nabove = 0"), "c.toml:10:9: a rule has one bound", "");
    only(
        &rule("latency.p95", "above = \"200ms\"\nclear = \"210ms\""),
        "c.toml:11:9: `clear` lies on the breached side",
        "",
    );
    only(
        &rule("latency.95", "above = \"200ms\""),
        "c.toml:8:10: unknown metric `latency.95` (did you mean `latency.p95`?",
        "leads",
    );
}

#[test]
fn keys_name_commands_and_do_not_clash() {
    assert_eq!(parse("[keys]\nalerts.ack = [\"x\", \"A\"]\n").unwrap().keys["alerts.ack"].keys, ["x", "A"]);
    only("[keys]\nalerts.akc = \"x\"\n", "c.toml:2:8: unknown command `alerts.akc` (did you mean `alerts.ack`?)", "");
    only("[keys]\nalerts.ack = \"c\"\n", "c.toml:2:8: the key `c` is taken by `alerts.note`", "");
    assert!(parse("[keys]\nalerts.ack = \"c\"\nalerts.note = \"a\"\n").is_ok(), "two may swap");
    assert!(parse("[keys]\nalerts.ack = \"q\"\n").is_ok(), "another scope is no clash");
}

#[test]
fn later_sections_are_kept_and_said() {
    let config = parse("[[objective]]\nname = \"x\"\n[[log]]\npath = \"${UNSET_ANYWHERE}\"\n").unwrap();
    assert!(config.summary().ends_with("kept, not used by this version: log, objective"), "{}", config.summary());
}

#[test]
fn the_hash_is_of_what_it_says_to_a_worker() {
    let hash = |text: &str| parse(text).unwrap().setup.hash.clone();
    let plain = hash(SERVICE);
    assert_eq!(plain.len(), 64);
    assert_eq!(plain, hash(&format!("# hello\n[console]\nmouse = true\n{}", SERVICE.replace('\n', "\r\n"))));
    assert_ne!(plain, hash(&SERVICE.replace("http://h/", "http://i/")));
    assert_ne!(plain, hash(&format!("{SERVICE}[worker]\nlease = \"20s\"\n")));
}

#[test]
fn c2_what_others_can_write_or_own_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = file(dir.path(), "c.toml", SERVICE, 0o644);
    assert!(load(&path).is_ok());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o646)).unwrap();
    let error = load_error(&path);
    assert!(error.contains("can be written by others") && error.contains("chmod go-w "), "{error}");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let folder = dir.path().join("open");
    fs::create_dir(&folder).unwrap();
    let inside = file(&folder, "c.toml", SERVICE, 0o600);
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
    let error = load_error(&inside);
    assert!(error.contains("which everybody can write") && error.contains("chmod o-w "), "{error}");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o1777)).unwrap();
    assert!(load(&inside).is_ok(), "sticky: nobody can replace another's file");
    // Only root can give a file away; elsewhere this half has nothing to look at.
    if std::os::unix::fs::chown(&path, Some(12_345), None).is_ok() {
        let error = load_error(&path);
        assert!(error.contains("belongs to user 12345") && error.contains("chown "), "{error}");
    }
}

#[test]
fn c2_an_inline_secret_needs_a_private_file() {
    let dir = tempfile::tempdir().unwrap();
    for line in ["token = \"hunter2-canary\"", "expect = { headers = { Authorization = \"Bearer hunter2-canary\" } }"] {
        let text = format!("[[service]]\nname = \"web\"\nprobe.http = {{ url = \"http://h/\", {line} }}\n");
        let path = file(dir.path(), "c.toml", &text, 0o640);
        let error = load_error(&path);
        assert!(error.contains(&format!("chmod 600 {}", path.display())), "{error}");
        assert!(error.contains("c.toml:3:") && !error.contains(CANARY), "{error}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(load(&path).is_ok());
    }
    let url = file(dir.path(), "u.toml", SERVICE.replace("http://h/", "http://bob:hunter2-canary@h/"), 0o644);
    assert!(load_error(&url).contains("chmod 600"));
}

const CHANNEL: &str =
    "[[channel]]\nname = \"page\"\nvia.webhook = { url = \"http://h/\", secret_file = \"page.secret\" }\n";

#[test]
fn c3_a_secret_file_is_there_private_and_not_empty() {
    let dir = tempfile::tempdir().unwrap();
    let path = file(dir.path(), "c.toml", CHANNEL, 0o600);
    let error = load_error(&path);
    assert!(error.contains("c.toml:3:50:") && error.contains("page.secret: cannot be opened"), "{error}");
    file(dir.path(), "page.secret", "\n", 0o600);
    assert!(load_error(&path).contains("is empty"));
    file(dir.path(), "page.secret", "hunter2-canary\n", 0o644);
    let error = load_error(&path);
    assert!(error.contains("chmod 600") && !error.contains(CANARY), "{error}");
    let secret_path = file(dir.path(), "page.secret", "hunter2-canary\n\n", 0o600);
    let config = load(&path).unwrap();
    let decoded: Webhook = config.channels[0].via.decode().unwrap();
    assert_eq!(decoded.secret_file.as_deref(), secret_path.to_str(), "relative to the config");
    assert_eq!(secret::read_file(&secret_path).unwrap().reveal(), "hunter2-canary\n", "one newline is trimmed, once");
}

#[test]
fn c3_the_environment_is_set_and_not_empty() {
    let text = CHANNEL.replace("secret_file = \"page.secret\"", "secret = \"${PAGE}\"");
    let with = |value: Option<&str>| {
        let value = value.map(str::to_owned);
        config::parse_in(&text, "c.toml", &registry(), &move |name| value.clone().filter(|_| name == "PAGE"))
    };
    let message = |value| with(value).unwrap_err().to_string();
    assert!(message(None).contains("c.toml:3:45: the environment variable PAGE is not set"), "{}", message(None));
    assert!(message(Some("")).contains("PAGE is empty"));
    let decoded: Webhook = with(Some(CANARY)).unwrap().channels[0].via.decode().unwrap();
    assert_eq!(decoded.secret.as_deref(), Some(CANARY));
    let part = SERVICE.replace("http://h/", "http://${PAGE}/");
    only(&part, "c.toml:3:22: only a whole value can come from the environment", "");
    only(&text.replace("${PAGE}", ""), "c.toml:3:45: this secret is empty", "");
    // A channel fills in parts itself, at each use; here they only have to be there.
    let bearer = CHANNEL.replace("secret_file = \"page.secret\"", "headers = { Authorization = \"Bearer ${PAGE}\" }");
    let with = |value: &str| {
        let value = value.to_owned();
        config::parse_in(&bearer, "c.toml", &real(), &move |_| Some(value.clone()))
    };
    assert!(with(CANARY).is_ok());
    assert!(with("").unwrap_err().to_string().contains("PAGE is empty"));
    let dir = tempfile::tempdir().unwrap();
    let shared = file(dir.path(), "c.toml", bearer.replace("PAGE", "CARGO_PKG_NAME"), 0o644);
    assert!(config::load(&shared, &real()).is_ok(), "a reference is no secret of the file");
}

#[test]
fn c4_no_secret_in_any_output() {
    let dir = tempfile::tempdir().unwrap();
    let good = format!(
        "[[service]]\nname = \"web\"\nprobe.http = {{ url = \"http://u:{CANARY}@h/\", token = \"{CANARY}\" }}\n{}",
        CHANNEL.replace("secret_file = \"page.secret\"", &format!("secret = \"{CANARY}\""))
    );
    let path = file(dir.path(), "c.toml", &good, 0o600);
    let config = load(&path).unwrap();
    let mut seen = format!("{:?}{:?}", config.channels, config.streams);
    seen.push_str(&config.summary());
    seen.push_str(&cli(&["show"], &path).1);
    seen.push_str(&cli(&["show", "--json"], &path).1);
    // Wrong around the secret, wrong in the secret, broken syntax on its line, a wrong value from the environment.
    for (from, to) in [
        ("token =", "tokenn = 1, token ="),
        (&*format!("token = \"{CANARY}\""), &*format!("token = \"{CANARY}\", interval = 1e")),
        (&format!("secret = \"{CANARY}\""), &format!("secret = {CANARY}")),
        (&format!("secret = \"{CANARY}\""), &format!("secret = [\"{CANARY}\"]")),
        ("http://h/", &format!("http://h/?api_key={CANARY}\", x = \"")),
    ] {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good);
        let error = parse(&text).unwrap_err();
        seen.push_str(&error.render(Colour::Never));
        seen.push_str(&format!("{error:?}"));
    }
    let env = |_: &str| Some(CANARY.to_owned());
    for text in [SERVICE.replace(" }", ", interval = \"${X}\" }"), "[console]\nbell = \"${X}\"\n".into()] {
        let error = config::parse_in(&text, "c.toml", &registry(), &env).unwrap_err();
        seen.push_str(&error.render(Colour::Never));
    }
    for line in seen.lines() {
        assert!(!line.contains(CANARY), "{line}");
    }
}

/// Runs `config WORDS` as the command line would: exit code, stdout, stderr.
fn cli(words: &[&str], path: &Path) -> (u8, String, String) {
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

#[test]
fn init_check_show_and_schema() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("new/config.toml");
    let (code, out, _) = cli(&["init"], &path);
    assert_eq!((code, out.trim()), (0, path.to_str().unwrap()));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let (code, _, err) = cli(&["init"], &path);
    assert!(code == 1 && err.contains("is there already"), "{err}");
    let (code, out, err) = cli(&["check"], &path);
    assert!(code == 0 && out.starts_with("ok: 7 services") && err.is_empty(), "{out}{err}");
    let (_, out, _) = cli(&["show"], &path);
    assert!(out.contains("service[cache-manager].probe.http.interval = \"30s\"  # "), "{out}");
    assert!(out.contains("rule[response-warning].window = \"10m\"  # default"), "{out}");
    assert!(out.contains("store.url = \"sqlite:///x\"  # flag --store"), "{out}");
    assert!(out.starts_with("environment = \"production\"") && out.contains("config.toml:9\n"), "{out}");
    let (_, out, _) = cli(&["schema"], &path);
    let schema: serde_json::Value = serde_json::from_str(&out).unwrap();
    let http = &schema["properties"]["service"]["items"]["properties"]["probe"]["properties"]["http"];
    assert_eq!(http["properties"]["interval"]["default"], "30s");
    fs::write(&path, "[consol]\n[worker]\nx = 1\n").unwrap();
    let (code, out, err) = cli(&["check"], &path);
    assert!(code == 3 && out.is_empty() && err.ends_with("2 problems\n"), "{err}");
    assert_eq!(cli(&["check"], &dir.path().join("none")).0, 3);
}

#[test]
fn a_change_is_noticed_by_its_fingerprint() {
    let dir = tempfile::tempdir().unwrap();
    let path = file(dir.path(), "c.toml", SERVICE, 0o600);
    let before = config::file::fingerprint(&path);
    assert_eq!(before, config::file::fingerprint(&path));
    let other = file(dir.path(), "d.toml", SERVICE, 0o600);
    fs::rename(other, &path).unwrap();
    assert_ne!(before, config::file::fingerprint(&path), "an editor that renames");
    assert_eq!(config::file::fingerprint(&dir.path().join("none")), None);
}

/// Parses, and renders what is wrong: neither may panic, and what is rendered commands no terminal.
fn survives(text: &str) -> Result<(), TestCaseError> {
    if let Err(error) = parse(text) {
        let shown = error.render(Colour::Never);
        prop_assert!(!shown.is_empty() && !shown.chars().any(|c| c != '\n' && c.is_control()), "{shown:?}");
    }
    let _ = config::show::lines(text, "c.toml", &registry(), &[]);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn c1_any_text_is_survived(text in "\\PC*|[\\[\\]a-z={}\"'.,\n\r\t0-9 \u{feff}é😀\u{202e}-]{0,400}") {
        survives(&text)?;
    }
    #[test]
    fn c1_a_mutated_example_is_survived(
        cuts in prop::collection::vec((0..config::EXAMPLE.len(), 0..40usize, "[\\[\\]a-z={}\"'.\n\u{1b}é0-9]{0,6}"), 1..6)
    ) {
        let mut text = config::EXAMPLE.to_owned();
        for (at, len, with) in cuts {
            let at = text.floor_char_boundary(at.min(text.len()));
            let end = text.floor_char_boundary((at + len).min(text.len()));
            text.replace_range(at..end.max(at), &with);
        }
        survives(&text)?;
    }
}
