//! Secrets never come back out, and a wrong setting is pointed at without quoting one.

use std::net::TcpListener;

use serde_json::Value;
use watchdeck::notify::KINDS;

use crate::fake::{Reply, answer, fake};
use crate::support::{channel, notice, refusal, text, webhook};

const CANARY: &str = "canary-7f3a9c-secret";

#[tokio::test]
async fn c4_no_secret_comes_back_out_of_an_attempt() {
    let echo = format!("no: /{CANARY}-url canary-in-query Bearer {CANARY} whsec_x {CANARY}");
    let (at, requests) = fake(vec![
        answer("401 Unauthorized", "", &echo),
        answer("500 Oops", "", &echo),
        answer("200 OK", "", &echo),
        Reply::Close,
    ]);
    let settings = format!(
        "url = \"http://{at}/{CANARY}-url?token=canary-in-query\", secret = \"{CANARY}\", headers = {{ Authorization = \"Bearer {CANARY}\" }}"
    );
    let page = webhook(&settings);
    for n in 1..=4 {
        let attempt = page.send(&notice(n)).await;
        assert!(!format!("{attempt:?}").contains("canary"), "{attempt:?}");
        let request = requests.recv().unwrap();
        assert_eq!(request.header("authorization"), Some(format!("Bearer {CANARY}").as_str()), "it must still be sent");
        assert!(!String::from_utf8_lossy(&request.body).contains("canary"));
    }
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let attempt = webhook(&format!("url = \"http://{closed}/{CANARY}\"")).send(&notice(1)).await;
    assert!(!text(&attempt).contains("canary"), "{attempt:?}");
}

#[test]
fn c4_a_refused_setting_points_at_its_place_and_quotes_no_secret() {
    let hook = |settings: &str| refusal(&format!("via.webhook = {{ {settings} }}"));
    let cases = [
        (format!("url = \"ftp://h/{CANARY}\""), "http:// or https://"),
        (format!("url = \"{CANARY}\""), "is not an address"),
        (format!("url = \"https://user:{CANARY}@h/\""), "holds a user or password"),
        (format!("url = \"https://h/\", secret = \"{CANARY}\", secret_file = \"x\""), "both"),
        ("url = \"https://h/\", secret = \"\"".to_owned(), "it is empty"),
        (format!("url = \"https://h/\", secret = \"whsec_{CANARY}!\""), "not followed by base64"),
        ("url = \"https://h/\", secret = 739739".to_owned(), "expected text in quotes"),
        ("url = \"https://h/\", headers = { X-Key = 739739 }".to_owned(), "expected text in quotes"),
    ];
    for (settings, what) in cases {
        let (problem, _) = hook(&settings);
        let said = format!("{problem:?}");
        assert!(problem.what.contains(what) || problem.hint.contains(what), "{said}");
        assert!(!said.contains("canary") && !said.contains("739739"), "{said}");
    }
    assert_eq!(hook("url = \"https://h/\", secretfile = \"x\"").1, "secretfile");
    assert!(hook("url = \"https://h/\", secretfile = \"x\"").0.hint.contains("did you mean `secret_file`?"));
    assert_eq!(hook("url = \"https://h/\", timeout = \"21s\"").1, "\"21s\"");
    assert_eq!(hook("url = \"https://h/\", headers = { \"Webhook-Id\" = \"x\" }").1, "\"Webhook-Id\"");
    assert_eq!(hook("url = \"https://h/\", headers = { \"a b\" = \"x\" }").1, "\"a b\"");
    assert_eq!(refusal("via.command = { argv = [] }").1, "[]");
    assert!(refusal("via.command = { argv = [\"bin/page\"] }").0.what.contains("relative"));
    assert_eq!(refusal("via.command = { argv = [\"page\"], timeout = \"0s\" }").1, "\"0s\"");
    let (problem, place) = refusal("via.webhok = { url = \"https://h/\" }");
    assert_eq!(place, "webhok");
    assert!(problem.hint.contains("did you mean `webhook`?"), "{problem:?}");
}

#[test]
fn every_kind_has_an_example_that_builds_and_a_schema() {
    for kind in KINDS {
        let built = channel(kind.example);
        assert!(built.is_ok(), "{}: {:?}", kind.name, built.err());
        assert!(!kind.help.is_empty() && kind.example.contains(&format!("via.{} = ", kind.name)));
        let schema = (kind.schema)(&mut schemars::SchemaGenerator::default());
        assert_eq!(schema.get("additionalProperties"), Some(&Value::Bool(false)), "{}", kind.name);
        assert!(schema.get("properties").is_some());
    }
}
