//! `evidence.command`: a program without a shell whose output is looked at. That it ran, and with which exit code, proves
//! nothing; the values in what it wrote do. Its output is kept bounded, hashed and masked, for whoever reads the journal.

mod end;
mod expect;
mod judge;
mod line;
mod output;
mod section;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::mask::Mask;
use super::{Gatherer, Kind, OneAtATime};
use crate::config::registry::Looked;
use crate::domain::evidence::{Proof, Verdict};
use crate::domain::text::Untrusted;
use crate::domain::time::Stamp;
use crate::sources::child::Call;
use end::Ran;
use expect::Check;

pub const KIND: Kind = Kind {
    name: "command",
    help: "runs a program without a shell; values in its output prove, its exit code alone does not",
    example: r#"evidence.command = { argv = ["/usr/local/bin/check-restore", "--json"], timeout = "2m", expect = [{ json = "$.summary.passed", at_least = 60 }] }"#,
    build: |raw| Ok(Arc::new(raw.decode::<section::Section>()?.build(raw)?)),
    schema: super::schema_of::<section::Section>,
};

const TIMEOUT: Duration = Duration::from_secs(30);
const FRESH: Duration = Duration::from_secs(12 * 3600);
/// A command as it is shown, bytes.
const SHOWN_MAX: usize = 400;
/// … and where it is only named.
const NAMED_MAX: usize = 120;

pub struct Command {
    call: Arc<Call>,
    timeout: Duration,
    every: Option<Duration>,
    fresh: Duration,
    checks: Arc<Vec<Check>>,
    /// Texts of the config that came from the environment.
    hidden: Vec<String>,
    starting: OneAtATime,
}

/// A command that a file names: run when a person asks for it, and nothing in its output is looked at.
pub fn from_line(text: &str) -> Result<Arc<dyn Gatherer>, String> {
    let call = Call { argv: line::split(text)?, env: Vec::new(), cwd: None };
    Ok(Arc::new(Command {
        call: Arc::new(call),
        timeout: TIMEOUT,
        every: None,
        fresh: FRESH,
        checks: Arc::default(),
        hidden: Vec::new(),
        starting: OneAtATime::default(),
    }))
}

impl Command {
    fn mask(&self) -> Mask {
        let mut mask = Mask::of_process(&self.call.env);
        self.hidden.iter().for_each(|text| mask.hide(text.as_bytes()));
        mask
    }

    async fn look(&self, now: Stamp) -> Proof {
        let ran = end::run(&self.call, self.timeout, &self.starting).await;
        let (call, checks, mask) = (Arc::clone(&self.call), Arc::clone(&self.checks), self.mask());
        // Patterns and masks read up to a mebibyte: not on a thread that others wait for.
        let read = tokio::task::spawn_blocking(move || proof(&call.argv, &checks, &mask, &ran)).await;
        let failed =
            |_| Proof::new(Verdict::Unknown, "it ran, and reading what it wrote failed here; the log says why");
        read.unwrap_or_else(failed).from("command").seen_at(Some(now))
    }
}

fn proof(argv: &[String], checks: &[Check], mask: &Mask, ran: &Ran) -> Proof {
    let text = mask.output(&ran.heard.all);
    let judged = judge::judge(checks, ran, &text);
    let shown = |text: &str| Untrusted::new(mask.text(text)).clean_to(SHOWN_MAX);
    let output = output::output(argv, ran, mask, &text);
    let proof = Proof::new(judged.verdict, shown(&judged.says)).wanted(shown(&judged.wanted));
    Proof { output: Some(Box::new(output)), ..proof }
}

impl Gatherer for Command {
    fn looked(&self) -> Looked {
        // For the eye: folders go, what is run and with what stays. The whole of it is kept with its output.
        let path = |word: &str| word.starts_with('/') && !word.contains(char::is_whitespace);
        let name = |word: &String| match word.rsplit('/').next().filter(|n| !n.is_empty() && path(word)) {
            Some(name) => name.to_owned(),
            None => word.clone(),
        };
        let short: Vec<String> = self.call.argv.iter().map(name).collect();
        let what = Untrusted::new(self.mask().argv(&short)).clean_to(NAMED_MAX);
        Looked { what, every: self.every, fresh: self.fresh }
    }
    fn gather(&self, now: Stamp) -> BoxFuture<'_, Proof> {
        Box::pin(self.look(now))
    }
}
