//! What an import says it did, or would do: the counts, each trigger's fate, the files, and the way on.

use serde_json::{Value, json};

use super::rules::{Fate, Told};
use super::{Plan, comment};
use crate::cli::output::Out;
use crate::config::file;
use crate::domain::markdown::{Cadence, Weight};

/// Conditions told one by one; a file with more is told by its counts.
const TOLD_MAX: usize = 40;

pub fn tell(plan: &Plan, dry: bool, json: bool, out: &mut Out) -> anyhow::Result<()> {
    if json {
        out.json("checklists-import", whole(plan, dry))?;
        return Ok(());
    }
    out.line(&counts(plan))?;
    for told in plan.added.conditions.iter().take(TOLD_MAX) {
        out.line(&format!("line {}: {}: {}", told.line, told.condition, fate(told)))?;
    }
    if plan.added.unclear > 0 {
        out.line(&format!("{} not understood: shown beside their procedures, no rule", trigger_lines(plan)))?;
    }
    for line in files(plan, dry) {
        out.line(&line)?;
    }
    if dry {
        out.line(&format!("---- {}", file::shown(&plan.place.path)))?;
        plan.block.lines().try_for_each(|line| out.line(&comment(line)))?;
        if let Some(mapped) = &plan.mapped {
            out.line(&format!("---- {}", file::shown(&plan.place.mapping.path)))?;
            mapped.text.lines().try_for_each(|line| out.line(&comment(line)))?;
        }
        return Ok(());
    }
    let mapping = file::shown(&plan.place.mapping.path);
    out.line(&format!("next: go through {mapping}: how each item is worked, and on what evidence"))?;
    out.line("      `watchdeck config check` says what is wrong; a running watchdeck reads both files by itself")?;
    Ok(())
}

fn trigger_lines(plan: &Plan) -> String {
    let n = plan.added.unclear;
    format!("{n} trigger line{}", if n == 1 { "" } else { "s" })
}

fn counts(plan: &Plan) -> String {
    let document = &plan.document;
    let steps: usize = document.procedures.iter().map(|p| p.steps.len()).sum();
    let [restated, written, not] = fates(plan);
    let not = if not > 0 { format!(", {not} no rule can say") } else { String::new() };
    format!(
        "{} items in {} lists, {} procedures with {steps} steps, {} contacts, {} trigger conditions: {restated} restate \
         rules, {written} written as rules{not}",
        document.items().count(),
        document.lists.len(),
        document.procedures.len(),
        document.contacts.len(),
        plan.added.conditions.len(),
    )
}

fn fates(plan: &Plan) -> [usize; 3] {
    let mut counts = [0; 3];
    let [restated, written, not] = &mut counts;
    for told in &plan.added.conditions {
        match told.fate {
            Fate::Restates { .. } => *restated += 1,
            Fate::Written { .. } => *written += 1,
            Fate::Not(_) => *not += 1,
        }
    }
    counts
}

fn fate(told: &Told) -> String {
    match &told.fate {
        Fate::Restates { rule } => format!("restated by rule {rule}"),
        Fate::Written { rule } => format!("rule {rule}, opens {}", told.procedure),
        Fate::Not(why) => format!("no rule: {why}"),
    }
}

/// What was written where.
fn files(plan: &Plan, dry: bool) -> Vec<String> {
    let (place, added) = (&plan.place, &plan.added);
    let [_, written, _] = fates(plan);
    let section = if plan.document.lists.is_empty() { "[[procedure]]" } else { "[[checklist]]" };
    let parts = [(written, "rule"), (added.kpis.len(), "kpi"), (added.levels.len(), "level")];
    let more = parts.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!(", {n} [[{what}]]"));
    let more = more.collect::<Vec<_>>().concat();
    let how = match (dry, place.real.is_some()) {
        (false, true) => "appended to",
        (true, true) => "would be appended to",
        (false, false) => "written to the new",
        (true, false) => "would be written to the new",
    };
    let mut lines = vec![format!("{section}{more} {how} {}", file::shown(&place.path))];
    let path = file::shown(&place.mapping.path);
    lines.push(match &plan.mapped {
        None => format!("{path} is used as it is"),
        Some(mapped) => {
            let would = if dry { "would be " } else { "" };
            let without =
                if mapped.without > 0 { format!(", {} without a row", mapped.without) } else { String::new() };
            let (known, all) = (mapped.known, plan.document.items().count());
            let by_hand = if known < all { ", the others by hand" } else { "" };
            format!("{path} {would}written: {known} of {all} items as the shipped mapping has them{by_hand}{without}")
        }
    });
    let lost = plan.document.findings.iter().filter(|f| f.weight == Weight::Lost).count();
    if lost > 0 {
        lines.push(format!("{lost} boxes or steps of the file are in no list: `watchdeck checklists lint` says which"));
    }
    lines
}

fn whole(plan: &Plan, dry: bool) -> Value {
    let (document, place, added) = (&plan.document, &plan.place, &plan.added);
    let count = |c: Cadence| document.lists.iter().filter(|l| l.cadence == c).map(|l| l.items.len()).sum::<usize>();
    let by_cadence: serde_json::Map<_, _> =
        Cadence::ALL.into_iter().map(|c| (c.word().to_owned(), count(c).into())).collect();
    let conditions: Vec<Value> = added.conditions.iter().map(condition).collect();
    let mut whole = json!({
        "file": place.shown, "dry_run": dry,
        "config": file::shown(&place.path), "config_new": place.real.is_none(),
        "mapping": file::shown(&place.mapping.path), "mapping_new": plan.mapped.is_some(),
        "items": document.items().count(), "items_by_cadence": by_cadence, "lists": document.lists.len(),
        "items_known": plan.mapped.as_ref().map(|m| m.known),
        "procedures": document.procedures.len(),
        "steps": document.procedures.iter().map(|p| p.steps.len()).sum::<usize>(),
        "contacts": document.contacts.len(), "conditions": conditions, "unclear": added.unclear,
        "kpis": added.kpis, "levels": added.levels,
    });
    if let (true, Some(object)) = (dry, whole.as_object_mut()) {
        object.insert("config_text".to_owned(), plan.block.as_str().into());
        object.insert("mapping_text".to_owned(), plan.mapped.as_ref().map(|m| m.text.as_str()).into());
    }
    whole
}

fn condition(told: &Told) -> Value {
    let (does, rule, why) = match &told.fate {
        Fate::Restates { rule } => ("restates", Some(rule), None),
        Fate::Written { rule } => ("written", Some(rule), None),
        Fate::Not(why) => ("not", None, Some(why)),
    };
    json!({
        "procedure": told.procedure, "condition": told.condition, "line": told.line, "does": does, "rule": rule,
        "why": why,
    })
}
