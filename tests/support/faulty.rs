//! A disk and a resolver that fail on demand, under the real program: a C shim compiled here and preloaded, told what to
//! do by a file that it reads at each call. It needs no privileges, only the C compiler that builds SQLite anyway.
#![allow(dead_code, reason = "each test file takes what it needs")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::e2e::{Answer, Home, said};

pub const EIO: i32 = 5;
pub const ENOSPC: i32 = 28;

/// The shim made of `tests/support/<name>.c`, once per test program.
fn shim(name: &str, source: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let unique = format!("{name}-{}", std::process::id());
    let (code, made) = (folder.join(format!("{unique}.c")), folder.join(format!("{unique}.so")));
    std::fs::write(&code, source).unwrap();
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".into());
    let mut command = Command::new(&compiler);
    command.args(["-O1", "-shared", "-fPIC", "-o"]).arg(&made).arg(&code).arg("-ldl");
    let done = command.output().unwrap_or_else(|e| panic!("no C compiler `{compiler}`: {e}"));
    assert!(done.status.success(), "{compiler}: {}", String::from_utf8_lossy(&done.stderr));
    made
}

fn disk_shim() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(|| shim("faulty_disk", include_str!("faulty_disk.c")))
}

/// The disk under one home.
pub struct Disk<'a> {
    home: &'a Home,
    plan: PathBuf,
}

impl<'a> Disk<'a> {
    /// Healthy until told otherwise; its plan lies outside the folder whose writes fail.
    pub fn under(home: &'a Home) -> Self {
        let folder = home.file("plan");
        std::fs::create_dir_all(&folder).unwrap();
        Self { home, plan: folder.join("plan") }
    }
    /// The lines are explained in `faulty_disk.c`. Takes effect at once, whole, in every process under it.
    pub fn plan(&self, lines: &str) {
        let new = self.plan.with_extension("new");
        std::fs::write(&new, lines).unwrap();
        std::fs::rename(&new, &self.plan).unwrap();
    }
    pub fn mend(&self) {
        self.plan("");
    }
    /// Nothing on it may grow.
    pub fn fill(&self) {
        self.plan("quota 0");
    }
    /// What struck since it was last asked.
    pub fn struck(&self) -> Vec<String> {
        let log = self.plan.with_extension("log");
        let lines = std::fs::read_to_string(&log).unwrap_or_default();
        let _ = std::fs::remove_file(log);
        lines.lines().map(str::to_owned).collect()
    }
    /// What a program needs in its environment to run on this disk.
    pub fn environment(&self) -> [(&'static str, String); 3] {
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        // SQLite opens by the resolved path, and so does the shim compare.
        let folder = self.home.path().canonicalize().unwrap();
        [("LD_PRELOAD", text(disk_shim())), ("FAULTY_IN", text(&folder)), ("FAULTY_PLAN", text(&self.plan))]
    }
    pub fn command(&self) -> Command {
        let mut command = self.home.command();
        command.envs(self.environment());
        command
    }
    /// The program on this disk, with `--store`.
    pub fn run(&self, args: &[&str]) -> Answer {
        said(self.command().args(["--store", &self.home.url()]).args(args))
    }
}
