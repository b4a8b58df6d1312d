//! Checklists that come back: a template bound from a file, an occurrence of it for each period, the state of every box
//! as journal entries. Pure: what may happen is decided here, inside the store's transaction; who reads files, gathers
//! evidence and draws is elsewhere.

mod act;
mod bind;
mod decide;
mod document;
mod occurrence;
mod period;
mod template;

pub use act::{Closing, ItemAct, ItemFact, ListAct, ListFact, Opening, Pinned, PinnedItem};
pub use bind::{Bound, ItemRule, Layer, ListRule, Source, StepRule, bind, plain};
pub use decide::{Around, apply, apply_item, decide, disproves, untouched};
pub use document::DocumentRead;
pub use occurrence::{Held, ItemState, Mark, Noted, Occurrence, OccurrenceId, Tally};
pub use period::{Due, Period, Rhythm};
pub use template::{Template, TemplateItem};
