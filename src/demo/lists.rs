//! The estate's checklists: the founding document as a team would keep it, the mapping that ships with it, a backup that
//! is really there, and the commands that this machine can run. Not its job: working them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::config::quoted;

const DOCUMENT: &str = include_str!("../../assets/checklists/production-operations.md");
const MAPPING: &str = include_str!("../../assets/checklists/production-operations.map.toml");

/// What this estate's processor tells of itself beyond its success rate, which hides just that.
const LIVE: [(&str, &str); 2] = [
    (
        "GHL integration processing webhooks",
        "service.webhook-processor.success >= 99.5% and service.webhook-processor.requests > 0 and \
         service.webhook-processor.figure.dead_letters == 0 and service.webhook-processor.figure.breaker_open == 0",
    ),
    (
        "GHL integration security",
        "service.webhook-processor.figure.signature_failures == 0 and \
         service.webhook-processor.figure.unsigned_accepted == 0 and service.workflow-automation.tls_days > 3d",
    ),
];

/// What lies in the estate's folder for them.
pub struct Lists {
    document: PathBuf,
    mapping: PathBuf,
    backups: PathBuf,
}

/// How this very program is called by a checklist's command.
#[derive(Clone, Debug)]
pub struct Program {
    pub exe: PathBuf,
    pub store: PathBuf,
}

impl Lists {
    /// Writes them with `write`, which keeps files private.
    pub fn write<E>(dir: &Path, write: impl Fn(&Path, &str) -> Result<(), E>) -> Result<Self, E> {
        let lists = Self {
            document: dir.join("production-operations.md"),
            mapping: dir.join("production-operations.map.toml"),
            backups: dir.join("nightly-*.dump"),
        };
        write(&lists.document, DOCUMENT)?;
        write(&lists.mapping, MAPPING)?;
        write(&dir.join("nightly-1.dump"), "-- a simulated dump of nothing\n")?;
        Ok(lists)
    }

    /// The section of the config, with what the mapping cannot know: the commands and paths of this estate.
    pub fn section(&self, program: Option<&Program>, config: &Path) -> String {
        let (file, mapping) = (path(&self.document), path(&self.mapping));
        let mut out = format!("\n[[checklist]]\nfile = {file}\nmapping = {mapping}\nzone = \"local\"\n");
        let backups = format!("evidence.file = {{ path = {}, newer_than = \"26h\" }}", path(&self.backups));
        item(&mut out, "Validate backup and disaster recovery", "mode = \"assist\"", &backups);
        for (row, expression) in LIVE {
            let evidence = format!("evidence.live = {}", quoted(expression));
            item(&mut out, row, "mode = \"auto\"", &evidence);
        }
        if let Some(program) = program {
            let seven = "{ json = \"$.services.healthy\", equals = 7 }, { json = \"$.services.total\", equals = 7 }";
            let status = program.command(config, &["status", "--json"], seven);
            item(&mut out, "Run production validation", "mode = \"exec\"", &status);
            let handed = "{ line = \"handed over to page\" }";
            let test = program.command(config, &["channels", "test", "page"], handed);
            item(&mut out, "Test alert notification systems", "mode = \"exec\"", &test);
        }
        out
    }
}

impl Program {
    /// `evidence.command` that calls this program on this estate.
    fn command(&self, config: &Path, args: &[&str], expect: &str) -> String {
        let mut argv = vec![path(&self.exe), quoted("--config"), path(config), quoted("--store"), path(&self.store)];
        argv.extend(args.iter().map(|a| quoted(a)));
        format!("evidence.command = {{ argv = [{}], timeout = \"20s\", expect = [{expect}] }}", argv.join(", "))
    }
}

fn item(out: &mut String, item: &str, mode: &str, evidence: &str) {
    let _ = write!(out, "\n[[checklist.item]]\nitem = {}\n{mode}\n{evidence}\n", quoted(item));
}

fn path(path: &Path) -> String {
    quoted(&path.display().to_string())
}
