//! A file's lists and procedures bound to what the config says of them: rhythm, mode, evidence, kinds of steps. What the
//! config says itself wins over a comment in the file, and that over a mapping that came with the file. Pure: the file
//! has been read, the rules have been checked.

use std::time::Duration;

use chrono_tz::Tz;

use super::period::{Due, Rhythm};
use super::template::{Template, TemplateItem};
use crate::domain::evidence::{Evidence, Expr, Gathered, HOLD};
use crate::domain::ids::spread;
use crate::domain::markdown::{self, Cadence, Checklist, Document, Item, Mode, Procedure};
use crate::domain::run::{Kind, ProcedureSpec, Step, StepSpec};
use crate::domain::text::Clean;

/// A command's result proves nothing after this, when nothing else is said.
const FRESH: Duration = Duration::from_secs(12 * 3600);

/// A file and the rules for it.
#[derive(Clone, PartialEq, Debug)]
pub struct Source {
    /// As the edge opens it.
    pub file: String,
    pub zone: Tz,
    /// Only procedures are taken from it.
    pub procedures_only: bool,
    /// A command in a comment of the file may be run when a person asks for it.
    pub file_commands: bool,
    pub lists: Vec<ListRule>,
    pub items: Vec<ItemRule>,
    pub steps: Vec<StepRule>,
}

/// Who said it; the smaller one wins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Layer {
    Config,
    Mapping,
}

/// For the lists whose id or title contains `list`.
#[derive(Clone, PartialEq, Debug)]
pub struct ListRule {
    pub layer: Layer,
    pub list: String,
    pub cadence: Option<Cadence>,
    pub due: Option<Due>,
    pub budget: Option<Duration>,
    pub short: Option<Clean>,
    /// Not taken from the file at all.
    pub skip: bool,
}

/// For the items whose text contains `item`, or whose id it is, of the lists that `list` names (all when empty).
#[derive(Clone, PartialEq, Debug)]
pub struct ItemRule {
    pub layer: Layer,
    pub list: String,
    pub item: String,
    pub mode: Option<Mode>,
    pub evidence: Option<Evidence>,
    pub two_person: Option<bool>,
    pub critical: Option<bool>,
    pub role: Option<Clean>,
}

/// For the steps whose name or text contains `step`, of the procedures that `procedure` names.
#[derive(Clone, PartialEq, Debug)]
pub struct StepRule {
    pub layer: Layer,
    pub procedure: String,
    pub step: String,
    pub kind: Option<Kind>,
    pub timer: Option<Duration>,
    pub repeat: Option<Duration>,
    pub stop_when: Option<Expr>,
}

/// What a file gives.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Bound {
    pub templates: Vec<Template>,
    pub procedures: Vec<ProcedureSpec>,
    /// Rules that found nothing to say something about, as `what: list / item`.
    pub idle: Vec<Clean>,
}

impl ListRule {
    /// Says nothing yet.
    pub fn bare(layer: Layer, list: &str) -> Self {
        let list = list.to_owned();
        Self { layer, list, cadence: None, due: None, budget: None, short: None, skip: false }
    }
    pub fn names(&self, list: &Checklist) -> bool {
        names_list(&self.list, list)
    }
}

impl ItemRule {
    /// Says nothing yet.
    pub fn bare(layer: Layer, list: &str, item: &str) -> Self {
        let (list, item) = (list.to_owned(), item.to_owned());
        Self { layer, list, item, mode: None, evidence: None, two_person: None, critical: None, role: None }
    }
    pub fn names(&self, list: &Checklist, item: &Item) -> bool {
        names_list(&self.list, list)
            && (item.id.as_str() == self.item || plain(item.text.as_str()).contains(&plain(&self.item)))
    }
}

impl StepRule {
    /// Says nothing yet.
    pub fn bare(layer: Layer, procedure: &str, step: &str) -> Self {
        let (procedure, step) = (procedure.to_owned(), step.to_owned());
        Self { layer, procedure, step, kind: None, timer: None, repeat: None, stop_when: None }
    }
    pub fn names(&self, procedure: &Procedure, step: &markdown::Step) -> bool {
        self.names_procedure(procedure) && self.names_step(step)
    }
    fn names_procedure(&self, procedure: &Procedure) -> bool {
        let title = procedure.title.as_str();
        self.procedure.is_empty() || procedure.id == self.procedure || contains(title, &self.procedure)
    }
    fn names_step(&self, step: &markdown::Step) -> bool {
        let name = step.name.as_ref().map_or("", |n| n.as_str());
        contains(name, &self.step) || contains(step.text.as_str(), &self.step)
    }
}

/// Binds one file; `name` is how it may be shown, `taken` the list ids of files before it.
pub fn bind(source: &Source, document: &Document, name: &Clean, taken: &[String]) -> Bound {
    let mut bound = Bound::default();
    let mut items = Items::new(source, name);
    if !source.procedures_only {
        for list in &document.lists {
            bound.templates.extend(template(document, list, &mut items));
        }
    }
    let mut names: Vec<String> = taken.to_vec();
    for template in &mut bound.templates {
        if names.contains(&template.list) {
            let stem = name.as_str().rsplit('/').next().unwrap_or_default().trim_end_matches(".md");
            template.list = format!("{stem}-{}", template.list);
            let (base, mut n) = (template.list.clone(), 2);
            // Files of the same name in other folders.
            while names.contains(&template.list) {
                template.list = format!("{base}-{n}");
                n += 1;
            }
        }
        names.push(template.list.clone());
    }
    bound.procedures = document.procedures.iter().map(|p| procedure(source, p, name)).collect();
    bound.idle = items.idle();
    bound
}

/// The rules for items, compared with thousands of texts: what is compared is made once.
struct Items<'a> {
    source: &'a Source,
    name: &'a Clean,
    patterns: Vec<String>,
    used: Vec<bool>,
}

impl<'a> Items<'a> {
    fn new(source: &'a Source, name: &'a Clean) -> Self {
        let patterns = source.items.iter().map(|r| plain(&r.item)).collect();
        Self { source, name, patterns, used: vec![false; source.items.len()] }
    }
    /// Of one list, with their patterns and their places among all.
    fn of(&self, list: &Checklist) -> Vec<(usize, &'a ItemRule, String)> {
        let all = self.source.items.iter().zip(&self.patterns).enumerate();
        let named = all.filter(|(_, (rule, _))| names_list(&rule.list, list));
        named.map(|(at, (rule, pattern))| (at, rule, pattern.clone())).collect()
    }
    fn idle(self) -> Vec<Clean> {
        let Self { source, name, used, .. } = self;
        let idle = source.items.iter().zip(used).filter(|(rule, used)| !used && rule.layer == Layer::Config);
        idle.map(|(r, _)| Clean::new(&format!("no item of {name} matches `{}`", r.item))).collect()
    }
}

fn template(document: &Document, list: &Checklist, items: &mut Items<'_>) -> Option<Template> {
    let source = items.source;
    let mut rules: Vec<&ListRule> = source.lists.iter().filter(|r| r.names(list)).collect();
    rules.sort_by_key(|r| r.layer);
    if rules.iter().any(|r| r.skip) {
        return None;
    }
    let cadence = rules.iter().find_map(|r| r.cadence).unwrap_or(list.cadence);
    let due = rules.iter().find_map(|r| r.due);
    let of_list = items.of(list);
    let name = items.name;
    let items: Vec<TemplateItem> = list
        .items
        .iter()
        .map(|i| {
            let text = plain(i.text.as_str());
            let mine = of_list.iter().filter(|(_, rule, pattern)| i.id.as_str() == rule.item || text.contains(pattern));
            let mine = mine.map(|(at, rule, _)| {
                items.used.get_mut(*at).into_iter().for_each(|used| *used = true);
                *rule
            });
            item(source, i, mine.collect(), name)
        })
        .collect();
    let budget = rules.iter().find_map(|r| r.budget).or(list.budget);
    Some(Template {
        list: list.id.clone(),
        title: list.title.clone(),
        short: rules.iter().find_map(|r| r.short.clone()).unwrap_or_else(|| short(list.title.as_str())),
        file: name.clone(),
        line: list.place.line,
        rhythm: Rhythm { cadence, zone: source.zone, due },
        budget,
        created: document.created,
        last_day: list.due,
        version: version(&list.title, budget, &items),
        items,
    })
}

/// The first words of a title, as many as fit a tab.
fn short(title: &str) -> Clean {
    let lower = title.to_lowercase();
    let mut out = String::new();
    for word in lower.split_whitespace() {
        if !out.is_empty() && out.chars().count() + 1 + word.chars().count() > 12 {
            break;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out.chars().take(16).collect::<String>().into()
}

/// Of everything that an occurrence keeps; the evidence behind it may change without the list being another one.
fn version(title: &Clean, budget: Option<Duration>, items: &[TemplateItem]) -> Clean {
    let mut text = format!("{title}\u{ff}{budget:?}");
    for i in items {
        text.push_str(&format!("\u{ff}{}\u{fe}{}\u{fe}{}\u{fe}{}", i.id, i.text, i.depth, i.two_person));
    }
    format!("{:016x}", spread(&text)).into()
}

fn names_list(pattern: &str, list: &Checklist) -> bool {
    pattern.is_empty() || list.id == pattern || contains(list.title.as_str(), pattern)
}

/// Ignoring case and the spaces between words.
fn contains(text: &str, pattern: &str) -> bool {
    plain(text).contains(&plain(pattern))
}

/// As patterns and texts are compared: in lower case, with single spaces.
pub fn plain(text: &str) -> String {
    let lower = text.to_lowercase();
    let mut out = String::with_capacity(lower.len());
    for word in lower.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

fn item(source: &Source, item: &Item, mut rules: Vec<&ItemRule>, name: &Clean) -> TemplateItem {
    rules.sort_by_key(|r| r.layer);
    let config = || rules.iter().filter(|r| r.layer == Layer::Config);
    let mapped = || rules.iter().filter(|r| r.layer == Layer::Mapping);
    let said = &item.directives;
    let evidence = config()
        .find_map(|r| r.evidence.clone())
        .or_else(|| from_file(source, item, name))
        .or_else(|| mapped().find_map(|r| r.evidence.clone()))
        .unwrap_or_default();
    let mode = config().find_map(|r| r.mode).or(said.mode).or_else(|| mapped().find_map(|r| r.mode));
    TemplateItem {
        id: item.id.clone(),
        text: item.text.clone(),
        depth: item.depth,
        line: item.place.line,
        mode: mode.unwrap_or(match &evidence {
            Evidence::Live { .. } => Mode::Auto,
            Evidence::Gathered(g) if g.kind == "command" => Mode::Exec,
            Evidence::Gathered(_) => Mode::Auto,
            _ => Mode::Manual,
        }),
        two_person: rules.iter().find_map(|r| r.two_person).unwrap_or(said.two_person),
        critical: rules.iter().find_map(|r| r.critical).unwrap_or(said.critical),
        role: rules.iter().find_map(|r| r.role.clone()).or_else(|| said.role.clone()),
        evidence,
    }
}

/// What a comment in the file says. An expression only reads; a command is run only where the config allows that.
fn from_file(source: &Source, item: &Item, name: &Clean) -> Option<Evidence> {
    let said = &item.directives;
    let place = format!("{name}:{}", item.place.line);
    if let Some(text) = &said.evidence {
        let with_limit = said.limit.as_ref().map(|limit| {
            let sign = limit.as_str().trim_start().starts_with(['<', '>', '=', '!']);
            format!("{text} {}{limit}", if sign { "" } else { "== " })
        });
        return Some(match Expr::parse(with_limit.as_ref().map_or(text.as_str(), String::as_str)) {
            Ok(expr) => Evidence::Live { expr, hold: HOLD },
            Err(wrong) => Evidence::Wrong(Clean::new(&format!("{place}: {wrong}"))),
        });
    }
    let command = said.command.as_ref()?;
    if !source.file_commands {
        let why = format!(
            "{place}: a file may not run `{command}`; allow it with `file_commands = true`, or give the item \
             `evidence.command` in the config"
        );
        return Some(Evidence::Wrong(Clean::new(&why)));
    }
    Some(Evidence::Gathered(Gathered {
        key: format!("argv:{command}"),
        kind: "command".to_owned(),
        what: command.clone(),
        every: None,
        fresh: said.window.unwrap_or(FRESH),
        spec: Clean::default(),
    }))
}

fn procedure(source: &Source, procedure: &Procedure, name: &Clean) -> ProcedureSpec {
    let mut rules: Vec<&StepRule> = source.steps.iter().filter(|r| r.names_procedure(procedure)).collect();
    rules.sort_by_key(|r| r.layer);
    let step = |s: &markdown::Step| {
        let title = s.name.as_ref().map_or("", |n| n.as_str());
        let mine: Vec<_> = rules.iter().filter(|r| r.names_step(s)).collect();
        let ms = |d: Duration| d.as_millis() as u64;
        let kind = mine.iter().find_map(|r| r.kind).unwrap_or(match title.to_lowercase().as_str() {
            "escalate" | "escalation" => Kind::Escalate,
            "document" | "documentation" => Kind::Document,
            _ => Kind::Plain,
        });
        StepSpec {
            step: Step {
                number: s.number,
                name: s.name.clone(),
                text: s.text.clone(),
                code: s.code.clone(),
                details: s.details.clone(),
                kind,
                timer_ms: mine.iter().find_map(|r| r.timer).or(s.timer).map(ms),
                repeat_ms: mine.iter().find_map(|r| r.repeat).map(ms),
                ..Step::default()
            },
            stop_when: mine.iter().find_map(|r| r.stop_when.clone()),
        }
    };
    ProcedureSpec {
        id: procedure.id.clone(),
        title: procedure.title.clone(),
        file: name.clone(),
        line: procedure.place.line,
        severity: procedure.severity,
        triggers: procedure.triggers.iter().map(|t| t.text.clone()).collect(),
        steps: procedure.steps.iter().map(step).collect(),
    }
}
