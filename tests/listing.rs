//! What the console keeps sorted, counted and folded as entries come, held against a list made anew from the alerts.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

#[allow(dead_code, reason = "the screens use the rest")]
mod estate;
#[path = "listing/naive.rs"]
mod naive;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use uuid::Uuid;

use estate::{NOW, alert, soon};
use watchdeck::app::{App, Input};
use watchdeck::domain::alert::{About, Actor, Mute, Origin, Phase};
use watchdeck::domain::ids::{AlertId, Fingerprint, OpId};
use watchdeck::domain::journal::{Entry, Everything, Fact};
use watchdeck::domain::operator::{Operator, Role};
use watchdeck::domain::service::Service;
use watchdeck::domain::setup::Setup;
use watchdeck::domain::severity::Severity;
use watchdeck::domain::time::{Now, Stamp};
use watchdeck::engine::book::RESOLVED_KEPT;
use watchdeck::engine::model::StoreState;
use watchdeck::engine::{Engine, Event};
use watchdeck::ui::desk::Desk;
use watchdeck::ui::filter::Filter;
use watchdeck::ui::list::Wanted;
use watchdeck::ui::look::Look;
use watchdeck::ui::scene::Scene;
use watchdeck::ui::tabs::alerts;
use watchdeck::ui::tabs::lists::Memo;
use watchdeck::ui::theme::Theme;

const SERVICES: [&str; 6] = ["base", "mid", "top", "alias-of-top", "shard-1", "unknown"];
const TITLES: [&str; 3] = ["p95 231 > 200 ms", "p95 7 > 200 ms", "queue 4"];
const PEOPLE: [&str; 2] = ["alice", "bob"];
const ALERTS: i64 = 40;

/// `top` stands on `mid`, `mid` on `base`; with `ring`, `base` on `top` again.
fn setup(ring: bool) -> Setup {
    let service = |name: &str, alias: Option<&str>, on: Option<&str>| Service {
        name: name.into(),
        aliases: alias.map(str::to_owned).into_iter().collect(),
        tags: vec![],
        depends_on: on.map(str::to_owned).into_iter().collect(),
        procedure: None,
        target: String::new(),
        interval: Duration::from_secs(30),
    };
    let base = service("base", None, ring.then_some("top"));
    let services = vec![base, service("mid", None, Some("base")), service("top", Some("alias-of-top"), Some("mid"))];
    Setup { services, ..Setup::default() }
}

#[derive(Clone, Debug)]
enum Step {
    Fact { alert: i64, what: u8, by: usize, severity: usize, service: usize, title: usize },
    Mute { pattern: usize, secs: u64, gone: bool },
    Passes { ms: i64 },
    Key(&'static str),
    Filter(&'static str),
    Reload,
    Config { ring: bool },
}

fn step() -> impl Strategy<Value = Step> {
    let fact = (1..=ALERTS, 0u8..16, 0usize..2, 0usize..3, 0usize..6, 0usize..3);
    prop_oneof![
        12 => fact.prop_map(|(alert, what, by, severity, service, title)| {
            Step::Fact { alert, what, by, severity, service, title }
        }),
        1 => (0usize..6, 1u64..200, any::<bool>()).prop_map(|(pattern, secs, gone)| Step::Mute { pattern, secs, gone }),
        1 => (0i64..90_000).prop_map(|ms| Step::Passes { ms }),
        6 => prop::sample::select(&["j", "k", "j", "G", "g", "h", "l", "z", "f", "Space", "*", "Esc", "."][..])
            .prop_map(Step::Key),
        1 => prop::sample::select(&["", "sev:crit", "owner:me", "since:1m", "queue", "svc:mid"][..])
            .prop_map(Step::Filter),
        1 => Just(Step::Reload),
        1 => any::<bool>().prop_map(|ring| Step::Config { ring }),
    ]
}

struct World {
    app: App,
    ms: i64,
}

impl World {
    /// With as many resolved ones as are kept: the next one drives out the oldest.
    fn new(raised: &[Step]) -> Self {
        let me = Operator { name: "alice".into(), role: Role::Lead };
        let mut engine = Engine::new(Arc::new(setup(false)), me, 7);
        engine.model.store.state = StoreState::Ready;
        let mut world = Self { app: App::new(engine, Look::default()).unwrap(), ms: 0 };
        world.event(Event::Loaded(Box::new(Everything {
            alerts: old(),
            resolved_total: 900,
            ..Everything::default()
        })));
        world.draw();
        for step in raised {
            world.take(step);
        }
        world
    }
    fn now(&self) -> Now {
        soon(self.ms)
    }
    fn event(&mut self, event: Event) {
        self.app.handle(Input::Engine(event), self.now());
    }
    fn key(&mut self, key: &str) {
        self.app.handle(Input::Key(estate::key(key)), self.now());
    }
    fn draw(&mut self) {
        let mut buf = Buffer::empty(Rect::new(0, 0, 100, 30));
        self.app.render(&mut buf, self.now());
    }
    fn entry(&mut self, by: usize, alert: Option<i64>, fact: Fact) {
        let seq = self.app.engine.model.store.last_seq + 1;
        let actor = Actor::Operator(PEOPLE[by].into());
        let at = self.now().wall;
        let entry = Entry { seq, op: OpId(Uuid::from_u128(seq as u128)), at, actor, alert: alert.map(AlertId), fact };
        self.event(Event::EntriesArrived(vec![entry]));
    }

    fn take(&mut self, step: &Step) {
        self.ms += 7;
        match step {
            Step::Fact { alert, what, by, .. } => {
                if let Some(fact) = self.fact(*alert, *what, step) {
                    self.entry(*by, Some(*alert), fact);
                }
            }
            Step::Mute { pattern, gone: true, .. } => {
                self.entry(0, None, Fact::Unmuted { pattern: SERVICES[*pattern].into() });
            }
            Step::Mute { pattern, secs, .. } => {
                let (at, until) = (self.now().wall, self.now().wall + Duration::from_secs(*secs));
                let pattern = SERVICES[*pattern].into();
                let mute = Mute { pattern, by: "bob".into(), at, until, reason: "noise".into() };
                self.entry(1, None, Fact::Muted(mute));
            }
            Step::Passes { ms } => self.ms += ms,
            Step::Key(key) => self.key(key),
            Step::Filter(text) => {
                self.key("/");
                text.chars().for_each(|c| self.key(&c.to_string()));
                self.key("Enter");
            }
            Step::Reload => {
                let model = &self.app.engine.model;
                let alerts: Vec<_> = model.book.iter().rev().step_by(2).map(|a| (**a).clone()).collect();
                let last_seq = model.store.last_seq;
                self.event(Event::Loaded(Box::new(Everything { alerts, last_seq, ..Everything::default() })));
            }
            Step::Config { ring } => self.event(Event::ConfigReloaded(Arc::new(setup(*ring)))),
        }
    }

    /// What may happen to this alert as it is; a new one can only be raised.
    fn fact(&self, id: i64, what: u8, step: &Step) -> Option<Fact> {
        let Step::Fact { severity, service, title, .. } = step else { return None };
        let severity = Severity::ALL[*severity];
        let about =
            About { title: TITLES[*title].into(), service: Some(SERVICES[*service].into()), ..About::default() };
        let soon = |s: u64| self.now().wall + Duration::from_secs(s);
        let Some(known) = self.app.engine.model.book.get(AlertId(id)) else {
            let (fingerprint, origin) = (Fingerprint(id as u64), Origin::Stream { name: "ops".into() });
            return Some(Fact::Raised { fingerprint, origin, severity, about });
        };
        let over = known.phase.is_resolved();
        Some(match what {
            0..=2 if !over => Fact::Acked { deadline: soon(1800), before: None },
            3 if !over => Fact::Unacked,
            4 if !over => Fact::Owned { owner: PEOPLE[*title % 2].into(), deadline: soon(900), before: None },
            5 | 6 if !over => Fact::Snoozed { until: soon(60 * u64::from(what)), reason: "later".into(), before: None },
            7 if !over => Fact::Unsnoozed { why: "the snooze ended".into() },
            8 | 9 if !over => Fact::SeverityChanged { from: known.severity, to: severity, about },
            10 if !over => Fact::Updated { about },
            11 if !over => Fact::Escalated { level: 2, role: "lead".into(), channels: vec![] },
            12 | 13 if !over => Fact::Resolved { note: "over".into(), review: None, before: None },
            14 if over => Fact::Closed { summary: None, review: None },
            _ if over => Fact::Reopened { severity, about: Some(about), why: "fired again".into() },
            _ => Fact::Noted { text: "seen".into() },
        })
    }

    fn check(&mut self) {
        self.draw();
        let now = self.now();
        let (listing, wanted) = self.app.ui.listing().unwrap();
        let shown = naive::shown(listing);
        let (view, filter, unfolded, pin) =
            (wanted.view, wanted.filter.clone(), wanted.unfolded.clone(), wanted.pin.cloned());
        let desk = Desk { ui: &mut self.app.ui, engine: &mut self.app.engine, now, out: Vec::new() };
        let wanted = Wanted { view, filter: &filter, unfolded: &unfolded, pin: pin.as_ref(), only: None };
        assert_eq!(
            shown,
            naive::list(desk.model(), &wanted, now.wall),
            "view {view}, filter {:?}, pin {pin:?}",
            filter.text
        );
        let (look, clock) = (Look::default(), desk.clock());
        let (theme, model, memo) = (Theme::new(&look), desk.model(), Memo::default());
        let drafts = watchdeck::ui::draft::Drafts::default();
        let scene =
            Scene { model, live: model, look: &look, theme: &theme, clock: &clock, memo: &memo, drafts: &drafts };
        let (filter, unfolded) = (Filter::default(), BTreeSet::new());
        for view in 0..7 {
            let wanted = Wanted { view, filter: &filter, unfolded: &unfolded, pin: None, only: None };
            let listed = naive::shown(&(alerts::TAB.rows)(&scene, &wanted));
            assert_eq!(listed, naive::list(model, &wanted, now.wall), "view {view}, not shown");
        }
        for service in SERVICES {
            let open = desk.model().book.iter().filter(|a| a.unresolved() && a.service() == service);
            let worst = open.map(|a| a.severity).max();
            assert_eq!(desk.model().book.shelves().worst_of(service), worst, "{service}");
        }
    }
}

/// Resolved ones, and an open one to open upon.
fn old() -> Vec<watchdeck::domain::alert::Alert> {
    let over = |id: i64| {
        let mut alert = alert(id, "shard-9", Severity::Warning, NOW - 9_000_000 + id);
        alert.phase =
            Phase::Resolved { at: Stamp(NOW - 8_000_000 + id), by: alert.changed.by.clone(), note: "over".into() };
        alert
    };
    let open = alert(1, "base", Severity::Warning, NOW - 60_000);
    (10_000..10_000 + RESOLVED_KEPT as i64).map(over).chain([open]).collect()
}

#[test]
fn a_store_read_anew_never_passes_for_what_was_drawn_of_it() {
    let mut world = World::new(&[]);
    world.check();
    let other =
        |a: watchdeck::domain::alert::Alert| watchdeck::domain::alert::Alert { severity: Severity::Critical, ..a };
    let alerts = old().into_iter().map(other).collect();
    world.event(Event::Loaded(Box::new(Everything { alerts, resolved_total: 900, ..Everything::default() })));
    world.check();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn u1_the_list_kept_is_the_list_made_anew(
        raised in prop::collection::vec(step(), 0..60),
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut world = World::new(&raised);
        for step in &steps {
            world.take(step);
            world.check();
        }
    }
}
