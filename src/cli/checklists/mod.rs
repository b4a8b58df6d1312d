//! `checklists …`: the lists with what is left of them, their boxes, acts on them, their history, and the Markdown files
//! they come from. One file for each subcommand.

mod acts;
mod boxes;
mod export;
mod history;
mod import;
mod lint;
mod list;
mod run;
mod show;
mod whole;
mod write_back;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::context::Context;
use super::output::Out;
use super::seat::Seat;

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Flags {
    #[command(subcommand)]
    command: Option<ChecklistsCommand>,
    /// One JSON document instead of a table, with every box
    #[arg(long)]
    json: bool,
}

#[derive(Subcommand, Debug)]
enum ChecklistsCommand {
    /// One list with its boxes, their evidence, who did them and what they noted
    Show {
        /// Its id, a beginning of that, or a part of its title
        list: String,
        /// One JSON document instead of text
        #[arg(long)]
        json: bool,
    },
    #[command(flatten)]
    Act(acts::Act),
    /// Run the command behind a box here and now, and record what it said; exit code 1 unless that is good
    Run {
        /// Its id, a beginning of that, or a part of its title
        list: String,
        /// Its number in `show`, its id, or a part of its text
        item: String,
    },
    #[command(flatten)]
    Whole(whole::Act),
    /// How lists were kept: on time, late, missed, carried over, skipped and why, how long it took
    History(history::Flags),
    /// One list for one period as it was worked, as Markdown, JSON or CSV
    Export(export::Flags),
    /// Write the ticks into the boxes of the Markdown file itself: one byte each, and only where box and text are still
    /// what they were
    WriteBack {
        /// Its id, a beginning of that, or a part of its title
        list: String,
        /// Say what would be written and write nothing
        #[arg(long)]
        dry_run: bool,
    },
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

pub fn run(context: &Context, flags: Flags, out: &mut Out) -> anyhow::Result<u8> {
    match flags.command {
        None => list::run(&Seat::take(context)?, flags.json, out),
        Some(ChecklistsCommand::Show { list, json }) => show::run(&Seat::take(context)?, &list, json, out),
        Some(ChecklistsCommand::Act(act)) => acts::run(&mut Seat::take(context)?, &act, out),
        Some(ChecklistsCommand::Run { list, item }) => run::run(&mut Seat::take(context)?, &list, &item, out),
        Some(ChecklistsCommand::Whole(act)) => whole::run(&mut Seat::take(context)?, &act, out),
        Some(ChecklistsCommand::History(flags)) => history::run(&Seat::take(context)?, &flags, out),
        Some(ChecklistsCommand::Export(flags)) => export::run(&Seat::take(context)?, &flags, out),
        Some(ChecklistsCommand::WriteBack { list, dry_run }) => {
            write_back::run(&Seat::take(context)?, &list, dry_run, out)
        }
        Some(ChecklistsCommand::Lint { file, json }) => lint::run(&file, json, out),
        Some(ChecklistsCommand::Import(flags)) => import::run(context, &flags, out),
    }
}
