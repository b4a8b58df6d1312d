//! What triggers and contacts of a file become in the config: a rule for each condition that no rule restates yet, the KPI
//! it asks for when there is none, and the rungs of the ladder where there is no ladder. A condition that no rule can say
//! is told, not bent.

use super::{comment, quoted};
use crate::config::value::Span;
use crate::config::{self, Config, Registry};
use crate::domain::markdown::{Condition, Contact, Document, Procedure, Response, Trigger};
use crate::domain::rule::{Bound, Metric, Rule};
use crate::domain::severity::Severity;
use crate::domain::time::short;

/// As long as a name may be, with room for a number that tells two apart.
const NAME_MAX: usize = 76;

pub struct Added {
    /// What is appended to the config.
    pub text: String,
    pub conditions: Vec<Told>,
    /// Trigger lines that could not be understood.
    pub unclear: usize,
    pub kpis: Vec<String>,
    pub levels: Vec<String>,
}

/// One condition of one procedure, and what became of it.
pub struct Told {
    pub procedure: String,
    pub condition: String,
    pub line: u32,
    pub fate: Fate,
}

pub enum Fate {
    /// This rule says so already.
    Restates {
        rule: String,
    },
    Written {
        rule: String,
    },
    /// Why it is no rule.
    Not(String),
}

pub fn added(document: &Document, config: &Config, registry: &Registry) -> Added {
    let setup = &config.setup;
    let names = setup.rules.iter().map(|r| r.name.clone()).collect();
    let units = config.kpis.iter().map(|k| (k.name.clone(), k.unit.clone())).collect();
    let mut writer =
        Writer { registry, rules: setup.rules.clone(), names, units, kpis: Vec::new(), text: String::new() };
    let mut conditions = Vec::new();
    let mut unclear = 0;
    for procedure in &document.procedures {
        for trigger in &procedure.triggers {
            unclear += usize::from(trigger.conditions.is_empty());
            conditions.extend(trigger.conditions.iter().map(|c| writer.condition(procedure, trigger, c)));
        }
    }
    let levels = if setup.levels.is_empty() { levels(&document.contacts) } else { Vec::new() };
    let mut text = writer.text;
    text.extend(levels.iter().map(|(_, row)| row.as_str()));
    let levels = levels.into_iter().map(|(name, _)| name).collect();
    Added { text, conditions, unclear, kpis: writer.kpis, levels }
}

struct Writer<'a> {
    registry: &'a Registry,
    /// Those of the config and those written so far.
    rules: Vec<Rule>,
    names: Vec<String>,
    /// Of each KPI, by its name.
    units: Vec<(String, String)>,
    kpis: Vec<String>,
    text: String,
}

impl Writer<'_> {
    fn condition(&mut self, procedure: &Procedure, trigger: &Trigger, condition: &Condition) -> Told {
        let (phrase, sign) = (condition.phrase.as_str(), condition.bound.sign());
        let said = figure(condition, condition.unit).unwrap_or_else(|| condition.bound.limit().to_string());
        let per = condition.unit.strip_prefix('1').unwrap_or_default();
        let condition_text = comment(&format!("{phrase} {sign} {}{per}", said.trim_matches('"')));
        let told = |fate| {
            let (procedure, condition) = (procedure.id.clone(), condition_text);
            Told { procedure, condition, line: trigger.place.line, fate }
        };
        if let Some(rule) = self.rules.iter().find(|r| condition.restates(r)) {
            return told(Fate::Restates { rule: rule.name.clone() });
        }
        if trigger.all && trigger.conditions.len() > 1 {
            return told(Fate::Not("it counts only together with others, and a rule has one condition".to_owned()));
        }
        match self.write(procedure, trigger, condition) {
            Ok(rule) => told(Fate::Written { rule }),
            Err(why) => told(Fate::Not(why)),
        }
    }

    fn write(&mut self, procedure: &Procedure, trigger: &Trigger, condition: &Condition) -> Result<String, String> {
        let metric = condition.metric.word();
        let named = matches!(condition.metric, Metric::Named(_)) && !Metric::WORDS.contains(&metric);
        let known = self.units.iter().find(|(name, _)| named && name == metric).map(|(_, unit)| unit.clone());
        if let Some(unit) = known.as_ref().filter(|unit| measure(unit) != measure(condition.unit)) {
            return Err(format!("the KPI `{metric}` is measured in `{unit}`, this in `{}`", condition.unit));
        }
        let unit = known.as_deref().unwrap_or(condition.unit);
        let figure = figure(condition, unit).ok_or("no rule can name such a figure")?;
        let name = self.name(procedure, condition);
        let shown = if unit.is_empty() { String::new() } else { format!("unit = {}\n", quoted(unit)) };
        let kpi = format!("\n[[kpi]]\nname = {}\n{shown}", quoted(metric));
        let side = if matches!(condition.bound, Bound::Above(_)) { "above" } else { "below" };
        let severity = procedure.severity.unwrap_or(Severity::Notice).word();
        let (line, words) = (trigger.place.line, comment(trigger.text.as_str()));
        let mut row = format!("\n# line {line}: {words}\n[[rule]]\nname = {}\n", quoted(&name));
        row.push_str(&format!("metric = {}\n{side} = {figure}\nseverity = \"{severity}\"\n", quoted(metric)));
        if let Some(hold) = condition.hold {
            row.push_str(&format!("for = \"{}\"\n", Span(hold).text()));
        }
        row.push_str(&format!("procedure = {}\n", quoted(&procedure.id)));
        // Read alone first: a figure that fits no rule is then this condition's matter and not the whole import's.
        let alone = if named { format!("{kpi}{row}") } else { row.clone() };
        let read = config::parse(&alone, "import", self.registry);
        let read = read.map_err(|e| e.problems().first().map_or_else(|| e.to_string(), ToString::to_string))?;
        if named && known.is_none() {
            let note =
                "# No source yet: give it `from.stream = { gauge = \"…\" }` or { counter = \"…\", per = \"1m\" }.\n";
            self.text.push_str(&format!("{kpi}{note}"));
            self.kpis.push(metric.to_owned());
            self.units.push((metric.to_owned(), unit.to_owned()));
        }
        self.text.push_str(&row);
        self.rules.extend(read.setup.rules.iter().cloned());
        self.names.push(name.clone());
        Ok(name)
    }

    /// Of the procedure and what is measured; a number where that is taken.
    fn name(&self, procedure: &Procedure, condition: &Condition) -> String {
        let mut base = format!("{}-{}", procedure.id, condition.metric.family());
        base.truncate(base.floor_char_boundary(NAME_MAX));
        let mut name = base.clone();
        let mut n = 1;
        while self.names.contains(&name) {
            n += 1;
            name = format!("{base}-{n}");
        }
        name
    }
}

/// Units that a figure is written in; any other is a plain number.
fn measure(unit: &str) -> &str {
    match unit {
        "ms" | "ratio" | "days" | "%" => unit,
        _ => "",
    }
}

/// The limit as a rule of this unit writes it; None when it cannot.
fn figure(condition: &Condition, unit: &str) -> Option<String> {
    let limit = condition.bound.limit();
    Some(match unit {
        "ms" => {
            let whole = limit.fract() == 0.0 && (1.0..1e15).contains(&limit);
            let span = whole.then(|| Span(std::time::Duration::from_millis(limit as u64)))?;
            format!("\"{}\"", span.text())
        }
        // As it was written: 0.995 came from 99.5.
        "ratio" => format!("\"{}%\"", (limit * 1e11).round() / 1e9),
        "days" => format!("\"{limit}d\""),
        _ => limit.to_string(),
    })
}

/// The rungs that contacts name, lowest first, each with its row.
fn levels(contacts: &[Contact]) -> Vec<(String, String)> {
    let mut named: Vec<(u8, &Contact)> = contacts.iter().filter_map(|c| Some((c.level?, c))).collect();
    named.sort_by_key(|(level, _)| *level);
    named.dedup_by_key(|(level, _)| *level);
    let channels =
        "# `notify` names the channels that reach them, like [\"page\"]; without any the level is skipped, and said.\n";
    let row = |(at, (level, contact)): (usize, (u8, &Contact))| {
        let name = format!("L{level}");
        let clock = match contact.response {
            Some(Response::Immediate) => ", immediate response".to_owned(),
            Some(Response::Within(span)) => format!(", response within {}", short(span)),
            None => String::new(),
        };
        let (line, words) = (contact.place.line, comment(&format!("{}{clock}", contact.name)));
        // A config would read `${NAME}` as a value of the environment.
        let role = Some(contact.role.as_str()).filter(|r| !r.is_empty() && !r.contains("${"));
        let role = role.map_or_else(String::new, |role| format!("role = {}\n", quoted(role)));
        let channels = if at == 0 { channels } else { "" };
        let text = format!("\n# line {line}: {words}\n{channels}[[level]]\nname = \"{name}\"\n{role}notify = []\n");
        (name, text)
    };
    named.into_iter().enumerate().map(row).collect()
}
