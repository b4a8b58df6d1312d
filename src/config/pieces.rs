//! The sections that are lists of named things: services, channels, streams, KPIs, levels, operators. Each is read here
//! as far as it is common to all kinds; the kind's own part stays raw. Not its job: names that refer to one another
//! (`check`), rules (`rules`).

use std::ops::Range;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;
use toml::de::DeValue;

use super::raw::{Piece, Problem, Raw, Value, decode_all, nearest};
use super::registry::{Probed, Registry};
use crate::domain::ladder::Level;
use crate::domain::operator::Role;
use crate::domain::service::Service;
use crate::domain::text::Clean;

/// Longest name: a name must fit a row.
const NAME_MAX: usize = 80;

/// A name with its place.
pub type Name = Spanned<String>;

/// A service and how it is probed.
#[derive(Clone, Debug)]
pub struct ServicePiece {
    pub service: Service,
    pub probe: Raw,
    pub span: Range<usize>,
    pub names: Vec<Name>,
    pub depends_on: Vec<Name>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceSpec {
    /// Unique; used by rules, alerts and the feed.
    #[schemars(with = "String")]
    name: Name,
    /// Other names of the same service.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    aliases: Vec<Name>,
    /// For rules and maintenance: `tag:x`.
    #[serde(default)]
    tags: Vec<String>,
    /// Services without which this one cannot work: its alerts fold behind theirs.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    depends_on: Vec<Name>,
    /// Offered with every alert of this service whose rule names none.
    procedure: Option<String>,
    /// Stands for the kind's own table, which is taken out before; here so that it is among the allowed keys.
    #[serde(default, rename = "probe")]
    #[schemars(skip)]
    _probe: IgnoredAny,
}

pub fn service(mut value: Value, registry: &Registry, problems: &mut Vec<Problem>) -> Option<ServicePiece> {
    let span = value.span();
    let kinds: Vec<&str> = registry.probes.iter().map(|k| k.name).collect();
    let probe = take_kind(&mut value, "probe", &kinds, problems);
    let spec: ServiceSpec = decode_all(value, problems)?;
    let names: Vec<Name> = std::iter::once(spec.name.clone()).chain(spec.aliases).collect();
    for name in &names {
        check_name(name, problems);
    }
    let probe = probe.unwrap_or_else(|| nothing(span.clone()));
    let kind = registry.probes.iter().find(|k| k.name == probe.kind);
    let probed = match kind.map(|k| (k.check)(spec.name.get_ref(), &probe)) {
        Some(Ok(probed)) => probed,
        Some(Err(problem)) => {
            problems.push(problem);
            Probed::default()
        }
        None => Probed::default(),
    };
    let service = Service {
        name: Arc::from(spec.name.get_ref().as_str()),
        aliases: names.iter().skip(1).map(|n| n.get_ref().clone()).collect(),
        tags: spec.tags,
        depends_on: spec.depends_on.iter().map(|n| n.get_ref().clone()).collect(),
        procedure: spec.procedure,
        target: Clean::new(&probed.target).as_str().to_owned(),
        interval: probed.interval,
    };
    Some(ServicePiece { service, probe, span, names, depends_on: spec.depends_on })
}

/// Takes `what.kind = { … }` out of a table. Exactly one kind, and a known one.
pub(super) fn take_kind(value: &mut Value, what: &str, kinds: &[&str], problems: &mut Vec<Problem>) -> Option<Raw> {
    let whole = value.span();
    let DeValue::Table(table) = value.get_mut() else { return None };
    let allowed = kinds.join(", ");
    let Some((key, inner)) = table.remove_entry(what) else {
        // A misspelt key is said as such, once.
        if !table.keys().any(|key| nearest(key.get_ref(), [what].into_iter()).is_some()) {
            let hint = format!("{what}.KIND = {{ … }}, kinds: {allowed}");
            problems.push(Problem::at(whole, format!("`{what}` is missing"), hint));
        }
        return None;
    };
    let DeValue::Table(inner) = inner.into_inner() else {
        let hint = format!("{what}.KIND = {{ … }}, kinds: {allowed}");
        problems.push(Problem::at(key.span(), format!("`{what}` is a table"), hint));
        return None;
    };
    // Written as a member, as many formats do: the kind is part of the name here.
    if !inner.keys().any(|k| kinds.contains(&&**k.get_ref()))
        && let Some((member, value)) = inner.iter().find(|(k, _)| k.get_ref() == "kind" || inner.len() > 1)
    {
        let named = value.get_ref().as_str().filter(|named| kinds.contains(named)).unwrap_or("KIND");
        let hint = format!("write {what}.{named} = {{ … }}, kinds: {allowed}");
        problems.push(Problem::at(member.span(), format!("`{what}` names no kind"), hint));
        return None;
    }
    let mut entries = inner.into_iter();
    let (first, second) = (entries.next(), entries.next());
    if let (Some(_), Some((extra, _))) = (&first, &second) {
        problems.push(Problem::at(extra.span(), format!("`{what}` has more than one kind"), "keep one"));
        return None;
    }
    let Some((kind, piece)) = first else {
        problems.push(Problem::at(key.span(), format!("`{what}` has no kind"), format!("kinds: {allowed}")));
        return None;
    };
    if !kinds.contains(&&**kind.get_ref()) {
        let hint = match nearest(kind.get_ref(), kinds.iter().copied()) {
            Some(near) => format!("did you mean `{near}`? kinds: {allowed}"),
            None => format!("kinds: {allowed}"),
        };
        problems.push(Problem::at(kind.span(), format!("unknown kind `{}`", kind.get_ref()), hint));
        return None;
    }
    Some(Raw::new(kind.get_ref().to_string(), kind.span(), piece))
}

/// Stands in for a kind that was wrong, which has been said: a rule or level that names its owner is not wrong too.
fn nothing(span: Range<usize>) -> Raw {
    Raw::new(String::new(), span.clone(), Spanned::new(span, DeValue::Boolean(false)))
}

/// A name is shown, matched and typed: printable, no blank at its ends, nothing that a pattern would read otherwise.
pub(super) fn check_name(name: &Name, problems: &mut Vec<Problem>) {
    let text = name.get_ref();
    let plain = Clean::new(text) == *text.as_str() && text.trim() == text && !text.is_empty();
    if !plain || text.len() > NAME_MAX || text.contains(['*', '?']) || text.starts_with("tag:") {
        let hint = format!("1 to {NAME_MAX} printable characters, without `*`, `?` and a leading `tag:`");
        problems.push(Problem::at(name.span(), "this name cannot be used", hint));
    }
}

/// A channel and how it sends.
#[derive(Clone, Debug)]
pub struct ChannelPiece {
    pub name: String,
    pub via: Raw,
    pub span: Range<usize>,
    pub(super) named: Name,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChannelSpec {
    /// Unique; levels name it.
    #[schemars(with = "String")]
    name: Name,
    #[serde(default, rename = "via")]
    #[schemars(skip)]
    _via: IgnoredAny,
}

pub fn channel(mut value: Value, registry: &Registry, problems: &mut Vec<Problem>) -> Option<ChannelPiece> {
    let span = value.span();
    let kinds: Vec<&str> = registry.channels.iter().map(|k| k.name).collect();
    let via = take_kind(&mut value, "via", &kinds, problems);
    let ChannelSpec { name: named, .. } = decode_all(value, problems)?;
    check_name(&named, problems);
    let name = named.get_ref().clone();
    let via = via.unwrap_or_else(|| nothing(span.clone()));
    if let Some(kind) = registry.channels.iter().find(|k| k.name == via.kind)
        && let Err(problem) = (kind.check)(&name, &via)
    {
        problems.push(problem);
    }
    Some(ChannelPiece { name, via, span, named })
}

/// A stream; its whole table is the stream edge's.
#[derive(Clone, Debug)]
pub struct StreamPiece {
    pub name: String,
    pub piece: Piece,
    pub(super) named: Name,
}

pub fn stream(value: Value, registry: &Registry, problems: &mut Vec<Problem>) -> Option<StreamPiece> {
    let named =
        value.get_ref().get("name").and_then(|n| Some(Spanned::new(n.span(), n.get_ref().as_str()?.to_owned())));
    let Some(named) = named else {
        problems.push(Problem::at(value.span(), "a stream has a name", "name = \"events\""));
        return None;
    };
    check_name(&named, problems);
    let (name, piece) = (named.get_ref().clone(), Piece::new(value));
    if let Some(kind) = &registry.stream
        && let Err(problem) = (kind.check)(&name, &piece)
    {
        problems.push(problem);
    }
    Some(StreamPiece { name, piece, named })
}

/// A rung of the ladder with the places of what it names.
pub struct LevelPiece {
    pub level: Level,
    pub named: Name,
    pub notify: Vec<Name>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LevelSpec {
    #[schemars(with = "String")]
    name: Name,
    /// Who stands here: "On-call engineer".
    #[serde(default)]
    role: Clean,
    /// Channels that reach them; none: the level is skipped, and said.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    notify: Vec<Name>,
}

pub fn level(value: Value, problems: &mut Vec<Problem>) -> Option<LevelPiece> {
    let spec: LevelSpec = decode_all(value, problems)?;
    check_name(&spec.name, problems);
    let notify = spec.notify.iter().map(|n| n.get_ref().clone()).collect();
    let role = if spec.role.is_empty() { Clean::new(spec.name.get_ref()) } else { spec.role };
    Some(LevelPiece {
        level: Level { name: spec.name.get_ref().clone(), role, notify },
        named: spec.name,
        notify: spec.notify,
    })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OperatorSpec {
    /// The login.
    #[schemars(with = "String")]
    pub name: Name,
    /// viewer, responder or lead.
    #[serde(default = "responder")]
    pub role: Role,
}

fn responder() -> Role {
    Role::Responder
}

pub(super) fn operator(value: Value, problems: &mut Vec<Problem>) -> Option<OperatorSpec> {
    let spec: OperatorSpec = decode_all(value, problems)?;
    check_name(&spec.name, problems);
    Some(spec)
}
