//! The watch passing from one person to the next: offered with a text, accepted by name. Until then nothing is anybody
//! else's. What the text says is the report's business; [`Facts`] are what it says it of.

mod facts;

use serde::{Deserialize, Serialize};

use super::ids::Seq;
use super::journal::{Change, Entry, Fact, Refusal};
use super::text::Clean;
use super::time::Stamp;

pub use facts::{AlertSeen, Cut, Ended, Facts, Head, ListSeen, Must, Numbers, Quiet, ROWS_MAX, RunSeen, Watched};

/// Lines of one handoff; past that nobody reads it.
pub const LINES_MAX: usize = 400;

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Handoff {
    /// The number of the entry that offered it.
    pub id: Seq,
    pub from: Clean,
    pub to: Clean,
    pub at: Stamp,
    pub lines: Vec<Clean>,
    pub seq: Seq,
    pub end: Option<(HandoffEnd, Stamp, Clean)>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HandoffEnd {
    Accepted,
    /// Taken back, or another offer took its place.
    Withdrawn,
    /// By the one it was offered to.
    Declined,
}

#[derive(Clone, PartialEq, Debug)]
pub enum HandoffAct {
    Offer {
        to: Clean,
        lines: Vec<Clean>,
    },
    Accept,
    /// Whoever it was offered to declines it so.
    Withdraw,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandoffFact {
    Offered { to: Clean, lines: Vec<Clean> },
    Accepted { id: Seq },
    Withdrawn { id: Seq },
    Declined { id: Seq },
}

impl HandoffEnd {
    /// As sentences use it: `bob accepted the handoff`.
    pub fn did(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Withdrawn => "took back",
            Self::Declined => "declined",
        }
    }
    /// As a state of it.
    pub fn word(self) -> &'static str {
        if self == Self::Withdrawn { "taken back" } else { self.did() }
    }
}

impl HandoffFact {
    /// The offer that it answers.
    pub fn answers(&self) -> Option<Seq> {
        match self {
            Self::Offered { .. } => None,
            Self::Accepted { id } | Self::Withdrawn { id } | Self::Declined { id } => Some(*id),
        }
    }
    fn end(&self) -> HandoffEnd {
        match self {
            Self::Accepted { .. } => HandoffEnd::Accepted,
            Self::Declined { .. } => HandoffEnd::Declined,
            _ => HandoffEnd::Withdrawn,
        }
    }
}

impl Handoff {
    pub fn open(&self) -> bool {
        self.end.is_none()
    }
}

/// `open` is the offer that waits, if one does; `named` the one the act is about.
pub fn decide(
    open: Option<&Handoff>,
    named: Option<&Handoff>,
    change: &Change,
    act: &HandoffAct,
) -> Result<Option<HandoffFact>, Refusal> {
    let who = change.actor.name();
    let because = |text: String| Err(Refusal::Because(Clean::new(&text)));
    match act {
        HandoffAct::Offer { to, .. } if to.is_empty() => because("a handoff names who is to take the watch".into()),
        HandoffAct::Offer { to, .. } if to == who => {
            because(format!("the watch is offered to somebody else than {to}"))
        }
        HandoffAct::Offer { lines, .. } if lines.len() > LINES_MAX => {
            because(format!("a handoff has at most {LINES_MAX} lines"))
        }
        HandoffAct::Offer { to, lines } => match open {
            // One's own offer is replaced by a newer one; another's waits for its answer.
            Some(other) if other.from != *who => because(format!(
                "{} has offered the watch to {}; that offer waits for its answer",
                other.from, other.to
            )),
            _ => Ok(Some(HandoffFact::Offered { to: to.clone(), lines: lines.clone() })),
        },
        HandoffAct::Accept | HandoffAct::Withdraw => {
            let Some(offer) = named else { return because("there is no such offer".into()) };
            match &offer.end {
                Some((HandoffEnd::Accepted, ..)) if act == &HandoffAct::Accept && offer.to == *who => return Ok(None),
                Some((end, at, by)) => {
                    let (what, did) = (Clean::from("the handoff"), Clean::from(end.did()));
                    return Err(Refusal::Taken { what, by: by.to_string(), did, at: *at });
                }
                None => {}
            }
            match act {
                HandoffAct::Accept if offer.to != *who => {
                    because(format!("{} offered the watch to {}, not to {who}", offer.from, offer.to))
                }
                HandoffAct::Withdraw if offer.to == *who => Ok(Some(HandoffFact::Declined { id: offer.id })),
                HandoffAct::Withdraw if offer.from != *who => {
                    because(format!("only {} can take this offer back", offer.from))
                }
                HandoffAct::Accept => Ok(Some(HandoffFact::Accepted { id: offer.id })),
                _ => Ok(Some(HandoffFact::Withdrawn { id: offer.id })),
            }
        }
    }
}

/// One's older offer, when a newer one takes its place.
pub fn replaced(older: Handoff, entry: &Entry) -> Handoff {
    let end = Some((HandoffEnd::Withdrawn, entry.at, entry.actor.name().clone()));
    Handoff { end, seq: entry.seq, ..older }
}

/// Applies one entry; None when it concerns another handoff.
pub fn apply(known: Option<&Handoff>, entry: &Entry) -> Option<Handoff> {
    let Fact::Handoff(fact) = &entry.fact else { return None };
    let who = entry.actor.name().clone();
    match fact {
        HandoffFact::Offered { .. } if known.is_some_and(|h| h.id == entry.seq) => known.cloned(),
        HandoffFact::Offered { to, lines } => Some(Handoff {
            id: entry.seq,
            from: who,
            to: to.clone(),
            at: entry.at,
            lines: lines.clone(),
            seq: entry.seq,
            end: None,
        }),
        HandoffFact::Accepted { id } | HandoffFact::Withdrawn { id } | HandoffFact::Declined { id } => {
            let known = known.filter(|h| h.id == *id)?;
            if known.seq >= entry.seq {
                return Some(known.clone());
            }
            Some(Handoff { end: Some((fact.end(), entry.at, who)), seq: entry.seq, ..known.clone() })
        }
    }
}
