//! Facts into documents: the handoff, a list as it was worked, the history of a list; as Markdown, CSV and plain lines.
//! Pure: the same facts give the same bytes, whoever asks. Not its job: gathering the facts, writing files, drawing.

pub mod checklist;
pub mod handoff;
pub mod history;
mod markup;
mod times;

pub use markup::{csv_row, escaped};
pub use times::Times;
