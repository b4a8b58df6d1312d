//! All services under watch, their plans on one heap of wake-ups, and what is in flight. Every method is quick; only
//! [`Fleet::progress`] waits.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::mpsc::Permit;
use tokio::task::{AbortHandle, JoinError, JoinSet};

use super::limits::{Caps, Limits, Place};
use super::plan::{Due, Plan};
use super::stats::{Lags, PollStats};
use super::{Order, PollEvent, Target};
use crate::domain::sample::ServiceName;
use crate::domain::time::Now;
use crate::sources::probe::{Observation, Probe};

/// Events that wait for a slow reader.
const NEWS_MAX: usize = 4096;
/// A kind that overruns its own deadline by this much is cut.
const GRACE: Duration = Duration::from_secs(1);

struct Member {
    probe: Arc<dyn Probe>,
    host: Arc<str>,
    plan: Plan,
    run: Option<Run>,
    /// The one valid entry on the heap; others are left-overs.
    wake: i64,
}

struct Run {
    number: u64,
    place: Place,
    began: i64,
    retry: bool,
    late_ms: u32,
    abort: AbortHandle,
}

struct Done {
    service: ServiceName,
    number: u64,
    /// None: it panicked.
    found: Option<Observation>,
}

pub struct Fleet {
    members: HashMap<ServiceName, Member>,
    wakes: BinaryHeap<Reverse<(i64, ServiceName)>>,
    limits: Limits,
    running: JoinSet<Done>,
    news: VecDeque<PollEvent>,
    stats: Arc<PollStats>,
    lags: Lags,
    holding: bool,
    runs: u64,
}

impl Fleet {
    pub fn new(caps: Caps, stats: Arc<PollStats>) -> Self {
        Self {
            members: HashMap::new(),
            wakes: BinaryHeap::new(),
            limits: Limits::new(caps),
            running: JoinSet::new(),
            news: VecDeque::new(),
            stats,
            lags: Lags::default(),
            holding: false,
            runs: 0,
        }
    }

    /// Takes over a new set: who stays keeps plan and phase, and a look in flight at an unchanged target goes on.
    pub fn adopt(&mut self, targets: &[Target], now: Now) {
        let mut old = std::mem::take(&mut self.members);
        for target in targets {
            let member = match old.remove(&target.service) {
                Some(kept) => self.keep(kept, target, now),
                None => Member::new(target, now),
            };
            self.members.insert(target.service.clone(), member);
        }
        for (_, gone) in old {
            self.drop_run(gone.run);
        }
        self.rebuild_wakes();
    }

    fn keep(&mut self, mut member: Member, target: &Target, now: Now) -> Member {
        let pace = target.probe.pace();
        if member.probe.target() != target.probe.target() || member.plan.pace != pace {
            let run = member.run.take();
            self.drop_run(run);
        }
        member.plan.repace(&target.service, pace, now);
        member.host = Arc::from(target.probe.host_key());
        member.probe = Arc::clone(&target.probe);
        member
    }

    fn drop_run(&mut self, run: Option<Run>) {
        if let Some(run) = run {
            run.abort.abort();
            self.limits.give_back(&run.place);
        }
    }

    fn rebuild_wakes(&mut self) {
        self.wakes.clear();
        if self.holding {
            for (service, member) in &mut self.members {
                member.wake = member.plan.wake();
                self.wakes.push(Reverse((member.wake, service.clone())));
            }
        }
        self.stats.set_in_flight(self.limits.in_flight());
    }

    pub fn order(&mut self, order: &Order, now: Now) {
        match order {
            Order::Resume if !self.holding => {
                self.holding = true;
                for (service, member) in &mut self.members {
                    member.plan = Plan::first(service, member.plan.pace, now);
                }
                self.rebuild_wakes();
            }
            Order::Pause => self.pause(),
            Order::ProbeNow { service, times } if self.holding => {
                if let Some(member) = self.members.get_mut(service) {
                    member.plan.burst(*times, now);
                    member.wake = member.plan.wake();
                    self.wakes.push(Reverse((member.wake, service.clone())));
                }
            }
            Order::Resume | Order::ProbeNow { .. } => {}
        }
    }

    /// What a former holder found must not reach the store: looks and news go with the lease.
    fn pause(&mut self) {
        self.holding = false;
        self.news.clear();
        let runs: Vec<_> = self.members.values_mut().filter_map(|m| m.run.take()).collect();
        for run in runs {
            self.drop_run(Some(run));
        }
        self.rebuild_wakes();
    }

    /// Until the next wake-up; None when nothing is planned.
    pub fn wait(&self, now: Now) -> Option<Duration> {
        let Reverse((at, _)) = self.wakes.peek()?;
        Some(Duration::from_millis(u64::try_from(at - now.boot_ms).unwrap_or(0)))
    }

    pub fn has_news(&self) -> bool {
        !self.news.is_empty()
    }
    pub fn hand_on(&mut self, permit: Permit<'_, PollEvent>) {
        if let Some(event) = self.news.pop_front() {
            permit.send(event);
        }
    }
    fn tell(&mut self, event: PollEvent) {
        if self.news.len() == NEWS_MAX {
            self.news.pop_front();
            self.stats.count_dropped();
        }
        self.news.push_back(event);
    }

    /// Waits for a look to end, then takes in all that have ended. Never returns while none is in flight.
    pub async fn progress(&mut self, clock: &impl Fn() -> Now) {
        let Some(first) = self.running.join_next().await else { return std::future::pending().await };
        let now = clock();
        self.ended(first, now);
        while let Some(next) = self.running.try_join_next() {
            self.ended(next, now);
        }
    }

    fn ended(&mut self, done: Result<Done, JoinError>, now: Now) {
        // Only an aborted look ends in an error; its place was given back when it was aborted.
        let Ok(Done { service, number, found }) = done else { return };
        let Some(member) = self.members.get_mut(&service) else { return };
        let Some(run) = member.run.take_if(|run| run.number == number) else { return };
        self.limits.give_back(&run.place);
        let observation = found.unwrap_or_else(|| {
            self.stats.count_panicked();
            Observation::local("the probe panicked")
        });
        let mut sample = observation.into_sample(service.clone(), now.wall);
        (sample.retry, sample.late_ms) = (run.retry, run.late_ms);
        member.plan.ended(sample.outcome.up(), run.began, now);
        member.wake = member.plan.wake();
        self.wakes.push(Reverse((member.wake, service)));
        self.tell(PollEvent::Sample(Box::new(sample)));
    }

    /// Starts what is due and has a place.
    pub fn start_due(&mut self, now: Now) {
        while self.wakes.peek().is_some_and(|Reverse((at, _))| *at <= now.boot_ms) {
            let Some(Reverse((at, service))) = self.wakes.pop() else { break };
            // Taken out for the while, so that the rest of the fleet can be worked on beside it.
            let Some((service, mut member)) = self.members.remove_entry(&service) else { continue };
            if member.wake == at {
                self.look_at(&service, &mut member, now);
                member.wake = member.plan.wake().max(now.boot_ms + 1);
                self.wakes.push(Reverse((member.wake, service.clone())));
            }
            self.members.insert(service, member);
        }
        self.stats.set_in_flight(self.limits.in_flight());
        self.lags.publish(now.boot_ms, &self.stats);
    }

    fn look_at(&mut self, service: &ServiceName, member: &mut Member, now: Now) {
        match member.plan.due(member.run.is_some(), now) {
            Due::Nothing => {}
            Due::Missed => {
                member.plan.slot_missed(service, now);
                self.stats.count_skipped();
                self.tell(PollEvent::Skipped { service: service.clone() });
            }
            Due::Slot { late_ms } => {
                if self.start(service, member, late_ms, now) {
                    self.lags.push(late_ms, &self.stats);
                    member.plan.slot_used(service, now);
                }
            }
            Due::Extra if member.run.is_some() => member.plan.extra_held(now),
            Due::Extra => {
                if self.start(service, member, 0, now) {
                    member.plan.extra_used();
                    if let Some(run) = &mut member.run {
                        run.retry = true;
                    }
                }
            }
        }
    }

    fn start(&mut self, service: &ServiceName, member: &mut Member, late_ms: u32, now: Now) -> bool {
        let place = Place { host: Arc::clone(&member.host), doubtful: member.plan.doubtful };
        if !self.limits.take(&place) {
            member.plan.blocked(now);
            return false;
        }
        self.runs += 1;
        let (number, service) = (self.runs, service.clone());
        let work = look(Arc::clone(&member.probe));
        let abort = self.running.spawn(async move { Done { service, number, found: work.await } });
        member.run = Some(Run { number, place, began: now.boot_ms, retry: false, late_ms, abort });
        true
    }
}

impl Member {
    fn new(target: &Target, now: Now) -> Self {
        let plan = Plan::first(&target.service, target.probe.pace(), now);
        let host = Arc::from(target.probe.host_key());
        Self { probe: Arc::clone(&target.probe), host, plan, run: None, wake: 0 }
    }
}

/// One look behind two guards: a panic is told by None, and a kind that forgets its deadline is cut.
async fn look(probe: Arc<dyn Probe>) -> Option<Observation> {
    let limit = probe.pace().timeout + GRACE;
    let guarded = AssertUnwindSafe(async { tokio::time::timeout(limit, probe.run()).await }).catch_unwind();
    match guarded.await {
        Ok(Ok(found)) => Some(found),
        Ok(Err(_)) => Some(Observation::local("the probe overran its own deadline and was cut")),
        Err(_) => None,
    }
}
