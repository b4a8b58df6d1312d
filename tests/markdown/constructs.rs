//! Every construct that checklists in public repositories have, in fixtures of our own.

use std::fmt::Write as _;

use chrono::NaiveDate;
use watchdeck::domain::markdown::{Cadence, Document, Mode, parse};

use super::{boxes_are_real, read, texts};

const CORPUS: [(&str, &str); 6] = [
    ("plain", include_str!("plain.md")),
    ("release", include_str!("release.md")),
    ("oncall", include_str!("oncall.md")),
    ("migration", include_str!("migration.md")),
    ("nested", include_str!("nested.md")),
    ("directives", include_str!("directives.md")),
];

/// What anybody would write first: right on simple files, wrong in fences and comments.
fn naive(text: &str) -> usize {
    let task = |line: &&str| {
        let body = line.trim_start_matches([' ', '\t', '>']);
        let body = body
            .strip_prefix(['-', '*', '+'])
            .or_else(|| body.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix(['.', ')']));
        let body = body.map_or("", str::trim_start);
        ["[ ] ", "[x] ", "[X] "].iter().any(|b| body.starts_with(b))
    };
    text.lines().filter(task).count()
}

#[test]
fn a_count_by_lines_agrees_on_simple_files_and_only_there() {
    let counts: Vec<_> = CORPUS.iter().map(|(name, text)| (*name, read(text).items().count(), naive(text))).collect();
    assert_eq!(
        counts,
        [
            ("plain", 9, 9),
            ("release", 14, 14),
            ("oncall", 12, 12),
            // Fences and comments hold tasks that are none.
            ("migration", 10, 14),
            ("nested", 17, 17),
            ("directives", 6, 6),
        ]
    );
}

#[test]
fn bom_crlf_and_lone_cr_change_offsets_alone() {
    for (name, text) in CORPUS {
        let plain = read(text);
        let expected: Vec<_> = plain.items().map(|i| (i.id.clone(), i.text.clone(), i.place.line)).collect();
        let same = |bytes: Vec<u8>, what: &str| {
            let other = boxes_are_real(&bytes);
            let found: Vec<_> = other.items().map(|i| (i.id.clone(), i.text.clone(), i.place.line)).collect();
            assert_eq!(found, expected, "{name} {what}");
            assert_eq!(other.findings.len(), plain.findings.len(), "{name} {what}");
        };
        same([b"\xef\xbb\xbf", text.as_bytes()].concat(), "BOM");
        same(text.replace('\n', "\r\n").into_bytes(), "CRLF");
        same(format!("\u{feff}{}", text.replace('\n', "\r\n")).into_bytes(), "BOM and CRLF");
        same(text.replace('\n', "\r").into_bytes(), "CR");
    }
}

#[test]
fn bullets_numbers_quotes_and_wrapped_lines() {
    let text = "# Daily\n- [ ] a\n\n* [x] b\n\n+ [X] c\n\n1. [ ] d\n\n2) [ ] e\n\n> - [ ] f\n> wrapped\n>\n> > - [ ] g\n\n\
                -\t[ ] h\n- [ ]\ti\n-    [ ] j\n  and on\n";
    let document = read(text);
    assert_eq!(texts(&document), ["a", "b", "c", "d", "e", "f wrapped", "g", "h", "i", "j and on"]);
    assert_eq!(document.items().filter(|i| i.checked).count(), 2);
    assert_eq!(document.lists.len(), 1);
}

#[test]
fn loose_and_nested_items_keep_their_own_text() {
    let text = "- [ ] one\n\n  more about one\n\n  - [ ] two `x`\n    - plain\n      - [ ] **Three**: deep\n\n- [ ] four\n\n  ```sh\n  \
                make\n  - [ ] no\n  ```\n";
    let document = read(text);
    assert_eq!(texts(&document), ["one", "two x", "Three: deep", "four"]);
    let items: Vec<_> = document.items().collect();
    assert_eq!(items.iter().map(|i| i.depth).collect::<Vec<_>>(), [0, 1, 2, 0]);
    assert_eq!(items[2].lead.as_ref().unwrap().as_str(), "Three");
    assert_eq!(items[1].code[0].as_str(), "x");
    assert!(items[3].code[0].as_str().starts_with("make"));
}

#[test]
fn a_placeholder_in_angle_brackets_is_text_and_a_tag_is_not() {
    let document = read(
        "- [ ] ssh <host> and <b>look</b> at <pod-name> <!-- id=x -->\n- [ ] one<br>two<br/>three <details open>\n\n# \
         Contacts\n| a | b |\n|---|---|\n| Ada<br>Bob | x |\n",
    );
    assert_eq!(texts(&document), ["ssh <host> and look at <pod-name>", "one two three"]);
    assert_eq!(document.contacts[0].name.as_str(), "Ada Bob");
}

#[test]
fn what_is_no_task_is_no_item() {
    for text in [
        "```\n- [ ] a\n```",
        "<!--\n- [ ] a\n-->",
        "    - [ ] a",
        "| a |\n|---|\n| - [ ] b |",
        "- [ ]x",
        "- []",
        "- [~] a",
        "- [-] a",
        "- [  ] a",
        "- [\u{a0}] a",
        "[ ] a",
        "# [ ] a",
        "text\n2. [ ] a",
        "---\ntasks: x\n- [ ] a\n---\n",
        "-      [ ] code",
    ] {
        assert_eq!(read(text).items().count(), 0, "{text:?}");
    }
    assert_eq!(texts(&read("text\n1. [ ] a")), ["a"]);
}

#[test]
fn front_matter_is_stepped_over_and_a_rule_is_not_front_matter() {
    let front = read("---\ntitle: x\ncreated: 2026-01-09\n---\n## Once (Next 2 weeks)\n- [ ] a\n");
    assert_eq!((texts(&front), front.lists[0].due), (vec!["a"], NaiveDate::from_ymd_opt(2026, 1, 23)));
    assert_eq!(texts(&read("---\n- [ ] a\n---\n- [ ] b\n")), ["a", "b"]);
    assert_eq!(texts(&read("x\n\n---\nk: v\n\n- [ ] a\n\n---\n- [ ] b\n")), ["a", "b"]);
}

#[test]
fn a_box_is_an_item_at_the_end_of_a_file_and_before_a_table() {
    for text in ["- [ ]", "- [ ]\n", "# h\n1. [x]"] {
        assert_eq!(read(text).items().count(), 1, "{text:?}");
    }
    let table = read("- [ ] | host | state |\n  |---|---|\n  | a | up |\n- [x] b\n");
    assert_eq!(texts(&table), ["host | state", "b"]);
    assert_eq!(table.items().next().unwrap().box_at, 2..5);
    assert_eq!(texts(&read("- [ ] a\n  | x | y |\n  |---|---|\n")), ["a"]);
}

fn cadences(document: &Document) -> Vec<(&str, Cadence)> {
    document.lists.iter().map(|l| (l.title.as_str(), l.cadence)).collect()
}

#[test]
fn cadence_comes_from_the_heading_else_from_the_one_above() {
    let document = read(
        "# Weekly book\n- [ ] a\n## Checks\n- [ ] b\n### Every day, first\n- [ ] c\n## Plans (Next 30 days)\n- [ ] d\n\n\
         **Monthly (2 hours)**\n- [ ] e\n",
    );
    assert_eq!(
        cadences(&document),
        [
            ("Weekly book", Cadence::Weekly),
            ("Checks", Cadence::Weekly),
            ("Every day, first", Cadence::Daily),
            ("Plans", Cadence::Once),
            ("Monthly", Cadence::Monthly),
        ]
    );
    assert_eq!(document.lists[4].budget.unwrap().as_secs(), 7200);
}

#[test]
fn directives_after_an_item_win_over_headings() {
    let document = read(include_str!("directives.md"));
    let item = |text: &str| document.items().find(|i| i.text.as_str().starts_with(text)).unwrap();
    let list = |text: &str| document.lists.iter().find(|l| l.items.iter().any(|i| i.text.as_str().starts_with(text)));
    assert_eq!(item("Newest backup").id.as_str(), "backup.age");
    assert_eq!(item("Newest backup").directives.mode, Some(Mode::Auto));
    assert_eq!(item("Newest backup").directives.evidence.as_ref().unwrap().as_str(), "file.age(/var/backups) < 26h");
    assert!(item("Rotate").directives.two_person && item("Rotate").directives.critical);
    assert_eq!(list("Restore").unwrap().cadence, Cadence::Monthly);
    assert_eq!(list("Newest").unwrap().cadence, Cadence::Weekly);
    assert_eq!(list("Newest").unwrap().budget.unwrap().as_secs(), 20 * 60);
    assert_eq!(item("Run the audit").directives.command.as_ref().unwrap().as_str(), "audit --json --limit=5");
    assert_eq!(list("Move").unwrap().due, NaiveDate::from_ymd_opt(2026, 3, 1));
    let kinds: Vec<_> = document.findings.iter().map(|f| (f.place.line, f.what.as_str())).collect();
    assert_eq!(kinds, [(19, "`ownr` is no directive"), (19, "`cadence` cannot be `fortnightly`")]);
}

#[test]
fn an_id_survives_every_edit_but_one_of_its_own_words() {
    let id = |text: &str| read(text).items().next().unwrap().id.clone();
    let base = id("# Daily\n## Morning (5 minutes)\n- [ ] Check **all** 7 services\n");
    for same in [
        "# Daily\n\nNew text.\n\n## 🌅 **Morning** (10 minutes)\n* [x] Check all 7\n  services\n",
        "# Daily\n## Morning\n- [ ] Check `all` 7 services\n- [ ] New\n",
    ] {
        assert_eq!(id(same), base, "{same}");
    }
    for other in [
        "# Daily\n## Morning\n- [ ] Check all 8 services\n",
        "# Daily\n## Evening\n- [ ] Check all 7 services\n",
        "# Daily\n## Morning\n- [ ] Check all <7 services\n",
    ] {
        assert_ne!(id(other), base, "{other}");
    }
    let twice = read("- [ ] a\n- [ ] a\n- [ ] b <!-- id=x -->\n- [ ] c <!-- id=x -->\n");
    let ids: std::collections::BTreeSet<_> = twice.items().map(|i| i.id.clone()).collect();
    assert_eq!(ids.len(), 4);
    let pinned = format!("# Daily\n## Morning\n- [ ] Check every service <!-- id={base} -->\n");
    assert_eq!(id(&pinned), base);
}

#[test]
fn procedures_contacts_and_triggers_of_other_styles() {
    let document = read(include_str!("oncall.md"));
    let found: Vec<_> = document.procedures.iter().map(|p| (p.title.as_str(), p.steps.len())).collect();
    assert_eq!(found, [("Database failover", 5), ("High latency", 3)]);
    let failover = &document.procedures[0];
    assert_eq!(failover.steps.iter().map(|s| s.number).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!(failover.steps[1].details.len(), 2);
    assert_eq!(failover.steps[2].code[0].as_str(), "pg_ctl promote");
    assert_eq!(failover.steps[4].timer.unwrap().as_secs(), 1800);
    let conditions = &document.procedures[1].triggers[0];
    assert!(conditions.all);
    assert_eq!(conditions.conditions.len(), 2);
    assert_eq!(conditions.conditions[0].hold.unwrap().as_secs(), 300);
    assert_eq!(conditions.conditions[1].metric.word(), "queue-depth");
    let how: Vec<_> = document.contacts.iter().map(|c| (c.name.as_str(), c.how.len())).collect();
    assert_eq!(how, [("Ada", 2), ("Primary", 1), ("L2", 2)]);
}

#[test]
fn an_ordered_list_needs_a_heading_or_a_trigger_to_be_a_procedure() {
    let count = |text: &str| read(text).procedures.len();
    assert_eq!(count("# Setup\n\nWhen you are done:\n\n1. log out\n2. go home\n"), 0);
    assert_eq!(count("# Setup\n\nTrigger: p99 latency > 1 s\n\n1. look\n"), 1);
    // A box is an item wherever it stands, and the list around it no procedure.
    let boxed = read("# Incident response\n1. [ ] declare\n2. [ ] tell\n");
    assert_eq!((boxed.procedures.len(), boxed.items().count()), (0, 2));
}

#[test]
fn ten_thousand_items_are_ten_thousand() {
    let mut text = String::from("# Daily\n");
    for n in 0..10_000 {
        let _ = writeln!(text, "- [ ] item {n}");
    }
    assert_eq!(parse(text.as_bytes()).unwrap().items().count(), 10_000);
}
