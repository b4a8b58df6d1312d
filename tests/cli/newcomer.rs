//! What somebody met who used the command line for the first time.

use crate::e2e::Home;

#[test]
fn an_act_takes_its_own_options_and_no_others() {
    let home = Home::with("");
    let id = home.raise(&["trouble"]).remove(0);
    let acts = [
        ("ack", ""),
        ("unack", ""),
        ("own", "--to"),
        ("escalate", "--level"),
        ("snooze", "--for --reason"),
        ("unsnooze", ""),
        ("resolve", "--reason --review"),
        ("note", "--reason"),
        ("close", "--reason --review"),
    ];
    for (act, own) in acts {
        let help = home.run(&["alerts", act, "--help"]).is(0).out;
        assert!(help.contains("--if-version <N>"), "{act}: {help}");
        for (option, value) in
            [("--to", "bob"), ("--level", "2"), ("--for", "2h"), ("--reason", "x"), ("--review", "true")]
        {
            let its = own.split(' ').any(|o| o == option);
            assert_eq!(help.contains(&format!("{option} <")), its, "{act} {option}: {help}");
            if !its {
                let said = home.on_store(&["alerts", act, &id, option, value]).is(2);
                assert!(said.err.contains(option) && said.out.is_empty(), "{act} {option}: {}{}", said.err, said.out);
            }
        }
    }
    assert_eq!(home.on_store(&["alerts", "--json"]).json()["alerts"][0]["state"], "open");
}

#[test]
fn plain_works_wherever_a_message_names_it() {
    let home = Home::with("");
    home.raise(&["trouble"]);
    let config = home.config().display().to_string();
    for args in [&["--plain"][..], &["--plain", "console"], &["console", "--plain"]] {
        let said = home.on_config(args).is(0);
        assert!(said.out.contains("trouble"), "{args:?}: {}", said.out);
    }
    // Where there is no console to draw they would do nothing.
    for args in [&["--plain", "status"][..], &["--ascii", "alerts"]] {
        let said = home.on_config(args).is(2);
        assert!(said.err.contains("--plain") && said.out.is_empty(), "{}", said.err);
    }
    let said = home.run(&["--config", &config]).is(1);
    assert!(said.err.contains("try `watchdeck --plain` or `watchdeck status`"), "{}", said.err);
    let said = home.run(&["demo"]).is(1);
    assert!(said.err.contains("try `watchdeck demo --plain`"), "{}", said.err);
    let said = home.run(&["demo", "--plain"]).is(0);
    assert!(said.out.contains("cache-manager: ") && said.out.contains("Alerts, now: "), "{}", said.out);
    home.run(&["demo", "--plain", "--headless"]).is(2);
}

#[test]
fn an_alert_that_is_over_says_since_when_how_long_it_lasted_and_whether_it_is_closed() {
    let home = Home::with("");
    let id = home.raise(&["trouble"]).remove(0);
    let state = || {
        let shown = home.on_store(&["alerts", "show", &id]).is(0).out;
        shown.lines().find(|l| l.starts_with("state")).unwrap().to_owned()
    };
    assert!(state().contains("open, raised ") && state().contains(" ago, nobody has it, version 1"), "{}", state());
    home.on_store(&["--operator", "ann", "alerts", "resolve", &id, "--reason", "mended"]).is(0);
    let resolved = state();
    assert!(resolved.contains("resolved ") && resolved.contains(" ago (20") && resolved.contains("by ann after "));
    home.on_store(&["alerts", "close", &id]);
    assert!(state().contains(", closed, version"), "{}", state());
}

#[test]
fn a_refusal_names_what_would_work() {
    let home = Home::with(
        "[[channel]]\nname = \"page\"\nvia.command = { argv = [\"/bin/true\"] }\n\
         [[level]]\nname = \"L1\"\nrole = \"on-call\"\nnotify = [\"page\"]\n\
         [[level]]\nname = \"L2\"\nrole = \"lead\"",
    );
    let id = home.raise(&["trouble"]).remove(0);
    let levels = "the levels are 1 on-call, 2 lead (nobody bound)";
    let said = home.on_config(&["alerts", "escalate", &id, "--level", "9"]).is(1).out;
    assert!(said.contains("there is no level 9") && said.contains(levels), "{said}");
    home.on_config(&["alerts", "escalate", &id]).is(0);
    let said = home.on_config(&["alerts", "escalate", &id]).is(1).out;
    assert!(said.contains("no level above 1 has anybody bound") && said.contains(levels), "{said}");
    let said = home.on_config(&["alerts", "ack", &id, "--if-version", "99"]).is(5).out;
    assert!(said.contains(&format!("{id} has version 2 now, not 99 yet")) && !said.contains("before you"), "{said}");
    assert_eq!(home.on_config(&["alerts", "own", &id]).is(0).out, format!("taken {id}\n"));
}

#[test]
fn a_usage_line_asks_for_nothing_that_the_environment_has_said() {
    let home = Home::with("");
    let mut command = home.command();
    command.env("WATCHDECK_CONFIG", home.config()).env("WATCHDECK_STORE", home.url()).args(["alerts", "ack"]);
    let said = crate::e2e::said(&mut command).is(2).err;
    assert!(said.contains("Usage: watchdeck alerts ack [OPTIONS] <IDS>...") && !said.contains("--config"), "{said}");
}

#[test]
fn a_store_of_another_kind_is_refused_where_it_stands() {
    let home = Home::new();
    home.write("config.toml", "[store]\nurl = \"postgres://ops@db/watchdeck\"\n");
    let said = home.on_config(&["config", "check"]).is(3);
    assert!(
        said.err.contains("config.toml:2:") && said.err.contains("PostgreSQL is not in this version"),
        "{}",
        said.err
    );
    assert!(said.err.contains("sqlite:///absolute/path") && !said.err.contains("or postgres"), "{}", said.err);
}

#[test]
fn a_checklist_is_read_without_a_configuration() {
    let home = Home::new();
    let text = "\u{feff}# Weekly\r\n## Disks\r\n### Steps\r\n- [ ] look\r\n- [x] note\r\n## Queues\r\n### Steps\r\n- [ ] drain\r\n";
    let file = home.write("care.md", text);
    let file = file.to_str().unwrap();
    let said = home.run(&["checklists", "lint", file, "--json"]).is(0).json();
    assert_eq!(said["schema"], "watchdeck/checklists-lint/1");
    let lists = said["lists"].as_array().unwrap();
    let items: Vec<_> = lists.iter().flat_map(|l| l["items"].as_array().unwrap()).collect();
    let offsets: Vec<_> = items.iter().map(|i| i["offset"].as_u64().unwrap() as usize).collect();
    assert_eq!(offsets.iter().map(|at| &text[*at..at + 3]).collect::<Vec<_>>(), ["[ ]", "[x]", "[ ]"]);
    assert_eq!((&lists[1]["id"], &lists[1]["above"][1]), (&"queues-steps".into(), &"Queues".into()));
    // Two lists of one title are told apart where a person reads.
    let said = home.run(&["checklists", "lint", file]).is(0).out;
    assert!(said.contains("Queues › Steps"), "{said}");
    let lost = home.write("lost.md", "- [] a\n");
    home.run(&["checklists", "lint", lost.to_str().unwrap()]).is(1);
}
