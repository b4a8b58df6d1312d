//! What scripts rely on: the keys of the JSON documents and the exit codes.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::e2e::{Demo, Home, PATIENCE, said, until};

#[track_caller]
fn has(value: &Value, keys: &str) {
    let missing: Vec<_> = keys.split_whitespace().filter(|k| value.get(k).is_none()).collect();
    assert!(missing.is_empty(), "without {missing:?}: {value}");
}

#[test]
fn the_demo_keeps_its_contract() {
    let demo = Demo::start(&["--for", "60s"]);
    let first = demo.first.clone();
    has(&first, "config store services stream log control");
    assert_eq!(first["services"].as_array().unwrap().len(), 7);
    assert!(first["store"].as_str().unwrap().starts_with("sqlite:///"));
    let begun = Instant::now();
    let mut alerts = Value::Null;
    until("an unacked alert", || {
        let said = demo.run(&["alerts", "--state", "open", "--json"]);
        alerts = if said.code == 0 { said.json() } else { Value::Null };
        alerts["alerts"].as_array().is_some_and(|a| !a.is_empty())
    });
    // Two seconds are promised; a busy machine is not the demo's fault.
    assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
    assert_eq!(alerts["schema"], "watchdeck/alerts/1");
    has(
        &alerts["alerts"][0],
        "id fingerprint state severity service title owner version metric value limit unit n opened_at acked_at \
         deadline_at escalation labels",
    );
    has(&alerts["alerts"][0]["escalation"], "level next_level next_at");
    let config = first["config"].as_str().unwrap();
    until("every service was seen", || {
        demo.run(&["--config", config, "status", "--json"]).json()["services"]["unknown"] == 0
    });
    let status = demo.run(&["--config", config, "status", "--json"]).is(0).json();
    has(&status, "environment now worker store stream services alerts outbox counters");
    has(&status["worker"], "alive owner epoch age_ms");
    has(&status["store"], "kind schema last_seq");
    has(&status["stream"][0], "name state last_event_age_ms sequence gaps undecodable");
    has(&status["services"], "total healthy degraded failed unknown stale");
    has(&status["alerts"], "open acked snoozed by_severity");
    has(&status["outbox"], "pending dead");
    has(&status["counters"], "dropped coalesced");
    assert_eq!((&status["schema"], &status["worker"]["alive"]), (&"watchdeck/status/1".into(), &true.into()));
    let services = demo.run(&["services", "--json"]).is(0).json();
    assert_eq!(services["schema"], "watchdeck/services/1");
    assert_eq!(services["services"].as_array().unwrap().len(), 7);
    has(
        &services["services"][0],
        "name state latency_p95_ms success_ratio samples age_ms uptime_ratio not_observed_ratio",
    );
}

#[test]
fn every_verb_works_without_a_screen_and_says_what_it_did() {
    let home = Home::with(
        "[[channel]]\nname = \"page\"\nvia.command = { argv = [\"/bin/true\"] }\n\
         [[level]]\nname = \"L1\"\nrole = \"first\"\nnotify = [\"page\"]\n[[level]]\nname = \"L2\"\nrole = \"second\"",
    );
    let id = home.raise(&["trouble"]).remove(0);
    let run = |args: &[&str], code: i32, words: &str| {
        let said = home.on_config(&[&["--operator", "ann", "alerts"], args].concat()).is(code);
        assert!(said.out.contains(words), "{args:?}: {}", said.out);
    };
    run(&["ack", &id], 0, &format!("acked {id}\n"));
    run(&["unack", &id], 0, &format!("un-acked {id}\n"));
    run(&["escalate", &id, "--level", "1"], 0, &format!("escalated {id}\n"));
    run(&["escalate", &id, "--level", "2"], 1, "NOT escalated");
    run(&["note", &id, "--reason", "looked at it"], 0, &format!("noted {id}\n"));
    run(&["snooze", &id, "--for", "30m", "--reason", "later"], 0, &format!("snoozed {id}\n"));
    run(&["snooze", &id], 2, "NOT snoozed");
    run(&["unsnooze", &id], 0, &format!("woken {id}\n"));
    run(&["own", &id, "--to", "bob"], 0, &format!("handed over {id}\n"));
    run(&["ack", &id], 5, "bob has");
    run(&["own", &id], 0, &format!("taken {id}\n"));
    run(&["ack", &id], 0, &format!("acked {id}\n"));
    run(&["own", &id, "--to", " "], 2, "NOT handed over");
    run(&["resolve", &id, "--reason", "mended", "--review", "true"], 0, &format!("resolved {id}\n"));
    run(&["ack", &id], 5, "NOT acked");
    run(&["ack", "99999"], 1, "no alert");
    run(&["ack", "no-number"], 2, "NOT acked");
    let shown = home.on_config(&["alerts", "show", &id, "--json"]).is(0).json();
    has(&shown["alert"], "id state timeline");
    let timeline = shown["alert"]["timeline"].to_string();
    assert!(["looked at it", "later", "mended", "ann"].iter().all(|w| timeline.contains(w)), "{timeline}");
    assert_eq!(home.on_config(&["alerts", "show", "99999"]).code, 1);
    assert_eq!(home.on_config(&["alerts", "ack"]).code, 2);
    assert!(home.on_config(&["alerts", "--json"]).json()["alerts"].as_array().unwrap().is_empty());
    assert_eq!(home.on_config(&["alerts", "--state", "all", "--json"]).json()["alerts"][0]["state"], "resolved");
}

#[test]
fn a_service_is_muted_and_unmuted_without_a_screen() {
    let home = Home::with("");
    let run = |args: &[&str], code: i32, words: &str| {
        let said = home.on_store(&[&["--operator", "ann", "alerts"], args].concat()).is(code);
        assert!(said.out.contains(words), "{args:?}: {}", said.out);
    };
    run(&["mute", "svc-*", "--for", "30m", "--reason", "planned"], 0, "muted svc-*\n");
    let mutes = home.on_store(&["alerts", "mutes", "--json"]).is(0).json();
    assert_eq!(mutes["schema"], "watchdeck/mutes/1");
    has(&mutes["mutes"][0], "pattern by at until reason");
    assert_eq!((&mutes["mutes"][0]["pattern"], &mutes["mutes"][0]["by"]), (&"svc-*".into(), &"ann".into()));
    run(&["mutes"], 0, "planned");
    run(&["unmute", "svc"], 1, "NOT un-muted: svc is not muted");
    run(&["unmute", "svc-*"], 0, "un-muted svc-*\n");
    assert_eq!(home.on_store(&["alerts", "mutes", "--json"]).json()["mutes"], Value::Array(Vec::new()));
    run(&["mute", "svc-*", "--for", "soon", "--reason", "planned"], 2, "NOT muted: --for is a span");
    run(&["mute", "svc-*", "--for", "30m", "--reason", " "], 2, "a mute needs a reason");
    run(&["mute", " ", "--for", "30m", "--reason", "x"], 2, "NOT muted: name a service");
}

#[test]
fn a_version_that_has_moved_on_is_a_conflict_that_says_who() {
    let home = Home::with("");
    let id = home.raise(&["trouble"]).remove(0);
    home.on_store(&["--operator", "ann", "alerts", "ack", &id, "--if-version", "1"]).is(0);
    for args in [&["--if-version", "1"][..], &[]] {
        let late = home.on_store(&[&["--operator", "bob", "alerts", "ack", &id], args].concat()).is(5);
        assert!(late.out.contains("NOT acked") && late.out.contains("ann") && late.out.contains('Z'), "{}", late.out);
    }
}

#[test]
fn a_viewer_may_look_and_not_act() {
    let home = Home::with(
        "[[operator]]\nname = \"vera\"\nrole = \"viewer\"\n[[operator]]\nname = \"rob\"\nrole = \"responder\"",
    );
    let id = home.raise(&["trouble"]).remove(0);
    for act in [&["ack", &id][..], &["resolve", &id, "--reason", "x"], &["note", &id, "--reason", "x"]] {
        let said = home.on_config(&[&["--operator", "vera", "alerts"], act].concat()).is(6);
        assert!(said.out.contains("viewer"), "{}", said.out);
    }
    home.on_config(&["--operator", "vera", "alerts"]).is(0);
    home.on_config(&["--operator", "stranger", "alerts", "ack", &id]).is(6);
    home.on_config(&["--operator", "rob", "alerts", "ack", &id]).is(0);
}

#[test]
fn the_exit_code_says_what_kind_of_wrong_it_is() {
    let home = Home::new();
    for args in [
        &["alerts", "--nonsense"][..],
        &["nonsense"],
        &["demo", "--headless", "--for", "soon"],
        &["demo", "--headless", "--fault", "no"],
    ] {
        assert_eq!(home.run(args).code, 2, "{args:?}");
    }
    drop(home.open());
    home.on_store(&["audit", "verify", "--since", "once"]).is(2);
    std::fs::remove_file(home.store()).unwrap();
    for command in [
        &["status"][..],
        &["alerts"],
        &["services"],
        &["audit", "verify"],
        &["store", "check"],
        &["alerts", "ack", "1"],
    ] {
        let said = home.on_store(command).is(4);
        assert!(said.err.contains("store init"), "{}", said.err);
        assert!(!home.store().exists());
    }
    home.configure("[[service]]\nname = 5");
    for command in [&["status"][..], &["watch"], &["console"], &["config", "check"], &["alerts", "ack", "1"]] {
        let said = home.on_config(command).is(3);
        assert!(said.err.contains("config.toml:"), "{command:?} {}", said.err);
    }
    assert_eq!(home.run(&["--config", "/nonexistent.toml", "status"]).code, 3);
    // A store that is something else.
    home.configure("");
    home.write("w.db", "this is no database, it is a letter to the editor, and a long one at that: seventy-two bytes");
    home.on_config(&["status"]).is(4);
    home.write("w.db", "");
    home.on_config(&["status"]).is(4);
    // And the configs that refer to a store nobody made do not make one.
    std::fs::remove_file(home.store()).unwrap();
    home.on_config(&["watch"]).is(4);
    home.on_config(&["console", "--plain"]).is(4);
    home.on_config(&["store", "init"]).is(0);
    home.on_config(&["console", "--plain"]).is(0);
}

#[test]
fn status_answers_as_a_monitoring_plugin() {
    let home = Home::with("");
    let plugin = |more: &[&str]| home.on_config(&[&["status", "--exit-code"], more].concat()).code;
    assert_eq!(plugin(&[]), 3, "no worker was ever there");
    assert_eq!(plugin(&["--nonsense"]), 3);
    let id = home.raise(&["trouble"]).remove(0);
    assert_eq!(plugin(&[]), 2, "a known critical alert is critical, whoever watches");
    home.on_store(&["alerts", "resolve", &id, "--reason", "mended"]).is(0);
    assert_eq!(plugin(&[]), 3);
    home.configure("[[service]]");
    assert_eq!(plugin(&[]), 3);
    home.configure("");
    std::fs::remove_file(home.store()).unwrap();
    assert_eq!(plugin(&[]), 3);
    // Alive and seen: what the services say.
    let demo = Demo::start(&["--for", "60s"]);
    let config = demo.first["config"].as_str().unwrap().to_owned();
    let code = || demo.run(&["--config", &config, "status", "--exit-code"]).code;
    until("the demo's critical alert", || code() == 2);
    until("without it", || {
        let open = demo.run(&["alerts", "--json"]).json();
        for alert in open["alerts"].as_array().unwrap() {
            demo.run(&["alerts", "resolve", &alert["id"].to_string(), "--reason", "mended"]);
        }
        matches!(code(), 0 | 1)
    });
}

#[test]
fn p10_there_is_no_console_without_a_terminal() {
    let home = Home::with("");
    for args in [&["console"][..], &[], &["demo"]] {
        let args = if args == ["demo"] { args.to_vec() } else { [&["--config", "config.toml"], args].concat() };
        let said = home.run(&args).is(1);
        assert!(said.err.contains("needs a terminal") && said.out.is_empty(), "{}", said.err);
    }
    assert_eq!(
        std::fs::read_dir(home.file(".cache/watchdeck")).map_or(0, Iterator::count),
        0,
        "the demo's folder is gone"
    );
}

#[test]
fn p10_a_reader_that_has_gone_is_no_error_and_a_full_disk_is_one() {
    let home = Home::with("");
    for args in [
        &["status", "--json"][..],
        &["man"],
        &["completions", "bash"],
        &["config", "schema"],
        &["audit", "export"],
        &["--help"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = home.command();
        command.args(["--store", &home.url()]).args(args).stdout(Stdio::from(writer)).stderr(Stdio::piped());
        let done = command.output().unwrap();
        let err = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.code() == Some(0) && !err.contains("panicked"), "{args:?}: {:?} {err}", done.status);
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = home.command();
        command.args(["--store", &home.url()]).args(args).stdout(Stdio::from(full)).stderr(Stdio::piped());
        let done = command.output().unwrap();
        if !["--help", "audit"].contains(&args[0]) {
            assert_eq!(done.status.code(), Some(1), "{args:?} was not written");
        }
    }
}

#[test]
fn the_journal_can_be_verified_exported_checked_and_copied() {
    let home = Home::with("");
    let id = home.raise(&["trouble"]).remove(0);
    home.on_store(&["alerts", "ack", &id]).is(0);
    let verified = home.on_store(&["audit", "verify", "--json"]).is(0).json();
    assert_eq!((&verified["ok"], &verified["entries"]), (&true.into(), &2.into()));
    let lines: Vec<Value> =
        home.on_store(&["audit", "export"]).is(0).out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    let copy = home.file("copy.db");
    home.on_store(&["store", "backup", copy.to_str().unwrap()]).is(0);
    home.on_store(&["store", "backup", copy.to_str().unwrap()]).is(1);
    let url = format!("sqlite://{}", copy.display());
    assert_eq!(home.run(&["--store", &url, "store", "check", "--json"]).is(0).json()["entries"], 2);
    assert_eq!(home.run(&["--store", &url, "alerts", "--json"]).json()["alerts"][0]["state"], "acked");
}

#[test]
fn completions_and_the_manual_are_there() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(home.run(&["completions", shell]).is(0).out.contains("alerts"), "{shell}");
    }
    assert!(home.run(&["man"]).is(0).out.contains(".TH"));
    assert_eq!(home.run(&["--version"]).is(0).out, format!("watchdeck {}\n", env!("CARGO_PKG_VERSION")));
    assert!(home.run(&["--help"]).is(0).out.contains("Exit codes"));
}

/// Nothing that this program prints or keeps holds the secret, however it came in.
#[test]
fn c4_a_secret_is_in_no_output() {
    const CANARY: &str = "canary-7c1d0be4";
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let home = Home::with("");
    home.write("page.secret", &format!("whsec_{CANARY}\n"));
    home.configure(&format!(
        "[[channel]]\nname = \"page\"\nvia.webhook = {{ url = \"http://127.0.0.1:{port}/\", secret = \"${{HOOK}}\" }}\n\
         [[channel]]\nname = \"file\"\nvia.webhook = {{ url = \"http://127.0.0.1:{port}/\", secret_file = \"page.secret\" }}\n\
         [[service]]\nname = \"web\"\nprobe.http = {{ url = \"http://127.0.0.1:{port}/\", interval = \"1s\", timeout = \"300ms\", \
         headers = {{ authorization = \"${{TOKEN}}\" }} }}\n\
         [[level]]\nname = \"L1\"\nnotify = [\"page\", \"file\"]"
    ));
    drop(listener);
    let id = home.raise(&["trouble"]).remove(0);
    let config = home.config().display().to_string();
    let run = |args: &[&str]| {
        let mut command = home.command();
        command.env("HOOK", format!("hook-{CANARY}")).env("TOKEN", format!("Bearer {CANARY}"));
        said(command.args(["--config", &config, "--log", "trace"]).args(args))
    };
    let mut command = home.command();
    command.env("HOOK", format!("hook-{CANARY}")).env("TOKEN", format!("Bearer {CANARY}"));
    let log = std::fs::File::create(home.file("watch.log")).unwrap();
    let child =
        command.args(["--config", &config, "--log", "trace", "watch"]).stdout(Stdio::null()).stderr(log).spawn();
    let worker = crate::e2e::Running(child.unwrap());
    run(&["alerts", "escalate", &id, "--level", "1"]).is(0);
    for channel in ["page", "file"] {
        run(&["channels", "test", channel]).is(1);
    }
    let begun = Instant::now();
    until("a page was tried", || {
        run(&["outbox", "--json"]).out.contains("\"attempts\":1") || begun.elapsed() > PATIENCE / 2
    });
    let mut all = String::new();
    for args in [
        &["config", "show"][..],
        &["config", "show", "--json"],
        &["config", "check"],
        &["status"],
        &["status", "--json"],
        &["services", "--json"],
        &["outbox", "--json"],
        &["alerts", "show", &id],
        &["audit", "export"],
        &["console", "--plain"],
        &["channels", "test", "page"],
        &["channels", "test", "file"],
        &["config", "nonsense"],
        &["console"],
    ] {
        let said = run(args);
        all.push_str(&said.out);
        all.push_str(&said.err);
    }
    drop(worker);
    all.push_str(&home.log("watch.log"));
    assert!(
        all.contains("web") && !all.contains(CANARY),
        "{}",
        all.lines().find(|l| l.contains(CANARY)).unwrap_or("?")
    );
    // The database and what lies beside it, too.
    for file in std::fs::read_dir(home.path()).unwrap().map(|f| f.unwrap().path()) {
        let bytes =
            if file.ends_with("page.secret") || !file.is_file() { Vec::new() } else { std::fs::read(&file).unwrap() };
        assert!(!bytes.windows(CANARY.len()).any(|w| w == CANARY.as_bytes()), "{}", file.display());
    }
}
