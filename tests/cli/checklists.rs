//! Lists from the shell: shapes, exit codes, who was first, evidence that says otherwise.

use serde_json::Value;

use crate::e2e::{Answer, Home};

/// One daily list whose second box rests on evidence that nobody here can know, a weekly and a once-list.
const FILE: &str = "# Operations\nCreated: 2026-01-09\n\n## Daily: morning checks (5 minutes)\n\
    - [ ] read the night's log\n- [ ] all services are healthy <!-- evidence: services.healthy >= 1 -->\n\
    - [ ] two people look <!-- id=pair two-person -->\n- [ ] ask the vendor\n\n\
    ## Weekly review\n- [ ] read the figures\n- [ ] clean the cache\n- [ ] ask for satisfaction\n\n## Next 30 days\n- [ ] move the archive\n";
const CONFIG: &str = "[[service]]\nname = \"web\"\nprobe.tcp = { address = \"127.0.0.1:1\" }\n\
    [[checklist]]\nfile = \"ops.md\"\nzone = \"ZONE\"\n[[checklist.item]]\nitem = \"satisfaction\"\n\
    evidence.note = { ask = \"1 to 10\", form = \"number\" }\n[[checklist.item]]\nitem = \"ask the vendor\"\n\
    evidence.command = { argv = [\"/bin/echo\", \"60 of 60\"], expect = [{ pattern = \"(\\\\d+) of\", at_least = 60 }] }";

/// A zone where it is noon: no day, no week ends while a test runs.
pub fn noon() -> String {
    let hour = i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() / 3600 % 24).unwrap();
    // What is east of Greenwich has a minus there.
    format!("Etc/GMT{:+}", hour - 12)
}

fn config() -> String {
    CONFIG.replace("ZONE", &noon())
}

fn home() -> Home {
    let home = Home::with(&config());
    home.write("ops.md", FILE);
    home
}

pub fn by(home: &Home, who: &str, args: &[&str]) -> Answer {
    home.on_config(&[&["--operator", who], args].concat())
}

#[track_caller]
fn has(value: &Value, keys: &str) {
    let missing: Vec<_> = keys.split_whitespace().filter(|k| value.get(k).is_none()).collect();
    assert!(missing.is_empty(), "without {missing:?}: {value}");
}

fn item(home: &Home, list: &str, n: usize) -> Value {
    home.on_config(&["checklists", "show", list, "--json"]).is(0).json()["list"]["items"][n].clone()
}

#[test]
fn the_lists_keep_their_shape() {
    let home = home();
    let all = home.on_config(&["checklists", "--json"]).is(0).json();
    assert_eq!(all["schema"], "watchdeck/checklists/1");
    let lists = all["lists"].as_array().unwrap();
    assert_eq!(lists.len(), 3);
    for list in lists {
        has(list, "id title cadence state due_at items_total items_done items period zone version late_ms");
        for item in list["items"].as_array().unwrap() {
            has(item, "id text state by at evidence notes version number");
        }
    }
    let cadences: Vec<&str> = lists.iter().map(|l| l["cadence"].as_str().unwrap()).collect();
    assert_eq!(cadences, ["daily", "weekly", "once"]);
    assert_eq!((&lists[0]["items_total"], &lists[0]["items_done"]), (&4.into(), &0.into()));
    // Written down long ago, and nobody has done it.
    assert_eq!((&lists[2]["state"], lists[2]["late_ms"].as_i64().is_some_and(|ms| ms > 0)), (&"late".into(), true));
    let evidence = &lists[0]["items"][1]["evidence"];
    has(evidence, "verdict says wanted source at age_ms");
    assert_eq!((&evidence["verdict"], &lists[0]["items"][0]["evidence"]), (&"unknown".into(), &Value::Null));
    let table = home.on_config(&["checklists"]).is(0).out;
    assert!(table.contains("4 of 4") && table.contains("Weekly review") && table.contains("late"), "{table}");
}

#[test]
fn every_act_on_a_box_says_what_it_did() {
    let home = home();
    let run = |args: &[&str], code: i32, words: &str| {
        let said = by(&home, "ann", &[&["checklists"], args].concat()).is(code);
        assert!(said.out.contains(words), "{args:?}: {}", said.out);
    };
    run(&["tick", "morning", "1"], 0, "ticked \"read the night's log\"\n");
    run(&["tick", "morning", "1"], 0, "is done already (by ann at");
    run(&["undo", "morning", "1"], 0, "opened again \"read the night's log\"\n");
    run(&["skip", "review", "cache"], 2, "say why with --reason");
    run(&["skip", "review", "cache", "--note", "no cache today"], 0, "skipped \"clean the cache\"\n");
    run(&["na", "review", "cache", "--reason", "it is gone"], 0, "marked as not applicable \"clean the cache\"\n");
    run(&["fail", "review", "figures", "--reason", "they are wrong"], 0, "marked as failed \"read the figures\"\n");
    run(&["note", "morning", "night", "--note", "quiet"], 0, "noted on \"read the night's log\"\n");
    run(&["note", "morning", "night"], 2, "--note");
    run(&["tick", "morning", "night", "--note", "and dull"], 0, "noted on \"read the night's log\"\n");
    run(&["undo", "morning", "night"], 0, "opened again");
    run(&["tick", "review", "1", "2", "3", "--note", "9"], 0, "Weekly review is complete\n");
    run(&["tick", "nothing", "1"], 1, "there is no list `nothing`; there are daily-morning-checks");
    run(&["tick", "morning", "9"], 1, "there is no item 9; this list has 4");
    run(&["tick", "morning", "e"], 2, "could be");
    assert_eq!(home.on_config(&["checklists", "tick", "morning"]).code, 2);
    let first = item(&home, "morning", 0);
    assert_eq!((&first["state"], &first["notes"][0]["text"]), (&"open".into(), &"quiet".into()));
    assert_eq!((&first["notes"][1]["text"], &first["reason"]), (&"and dull".into(), &"".into()));
    assert_eq!(item(&home, "weekly", 1)["by"], "ann");
    let shown = home.on_config(&["checklists", "show", "morning"]).is(0).out;
    assert!(shown.contains("un-ticked") || shown.contains("ann: quiet"), "{shown}");
}

#[test]
fn a_tick_against_evidence_asks_for_a_reason_and_says_what_evidence_says() {
    let home = home();
    let tick = |more: &[&str]| by(&home, "ann", &[&["checklists", "tick", "morning", "healthy"], more].concat());
    for refused in [tick(&[]).is(1), tick(&["--note", "looks fine"]).is(1)] {
        assert!(refused.out.contains("NOT ticked") && refused.out.contains("0 of 1"), "{}", refused.out);
        assert!(refused.out.contains("--reason"), "{}", refused.out);
    }
    let done = tick(&["--reason", "seen by eye"]).is(0);
    assert!(done.out.starts_with("ticked \"all services are healthy\"\nagainst the evidence"), "{}", done.out);
    let item = item(&home, "morning", 1);
    assert_eq!((&item["state"], &item["reason"]), (&"done_against_evidence".into(), &"seen by eye".into()));
    assert_eq!(item["proof"]["verdict"], "unknown");
}

#[test]
fn a_command_is_run_here_and_what_it_said_stays_with_its_box() {
    let home = home();
    by(&home, "ann", &["checklists", "tick", "morning", "vendor"]).is(1);
    let ran = by(&home, "ann", &["checklists", "run", "morning", "vendor"]).is(0);
    assert!(ran.out.starts_with("good: ") && ran.out.contains("recorded with \"ask the vendor\"\n"), "{}", ran.out);
    let item = item(&home, "morning", 3);
    assert_eq!((&item["state"], &item["evidence"]["verdict"]), (&"open".into(), &"good".into()));
    assert_eq!(item["proof"]["output"]["lines"][0], "60 of 60");
    by(&home, "ann", &["checklists", "tick", "morning", "vendor"]).is(0);
    let live = by(&home, "ann", &["checklists", "run", "morning", "healthy"]).is(1);
    assert!(live.out.contains("judged all the time"), "{}", live.out);
    by(&home, "ann", &["checklists", "run", "morning", "night"]).is(1);
    home.configure(&config().replace("60 of 60", "58 of 60"));
    let bad = by(&home, "ann", &["checklists", "run", "morning", "vendor"]).is(1);
    assert!(bad.out.starts_with("bad: ") && bad.out.contains("recorded with"), "{}", bad.out);
}

#[test]
fn who_was_first_is_said_with_the_time() {
    let home = home();
    by(&home, "ann", &["checklists", "tick", "morning", "1"]).is(0);
    for args in [&["--if-version", "0"][..], &[]] {
        let late = by(&home, "bob", &[&["checklists", "tick", "morning", "1"], args].concat()).is(5);
        assert!(late.out.contains("NOT ticked") && late.out.contains("ann ticked it at"), "{}", late.out);
    }
    let late = by(&home, "bob", &["checklists", "skip", "morning", "1", "--reason", "x", "--if-version", "0"]).is(5);
    assert!(late.out.contains("ann ticked \"read the night's log\" at") && late.out.contains('Z'), "{}", late.out);
    // A word that a box asks for comes with the tick.
    by(&home, "ann", &["checklists", "tick", "review", "satisfaction"]).is(1);
    by(&home, "ann", &["checklists", "tick", "review", "satisfaction", "--note", "very"]).is(1);
    by(&home, "ann", &["checklists", "tick", "review", "satisfaction", "--note", "8 of 10"]).is(0);
    assert_eq!(item(&home, "review", 2)["reason"], "8 of 10");
    // Two people: the first of them is not both.
    let half = by(&home, "ann", &["checklists", "tick", "morning", "pair"]).is(0);
    assert!(half.out.contains("it waits for a second person"), "{}", half.out);
    let same = by(&home, "ann", &["checklists", "tick", "morning", "pair"]).is(1);
    assert!(same.out.contains("you were the first"), "{}", same.out);
    by(&home, "bob", &["checklists", "tick", "morning", "pair"]).is(0);
    assert_eq!(item(&home, "morning", 2)["state"], "done");
}

#[test]
fn a_viewer_may_look_at_lists_and_not_act() {
    let roles = "[[operator]]\nname = \"vera\"\nrole = \"viewer\"\n[[operator]]\nname = \"rob\"\nrole = \"responder\"";
    let home = Home::with(&format!("{}\n{roles}", config()));
    home.write("ops.md", FILE);
    for act in [
        &["tick", "morning", "1"][..],
        &["skip", "morning", "1", "--reason", "x"],
        &["note", "morning", "1", "--note", "x"],
        &["undo", "morning", "1"],
        &["run", "morning", "4"],
        &["redate", "next", "14d", "--reason", "x"],
        &["adopt", "morning"],
        &["write-back", "morning"],
    ] {
        let said = by(&home, "vera", &[&["checklists"], act].concat()).is(6);
        assert!(said.out.contains("viewer"), "{act:?}: {}", said.out);
    }
    for act in [&["procedures", "start", "x"][..], &["handoff", "offer", "--to", "rob"], &["handoff", "accept"]] {
        assert_ne!(by(&home, "vera", act).code, 0, "{act:?}");
    }
    by(&home, "vera", &["checklists", "show", "morning"]).is(0);
    by(&home, "rob", &["checklists", "tick", "morning", "1"]).is(0);
    assert_eq!(
        home.on_store(&["audit", "export"]).is(0).out.lines().count(),
        2,
        "opened, ticked, and nothing of vera's"
    );
}

#[test]
fn a_store_alone_shows_the_lists_it_has() {
    let home = home();
    assert!(home.on_store(&["checklists", "--json"]).is(0).json()["lists"].as_array().unwrap().is_empty());
    by(&home, "ann", &["checklists", "tick", "weekly", "1"]).is(0);
    let lists = home.on_store(&["checklists", "--json"]).is(0).json();
    assert_eq!((&lists["lists"][0]["title"], &lists["lists"][0]["items_done"]), (&"Weekly review".into(), &1.into()));
    home.on_store(&["--operator", "bob", "checklists", "tick", "weekly", "cache"]).is(0);
    assert_eq!(item(&home, "weekly", 1)["by"], "bob");
    let status = home.on_store(&["status", "--json"]).is(0).json();
    has(&status["lists"], "due late items_left missed_today");
    has(&status["runs"], "open late");
    assert_eq!(status["handoff"], Value::Null);
    // A file that is gone is said, and what it opened stays.
    std::fs::remove_file(home.file("ops.md")).unwrap();
    let gone = home.on_config(&["checklists"]).is(0);
    assert!(
        gone.err.contains("ops.md: is not there") && gone.out.contains("Weekly review"),
        "{}{}",
        gone.out,
        gone.err
    );
}

#[test]
fn a_once_list_moves_its_date_and_a_changed_file_is_taken_up() {
    let home = home();
    let run = |args: &[&str], code: i32, words: &str| {
        let said = by(&home, "ann", &[&["checklists"], args].concat()).is(code);
        assert!(said.out.contains(words), "{args:?}: {}", said.out);
    };
    run(&["redate", "next", "soon", "--reason", "x"], 2, "a date is");
    run(&["redate", "morning", "2099-01-01", "--reason", "x"], 1, "only a once-list");
    run(&["redate", "next", "2020-01-01", "--reason", "x"], 1, "lies in the past");
    run(&["redate", "next", "2099-01-01", "--reason", "the archive is not ready"], 0, "re-dated Next 30 days\n");
    let list = || home.on_config(&["checklists", "show", "next", "--json"]).is(0).json()["list"].clone();
    // The day ends there, not in Greenwich.
    assert!(list()["due_at"].as_str().unwrap().starts_with("2099-01-0") && list()["state"] == "open", "{}", list());
    run(&["tick", "next", "archive"], 0, "ticked");
    home.write("ops.md", &FILE.replace("- [ ] move the archive\n", "- [ ] move the archive\n- [ ] sell the old one\n"));
    assert_eq!((&list()["changed_since"], &list()["items_total"]), (&true.into(), &1.into()));
    run(&["adopt", "next"], 0, "taken up Next 30 days\n");
    assert_eq!((&list()["items_total"], &list()["items_done"]), (&2.into(), &1.into()));
    run(&["adopt", "next"], 0, "is so already");
}

#[test]
fn what_is_exported_is_the_list_again() {
    let home = home();
    by(&home, "ann", &["checklists", "tick", "morning", "1"]).is(0);
    by(&home, "ann", &["checklists", "skip", "morning", "4", "--reason", "=cmd, \"quoted\""]).is(0);
    let markdown = home.on_config(&["checklists", "export", "morning"]).is(0).out;
    home.write("out.md", &markdown);
    let read = home.run(&["checklists", "lint", "out.md", "--json"]).is(0).json();
    let boxes = read["lists"][0]["items"].as_array().unwrap();
    let ticked: Vec<bool> = boxes.iter().map(|b| b["checked"].as_bool().unwrap()).collect();
    assert_eq!((ticked, &read["lists"][0]["cadence"]), (vec![true, false, false, false], &"daily".into()));
    assert!(markdown.contains("done by ann") && markdown.contains("skipped by ann"), "{markdown}");
    let csv = home.on_config(&["checklists", "export", "morning", "--format", "csv"]).is(0).out;
    assert!(csv.contains("\"'=cmd, \"\"quoted\"\"\""), "{csv}");
    let json = home.on_config(&["checklists", "export", "morning", "--format", "json"]).is(0).json();
    assert_eq!(json["list"]["items_done"], 1);
    home.on_config(&["checklists", "export", "morning", "--out", "to.md"]).is(0);
    assert_eq!(std::fs::read_to_string(home.file("to.md")).unwrap().lines().count(), markdown.lines().count());
    let twice = home.on_config(&["checklists", "export", "morning", "--out", "to.md"]).is(1);
    assert!(twice.err.contains("is there already"), "{}", twice.err);
    let none = home.on_config(&["checklists", "export", "morning", "--period", "1999-01-01"]).is(2);
    assert!(none.err.contains("no period `1999-01-01`"), "{}", none.err);
}

#[test]
fn the_history_counts_the_periods_that_ended() {
    use watchdeck::domain::alert::Actor;
    use watchdeck::domain::checklist::{ListAct, OccurrenceId, Opening, Pinned};
    use watchdeck::domain::ids::OpId;
    use watchdeck::domain::journal::{Act, Change, Commit, Lane, Target};
    use watchdeck::domain::markdown::Cadence;
    use watchdeck::domain::time::Stamp;
    use watchdeck::store::Store as _;

    let home = home();
    by(&home, "ann", &["checklists", "tick", "morning", "1"]).is(0);
    let today = home.on_config(&["checklists", "show", "morning", "--json"]).is(0).json()["list"].clone();
    let opens = Stamp::parse(today["opens_at"].as_str().unwrap()).unwrap();
    let day = std::time::Duration::from_secs(86_400);
    let store = home.open();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let known = runtime.block_on(store.lists(watchdeck::store::ListFilter::default())).unwrap().remove(0);
    let pinned = Pinned { ..known.opening.pinned.clone() };
    for n in 1..=3_u32 {
        let period = format!("day-{n}");
        let id = OccurrenceId::of("daily-morning-checks", &period, &noon());
        let from = opens - day * n;
        let opening = Box::new(Opening {
            list: "daily-morning-checks".into(),
            cadence: Cadence::Daily,
            period,
            zone: noon(),
            opens: from,
            due: Some(from + day),
            closes: Some(from + day),
            pinned: pinned.clone(),
        });
        let change = |act| Change {
            op: OpId(uuid::Uuid::now_v7()),
            actor: Actor::Worker("test".into()),
            at: from + day,
            target: Target::Occurrence(id),
            seen: None,
            act: Act::List(act),
        };
        let changes = vec![change(ListAct::Open { opening, after: None }), change(ListAct::Close)];
        runtime.block_on(store.commit(Commit { lane: Lane::Operator, changes, feed: None }, None)).unwrap();
    }
    drop(store);
    let all = home.on_config(&["checklists", "history", "morning", "--json"]).is(0).json();
    assert_eq!(all["schema"], "watchdeck/checklists-history/1");
    let counts = &all["lists"][0]["counts"];
    assert_eq!((&counts["periods"], &counts["missed"]), (&3.into(), &3.into()), "today is not over");
    let text = home.on_config(&["checklists", "history"]).is(0).out;
    assert!(text.contains("on time 0 of 3, missed 3"), "{text}");
    assert_eq!(home.on_config(&["checklists", "history", "--format", "csv"]).is(0).out.lines().count(), 4);
    let page = home.on_config(&["checklists", "history", "--format", "md"]).is(0).out;
    assert!(page.contains("| day-1 | missed | 0 of 4 |"), "{page}");
    let old =
        home.on_config(&["checklists", "export", "morning", "--period", "day-2", "--format", "json"]).is(0).json();
    assert_eq!((&old["list"]["period"], &old["list"]["state"]), (&"day-2".into(), &"over".into()));
    assert_eq!(home.status()["lists"]["missed_today"], 4, "of the day that ended with this one's midnight");
}
