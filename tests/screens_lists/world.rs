//! The estate with lists to work, as at 14:03 where it is at home, and a store that takes what keys send out.

use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveTime;
use watchdeck::app::{App, Input, Outward};
use watchdeck::domain::alert::Actor;
use watchdeck::domain::checklist::{
    self, Around, Closing, DocumentRead, Due, Held, ItemAct, ItemFact, ItemRule, Layer, ListAct, ListFact, ListRule,
    Mark, OccurrenceId, Source, Tally,
};
use watchdeck::domain::evidence::{Evidence, Expr, Gathered, Proof, Verdict, Word, WordForm};
use watchdeck::domain::ids::OpId;
use watchdeck::domain::journal::{Act, Commit, Entry, Fact, Outcome, Target};
use watchdeck::domain::markdown::{self, ItemId};
use watchdeck::domain::setup::{FeedKpi, FeedSource};
use watchdeck::domain::text::Clean;
use watchdeck::domain::time::Stamp;
use watchdeck::engine::lists::Shown;
use watchdeck::engine::{Effect, Event};
use watchdeck::ui::look::Look;

use super::estate::{NOW, Screen, key, now, soon, with_look};

pub const FILE: &str = "ops.md";
pub const OPS: &str = "# Operations

Checklist Created: January 9, 2026

## Daily operations

### Morning (5 minutes)

- [ ] run production validation
- [ ] overnight alerts
- [ ] all 7 services healthy
- [ ] GHL webhooks processed
- [ ] review business KPIs

### Security

- [ ] review the access logs
- [ ] rate the night
- [ ] rotate the keys <!-- watchdeck: two-person critical role=lead -->
- [ ] check for advisories

## Weekly performance review

- [ ] look at the trends
  - [ ] of latency
    - [ ] and of errors
- [ ] update the baselines

## Weekly maintenance (15 minutes)

- [ ] test the backup
- [ ] update the documents

## Next 30 days

- [ ] scale the cache, which is the one thing that everybody agreed on in spring and that nobody has had an afternoon for since
- [ ] drill the failover
";

/// 2026-11-22, Sunday: 03:03:10 UTC is 14:03:10 there.
pub const ZONE_SECS: i32 = 11 * 3600;

fn list_rule(list: &str, day: u32, hour: u32, short: &str) -> ListRule {
    let due = NaiveTime::from_hms_opt(hour, 0, 0).map(|time| Due { day, time });
    let (layer, short) = (Layer::Config, (!short.is_empty()).then(|| short.into()));
    ListRule { layer, list: list.into(), cadence: None, due, budget: None, short, skip: false }
}

pub fn rule(item: &str, evidence: Evidence) -> ItemRule {
    ItemRule {
        layer: Layer::Config,
        list: String::new(),
        item: item.into(),
        mode: None,
        evidence: Some(evidence),
        two_person: None,
        critical: None,
        role: None,
    }
}

pub fn live(text: &str) -> Evidence {
    Evidence::Live { expr: Expr::parse(text).unwrap(), hold: Duration::from_secs(3) }
}

pub fn source() -> Source {
    let command = Gathered {
        key: "run".into(),
        kind: "command".into(),
        what: "sh validate.sh".into(),
        every: None,
        fresh: Duration::from_hours(12),
        spec: "".into(),
    };
    Source {
        file: FILE.into(),
        zone: "Asia/Magadan".parse().unwrap(),
        procedures_only: false,
        file_commands: false,
        lists: vec![
            list_rule("morning", 0, 9, ""),
            list_rule("security", 0, 17, ""),
            list_rule("performance", 3, 17, ""),
        ],
        items: vec![
            rule("run production", Evidence::Gathered(command)),
            rule("overnight alerts", live("alerts.unopened == 0")),
            rule("all 7 services", live("services.healthy == 7")),
            rule("GHL webhooks", live("service.dashboard-analytics.success >= 99.5%")),
            rule("business KPIs", live("kpi.leads >= 15")),
            rule("rate the night", Evidence::Word(Word { ask: "calm, 1 to 10".into(), form: WordForm::Number })),
        ],
        steps: Vec::new(),
    }
}

pub fn read(text: &str) -> Event {
    let document = markdown::parse(text.as_bytes()).unwrap();
    let content = Ok((Clean::new("hash"), Arc::new(document)));
    Event::DocumentsRead(vec![DocumentRead { file: FILE.into(), name: FILE.into(), at: Stamp(NOW), content }])
}

pub fn unreadable(why: &str) -> Event {
    let content = Err(Clean::new(why));
    Event::DocumentsRead(vec![DocumentRead { file: FILE.into(), name: FILE.into(), at: Stamp(NOW), content }])
}

fn leads() -> FeedKpi {
    FeedKpi { name: "leads".into(), unit: "/min".into(), from: FeedSource::Gauge("leads".into()) }
}

/// Configured, and nothing read yet.
pub fn unread(look: Look) -> App {
    let mut app = with_look(Look { zone_secs: ZONE_SECS, ..look });
    let model = &mut app.engine.model;
    let mut setup = (*model.setup).clone();
    setup.sources = vec![Arc::new(source())];
    setup.kpis = vec![leads()];
    model.setup = setup.into();
    model.gauges.insert("leads".into(), (12.4, Stamp(NOW - 6_000)));
    app
}

/// Read, and nothing done yet; no worker has opened a list.
pub fn fresh(look: Look) -> App {
    let mut app = unread(look);
    app.handle(Input::Engine(read(OPS)), now());
    app
}

/// As the mock-up has it: three of five done at 14:03, one un-ticked by its evidence.
pub fn busy(look: Look) -> App {
    let mut app = fresh(look);
    let mut seq = 0;
    let lists: Vec<Shown> = app.engine.model.board.shown(Stamp(NOW));
    let mut entries: Vec<Entry> = Vec::new();
    let mut add = |at: i64, by: &str, id: OccurrenceId, what: ListFact| {
        seq += 1;
        entries.push(entry(seq, at, by, id, what));
    };
    for list in &lists {
        let mut opening = Box::new(list.occurrence.opening.clone());
        // They have been here for long: due in time, not only when the period ends.
        if let Some(t) = &list.template {
            opening.due = t.rhythm.at(Stamp(NOW), t.created, t.last_day).due;
        }
        add(NOW - 36_000_000, "worker", list.occurrence.id, ListFact::Opened { opening, carried: Vec::new() });
    }
    let morning = &lists[0].occurrence;
    let item = |n: usize| morning.opening.pinned.items[n].id.clone();
    let hour = 3_600_000;
    let ran = proof(Verdict::Good, "60/60 ok", NOW - 5 * hour - 1_330_000);
    for (at, by, n, what) in [
        (NOW - 5 * hour - 1_330_000, "alice", 0, ItemFact::Recorded(Box::new(ran))),
        (NOW - 5 * hour - 1_320_000, "alice", 0, marked(Mark::Done, "")),
        (NOW - 5 * hour - 1_200_000, "bob", 1, marked(Mark::Done, "")),
        (NOW - 5 * hour - 1_100_000, "worker", 2, marked(Mark::Proven, "")),
        (NOW - 5 * hour - 1_090_000, "worker", 3, marked(Mark::Proven, "")),
        (NOW - 250_000, "worker", 2, marked(Mark::Open, "6 of 7: behavioral-learning stale")),
    ] {
        add(at, by, morning.id, ListFact::Item { item: item(n), what });
    }
    let book = &mut app.engine.model.book;
    let seen = |a: &Arc<watchdeck::domain::alert::Alert>| {
        let mut alert = (**a).clone();
        alert.seen_by = Some("bob".into());
        Arc::new(alert)
    };
    for alert in book.iter().map(seen).collect::<Vec<_>>() {
        book.put(alert);
    }
    app.handle(Input::Engine(Event::EntriesArrived(entries)), now());
    app
}

pub fn proof(verdict: Verdict, says: &str, at: i64) -> Proof {
    Proof::new(verdict, says).wanted("sh validate.sh").from("command").seen_at(Some(Stamp(at)))
}

pub fn marked(mark: Mark, reason: &str) -> ItemFact {
    ItemFact::Marked { mark, reason: reason.into(), proof: None, before: Box::new(Held::default()) }
}

pub fn entry(seq: i64, at: i64, by: &str, occurrence: OccurrenceId, what: ListFact) -> Entry {
    let actor = if by == "worker" { Actor::Worker("ops1".into()) } else { Actor::Operator(by.into()) };
    let op = OpId(uuid::Uuid::from_u128(seq.unsigned_abs().into()));
    Entry { seq, op, at: Stamp(at), actor, alert: None, fact: Fact::List { occurrence, what } }
}

/// Each of these boxes as something became of it.
pub fn set(app: &mut App, part: &str, marks: &[(usize, Mark, &str)]) {
    let shown = app.engine.model.board.shown(Stamp(NOW));
    let list = shown.iter().find(|s| s.occurrence.opening.list.contains(part)).unwrap();
    let mut seq = app.engine.model.store.last_seq;
    let mut entries = Vec::new();
    if list.fresh {
        seq += 1;
        let what = ListFact::Opened { opening: Box::new(list.occurrence.opening.clone()), carried: Vec::new() };
        entries.push(entry(seq, NOW - 7_200_000, "worker", list.occurrence.id, what));
    }
    for (place, mark, reason) in marks {
        seq += 1;
        let item = list.occurrence.opening.pinned.items[*place].id.clone();
        let what = ListFact::Item { item, what: marked(*mark, reason) };
        entries.push(entry(seq, NOW - 3_600_000, "bob", list.occurrence.id, what));
    }
    app.handle(Input::Engine(Event::EntriesArrived(entries)), now());
}

/// Days that are over: so many minutes after the due time it was complete, None when it never was; all set aside when
/// it was not worked at all.
pub fn ended(app: &mut App, part: &str, days: &[(Option<i64>, Option<u64>)]) {
    let shown = app.engine.model.board.shown(Stamp(NOW));
    let list = shown.into_iter().find(|s| s.occurrence.opening.list.contains(part)).unwrap().occurrence;
    let day = 86_400_000;
    for (n, (finished, worked_ms)) in (1..).zip(days) {
        let mut old = (*list).clone();
        let back = |at: Stamp| Stamp(at.0 - n * day);
        old.id = OccurrenceId(n.unsigned_abs());
        old.items.clear();
        let opening = &mut old.opening;
        opening.opens = back(opening.opens);
        opening.due = opening.due.map(back);
        opening.closes = opening.closes.map(back);
        opening.period = format!("{n} days ago");
        let total = opening.pinned.items.len();
        let tally = match (finished, worked_ms) {
            (None, _) => Tally { total, done: 1, left: total - 1, ..Tally::default() },
            (Some(_), None) => Tally { total, skipped: total, ..Tally::default() },
            (Some(_), Some(_)) => Tally { total, done: total, ..Tally::default() },
        };
        let at = opening.closes.unwrap();
        let finished = finished.map(|minutes| Stamp(opening.due.unwrap().0 + minutes * 60_000));
        old.closing = Some(Closing { at, tally, finished, worked_ms: *worked_ms });
        app.engine.model.board.occurrences.insert(old.id, Arc::new(old));
    }
    app.engine.model.board.revision += 1;
}

/// The tab of lists, drawn.
pub fn open(app: App, width: u16, height: u16) -> Screen {
    let mut screen = Screen::open(app, width, height);
    screen.press("5");
    screen
}

pub fn list(screen: &Screen, part: &str) -> Shown {
    let all = screen.app.engine.model.board.shown(Stamp(NOW));
    all.into_iter().find(|s| s.occurrence.opening.list.contains(part)).unwrap_or_else(|| panic!("no list {part}"))
}

pub fn item(screen: &Screen, part: &str, text: &str) -> (OccurrenceId, ItemId) {
    let list = list(screen, part).occurrence;
    let found = list.opening.pinned.items.iter().find(|i| i.text.as_str().starts_with(text));
    (list.id, found.unwrap_or_else(|| panic!("no item {text}")).id.clone())
}

pub fn mark(screen: &Screen, part: &str, text: &str) -> Mark {
    let (_, id) = item(screen, part, text);
    list(screen, part).occurrence.mark(&id)
}

/// What was asked of the store, with the version that was seen.
pub fn acts(out: &[Outward]) -> Vec<(Option<u32>, ListAct)> {
    let commits = out.iter().filter_map(|o| if let Outward::Do(Effect::Commit(c)) = o { Some(c) } else { None });
    let list = |c: &watchdeck::domain::journal::Change| match &c.act {
        Act::List(act) => Some((c.seen, act.clone())),
        _ => None,
    };
    commits.flat_map(|c| c.changes.iter().filter_map(list).collect::<Vec<_>>()).collect()
}

pub fn item_acts(out: &[Outward]) -> Vec<ItemAct> {
    let item = |(_, act)| if let ListAct::Item { act, .. } = act { Some(act) } else { None };
    acts(out).into_iter().filter_map(item).collect()
}

/// Keys at a moment, each followed by a frame: what a question asks is answered by somebody who can have read it.
pub fn later(screen: &mut Screen, ms: i64, keys: &str) -> Vec<Outward> {
    let mut out = Vec::new();
    for name in keys.split_whitespace() {
        out.extend(screen.app.handle(Input::Key(key(name)), soon(ms)));
        screen.buffer_at(soon(ms));
    }
    out
}

/// Presses keys, and the store takes what they send out, as it decides.
pub fn saved(screen: &mut Screen, keys: &str) -> Vec<Outward> {
    let out = screen.press(keys);
    store(screen, &out);
    out
}

pub fn store(screen: &mut Screen, out: &[Outward]) {
    for commit in out.iter().filter_map(|o| if let Outward::Do(Effect::Commit(c)) = o { Some(c) } else { None }) {
        take(screen, commit);
    }
    screen.buffer();
}

fn take(screen: &mut Screen, commit: &Commit) {
    let mut outcomes = Vec::new();
    let mut board = screen.app.engine.model.board.clone();
    let mut seq = screen.app.engine.model.store.last_seq.max(1_000);
    for change in &commit.changes {
        let (Target::Occurrence(id), Act::List(act)) = (change.target, &change.act) else { panic!("{change:?}") };
        let known = board.occurrences.get(&id).cloned();
        let around = Around { occurrence: known.as_deref(), previous: None };
        let outcome = match checklist::decide(around, change, act) {
            Ok(None) => Outcome::Nothing,
            Err(refusal) => Outcome::Refused(refusal),
            Ok(Some(what)) => {
                seq += 1;
                let fact = Fact::List { occurrence: id, what };
                let (op, at, actor) = (change.op, change.at, change.actor.clone());
                let entry = Entry { seq, op, at, actor, alert: None, fact };
                board.apply(&entry);
                Outcome::Applied(entry)
            }
        };
        outcomes.push((change.op, outcome));
    }
    screen.app.engine.model.store.last_seq =
        seq - outcomes.iter().filter(|(_, o)| matches!(o, Outcome::Applied(_))).count() as i64;
    screen.app.handle(Input::Engine(Event::Committed(outcomes)), now());
}
