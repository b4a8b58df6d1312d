//! The mapping of an imported file: a row for each item, with what the shipped mapping knows of it or as a person's tick
//! alone, each below a comment with its line and words, so that the file can be gone through and changed.

use super::shipped::Shipped;
use super::{comment, quoted};
use crate::domain::checklist::{Layer, ListRule, plain};
use crate::domain::markdown::{Checklist, Document, Item, Procedure};
use crate::domain::time::short;

/// More rows are refused by the config; items without one are a person's.
const ROWS_MAX: usize = 4000;

const HEAD: &str = "\
# Written by `watchdeck checklists import`; yours to change, and read again when it changes. Rows of the config itself win.
#   mode = \"auto\"     ticks itself while its evidence is good; takes the tick back when it is not
#          \"live\"     shows its value all the time
#          \"assist\"   shows its evidence, a person confirms
#          \"exec\"     runs a command when a person asks, a person confirms
#          \"manual\"   a person alone
#   evidence.live = \"services.healthy == 7\"
#   evidence.command = { argv = [\"/usr/local/bin/check\", \"--json\"], expect = [{ json = \"$.passed\", at_least = 1 }] }
#   evidence.file = { path = \"/var/backups/*.dump\", newer_than = \"26h\" }
#   evidence.note = { ask = \"a link to the report\", form = \"link\" }   # note, link, number
# A list may have `due` (\"09:00\", \"Fri 17:00\", \"day 5 12:00\"), `budget`, `short`, `cadence` and `skip`.
";

pub struct Mapped {
    pub text: String,
    /// Items that the shipped mapping knows.
    pub known: usize,
    /// Items past the bound, which have no row.
    pub without: usize,
}

pub fn mapping(name: &str, document: &Document) -> Mapped {
    let shipped = Shipped::read();
    let mut mapped =
        Mapped { text: format!("# What stands behind each item of {name}.\n{HEAD}"), known: 0, without: 0 };
    let mut left = ROWS_MAX;
    for list in &document.lists {
        mapped.list(list, document, &shipped, &mut left);
    }
    for procedure in &document.procedures {
        mapped.steps(procedure, &shipped);
    }
    mapped
}

impl Mapped {
    fn list(&mut self, list: &Checklist, document: &Document, shipped: &Shipped, left: &mut usize) {
        let budget = list.budget.map_or_else(String::new, |b| format!(", {} effort", short(b)));
        let due = list.due.map_or_else(String::new, |d| format!(", due {d}"));
        let (title, cadence, line) = (comment(list.title.as_str()), list.cadence.word(), list.place.line);
        self.text.push_str(&format!("\n# ---- line {line}: {title} ({cadence}{budget}{due}) ----\n\n"));
        let pattern = list_pattern(list, document);
        let row = format!("[[list]]\nlist = {}\n", quoted(&pattern));
        match shipped.list(list) {
            Some(says) => self.text.push_str(&format!("{row}{says}")),
            // Ready to be opened; without a due time it is due when its period ends.
            None => row.lines().for_each(|l| self.text.push_str(&format!("# {l}\n"))),
        }
        let patterns = Patterns::of(list);
        for item in &list.items {
            if *left == 0 {
                self.without += 1;
                continue;
            }
            *left -= 1;
            let (line, text) = (item.place.line, comment(item.text.as_str()));
            let named = format!("list = {}\nitem = {}\n", quoted(&pattern), quoted(patterns.item(item)));
            let says = self.says(list, item, shipped);
            self.text.push_str(&format!("\n# line {line}: {text}\n[[item]]\n{named}{says}"));
        }
        if self.without > 0 && *left == 0 {
            self.text.push_str("\n# The other items have no row here: they are a person's.\n");
        }
    }

    /// How an item is worked: what the shipped mapping says, else by hand, unless a comment in the file says more.
    fn says(&mut self, list: &Checklist, item: &Item, shipped: &Shipped) -> String {
        let said = &item.directives;
        if let Some(says) = shipped.item(list, item) {
            self.known += 1;
            return says.to_owned();
        }
        if said.mode.is_some() || said.evidence.is_some() || said.command.is_some() {
            return "# A comment in the file says how.\n".to_owned();
        }
        "mode = \"manual\"\n".to_owned()
    }

    fn steps(&mut self, procedure: &Procedure, shipped: &Shipped) {
        for step in &procedure.steps {
            let Some((pattern, says)) = shipped.step(procedure, step) else { continue };
            let (line, id) = (step.place.line, quoted(&procedure.id));
            let text = comment(step.text.as_str());
            let row = format!("[[step]]\nprocedure = {id}\nstep = {}\n{says}", quoted(pattern));
            self.text.push_str(&format!("\n# line {line}: {text}\n{row}"));
        }
    }
}

/// Nothing is no pattern, and a config would read `${NAME}` as a value of the environment.
fn plainly(text: &&str) -> bool {
    !text.trim().is_empty() && !text.contains("${")
}

/// The id of a list, unless it is also a part of another one's title.
fn list_pattern(list: &Checklist, document: &Document) -> String {
    let alone = |pattern: &&str| {
        let rule = ListRule::bare(Layer::Mapping, pattern);
        document.lists.iter().filter(|l| rule.names(l)).count() == 1
    };
    [list.id.as_str(), list.title.as_str()].into_iter().filter(plainly).find(alone).unwrap_or(&list.id).to_owned()
}

/// What the items of one list can be called.
struct Patterns<'a>(Vec<(&'a str, String)>);

impl<'a> Patterns<'a> {
    fn of(list: &'a Checklist) -> Self {
        Self(list.items.iter().map(|i| (i.id.as_str(), plain(i.text.as_str()))).collect())
    }
    /// Its words, unless another item has them too; then its id, which is new whenever the words are.
    fn item(&self, item: &'a Item) -> &'a str {
        let alone = |pattern: &&str| {
            let words = plain(pattern);
            self.0.iter().filter(|(id, text)| id == pattern || text.contains(&words)).count() == 1
        };
        let (text, id) = (item.text.as_str(), item.id.as_str());
        let fallback = if plainly(&text) { text } else { id };
        [text, id].into_iter().filter(plainly).find(alone).unwrap_or(fallback)
    }
}
