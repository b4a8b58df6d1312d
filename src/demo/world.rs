//! What all parts of the estate share: the clock, the speed, and what is wrong just now, injected or told by the story.
//! Not its job: deciding what goes wrong (`story`, `control`) or showing it (`services`, `feed`, `log`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::fault::Fault;
use super::{Clock, Options};
use crate::domain::time::{Now, Stamp, ms};

/// What is wrong just now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conditions {
    injected: BTreeSet<Fault>,
    /// With the story's level, 0–1.
    told: BTreeMap<Fault, f64>,
    /// The story is not told: nothing goes wrong but what is injected.
    quiet: bool,
}

impl Conditions {
    /// 0 when the fault is not in force, else up to 1.
    pub fn level(&self, fault: Fault) -> f64 {
        if self.injected.contains(&fault) { 1.0 } else { self.told.get(&fault).copied().unwrap_or(0.0) }
    }
    pub fn on(&self, fault: Fault) -> bool {
        self.level(fault) > 0.0
    }
    pub fn inject(&mut self, fault: Fault) {
        self.injected.insert(fault);
    }
    /// Whoever lifts a fault wants it gone, also when the story told it.
    pub fn lift(&mut self, fault: Fault) -> bool {
        let told = self.told.remove(&fault).is_some();
        self.injected.remove(&fault) || told
    }
    /// By the story; level 0 ends it.
    pub fn tell(&mut self, fault: Fault, level: f64) {
        if level > 0.0 && !self.quiet {
            self.told.insert(fault, level.min(1.0));
        } else {
            self.told.remove(&fault);
        }
    }
    pub fn hush(&mut self, quiet: bool) {
        self.quiet = quiet;
        self.told.clear();
    }
    pub fn quiet(&self) -> bool {
        self.quiet
    }
    pub fn injected(&self) -> impl Iterator<Item = &Fault> {
        self.injected.iter()
    }
    pub fn told(&self) -> impl Iterator<Item = (&Fault, &f64)> {
        self.told.iter()
    }
}

pub struct World {
    pub seed: u64,
    pub speed: f64,
    clock: Clock,
    started: Now,
    conditions: watch::Sender<Conditions>,
}

impl World {
    pub fn new(options: &Options) -> Self {
        let mut conditions = Conditions::default();
        options.faults.iter().for_each(|f| conditions.inject(*f));
        let (clock, started) = (Arc::clone(&options.clock), (options.clock)());
        Self { seed: options.seed, speed: options.speed, clock, started, conditions: watch::Sender::new(conditions) }
    }
    pub fn now(&self) -> Now {
        (self.clock)()
    }
    /// Time of the story since the start: real time × speed.
    pub fn elapsed(&self) -> Duration {
        let real = self.now().boot_ms.saturating_sub(self.started.boot_ms).max(0);
        Duration::from_millis((real as f64 * self.speed) as u64)
    }
    /// The story's time of day; at speed 1 the real one.
    pub fn day_time(&self) -> Stamp {
        Stamp(self.started.wall.0.saturating_add(ms(self.elapsed())))
    }
    /// How long a span of the story takes here; at least 5 ms, so that no loop spins.
    pub fn real(&self, story: Duration) -> Duration {
        story.div_f64(self.speed).max(Duration::from_millis(5))
    }
    pub fn read<T>(&self, look: impl FnOnce(&Conditions) -> T) -> T {
        look(&self.conditions.borrow())
    }
    pub fn on(&self, fault: Fault) -> bool {
        self.read(|c| c.on(fault))
    }
    /// Wakes everybody who waits, when something did change.
    pub fn change(&self, change: impl FnOnce(&mut Conditions)) -> bool {
        self.conditions.send_if_modified(|c| {
            let before = c.clone();
            change(c);
            *c != before
        })
    }
    /// Returns once the conditions are as wanted; never when the estate is gone, whose tasks are gone too.
    pub async fn until(&self, wanted: impl FnMut(&Conditions) -> bool) {
        let _ = self.conditions.subscribe().wait_for(wanted).await;
    }
}
