//! What a person would say a file means, where a parser's outline alone says something else: titles, cadence, which
//! ordered lists are procedures. Each of these was wrong on public runbooks; the words here are our own.

use watchdeck::domain::markdown::{Cadence, Document, Response};
use watchdeck::domain::severity::Severity;
use watchdeck::domain::text::Clean;

use super::read;

fn titles(document: &Document) -> Vec<&str> {
    document.procedures.iter().map(|p| p.title.as_str()).collect()
}

fn cadences(document: &Document) -> Vec<(&str, Cadence)> {
    document.lists.iter().map(|l| (l.title.as_str(), l.cadence)).collect()
}

#[test]
fn a_list_of_links_is_an_index_and_no_procedure() {
    for text in [
        "# Outage runbook\n## Table of contents\n1. [Before](#before)\n2. [After](#after)\n   - [Later](#later)\n",
        "# Outage runbook\n1. [Queue full](queue.md)\n2. **[Disk full](disk.md)**\n",
        "# Outage runbook\n## Contents\n1. Before\n2. After\n",
        "# Outage runbook\n## Next steps\n1. Buy disks\n",
    ] {
        assert_eq!(titles(&read(text)), Vec::<&str>::new(), "{text}");
    }
    let steps = read("# Outage\n1. [Open the board](#board) and look\n2. [Tell](#tell) the lead\n");
    assert_eq!(titles(&steps), ["Outage"]);
}

#[test]
fn a_heading_that_only_says_steps_is_named_after_the_one_above() {
    let document = read(
        "# Failover book\n## Disk full\n### Symptoms\nNone.\n### Steps\n1. look\n## Critical: queue full (Response: \
         Immediate)\n### Response\n#### Immediate actions\n1. drain\n## Rollback\n1. undo\n",
    );
    assert_eq!(
        titles(&document),
        ["Disk full: Steps", "Critical: queue full: Immediate actions", "Failover book: Rollback"]
    );
    assert_eq!(document.procedures[0].id, "disk-full-steps");
    assert_eq!(document.procedures[1].severity, Some(Severity::Critical));
    assert_eq!(document.procedures[1].response, Some(Response::Immediate));
    assert_eq!(document.procedures[0].severity, None);
}

#[test]
fn lists_of_one_name_have_ids_of_the_headings_above() {
    let document = read("# Weekly\n## Disks\n### Validation\n- [ ] a\n## Queues\n### Validation\n- [ ] b\n");
    let ids: Vec<_> = document.lists.iter().map(|l| l.id.as_str()).collect();
    assert_eq!(ids, ["disks-validation", "queues-validation"]);
    // Words that say something by themselves stay alone until they are taken.
    let document =
        read("# A\n## Access\n- [ ] a\n# B\n## Access\n- [ ] b\n# C\n## Access\n- [ ] c\n# C\n## Access\n- [ ] d\n");
    let ids: Vec<_> = document.lists.iter().map(|l| l.id.as_str()).collect();
    assert_eq!(ids, ["access", "b-access", "c-access", "c-access-2"]);
}

#[test]
fn the_title_in_the_front_matter_is_the_heading_above_all_others() {
    let document = read("---\ntitle: \"Weekly care\"\ntags: [x]\n---\n\n- [ ] a\n\n## Disks\n- [ ] b\n");
    assert_eq!(document.title.as_str(), "Weekly care");
    assert_eq!(cadences(&document), [("Weekly care", Cadence::Weekly), ("Disks", Cadence::Weekly)]);
    assert_eq!(document.lists[1].above[0].as_str(), "Weekly care");
    assert_eq!(document.lists[0].place.line, 2);
    // A template of an issue has its own name, and a prefix for the titles of the issues.
    let template = read("---\nname: Cut a release\nabout: For the release team\ntitle: '[REL] '\n---\n- [ ] tag\n");
    assert_eq!(template.title.as_str(), "Cut a release");
    // A document with a title of its own needs no second one.
    let own = read("---\ntitle: care\n---\n# Weekly care\n## Disks\n- [ ] b\n");
    assert_eq!((own.title.as_str(), own.lists[0].above.len()), ("Weekly care", 1));
    assert_eq!(titles(&read("---\ntitle: Security incident\n---\n## Order\n1. stop it\n")), ["Order"]);
}

#[test]
fn a_cadence_no_list_can_have_is_not_inherited_past() {
    let document = read(
        "# Weekly care\n## Quarterly review\n- [ ] a\n### Access\n- [ ] b\n## Bi-weekly sync\n- [ ] c\n# Daily sheet\n## \
         Hourly\n- [ ] d\n## Every quarter\n- [ ] e\n",
    );
    assert_eq!(
        cadences(&document),
        [
            ("Quarterly review", Cadence::Once),
            ("Access", Cadence::Once),
            ("Bi-weekly sync", Cadence::Once),
            ("Hourly", Cadence::Daily),
            ("Every quarter", Cadence::Once),
        ]
    );
    let said: Vec<_> = document.findings.iter().map(|f| (f.place.line, f.what.as_str())).collect();
    assert_eq!(
        said,
        [
            (2, "`quarterly` is no cadence that a list can have; it is read as once"),
            (6, "`biweekly` is no cadence that a list can have; it is read as once"),
            (9, "`hourly` is no cadence that a list can have; it is read as daily"),
            (11, "`quarterly` is no cadence that a list can have; it is read as once"),
        ]
    );
}

#[test]
fn once_a_week_is_weekly() {
    for (heading, cadence) in [
        ("Once a week", Cadence::Weekly),
        ("Once per day, first thing", Cadence::Daily),
        ("Once the release is out", Cadence::Once),
        ("Daily, once", Cadence::Daily),
    ] {
        assert_eq!(read(&format!("# {heading}\n- [ ] a\n")).lists[0].cadence, cadence, "{heading}");
    }
}

#[test]
fn what_is_done_in_an_emergency_does_not_come_back_daily() {
    let document = read(
        "# Daily sheet\n## Incident response\n### If a disk is full\n- [ ] a\n## Alerts\n- [ ] b\n## Weekly emergency \
         procedure drill\n- [ ] c\n",
    );
    assert_eq!(
        cadences(&document),
        [
            ("If a disk is full", Cadence::Once),
            ("Alerts", Cadence::Daily),
            ("Weekly emergency procedure drill", Cadence::Weekly),
        ]
    );
}

#[test]
fn a_line_of_frequency_below_the_heading_counts_as_the_heading() {
    let document = read(
        "# Care\n## Disks\n**Frequency:** Weekly (Monday 10:00)\n**Owner:** ops\n\n- [ ] a\n\n### Deep\n- [ ] b\n\n## Access\n\n- \
         **Cadence**: every month\n\n- [ ] c\n\n## Backups\nSchedule of the job: daily at 02:00.\n- [ ] d\n",
    );
    assert_eq!(
        cadences(&document),
        [
            ("Disks", Cadence::Weekly),
            ("Deep", Cadence::Weekly),
            ("Access", Cadence::Monthly),
            ("Backups", Cadence::Once),
        ]
    );
}

#[test]
fn lists_without_a_cadence_are_told_once_in_a_file() {
    let found = read(&"## Part\n- [ ] a\n".repeat(40)).findings;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].what.as_str(), "no heading says how often; 40 lists are read as once");
    assert_eq!(found[0].place.line, 1);
}

#[test]
fn a_limit_of_time_in_a_heading_is_its_response() {
    let document = read(
        "# Incident\n## Contain (Within 15 minutes)\n1. a\n## Restore (30 min - 2 hours)\n1. b\n- [ ] c\n## Assess (< 10 \
         minutes)\n- [ ] d\n",
    );
    assert_eq!(document.procedures[0].title.as_str(), "Contain (Within 15 minutes)");
    assert_eq!(document.procedures[0].response, Some(Response::Within(std::time::Duration::from_secs(900))));
    let budgets: Vec<_> = document.lists.iter().map(|l| (l.title.as_str(), l.budget.map(|b| b.as_secs()))).collect();
    assert_eq!(budgets, [("Restore", Some(7200)), ("Assess", Some(600))]);
}

#[test]
fn words_of_diagnosis_and_containment_head_procedures() {
    for heading in ["Diagnosis", "Triage", "Containment", "Eradication", "Restore from tape", "Disaster", "Runbooks"] {
        assert_eq!(read(&format!("# {heading}\n1. look\n")).procedures.len(), 1, "{heading}");
    }
    assert_eq!(read("# Getting started\n1. clone\n").procedures.len(), 0);
}

#[test]
fn contacts_have_no_empty_columns_and_no_brackets() {
    let document = read(
        "# Contacts\n| Who | Phone | Mail |\n|---|---|---|\n| Ada | - | <ada@ops.example> |\n| Bob | | |\n\n- **Desk**: \
         [desk@ops.example], #desk.\n",
    );
    let found: Vec<_> = document
        .contacts
        .iter()
        .map(|c| (c.name.as_str(), c.role.as_str(), c.how.iter().map(Clean::as_str).collect::<Vec<_>>()))
        .collect();
    assert_eq!(
        found,
        [
            ("Ada", "ada@ops.example", vec!["ada@ops.example"]),
            ("Bob", "", vec![]),
            ("Desk", "[desk@ops.example], #desk.", vec!["desk@ops.example", "#desk"]),
        ]
    );
}
