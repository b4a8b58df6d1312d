//! How long a verdict must last before it counts: hold before raising, clear_for before clearing, and the flap count.
//! One `Hold` per rule and service; its state is rebuilt from stored samples after a takeover.

use std::collections::VecDeque;
use std::time::Duration;

use super::rule::{Reading, Rule, Verdict};
use super::time::Stamp;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hold {
    /// Since when the current verdict points the other way than `firing`.
    turning_since: Option<Stamp>,
    pub firing: bool,
    pub reading: Option<Reading>,
}

impl Hold {
    /// A hold taken over from an alert that is already open.
    pub fn already_firing() -> Self {
        Self { firing: true, ..Self::default() }
    }

    /// Forgets since when a verdict has been turning; what fires goes on firing.
    pub fn start_again(&mut self) {
        self.turning_since = None;
    }

    /// Feeds one verdict; true when `firing` changed.
    pub fn step(&mut self, rule: &Rule, verdict: Verdict, now: Stamp) -> bool {
        let (turning, wait) = match (self.firing, verdict) {
            (_, Verdict::Unknown) => return false,
            (false, Verdict::Breach(r)) => (Some(r), rule.hold),
            (true, Verdict::Fine(r)) => (Some(r), rule.clear_for),
            (_, Verdict::Breach(r) | Verdict::Fine(r) | Verdict::Between(r)) => {
                self.reading = Some(r);
                self.turning_since = None;
                return false;
            }
        };
        self.reading = turning;
        let since = *self.turning_since.get_or_insert(now);
        if now.since(since) < wait {
            return false;
        }
        self.turning_since = None;
        self.firing = !self.firing;
        true
    }
}

/// More than `max` changes within `span` is flapping; it ends when the count has fallen to half.
#[derive(Clone, Debug, Default)]
pub struct Flaps {
    changes: VecDeque<Stamp>,
    pub flapping: bool,
}

impl Flaps {
    pub const MAX: usize = 5;
    pub const SPAN: Duration = Duration::from_secs(30 * 60);

    pub fn changed(&mut self, now: Stamp) {
        self.changes.push_back(now);
        if self.changes.len() > 4 * Self::MAX {
            self.changes.pop_front();
        }
        self.look(now);
    }
    /// True when the judgement changed.
    pub fn look(&mut self, now: Stamp) -> bool {
        let from = now - Self::SPAN;
        while self.changes.front().is_some_and(|at| *at <= from) {
            self.changes.pop_front();
        }
        let flapping = if self.flapping { self.changes.len() > Self::MAX / 2 } else { self.changes.len() > Self::MAX };
        std::mem::replace(&mut self.flapping, flapping) != flapping
    }
}

#[cfg(test)]
mod tests {
    use super::super::rule::{Bound, Form, Metric};
    use super::super::severity::Severity;
    use super::*;

    fn rule() -> Rule {
        Rule {
            name: "r".into(),
            metric: Metric::LatencyP95,
            bound: Bound::Above(200.0),
            window: Duration::from_secs(600),
            hold: Duration::from_secs(60),
            clear_for: Duration::from_secs(120),
            clear_at: None,
            severity: Severity::Critical,
            procedure: None,
            services: vec![],
        }
    }
    const R: Reading = Reading { value: 1.0, limit: 2.0, n: 20, form: Form::Statistic };

    #[test]
    fn raises_after_the_hold_and_clears_after_clear_for() {
        let (r, mut h) = (rule(), Hold::default());
        let at = |h: &mut Hold, s: i64, v| h.step(&r, v, Stamp(s * 1000));
        assert!(!at(&mut h, 0, Verdict::Breach(R)));
        assert!(!at(&mut h, 30, Verdict::Fine(R)), "a blip starts the hold again");
        assert!(!at(&mut h, 60, Verdict::Breach(R)));
        assert!(!at(&mut h, 90, Verdict::Unknown), "unknown neither raises nor starts again");
        assert!(at(&mut h, 120, Verdict::Breach(R)) && h.firing);
        assert!(!at(&mut h, 130, Verdict::Fine(R)));
        assert!(!at(&mut h, 200, Verdict::Between(R)), "the band keeps it open");
        assert!(!at(&mut h, 210, Verdict::Fine(R)));
        assert!(at(&mut h, 330, Verdict::Fine(R)) && !h.firing);
    }

    #[test]
    fn h9_more_than_five_changes_in_half_an_hour_is_flapping() {
        let mut f = Flaps::default();
        for i in 0..5 {
            f.changed(Stamp(i * 1000));
        }
        assert!(!f.flapping);
        f.changed(Stamp(6000));
        assert!(f.flapping);
        assert!(f.look(Stamp(6000 + 30 * 60 * 1000)) && !f.flapping);
    }
}
