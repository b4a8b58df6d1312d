//! From a line of TOML to a probe's observation.

use std::sync::Arc;
use std::time::Duration;

use toml::de::DeTable;
use watchdeck::config::raw::{Problem, Raw};
use watchdeck::sources::probe::{self, Observation, Probe};

/// The probe that `line` (as under `probe.`) describes, e.g. `tcp = { address = "…" }`.
pub fn try_probe(line: &str) -> Result<Arc<dyn Probe>, Problem> {
    // A piece of config lives as long as the program; a test's few bytes may too.
    let mut doc = DeTable::parse(line.to_owned().leak()).unwrap_or_else(|e| panic!("{line}: {e}"));
    doc.get_mut().make_owned();
    let (key, value) = doc.into_inner().into_iter().next().expect("a kind");
    let span = key.span();
    probe::build(&"svc".into(), &Raw::new(key.into_inner().into_owned(), span, value))
}

pub fn probe(line: &str) -> Arc<dyn Probe> {
    try_probe(line).unwrap_or_else(|e| panic!("{line}: {e} ({})", e.hint))
}

/// One look; it must end by itself, and soon.
pub async fn look(line: &str) -> Observation {
    let probe = probe(line);
    let limit = probe.pace().timeout + Duration::from_secs(2);
    tokio::time::timeout(limit, probe.run()).await.unwrap_or_else(|_| panic!("overran its deadline: {line}"))
}

/// One look over HTTP, with further keys.
pub async fn ask(url: &str, keys: &str) -> Observation {
    look(&format!("http = {{ url = '{url}', interval = '1500ms', {keys} }}")).await
}
