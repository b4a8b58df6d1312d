//! The document this program was made from, as written and as it reached us, double-encoded.

use std::time::Duration;

use chrono::NaiveDate;
use watchdeck::domain::markdown::{Cadence, Directives, Document, Response, Weight};
use watchdeck::domain::rule::{Bound, Metric, Rule};
use watchdeck::domain::severity::Severity;

use super::boxes_are_real;

const WRITTEN: &[u8] = include_bytes!("../../assets/checklists/production-operations.md");
const RAW: &[u8] = include_bytes!("seed.raw.md");

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn both_forms_give_37_items_with_their_cadences() {
    for (bytes, first) in [(WRITTEN, 247), (RAW, 263)] {
        let seed = boxes_are_real(bytes);
        let count = |c| seed.lists.iter().filter(|l| l.cadence == c).map(|l| l.items.len()).sum::<usize>();
        assert_eq!(Cadence::ALL.map(count), [9, 10, 10, 8]);
        assert_eq!(seed.items().count(), 37);
        assert_eq!(seed.items().next().unwrap().box_at.start, first);
        assert!(seed.items().all(|i| !i.checked && i.directives == Directives::default()));
        let lists: Vec<_> = seed.lists.iter().map(|l| (l.id.as_str(), l.cadence.word(), l.items.len())).collect();
        assert_eq!(
            lists,
            [
                ("morning-system-health-check", "daily", 5),
                ("weekly-performance-review", "weekly", 5),
                ("monthly-business-review", "monthly", 5),
                ("weekly-maintenance", "weekly", 5),
                ("monthly-system-optimization", "monthly", 5),
                ("daily-security-checks", "daily", 4),
                ("short-term", "once", 4),
                ("medium-term", "once", 4),
            ]
        );
    }
}

#[test]
fn budgets_and_deadlines_are_different_clocks() {
    let seed = boxes_are_real(RAW);
    let day = |m, d| NaiveDate::from_ymd_opt(2026, m, d);
    assert_eq!(seed.created, day(1, 9));
    let clocks: Vec<_> = seed.lists.iter().map(|l| (l.budget.map(|b| b.as_secs() / 60), l.due)).collect();
    let none = (None, None);
    assert_eq!(
        clocks,
        [(Some(5), None), none, none, (Some(15), None), none, none, (None, day(2, 8)), (None, day(4, 9)),]
    );
}

#[test]
fn texts_are_repaired_for_display_only() {
    let (seed, written) = (boxes_are_real(RAW), boxes_are_real(WRITTEN));
    assert_eq!(seed.title.as_str(), "PRODUCTION OPERATIONS CHECKLIST");
    assert_eq!(seed.lists[0].above[1].as_str(), "DAILY OPERATIONS");
    assert_eq!(seed.lists[5].above[1].as_str(), "SECURITY OPERATIONS");
    assert_eq!((seed.repairs.mended, seed.repairs.lost), (17, 1));
    assert_eq!((written.repairs.mended, written.repairs.lost), (0, 0));
    // Saved again with the right encoding, every item is still the same item.
    let ids = |d: &Document| d.items().map(|i| i.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&seed), ids(&written));
    let first = &seed.lists[0].items[0];
    assert_eq!(first.text.as_str(), "Run production validation: python scripts/production_deployment_validator.py");
    assert_eq!(first.code[0].as_str(), "python scripts/production_deployment_validator.py");
    assert_eq!((first.place.line, first.place.column), (11, 3));
}

#[test]
fn five_procedures_have_21_steps() {
    for bytes in [WRITTEN, RAW] {
        let seed = boxes_are_real(bytes);
        let found: Vec<_> = seed.procedures.iter().map(|p| (p.id.as_str(), p.steps.len(), p.response)).collect();
        assert_eq!(
            found,
            [
                ("critical-alerts", 4, Some(Response::Immediate)),
                ("warning-alerts", 4, Some(Response::Within(60 * MINUTE))),
                ("traffic-increase-management", 4, None),
                ("business-growth-support", 4, None),
                ("security-incident-response", 5, None),
            ]
        );
        assert_eq!(seed.procedures[0].severity, Some(Severity::Critical));
        assert_eq!(seed.procedure("traffic-increase").unwrap().id, "traffic-increase-management");
        assert!(seed.procedure("traffic").is_some() && seed.procedure("traff").is_none());
        let escalate = &seed.procedures[0].steps[2];
        assert_eq!(escalate.name.as_ref().unwrap().as_str(), "Escalate");
        assert_eq!(escalate.text.as_str(), "Contact on-call engineer if unresolved in 15 minutes");
        assert_eq!((escalate.number, escalate.timer), (3, Some(15 * MINUTE)));
        assert_eq!(escalate.place.line, 32);
    }
}

#[test]
fn triggers_are_the_rules_they_restate() {
    let seed = boxes_are_real(RAW);
    let rule = |name: &str, metric, bound| Rule {
        name: name.to_owned(),
        metric,
        bound,
        window: 10 * MINUTE,
        hold: MINUTE,
        clear_for: MINUTE,
        clear_at: None,
        severity: Severity::Critical,
        procedure: None,
        services: Vec::new(),
    };
    let named = |n: &str| Metric::Named(n.to_owned());
    let rules = [
        rule("response-critical", Metric::LatencyP95, Bound::Above(200.0)),
        rule("success-critical", Metric::Success, Bound::Below(0.99)),
        rule("response-warning", Metric::LatencyP95, Bound::Above(150.0)),
        rule("success-warning", Metric::Success, Bound::Below(0.995)),
        rule("traffic-increase", named("connections"), Bound::Above(800.0)),
        rule("business-growth", named("leads-per-minute"), Bound::Above(25.0)),
    ];
    let restated = |at: usize| {
        let trigger = &seed.procedures[at].triggers[0];
        trigger.rules(&rules).map(|r| r.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(restated(0), ["response-critical", "success-critical"]);
    assert_eq!(restated(1), ["response-warning", "success-warning"]);
    assert_eq!(restated(2), ["traffic-increase"]);
    assert_eq!(restated(3), ["business-growth"]);
    assert!(seed.procedures[4].triggers.is_empty());
    assert!(!seed.procedures[0].triggers[0].all);
    assert_eq!(seed.procedures[3].triggers[0].conditions[0].unit, "1/min");
}

#[test]
fn six_contacts_have_name_level_role_and_clock() {
    let seed = boxes_are_real(RAW);
    let found: Vec<_> = seed
        .contacts
        .iter()
        .map(|c| (c.group.as_str(), c.name.as_str(), c.level, c.role.as_str(), c.response))
        .collect();
    let within = |m| Some(Response::Within(m * MINUTE));
    let (technical, business) = ("Technical Escalation", "Business Escalation");
    assert_eq!(
        found,
        [
            (technical, "Level 1", Some(1), "On-call engineer", Some(Response::Immediate)),
            (technical, "Level 2", Some(2), "Technical lead", within(15)),
            (technical, "Level 3", Some(3), "System architect", within(30)),
            (business, "Performance Issues", None, "Product manager", None),
            (business, "Revenue Impact", None, "Business stakeholders", None),
            (business, "Client Issues", None, "Customer success team", None),
        ]
    );
}

#[test]
fn the_seed_loses_nothing_and_lint_speaks_of_its_encoding_alone() {
    assert_eq!(boxes_are_real(WRITTEN).findings, []);
    let findings = boxes_are_real(RAW).findings;
    let found: Vec<_> = findings.iter().map(|f| (f.place.line, f.kind, f.weight)).collect();
    assert_eq!(found, [(1, "encoding", Weight::Hint), (130, "encoding", Weight::Hint)]);
}
