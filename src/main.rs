//! The binary: hand the command line over, turn what comes back into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(watchdeck::cli::main())
}
