//! Which byte of a file becomes what: the middle of a box whose item is still the one that was worked. Everything else is
//! left, and said.

use crate::domain::checklist::Occurrence;
use crate::domain::markdown::{Checklist, Item};
use crate::domain::text::Clean;

#[derive(PartialEq, Eq, Debug)]
pub struct Plan {
    pub changes: Vec<Change>,
    pub untouched: Vec<Left>,
    /// All of the list.
    pub boxes: usize,
}

/// One byte.
#[derive(PartialEq, Eq, Debug)]
pub struct Change {
    pub at: usize,
    pub to: u8,
    pub line: u32,
    pub text: Clean,
}

#[derive(PartialEq, Eq, Debug)]
pub struct Left {
    pub line: u32,
    pub why: String,
}

pub fn plan(o: &Occurrence, list: &Checklist) -> Plan {
    let mut plan = Plan { changes: Vec::new(), untouched: Vec::new(), boxes: list.items.len() };
    for pinned in &o.opening.pinned.items {
        let Some(item) = list.items.iter().find(|i| i.id == pinned.id) else {
            let why = format!("\"{}\" is no longer in the file", pinned.text);
            plan.untouched.push(Left { line: list.place.line, why });
            continue;
        };
        if item.text != pinned.text {
            let why = format!("it says \"{}\" now, and \"{}\" was worked", item.text, pinned.text);
            plan.untouched.push(Left { line: item.place.line, why });
            continue;
        }
        let done = o.mark(&pinned.id).done();
        if item.checked != done {
            plan.changes.push(change(item, done));
        }
    }
    let new = list.items.iter().filter(|i| !o.opening.pinned.items.iter().any(|p| p.id == i.id));
    let new = new.map(|i| Left { line: i.place.line, why: format!("\"{}\" is new in the file", i.text) });
    plan.untouched.extend(new);
    plan
}

fn change(item: &Item, done: bool) -> Change {
    let to = if done { b'x' } else { b' ' };
    Change { at: item.box_at.start + 1, to, line: item.place.line, text: item.text.clone() }
}

impl Plan {
    /// The same bytes but for the middles of the boxes. Where no box stands nothing is changed.
    pub fn applied(&self, bytes: &[u8]) -> Vec<u8> {
        let mut next = bytes.to_vec();
        for change in &self.changes {
            let open = change.at.checked_sub(1).and_then(|at| bytes.get(at)) == Some(&b'[');
            let close = bytes.get(change.at + 1) == Some(&b']');
            if let Some(byte) = next.get_mut(change.at).filter(|_| open && close) {
                *byte = change.to;
            }
        }
        next
    }
}
