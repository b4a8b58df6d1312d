//! Procedures and the watch from the shell: runs and their steps, an offer and its answer.

use serde_json::Value;

use crate::checklists::by;
use crate::e2e::Home;

const FILE: &str = "# Runbook\n\n### Critical alerts\n1. **Immediate**: check {{service}}\n2. **Escalate**: page the lead if \
    unresolved in 15 minutes\n3. **Document**: write it down\n";
const CONFIG: &str = "[[procedure]]\nfile = \"run.md\"\n[[service]]\nname = \"web\"\n\
    probe.tcp = { address = \"127.0.0.1:1\" }\n[[rule]]\nname = \"down\"\nmetric = \"up\"\nbelow = 1\nfor = \"30s\"\n\
    severity = \"critical\"\nprocedure = \"critical-alerts\"";

fn home() -> Home {
    let home = Home::with(CONFIG);
    home.write("run.md", FILE);
    home
}

#[track_caller]
fn has(value: &Value, keys: &str) {
    let missing: Vec<_> = keys.split_whitespace().filter(|k| value.get(k).is_none()).collect();
    assert!(missing.is_empty(), "without {missing:?}: {value}");
}

#[test]
fn a_run_is_begun_followed_and_ended() {
    let home = home();
    let id = home.raise(&["trouble"]).remove(0);
    let run = |args: &[&str], code: i32, words: &str| {
        let said = by(&home, "ann", &[&["procedures"], args].concat()).is(code);
        assert!(said.out.contains(words), "{args:?}: {}", said.out);
        said.out
    };
    let known = home.on_config(&["procedures", "--json"]).is(0).json();
    assert_eq!(known["schema"], "watchdeck/procedures/1");
    has(&known["procedures"][0], "id title file severity triggers rules steps");
    assert_eq!(known["procedures"][0]["rules"][0], "down");
    run(&[], 0, "rules down");
    run(&["show", "critical"], 0, "2 Escalate: page the lead");
    run(&["start", "nothing"], 1, "there is no procedure `nothing`; there are critical-alerts");
    run(&["start", "critical", "--alert", "99"], 1, "no alert 99");
    let begun = run(&["start", "critical", "--alert", &id], 0, &format!("opened Critical alerts on {id}\n"));
    let number = begun.split("run ").nth(1).unwrap().split(';').next().unwrap().to_owned();
    run(&["start", "critical", "--alert", &id], 0, "is open on it already");
    let shown = home.on_config(&["procedures", "show", &number, "--json"]).is(0).json();
    has(&shown["run"], "id procedure title alert state steps_total steps_done next due_at version steps");
    assert_eq!(shown["run"]["steps"][0]["text"], "check svc-0", "the alert's service");
    run(&["done", &number, "2"], 1, "comes first");
    run(&["done", "critical", "immediate", "--note", "seen"], 0, "done step 1 (Immediate)");
    let late = by(&home, "bob", &["procedures", "done", &number, "1"]).is(5);
    assert!(late.out.contains("ann did it at"), "{}", late.out);
    let stale = by(&home, "bob", &["procedures", "done", &number, "2", "--if-version", "1"]).is(5);
    assert!(stale.out.contains("NOT done step 2"), "{}", stale.out);
    run(&["skip", &number, "2"], 2, "--note");
    run(&["skip", &number, "2", "--note", "it is night"], 0, "skipped step 2 (Escalate)");
    run(&["note", &number, "3", "--note", "the log is long"], 0, "noted on step 3");
    run(&["done", &number, "3"], 1, "wants a summary");
    run(&["fill", &number, "{{ticket}}", "42"], 1, "no value called ticket; it names service");
    run(&["fill", &number, "{{service}}", "web"], 0, "filled {{service}}");
    run(&["undo", &number, "1"], 0, "opened again step 1");
    assert_eq!(home.on_config(&["status", "--json"]).is(0).json()["runs"]["open"], 1);
    run(&["end", &number, "--reason", "false alarm"], 0, "ended run");
    run(&["done", &number, "1"], 5, "ann ended run");
    run(&["show", "77777"], 1, "no run 77777");
    let timeline = home.on_config(&["alerts", "show", &id, "--json"]).is(0).json()["alert"]["timeline"].to_string();
    assert!(timeline.contains("it is night") && timeline.contains("false alarm"), "{timeline}");
}

#[test]
fn a_step_that_names_what_nobody_said_waits_for_it() {
    let home = home();
    by(&home, "ann", &["procedures", "start", "critical"]).is(0);
    let blocked = by(&home, "ann", &["procedures", "done", "critical", "1"]).is(1);
    assert!(blocked.out.contains("{{service}}"), "{}", blocked.out);
    let shown = home.on_config(&["procedures", "show", "1"]).is(0).out;
    assert!(shown.contains("nothing says what service is"), "{shown}");
    by(&home, "ann", &["procedures", "fill", "critical", "service", "web"]).is(0);
    by(&home, "ann", &["procedures", "done", "critical", "1"]).is(0);
    // Two open runs of one procedure: its name is no longer enough.
    by(&home, "ann", &["procedures", "start", "critical"]).is(0);
    let two = by(&home, "ann", &["procedures", "done", "critical", "2"]).is(2);
    assert!(two.out.contains("could be") && two.out.contains("run's number"), "{}", two.out);
}

#[test]
fn the_watch_passes_by_name_with_what_its_giver_had_in_hand() {
    let home = home();
    let ids = home.raise(&["mine", "not mine", "mine too"]);
    by(&home, "ann", &["alerts", "ack", &ids[0], &ids[2]]).is(0);
    let draft = by(&home, "ann", &["handoff"]).is(0);
    for title in ["Burning", "Must act now", "Watch", "Muted and snoozed", "Resolved since", "Numbers"] {
        assert!(draft.out.contains(&format!("## {title}")), "{title}: {}", draft.out);
    }
    assert!(draft.out.contains("none") && draft.out.contains("ann has it"), "{}", draft.out);
    let nobody = by(&home, "bob", &["handoff", "accept"]).is(1);
    assert!(nobody.out.contains("nobody has offered"), "{}", nobody.out);
    assert!(by(&home, "ann", &["handoff", "offer", "--to", "ann"]).is(1).out.contains("somebody else than ann"));
    let offered = by(&home, "ann", &["handoff", "offer", "--to", "bob", "--note", "watch the cache"]).is(0);
    assert!(offered.out.starts_with("offered the watch to bob\n"), "{}", offered.out);
    assert_eq!(home.on_config(&["status", "--json"]).is(0).json()["handoff"]["to"], "bob");
    let waiting = home.on_config(&["handoff", "show", "--format", "json"]).is(0).json();
    has(&waiting, "offer lines facts");
    has(&waiting["offer"], "id from to at age_ms state lines");
    assert!(waiting["lines"].to_string().contains("watch the cache"));
    let wrong = by(&home, "carol", &["handoff", "accept"]).is(1);
    assert!(wrong.out.contains("ann offered the watch to bob, not to carol"), "{}", wrong.out);
    assert!(by(&home, "carol", &["handoff", "withdraw"]).is(1).out.contains("only ann"));
    assert!(by(&home, "carol", &["handoff", "offer", "--to", "dan"]).is(1).out.contains("waits for its answer"));
    let taken = by(&home, "bob", &["handoff", "accept"]).is(0);
    assert_eq!(taken.out, format!("accepted the watch from ann\ntaken {}\ntaken {}\n", ids[0], ids[2]));
    assert_eq!(home.on_config(&["status", "--json"]).is(0).json()["watch"]["who"], "bob");
    assert!(home.on_config(&["status"]).out.contains("bob has the watch since "));
    let owner = |id: &str| home.on_config(&["alerts", "show", id, "--json"]).is(0).json()["alert"]["owner"].clone();
    assert_eq!((owner(&ids[0]), owner(&ids[1])), ("bob".into(), Value::Null));
    assert!(by(&home, "bob", &["handoff", "accept"]).is(0).out.contains("already"));
    for args in [["handoff", "withdraw"], ["handoff", "accept"]] {
        let late = by(&home, "ann", &args).is(5);
        assert!(late.out.contains("bob accepted") && late.out.contains('Z'), "{}", late.out);
    }
    let past = home.on_config(&["handoff", "history", "--json"]).is(0).json();
    assert_eq!((&past["handoffs"][0]["state"], &past["handoffs"][0]["ended_by"]), (&"accepted".into(), &"bob".into()));
    by(&home, "bob", &["handoff", "offer", "--to", "ann"]).is(0);
    let declined = by(&home, "ann", &["handoff", "withdraw"]).is(0);
    assert_eq!(declined.out, "declined the watch from bob\n");
    assert!(by(&home, "ann", &["handoff", "withdraw"]).is(0).out.contains("you have declined it already"));
    assert!(home.on_config(&["handoff", "history"]).is(0).out.contains("declined by ann"));
    home.on_store(&["store", "check"]).is(0);
}

#[test]
fn an_edited_text_is_what_is_offered() {
    let home = home();
    home.on_config(&["handoff", "show", "--out", "night.md"]).is(0);
    let draft = std::fs::read_to_string(home.file("night.md")).unwrap();
    home.write("night.md", &format!("{draft}\nask the vendor \u{1b}[31mtwice\n"));
    by(&home, "ann", &["handoff", "offer", "--to", "bob", "--file", "night.md"]).is(0);
    let shown = home.on_config(&["handoff"]).is(0);
    assert!(shown.out.contains("ask the vendor ␛[31mtwice"), "{}", shown.out);
    by(&home, "ann", &["handoff", "withdraw"]).is(0);
    home.write("night.md", "\n\n");
    by(&home, "ann", &["handoff", "offer", "--to", "bob", "--file", "night.md"]).is(1);
    home.write("night.md", &"a line\n".repeat(500));
    let long = by(&home, "ann", &["handoff", "offer", "--to", "bob", "--file", "night.md"]).is(1);
    assert!(long.out.contains("500 lines are too many"), "{}", long.out);
    by(&home, "ann", &["handoff", "offer", "--to", "bob", "--file", "nothing.md"]).is(1);
}
