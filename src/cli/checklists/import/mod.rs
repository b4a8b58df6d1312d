//! `checklists import FILE.md`: a Markdown file's lists and procedures into a config. Everything is made as text and
//! checked as a whole before the first byte is written; what stood in the config stays, byte for byte, in front.

mod mapping;
mod place;
mod rules;
mod shipped;
mod told;
mod write;

use std::path::PathBuf;

use clap::Args;

use super::lint;
use crate::cli::context::Context;
use crate::cli::output::{self, Out};
use crate::cli::{checklists::import::place::Place, exit};
use crate::config::{self, ConfigError, Registry};
use crate::domain::markdown::Document;
use crate::domain::text::Clean;
use mapping::Mapped;
use rules::Added;

#[derive(Args, Debug, Clone)]
pub struct Flags {
    /// The Markdown file
    file: PathBuf,
    /// The mapping: used as it is when it is there, else written there [default: NAME.map.toml beside the config]
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// Write nothing, print what would be written
    #[arg(long)]
    dry_run: bool,
    /// As one JSON document
    #[arg(long)]
    json: bool,
}

/// What an import comes to, as texts that have been checked.
pub struct Plan {
    pub place: Place,
    pub document: Document,
    /// What is appended to the config.
    pub block: String,
    /// None when a mapping that is there is used as it is.
    pub mapped: Option<Mapped>,
    pub added: Added,
}

/// Why nothing can be imported.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refused(String);

fn refused(why: impl Into<String>) -> anyhow::Error {
    Refused(why.into()).into()
}

pub fn run(context: &Context, flags: &Flags, out: &mut Out) -> anyhow::Result<u8> {
    let plan = plan(context, flags)?;
    if !flags.dry_run {
        write::write(&plan)?;
    }
    told::tell(&plan, flags.dry_run, flags.json, out)?;
    Ok(exit::DONE)
}

fn plan(context: &Context, flags: &Flags) -> anyhow::Result<Plan> {
    let document = lint::read(&flags.file)?;
    if document.lists.is_empty() && document.procedures.is_empty() {
        let why =
            "no list and no procedure is in it, so there is nothing to import; `watchdeck checklists lint` says why";
        return Err(refused(format!("{}: {why}", config::file::shown(&flags.file))));
    }
    let registry = Context::registry();
    let place = Place::of(context, &flags.file, flags.mapping.as_deref(), &registry)?;
    let mapped = (!place.mapping.there).then(|| mapping::mapping(&place.shown, &document));
    let added = rules::added(&document, &place.config, &registry);
    let block = block(&place, &document, &added);
    let plan = Plan { place, document, block, mapped, added };
    check(&plan, &registry)?;
    Ok(plan)
}

/// What is appended: the file, then what its triggers and contacts give.
fn block(place: &Place, document: &Document, added: &Added) -> String {
    let section = if document.lists.is_empty() { "procedure" } else { "checklist" };
    let head = format!("# ---- {}: written by `watchdeck checklists import` ", place.shown);
    let rule = "-".repeat(120_usize.saturating_sub(head.chars().count()));
    let mut text = format!("\n{head}{rule}\n\n[[{section}]]\nfile = {}\n", quoted(&place.written));
    text.push_str(&format!("mapping = {}\n", quoted(&place.mapping.written)));
    text.push_str(&added.text);
    text
}

/// The whole as it will stand must be a sound config: else nothing is written.
fn check(plan: &Plan, registry: &Registry) -> Result<(), ConfigError> {
    let place = &plan.place;
    let mapping = plan.mapped.iter().map(|m| (place.mapping.path.clone(), m.text.clone()));
    let written: Vec<_> = mapping.collect();
    config::check_text(&plan.text(), &place.path, &written, registry).map(|_| ()).inspect_err(|_| {
        output::remark("nothing is written: with the import the config would not be sound");
    })
}

impl Plan {
    /// The config as it will be.
    pub fn text(&self) -> String {
        let old = &self.place.old;
        let end = if old.is_empty() || old.ends_with('\n') { "" } else { "\n" };
        format!("{old}{end}{}", self.block)
    }
}

/// As TOML writes a text.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A comment's text: one line, nothing that TOML forbids there.
fn comment(text: &str) -> String {
    Clean::new(text).to_string()
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use proptest::prelude::*;

    use super::*;
    use crate::domain::markdown;

    /// Pieces that a checklist is made of, and pieces that would like to be TOML.
    fn line() -> impl Strategy<Value = String> {
        let words = "[a-zA-Z0-9 \"'\\\\#=\\[\\]{}$%<>*`:!🧨é\u{1b}\u{202e}\u{0}-]{0,24}";
        prop_oneof![
            words.prop_map(|w| format!("# {w} daily")),
            words.prop_map(|w| format!("## Alert {w}")),
            words.prop_map(|w| format!("- [ ] {w}")),
            words.prop_map(|w| format!("- [ ] {w} <!-- mode: auto; id: x -->")),
            words.prop_map(|w| format!("1. **{w}**: {w}")),
            words.prop_map(|w| format!("**Triggers**: {w} >5% or response time <3.5{w}")),
            words.prop_map(|w| format!("# Contacts {w}\n- **Level 3**: {w}")),
            words,
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn whatever_a_file_says_what_is_written_of_it_is_sound(lines in prop::collection::vec(line(), 0..14)) {
            let document = markdown::parse(lines.join("\n").as_bytes()).unwrap();
            let registry = Context::registry();
            let none = config::parse("", "none", &registry).unwrap();
            let added = rules::added(&document, &none, &registry);
            let mapped = mapping::mapping("x.md", &document);
            let written = [(PathBuf::from("/nowhere/x.map.toml"), mapped.text)];
            let text = format!("[[checklist]]\nfile = \"x.md\"\nmapping = \"x.map.toml\"\n{}", added.text);
            let read = config::check_text(&text, Path::new("/nowhere/c.toml"), &written, &registry);
            let config = read.unwrap_or_else(|e| panic!("{e}\n{text}\n{}", written[0].1));
            let source = &config.setup.sources[0];
            prop_assert_eq!(source.items.len(), document.items().count());
            let written = added.conditions.iter().filter(|c| matches!(c.fate, rules::Fate::Written { .. })).count();
            prop_assert_eq!(config.setup.rules.len(), written);
        }
    }
}
