//! A file of checklists and procedures as an edge has read it, or why it could not.

use std::sync::Arc;

use crate::domain::markdown::Document;
use crate::domain::text::Clean;
use crate::domain::time::Stamp;

#[derive(Clone, PartialEq, Debug)]
pub struct DocumentRead {
    /// As the config names it: the key.
    pub file: String,
    /// As it may be shown.
    pub name: Clean,
    /// When it was looked at.
    pub at: Stamp,
    /// SHA-256 of its bytes, hexadecimal, and what it says; or why not, with what to do.
    pub content: Result<(Clean, Arc<Document>), Clean>,
}
