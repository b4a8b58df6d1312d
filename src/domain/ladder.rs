//! The escalation ladder's rungs, as the config lists them. First form: an operator chooses; timers and rotations are
//! the ladder's later growth and will live here.

use super::journal::Rung;
use super::text::Clean;
use super::time::Stamp;

/// A rung: role and the channels that reach whoever holds it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Level {
    pub name: String,
    pub role: Clean,
    pub notify: Vec<String>,
}

/// The rung an escalation from `reached` would page: `chosen` if given, else the next one that has somebody.
/// None when there is no such rung.
pub fn rung(levels: &[Level], reached: u8, chosen: Option<u8>, hold_until: Stamp) -> Option<Rung> {
    let numbered = levels.iter().enumerate().map(|(i, l)| (i as u8 + 1, l));
    let pick = |(n, l): &(u8, &Level)| match chosen {
        Some(wanted) => *n == wanted,
        None => *n > reached && !l.notify.is_empty(),
    };
    let (level, found) = numbered.take(usize::from(u8::MAX)).find(pick)?;
    Some(Rung { seen_level: reached, level, role: found.role.clone(), channels: found.notify.clone(), hold_until })
}
