//! The shipped mapping, row by row with the text of each: what matches an imported item is copied with its comments.

use serde::Deserialize;

use crate::config::checklists::SHIPPED;
use crate::domain::checklist::{ItemRule, Layer, ListRule, StepRule};
use crate::domain::markdown::{Checklist, Item, Procedure, Step};

/// Keys that say whom a row is for; the copy names them its own way.
const WHOM: [&str; 4] = ["list", "item", "procedure", "step"];

pub struct Shipped {
    lists: Vec<(ListRule, String)>,
    items: Vec<(ItemRule, String)>,
    steps: Vec<(StepRule, String)>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Whom {
    list: String,
    item: String,
    procedure: String,
    step: String,
}

impl Shipped {
    pub fn read() -> Self {
        let mut shipped = Self { lists: Vec::new(), items: Vec::new(), steps: Vec::new() };
        let mut lines = SHIPPED.lines().peekable();
        while let Some(line) = lines.next() {
            let Some(kind) = line.strip_prefix("[[").and_then(|l| l.strip_suffix("]]")) else { continue };
            let mut row = Vec::new();
            while let Some(line) = lines.next_if(|l| !l.is_empty() && !l.starts_with("[[")) {
                row.push(line);
            }
            shipped.take(kind, &row);
        }
        shipped
    }

    fn take(&mut self, kind: &str, row: &[&str]) {
        // A test reads every row.
        let Whom { list, item, procedure, step } = toml::from_str(&row.join("\n")).unwrap_or_default();
        let whom = |line: &&&str| WHOM.iter().any(|key| line.starts_with(&format!("{key} = ")));
        let says: String = row.iter().filter(|line| !whom(line)).flat_map(|line| [line, "\n"]).collect();
        let layer = Layer::Mapping;
        match kind {
            "list" => self.lists.push((ListRule::bare(layer, &list), says)),
            "item" => self.items.push((ItemRule::bare(layer, &list, &item), says)),
            _ => self.steps.push((StepRule::bare(layer, &procedure, &step), says)),
        }
    }

    pub fn list(&self, list: &Checklist) -> Option<&str> {
        self.lists.iter().find(|(rule, _)| rule.names(list)).map(|(_, says)| says.as_str())
    }
    pub fn item(&self, list: &Checklist, item: &Item) -> Option<&str> {
        self.items.iter().find(|(rule, _)| rule.names(list, item)).map(|(_, says)| says.as_str())
    }
    /// A step's row, with the pattern that found it.
    pub fn step(&self, procedure: &Procedure, step: &Step) -> Option<(&str, &str)> {
        let found = self.steps.iter().find(|(rule, _)| rule.names(procedure, step));
        found.map(|(rule, says)| (rule.step.as_str(), says.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read_as_the_config_reads_it() {
        let shipped = Shipped::read();
        let whole: toml::Table = toml::from_str(SHIPPED).unwrap();
        let rows = |kind: &str| whole[kind].as_array().unwrap().clone();
        let again = |says: &str| toml::from_str::<toml::Table>(says).unwrap();
        assert_eq!((shipped.lists.len(), shipped.items.len()), (8, 37));
        for ((rule, says), row) in shipped.items.iter().zip(rows("item")) {
            let mut row = row.as_table().unwrap().clone();
            assert_eq!(row.remove("list").unwrap().as_str(), Some(rule.list.as_str()));
            assert_eq!(row.remove("item").unwrap().as_str(), Some(rule.item.as_str()));
            assert_eq!(again(says), row);
        }
        for ((rule, says), row) in shipped.steps.iter().zip(rows("step")) {
            let mut row = row.as_table().unwrap().clone();
            row.remove("procedure");
            assert_eq!(row.remove("step").unwrap().as_str(), Some(rule.step.as_str()));
            assert_eq!(again(says), row);
        }
    }
}
