use watchdeck::domain::evidence::{Proof, Verdict};

use crate::kit::sh;

async fn met(output: &str, expect: &str) -> (Verdict, String, String) {
    let proof: Proof = sh(&format!("cat <<'END'\n{output}\nEND"), &format!("expect = [{expect}]")).await;
    (proof.verdict, proof.says.to_string(), proof.wanted.to_string())
}

#[tokio::test]
async fn values_of_json_are_compared() {
    let json =
        r#"{"summary": {"passed": 58, "failed": 2, "ratio": 0.967}, "status": "degraded", "done": true, "age": "12d"}"#;
    for (expect, verdict, says, wanted) in [
        ("{ json = '$.summary.passed', at_least = 60 }", Verdict::Bad, "passed 58 < 60", "passed >= 60"),
        ("{ json = '$.summary.passed', at_least = 58 }", Verdict::Good, "passed 58", "passed >= 58"),
        ("{ json = '$.summary.passed', equals = 58.0 }", Verdict::Good, "passed 58", "passed = 58.0"),
        ("{ json = '$.summary.failed', at_most = 1 }", Verdict::Bad, "failed 2 > 1", "failed <= 1"),
        ("{ json = '$.summary.failed', below = 2 }", Verdict::Bad, "failed 2 >= 2", "failed < 2"),
        ("{ json = '$.summary.failed', above = 1, below = 3 }", Verdict::Good, "failed 2", "failed > 1 and < 3"),
        ("{ json = '$.summary.failed', not = 2 }", Verdict::Bad, "failed 2, and must not be", "failed not 2"),
        ("{ json = '$.summary.ratio', at_least = '95%' }", Verdict::Good, "ratio 0.967", "ratio >= 95%"),
        (
            "{ json = '$.summary.passed', at_least = '95%' }",
            Verdict::Bad,
            "passed 58 is no ratio from 0 to 1",
            "passed >= 95%",
        ),
        ("{ json = '$.status', equals = 'healthy' }", Verdict::Bad, "status degraded, not healthy", "status = healthy"),
        ("{ json = '$.status', not = 'down' }", Verdict::Good, "status degraded", "status not down"),
        ("{ json = '$.done', equals = true }", Verdict::Good, "done true", "done = true"),
        ("{ json = '$.age', at_most = '14d' }", Verdict::Good, "age 12d", "age <= 14d"),
        ("{ json = '$.age', at_most = 14 }", Verdict::Bad, "age 12d has another unit than its limit", "age <= 14"),
        ("{ json = '$.missing', at_least = 1 }", Verdict::Bad, "no value at $.missing", "missing >= 1"),
        ("{ json = '$.summary', at_least = 1 }", Verdict::Bad, "", "summary >= 1"),
    ] {
        let (found, said, told) = met(json, expect).await;
        assert_eq!((found, told.as_str()), (verdict, wanted), "{expect}: {said}");
        assert!(says.is_empty() || said == says, "{expect}: {said}");
    }
}

#[tokio::test]
async fn places_that_a_pattern_finds_are_compared() {
    let text = "starting\n3/60 services\n60/60 services are up\nlag 1,204 ms, p95 99.8%";
    for (expect, verdict, says, wanted) in [
        (
            "{ pattern = '(\\d+)/(\\d+) services', same = true }",
            Verdict::Good,
            "60 of 60",
            "`(\\d+)/(\\d+) services` both the same",
        ),
        ("{ pattern = '^(\\d+)/(\\d+) services$', same = true }", Verdict::Bad, "3 of 60", ""),
        ("{ pattern = '(\\d+)/\\d+ services', at_least = 60 }", Verdict::Good, "60/60 services", ""),
        (
            "{ pattern = '(\\d+)/\\d+ services', at_least = 61 }",
            Verdict::Bad,
            "60/60 services: 60 < 61",
            "`(\\d+)/\\d+ services` >= 61",
        ),
        ("{ pattern = 'lag ([\\d,]+)', below = 1000 }", Verdict::Bad, "lag 1,204: 1,204 >= 1000", ""),
        ("{ pattern = 'p95 (\\S+)', at_least = '99.5%' }", Verdict::Good, "p95 99.8%", ""),
        (
            "{ pattern = 'p95 ([\\d.]+)', at_least = '99.5%' }",
            Verdict::Bad,
            "p95 99.8: 99.8 has another unit than its limit",
            "",
        ),
        ("{ pattern = 'services are (\\w+)', equals = 'up' }", Verdict::Good, "services are up", ""),
        ("{ pattern = '(\\w+)ing', equals = 'stopp' }", Verdict::Bad, "starting: start, not stopp", ""),
        ("{ pattern = '\\d+ errors' }", Verdict::Bad, "nothing matches `\\d+ errors`", "`\\d+ errors` matches"),
        ("{ pattern = 'are up$' }", Verdict::Good, "are up", ""),
        ("{ line = 'are up' }", Verdict::Good, "says `are up`", "says `are up`"),
        ("{ line = 'are down' }", Verdict::Bad, "`are down` is not in its output", ""),
    ] {
        let (found, said, told) = met(text, expect).await;
        assert_eq!((found, said.as_str()), (verdict, says), "{expect}");
        assert!(wanted.is_empty() || told == wanted, "{expect}: {told}");
    }
}

#[tokio::test]
async fn nothing_counted_is_not_everything_counted() {
    for text in ["0/0 services", "00/00 services", "/ services"] {
        let (found, said, _) = met(text, "{ pattern = '(\\d*)/(\\d*) services', same = true }").await;
        assert_eq!(found, Verdict::Bad, "{text}: {said}");
    }
    let (found, said, _) = met("services: none", "{ pattern = 'services: (\\d+)?/?(\\d+)?', same = true }").await;
    assert_eq!(found, Verdict::Bad, "{said}");
}

#[tokio::test]
async fn all_conditions_must_hold_and_those_that_do_not_are_said() {
    let json = r#"{"passed": 58, "failed": 2}"#;
    let (found, said, told) =
        met(json, "{ json = '$.passed', at_least = 60 }, { json = '$.failed', equals = 0 }, { line = 'passed' }").await;
    assert_eq!((found, said.as_str()), (Verdict::Bad, "passed 58 < 60, failed 2, not 0"));
    assert_eq!(told, "passed >= 60, failed = 0, says `passed`");
    let (found, said, _) =
        met(json, "{ json = '$.passed', at_least = 50 }, { json = '$.failed', at_most = 2 }, { exit = 0 }").await;
    assert_eq!((found, said.as_str()), (Verdict::Good, "passed 58, failed 2"));
}

#[tokio::test]
async fn json_is_read_from_stdout_alone_and_what_is_none_is_said() {
    let ask = "expect = [{ json = '$.a', equals = 1 }]";
    for (script, verdict, says) in [
        ("echo warning: old >&2; echo {\\\"a\\\": 1}", Verdict::Good, "a 1"),
        ("echo {\\\"a\\\": 1} >&2", Verdict::Bad, "it wrote nothing on stdout"),
        ("echo ok; echo {\\\"a\\\": 1}", Verdict::Bad, "its output is no JSON (line 1)"),
        ("echo {\\\"a\\\":", Verdict::Bad, "its output is no JSON (line 2)"),
        ("head -c 70000 /dev/zero | tr \\\\0 1", Verdict::Unknown, "over 64 KiB on stdout, not read as JSON"),
        ("i=0; while [ $i -lt 1000 ]; do printf [; i=$((i+1)); done", Verdict::Bad, "its output is no JSON (line 1)"),
    ] {
        let proof = sh(script, ask).await;
        assert_eq!((proof.verdict, proof.says.as_str()), (verdict, says), "{script}");
    }
}

#[tokio::test]
async fn of_a_long_output_the_beginning_and_the_end_are_looked_at() {
    let script = "echo begins here; head -c 200000 /dev/zero | tr \\\\0 x; echo; echo 60/60 at the end";
    let proof =
        sh(script, "expect = [{ line = 'begins here' }, { pattern = '(\\d+)/(\\d+) at the end', same = true }]").await;
    assert_eq!(proof.verdict, Verdict::Good, "{}", proof.says);
}
