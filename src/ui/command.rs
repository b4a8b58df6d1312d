//! A command is one row: name, keys, help and what it runs. The keymap, the footer, the help, the palette and the key
//! docs are all read from these rows; there is no other list of keys.

use std::collections::HashMap;

use super::chord::Chord;
use super::desk::Desk;
use super::list::RowId;
use super::scene::Scene;
use super::tabs::{TABS, Tab};

pub struct Command {
    /// As `[keys]` and the palette name it.
    pub id: &'static str,
    pub keys: &'static [&'static str],
    /// The word in the footer; empty keeps it out of there.
    pub foot: &'static str,
    pub help: &'static str,
    pub needs: Needs,
    pub run: fn(&mut Desk<'_>),
}

/// Whether a row is one that the command is for; else why not, in the tab's own words.
pub type Fit = fn(&Scene<'_>, &RowId) -> Result<(), String>;

/// What must be there for the command to do anything.
#[derive(Clone, Copy, Debug)]
pub enum Needs {
    Nothing,
    Row,
    /// An alert, also the one that a run is on.
    OnAlert,
    /// That view of the tab.
    View(usize),
    /// A store that answers and a role that may act.
    Act,
    /// … and an alert that is not over.
    ActOnOpen,
    /// … and an alert that is over.
    ActOnOver,
    /// … and any alert.
    ActOnAlert,
    /// A row that fits, on that ground: one of the marked, else the one under the cursor.
    On(Ground, Fit),
    /// … and a store that answers and a role that may act.
    ActOn(Ground, Fit),
}

/// The rows a command is for. On different grounds two commands may share a key: no row means both.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ground {
    /// Whatever is there.
    Any,
    /// Alerts, and the runs that are on them.
    Alerts,
    Watch,
    /// Boxes, and the lists they stand on.
    Lists,
    History,
}

impl Needs {
    pub fn acts(self) -> bool {
        !matches!(self, Self::Nothing | Self::Row | Self::OnAlert | Self::On(..) | Self::View(_))
    }
    pub fn ground(self) -> Ground {
        match self {
            Self::Nothing | Self::Row | Self::View(_) | Self::Act => Ground::Any,
            Self::OnAlert | Self::ActOnOpen | Self::ActOnOver | Self::ActOnAlert => Ground::Alerts,
            Self::On(ground, _) | Self::ActOn(ground, _) => ground,
        }
    }
}

impl Ground {
    pub fn of(row: &RowId) -> Self {
        match row {
            RowId::Alert(_) | RowId::Behind(_) | RowId::Run(_) | RowId::Step(..) => Self::Alerts,
            RowId::Draft | RowId::Handoff(_) => Self::Watch,
            RowId::Past(_) | RowId::Period(_) => Self::History,
            RowId::Item(..) | RowId::List(_) => Self::Lists,
            _ => Self::Any,
        }
    }
    /// No row can mean a command of the one and of the other.
    fn apart(self, other: Self) -> bool {
        self != Self::Any && other != Self::Any && self != other
    }
}

/// Why the keys of the config cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("[keys] {id}: there is no such command; {hint}")]
    NoCommand { id: String, hint: String },
    #[error("[keys] {id}: {key:?} is not a key; write it like a, U, Ctrl-d, PgUp, F2, Space")]
    NoKey { id: String, key: String },
    #[error("[keys] {key} is bound to both {first} and {second}; give one of them another key")]
    Clash { key: String, first: &'static str, second: &'static str },
}

/// Which key runs which command, for every tab.
pub struct Keymap {
    global: HashMap<Chord, &'static Command>,
    /// Of several on one key the ground decides.
    tabs: Vec<HashMap<Chord, Vec<&'static Command>>>,
    chords: HashMap<&'static str, Vec<Chord>>,
}

/// Every command of every scope: the tab's index, or None for those that work everywhere.
pub fn all() -> impl Iterator<Item = (Option<usize>, &'static Command)> {
    let everywhere = TABS.iter().map(|t| &t.go).chain(super::global::COMMANDS).map(|c| (None, c));
    let own =
        |(i, t): (usize, &&'static Tab)| t.commands.iter().flat_map(|part| part.iter()).map(move |c| (Some(i), c));
    everywhere.chain(TABS.iter().enumerate().flat_map(own))
}

impl Keymap {
    /// Own keys, with those of the config in their place.
    pub fn new(overrides: &[(String, Vec<String>)]) -> Result<Self, KeyError> {
        let mut chords: HashMap<&'static str, Vec<Chord>> = HashMap::new();
        for (_, command) in all() {
            chords.insert(command.id, command.keys.iter().filter_map(|k| Chord::parse(k)).collect());
        }
        for (id, keys) in overrides {
            let Some(slot) = chords.get_mut(id.as_str()) else {
                return Err(KeyError::NoCommand { id: id.clone(), hint: nearest(id) });
            };
            let parse = |k: &String| Chord::parse(k).ok_or_else(|| KeyError::NoKey { id: id.clone(), key: k.clone() });
            *slot = keys.iter().map(parse).collect::<Result<_, _>>()?;
        }
        let mut map = Self { global: HashMap::new(), tabs: TABS.iter().map(|_| HashMap::new()).collect(), chords };
        for (tab, command) in all() {
            map.bind(tab, command)?;
        }
        Ok(map)
    }

    fn bind(&mut self, tab: Option<usize>, command: &'static Command) -> Result<(), KeyError> {
        for chord in self.chords.get(command.id).into_iter().flatten() {
            let of_tab = tab.and_then(|i| self.tabs.get(i)).and_then(|m| m.get(chord));
            let mut meets = of_tab.into_iter().flatten().filter(|c| !c.needs.ground().apart(command.needs.ground()));
            if let Some(first) = self.global.get(chord).or_else(|| meets.next()) {
                return Err(KeyError::Clash { key: chord.to_string(), first: first.id, second: command.id });
            }
            match tab {
                None => drop(self.global.insert(*chord, command)),
                Some(i) => self.tabs.get_mut(i).into_iter().for_each(|m| m.entry(*chord).or_default().push(command)),
            }
        }
        Ok(())
    }

    /// What the key means on such a row; on none that it is for, it still says what it is for.
    pub fn find(&self, tab: usize, chord: Chord, on: Ground) -> Option<&'static Command> {
        let own = self.tabs.get(tab).and_then(|m| m.get(&chord));
        let fits = |c: &&&'static Command| [Ground::Any, on].contains(&c.needs.ground());
        let own = own.and_then(|all| all.iter().find(fits).or_else(|| all.first()));
        own.or_else(|| self.global.get(&chord)).copied()
    }
    /// The tab, not this one, in which the key would do something.
    pub fn elsewhere(&self, tab: usize, chord: Chord) -> Option<(usize, &'static Command)> {
        let mut others = self.tabs.iter().enumerate().filter(|(i, _)| *i != tab);
        others.find_map(|(i, map)| Some((i, *map.get(&chord)?.first()?)))
    }
    pub fn first_key(&self, id: &str) -> Option<String> {
        self.chords.get(id)?.first().map(Chord::to_string)
    }
    pub fn keys(&self, id: &str) -> String {
        let all = self.chords.get(id).into_iter().flatten().map(Chord::to_string);
        all.collect::<Vec<_>>().join(" ")
    }
}

fn nearest(id: &str) -> String {
    let near = all().map(|(_, c)| c.id).min_by_key(|known| strsim::damerau_levenshtein(known, id));
    near.map_or_else(String::new, |known| format!("did you mean {known}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_is_bound_twice_and_every_key_is_one() {
        assert_eq!(Keymap::new(&[]).err(), None);
        for (_, command) in all() {
            for key in command.keys {
                assert!(Chord::parse(key).is_some(), "{}: {key}", command.id);
            }
            assert!(!command.help.is_empty() && !command.help.ends_with('.'), "{}", command.id);
        }
    }

    #[test]
    fn one_key_may_mean_two_things_where_no_row_means_both() {
        let on = |ground| Needs::ActOn(ground, |_, _| Ok(())).ground();
        assert!(on(Ground::Alerts).apart(on(Ground::Watch)));
        assert!(!on(Ground::Alerts).apart(Needs::ActOnOpen.ground()), "a run is on an alert");
        assert!(!Needs::Act.ground().apart(on(Ground::Watch)));
    }

    #[test]
    fn keys_that_scroll_or_belong_to_multiplexers_never_act() {
        for (_, command) in all().filter(|(_, c)| c.needs.acts()) {
            for key in command.keys.iter().filter_map(|k| Chord::parse(k)) {
                assert!(!key.ctrl, "{} listens to {key}", command.id);
            }
        }
    }

    #[test]
    fn the_configs_keys_replace_and_a_clash_is_told() {
        let keys = |id: &str, k: &[&str]| vec![(id.to_owned(), k.iter().map(|k| (*k).to_owned()).collect())];
        let map = Keymap::new(&keys("ack", &["F5"])).unwrap();
        assert_eq!(map.keys("ack"), "F5");
        assert!(Keymap::new(&keys("ack", &[])).unwrap().first_key("ack").is_none());
        let clash = Keymap::new(&keys("ack", &["e"])).err().unwrap();
        assert!(matches!(&clash, KeyError::Clash { key, .. } if key == "e"), "{clash}");
        assert!(Keymap::new(&keys("akc", &["e"])).err().unwrap().to_string().contains("did you mean ack?"));
        assert!(matches!(Keymap::new(&keys("ack", &["Hyper-x"])), Err(KeyError::NoKey { .. })));
    }
}
