//! Consoles and workers on one store: effects carried out at once, others' entries fetched when asked.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveTime;
use watchdeck::domain::checklist::{DocumentRead, Due, Layer, ListRule, Mark, Occurrence, Source};
use watchdeck::domain::evidence::Proof;
use watchdeck::domain::journal::{Commit, Outcome};
use watchdeck::domain::live::{LastProbe, Lease, LiveSet, ServiceLive};
use watchdeck::domain::markdown::{self, ItemId};
use watchdeck::domain::operator::{Operator, Role};
use watchdeck::domain::sample::{Outcome as Seen, Phases};
use watchdeck::domain::service::{Service, ServiceState};
use watchdeck::domain::setup::Setup;
use watchdeck::domain::text::Clean;
use watchdeck::domain::time::{Now, Stamp};
use watchdeck::engine::lists::Shown;
use watchdeck::engine::{Effect, Engine, Event, Intent, Verb};
use watchdeck::store::Store;
use watchdeck::store::sqlite::{Create, Options, SqliteStore};

pub const FILE: &str = "ops.md";
pub const OPS: &str = "# Ops\n\n## Daily\n\n### Morning check (5 minutes)\n\n- [ ] All 7 services healthy\n- [ ] Look at the dashboard\n\n\
    ## Weekly upkeep\n\n- [ ] Test the backup\n- [ ] Update the docs\n\n## Next 30 days\n\n- [ ] Scale the cache\n\n\
    ## Critical alerts\n\n1. **Check**: look at {{service}}\n2. **Escalate**: call if unresolved in 15 minutes\n3. **Document**: write it down\n\n\
    Checklist Created: January 9, 2026\n";

pub struct World {
    pub dir: tempfile::TempDir,
    pub now: Now,
    pub setup: Arc<Setup>,
    pub text: String,
}

pub struct Console {
    pub engine: Engine,
    pub store: Arc<SqliteStore>,
    /// What it asked of the world and nobody carried out: commands, alarms.
    pub asked: Vec<Effect>,
}

pub fn at(text: &str) -> Stamp {
    Stamp::parse(text).unwrap()
}

pub fn source() -> Source {
    let nine = Due { day: 0, time: NaiveTime::from_hms_opt(9, 0, 0).unwrap() };
    let morning = ListRule {
        layer: Layer::Config,
        list: "morning".into(),
        cadence: None,
        due: Some(nine),
        budget: None,
        short: None,
        skip: false,
    };
    Source {
        file: FILE.into(),
        zone: "Europe/Berlin".parse().unwrap(),
        procedures_only: false,
        file_commands: false,
        lists: vec![morning],
        items: Vec::new(),
        steps: Vec::new(),
    }
}

pub fn service(name: &str) -> Service {
    Service {
        name: name.into(),
        aliases: Vec::new(),
        tags: Vec::new(),
        depends_on: Vec::new(),
        procedure: None,
        target: String::new(),
        interval: Duration::from_secs(30),
    }
}

impl World {
    pub fn new(start: &str, source: Source) -> Self {
        let services = ["a", "b"].into_iter().map(service).collect();
        let setup = Setup { services, sources: vec![Arc::new(source)], ..Setup::default() };
        let now = Now { wall: at(start), boot_ms: 0 };
        Self { dir: folder(), now, setup: Arc::new(setup), text: OPS.to_owned() }
    }
    pub fn path(&self) -> PathBuf {
        self.dir.path().join("w.db")
    }
    /// Time goes on.
    pub fn go(&mut self, to: &str) {
        self.now.boot_ms += at(to).0 - self.now.wall.0;
        self.now.wall = at(to);
    }
    pub fn pass(&mut self, seconds: i64) {
        self.now.wall = Stamp(self.now.wall.0 + seconds * 1000);
        self.now.boot_ms += seconds * 1000;
    }
    /// A console of that name, which has read store and file; it only follows.
    pub async fn console(&self, name: &str) -> Console {
        let store = Arc::new(SqliteStore::open(&self.path(), Create::IfMissing, Options::default()).unwrap());
        let me = Operator { name: name.into(), role: Role::Lead };
        let seed = u128::from(watchdeck::domain::ids::spread(name)) << 64 | u128::from(self.now.wall.0.cast_unsigned());
        let mut console = Console { engine: Engine::new(Arc::clone(&self.setup), me, seed), store, asked: Vec::new() };
        let all = console.store.everything(self.now).await.unwrap();
        console.tell(Event::Loaded(Box::new(all)), self.now).await;
        console.read(self.now, &self.text).await;
        console
    }
    /// … and one that holds the lease.
    pub async fn worker(&self, name: &str) -> Console {
        let mut console = self.console(name).await;
        let lease =
            Lease { owner: name.into(), epoch: 1, left_ms: 15_000, renewed_at: self.now.wall, ..Lease::default() };
        console.tell(Event::LeaseChanged { lease, mine: true }, self.now).await;
        console.tell(Event::WindowsRead { samples: Vec::new(), uptime: Vec::new() }, self.now).await;
        console
    }
}

impl Console {
    pub async fn tell(&mut self, event: Event, now: Now) {
        let effects = self.engine.handle(event, now);
        self.perform(effects, now).await;
    }
    pub async fn perform(&mut self, effects: Vec<Effect>, now: Now) {
        for effect in effects {
            match effect {
                Effect::Commit(commit) => self.commit(commit, now).await,
                Effect::FetchEntries => Box::pin(self.follow(now)).await,
                other => self.asked.push(other),
            }
        }
    }
    async fn commit(&mut self, commit: Commit, now: Now) {
        let ops: Vec<_> = commit.changes.iter().map(|c| c.op).collect();
        let outcomes: Vec<Outcome> = self.store.commit(commit, None).await.unwrap();
        let event = Event::Committed(ops.into_iter().zip(outcomes).collect());
        Box::pin(self.tell(event, now)).await;
    }
    /// Reads the file as that text.
    pub async fn read(&mut self, now: Now, text: &str) {
        let content = markdown::parse(text.as_bytes())
            .map(|d| (Clean::from(format!("{:x}", watchdeck::domain::ids::spread(text))), Arc::new(d)))
            .map_err(|e| Clean::from(e.to_string()));
        let read = DocumentRead { file: FILE.into(), name: FILE.into(), at: now.wall, content };
        self.tell(Event::DocumentsRead(vec![read]), now).await;
    }
    pub async fn tick(&mut self, now: Now) {
        self.tell(Event::Ticked, now).await;
    }
    /// What others have committed.
    pub async fn follow(&mut self, now: Now) {
        let last = self.engine.model.store.last_seq;
        let entries = self.store.entries_after(last, 10_000).await.unwrap();
        self.tell(Event::EntriesArrived(entries), now).await;
    }
    pub async fn intend(&mut self, seen: Option<u32>, verb: Verb, now: Now) -> String {
        let effects = self.engine.intend(Intent { alert: None, seen, verb }, now);
        self.perform(effects, now).await;
        self.said()
    }
    /// The rows are what the journal makes of them.
    pub async fn sound(&self) {
        assert_eq!(self.store.check().await.unwrap().problems, Vec::<String>::new());
    }
    pub fn said(&self) -> String {
        self.engine.model.notices.last.as_ref().map(|m| m.text.to_string()).unwrap_or_default()
    }
    pub fn list(&self, part: &str, now: Now) -> Shown {
        let all = self.engine.model.board.shown(now.wall);
        all.into_iter().find(|s| s.occurrence.opening.list.contains(part)).unwrap_or_else(|| panic!("no list {part}"))
    }
    /// The id of the item whose text begins so.
    #[allow(clippy::unused_self, reason = "it reads as a question to the console")]
    pub fn item(&self, list: &Occurrence, text: &str) -> ItemId {
        let items = &list.opening.pinned.items;
        items.iter().find(|i| i.text.as_str().starts_with(text)).unwrap_or_else(|| panic!("no item {text}")).id.clone()
    }
    pub fn mark(&self, part: &str, text: &str, now: Now) -> Mark {
        let list = self.list(part, now);
        list.occurrence.mark(&self.item(&list.occurrence, text))
    }
    /// The worker's probes as of now.
    pub async fn probed(&mut self, states: &[(&str, ServiceState)], now: Now) {
        let row = |(name, state): &(&str, ServiceState)| {
            let last = LastProbe {
                at: now.wall,
                outcome: if *state == ServiceState::Healthy { Seen::Ok } else { Seen::Failed },
                fail: None,
                total_us: 1000,
                phases: Phases::default(),
                detail: Clean::default(),
            };
            let name = (*name).to_owned();
            Arc::new(ServiceLive {
                name,
                state: *state,
                interval_ms: 30_000,
                last: Some(last),
                ..ServiceLive::default()
            })
        };
        let live = LiveSet { services: states.iter().map(row).collect(), ..LiveSet::default() };
        self.tell(Event::LiveArrived(Box::new(live)), now).await;
    }
    pub async fn gathered(&mut self, proof: Proof, now: Now) {
        let effect = self.asked.iter().rev().find_map(|e| match e {
            Effect::Gather { key, wish } => Some((key.clone(), wish.clone())),
            _ => None,
        });
        let (key, wish) = effect.expect("nothing was asked for");
        self.tell(Event::EvidenceGathered { key, wish, proof: Box::new(proof) }, now).await;
    }
}

fn folder() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    dir
}
