//! What a body says of itself, and what it fails to say: words for a state, JSON that is none, counters that do not
//! count.

use watchdeck::domain::sample::{FailKind, Outcome, Requests};

use crate::http_server::{Fake, whole};
use crate::kit::ask;

const JSON: &str = "Content-Type: application/json; charset=utf-8\r\n";

#[tokio::test]
async fn a_mark_before_the_json_is_no_part_of_it() {
    let fake = Fake::answering("200 OK", JSON, "\u{feff}{\"status\":\"degraded\"}").await;
    let seen = ask(&fake.url(), "").await;
    assert_eq!((seen.outcome, seen.detail.as_str()), (Outcome::Degraded, "degraded"));
}

#[tokio::test]
async fn what_says_it_is_json_and_is_not_is_degraded_unless_the_config_says_what_counts() {
    let wide: Vec<u8> = "{\"status\":\"ok\"}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for body in [br#"{"status":"healthy","vers"#.to_vec(), wide, b"<html>".to_vec()] {
        let fake = Fake::saying(whole("200 OK", JSON, &body)).await;
        let seen = ask(&fake.url(), "").await;
        assert_eq!(seen.outcome, Outcome::Degraded, "{seen:?}");
        assert!(seen.detail.as_str().contains("says it is JSON and is not"), "{seen:?}");
        assert_eq!(ask(&fake.url(), "health = 'ignore'").await.outcome, Outcome::Ok);
    }
    let fake = Fake::answering("200 OK", JSON, "<html>all is well</html>").await;
    assert_eq!(ask(&fake.url(), "expect = { body_contains = 'all is well' }").await.outcome, Outcome::Ok);
    // An empty body is no damaged one, and JSON by another name is none that was promised.
    let fake = Fake::answering("200 OK", JSON, "").await;
    assert_eq!(ask(&fake.url(), "").await.outcome, Outcome::Ok);
    let fake = Fake::answering("200 OK", "Content-Type: text/plain\r\n", "{oops").await;
    assert_eq!(ask(&fake.url(), "").await.outcome, Outcome::Ok);
    // A word or a number alone is JSON too.
    let fake = Fake::answering("200 OK", JSON, "\"pong\"").await;
    assert_eq!(ask(&fake.url(), "").await.outcome, Outcome::Ok);
}

#[tokio::test]
async fn each_word_for_a_state_means_what_it_says() {
    let failed = [
        r#"{"status":"OUT_OF_SERVICE"}"#,
        r#"{"status":"DOWN"}"#,
        r#"{"status":false}"#,
        r#"{"status":"false"}"#,
        r#"{"ok":false}"#,
        r#"{"healthy":false}"#,
        r#"{"status":"unhealthy"}"#,
        r#"{"status":"fail"}"#,
        r#"{"status":"critical"}"#,
        r#"{"data":{"ok":false}}"#,
        r#"{"status":"error"}"#,
    ];
    for body in failed {
        let fake = Fake::answering("200 OK", JSON, body).await;
        let seen = ask(&fake.url(), "").await;
        assert_eq!((seen.outcome, seen.fail), (Outcome::Failed, Some(FailKind::Body)), "{body}");
        assert!(!seen.detail.is_empty(), "{body}");
    }
    for word in ["warn", "warning", "degraded", "partial"] {
        let fake = Fake::answering("200 OK", JSON, &format!("{{\"status\":\"{word}\"}}")).await;
        assert_eq!(ask(&fake.url(), "").await.outcome, Outcome::Degraded, "{word}");
    }
    for (body, shown) in [(r#"{"status":"busy"}"#, "200 busy"), (r#"{"ok":true}"#, "200, 11 bytes")] {
        let fake = Fake::answering("200 OK", JSON, body).await;
        let seen = ask(&fake.url(), "").await;
        assert_eq!((seen.outcome, seen.detail.as_str()), (Outcome::Ok, shown), "{body}");
    }
}

#[tokio::test]
async fn counters_that_do_not_count_are_said() {
    let keys = "counters = { total = '$.total', good = '$.good' }";
    let cases = [
        (r#"{"status":"ok","total":10}"#, "$.good is missing"),
        (r#"{"status":"ok","total":10,"good":-1}"#, "$.good is -1"),
        (r#"{"status":"ok","total":"many","good":1}"#, "$.total is many"),
        (r#"{"status":"ok","total":10,"good":11}"#, "11 good of 10"),
    ];
    for (body, why) in cases {
        let fake = Fake::answering("200 OK", JSON, body).await;
        let seen = ask(&fake.url(), keys).await;
        assert_eq!((seen.outcome, seen.requests), (Outcome::Ok, None), "{body}");
        let detail = seen.detail.as_str();
        assert!(detail.contains(why) && detail.contains("probes are counted instead"), "{detail}");
    }
    let fake = Fake::answering("200 OK", JSON, r#"{"status":"ok","total":10,"good":9}"#).await;
    let seen = ask(&fake.url(), keys).await;
    assert_eq!((seen.requests, seen.detail.as_str()), (Some(Requests { total: 10, good: 9 }), "200 ok"));
}
