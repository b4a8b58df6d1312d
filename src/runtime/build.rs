//! Config to objects: what the edges make of their own pieces. A new kind registers itself in its edge; nothing here
//! names one.

use std::collections::HashMap;
use std::sync::Arc;

use crate::config::registry::{ChannelKind, EvidenceKind, LiveSource, Looked, ProbeKind, Probed, Registry, StreamKind};
use crate::config::{Config, raw::Problem};
use crate::notify::{self, Channel};
use crate::sources::evidence::{self, Gatherer};
use crate::sources::probe::{self, poller::Target};
use crate::sources::stream::StreamSpec;

/// The running side of a config.
#[derive(Clone, Default)]
pub struct Estate {
    pub targets: Vec<Target>,
    pub channels: HashMap<String, Arc<dyn Channel>>,
    pub streams: Vec<StreamSpec>,
    /// By the key that an item's evidence carries.
    pub gatherers: HashMap<String, Arc<dyn Gatherer>>,
}

/// What the config may contain, as plain functions: config itself knows no edge.
pub fn registry(commands: Vec<crate::config::registry::CommandInfo>) -> Registry {
    let probes = probe::KINDS.iter().map(|k| ProbeKind { name: k.name, check: check_probe, schema: k.schema });
    let channels = notify::KINDS.iter().map(|k| ChannelKind { name: k.name, check: check_channel, schema: k.schema });
    let stream = StreamKind { check: check_stream, schema: |g| g.subschema_for::<StreamSpec>() };
    let evidence =
        evidence::KINDS.iter().map(|k| EvidenceKind { name: k.name, check: check_evidence, schema: k.schema });
    Registry {
        probes: probes.collect(),
        channels: channels.collect(),
        stream: Some(stream),
        evidence: evidence.collect(),
        live: live_sources().collect(),
        commands,
    }
}

/// What live expressions may ask the engine for.
pub fn live_sources() -> impl Iterator<Item = LiveSource> {
    crate::engine::evidence::SOURCES.iter().map(|s| LiveSource { name: s.name, values: s.values })
}

fn check_probe(name: &str, raw: &crate::config::raw::Raw) -> Result<Probed, Problem> {
    let probe = probe::build(&name.into(), raw)?;
    Ok(Probed { target: probe.target().to_owned(), interval: probe.pace().interval })
}

fn check_channel(name: &str, raw: &crate::config::raw::Raw) -> Result<(), Problem> {
    notify::build(name, raw).map(|_| ())
}

fn check_evidence(raw: &crate::config::raw::Raw) -> Result<Looked, Problem> {
    evidence::build(raw).map(|gatherer| gatherer.looked())
}

fn check_stream(_: &str, piece: &crate::config::raw::Piece) -> Result<(), Problem> {
    let spec: StreamSpec = piece.decode()?;
    spec.check().map_err(|why| Problem::at(piece.span(), why, ""))
}

pub fn estate(config: &Config) -> Result<Estate, Problem> {
    let mut estate = Estate::default();
    for s in &config.services {
        let probe = probe::build(&s.service.name, &s.probe)?;
        estate.targets.push(Target { service: Arc::clone(&s.service.name), probe });
    }
    for c in &config.channels {
        estate.channels.insert(c.name.clone(), notify::build(&c.name, &c.via)?);
    }
    for s in &config.streams {
        estate.streams.push(s.piece.decode()?);
    }
    for g in &config.gatherers {
        estate.gatherers.insert(g.key.clone(), evidence::build(&g.raw)?);
    }
    Ok(estate)
}
