//! `audit verify|export`: the journal's chain, and the journal as JSON lines.

use std::io::Write;

use clap::Subcommand;
use serde_json::json;

use super::context::Context;
use super::exit;
use super::output::{Out, Usage};
use super::services::futures_executor;
use crate::config::value::Span;
use crate::domain::time::Stamp;
use crate::runtime::clock;
use crate::store::Store;

#[derive(Subcommand, Debug)]
pub enum AuditCommand {
    /// Walk the hash chain and name the first entry that does not fit
    Verify {
        /// Only entries since then: RFC 3339, or a span like 24h
        #[arg(long, value_name = "TIME")]
        since: Option<String>,
        /// One JSON document instead of text
        #[arg(long)]
        json: bool,
    },
    /// The journal as JSON lines, oldest first
    Export {
        /// Only entries since then: RFC 3339, or a span like 24h
        #[arg(long, value_name = "TIME")]
        since: Option<String>,
    },
}

pub fn run(context: &Context, command: &AuditCommand, out: &mut Out) -> anyhow::Result<u8> {
    let (_, config) = context.setup()?;
    let store = context.open(config.as_ref(), false)?;
    match command {
        AuditCommand::Verify { since, json } => {
            let report = futures_executor(store.audit(moment(since.as_deref())?))?;
            let ok = report.broken.is_none();
            if *json {
                let broken = report.broken.as_ref().map(|(seq, why)| json!({ "seq": seq, "why": why }));
                out.json("audit", json!({ "ok": ok, "entries": report.entries, "from": report.from, "head": report.head, "broken": broken }))?;
            } else if let Some((seq, why)) = &report.broken {
                out.line(&format!("BROKEN at entry {seq}: {why}"))?;
            } else {
                out.line(&format!("ok: {} entries from {} on, head {}", report.entries, report.from, report.head))?;
                out.line("this shows later edits; to show that the whole file was not rewritten, keep heads elsewhere and compare")?;
            }
            Ok(if ok { exit::DONE } else { exit::FAILED })
        }
        AuditCommand::Export { since } => {
            let from = moment(since.as_deref())?;
            let mut last = 0;
            loop {
                let entries = futures_executor(store.entries_after(last, 5000))?;
                let Some(newest) = entries.last() else { break };
                last = newest.seq;
                for entry in entries.iter().filter(|e| from.is_none_or(|f| e.at >= f)) {
                    serde_json::to_writer(&mut *out, entry).map_err(std::io::Error::from)?;
                    out.write_all(b"\n")?;
                }
            }
            Ok(exit::DONE)
        }
    }
}

fn moment(text: Option<&str>) -> anyhow::Result<Option<Stamp>> {
    let Some(text) = text else { return Ok(None) };
    if let Some(at) = Stamp::parse(text) {
        return Ok(Some(at));
    }
    let span = Span::parse(text).ok_or_else(|| Usage("--since is RFC 3339 or a span like 24h".into()))?;
    Ok(Some(clock::now().wall - span.0))
}
