//! Entries into the book, and what an operator is told of their own acts. Entries are applied in the order of their
//! numbers, whoever made them; one that comes early waits for those before it.

use std::sync::Arc;

use super::Engine;
use super::event::Effect;
use super::model::{Message, Model, StoreState, Tone};
use crate::domain::ids::{AlertId, OpId};
use crate::domain::journal::{Entry, Everything, Fact, Outcome, Refusal};
use crate::domain::severity::Severity;
use crate::domain::text::Clean;
use crate::domain::time::{Now, short};

/// Messages kept for Sys.
const MESSAGES_KEPT: usize = 200;
/// Early entries kept before everything is read anew.
const EARLY_MAX: usize = 10_000;

impl Engine {
    pub(super) fn load(&mut self, all: Everything, now: Now) {
        let m = &mut self.model;
        m.book = super::book::Book::default();
        for alert in all.alerts {
            m.book.put(Arc::new(alert));
        }
        m.store.last_seq = all.last_seq;
        m.store.place = all.place;
        m.store.resolved_total = all.resolved_total;
        m.store.state = StoreState::Ready;
        m.mutes = all.mutes;
        m.outbox = all.outbox;
        self.early.clear();
        if let Some(lease) = all.lease {
            m.worker.seen_at = Some(lease.renewed_at);
            m.worker.lease = Some(lease);
        }
        self.live_arrived(all.live, now);
    }

    pub(super) fn entries_arrived(&mut self, entries: Vec<Entry>, now: Now) -> Vec<Effect> {
        for entry in entries {
            if entry.seq > self.model.store.last_seq {
                self.early.insert(entry.seq, entry);
            }
        }
        let mut effects = Vec::new();
        let read = std::cell::Cell::new(false);
        while let Some(entry) = self.early.remove(&(self.model.store.last_seq + 1)) {
            self.model.store.last_seq = entry.seq;
            let effect = self.apply(&entry, now);
            // Pages are read once for however many entries concern them.
            effects.extend(effect.into_iter().filter(|e| *e != Effect::ReadOutbox || !read.replace(true)));
        }
        if !self.early.is_empty() {
            if self.early.len() > EARLY_MAX {
                self.early.clear();
            }
            effects.push(Effect::FetchEntries);
        }
        effects
    }

    fn apply(&mut self, entry: &Entry, now: Now) -> Vec<Effect> {
        let mut effects = Vec::new();
        if matches!(
            entry.fact,
            Fact::Escalated { .. } | Fact::Withdrawn { .. } | Fact::Delivered(_) | Fact::Resolved { .. }
        ) {
            effects.push(Effect::ReadOutbox);
        }
        let was_resolved = entry.alert.and_then(|id| self.model.book.get(id)).is_some_and(|a| a.phase.is_resolved());
        let after = self.model.book.apply(entry);
        match &entry.fact {
            Fact::Muted(mute) => {
                self.model.mutes.retain(|m| m.pattern != mute.pattern);
                self.model.mutes.push(mute.clone());
            }
            Fact::Unmuted { pattern } => self.model.mutes.retain(|m| &m.pattern != pattern),
            Fact::Resolved { .. } => self.model.store.resolved_total += 1,
            Fact::Reopened { .. } if was_resolved => {
                self.model.store.resolved_total = self.model.store.resolved_total.saturating_sub(1);
            }
            _ => {}
        }
        if let Some((id, past)) = &mut self.model.past
            && Some(*id) == entry.alert
        {
            Arc::make_mut(past).timeline.push(entry.clone());
        }
        let Some(alert) = after else { return effects };
        let loud = matches!(entry.fact, Fact::Raised { .. } | Fact::Reopened { .. } | Fact::SeverityChanged { .. });
        let muted = self.model.mute_of(alert.service(), now.wall).is_some();
        if loud && !muted && alert.unacked() && alert.severity == Severity::Critical {
            let text = format!("{} {} {}", alert.id, alert.service(), alert.about.title);
            effects.push(Effect::Alarm { text: Clean::new(&text) });
        }
        effects
    }

    pub(super) fn committed(&mut self, outcomes: Vec<(OpId, Outcome)>, now: Now) -> Vec<Effect> {
        let mut effects = Vec::new();
        let mut entries = Vec::new();
        let mut said: Vec<Said> = Vec::new();
        for (op, outcome) in outcomes {
            let asked = self.asked.remove(&op);
            if let Some(asked) = &asked {
                self.model.saving.retain(|_, s| s.op != op);
                said.push(Said { verb: asked.verb, outcome: outcome.clone(), gesture: asked.gesture });
            }
            if let Some(work) = &mut self.work {
                work.settled(op);
            }
            match outcome {
                Outcome::Applied(entry) | Outcome::Before(entry) => entries.push(entry),
                Outcome::Nothing | Outcome::Refused(_) => {}
            }
        }
        entries.sort_by_key(|e| e.seq);
        effects.extend(self.entries_arrived(entries, now));
        self.tell(&said, now);
        effects
    }

    /// One sentence for the message line about acts that ended together.
    fn tell(&mut self, said: &[Said], now: Now) {
        let done: Vec<_> = said.iter().filter(|s| s.entry().is_some()).collect();
        for s in &done {
            if let Some(entry) = s.entry() {
                self.remember_undo(s.gesture, entry);
            }
        }
        let refused = said.iter().find_map(|s| match &s.outcome {
            Outcome::Refused(r) => Some((s, r)),
            _ => None,
        });
        let (tone, text) = match (done.as_slice(), refused) {
            (_, Some((s, refusal))) => (Tone::Bad, refusal_text(s.verb, refusal, done.len())),
            ([one], None) => (Tone::Done, one.entry().map(|e| done_text(e, &self.model, now)).unwrap_or_default()),
            ([], None) if said.is_empty() => return,
            ([], None) => (Tone::Info, "nothing to change: it is so already".to_owned()),
            ([first, ..], None) => (Tone::Done, format!("{} {} alerts, saved   u undo", first.verb.past(), done.len())),
        };
        self.say(tone, &text, now);
    }

    pub(super) fn say(&mut self, tone: Tone, text: &str, now: Now) {
        let message = Message { at: now.wall, tone, text: Clean::new(text) };
        let notices = &mut self.model.notices;
        notices.history.push(message.clone());
        if notices.history.len() > MESSAGES_KEPT {
            notices.history.remove(0);
        }
        notices.last = Some(message);
    }
}

/// An own act and how it ended.
struct Said {
    verb: super::acts::Word,
    outcome: Outcome,
    gesture: u64,
}

impl Said {
    fn entry(&self) -> Option<&Entry> {
        match &self.outcome {
            Outcome::Applied(entry) | Outcome::Before(entry) => Some(entry),
            _ => None,
        }
    }
}

fn refusal_text(verb: super::acts::Word, refusal: &Refusal, done: usize) -> String {
    let others = if done > 0 { format!("   ({done} others saved)") } else { String::new() };
    format!("NOT {}: {refusal}{others}", verb.past())
}

/// `acked 4821, saved. Re-opens in 30m unless fixed.   u undo`
fn done_text(entry: &Entry, model: &Model, now: Now) -> String {
    let id = entry.alert.unwrap_or(AlertId(0));
    let hold = model.setup.spans.escalation_hold.as_secs();
    match &entry.fact {
        Fact::Acked { deadline } => {
            format!("acked {id}, saved. Re-opens in {} unless fixed.   u undo", short(deadline.since(now.wall)))
        }
        Fact::Owned { owner, .. } => format!("{id} is {owner}'s now, saved.   u undo"),
        Fact::Unacked => format!("un-acked {id}, saved: nobody has it now"),
        Fact::Escalated { level, role, channels } => {
            format!(
                "escalated {id} to L{level} ({role}), saved. Pages {} in {hold}s   u takes it back",
                channels.join(", ")
            )
        }
        Fact::Withdrawn { level, .. } => format!("took back the page of {id} to L{level}: nothing was sent"),
        Fact::Snoozed { until, .. } => format!("snoozed {id} for {}, saved.   u undo", short(until.since(now.wall))),
        Fact::Unsnoozed { .. } => format!("woke {id}, saved: it is open again"),
        Fact::Resolved { .. } => format!("resolved {id}, saved.   u undo"),
        Fact::Reopened { .. } => format!("re-opened {id}, saved"),
        Fact::Closed { .. } => format!("closed {id}, saved"),
        Fact::Reviewed { .. } => format!("reviewed {id}, saved"),
        Fact::Noted { .. } => format!("noted on {id}, saved.   u undo"),
        Fact::NoteRetracted { .. } => format!("struck out the note on {id}"),
        Fact::Muted(m) => {
            format!("muted {} for {}, saved: listed, not paged.   u undo", m.pattern, short(m.until.since(now.wall)))
        }
        Fact::Unmuted { pattern } => format!("un-muted {pattern}, saved"),
        Fact::Raised { .. }
        | Fact::Updated { .. }
        | Fact::SeverityChanged { .. }
        | Fact::Reminded
        | Fact::Delivered(_) => {
            format!("{id} saved")
        }
    }
}
