//! The handoff as Markdown: what the next person has to know, worst first. A section without anything says "none"; a long
//! one says how much more there is. The same facts give the same lines.

use super::markup::escaped;
use super::times::Times;
use crate::domain::handoff::{AlertSeen, Cut, Ended, Facts, ListSeen, Must, Numbers, Quiet, RunSeen, Watched};
use crate::domain::service::ServiceState;
use crate::domain::text::Clean;
use crate::domain::time::short;

/// Undone items named below one list.
const ITEMS_MAX: usize = 5;
/// Words of somebody else's note or detail.
const WORDS_CHARS: usize = 120;

/// The whole text, a line each: well below what a handoff may have, as every section is cut.
pub fn draft(facts: &Facts) -> Vec<Clean> {
    let t = Times::new(facts.head.at, facts.head.zone);
    let mut lines = head(facts, &t);
    let sections = [
        section("Burning", &facts.burning, |a| vec![burning(a, &t)]),
        section("Must act now", &now(&facts.must), |m| must(m, &t, &facts.must)),
        section("Watch", &facts.watch, |w| vec![watched(w, &t)]),
        section("Open procedure runs", &facts.runs, |r| vec![run(r, &t)]),
        section("Muted and snoozed", &facts.quiet, |q| vec![quiet(q, &t)]),
        section("Overdue and missed", &facts.lists, |l| list(l, &t)),
        section("Resolved since the last handoff", &facts.resolved, |e| vec![ended(e, &t)]),
    ];
    lines.extend(sections.into_iter().flatten());
    lines.push(String::new());
    lines.push("## Numbers".to_owned());
    lines.extend(numbers(&facts.numbers));
    lines.iter().map(|l| Clean::new(l)).collect()
}

fn head(facts: &Facts, t: &Times) -> Vec<String> {
    let h = &facts.head;
    let since = match &h.last {
        Some((from, to)) => format!("{}, when {from} passed the watch to {to}", t.clock(h.since)),
        None => format!("{}; no handoff before this one is known", t.clock(h.since)),
    };
    vec![
        format!("# Handoff of {}, {}", escaped(h.environment.as_str()), t.full(h.at)),
        format!("Drafted for {}. Covers what happened since {since}.", h.by),
        String::new(),
        format!("**{}**", summary(facts)),
    ]
}

/// The one line for whoever reads no further.
pub fn summary(facts: &Facts) -> String {
    let unacked = facts.burning.rows.iter().filter(|a| a.owner.is_none()).count();
    let burning = match (facts.burning.total(), unacked) {
        (0, _) => "nothing burns".to_owned(),
        (n, 0) => format!("{n} burning, all in somebody's hands"),
        (n, u) => format!("{n} burning, {u}{} unacked", if facts.burning.more > 0 { " or more" } else { "" }),
    };
    let n = &facts.numbers;
    let late = facts.lists.rows.iter().filter(|l| !l.missed).count();
    format!(
        "{burning}; {} to act on now; {} open; {}; {} of {} services up",
        facts.must.total(),
        counted(facts.runs.total(), "procedure", "procedures"),
        counted(late, "list late", "lists late"),
        n.up,
        n.services
    )
}

fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

fn section<T>(title: &str, cut: &Cut<T>, say: impl Fn(&T) -> Vec<String>) -> Vec<String> {
    let mut lines = vec![String::new(), format!("## {title}")];
    if cut.rows.is_empty() {
        lines.push("none".to_owned());
    }
    lines.extend(cut.rows.iter().flat_map(say));
    if cut.more > 0 {
        lines.push(format!("- and {} more", cut.more));
    }
    lines
}

fn words(text: &Clean) -> String {
    let cut: String = text.as_str().chars().take(WORDS_CHARS).collect();
    let more = if cut.len() < text.as_str().len() { "…" } else { "" };
    format!("{}{more}", escaped(&cut))
}

/// `4821 ml-lead-intelligence: p95 231 > 200 ms`
fn named(a: &AlertSeen) -> String {
    let service = if a.service.is_empty() { String::new() } else { format!(" {}:", escaped(a.service.as_str())) };
    format!("{}{service} {}", a.id, words(&a.title))
}

fn burning(a: &AlertSeen, t: &Times) -> String {
    let who = match (&a.owner, a.until) {
        (Some(owner), Some(until)) => format!("{owner} has it, the ack ends {}", t.around(until)),
        _ => "UNACKED".to_owned(),
    };
    let level = if a.level > 0 { format!(", L{} was paged", a.level) } else { String::new() };
    let flaps = if a.flapping { ", flapping" } else { "" };
    format!("- {} {}, for {}{level}{flaps}: {who}", a.severity.word(), named(a), t.age(a.since))
}

/// Late lists in one line, as each has its own below: the first stands for all.
fn now(must: &Cut<Must>) -> Cut<&Must> {
    let late = |m: &&Must| matches!(m, Must::ListLate { .. });
    let first = must.rows.iter().position(|m| late(&m));
    let rows = must.rows.iter().enumerate().filter(|(at, m)| !late(m) || Some(*at) == first).map(|(_, m)| m);
    Cut { rows: rows.collect(), more: must.more }
}

/// `6 lists late: 14 items left, the first was due 09:00 CET (5h ago); Overdue and missed names them`.
fn late(all: &Cut<Must>, t: &Times) -> String {
    let of = |m: &Must| if let Must::ListLate { due, left, .. } = m { Some((*due, *left)) } else { None };
    let told: Vec<_> = all.rows.iter().filter_map(of).collect();
    let items: usize = told.iter().map(|(_, left)| left).sum();
    let first = told.iter().map(|(due, _)| *due).min().map_or_else(String::new, |due| t.due(due));
    let (lists, items) = (counted(told.len(), "list", "lists"), counted(items, "item", "items"));
    format!("- {lists} late: {items} left, the first was due {first}; Overdue and missed names them")
}

fn must(m: &Must, t: &Times, all: &Cut<Must>) -> Vec<String> {
    let said = match m {
        Must::NoWorker { since: Some(since) } => {
            format!("- NO WORKER since {}: nothing is checked, paged or timed", t.around(*since))
        }
        Must::NoWorker { since: None } => "- NO WORKER: nothing is checked, paged or timed".to_owned(),
        Must::AckEnds { alert } => {
            let owner = alert.owner.as_ref().map_or("nobody", Clean::as_str);
            let until = alert.until.map_or_else(String::new, |at| t.around(at));
            format!("- the ack of {} ends {until}; {owner} has it", named(alert))
        }
        Must::PageFailed { page, alert, level, channel, dead, why } => {
            let state = if *dead { "is dead: nobody was told" } else { "has failed and is tried again" };
            let why = if why.is_empty() { String::new() } else { format!(" ({})", words(why)) };
            format!("- page {page} about {alert} to L{level} by {} {state}{why}", escaped(channel.as_str()))
        }
        Must::StepDue { run } => {
            let next = run.next.as_ref().map_or_else(String::new, words);
            let due = run.due.map_or_else(String::new, |at| t.around(at));
            format!("- run {} of {}: step {next} was due {due}", run.id, escaped(run.title.as_str()))
        }
        Must::ListLate { .. } => late(all, t),
        Must::ToClose { alert } => format!("- {} is over and waits for a word on what it was", named(alert)),
    };
    vec![said]
}

fn watched(w: &Watched, t: &Times) -> String {
    match w {
        Watched::Acked { alert } => burning(alert, t),
        Watched::Flapping { alert } => format!("- {} flaps", named(alert)),
        Watched::Service { name, state, seen, says } => {
            let seen = seen.map_or("never seen".to_owned(), |at| format!("last seen {}", t.ago(at)));
            let says = if says.is_empty() || *state == ServiceState::Stale {
                String::new()
            } else {
                format!(": {}", words(says))
            };
            format!("- {} is {}, {seen}{says}", escaped(name.as_str()), state.word())
        }
        Watched::Stream { name, state, heard, says } => {
            let heard = heard.map_or("nothing heard yet".to_owned(), |at| format!("last event {}", t.ago(at)));
            let says = if says.is_empty() { String::new() } else { format!(": {}", words(says)) };
            format!("- stream {} is {state}, {heard}{says}", escaped(name.as_str()))
        }
    }
}

fn run(r: &RunSeen, t: &Times) -> String {
    let of = r.alert.map_or_else(String::new, |id| format!(" on {id}"));
    let next = match &r.next {
        Some(next) if r.failed => format!("step {} has FAILED and holds it up", words(next)),
        Some(next) => format!("next {}", words(next)),
        None => "no step left".to_owned(),
    };
    let due = r.due.map_or_else(String::new, |at| {
        let word = if at <= t.now { "was due" } else { "due" };
        format!(", {word} {}", t.around(at))
    });
    format!("- run {} {}{of}: {} of {} done; {next}{due}", r.id, escaped(r.title.as_str()), r.done, r.steps)
}

fn quiet(q: &Quiet, t: &Times) -> String {
    let word = if q.snoozed { "snoozed" } else { "muted" };
    let reason = if q.reason.is_empty() { "no reason given".to_owned() } else { words(&q.reason) };
    format!("- {} {word} by {} until {}: {reason}", words(&q.what), q.by, t.around(q.until))
}

fn list(l: &ListSeen, t: &Times) -> Vec<String> {
    let (n, title) = (l.items.total(), escaped(l.list.as_str()));
    let head = match l.due {
        _ if l.missed => format!("- {title}, {}: missed {n}", l.period),
        Some(due) => format!("- {title}, {}: {n} left, was due {}", l.period, t.due(due)),
        None => format!("- {title}, {}: {n} left", l.period),
    };
    let mut lines = vec![head];
    lines.extend(l.items.rows.iter().take(ITEMS_MAX).map(|i| format!("  - {}", words(i))));
    if n > ITEMS_MAX {
        lines.push(format!("  - and {} more", n - ITEMS_MAX));
    }
    lines
}

fn ended(e: &Ended, t: &Times) -> String {
    let note = if e.note.is_empty() { String::new() } else { format!(": {}", words(&e.note)) };
    let lasted = short(e.at.since(e.alert.since));
    format!("- {} {}, {} by {} after {lasted}{note}", e.alert.severity.word(), named(&e.alert), t.clock(e.at), e.by)
}

fn numbers(n: &Numbers) -> Vec<String> {
    let unknown = if n.not_known > 0 { format!(", {} unknown or stale", n.not_known) } else { String::new() };
    let ack = match n.median_ack_ms {
        Some(ms) => format!(", median {} to the first ack", short(std::time::Duration::from_millis(ms))),
        None => String::new(),
    };
    let partial = if n.partial { " (at least: older ones are in the store alone)" } else { "" };
    let lists = match n.lists_due {
        0 => "lists: none was due".to_owned(),
        due => format!("lists: {} of {due} on time", n.lists_on_time),
    };
    vec![
        format!("- services: {} of {} up{unknown}", n.up, n.services),
        format!("- alerts: {} raised, {} of them acked{ack}; {} resolved{partial}", n.raised, n.acked, n.resolved),
        format!("- {lists}"),
    ]
}
