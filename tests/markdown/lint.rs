//! What an author probably meant and Markdown loses is said with line, column and the mending.

use super::read;

#[test]
fn each_loss_is_named_where_it_is() {
    for (text, line, column, kind) in [
        ("- [] a", 1, 1, "box"),
        ("x\n\n- a\n- [ ]b", 4, 1, "box"),
        ("- [~] a", 1, 1, "box"),
        ("- [  ] a", 1, 1, "box"),
        ("- [\u{a0}] a", 1, 1, "box"),
        ("- ☐ a", 1, 1, "box"),
        ("- ( ) a", 1, 1, "box"),
        ("-[ ] a", 1, 1, "paragraph"),
        ("[ ] a", 1, 1, "paragraph"),
        ("text\n  2. [ ] a", 2, 3, "paragraph"),
        ("- a\n  2. [ ] b", 2, 3, "paragraph"),
        ("```\nx\n- [ ] a\n- [ ] b\n```", 3, 1, "fence"),
        ("    - [ ] a", 1, 5, "indent"),
        ("<!--\n- [ ] a\n-->", 2, 1, "comment"),
        ("| a | b |\n|---|---|\n| x | [ ] |\n| y | ☐ |", 1, 1, "table"),
        ("# [ ] a", 1, 1, "heading"),
        ("---\nk: v\n- [ ] a\n---", 3, 1, "front-matter"),
        ("<!-- open\n- x", 1, 1, "comment"),
        ("<ul><li><input type=\"checkbox\"> a</li></ul>", 1, 1, "html"),
        ("# Alerts\nTriggers: when it feels slow\n1. look", 2, 1, "trigger"),
        ("# Daily\n- [ ] a <!-- watchdeck: cadance=weekly -->", 2, 13, "directive"),
        ("# Daily\n- [ ] a <!-- cadance: weekly -->", 2, 13, "directive"),
        ("# Quarterly\n- [ ] a", 1, 1, "cadence"),
        ("# Next 30 days\n- [ ] a", 1, 1, "deadline"),
        ("# Daily\n- [ ] caf\u{c3}\u{a9}", 2, 1, "encoding"),
        ("# Daily\n<!-- note --> - [ ] a", 2, 15, "comment"),
        ("# Daily\n- **[ ] a**", 2, 1, "box"),
        ("# Daily\n-\n  [ ] a", 2, 1, "box"),
        ("| a |\n|---|\n| [x] done |", 1, 1, "table"),
    ] {
        let found = read(text).findings;
        let first = found.first().map_or((0, 0, ""), |f| (f.place.line, f.place.column, f.kind));
        assert_eq!(first, (line, column, kind), "{text:?}: {found:?}");
        assert!(found.iter().all(|f| !f.what.is_empty() && !f.fix.is_empty()));
    }
}

#[test]
fn ordinary_writing_is_left_alone() {
    for text in [
        "# Daily\n- [ ] a [x](y) [z][r]\n- [x](link) is a link\n- plain [1]\n- ✅ done is text\n\n[r]: u",
        "# Weekly\n* [ ] a\n  * [ ] b\n\ntext [ ] in the middle\n\n<!-- a remark: with a colon -->\n<!-- TODO: x -->",
        "# Daily\n```sh\nif [ -f x ]; then echo; fi\n[ -n \"$a\" ]\n```\n- [ ] `[ ]` in code",
        "| a |\n|---|\n| ✅ |\n\n# Daily\n1. [ ] a\n2. [ ] b",
        "# Daily\n- `[ ]` stands for open, `[x]` for done\n- \\[ ] escaped\n\n`[ ]` is open\n\n## `[ ]` open",
        "| a | b |\n|---|---|\n| `list(x)` | `[]` |\n| CPU | [X]% |\n| RAM | [X] GB |\n| Disk | [X] |",
        "# Runbook\nWhen we set up an account[^1], 2 people do it.\nConditions differ.\n\n1. look",
        "<!-- due to a bug -->\n<!-- critical section -->\n\n# Daily\n- [ ] x\n",
    ] {
        assert_eq!(read(text).findings, [], "{text:?}");
    }
}

#[test]
fn the_reason_is_the_one_that_holds() {
    let what = |text: &str| read(text).findings[0].what.as_str().to_owned();
    assert!(what("- a\n      - [ ] b").contains("too far"), "{}", what("- a\n      - [ ] b"));
    assert!(what("text\n2. [ ] b").contains("number"));
    assert!(what("text\n[ ] b").contains("without a list entry"));
    assert!(what("- # [ ] b").contains("right after"));
}

#[test]
fn a_directive_nearly_right_is_told_the_right_one() {
    let found = read("# Daily\n- [ ] a <!-- watchdeck: two-persons -->").findings;
    assert_eq!(found[0].fix.as_str(), "did you mean `two-person`?");
}

#[test]
fn findings_past_the_bound_are_counted() {
    let found = read(&"- []\n".repeat(700));
    assert_eq!((found.findings.len(), found.findings_more), (500, 200));
}
