//! The files of lists and procedures in a config: what is read of their rules, what is wrong in them and in mappings, and
//! that a file which is not there keeps nothing from starting.

use std::time::Duration;

use watchdeck::config::{self, Colour, Config, Registry};
use watchdeck::domain::checklist::{Layer, Source, bind};
use watchdeck::domain::evidence::{Evidence, HOLD, Op, WordForm};
use watchdeck::domain::markdown::{Cadence, Mode, parse as markdown};
use watchdeck::domain::run::Kind;

use super::support::*;

const FILE: &str = "[[checklist]]\nfile = \"ops.md\"\n";
const MINUTE: Duration = Duration::from_secs(60);

fn source(config: &Config) -> &Source {
    &config.setup.sources[0]
}

fn item(evidence: &str) -> String {
    format!("{SERVICE}{FILE}[[checklist.item]]\nitem = \"x\"\n{evidence}\n")
}

#[track_caller]
fn evidence(line: &str) -> Evidence {
    let config = parse(&item(line)).unwrap_or_else(|e| panic!("{e}"));
    source(&config).items[0].evidence.clone().unwrap()
}

/// With sources to check against.
fn live() -> Registry {
    Registry { live: watchdeck::runtime::build::live_sources().collect(), ..registry() }
}

fn wrong_live(text: &str) -> Vec<String> {
    match config::parse(text, "c.toml", &live()) {
        Ok(_) => Vec::new(),
        Err(e) => e.render(Colour::Never).lines().filter(|l| l.starts_with("c.toml:")).map(str::to_owned).collect(),
    }
}

#[test]
fn every_key_of_a_file_becomes_its_rule() {
    let text = format!(
        "{FILE}zone = \"Europe/Berlin\"\nfile_commands = true\n\
         [[checklist.list]]\nlist = \"morning\"\ncadence = \"weekly\"\ndue = \"Fri 17:00\"\nbudget = \"5m\"\n\
         short = \"am\"\nskip = true\n\
         [[checklist.item]]\nlist = \"morning\"\nitem = \"all 7\"\nmode = \"assist\"\ntwo_person = true\n\
         critical = false\nrole = \"lead\"\nevidence.note = {{ ask = \"1 to 10\", form = \"number\" }}\n\
         [[checklist.step]]\nprocedure = \"critical\"\nstep = \"Escalate\"\nkind = \"escalate\"\ntimer = \"15m\"\n\
         repeat = \"30m\"\nstop_when = \"service.{{{{service}}}}.success >= 99.9%\"\n\
         [[procedure]]\nfile = \"runbooks/db.md\"\n[[procedure.step]]\nstep = \"Fail over\"\nkind = \"document\"\n"
    );
    let config = parse(&text).unwrap_or_else(|e| panic!("{e}"));
    let s = source(&config);
    assert_eq!((s.file.as_str(), s.zone.name(), s.file_commands), ("ops.md", "Europe/Berlin", true));
    let list = &s.lists[0];
    assert_eq!((list.cadence, list.due.unwrap().day, list.budget), (Some(Cadence::Weekly), 4, Some(5 * MINUTE)));
    assert_eq!((list.layer, list.short.as_ref().unwrap().as_str(), list.skip), (Layer::Config, "am", true));
    let item = &s.items[0];
    assert_eq!((item.mode, item.two_person, item.critical), (Some(Mode::Assist), Some(true), Some(false)));
    let word = item.evidence.as_ref().unwrap().word().unwrap();
    assert_eq!((word.ask.as_str(), word.form), ("1 to 10", WordForm::Number));
    let step = &s.steps[0];
    assert_eq!((step.kind, step.timer, step.repeat), (Some(Kind::Escalate), Some(15 * MINUTE), Some(30 * MINUTE)));
    assert_eq!(step.stop_when.as_ref().unwrap().terms[0].path, ["{{service}}", "success"]);
    let other = &config.setup.sources[1];
    assert!(other.procedures_only && other.steps[0].kind == Some(Kind::Document));
    assert!(config.summary().ends_with("1 list file, 1 procedure file with 4 rules"), "{}", config.summary());
}

#[test]
fn a_file_alone_takes_every_default() {
    let config = parse(FILE).unwrap();
    let s = source(&config);
    assert!(s.lists.is_empty() && s.items.is_empty() && s.steps.is_empty() && !s.file_commands && !s.procedures_only);
    assert!(config.summary().ends_with(", 1 list file"), "{}", config.summary());
    assert!(config.aside.later.is_empty());
}

#[test]
fn live_evidence_is_a_line_or_its_parts() {
    let line = evidence("evidence.live = \"services.healthy == 7\"");
    let Evidence::Live { expr, hold } = &line else { panic!("{line:?}") };
    assert_eq!((expr.terms.len(), *hold), (1, HOLD));
    for (figure, op, limit) in [
        ("equals = 7", Op::Equal, 7.0),
        ("not = 7", Op::Not, 7.0),
        ("above = \"99.5%\"", Op::Above, 0.995),
        ("below = \"200ms\"", Op::Below, 200.0),
        ("at_least = 0.5", Op::AtLeast, 0.5),
        ("at_most = \"14d\"", Op::AtMost, 14.0),
    ] {
        let parts = evidence(&format!("evidence.live = {{ value = \"services.healthy\", {figure}, hold = \"1h\" }}"));
        let Evidence::Live { expr, hold } = parts else { panic!("{parts:?}") };
        let term = &expr.terms[0];
        assert_eq!((term.op, term.limit, hold), (op, limit, 60 * MINUTE), "{figure}");
        assert_eq!(term.path, ["healthy"]);
    }
    let all = "{ value = \"service(web).p95\", below = \"1s\" }, { value = \"alerts.open\", equals = 0 }";
    let Evidence::Live { expr, .. } = evidence(&format!("evidence.live = {{ all = [{all}] }}")) else { panic!() };
    assert_eq!(expr.text.as_str(), "service(web).p95 < 1s and alerts.open == 0");
    let table = "[checklist.item.evidence.live]\nvalue = \"services.healthy\"\nequals = 7";
    assert!(matches!(evidence(table), Evidence::Live { .. }), "as a table of its own");
}

#[test]
fn c1_wrong_evidence_has_its_place() {
    let only = |line: &str, starts: &str, hint: &str| only(&item(line), starts, hint);
    only("evidence.live = \"services.healthy\"", "c.toml:8:17: `services.healthy` compares nothing", "== 7");
    only("evidence.live = 7", "c.toml:8:17: live evidence is a line or a table, not a integer", "services.healthy");
    only("evidence.live = { value = \"a.b\" }", "c.toml:8:17: a condition compares its value", "at_least");
    only("evidence.live = { value = \"a.b\", above = 1, below = 2 }", "c.toml:8:17: a condition compares once", "all");
    only("evidence.live = { equals = 1 }", "c.toml:8:17: live evidence names a value", "all = [");
    only("evidence.live = { value = \"healthy\", equals = 1 }", "c.toml:8:27: `value` is no path", "services.healthy");
    only(
        "evidence.live = { value = \"a.b == 1 and c.d\", equals = 1 }",
        "c.toml:8:27: `value` is no path",
        "services.healthy",
    );
    only(
        "evidence.live = { value = \"a.b\", equals = \"many\" }",
        "c.toml:8:43: invalid value: string \"many\"",
        "99.5%",
    );
    only("evidence.live = { value = \"a.b\", equals = \"1 and c.d == 2\" }", "c.toml:8:43: invalid value", "a figure");
    only(
        "evidence.live = { value = \"a.b\", equal = 1 }",
        "c.toml:8:34: unknown field `equal` (did you mean `equals`?",
        "",
    );
    only(
        "evidence.live = { all = [{ value = \"a.b\", equals = 1, hold = \"3s\" }] }",
        "c.toml:8:55: unknown field `hold`",
        "",
    );
    only(
        "evidence.comand = { argv = [] }",
        "c.toml:8:10: unknown kind `comand` (did you mean `command`?",
        "live, note",
    );
    only("evidence.command = { argv = [] }", "c.toml:8:20: `argv` names no program", "/usr/local/bin/check");
    only("evidence.command = { argv = [\"a\"], timout = 1 }", "c.toml:8:36: unknown field `timout`", "`timeout`");
    only("evidence = \"services.healthy == 7\"", "c.toml:8:1: `evidence` is a table", "evidence.KIND");
    only(
        "evidence.live = \"a.b == 1\"\nevidence.note = { ask = \"x\" }",
        "c.toml:9:10: `evidence` has more than one kind",
        "keep one",
    );
    only("evidence.note = { ask = \"x\", form = \"url\" }", "c.toml:8:37: unknown variant `url`", "note, link, number");
    only("evidense.live = \"a.b == 1\"", "c.toml:8:1: unknown field `evidense` (did you mean `evidence`?", "");
}

#[test]
fn c1_wrong_rows_have_their_place() {
    let list = |keys: &str| format!("{FILE}[[checklist.list]]\n{keys}\n");
    only(&list("due = \"25:00\""), "c.toml:4:7: this is no time that a list is due", "day 5 12:00");
    only(
        &list("cadence = \"daily\"\ndue = \"Fri 17:00\""),
        "c.toml:5:7: this due time is for a weekly list",
        "\"09:00\"",
    );
    only(&list("cadence = \"monthly\"\ndue = \"Fri 17:00\""), "c.toml:5:7: this due time", "day 5 12:00");
    only(&list("cadence = \"once\"\ndue = \"09:00\""), "c.toml:5:7: this due time", "heading");
    only(&list("cadence = \"hourly\""), "c.toml:4:11: unknown variant `hourly`", "daily, weekly, monthly, once");
    only(&list("budget = \"0s\""), "c.toml:4:10: a span of time has a length", "15m");
    only(&list("short = \"more than sixteen\""), "c.toml:4:9: `short` does not fit a tab", "16");
    only(&list("sort = \"x\""), "c.toml:4:1: unknown field `sort` (did you mean `short`?", "cadence");
    only(&format!("{FILE}[[checklist.item]]\nlist = \"a\"\n"), "c.toml:3:1: missing field `item`", "");
    only(&format!("{FILE}[[checklist.item]]\nitem = \" \"\n"), "c.toml:4:8: `item` is empty", "part of the text");
    only(
        &format!("{FILE}[[checklist.item]]\nitem = \"a\"\nmode = \"autos\"\n"),
        "c.toml:5:8: unknown variant",
        "`auto`",
    );
    only(
        &format!("{FILE}[checklist.item]\nitem = \"a\"\n"),
        "c.toml:3:12: `item` is a list of tables",
        "[[checklist.item]]",
    );
    only(&format!("{FILE}[[checklist.step]]\nstep = \"\"\n"), "c.toml:4:8: `step` is empty", "");
    let stop = format!("{FILE}[[checklist.step]]\nstep = \"a\"\nstop_when = \"when it is over\"\n");
    only(&stop, "c.toml:5:13: `when it is over` compares nothing", "services.healthy == 7");
    only("[[checklist]]\nfile = \"\"\n", "c.toml:2:8: no file is named", "operations.md");
    only("[[checklist]]\nzone = \"UTC\"\n", "c.toml:1:1: missing field `file`", "");
    only(
        &format!("{FILE}zone = \"Europe/Berln\"\n"),
        "c.toml:3:8: `zone` is no known time zone (did you mean `Europe/Berlin`?",
        "",
    );
    only(&format!("{FILE}fil = 1\n"), "c.toml:3:1: unknown field `fil` (did you mean `file`?", "mapping");
    only(&format!("{FILE}{FILE}"), "c.toml:4:8: the file `ops.md` is named twice", "one [[checklist]]");
    let both = format!("{FILE}[[procedure]]\nfile = \"ops.md\"\n");
    only(&both, "c.toml:4:8: the file `ops.md` is named twice", "");
    only(
        "[[procedure]]\nfile = \"a.md\"\n[[procedure.item]]\nitem = \"x\"\n",
        "c.toml:3:13: unknown field `item`",
        "step",
    );
    only("[[chekclist]]\n", "c.toml:1:3: unknown section `chekclist` (did you mean `checklist`?", "");
}

#[test]
fn names_in_expressions_must_lead_somewhere() {
    let config = |expr: &str| {
        format!(
            "{}[[kpi]]\nname = \"leads\"\n[[stream]]\nname = \"events\"\nurl = \"ws://h/\"\n{FILE}\
             [[checklist.item]]\nitem = \"x\"\nevidence.live = \"{expr}\"\n",
            SERVICE.replace("\"web\"\n", "\"web\"\naliases = [\"front\"]\n")
        )
    };
    for good in [
        "service.web.up == 1",
        "service.front.up == 1",
        "service.w*.up == 1",
        "service.{{service}}.up == 1",
        "kpi.leads > 3",
        "stream.events.live == 1",
        "findings.open == 0",
        "objectives.missed == 0",
    ] {
        assert_eq!(wrong_live(&config(good)), Vec::<String>::new(), "{good}");
    }
    for (bad, says) in [
        (
            "services.up == 1 and sevices.up == 1",
            "unknown source `sevices` (did you mean `services`? sources: services,",
        ),
        (
            "services.helthy == 7",
            "`services` has no value `helthy` (did you mean `healthy`? values: healthy, degraded,",
        ),
        ("service.web.p96 < 200ms", "`service` has no value `web.p96` (did you mean `p95`? values: *.p50,"),
        ("alerts.open.now == 0", "`alerts` has no value `open.now`"),
        ("service.wob.up == 1", "no service is called `wob` (did you mean `web`?)"),
        ("service.frond.up == 1", "no service is called `frond` (did you mean `front`?)"),
        ("service.x*.up == 1", "no service is called `x*`"),
        ("kpi.leed > 3", "no KPI is called `leed` (did you mean `leads`?)"),
        ("stream.event.live == 1", "no stream is called `event` (did you mean `events`?)"),
    ] {
        let lines = wrong_live(&config(bad));
        assert!(lines.len() == 1 && lines[0].starts_with("c.toml:14:17: "), "{lines:?}");
        assert!(lines[0].contains(says), "{bad}: {}", lines[0]);
    }
    // Without sources registered there is nothing to compare with; names of things are still compared.
    assert!(parse(&config("sevices.up == 1")).is_ok());
    let stop = format!("{SERVICE}{FILE}[[checklist.step]]\nstep = \"x\"\nstop_when = \"service.wob.up == 1\"\n");
    assert!(wrong_live(&stop)[0].starts_with("c.toml:8:13: no service is called `wob`"));
}

#[test]
fn evidence_of_an_edge_has_a_key_of_its_own() {
    let row = |list: &str| {
        format!(
            "[[checklist.item]]\nlist = \"{list}\"\nitem = \"backup\"\nevidence.command = {{ argv = [\"a\", \"b\"], every = \"6h\" }}\n"
        )
    };
    let text = format!("{FILE}{}{}{}", row("upkeep"), row("upkeep"), row(""));
    let config = parse(&text).unwrap();
    let keys: Vec<_> = config.gatherers.iter().map(|g| g.key.as_str()).collect();
    assert_eq!(keys, ["upkeep/backup", "upkeep/backup #2", "/backup"]);
    assert_eq!(config.gatherers[0].raw.kind, "command");
    for (item, key) in source(&config).items.iter().zip(keys) {
        let Some(Evidence::Gathered(g)) = &item.evidence else { panic!("{item:?}") };
        assert_eq!((g.key.as_str(), g.kind.as_str(), g.what.as_str()), (key, "command", "a b"));
        assert_eq!((g.every, g.fresh), (Some(360 * MINUTE), MINUTE / 2));
    }
}

#[test]
fn paths_count_from_the_configs_folder() {
    let dir = tempfile::tempdir().unwrap();
    let text = format!("{FILE}mapping = \"ops.map.toml\"\n[[procedure]]\nfile = \"/srv/db.md\"\n");
    let mapping = file(dir.path(), "ops.map.toml", "[[item]]\nitem = \"a\"\nmode = \"exec\"\n", 0o600);
    let config = load(&file(dir.path(), "c.toml", text, 0o600)).unwrap();
    assert_eq!(source(&config).file, dir.path().join("ops.md").to_str().unwrap());
    assert_eq!(config.setup.sources[1].file, "/srv/db.md");
    assert_eq!(config.aside.mappings, [mapping]);
    assert_eq!(source(&config).items[0].layer, Layer::Mapping);
}

/// A config beside a mapping of this text.
fn mapped(mapping: &str, more: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    file(dir.path(), "ops.map.toml", mapping, 0o600);
    let path = file(dir.path(), "c.toml", format!("{FILE}mapping = \"ops.map.toml\"\n{more}"), 0o600);
    (dir, path)
}

#[test]
fn c1_a_wrong_mapping_is_told_with_its_own_lines() {
    let text = "[[item]]\nitem = \"a\"\nmode = \"atuo\"\n[[itme]]\n[[list]]\ndue = \"never\"\n\
                [[step]]\nstep = \"a\"\nstop_when = \"x\"\n";
    let (dir, path) = mapped(text, "[[checklist.list]]\ndue = \"soon\"\n");
    let error = load(&path).unwrap_err();
    assert_eq!((error.count(), error.mappings().len()), (5, 1));
    let shown = error.render(Colour::Never);
    let folder = dir.path().display();
    for line in [
        &format!("{folder}/c.toml:5:7: this is no time that a list is due"),
        &format!("{folder}/ops.map.toml:3:8: unknown variant `atuo` (did you mean `auto`?"),
        &format!("{folder}/ops.map.toml:4:3: unknown section `itme` (did you mean `item`? a mapping holds"),
        &format!("{folder}/ops.map.toml:6:7: this is no time that a list is due"),
        &format!("{folder}/ops.map.toml:9:13: `x` compares nothing"),
    ] {
        assert!(shown.lines().any(|l| l.starts_with(line.as_str())), "{line}\n{shown}");
    }
    assert!(shown.contains("3 | mode = \"atuo\"\n"), "the line itself: {shown}");
    let (code, out, err) = cli(&["check"], &path);
    assert!(code == 3 && out.is_empty() && err.ends_with("5 problems\n"), "{err}");
    let broken = mapped("[[item]\n", "");
    assert!(load_error(&broken.1).contains("ops.map.toml:1:8: "), "{}", load_error(&broken.1));
}

#[test]
fn c1_a_mapping_that_cannot_be_read_is_told_where_it_is_named() {
    let (dir, path) = mapped("", "");
    let mapping = dir.path().join("ops.map.toml");
    let told = |why: &str| {
        let error = load_error(&path);
        assert!(error.contains(&format!("c.toml:3:11: {}: {why}", mapping.display())), "{why}: {error}");
    };
    assert!(load(&path).is_ok(), "an empty one says nothing");
    std::fs::remove_file(&mapping).unwrap();
    told("cannot be opened");
    std::fs::create_dir(&mapping).unwrap();
    told("is no regular file");
    std::fs::remove_dir(&mapping).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, &mapping, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    told("is no regular file");
    std::fs::remove_file(&mapping).unwrap();
    // It may name commands: whoever can write it can run them.
    file(dir.path(), "ops.map.toml", "", 0o646);
    told("can be written by others");
    std::fs::File::create(&mapping).unwrap().set_len(100 << 20).unwrap();
    std::fs::set_permissions(&mapping, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    told("is 104857600 bytes long");
}

#[test]
fn a_mapping_may_name_what_is_not_here_and_the_config_wins_over_it() {
    let text = "[[item]]\nitem = \"look\"\nmode = \"auto\"\nevidence.live = \"service.elsewhere.up == 1 and kpi.x > 1\"\n\
                [[item]]\nitem = \"backup\"\nevidence.command = { argv = [\"${CARGO_PKG_NAME}\"] }\n";
    let own = "[[checklist.item]]\nitem = \"look\"\nmode = \"manual\"\n";
    let (_dir, path) = mapped(text, own);
    let config = config::load(&path, &live()).unwrap_or_else(|e| panic!("{e}"));
    let document = markdown(b"# Daily\n- [ ] look around\n- [ ] backup\n").unwrap();
    let bound = bind(source(&config), &document, &"ops.md".into(), &[]);
    let items = &bound.templates[0].items;
    assert_eq!(items[0].mode, Mode::Manual);
    assert!(matches!(items[0].evidence, Evidence::Live { .. }), "{:?}", items[0].evidence);
    assert!(matches!(&items[1].evidence, Evidence::Gathered(g) if g.what.as_str() == "watchdeck"));
    assert_eq!(config.gatherers[0].key, "/backup");
    let (_dir, path) = mapped("[[item]]\nitem = \"a\"\nevidence.live = \"sevices.up == 1\"\n", "");
    let error = config::load(&path, &live()).unwrap_err().to_string();
    assert!(error.contains("ops.map.toml:3:17: unknown source `sevices` (did you mean `services`?"), "{error}");
}

#[test]
fn c2_secrets_in_a_mapping_are_kept_as_in_a_config() {
    let text = "[[item]]\nitem = \"a\"\nevidence.command = { argv = [\"x\"], token = \"hunter2-canary\" }\n";
    let (dir, path) = mapped(text, "");
    assert!(load(&path).is_ok());
    file(dir.path(), "ops.map.toml", text, 0o644);
    let error = load_error(&path);
    assert!(error.contains("ops.map.toml:3:") && error.contains("chmod 600") && !error.contains(CANARY), "{error}");
    file(dir.path(), "ops.map.toml", text.replace("argv", "agv"), 0o600);
    let error = load_error(&path);
    assert!(error.contains("ops.map.toml:3:22: unknown field `agv`") && !error.contains(CANARY), "{error}");
}

#[test]
fn c4_secrets_of_evidence_stay_masked() {
    let text = item(&format!("evidence.command = {{ argv = [\"x\"], token = \"{CANARY}\" }}"));
    let dir = tempfile::tempdir().unwrap();
    let path = file(dir.path(), "c.toml", &text, 0o600);
    let config = load(&path).unwrap();
    let mut seen = format!("{:?}{:?}{}", config.gatherers, config.setup.sources, config.summary());
    let shown = cli(&["show"], &path).1;
    assert!(shown.contains("checklist[ops.md].item[0].evidence.command.token = \"…\""), "{shown}");
    assert!(shown.contains("checklist[ops.md].zone = \"local\"  # default"), "{shown}");
    assert!(shown.contains("checklist[ops.md].item[0].evidence.command.timeout = \"30s\"  # default"), "{shown}");
    seen.push_str(&shown);
    seen.push_str(&cli(&["show", "--json"], &path).1);
    seen.push_str(&parse(&text.replace("argv", "agv")).unwrap_err().render(Colour::Never));
    // What the environment gives is shown in no error either.
    let env = |_: &str| Some(CANARY.to_owned());
    for line in ["evidence.live = \"${X}\"", "evidence.live = { value = \"${X}\", equals = 1 }", "mode = \"${X}\""] {
        let error = config::parse_in(&item(line), "c.toml", &registry(), &env).unwrap_err();
        seen.push_str(&error.render(Colour::Never));
    }
    assert!(!seen.contains(CANARY), "{seen}");
}

#[test]
fn the_shipped_mapping_is_sound_and_so_is_what_it_proposes() {
    let whole = file_of(config::checklists::SHIPPED);
    assert_eq!((whole.lists.len(), whole.items.len(), whole.steps.len()), (8, 37, 6));
    let proposed: Vec<_> = config::checklists::SHIPPED
        .lines()
        .filter_map(|l| l.strip_prefix("# "))
        .filter(|l| l.starts_with("evidence."))
        .collect();
    assert_eq!(proposed.len(), 8);
    for line in proposed {
        assert!(file_of(&format!("[[item]]\nitem = \"a\"\n{line}\n")).items[0].evidence.is_some(), "{line}");
    }
}

/// A mapping read with the kinds and sources that there really are.
fn file_of(mapping: &str) -> Source {
    let (_dir, path) = mapped(mapping, "");
    let config = config::load(&path, &real()).unwrap_or_else(|e| panic!("{e}"));
    source(&config).clone()
}

#[test]
fn every_row_of_the_shipped_mapping_speaks_of_one_item_of_the_founding_document() {
    let source = file_of(config::checklists::SHIPPED);
    for bytes in [
        &include_bytes!("../../assets/checklists/production-operations.md")[..],
        include_bytes!("../markdown/seed.raw.md"),
    ] {
        let document = markdown(bytes).unwrap();
        let items = || document.lists.iter().flat_map(|l| l.items.iter().map(move |i| (l, i)));
        for rule in &source.items {
            assert_eq!(items().filter(|(l, i)| rule.names(l, i)).count(), 1, "{rule:?}");
        }
        for (list, item) in items() {
            assert!(source.items.iter().any(|r| r.names(list, item)), "{}", item.text);
        }
        for list in &document.lists {
            assert_eq!(source.lists.iter().filter(|r| r.names(list)).count(), 1, "{}", list.title);
        }
        for rule in &source.steps {
            let steps = document.procedures.iter().flat_map(|p| p.steps.iter().map(move |s| (p, s)));
            assert_eq!(steps.filter(|(p, s)| rule.names(p, s)).count(), 1, "{rule:?}");
        }
    }
}

#[test]
fn what_a_mapping_says_is_part_of_the_hash() {
    let (dir, path) = mapped("[[item]]\nitem = \"a\"\nmode = \"exec\"\n", "");
    let before = load(&path).unwrap().setup.hash.clone();
    file(dir.path(), "ops.map.toml", "# another comment\n[[item]]\nitem = \"a\"\nmode = \"exec\"\n", 0o600);
    assert_eq!(load(&path).unwrap().setup.hash, before);
    file(dir.path(), "ops.map.toml", "[[item]]\nitem = \"a\"\nmode = \"auto\"\n", 0o600);
    assert_ne!(load(&path).unwrap().setup.hash, before);
    assert_eq!(before.len(), 64);
}

#[test]
fn check_remarks_on_a_file_that_is_not_there_and_on_a_rule_that_finds_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let text = format!("{FILE}[[checklist.item]]\nitem = \"backup\"\n");
    let path = file(dir.path(), "c.toml", text, 0o600);
    let check = || cli(&["check"], &path);
    let (code, out, err) = check();
    assert!(code == 0 && out.ends_with("1 list file with 1 rule\n"), "{out}{err}");
    assert!(err.starts_with("remark: ") && err.contains("ops.md: cannot be opened"), "{err}");
    assert!(err.ends_with("the watch starts without its lists\n"), "{err}");
    file(dir.path(), "ops.md", "# Daily\n- [ ] look\n", 0o644);
    let (code, _, err) = check();
    assert!(code == 0 && err.contains("ops.md matches `backup`") && err.lines().count() == 1, "{err}");
    file(dir.path(), "ops.md", b"\xff\xfe\x00", 0o644);
    assert!(check().2.contains("ops.md: the file is UTF-16"), "{}", check().2);
    file(dir.path(), "ops.md", "# Daily\n- [ ] make a backup\n", 0o644);
    assert_eq!((check().0, check().2.as_str()), (0, ""));
    let more = "[[checklist.list]]\nlist = \"weakly\"\n[[checklist.list]]\ndue = \"Fri 17:00\"\n\
                [[checklist.step]]\nstep = \"page\"\n[[checklist.item]]\nitem = \"backup\"\n";
    let rule = "[[rule]]\nname = \"r\"\nmetric = \"up\"\nbelow = 1\nseverity = \"warning\"\nprocedure = \"gone\"\n";
    file(dir.path(), "c.toml", format!("{FILE}{more}{rule}"), 0o600);
    let (code, _, err) = check();
    let says: Vec<_> = err.lines().map(|l| l.replace(dir.path().to_str().unwrap(), "D")).collect();
    assert_eq!(
        (code, says.as_slice()),
        (
            0,
            [
                "remark: no list of D/ops.md matches `weakly`",
                "remark: no step of D/ops.md matches `page`",
                "remark: the due time of \"Daily\" is none of a list that comes back daily",
                "remark: rule r names the procedure `gone`, which no file has",
            ]
            .map(str::to_owned)
            .as_slice()
        )
    );
}

#[test]
fn c4_show_has_the_mapping_with_its_lines_and_masks_its_secrets() {
    let text = "[[item]]\nitem = \"a\"\nevidence.command = { argv = [\"x\"], token = \"hunter2-canary\" }\n";
    let (dir, path) = mapped(text, "");
    let (code, shown, _) = cli(&["show"], &path);
    let place = format!("  # {}/ops.map.toml:", dir.path().display());
    assert!(code == 0 && shown.contains(&format!("\nmapping[ops.map.toml].item[0].item = \"a\"{place}2\n")), "{shown}");
    assert!(shown.contains(&format!("item[0].evidence.command.token = \"…\"{place}3\n")), "{shown}");
    assert!(
        shown.contains("mapping[ops.map.toml].item[0].list = \"\"  # default\n") && !shown.contains(CANARY),
        "{shown}"
    );
}

#[test]
fn a_mapping_is_followed_as_the_config_is_also_while_it_is_wrong() {
    use watchdeck::runtime::plant::Source as Followed;
    let (dir, path) = mapped("", "");
    let mapping = dir.path().join("ops.map.toml");
    let mut followed = Followed::new(path.clone(), real(), &config::load(&path, &real()).unwrap());
    let rules = |c: &Config| source(c).items.len();
    assert!(followed.changed(false).is_none());
    let command = "evidence.command = { argv = [\"/bin/true\"] }";
    file(dir.path(), "ops.map.toml", format!("[[item]]\nitem = \"a\"\n{command}\n"), 0o600);
    let (config, estate) = followed.changed(false).unwrap().unwrap_or_else(|e| panic!("{e}"));
    assert_eq!((rules(&config), estate.gatherers.contains_key("/a")), (1, true));
    assert!(followed.changed(false).is_none());
    std::fs::remove_file(&mapping).unwrap();
    let wrong = followed.changed(false).unwrap().err().unwrap();
    assert!(wrong.contains("ops.map.toml: cannot be opened"), "{wrong}");
    assert!(followed.changed(false).is_none(), "said once");
    file(dir.path(), "ops.map.toml", "", 0o600);
    assert_eq!(followed.changed(false).unwrap().map(|(c, _)| rules(&c)), Ok(0));
    // A config that names another one follows that one.
    file(dir.path(), "c.toml", format!("{FILE}mapping = \"other.toml\"\n"), 0o600);
    assert!(followed.changed(false).unwrap().is_err());
    file(dir.path(), "other.toml", "[[item]]\nitem = \"a\"\n", 0o600);
    assert_eq!(followed.changed(false).unwrap().map(|(c, _)| rules(&c)), Ok(1));
    file(dir.path(), "ops.map.toml", "no longer = \"named\"\n", 0o600);
    assert!(followed.changed(false).is_none());
}
