//! A list of a thousand boxes, a third of them judged by live evidence, a third by what was fetched: what a frame of it
//! costs when nothing moved, when the cursor did, when a box was ticked and when a service's figures came in.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use uuid::Uuid;
use watchdeck::app::{App, Input};
use watchdeck::domain::alert::Actor;
use watchdeck::domain::checklist::{DocumentRead, Held, ItemFact, ItemRule, Layer, ListFact, Mark, Occurrence, Source};
use watchdeck::domain::evidence::{Evidence, Expr, Gathered};
use watchdeck::domain::ids::OpId;
use watchdeck::domain::journal::{Entry, Fact};
use watchdeck::domain::live::LiveSet;
use watchdeck::domain::markdown;
use watchdeck::domain::operator::{Operator, Role};
use watchdeck::domain::setup::Setup;
use watchdeck::domain::text::Clean;
use watchdeck::domain::time::Now;
use watchdeck::engine::{Engine, Event};
use watchdeck::runtime::clock;
use watchdeck::ui::look::Look;

use super::pty::spread;
use super::{FRAMES, fill};

const BOXES: usize = 1_000;

pub fn frames(w: u16, h: u16) {
    let now = clock::now();
    let mut app = app(now);
    let draw = |app: &mut App| {
        let mut buffer = Buffer::empty(Rect::new(0, 0, w, h));
        let began = Instant::now();
        app.render(&mut buffer, now);
        began.elapsed()
    };
    let key = |app: &mut App, code| {
        let began = Instant::now();
        app.handle(Input::Key(KeyEvent::new(code, KeyModifiers::NONE)), now);
        began.elapsed()
    };
    draw(&mut app);
    key(&mut app, KeyCode::Char('5'));
    println!("first frame         {:.2} ms", draw(&mut app).as_secs_f64() * 1e3);
    let same = (0..FRAMES).map(|_| draw(&mut app)).collect();
    println!("nothing changed     {} (goal 2)", spread(same));
    let mut keyed = Vec::new();
    let moved = (0..FRAMES).map(|_| {
        keyed.push(key(&mut app, KeyCode::Down));
        draw(&mut app)
    });
    println!("cursor moved        {} (goal 2)", spread(moved.collect()));
    println!("the key itself      {}", spread(keyed));
    let list = app.engine.model.board.shown(now.wall).remove(0).occurrence;
    let mut took = Vec::new();
    let ticked = (0..FRAMES).map(|n| {
        let entry = ticked(&list, n, now);
        let began = Instant::now();
        app.handle(Input::Engine(Event::EntriesArrived(vec![entry])), now);
        took.push(began.elapsed());
        draw(&mut app)
    });
    println!("a box ticked        {} (goal 2)", spread(ticked.collect()));
    println!("  the entry itself  {}", spread(took));
    let services = app.engine.model.services.clone();
    let measured = (0..FRAMES).map(|n| {
        let live = LiveSet { services: services.get(n % 7..n % 7 + 1).unwrap().to_vec(), ..LiveSet::default() };
        app.handle(Input::Engine(Event::LiveArrived(Box::new(live))), now);
        draw(&mut app)
    });
    println!("figures came in     {} (goal 2)", spread(measured.collect()));
}

fn app(now: Now) -> App {
    let me = Operator { name: Clean::new("anna"), role: Role::Lead };
    let setup = Setup { sources: vec![Arc::new(source())], ..fill::dependent() };
    let mut app = App::new(Engine::new(Arc::new(setup), me, 1), Look::default()).unwrap();
    app.handle(Input::Engine(Event::Loaded(Box::default())), now);
    let mut text = "# Ops\n\n## Daily\n\n### All of it (5 minutes)\n\n".to_owned();
    for n in 0..BOXES {
        let kind = ["live", "fetched", "manual"][n % 3];
        text.push_str(&format!("- [ ] {kind} box number {n}, with as many words as such a box has in life\n"));
    }
    let document = markdown::parse(text.as_bytes()).unwrap();
    let content = Ok((Clean::new("hash"), Arc::new(document)));
    let read = DocumentRead { file: "ops.md".into(), name: "ops.md".into(), at: now.wall, content };
    app.handle(Input::Engine(Event::DocumentsRead(vec![read])), now);
    let list = app.engine.model.board.shown(now.wall).remove(0).occurrence;
    let opened = ListFact::Opened { opening: Box::new(list.opening.clone()), carried: Vec::new() };
    app.handle(Input::Engine(Event::EntriesArrived(vec![entry(1, &list, opened, now)])), now);
    app
}

fn source() -> Source {
    let live = Expr::parse("services.healthy == 400 and service.service-7.p95 < 200ms").unwrap();
    let fetched = Gathered {
        key: "file".into(),
        kind: "file".into(),
        what: "backup".into(),
        every: Some(Duration::from_mins(5)),
        fresh: Duration::from_hours(12),
    };
    let rule = |item: &str, evidence| ItemRule {
        layer: Layer::Config,
        list: String::new(),
        item: item.into(),
        mode: None,
        evidence: Some(evidence),
        two_person: None,
        critical: None,
        role: None,
    };
    Source {
        file: "ops.md".into(),
        zone: "Europe/Berlin".parse().unwrap(),
        procedures_only: false,
        file_commands: false,
        lists: Vec::new(),
        items: vec![
            rule("live box", Evidence::Live { expr: live, hold: Duration::from_secs(3) }),
            rule("fetched box", Evidence::Gathered(fetched)),
        ],
        steps: Vec::new(),
    }
}

fn ticked(list: &Occurrence, n: usize, now: Now) -> Entry {
    let item = list.opening.pinned.items[n * 3 % BOXES].id.clone();
    let what =
        ItemFact::Marked { mark: Mark::Done, reason: Clean::default(), proof: None, before: Box::<Held>::default() };
    entry(2 + n as i64, list, ListFact::Item { item, what }, now)
}

fn entry(seq: i64, list: &Occurrence, what: ListFact, now: Now) -> Entry {
    let actor = Actor::Operator(Clean::new("bob"));
    let fact = Fact::List { occurrence: list.id, what };
    Entry { seq, op: OpId(Uuid::now_v7()), at: now.wall, actor, alert: None, fact }
}
