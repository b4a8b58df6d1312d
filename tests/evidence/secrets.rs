use std::process::Command;

use watchdeck::config::secret::{Parts, expand_all};
use watchdeck::domain::evidence::{Proof, Verdict};
use watchdeck::sources::evidence;

use crate::kit::{NOW, look, raw, sh};

const CANARY: &str = "hunter2-canary";
const CHILD: &str = "WATCHDECK_TEST_CHILD";

fn clean(proof: &Proof) -> String {
    let json = serde_json::to_string(proof).expect("json");
    assert!(!json.contains("hunter2") && !json.contains("canary"), "{json}");
    json
}

/// The environment of a test cannot be changed from inside: this program is run once more, with a canary in it.
#[tokio::test]
async fn c4_a_secret_of_the_environment_is_in_no_part_of_a_proof() {
    if std::env::var_os(CHILD).is_none() {
        let me = std::env::current_exe().expect("this program");
        let name = "secrets::c4_a_secret_of_the_environment_is_in_no_part_of_a_proof";
        let mut again = Command::new(me);
        again.args(["--exact", name, "--nocapture"]).env(CHILD, "1");
        again
            .env("DEPLOY_TOKEN", CANARY)
            .env("PGPASSWORD", "canary with\nlines")
            .env("CHECK_CRED_X", "canary-0123456789abcdef");
        let ran = again.output().expect("it runs");
        let said = String::from_utf8_lossy(&ran.stdout);
        assert!(ran.status.success() && said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&ran.stderr));
        return;
    }
    let passed = "env = ['DEPLOY_TOKEN', 'PGPASSWORD', 'CHECK_CRED_X']";
    for script in [
        "echo it is $DEPLOY_TOKEN, x${DEPLOY_TOKEN}y; echo \"$PGPASSWORD\" >&2; exit 3",
        "echo $CHECK_CRED_X; kill -9 $$",
        "printf \"\\377$DEPLOY_TOKEN\\033[0m\"; sleep 600",
        "printf hunter2-can",
        "while :; do echo $DEPLOY_TOKEN; done",
    ] {
        clean(&sh(script, &format!("{passed}, timeout = '2s'")).await);
    }
    for expect in [
        "{ pattern = 'it is (\\S+)', equals = 'x' }",
        "{ pattern = 'it is (\\S+)' }",
        "{ line = 'it is hunter2-canary' }",
        "{ pattern = 'it is (.*)\\n', at_least = 1 }",
    ] {
        let proof = sh("echo it is $DEPLOY_TOKEN", &format!("{passed}, expect = [{expect}]")).await;
        assert!(clean(&proof).contains('…'), "{expect}");
    }
    clean(&sh("exec /nonexistent/hunter2-canary", passed).await);
}

#[tokio::test]
async fn c4_what_looks_like_a_credential_is_in_no_part_of_a_proof() {
    for script in [
        "echo password=hunter2",
        "echo Authorization: Bearer hunter2-canary",
        "echo postgres://app:hunter2@db/x; exit 1",
        "curl-like --token hunter2-canary",
        "API_KEY=hunter2-canary; export API_KEY; env",
    ] {
        clean(&sh(script, "expect = [{ pattern = '(.*)', at_least = 1 }]").await);
    }
    let proof = sh(
        "echo {\\\"api_token\\\": \\\"hunter2\\\", \\\"n\\\": 1}",
        "expect = [{ json = '$.api_token', equals = 'x' }, { json = '$.n', equals = 2 }]",
    )
    .await;
    assert_eq!(proof.verdict, Verdict::Bad);
    assert!(clean(&proof).contains("api_token …, not x, n 1, not 2"), "{}", proof.says);
    // A value that stands nowhere but behind its name is hidden where it stands alone, too.
    let proof = sh("echo password: hunter2", "expect = [{ pattern = 'password: (\\S+)', equals = 'x' }]").await;
    assert!(clean(&proof).contains("…, not x"), "{}", proof.says);
}

#[tokio::test]
async fn c3_c4_a_text_of_the_config_that_came_from_the_environment_is_never_shown() {
    let raw = raw("command = { argv = ['/bin/sh', '-c', 'echo \"$0\"; exit 2', '${CHECK}'] }");
    let (kind, span, mut value) = (raw.kind.clone(), raw.kind_span.clone(), raw.piece().value().clone());
    let env = |name: &str| (name == "CHECK").then(|| CANARY.to_owned());
    let mut problems = Vec::new();
    expand_all(&mut value, &env, Parts::Refused, &mut problems);
    assert_eq!(problems, []);
    let gatherer =
        evidence::build(&watchdeck::config::raw::Raw::new(kind, span, value)).unwrap_or_else(|e| panic!("{e}"));
    assert!(!gatherer.looked().what.as_str().contains("hunter2"), "{}", gatherer.looked().what);
    let proof = look(&*gatherer, NOW).await;
    assert!(clean(&proof).contains("…"), "{proof:?}");
}
