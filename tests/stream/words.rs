//! What is believed of an event's words: objects only, an identity whatever was left out, figures that are figures.

use serde_json::json;
use watchdeck::domain::alert::Alert;
use watchdeck::domain::feed::{Position, StreamPosition};
use watchdeck::domain::journal::{Report, Said};
use watchdeck::sources::stream::intake::Intake;

use super::models::land;
use super::ws_server::{clock, event, raised, spec};

fn intake() -> Intake {
    Intake::new("events", None, &StreamPosition::default())
}

fn take(intake: &mut Intake, texts: &[String]) {
    for text in texts {
        intake.take(text, clock().wall);
    }
}

fn reports(intake: &mut Intake) -> Vec<Report> {
    let batch = std::mem::take(&mut intake.batch);
    let parts = batch.into_parts("events", &Position::default(), Position::default());
    parts.into_iter().flat_map(|part| part.reports).map(|(_, report)| report).collect()
}

#[test]
fn w9_data_that_is_a_list_is_not_believed() {
    let mut intake = intake();
    let lists = [
        ("alert.raised", json!(["arraykey", "critical", "x"])),
        ("counter", json!(["leads", 5])),
        ("gauge", json!(["queue", 5])),
        ("service.sample", json!(["svc", 1, true])),
    ];
    for (n, (kind, data)) in lists.iter().enumerate() {
        take(&mut intake, &[event(kind, &format!("a{n}"), Some(n as u64 + 1), data)]);
    }
    assert_eq!(intake.batch.counts.undecodable, 4);
    assert!(reports(&mut intake).is_empty());
    // Their numbers are consumed all the same.
    take(&mut intake, &[raised(5, "k", 1.0)]);
    assert_eq!(intake.batch.counts.gaps, 0);
}

#[test]
fn an_update_of_an_unknown_key_opens_an_alert_that_says_which() {
    let update = |id: &str, data| event("alert.updated", id, None, &data);
    let mut intake = intake();
    take(&mut intake, &[update("u1", json!({"key": "disk/7", "severity": "critical"}))]);
    let first = reports(&mut intake).pop().unwrap();
    let alert = land(None, &first).unwrap();
    assert_eq!(alert.about.title.as_str(), "disk/7");
    let labels = |alert: &Alert| alert.about.labels.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>();
    assert_eq!(labels(&alert), ["key=disk/7", "source=stream", "stream=events"]);

    // What a later update leaves out stays.
    let words = json!({"key": "disk/7", "title": "disk is full", "labels": {"team": "web"}});
    take(&mut intake, &[update("u2", words)]);
    let named = land(Some(alert), &reports(&mut intake).pop().unwrap()).unwrap();
    take(&mut intake, &[update("u3", json!({"key": "disk/7", "value": 9}))]);
    let after = land(Some(named), &reports(&mut intake).pop().unwrap()).unwrap();
    assert_eq!((after.about.title.as_str(), after.about.value), ("disk is full", Some(9.0)));
    assert_eq!(labels(&after), ["key=disk/7", "source=stream", "stream=events", "team=web"]);

    // Over and back within one batch.
    let over = event("alert.resolved", "r", None, &json!({"key": "disk/7"}));
    take(&mut intake, &[over, update("u4", json!({"key": "disk/7"}))]);
    let back = reports(&mut intake).pop().unwrap();
    assert_eq!((back.said, back.about.title.as_str()), (Said::Raised, "disk/7"));
}

#[test]
fn a_mapped_figure_without_a_name_or_a_number_is_counted() {
    let map = "format = 'json'\nmap = { counter = { name = '$.what', value = '$.n' }, \
        gauge = { when = '$.gauge', name = '$.gauge', value = '$.level' } }";
    let spec = spec("ws://127.0.0.1:1/", map);
    let mut intake = Intake::new("events", spec.map, &StreamPosition::default());
    let bad = [
        json!({"what": "leads"}),
        json!({"what": "leads", "n": "many"}),
        json!({"n": 4}),
        json!({"gauge": "queue"}),
        json!({"gauge": "queue", "level": null}),
        json!({"gauge": ["queue"], "level": 3}),
    ];
    take(&mut intake, &bad.map(|message| message.to_string()));
    assert_eq!(intake.batch.counts.undecodable, 6);
    let good = [json!({"what": "leads", "n": 4}), json!({"gauge": "queue", "level": "7"}), json!({"hello": 1})];
    take(&mut intake, &good.map(|message| message.to_string()));
    assert_eq!((intake.batch.counts.undecodable, intake.batch.counts.received), (6, 9));
}

#[test]
fn w8_the_largest_number_of_all_is_no_place_to_stand() {
    let mut intake = intake();
    take(&mut intake, &[raised(7, "a", 1.0), raised(u64::MAX, "b", 1.0), raised(8, "c", 1.0)]);
    assert_eq!((intake.batch.counts.quarantined, intake.batch.counts.gaps, intake.batch.counts.duplicates), (1, 0, 0));
    assert_eq!(intake.sequence().last(), Some(8));
    // A store that an earlier release left there starts anew.
    let stored = StreamPosition { feed_id: Some("f".into()), sequence: Some(u64::MAX), ..StreamPosition::default() };
    let mut again = Intake::new("events", None, &stored);
    take(&mut again, &[raised(3, "a", 1.0)]);
    assert_eq!((again.sequence().last(), again.batch.counts.duplicates), (Some(3), 0));
}
