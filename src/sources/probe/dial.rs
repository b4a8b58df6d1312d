//! From a name to a connected socket: our own deadlines for the resolver and the connection, a few addresses, one
//! attempt each. No proxy, no cache, no racing: a half-dead dual stack must not look well.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::meter::{Stage, Trace};
use super::observation::Failure;
use super::resolve::{self, Resolver};
use crate::domain::sample::{FailKind, Outcome};

const RESOLVE_WITHIN: Duration = Duration::from_secs(3);
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// Where to connect: an address, or a name to be resolved at each look.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Host {
    at: Result<IpAddr, Arc<str>>,
    port: u16,
    key: String,
}

impl Host {
    /// `name` may be an IPv6 address in brackets.
    pub fn new(name: &str, port: u16) -> Option<Self> {
        let bare = name.strip_prefix('[').and_then(|n| n.strip_suffix(']')).unwrap_or(name);
        let fit = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
        if bare.is_empty() || !bare.chars().all(fit) || port == 0 {
            return None;
        }
        let at = bare.parse::<IpAddr>().map_err(|_| Arc::from(bare.to_ascii_lowercase()));
        if at.is_err() && bare.contains(':') {
            return None;
        }
        Some(Self { at, port, key: format!("{}:{port}", name.to_ascii_lowercase()) })
    }
    /// `host:port`.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, port) = text.rsplit_once(':')?;
        let bracketed = name.starts_with('[');
        if name.contains(':') != bracketed {
            return None;
        }
        Self::new(name, port.parse().ok()?)
    }
    pub fn key(&self) -> &str {
        &self.key
    }
    /// The name a certificate must carry.
    pub fn server_name(&self) -> Option<ServerName<'static>> {
        match &self.at {
            Ok(ip) => Some(ServerName::from(*ip)),
            Err(name) => ServerName::try_from(name.to_string()).ok(),
        }
    }
    async fn addresses(&self, resolver: &Resolver, trace: &mut Trace) -> Result<Vec<SocketAddr>, Failure> {
        let name = match &self.at {
            Ok(ip) => return Ok(vec![SocketAddr::new(*ip, self.port)]),
            Err(name) => Arc::clone(name),
        };
        trace.stage = Stage::Resolve;
        let began = trace.watch.us();
        let found = timeout(RESOLVE_WITHIN, resolver.look_up(name, self.port)).await;
        trace.phases.dns_us = Some(trace.watch.us() - began);
        match found {
            Err(_) => Err(Failure::unreachable(FailKind::Resolve, "the resolver did not answer within 3 s")),
            Ok(Err(error)) => Err(Failure::unreachable(FailKind::Resolve, format!("name not resolved: {error}"))),
            Ok(Ok(found)) if found.is_empty() => {
                Err(Failure::unreachable(FailKind::Resolve, "the name has no address"))
            }
            Ok(Ok(found)) => Ok(found),
        }
    }
}

/// Connects to the first address that takes us; each gets an even share of what is left of the connect deadline, and of
/// the look itself where that is shorter: a dead first address must not use up all of it.
pub async fn connect(host: &Host, trace: &mut Trace) -> Result<TcpStream, Failure> {
    connect_by(&resolve::SYSTEM, host, trace).await
}

/// With the addresses that this resolver finds.
pub async fn connect_by(resolver: &Resolver, host: &Host, trace: &mut Trace) -> Result<TcpStream, Failure> {
    let addresses = host.addresses(resolver, trace).await?;
    trace.stage = Stage::Connect;
    let began = trace.watch.us();
    let within = CONNECT_WITHIN.min(trace.left());
    let mut last = Failure::unreachable(FailKind::Resolve, "no address");
    for (tried, address) in addresses.iter().enumerate() {
        let spent = Duration::from_micros(u64::from(trace.watch.us() - began));
        let share = within.saturating_sub(spent) / u32::try_from(addresses.len() - tried).unwrap_or(1).max(1);
        let result = timeout(share, TcpStream::connect(address)).await;
        trace.phases.connect_us = Some(trace.watch.us() - began);
        last = match result {
            Ok(Ok(stream)) => {
                trace.dead = tried;
                return Ok(stream);
            }
            Ok(Err(error)) => Failure::of_io(&error, Outcome::Unreachable),
            Err(_) => Failure::unreachable(FailKind::Timeout, format!("no connection within {within:.1?}")),
        };
    }
    Err(last)
}
