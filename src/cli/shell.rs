//! What a package ships besides the binary: completions for a shell and the manual page. Both come from the command
//! definition itself, so they cannot say anything the program does not do.

use std::io::{self, Write};

use clap::Command;
use clap_complete::Shell;

/// The completion script. It is made whole before it is written: the generator would panic on a closed pipe.
pub fn completions(mut cmd: Command, shell: Shell, out: &mut dyn Write) -> io::Result<()> {
    let name = cmd.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut cmd, name, &mut script);
    out.write_all(&script)
}

/// The manual as roff: the page of the program, then that of every command it shows in its help, depth first.
pub fn man(cmd: Command, out: &mut dyn Write) -> io::Result<()> {
    // The generated `help` command would double every page.
    let mut cmd = cmd.disable_help_subcommand(true);
    cmd.build();
    let mut pages = Vec::new();
    page(&cmd, &mut pages)?;
    out.write_all(&pages)
}

fn page(cmd: &Command, out: &mut Vec<u8>) -> io::Result<()> {
    // A subcommand's page is named as `man` looks it up: watchdeck-store-init.
    let name = cmd.get_display_name().unwrap_or_else(|| cmd.get_name()).to_owned();
    clap_mangen::Man::new(cmd.clone()).title(name).render(out)?;
    cmd.get_subcommands().filter(|c| !c.is_hide_set()).try_for_each(|c| page(c, out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Arg;

    fn sample() -> Command {
        let init = Command::new("init").about("makes the store");
        let hidden = Command::new("secretive").hide(true);
        Command::new("watchdeck")
            .about("A console")
            .arg(Arg::new("config").long("config").global(true).help("the config file"))
            .subcommand(Command::new("store").about("the store").subcommand(init))
            .subcommand(hidden)
    }

    #[test]
    fn every_shell_has_completions_with_commands_and_flags() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::Elvish, Shell::PowerShell] {
            let mut out = Vec::new();
            completions(sample(), shell, &mut out).unwrap();
            let script = String::from_utf8(out).unwrap();
            assert!(script.contains("store") && script.contains("config"), "{shell}: {script}");
        }
    }

    #[test]
    fn the_manual_has_a_page_for_each_command_that_help_shows() {
        let mut out = Vec::new();
        man(sample(), &mut out).unwrap();
        let roff = String::from_utf8(out).unwrap();
        let titles: Vec<_> = roff.lines().filter(|l| l.starts_with(".TH ")).collect();
        assert_eq!(titles.len(), 3, "{titles:?}");
        for (title, name) in titles.iter().zip(["watchdeck", "watchdeck-store", "watchdeck-store-init"]) {
            assert_eq!(title.split_whitespace().nth(1), Some(name));
        }
        assert!(roff.contains("makes the store") && roff.contains("\\-\\-config"));
        assert!(!roff.contains("secretive"));
    }

    #[test]
    fn a_closed_pipe_is_an_error_and_not_a_panic() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        assert!(completions(sample(), Shell::Bash, &mut Closed).is_err());
        assert!(man(sample(), &mut Closed).is_err());
    }
}
