//! The pure rules, held against the simplest thing that could be right.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;
use watchdeck::domain::alert::{About, Actor, Alert, Origin};
use watchdeck::domain::feed::{Position, StreamPosition};
use watchdeck::domain::ids::{AlertId, Fingerprint, OpId};
use watchdeck::domain::journal::{Act, Change, Entry, Report, Said, Target};
use watchdeck::domain::lifecycle::{Around, apply, decide};
use watchdeck::domain::live::FeedCounts;
use watchdeck::domain::severity::Severity;
use watchdeck::domain::text::Clean;
use watchdeck::domain::time::Stamp;
use watchdeck::sources::stream::batch::Batch;
use watchdeck::sources::stream::fold::fold;
use watchdeck::sources::stream::intake::Intake;
use watchdeck::sources::stream::sequence::{Ask, Sequence, Verdict};

use super::ws_server::{clock, event, raised};

fn config() -> ProptestConfig {
    ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() }
}

/// A feed's numbers as sets: what was applied, and what is known to be missing.
#[derive(Default)]
struct Model {
    last: Option<u64>,
    missing: BTreeSet<u64>,
    /// Of these, what a replay may be asked for.
    wanted: BTreeSet<u64>,
}

impl Model {
    fn judge(&mut self, n: u64) -> (Verdict, Option<u64>) {
        match self.last {
            Some(last) if n <= last && self.missing.remove(&n) => (Verdict::Late, None),
            Some(last) if n <= last => (Verdict::Duplicate, None),
            known => {
                let jumped: Vec<u64> = known.map_or(Vec::new(), |last| (last + 1..n).collect());
                self.missing.extend(&jumped);
                self.wanted.extend(&jumped);
                self.last = Some(n);
                (Verdict::Apply, Some(jumped.len() as u64).filter(|n| *n > 0))
            }
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Number(u64),
    Next,
    Reconnect,
    NewFeed,
    Snapshot,
    PassOver,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..30_u64).prop_map(Step::Number),
        6 => Just(Step::Next),
        1 => Just(Step::Reconnect),
        1 => Just(Step::NewFeed),
        1 => Just(Step::Snapshot),
        1 => Just(Step::PassOver),
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn w8_numbers_in_any_order_equal_the_model(steps in prop::collection::vec(step(), 0..120)) {
        let mut sequence = Sequence::new(Some("f0".into()), None);
        let mut model = Model::default();
        let mut feed = 0;
        for step in steps {
            let number = match step {
                Step::Number(n) => n,
                Step::Next => model.last.map_or(0, |last| last + 1),
                Step::Reconnect => { sequence.connected(); continue }
                Step::NewFeed => {
                    feed += 1;
                    prop_assert_eq!(sequence.speaks(&format!("f{feed}")), Some(Ask::Snapshot));
                    model = Model::default();
                    continue;
                }
                Step::Snapshot => {
                    prop_assert_eq!(sequence.snapshot_begins(None), None);
                    prop_assert_eq!(sequence.snapshot_ends(None), (true, None));
                    model.missing.clear();
                    continue;
                }
                Step::PassOver => {
                    model.wanted.retain(|n| model.missing.contains(n));
                    let goes = model.wanted.is_empty().then(|| model.last.map(|last| last + 1)).flatten();
                    prop_assert_eq!(sequence.pass_over(), goes.is_some());
                    model.wanted.clear();
                    model.missing.extend(goes);
                    model.last = goes.or(model.last);
                    continue;
                }
            };
            let judged = sequence.judge(number);
            let (verdict, missing) = model.judge(number);
            prop_assert_eq!((judged.verdict, judged.missing), (verdict, missing));
            prop_assert_eq!(judged.ask.is_some(), missing.is_some());
            prop_assert_eq!(sequence.last(), model.last);
            prop_assert_eq!(sequence.has_gap(), !model.missing.is_empty());
            model.wanted.retain(|n| model.missing.contains(n));
            let asked: BTreeSet<u64> = sequence.wanted().flat_map(|(from, to)| from..=to).collect();
            prop_assert_eq!(&asked, &model.wanted);
        }
    }

    #[test]
    fn w8_a_batch_leaves_alerts_as_one_event_after_another_would(
        before in any::<bool>(),
        said in prop::collection::vec((report(), 0..3_u64, prop::bool::weighted(0.1)), 1..40),
    ) {
        let mut each: Vec<Option<Alert>> = vec![None; 3];
        if before {
            let first = raise(Severity::Critical);
            for alert in &mut each {
                *alert = land(alert.take(), &first);
            }
        }
        let mut folded = each.clone();
        let mut batch = Batch::default();
        for (report, key, cut) in said {
            let slot = &mut each[key as usize];
            *slot = land(slot.take(), &report);
            batch.report(Fingerprint(key), report);
            if cut {
                commit(std::mem::take(&mut batch), &mut folded);
            }
        }
        commit(batch, &mut folded);
        for (one, all) in each.iter().zip(&folded) {
            prop_assert_eq!(outcome(one.as_ref()), outcome(all.as_ref()));
        }
    }

    #[test]
    fn w7_an_alert_said_again_in_a_flood_is_what_its_reports_fold_to(said in prop::collection::vec(alert_event(), 1..30)) {
        let mut flood = Intake::new("events", None, &StreamPosition::default());
        let mut folded: BTreeMap<Fingerprint, Report> = BTreeMap::new();
        for text in &said {
            flood.take(text, clock().wall);
            // Alone in its batch, an event has nothing to be laid over.
            let mut alone = Intake::new("events", None, &StreamPosition::default());
            alone.take(text, clock().wall);
            for (fingerprint, next) in reports(alone) {
                let report = match folded.remove(&fingerprint) {
                    Some(known) => fold(known, next),
                    None => next,
                };
                folded.insert(fingerprint, report);
            }
        }
        prop_assert_eq!(reports(flood), folded);
    }

    #[test]
    fn w9_no_text_makes_it_panic(texts in prop::collection::vec(any::<String>(), 1..8), cut in 0..400_usize) {
        let mut intake = Intake::new("events", None, &StreamPosition::default());
        let valid = raised(1, "k", 1.0);
        let torn: String = valid.chars().take(cut % valid.len()).collect();
        for text in texts.iter().chain([&torn]) {
            intake.take(text, clock().wall);
        }
        let (batch, ..) = intake.cut();
        prop_assert_eq!(batch.counts.received, texts.len() as u64 + 1);
        prop_assert_eq!(batch.counts.undecodable, batch.counts.received);
    }
}

fn reports(mut intake: Intake) -> BTreeMap<Fingerprint, Report> {
    let (batch, before, after) = intake.cut();
    assert_eq!(batch.counts.undecodable, 0);
    batch.into_parts("events", &before, after).into_iter().flat_map(|part| part.reports).collect()
}

/// An alert event without a number, about one of three alerts, with any of its members there or not.
fn alert_event() -> impl Strategy<Value = String> {
    let said = prop_oneof![Just("raised"), Just("raised"), Just("updated"), Just("updated"), Just("resolved")];
    let member = |name: &'static str, value: &'static [&'static str]| {
        prop::option::of(prop::sample::select(value)).prop_map(move |v| v.map(|v| format!(r#","{name}":{v}"#)))
    };
    let members = (
        member("severity", &[r#""critical""#, r#""warning""#, r#""loud""#]),
        member("title", &[r#""one""#, r#""two\u202e""#, r#""""#]),
        member("service", &[r#""ml""#, r#""cache""#]),
        member("value", &["1", "2.5", "null"]),
        member("note", &[r#""drained""#]),
        member("labels", &[r#"{"team":"ml"}"#, r#"{"team":"ml","zone":"eu"}"#, r#"{"team":"web"}"#, "{}"]),
    );
    (said, 0..3_u8, members).prop_map(|(said, key, (a, b, c, d, e, f))| {
        let members: String = [a, b, c, d, e, f].into_iter().flatten().collect();
        format!(
            r#"{{"specversion":"1.0","id":"","source":"/t","type":"watchdeck.alert.{said}","data":{{"key":"k{key}"{members}}}}}"#
        )
        .replace(r#""id":"""#, &format!(r#""id":"{}""#, Uuid::now_v7()))
    })
}

fn report() -> impl Strategy<Value = Report> {
    let said = prop_oneof![Just(Said::Raised), Just(Said::Updated), Just(Said::Resolved)];
    let severity =
        prop::option::of(prop_oneof![Just(Severity::Critical), Just(Severity::Warning), Just(Severity::Notice)]);
    (said, severity, prop::option::of(0..9_u8), prop::option::of("[ab]")).prop_map(|(said, severity, value, title)| {
        let about = About {
            title: title.as_deref().unwrap_or_default().into(),
            service: title.map(Clean::from),
            value: value.map(f64::from),
            ..About::default()
        };
        Report { origin: Origin::Stream { name: "events".into() }, said, severity, about, note: Clean::default() }
    })
}

fn raise(severity: Severity) -> Report {
    let about = About { title: "known".into(), value: Some(99.0), ..About::default() };
    let origin = Origin::Stream { name: "events".into() };
    Report { origin, said: Said::Raised, severity: Some(severity), about, note: Clean::default() }
}

pub fn land(alert: Option<Alert>, report: &Report) -> Option<Alert> {
    let at = Stamp(1_000_000);
    let actor = Actor::Stream("events".into());
    let op = OpId(Uuid::nil());
    let target = Target::Fingerprint(Fingerprint(1));
    let change = Change { op, actor: actor.clone(), at, target, seen: None, act: Act::Report(report.clone()) };
    let around = Around { latest: alert.as_ref(), pages: 0 };
    let seq = alert.as_ref().map_or(1, |a| a.seq + 1);
    match decide(around, &change).unwrap() {
        Some(fact) => apply(alert.as_ref(), &Entry { seq, op, at, actor, alert: Some(AlertId(1)), fact }),
        None => alert,
    }
}

fn commit(batch: Batch, alerts: &mut [Option<Alert>]) {
    for part in batch.into_parts("events", &Position::default(), Position::default()) {
        for (fingerprint, report) in part.reports {
            let slot = &mut alerts[fingerprint.0 as usize];
            *slot = land(slot.take(), &report);
        }
    }
}

/// What an operator sees: nothing or over, or open with its words.
fn outcome(alert: Option<&Alert>) -> Option<(Severity, String, Option<f64>, Option<String>)> {
    let alert = alert.filter(|a| a.unresolved())?;
    let about = &alert.about;
    Some((alert.severity, about.title.to_string(), about.value, about.service.as_ref().map(ToString::to_string)))
}

#[test]
fn w8_the_largest_number_and_words_for_numbers() {
    let mut sequence = Sequence::new(None, Some(u64::MAX - 1));
    assert_eq!(sequence.judge(u64::MAX).verdict, Verdict::Apply);
    assert_eq!(sequence.judge(u64::MAX).verdict, Verdict::Duplicate);
    assert_eq!(sequence.judge(0).verdict, Verdict::Duplicate);
    let mut jump = Sequence::new(None, Some(0));
    assert_eq!(jump.judge(u64::MAX).missing, Some(u64::MAX - 1));
    assert_eq!(jump.judge(7).verdict, Verdict::Late);

    let mut intake = Intake::new("events", None, &StreamPosition::default());
    let now = clock().wall;
    for (id, sequence) in [("a", "0007"), ("b", "8"), ("c", "nine"), ("d", "+9"), ("e", "18446744073709551616")] {
        let text = event("counter", id, None, &json!({"name": "n", "add": 1}));
        intake.take(&text.replacen('{', &format!("{{\"sequence\":\"{sequence}\","), 1), now);
    }
    let (batch, _, after) = intake.cut();
    assert_eq!(after.sequence, Some(8));
    assert_eq!((batch.counts.quarantined, batch.counts.gaps, batch.counts.duplicates), (3, 0, 0));
}

#[test]
fn w8_a_snapshot_as_of_a_later_number_is_one_gap_and_no_more() {
    let mut sequence = Sequence::new(None, Some(5));
    assert_eq!(sequence.snapshot_begins(None), None);
    for n in [150, 120, 180] {
        assert_eq!(sequence.judge(n).verdict, Verdict::Apply);
    }
    assert_eq!(sequence.snapshot_ends(Some(200)), (true, Some(194)));
    assert_eq!(sequence.judge(201).missing, None);
    // What is known already may be stated again, not added again.
    sequence.snapshot_begins(None);
    assert_eq!(sequence.judge(199).verdict, Verdict::Restated);
    sequence.snapshot_ends(None);
    // Numbered like any event, it is no gap at all.
    assert_eq!(sequence.snapshot_begins(Some(202)), None);
    assert_eq!(sequence.judge(203).verdict, Verdict::Apply);
    assert_eq!(sequence.snapshot_ends(Some(204)), (true, None));
    // A feed that numbers anew without saying so, but says where it stands.
    sequence.connected();
    sequence.snapshot_begins(None);
    assert_eq!(sequence.snapshot_ends(Some(3)), (true, None));
    assert_eq!((sequence.last(), sequence.judge(4).verdict), (Some(3), Verdict::Apply));
}

#[test]
fn w9_the_corpus_is_counted_and_the_stream_goes_on() {
    let ok = raised(1, "k", 1.0);
    let data = |data: &str| {
        format!(r#"{{"specversion":"1.0","id":"i","source":"s","type":"watchdeck.alert.raised","data":{data}}}"#)
    };
    let bad = [
        String::new(),
        "\0".into(),
        "NaN".into(),
        "[]".into(),
        "{".repeat(1000),
        "[".repeat(100_000),
        data(&format!("{}1{}", "[".repeat(1000), "]".repeat(1000))),
        data(&format!(r#"{{"key":"k","x":{}1{}}}"#, "[".repeat(1000), "]".repeat(1000))),
        data("NaN"),
        data(r#"{"key":"k","value":NaN}"#),
        data(r#"{"key":"k","value":1e999}"#),
        data(r#"{"key":"k","title":"\ud800"}"#),
        data(r#"{"key":"k","key":"l"}"#),
        data(r#"{"key":""}"#),
        data(r#"{"title":"no key"}"#),
        data("null"),
        data("\"text\""),
        ok.replacen('{', r#"{"id":"twice","#, 1),
        ok.replace("\"specversion\":\"1.0\",", ""),
        ok.replace("\"specversion\":\"1.0\"", "\"specversion\":\"0.3\""),
        ok.replace("\"id\":\"e1\"", "\"id\":null"),
        ok.replace("\"id\":\"e1\"", "\"id\":5"),
        ok.replace("\"source\":\"/test\"", "\"source\":\"\""),
        ok.replace("watchdeck.alert.raised", ""),
        ok.replace("\"data\"", "\"data_base64\""),
    ];
    let mut intake = Intake::new("events", None, &StreamPosition::default());
    let now = clock().wall;
    for text in &bad {
        let before = intake.batch.counts.undecodable;
        intake.take(text, now);
        assert_eq!(intake.batch.counts.undecodable, before + 1, "{}", text.chars().take(200).collect::<String>());
    }
    intake.unreadable(now);
    intake.take(&raised(2, "k", 1.0), now);
    let (batch, ..) = intake.cut();
    let all = bad.len() as u64 + 2;
    assert_eq!(batch.counts, FeedCounts { received: all, undecodable: all - 1, ..FeedCounts::default() });
    let reports = batch.into_parts("events", &Position::default(), Position::default()).pop_front().unwrap().reports;
    assert_eq!(reports.len(), 1);
}

#[test]
fn w9_strange_but_valid_events_are_bounded_cleaned_and_counted() {
    let mut intake = Intake::new("events", None, &StreamPosition::default());
    let now = clock().wall;
    let say = |intake: &mut Intake, n: u64, key: &str, more: &str| {
        let text = raised(n, key, 1.0).replacen('{', &format!("{{{more}"), 1);
        intake.take(&text, now);
    };
    for (n, time) in
        ["9999-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "-0001-01-01T00:00:00Z", "soon"].iter().enumerate()
    {
        say(&mut intake, n as u64 + 1, "late", &format!("\"time\":\"{time}\","));
    }
    assert_eq!(intake.batch.counts.quarantined, 4);
    say(&mut intake, 5, &"k\u{0}\u{202e}".repeat(2000), "");
    let labels: serde_json::Map<_, _> =
        (0..500).map(|n| (format!("{n}{}", "n".repeat(500)), json!("v".repeat(5000)))).collect();
    let data = json!({"key": "big", "severity": "apocalyptic", "title": "t".repeat(1_000_000), "labels": labels});
    intake.take(&event("alert.raised", "e6", Some(6), &data), now);
    // Resolved before it fired.
    intake.take(&event("alert.resolved", "e7", Some(7), &json!({"key": "never fired"})), now);
    let (batch, ..) = intake.cut();
    assert_eq!((batch.counts.undecodable, batch.counts.unknown_severity, batch.counts.coalesced), (0, 1, 3));
    let reports = batch.into_parts("events", &Position::default(), Position::default()).pop_front().unwrap().reports;
    assert_eq!(reports.len(), 4);
    assert_eq!(reports[3].1.said, Said::Resolved);
    let big = &reports[2].1;
    assert_eq!(big.severity, Some(Severity::Warning));
    for (_, report) in &reports {
        assert!(report.about.title.as_str().len() <= 300 && report.about.labels.len() <= 35);
        let bounded =
            |(name, value): (&String, &String)| name.len() <= 100 && value.len() <= 300 && !value.contains('\0');
        assert!(report.about.labels.iter().all(bounded));
    }
}
