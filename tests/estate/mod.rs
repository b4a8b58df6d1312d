//! A small estate in the state of the mock-ups, and a screen to press keys on.

#![allow(clippy::expect_used, clippy::panic, reason = "a builder for tests: what cannot be built is a failed test")]

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use watchdeck::app::{App, Input, Outward};
use watchdeck::domain::alert::{About, Actor, Alert, Changed, Closing, Escalation, Origin, Phase};
use watchdeck::domain::ids::{AlertId, Fingerprint};
use watchdeck::domain::ladder::Level;
use watchdeck::domain::live::{
    Bucket, LastProbe, LatencyLive, Lease, Link, ServiceLive, StreamLive, SuccessLive, Uptime, Why,
};
use watchdeck::domain::operator::{Operator, Role};
use watchdeck::domain::rule::{Bound, Form, Metric, Rule};
use watchdeck::domain::sample::{Outcome, Phases};
use watchdeck::domain::service::{Service, ServiceState};
use watchdeck::domain::setup::Setup;
use watchdeck::domain::severity::Severity;
use watchdeck::domain::time::{Now, Stamp};
use watchdeck::engine::model::StoreState;
use watchdeck::engine::{Engine, Event};
use watchdeck::ui::chord::Chord;
use watchdeck::ui::desk::Desk;
use watchdeck::ui::frame::text_of;
use watchdeck::ui::list::RowId;
use watchdeck::ui::look::Look;

/// 2026-11-22 03:03:10 UTC.
pub const NOW: i64 = 1_795_316_590_000;

pub fn soon(ms: i64) -> Now {
    Now { wall: Stamp(NOW + ms), boot_ms: 1_000_000 + ms }
}
pub fn now() -> Now {
    soon(0)
}

pub fn alert(id: i64, service: &str, severity: Severity, opened: i64) -> Alert {
    Alert {
        id: AlertId(id),
        fingerprint: Fingerprint(id as u64),
        version: 1,
        seq: 0,
        origin: Origin::Rule { family: "latency".into() },
        severity,
        phase: Phase::Open,
        owner: None,
        about: About {
            title: "p95 231 > 200 ms".into(),
            service: Some(service.into()),
            value: Some(231.0),
            limit: Some(200.0),
            unit: "ms".into(),
            n: 20,
            ..About::default()
        },
        opened_at: Stamp(opened),
        changed: Changed { at: Stamp(opened), by: Actor::Worker("ops1".into()), what: "raised".into() },
        escalation: Escalation {
            from: 0,
            level: 1,
            role: "on-call engineer".into(),
            at: Some(Stamp(opened)),
            channels: vec!["page".into()],
        },
        closing: Closing::default(),
        seen_by: None,
        taken_at: None,
        episode: 0,
    }
}

fn service(name: &str, tag: &str) -> Service {
    Service {
        name: name.into(),
        aliases: vec![],
        tags: vec![tag.into()],
        depends_on: vec![],
        procedure: None,
        target: "http 127.0.0.1:8105/api/ml/lead-scoring".into(),
        interval: Duration::from_secs(30),
    }
}

fn rule(limit: f64, severity: Severity) -> Rule {
    Rule {
        name: format!("response-{}", severity.word()),
        metric: Metric::LatencyP95,
        bound: Bound::Above(limit),
        window: Duration::from_mins(10),
        hold: Duration::from_mins(1),
        clear_for: Duration::from_mins(2),
        clear_at: None,
        severity,
        procedure: Some("critical-alerts".into()),
        services: vec!["*".into()],
    }
}

const NAMES: [(&str, &str, f64); 7] = [
    ("behavioral-learning", "ml", 32.0),
    ("cache-manager", "data", 1.0),
    ("dashboard-analytics", "web", 20.0),
    ("ml-lead-intelligence", "ml", 231.0),
    ("webhook-processor", "web", 51.0),
    ("websocket-hub", "web", 12.0),
    ("workflow-automation", "web", 1.0),
];

fn setup() -> Setup {
    let level = |name: &str, role: &str| Level { name: name.into(), role: role.into(), notify: vec!["page".into()] };
    Setup {
        services: NAMES.iter().map(|(name, tag, _)| service(name, tag)).collect(),
        rules: vec![rule(200.0, Severity::Critical), rule(150.0, Severity::Warning)],
        levels: vec![level("L1", "on-call engineer"), level("L2", "technical lead"), level("L3", "system architect")],
        streams: vec!["ops".into()],
        ..Setup::default()
    }
}

fn live(name: &str, p95: f64) -> ServiceLive {
    let stale = name == "behavioral-learning";
    let seen = NOW - if stale { 130_000 } else { 4_000 };
    let bucket = |i: i64| Bucket {
        start: Stamp(NOW - (60 - i) * 30_000),
        max_us: ((p95 * if p95 > 100.0 { 0.4 + i as f64 / 100.0 } else { 1.0 }) * 1000.0) as u32,
        failed: u16::from(name == "webhook-processor" && i % 7 == 5),
        seen: 1,
    };
    let us = (p95 * 1000.0) as u32;
    let phases = Phases {
        dns_us: Some(0),
        connect_us: Some(900),
        tls_us: None,
        wait_us: Some(us.saturating_sub(1500)),
        body_us: Some(600),
    };
    let failing = name == "webhook-processor";
    ServiceLive {
        name: name.into(),
        state: ServiceState::Healthy,
        interval_ms: 30_000,
        last: Some(LastProbe {
            at: Stamp(seen),
            outcome: Outcome::Ok,
            fail: None,
            total_us: us,
            phases,
            detail: "healthy, v2.3.1, database 4 ms".into(),
        }),
        latency: LatencyLive { p50: p95 * 0.7, p95, p99: p95 * 1.1, max: p95 * 1.2, n: 20 },
        success: SuccessLive {
            form: Form::KofN,
            good: if failing { 7 } else { 20 },
            total: if failing { 10 } else { 20 },
        },
        history: (0..if stale { 56 } else { 60 }).map(bucket).collect(),
        uptime: Uptime {
            up_ms: 2_570_000_000,
            down_ms: 8_000_000,
            span_ms: if stale { 2_610_000_000 } else { 2_578_000_000 },
        },
        why: if p95 > 200.0 {
            vec![Why {
                rule: "response-critical".into(),
                severity: Severity::Critical,
                firing: true,
                since: Some(Stamp(NOW - 360_000)),
                reading: None,
                says: "p95 231 > 200 ms".into(),
                clears: "clears below 200 ms for 120 s".into(),
            }]
        } else {
            vec![]
        },
        ..ServiceLive::default()
    }
}

/// The console of alice; ops1 does the work.
pub fn estate() -> App {
    with_look(Look::default())
}

pub fn with_look(look: Look) -> App {
    let me = Operator { name: "alice".into(), role: Role::Responder };
    let mut engine = Engine::new(Arc::new(setup()), me, 7);
    let model = &mut engine.model;
    model.services = NAMES.iter().map(|(name, _, p95)| Arc::new(live(name, *p95))).collect();
    let counts = watchdeck::domain::live::FeedCounts { received: 1204, duplicates: 3, ..Default::default() };
    model.streams = vec![StreamLive {
        name: "ops".into(),
        link: Link::Live,
        last_event_at: Some(Stamp(NOW - 2000)),
        counts,
        ..StreamLive::default()
    }];
    model.worker.lease = Some(Lease {
        owner: "ops1".into(),
        epoch: 3,
        left_ms: 15_000,
        renewed_at: Stamp(NOW - 2_000),
        ..Lease::default()
    });
    model.worker.seen_at = Some(Stamp(NOW - 2_000));
    model.store.state = StoreState::Ready;
    model.store.place = "sqlite /var/lib/watchdeck/watchdeck.db".into();
    model.book.put(alert(4821, "ml-lead-intelligence", Severity::Critical, NOW - 360_000).into());
    let mut failing = alert(4822, "webhook-processor", Severity::Critical, NOW - 120_000);
    failing.about.title = "3 of last 10 failed".into();
    model.book.put(failing.into());
    let mut acked = alert(4823, "cache-manager", Severity::Warning, NOW - 1_860_000);
    acked.about.title = "hit rate 78 < 80 %".into();
    acked.owner = Some("alice".into());
    acked.phase =
        Phase::Acked { at: Stamp(NOW - 1_500_000), deadline: Stamp(NOW + 12_900_000), reminded: false, given_by: None };
    model.book.put(acked.into());
    App::new(engine, look).expect("the default keys do not clash")
}

pub struct Screen {
    pub app: App,
    pub size: (u16, u16),
}

impl Screen {
    pub fn of(app: App, width: u16, height: u16) -> Self {
        Self { app, size: (width, height) }
    }
    /// After the store has answered.
    pub fn open(mut app: App, width: u16, height: u16) -> Self {
        app.handle(Input::Engine(Event::Ticked), now());
        let mut screen = Self::of(app, width, height);
        screen.buffer();
        screen
    }
    pub fn with(look: Look, width: u16, height: u16) -> Self {
        Self::open(with_look(look), width, height)
    }
    pub fn buffer(&mut self) -> Buffer {
        self.buffer_at(now())
    }
    pub fn buffer_at(&mut self, at: Now) -> Buffer {
        let mut buf = Buffer::empty(Rect::new(0, 0, self.size.0, self.size.1));
        self.app.render(&mut buf, at);
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
    /// Keys separated by spaces; what they send out, but for reads of details.
    pub fn press(&mut self, keys: &str) -> Vec<Outward> {
        let out = keys.split_whitespace().flat_map(|k| self.raw(k)).collect::<Vec<_>>();
        out.into_iter().filter(|o| !matches!(o, Outward::Do(watchdeck::engine::Effect::ReadDetail(_)))).collect()
    }
    pub fn raw(&mut self, name: &str) -> Vec<Outward> {
        let out = self.app.handle(Input::Key(key(name)), now());
        self.buffer();
        out
    }
    pub fn write(&mut self, text: &str) {
        for c in text.chars() {
            self.raw(&if c == ' ' { "Space".to_owned() } else { c.to_string() });
        }
    }
    pub fn desk<T>(&mut self, ask: impl FnOnce(&Desk<'_>) -> T) -> T {
        ask(&Desk { ui: &mut self.app.ui, engine: &mut self.app.engine, now: now(), out: Vec::new() })
    }
    pub fn chosen(&mut self) -> Option<AlertId> {
        self.desk(|desk| match desk.row()?.id {
            RowId::Alert(id) | RowId::Behind(id) => Some(id),
            _ => None,
        })
    }
}

pub fn key(name: &str) -> KeyEvent {
    let chord = Chord::parse(name).unwrap_or_else(|| panic!("{name:?} is no key"));
    KeyEvent::new(chord.code, if chord.ctrl { KeyModifiers::CONTROL } else { KeyModifiers::NONE })
}
