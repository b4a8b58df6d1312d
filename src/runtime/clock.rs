//! The one place that reads the clocks. Everything else is handed a [`Now`], so that a test can hold time still.

use crate::domain::time::{Now, Stamp};

/// Wall time, and boot time that runs on through suspend.
#[expect(clippy::disallowed_methods, reason = "this is the clock that the rule points to")]
pub fn now() -> Now {
    let wall = Stamp(chrono::Utc::now().timestamp_millis());
    let boot = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Now { wall, boot_ms: boot.tv_sec.saturating_mul(1000).saturating_add(boot.tv_nsec / 1_000_000) }
}

/// A step of the wall clock against boot time, milliseconds, when it is more than can be drift between two looks.
#[derive(Debug, Default)]
pub struct StepWatch(Option<Now>);

const STEP_MIN_MS: i64 = 2000;

impl StepWatch {
    pub fn look(&mut self, now: Now) -> Option<i64> {
        let before = self.0.replace(now)?;
        let step = (now.wall.0 - before.wall.0) - (now.boot_ms - before.boot_ms);
        (step.abs() > STEP_MIN_MS).then_some(step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_told_once_and_a_suspend_is_none() {
        let mut watch = StepWatch::default();
        let at = |wall, boot_ms| Now { wall: Stamp(wall), boot_ms };
        assert_eq!(watch.look(at(0, 0)), None);
        assert_eq!(watch.look(at(7_200_000, 7_200_000)), None);
        assert_eq!(watch.look(at(10_801_000, 7_201_000)), Some(3_600_000));
        assert_eq!(watch.look(at(10_802_000, 7_202_000)), None);
    }
}
