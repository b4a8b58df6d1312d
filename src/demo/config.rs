//! The config of the estate, as a person would write it: every address it listens on, the seed's thresholds, and times
//! short enough that a newcomer sees things move. Not its job: reading a config.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use super::roster::{CACHE, HUB, Member, SEVEN, WEBHOOK};
use crate::config::value::Span;

/// Where everything listens.
pub struct Addresses<'a> {
    /// In the roster's order.
    pub services: &'a [String],
    pub stream: &'a str,
    /// Of the control address, where the pager is too.
    pub control: &'a str,
    pub ca: &'a Path,
    pub secret: &'a Path,
    /// The section of the checklists, whole.
    pub lists: &'a str,
}

const HEAD: &str = "\
# Written by `watchdeck demo`: a simulated estate on loopback. It is gone when the demo ends.

environment = \"demo\"
";

const TAIL: &str = r#"
[[level]]
name = "L1"
role = "On-call engineer"
notify = ["page"]

[[level]]
name = "L2"
role = "Technical lead"
notify = ["page"]

[[level]]
name = "L3"
role = "System architect"
notify = ["page"]

[[kpi]]
name = "leads-per-minute"
unit = "1/min"
target = 15
direction = "floor"
from.stream = { counter = "leads", per = "1m" }

[[kpi]]
name = "connections"
target = 1000
direction = "ceiling"
from.stream = { gauge = "connections" }

[[kpi]]
name = "cache-hit-ratio"
unit = "ratio"
target = "95%"
direction = "floor"
from.stream = { gauge = "cache-hit-ratio" }
"#;

/// Name, metric, bound, severity, procedure (may be empty), services (empty: a KPI's), hold and clear times in seconds.
type RuleRow = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str, [u64; 2]);

/// The seed's thresholds. A newcomer waits for no minute: holds are seconds here.
const RULES: [RuleRow; 11] = [
    ("service-down", "up", "below = 1", "critical", "critical-alerts", "*", [3, 6]),
    ("response-critical", "latency.p95", "above = \"200ms\"", "critical", "critical-alerts", "*", [6, 20]),
    ("response-warning", "latency.p95", "above = \"150ms\"", "warning", "warning-alerts", "*", [6, 20]),
    ("success-critical", "success", "below = \"99%\"", "critical", "critical-alerts", "*", [6, 20]),
    ("success-warning", "success", "below = \"99.5%\"", "warning", "warning-alerts", "*", [6, 20]),
    ("says-degraded", "figure.health", "below = 1", "warning", "warning-alerts", "*", [6, 10]),
    ("cache-hit-rate", "figure.hit_rate", "below = 0.8\nclear = 0.81", "warning", "", CACHE, [6, 20]),
    ("certificate", "tls.days_left", "below = \"14d\"", "warning", "", "workflow-automation", [6, 20]),
    ("certificate-critical", "tls.days_left", "below = \"3d\"", "critical", "", "workflow-automation", [6, 20]),
    ("traffic-increase", "connections", "above = 800\nclear = 750", "notice", "traffic-increase", "", [6, 20]),
    ("business-growth", "leads-per-minute", "above = 25", "notice", "business-growth", "", [6, 30]),
];

/// The whole text. `speed` shortens every time that the worker waits.
pub fn text(at: &Addresses<'_>, speed: f64) -> String {
    let mut out = HEAD.to_owned();
    // Latency does not shrink with the speed: below these floors answers would be timeouts and windows empty.
    let pace = |ms: u64| {
        let floor = if ms >= 60_000 { 30_000 } else { ms.min(800) };
        Span(Duration::from_millis(((ms as f64 / speed).round() as u64).clamp(floor, 3_600_000))).text()
    };
    // Every demo has ports, and so a config, of its own.
    let _ = write!(out, "\n[worker]\nwindow = \"{}\"\ntakeover_after = \"0s\"\n", pace(120_000));
    for (m, url) in SEVEN.iter().zip(at.services) {
        service(&mut out, m, url, &pace, at.ca);
    }
    for row in &RULES {
        rule(&mut out, row, &pace);
    }
    let _ = write!(out, "\n[[stream]]\nname = \"events\"\nurl = {}\nformat = \"cloudevents\"\n", quoted(at.stream));
    let (pager, secret) = (quoted(&format!("{}/page", at.control)), quoted(&at.secret.display().to_string()));
    let _ = write!(out, "\n[[channel]]\nname = \"page\"\nvia.webhook = {{ url = {pager}, secret_file = {secret} }}\n");
    out.push_str(TAIL);
    out.push_str(at.lists);
    out
}

fn service(out: &mut String, m: &Member, url: &str, pace: &impl Fn(u64) -> String, ca: &Path) {
    let (name, alias) = (m.name, m.alias());
    let aliases = if m.name == HUB { format!("\"{alias}\", \"realtime_{alias}\"") } else { format!("\"{alias}\"") };
    let _ = write!(out, "\n[[service]]\nname = \"{name}\"\naliases = [{aliases}]\ntags = [\"{}\"]\n", m.tag);
    if m.needs.iter().any(|(_, share)| *share > 0.5) {
        let names: Vec<String> = m.needs.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        let _ = writeln!(out, "depends_on = [{}]", names.join(", "));
    }
    let (every, within) = (pace(2000), pace(2000));
    let figure = match m.name {
        HUB => ", connections = \"$.connections\"",
        CACHE => ", hit_rate = \"$.cache.hit_rate\"",
        WEBHOOK => concat!(
            ", dead_letters = \"$.dead_letters\", breaker_open = \"$.breaker_open\"",
            ", signature_failures = \"$.signatures.failed\", unsigned_accepted = \"$.signatures.unsigned_accepted\""
        ),
        _ => "",
    };
    let _ =
        writeln!(out, "[service.probe.http]\nurl = {}\ninterval = \"{every}\"\ntimeout = \"{within}\"", quoted(url));
    let _ = writeln!(out, "retry_interval = \"{}\"", pace(1000));
    if m.tls {
        let _ = writeln!(out, "extra_ca = {}", quoted(&ca.display().to_string()));
    }
    out.push_str("expect = { status = \"2xx\", json = [{ path = \"$.status\", equals = \"healthy\" }] }\n");
    out.push_str("counters = { total = \"$.requests.total\", good = \"$.requests.good\" }\n");
    let _ = writeln!(out, "figures = {{ health = \"$.health_score\"{figure} }}");
}

fn rule(out: &mut String, row: &RuleRow, pace: &impl Fn(u64) -> String) {
    let (name, metric, bound, severity, procedure, services, [hold, clear]) = row;
    let _ = write!(out, "\n[[rule]]\nname = \"{name}\"\nmetric = \"{metric}\"\n{bound}\nseverity = \"{severity}\"\n");
    let (window, hold, clear) = (pace(120_000), pace(hold * 1000), pace(clear * 1000));
    let _ = write!(out, "window = \"{window}\"\nfor = \"{hold}\"\nclear_for = \"{clear}\"\n");
    if !procedure.is_empty() {
        let _ = writeln!(out, "procedure = \"{procedure}\"");
    }
    if !services.is_empty() {
        let _ = writeln!(out, "services = [\"{services}\"]");
    }
}

/// As TOML: a folder's name may hold what a basic string must escape.
pub fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
