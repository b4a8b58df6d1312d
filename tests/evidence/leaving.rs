use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::kit::{PATIENCE, gone};

/// Ends with the test, whatever becomes of it.
struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn watchdeck(folder: &std::path::Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_watchdeck"));
    command.current_dir(folder).args(["--config", "config.toml"]).env("WATCHDECK_LOG", "error");
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

#[tokio::test]
async fn p4_a_worker_that_is_told_to_end_takes_its_commands_with_it() {
    let folder = tempfile::tempdir().expect("dir");
    let pid = folder.path().join("pid");
    std::fs::write(folder.path().join("list.md"), "# Daily\n\n- [ ] slow\n").expect("written");
    let config = format!(
        "[store]\nurl = 'sqlite://{0}/store.db'\n[[checklist]]\nfile = 'list.md'\n[[checklist.item]]\nitem = 'slow'\n\
         evidence.command = {{ argv = ['/bin/sh', '-c', 'echo $$ > {0}/pid; sleep 600; :'], every = '1h', timeout = '10m' }}\n",
        folder.path().display()
    );
    std::fs::write(folder.path().join("config.toml"), config).expect("written");
    assert!(watchdeck(folder.path()).args(["store", "init"]).status().expect("it runs").success());
    let mut worker = Worker(watchdeck(folder.path()).arg("watch").spawn().expect("it runs"));
    let started = async {
        loop {
            match std::fs::read_to_string(&pid) {
                Ok(pid) if pid.ends_with('\n') => break pid,
                _ => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    };
    let pid = tokio::time::timeout(PATIENCE, started).await.expect("the command is run");
    let told = Instant::now();
    let process = rustix::process::Pid::from_child(&worker.0);
    rustix::process::kill_process(process, rustix::process::Signal::TERM).expect("told");
    let ended = async {
        while worker.0.try_wait().expect("a child").is_none() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.expect("it ends");
    assert!(told.elapsed() < Duration::from_secs(5), "{:?}", told.elapsed());
    assert!(gone(&pid).await);
}
