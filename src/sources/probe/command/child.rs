//! A program run to its end within limits: no shell, no stdin, few variables, capped output, and a process group that
//! is killed whole, whether the look ended, was cancelled or panicked.

use std::os::unix::process::ExitStatusExt;
use std::pin::pin;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::time::timeout;

use crate::domain::sample::FailKind;
use crate::sources::probe::observation::Failure;

pub const STDOUT_MAX: usize = 64 * 1024;
const STDERR_MAX: u64 = 4 * 1024;
const STDERR_READ_MAX: u64 = 1024 * 1024;
/// How long output may still come after the program ended: a child it left behind can hold the pipe open for ever.
const AFTER_END: Duration = Duration::from_millis(100);
const ALWAYS: [&str; 3] = ["PATH", "HOME", "LANG"];

pub struct Ended {
    pub code: Option<i32>,
    pub signal: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

/// Kills the group when dropped. The group's id cannot have been given away while a member of it lives, and when none
/// lives there is nobody to hit.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

pub async fn run(argv: &[String], env: &[String]) -> Result<Ended, Failure> {
    let mut child = start(argv, env)?;
    let _group = Group(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)));
    let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(Failure::local("the program's output is not connected"));
    };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let (over, status) = {
        let mut output = pin!(collect(stdout, stderr, &mut out, &mut err));
        tokio::select! {
            // Output first: a flood must be cut even when the program has ended.
            biased;
            over = &mut output => (over, if over { None } else { Some(child.wait().await) }),
            status = child.wait() => (timeout(AFTER_END, output).await.unwrap_or(false), Some(status)),
        }
    };
    match status {
        _ if over => Err(Failure::failed(FailKind::Size, "output over 64 KiB, killed")),
        Some(Ok(status)) => Ok(Ended { code: status.code(), signal: status.signal(), stdout: out, stderr: err }),
        Some(Err(error)) => Err(Failure::local(format!("lost sight of the program: {error}"))),
        None => Err(Failure::local("lost sight of the program")),
    }
}

/// Reads both pipes to their ends; true as soon as stdout is over its limit, whatever stderr does.
async fn collect(stdout: ChildStdout, stderr: ChildStderr, out: &mut Vec<u8>, err: &mut Vec<u8>) -> bool {
    let mut wanted = pin!(fill(stdout, out, STDOUT_MAX));
    let mut aside = pin!(drain(stderr, err));
    tokio::select! {
        over = &mut wanted => { if !over { aside.await; } over }
        () = &mut aside => wanted.await,
    }
}

/// Reads to the end or the limit; true when there was more.
async fn fill(from: impl AsyncRead + Unpin, into: &mut Vec<u8>, max: usize) -> bool {
    let _ = from.take(max as u64 + 1).read_to_end(into).await;
    into.len() > max
}

/// Keeps the beginning and reads on for a while, so that a chatty plugin does not hang on a full pipe.
async fn drain(mut from: ChildStderr, into: &mut Vec<u8>) {
    let _ = (&mut from).take(STDERR_MAX).read_to_end(into).await;
    let _ = tokio::io::copy(&mut from.take(STDERR_READ_MAX), &mut tokio::io::sink()).await;
}

fn start(argv: &[String], env: &[String]) -> Result<Child, Failure> {
    let (program, arguments) = argv.split_first().ok_or_else(|| Failure::local("no program"))?;
    let passed = ALWAYS.iter().copied().chain(env.iter().map(String::as_str));
    let mut command = Command::new(program);
    command.args(arguments).env_clear().envs(passed.filter_map(|name| Some((name, std::env::var_os(name)?))));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.process_group(0).kill_on_drop(true);
    command.spawn().map_err(|error| Failure::local(format!("cannot start {program}: {error}")))
}
