//! The document as a tree with places: read, split into sections, hashed. Not its job: what a section means.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest as _, Sha256};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::raw::{ENOUGH, Problem, Value, nearest};

pub type Table = DeTable<'static>;

/// Past this the parser's list of everything wrong can be many times the text; the first problem is enough.
const RECOVER_MAX: usize = 256 << 10;
/// Items of one list: more than anybody watches, few enough to compare each with each.
const LIST_MAX: usize = 5000;
/// Sections that are one table, and those that are a list of tables.
pub const SINGLE: [&str; 5] = ["console", "store", "worker", "keys", "theme"];
pub const LISTS: [&str; 9] =
    ["service", "rule", "stream", "kpi", "channel", "level", "operator", "checklist", "procedure"];
/// Understood and kept; a later version will use them.
pub const LATER: [&str; 7] =
    ["objective", "log", "detector", "credential", "vulnerabilities", "rotation", "maintenance"];
pub const TOP: [&str; 2] = ["environment", "reference"];
/// How one operator likes their console; it changes nothing that a worker does.
const PERSONAL: [&str; 3] = ["console", "keys", "theme"];

/// A text that is no TOML: what is wrong, and what could be read all the same, so that secrets in it can be masked.
pub struct Broken {
    pub problems: Vec<Problem>,
    pub table: Table,
}

/// Reads the text; on failure every problem of its syntax.
pub fn parse(text: &str) -> Result<Table, Broken> {
    match DeTable::parse(text) {
        Ok(table) => Ok(own_table(table.into_inner())),
        Err(first) if text.len() > RECOVER_MAX => Err(Broken { problems: vec![syntax(&first)], table: Table::new() }),
        Err(_) => {
            let (table, errors) = DeTable::parse_recoverable(text);
            Err(Broken { problems: errors.iter().map(syntax).collect(), table: own_table(table.into_inner()) })
        }
    }
}

fn own_table(table: DeTable<'_>) -> Table {
    let own = |(key, value): (Spanned<Cow<'_, str>>, Spanned<DeValue<'_>>)| {
        (Spanned::new(key.span(), Cow::Owned(key.into_inner().into_owned())), own(value))
    };
    table.into_iter().map(own).collect()
}

/// The same value without the text it was read from. Toml's `make_owned` copies the text but keeps its lifetime.
pub fn own(value: Spanned<DeValue<'_>>) -> Value {
    let span = value.span();
    let owned = match value.into_inner() {
        DeValue::String(text) => DeValue::String(Cow::Owned(text.into_owned())),
        DeValue::Boolean(yes) => DeValue::Boolean(yes),
        DeValue::Datetime(when) => DeValue::Datetime(when),
        DeValue::Array(items) => DeValue::Array(items.into_iter().map(own).collect()),
        DeValue::Table(table) => DeValue::Table(own_table(table)),
        DeValue::Integer(number) => own_number(&number.to_string()),
        DeValue::Float(number) => own_number(&number.to_string()),
    };
    Spanned::new(span, owned)
}

/// Toml's number types borrow their digits and cannot be made from owned ones, so each distinct number ever read is
/// kept for the life of the process, once: a reload of the same file adds nothing.
fn own_number(digits: &str) -> DeValue<'static> {
    static KEPT: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let digits = kept.get(digits).copied().unwrap_or_else(|| {
        let new: &'static str = Box::leak(Box::from(digits));
        kept.insert(new);
        new
    });
    DeValue::parse(digits).map_or(DeValue::Boolean(false), Spanned::into_inner)
}

fn syntax(error: &toml::de::Error) -> Problem {
    let (what, hint) = error.message().split_once(", expected ").unwrap_or((error.message(), ""));
    let hint = if hint.is_empty() { String::new() } else { format!("expected {hint}") };
    Problem::at(error.span().unwrap_or(0..0), what, hint)
}

/// The root table while sections are taken out of it.
pub struct Root {
    table: Table,
    problems: Vec<Problem>,
}

impl Root {
    pub fn new(table: Table) -> Self {
        Self { table, problems: Vec::new() }
    }

    /// A section that is one table, with the place of its name.
    pub fn one(&mut self, name: &str) -> Option<Value> {
        let (key, value) = self.table.remove_entry(name)?;
        if value.get_ref().is_table() {
            return Some(value);
        }
        self.problems.push(Problem::at(key.span(), format!("`{name}` is one table"), format!("write [{name}]")));
        None
    }

    /// A section that is a list of tables.
    pub fn many(&mut self, name: &str) -> Vec<Value> {
        tables(&mut self.table, name, name, &mut self.problems)
    }

    /// A single word at the top of the file.
    pub fn word(&mut self, name: &str) -> Option<Value> {
        let (_, value) = self.table.remove_entry(name)?;
        if value.get_ref().is_str() {
            return Some(value);
        }
        let what = format!("`{name}` is a word, not a {}", value.get_ref().type_str());
        self.problems.push(Problem::at(value.span(), what, format!("{name} = \"…\"")));
        None
    }

    /// Names the sections kept for later versions; whatever else is left is unknown.
    pub fn finish(mut self) -> (Vec<String>, Vec<Problem>) {
        let mut later = Vec::new();
        for (key, _) in &self.table {
            if self.problems.len() >= ENOUGH {
                break;
            }
            if LATER.contains(&&**key.get_ref()) {
                later.push(key.get_ref().to_string());
            } else {
                self.problems.push(unknown_section(key.get_ref(), key.span()));
            }
        }
        (later, self.problems)
    }
}

/// Takes a list of tables out of a table; `shown` is its name in a header.
pub fn tables(table: &mut Table, name: &str, shown: &str, problems: &mut Vec<Problem>) -> Vec<Value> {
    let Some((key, value)) = table.remove_entry(name) else { return Vec::new() };
    match value.into_inner() {
        DeValue::Array(items) if items.len() > LIST_MAX => {
            let what = format!("{} times [[{shown}]] is more than {LIST_MAX}", items.len());
            problems.push(Problem::at(key.span(), what, "is it the right file?"));
            Vec::new()
        }
        DeValue::Array(items) if items.iter().all(|v| v.get_ref().is_table()) => items.into_iter().collect(),
        _ => {
            let hint = format!("write [[{shown}]], once for each");
            problems.push(Problem::at(key.span(), format!("`{name}` is a list of tables"), hint));
            Vec::new()
        }
    }
}

fn unknown_section(name: &str, span: Range<usize>) -> Problem {
    let all = || TOP.iter().chain(&SINGLE).chain(&LISTS).chain(&LATER).copied();
    let list = all().collect::<Vec<_>>().join(", ");
    let hint = match nearest(name, all()) {
        Some(near) => format!("did you mean `{near}`? sections: {list}"),
        None => format!("sections: {list}"),
    };
    Problem::at(span, format!("unknown section `{name}`"), hint)
}

/// Hex of a hash over what the file says, not how: comments, order and line ends do not count, nor does how somebody
/// likes their console. Secrets from the environment count by their variable's name.
pub fn hash(table: &Table) -> String {
    let mut canonical = String::new();
    for (key, value) in table.iter().filter(|(k, _)| !PERSONAL.contains(&&**k.get_ref())) {
        write_key(key.get_ref(), &mut canonical);
        write_value(value.get_ref(), &mut canonical);
    }
    hex(&canonical)
}

/// A config's hash with those of the mappings it names: what they say counts as if it stood in it.
pub fn hash_with(own: String, mappings: &[String]) -> String {
    if mappings.is_empty() { own } else { hex(&format!("{own}\n{}", mappings.join("\n"))) }
}

fn hex(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        use std::fmt::Write as _;
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Lengths before texts, so that no text can imitate a structure.
fn write_key(key: &str, out: &mut String) {
    use std::fmt::Write as _;
    let _ = write!(out, "k{}:{key}", key.len());
}

fn write_value(value: &DeValue<'static>, out: &mut String) {
    use std::fmt::Write as _;
    match value {
        DeValue::Table(table) => {
            out.push('{');
            for (key, inner) in table {
                write_key(key.get_ref(), out);
                write_value(inner.get_ref(), out);
            }
            out.push('}');
        }
        DeValue::Array(array) => {
            out.push('[');
            array.iter().for_each(|inner| write_value(inner.get_ref(), out));
            out.push(']');
        }
        leaf => {
            let text = leaf_text(leaf);
            let _ = write!(out, "{}{}:{text}", leaf.type_str().get(..1).unwrap_or_default(), text.len());
        }
    }
}

/// A single value as text; empty for tables and arrays.
pub fn leaf_text(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(yes) => yes.to_string(),
        DeValue::Datetime(when) => when.to_string(),
        DeValue::Array(_) | DeValue::Table(_) => String::new(),
    }
}
