//! A program run without a shell for whoever looks at what it says: no stdin, few variables, and a process group of its
//! own that is killed whole, whether the look ended, was cancelled or panicked. What is read of its output, how long it
//! may take and what its end means are the caller's business.

use std::io;
use std::path::PathBuf;
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::time::timeout;

/// How long output may still come after the program ended: a child it left behind can hold the pipe open for ever.
const AFTER_END: Duration = Duration::from_millis(100);
const ALWAYS: [&str; 3] = ["PATH", "HOME", "LANG"];

/// What to start.
#[derive(Clone, Debug)]
pub struct Call {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// Names of variables it may see, beside `PATH`, `HOME` and `LANG`.
    pub env: Vec<String>,
    /// None is the folder of this process.
    pub cwd: Option<PathBuf>,
}

impl Call {
    pub fn program(&self) -> &str {
        self.argv.first().map_or("", String::as_str)
    }
}

/// A program under way; dropping it kills all of its group.
pub struct Running {
    /// Before the program itself: once that is collected its number could be somebody else's.
    _group: Group,
    child: Child,
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

/// Blocks until the program is loaded: on a disk that does not answer, for ever.
pub fn start(call: &Call) -> io::Result<(Running, ChildStdout, ChildStderr)> {
    let (program, arguments) = call.argv.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let passed = ALWAYS.iter().copied().chain(call.env.iter().map(String::as_str));
    let mut command = Command::new(program);
    command.args(arguments).env_clear().envs(passed.filter_map(|name| Some((name, std::env::var_os(name)?))));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.process_group(0).kill_on_drop(true);
    if let Some(folder) = &call.cwd {
        command.current_dir(folder);
    }
    let mut child = command.spawn()?;
    let group = Group(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)));
    let unconnected = || io::Error::other("the program's output is not connected");
    let stdout = child.stdout.take().ok_or_else(unconnected)?;
    let stderr = child.stderr.take().ok_or_else(unconnected)?;
    Ok((Running { _group: group, child }, stdout, stderr))
}

impl Running {
    /// Waits for the program's end while `output` reads, and a little longer for what is still in the pipes. `output` is
    /// true as soon as it has read too much: then nobody waits for the program any more.
    pub async fn end(&mut self, output: impl Future<Output = bool>) -> (bool, Option<io::Result<ExitStatus>>) {
        let mut output = pin!(output);
        tokio::select! {
            // Output first: a flood must be cut even when the program has ended.
            biased;
            over = &mut output => (over, if over { None } else { Some(self.child.wait().await) }),
            status = self.child.wait() => (timeout(AFTER_END, output).await.unwrap_or(false), Some(status)),
        }
    }
}
