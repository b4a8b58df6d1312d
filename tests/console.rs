//! The whole console in process: keys in, a buffer out, the real loop, a real store, a fake service and a fake feed.
//! What is asserted is what a person would see and what the store then holds.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods)]

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use watchdeck::app::{App, Input};
use watchdeck::config;
use watchdeck::config::sections::Notice;
use watchdeck::domain::alert::{About, Actor, Alert, Origin, Phase};
use watchdeck::domain::feed::stream_fingerprint;
use watchdeck::domain::ids::{AlertId, OpId};
use watchdeck::domain::journal::{Act, Change, Commit, Lane, Report, Said, Target};
use watchdeck::domain::operator::{Operator, Role};
use watchdeck::domain::outbox::OutboxState;
use watchdeck::domain::severity::Severity;
use watchdeck::engine::Engine;
use watchdeck::runtime::console::{Console, Ending, Envelope, Surroundings};
use watchdeck::runtime::plant::{Limits, Plant, Role as PlantRole};
use watchdeck::runtime::screen::Screen;
use watchdeck::runtime::{build, clock};
use watchdeck::store::sqlite::{Create, Options, SqliteStore};
use watchdeck::store::{AlertFilter, Store};
use watchdeck::ui::look::Look;

#[path = "console/lists.rs"]
mod lists;

const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Clone)]
struct Glass(Arc<Mutex<(Buffer, Vec<u8>)>>);

impl Screen for Glass {
    fn size(&self) -> (u16, u16) {
        (100, 30)
    }
    fn show(&mut self, frame: Buffer) {
        self.0.lock().unwrap().0 = frame;
    }
    fn forget(&mut self) {}
    fn send(&mut self, bytes: Vec<u8>) {
        self.0.lock().unwrap().1.extend(bytes);
    }
}

impl Glass {
    fn text(&self) -> String {
        watchdeck::ui::frame::text_of(&self.0.lock().unwrap().0).join("\n")
    }
}

struct Desk {
    glass: Glass,
    keys: mpsc::Sender<Input>,
    store: Arc<SqliteStore>,
    running: JoinHandle<(Ending, App)>,
}

impl Desk {
    /// A console of its own on the store at `path`; `config` is its TOML.
    fn open(path: &std::path::Path, who: &str, config: &str) -> Self {
        let config = config::parse(config, "test.toml", &build::registry(Vec::new())).unwrap();
        let store = Arc::new(SqliteStore::open(path, Create::IfMissing, Options::default()).unwrap());
        let glass = Glass(Arc::new(Mutex::new((Buffer::default(), Vec::new()))));
        let (keys, inputs) = mpsc::channel(256);
        let me = Operator { name: who.into(), role: Role::Lead };
        let engine = Engine::new(Arc::clone(&config.setup), me, uuid::Uuid::now_v7().as_u128());
        let app = App::new(engine, Look::default()).unwrap();
        let role = PlantRole {
            headless: false,
            limits: Limits::of(&config.worker),
            setup: Arc::clone(&config.setup),
            estate: build::estate(&config).unwrap(),
        };
        let for_plant = Arc::clone(&store);
        let plant = tokio::spawn(async move { Ok(Plant::start(for_plant, role)) });
        let mut screen = glass.clone();
        let around = Surroundings {
            inputs,
            plant,
            source: None,
            bell: true,
            redraws: 60,
            signals: None,
            envelope: Envelope::None,
            kept: None,
        };
        let running =
            tokio::spawn(async move { Console::new(app, &mut screen, around).with_notice(Notice::Osc9).run().await });
        Self { glass, keys, store, running }
    }

    async fn sees(&self, text: &str) {
        let found = async {
            while !self.glass.text().contains(text) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, found).await;
        assert!(waited.is_ok(), "{text:?} is not on the screen:\n{}", self.glass.text());
    }

    async fn press(&self, keys: &str) {
        for key in keys.split(' ') {
            let code = match key {
                "Enter" => KeyCode::Enter,
                "Esc" => KeyCode::Esc,
                "Tab" => KeyCode::Tab,
                "Space" => KeyCode::Char(' '),
                _ => KeyCode::Char(key.chars().next().unwrap()),
            };
            self.keys.send(Input::Key(KeyEvent::new(code, KeyModifiers::NONE))).await.unwrap();
        }
    }

    /// Answers a question that pages, seen on the screen before: not sooner than a person can have read it.
    async fn answers(&self, key: &str) {
        let read = tokio::time::Instant::now() + Duration::from_millis(310);
        tokio::time::sleep_until(read).await;
        self.press(key).await;
    }

    async fn types(&self, text: &str) {
        for c in text.chars() {
            self.keys.send(Input::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE))).await.unwrap();
        }
    }

    async fn alert(&self, id: i64) -> Alert {
        let filter = AlertFilter { id: Some(AlertId(id)), ..AlertFilter::default() };
        self.store.alerts(filter).await.unwrap().pop().unwrap()
    }

    /// Waits until the store holds what is expected of an alert.
    async fn holds(&self, id: i64, expected: impl Fn(&Alert) -> bool) {
        let found = async {
            while !expected(&self.alert(id).await) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        assert!(tokio::time::timeout(PATIENCE, found).await.is_ok(), "{:?}", self.alert(id).await);
    }

    async fn close(self) -> (Ending, App) {
        drop(self.keys);
        tokio::time::timeout(PATIENCE, self.running).await.unwrap().unwrap()
    }
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let dir =
        tempfile::Builder::new().permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700)).tempdir().unwrap();
    let path = dir.path().join("w.db");
    (dir, path)
}

/// Somebody else's write: through a handle of its own, as another process has one.
async fn raise(path: &std::path::Path, key: &str, title: &str) {
    let store = SqliteStore::open(path, Create::Never, Options::default()).unwrap();
    let report = Report {
        origin: Origin::Stream { name: "events".into() },
        said: Said::Raised,
        severity: Some(Severity::Critical),
        about: About { title: title.into(), service: Some("gateway".into()), ..About::default() },
        note: "".into(),
    };
    let change = Change {
        op: OpId(uuid::Uuid::now_v7()),
        actor: Actor::Stream("events".into()),
        at: clock::now().wall,
        target: Target::Fingerprint(stream_fingerprint("events", key)),
        seen: None,
        act: Act::Report(report),
    };
    store.commit(Commit { lane: Lane::Machine, changes: vec![change], feed: None }, None).await.unwrap();
}

const QUIET: &str = r#"
[[level]]
name = "L1"
role = "On-call engineer"
notify = ["page"]
[[level]]
name = "L2"
role = "Technical lead"
notify = ["page"]
[[channel]]
name = "page"
via.command = { argv = ["/bin/cat"] }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn an_ack_is_saved_before_it_is_shown_as_done_and_the_other_console_sees_it() {
    let (_dir, path) = folder();
    let alice = Desk::open(&path, "alice", QUIET);
    let bob = Desk::open(&path, "bob", QUIET);
    alice.sees("worker").await;
    raise(&path, "k1", "queue is stuck").await;
    alice.press("2").await;
    bob.press("2").await;
    alice.sees("queue is stuck").await;
    bob.sees("queue is stuck").await;
    alice.press("a").await;
    alice.sees("acked 1, saved").await;
    assert!(matches!(alice.alert(1).await.phase, Phase::Acked { .. }));
    bob.sees("alice").await;
    bob.press("a").await;
    bob.sees("NOT acked").await;
    assert_eq!(alice.alert(1).await.owner.unwrap().as_str(), "alice");
    alice.press("u").await;
    alice.holds(1, |a| a.phase == Phase::Open).await;
    let sent = String::from_utf8_lossy(&alice.glass.0.lock().unwrap().1).into_owned();
    assert!(sent.starts_with("\u{7}\u{1b}]9;watchdeck: 1 gateway queue is stuck\u{7}"), "it rings: {sent:?}");
    alice.close().await;
    bob.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_escalation_shows_whom_pages_on_enter_and_its_receipt_returns() {
    let (_dir, path) = folder();
    let alice = Desk::open(&path, "alice", QUIET);
    alice.sees("worker YOU").await;
    raise(&path, "k1", "queue is stuck").await;
    alice.press("2").await;
    alice.sees("queue is stuck").await;
    alice.press("e").await;
    alice.sees("On-call engineer").await;
    alice.answers("Enter").await;
    alice.sees("escalated 1 to L1").await;
    alice.press("u").await;
    alice.sees("nothing was sent").await;
    assert_eq!(alice.store.outbox().await.unwrap()[0].state, OutboxState::Withdrawn);
    alice.press("e").await;
    alice.sees("On-call engineer").await;
    alice.answers("2").await;
    alice.sees("escalated 1 to L2").await;
    let sent = async {
        while alice.store.outbox().await.unwrap().iter().all(|r| r.state != OutboxState::Sent) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, sent).await.unwrap();
    assert_eq!(alice.store.outbox().await.unwrap().len(), 2, "one page for each escalation, no other");
    alice.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_console_with_another_config_takes_no_turns_and_takes_over_when_nobody_does() {
    let (_dir, path) = folder();
    let other =
        |more: &str| format!("environment = \"other\"\n{more}\n[worker]\nlease = \"3s\"\ntakeover_after = \"4s\"\n");
    let first = other("[[level]]\nname = \"L9\"");
    let alice = Desk::open(&path, "alice", &first);
    alice.sees("worker YOU").await;
    let bob = Desk::open(&path, "bob", &other(""));
    bob.sees("only following").await;
    bob.sees("works with another config").await;
    let carol = Desk::open(&path, "carol", &first);
    carol.sees("worker ").await;
    alice.close().await;
    carol.sees("worker YOU").await;
    bob.sees("only following").await;
    carol.close().await;
    bob.sees("the last worker had another config").await;
    bob.sees("worker YOU").await;
    bob.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn snooze_note_and_resolve_ask_for_their_words_and_keep_them() {
    let (_dir, path) = folder();
    let alice = Desk::open(&path, "alice", QUIET);
    alice.sees("worker YOU").await;
    raise(&path, "k1", "queue is stuck").await;
    alice.press("2").await;
    alice.sees("queue is stuck").await;
    alice.press("c").await;
    alice.types("looked at it").await;
    alice.press("Enter").await;
    alice.sees("noted on 1").await;
    alice.press("r").await;
    alice.types("restarted worker 2").await;
    alice.press("Enter").await;
    alice.press("Enter").await;
    alice.holds(1, |a| a.phase.is_resolved()).await;
    let past = alice.store.past(AlertId(1)).await.unwrap();
    let text = serde_json::to_string(&past.timeline).unwrap();
    assert!(text.contains("looked at it") && text.contains("restarted worker 2"), "{text}");
    alice.close().await;
}

/// Answers every request with the same status and body, until dropped.
async fn service(body: &'static str) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/health", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 2048];
                let _ = socket.read(&mut request).await;
                let answer =
                    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
                let _ = socket.write_all(answer.as_bytes()).await;
            });
        }
    });
    (url, serving)
}

#[tokio::test(flavor = "multi_thread")]
async fn h7_a_service_that_says_degraded_is_shown_and_alerted_and_going_away_is_noticed() {
    let (_dir, path) = folder();
    let (url, serving) = service(r#"{"status":"degraded","version":"2.3.1"}"#).await;
    let config = format!(
        r#"{QUIET}
[[service]]
name = "gateway"
probe.http = {{ url = "{url}", interval = "500ms", timeout = "400ms", retry_interval = "200ms" }}
[[rule]]
name = "down"
metric = "success"
below = "99%"
for = "0s"
clear_for = "1s"
severity = "critical"
services = ["*"]
"#
    );
    let alice = Desk::open(&path, "alice", &config);
    alice.press("1").await;
    alice.sees("degraded").await;
    serving.abort();
    alice.sees("1 crit").await;
    alice.press("2").await;
    alice.sees("of last").await;
    alice.press("r").await;
    alice.sees("still breaches").await;
    alice.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn first_frame_comes_before_the_store_and_says_so() {
    let config = config::parse(QUIET, "test.toml", &build::registry(Vec::new())).unwrap();
    let glass = Glass(Arc::new(Mutex::new((Buffer::default(), Vec::new()))));
    let (keys, inputs) = mpsc::channel(16);
    let me = Operator { name: "alice".into(), role: Role::Lead };
    let app = App::new(Engine::new(Arc::clone(&config.setup), me, 1), Look::default()).unwrap();
    // A store that never answers.
    let plant = tokio::spawn(std::future::pending::<anyhow::Result<Plant>>());
    let around = Surroundings {
        inputs,
        plant,
        source: None,
        bell: false,
        redraws: 15,
        signals: None,
        envelope: Envelope::None,
        kept: None,
    };
    let mut screen = glass.clone();
    let running = tokio::spawn(async move { Console::new(app, &mut screen, around).run().await });
    let desk_sees = async {
        while !glass.text().contains("reading store") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, desk_sees).await.unwrap();
    keys.send(Input::Key(KeyEvent::new(KeyCode::Char('a'), KeyModifiers::NONE))).await.unwrap();
    drop(keys);
    let (ending, _) = tokio::time::timeout(PATIENCE, running).await.unwrap().unwrap();
    assert!(matches!(ending, Ending::Gone));
}

#[tokio::test(flavor = "multi_thread")]
async fn leaving_inside_the_hold_names_the_page_then_and_when_the_screen_is_gone() {
    let (_dir, path) = folder();
    let alice = Desk::open(&path, "alice", QUIET);
    alice.sees("worker YOU").await;
    raise(&path, "k1", "queue is stuck").await;
    alice.press("2").await;
    alice.sees("queue is stuck").await;
    alice.press("e").await;
    alice.sees("On-call engineer").await;
    alice.answers("Enter").await;
    alice.sees("undo page of 1").await;
    alice.press("q Enter").await;
    let (ending, app) = alice.close().await;
    assert!(matches!(ending, Ending::Quit), "{ending:?}");
    let words = watchdeck::ui::leaving::last_words(&app.engine.model, clock::now().wall);
    assert_eq!(words.as_deref(), Some("the page of 1 to L1 has NOT gone out: it waits for the next worker"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_given_an_alert_is_told_and_rung_for() {
    let (_dir, path) = folder();
    let alice = Desk::open(&path, "alice", QUIET);
    let bob = Desk::open(&path, "bob", QUIET);
    alice.sees("worker").await;
    raise(&path, "k1", "queue is stuck").await;
    alice.press("2").await;
    alice.sees("queue is stuck").await;
    bob.press("2").await;
    bob.sees("queue is stuck").await;
    alice.press("o").await;
    alice.types("bob").await;
    alice.press("Enter").await;
    alice.sees("nobody called bob is known here").await;
    alice.press("Enter").await;
    bob.sees("alice gave you 1 gateway queue is stuck").await;
    let sent = String::from_utf8_lossy(&bob.glass.0.lock().unwrap().1).into_owned();
    assert!(sent.contains("watchdeck: alice gave you 1 gateway queue is stuck"), "it rings: {sent:?}");
    bob.press("a").await;
    bob.sees("acked 1, saved").await;
    alice.sees("bob since").await;
    bob.close().await;
    alice.close().await;
    let again = Desk::open(&path, "carol", QUIET);
    again.sees("worker").await;
    again.press("2").await;
    again.sees("bob since").await;
    again.press("o").await;
    again.types("alice").await;
    again.press("Enter").await;
    again.sees("gave 1 to alice, saved").await;
    again.close().await;
}
