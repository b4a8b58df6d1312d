//! What an event says, as the domain's values: cleaned, bounded, with the identity of its stream. Events never supply a
//! URL that is fetched or a command that is run, so their text is only ever text.

use std::borrow::Cow;
use std::sync::Arc;

use super::text::{LABELS_MAX, TITLE_MAX, clean, labels, tidy};
use super::wire::AlertSaid;
use crate::domain::alert::{About, Origin};
use crate::domain::ids::Labels;
use crate::domain::journal::{Report, Said};
use crate::domain::live::FeedCounts;
use crate::domain::sample::{Outcome, Sample};
use crate::domain::severity::Severity;
use crate::domain::text::Clean;
use crate::domain::time::Stamp;

/// How many labels every alert of a stream has besides its own: source, stream and key.
const IDENTITY: usize = 3;

/// `known` are the labels last read for this alert: a flood says the same ones again and again.
pub fn report(stream: &str, alert: &AlertSaid<'_>, known: Option<&Arc<Labels>>, counts: &mut FeedCounts) -> Report {
    let words = &alert.words;
    let severity = severity(alert, counts);
    let key = if alert.said == Said::Raised { &*alert.key } else { "" };
    let title = Some(words.title.as_str()).filter(|title| !title.is_empty()).unwrap_or(key);
    let service = Some(words.service.as_str()).filter(|service| !service.is_empty());
    let about = About {
        title: clean(title, TITLE_MAX),
        service: service.map(|service| clean(service, TITLE_MAX)),
        value: words.value,
        limit: words.limit,
        labels: known
            .filter(|known| same_labels(known, alert))
            .map_or_else(|| Arc::new(all_labels(stream, alert)), Arc::clone),
        ..About::default()
    };
    let note = words.note.0.as_deref().map_or_else(Clean::default, |note| clean(note, TITLE_MAX));
    let origin = Origin::Stream { name: stream.to_owned() };
    Report { origin, said: alert.said, severity, about, note }
}

/// The same alert said again, laid over what is known of it without a report being built: this is what a flood consists
/// of. False, and nothing done, where it takes [`report`] and `fold`; a property test holds the two ways together.
pub fn overlay(known: &mut Report, alert: &AlertSaid<'_>, counts: &mut FeedCounts) -> bool {
    let words = &alert.words;
    let raised = alert.said == Said::Raised;
    let over = known.said == Said::Resolved || alert.said == Said::Resolved;
    let same = || same_labels(&known.about.labels, alert) || (!raised && words.labels.0.is_empty());
    if over || !same() {
        return false;
    }
    known.severity = severity(alert, counts).or(known.severity);
    let about = &mut known.about;
    let (title, service) = (words.title.as_str(), words.service.as_str());
    if raised {
        known.said = Said::Raised;
        set(&mut known.note, words.note.as_str());
        set(&mut about.title, if title.is_empty() { &alert.key } else { title });
        (about.value, about.limit) = (words.value, words.limit);
        if service.is_empty() {
            about.service = None;
        }
    } else {
        if !title.is_empty() {
            set(&mut about.title, title);
        }
        (about.value, about.limit) = (words.value.or(about.value), words.limit.or(about.limit));
    }
    if !service.is_empty() {
        set(about.service.get_or_insert_default(), service);
    }
    true
}

/// Text that is there already is clean already.
fn set(known: &mut Clean, text: &str) {
    if known.as_str() != text {
        *known = clean(text, TITLE_MAX);
    }
}

fn severity(alert: &AlertSaid<'_>, counts: &mut FeedCounts) -> Option<Severity> {
    let word = alert.words.severity.0.as_deref().filter(|word| !word.is_empty())?;
    Some(Severity::parse(word).unwrap_or_else(|| {
        counts.unknown_severity += 1;
        Severity::Warning
    }))
}

/// The event's own labels and what identifies it; an update without labels of its own brings the identity alone, which
/// leaves those that are known, and names the alert where none is known.
fn all_labels(stream: &str, alert: &AlertSaid<'_>) -> Labels {
    let own = &alert.words.labels.0;
    if alert.said == Said::Resolved {
        return Labels::new();
    }
    let own = own.iter().map(|(name, value): &(Cow<'_, str>, Cow<'_, str>)| (&**name, &**value));
    let mut all = labels(own.take(LABELS_MAX));
    all.insert("source".to_owned(), "stream".to_owned());
    all.insert("stream".to_owned(), stream.to_owned());
    all.insert("key".to_owned(), tidy(&alert.key, TITLE_MAX));
    all
}

/// The event's own labels are those that are known, neither more nor fewer; what identifies it is the same anyway. Labels
/// said twice or named like those do not add up here, and are read anew.
fn same_labels(known: &Labels, alert: &AlertSaid<'_>) -> bool {
    let own = &alert.words.labels.0;
    !own.is_empty()
        && own.len() + IDENTITY == known.len()
        && alert.said != Said::Resolved
        && own.iter().all(|(name, value)| known.get(&**name).is_some_and(|v| v == value))
}

pub fn sample(service: &str, latency_ms: f64, ok: bool, at: Stamp) -> Sample {
    let outcome = if ok { Outcome::Ok } else { Outcome::Failed };
    let micros = (latency_ms * 1000.0).clamp(0.0, f64::from(u32::MAX)) as u32;
    Sample::new(Arc::from(tidy(service, TITLE_MAX)), at, outcome).taking(micros)
}
