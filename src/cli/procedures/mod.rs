//! `procedures …`: what is written down to be followed, the runs of it that are open, and acts on their steps.

mod acts;
mod found;
mod list;
mod show;

use clap::{Args, Subcommand};

use super::context::Context;
use super::output::Out;
use super::seat::Seat;

pub use found::late;

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Flags {
    #[command(subcommand)]
    command: Option<ProceduresCommand>,
    /// One JSON document instead of tables
    #[arg(long)]
    json: bool,
}

#[derive(Subcommand, Debug)]
enum ProceduresCommand {
    /// One run with its steps, or one procedure as it is written
    Show {
        /// The run's number, or the procedure's id, a beginning of that, or a part of its title
        #[arg(value_name = "RUN|PROCEDURE")]
        what: String,
        /// One JSON document instead of text
        #[arg(long)]
        json: bool,
    },
    #[command(flatten)]
    Act(acts::Act),
}

pub fn run(context: &Context, flags: Flags, out: &mut Out) -> anyhow::Result<u8> {
    match flags.command {
        None => list::run(&Seat::take(context)?, flags.json, out),
        Some(ProceduresCommand::Show { what, json }) => show::run(&Seat::take(context)?, &what, json, out),
        Some(ProceduresCommand::Act(act)) => acts::run(&mut Seat::take(context)?, &act, out),
    }
}
