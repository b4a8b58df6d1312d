//! Where a feed's numbers stand: what is next, what is a repetition, what is missing. A pure state machine; it asks for
//! a replay or a snapshot and never waits for one. Not its job: events without a number (`seen`), or which of two states
//! of one alert is the newer (`intake`).
//!
//! A jump is counted once, as it is found. Its missing numbers stay open: when a replay brings them they are applied
//! late, each once. A snapshot that ends closes every gap, because the state is whole again. A number that was passed
//! over is missing too, but it is not asked for: asking would bring the message that breaks the link once more.

use crate::domain::feed::{Gap, StreamPosition};

/// Gaps kept open for a late fill; the oldest is given up beyond that.
const GAPS_MAX: usize = 64;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sequence {
    feed: Option<String>,
    last: Option<u64>,
    /// Missing numbers, ascending, none above `last`.
    gaps: Vec<Gap>,
    /// From the first gap that a restart found open to the last number of before it, until a replay has brought the
    /// last. Which of two states of an alert is the newer is forgotten with the process, so all of it is said again.
    resumed: Option<(u64, u64)>,
    snapshot: Option<Snapshot>,
    /// Nothing has been applied since the link came up.
    fresh: bool,
}

/// A snapshot under way. Its events describe state, so their numbers prove nothing until its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Snapshot {
    highest: Option<u64>,
}

/// What to do with one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Apply,
    /// Fills a gap: older than what has been applied since.
    Late,
    Duplicate,
    /// Known, and said again by a snapshot: what is state may be set once more, what adds up may not.
    Restated,
}

/// What to ask the feed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    Replay { from: u64, to: u64 },
    Snapshot,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    pub verdict: Verdict,
    /// A jump was found just now, over this many events.
    pub missing: Option<u64>,
    pub ask: Option<Ask>,
}

impl Judged {
    fn plain(verdict: Verdict) -> Self {
        Self { verdict, missing: None, ask: None }
    }
}

impl Sequence {
    /// A stored position behind which no number can follow is none: every event to come would be a repetition.
    pub fn new(feed: Option<String>, last: Option<u64>) -> Self {
        let last = last.filter(|last| *last < u64::MAX);
        Self { feed, last, fresh: true, ..Self::default() }
    }
    /// From where the store says it stood.
    pub fn resume(start: &StreamPosition) -> Self {
        let mut sequence = Self::new(start.feed_id.clone(), start.sequence);
        let Some(last) = sequence.last else { return sequence };
        let whole = |gap: &&Gap| gap.from <= gap.to && gap.to <= last;
        start.gaps.iter().filter(whole).for_each(|gap| sequence.open_gap(*gap));
        let first = sequence.wanted().next();
        sequence.resumed = first.map(|(from, _)| (from, last));
        sequence
    }
    pub fn feed(&self) -> Option<&str> {
        self.feed.as_deref()
    }
    pub fn last(&self) -> Option<u64> {
        self.last
    }
    /// Something is missing that could still come.
    pub fn has_gap(&self) -> bool {
        !self.gaps.is_empty() || self.resumed.is_some()
    }
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }
    /// What a new link asks to be replayed.
    pub fn asks(&self) -> Vec<Ask> {
        let clean = |(from, _): &(u64, u64)| !self.gaps.iter().any(|gap| gap.passed && gap.to > *from);
        let ranges = match self.resumed.filter(clean) {
            Some((_, to)) => {
                let after = self.wanted().filter(|(from, _)| *from > to);
                self.resumed.into_iter().chain(after).collect::<Vec<_>>()
            }
            None => self.wanted().collect(),
        };
        ranges.into_iter().map(|(from, to)| Ask::Replay { from, to }).collect()
    }
    /// A replay that was asked for has not come yet.
    pub fn waits(&self) -> bool {
        self.resumed.is_some() || self.wanted().next().is_some()
    }
    /// The gaps a replay may be asked for.
    pub fn wanted(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.gaps.iter().filter(|gap| !gap.passed).map(|gap| (gap.from, gap.to))
    }

    /// A new link: a snapshot cut off by the old one proves nothing.
    pub fn connected(&mut self) {
        self.snapshot = None;
        self.fresh = true;
    }

    /// What came could not be read, and a feed that replays would send it for ever. Was a replay asked for, that is
    /// not asked for again; else the next number is passed over. It stays missing, because nobody knows whether the
    /// message had it: an event that does is applied late. True when a number went missing.
    pub fn pass_over(&mut self) -> bool {
        if self.waits() {
            self.resumed = None;
            self.gaps.iter_mut().for_each(|gap| gap.passed = true);
            return false;
        }
        let Some(next) = self.last.and_then(|last| last.checked_add(1)) else { return false };
        self.last = Some(next);
        match self.gaps.last_mut().filter(|gap| gap.to + 1 == next) {
            Some(gap) => gap.to = next,
            None => self.open_gap(Gap { from: next, to: next, passed: true }),
        }
        true
    }

    /// The feed says who it is. Another one numbers anew, so what is known of the old numbers is forgotten.
    pub fn speaks(&mut self, feed: &str) -> Option<Ask> {
        match &self.feed {
            Some(known) if known == feed => None,
            None => {
                self.feed = Some(feed.to_owned());
                None
            }
            Some(_) => {
                *self = Self::new(Some(feed.to_owned()), None);
                Some(Ask::Snapshot)
            }
        }
    }

    /// Judges an event by its number.
    pub fn judge(&mut self, number: u64) -> Judged {
        if self.snapshot.is_some() {
            return self.judge_in_snapshot(number);
        }
        let Some(last) = self.last else { return self.advance(number) };
        if number <= last {
            return Judged::plain(self.judge_known(number));
        }
        let missing = number - last - 1;
        if missing == 0 {
            return self.advance(number);
        }
        let (from, to) = (last + 1, number - 1);
        self.open_gap(Gap { from, to, passed: false });
        let ask = Some(Ask::Replay { from, to });
        Judged { missing: Some(missing), ask, ..self.advance(number) }
    }

    fn judge_known(&mut self, number: u64) -> Verdict {
        let again = self.resumed.is_some_and(|(from, to)| (from..=to).contains(&number));
        if self.resumed.is_some_and(|(_, to)| to == number) && self.wanted().all(|(from, _)| from > number) {
            self.resumed = None;
        }
        match (self.fill(number), again) {
            (true, _) => Verdict::Late,
            (false, true) => Verdict::Restated,
            (false, false) => Verdict::Duplicate,
        }
    }

    fn advance(&mut self, number: u64) -> Judged {
        self.last = Some(number);
        self.fresh = false;
        Judged::plain(Verdict::Apply)
    }

    /// The next number is the next event even then; any other is where the state stands, and the end of the snapshot
    /// says what that means.
    fn judge_in_snapshot(&mut self, number: u64) -> Judged {
        if self.last.is_some_and(|last| last.checked_add(1) == Some(number)) {
            return self.advance(number);
        }
        if self.last.is_some_and(|last| number <= last) {
            return Judged::plain(if self.fill(number) { Verdict::Late } else { Verdict::Restated });
        }
        if let Some(snapshot) = &mut self.snapshot {
            snapshot.highest = snapshot.highest.max(Some(number));
        }
        Judged::plain(Verdict::Apply)
    }

    /// Its own number counts like any event's, but nothing is asked for: the snapshot is the answer. Returns what a jump
    /// to it left out.
    pub fn snapshot_begins(&mut self, number: Option<u64>) -> Option<u64> {
        self.snapshot = None;
        let missing = number.and_then(|n| self.judge(n).missing);
        self.snapshot = Some(Snapshot::default());
        missing
    }
    pub fn in_snapshot(&self) -> bool {
        self.snapshot.is_some()
    }

    /// The state is whole as of the highest number the snapshot named: gaps are closed, a jump over unseen numbers is
    /// counted once. False when no snapshot was under way. A snapshot that is the first thing on a link and ends below
    /// what is known means that the feed numbers anew.
    pub fn snapshot_ends(&mut self, number: Option<u64>) -> (bool, Option<u64>) {
        let Some(Snapshot { highest }) = self.snapshot.take() else {
            // An end without its begin is an event like any other.
            return (false, number.and_then(|n| self.judge(n).missing));
        };
        self.forget_gaps();
        let head = highest.max(number);
        let missing = match (self.last, head) {
            (Some(last), Some(head)) if head > last => {
                self.last = Some(head);
                Some(head - last - 1).filter(|n| *n > 0)
            }
            (None, Some(head)) => {
                self.last = Some(head);
                None
            }
            // Below what is known: only the end itself may say so, and only before anything else was heard.
            (Some(_), Some(head)) if self.fresh && number.is_some() => {
                self.last = Some(head);
                None
            }
            _ => None,
        };
        self.fresh = false;
        (true, missing)
    }

    /// Nobody will fill them: too much has been applied since to tell old from new.
    pub fn forget_gaps(&mut self) {
        self.gaps.clear();
        self.resumed = None;
    }

    fn open_gap(&mut self, gap: Gap) {
        if self.gaps.len() == GAPS_MAX {
            self.gaps.remove(0);
        }
        self.gaps.push(gap);
    }

    /// Takes a number out of the gap it lies in; false when it lies in none.
    fn fill(&mut self, number: u64) -> bool {
        let Some(at) = self.gaps.iter().position(|gap| (gap.from..=gap.to).contains(&number)) else { return false };
        let gap = self.gaps.remove(at);
        if number < gap.to {
            self.gaps.insert(at, Gap { from: number + 1, ..gap });
        }
        if gap.from < number {
            self.gaps.insert(at, Gap { to: number - 1, ..gap });
        }
        true
    }
}
