//! What is believed of an event's words: objects only, an identity whatever was left out, figures that are figures.

use serde_json::json;
use watchdeck::domain::feed::{Position, StreamPosition};
use watchdeck::domain::journal::Report;
use watchdeck::sources::stream::intake::Intake;

use super::ws_server::{clock, event, raised};

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
