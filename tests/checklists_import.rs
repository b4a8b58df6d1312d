//! `checklists import` as an operator meets it: the founding document into an empty config, into one with content, twice,
//! and what it refuses. What stood in a config stays; what is written is sound, whole and private.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods)]

#[path = "support/e2e.rs"]
mod e2e;

#[path = "checklists_import/hostile.rs"]
mod hostile;
#[path = "checklists_import/texts.rs"]
mod texts;

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use e2e::{Answer, Home};
use serde_json::Value;
use watchdeck::config::{self, Config};
use watchdeck::domain::checklist::{Bound, bind};
use watchdeck::domain::evidence::Evidence;
use watchdeck::domain::markdown::{self, Mode};
use watchdeck::domain::run::Kind;
use watchdeck::runtime::build;

const RAW: &str = include_str!("markdown/seed.raw.md");
const WRITTEN: &str = include_str!("../assets/checklists/production-operations.md");
const COUNTS: &str = "37 items in 8 lists, 5 procedures with 21 steps, 6 contacts, 6 trigger conditions: ";

/// A home with the founding document in it, as it reached us.
fn home() -> Home {
    let home = Home::new();
    home.write("ops.md", RAW);
    home
}

/// Where the user's own config lies.
fn own(home: &Home) -> PathBuf {
    home.file(".config/watchdeck/config.toml")
}

fn load(path: &Path) -> Config {
    config::load(path, &build::registry(Vec::new())).unwrap_or_else(|e| panic!("{e}"))
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// The first file of a config bound to its Markdown.
fn bound(config: &Config) -> Bound {
    let source = &config.setup.sources[0];
    let document = markdown::parse(&std::fs::read(&source.file).unwrap()).unwrap();
    bind(source, &document, &"ops.md".into(), &[])
}

/// Every file below a folder, for "nothing was written".
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[track_caller]
fn refused(answer: Answer, says: &str) {
    let answer = answer.is(1);
    assert!(answer.err.contains(says) && answer.out.is_empty(), "{says}: {}{}", answer.out, answer.err);
    assert_eq!(answer.err.lines().count(), 1, "{}", answer.err);
}

#[test]
fn the_founding_document_comes_into_no_config_at_all() {
    let home = home();
    let said = home.run(&["checklists", "import", "ops.md"]).is(0);
    assert!(said.out.starts_with(&format!("{COUNTS}0 restate rules, 6 written as rules\n")), "{}", said.out);
    assert!(said.err.is_empty() && said.out.contains("config check"), "{}{}", said.out, said.err);
    let path = own(&home);
    let mapping = path.with_file_name("ops.map.toml");
    assert_eq!((mode(&path), mode(&mapping), mode(path.parent().unwrap())), (0o600, 0o600, 0o700));
    assert_eq!(files(path.parent().unwrap()), [path.clone(), mapping.clone()], "nothing is left beside them");
    let check = home.run(&["config", "check"]).is(0);
    let summary =
        "0 services, 6 rules, 0 streams, 2 KPIs, 0 channels, 3 levels, 0 operators, 1 list file with 51 rules";
    assert_eq!((check.out.trim(), check.err.as_str()), (format!("ok: {summary}").as_str(), ""));

    let config = load(&path);
    let bound = bound(&config);
    let items: Vec<_> = bound.templates.iter().flat_map(|t| &t.items).collect();
    let count = |mode| items.iter().filter(|i| i.mode == mode).count();
    let modes = [Mode::Auto, Mode::Assist, Mode::Exec, Mode::Manual].map(count);
    assert_eq!((items.len(), modes), (37, [5, 17, 6, 9]));
    let shorts: Vec<_> = bound.templates.iter().map(|t| t.short.as_str()).collect();
    assert_eq!(shorts, ["morning", "review", "business", "upkeep", "tuning", "security", "30 days", "90 days"]);
    let due = |at: usize| bound.templates[at].rhythm.due.map(|d| (d.day, d.time.to_string()));
    assert_eq!(
        (due(0), due(1), due(2)),
        (Some((0, "09:00:00".into())), Some((4, "17:00:00".into())), Some((4, "12:00:00".into())))
    );
    let healthy = items.iter().find(|i| i.text.as_str().contains("all 7 services")).unwrap();
    assert!(matches!(&healthy.evidence, Evidence::Live { expr, .. } if expr.text.as_str() == "services.healthy == 7"));
    let steps: Vec<_> = bound.procedures[0].steps.iter().map(|s| (s.step.kind, s.step.timer_ms)).collect();
    let escalate = (Kind::Escalate, Some(15 * 60_000));
    assert_eq!(steps, [(Kind::Plain, None), (Kind::Plain, None), escalate, (Kind::Document, None)]);
    assert_eq!(bound.procedures.iter().map(|p| p.steps.len()).sum::<usize>(), 21);
    let levels: Vec<_> = config.setup.levels.iter().map(|l| (l.name.as_str(), l.role.as_str())).collect();
    assert_eq!(levels, [("L1", "On-call engineer"), ("L2", "Technical lead"), ("L3", "System architect")]);
    let rules: Vec<_> = config.setup.rules.iter().map(|r| (r.metric.word(), r.bound.sign(), r.bound.limit())).collect();
    assert_eq!(rules[0], ("latency.p95", ">", 200.0));
    assert_eq!((rules[3].2, rules[5]), (0.995, ("leads-per-minute", ">", 25.0)));
    for (rule, procedure) in config.setup.rules.iter().zip([0, 0, 1, 1, 2, 3]) {
        assert_eq!(rule.procedure.as_deref(), Some(bound.procedures[procedure].id.as_str()), "{}", rule.name);
    }
}

#[test]
fn every_item_stands_in_the_mapping_with_its_line() {
    let home = home();
    home.run(&["checklists", "import", "ops.md"]).is(0);
    let mapping = text(&own(&home).with_file_name("ops.map.toml"));
    assert_eq!(mapping.matches("\n[[item]]\n").count(), 37);
    let document = markdown::parse(RAW.as_bytes()).unwrap();
    for item in document.items() {
        assert!(mapping.contains(&format!("\n# line {}: {}\n[[item]]\n", item.place.line, item.text)), "{}", item.text);
    }
    assert!(
        mapping.contains("# evidence.command = { argv = [\"/usr/local/bin/validate-production\""),
        "its comment too"
    );
}

#[test]
fn an_empty_config_is_a_config() {
    for old in ["", "\n\n", "# mine", "\u{feff}# mine\r\n"] {
        let home = home();
        home.write("config.toml", old);
        home.on_config(&["checklists", "import", "ops.md"]).is(0);
        let new = text(&home.config());
        assert!(new.starts_with(old), "{new:?}");
        assert!(new.contains("\n[[checklist]]\nfile = \"ops.md\"\nmapping = \"ops.map.toml\"\n"), "{new}");
        assert!(home.on_config(&["config", "check"]).is(0).out.ends_with("1 list file with 51 rules\n"));
    }
}

const ESTATE: &str = "\
environment = \"test\"
[[service]]
name = \"webhook-processor\"
probe.tcp = { address = \"127.0.0.1:9\" }
[[kpi]]
name = \"connections\"
from.stream = { gauge = \"connections\" }
[[rule]]
name = \"slow\"
metric = \"latency.p99\"
above = \"200ms\"
severity = \"critical\"
procedure = \"critical-alerts\"
[[rule]]
name = \"critical-alerts-success\"
metric = \"success\"
below = \"90%\"
severity = \"warning\"
[[level]]
name = \"ours\"
[store]
group_shared = false  # no newline at the end";

#[test]
fn what_stands_in_a_config_stays_and_is_not_said_twice() {
    let home = home();
    let path = home.write("config.toml", ESTATE);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let said = home.on_config(&["checklists", "import", "ops.md"]).is(0);
    assert!(said.out.starts_with(&format!("{COUNTS}1 restate rules, 5 written as rules\n")), "{}", said.out);
    assert!(said.out.contains("line 29: response time > 200ms: restated by rule slow\n"), "{}", said.out);
    let new = text(&path);
    assert!(new.starts_with(&format!("{ESTATE}\n\n# ---- ops.md: ")), "{new}");
    assert_eq!((mode(&path), mode(&home.file("ops.map.toml"))), (0o640, 0o640), "who reads the one reads the other");
    let config = load(&path);
    assert_eq!(config.setup.levels.len(), 1, "a ladder that is there stays as it is");
    assert_eq!(config.kpis.len(), 2, "connections were there");
    let names: Vec<_> = config.setup.rules.iter().map(|r| r.name.as_str()).collect();
    assert_eq!(names[..3], ["slow", "critical-alerts-success", "critical-alerts-success-2"]);
}

#[test]
fn twice_is_refused_with_the_place_of_the_first() {
    let home = home();
    home.write("config.toml", ESTATE);
    home.on_config(&["checklists", "import", "ops.md"]).is(0);
    let (before, all) = (text(&home.config()), files(home.path()));
    let line = before.lines().position(|l| l == "file = \"ops.md\"").unwrap() + 1;
    std::os::unix::fs::symlink("ops.md", home.file("same.md")).unwrap();
    for name in ["ops.md", "./ops.md", home.file("ops.md").to_str().unwrap(), "same.md"] {
        let answer = home.on_config(&["checklists", "import", name]);
        refused(answer, &format!("is a [[checklist]] already: {}:{line}", home.config().display()));
    }
    std::fs::remove_file(home.file("same.md")).unwrap();
    assert_eq!((text(&home.config()), files(home.path())), (before, all));
    // Another file of the same words has its own mapping, and its rules are restated by those of the first.
    home.write("again.md", WRITTEN);
    let said = home.on_config(&["checklists", "import", "again.md"]).is(0);
    assert!(said.out.starts_with(&format!("{COUNTS}6 restate rules, 0 written as rules\n")), "{}", said.out);
    assert!(home.on_config(&["config", "check"]).is(0).out.ends_with("2 list files with 102 rules\n"));
}

#[test]
fn a_dry_run_writes_nothing_and_shows_all() {
    let home = home();
    let before = files(home.path());
    let said = home.run(&["checklists", "import", "ops.md", "--dry-run"]).is(0);
    assert!(said.out.starts_with(COUNTS) && said.out.contains("would be written to the new"), "{}", said.out);
    assert_eq!(files(home.path()), before);
    home.run(&["checklists", "import", "ops.md"]).is(0);
    let shown = said.out.split_once("\n---- ").unwrap().1;
    for path in [own(&home), own(&home).with_file_name("ops.map.toml")] {
        let written = text(&path);
        let block = written.split_once("# ---- ").map_or(written.as_str(), |(_, rest)| rest);
        assert!(shown.contains(block.trim_end()), "{}", path.display());
    }
}

#[test]
fn json_says_the_same() {
    let home = home();
    home.write("config.toml", ESTATE);
    let dry = home.on_config(&["checklists", "import", "ops.md", "--dry-run", "--json"]).is(0).json();
    assert_eq!((&dry["schema"], &dry["dry_run"]), (&"watchdeck/checklists-import/1".into(), &Value::Bool(true)));
    let done = home.on_config(&["checklists", "import", "ops.md", "--json"]).is(0).json();
    for said in [&dry, &done] {
        assert_eq!((&said["items"], &said["lists"], &said["procedures"]), (&37.into(), &8.into(), &5.into()));
        assert_eq!((&said["steps"], &said["contacts"], &said["items_known"]), (&21.into(), &6.into(), &37.into()));
        let cadences = serde_json::json!({ "daily": 9, "weekly": 10, "monthly": 10, "once": 8 });
        assert_eq!(said["items_by_cadence"], cadences);
        let does: Vec<_> = said["conditions"].as_array().unwrap().iter().map(|c| c["does"].as_str().unwrap()).collect();
        assert_eq!(does, ["restates", "written", "written", "written", "written", "written"]);
        assert_eq!(said["conditions"][0]["rule"], "slow");
        assert_eq!(said["kpis"], serde_json::json!(["leads-per-minute"]));
    }
    assert!(text(&home.config()).ends_with(dry["config_text"].as_str().unwrap()));
    assert_eq!(text(&home.file("ops.map.toml")), dry["mapping_text"].as_str().unwrap());
}
