//! The lists, procedures, runs and handoffs that a console knows: what the files say now, what the store holds, and the
//! questions every screen asks of both. Changes only by entries and by files read anew.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::domain::checklist::{self, DocumentRead, Occurrence, OccurrenceId, Period, Template};
use crate::domain::evidence::Evidence;
use crate::domain::handoff::{self, Handoff};
use crate::domain::ids::{AlertId, Seq};
use crate::domain::journal::{Entry, Fact};
use crate::domain::live::EvidenceLive;
use crate::domain::markdown::{Cadence, Contact, ItemId};
use crate::domain::run::{self, ProcedureSpec, Run, RunId};
use crate::domain::setup::Setup;
use crate::domain::text::Clean;
use crate::domain::time::Stamp;
use crate::engine::model::Saving;

/// Ended periods, runs and handoffs kept in memory; older ones are in the store.
const ENDED_KEPT: usize = 400;
/// … and periods of one list.
const PERIODS_KEPT: usize = 30;

#[derive(Clone, Debug, Default)]
pub struct Board {
    /// As the files were last read.
    pub documents: Vec<DocumentRead>,
    pub templates: Vec<Arc<Template>>,
    pub procedures: Vec<Arc<ProcedureSpec>>,
    pub contacts: Vec<Contact>,
    /// What is wrong with files and rules, for Sys and for the lists themselves.
    pub problems: Vec<Clean>,
    /// Files that can no longer be read, and why: what they last said stays in force.
    pub gone: BTreeMap<String, Clean>,
    pub occurrences: BTreeMap<OccurrenceId, Arc<Occurrence>>,
    pub runs: BTreeMap<RunId, Arc<Run>>,
    pub handoffs: BTreeMap<Seq, Arc<Handoff>>,
    /// What the worker last said of evidence that it fetches or holds.
    pub evidence: HashMap<String, EvidenceLive>,
    /// Acts on their way.
    pub saving: HashMap<Thing, Saving>,
    /// Rises with every change.
    pub revision: u64,
    /// The files have been read at least once.
    pub read: bool,
}

/// What an act that is not on an alert is about.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Thing {
    Item(OccurrenceId, ItemId),
    List(OccurrenceId),
    Step(RunId, usize),
    Run(RunId),
    Handoff,
}

/// A list as it is to be shown now: the stored occurrence, or, before anybody opened one, what it would be.
#[derive(Clone, Debug)]
pub struct Shown {
    pub occurrence: Arc<Occurrence>,
    /// None when the file is gone or no longer has this list.
    pub template: Option<Arc<Template>>,
    /// Not in the store yet: the first act opens it.
    pub fresh: bool,
}

impl Shown {
    /// The file says something else than what this occurrence was opened with.
    pub fn changed_since(&self) -> bool {
        self.template.as_ref().is_some_and(|t| t.version != self.occurrence.opening.pinned.version)
    }
}

impl Board {
    pub fn load(&mut self, lists: Vec<Occurrence>, runs: Vec<Run>, handoffs: Vec<Handoff>) {
        self.occurrences = lists.into_iter().map(|o| (o.id, Arc::new(o))).collect();
        self.runs = runs.into_iter().map(|r| (r.id, Arc::new(r))).collect();
        self.handoffs = handoffs.into_iter().map(|h| (h.id, Arc::new(h))).collect();
        self.revision += 1;
    }

    /// Binds what was read; a file that could not be read keeps what it last said, and is said.
    pub fn read(&mut self, reads: Vec<DocumentRead>, setup: &Setup) {
        for read in reads {
            self.gone.remove(&read.file);
            match self.documents.iter_mut().find(|d| d.file == read.file) {
                Some(known) if known.content.is_ok() => match &read.content {
                    Ok(_) => *known = read,
                    // What it said stays in force; that it is gone is told.
                    Err(why) => drop(self.gone.insert(read.file, stays(&read.name, why))),
                },
                Some(known) => *known = read,
                None => self.documents.push(read),
            }
        }
        self.bind(setup);
    }

    /// Templates and procedures anew from the files as they were last read, by the rules of the config.
    pub fn bind(&mut self, setup: &Setup) {
        self.documents.retain(|d| setup.sources.iter().any(|s| s.file == d.file));
        self.gone.retain(|file, _| setup.sources.iter().any(|s| s.file == *file));
        let (mut templates, mut procedures) = (Vec::new(), Vec::new());
        let mut problems: Vec<Clean> = self.gone.values().cloned().collect();
        let mut contacts = Vec::new();
        let mut taken: Vec<String> = Vec::new();
        for source in &setup.sources {
            let Some(read) = self.documents.iter().find(|d| d.file == source.file) else { continue };
            match &read.content {
                Ok((_, document)) => {
                    let bound = checklist::bind(source, document, &read.name, &taken);
                    taken.extend(bound.templates.iter().map(|t| t.list.clone()));
                    templates.extend(bound.templates.into_iter().map(Arc::new));
                    procedures.extend(bound.procedures.into_iter().map(Arc::new));
                    contacts.extend(document.contacts.iter().cloned());
                    problems.extend(bound.idle);
                }
                Err(why) => problems.push(why.clone()),
            }
        }
        problems.dedup();
        (self.templates, self.procedures, self.problems, self.contacts) = (templates, procedures, problems, contacts);
        self.read = self.documents.len()
            >= setup.sources.iter().map(|s| &s.file).collect::<std::collections::BTreeSet<_>>().len();
        self.revision += 1;
    }

    /// Applies an entry, whoever made it; false when it concerns nothing here.
    pub fn apply(&mut self, entry: &Entry) -> bool {
        match &entry.fact {
            Fact::List { occurrence, .. } => {
                let known = self.occurrences.get(occurrence);
                if let Some(after) = checklist::apply(known.map(|o| &**o), entry) {
                    self.occurrences.insert(*occurrence, Arc::new(after));
                }
            }
            Fact::Run { .. } => {
                let id = entry.run().unwrap_or(RunId(entry.seq));
                if let Some(after) = run::apply(self.runs.get(&id).map(|r| &**r), entry) {
                    self.runs.insert(id, Arc::new(after));
                }
            }
            Fact::Handoff(fact) => {
                if fact.answers().is_none()
                    && let Some(older) = self.offer().filter(|o| o.id != entry.seq).cloned()
                {
                    self.handoffs.insert(older.id, Arc::new(handoff::replaced((*older).clone(), entry)));
                }
                let known = self.handoffs.get(&fact.answers().unwrap_or(entry.seq));
                if let Some(after) = handoff::apply(known.map(|h| &**h), entry) {
                    self.handoffs.insert(after.id, Arc::new(after));
                }
            }
            _ => return false,
        }
        self.revision += 1;
        self.forget_old();
        true
    }

    /// What the config says now of the evidence under a key.
    pub fn spec_of(&self, key: &str) -> Clean {
        let gathered = self.templates.iter().flat_map(|t| &t.items).filter_map(|i| match &i.evidence {
            Evidence::Gathered(g) => Some(g),
            _ => None,
        });
        gathered.into_iter().find(|g| g.key == key).map(|g| g.spec.clone()).unwrap_or_default()
    }
    /// Since when evidence is good is not known any more.
    pub fn forget_holds(&mut self) {
        for row in self.evidence.values_mut() {
            row.good_since = None;
        }
    }

    fn forget_old(&mut self) {
        while self.runs.len() > ENDED_KEPT {
            let Some(old) = self.runs.values().find(|r| r.over()).map(|r| r.id) else { break };
            self.runs.remove(&old);
        }
        while self.handoffs.len() > ENDED_KEPT {
            let Some(old) = self.handoffs.values().find(|h| !h.open()).map(|h| h.id) else { break };
            self.handoffs.remove(&old);
        }
        let most = ENDED_KEPT.max(self.templates.len() * 40);
        if self.occurrences.len() > most {
            self.forget_periods();
        }
    }

    /// As many of each list as a console starts with: many days must not push out the only month.
    fn forget_periods(&mut self) {
        let mut of_list: BTreeMap<&str, Vec<(Stamp, OccurrenceId)>> = BTreeMap::new();
        for ended in self.occurrences.values().filter(|o| o.closing.is_some()) {
            of_list.entry(&ended.opening.list).or_default().push((ended.opening.opens, ended.id));
        }
        let old = of_list.into_values().flat_map(|mut periods| {
            periods.sort_unstable();
            periods.truncate(periods.len().saturating_sub(PERIODS_KEPT));
            periods
        });
        let old: Vec<OccurrenceId> = old.map(|(_, id)| id).collect();
        for id in old {
            self.occurrences.remove(&id);
        }
    }

    /// Of a box; one that nobody touched has no row anywhere.
    pub fn version_of(&self, list: OccurrenceId, item: &ItemId) -> u32 {
        self.occurrences.get(&list).and_then(|o| o.items.get(item)).map_or(0, |state| state.version)
    }
    pub fn template(&self, list: &str) -> Option<&Arc<Template>> {
        self.templates.iter().find(|t| t.list == list)
    }
    /// By its id, else by the one id that begins so: a rule says `traffic-increase`, the heading goes on.
    pub fn procedure(&self, name: &str) -> Option<&Arc<ProcedureSpec>> {
        let begins = |p: &&Arc<ProcedureSpec>| p.id.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'));
        self.procedures.iter().find(|p| p.id == name).or_else(|| {
            let mut found = self.procedures.iter().filter(begins);
            found.next().filter(|_| found.next().is_none())
        })
    }
    /// The run on an alert: the one that goes on, else the latest.
    pub fn run_of(&self, alert: AlertId) -> Option<&Arc<Run>> {
        let mut of = self.runs.values().rev().filter(|r| r.alert == Some(alert));
        let latest = of.next();
        latest.filter(|r| !r.over()).or_else(|| of.find(|r| !r.over())).or(latest)
    }
    pub fn open_runs(&self) -> impl Iterator<Item = &Arc<Run>> {
        self.runs.values().filter(|r| !r.over())
    }
    /// Who has the watch, since when: the last who accepted it.
    pub fn holder(&self) -> Option<(&Clean, Stamp)> {
        let accepted = self.handoffs.values().filter_map(|h| match &h.end {
            Some((handoff::HandoffEnd::Accepted, at, by)) => Some((by, *at)),
            _ => None,
        });
        accepted.max_by_key(|(_, at)| *at)
    }
    /// The offer that waits for its answer.
    pub fn offer(&self) -> Option<&Arc<Handoff>> {
        self.handoffs.values().rev().find(|h| h.open())
    }

    /// The current period of a template. A list that has just come was never there to be late in: its first period is due
    /// when it ends, if its time has passed.
    pub fn period(&self, template: &Template, now: Stamp) -> Period {
        let period = template.rhythm.at(now, template.created, template.last_day);
        let passed = period.closes.is_some() && period.due.is_some_and(|due| due <= now);
        if passed && self.latest(&template.list).is_none() {
            return Period { due: period.closes, ..period };
        }
        period
    }
    /// The latest occurrence of a list, whatever its zone was.
    pub fn latest(&self, list: &str) -> Option<&Arc<Occurrence>> {
        self.of(list).max_by_key(|o| (o.opening.opens, o.seq))
    }
    pub fn of<'a, 'b>(&'a self, list: &'b str) -> impl Iterator<Item = &'a Arc<Occurrence>> + use<'a, 'b> {
        self.occurrences.values().filter(move |o| o.opening.list == list)
    }
    /// When the list was last completed before this occurrence.
    pub fn completed_before(&self, occurrence: &Occurrence) -> Option<Stamp> {
        let earlier = self.of(&occurrence.opening.list).filter(|o| o.opening.opens < occurrence.opening.opens);
        earlier.filter_map(|o| o.closing.as_ref().map_or_else(|| o.finished_at(), |c| c.finished)).max()
    }

    /// Every list to be worked now, in the order of the files; lists whose file has gone come last.
    pub fn shown(&self, now: Stamp) -> Vec<Shown> {
        let mut all: Vec<Shown> = self.templates.iter().map(|t| self.shown_of(t, now)).collect();
        let orphans = self.occurrences.values().filter(|o| {
            let over = o.closing.is_some() || o.opening.closes.is_some_and(|closes| closes <= now);
            !over && !all.iter().any(|s| s.occurrence.id == o.id || s.occurrence.opening.list == o.opening.list)
        });
        let orphans: Vec<Shown> =
            orphans.map(|o| Shown { occurrence: Arc::clone(o), template: None, fresh: false }).collect();
        all.extend(orphans);
        all
    }
    pub fn shown_of(&self, template: &Arc<Template>, now: Stamp) -> Shown {
        let period = self.period(template, now);
        let id = template.id_of(&period);
        let template_ = Some(Arc::clone(template));
        match self.occurrences.get(&id) {
            Some(known) => Shown { occurrence: Arc::clone(known), template: template_, fresh: false },
            None => Shown { occurrence: Arc::new(unopened(template, &period)), template: template_, fresh: true },
        }
    }
    /// How many items of the lists due by now wait for a person: what the tab's head counts. Once-lists count when they
    /// are late.
    pub fn left(&self, now: Stamp) -> usize {
        let counts = |s: &Shown| match s.occurrence.opening.cadence {
            // Its heading is gone from the file: nobody owes it any more.
            Cadence::Once if s.template.is_none() => false,
            Cadence::Once => s.occurrence.late(now).is_some(),
            Cadence::Daily => true,
            Cadence::Weekly | Cadence::Monthly => s.occurrence.late(now).is_some(),
        };
        self.shown(now).iter().filter(|s| counts(s)).map(|s| s.occurrence.tally().left).sum()
    }
}

fn stays(name: &Clean, why: &Clean) -> Clean {
    let why = if why.as_str().starts_with(name.as_str()) { why.to_string() } else { format!("{name}: {why}") };
    Clean::new(&format!("{why}; what it last said stays in force"))
}

/// What would be opened.
fn unopened(template: &Template, period: &Period) -> Occurrence {
    Occurrence {
        id: template.id_of(period),
        opening: template.opening(period),
        opened_at: period.opens,
        seq: 0,
        redated: None,
        closing: None,
        version: 1,
        items: BTreeMap::new(),
    }
}
