//! `checklists …`: what Markdown files of lists and procedures hold, and how they come into a config. One file for each
//! subcommand; nothing here needs the store.

mod import;
mod lint;

use std::path::PathBuf;

use clap::Subcommand;

use super::context::Context;
use super::output::Out;

#[derive(Subcommand, Debug, Clone)]
pub enum ChecklistsCommand {
    /// Say what lists, procedures and contacts a Markdown file holds and what in it has no effect; exit code 1 when a
    /// box or a step would be lost
    Lint {
        file: PathBuf,
        /// As one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Write a Markdown file's lists and procedures into the config, with a mapping beside it that says how each item is
    /// worked, and rules for the triggers that no rule restates yet
    Import(import::Flags),
}

pub fn run(context: &Context, command: &ChecklistsCommand, out: &mut Out) -> anyhow::Result<u8> {
    match command {
        ChecklistsCommand::Lint { file, json } => lint::run(file, *json, out),
        ChecklistsCommand::Import(flags) => import::run(context, flags, out),
    }
}
