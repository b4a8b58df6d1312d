//! The starter file is a whole estate, tells every default, and still loads with its comments opened.

use watchdeck::config::{self, KpiSource};
use watchdeck::domain::rule::{Bound, Metric};
use watchdeck::domain::setup::FeedSource;

use super::support::*;

#[test]
fn the_example_is_a_whole_estate() {
    let config = config::parse(config::EXAMPLE, "c.toml", &real()).unwrap_or_else(|e| panic!("{e}"));
    assert!(config.services.iter().all(|s| s.service.interval.as_secs() == 30), "the interval comes from the kind");
    assert_eq!(config.setup.kpis.len(), 2);
    assert_eq!(
        config.summary(),
        "ok: 7 services, 7 rules, 1 stream, 2 KPIs, 0 channels, 3 levels, 0 operators, 0 list files"
    );
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
    let top = &schema["properties"];
    let rows = &top["checklist"]["items"]["properties"];
    let sections = ["console", "store", "worker", "theme", "service", "rule", "kpi", "level", "operator"];
    let mut parts: Vec<_> = sections.iter().chain(&["checklist", "procedure"]).map(|s| (*s, &top[*s])).collect();
    parts.extend(["list", "item", "step"].map(|row| (row, &rows[row])));
    for (section, part) in parts {
        let keys = part["properties"].as_object().or(part["items"]["properties"].as_object()).unwrap();
        assert!(!keys.is_empty());
        for key in keys.keys() {
            let forms = [format!("{key} = "), format!("{key}."), format!(".{key}]]")];
            let shown = forms.iter().any(|k| config::EXAMPLE.contains(k));
            assert!(shown || key == "via", "[{section}] {key} is not in the example");
        }
    }
}

#[test]
fn the_example_with_its_comments_opened_loads_too() {
    let dir = tempfile::tempdir().unwrap();
    file(dir.path(), "page.secret", "s\n", 0o600);
    file(dir.path(), "production-operations.map.toml", config::checklists::SHIPPED, 0o600);
    let key = |l: &str| {
        l.split_once(" = ").is_some_and(|(k, _)| k.chars().all(|c| c.is_ascii_lowercase() || "._".contains(c)))
    };
    let open = |l: &'static str| l.strip_prefix("# ").filter(|code| code.starts_with("[[") || key(code)).unwrap_or(l);
    let lines = config::EXAMPLE.lines().map(open).filter(|l| !l.contains("reference ="));
    let opened: String = lines.flat_map(|l| [l, "\n"]).collect();
    let path = file(dir.path(), "c.toml", opened, 0o600);
    let config = config::load(&path, &real()).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!((config.channels.len(), config.setup.operators.len()), (2, 1));
    assert!(config.summary().ends_with("1 list file, 1 procedure file with 58 rules"), "{}", config.summary());
}
