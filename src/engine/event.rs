//! What goes in and what comes out: events in the past tense, intents and effects in the imperative. Plain data, so that
//! a test compares with `==` and a scenario can be a file.

use crate::domain::alert::{Alert, Review};
use crate::domain::checklist::{DocumentRead, ItemAct, OccurrenceId};
use crate::domain::evidence::Proof;
use crate::domain::feed::FeedBatch;
use crate::domain::ids::{AlertId, OpId, Seq};
use crate::domain::journal::{Commit, Entry, Everything, Outcome, Past};
use crate::domain::live::{Lease, LiveSet, StreamLive};
use crate::domain::markdown::ItemId;
use crate::domain::outbox::OutboxRow;
use crate::domain::run::{RunId, StepAct};
use crate::domain::sample::Sample;
use crate::domain::setup::Setup;
use crate::domain::text::Clean;
use crate::domain::time::Stamp;
use std::sync::Arc;

#[derive(Clone, PartialEq, Debug)]
pub enum Event {
    /// At most a second apart while this console works; else only when something is due.
    Ticked,
    SampleTaken(Box<Sample>),
    /// A planned probe did not run because its predecessor or a limit held it up.
    ProbeSkipped {
        service: String,
    },
    FeedArrived(Box<FeedBatch>),
    StreamChanged(Box<StreamLive>),
    /// The store answered for the first time, or after it was lost.
    Loaded(Box<Everything>),
    /// Entries with numbers above the last one known, in order.
    EntriesArrived(Vec<Entry>),
    LiveArrived(Box<LiveSet>),
    OutboxArrived(Vec<OutboxRow>),
    Committed(Vec<(OpId, Outcome)>),
    /// The store did not take these; they are offered again. `feed` names the stream whose batch it was.
    CommitFailed {
        ops: Vec<OpId>,
        feed: Option<String>,
        why: Clean,
        given_up: bool,
    },
    /// A feed's batch is durable, with its position.
    FeedCommitted {
        stream: String,
        ticket: u64,
    },
    LeaseChanged {
        lease: Lease,
        mine: bool,
    },
    /// An alert that entries spoke of and that was not known here.
    AlertRead(Box<Alert>),
    /// What a follower sees of the lease; never a word about our own.
    LeaseSeen(Lease),
    /// A stream's client starts anew from the stored position.
    StreamStarted {
        stream: String,
    },
    /// Delivery has ended, however it went.
    DeliveryDone,
    /// So many samples could not be stored.
    SamplesLost(u64),
    /// Why this process will not take the lease (a secret it cannot read), or that nothing stands in the way.
    OnlyFollows(Option<Clean>),
    /// What a new holder needs to judge at once: stored samples, oldest first, and up and down milliseconds over
    /// 30 days per service.
    WindowsRead {
        samples: Vec<Sample>,
        uptime: Vec<(String, u64, u64)>,
    },
    /// The second of them again, an hour later.
    UptimeRead(Vec<(String, u64, u64)>),
    /// The poller's own figures.
    PollerMeasured {
        in_flight: u32,
        lag_p99_ms: u32,
        skipped: u64,
        late: u64,
    },
    DetailRead {
        alert: AlertId,
        past: Box<Past>,
    },
    /// The alerts of one service, newest first, those that are over too.
    ServiceRead {
        service: String,
        alerts: Vec<Alert>,
    },
    StoreLost {
        why: Clean,
    },
    StoreBack,
    ClockStepped {
        ms: i64,
    },
    TaskDied {
        name: &'static str,
        why: Clean,
    },
    /// What the files of checklists and procedures say now, all of them.
    DocumentsRead(Vec<DocumentRead>),
    /// A command has run or a file was looked at; `wish` is the box it was asked for.
    EvidenceGathered {
        key: String,
        wish: Option<(OccurrenceId, ItemId)>,
        proof: Box<Proof>,
    },
    ConfigReloaded(Arc<Setup>),
    ConfigRejected(Clean),
}

/// What an operator wants. Carries the version seen on screen.
#[derive(Clone, PartialEq, Debug)]
pub struct Intent {
    pub alert: Option<AlertId>,
    pub seen: Option<u32>,
    pub verb: Verb,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Verb {
    /// Also renews one's own ack.
    Ack,
    Unack,
    /// None takes it; a name hands it over.
    Own(Option<Clean>),
    /// None is the next level that has somebody.
    Escalate {
        level: Option<u8>,
    },
    /// … and, once that is saved, tick this step of its run in the same gesture.
    EscalateStep {
        level: Option<u8>,
        run: RunId,
        index: usize,
    },
    Snooze {
        until: Stamp,
        reason: Clean,
    },
    Unsnooze,
    Resolve {
        note: Clean,
        review: Option<Review>,
    },
    /// None is the explicit "nothing to say".
    Close {
        summary: Option<Clean>,
        review: Option<Review>,
    },
    Review(Review),
    Note(Clean),
    Mute {
        pattern: String,
        until: Stamp,
        reason: Clean,
    },
    Unmute {
        pattern: String,
    },
    /// I have opened it: kept once, while nobody has done anything about it.
    Look,
    /// On a box of a list.
    Item {
        list: OccurrenceId,
        item: ItemId,
        act: ItemAct,
    },
    Redate {
        list: OccurrenceId,
        due: Stamp,
        reason: Clean,
    },
    /// Take the list as its file says now.
    Adopt {
        list: OccurrenceId,
    },
    /// Run the item's command, or look at its file, now.
    Gather {
        list: OccurrenceId,
        item: ItemId,
    },
    /// On the alert of the intent, or by hand.
    StartRun {
        procedure: String,
    },
    Step {
        run: RunId,
        index: usize,
        act: StepAct,
    },
    Fill {
        run: RunId,
        name: String,
        value: Clean,
    },
    EndRun {
        run: RunId,
        why: Clean,
    },
    /// Offer the watch to somebody.
    Offer {
        to: Clean,
        lines: Vec<Clean>,
    },
    /// The offer that was seen, by its number: never another one that took its place.
    AcceptWatch(Seq),
    /// Take my offer back, or decline the one made to me.
    WithdrawWatch(Seq),
    /// Take back my last act, whole.
    Undo,
    /// A burst of probes on this service.
    CheckNow {
        service: String,
    },
    /// Try a dead page again.
    Resend {
        outbox: i64,
    },
}

#[derive(Clone, PartialEq, Debug)]
pub enum Effect {
    Commit(Commit),
    /// What the watch saw, unjournaled: samples, and the live rows that changed.
    SaveWatched {
        samples: Vec<Sample>,
        live: LiveSet,
    },
    ReadDetail(AlertId),
    /// All alerts of a service, whatever has become of them.
    ReadService(String),
    /// Entries speak of an alert that is not known here: read it.
    ReadAlert(AlertId),
    /// Pages changed: read them anew.
    ReadOutbox,
    /// Pages are due: claim them and hand them over.
    DeliverDue,
    /// Entries above the last one known exist.
    FetchEntries,
    /// Read the stored samples of the last window for every service: the lease is new.
    ReadWindows,
    /// Read the uptime of the last 30 days anew.
    ReadUptime,
    ProbeNow {
        service: String,
        times: u8,
    },
    /// Run the command, or look at the file, that is known under this key.
    Gather {
        key: String,
        wish: Option<(OccurrenceId, ItemId)>,
    },
    /// The feed may send its next batch.
    FeedTaken {
        stream: String,
        ticket: u64,
    },
    /// An alert needs a person: bell and terminal notice, as the console is configured.
    Alarm {
        text: Clean,
    },
}
