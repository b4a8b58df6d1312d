//! `evidence.file`: the newest of some files is young enough and of the right size. Names are looked at and nothing is
//! opened, so that no pipe, device or link can be met by it. What is in a file is not its job.

mod glob;
mod look;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::{Gatherer, Kind, OneAtATime};
use crate::config::raw::Problem;
use crate::config::registry::Looked;
use crate::config::value::{Size, Span};
use crate::domain::evidence::{Proof, Verdict};
use crate::domain::text::{Clean, Untrusted};
use crate::domain::time::Stamp;

pub const KIND: Kind = Kind {
    name: "file",
    help: "looks whether the newest of some files is young enough and of the right size",
    example: r#"evidence.file = { path = "/var/backups/*.dump", newer_than = "26h", larger_than = "1MiB" }"#,
    build: |raw| Ok(Arc::new(raw.decode::<Section>()?.build()?)),
    schema: super::schema_of::<Section>,
};

const DEADLINE: Duration = Duration::from_secs(5);
const EVERY: Duration = Duration::from_secs(60);
const EVERY_MIN: Duration = Duration::from_secs(5);
/// A look proves something for so many looks, and at least for so long.
const FRESH_TIMES: u32 = 3;
const FRESH_MIN: Duration = Duration::from_secs(300);

/// `evidence.file`
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "FileEvidence")]
struct Section {
    /// An absolute path; its last part may have `*` and `?`.
    #[schemars(with = "PathBuf")]
    path: Spanned<PathBuf>,
    /// The newest file was written not longer ago.
    #[schemars(with = "Span")]
    newer_than: Spanned<Span>,
    /// The newest file is larger.
    larger_than: Option<Size>,
    /// The newest file is smaller.
    smaller_than: Option<Size>,
    /// So many files; 1 by default.
    #[schemars(with = "Option<u32>")]
    at_least: Option<Spanned<u32>>,
    /// How often the worker looks; 60s by default.
    #[schemars(with = "Option<Span>")]
    every: Option<Spanned<Span>>,
}

/// What the newest file must be.
#[derive(Clone, Debug)]
struct Limits {
    newer_than: Duration,
    larger_than: Option<u64>,
    smaller_than: Option<u64>,
    at_least: u32,
}

/// Where to look: a folder, and a name or a pattern in it.
#[derive(Clone, Debug)]
struct Spot {
    folder: PathBuf,
    name: Vec<u8>,
}

struct Files {
    spot: Spot,
    limits: Limits,
    every: Duration,
    looking: OneAtATime,
}

impl Section {
    fn build(self) -> Result<Files, Problem> {
        let spot = spot(&self.path)?;
        if self.newer_than.get_ref().0.is_zero() {
            return Err(Problem::at(self.newer_than.span(), "no file is newer than that", "for example \"26h\""));
        }
        let at_least = self.at_least.as_ref().map_or(1, |n| *n.get_ref());
        if let Some(given) = self.at_least.filter(|_| at_least == 0) {
            return Err(Problem::at(given.span(), "no files at all would prove something", "at least 1"));
        }
        let every = self.every.as_ref().map_or(EVERY, |e| e.get_ref().0);
        if let Some(given) = self.every.filter(|_| every < EVERY_MIN) {
            return Err(Problem::at(given.span(), "`every` is too short for looking at files", "at least 5s"));
        }
        let limits = Limits {
            newer_than: self.newer_than.get_ref().0,
            larger_than: self.larger_than.map(|s| s.0),
            smaller_than: self.smaller_than.map(|s| s.0),
            at_least,
        };
        Ok(Files { spot, limits, every, looking: OneAtATime::default() })
    }
}

fn spot(path: &Spanned<PathBuf>) -> Result<Spot, Problem> {
    let wrong = |what: &str, hint: &str| Problem::at(path.span(), what, hint);
    let given = path.get_ref();
    let bytes = |p: &Path| p.as_os_str().as_encoded_bytes().to_vec();
    if !given.is_absolute() {
        return Err(wrong("this is a relative path", "an absolute one"));
    }
    let ends_in_folder = bytes(given).ends_with(b"/");
    let (Some(folder), Some(name), false) = (given.parent(), given.file_name(), ends_in_folder) else {
        return Err(wrong("this names no file", "/folder/name, or /folder/*.dump"));
    };
    if glob::is_pattern(&bytes(folder)) {
        return Err(wrong("only the last part of a path may have `*` and `?`", "name the folder"));
    }
    Ok(Spot { folder: folder.to_owned(), name: name.as_encoded_bytes().to_vec() })
}

impl Spot {
    fn shown(&self) -> Clean {
        let path = [self.folder.as_os_str().as_encoded_bytes(), b"/", &self.name].concat();
        let path = path.strip_prefix(b"/").filter(|p| p.starts_with(b"/")).unwrap_or(&path);
        Untrusted::from_bytes(path).clean_to(400)
    }
}

impl Gatherer for Files {
    fn looked(&self) -> Looked {
        let fresh = (self.every * FRESH_TIMES).max(FRESH_MIN);
        Looked { what: self.spot.shown(), every: Some(self.every), fresh }
    }
    fn gather(&self, now: Stamp) -> BoxFuture<'_, Proof> {
        let (spot, limits) = (self.spot.clone(), self.limits.clone());
        let turn = self.looking.turn();
        let wanted = limits.wanted();
        Box::pin(async move {
            let unknown = |why: &str| Proof::new(Verdict::Unknown, why);
            let proof = if turn.is_none() {
                unknown("the last look at it has not come back")
            } else {
                let looking = tokio::task::spawn_blocking(move || {
                    let _turn = turn;
                    look::look(&spot, &limits, now)
                });
                match tokio::time::timeout(DEADLINE, looking).await {
                    Ok(Ok(proof)) => proof,
                    Ok(Err(_)) => unknown("looking at it failed here; the log says why"),
                    Err(_) => unknown("its disk did not answer within 5s"),
                }
            };
            proof.wanted(wanted).from("file").seen_at(Some(now))
        })
    }
}
