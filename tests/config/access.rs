//! Who may read and write what holds secrets, where secrets come from, and that none gets out (C2–C4).

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use watchdeck::config::{self, Colour, secret};

use super::support::*;

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
        let _ = write!(seen, "{error:?}");
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

#[test]
fn c4_a_mistyped_key_shows_nothing_of_its_value() {
    let channel =
        |keys: &str| format!("[[channel]]\nname = \"page\"\nvia.webhook = {{ url = \"http://h/\", {keys} }}\n");
    let stream = |keys: &str| format!("[[stream]]\nname = \"events\"\nurl = \"ws://h/\"\n{keys}\n");
    let texts = [
        channel("secrt = \"hunter2-canary\""),
        channel("secrt = \"hunter2-canary\", timeout = \"never\""),
        channel("headers = { X-Team = \"hunter2-canary\", Host = \"hunter2-canary\" }"),
        channel("headers = { X-Team = \"hunter2-canary\\n\" }"),
        stream("tokn = \"hunter2-canary\""),
        stream("headers = { X-Team = \"hunter2-canary\\u0007\" }"),
        stream("").replace("ws://h/", "ws://bob:hunter2-canary@h/"),
    ];
    for text in texts {
        let shown = config::parse(&text, "c.toml", &real()).unwrap_err().render(Colour::Never);
        assert!(!shown.contains(CANARY), "{shown}");
    }
    let shown = |text: &str| config::parse(text, "c.toml", &real()).unwrap_err().render(Colour::Never);
    assert!(shown(&stream("headers = { X-Team = \"a\\u0007\" }")).contains("holds a control character"));
    assert!(shown(&channel("headers = { X-Team = \"a\\n\" }")).contains("holds a control character"));
    assert!(shown(&stream("").replace("//h/", "//bob@h/")).contains("use token_file"));
}

#[test]
fn c4_show_masks_the_values_of_queries_and_headers() {
    let text = "[[stream]]\nname = \"events\"\nurl = \"ws://h/x?key=hunter2-canary&since=1\"\n\
        headers = { X-Team = \"hunter2-canary\" }\n";
    let lines = config::show::lines(text, "c.toml", &real(), &[]).unwrap();
    assert!(lines.iter().all(|line| !line.value.contains(CANARY)), "{lines:?}");
    assert!(lines.iter().any(|line| line.value.contains("?key=…&since=…")), "{lines:?}");
}
