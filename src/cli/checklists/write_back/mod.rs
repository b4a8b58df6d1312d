//! `checklists write-back`: what was ticked, into the boxes of the Markdown file itself, only when somebody asks. The file
//! is read and parsed anew; a box is touched where its item is still the one that was ticked, and nothing else is.

mod file;
mod plan;

use std::path::Path;

use crate::cli::exit;
use crate::cli::output::Out;
use crate::cli::seat::Seat;
use crate::domain::checklist::Template;
use crate::domain::markdown;
use crate::engine::lists::Shown;
use plan::Plan;

pub fn run(seat: &Seat, asked: &str, dry_run: bool, out: &mut Out) -> anyhow::Result<u8> {
    let refuse = |out: &mut Out, why: &str, code: u8| -> anyhow::Result<u8> {
        out.line(&format!("NOT written: {why}"))?;
        Ok(code)
    };
    let me = &seat.model().me;
    if !me.role.may_act() {
        return refuse(
            out,
            &format!("role {} may not write back; ask a responder", me.role.word()),
            exit::NOT_PERMITTED,
        );
    }
    let shown = match super::boxes::list(seat, asked) {
        Ok(shown) => shown,
        Err(unclear) => {
            seat.remark_problems();
            return refuse(out, &unclear.why, unclear.code);
        }
    };
    let Some(template) = shown.template.clone() else {
        return refuse(out, "no file here holds this list; its config is needed", exit::FAILED);
    };
    match look(seat, &shown, &template) {
        Ok((held, plan)) => write(&held, &plan, dry_run, (&template, out)),
        Err(why) => refuse(out, &why.to_string(), exit::FAILED),
    }
}

fn look(seat: &Seat, shown: &Shown, template: &Template) -> anyhow::Result<(file::Held, Plan)> {
    let read = seat.model().board.documents.iter().find(|d| d.name == template.file);
    let read = read.ok_or_else(|| anyhow::anyhow!("{} is not read here", template.file))?;
    let held = file::Held::read(Path::new(&read.file))?;
    let hash = read.content.as_ref().map(|(hash, _)| hash.as_str()).unwrap_or_default();
    if held.sha256() != hash {
        anyhow::bail!("{} has just changed; run the command again", template.file);
    }
    let document = markdown::parse(&held.bytes).map_err(|why| anyhow::anyhow!("{}: {why}", template.file))?;
    let here = || document.lists.iter().filter(|l| l.place.line == template.line);
    // A list whose id another file had before it goes by its file's name too.
    let list = here().find(|l| l.id == template.list);
    let list = list.or_else(|| here().find(|l| template.list.ends_with(&format!("-{}", l.id))));
    let list = list.ok_or_else(|| anyhow::anyhow!("{} no longer has this list", template.file))?;
    Ok((held, plan::plan(&shown.occurrence, list)))
}

fn write(held: &file::Held, plan: &Plan, dry_run: bool, (template, out): (&Template, &mut Out)) -> anyhow::Result<u8> {
    let name = &template.file;
    if !dry_run
        && !plan.changes.is_empty()
        && let Err(why) = held.replace(&plan.applied(&held.bytes))
    {
        out.line(&format!("NOT written: {why}"))?;
        return Ok(exit::FAILED);
    }
    for change in &plan.changes {
        out.line(&format!("{name}:{}: [{}] {}", change.line, char::from(change.to), change.text))?;
    }
    for left in &plan.untouched {
        out.line(&format!("NOT touched {name}:{}: {}", left.line, left.why))?;
    }
    let verb = if dry_run { "would write" } else { "wrote" };
    out.line(&format!("{verb} {} of {} boxes in {name}", plan.changes.len(), plan.boxes))?;
    Ok(if plan.untouched.is_empty() { exit::DONE } else { exit::FAILED })
}
