//! What is wrong is said with its place and what would be right (C1).

use std::fs;
use std::path::Path;

use watchdeck::config::{self, Colour};

use super::support::*;

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
        &SERVICE.replace("probe.http = {", "probe = { kind = \"http\","),
        "c.toml:3:11: `probe` names no kind (write probe.http = { … }",
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
    only("[console]\nbell = \"loud\"\n", "c.toml:2:8: unknown variant `loud`", "never, critical");
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
fn c1_a_huge_mess_is_told_in_a_moment() {
    use std::fmt::Write as _;
    let many = |n: usize, line: &dyn Fn(usize) -> String| {
        (0..n).fold(String::new(), |mut all, i| {
            let _ = writeln!(all, "{}", line(i));
            all
        })
    };
    let keys = format!("[worker]\n{}", many(50_000, &|i| format!("key{i} = {i}")));
    let services = many(6000, &|i| format!("[[service]]\nname = \"s{i}\"\nprobe.http.url = \"x\""));
    let chain =
        many(2000, &|i| format!("[[service]]\nname = \"s{i}\"\ndepends_on = [\"s{}\"]\nprobe.http.url = \"x\"", i + 1));
    let noise = "= ]\n".repeat(300_000);
    for (text, least) in [(keys, 20), (services, 1), (chain, 1), (noise, 1)] {
        let problems = parse(&text).unwrap_err().problems().len();
        assert!((least..=200).contains(&problems), "{problems}");
    }
}
