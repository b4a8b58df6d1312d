//! `config init|check|show|schema`, and noticing a change.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use watchdeck::config;

use super::support::*;

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
