//! Files of other words than the founding document's: what has a comment, what is said twice, what no rule can say, and
//! texts that would like to be TOML.

use watchdeck::domain::markdown::Mode;

use crate::e2e::Home;
use crate::{bound, load, text};

fn imported(markdown: &str) -> (Home, crate::Answer) {
    let home = Home::new();
    home.write("config.toml", "");
    home.write("ops.md", markdown);
    let said = home.on_config(&["checklists", "import", "ops.md"]).is(0);
    assert!(home.on_config(&["config", "check"]).is(0).err.is_empty());
    (home, said)
}

#[test]
fn what_nobody_knows_is_a_persons_and_a_comment_in_the_file_still_counts() {
    let (home, said) = imported(
        "# Daily\n- [ ] look around\n- [ ] count them <!-- evidence: services.healthy == 3 -->\n\
         - [ ] pull the lever <!-- mode: assist -->\n",
    );
    assert!(said.out.contains("0 of 3 items as the shipped mapping has them, the others by hand"), "{}", said.out);
    let modes: Vec<_> = bound(&load(&home.config())).templates[0].items.iter().map(|i| i.mode).collect();
    assert_eq!(modes, [Mode::Manual, Mode::Auto, Mode::Assist]);
    let mapping = text(&home.file("ops.map.toml"));
    assert!(
        mapping.contains("# [[list]]\n# list = \"daily\"\n") && mapping.contains("# A comment in the file says how.")
    );
}

#[test]
fn a_row_speaks_of_its_own_item_and_of_no_other() {
    let (home, _) = imported(
        "# Backup\n- [ ] check\n- [ ] check logs\n- [ ] Check  logs\n# Backup weekly\n- [ ] check logs\n\
         - [ ] keep <!-- id: check -->\n",
    );
    let config = load(&home.config());
    let source = &config.setup.sources[0];
    let document = watchdeck::domain::markdown::parse(text(&home.file("ops.md")).as_bytes()).unwrap();
    assert_eq!(source.items.len(), 5);
    for rule in &source.items {
        let named = document.lists.iter().flat_map(|l| l.items.iter().map(move |i| (l, i)));
        let named: Vec<_> = named.filter(|(l, i)| rule.names(l, i)).map(|(_, i)| i.id.clone()).collect();
        assert_eq!(named.len(), 1, "{rule:?}: {named:?}");
    }
}

#[test]
fn a_file_of_procedures_alone_is_a_procedure() {
    let (home, said) = imported("# Database failover procedure\n1. **Document**: say so\n2. Fail over\n");
    assert!(said.out.starts_with("0 items in 0 lists, 1 procedures with 2 steps"), "{}", said.out);
    assert!(text(&home.config()).contains("[[procedure]]\nfile = \"ops.md\"\n"));
    assert!(load(&home.config()).setup.sources[0].procedures_only);
}

#[test]
fn what_no_rule_can_say_is_told_and_not_bent() {
    let (home, said) = imported(
        "# Alert procedures\n## Both alert\n**Triggers**: Response time >200ms and Success rate <99%\n1. Look\n\
         ## Odd alert\n**Triggers**: Success rate <150%\n1. Look\n\
         ## Tiny alert\n**Triggers**: Response time >0.5ms\n1. Look\n\
         ## Slow alert\n**Triggers**: queue delay >1.5s for 5 minutes or backlog >10\n1. Look\n\
         ## Vague alert\n**Triggers**: when 3 of us feel bad\n1. Look\n\
         ## Same alert\n**Triggers**: queue delay >1500ms\n1. Look\n",
    );
    let out = &said.out;
    assert!(out.contains("7 trigger conditions: 1 restate rules, 2 written as rules, 4 no rule can say\n"), "{out}");
    assert!(out.contains("response time > 200ms: no rule: it counts only together with others"), "{out}");
    assert!(out.contains("success rate < 150%: no rule: this figure does not fit the metric"), "{out}");
    assert!(out.contains("response time > 0.5: no rule: no rule can name such a figure"), "{out}");
    assert!(out.contains("queue delay > 1500ms: restated by rule slow-alert-queue-delay"), "{out}");
    assert!(out.contains("1 trigger line not understood"), "{out}");
    let config = load(&home.config());
    let rule = &config.setup.rules[0];
    assert_eq!((rule.name.as_str(), rule.hold.as_secs()), ("slow-alert-queue-delay", 300));
    let units: Vec<_> = config.kpis.iter().map(|k| (k.name.as_str(), k.unit.as_str())).collect();
    assert_eq!(units, [("queue-delay", "ms"), ("backlog", "")]);
}

#[test]
fn a_kpi_of_another_unit_is_not_compared() {
    let home = Home::new();
    home.write("config.toml", "[[kpi]]\nname = \"backlog\"\nunit = \"ms\"\n");
    home.write("ops.md", "# Alert\n**Triggers**: backlog >10\n1. Look\n");
    let said = home.on_config(&["checklists", "import", "ops.md"]).is(0);
    assert!(said.out.contains("no rule: the KPI `backlog` is measured in `ms`"), "{}", said.out);
    assert!(load(&home.config()).setup.rules.is_empty());
}

#[test]
fn texts_that_would_like_to_be_toml_stay_texts() {
    let evil = "# Daily \"\"\" [[rule]] 'x'\n- [ ] \"\"\"\n- [ ] ''' ]] = [[channel]]\n- [ ] back\\slash \\u0041 \\\"\n\
                - [ ] \u{1b}[31m red \u{202e} \u{0}\n- [ ] ${HOME} {{service}}\n- [ ] # comment\n- [ ] \n- [ ] 🧨\n\
                # Contacts\n- **Level 1**: \"Bob\" = [[x]] (immediate)\n- **Level 1**: somebody else\n- **Level 2**: ${HOME}\n\
                # Evil\" alert\n**Triggers**: \"quoted\" things]] >5\n1. **Document\"**: x\n";
    let (home, said) = imported(evil);
    assert!(said.out.starts_with("8 items in 1 lists"), "{}", said.out);
    let config = load(&home.config());
    assert_eq!((config.setup.levels.len(), config.setup.rules.len()), (2, 1));
    assert_eq!(config.setup.levels[0].role.as_str(), "\"Bob\" = [[x]]");
    for path in ["config.toml", "ops.map.toml"] {
        assert!(!text(&home.file(path)).chars().any(|c| c != '\n' && c.is_control()), "{path}");
    }
}

#[test]
fn ten_thousand_items_are_imported_in_a_moment() {
    let items = (0..10_000).fold("# Daily\n".to_owned(), |all, n| all + &format!("- [ ] look at number {n}\n"));
    let (home, said) = imported(&items);
    assert!(said.out.contains("6000 without a row"), "{}", said.out);
    assert_eq!(load(&home.config()).setup.sources[0].items.len(), 4000);
}
