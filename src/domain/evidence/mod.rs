//! Evidence: why a box may be ticked. A live expression over what the watch knows, the result of a command, a file's age,
//! a person's word. Here are the forms and the language; who looks at the model is `engine::evidence`, who runs commands
//! and looks at files is `sources::evidence`. Exit 0 is not evidence, and unknown is not good.

mod expr;
mod proof;

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::text::Clean;

pub use expr::{Expr, Op, Term, Wrong};
pub use proof::{Output, Proof, Verdict};

/// How long live evidence holds before it ticks or un-ticks, so that a flicker writes nothing.
pub const HOLD: Duration = Duration::from_secs(3);

/// What stands behind a box.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Evidence {
    /// Nothing: a person's tick is all there is.
    #[default]
    None,
    /// Judged from what the watch knows, all the time.
    Live { expr: Expr, hold: Duration },
    /// Fetched by an edge under this key: a command's result, a file's age.
    Gathered(Gathered),
    /// A note of a person is asked for with the tick.
    Word(Word),
    /// What was written cannot be understood; said beside the box, with its place.
    Wrong(Clean),
}

/// Evidence that somebody has to go and get.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gathered {
    /// Of list and item; the edge knows what to do under it.
    pub key: String,
    /// The registered kind: `command`, `file`.
    pub kind: String,
    /// What it would look at, for the eye: `sh check.sh`, `/var/backups/*.dump`.
    pub what: Clean,
    /// How often the worker fetches it; None only when a person asks.
    pub every: Option<Duration>,
    /// A result older than this proves nothing any more.
    pub fresh: Duration,
    /// Of all that the config says of it: what another command proved is no proof of this one.
    pub spec: Clean,
}

/// What a person has to say with their tick.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Word {
    /// `satisfaction, 1 to 10`.
    pub ask: Clean,
    pub form: WordForm,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WordForm {
    /// Any words.
    #[default]
    Note,
    /// An `http(s)` link somewhere in it.
    Link,
    /// A figure first.
    Number,
}

impl Word {
    /// Why the text will not do.
    pub fn refuses(&self, text: &str) -> Option<&'static str> {
        let first = || text.split_whitespace().next().unwrap_or_default().trim_start_matches('$').replace(',', "");
        match self.form {
            _ if text.trim().is_empty() => Some("this box asks for a word with its tick"),
            WordForm::Link if !text.contains("https://") && !text.contains("http://") => {
                Some("this box asks for a link (http or https) as evidence")
            }
            WordForm::Number if first().trim_end_matches('%').parse::<f64>().is_err() => {
                Some("this box asks for a figure, first in the note")
            }
            _ => None,
        }
    }
}

impl Evidence {
    /// Something can be said about it without a person.
    pub fn is_gathered_or_live(&self) -> bool {
        matches!(self, Self::Live { .. } | Self::Gathered(_))
    }
    /// What a person has to write, if they do.
    pub fn word(&self) -> Option<&Word> {
        if let Self::Word(word) = self { Some(word) } else { None }
    }
}
