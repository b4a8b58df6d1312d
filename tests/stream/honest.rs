//! What an honest feed is owed: order, gaps filled, nothing twice, snapshots, back-pressure, its own JSON.

use std::time::Duration;

use futures_util::SinkExt;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use watchdeck::domain::feed::{Gap, StreamPosition, stream_fingerprint};
use watchdeck::domain::journal::Said;
use watchdeck::domain::live::{FeedCounts, Link};
use watchdeck::domain::sample::Outcome;
use watchdeck::domain::severity::Severity;

use super::ws_server::{Console, accept, counter, event, listen, raised, spec};

#[tokio::test]
async fn an_alert_arrives_whole_with_the_identity_scripts_know() {
    let (listener, url) = listen().await;
    let mut console = Console::start(spec(&url, ""));
    let mut link = accept(&listener).await;
    let hello = link.hear_type("watchdeck.hello").await;
    assert_eq!(hello["data"], json!({"stream": null, "last": null}));
    link.say(raised(1, "svc/latency", 342.0)).await;
    link.say(event("service.sample", "e2", Some(2), &json!({"service": "svc", "latency_ms": 12.5, "ok": false}))).await;
    link.say(event("gauge", "e3", Some(3), &json!({"name": "queue", "value": 7}))).await;
    link.say(event("log.line", "e4", Some(4), &json!({"source": "auth", "line": "x"}))).await;
    link.say(event("made.up", "e5", Some(5), &json!({"a": 1}))).await;
    console.until("all five", |c| c.counts.received == 5).await;
    let report = &console.state[&stream_fingerprint("events", "svc/latency")];
    assert_eq!((report.said, report.severity), (Said::Raised, Some(Severity::Critical)));
    assert_eq!(
        (report.about.title.as_str(), report.about.value, report.about.limit),
        ("svc/latency is slow", Some(342.0), Some(200.0))
    );
    let labels: Vec<_> = report.about.labels.iter().map(|(n, v)| format!("{n}={v}")).collect();
    assert_eq!(labels, ["key=svc/latency", "source=stream", "stream=events", "team=ml"]);
    let sample = console.batches.iter().flat_map(|b| &b.samples).next().unwrap();
    assert_eq!((&*sample.service, sample.outcome, sample.total_us), ("svc", Outcome::Failed, 12_500));
    assert!(console.batches.iter().any(|b| b.gauges == [("queue".to_owned(), 7.0)]));
    assert_eq!(console.batches.last().unwrap().position.sequence, Some(5));
    assert_eq!(console.counts, FeedCounts { received: 5, ..FeedCounts::default() });
}

#[tokio::test]
async fn w6_a_replay_after_a_reconnect_counts_nothing_twice() {
    let (listener, url) = listen().await;
    let mut console = Console::start(spec(&url, ""));
    let mut sent = 0;
    for round in 0..10 {
        let mut link = accept(&listener).await;
        let last = link.hear_type("watchdeck.hello").await["data"]["last"].as_u64();
        assert_eq!(last, (round > 0).then_some(sent), "round {round}");
        // A feed that replays too much: two events of before come again.
        link.say_all((sent.saturating_sub(1).max(1)..=sent + 5).map(counter)).await;
        sent += 5;
        console.until("this round", |c| c.batches.last().is_some_and(|b| b.position.sequence == Some(sent))).await;
        drop(link);
    }
    assert_eq!(console.leads().to_bits(), 50.0_f64.to_bits());
    assert_eq!((console.counts.gaps, console.counts.duplicates), (0, 18));
}

#[tokio::test]
async fn w8_a_gap_is_counted_once_and_filled_by_a_replay_without_going_back_in_time() {
    let (listener, url) = listen().await;
    let mut console = Console::start(spec(&url, ""));
    let mut link = accept(&listener).await;
    link.say(raised(1, "a", 1.0)).await;
    link.say(raised(5, "a", 5.0)).await;
    let replay = link.hear_type("watchdeck.replay").await;
    assert_eq!(replay["data"], json!({"from": 2, "to": 4}));
    link.say_all([raised(2, "b", 2.0), raised(3, "a", 3.0), counter(4), raised(5, "a", 5.0), counter(6)]).await;
    console.until("all", |c| c.counts.received == 7).await;
    let value = |key| console.state[&stream_fingerprint("events", key)].about.value;
    assert_eq!((value("a"), value("b"), console.leads().to_bits()), (Some(5.0), Some(2.0), 2.0_f64.to_bits()));
    let FeedCounts { gaps, missing, duplicates, undecodable, .. } = console.counts;
    assert_eq!((gaps, missing, duplicates, undecodable), (1, 3, 1, 0));
    assert_eq!(console.batches.last().unwrap().position.sequence, Some(6));
}

#[tokio::test]
async fn w8_a_gap_outlives_a_restart_and_its_replay_adds_nothing_twice() {
    let (listener, url) = listen().await;
    let mut first = Console::start(spec(&url, ""));
    let mut link = accept(&listener).await;
    link.say_all([counter(1), counter(2), counter(3), raised(7, "a", 7.0), counter(8)]).await;
    first.until("eight", |c| c.batches.last().is_some_and(|b| b.position.sequence == Some(8))).await;
    let gaps = first.batches.last().unwrap().position.gaps.clone();
    assert_eq!(gaps, [Gap { from: 4, to: 6, passed: false }]);
    drop((first, link));

    let start = StreamPosition { sequence: Some(8), gaps, ..StreamPosition::default() };
    let mut again = Console::resume(spec(&url, ""), start);
    let mut link = accept(&listener).await;
    assert_eq!(link.hear_type("watchdeck.hello").await["data"]["last"], 8);
    // To the end of what was known: only so can the state of before be told from the newer.
    assert_eq!(link.hear_type("watchdeck.replay").await["data"], json!({"from": 4, "to": 8}));
    link.say_all([counter(4), raised(5, "a", 5.0), counter(6), raised(7, "a", 7.0), counter(8), counter(4)]).await;
    link.say(counter(9)).await;
    again.until("nine", |c| c.batches.last().is_some_and(|b| b.position.sequence == Some(9))).await;
    assert_eq!(again.leads().to_bits(), 3.0_f64.to_bits());
    assert_eq!(again.state[&stream_fingerprint("events", "a")].about.value, Some(7.0));
    assert_eq!(again.batches.last().unwrap().position.gaps, []);
    assert_eq!((again.counts.recovered, again.counts.duplicates, again.counts.gaps), (3, 2, 0));
}

#[tokio::test]
async fn w8_another_stream_id_starts_anew_and_asks_for_a_snapshot() {
    let (listener, url) = listen().await;
    let counts = FeedCounts { received: 40, gaps: 2, ..FeedCounts::default() };
    let start =
        StreamPosition { feed_id: Some("old".into()), sequence: Some(900), counts, ..StreamPosition::default() };
    let mut console = Console::resume(spec(&url, ""), start);
    let mut link = accept(&listener).await;
    assert_eq!(link.hear_type("watchdeck.hello").await["data"], json!({"stream": "old", "last": 900}));
    let with_id = |text: String| text.replacen('{', "{\"stream\":\"new\",", 1);
    link.say(with_id(raised(3, "a", 1.0))).await;
    link.hear_type("watchdeck.snapshot").await;
    link.say(with_id(event("snapshot.begin", "s1", None, &json!({})))).await;
    link.say_all(["b", "c"].map(|key| with_id(event("alert.raised", key, None, &json!({"key": key}))))).await;
    link.say(with_id(event("snapshot.end", "s2", Some(3), &json!({})))).await;
    console.until("the snapshot", |c| c.batches.iter().any(|b| b.snapshot.is_some())).await;
    let named = console.batches.iter().find_map(|b| b.snapshot.clone()).unwrap();
    assert_eq!(named, ["b", "c"].map(|key| stream_fingerprint("events", key)));
    let position = &console.batches.last().unwrap().position;
    assert_eq!((position.feed_id.as_deref(), position.sequence), (Some("new"), Some(3)));
    assert_eq!((console.counts.gaps, console.counts.duplicates), (0, 0));
    // Totals go on from the store's.
    console.until("status", |c| c.statuses.last().is_some_and(|s| s.counts.received == 45 && s.counts.gaps == 2)).await;
}

#[tokio::test]
async fn without_a_sequence_an_id_counts_once_even_across_a_restart() {
    let (listener, url) = listen().await;
    let lead = |id: &str| event("counter", id, None, &json!({"name": "leads", "add": 1}));
    let mut console = Console::start(spec(&url, ""));
    let mut link = accept(&listener).await;
    link.say_all([lead("x"), lead("y"), lead("x")]).await;
    console.until("three", |c| c.counts.received == 3).await;
    assert_eq!((console.leads().to_bits(), console.counts.duplicates), (2.0_f64.to_bits(), 1));
    let recent_ids: Vec<u64> = console.batches.iter().flat_map(|b| b.position.new_ids.clone()).collect();
    assert_eq!(recent_ids.len(), 2);
    drop((console, link));
    let mut again = Console::resume(spec(&url, ""), StreamPosition { recent_ids, ..StreamPosition::default() });
    let mut link = accept(&listener).await;
    link.say_all([lead("y"), lead("z")]).await;
    again.until("two", |c| c.counts.received == 2).await;
    assert_eq!((again.leads().to_bits(), again.counts.duplicates), (1.0_f64.to_bits(), 1));
}

#[tokio::test]
async fn m7_four_batches_out_then_the_feed_waits_and_nothing_is_lost() {
    const KEYS: u64 = 30_000;
    // More than the sockets' buffers hold.
    let pad = format!("{{\"pad\":\"{}\",", "x".repeat(1000));
    let (listener, url) = listen().await;
    let mut console = Console::start(spec(&url, ""));
    console.commits = false;
    let mut link = accept(&listener).await;
    let feeding = tokio::spawn(async move {
        for n in 1..=KEYS {
            let wide = raised(n, &format!("k{n}"), n as f64).replacen('{', &pad, 1);
            link.0.feed(Message::text(wide)).await.unwrap();
        }
        link.0.flush().await.unwrap();
        link
    });
    console.until("four batches", |c| c.batches.len() == 4).await;
    console.rest(Duration::from_millis(400)).await;
    assert_eq!(console.batches.len(), 4);
    assert!(!feeding.is_finished(), "TCP pushes back");
    assert_eq!(console.link(), Link::Live);
    console.commits = true;
    for ticket in console.batches.iter().map(|b| b.ticket).collect::<Vec<_>>() {
        console.give(ticket).await;
    }
    console.until("everything", |c| c.state.len() as u64 == KEYS).await;
    assert!(console.batches.iter().all(|b| b.reports.len() <= 1000));
    assert_eq!((console.counts.received, console.counts.gaps, console.counts.dropped), (KEYS, 0, 0));
    // The position moves only with the last part of what led to it.
    let positions: Vec<_> = console.batches.iter().filter_map(|b| b.position.sequence).collect();
    assert!(positions.is_sorted() && positions.last() == Some(&KEYS), "{positions:?}");
    let mut reported = 0;
    for batch in &console.batches {
        reported += batch.reports.len() as u64;
        assert!(batch.position.sequence.unwrap_or(0) <= reported);
    }
    drop(feeding);
}

#[tokio::test]
async fn a_feed_with_its_own_json_is_read_by_its_map() {
    let (listener, url) = listen().await;
    let map = r#"
format = "json"
[map]
id = "$.uid"
sequence = "$.seq"
[map.alert]
when = { path = "$.kind", is = ["alarm"] }
key = "$.alarm.id"
severity = "$.alarm.level"
title = "$.alarm.text"
service = "$.alarm.tags.app"
labels = "$.alarm.tags"
resolved = { path = "$.alarm.state", is = ["ok", "cleared"] }
[map.sample]
service = "$.check"
latency_ms = "$.ms"
ok = "$.up"
[map.counter]
when = "$.n"
name = "$.what"
value = "$.n"
"#;
    let mut console = Console::start(spec(&url, map));
    let mut link = accept(&listener).await;
    let alarm = |seq, state| {
        json!({"kind": "alarm", "uid": seq, "seq": seq,
            "alarm": {"id": 77, "level": "PAGE", "text": "disk\u{202e}full", "state": state, "tags": {"app": "db"}}})
        .to_string()
    };
    link.say_all([alarm(1, "firing"), json!({"check": "db", "ms": 3, "up": true, "seq": 2}).to_string()]).await;
    link.say_all([json!({"what": "leads", "n": 4, "seq": 3}).to_string(), "[1]".into(), "{\"hello\":1}".into()]).await;
    link.say(json!({"kind": "alarm", "seq": 4, "alarm": {}}).to_string()).await;
    console.until("six", |c| c.counts.received == 6).await;
    let report = &console.state[&stream_fingerprint("events", "77")];
    assert_eq!((report.said, report.severity), (Said::Raised, Some(Severity::Critical)));
    assert_eq!(report.about.title.as_str(), "disk⟨U+202E⟩full");
    assert_eq!(report.about.service.as_ref().unwrap().as_str(), "db");
    assert_eq!((console.counts.undecodable, console.leads().to_bits()), (2, 4.0_f64.to_bits()));
    link.say(alarm(5, "cleared")).await;
    console.until("resolved", |c| c.state[&stream_fingerprint("events", "77")].said == Said::Resolved).await;
    assert_eq!(console.counts.gaps, 0);
}
