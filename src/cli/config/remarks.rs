//! What `config check` says of the files that a config names: one that is missing, a rule that finds nothing in them. The
//! watch starts all the same, so these are remarks and no errors.

use std::path::Path;

use crate::config::{Config, file};
use crate::domain::checklist::{self, Layer, Rhythm, Source};
use crate::domain::markdown::{self, Cadence, Document};
use crate::domain::text::Clean;

/// One line each, in the order of the config.
pub fn remarks(config: &Config) -> Vec<String> {
    let setup = &config.setup;
    let mut said = Vec::new();
    let mut documents = Vec::new();
    for source in &setup.sources {
        let name = Clean::new(&file::shown(Path::new(&source.file)));
        match read(source, &name) {
            Ok(document) => {
                said.extend(of_file(source, &document, &name));
                documents.push(document);
            }
            Err(why) => said.push(format!("{why}; the watch starts without its lists")),
        }
    }
    // With a file missing, or none named, nobody can say which procedures there are.
    if !documents.is_empty() && documents.len() == setup.sources.len() {
        let rules = setup.rules.iter().map(|r| ("rule", r.name.as_str(), &r.procedure));
        let services = setup.services.iter().map(|s| ("service", &*s.name, &s.procedure));
        for (what, name, procedure) in rules.chain(services) {
            let Some(procedure) = procedure else { continue };
            if documents.iter().all(|d| d.procedure(procedure).is_none()) {
                said.push(format!("{what} {name} names the procedure `{procedure}`, which no file has"));
            }
        }
    }
    said
}

fn read(source: &Source, name: &Clean) -> Result<Document, String> {
    let bytes = file::read_bytes(Path::new(&source.file), markdown::BYTES_MAX).map_err(|e| e.to_string())?;
    markdown::parse(&bytes).map_err(|why| format!("{name}: {why}"))
}

/// Rules of the config that find nothing in a file, and due times that cannot be meant. A mapping may know more files.
fn of_file(source: &Source, document: &Document, name: &Clean) -> Vec<String> {
    let bound = checklist::bind(source, document, name, &[]);
    let mut said: Vec<String> = Vec::new();
    let own = |layer| layer == Layer::Config;
    for rule in source.lists.iter().filter(|r| own(r.layer) && !document.lists.iter().any(|l| r.names(l))) {
        said.push(format!("no list of {name} matches `{}`", Clean::new(&rule.list)));
    }
    said.extend(bound.idle.iter().map(ToString::to_string));
    let steps = || document.procedures.iter().flat_map(|p| p.steps.iter().map(move |s| (p, s)));
    for rule in source.steps.iter().filter(|r| own(r.layer) && !steps().any(|(p, s)| r.names(p, s))) {
        said.push(format!("no step of {name} matches `{}`", Clean::new(&rule.step)));
    }
    for template in bound.templates.iter().filter(|t| !fits(t.rhythm)) {
        let (title, cadence) = (&template.title, template.rhythm.cadence.word());
        said.push(format!("the due time of \"{title}\" is none of a list that comes back {cadence}"));
    }
    said
}

/// The form of a due time is its cadence's; which one the file has shows only here.
fn fits(rhythm: Rhythm) -> bool {
    rhythm.due.is_none_or(|due| match rhythm.cadence {
        Cadence::Daily => due.day == 0,
        Cadence::Weekly => due.day < 7,
        Cadence::Monthly => true,
        Cadence::Once => false,
    })
}
