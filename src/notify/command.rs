//! The command channel: a program of the operator's own, started without a shell, with the notice as JSON on its stdin.
//! It runs in a process group of its own, which is killed as a whole when its time is up. The notice never becomes an
//! argument: a title from outside cannot be taken for an option.
//!
//! Exit codes follow sysexits: 0 is sent. 64–68, 70, 72, 73, 77 and 78 say that it was called or set up wrongly, which
//! no retry mends: dead. Everything else (1, 69 unavailable, 75 try again, a signal, the deadline) is retried, because a
//! page given up on for a script's loose `exit 1` would be worse than a page sent twice.

use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use rustix::process::{Pid, Signal, kill_process_group};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use toml::Spanned;

use super::secret::Redact;
use super::{Channel, Kind, wire};
use crate::config::raw::{Problem, Raw};
use crate::config::value::Span;
use crate::domain::outbox::{Attempt, Notice};
use crate::domain::text::Clean;

pub const KIND: Kind = Kind {
    name: "command",
    help: "runs a program without a shell, with the notice as JSON on its stdin; exit 0 is sent, 75 is try again",
    example: r#"[[channel]]
name = "sms"
via.command = { argv = ["/usr/local/bin/send-sms", "--on-call"], env = ["SMS_TOKEN"] }
"#,
    build: |name, raw| Ok(Arc::new(Exec::new(name, raw)?)),
    schema: |generator| Settings::json_schema(generator),
};

const DEADLINE: Duration = Duration::from_secs(20);
/// A claim on an outbox row lasts 60 s; an attempt must be over before.
const DEADLINE_MAX: Duration = Duration::from_secs(45);
const OUTPUT_MAX: usize = 4096;
/// After the program's end its output may still be held open by a child it left behind.
const DRAIN: Duration = Duration::from_millis(300);
/// What every program gets; the rest of our environment, secrets included, it does not.
const ENVIRONMENT: &[&str] = &["PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ"];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CommandChannel")]
struct Settings {
    /// The program and its arguments; no shell reads them.
    #[schemars(with = "Vec<String>")]
    argv: Spanned<Vec<String>>,
    /// Names of further environment variables the program may see.
    #[serde(default)]
    env: Vec<String>,
    /// How long it may run before its whole process group is killed; at most 45s.
    #[schemars(with = "Option<Span>")]
    timeout: Option<Spanned<Span>>,
}

struct Exec {
    name: String,
    program: String,
    arguments: Vec<String>,
    env: Vec<String>,
    timeout: Duration,
}

impl Exec {
    fn new(name: &str, raw: &Raw) -> Result<Self, Problem> {
        let settings: Settings = raw.decode()?;
        let place = settings.argv.span();
        let mut argv = settings.argv.into_inner().into_iter();
        let program = argv.next().filter(|p| !p.is_empty());
        let program = program.ok_or_else(|| Problem::at(place.clone(), "`argv` is empty", "name a program"))?;
        // It would depend on the folder watchdeck happened to be started in.
        if program.contains('/') && !program.starts_with('/') {
            return Err(Problem::at(place, "the program is a relative path", "an absolute path, or a name on PATH"));
        }
        let timeout = match settings.timeout {
            Some(t) if t.get_ref().0.is_zero() || t.get_ref().0 > DEADLINE_MAX => {
                return Err(Problem::at(t.span(), "`timeout` is out of range", "more than 0, at most \"45s\""));
            }
            Some(t) => t.into_inner().0,
            None => DEADLINE,
        };
        Ok(Self { name: name.to_owned(), program, arguments: argv.collect(), env: settings.env, timeout })
    }

    async fn run(&self, notice: &Notice) -> Attempt {
        let body = match wire::body(notice) {
            Ok(body) => body,
            Err(e) => return Attempt::Dead(Clean::new(&e.to_string())),
        };
        let mut redact = Redact::default();
        let mut child = match self.start(notice, &mut redact) {
            Ok(child) => child,
            Err(e) => return not_started(&e),
        };
        let mut group = Group(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)));
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let ended = tokio::time::timeout(self.timeout, talk(&mut child, &body, &mut out, &mut err)).await;
        let said = redact.excerpt(if err.is_empty() { &out } else { &err });
        match ended {
            Ok(Ok(status)) => {
                group.0 = None;
                let receipt = if status.success() { redact.excerpt(&out) } else { said };
                judge(status, &receipt)
            }
            Ok(Err(e)) => retry(format!("waiting for the program failed: {e}")),
            Err(_) => {
                drop(group);
                // Reaped here, so that no zombie waits for the runtime to notice.
                let _ = child.wait().await;
                let span = Span(self.timeout).text();
                retry(with(
                    format!("killed after {span}; it may have been sent, the next attempt has the same key"),
                    &said,
                ))
            }
        }
    }

    fn start(&self, notice: &Notice, redact: &mut Redact) -> io::Result<Child> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).env_clear().current_dir("/").process_group(0).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        for name in ENVIRONMENT {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        for name in &self.env {
            if let Some(value) = std::env::var_os(name) {
                redact.hide(&value.to_string_lossy());
                command.env(name, value);
            }
        }
        command.env("WATCHDECK_ALERT_ID", notice.alert.to_string());
        command.spawn()
    }
}

impl Channel for Exec {
    fn name(&self) -> &str {
        &self.name
    }
    fn send<'a>(&'a self, notice: &'a Notice) -> BoxFuture<'a, Attempt> {
        Box::pin(self.run(notice))
    }
}

/// The running group; dropped while it still runs (deadline, or the whole attempt dropped) it is killed as a whole. It
/// is disarmed once the leader is reaped: from then on the number may belong to somebody else.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(pid) = self.0.take() {
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}

/// Feeds stdin and reads both outputs at once, so that neither side can block the other, until the program ends.
async fn talk(child: &mut Child, body: &[u8], out: &mut Vec<u8>, err: &mut Vec<u8>) -> io::Result<ExitStatus> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let feed = async {
        if let Some(mut pipe) = stdin {
            // A program that does not read its stdin is free not to.
            let _ = pipe.write_all(body).await;
        }
    };
    let traffic = async { tokio::join!(feed, keep(stdout, out), keep(stderr, err)) };
    tokio::pin!(traffic);
    let status = tokio::select! {
        _ = &mut traffic => return child.wait().await,
        status = child.wait() => status?,
    };
    let _ = tokio::time::timeout(DRAIN, traffic).await;
    Ok(status)
}

/// Reads to the end and keeps the first [`OUTPUT_MAX`] bytes: a chatty program must not block on a full pipe.
async fn keep(pipe: Option<impl AsyncRead + Unpin>, kept: &mut Vec<u8>) {
    let Some(mut pipe) = pipe else { return };
    let mut buffer = [0; 1024];
    while let Ok(n @ 1..) = pipe.read(&mut buffer).await {
        kept.extend(buffer.iter().take(n.min(OUTPUT_MAX.saturating_sub(kept.len()))));
    }
}

fn judge(status: ExitStatus, said: &Clean) -> Attempt {
    let line = match (status.code(), status.signal()) {
        (Some(code), _) => with(format!("exit {code}"), said),
        (None, signal) => with(format!("ended by signal {}", signal.unwrap_or_default()), said),
    };
    match status.code() {
        Some(0) => Attempt::Sent(Clean::new(&line)),
        Some(64..=68 | 70 | 72 | 73 | 77 | 78) => Attempt::Dead(Clean::new(&line)),
        _ => retry(line),
    }
}

/// A program that is not there will not come by waiting; anything else (no process or memory left) may pass.
fn not_started(error: &io::Error) -> Attempt {
    let line = format!("the program could not be started: {error}");
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidInput => {
            Attempt::Dead(Clean::new(&line))
        }
        _ => retry(line),
    }
}

fn with(line: String, said: &Clean) -> String {
    if said.is_empty() { line } else { format!("{line}: {said}") }
}

fn retry(why: String) -> Attempt {
    Attempt::Retry { why: Clean::from(why), after: None }
}
