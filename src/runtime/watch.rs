//! The headless worker: the same engine and the same hands as a console, without eyes. Made to hold the lease.

use std::time::Duration;

use tokio::sync::watch;

use super::clock;
use super::plant::{Plant, Source};
use super::signals::Signals;
use crate::engine::Engine;
use crate::engine::event::{Effect, Event};

const TICK: Duration = Duration::from_secs(1);
/// Events handled before effects are handed over.
const BATCH: usize = 1024;
/// A config file is looked at so often, in ticks.
const LOOK_EVERY: u32 = 2;

/// Runs until a signal or `stop`; the exit code.
pub async fn run(
    mut engine: Engine,
    mut plant: Plant,
    mut source: Option<Source>,
    mut stop: watch::Receiver<bool>,
) -> u8 {
    let mut signals = Signals::listen();
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let mut steps = clock::StepWatch::default();
    let mut batch: Vec<Event> = Vec::new();
    let mut ticks = 0_u32;
    let code = loop {
        let mut effects = Vec::new();
        tokio::select! {
            biased;
            signal = signals.next() => match signal {
                super::signals::Heard::Reload => reload(&mut engine, &plant, source.as_mut(), true, &mut effects),
                super::signals::Heard::End { .. } => break 0,
                _ => {}
            },
            _ = stop.changed() => break 0,
            n = plant.events.recv_many(&mut batch, BATCH) => {
                if n == 0 {
                    break 1;
                }
                let now = clock::now();
                for event in batch.drain(..) {
                    log_event(&event);
                    effects.extend(engine.handle(event, now));
                }
            }
            _ = tick.tick() => {
                ticks = ticks.wrapping_add(1);
                let now = clock::now();
                if let Some(ms) = steps.look(now) {
                    tracing::warn!(target: "clock", "the clock stepped by {ms} ms");
                    effects.extend(engine.handle(Event::ClockStepped { ms }, now));
                }
                super::notify_systemd::alive();
                engine.handle(plant.measured(), now);
                effects.extend(engine.handle(Event::Ticked, now));
                if ticks.is_multiple_of(LOOK_EVERY) {
                    reload(&mut engine, &plant, source.as_mut(), false, &mut effects);
                }
                if let Some(why) = &*plant.fatal.borrow() {
                    tracing::error!(target: "worker", "{why}");
                    break 1;
                }
            }
        }
        plant.hands.last_seq.fetch_max(engine.model.store.last_seq, std::sync::atomic::Ordering::AcqRel);
        for effect in effects {
            if let Effect::Alarm { text } = &effect {
                tracing::warn!(target: "alert", "{text}");
            }
            plant.hands.perform(effect);
        }
    };
    plant.stop().await;
    code
}

/// All or nothing: a config that is wrong leaves everything as it was.
pub fn reload(
    engine: &mut Engine,
    plant: &Plant,
    source: Option<&mut Source>,
    forced: bool,
    effects: &mut Vec<Effect>,
) {
    let Some(changed) = source.and_then(|s| s.changed(forced)) else { return };
    let now = clock::now();
    match changed {
        Ok((config, estate)) => {
            tracing::info!(target: "config", "reloaded");
            plant.reload(&config.setup, estate);
            effects.extend(engine.handle(Event::ConfigReloaded(config.setup), now));
        }
        Err(why) => {
            tracing::error!(target: "config", "not reloaded: {why}");
            effects.extend(engine.handle(Event::ConfigRejected(why.into()), now));
        }
    }
}

fn log_event(event: &Event) {
    match event {
        Event::StoreLost { why } => tracing::error!(target: "store", "{why}"),
        Event::TaskDied { name, why } => tracing::error!(target: "worker", "task {name}: {why}"),
        Event::LeaseChanged { lease, mine } => {
            tracing::debug!(target: "worker", "lease {} held by {}, mine: {mine}", lease.epoch, lease.owner);
        }
        _ => {}
    }
}
