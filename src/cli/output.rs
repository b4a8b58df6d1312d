//! Printing: tables that fit the terminal they go to, JSON documents with a schema field, and errors that say what to do.
//! A pipe whose reader has gone is no reason to fail loudly.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::exit;
use crate::config::{Colour, ConfigError};
use crate::domain::text::Untrusted;
use crate::domain::time::Stamp;
use crate::store::StoreError;

/// Standard output, buffered.
pub struct Out {
    inner: Box<dyn Write>,
    /// Columns, when it is a terminal.
    width: Option<usize>,
    buffer: Vec<u8>,
}

impl Out {
    pub fn stdout() -> Self {
        let terminal = io::stdout().is_terminal();
        let width = terminal.then(|| crossterm::terminal::size().map_or(80, |(w, _)| usize::from(w)));
        Self { inner: Box::new(io::stdout()), width, buffer: Vec::new() }
    }

    /// One document, with its schema's name first.
    pub fn json(&mut self, thing: &str, body: Value) -> io::Result<()> {
        let text = Self::document(thing, body)?;
        self.write_all(text.as_bytes())
    }

    /// The same as text with its line end.
    pub fn document(thing: &str, mut body: Value) -> io::Result<String> {
        let mut whole = json!({ "schema": format!("watchdeck/{thing}/1") });
        if let (Some(to), Some(from)) = (whole.as_object_mut(), body.as_object_mut()) {
            to.append(from);
        }
        Ok(format!("{}\n", serde_json::to_string(&whole)?))
    }

    /// Columns as wide as they need; the last one gives way on a terminal. `right` marks figures.
    pub fn table(&mut self, heads: &[(&str, bool)], rows: &[Vec<String>]) -> io::Result<()> {
        use unicode_width::UnicodeWidthStr as _;
        let cell = |row: &Vec<String>, i: usize| row.get(i).map_or(0, |c| c.width());
        let widths: Vec<usize> = heads
            .iter()
            .enumerate()
            .map(|(i, (head, _))| rows.iter().map(|r| cell(r, i)).max().unwrap_or(0).max(head.width()))
            .collect();
        let titles: Vec<String> = heads.iter().map(|(h, _)| (*h).to_owned()).collect();
        for row in std::iter::once(&titles).chain(rows) {
            let mut line = String::new();
            for (i, text) in row.iter().enumerate() {
                let (wide, right) = (widths.get(i).copied().unwrap_or(0), heads.get(i).is_some_and(|h| h.1));
                let pad = " ".repeat(wide.saturating_sub(text.width()));
                if i > 0 {
                    line.push_str("  ");
                }
                line.push_str(&if right { format!("{pad}{text}") } else { format!("{text}{pad}") });
            }
            self.line(line.trim_end())?;
        }
        Ok(())
    }

    /// One line, cut on a terminal that is narrower.
    pub fn line(&mut self, text: &str) -> io::Result<()> {
        use unicode_width::UnicodeWidthChar as _;
        let width = self.width.unwrap_or(usize::MAX);
        let mut used = 0;
        let cut: String = text
            .chars()
            .take_while(|c| {
                used += c.width().unwrap_or(0);
                used <= width
            })
            .collect();
        writeln!(self, "{cut}")
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() > 64 * 1024 {
            self.flush()?;
        }
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            // The console's own writer may hold standard output, blocked by a terminal that reads nothing.
            return Ok(());
        }
        let bytes = std::mem::take(&mut self.buffer);
        self.inner.write_all(&bytes)?;
        self.inner.flush()
    }
}

/// Into a file that is not there yet; without one to standard output.
pub fn file_or_out(file: Option<&Path>, text: &str, out: &mut Out) -> anyhow::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let Some(path) = file else { return Ok(out.write_all(text.as_bytes())?) };
    let name = crate::config::file::shown(path);
    let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o660).open(path);
    let mut file = match made {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            anyhow::bail!("{name} is there already; nothing is written over, name another file")
        }
        Err(e) => anyhow::bail!("{name} cannot be made: {e}"),
    };
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.map_err(|e| anyhow::anyhow!("{name} was not written whole: {e}"))?;
    out.line(&format!("wrote {name}"))?;
    Ok(())
}

/// Times in documents: RFC 3339 UTC, or null.
pub fn time(at: Option<Stamp>) -> Value {
    at.map_or(Value::Null, |at| Value::String(at.rfc3339()))
}

pub fn error_colour() -> Colour {
    if io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()) {
        Colour::Ansi
    } else {
        Colour::Never
    }
}

/// A flag whose value cannot be: exit code 2, as for one that does not exist.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// A command that needs a config found none.
#[derive(Debug, thiserror::Error)]
#[error("there is no config; `watchdeck config init` writes a starter file, `watchdeck demo` needs none")]
pub struct NoConfig;

/// Something to know on stderr that is no failure.
pub fn remark(text: &str) {
    let _ = writeln!(io::stderr(), "watchdeck: {}", Untrusted::new(text.to_owned()).clean());
}

/// Says what is wrong on stderr; the exit code of its kind.
pub fn complain(error: &anyhow::Error) -> u8 {
    let mut err = io::stderr();
    if let Some(config) = error.downcast_ref::<ConfigError>() {
        let _ = writeln!(err, "{}", config.render(error_colour()).trim_end());
        return exit::CONFIG;
    }
    if error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe) {
        return exit::DONE;
    }
    let step = error.downcast_ref::<StoreError>().and_then(StoreError::next_step);
    let next = step.map_or_else(String::new, |step| format!("; {step}"));
    let _ = writeln!(err, "watchdeck: {}{next}", Untrusted::new(format!("{error:#}")).clean());
    match () {
        () if error.is::<StoreError>() => exit::STORE,
        () if error.is::<Usage>() => exit::USAGE,
        () if error.is::<NoConfig>() => exit::CONFIG,
        () => exit::FAILED,
    }
}
