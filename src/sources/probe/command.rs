//! `probe.command`: a program without a shell, judged as a Nagios plugin is: its exit code decides, its first line is
//! the detail, its perfdata become figures. It runs in a process group of its own, which never outlives the look.

mod child;
mod perfdata;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::meter::{Stage, Trace};
use super::observation::{Observation, Verdict};
use super::pace::Given;
use super::{BoxFuture, Kind, Pace, Probe};
use crate::config::raw::{Problem, Raw};
use crate::config::value::Span;
use crate::domain::sample::{FailKind, Outcome};
use crate::domain::text::Untrusted;
use crate::sources::child::Call;
use child::Ended;

pub const KIND: Kind = Kind {
    name: "command",
    help: "runs a Nagios plugin: exit 0 ok, 1 degraded, 2 failed, else unknown; perfdata become figures",
    example: r#"probe.command = { argv = ["/usr/lib/nagios/plugins/check_disk", "-w", "10%"], interval = "1m" }"#,
    build: |_, raw| Ok(Arc::new(raw.decode::<Section>()?.build(raw)?)),
    schema: super::schema_of::<Section>,
};

/// `probe.command`
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CommandSection")]
struct Section {
    /// The program and its arguments; no shell reads them.
    #[schemars(with = "Vec<String>")]
    argv: Spanned<Vec<String>>,
    /// Names of variables the program may see, beside `PATH`, `HOME` and `LANG`.
    #[serde(default)]
    env: Vec<String>,
    #[schemars(with = "Option<Span>")]
    interval: Given,
    #[schemars(with = "Option<Span>")]
    timeout: Given,
    #[schemars(with = "Option<Span>")]
    retry_interval: Given,
}

impl Section {
    fn build(self, raw: &Raw) -> Result<Plugin, Problem> {
        let pace = Pace::of(self.interval, self.timeout, self.retry_interval, raw)?;
        let at = self.argv.span();
        let argv = self.argv.into_inner();
        match argv.first() {
            Some(program) if !program.is_empty() && argv.iter().all(|a| !a.contains('\0')) => {}
            _ => return Err(Problem::at(at, "this names no program", "[\"/path/to/program\", \"argument\"]")),
        }
        let target = Untrusted::new(format!("command {}", argv.join(" "))).clean_to(200).as_str().to_owned();
        Ok(Plugin { target, call: Call { argv, env: self.env, cwd: None }, pace })
    }
}

struct Plugin {
    target: String,
    call: Call,
    pace: Pace,
}

impl Probe for Plugin {
    fn target(&self) -> &str {
        &self.target
    }
    fn host_key(&self) -> &str {
        self.call.program()
    }
    fn pace(&self) -> Pace {
        self.pace
    }
    fn run(&self) -> BoxFuture<'_, Observation> {
        Box::pin(async move {
            let mut trace = Trace::start(self.pace.timeout);
            trace.stage = Stage::Run;
            let run = child::run(&self.call);
            let result = tokio::time::timeout(self.pace.timeout, run).await;
            trace.observe(result.map(|ended| ended.map(|ended| judge(&ended))))
        })
    }
}

fn judge(ended: &Ended) -> Verdict {
    let output = perfdata::read(&ended.stdout);
    let said = if output.text.is_empty() {
        Untrusted::from_bytes(&ended.stderr).clean_to(200).to_string()
    } else {
        output.text
    };
    let mut verdict = match (ended.code, ended.signal) {
        (Some(0), _) => Verdict::new(Outcome::Ok, &said),
        (Some(1), _) => Verdict::new(Outcome::Degraded, &said),
        (Some(2), _) => Verdict::failed(FailKind::Exit, &said),
        (Some(3), _) => Verdict::failed(FailKind::Exit, unknown(&said, "")),
        (Some(code), _) => Verdict::failed(FailKind::Exit, unknown(&said, &format!("exit {code}"))),
        (None, signal) => {
            Verdict::failed(FailKind::Exit, unknown(&said, &format!("killed by signal {}", signal.unwrap_or(0))))
        }
    };
    verdict.figures = output.figures;
    verdict
}

fn unknown(said: &str, how: &str) -> String {
    // Plugins often begin their own line with the word.
    let said = said.strip_prefix("UNKNOWN").map_or(said, |rest| rest.trim_start_matches([':', ' ', '-']));
    match (how.is_empty(), said.is_empty()) {
        (true, _) => format!("UNKNOWN: {said}"),
        (false, true) => format!("UNKNOWN: {how}"),
        (false, false) => format!("UNKNOWN: {how}: {said}"),
    }
}
