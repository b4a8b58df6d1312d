//! The command line: one file per subcommand, each "open the store, ask, print". What is printed has passed the same
//! gate as what is drawn. Exit codes are a contract: see [`exit`].

mod acts;
mod alerts;
mod audit;
mod checklists;
pub mod config;
mod console;
mod context;
mod demo;
mod first_run;
mod handoff;
mod look;
mod mutes;
mod names;
mod outbox;
mod output;
mod plain;
mod procedures;
mod seat;
mod services;
mod settle;
mod shell;
mod status;
mod store;
mod watch;

use std::io::Write;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory, Parser, Subcommand};

use context::Context;
use output::Out;

/// What a script may rely on.
pub mod exit {
    pub const DONE: u8 = 0;
    pub const FAILED: u8 = 1;
    pub const USAGE: u8 = 2;
    pub const CONFIG: u8 = 3;
    /// Unavailable, foreign or newer.
    pub const STORE: u8 = 4;
    /// Somebody was first; stdout says who and when.
    pub const CONFLICT: u8 = 5;
    pub const NOT_PERMITTED: u8 = 6;
}

const ABOUT: &str = "The on-call engineer's deck in a terminal: services, alerts and the live stream";
const AFTER: &str = "Without a command the console opens. `watchdeck demo` shows it over a simulated estate.
Exit codes: 0 done, 1 failed, 2 usage, 3 config, 4 store, 5 conflict (somebody was first), 6 not permitted.";

#[derive(Parser, Debug)]
#[command(name = "watchdeck", version, about = ABOUT, after_help = AFTER)]
pub struct Cli {
    /// Config file; default: the user's config folder, then /etc/watchdeck/config.toml
    #[arg(long, global = true, env = "WATCHDECK_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Store, `sqlite:///absolute/path` or a path; default: watchdeck.db in the user's data folder
    #[arg(long, global = true, env = "WATCHDECK_STORE", value_name = "URL")]
    store: Option<String>,
    /// Who acts; default: the login
    #[arg(long, global = true, env = "WATCHDECK_OPERATOR", value_name = "NAME")]
    operator: Option<String>,
    /// What is logged: error, warn, info, debug or trace
    #[arg(long, global = true, env = "WATCHDECK_LOG", value_name = "LEVEL", default_value = "info",
          value_parser = ["error", "warn", "info", "debug", "trace"])]
    log: String,
    #[command(flatten)]
    console: console::Flags,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// The console (also without a command)
    Console(console::Flags),
    /// The console over a simulated estate on loopback: nothing to install, nothing to configure
    Demo(demo::Flags),
    /// The headless worker, for a service unit: probes, rules, stream and pages; logs to stderr
    Watch,
    /// One screenful: worker, services, alerts, stream, pages
    Status(status::Flags),
    /// The services as the worker last saw them, with the age of each sample
    Services {
        /// One JSON document instead of a table
        #[arg(long)]
        json: bool,
    },
    /// List alerts, or act on them without a screen
    Alerts(alerts::Flags),
    /// The outbox: pages waiting, sent and dead
    Outbox(outbox::Flags),
    /// The channels that carry pages
    Channels {
        #[command(subcommand)]
        command: outbox::ChannelsCommand,
    },
    /// Write, check, describe and show the config
    Config {
        #[command(subcommand)]
        command: config::ConfigCommand,
    },
    /// Make, check and back up the store
    Store {
        #[command(subcommand)]
        command: store::StoreCommand,
    },
    /// The lists with what is left of them, acts on their boxes, their history, and the Markdown files they come from
    Checklists(checklists::Flags),
    /// What is written down to be followed, the runs of it, and acts on their steps
    Procedures(procedures::Flags),
    /// Pass the watch on: what the next person has to know, offered and accepted by name
    Handoff(handoff::Flags),
    /// Verify and export the journal, the record of every shared change
    Audit {
        #[command(subcommand)]
        command: audit::AuditCommand,
    },
    /// Completion script for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// The manual page, as roff
    Man,
}

impl Cli {
    fn shows_console(&self) -> bool {
        matches!(self.command, None | Some(Command::Console(_) | Command::Demo(_)))
    }
}

/// Parses, runs, and says what went wrong; the exit code.
pub fn main() -> u8 {
    // One provider for every TLS in the process, before any of it starts.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(mut error) => {
            usage(&mut error);
            let asked = !error.use_stderr();
            let _ = error.print();
            return if asked { exit::DONE } else { status::usage_code() };
        }
    };
    if cli.console != console::Flags::default() && !cli.shows_console() {
        let why =
            "--plain, --low-bandwidth and --ascii are for the console and the demo; this command knows none of them";
        output::complain(&output::Usage(why.to_owned()).into());
        return status::usage_code();
    }
    let mut out = Out::stdout();
    let code = run(cli, &mut out);
    match out.flush() {
        Ok(()) => code,
        // A reader that has gone away is not our failure; a disk that took nothing is.
        Err(error) => code.max(output::complain(&error.into())),
    }
}

/// What came from the environment looks to the parser as if it had been typed, and to a reader of its usage line as if
/// it had to be: that line is made of the command alone.
fn usage(error: &mut clap::Error) {
    if error.get(ContextKind::Usage).is_none() {
        return;
    }
    let mut at = Cli::command();
    at.build();
    for word in std::env::args().skip(1) {
        if let Some(next) = at.find_subcommand(&word).cloned() {
            at = next;
        }
    }
    error.insert(ContextKind::Usage, ContextValue::StyledStr(at.render_usage()));
}

fn run(cli: Cli, out: &mut Out) -> u8 {
    let context = Context { config: cli.config, store: cli.store, operator: cli.operator, log: cli.log };
    let command = cli.command.unwrap_or(Command::Console(cli.console));
    let done = match command {
        Command::Console(flags) => console::run(&context, flags.or(cli.console), out),
        Command::Demo(flags) => demo::run(&context, &flags.or(cli.console), out),
        Command::Watch => watch::run(&context),
        Command::Status(flags) => return status::run(&context, &flags, out),
        Command::Services { json } => services::run(&context, json, out),
        Command::Alerts(flags) => alerts::run(&context, flags, out),
        Command::Outbox(flags) => outbox::run(&context, &flags, out),
        Command::Channels { command } => outbox::channels(&context, &command, out),
        Command::Config { command } => config_command(&context, &command, out),
        Command::Store { command } => store::run(&context, &command, out),
        Command::Checklists(flags) => checklists::run(&context, flags, out),
        Command::Procedures(flags) => procedures::run(&context, flags, out),
        Command::Handoff(flags) => handoff::run(&context, flags, out),
        Command::Audit { command } => audit::run(&context, &command, out),
        Command::Completions { shell } => {
            shell::completions(Cli::command(), shell, out).map(|()| exit::DONE).map_err(Into::into)
        }
        Command::Man => shell::man(Cli::command(), out).map(|()| exit::DONE).map_err(Into::into),
    };
    done.unwrap_or_else(|error| output::complain(&error))
}

fn config_command(context: &Context, command: &config::ConfigCommand, out: &mut Out) -> anyhow::Result<u8> {
    let registry = Context::registry();
    let overrides = context.overrides();
    let given = config::ConfigContext {
        named: context.config.as_deref(),
        registry: &registry,
        colour: output::error_colour(),
        overrides,
    };
    config::run(command, &given, out, &mut std::io::stderr())
}
