//! The keys of the sections of lists and procedures, as they are written. Their evidence and the lists of rows are taken
//! out by hand before, so that each row keeps its own place; they stand here only to be among the allowed keys.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

use crate::config::pieces::Name;
use crate::config::value::{Figure, Span};
use crate::domain::evidence::WordForm;
use crate::domain::markdown::{Cadence, Mode};
use crate::domain::run::Kind;
use crate::domain::text::Clean;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChecklistSpec {
    /// Markdown with lists and procedures; relative to this file.
    #[schemars(with = "String")]
    pub file: Name,
    /// A file of rows `[[list]]`, `[[item]]` and `[[step]]`; what stands here wins over it.
    #[schemars(with = "Option<String>")]
    pub mapping: Option<Name>,
    /// IANA zone of its days; `local` is the host's, whatever a terminal says.
    #[schemars(with = "String", default = "local")]
    pub zone: Option<Name>,
    /// Whether a command in a comment of the file may be run, when a person asks.
    #[serde(default)]
    pub file_commands: bool,
    #[serde(default, rename = "list")]
    #[schemars(skip)]
    _list: IgnoredAny,
    #[serde(default, rename = "item")]
    #[schemars(skip)]
    _item: IgnoredAny,
    #[serde(default, rename = "step")]
    #[schemars(skip)]
    _step: IgnoredAny,
}

fn local() -> &'static str {
    "local"
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProcedureSpec {
    /// Markdown of which only the procedures are taken; relative to this file.
    #[schemars(with = "String")]
    pub file: Name,
    /// A file of rows `[[step]]`.
    #[schemars(with = "Option<String>")]
    pub mapping: Option<Name>,
    #[serde(default, rename = "step")]
    #[schemars(skip)]
    _step: IgnoredAny,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListSpec {
    /// Id or part of the title; empty: all lists.
    #[serde(default)]
    pub list: String,
    /// daily, weekly, monthly or once, in place of what the file says.
    pub cadence: Option<Cadence>,
    /// "09:00" for a daily list, "Fri 17:00" for a weekly one, "day 5 12:00" for a monthly one.
    #[schemars(with = "Option<String>")]
    pub due: Option<Spanned<String>>,
    /// Effort, not a deadline.
    #[schemars(with = "Option<Span>")]
    pub budget: Option<Spanned<Span>>,
    /// A word for the tab.
    #[schemars(with = "Option<String>")]
    pub short: Option<Spanned<Clean>>,
    /// Not taken from the file at all.
    #[serde(default)]
    pub skip: bool,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemSpec {
    /// As in a list's row.
    #[serde(default)]
    pub list: String,
    /// Id or part of the text.
    #[schemars(with = "String")]
    pub item: Name,
    /// live, auto, assist, exec or manual.
    pub mode: Option<Mode>,
    /// A second person, by another name, confirms it.
    pub two_person: Option<bool>,
    /// Its tick asks for the value or a word.
    pub critical: Option<bool>,
    /// Who is to do it.
    pub role: Option<Clean>,
    #[serde(default, rename = "evidence")]
    #[schemars(skip)]
    _evidence: IgnoredAny,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepSpec {
    /// Id or part of the title; empty: all procedures.
    #[serde(default)]
    pub procedure: String,
    /// Part of the step's name or text.
    #[schemars(with = "String")]
    pub step: Name,
    /// plain, escalate (`e` pages and ticks it) or document (its note is the summary).
    pub kind: Option<Kind>,
    /// To be done so long after the alert began.
    #[schemars(with = "Option<Span>")]
    pub timer: Option<Spanned<Span>>,
    /// Comes back so long after each time.
    #[schemars(with = "Option<Span>")]
    pub repeat: Option<Spanned<Span>>,
    /// The run ends here, the rest not needed, when this holds; as live evidence, and it may hold {{names}}.
    #[schemars(with = "Option<String>")]
    pub stop_when: Option<Spanned<String>>,
}

/// `evidence.live = { value = "services.healthy", equals = 7 }`; one comparison, or several under `all`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LiveSpec {
    /// A source and a path in it.
    #[schemars(with = "Option<String>")]
    pub value: Option<Name>,
    pub equals: Option<Figure>,
    pub not: Option<Figure>,
    pub above: Option<Figure>,
    pub below: Option<Figure>,
    pub at_least: Option<Figure>,
    pub at_most: Option<Figure>,
    /// Conditions of the same form that must all hold.
    #[schemars(with = "Option<Vec<TermSpec>>")]
    pub all: Option<Vec<Spanned<TermSpec>>>,
    /// How long it must hold before it ticks or un-ticks.
    pub hold: Option<Span>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TermSpec {
    /// A source and a path in it.
    #[schemars(with = "String")]
    pub value: Name,
    pub equals: Option<Figure>,
    pub not: Option<Figure>,
    pub above: Option<Figure>,
    pub below: Option<Figure>,
    pub at_least: Option<Figure>,
    pub at_most: Option<Figure>,
}

/// `evidence.note = { ask = "satisfaction, 1 to 10", form = "number" }`
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WordSpec {
    /// What the person is asked for with the tick.
    pub ask: Clean,
    /// note: any words; link: with a link in it; number: a figure first.
    #[serde(default)]
    pub form: WordForm,
}
