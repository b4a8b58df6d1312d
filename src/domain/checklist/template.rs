//! A list as it is written now: what the file says and what the config adds, bound together. Occurrences keep the version
//! they were opened with; this one is for the next, and for saying that the list has changed since.

use std::time::Duration;

use chrono::NaiveDate;

use super::act::{Opening, Pinned, PinnedItem};
use super::occurrence::OccurrenceId;
use super::period::{Period, Rhythm};
use crate::domain::evidence::Evidence;
use crate::domain::markdown::{ItemId, Mode};
use crate::domain::text::Clean;

#[derive(Clone, PartialEq, Debug)]
pub struct Template {
    /// Its name in the journal, the command line and the config: of the heading, unique among all files.
    pub list: String,
    pub title: Clean,
    /// A word or two for a tab.
    pub short: Clean,
    /// The file as it may be shown.
    pub file: Clean,
    /// Of the heading.
    pub line: u32,
    pub rhythm: Rhythm,
    /// Effort; never a deadline.
    pub budget: Option<Duration>,
    /// Written down then; a once-list opens there.
    pub created: Option<NaiveDate>,
    /// Of a once-list: the last day on time.
    pub last_day: Option<NaiveDate>,
    pub items: Vec<TemplateItem>,
    /// 16 hexadecimal digits over everything above that an occurrence keeps.
    pub version: Clean,
}

#[derive(Clone, PartialEq, Debug)]
pub struct TemplateItem {
    pub id: ItemId,
    pub text: Clean,
    pub depth: u16,
    pub line: u32,
    pub mode: Mode,
    /// A second person, with another name, has to confirm it.
    pub two_person: bool,
    /// Its tick asks for the value or a word.
    pub critical: bool,
    pub role: Option<Clean>,
    pub evidence: Evidence,
}

impl TemplateItem {
    /// Evidence ticks it, and nobody has to.
    pub fn ticks_itself(&self) -> bool {
        matches!(self.mode, Mode::Auto | Mode::Live) && !self.two_person && self.evidence.is_gathered_or_live()
    }
}

impl Template {
    pub fn item(&self, id: &ItemId) -> Option<&TemplateItem> {
        self.items.iter().find(|i| i.id == *id)
    }
    pub fn id_of(&self, period: &Period) -> OccurrenceId {
        OccurrenceId::of(&self.list, &period.key, self.rhythm.zone.name())
    }
    /// What an occurrence keeps of it.
    pub fn pinned(&self) -> Pinned {
        let item = |i: &TemplateItem| PinnedItem {
            id: i.id.clone(),
            text: i.text.clone(),
            depth: i.depth,
            two_person: i.two_person,
        };
        Pinned {
            title: self.title.clone(),
            version: self.version.clone(),
            budget_ms: self.budget.map(|b| b.as_millis() as u64),
            items: self.items.iter().map(item).collect(),
        }
    }
    pub fn opening(&self, period: &Period) -> Opening {
        Opening {
            list: self.list.clone(),
            cadence: self.rhythm.cadence,
            period: period.key.clone(),
            zone: self.rhythm.zone.name().to_owned(),
            opens: period.opens,
            due: period.due,
            closes: period.closes,
            pinned: self.pinned(),
        }
    }
}
