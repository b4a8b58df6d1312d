//! The shared facts as this console knows them. Alerts change only by entries; live rows are replaced whole. A clone is
//! cheap enough to keep: that is what freezing a list does. One operator's cursors and filters are the ui's, not here.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use crate::domain::alert::{Alert, Mute};
use crate::domain::ids::{AlertId, OpId, Seq};
use crate::domain::journal::Past;
use crate::domain::live::{Lease, ServiceLive, StreamLive, WorkerLive};
use crate::domain::operator::Operator;
use crate::domain::outbox::OutboxRow;
use crate::domain::setup::Setup;
use crate::domain::text::Clean;
use crate::domain::time::Stamp;

use super::book::Book;
use super::lists::Board;

/// A lease that nobody has seen renewed for this long beyond its end is gone, whatever was last read.
const LEASE_GRACE: Duration = Duration::from_secs(5);

#[derive(Clone, Debug)]
pub struct Model {
    pub setup: Arc<Setup>,
    pub me: Operator,
    pub book: Book,
    /// In the config's order; one per configured service, from the first moment on.
    pub services: Vec<Arc<ServiceLive>>,
    pub streams: Vec<StreamLive>,
    pub gauges: BTreeMap<String, (f64, Stamp)>,
    /// Pending, claimed and dead pages, and the latest sent ones.
    pub outbox: Vec<OutboxRow>,
    pub mutes: Vec<Mute>,
    /// Whoever has acted on what is known here.
    pub people: BTreeSet<Clean>,
    pub worker: WorkerView,
    pub store: StoreView,
    /// Acts on their way to the store, by alert; what is here is shown as not yet saved.
    pub saving: HashMap<AlertId, Saving>,
    pub notices: Notices,
    /// What `u` would take back now.
    pub undo: Option<Undoable>,
    /// The past of the alert whose detail is open, once the store has answered.
    pub past: Option<(AlertId, Arc<Past>)>,
    /// The alerts of the service last asked about, newest first.
    pub past_of: Option<(String, Arc<Vec<Alert>>)>,
    /// Lists, procedures, runs, the watch.
    pub board: Board,
    pub moved: Moves,
}

/// Numbers that rise when figures change: whoever judges by them need not look again until then.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Moves {
    pub services: u64,
    pub streams: u64,
    pub gauges: u64,
    pub outbox: u64,
}

/// Who does the work, as far as this console knows.
#[derive(Clone, Debug, Default)]
pub struct WorkerView {
    pub lease: Option<Lease>,
    /// When the lease was last seen alive.
    pub seen_at: Option<Stamp>,
    /// This console holds it.
    pub mine: bool,
    pub live: WorkerLive,
    /// Why this console only follows (another config, unreadable secrets), if it does.
    pub only_follows: Option<Clean>,
}

impl WorkerView {
    /// When another's lease, as last seen, is over for good. Of our own the runtime tells us.
    pub fn lapses(&self) -> Option<Stamp> {
        let lease = self.lease.as_ref().filter(|l| l.alive() && !self.mine)?;
        Some(Stamp(self.seen_at?.0.saturating_add(lease.left_ms)) + LEASE_GRACE)
    }
    /// Somebody does the work: pages go out, timers run.
    pub fn lives(&self, now: Stamp) -> bool {
        let lapsed = self.lapses().is_some_and(|at| now >= at);
        self.lease.as_ref().is_some_and(Lease::alive) && !lapsed
    }
}

/// The store as the frame shows it. Until `Ready` verbs are dead and nothing is counted.
#[derive(Clone, Debug, Default)]
pub struct StoreView {
    pub state: StoreState,
    pub last_seq: Seq,
    /// `sqlite /path/to/watchdeck.db`.
    pub place: String,
    /// Acts on their way, whatever they concern.
    pub unsaved: usize,
    /// Resolved alerts in the store; only the latest are in the book.
    pub resolved_total: usize,
}

#[derive(Clone, PartialEq, Debug, Default)]
pub enum StoreState {
    #[default]
    Opening,
    Ready,
    /// Acts fail openly; watching goes on.
    Failing {
        why: Clean,
        since: Stamp,
    },
}

#[derive(Clone, PartialEq, Debug)]
pub struct Saving {
    pub op: OpId,
    /// Present participle for the row: `acking`, `escalating`.
    pub verb: &'static str,
    pub since: Stamp,
    /// Set when the store did not take it yet; it is retried.
    pub failed: Option<Clean>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Undoable {
    /// `ack of 4821`.
    pub label: String,
    /// The alert whose page would be withdrawn.
    pub page_of: Option<AlertId>,
    /// The key press that is taken back.
    pub gesture: u64,
    pub order: Order,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// It is my last act, or what stands before acts that `u` has taken back.
    Last,
    /// Something of mine came after it that `u` cannot take back, or no longer.
    Older,
}

/// Things to say that are not facts of the watch.
#[derive(Clone, Debug, Default)]
pub struct Notices {
    /// The outcome of the last act, for the message line; the history is in Sys.
    pub last: Option<Message>,
    pub history: Vec<Message>,
    /// The clock was stepped by so many milliseconds.
    pub clock_step: Option<(i64, Stamp)>,
    pub config: Option<Clean>,
    /// Tasks that died and were started again.
    pub task_died: Option<(Clean, Stamp)>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Message {
    pub at: Stamp,
    pub tone: Tone,
    pub text: Clean,
    /// The key press it tells of: `u` is offered beside it only while `u` takes back that one.
    pub gesture: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tone {
    /// Done and saved.
    Done,
    /// On its way.
    Info,
    /// Refused or failed.
    Bad,
}

/// Services by how they stand now. Unknown and stale are neither healthy nor down.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ServiceCounts {
    pub total: usize,
    pub healthy: usize,
    pub degraded: usize,
    pub failed: usize,
    pub unknown: usize,
    pub stale: usize,
}

impl ServiceCounts {
    pub fn of<'a>(services: impl Iterator<Item = &'a ServiceLive>, now: Stamp) -> Self {
        use crate::domain::service::ServiceState as S;
        services.fold(Self::default(), |mut c, s| {
            c.total += 1;
            *match s.state_at(now) {
                S::Healthy => &mut c.healthy,
                S::Degraded => &mut c.degraded,
                S::Failed => &mut c.failed,
                S::Unknown => &mut c.unknown,
                S::Stale => &mut c.stale,
            } += 1;
            c
        })
    }
    pub fn up(&self) -> usize {
        self.healthy + self.degraded
    }
}

impl Model {
    pub fn new(setup: Arc<Setup>, me: Operator) -> Self {
        let mut model = Self {
            setup,
            me,
            book: Book::default(),
            services: Vec::new(),
            streams: Vec::new(),
            gauges: BTreeMap::new(),
            outbox: Vec::new(),
            mutes: Vec::new(),
            people: BTreeSet::new(),
            worker: WorkerView::default(),
            store: StoreView::default(),
            saving: HashMap::new(),
            notices: Notices::default(),
            undo: None,
            past: None,
            past_of: None,
            board: Board::default(),
            moved: Moves::default(),
        };
        model.follow_setup();
        model
    }

    /// One live row per configured service and stream; rows of removed ones go.
    pub(super) fn follow_setup(&mut self) {
        self.moved.services += 1;
        let old: HashMap<String, Arc<ServiceLive>> = self.services.drain(..).map(|s| (s.name.clone(), s)).collect();
        let fresh = |s: &crate::domain::service::Service| {
            let interval_ms = u64::try_from(s.interval.as_millis()).unwrap_or(u64::MAX);
            match old.get(&*s.name) {
                Some(known) => Arc::new(ServiceLive { interval_ms, ..(**known).clone() }),
                None => Arc::new(ServiceLive { name: s.name.to_string(), interval_ms, ..ServiceLive::default() }),
            }
        };
        self.services = self.setup.services.iter().map(fresh).collect();
        self.streams.retain(|s| self.setup.streams.contains(&s.name));
        for name in &self.setup.streams {
            if !self.streams.iter().any(|s| &s.name == name) {
                self.streams.push(StreamLive { name: name.clone(), ..StreamLive::default() });
            }
        }
    }

    pub fn service(&self, name: &str) -> Option<&Arc<ServiceLive>> {
        self.services.iter().find(|s| s.name == name)
    }
    pub fn counts(&self, now: Stamp) -> ServiceCounts {
        ServiceCounts::of(self.services.iter().map(|s| &**s), now)
    }
    /// The mute of ours that covers this service now, if any.
    pub fn mute_of(&self, service: &str, now: Stamp) -> Option<&Mute> {
        let known = self.setup.service(service);
        self.mutes.iter().filter(|m| m.until > now).find(|m| match known {
            Some(s) => s.matches(&m.pattern),
            None => !service.is_empty() && crate::domain::service::glob(&m.pattern, service),
        })
    }
    /// A mute of this pattern would silence something that is known here.
    pub fn covers(&self, pattern: &str) -> bool {
        let open = || self.book.iter().filter(|a| a.unresolved()).map(|a| a.service());
        self.setup.services.iter().any(|s| s.matches(pattern))
            || open().any(|name| !name.is_empty() && crate::domain::service::glob(pattern, name))
    }
    /// The config names them, or they have acted here: a hand-over reaches somebody.
    pub fn knows(&self, name: &str) -> bool {
        let named = self.setup.operators.iter().any(|(n, _)| n.as_str() == name);
        named || self.me.name.as_str() == name || self.people.iter().any(|p| p.as_str() == name)
    }
    /// Acts that the store has not taken yet.
    pub fn unsaved(&self) -> usize {
        self.saving.len().max(self.store.unsaved)
    }
    pub fn ready(&self) -> bool {
        !matches!(self.store.state, StoreState::Opening)
    }
}
