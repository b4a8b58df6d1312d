//! Consoles with a screen on one store: keys are handled, effects carried out at once, others' entries fetched when asked.

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use watchdeck::app::{App, Input, Outward};
use watchdeck::domain::alert::{About, Actor, Origin};
use watchdeck::domain::checklist::{DocumentRead, Source};
use watchdeck::domain::feed::rule_fingerprint;
use watchdeck::domain::ids::{AlertId, OpId, spread};
use watchdeck::domain::journal::{Act, Change, Commit, Lane, Report, Said, Target};
use watchdeck::domain::ladder::Level;
use watchdeck::domain::live::Lease;
use watchdeck::domain::markdown;
use watchdeck::domain::operator::{Operator, Role};
use watchdeck::domain::run::Run;
use watchdeck::domain::service::Service;
use watchdeck::domain::setup::Setup;
use watchdeck::domain::severity::Severity;
use watchdeck::domain::text::Clean;
use watchdeck::domain::time::{Now, Stamp};
use watchdeck::engine::{Effect, Engine, Event};
use watchdeck::store::Store;
use watchdeck::store::sqlite::{Create, Options, SqliteStore};
use watchdeck::ui::chord::Chord;
use watchdeck::ui::frame::text_of;
use watchdeck::ui::look::Look;

pub const FILE: &str = "ops.md";
pub const OPS: &str = "# Ops\n\n## Daily\n\n### Morning check (5 minutes)\n\n- [ ] Look at the dashboard\n- [ ] Read the overnight log\n\n\
    ## Weekly upkeep\n\n- [ ] Test the backup\n\n\
    ## Alert response procedures\n\n### Critical Alerts (Response: Immediate)\n**Triggers**: Response time >200ms or Success rate <99%\n\
    1. **Immediate**: Check service status and recent deployments of {{service}}\n\
    2. **Investigate**: Review error logs and system resources\n\
    3. **Escalate**: Contact on-call engineer if unresolved in 15 minutes\n\
    4. **Document**: Log incident details and resolution steps\n\n\
    ### Security Incident Response\n1. **Isolate**: Cut {{host}} off\n2. **Document**: Write it down\n\n\
    Checklist Created: January 9, 2026\n";

/// 2026-11-22 03:03:10 UTC, a Sunday.
pub const START: &str = "2026-11-22T03:03:10Z";

pub struct Deck {
    dir: tempfile::TempDir,
    pub now: Now,
    pub setup: Arc<Setup>,
    pub text: String,
}

pub struct Seat {
    pub app: App,
    pub size: (u16, u16),
    pub now: Now,
    store: Arc<SqliteStore>,
    /// What it asked of the world and nobody carried out: alarms, copies.
    pub asked: Vec<Outward>,
}

pub fn at(text: &str) -> Stamp {
    Stamp::parse(text).unwrap()
}

fn service(name: &str) -> Service {
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

fn setup() -> Setup {
    let level = |name: &str, role: &str| Level { name: name.into(), role: role.into(), notify: vec!["page".into()] };
    let source = Source {
        file: FILE.into(),
        zone: "UTC".parse().unwrap(),
        procedures_only: false,
        file_commands: false,
        lists: Vec::new(),
        items: Vec::new(),
        steps: Vec::new(),
    };
    Setup {
        services: ["ml-lead-intelligence", "cache-manager"].into_iter().map(service).collect(),
        levels: vec![level("L1", "on-call engineer"), level("L2", "technical lead"), level("L3", "system architect")],
        sources: vec![Arc::new(source)],
        ..Setup::default()
    }
}

fn folder() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    dir
}

impl Deck {
    pub fn new() -> Self {
        let now = Now { wall: at(START), boot_ms: 1_000_000 };
        Self { dir: folder(), now, setup: Arc::new(setup()), text: OPS.to_owned() }
    }
    pub fn pass(&mut self, seconds: i64) {
        self.now.wall = Stamp(self.now.wall.0 + seconds * 1000);
        self.now.boot_ms += seconds * 1000;
    }
    pub fn store(&self) -> Arc<SqliteStore> {
        Arc::new(SqliteStore::open(&self.dir.path().join("w.db"), Create::IfMissing, Options::default()).unwrap())
    }
    /// A console of that name that follows the worker `ops1`.
    pub async fn seat(&self, name: &str) -> Seat {
        self.seat_with(name, Role::Lead, Look::default()).await
    }
    pub async fn seat_with(&self, name: &str, role: Role, look: Look) -> Seat {
        let me = Operator { name: name.into(), role };
        let seed = u128::from(spread(name)) << 64 | u128::from(self.now.wall.0.cast_unsigned());
        let engine = Engine::new(Arc::clone(&self.setup), me, seed);
        let (app, store) = (App::new(engine, look).unwrap(), self.store());
        let mut seat = Seat { app, size: (80, 24), now: self.now, store, asked: Vec::new() };
        let all = seat.store.everything(self.now).await.unwrap();
        seat.tell(Event::Loaded(Box::new(all))).await;
        let lease =
            Lease { owner: "ops1".into(), epoch: 1, left_ms: 15_000, renewed_at: self.now.wall, ..Lease::default() };
        seat.tell(Event::LeaseChanged { lease, mine: false }).await;
        let content = markdown::parse(self.text.as_bytes()).unwrap();
        let content = Ok((Clean::from("1"), Arc::new(content)));
        let read = DocumentRead { file: FILE.into(), name: FILE.into(), at: self.now.wall, content };
        seat.tell(Event::DocumentsRead(vec![read])).await;
        seat.tell(Event::Ticked).await;
        seat.buffer();
        seat
    }
    /// An alert of the latency rule on that service, or an end of it.
    pub async fn report(&self, service: &str, said: Said, severity: Severity, procedure: Option<&str>) -> AlertId {
        let about = About {
            title: "p95 231 > 200 ms".into(),
            service: Some(service.into()),
            value: Some(231.0),
            limit: Some(200.0),
            unit: "ms".into(),
            n: 20,
            procedure: procedure.map(Clean::from),
            ..About::default()
        };
        let origin = Origin::Rule { family: "latency".into() };
        let report = Report { origin, said, severity: Some(severity), about, note: "".into() };
        let change = Change {
            op: OpId(uuid::Uuid::now_v7()),
            actor: Actor::Worker("ops1".into()),
            at: self.now.wall,
            target: Target::Fingerprint(rule_fingerprint(service, "latency")),
            seen: None,
            act: Act::Report(report),
        };
        let outcome =
            self.store().commit(Commit { lane: Lane::Machine, changes: vec![change], feed: None }, None).await.unwrap();
        let watchdeck::domain::journal::Outcome::Applied(entry) = &outcome[0] else { panic!("{outcome:?}") };
        entry.alert.unwrap()
    }
    pub async fn critical(&self) -> AlertId {
        self.report("ml-lead-intelligence", Said::Raised, Severity::Critical, Some("critical-alerts")).await
    }
}

impl Seat {
    pub async fn tell(&mut self, event: Event) {
        let out = self.app.handle(Input::Engine(event), self.now);
        Box::pin(self.perform(out)).await;
    }
    async fn perform(&mut self, out: Vec<Outward>) {
        for outward in out {
            match outward {
                Outward::Do(Effect::Commit(commit)) => {
                    let ops: Vec<_> = commit.changes.iter().map(|c| c.op).collect();
                    let outcomes = self.store.commit(commit, None).await.unwrap();
                    self.tell(Event::Committed(ops.into_iter().zip(outcomes).collect())).await;
                }
                Outward::Do(Effect::FetchEntries) => self.follow().await,
                Outward::Do(Effect::ReadDetail(alert)) => {
                    let past = Box::new(self.store.past(alert).await.unwrap());
                    self.tell(Event::DetailRead { alert, past }).await;
                }
                Outward::Do(Effect::ReadOutbox) => {
                    let rows = self.store.outbox().await.unwrap();
                    self.tell(Event::OutboxArrived(rows)).await;
                }
                Outward::Do(Effect::ReadAlert(_)) => {}
                other => self.asked.push(other),
            }
        }
    }
    /// What others have committed.
    pub async fn follow(&mut self) {
        let entries = self.store.entries_after(self.app.engine.model.store.last_seq, 10_000).await.unwrap();
        self.tell(Event::EntriesArrived(entries)).await;
        self.buffer();
    }
    /// Keys separated by spaces, a frame and half a second between them.
    pub async fn press(&mut self, keys: &str) {
        for name in keys.split_whitespace() {
            let chord = Chord::parse(name).unwrap_or_else(|| panic!("{name:?} is no key"));
            let modifiers = if chord.ctrl { KeyModifiers::CONTROL } else { KeyModifiers::NONE };
            let out = self.app.handle(Input::Key(KeyEvent::new(chord.code, modifiers)), self.now);
            self.perform(out).await;
            self.buffer();
            self.now.boot_ms += 500;
            self.now.wall = Stamp(self.now.wall.0 + 500);
        }
    }
    pub async fn write(&mut self, text: &str) {
        for c in text.chars() {
            self.press(&if c == ' ' { "Space".to_owned() } else { c.to_string() }).await;
        }
    }
    pub fn pass(&mut self, seconds: i64) {
        self.now.wall = Stamp(self.now.wall.0 + seconds * 1000);
        self.now.boot_ms += seconds * 1000;
    }
    pub fn buffer(&mut self) -> Buffer {
        let mut buf = Buffer::empty(Rect::new(0, 0, self.size.0, self.size.1));
        self.app.render(&mut buf, self.now);
        buf
    }
    pub fn text(&mut self) -> Vec<String> {
        text_of(&self.buffer())
    }
    pub fn has(&mut self, text: &str) {
        let lines = self.text();
        assert!(lines.iter().any(|l| l.contains(text)), "{text:?} is missing in\n{}", lines.join("\n"));
    }
    pub fn has_not(&mut self, text: &str) {
        let lines = self.text();
        assert!(!lines.iter().any(|l| l.contains(text)), "{text:?} should not be in\n{}", lines.join("\n"));
    }
    /// The line with the cursor.
    pub fn cursor(&mut self) -> String {
        let lines = self.text();
        lines
            .iter()
            .find(|l| l.starts_with('▌'))
            .cloned()
            .unwrap_or_else(|| panic!("no cursor in\n{}", lines.join("\n")))
    }
    pub fn cursor_at(&mut self, text: &str) -> bool {
        self.text().iter().any(|l| l.contains('▌') && l.contains(text))
    }
    pub fn run(&self) -> Arc<Run> {
        self.app.engine.model.board.runs.values().next_back().cloned().expect("no run")
    }
}
