//! Documents made of facts: the handoff in full and empty, a list that reads back as itself, a history that counts right.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::too_many_lines, reason = "one story, told in order")]

#[path = "estate/mod.rs"]
#[allow(dead_code)]
mod estate;

use std::sync::Arc;

use estate::{NOW, alert, estate};
use proptest::prelude::*;
use watchdeck::domain::alert::{Actor, Mute, Phase};
use watchdeck::domain::checklist::{
    Around, Held, ItemState, ListAct, ListFact, Mark, Noted, Occurrence, OccurrenceId, Opening, Pinned, PinnedItem,
    Source, apply, bind, decide,
};
use watchdeck::domain::evidence::{Proof, Verdict};
use watchdeck::domain::handoff::{Handoff, HandoffEnd, LINES_MAX};
use watchdeck::domain::ids::{AlertId, OpId};
use watchdeck::domain::journal::{Act, Change, Entry, Fact, Target};
use watchdeck::domain::markdown::{self, Cadence, ItemId};
use watchdeck::domain::outbox::{OutboxRow, OutboxState};
use watchdeck::domain::run::{Run, RunId, Step};
use watchdeck::domain::severity::Severity;
use watchdeck::domain::text::Clean;
use watchdeck::domain::time::Stamp;
use watchdeck::engine::lists::handoff_facts;
use watchdeck::engine::model::Model;
use watchdeck::report;

const HOUR: i64 = 3_600_000;

/// A list with these boxes, opened an hour before midnight of `NOW`'s day in UTC.
fn list(texts: &[&str], cadence: Cadence) -> Occurrence {
    let item = |(n, text): (usize, &&str)| PinnedItem {
        id: ItemId::from_stored(&format!("item-{n}")),
        text: Clean::new(text),
        depth: 0,
        two_person: false,
    };
    let opens = Stamp(NOW - 3 * HOUR);
    let opening = Opening {
        list: "morning".into(),
        cadence,
        period: "2026-11-22".into(),
        zone: "Europe/Berlin".into(),
        opens,
        due: Some(Stamp(NOW - HOUR)),
        closes: Some(Stamp(NOW + 21 * HOUR)),
        pinned: Pinned {
            title: "Morning checks".into(),
            version: "1".into(),
            budget_ms: Some(300_000),
            items: texts.iter().enumerate().map(item).collect(),
        },
    };
    let id = OccurrenceId::of("morning", "2026-11-22", "Europe/Berlin");
    Occurrence { id, opening, opened_at: opens, seq: 1, redated: None, closing: None, version: 1, items: [].into() }
}

fn set(o: &mut Occurrence, n: usize, mark: Mark, by: Actor, reason: &str, at: i64) {
    let held = Held { mark, by: Some(by), at: Some(Stamp(at)), reason: reason.into(), first: None };
    let id = o.opening.pinned.items[n].id.clone();
    let known = o.items.get(&id).map(|s| (**s).clone()).unwrap_or_default();
    o.items.insert(id, Arc::new(ItemState { held, version: 1, ..known }));
}

fn bob() -> Actor {
    Actor::Operator("bob".into())
}

fn text(model: &Model) -> String {
    let facts = handoff_facts(model, Stamp(NOW));
    let lines = report::handoff::draft(&facts);
    assert!(lines.len() <= LINES_MAX);
    lines.iter().fold(String::new(), |text, l| text + l.as_str() + "\n")
}

/// The lines below a heading.
fn section<'a>(text: &'a str, title: &str) -> &'a str {
    let (_, rest) = text.split_once(&format!("## {title}\n")).unwrap_or_else(|| panic!("no {title} in\n{text}"));
    rest.split("\n\n").next().unwrap().trim_end()
}

#[test]
fn every_section_of_a_quiet_watch_says_none() {
    let mut app = estate();
    let model = &mut app.engine.model;
    model.book.reload(Vec::new());
    model.services.retain(|s| s.name == "cache-manager");
    let text = text(model);
    for title in [
        "Burning",
        "Must act now",
        "Watch",
        "Open procedure runs",
        "Muted and snoozed",
        "Overdue and missed",
        "Resolved since the last handoff",
    ] {
        assert_eq!(section(&text, title), "none", "{text}");
    }
    assert!(section(&text, "Numbers").contains("services: 1 of 1 up") && text.contains("lists: none was due"));
    assert!(text.contains("**nothing burns; 0 to act on now; 0 procedures open; 0 lists late; 1 of 1 services up**"));
}

#[test]
fn a_full_handoff_names_everything_the_next_one_has_to_know() {
    let mut app = estate();
    let model = &mut app.engine.model;
    let past = |from: &str, to: &str| Handoff {
        id: 3,
        from: from.into(),
        to: to.into(),
        at: Stamp(NOW - 9 * HOUR),
        lines: vec![],
        seq: 4,
        end: Some((HandoffEnd::Accepted, Stamp(NOW - 8 * HOUR), to.into())),
    };
    model.board.handoffs.insert(3, Arc::new(past("carol", "alice")));
    let mut ending = alert(4830, "gateway", Severity::Warning, NOW - HOUR);
    ending.owner = Some("bob".into());
    ending.taken_at = Some(Stamp(NOW - HOUR + 120_000));
    ending.phase =
        Phase::Acked { at: Stamp(NOW - HOUR), deadline: Stamp(NOW + 600_000), reminded: true, given_by: None };
    model.book.put(ending.into());
    let mut snoozed = alert(4831, "vendor", Severity::Warning, NOW - HOUR);
    snoozed.phase = Phase::Snoozed { by: "bob".into(), until: Stamp(NOW + HOUR), reason: "the vendor is on it".into() };
    model.book.put(snoozed.into());
    let mut over = alert(4810, "web", Severity::Critical, NOW - 2 * HOUR);
    over.phase = Phase::Resolved { at: Stamp(NOW - HOUR), by: bob(), note: "rolled back".into() };
    model.book.put(over.into());
    let (by, at, until) = ("bob".into(), Stamp(NOW - HOUR), Stamp(NOW + HOUR));
    model.mutes.push(Mute { pattern: "ml-*".into(), by, at, until, reason: "planned work".into() });
    model.outbox.push(OutboxRow {
        id: 9,
        alert: AlertId(4822),
        level: 2,
        channel: "page".into(),
        key: "k".into(),
        state: OutboxState::Dead,
        attempts: 3,
        next_at: Stamp(NOW),
        created_at: Stamp(NOW),
        severity: Severity::Critical,
        last: "404 gone".into(),
    });
    let mut late = list(&["run validation", "look at the night"], Cadence::Daily);
    set(&mut late, 0, Mark::Done, bob(), "", NOW - 2 * HOUR);
    model.board.occurrences.insert(late.id, Arc::new(late));
    let step = |number, name: &str, timer_ms| Step { number, name: Some(name.into()), timer_ms, ..Step::default() };
    model.board.runs.insert(
        RunId(7),
        Arc::new(Run {
            id: RunId(7),
            procedure: "critical-alerts".into(),
            title: "Critical alerts".into(),
            alert: Some(AlertId(4821)),
            started_at: Stamp(NOW - HOUR),
            started_by: bob(),
            since: Stamp(NOW - HOUR),
            seq: 7,
            version: 1,
            changed: None,
            steps: vec![step(1, "Immediate", Some(60_000)), step(2, "Document", None)],
            values: [].into(),
            episode: 0,
            ended: None,
        }),
    );
    let text = text(model);
    let has = |title: &str, words: &[&str]| {
        let found = section(&text, title);
        for word in words {
            assert!(found.contains(word), "{word:?} is not in {title}:\n{text}");
        }
    };
    assert!(text.contains("when carol passed the watch to alice"), "{text}");
    has("Burning", &["critical 4821 ml-lead-intelligence: p95 231 > 200 ms, for 6m, L1 was paged: UNACKED", "4822"]);
    has(
        "Must act now",
        &["the ack of 4830 gateway", "(in 10m); bob has it", "page 9 about 4822 to L2 by page is dead"],
    );
    has(
        "Must act now",
        &["run 7 of Critical alerts: step 1 Immediate was due", "1 list late: 1 item left, the first was due"],
    );
    assert_eq!(text.matches("Morning checks, 2026-11-22: 1 left").count(), 1, "told once:\n{text}");
    has("Must act now", &["4810 web: p95 231 > 200 ms is over and waits for a word"]);
    has("Watch", &["4823 cache-manager", "alice has it", "behavioral-learning is stale, last seen 2m ago"]);
    has("Open procedure runs", &["run 7 Critical alerts on 4821: 0 of 2 done; next 1 Immediate, was due"]);
    has(
        "Muted and snoozed",
        &["ml-\\* muted by bob until 04:03 UTC (in 60m): planned work", "4831 vendor", "snoozed by bob"],
    );
    has("Overdue and missed", &["Morning checks, 2026-11-22: 1 left, was due", "  - look at the night"]);
    has("Resolved since the last handoff", &["critical 4810 web", "by bob after 60m: rolled back"]);
    has(
        "Numbers",
        &["services: 6 of 7 up, 1 unknown or stale", "6 raised, 1 of them acked, median 2m to the first ack"],
    );
    has("Numbers", &["lists: 0 of 1 on time"]);
    // The same facts, the same text.
    assert_eq!(text, self::text(model));
}

#[test]
fn a_storm_is_cut_and_says_how_much_more_there_is() {
    let mut app = estate();
    let model = &mut app.engine.model;
    for n in 0..2000 {
        model.book.put(alert(5000 + n, "storm", Severity::Critical, NOW - 60_000).into());
    }
    for n in 0..60 {
        let texts: Vec<String> = (0..40).map(|i| format!("box {i}")).collect();
        let mut o = list(&texts.iter().map(String::as_str).collect::<Vec<_>>(), Cadence::Daily);
        o.opening.list = format!("list-{n}");
        o.id = OccurrenceId(n);
        model.board.occurrences.insert(o.id, Arc::new(o));
    }
    let text = text(model);
    assert!(section(&text, "Burning").ends_with("- and 1982 more"), "{text}");
    assert!(section(&text, "Overdue and missed").contains("  - and 35 more"), "{text}");
    assert!(text.contains("services: 6 of 7"), "the numbers stand below all of it");
}

#[test]
fn n9_a_title_stays_words_in_a_document() {
    let mut app = estate();
    let model = &mut app.engine.model;
    let mut hostile = alert(4840, "x", Severity::Critical, NOW);
    hostile.about.title = "[pay](http://evil.example) <img src=x> **now** `rm`\n# heading".into();
    model.book.put(hostile.into());
    let text = text(model);
    assert!(text.contains(r"\[pay\](http://evil.example) \<img src=x> \*\*now\*\* \`rm\`␊# heading"), "{text}");
    assert_eq!(report::csv_row(&["=1+1", "a,\"b\"", "-5", "plain"]), "'=1+1,\"a,\"\"b\"\"\",'-5,plain");
}

#[test]
fn a_filled_list_says_who_when_why_and_on_what() {
    let mut o = list(&["run validation", "look at the night", "clean the cache"], Cadence::Daily);
    set(&mut o, 0, Mark::Against, bob(), "known and filed", NOW - HOUR);
    set(&mut o, 1, Mark::Proven, Actor::Worker("ops1".into()), "", NOW - HOUR);
    set(&mut o, 2, Mark::Skipped, bob(), "no cache today", NOW - HOUR);
    let id = o.opening.pinned.items[0].id.clone();
    let mut state = (*o.items[&id]).clone();
    let proof = Proof::new(Verdict::Bad, "58 of 60").wanted("passed >= 60").from("command").seen_at(Some(Stamp(NOW)));
    state.proof = Some(Box::new(proof));
    state.notes.push(Noted { seq: 4, at: Stamp(NOW), by: "ann".into(), text: "see ticket 12".into() });
    o.items.insert(id, Arc::new(state));
    let text = report::checklist::filled(&o, Stamp(NOW));
    for part in [
        "# Morning checks\n<!-- watchdeck: cadence=daily budget=300s -->\n",
        "daily, 2026-11-22 (Europe/Berlin), due 2026-11-22 03:03 CET; 2 of 3 done, 1 skipped. Exported 2026-11-22 04:03 CET",
        "- [x] run validation\n  - done against evidence by bob, 2026-11-22 03:03 CET: known and filed\n",
        "  - evidence bad: 58 of 60 (wanted passed >= 60; command; 2026-11-22 04:03 CET)\n",
        "  - note by ann, 2026-11-22 04:03 CET: see ticket 12\n",
        "- [x] look at the night\n  - done by evidence, 2026-11-22 03:03 CET\n",
        "- [ ] clean the cache\n  - skipped by bob, 2026-11-22 03:03 CET: no cache today\n",
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
    let csv = report::checklist::csv(&o);
    assert_eq!(csv.lines().count(), 4);
    assert!(csv.contains("morning,2026-11-22,item-2,clean the cache,skipped,bob,"), "{csv}");
}

proptest! {
    #[test]
    fn what_is_exported_reads_back_as_the_same_boxes(
        texts in prop::collection::vec("[ -~→€ß日]{0,40}", 1..12), ticks in prop::collection::vec(any::<bool>(), 12),
        depths in prop::collection::vec(0..4_u16, 12),
    ) {
        let shown: Vec<&str> = texts.iter().map(String::as_str).collect();
        let mut o = list(&shown, Cadence::Weekly);
        for n in 0..texts.len() {
            o.opening.pinned.items[n].depth = depths[n];
            if ticks[n] {
                set(&mut o, n, Mark::Done, bob(), "*because* [x] <b>", NOW);
            }
        }
        let markdown = report::checklist::filled(&o, Stamp(NOW));
        let read = markdown::parse(markdown.as_bytes()).unwrap();
        prop_assert_eq!(read.items().count(), texts.len(), "{}", markdown);
        for (n, item) in read.items().enumerate() {
            prop_assert_eq!(item.checked, ticks[n], "{}", markdown);
            let same = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(same(item.text.as_str()), same(o.opening.pinned.items[n].text.as_str()), "{}", markdown);
        }
        prop_assert!(read.lists.iter().all(|l| l.cadence == Cadence::Weekly));
    }
}

#[test]
fn the_founding_document_survives_its_own_export() {
    let raw = include_bytes!("markdown/seed.raw.md");
    let document = markdown::parse(raw).unwrap();
    let empty = Vec::new;
    let source = Source {
        file: "seed.md".into(),
        zone: chrono_tz::Tz::UTC,
        procedures_only: false,
        file_commands: false,
        lists: empty(),
        items: Vec::new(),
        steps: Vec::new(),
    };
    let bound = bind(&source, &document, &"seed.md".into(), &[]);
    let mut boxes = 0;
    for template in &bound.templates {
        let period = template.rhythm.at(Stamp(NOW), template.created, template.last_day);
        let mut o = list(&[], template.rhythm.cadence);
        o.opening = template.opening(&period);
        let read = markdown::parse(report::checklist::filled(&o, Stamp(NOW)).as_bytes()).unwrap();
        let texts = |items: &[PinnedItem]| items.iter().map(|i| i.text.clone()).collect::<Vec<_>>();
        assert_eq!(read.items().map(|i| i.text.clone()).collect::<Vec<_>>(), texts(&o.opening.pinned.items));
        assert!(read.lists.iter().all(|l| l.cadence == template.rhythm.cadence));
        boxes += read.items().count();
    }
    assert_eq!(boxes, 37);
}

#[test]
fn a_history_counts_what_ended_and_how() {
    let entry = |o: &Occurrence, seq, at: i64, what| Entry {
        seq,
        op: OpId(uuid::Uuid::from_u128(seq as u128)),
        at: Stamp(at),
        actor: Actor::Worker("ops1".into()),
        alert: None,
        fact: Fact::List { occurrence: o.id, what },
    };
    let day = |n: i64, finish: Option<i64>| {
        let mut o = list(&["one", "two"], Cadence::Daily);
        let shift = |at: Stamp| Stamp(at.0 - n * 24 * HOUR);
        o.opening.period = format!("day {n}");
        o.opening.opens = shift(o.opening.opens);
        o.opening.due = o.opening.due.map(shift);
        o.opening.closes = o.opening.closes.map(shift);
        if let Some(at) = finish {
            set(&mut o, 0, Mark::Done, bob(), "", at - n * 24 * HOUR - 240_000);
            set(&mut o, 1, Mark::Skipped, bob(), "not today", at - n * 24 * HOUR);
        }
        let closes = o.opening.closes.unwrap().0;
        let change = Change {
            op: OpId(uuid::Uuid::nil()),
            actor: Actor::Worker("ops1".into()),
            at: Stamp(closes),
            target: Target::Occurrence(o.id),
            seen: None,
            act: Act::List(ListAct::Close),
        };
        let around = Around { occurrence: Some(&o), previous: None };
        let fact = decide(around, &change, &ListAct::Close);
        let Ok(Some(what @ ListFact::Closed(_))) = fact else { panic!("{fact:?}") };
        apply(Some(&o), &entry(&o, 90, closes, what)).unwrap()
    };
    let all = [
        list(&["one", "two"], Cadence::Daily),
        day(1, Some(NOW - 2 * HOUR)),
        day(2, Some(NOW)),
        day(3, None),
        day(4, Some(NOW - 2 * HOUR)),
    ];
    let refs: Vec<&Occurrence> = all.iter().collect();
    let h = report::history::history(&refs, Stamp(NOW)).unwrap();
    let c = h.counts;
    assert_eq!((c.periods, c.on_time, c.late, c.missed, c.carried, c.skipped_items), (4, 2, 1, 1, 0, 3));
    assert_eq!(h.skips, [("not today".into(), 3)]);
    assert_eq!(h.seldom_done, [("two".into(), 3)]);
    assert_eq!((h.backing.word, h.backing.proven), (3, 0));
    assert_eq!(report::history::line(&h), "on time 2 of 4, late 1, missed 1, 3 skipped, median 4m of 5m");
    assert_eq!(h.periods.iter().map(|p| p.period.as_str()).collect::<Vec<_>>(), ["day 1", "day 2", "day 3", "day 4"]);
    let markdown = report::history::markdown(std::slice::from_ref(&h), Stamp(NOW));
    assert!(markdown.contains("| day 3 | missed | 0 of 2 | 0 | – | – |"), "{markdown}");
    assert_eq!(report::history::csv(&[h]).lines().count(), 5);
}
