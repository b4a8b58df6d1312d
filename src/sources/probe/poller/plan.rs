//! When one service is looked at next. Moments are boot time, so that a step of the wall clock neither fires nor
//! silences anything; slots are planned on the wall's absolute base, so that they follow the step from then on.

use std::time::Duration;

use crate::domain::schedule::{first_slot, next_slot};
use crate::domain::time::{Now, Stamp, ms};
use crate::sources::probe::Pace;

/// How soon a slot that found no place tries again.
const BLOCKED_FOR: i64 = 250;
const BURST_STEP: i64 = 1000;
const BURST_MAX: u8 = 20;

/// What is due.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Due {
    Nothing,
    /// A planned slot, and how late it is, milliseconds.
    Slot {
        late_ms: u32,
    },
    /// A try between slots: after a failure, or asked for.
    Extra,
    /// A slot that passed unused.
    Missed,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    pub pace: Pace,
    slot: i64,
    extra: Option<i64>,
    burst: u8,
    /// Not before this, whatever is due: no place was free.
    not_before: i64,
    probed: bool,
    /// The last look did not succeed. Whoever was never looked at has the benefit of the doubt: at a start all are new,
    /// and the living among them must not queue behind the dead.
    pub doubtful: bool,
}

impl Plan {
    /// The first look, within five seconds.
    pub fn first(service: &str, pace: Pace, now: Now) -> Self {
        let slot = boot(first_slot(service, pace.interval, now.wall), now);
        Self { pace, slot, extra: None, burst: 0, not_before: 0, probed: false, doubtful: false }
    }
    /// The same service under another pace keeps what is known of it.
    pub fn repace(&mut self, service: &str, pace: Pace, now: Now) {
        if self.pace.interval != pace.interval {
            self.slot = boot(next_slot(service, pace.interval, now.wall), now);
        }
        self.pace = pace;
    }
    /// When to look at this plan again, boot milliseconds.
    pub fn wake(&self) -> i64 {
        self.extra.map_or(self.slot, |extra| extra.min(self.slot)).max(self.not_before)
    }
    pub fn due(&self, running: bool, now: Now) -> Due {
        if self.slot <= now.boot_ms {
            let late = now.boot_ms - self.slot;
            if running || late >= ms(self.pace.interval) {
                return Due::Missed;
            }
            return Due::Slot { late_ms: u32::try_from(late).unwrap_or(u32::MAX) };
        }
        if self.extra.is_some_and(|extra| extra <= now.boot_ms) { Due::Extra } else { Due::Nothing }
    }
    /// The planned look was started.
    pub fn slot_used(&mut self, service: &str, now: Now) {
        self.slot = boot(next_slot(service, self.pace.interval, now.wall), now);
        // The first look may fall just before the service's own phase; two at once tell nothing new.
        let near = ms(self.pace.interval.min(Duration::from_secs(10))) / 2;
        if !self.probed && self.slot - now.boot_ms < near {
            self.slot += ms(self.pace.interval);
        }
        self.probed = true;
        self.extra = None;
        self.not_before = 0;
    }
    pub fn slot_missed(&mut self, service: &str, now: Now) {
        let next = self.slot + ms(self.pace.interval);
        // Long past (a suspend): the phase spreads what would otherwise come all at once.
        let gone = next <= now.boot_ms - ms(self.pace.interval);
        self.slot = if gone { boot(next_slot(service, self.pace.interval, now.wall), now) } else { next };
    }
    pub fn extra_used(&mut self) {
        self.extra = None;
        self.burst = self.burst.saturating_sub(1);
        self.not_before = 0;
    }
    /// The extra look has to wait for the one in flight.
    pub fn extra_held(&mut self, now: Now) {
        self.extra = Some(now.boot_ms + BURST_STEP);
    }
    pub fn blocked(&mut self, now: Now) {
        self.not_before = now.boot_ms + BLOCKED_FOR;
    }
    pub fn burst(&mut self, times: u8, now: Now) {
        self.burst = times.min(BURST_MAX);
        self.extra = (self.burst > 0).then_some(now.boot_ms);
        self.not_before = 0;
    }
    /// A look that began at `began` has ended.
    pub fn ended(&mut self, up: bool, began: i64, now: Now) {
        self.doubtful = !up;
        if self.burst > 0 {
            self.extra = Some((began + BURST_STEP).max(now.boot_ms));
        } else if !up {
            let retry = now.boot_ms + ms(self.pace.retry);
            self.extra = (retry < self.slot).then_some(retry);
        }
    }
}

/// A planned wall moment as boot time.
fn boot(slot: Stamp, now: Now) -> i64 {
    now.boot_ms + (slot.0 - now.wall.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace =
        Pace { interval: Duration::from_secs(30), timeout: Duration::from_secs(10), retry: Duration::from_secs(5) };
    fn at(ms: i64) -> Now {
        Now { wall: Stamp(1_000_000 + ms), boot_ms: ms }
    }
    fn probed(now: i64) -> Plan {
        let mut plan = Plan::first("svc", PACE, at(0));
        plan.slot_used("svc", at(now));
        plan
    }

    #[test]
    fn the_first_look_is_soon_and_the_next_are_an_interval_apart() {
        let mut plan = Plan::first("svc", PACE, at(0));
        let first = plan.wake();
        assert!((0..=5000).contains(&first));
        plan.slot_used("svc", at(first));
        let second = plan.wake();
        assert!((5000..=45_000).contains(&(second - first)), "{first} {second}");
        plan.slot_used("svc", at(second));
        assert_eq!(plan.wake() - second, 30_000);
    }

    #[test]
    fn a_failing_service_is_tried_between_slots_and_a_slot_stays_a_slot() {
        let mut plan = probed(3000);
        let slot = plan.slot;
        plan.ended(false, 3000, at(3100));
        assert_eq!(plan.wake(), 8100);
        assert_eq!(plan.due(false, at(8100)), Due::Extra);
        plan.extra_used();
        plan.ended(false, slot - 1100, at(slot - 1000));
        assert_eq!(plan.wake(), slot);
        assert_eq!(plan.due(false, at(slot + 7)), Due::Slot { late_ms: 7 });
    }

    #[test]
    fn a_slot_is_missed_when_its_predecessor_runs_or_no_place_came_free() {
        let mut plan = probed(0);
        let slot = plan.slot;
        assert_eq!(plan.due(true, at(slot)), Due::Missed);
        plan.blocked(at(slot));
        assert_eq!(plan.wake(), slot + BLOCKED_FOR);
        assert_eq!(plan.due(false, at(slot + 30_000)), Due::Missed);
        plan.slot_missed("svc", at(slot + 30_000));
        assert_eq!(plan.due(false, at(slot + 30_000)), Due::Slot { late_ms: 0 });
    }

    #[test]
    fn a_suspend_misses_once_and_a_wall_step_neither_fires_nor_silences() {
        let mut plan = probed(0);
        let late = plan.slot + 10 * 3_600_000;
        plan.slot_missed("svc", at(late));
        assert!((1..=30_000).contains(&(plan.wake() - late)));
        let stepped = Now { wall: Stamp(50), boot_ms: late };
        let planned = plan.wake();
        assert_eq!(plan.due(false, stepped), Due::Nothing);
        plan.slot_used("svc", Now { wall: Stamp(50), boot_ms: planned });
        assert!((1..=30_000).contains(&(plan.wake() - planned)));
    }

    #[test]
    fn a_burst_is_a_second_apart_and_bounded() {
        let mut plan = probed(0);
        plan.burst(200, at(100));
        let mut tries = 0;
        let mut now = 100;
        while plan.due(false, at(now)) == Due::Extra {
            plan.extra_used();
            plan.ended(true, now, at(now + 5));
            tries += 1;
            assert!(plan.wake() == now + 1000 || plan.wake() == plan.slot);
            now = plan.wake();
        }
        assert_eq!(tries, u32::from(BURST_MAX).min(tries));
        assert!(tries >= 3);
    }
}
