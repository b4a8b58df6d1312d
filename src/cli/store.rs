//! `store init|check|backup`: make it, look it over, copy it while it is in use.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;

use super::context::{self, Context};
use super::exit;
use super::output::Out;
use super::services::futures_executor;
use crate::store::Store;
use crate::store::sqlite::{Create, SqliteStore};

#[derive(Subcommand, Debug)]
pub enum StoreCommand {
    /// Make the store where --store, the config or the default says; an existing one is left as it is
    Init,
    /// Look it over, read-only: the file, the journal's chain, every alert against its entries
    Check {
        /// One JSON document instead of text
        #[arg(long)]
        json: bool,
    },
    /// Copy the store into FILE, while it is in use
    Backup {
        /// Where; never over an existing file
        file: PathBuf,
    },
    /// Bring an older store up to this version; a copy is kept beside it
    Migrate,
}

pub fn run(context: &Context, command: &StoreCommand, out: &mut Out) -> anyhow::Result<u8> {
    let (_, config) = context.setup()?;
    match command {
        StoreCommand::Init => {
            let (path, named) = context.store_place(config.as_ref())?;
            if let (Some(folder), false) = (path.parent(), named) {
                context::make_private(folder)?;
            }
            let there = path.exists();
            let store = SqliteStore::open(&path, Create::IfMissing, context::options(config.as_ref()))?;
            out.line(&format!("{} {}", if there { "is there already:" } else { "made" }, store.place()))?;
            Ok(exit::DONE)
        }
        StoreCommand::Check { json } => check(&context.open(config.as_ref(), false)?, *json, out),
        StoreCommand::Backup { file } => {
            let store = context.open(config.as_ref(), false)?;
            if file.exists() {
                anyhow::bail!("{} is there already; a backup never writes over anything", file.display());
            }
            let bytes = futures_executor(store.backup(std::path::absolute(file)?))?;
            out.line(&format!("copied {bytes} bytes to {}", file.display()))?;
            Ok(exit::DONE)
        }
        StoreCommand::Migrate => {
            // Opening an older store migrates it, under its own lock, after a copy.
            let store = context.open(config.as_ref(), false)?;
            let schema = futures_executor(store.check_schema())?;
            out.line(&format!("{} has schema {schema}, which is this version's", store.place()))?;
            Ok(exit::DONE)
        }
    }
}

fn check(store: &SqliteStore, json: bool, out: &mut Out) -> anyhow::Result<u8> {
    let r = futures_executor(store.check())?;
    let code = if r.problems.is_empty() { exit::DONE } else { exit::FAILED };
    if json {
        let body = json!({
            "place": store.place(), "ok": r.problems.is_empty(), "problems": r.problems, "entries": r.entries,
            "alerts": r.alerts, "samples": r.samples, "store_schema": r.schema, "sqlite": r.sqlite, "bytes": r.bytes,
        });
        out.json("store-check", body)?;
        return Ok(code);
    }
    out.line(&format!("{}  schema {}  SQLite {}  {} bytes", store.place(), r.schema, r.sqlite, r.bytes))?;
    out.line(&format!("{} journal entries, {} alerts, {} samples", r.entries, r.alerts, r.samples))?;
    for problem in &r.problems {
        out.line(&format!("PROBLEM  {problem}"))?;
    }
    if r.problems.is_empty() {
        out.line("ok: the file is whole, the chain holds, every alert is what its entries make of it")?;
    }
    Ok(code)
}
