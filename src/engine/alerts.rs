//! Entries into the book, and what an operator is told of their own acts. Entries are applied in the order of their
//! numbers, whoever made them; one that comes early waits for those before it.

use std::sync::Arc;
use std::time::Duration;

use super::Engine;
use super::acts::Part;
use super::event::Effect;
use super::model::{Message, Model, StoreState, Tone};
use crate::domain::alert::{Actor, Alert, Before, Phase};
use crate::domain::ids::{AlertId, OpId};
use crate::domain::journal::{Act, DeliveryOutcome, Entry, Everything, Fact, Outcome, Refusal};
use crate::domain::severity::Severity;
use crate::domain::text::Clean;
use crate::domain::time::{Now, Stamp, short};

/// Messages kept for Sys.
const MESSAGES_KEPT: usize = 200;
/// Spans ahead are rounded, not cut: half an hour is 30 minutes, not 29.
const HALF_MINUTE: Duration = Duration::from_secs(30);
/// Names of people kept, to tell a known one from a slip.
const PEOPLE_MAX: usize = 1000;
/// Early entries kept before everything is read anew.
const EARLY_MAX: usize = 10_000;

impl Engine {
    pub(super) fn load(&mut self, all: Everything, now: Now) {
        let m = &mut self.model;
        m.book.reload(all.alerts);
        m.store.last_seq = all.last_seq;
        m.store.place = all.place;
        m.store.resolved_total = all.resolved_total;
        m.store.state = StoreState::Ready;
        self.loaded = true;
        let m = &mut self.model;
        m.people.extend(all.people);
        m.mutes = all.mutes;
        m.outbox = all.outbox;
        m.board.load(all.lists, all.runs, all.handoffs);
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
            Fact::Escalated { .. }
                | Fact::Withdrawn { .. }
                | Fact::Requeued { .. }
                | Fact::Delivered(_)
                | Fact::Resolved { .. }
        ) {
            effects.push(Effect::ReadOutbox);
        }
        if let Actor::Operator(name) = &entry.actor
            && self.model.people.len() < PEOPLE_MAX
        {
            self.model.people.insert(name.clone());
        }
        self.model.board.apply(entry);
        effects.extend(self.watch_passed(entry, now));
        self.run_ended(entry, now);
        let was_resolved = entry.alert.and_then(|id| self.model.book.get(id)).is_some_and(|a| a.phase.is_resolved());
        let after = self.model.book.apply(entry);
        match &entry.fact {
            Fact::Muted(mute) => {
                self.model.mutes.retain(|m| m.pattern != mute.pattern);
                self.model.mutes.push(mute.clone());
            }
            Fact::Unmuted { pattern } => self.model.mutes.retain(|m| &m.pattern != pattern),
            Fact::Resolved { .. } => self.model.store.resolved_total += 1,
            Fact::Reopened { .. } | Fact::Restored { .. } if was_resolved => {
                self.model.store.resolved_total = self.model.store.resolved_total.saturating_sub(1);
            }
            _ => {}
        }
        if let Some((id, past)) = &mut self.model.past
            && Some(*id) == entry.alert
        {
            Arc::make_mut(past).timeline.push(entry.clone());
        }
        let Some(alert) = after else {
            effects.extend(entry.alert.map(Effect::ReadAlert));
            return effects;
        };
        self.stale_undos(&alert, entry, now);
        effects.extend(self.handed_over(&alert, entry, now));
        let loud = matches!(entry.fact, Fact::Raised { .. } | Fact::Reopened { .. } | Fact::SeverityChanged { .. });
        let muted = self.model.mute_of(alert.service(), now.wall).is_some();
        if loud && !muted && alert.unacked() && alert.severity == Severity::Critical {
            let text = format!("{} {} {}", alert.id, alert.service(), alert.about.title);
            effects.push(Effect::Alarm { text: Clean::new(&text) });
        }
        effects
    }

    /// What was given to me rings like an alarm: its giver takes it to be in my hands.
    fn handed_over(&mut self, alert: &Alert, entry: &Entry, now: Now) -> Option<Effect> {
        let Fact::Owned { owner, .. } = &entry.fact else { return None };
        let (me, by) = (&self.model.me.name, entry.actor.name());
        if owner != me || by == me {
            return None;
        }
        let text = format!("{by} gave you {} {} {}", alert.id, alert.service(), alert.about.title);
        self.say(Tone::Info, &text, now);
        Some(Effect::Alarm { text: Clean::new(&text) })
    }

    /// An act of mine that something else has overtaken cannot be taken back any more; a resolve that did not last is said.
    fn stale_undos(&mut self, alert: &Alert, entry: &Entry, now: Now) {
        let mine = self.forget_undos(alert.id, |act, seen| {
            seen.is_some_and(|v| v != alert.version)
                || (matches!(entry.fact, Fact::Delivered(_)) && matches!(act, Act::Withdraw { .. }))
        });
        let id = alert.id;
        match &entry.fact {
            Fact::Reopened { why, .. } if mine && why.as_str() == "fired again" => {
                self.say(Tone::Bad, &format!("{id} came back after you resolved it: it fired again"), now);
            }
            Fact::Delivered(d) if mine => match d.outcome {
                DeliveryOutcome::Sent => {
                    self.say(Tone::Done, &format!("page about {id} handed over by {}: {}", d.channel, d.detail), now);
                }
                _ => {
                    self.say(
                        Tone::Bad,
                        &format!("page about {id} by {} NOT handed over: {}", d.channel, d.detail),
                        now,
                    );
                }
            },
            _ => {}
        }
    }

    pub(super) fn committed(&mut self, outcomes: Vec<(OpId, Outcome)>, now: Now) -> Vec<Effect> {
        let mut effects = Vec::new();
        let mut entries = Vec::new();
        let mut said: Vec<Said> = Vec::new();
        let mut followed = Vec::new();
        for (op, outcome) in outcomes {
            let asked = self.asked.remove(&op);
            self.model.store.unsaved = self.asked.len();
            if let Some(asked) = &asked {
                self.model.saving.retain(|_, s| s.op != op);
                self.model.board.saving.retain(|_, s| s.op != op);
                let follows = asked.part == Part::After;
                said.push(Said { verb: asked.verb, outcome: outcome.clone(), gesture: asked.gesture, follows });
            }
            self.settled(op);
            match outcome {
                Outcome::Applied(entry) | Outcome::Before(entry) => {
                    followed.extend(asked.map(|asked| (asked, entry.clone())));
                    entries.push(entry);
                }
                Outcome::Refused(_) => {
                    if let Some(asked) = asked {
                        self.page_stays(asked.gesture, &asked.change.act);
                    }
                }
                Outcome::Nothing => {}
            }
        }
        entries.sort_by_key(|e| e.seq);
        effects.extend(self.entries_arrived(entries, now));
        self.tell(&said, now);
        effects.extend(followed.iter().filter_map(|(asked, entry)| self.follow_up(asked, entry, now)));
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
            (_, Some((s, refusal))) => (Tone::Bad, self.refusal_text(s.verb, refusal, done.len())),
            ([one], None) => (Tone::Done, self.done_alone_or_together(one, now)),
            ([], None) if said.is_empty() => return,
            ([], None) => (Tone::Info, "nothing to change: it is so already".to_owned()),
            ([first, ..], None) if first.follows => (Tone::Done, format!("{} alerts are yours now, saved", done.len())),
            ([first, ..], None) => {
                let together = self.undone_together(first.gesture);
                let counted = || format!("{} {} {}, saved", first.verb.past(), done.len(), first.noun());
                (Tone::Done, together.unwrap_or_else(counted))
            }
        };
        let text = self.with_what_came_before(said, text);
        let gesture = done.last().map(|s| s.gesture).filter(|_| tone == Tone::Done);
        self.say(tone, &text, now);
        if let Some(last) = &mut self.model.notices.last {
            last.gesture = gesture;
        }
    }

    /// What followed an act of the same gesture is told after it.
    fn with_what_came_before(&self, said: &[Said], text: String) -> String {
        let Some(first) = said.first().filter(|s| s.follows) else { return text };
        let before = self.model.notices.last.as_ref().filter(|m| m.gesture == Some(first.gesture));
        let Some(before) = before.map(|m| m.text.as_str().trim_end_matches('.')) else { return text };
        // A page is told at length: the step comes before it, where a narrow screen does not cut it off.
        if first.noun() == "steps" { format!("{text} {before}") } else { format!("{before}. {text}") }
    }

    fn refusal_text(&self, verb: super::acts::Word, refusal: &Refusal, done: usize) -> String {
        let others = if done > 0 { format!("   ({done} others saved)") } else { String::new() };
        // Somebody else with my name is me.
        let said = match refusal {
            Refusal::Conflict { id, by, what, at } if *by == self.model.me.name.to_string() => {
                Refusal::Conflict { id: *id, by: "you".into(), what: what.clone(), at: *at }
            }
            Refusal::Taken { what, by, did, at } if *by == self.model.me.name.to_string() => {
                Refusal::Taken { what: what.clone(), by: "you".into(), did: did.clone(), at: *at }
            }
            other => other.clone(),
        };
        format!("NOT {}: {said}{others}", verb.past())
    }

    /// The acts of one key press may come back one by one: the last of them speaks for all.
    fn done_alone_or_together(&mut self, one: &Said, now: Now) -> String {
        if one.follows {
            return one.entry().map(|e| done_text(e, &self.model, now)).unwrap_or_default();
        }
        let together = match self.told {
            Some((gesture, n)) if gesture == one.gesture => n + 1,
            _ => 1,
        };
        self.told = Some((one.gesture, together));
        if let Some(text) = self.undone_together(one.gesture) {
            return text;
        }
        if together > 1 {
            return format!("{} {together} {}, saved", one.verb.past(), one.noun());
        }
        one.entry().map(|e| done_text(e, &self.model, now)).unwrap_or_default()
    }

    pub(super) fn say(&mut self, tone: Tone, text: &str, now: Now) {
        let message = Message { at: now.wall, tone, text: Clean::new(text), gesture: None };
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
    follows: bool,
}

impl Said {
    fn noun(&self) -> &'static str {
        match self.entry().map(|e| &e.fact) {
            Some(Fact::List { .. }) => "items",
            Some(Fact::Run { .. }) => "steps",
            _ => "alerts",
        }
    }
    fn entry(&self) -> Option<&Entry> {
        match &self.outcome {
            Outcome::Applied(entry) | Outcome::Before(entry) => Some(entry),
            _ => None,
        }
    }
}

/// `took it back, saved: 4821 is bob's again for 12m`
fn restored_text(id: AlertId, to: &Before, now: Now) -> String {
    let left = |at: Stamp| short(at.since(now.wall) + HALF_MINUTE);
    match (&to.phase, &to.owner) {
        (Phase::Acked { deadline, .. }, Some(owner)) => {
            format!("took it back, saved: {id} is {owner}'s again for {}", left(*deadline))
        }
        (Phase::Snoozed { until, .. }, _) => format!("took it back, saved: {id} is snoozed again for {}", left(*until)),
        _ => format!("took it back, saved: {id} is open again"),
    }
}

/// `acked 4821, saved. Re-opens in 30m unless fixed.`
fn done_text(entry: &Entry, model: &Model, now: Now) -> String {
    let id = entry.alert.unwrap_or(AlertId(0));
    let hold = model.setup.spans.escalation_hold.as_secs();
    match &entry.fact {
        Fact::Acked { deadline, .. } => {
            format!("acked {id}, saved. Re-opens in {} unless fixed.", short(deadline.since(now.wall) + HALF_MINUTE))
        }
        Fact::Owned { owner, .. } if *owner == model.me.name => format!("{id} is yours now, saved"),
        Fact::Owned { owner, deadline, .. } => format!(
            "gave {id} to {owner}, saved: not acked by them yet. Re-opens in {} unless fixed",
            short(deadline.since(now.wall) + HALF_MINUTE)
        ),
        Fact::Unacked => format!("un-acked {id}, saved: nobody has it now"),
        Fact::Escalated { level, role, channels } => {
            let way = if model.worker.lives(now.wall) {
                format!("held {hold} s, then sent by {}", channels.join(", "))
            } else {
                "no worker: it waits until one lives".to_owned()
            };
            format!("escalated {id} to L{level} ({role}), saved: {way}")
        }
        Fact::Withdrawn { level, .. } => format!("took back the page of {id} to L{level}: nothing was sent"),
        Fact::Snoozed { until, .. } => {
            format!("snoozed {id} for {}, saved", short(until.since(now.wall) + HALF_MINUTE))
        }
        Fact::Unsnoozed { .. } => format!("woke {id}, saved: it is open again"),
        Fact::Resolved { .. } => format!("resolved {id}, saved"),
        Fact::Restored { to } => restored_text(id, to, now),
        Fact::Reopened { .. } => format!("re-opened {id}, saved"),
        Fact::Closed { .. } => format!("closed {id}, saved"),
        Fact::Reviewed { .. } => format!("reviewed {id}, saved"),
        Fact::Noted { .. } => format!("noted on {id}, saved"),
        Fact::NoteRetracted { .. } => format!("struck out the note on {id}"),
        Fact::Muted(m) => {
            format!(
                "muted {} for {}, saved: no bell; it is listed, and e still pages",
                m.pattern,
                short(m.until.since(now.wall) + HALF_MINUTE)
            )
        }
        Fact::Unmuted { pattern } => format!("un-muted {pattern}, saved"),
        Fact::List { .. } | Fact::Run { .. } | Fact::Handoff(_) => super::lists::done_text(entry, model),
        Fact::Requeued { outbox } => format!("page {outbox} about {id} is queued again, saved"),
        Fact::Raised { .. }
        | Fact::Updated { .. }
        | Fact::SeverityChanged { .. }
        | Fact::Reminded
        | Fact::Looked
        | Fact::Delivered(_) => {
            format!("{id} saved")
        }
    }
}
