//! The names things go by, each a type of its own so that one cannot be passed for another.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// A short number that names one episode of an alert: the number in the page.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AlertId(pub i64);

impl fmt::Display for AlertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An act's own identity: the same act tried twice has one effect.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OpId(pub Uuid);

/// The number of a journal entry: 1, 2, 3 … without a gap.
pub type Seq = i64;

/// An alert's identity: FNV-1a 64 over its labels sorted by name, each as name, 0xFF, value, 0xFF
/// (as Alertmanager computes it), shown as 16 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub u64);

impl Fingerprint {
    pub fn of(labels: &Labels) -> Self {
        Self::of_pairs(labels.iter().map(|(k, v)| (k.as_str(), v.as_str())))
    }
    /// Pairs must come sorted by name; empty values do not count, as in the original.
    pub fn of_pairs<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut hash = FNV_OFFSET;
        for (name, value) in pairs.filter(|(_, v)| !v.is_empty()) {
            for byte in name.bytes().chain([0xff]).chain(value.bytes()).chain([0xff]) {
                hash = fnv_step(hash, byte);
            }
        }
        Self(hash)
    }
    pub fn parse(hex: &str) -> Option<Self> {
        (hex.len() == 16).then(|| u64::from_str_radix(hex, 16).ok().map(Self)).flatten()
    }
}

pub type Labels = BTreeMap<String, String>;

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
fn fnv_step(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
}

/// FNV-1a 64 of any text: a stable spread for probe phases, never a defence.
pub fn spread(text: &str) -> u64 {
    // FNV's low bits are weak on names that differ in one digit; a final mix (splitmix64's) evens them out.
    let mut h = text.bytes().fold(FNV_OFFSET, fnv_step);
    h = (h ^ (h >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    h = (h ^ (h >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    h ^ (h >> 31)
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a fingerprint of 16 hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_follows_the_published_algorithm() {
        // FNV-1a 64 of nothing is its offset; of "a" is the published vector.
        assert_eq!(Fingerprint::of(&Labels::new()).to_string(), "cbf29ce484222325");
        assert_eq!(fnv_step(FNV_OFFSET, b'a'), 0xaf63_dc4c_8601_ec8c);
        let one = Labels::from([("alertname".into(), "x".into()), ("empty".into(), String::new())]);
        let same = Labels::from([("alertname".into(), "x".into())]);
        assert_eq!(Fingerprint::of(&one), Fingerprint::of(&same));
        assert_eq!(Fingerprint::parse(&Fingerprint::of(&one).to_string()), Some(Fingerprint::of(&one)));
    }
}
