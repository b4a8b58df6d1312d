use super::*;

const CANARY: &str = "hunter2-canary";

fn masked(text: &str) -> String {
    Mask::default().text(text)
}

#[test]
fn c4_what_looks_like_a_credential_is_hidden() {
    let token = format!("{}{}", "ghp_", "a1".repeat(18));
    let random = "3f2a9c".repeat(6);
    for text in [
        format!("password={CANARY}"),
        format!("note: db password: {CANARY}, retrying"),
        format!("PGPASSWORD={CANARY} psql"),
        format!("{{\"passed\":60,\"clientSecret\":\"a\\\"{CANARY}\",\"x\":1}}"),
        format!("'api_key' => '{CANARY}'"),
        format!("Authorization: Basic {CANARY} x {CANARY}"),
        format!("> authorization: Bearer {CANARY}"),
        format!("sent bearer {CANARY}"),
        format!("Set-Cookie: id=1; sid={CANARY}"),
        format!("postgres://app:{CANARY}@db:5432/x"),
        format!("postgres://app:a/b{CANARY}@db:5432/x"),
        format!("https://{CANARY}@git.example/x"),
        format!("https://h.example/x?access_token={CANARY}&a=1"),
        format!("-v --password {CANARY} --x"),
        format!("-----BEGIN RSA PRIVATE KEY-----\n{CANARY}\n-----END RSA PRIVATE KEY-----\nafter"),
        format!("-----BEGIN PRIVATE KEY-----\n{CANARY}\n"),
        r#"echo {\"token\": \"hunter2\", \"n\": 1}"#.to_owned(),
        r#"{"log": "{\\\"token\\\": \\\"hunter2\\\"}"}"#.to_owned(),
        "hooks.slack.com/services/hunter2-canary/x".to_owned(),
    ] {
        let shown = masked(&text);
        assert!(!shown.contains("hunter2") && shown.contains(MASK), "{text} → {shown}");
    }
    for text in [token.as_str(), &format!("key: {random}"), &format!("the key is {random}"), &format!("sig={random}")] {
        let shown = masked(text);
        assert!(!shown.contains("3f2a9c") && !shown.contains("ghp_a1"), "{text} → {shown}");
    }
}

#[test]
fn what_is_no_secret_stays_to_be_read() {
    for text in [
        "{\"summary\":{\"passed\":58,\"failed\":2},\"tokens\":120}",
        "token: expired\npassword: ok, keys: 12",
        "primary_key=17 key: none secret: \"\"",
        "GET https://h.example:8443/a?x=1 200",
        "restored 60/60 tables in 3m, PWD=/var/lib/app",
        "cat: /etc/passwd: Permission denied",
        "--token-file /etc/app/token -p 80",
        "the key was not found, bearer gone",
        "-----BEGIN CERTIFICATE-----\nabc",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ] {
        assert_eq!(masked(text), text);
    }
}

#[test]
fn c4_a_known_secret_is_hidden_wherever_it_stands_and_where_it_was_cut() {
    let mut mask = Mask::default();
    mask.hide(b"hunter2");
    mask.hide(b"hunter2-and\nmore\n");
    mask.hide(b"\xff\xfesecret");
    mask.hide(b"no");
    assert_eq!(mask.output(b"no xhunter2y hunter2-and\nmore z"), "no x…y … z");
    assert_eq!(mask.output(b"a \xff\xfesecret b\xff"), "a … b\\xff");
    assert_eq!(mask.output(b"a hunter2-an"), "a …");
    assert_eq!(mask.output(b"a hunt"), "a …");
    assert_eq!(mask.output(b"a hun"), "a hun");
}

#[test]
fn c4_arguments_are_shown_as_typed_and_without_their_secrets() {
    let argv = |words: &[&str]| Mask::default().argv(&words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>());
    assert_eq!(
        argv(&["curl", "-u", "bob:hunter2", "-H", "Authorization: Bearer hunter2"]),
        "curl -u bob:… -H 'Authorization: …'"
    );
    assert_eq!(
        argv(&["x", "--password", "hunter2", "--token=hunter2", "--key", "short"]),
        "x --password … --token=… --key short"
    );
    assert_eq!(argv(&["sh", "-c", "it's", ""]), r"sh -c 'it'\''s' ''");
}

proptest::proptest! {
    #[test]
    fn any_output_is_masked_without_a_panic_and_never_shows_a_known_secret(bytes in proptest::collection::vec(0_u8..=255, 0..200), at in 0_usize..200) {
        let mut mask = Mask::default();
        mask.hide(b"hunter2");
        let mut bytes = bytes;
        let at = at.min(bytes.len());
        bytes.splice(at..at, *b"hunter2");
        proptest::prop_assert!(!mask.output(&bytes).contains("hunter2"));
    }
}

#[expect(clippy::disallowed_methods, reason = "a deadline for a hang")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}

#[test]
fn l3_one_long_line_is_read_once_however_many_names_are_in_it() {
    let mask = Mask::default();
    let row = |n: usize| format!("{{\"id\":{n},\"name\":\"check-{n}\",\"ok\":true,\"key\":\"k\"}}");
    let json = format!("[{}]", (0..4000).map(row).collect::<Vec<_>>().join(","));
    let nested = format!("{}1{}", "{\"a\":".repeat(8000), "}".repeat(8000));
    for text in [json, nested, "key:".repeat(20_000), "a://".repeat(50_000), "password=".repeat(20_000)] {
        let begun = now();
        let _ = mask.text(&text);
        // A deadline for a hang: each of these took minutes.
        assert!(begun.elapsed().as_secs() < 20, "{} bytes of {:?}", text.len(), &text[..20]);
    }
    let long = format!("token={}", "x".repeat(10_000));
    assert!(!mask.text(&long).contains("xxx"), "and what is hidden is hidden whole");
}
