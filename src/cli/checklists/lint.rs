//! `checklists lint`: what a Markdown file holds, and what its author probably meant and a parser loses.

use std::collections::HashMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::cli::exit;
use crate::cli::output::Out;
use crate::config::file;
use crate::domain::markdown::{self, BYTES_MAX, Checklist, Document, Finding, Procedure, Weight};
use crate::domain::text::Clean;
use crate::domain::time::short;

pub fn run(path: &Path, json: bool, out: &mut Out) -> anyhow::Result<u8> {
    let name = file::shown(path);
    let document = read(path)?;
    if json {
        out.json("checklists-lint", whole(path, &document))?;
    } else {
        say(&name, &document, out)?;
    }
    let lost = document.findings.iter().any(|f| f.weight == Weight::Lost);
    Ok(if lost { exit::FAILED } else { exit::DONE })
}

/// A file's document, or why there is none, with its name.
pub fn read(path: &Path) -> anyhow::Result<Document> {
    let bytes = file::read_bytes(path, BYTES_MAX)?;
    markdown::parse(&bytes).map_err(|why| anyhow::anyhow!("{}: {why}", file::shown(path)))
}

fn say(name: &str, document: &Document, out: &mut Out) -> anyhow::Result<()> {
    let mut titles: HashMap<&Clean, usize> = HashMap::new();
    document.lists.iter().for_each(|l| *titles.entry(&l.title).or_default() += 1);
    for list in &document.lists {
        let budget = list.budget.map_or_else(String::new, |b| format!(", {} effort", short(b)));
        let due = list.due.map_or_else(String::new, |d| format!(", due {d}"));
        out.line(&format!(
            "{:<8} {:>3}  {}{budget}{due}",
            list.cadence.word(),
            list.items.len(),
            named(list, titles.get(&list.title) == Some(&1))
        ))?;
    }
    for procedure in &document.procedures {
        let triggers = procedure.triggers.iter().map(|t| t.conditions.len()).sum::<usize>();
        let trigger = if triggers > 0 { format!(", {triggers} trigger conditions") } else { String::new() };
        out.line(&format!("{:<8} {:>3}  {}{trigger}", "steps", procedure.steps.len(), procedure.title))?;
    }
    for f in &document.findings {
        let Finding { place, weight, what, fix, .. } = f;
        out.line(&format!("{name}:{}:{}: {}: {what}; {fix}", place.line, place.column, weight.word()))?;
    }
    let more = if document.findings_more > 0 { format!(" and {} more", document.findings_more) } else { String::new() };
    let steps: usize = document.procedures.iter().map(|p| p.steps.len()).sum();
    out.line(&format!(
        "{} items in {} lists, {} procedures with {steps} steps, {} contacts, {} findings{more}",
        document.items().count(),
        document.lists.len(),
        document.procedures.len(),
        document.contacts.len(),
        document.findings.len(),
    ))?;
    Ok(())
}

/// A title that the file has more than once, with the heading above it.
fn named(list: &Checklist, alone: bool) -> String {
    match list.above.last().filter(|_| !alone) {
        Some(above) => format!("{above} › {}", list.title),
        None => list.title.to_string(),
    }
}

fn whole(path: &Path, document: &Document) -> Value {
    json!({
        "file": file::shown(path), "title": document.title, "created": document.created,
        "lists": document.lists.iter().map(list).collect::<Vec<_>>(),
        "procedures": document.procedures.iter().map(procedure).collect::<Vec<_>>(),
        "contacts": document.contacts.len(),
        "findings": document.findings, "findings_more": document.findings_more,
    })
}

fn list(list: &Checklist) -> Value {
    let items: Vec<Value> = list
        .items
        .iter()
        .map(|i| json!({ "id": i.id, "text": i.text, "checked": i.checked, "line": i.place.line, "offset": i.box_at.start }))
        .collect();
    json!({
        "id": list.id, "title": list.title, "above": list.above, "cadence": list.cadence, "due": list.due,
        "budget_s": list.budget.map(|b| b.as_secs()), "items": items,
    })
}

fn procedure(procedure: &Procedure) -> Value {
    json!({
        "id": procedure.id, "title": procedure.title, "severity": procedure.severity,
        "steps": procedure.steps.iter().map(|s| json!({ "number": s.number, "text": s.text })).collect::<Vec<_>>(),
    })
}
