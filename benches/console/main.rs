//! What the console costs with 10,000 open and 100,000 resolved alerts in the store: to open it, to build a frame, to
//! handle a key, what a list of a thousand boxes costs, and to a filled first screen in a real terminal. `cargo bench --bench console`
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    clippy::large_stack_arrays,
    reason = "a measurement"
)]

mod fill;
mod lists;
#[path = "../flood/pty.rs"]
#[allow(dead_code, reason = "the flood uses the rest")]
mod pty;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use fill::Happens;
use pty::{Pty, peak_mib, spread};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use watchdeck::app::{App, Input};
use watchdeck::domain::journal::Everything;
use watchdeck::domain::operator::{Operator, Role};
use watchdeck::domain::setup::Setup;
use watchdeck::domain::text::Clean;
use watchdeck::domain::time::Now;
use watchdeck::engine::{Engine, Event};
use watchdeck::runtime::clock;
use watchdeck::store::Store;
use watchdeck::store::sqlite::{Create, Options, SqliteStore};
use watchdeck::ui::look::Look;

const OPEN: i64 = 10_000;
const RESOLVED: i64 = 100_000;
const FRAMES: usize = 300;
const STARTS: usize = 15;

fn main() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("watchdeck.db");
    let began = Instant::now();
    fill::fill(&path, OPEN, RESOLVED);
    println!("filled {OPEN} open and {RESOLVED} resolved in {:.1} s", began.elapsed().as_secs_f64());
    let all = read(&path);
    for (w, h) in [(80, 24), (200, 60)] {
        println!("--- {w}x{h}");
        frames(&all, Setup::default(), w, h);
    }
    println!("--- 200x60, in a storm: 400 services, 380 of them behind 20 others");
    frames(&all, fill::dependent(), 200, 60);
    println!("--- 200x60, a list of 1,000 boxes");
    lists::frames(200, 60);
    starts(dir.path(), &path);
}

fn read(path: &Path) -> Everything {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut opened = Vec::new();
    let mut answered = Vec::new();
    let mut last = Everything::default();
    for _ in 0..STARTS {
        let began = Instant::now();
        let store = SqliteStore::open(path, Create::Never, Options::default()).unwrap();
        opened.push(began.elapsed());
        let began = Instant::now();
        last = runtime.block_on(store.everything(clock::now())).unwrap();
        answered.push(began.elapsed());
    }
    println!("open the store      {}", spread(opened));
    println!("everything()        {}", spread(answered));
    last
}

fn app(all: &Everything, setup: Setup, now: Now) -> App {
    let me = Operator { name: Clean::new("anna"), role: Role::Lead };
    let mut app = App::new(Engine::new(Arc::new(setup), me, 1), Look::default()).unwrap();
    let loaded = Event::Loaded(Box::new(all.clone()));
    let began = Instant::now();
    app.handle(Input::Engine(loaded), now);
    println!("load into the app   {:.2} ms", began.elapsed().as_secs_f64() * 1e3);
    app
}

fn frames(all: &Everything, setup: Setup, w: u16, h: u16) {
    let now = clock::now();
    let mut app = app(all, setup, now);
    let draw = |app: &mut App| {
        let mut buffer = Buffer::empty(Rect::new(0, 0, w, h));
        let began = Instant::now();
        app.render(&mut buffer, now);
        began.elapsed()
    };
    println!("first frame         {:.2} ms", draw(&mut app).as_secs_f64() * 1e3);
    let same = (0..FRAMES).map(|_| draw(&mut app)).collect();
    println!("nothing changed     {} (goal 2)", spread(same));
    let mut keyed = Vec::new();
    let moved = (0..FRAMES).map(|n| {
        let key = if n % 40 < 20 { KeyCode::Down } else { KeyCode::Up };
        let began = Instant::now();
        app.handle(Input::Key(KeyEvent::new(key, KeyModifiers::NONE)), now);
        keyed.push(began.elapsed());
        draw(&mut app)
    });
    let moved = moved.collect();
    println!("cursor moved        {}", spread(moved));
    println!("the key itself      {}", spread(keyed));
    let mut seq = all.last_seq;
    let happenings = [
        ("1 value changed  ", Happens::Changes),
        ("an alert raised  ", Happens::Raises),
        ("an alert acked   ", Happens::Acks),
        ("an alert resolved", Happens::Resolves),
    ];
    for (name, what) in happenings {
        let mut took = Vec::new();
        let changed = (0..FRAMES).map(|n| {
            seq += 1;
            let entry = fill::entry(all, n, seq, what);
            let began = Instant::now();
            app.handle(Input::Engine(Event::EntriesArrived(vec![entry])), now);
            took.push(began.elapsed());
            draw(&mut app)
        });
        let changed = changed.collect();
        println!("{name}   {} (goal 2)", spread(changed));
        println!("  the entry itself  {}", spread(took));
    }
}

/// From exec to the first byte that says something, and to the store's content on the screen.
fn starts(dir: &Path, store: &Path) {
    let config = dir.join("config.toml");
    std::fs::write(&config, "environment = \"bench\"\n").unwrap();
    let args = ["--config", config.to_str().unwrap(), "--store", store.to_str().unwrap()];
    let (mut first, mut filled) = (Vec::new(), Vec::new());
    let mut peak: f64 = 0.0;
    for _ in 0..STARTS {
        let pty = Pty::start(&args, 200, 60);
        let patience = Duration::from_secs(5);
        first.extend(pty.wait(pty.started, patience, |text| text.contains("bench")));
        filled.extend(pty.wait(pty.started, patience, |text| text.contains("now 10000")));
        std::thread::sleep(Duration::from_millis(100));
        peak = peak.max(peak_mib(pty.pid()));
        pty.quit();
    }
    println!("--- the binary in a terminal, 200x60");
    println!("first frame         {} (goal 20)", spread(first));
    println!("filled              {} (goal 150)", spread(filled));
    println!("rss peak            {peak:.1} MiB");
}
