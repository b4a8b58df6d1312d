//! What a list's file says now and the list at work does not: what would go and what would come with the new version.

use crate::domain::checklist::{PinnedItem, Template};
use crate::domain::text::Clean;
use crate::ui::tabs::lists::quoted;
use crate::ui::tabs::lists::worked::Worked;

/// Names of boxes told at most, of each kind.
const NAMED: usize = 3;

/// `1 box goes ("test the backup", ticked), 2 come ("a", "b")`; None while both are the same.
pub fn differs(list: &Worked) -> Option<String> {
    let template = list.shown.template.as_ref().filter(|_| list.shown.changed_since())?;
    let (goes, comes) = (goes(list, template), comes(list, template));
    let told = [boxes(&goes, "goes", "go"), boxes(&comes, "comes", "come")];
    let told: Vec<String> = told.into_iter().flatten().collect();
    Some(match told.as_slice() {
        [] => "the same boxes, in another order or with other words around them".to_owned(),
        some => some.join(", "),
    })
}

/// With what became of it: a tick that goes is lost from this list, not from the journal.
fn goes(list: &Worked, template: &Template) -> Vec<String> {
    let gone = |i: &&PinnedItem| template.item(&i.id).is_none();
    let name = |i: &PinnedItem| {
        let mark = list.occurrence().mark(&i.id);
        let told = if mark.settled() { format!(", {}", mark.word()) } else { String::new() };
        format!("{}{told}", quoted(i.text.as_str()))
    };
    list.items().iter().filter(gone).map(name).collect()
}

fn comes(list: &Worked, template: &Template) -> Vec<String> {
    let known = |text: &Clean| quoted(text.as_str());
    let new = template.items.iter().filter(|i| !list.items().iter().any(|p| p.id == i.id));
    new.map(|i| known(&i.text)).collect()
}

fn boxes(names: &[String], one: &str, many: &str) -> Option<String> {
    let shown = names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join("; ");
    let more = if names.len() > NAMED { "; …" } else { "" };
    match names.len() {
        0 => None,
        1 => Some(format!("1 box {one} ({shown})")),
        n => Some(format!("{n} boxes {many} ({shown}{more})")),
    }
}
