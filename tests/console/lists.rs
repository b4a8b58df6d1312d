//! Two consoles on one list: each sees the other's ticks, neither overwrites the other's.

use super::*;

const FILE: &str =
    "# Ops\n\n## Daily\n\n### Morning check (5 minutes)\n\n- [ ] Look at the dashboard\n- [ ] Read the log\n";

/// The list's file beside the store, and the config that names it.
fn config(path: &std::path::Path) -> String {
    let file = path.with_file_name("ops.md");
    std::fs::write(&file, FILE).unwrap();
    format!("[[checklist]]\nfile = {:?}\nzone = \"UTC\"\n", file.display().to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_two_consoles_tick_one_list_and_see_each_other() {
    let (_dir, path) = folder();
    let config = config(&path);
    let alice = Desk::open(&path, "alice", &config);
    alice.sees("worker YOU").await;
    let bob = Desk::open(&path, "bob", &config);
    for desk in [&alice, &bob] {
        desk.press("5").await;
        desk.sees("Look at the dashboard").await;
        desk.sees("0/2").await;
    }
    alice.press("x").await;
    alice.sees("ticked \"Look at the dashboard\", saved").await;
    bob.sees("alice").await;
    // Both at once on the other box: one has it, the other reads who was first, or that it is so already.
    alice.press("j").await;
    bob.press("j").await;
    tokio::join!(alice.press("x"), bob.press("x"));
    for desk in [&alice, &bob] {
        desk.sees("2/2").await;
    }
    let lists = alice.store.lists(watchdeck::store::ListFilter::default()).await.unwrap();
    let versions: Vec<_> = lists[0].items.values().map(|s| s.version).collect();
    assert_eq!(versions, [1, 1], "each box was ticked once");
    let problems = alice.store.check().await.unwrap().problems;
    assert_eq!(problems, Vec::<String>::new());
    alice.close().await;
    bob.close().await;
}
